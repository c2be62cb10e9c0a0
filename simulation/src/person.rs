//! `Person`: what makes requests in the [`World`](crate::World).

use bytes::Bytes;
use http::Response;
use machine_contract::{Failure, HttpMachine, Instant, Machine, RequestId, Transmit};
use msnp_client::{Client, Event, bsim};

use crate::caller::Caller;
use crate::scripted::Scripted;

/// A machine that speaks for somebody.
#[derive(Debug)]
pub enum Person {
    /// A whole client.
    Client(Box<Client>),
    /// A program that calls the IM web service.
    Caller(Box<Caller>),
    /// Requests that were written down before.
    Scripted(Box<Scripted>),
}

/// What such a machine tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// A client.
    Client(Event),
    /// A caller of the IM web service.
    Caller(bsim::Event),
}

/// Does the same with the machine of whichever kind it is.
macro_rules! with {
    ($person:expr, $machine:ident => $call:expr) => {
        match $person {
            Person::Client($machine) => $call,
            Person::Caller(caller) => {
                let $machine = caller.client_mut();
                $call
            }
            Person::Scripted($machine) => $call,
        }
    };
}

impl Person {
    pub(crate) const fn client(&self) -> Option<&Client> {
        match self {
            Self::Client(client) => Some(client),
            _ => None,
        }
    }

    pub(crate) const fn client_mut(&mut self) -> Option<&mut Client> {
        match self {
            Self::Client(client) => Some(client),
            _ => None,
        }
    }

    pub(crate) const fn caller(&self) -> Option<&Caller> {
        match self {
            Self::Caller(caller) => Some(caller),
            _ => None,
        }
    }

    pub(crate) const fn caller_mut(&mut self) -> Option<&mut Caller> {
        match self {
            Self::Caller(caller) => Some(caller),
            _ => None,
        }
    }

    pub(crate) const fn scripted(&self) -> Option<&Scripted> {
        match self {
            Self::Scripted(scripted) => Some(scripted),
            _ => None,
        }
    }

    pub(crate) const fn scripted_mut(&mut self) -> Option<&mut Scripted> {
        match self {
            Self::Scripted(scripted) => Some(scripted),
            _ => None,
        }
    }

    pub(crate) fn sign_in(&mut self, now: Instant) {
        match self {
            Self::Client(client) => client.sign_in(now),
            Self::Caller(caller) => caller.sign_in(now),
            Self::Scripted(scripted) => scripted.start(),
        }
    }

    pub(crate) fn is_signed_in(&self) -> bool {
        match self {
            Self::Client(client) => client.is_signed_in(),
            Self::Caller(caller) => caller.is_signed_in(),
            Self::Scripted(scripted) => scripted.is_signed_in(),
        }
    }
}

impl Machine for Person {
    type Event = Told;

    fn handle_timeout(&mut self, now: Instant) {
        match self {
            Self::Client(client) => client.handle_timeout(now),
            Self::Caller(caller) => caller.client_mut().handle_timeout(now),
            Self::Scripted(_) => {}
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        match self {
            Self::Client(client) => client.poll_timeout(),
            Self::Caller(caller) => caller.client().poll_timeout(),
            Self::Scripted(_) => None,
        }
    }

    fn poll_event(&mut self) -> Option<Told> {
        match self {
            Self::Client(client) => client.poll_event().map(Told::Client),
            Self::Caller(caller) => caller.poll_event().map(Told::Caller),
            Self::Scripted(_) => None,
        }
    }
}

impl HttpMachine for Person {
    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, now: Instant) {
        with!(self, machine => machine.handle_response(id, response, now));
    }

    fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        with!(self, machine => machine.handle_failure(id, failure, now));
    }

    fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        with!(self, machine => machine.poll_transmit(now))
    }

    fn poll_cancel(&mut self) -> Option<RequestId> {
        match self {
            Self::Client(client) => client.poll_cancel(),
            Self::Caller(caller) => caller.client_mut().poll_cancel(),
            Self::Scripted(_) => None,
        }
    }
}
