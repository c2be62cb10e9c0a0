//! `Link`, what carries the bytes of one connection. A connection does not know of what it is made.

mod event;
mod gateway;

use bytes::Bytes;
use http::Response;
use machine_contract::{
    Failure, HttpMachine, Instant, Machine, RequestId, StreamMachine, Transmit,
};

use crate::sign_in::AuthTokens;

pub(crate) use event::{LinkError, LinkEvent, SendId};
pub(crate) use gateway::GatewayLink;
pub use gateway::GatewayOptions;

/// What carries the bytes of one connection, and knows nothing of what they say.
#[derive(Debug)]
pub(crate) enum Link {
    /// A session at the HTTP gateway.
    Gateway(GatewayLink),
}

impl Link {
    /// Sends whole frames, together.
    ///
    /// # Errors
    /// [`LinkError`]: nothing of them was taken.
    pub(crate) fn send(&mut self, frames: Bytes) -> Result<SendId, LinkError> {
        match self {
            Self::Gateway(link) => Ok(SendId(link.session().send(frames)?.get())),
        }
    }

    /// Sends the last words, and closes when they were answered.
    ///
    /// # Errors
    /// [`LinkError`]: nothing of them was taken, and the link is as before.
    pub(crate) fn close_with(&mut self, frames: Bytes) -> Result<(), LinkError> {
        match self {
            Self::Gateway(link) => Ok(link.session().close_with(frames).map(|_| ())?),
        }
    }

    /// Closes now.
    pub(crate) fn close(&mut self) {
        match self {
            Self::Gateway(link) => link.session().close(),
        }
    }

    /// Shows what is fresh of the tokens on the link itself.
    pub(crate) fn renew(&mut self, tokens: &AuthTokens) {
        match self {
            Self::Gateway(link) => link.renew(tokens),
        }
    }

    /// The Skype name under which the link's other end has accepted the account, if it says so.
    pub(crate) fn skype_name(&self) -> Option<&str> {
        match self {
            Self::Gateway(link) => link.as_session().skype_id(),
        }
    }
}

impl Machine for Link {
    type Event = LinkEvent;

    fn handle_timeout(&mut self, now: Instant) {
        match self {
            Self::Gateway(link) => link.session().handle_timeout(now),
        }
    }

    fn handle_suspended(&mut self, now: Instant) {
        match self {
            Self::Gateway(link) => link.session().handle_suspended(now),
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        match self {
            Self::Gateway(link) => link.as_session().poll_timeout(),
        }
    }

    fn poll_event(&mut self) -> Option<LinkEvent> {
        match self {
            Self::Gateway(link) => link.poll_event(),
        }
    }
}

impl HttpMachine for Link {
    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, now: Instant) {
        match self {
            Self::Gateway(link) => link.session().handle_response(id, response, now),
        }
    }

    fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        match self {
            Self::Gateway(link) => link.session().handle_failure(id, failure, now),
        }
    }

    fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        match self {
            Self::Gateway(link) => link.session().poll_transmit(now),
        }
    }

    fn poll_cancel(&mut self) -> Option<RequestId> {
        match self {
            Self::Gateway(link) => link.session().poll_cancel(),
        }
    }
}

impl StreamMachine for Link {}
