//! `Network`: what becomes of each request and its reply, drawn from a seed.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use http::{Request, Response};
use machine_contract::{Failure, Instant, RequestId, Transmit};

use crate::air::Air;
use crate::arrival::Arrival;
use crate::fate::Fate;
use crate::faults::{Acknowledged, Cut, Disturbance, Faults, Plan, portal};
use crate::host::{ExchangeNumber, Peer};
use crate::in_flight::{Ask, Carried, Open, Packet};
use crate::outages::Outages;
use crate::transcript::{Transcript, What};
use crate::weather::Weather;

/// Carries requests to a host and replies back, each on a connection of its own.
///
/// It is a machine itself: what it is given goes in by verbs, what arrives somewhere comes out of
/// [`poll`](Self::poll), and nothing moves but by the time that it is told.
/// [`Simulation`](crate::Simulation) runs one.
#[derive(Debug)]
pub struct Network {
    weather: Weather,
    air: Air<Packet>,
    /// What machines wait for.
    open: BTreeMap<Ask, Open>,
    asks: u64,
    /// What the host has been told no end of.
    exchanges: BTreeMap<ExchangeNumber, Carried>,
    last_exchange: u64,
    outages: Outages,
    /// What sleepers are told when they wake up.
    missed: Vec<(Peer, Packet)>,
    ready: VecDeque<Arrival>,
    transcript: Transcript,
}

impl Network {
    /// A network in which nothing goes wrong yet.
    pub fn new(seed: u64) -> Self {
        Self {
            weather: Weather::new(seed),
            air: Air::new(),
            open: BTreeMap::new(),
            asks: 0,
            exchanges: BTreeMap::new(),
            last_exchange: 0,
            outages: Outages::default(),
            missed: Vec::new(),
            ready: VecDeque::new(),
            transcript: Transcript::default(),
        }
    }

    /// What goes wrong by chance from now on.
    pub fn set_faults(&mut self, faults: Faults) {
        self.weather.set_faults(faults);
    }

    /// What becomes of each request from now on.
    pub fn set_plan(&mut self, plan: Plan) {
        self.weather.set_plan(plan);
    }

    /// What has crossed it.
    pub const fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// The same, to write something else into it.
    pub const fn transcript_mut(&mut self) -> &mut Transcript {
        &mut self.transcript
    }

    /// Something happens at that moment.
    pub fn disturb(&mut self, at: Instant, disturbance: Disturbance) {
        self.air.put(at, Packet::Disturbance(disturbance));
    }

    /// What becomes of the next request, whatever the weather is.
    pub(crate) const fn foretell(&mut self, fate: Fate) {
        self.weather.foretell(fate);
    }

    /// A machine makes a request.
    pub fn send(&mut self, peer: Peer, transmit: Transmit, now: Instant) {
        let (id, request, deadline) = (transmit.id, transmit.request, transmit.deadline);
        self.transcript.note_request(now, peer, id, &request);
        self.asks += 1;
        let ask = self.asks;
        let cut = self.outages.cut_of(peer, now);
        let leaves = deadline > now && cut.is_none();
        let open = Open {
            peer,
            id,
            deadline: self.air.put(deadline.max(now), Packet::Deadline(ask)),
            leaves,
            exchange: None,
            broken: false,
        };
        self.open.insert(ask, open);
        if let Some(failure) = cut.and_then(Cut::told_at_once) {
            self.put_later(Packet::Failure(ask, failure), now);
        }
        if !leaves {
            return;
        }
        let fate = self.weather.fate();
        let packet = |request: Request<Bytes>, answered| Packet::Request {
            ask,
            peer,
            request,
            fate,
            answered,
        };
        if let Some(failure) = fate.before_the_host() {
            return self.put_later(Packet::Failure(ask, failure), now);
        }
        match fate {
            Fate::Portal => self.put_later(Packet::Reply(ask, None, portal()), now),
            Fate::Repeated => {
                // The first connection broke before the reply, so the proxy has asked again.
                let later = now + self.weather.delay();
                self.air.put(later, packet(request.clone(), false));
                self.put_later(packet(request, true), later);
            }
            _ => self.put_later(packet(request, true), now),
        }
    }

    /// A machine wants an answer no more.
    pub fn cancel(&mut self, peer: Peer, id: RequestId, now: Instant) {
        let mut open = self.open.iter();
        let Some((&ask, _)) = open.find(|(_, open)| open.peer == peer && open.id == id) else {
            return;
        };
        self.transcript.note(now, What::Cancelled(peer, id));
        self.abandon(ask, now);
    }

