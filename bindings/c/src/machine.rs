//! `Machine`: a client or a gateway session at the hands of C, in safe code.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{SendId, Session};
use http::Response;
use machine_contract::{Failure, Instant, RequestId};
use machine_driver::{Order, Outcome, Runner};
use msnp_client::Client;
use msnp_mapping::Wrong;
use serde_json::Value;

use crate::error::Problem;
use crate::head::headers;
use crate::held::Held;
use crate::status::Status;

/// A client or a session, and the driver's half that is the same for all.
#[derive(Debug)]
pub struct Machine {
    runner: Kind,
    held: Held,
    /// Something panicked in it: it may be in the middle of anything.
    panicked: bool,
}

#[derive(Debug)]
enum Kind {
    Client(Box<Runner<Client>>),
    Session(Box<Runner<Session>>),
}

/// The same of both kinds.
macro_rules! each {
    ($machine:expr, $runner:ident => $does:expr) => {
        match &mut $machine.runner {
            Kind::Client($runner) => $does,
            Kind::Session($runner) => $does,
        }
    };
}

impl Machine {
    pub(crate) fn client(config: &[u8], seed: [u8; 32]) -> Result<Self, Wrong> {
        let json = msnp_mapping::parse(config)?;
        msnp_mapping::http_only(&json)?;
        let config = msnp_mapping::config(&json, seed)?;
        let runner = Runner::http_only(Client::new(config));
        Ok(Self::of(Kind::Client(Box::new(runner))))
    }

    pub(crate) fn session(config: &[u8]) -> Result<Self, Wrong> {
        let config = msnp_mapping::session_config(&msnp_mapping::parse(config)?)?;
        let runner = Runner::http_only(Session::new(config));
        Ok(Self::of(Kind::Session(Box::new(runner))))
    }

    fn of(runner: Kind) -> Self {
        Self {
            runner,
            held: Held::default(),
            panicked: false,
        }
    }

    /// Runs something on it; no panic leaves this.
    pub(crate) fn guarded(&mut self, does: impl FnOnce(&mut Self) -> Status) -> Status {
        if self.panicked {
            return Status::Panicked;
        }
        // Whatever state it is in then, it is not looked at any more.
        let outcome = catch_unwind(AssertUnwindSafe(|| does(self)));
        self.panicked = outcome.is_err();
        outcome.unwrap_or(Status::Panicked)
    }

    pub(crate) const fn held(&mut self) -> &mut Held {
        &mut self.held
    }

    pub(crate) fn poll_order(&mut self, now: u64) -> Option<Order> {
        each!(self, runner => runner.poll_order(instant(now)))
    }

    /// The event as JSON, and the bytes beside it.
    pub(crate) fn poll_event(&mut self) -> Option<(Value, Bytes)> {
        match &mut self.runner {
            Kind::Client(runner) => {
                let event = runner.poll_event()?;
                Some((msnp_mapping::event(&event), Bytes::new()))
            }
            Kind::Session(runner) => runner.poll_event().map(msnp_mapping::session_event),
        }
    }

    /// In nanoseconds of the caller's clock.
    pub(crate) fn poll_timeout(&mut self) -> Option<u64> {
        let due = each!(self, runner => runner.poll_timeout())?;
        Some(due.as_micros().saturating_mul(1000))
    }

    pub(crate) fn handle_response(&mut self, id: u64, response: Response<Bytes>, now: u64) {
        self.end(id, Ok(response), now);
    }

    pub(crate) fn handle_failure(&mut self, id: u64, failure: Failure, now: u64) {
        self.end(id, Err(failure), now);
    }

    fn end(&mut self, id: u64, outcome: Outcome, now: u64) {
        each!(self, runner => runner.handle_outcome(RequestId::new(id), outcome, instant(now)));
    }

    pub(crate) fn handle_suspended(&mut self, now: u64) {
        each!(self, runner => runner.handle_suspended(instant(now)));
    }

    /// A call by name: those of the mapping, and of a session what it has besides bytes.
    pub(crate) fn call(&mut self, name: &str, fields: &[u8], now: u64) -> Result<Value, Problem> {
        let fields = msnp_mapping::parse(fields)?;
        match &mut self.runner {
            Kind::Client(runner) => {
                let verb =
                    |client: &mut Client, now| msnp_mapping::call(client, name, &fields, now);
                Ok(runner.call(verb, instant(now))?)
            }
            Kind::Session(runner) => {
                let verb =
                    |session: &mut Session, _| msnp_mapping::session_call(session, name, &fields);
                Ok(runner.call(verb, instant(now))?)
            }
        }
    }

    /// Sends bytes by a session, `last` if they are its last words. `None`: it is a client.
    pub(crate) fn send(
        &mut self,
        bytes: Bytes,
        last: bool,
        now: u64,
    ) -> Option<Result<u64, Value>> {
        let Kind::Session(runner) = &mut self.runner else {
            return None;
        };
        let verb = |session: &mut Session, _| {
            if last {
                session.close_with(bytes)
            } else {
                session.send(bytes)
            }
        };
        let sent = runner.call(verb, instant(now));
        Some(sent.map(SendId::get).map_err(msnp_mapping::send_refused))
    }
}

/// A whole response; `None` if it is none: a status that HTTP has not, a head without its end.
pub(crate) fn response(status: u16, head: &[u8], body: Bytes) -> Option<Response<Bytes>> {
    let mut response = Response::new(body);
    *response.status_mut() = status.try_into().ok()?;
    *response.headers_mut() = headers(head)?;
    Some(response)
}

const fn instant(nanos: u64) -> Instant {
    Instant::after_origin(Duration::from_nanos(nanos))
}
