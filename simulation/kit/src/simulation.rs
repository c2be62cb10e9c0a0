//! `Simulation`: machines, a host, a network and a clock, and the loop that runs them.

use std::time::Duration;

use machine_contract::{HttpMachine, Instant, UnixTime};

use crate::arrival::Arrival;
use crate::clock::{Clock, Time};
use crate::driver::Driver;
use crate::faults::{Disturbance, Faults, Plan};
use crate::host::{Host, Peer};
use crate::network::Network;
use crate::slot::Slot;
use crate::transcript::{Transcript, What};

/// So often may something move without the clock; beyond it, somebody spins.
const ROUNDS: usize = 10_000;

/// Machines that make requests of a host, over a network that misbehaves as it is told.
///
/// Nothing happens by itself: [`call`](Self::call) does something with a machine,
/// [`advance`](Self::advance) lets time pass. The same calls with the same seed do the same.
///
/// # What the machines are held to
///
/// It panics where a machine breaks what [`Machine`](machine_contract::Machine) promises in a way that a driver
/// would suffer from: ids used twice, cancels of what was never asked for, a deadline that has passed after
/// `handle_timeout`, requests without end while the clock stands still; and where the host replies twice or
/// spins.
#[derive(Debug)]
pub struct Simulation<H, M: HttpMachine> {
    host: H,
    slots: Vec<Slot<M>>,
    /// What each machine has told, since it was asked last.
    events: Vec<Vec<(Instant, M::Event)>>,
    network: Network,
    clock: Clock,
}

impl<H: Host, M: HttpMachine> Simulation<H, M> {
    /// No machines yet. It is `wall` o'clock.
    pub fn new(host: H, seed: u64, wall: UnixTime) -> Self {
        Self {
            host,
            slots: Vec::new(),
            events: Vec::new(),
            network: Network::new(seed),
            clock: Clock::new(wall),
        }
    }

    /// One more machine.
    pub fn add(&mut self, machine: M) -> Peer {
        self.slots.push(Slot::new(machine));
        self.events.push(Vec::new());
        Peer(self.slots.len() - 1)
    }

    /// What time it is.
    pub const fn time(&self) -> Time {
        self.clock.time()
    }

    /// Somebody sets the wall clock.
    pub const fn set_wall(&mut self, wall: UnixTime) {
        self.clock.set_wall(wall);
    }

    /// The host.
    pub const fn host(&self) -> &H {
        &self.host
    }

    /// The host, to be told what it does from now on. Nothing follows by itself.
    pub const fn host_mut(&mut self) -> &mut H {
        &mut self.host
    }

    /// A machine.
    ///
    /// # Panics
    /// If there is none of this number.
    pub fn machine(&self, peer: Peer) -> &M {
        self.slots[peer.0].machine()
    }

    /// Everything that crossed the network.
    pub const fn transcript(&self) -> &Transcript {
        self.network.transcript()
    }

    /// Writes a line into the transcript.
    pub fn note(&mut self, text: &str) {
        let noted = What::Noted(text.to_owned());
        self.network.transcript_mut().note(self.clock.now(), noted);
    }

    /// What goes wrong by chance from now on.
    pub fn set_faults(&mut self, faults: Faults) {
        self.network.set_faults(faults);
    }

    /// What becomes of each request from now on.
    pub fn set_plan(&mut self, plan: Plan) {
        self.network.set_plan(plan);
    }

    /// Something happens, so much later; at once if that is no time.
    pub fn disturb(&mut self, after: Duration, disturbance: Disturbance) {
        self.network.disturb(self.clock.now() + after, disturbance);
        self.settle();
    }

    /// Does something with a machine, and lets follow what follows at once.
    ///
    /// # Panics
    /// If it sleeps: its application does too.
    pub fn call<T>(&mut self, peer: Peer, verb: impl FnOnce(&mut M, Instant) -> T) -> T {
        assert!(!self.slots[peer.0].is_asleep(), "{peer:?} sleeps");
        let said = verb(self.slots[peer.0].machine_mut(), self.clock.now());
        self.settle();
        said
    }

    /// Does something with a machine. Nothing follows until time passes or something else is done: its application does
    /// more before the driver has its turn.
    ///
    /// # Panics
    /// If there is none of this number.
    pub fn prompt<T>(&mut self, peer: Peer, verb: impl FnOnce(&mut M, Instant) -> T) -> T {
        verb(self.slots[peer.0].machine_mut(), self.clock.now())
    }

    /// How a machine is driven from now on.
    ///
    /// # Panics
    /// If there is none of this number.
    pub fn set_driver(&mut self, peer: Peer, driver: Driver) {
        self.slots[peer.0].set_driver(driver);
    }

    /// The application of a machine takes no events from now on, or takes them again.
    ///
    /// # Panics
    /// If there is none of this number.
    pub fn set_deaf(&mut self, peer: Peer, deaf: bool) {
        self.slots[peer.0].set_deaf(deaf);
    }

    /// Does something with the host.
    pub fn call_host<T>(&mut self, verb: impl FnOnce(&mut H, Time) -> T) -> T {
        let said = verb(&mut self.host, self.clock.time());
        self.settle();
        said
    }

