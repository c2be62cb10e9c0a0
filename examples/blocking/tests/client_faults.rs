//! A whole client behind the same faults as under `transport-reqwest`, driven by threads and ureq.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../../../transport-reqwest/tests/client_faults/scenarios.rs"]
mod scenarios;
#[path = "../../../transport-reqwest/tests/faults/server.rs"]
#[allow(dead_code, reason = "the tests of sessions use all of it")]
mod server;
#[path = "../../../transport-reqwest/tests/client_faults/world.rs"]
mod world;

use machine_contract::Instant;
use machine_driver::{Clock, SystemClock};

use blocking::{Driver, agent};
use msnp_client::{Client, Event};

use world::Drive;

every_scenario!(Driver<Client>);

impl Drive for Driver<Client> {
    fn start(client: Client) -> Self {
        Driver::new(client, agent())
    }

    fn call<R: Send + 'static>(
        &mut self,
        verb: impl FnOnce(&mut Client, Instant) -> R + Send + 'static,
    ) -> R {
        verb(self.machine(), SystemClock.now())
    }

    fn next_event(&mut self, until: Instant) -> Option<Event> {
        self.next_event(until)
    }
}
