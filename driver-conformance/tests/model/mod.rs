//! A driver on plain threads and sockets that holds every duty, and can be told to break one: with it the
//! suite proves that each duty can be held, and that it can fail.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod http;
mod stream;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant as StdInstant};

use ::http::Response;
use bytes::Bytes;
use driver_conformance::{Drive, Limits, TurnedClock};
use machine_contract::{
    Failure, HttpMachine, Instant, RequestId, StreamAsk, StreamMachine, Transmit,
};
use machine_driver::Clock;

use http::{Line, Shared};
use stream::{StreamInput, Streams};

/// What is wrong with a model.
pub(crate) mod flaw {
    pub(crate) const NONE: u8 = 0;
    pub(crate) const ASKS_FOR_COMPRESSION: u8 = 1;
    pub(crate) const RETRIES: u8 = 2;
    pub(crate) const HOLDS_EVENTS: u8 = 3;
    pub(crate) const NOT_SENT_AFTER_A_CUT: u8 = 4;
    pub(crate) const KEEPS_COOKIES: u8 = 5;
    pub(crate) const FOLLOWS_REDIRECTS: u8 = 6;
    pub(crate) const SPINS: u8 = 7;
    pub(crate) const OLD_NOW: u8 = 8;
    pub(crate) const TELLS_OF_THE_CANCELLED: u8 = 9;
    pub(crate) const ONE_AT_A_TIME: u8 = 10;
    pub(crate) const FORGETS_TO_DRAIN: u8 = 11;
    pub(crate) const READS_ALWAYS: u8 = 12;
    pub(crate) const COUNTS_WHOLE_CHUNKS: u8 = 13;
    pub(crate) const FINISH_IS_THE_END: u8 = 14;
    pub(crate) const NO_STREAMS: u8 = 15;
    pub(crate) const HAS_AN_EXPECTATION: u8 = 16;
    pub(crate) const TRUSTS_DEAD_CONNECTIONS: u8 = 17;
    pub(crate) const LOOKS_AT_THE_LIMIT_LATE: u8 = 19;
    /// No flaw: it has none, and says so in the same drain.
    pub(crate) const REFUSES_STREAMS: u8 = 18;
}

pub(crate) struct Model<M: HttpMachine, const F: u8> {
    machine: M,
    clock: TurnedClock,
    shared: Arc<Shared>,
    requests: BTreeMap<RequestId, (Instant, Line)>,
    streams: Streams,
    inputs: Sender<Input>,
    inbox: Receiver<Input>,
    /// Only of a driver that does what it must not.
    held: VecDeque<M::Event>,
    waiting: VecDeque<Transmit>,
    /// The time when it began to wait; only one whose time is old looks at it.
    old: Option<Instant>,
    /// Something has happened since it was drained; only who forgets to drain asks.
    fresh: bool,
}

type Outcome = Result<Response<Bytes>, Failure>;

enum Input {
    Ended(RequestId, Outcome),
    Stream(StreamInput),
}

impl<M: HttpMachine + StreamMachine, const F: u8> Drive<M> for Model<M, F> {
    const KEEPS_COOKIES: bool = true;

    fn start(machine: M, limits: Limits, clock: TurnedClock) -> Self {
        let (inputs, inbox) = channel();
        Self {
            machine,
            clock,
            shared: Arc::new(Shared::new(limits.body, F)),
            requests: BTreeMap::new(),
            streams: Streams::default(),
            inputs,
            inbox,
            held: VecDeque::new(),
            waiting: VecDeque::new(),
            old: None,
            fresh: true,
        }
    }

    fn call<R>(&mut self, verb: impl FnOnce(&mut M, Instant) -> R) -> R {
        let now = self.now();
        let result = verb(&mut self.machine, now);
        self.drain();
        result
    }

    fn next_event(&mut self, wait: Duration) -> Option<M::Event> {
        let until = StdInstant::now() + wait;
        self.old = Some(self.clock.now());
        loop {
            self.take_in();
            if F != flaw::FORGETS_TO_DRAIN || std::mem::take(&mut self.fresh) {
                self.drain();
            }
            if F == flaw::HOLDS_EVENTS {
                while let Some(event) = self.machine.poll_event() {
                    self.held.push_back(event);
                }
            }
            let event = self.held.pop_front();
            if let Some(event) = event.or_else(|| self.machine.poll_event()) {
                if F != flaw::FORGETS_TO_DRAIN {
                    self.drain();
                }
                return Some(event);
            }
            if !self.wait(until) {
                return None;
            }
        }
    }

    fn rest(&mut self, time: Duration) {
        let until = StdInstant::now() + time;
        self.old = Some(self.clock.now());
        loop {
            self.take_in();
            self.drain();
            if F == flaw::HOLDS_EVENTS {
                self.held.extend(self.machine.poll_event());
            }
            if !self.wait(until) {
                return;
            }
        }
    }
}

