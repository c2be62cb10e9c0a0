//! What is known of each stream: what it has still to say and to hear, and when it is over.

use bytes::Bytes;
use machine_contract::{Failure, Instant, SortedMap, SortedSet, StreamId};

/// The most that a driver reads of one stream in one round, in bytes.
pub const CHUNK: usize = 16 * 1024;

/// What to do on the writing side of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a driver that leaves one out breaks its duty"
)]
pub enum Write {
    /// Write this, whole, then ask again.
    Chunk(Bytes),
    /// Finish the writing side, then tell
    /// [`Runner::handle_write_finished`](crate::Runner::handle_write_finished).
    Finish,
    /// Nothing for now.
    Nothing,
}

/// The streams that are open; none ever, if the host has none. Whatever names a stream that is not open does
/// nothing.
#[derive(Debug)]
pub(crate) struct Streams {
    /// Whether this host can make any.
    available: bool,
    open: SortedMap<StreamId, Stream>,
    /// When those that are being made should be there.
    deadlines: SortedSet<(Instant, StreamId)>,
}

#[derive(Debug)]
enum Stream {
    Connecting {
        deadline: Instant,
        /// What is to become of its writing side once it is there.
        writing: Writing,
    },
    Open {
        writing: Writing,
        /// The peer has finished.
        heard_all: bool,
    },
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Writing {
    Open,
    /// Finish it once nothing more is to be said.
    Ending,
    /// The driver was told to finish it.
    Finishing,
    Finished,
}

impl Streams {
    pub(crate) const fn new() -> Self {
        Self {
            available: true,
            open: SortedMap::new(),
            deadlines: SortedSet::new(),
        }
    }

    pub(crate) const fn refused() -> Self {
        Self {
            available: false,
            open: SortedMap::new(),
            deadlines: SortedSet::new(),
        }
    }

    /// Whether this host has streams.
    pub(crate) const fn are_available(&self) -> bool {
        self.available
    }

    /// False: this host has no streams.
    pub(crate) fn connect(&mut self, id: StreamId, deadline: Instant) -> bool {
        if self.available {
            let writing = Writing::Open;
            let stream = Stream::Connecting { deadline, writing };
            self.open.insert(id, stream);
            self.deadlines.insert((deadline, id));
        }
        self.available
    }

    /// One that a peer has made.
    pub(crate) fn accept(&mut self, id: StreamId) {
        self.open.insert(id, Stream::connected(Writing::Open));
    }

    /// It is there. False: nobody waits for it.
    pub(crate) fn connected(&mut self, id: StreamId) -> bool {
        match self.open.get_mut(&id) {
            Some(stream @ Stream::Connecting { .. }) => {
                if let Stream::Connecting { deadline, .. } = stream {
                    self.deadlines.remove(&(*deadline, id));
                }
                *stream = Stream::connected(*stream.writing());
                true
            }
            _ => false,
        }
    }

    /// It did not come about or has failed; which of the two.
    pub(crate) fn fail(&mut self, id: StreamId) -> Option<Failure> {
        Some(match self.take_out(id)? {
            Stream::Connecting { .. } => Failure::NotSent,
            Stream::Open { .. } => Failure::Unknown,
        })
    }

    /// The machine says nothing more on it, but for what it holds.
    pub(crate) fn finish(&mut self, id: StreamId) {
        if let Some(writing) = self.open.get_mut(&id).map(Stream::writing)
            && *writing == Writing::Open
        {
            *writing = Writing::Ending;
        }
    }

    /// It is of no interest any more. True: it was open.
    pub(crate) fn remove(&mut self, id: StreamId) -> bool {
        self.take_out(id).is_some()
    }

    fn take_out(&mut self, id: StreamId) -> Option<Stream> {
        let stream = self.open.remove(&id)?;
        if let Stream::Connecting { deadline, .. } = stream {
            self.deadlines.remove(&(deadline, id));
        }
        Some(stream)
    }

    /// Whether the machine may be asked for more to write.
    pub(crate) fn may_write(&self, id: StreamId) -> bool {
        matches!(
            self.open.get(&id),
            Some(Stream::Open {
                writing: Writing::Open | Writing::Ending,
                ..
            })
        )
    }

    /// The machine has nothing to write: whether the writing side is to be finished, which is said once.
    pub(crate) fn ends_writing(&mut self, id: StreamId) -> bool {
        match self.open.get_mut(&id).map(Stream::writing) {
            Some(writing @ Writing::Ending) => {
                *writing = Writing::Finishing;
                true
            }
            _ => false,
        }
    }

    /// The writing side was finished.
    pub(crate) fn written_all(&mut self, id: StreamId) {
        if let Some(Stream::Open { writing, .. }) = self.open.get_mut(&id) {
            *writing = Writing::Finished;
        }
    }

    /// Whether the peer has still something to say, or its end.
    pub(crate) fn is_reading(&self, id: StreamId) -> bool {
        let stream = self.open.get(&id);
        matches!(stream, Some(Stream::Open { heard_all, .. }) if !heard_all)
    }

    /// The peer has finished its side. False: it had before.
    pub(crate) fn heard_all(&mut self, id: StreamId) -> bool {
        match self.open.get_mut(&id) {
            Some(Stream::Open { heard_all, .. }) => !std::mem::replace(heard_all, true),
            _ => false,
        }
    }

    /// Whether both sides have finished, which is the end of it.
    pub(crate) fn is_over(&self, id: StreamId) -> bool {
        matches!(
            self.open.get(&id),
            Some(Stream::Open {
                writing: Writing::Finished,
                heard_all: true,
            })
        )
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// One that should have come about by now.
    pub(crate) fn overdue(&self, now: Instant) -> Option<StreamId> {
        let (deadline, id) = self.deadlines.first()?;
        (*deadline <= now).then_some(*id)
    }
}

impl Stream {
    const fn connected(writing: Writing) -> Self {
        Self::Open {
            writing,
            heard_all: false,
        }
    }

    const fn writing(&mut self) -> &mut Writing {
        match self {
            Self::Connecting { writing, .. } | Self::Open { writing, .. } => writing,
        }
    }
}
