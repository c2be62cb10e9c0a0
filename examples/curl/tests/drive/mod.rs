//! The driver as the conformance suite drives it.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use std::time::Duration;

use curl_driver::{Curl, Driver};
use driver_conformance::{Drive, Limits, TurnedClock};
use machine_contract::{HttpMachine, Instant, StreamMachine};
use machine_driver::Clock;

pub(crate) struct OnCurl<M> {
    driver: Driver<M>,
    clock: TurnedClock,
}

impl<M: HttpMachine + StreamMachine + Send + 'static> Drive<M> for OnCurl<M> {
    const WORKS_AT_REST: bool = false;

    fn start(machine: M, limits: Limits, clock: TurnedClock) -> Self {
        let curl = Curl::new().body_limit(limits.body);
        let driver = Driver::new(machine, curl, Arc::new(clock.clone()));
        Self { driver, clock }
    }

    fn call<R>(&mut self, verb: impl FnOnce(&mut M, Instant) -> R) -> R {
        self.driver.call(verb).unwrap()
    }

    fn next_event(&mut self, wait: Duration) -> Option<M::Event> {
        self.driver.next_event(self.clock.now() + wait).unwrap()
    }
}
