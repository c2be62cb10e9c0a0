//! `Alarms`: when each connection's face is to be told that time has passed.

use std::collections::{BTreeMap, BTreeSet};

use machine_contract::Instant;

use crate::network::ConnectionId;

/// One time for each connection, at most.
#[derive(Debug, Default)]
pub(super) struct Alarms {
    due: BTreeSet<(Instant, ConnectionId)>,
    of: BTreeMap<ConnectionId, Instant>,
}

impl Alarms {
    /// The connection's time is this from now on.
    pub(super) fn set(&mut self, connection: ConnectionId, at: Instant) {
        let before = self.of.insert(connection, at);
        if before == Some(at) {
            return;
        }
        if let Some(before) = before {
            self.due.remove(&(before, connection));
        }
        self.due.insert((at, connection));
    }

    /// The connection has none any more.
    pub(super) fn remove(&mut self, connection: ConnectionId) {
        if let Some(at) = self.of.remove(&connection) {
            self.due.remove(&(at, connection));
        }
    }

    /// The first of them.
    pub(super) fn next(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    /// A connection whose time has come; it has none then.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<ConnectionId> {
        let (_, connection) = self.due.first().copied().filter(|(at, _)| *at <= now)?;
        self.remove(connection);
        Some(connection)
    }
}
