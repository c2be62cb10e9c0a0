//! The driver as the conformance suite drives it, with the runtime that it lives on.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use std::time::Duration;

use driver_conformance::{Drive, Limits, TurnedClock};
use hyper_driver::{Driver, Hyper, spawn};
use machine_contract::{HttpMachine, Instant, StreamMachine};
use tokio::runtime::{self, Runtime};
use tokio::time::{sleep, timeout};
use transport_reqwest::HttpOptions;

pub(crate) struct OnHyper<M> {
    driver: Driver<M>,
    runtime: Runtime,
}

impl<M> Drive<M> for OnHyper<M>
where
    M: HttpMachine + StreamMachine + Send + 'static,
{
    fn start(machine: M, limits: Limits, clock: TurnedClock) -> Self {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.unwrap();
        let streams = HttpOptions::new().direct().tcp().unwrap();
        let hyper = Hyper::new().streams(streams);
        let hyper = hyper.body_limit(limits.body).clock(Arc::new(clock));
        let driver = runtime.block_on(async { spawn(machine, hyper) });
        Self { driver, runtime }
    }

    fn call<R>(&mut self, verb: impl FnOnce(&mut M, Instant) -> R) -> R {
        self.driver.call(verb).unwrap()
    }

    fn next_event(&mut self, wait: Duration) -> Option<M::Event> {
        let next = async { timeout(wait, self.driver.next_event()).await };
        let event = self.runtime.block_on(next).ok()?;
        Some(event.expect("the machine has stopped working"))
    }

    fn rest(&mut self, time: Duration) {
        self.runtime.block_on(async { sleep(time).await });
    }
}
