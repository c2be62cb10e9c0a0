//! `Links`: the streams to servers, whose they are, and what is to be done with them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;
use gateway_sm::SessionKey;
use machine_contract::{Instant, Remote, StreamAsk, StreamId};

use crate::farewell::Farewells;
use crate::tunnel::Unsent;

/// Streams that end at the same time; beyond it the oldest ends at once.
const FAREWELLS: usize = 4096;

/// Every stream that is open, being made, or ending.
#[derive(Debug, Default)]
pub(crate) struct Links {
    sessions: BTreeMap<StreamId, SessionKey>,
    farewells: Farewells,
    asks: VecDeque<StreamAsk>,
    /// Those that have something to be written, or may be read again.
    moved: BTreeSet<StreamId>,
    next: u64,
}

impl Links {
    /// A stream for this session.
    pub(crate) fn connect(
        &mut self,
        session: SessionKey,
        to: Remote,
        deadline: Instant,
    ) -> StreamId {
        let id = StreamId::new(self.next);
        self.next += 1;
        self.sessions.insert(id, session);
        self.asks.push_back(StreamAsk::Connect { id, to, deadline });
        id
    }

    /// Its session has more to say, or more room.
    pub(crate) fn moved(&mut self, id: StreamId) {
        if self.sessions.contains_key(&id) {
            self.moved.insert(id);
        }
    }

    /// Its session is over. What is left is still said, until then.
    pub(crate) fn finish(&mut self, id: StreamId, rest: Unsent, until: Instant) {
        self.sessions.remove(&id);
        self.asks.push_back(StreamAsk::Finish(id));
        self.farewells.begin(id, rest, until);
        self.moved.insert(id);
        while let Some(id) = self.farewells.too_many(FAREWELLS) {
            self.drop_now(id);
        }
    }

    /// Nobody wants anything of it any more.
    pub(crate) fn drop_now(&mut self, id: StreamId) {
        self.sessions.remove(&id);
        self.moved.remove(&id);
        self.asks.push_back(StreamAsk::Drop(id));
    }

    /// It is over. Whose it was, unless their session was over before.
    pub(crate) fn end(&mut self, id: StreamId) -> Option<SessionKey> {
        self.farewells.end(id);
        self.moved.remove(&id);
        self.sessions.remove(&id)
    }

    /// Time has passed: no good-bye takes longer.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        while let Some(id) = self.farewells.overdue(now) {
            self.drop_now(id);
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.farewells.next_end()
    }

    pub(crate) fn poll_ask(&mut self) -> Option<StreamAsk> {
        self.asks.pop_front()
    }

    pub(crate) fn poll_moved(&mut self) -> Option<StreamId> {
        self.moved.pop_first()
    }

    /// What is left for a server whose client is gone.
    pub(crate) fn poll_rest(&mut self, id: StreamId) -> Option<Bytes> {
        self.farewells.pop(id)
    }

    pub(crate) fn session(&self, id: StreamId) -> Option<SessionKey> {
        self.sessions.get(&id).copied()
    }

    pub(crate) fn len(&self) -> usize {
        self.sessions.len() + self.farewells.len()
    }
}
