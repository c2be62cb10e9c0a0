//! One program, its ways to the house, and whoever it speaks for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use bytes::Bytes;
use gateway_sm::{ConnectionEnd, ExchangeId};
use http::{Request, Response};
use machine_contract::{
    CertificateFault, Failure, HttpMachine, Instant, Machine, RequestId, StreamId, StreamMachine,
};
use msnp_proto::Side;

use crate::choices::Choices;
use crate::generators::{Form, server_stream};
use crate::hands::{CHUNK, Hands};
use crate::hostile::{bend, bend_head, body};
use crate::house::House;
use crate::secrets::keeps_its_secrets;

/// What was taken while nobody took events may exceed what the machine's own limit is by this: the events of a frame, and a
/// reply for each of two requests.
const OVERDRAFT: usize = 256 * 1024;

/// Whoever a machine speaks for: what they do, and what they keep account of.
pub(crate) trait Resident {
    type Machine: HttpMachine<Event: Debug> + StreamMachine;
    /// What the machine may hold in events that nobody takes, in bytes.
    const UNDRAINED: usize;

    fn sign_in(&mut self, machine: &mut Self::Machine, now: Instant);
    fn sign_out(&mut self, machine: &mut Self::Machine, now: Instant);
    /// One of the machine's verbs.
    fn act(&mut self, machine: &mut Self::Machine, choices: &mut Choices<'_>, now: Instant);
    fn hear(&mut self, event: &<Self::Machine as Machine>::Event);
    /// Bytes have left for the service.
    fn left(&mut self, bytes: &[u8]);
    /// They have certainly not arrived.
    fn never_left(&mut self, bytes: &[u8]);
    /// This was replied to them.
    fn replied(&mut self, _bytes: &[u8], _reply: &Response<Bytes>) {}
    /// All is over: everything that was begun has come to its end.
    fn over(&self);
}

/// What has been asked of the house by a request.
enum Exchange {
    Waiting(ExchangeId),
    Replied(ExchangeId, Response<Bytes>),
}

/// One program and its ways to the house.
pub(crate) struct Home<R: Resident> {
    resident: R,
    hands: Hands<R::Machine>,
    exchanges: BTreeMap<RequestId, Exchange>,
    /// Its streams, as the house calls them.
    lines: BTreeMap<StreamId, StreamId>,
    seen: BTreeSet<RequestId>,
    is_deaf: bool,
}

/// How something goes.
pub(crate) enum Way<'a, 'b> {
    Straight,
    Bent(&'a mut Choices<'b>),
}

impl Way<'_, '_> {
    fn carry(&mut self, bytes: Vec<u8>, side: Side) -> Vec<u8> {
        match self {
            Self::Straight => bytes,
            Self::Bent(choices) => bend(bytes, side, choices),
        }
    }
}

impl<R: Resident> Home<R> {
    /// A program that signs in.
    pub(crate) fn new(mut resident: R, machine: R::Machine) -> Self {
        let mut hands = Hands::new(machine);
        hands.call(|machine, now| resident.sign_in(machine, now));
        Self {
            resident,
            hands,
            exchanges: BTreeMap::new(),
            lines: BTreeMap::new(),
            seen: BTreeSet::new(),
            is_deaf: false,
        }
    }

    pub(crate) const fn hands(&self) -> &Hands<R::Machine> {
        &self.hands
    }

    pub(crate) const fn hands_mut(&mut self) -> &mut Hands<R::Machine> {
        &mut self.hands
    }

    /// Whether the application takes no events.
    pub(crate) const fn set_deaf(&mut self, is_deaf: bool) {
        self.is_deaf = is_deaf;
    }

    pub(crate) const fn is_deaf(&self) -> bool {
        self.is_deaf
    }

    /// Everything has come to its end.
    pub(crate) fn over(&self) {
        assert!(self.hands.is_at_rest(), "something is left open");
        self.resident.over();
    }

    /// Does something that the program itself can.
    pub(crate) fn call(&mut self, verb: impl FnOnce(&mut R, &mut R::Machine, Instant)) {
        let resident = &mut self.resident;
        self.hands.call(|machine, now| verb(resident, machine, now));
    }

    /// The reply to what somebody has asked, if it was this one.
    pub(crate) fn take_reply(
        &mut self,
        exchange: ExchangeId,
        reply: Response<Bytes>,
    ) -> Option<Response<Bytes>> {
        let is_it = |it: &&mut Exchange| matches!(it, Exchange::Waiting(id) if *id == exchange);
        let Some(waiting) = self.exchanges.values_mut().find(is_it) else {
            return Some(reply);
        };
        *waiting = Exchange::Replied(exchange, reply);
        None
    }

