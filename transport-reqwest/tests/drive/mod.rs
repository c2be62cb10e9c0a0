//! The driver as the conformance suite drives it, with the runtime that it lives on.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use driver_conformance::{Drive, TurnedClock};
use http::Response;
use machine_contract::{
    Failure, HttpMachine, Instant, Machine, RequestId, StreamMachine, Transmit,
};
use machine_driver::{Clock, SystemClock};
use tokio::runtime::{self, Runtime};
use tokio::time::{sleep, timeout};
use transport_reqwest::{Driver, HttpOptions, Limits};

pub(crate) struct Reqwest<M: HttpMachine + Send + 'static> {
    machine: Shared<M>,
    driver: Driver<Shared<M>>,
    runtime: Runtime,
}

impl<M> Drive<M> for Reqwest<M>
where
    M: HttpMachine<Event: Send> + StreamMachine + Send + 'static,
{
    fn start(machine: M, limits: driver_conformance::Limits, _: TurnedClock) -> Self {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.unwrap();
        let client = HttpOptions::new().direct().client().unwrap();
        let limits = Limits {
            body: limits.body,
            ..Limits::default()
        };
        let machine = Shared(Arc::new(Mutex::new(machine)));
        let guard = runtime.enter();
        let driver = Driver::spawn(machine.clone(), client, limits);
        drop(guard);
        Self {
            machine,
            driver,
            runtime,
        }
    }

    /// The verb runs here, where it need not be `Send`: the task stands still as long as this thread does
    /// not run it. What the driver is asked for is nothing, so that it drains the machine.
    fn call<R>(&mut self, verb: impl FnOnce(&mut M, Instant) -> R) -> R {
        let result = verb(&mut self.machine.get(), SystemClock.now());
        self.runtime.block_on(self.driver.call(|_, _| ())).unwrap();
        result
    }

    fn next_event(&mut self, wait: Duration) -> Option<M::Event> {
        let next = async { timeout(wait, self.driver.next_event()).await };
        let event = self.runtime.block_on(next).ok()?;
        Some(event.expect("the task has ended"))
    }

    fn rest(&mut self, time: Duration) {
        self.runtime.block_on(async { sleep(time).await });
    }
}

/// A machine in two hands: the task's, and the suite's own.
struct Shared<M>(Arc<Mutex<M>>);

impl<M> Shared<M> {
    fn get(&self) -> MutexGuard<'_, M> {
        self.0.lock().unwrap()
    }
}

impl<M> Clone for Shared<M> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<M: HttpMachine> Machine for Shared<M> {
    type Event = M::Event;

    fn handle_timeout(&mut self, now: Instant) {
        self.get().handle_timeout(now);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.get().poll_timeout()
    }

    fn poll_event(&mut self) -> Option<M::Event> {
        self.get().poll_event()
    }
}

impl<M: HttpMachine> HttpMachine for Shared<M> {
    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, now: Instant) {
        self.get().handle_response(id, response, now);
    }

    fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        self.get().handle_failure(id, failure, now);
    }

    fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        self.get().poll_transmit(now)
    }

    fn poll_cancel(&mut self) -> Option<RequestId> {
        self.get().poll_cancel()
    }
}