    /// The host replies.
    ///
    /// # Panics
    /// If it has replied to this before.
    pub fn reply(&mut self, exchange: ExchangeNumber, reply: Response<Bytes>, now: Instant) {
        self.transcript.note_reply(now, exchange, &reply);
        let Some(carried) = self.exchanges.get_mut(&exchange) else {
            // It has not learned yet that nobody waits.
            return;
        };
        assert!(!carried.replied, "two replies to one request");
        carried.replied = true;
        let (Some(ask), fate) = (carried.ask, carried.fate) else {
            return;
        };
        match fate {
            Fate::ReplyLost => {
                self.put_later(Packet::Failure(ask, Failure::Unknown), now);
                self.put_later(Packet::Lost(exchange), now);
            }
            Fate::ReplyCut => {
                self.exchanges.remove(&exchange);
                self.ready.push_back(Arrival::Sent(exchange));
                self.put_later(Packet::Failure(ask, Failure::Unknown), now);
            }
            Fate::Stalled => self.put_later(Packet::Lost(exchange), now),
            _ => {
                if self.weather.acknowledged() == Acknowledged::OnWrite {
                    self.exchanges.remove(&exchange);
                    self.ready.push_back(Arrival::Sent(exchange));
                }
                self.put_later(Packet::Reply(ask, Some(exchange), reply), now);
            }
        }
    }

    /// Another machine has taken the place of this one: what it waited for, nobody does.
    pub fn forget(&mut self, peer: Peer, now: Instant) {
        for ask in self.asks_of(Some(peer)) {
            self.abandon(ask, now);
        }
        self.missed.retain(|(sleeper, _)| *sleeper != peer);
        self.outages.wake(peer);
    }

    /// Another host has taken the place of the one before: what it had not answered it never will.
    pub fn forget_host(&mut self, now: Instant) {
        for carried in std::mem::take(&mut self.exchanges).into_values() {
            if let Some(ask) = carried.ask.filter(|_| !carried.replied) {
                self.put_later(Packet::Failure(ask, Failure::Unknown), now);
            }
        }
        self.ready
            .retain(|arrival| !matches!(arrival, Arrival::Sent(_) | Arrival::Lost(_)));
    }

    /// A machine sleeps: nothing reaches it, and it notices nothing.
    pub fn sleep(&mut self, peer: Peer) {
        self.outages.sleep(peer);
    }

    /// It is awake, and learns what it has missed.
    pub fn wake(&mut self, peer: Peer, now: Instant) {
        self.outages.wake(peer);
        let (missed, others): (Vec<_>, _) =
            (self.missed.drain(..)).partition(|(sleeper, _)| *sleeper == peer);
        self.missed = others;
        for (_, packet) in missed {
            self.air.put(now, packet);
        }
    }

