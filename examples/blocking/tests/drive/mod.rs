//! The blocking driver as the conformance suite drives it.

use std::time::Duration;

use blocking::{Driver, agent};
use driver_conformance::{Drive, Limits, TurnedClock};
use machine_contract::{HttpMachine, Instant, StreamMachine};
use machine_driver::{Clock, SystemClock};

pub(crate) struct Blocking<M>(Driver<M>);

impl<M: HttpMachine + StreamMachine + 'static> Drive<M> for Blocking<M> {
    fn start(machine: M, _: Limits, _: TurnedClock) -> Self {
        Self(Driver::new(machine, agent()))
    }

    fn call<R>(&mut self, verb: impl FnOnce(&mut M, Instant) -> R) -> R {
        verb(self.0.machine(), SystemClock.now())
    }

    fn next_event(&mut self, wait: Duration) -> Option<M::Event> {
        self.0.next_event(SystemClock.now() + wait)
    }
}
