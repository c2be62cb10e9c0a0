//! A session behind the faults of `scenarios.rs`, driven by reqwest: what it says was and was not
//! delivered, against what a real gateway has really received.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod chat;
mod gateway;
mod scenarios;
#[allow(dead_code, reason = "each driver's tests use some of it")]
mod server;

use machine_contract::Instant;
use machine_driver::{Clock, SystemClock};

use gateway_sm::{Event, Session};
use tokio::runtime::{self, Runtime};
use tokio::time::timeout;
use transport_reqwest::{Driver, Http, HttpOptions, spawn};

use chat::Drive;

every_scenario!(Reqwest);

/// A driver and the runtime that it lives on.
struct Reqwest {
    driver: Driver<Session>,
    runtime: Runtime,
}

impl Drive for Reqwest {
    fn start(session: Session) -> Self {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.unwrap();
        let client = HttpOptions::new().direct().client().unwrap();
        let _guard = runtime.enter();
        let driver = spawn(session, Http::new(client));
        Self { driver, runtime }
    }

    fn call<R: Send + 'static>(
        &mut self,
        verb: impl FnOnce(&mut Session, Instant) -> R + Send + 'static,
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
