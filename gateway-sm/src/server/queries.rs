//! What an application may want to know of the [`Gateway`] and its sessions.

use bytes::Bytes;
use http::Request;

use super::Gateway;
use super::event::{ExchangeId, SessionKey};
use super::request::{self, Wanted};
use super::session::ServerSession;
use crate::state::ServerSessionState;

impl Gateway {
    /// The session that a request names, for an application which looks at who asks before it [lets the request
    /// in](Self::handle_request). `None`: it names none that there is.
    pub fn session_named(&self, request: &Request<Bytes>) -> Option<SessionKey> {
        match request::read(request, usize::MAX) {
            Ok(Wanted::Action(action)) => self.as_sessions().table().find(action.session()?),
            _ => None,
        }
    }

    /// Bytes that wait for the client of a session, as far as is known: queued, or in a reply that is neither sent
    /// nor lost yet.
    pub fn backlog(&self, session: SessionKey) -> usize {
        self.as_sessions()
            .table()
            .get(session)
            .map_or(0, ServerSession::backlog)
    }

    /// The same for the clients of all sessions.
    pub fn queued_bytes(&self) -> usize {
        self.as_sessions().table().queued()
    }

    /// The session that a request belongs to which is in progress.
    pub fn session_of(&self, exchange: ExchangeId) -> Option<SessionKey> {
        self.pending().session(exchange)
    }

    /// Whether the client of a session is a stranger: the session is open, and nobody has [vouched](Self::vouch) for it.
    pub fn is_strangers(&self, session: SessionKey) -> bool {
        self.as_sessions().is_strangers(session)
    }

    /// How many sessions there are, with those that have ended and whose clients do not know it yet.
    pub fn sessions(&self) -> usize {
        self.as_sessions().table().len()
    }

    /// Where a session stands, for logs. `None` once it is forgotten.
    pub fn session_state(&self, session: SessionKey) -> Option<ServerSessionState> {
        self.as_sessions()
            .table()
            .get(session)
            .map(ServerSession::state)
    }
}