    /// The application takes its events, if it takes any.
    pub(crate) fn listen(&mut self) {
        if self.is_deaf {
            return;
        }
        let events = self.hands.events();
        let held = events.len() * size_of::<<R::Machine as Machine>::Event>();
        assert!(held <= R::UNDRAINED + OVERDRAFT, "{held} bytes of events");
        for event in &events {
            self.resident.hear(event);
        }
    }

    /// Looks at what left, and forgets what is over.
    pub(crate) fn look(&mut self, house: &mut House) {
        for asked in self.hands.requests() {
            if self.seen.insert(asked.id) {
                self.resident.left(asked.request.body());
                keeps_its_secrets(&asked.request);
            }
        }
        let exchanges = self.exchanges.keys().copied();
        let over: Vec<_> = exchanges
            .filter(|id| !self.hands.is_in_flight(*id))
            .collect();
        for id in over {
            self.let_go(id, house);
        }
        let open = self.hands.streams();
        let mut over = self.lines.clone();
        over.retain(|id, _| !open.contains(id));
        for (id, far) in over {
            self.lines.remove(&id);
            house.closed(far, ConnectionEnd::Broken);
        }
    }

    /// A request arrives.
    pub(crate) fn deliver(&mut self, which: usize, mut way: Way<'_, '_>, house: &mut House) {
        let exchanges = &self.exchanges;
        let mut on_the_way = self
            .hands
            .requests()
            .iter()
            .filter(|it| !exchanges.contains_key(&it.id));
        let Some(asked) = on_the_way.nth(which % 2) else {
            return;
        };
        let (id, request) = (asked.id, &asked.request);
        let body = way.carry(request.body().to_vec(), Side::Client);
        let (parts, _) = request.clone().into_parts();
        let request = Request::from_parts(parts, body.into());
        self.exchanges
            .insert(id, Exchange::Waiting(house.ask(request)));
    }

    /// A reply arrives.
    pub(crate) fn hand_back(&mut self, which: usize, mut way: Way<'_, '_>, house: &mut House) {
        let replied = self.exchanges.iter().filter_map(|(id, it)| match it {
            Exchange::Replied(..) => Some(*id),
            Exchange::Waiting(_) => None,
        });
        let Some(id) = replied.into_iter().nth(which % 2) else {
            return;
        };
        let Some(Exchange::Replied(exchange, reply)) = self.exchanges.remove(&id) else {
            return;
        };
        let (parts, body) = reply.into_parts();
        let body = way.carry(body.to_vec(), Side::Server);
        let mut reply = Response::from_parts(parts, Bytes::from(body));
        if let Way::Bent(choices) = way {
            bend_head(&mut reply, choices);
        }
        house.written(exchange);
        self.end_request(id, Ok(reply));
    }

    /// Somebody else replies.
    pub(crate) fn make_up(&mut self, which: usize, choices: &mut Choices<'_>, house: &mut House) {
        if let Some(id) = self.pick(which) {
            let mut reply = Response::new(body(choices));
            bend_head(&mut reply, choices);
            self.let_go(id, house);
            self.end_request(id, Ok(reply));
        }
    }

    /// A request comes to nothing.
    pub(crate) fn fail(&mut self, how: usize, house: &mut House) {
        let Some(id) = self.pick(how) else {
            return;
        };
        let is_out = self.exchanges.contains_key(&id);
        let failure = match how / 2 {
            _ if is_out => Failure::Unknown,
            0 | 1 => Failure::NotSent,
            2 => Failure::Untrusted(CertificateFault::Expired),
            _ => Failure::Unknown,
        };
        self.look(house);
        if failure.is_unsent() {
            let asked = self.hands.requests().iter().find(|it| it.id == id);
            if let Some(asked) = asked {
                self.resident.never_left(asked.request.body());
            }
        }
        self.let_go(id, house);
        self.end_request(id, Err(failure));
    }

    fn pick(&self, which: usize) -> Option<RequestId> {
        let requests = self.hands.requests();
        let asked = requests.get(which % requests.len().max(1))?;
        Some(asked.id)
    }

