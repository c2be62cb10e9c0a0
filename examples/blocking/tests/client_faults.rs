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

use blocking_driver::Driver;
use msnp_client::{Client, Event};

use world::Drive;

every_scenario!(Driver<Client>);

impl Drive for Driver<Client> {
    fn start(client: Client) -> Self {
        blocking_driver::driver(client)
    }

    fn call<R: Send + 'static>(
        &mut self,
        verb: impl FnOnce(&mut Client, Instant) -> R + Send + 'static,
    ) -> R {
        Driver::call(self, verb).unwrap()
    }

    fn next_event(&mut self, until: Instant) -> Option<Event> {
        Driver::next_event(self, until).unwrap()
    }
}
