//! `Pump`: one runner, its network and all that is under way between the two.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use machine_contract::{
    CertificateFault, HttpMachine, Instant, RequestId, StreamId, StreamMachine,
};

use super::in_flight::InFlight;
use super::network::{Network, StreamNetwork};
use super::sockets::Sockets;
use super::wake::{Bell, Flag};
use crate::{LONGEST_WAIT, Order, Runner, SharedClock, SleepWatch};

type Connecting<N> = <<N as Network>::Streams as StreamNetwork>::Connecting;
pub(super) type Stream<N> = <<N as Network>::Streams as StreamNetwork>::Stream;

pub(super) struct Pump<M, N: Network> {
    runner: Runner<M>,
    clock: SharedClock,
    network: Arc<N>,
    bell: Arc<Bell>,
    exchanges: InFlight<RequestId, N::Exchange>,
    connecting: InFlight<StreamId, Connecting<N>>,
    sockets: Sockets<Stream<N>>,
    alarm: Alarm<N::Sleep>,
    sleep_watch: SleepWatch,
}

impl<M: HttpMachine + StreamMachine, N: Network> Pump<M, N> {
    pub(super) fn new(machine: M, network: N, clock: SharedClock, bell: Arc<Bell>) -> Self {
        let runner = match network.streams() {
            Some(_) => Runner::new(machine),
            None => Runner::http_only(machine),
        };
        Self {
            runner,
            clock,
            network: Arc::new(network),
            exchanges: InFlight::default(),
            connecting: InFlight::default(),
            sockets: Sockets::new(Arc::clone(&bell)),
            alarm: Alarm::new(&bell),
            sleep_watch: SleepWatch::default(),
            bell,
        }
    }

    /// Runs a verb of the machine's own, and carries on what follows from it.
    pub(super) fn call<R>(&mut self, verb: impl FnOnce(&mut M, Instant) -> R) -> R {
        let returned = self.runner.call(verb, self.clock.now());
        self.drive();
        returned
    }

    /// The next event. What is there comes first, then what follows from its having been taken; if nothing
    /// is there, what there is to do may bring one.
    pub(super) fn next_event(&mut self) -> Option<M::Event> {
        let mut event = self.runner.poll_event();
        self.drive();
        if event.is_none() {
            event = self.runner.poll_event();
            if event.is_some() {
                self.drive();
            }
        }
        event
    }

    /// A peer has made a stream to an address of this host. False: the machine did not want it.
    pub(super) fn accept(
        &mut self,
        stream: Stream<N>,
        peer: SocketAddr,
        local: SocketAddr,
    ) -> bool {
        let now = self.clock.now();
        let accepted = self.runner.handle_accepted(peer, local, now);
        if let Some(id) = accepted {
            self.sockets.insert(id, stream);
        }
        self.drive();
        accepted.is_some()
    }

    /// The machine, with its events still in it; what is under way is dropped.
    pub(super) fn into_machine(self) -> M {
        self.runner.into_machine()
    }

    /// Carries everything as far as it goes. True: the machine was told something, so there may be events.
    pub(super) fn drive(&mut self) -> bool {
        Arc::clone(&self.network).enter(|| self.rounds())
    }

    fn rounds(&mut self) -> bool {
        let mut told = self.sleep_watch.look(&self.clock);
        if told {
            self.runner.handle_suspended(self.clock.now());
        }
        for _ in 0..ROUNDS {
            let more = self.round();
            told |= more | self.runner.has_told();
            if !more {
                return told;
            }
        }
        // There is still more to do: let others have their turn first.
        self.bell.ring();
        told
    }

    /// Each that has moved gets one turn: a finished exchange, one chunk of a stream, the alarm. True: one
    /// had something to tell.
    ///
    /// The alarm comes last and only if nothing else had anything to tell: what was told may have moved it.
    fn round(&mut self) -> bool {
        // Once: a look at the clock costs as much as all the rest of a round in which little happens.
        let now = self.clock.now();
        while let Some(order) = self.runner.poll_order(now) {
            self.carry_out(order);
        }
        let mut told = false;
        while let Some((id, outcome)) = self.exchanges.next() {
            self.runner.handle_outcome(id, outcome, now);
            told = true;
        }
        while let Some((id, made)) = self.connecting.next() {
            match made {
                Ok(stream) if self.runner.handle_connected(id, now) => {
                    self.sockets.insert(id, stream);
                }
                Ok(_) => {}
                Err(error) => match fault_in(&error) {
                    Some(fault) => self.runner.handle_stream_untrusted(id, fault, now),
                    None => self.runner.handle_stream_failed(id, 0, now),
                },
            }
            told = true;
        }
        told |= self.sockets.round(&mut self.runner, &self.clock);
        if told {
            return true;
        }
        // The next call of `poll_order` lets the due time pass.
        let due = self.runner.poll_timeout();
        self.alarm.rings(due, &*self.network, &self.clock)
    }

    fn carry_out(&mut self, order: Order) {
        match order {
            Order::Send(transmit) => {
                let id = transmit.id;
                let exchange = self.network.exchange(transmit);
                self.exchanges.start(id, exchange, &self.bell);
            }
            Order::Cancel(id) => self.exchanges.cancel(id),
            Order::Connect(id, to) => {
                // A runner without streams never orders one.
                if let Some(streams) = self.network.streams() {
                    self.connecting.start(id, streams.connect(to), &self.bell);
                }
            }
            Order::Drop(id) => {
                self.connecting.cancel(id);
                self.sockets.remove(id);
            }
        }
    }
}

/// What the network says was wrong with the peer's certificate, if that was it.
fn fault_in(error: &io::Error) -> Option<CertificateFault> {
    error.get_ref()?.downcast_ref().copied()
}

/// Rounds in one go, before the executor gets its turn.
const ROUNDS: usize = 32;

/// One timer for the whole driver. It is set anew only for an earlier moment: one that rings too early
/// costs a look at the clock, and there is one look in [`LONGEST_WAIT`] anyway.
struct Alarm<S> {
    sleep: Option<(S, Instant)>,
    flag: Arc<Flag>,
    waker: Waker,
}

impl<S: Future + Unpin> Alarm<S> {
    fn new(bell: &Arc<Bell>) -> Self {
        let flag = Flag::raised(bell);
        Self {
            sleep: None,
            waker: Arc::clone(&flag).into(),
            flag,
        }
    }

    /// True: the moment has come, or it is time to look at the clock again.
    fn rings<N: Network<Sleep = S>>(
        &mut self,
        due: Option<Instant>,
        network: &N,
        clock: &SharedClock,
    ) -> bool {
        let Some(due) = due else {
            self.sleep = None;
            return false;
        };
        if self.sleep.as_ref().is_none_or(|(_, rings)| due < *rings) {
            let now = clock.now();
            let wait = due.saturating_duration_since(now).min(LONGEST_WAIT);
            self.sleep = Some((network.sleep(whole_millis(wait)), now + wait));
            self.flag.raise();
        }
        let Some((sleep, _)) = &mut self.sleep else {
            return false;
        };
        if !self.flag.take() {
            return false;
        }
        let mut cx = Context::from_waker(&self.waker);
        let rings = Pin::new(sleep).poll(&mut cx).is_ready();
        if rings {
            self.sleep = None;
        }
        rings
    }
}

/// Rounded up: a timer that rings early rings twice.
fn whole_millis(time: Duration) -> Duration {
    let millis = time.as_micros().div_ceil(1000);
    Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
}
