//! `Link`, what carries the bytes of one connection. A connection does not know of what it is made.

mod event;
mod gateway;
mod stream;

use bytes::Bytes;
use http::Response;
use machine_contract::{
    Failure, HttpMachine, Instant, Machine, RequestId, StreamAsk, StreamId, StreamMachine, Transmit,
};

use msnp_proto::Secret;

use crate::sign_in::AuthTokens;

pub(crate) use event::{LinkError, LinkEvent, SendId};
pub use gateway::GatewayOptions;
pub(crate) use gateway::{GatewayLink, Proof};
pub(crate) use stream::StreamLink;

/// What carries the bytes of one connection, and knows nothing of what they say.
#[derive(Debug)]
pub(crate) enum Link {
    /// A session at the HTTP gateway.
    Gateway(Box<GatewayLink>),
    /// A byte stream.
    Stream(Box<StreamLink>),
}

impl Link {
    /// Sends whole frames, together.
    ///
    /// # Errors
    /// [`LinkError`]: nothing of them was taken.
    pub(crate) fn send(&mut self, frames: Bytes) -> Result<SendId, LinkError> {
        match self {
            Self::Gateway(link) => Ok(SendId(link.session().send(frames)?.get())),
            Self::Stream(link) => link.send(frames),
        }
    }

    /// Sends the last words, and closes when they were answered.
    ///
    /// # Errors
    /// [`LinkError`]: nothing of them was taken, and the link is as before.
    pub(crate) fn close_with(&mut self, frames: Bytes) -> Result<(), LinkError> {
        match self {
            Self::Gateway(link) => Ok(link.session().close_with(frames).map(|_| ())?),
            Self::Stream(link) => link.close_with(frames),
        }
    }

    /// Closes now.
    pub(crate) fn close(&mut self) {
        match self {
            Self::Gateway(link) => link.session().close(),
            Self::Stream(link) => link.close(),
        }
    }

    /// Shows what is fresh of the tokens on the link itself.
    pub(crate) fn renew(&mut self, tokens: &AuthTokens) {
        match self {
            Self::Gateway(link) => link.renew(tokens),
            Self::Stream(_) => {}
        }
    }

    /// Shows this ticket with every request from now on. False: there are no requests, or it cannot stand in their heads.
    pub(crate) fn show_ticket(&mut self, ticket: &Secret<String>) -> bool {
        match self {
            Self::Gateway(link) => link.show_ticket(ticket),
            Self::Stream(_) => false,
        }
    }

    /// The Skype name under which the link's other end has accepted the account, if it says so.
    pub(crate) fn skype_name(&self) -> Option<&str> {
        match self {
            Self::Gateway(link) => link.as_session().skype_id(),
            Self::Stream(_) => None,
        }
    }

    /// Whether it keeps a request waiting at the gateway for as long as nothing happens.
    pub(crate) fn may_be_held(&self) -> bool {
        match self {
            Self::Gateway(link) => link.may_be_held(),
            Self::Stream(_) => false,
        }
    }

    /// Whether somebody between both ends forgets it when nothing is said for long; a gateway is asked all the time.
    pub(crate) const fn is_forgotten(&self) -> bool {
        matches!(self, Self::Stream(_))
    }
}

impl Machine for Link {
    type Event = LinkEvent;

    fn handle_timeout(&mut self, now: Instant) {
        match self {
            Self::Gateway(link) => link.session().handle_timeout(now),
            Self::Stream(link) => link.handle_timeout(now),
        }
    }

    fn handle_suspended(&mut self, now: Instant) {
        match self {
            Self::Gateway(link) => link.session().handle_suspended(now),
            Self::Stream(link) => link.handle_suspended(),
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        match self {
            Self::Gateway(link) => link.as_session().poll_timeout(),
            Self::Stream(link) => link.poll_timeout(),
        }
    }

    fn poll_event(&mut self) -> Option<LinkEvent> {
        match self {
            Self::Gateway(link) => link.poll_event(),
            Self::Stream(link) => link.poll_event(),
        }
    }
}

impl HttpMachine for Link {
    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, now: Instant) {
        match self {
            Self::Gateway(link) => link.session().handle_response(id, response, now),
            Self::Stream(_) => {}
        }
    }

    fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        match self {
            Self::Gateway(link) => link.session().handle_failure(id, failure, now),
            Self::Stream(_) => {}
        }
    }

    fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        match self {
            Self::Gateway(link) => link.session().poll_transmit(now),
            Self::Stream(_) => None,
        }
    }

    fn poll_cancel(&mut self) -> Option<RequestId> {
        match self {
            Self::Gateway(link) => link.session().poll_cancel(),
            Self::Stream(_) => None,
        }
    }
}

impl StreamMachine for Link {
    fn poll_stream(&mut self, now: Instant) -> Option<StreamAsk> {
        self.as_stream()?.poll_stream(now)
    }

    fn poll_send(&mut self, id: StreamId, now: Instant) -> Option<Bytes> {
        self.as_stream()?.poll_send(id, now)
    }

    fn wants_read(&self, id: StreamId) -> bool {
        match self {
            Self::Gateway(_) => true,
            Self::Stream(link) => link.wants_read(id),
        }
    }

    fn handle_connected(&mut self, id: StreamId, now: Instant) {
        if let Some(stream) = self.as_stream() {
            stream.handle_connected(id, now);
        }
    }

    fn handle_received(&mut self, id: StreamId, bytes: Bytes, now: Instant) {
        if let Some(stream) = self.as_stream() {
            stream.handle_received(id, bytes, now);
        }
    }

    fn handle_finished(&mut self, id: StreamId, now: Instant) {
        if let Some(stream) = self.as_stream() {
            stream.handle_finished(id, now);
        }
    }

    fn handle_closed(
        &mut self,
        id: StreamId,
        failure: Option<Failure>,
        unwritten: usize,
        now: Instant,
    ) {
        if let Some(stream) = self.as_stream() {
            stream.handle_closed(id, failure, unwritten, now);
        }
    }

    fn handle_unsupported(&mut self, id: StreamId, now: Instant) {
        if let Some(stream) = self.as_stream() {
            stream.handle_unsupported(id, now);
        }
    }
}

impl Link {
    fn as_stream(&mut self) -> Option<&mut StreamLink> {
        match self {
            Self::Gateway(_) => None,
            Self::Stream(link) => Some(link),
        }
    }
}
