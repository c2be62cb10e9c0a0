//! The driver as the conformance suite drives it.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use std::time::Duration;

use driver_conformance::{Drive, Limits, TurnedClock};
use machine_contract::{HttpMachine, Instant, StreamMachine};
use smol::Timer;
use smol::future::{block_on, or};
use smol_driver::{Driver, Smol, spawn};

pub(crate) struct OnSmol<M>(Driver<M>);

impl<M: HttpMachine + StreamMachine + Send + 'static> Drive<M> for OnSmol<M> {
    fn start(machine: M, limits: Limits, clock: TurnedClock) -> Self {
        let smol = Smol::new().body_limit(limits.body).clock(Arc::new(clock));
        Self(spawn(machine, smol))
    }

    fn call<R>(&mut self, verb: impl FnOnce(&mut M, Instant) -> R) -> R {
        self.0.call(verb).unwrap()
    }

    fn next_event(&mut self, wait: Duration) -> Option<M::Event> {
        let event = async { Some(self.0.next_event().await.unwrap()) };
        let over = async {
            Timer::after(wait).await;
            None
        };
        block_on(or(event, over))
    }
}
