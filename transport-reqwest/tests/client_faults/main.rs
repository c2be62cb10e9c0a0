//! A whole client behind the faults of `scenarios.rs`, driven by reqwest: what it says of every message
//! against what the other side has really received from the real service.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod scenarios;
#[path = "../faults/server.rs"]
#[allow(dead_code, reason = "the tests of sessions use all of it")]
mod server;
mod world;

use machine_contract::Instant;
use machine_driver::{Clock, SystemClock};

use msnp_client::{Client, Event};
use tokio::runtime::{self, Runtime};
use tokio::time::timeout;
use transport_reqwest::{Driver, Http, HttpOptions, spawn};

use world::Drive;

every_scenario!(Reqwest);

/// A driver and the runtime that it lives on.
struct Reqwest {
    driver: Driver<Client>,
    runtime: Runtime,
}

impl Drive for Reqwest {
    fn start(client: Client) -> Self {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.unwrap();
        let http = HttpOptions::new().direct().client().unwrap();
        let _guard = runtime.enter();
        let driver = spawn(client, Http::new(http));
        Self { driver, runtime }
    }

    fn call<R: Send + 'static>(
        &mut self,
        verb: impl FnOnce(&mut Client, Instant) -> R + Send + 'static,
    ) -> R {
        self.driver.call(verb).unwrap()
    }

    fn next_event(&mut self, until: Instant) -> Option<Event> {
        let next = self.driver.next_event();
        let next = async { timeout(until - SystemClock.now(), next).await };
        let event = self.runtime.block_on(next).ok()?;
        Some(event.expect("the task has ended"))
    }
}