    /// The house need not reply any more.
    fn let_go(&mut self, id: RequestId, house: &mut House) {
        if let Some(Exchange::Waiting(exchange) | Exchange::Replied(exchange, _)) =
            self.exchanges.remove(&id)
        {
            house.lost(exchange);
        }
    }

    fn end_request(&mut self, id: RequestId, outcome: Result<Response<Bytes>, Failure>) {
        let at = self.hands.requests().iter().position(|it| it.id == id);
        let Some(at) = at else {
            return;
        };
        if let Ok(reply) = &outcome {
            let asked = self.hands.requests()[at].request.body();
            self.resident.replied(asked, reply);
        }
        self.hands.end(at, outcome);
    }

    /// What was said on streams arrives, both ways.
    pub(crate) fn carry(&mut self, way: &mut Way<'_, '_>, house: &mut House) -> bool {
        let mut moved = false;
        for id in self.hands.streams() {
            if self.hands.wanted(id).is_some() {
                moved = true;
                match house.accept() {
                    Some(far) => {
                        self.lines.insert(id, far);
                        self.hands.connected(id);
                    }
                    None => self.hands.broken(id, 0),
                }
            }
            if let Some(far) = self.lines.get(&id).copied() {
                moved |= self.carry_up(id, far, way, house);
                moved |= self.carry_down(id, far, way, house);
            }
        }
        moved
    }

    fn carry_up(
        &mut self,
        id: StreamId,
        far: StreamId,
        way: &mut Way<'_, '_>,
        house: &mut House,
    ) -> bool {
        if !house.wants_read(far) {
            return false;
        }
        let (said, is_all) = self.hands.said(id);
        self.resident.left(&said);
        let moved = !said.is_empty();
        if moved {
            let said = way.carry(said, Side::Client);
            for chunk in said.chunks(CHUNK).filter(|it| !it.is_empty()) {
                house.hear(far, chunk);
            }
        } else if is_all && self.hands.half_close(id) {
            house.hear(far, &[]);
            return true;
        }
        moved
    }

    fn carry_down(
        &mut self,
        id: StreamId,
        far: StreamId,
        way: &mut Way<'_, '_>,
        house: &mut House,
    ) -> bool {
        if !house.has(far) {
            self.lines.remove(&id);
            self.hands.broken(id, 0);
            return true;
        }
        if !self.hands.wants_read(id) {
            return false;
        }
        let (said, is_all) = house.speak(far);
        if !said.is_empty() {
            let said = way.carry(said, Side::Server);
            if !said.is_empty() {
                self.hands.hear(id, &said);
            }
            house.taken(far);
            return true;
        }
        if is_all {
            self.hands.hear(id, &[]);
        }
        is_all
    }

    /// Something happens to a stream; if there is none, to a connection whose request waits for its reply.
    pub(crate) fn disturb(&mut self, how: usize, choices: &mut Choices<'_>, house: &mut House) {
        let streams = self.hands.streams();
        let Some(id) = streams.get(how / 4 % streams.len().max(1)).copied() else {
            let waiting = self.exchanges.values().find_map(|it| match it {
                Exchange::Waiting(id) => Some(*id),
                Exchange::Replied(..) => None,
            });
            if let Some(id) = waiting {
                house.half_closed(id);
            }
            return;
        };
        match how % 4 {
            0 => self.hands.broken(id, choices.below(256)),
            1 => self.hands.stick(id),
            2 if self.hands.wants_read(id) => self.hands.hear(id, &[]),
            // Somebody who speaks first, or in between.
            _ if self.hands.wants_read(id) => {
                let said = server_stream(choices.some(), Form::Bent);
                if !said.is_empty() {
                    self.hands.hear(id, &said);
                }
            }
            _ => {}
        }
        self.look(house);
    }

    /// Everything of this program arrives. Whether there was anything.
    pub(crate) fn settle(&mut self, house: &mut House) -> bool {
        self.listen();
        let woken = self.hands.wake();
        self.look(house);
        let requests = self.hands.requests();
        let exchanges = &self.exchanges;
        let is_on_the_way = requests.iter().any(|it| !exchanges.contains_key(&it.id));
        let is_replied = exchanges
            .values()
            .any(|it| matches!(it, Exchange::Replied(..)));
        if is_on_the_way {
            self.deliver(0, Way::Straight, house);
        }
        if is_replied {
            self.hand_back(0, Way::Straight, house);
        }
        let carried = self.carry(&mut Way::Straight, house);
        woken || is_on_the_way || is_replied || carried
    }
}
