//! `Solo`: one machine on a clock, whose network is whoever tests it.

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use machine_contract::{Failure, HttpMachine, Instant, Machine, RequestId, Transmit, UnixTime};

use crate::clock::Clock;
use crate::slot::Slot;

/// A machine whose test says by hand what becomes of each request, and when.
///
/// For what [`Simulation`](crate::Simulation) leaves to its network: a reply that comes at one moment and no other, a
/// request that is looked at while it is on its way. The clock, and what the machine is held to, are the same: it
/// panics where a machine uses an id twice, cancels what it never asked for, or waits for a time that has passed when it
/// was told that.
#[derive(Debug)]
pub struct Solo<M> {
    slot: Slot<M>,
    clock: Clock,
}

impl<M: Machine> Solo<M> {
    /// A machine at the origin of its clock.
    pub const fn new(machine: M) -> Self {
        Self {
            slot: Slot::new(machine),
            clock: Clock::new(UnixTime::from_secs(0)),
        }
    }

    /// The moment.
    pub const fn now(&self) -> Instant {
        self.clock.now()
    }

    /// The machine.
    pub const fn machine(&self) -> &M {
        self.slot.machine()
    }

    /// The machine, for what needs no time.
    pub const fn machine_mut(&mut self) -> &mut M {
        self.slot.machine_mut()
    }

    /// When the machine wants to be told the time.
    pub fn timeout(&self) -> Option<Instant> {
        self.slot.timeout()
    }

    /// The next thing that it tells.
    pub fn event(&mut self) -> Option<M::Event> {
        self.slot.machine_mut().poll_event()
    }

    /// Does something with the machine now. Nothing follows by itself.
    pub fn call<T>(&mut self, verb: impl FnOnce(&mut M, Instant) -> T) -> T {
        verb(self.slot.machine_mut(), self.clock.now())
    }

    /// Time passes of which the machine is not told: its host was asleep, or is late.
    pub fn skip(&mut self, time: Duration) {
        self.clock.turn(self.clock.now() + time);
    }

    /// The same, up to that moment.
    pub fn skip_to(&mut self, at: Instant) {
        self.clock.turn(at);
    }

    /// The machine is told the time, whether or not it has asked for that.
    pub fn tell_time(&mut self) {
        self.slot.handle_timeout(self.clock.now());
    }

    /// Lets time pass; the machine is told the time whenever it has asked for that.
    pub fn advance(&mut self, time: Duration) {
        let until = self.clock.now() + time;
        while let Some(at) = self.slot.timeout().filter(|at| *at <= until) {
            self.clock.turn(at);
            self.tell_time();
        }
        self.clock.turn(until);
    }

    /// Lets pass what the machine waits for, tells it the time, and says how long that was. `None`: it waits for
    /// nothing.
    pub fn advance_to_next(&mut self) -> Option<Duration> {
        let before = self.clock.now();
        self.clock.turn(self.slot.timeout()?);
        self.tell_time();
        Some(self.clock.now().saturating_duration_since(before))
    }
}

impl<M: HttpMachine> Solo<M> {
    /// The next request.
    pub fn transmit(&mut self) -> Option<Transmit> {
        self.slot.transmit(self.clock.now())
    }

    /// The next request that the machine wants an answer to no more.
    pub fn cancel(&mut self) -> Option<RequestId> {
        self.slot.cancel()
    }

    /// A request is answered.
    pub fn respond(&mut self, id: RequestId, response: Response<Bytes>) {
        self.slot.handle_response(id, response, self.clock.now());
    }

    /// A request fails.
    pub fn fail(&mut self, id: RequestId, failure: Failure) {
        self.slot.handle_failure(id, failure, self.clock.now());
    }
}
