//! A session behind the same faults as under `transport-reqwest`, driven by threads and ureq.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../../../transport-reqwest/tests/faults/chat.rs"]
mod chat;
#[path = "../../../transport-reqwest/tests/faults/gateway.rs"]
mod gateway;
#[path = "../../../transport-reqwest/tests/faults/scenarios.rs"]
mod scenarios;
#[path = "../../../transport-reqwest/tests/faults/server.rs"]
#[allow(dead_code, reason = "each driver's tests use some of it")]
mod server;

use machine_contract::Instant;

use blocking_driver::Driver;
use gateway_sm::{Event, Session};

use chat::Drive;

every_scenario!(Driver<Session>);

impl Drive for Driver<Session> {
    fn start(session: Session) -> Self {
        blocking_driver::driver(session)
    }

    fn call<R: Send + 'static>(
        &mut self,
        verb: impl FnOnce(&mut Session, Instant) -> R + Send + 'static,
    ) -> R {
        Driver::call(self, verb).unwrap()
    }

    fn next_event(&mut self, until: Instant) -> Option<Event> {
        Driver::next_event(self, until).unwrap()
    }
}
