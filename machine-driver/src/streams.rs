//! The streams of a [`Runner`]: what each has still to say and to hear, and when it is over.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use bytes::Bytes;
use machine_contract::{Failure, HttpMachine, Instant, StreamId, StreamMachine};

use crate::{Order, Runner};

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
    /// Finish the writing side, then tell [`Runner::handle_write_finished`].
    Finish,
    /// Nothing for now.
    Nothing,
}

/// The streams that are open; none ever, if the host has none.
#[derive(Debug)]
pub(crate) struct Streams {
    has_streams: bool,
    open: BTreeMap<StreamId, Stream>,
}

#[derive(Debug)]
enum Stream {
    Connecting {
        deadline: Instant,
        /// What is to become of its writing side once it is there.
        writing: Writing,
    },
    Open(Open),
}

#[derive(Debug, Default)]
struct Open {
    writing: Writing,
    /// The peer has finished.
    heard_all: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Writing {
    #[default]
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
            has_streams: true,
            open: BTreeMap::new(),
        }
    }

    pub(crate) const fn refused() -> Self {
        Self {
            has_streams: false,
            open: BTreeMap::new(),
        }
    }

    /// False: this host has no streams.
    pub(crate) fn connect(&mut self, id: StreamId, deadline: Instant) -> bool {
        if self.has_streams {
            let writing = Writing::Open;
            let stream = Stream::Connecting { deadline, writing };
            self.open.insert(id, stream);
        }
        self.has_streams
    }

    pub(crate) fn finish(&mut self, id: StreamId) {
        let writing = match self.open.get_mut(&id) {
            Some(Stream::Connecting { writing, .. }) => writing,
            Some(Stream::Open(open)) => &mut open.writing,
            None => return,
        };
        if *writing == Writing::Open {
            *writing = Writing::Ending;
        }
    }

    pub(crate) fn remove(&mut self, id: StreamId) -> bool {
        self.open.remove(&id).is_some()
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines().map(|(_, deadline)| deadline).min()
    }

    /// One that should have come about by now.
    pub(crate) fn overdue(&self, now: Instant) -> Option<StreamId> {
        let mut deadlines = self.deadlines();
        let late = deadlines.find(|(_, deadline)| *deadline <= now);
        late.map(|(id, _)| id)
    }

    fn deadlines(&self) -> impl Iterator<Item = (StreamId, Instant)> {
        self.open.iter().filter_map(|(id, stream)| match stream {
            Stream::Connecting { deadline, .. } => Some((*id, *deadline)),
            Stream::Open(_) => None,
        })
    }

    fn writing(&mut self, id: StreamId) -> Option<&mut Writing> {
        match self.open.get_mut(&id)? {
            Stream::Open(open) => Some(&mut open.writing),
            Stream::Connecting { .. } => None,
        }
    }
}

impl Stream {
    fn is_there(&mut self) {
        if let Self::Connecting { writing, .. } = self {
            let writing = std::mem::take(writing);
            let heard_all = false;
            *self = Self::Open(Open { writing, heard_all });
        }
    }
}

/// What a driver that makes streams tells and asks. Whatever names a stream that is not open does nothing.
impl<M: HttpMachine + StreamMachine> Runner<M> {
    /// A peer has connected to an address at which the driver listens for this machine. `None`: the
    /// machine does not want it, so it is to be dropped.
    #[must_use]
    pub fn handle_accepted(
        &mut self,
        peer: SocketAddr,
        local: SocketAddr,
        now: Instant,
    ) -> Option<StreamId> {
        let id = self.machine().handle_accepted(peer, local, now)?;
        let open = Stream::Open(Open::default());
        self.streams.open.insert(id, open);
        Some(id)
    }

    /// A stream that was ordered is there. False: nobody wants it any more, so it is to be dropped.
    #[must_use]
    pub fn handle_connected(&mut self, id: StreamId, now: Instant) -> bool {
        self.collect(now);
        match self.streams.open.get_mut(&id) {
            Some(stream @ Stream::Connecting { .. }) => {
                stream.is_there();
                self.machine().handle_connected(id, now);
                true
            }
            _ => false,
        }
    }

    /// A stream did not come about, or failed. Of what [`next_write`](Self::next_write) gave, the last
    /// `unwritten` bytes were never given to the socket or to TLS.
    pub fn handle_stream_failed(&mut self, id: StreamId, unwritten: usize, now: Instant) {
        self.collect(now);
        let failure = match self.streams.open.remove(&id) {
            Some(Stream::Connecting { .. }) => Failure::NotSent,
            Some(Stream::Open(_)) => Failure::Unknown,
            None => return,
        };
        self.machine()
            .handle_closed(id, Some(failure), unwritten, now);
    }

    /// What to write next, once all before was taken.
    #[must_use]
    pub fn next_write(&mut self, id: StreamId, now: Instant) -> Write {
        self.collect(now);
        match self.streams.writing(id) {
            None | Some(Writing::Finishing | Writing::Finished) => return Write::Nothing,
            Some(Writing::Open | Writing::Ending) => {}
        }
        if let Some(chunk) = self.machine().poll_send(id, now) {
            return Write::Chunk(chunk);
        }
        match self.streams.writing(id) {
            Some(writing @ Writing::Ending) => {
                *writing = Writing::Finishing;
                Write::Finish
            }
            _ => Write::Nothing,
        }
    }

    /// The writing side was finished, all bytes before it taken.
    pub fn handle_write_finished(&mut self, id: StreamId, now: Instant) {
        self.collect(now);
        if let Some(writing) = self.streams.writing(id) {
            *writing = Writing::Finished;
            self.end_if_over(id, now);
        }
    }

    /// Whether to read of this stream, at most [`CHUNK`] at a time. Ask again after every input, and after
    /// an event was taken.
    #[must_use]
    pub fn wants_read(&mut self, id: StreamId) -> bool {
        self.is_reading(id) && self.machine().wants_read(id)
    }

    /// Whether the peer has still something to say, or its end.
    pub(crate) fn is_reading(&self, id: StreamId) -> bool {
        matches!(self.streams.open.get(&id), Some(Stream::Open(open)) if !open.heard_all)
    }

    /// The peer said this.
    pub fn handle_received(&mut self, id: StreamId, bytes: Bytes, now: Instant) {
        self.collect(now);
        if self.is_reading(id) && !bytes.is_empty() {
            self.machine().handle_received(id, bytes, now);
        }
    }

    /// The peer has finished its side, in order: with TLS, by `close_notify`.
    pub fn handle_finished(&mut self, id: StreamId, now: Instant) {
        self.collect(now);
        if let Some(Stream::Open(open)) = self.streams.open.get_mut(&id)
            && !open.heard_all
        {
            open.heard_all = true;
            self.machine().handle_finished(id, now);
            self.end_if_over(id, now);
        }
    }

    /// Both sides have finished: that is the end.
    fn end_if_over(&mut self, id: StreamId, now: Instant) {
        if let Some(Stream::Open(open)) = self.streams.open.get(&id)
            && open.heard_all
            && open.writing == Writing::Finished
        {
            self.streams.open.remove(&id);
            self.order(Order::Drop(id));
            self.machine().handle_closed(id, None, 0, now);
        }
    }
}
