//! What was given to callers by replies, until it is known whether these were read.

use std::collections::{BTreeMap, BTreeSet};

use gateway_sm::{ConnectionEnd, ExchangeId, HttpConnection};

use super::session::SessionId;

/// By what the contents of a reply travel.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Carrier {
    /// The call that is answered.
    pub exchange: ExchangeId,
    /// The connection that it came by. Where no shell tells of connections, all calls count as coming by the same.
    pub connection: Option<HttpConnection>,
}

impl Carrier {
    /// That of a call which came by that connection, if it is told.
    pub const fn new(exchange: ExchangeId, connection: Option<HttpConnection>) -> Self {
        Self {
            exchange,
            connection,
        }
    }
}

/// The latest reply of each session that gave something.
///
/// The rule is the gateway's (`msnp_server::network`): what was given has been read if the session's next fetch comes by
/// the connection that carried the reply, or if that connection ends in order.
#[derive(Debug, Default)]
pub(super) struct Replies {
    latest: BTreeMap<SessionId, Reply>,
    exchanges: BTreeMap<ExchangeId, SessionId>,
    carried: BTreeSet<(HttpConnection, SessionId)>,
}

#[derive(Debug)]
struct Reply {
    by: Carrier,
    is_written: bool,
}

impl Replies {
    /// A reply gives something; what an earlier one gave is known or will not be.
    pub(super) fn begin(&mut self, session: SessionId, by: Carrier) {
        self.forget(session);
        self.exchanges.insert(by.exchange, session);
        if let Some(connection) = by.connection {
            self.carried.insert((connection, session));
        }
        let is_written = false;
        self.latest.insert(session, Reply { by, is_written });
    }

    /// The session fetches again: whether what it was given last has been read.
    pub(super) fn was_read(&self, session: SessionId, by: Carrier) -> bool {
        let reply = self.latest.get(&session);
        reply.is_some_and(|reply| reply.is_written && reply.by.connection == by.connection)
    }

    /// That reply was written.
    pub(super) fn written(&mut self, exchange: ExchangeId) {
        let session = self.exchanges.get(&exchange);
        if let Some(reply) = session.and_then(|it| self.latest.get_mut(it)) {
            reply.is_written = true;
        }
    }

    /// That reply was not written, and never will be.
    pub(super) fn lost(&mut self, exchange: ExchangeId) {
        if let Some(session) = self.exchanges.get(&exchange).copied() {
            self.forget(session);
        }
    }

    /// A connection has ended: the sessions that have read by it what they were given.
    pub(super) fn ended(
        &mut self,
        connection: HttpConnection,
        end: ConnectionEnd,
    ) -> Vec<SessionId> {
        let of_it = (connection, SessionId::FIRST)..=(connection, SessionId::LAST);
        let sessions: Vec<_> = self.carried.range(of_it).map(|(_, it)| *it).collect();
        let mut read = Vec::new();
        for session in sessions {
            let is_written = self.latest.get(&session).is_some_and(|it| it.is_written);
            // A caller has no other way to tell, and its calls ask for the end with each request more often than not.
            if end != ConnectionEnd::Broken && is_written {
                read.push(session);
            }
            self.forget(session);
        }
        read
    }

    /// The session is over, or nothing more is to be known of its last reply.
    pub(super) fn forget(&mut self, session: SessionId) {
        if let Some(Reply { by, .. }) = self.latest.remove(&session) {
            self.exchanges.remove(&by.exchange);
            if let Some(connection) = by.connection {
                self.carried.remove(&(connection, session));
            }
        }
    }
}
