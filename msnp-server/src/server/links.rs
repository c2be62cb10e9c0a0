//! `Links`: which connection comes by which session.

use std::collections::BTreeMap;

use gateway_sm::SessionKey;

use crate::network::ConnectionId;

/// Which connection is which session of the gateway: the numbers are of different worlds.
#[derive(Debug, Default)]
pub(super) struct Links {
    by_session: BTreeMap<SessionKey, ConnectionId>,
    by_connection: BTreeMap<ConnectionId, SessionKey>,
    last: u64,
}

impl Links {
    pub(super) fn open(&mut self, session: SessionKey) -> ConnectionId {
        self.last += 1;
        let connection = ConnectionId(self.last);
        self.by_session.insert(session, connection);
        self.by_connection.insert(connection, session);
        connection
    }

    pub(super) fn close(&mut self, session: SessionKey) -> Option<ConnectionId> {
        let connection = self.by_session.remove(&session)?;
        self.by_connection.remove(&connection);
        Some(connection)
    }

    pub(super) fn connection(&self, session: SessionKey) -> Option<ConnectionId> {
        self.by_session.get(&session).copied()
    }

    pub(super) fn session(&self, connection: ConnectionId) -> Option<SessionKey> {
        self.by_connection.get(&connection).copied()
    }
}