    /// The process of the host has ended without a word, and `replace` puts another one there. Connections on
    /// which it had not answered break.
    pub fn replace_host(&mut self, replace: impl FnOnce(&mut H, Time)) {
        self.note("the host is replaced");
        replace(&mut self.host, self.clock.time());
        self.network.forget_host(self.clock.now());
        self.settle();
    }

    /// The process of a machine has ended without a word, and another one takes its place.
    pub fn replace(&mut self, peer: Peer, machine: M) {
        self.note("a machine is replaced");
        self.network.forget(peer, self.clock.now());
        self.slots[peer.0] = Slot::new(machine);
        self.settle();
    }

    /// The device of a machine sleeps: nothing reaches it and it is not told the time, which goes on.
    pub fn sleep(&mut self, peer: Peer) {
        self.slots[peer.0].set_asleep(true);
        self.network.sleep(peer);
    }

    /// It wakes up, and everything that it has missed happens at once.
    pub fn wake(&mut self, peer: Peer) {
        self.slots[peer.0].set_asleep(false);
        self.network.wake(peer, self.clock.now());
        self.slots[peer.0].handle_timeout(self.clock.now());
        self.settle();
    }

    /// What a machine has told since the last time, and when.
    pub fn take_events(&mut self, peer: Peer) -> Vec<(Instant, M::Event)> {
        std::mem::take(&mut self.events[peer.0])
    }

    /// Lets time pass, from one thing that happens to the next.
    pub fn advance(&mut self, time: Duration) {
        let until = self.clock.now() + time;
        loop {
            self.settle();
            let Some(next) = self.next().filter(|next| *next <= until) else {
                self.clock.turn(until);
                return;
            };
            self.clock.turn(next);
            self.tell_time();
        }
    }

    /// So much time passes at once, as if the host of all machines had slept and its clock had not: everybody is told
    /// the time once, when it is over.
    pub fn jump(&mut self, time: Duration) {
        self.clock.turn(self.clock.now() + time);
        self.tell_time();
        self.settle();
    }

    fn next(&self) -> Option<Instant> {
        let machines = self.slots.iter().filter_map(Slot::timeout);
        let others = [self.network.poll_timeout(), self.host.poll_timeout()];
        machines.chain(others.into_iter().flatten()).min()
    }

    /// Everybody whose time has come is told so.
    fn tell_time(&mut self) {
        let now = self.clock.now();
        let due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        // What arrives at the very moment of a deadline is in time.
        self.deliver();
        for slot in &mut self.slots {
            if due(slot.timeout()) {
                slot.handle_timeout(now);
            }
        }
        if due(self.host.poll_timeout()) {
            self.host.handle_timeout(self.clock.time());
            let next = self.host.poll_timeout();
            let later = next.is_none_or(|next| next > now);
            assert!(later, "the host would spin: it waits for {next:?}");
        }
    }

    /// Lets happen what happens without the clock.
    ///
    /// # Panics
    /// If that has no end.
    pub fn settle(&mut self) {
        let (now, time) = (self.clock.now(), self.clock.time());
        for _ in 0..ROUNDS {
            let mut quiet = !self.deliver();
            for peer in (0..self.slots.len()).map(Peer) {
                quiet &= !self.drain(peer, now);
            }
            // Last, so that what has happened at once is one matter for the host.
            while let Some((exchange, reply)) = self.host.poll_reply(time) {
                quiet = false;
                self.network.reply(exchange, reply, now);
            }
            if quiet {
                return;
            }
        }
        panic!("it never comes to rest at {now:?}");
    }

    /// Hands over what has arrived. Whether anything has.
    fn deliver(&mut self) -> bool {
        let (now, time) = (self.clock.now(), self.clock.time());
        let mut any = false;
        while let Some(arrival) = self.network.poll(now) {
            any = true;
            match arrival {
                Arrival::Request(exchange, peer, request) => {
                    self.host.handle_request(exchange, peer, request, time);
                }
                Arrival::Sent(exchange) => self.host.handle_reply_sent(exchange, time),
                Arrival::Lost(exchange) => self.host.handle_reply_lost(exchange, time),
                Arrival::Response(peer, id, reply) => {
                    self.slots[peer.0].handle_response(id, reply, now);
                }
                Arrival::Failure(peer, id, failure) => {
                    self.slots[peer.0].handle_failure(id, failure, now);
                }
            }
        }
        any
    }

    /// Takes what a machine wants and what it tells. Whether there was anything.
    fn drain(&mut self, peer: Peer, now: Instant) -> bool {
        let wanted = self.slots[peer.0].drain(now);
        let quiet = wanted.requests.is_empty() && wanted.cancels.is_empty();
        let any = !quiet || !wanted.events.is_empty();
        let events = wanted.events.into_iter().map(|event| (now, event));
        self.events[peer.0].extend(events);
        for id in wanted.cancels {
            self.network.cancel(peer, id, now);
        }
        for transmit in wanted.requests {
            if let Some(fate) = self.host.fate(peer, &transmit, self.clock.time()) {
                self.network.foretell(fate);
            }
            self.network.send(peer, transmit, now);
        }
        any
    }
}
