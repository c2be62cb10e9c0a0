//! `Person`: what makes requests in the [`World`](crate::World).

use bytes::Bytes;
use http::Response;
use machine_contract::{Failure, HttpMachine, Instant, Machine, RequestId, Transmit};
use msnp_client::{Client, Event};

use crate::scripted::Scripted;

/// A machine that speaks for somebody.
#[derive(Debug)]
pub enum Person {
    /// A whole client.
    Client(Box<Client>),
    /// Requests that were written down before.
    Scripted(Box<Scripted>),
}

impl Person {
    pub(crate) const fn client(&self) -> Option<&Client> {
        match self {
            Self::Client(client) => Some(client),
            Self::Scripted(_) => None,
        }
    }

    pub(crate) const fn client_mut(&mut self) -> Option<&mut Client> {
        match self {
            Self::Client(client) => Some(client),
            Self::Scripted(_) => None,
        }
    }

    pub(crate) const fn scripted(&self) -> Option<&Scripted> {
        match self {
            Self::Client(_) => None,
            Self::Scripted(scripted) => Some(scripted),
        }
    }

    pub(crate) const fn scripted_mut(&mut self) -> Option<&mut Scripted> {
        match self {
            Self::Client(_) => None,
            Self::Scripted(scripted) => Some(scripted),
        }
    }

    pub(crate) fn sign_in(&mut self, now: Instant) {
        match self {
            Self::Client(client) => client.sign_in(now),
            Self::Scripted(scripted) => scripted.start(),
        }
    }

    pub(crate) fn is_signed_in(&self) -> bool {
        match self {
            Self::Client(client) => client.is_signed_in(),
            Self::Scripted(scripted) => scripted.is_signed_in(),
        }
    }
}

impl Machine for Person {
    type Event = Event;

    fn handle_timeout(&mut self, now: Instant) {
        match self {
            Self::Client(client) => client.handle_timeout(now),
            Self::Scripted(_) => {}
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.client().and_then(Machine::poll_timeout)
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.client_mut().and_then(Machine::poll_event)
    }
}

impl HttpMachine for Person {
    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, now: Instant) {
        match self {
            Self::Client(client) => client.handle_response(id, response, now),
            Self::Scripted(scripted) => scripted.handle_response(id, response, now),
        }
    }

    fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        match self {
            Self::Client(client) => client.handle_failure(id, failure, now),
            Self::Scripted(scripted) => scripted.handle_failure(id, failure, now),
        }
    }

    fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        match self {
            Self::Client(client) => client.poll_transmit(now),
            Self::Scripted(scripted) => scripted.poll_transmit(now),
        }
    }

    fn poll_cancel(&mut self) -> Option<RequestId> {
        self.client_mut().and_then(HttpMachine::poll_cancel)
    }
}