    /// When something arrives next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.air.next()
    }

    /// What has arrived.
    #[must_use]
    pub fn poll(&mut self, now: Instant) -> Option<Arrival> {
        loop {
            if let Some(arrival) = self.ready.pop_front() {
                self.transcript.note_arrival(now, &arrival);
                return Some(arrival);
            }
            let packet = self.air.land(now)?;
            self.land(packet, now);
        }
    }

    fn land(&mut self, packet: Packet, now: Instant) {
        match packet {
            Packet::Request {
                ask,
                peer,
                request,
                fate,
                answered,
            } => {
                if self.outages.cut_of(peer, now).is_none() {
                    self.arrive(ask, peer, request, (fate, answered), now);
                }
            }
            Packet::Reply(ask, exchange, reply) => self.take_back(ask, exchange, reply, now),
            Packet::Failure(ask, failure) => {
                self.fail(ask, failure, Packet::Failure(ask, failure), now);
            }
            Packet::Deadline(ask) => {
                let left = self.open.get(&ask).is_some_and(|open| open.leaves);
                let failure = [Failure::NotSent, Failure::Unknown][usize::from(left)];
                self.fail(ask, failure, Packet::Deadline(ask), now);
            }
            Packet::Lost(exchange) => {
                if self.exchanges.remove(&exchange).is_some() {
                    self.ready.push_back(Arrival::Lost(exchange));
                }
            }
            Packet::Disturbance(disturbance) => self.suffer(disturbance, now),
        }
    }

    fn suffer(&mut self, disturbance: Disturbance, now: Instant) {
        match disturbance {
            Disturbance::Faults(faults) => self.set_faults(faults),
            Disturbance::Cut { peer, time, how } => {
                self.outages.cut(peer, now + time, how, now);
                if how == Cut::Refused {
                    self.reset(peer, now);
                }
            }
            Disturbance::Reset(peer) => self.reset(peer, now),
        }
    }

    /// A request is at the host, whether or not anybody still waits for the answer.
    fn arrive(
        &mut self,
        ask: Ask,
        peer: Peer,
        request: Request<Bytes>,
        (fate, answered): (Fate, bool),
        now: Instant,
    ) {
        self.last_exchange += 1;
        let exchange = ExchangeNumber(self.last_exchange);
        let open = self.open.get_mut(&ask);
        let ask = open.filter(|open| answered && !open.broken).map(|open| {
            open.exchange = Some(exchange);
            self.transcript
                .note(now, What::Arrived(peer, open.id, exchange));
            ask
        });
        let carried = Carried {
            ask,
            peer,
            fate,
            replied: false,
        };
        self.exchanges.insert(exchange, carried);
        self.ready
            .push_back(Arrival::Request(exchange, peer, request));
        if ask.is_none() {
            self.put_later(Packet::Lost(exchange), now);
        }
    }

    /// A reply is at its machine, if that can be reached and still waits.
    fn take_back(
        &mut self,
        ask: Ask,
        exchange: Option<ExchangeNumber>,
        reply: Response<Bytes>,
        now: Instant,
    ) {
        let Some(open) = self.open.get(&ask).filter(|open| !open.broken) else {
            return;
        };
        if self.outages.cut_of(open.peer, now).is_some() || self.outages.is_asleep(open.peer) {
            if let Some(exchange) = exchange {
                self.put_later(Packet::Lost(exchange), now);
            }
            return;
        }
        if let Some(exchange) = exchange
            && self.exchanges.remove(&exchange).is_some()
        {
            self.ready.push_back(Arrival::Sent(exchange));
        }
        if let Some(open) = self.close(ask) {
            self.ready
                .push_back(Arrival::Response(open.peer, open.id, reply));
        }
    }

    /// Tells a machine of a failure; one that sleeps, later.
    fn fail(&mut self, ask: Ask, failure: Failure, packet: Packet, now: Instant) {
        let Some(open) = self.open.get(&ask) else {
            return;
        };
        let (peer, id) = (open.peer, open.id);
        if self.outages.is_asleep(peer) {
            self.missed.push((peer, packet));
            return;
        }
        self.abandon(ask, now);
        self.ready.push_back(Arrival::Failure(peer, id, failure));
    }

    /// Nobody waits for this answer any more; the host will learn it.
    fn abandon(&mut self, ask: Ask, now: Instant) {
        let exchange = self.close(ask).and_then(|open| open.exchange);
        if let Some(exchange) = exchange
            && let Some(carried) = self.exchanges.get_mut(&exchange)
        {
            carried.ask = None;
            self.put_later(Packet::Lost(exchange), now);
        }
    }

    fn close(&mut self, ask: Ask) -> Option<Open> {
        let open = self.open.remove(&ask)?;
        self.air.take_back(open.deadline);
        Some(open)
    }

    /// All connections of a machine, or of all, break at once; both ends notice a little later.
    fn reset(&mut self, peer: Option<Peer>, now: Instant) {
        for ask in self.asks_of(peer) {
            if let Some(open) = self.open.get_mut(&ask) {
                open.broken = true;
            }
            self.put_later(Packet::Failure(ask, Failure::Unknown), now);
        }
        let matching = |carried: &Carried| peer.is_none_or(|peer| carried.peer == peer);
        let broken: Vec<_> = (self.exchanges.iter())
            .filter(|(_, carried)| matching(carried))
            .map(|(exchange, _)| *exchange)
            .collect();
        for exchange in broken {
            self.put_later(Packet::Lost(exchange), now);
        }
    }

    fn asks_of(&self, peer: Option<Peer>) -> Vec<Ask> {
        let open = self.open.iter();
        open.filter(|(_, open)| peer.is_none_or(|peer| open.peer == peer))
            .map(|(ask, _)| *ask)
            .collect()
    }

    fn put_later(&mut self, packet: Packet, now: Instant) {
        let delay = self.weather.delay();
        self.air.put(now + delay, packet);
    }
}