impl<M: HttpMachine + StreamMachine, const F: u8> Model<M, F> {
    fn now(&mut self) -> Instant {
        let now = self.clock.now();
        if F == flaw::OLD_NOW {
            return self.old.unwrap_or(now);
        }
        now
    }

    /// Waits for an input, the next thing that is due, or that moment; false if it has come.
    fn wait(&mut self, until: StdInstant) -> bool {
        let left = until.saturating_duration_since(StdInstant::now());
        if left.is_zero() {
            return false;
        }
        let due = self.requests.values().map(|(deadline, _)| *deadline);
        let due = due.chain(self.streams.deadlines());
        let due = due.chain(self.machine.poll_timeout()).min();
        let now = self.clock.now();
        let mut wait = due.map_or(left, |due| left.min(due.saturating_duration_since(now)));
        if F == flaw::SPINS {
            wait = wait.min(Duration::from_millis(1));
        }
        match self.inbox.recv_timeout(wait) {
            Ok(input) => self.tell(input),
            Err(_) => self.fresh |= due.is_some_and(|due| due <= self.clock.now()),
        }
        true
    }

    fn take_in(&mut self) {
        while let Ok(input) = self.inbox.try_recv() {
            self.tell(input);
            self.drain();
        }
    }

    fn tell(&mut self, input: Input) {
        self.fresh = true;
        match input {
            Input::Ended(id, outcome) => self.end(id, outcome),
            Input::Stream(input) => {
                let now = self.now();
                self.streams
                    .tell::<M, F>(&mut self.machine, input, &self.inputs, now);
            }
        }
    }

    fn end(&mut self, id: RequestId, outcome: Outcome) {
        let open = self.requests.remove(&id).is_some();
        if !open && F != flaw::TELLS_OF_THE_CANCELLED {
            return;
        }
        let now = self.now();
        match outcome {
            Ok(response) => self.machine.handle_response(id, response, now),
            Err(failure) => self.machine.handle_failure(id, failure, now),
        }
        self.drain();
    }

    /// Does everything that the machine wants now, until it wants nothing more.
    fn drain(&mut self) {
        loop {
            let mut quiet = !self.pass_time();
            while let Some(transmit) = {
                let now = self.now();
                self.machine.poll_transmit(now)
            } {
                self.waiting.push_back(transmit);
                quiet = false;
            }
            while let Some(id) = self.machine.poll_cancel() {
                self.waiting.retain(|transmit| transmit.id != id);
                if F == flaw::TELLS_OF_THE_CANCELLED {
                    continue;
                }
                if let Some((_, line)) = self.requests.remove(&id) {
                    line.cut();
                }
            }
            while F != flaw::ONE_AT_A_TIME || self.requests.is_empty() {
                let Some(transmit) = self.waiting.pop_front() else {
                    break;
                };
                self.begin(transmit);
            }
            if F == flaw::REFUSES_STREAMS {
                let now = self.now();
                while let Some(ask) = self.machine.poll_stream(now) {
                    if let StreamAsk::Connect { id, .. } = ask {
                        self.machine.handle_unsupported(id, now);
                    }
                }
            } else if F != flaw::NO_STREAMS {
                let now = self.now();
                quiet &= !self
                    .streams
                    .drain::<M, F>(&mut self.machine, &self.inputs, now);
            }
            if quiet {
                return;
            }
        }
    }

    /// Tells what is due. True if anything was.
    fn pass_time(&mut self) -> bool {
        let now = self.now();
        let alarm = self.machine.poll_timeout();
        let rings = alarm.is_some_and(|due| due <= now);
        if rings {
            self.machine.handle_timeout(now);
        }
        let late: Vec<_> = (self.requests.iter())
            .filter(|(_, (deadline, _))| *deadline <= now)
            .map(|(id, _)| *id)
            .collect();
        for id in &late {
            let (_, line) = self.requests.remove(id).unwrap();
            line.cut();
            self.machine.handle_failure(*id, Failure::Unknown, now);
        }
        rings || !late.is_empty()
    }

    fn begin(&mut self, transmit: Transmit) {
        let id = transmit.id;
        let now = self.now();
        if transmit.deadline <= now {
            self.machine.handle_failure(id, Failure::NotSent, now);
            return;
        }
        let line = Line::default();
        self.requests.insert(id, (transmit.deadline, line.clone()));
        let (shared, inputs) = (Arc::clone(&self.shared), self.inputs.clone());
        thread::spawn(move || {
            let outcome = http::exchange(&shared, &line, &transmit);
            // Fails when the driver is gone: then nobody wants to know.
            let _ = inputs.send(Input::Ended(id, outcome));
        });
    }
}

impl<M: HttpMachine, const F: u8> Drop for Model<M, F> {
    fn drop(&mut self) {
        for (_, line) in self.requests.values() {
            line.cut();
        }
        self.shared.close();
        self.streams.close();
    }
}
