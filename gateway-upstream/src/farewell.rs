//! `Farewells`: streams whose clients are gone, until the server has heard the last of them.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use machine_contract::{Instant, StreamId};

use crate::tunnel::Unsent;

/// Streams that are ending.
#[derive(Debug, Default)]
pub(crate) struct Farewells {
    streams: BTreeMap<StreamId, (Unsent, Instant)>,
    by_end: BTreeSet<(Instant, StreamId)>,
}

impl Farewells {
    /// This stream ends when the rest is written, or then.
    pub(crate) fn begin(&mut self, stream: StreamId, rest: Unsent, until: Instant) {
        self.streams.insert(stream, (rest, until));
        self.by_end.insert((until, stream));
    }

    /// It has ended.
    pub(crate) fn end(&mut self, stream: StreamId) {
        if let Some((_, until)) = self.streams.remove(&stream) {
            self.by_end.remove(&(until, stream));
        }
    }

    /// The next that has taken too long. It is forgotten.
    pub(crate) fn overdue(&mut self, now: Instant) -> Option<StreamId> {
        let &(until, stream) = self.by_end.first()?;
        (until <= now).then(|| {
            self.end(stream);
            stream
        })
    }

    /// The first to end anyway, if there are more than so many. It is forgotten.
    pub(crate) fn too_many(&mut self, most: usize) -> Option<StreamId> {
        let &(_, stream) = self.by_end.first()?;
        (self.streams.len() > most).then(|| {
            self.end(stream);
            stream
        })
    }

    pub(crate) fn next_end(&self) -> Option<Instant> {
        self.by_end.first().map(|(until, _)| *until)
    }

    /// What is still to be written.
    pub(crate) fn pop(&mut self, stream: StreamId) -> Option<Bytes> {
        self.streams.get_mut(&stream)?.0.pop()
    }

    pub(crate) fn len(&self) -> usize {
        self.streams.len()
    }
}
