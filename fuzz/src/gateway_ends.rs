//! Properties of both ends of the gateway against each other, over a network that loses what it likes and a proxy that asks again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{ExchangeId, Gateway, ServerConfig, ServerEvent, SessionKey};
use http::{Request, Response};
use machine_contract::{Failure, Prng, RequestId};

use crate::choices::Choices;
use crate::teller::{CLIENT, SERVER, Teller, frame, mode, numbers};
use crate::trace::repeatable;

const ROUNDS: usize = 400;

/// The first byte chooses how both are configured. Of the others the low bits say what happens, the high bits how.
pub fn gateway_ends(data: &[u8]) {
    repeatable(data, |data| {
        let mut choices = Choices::new(data);
        let mut world = World::new(choices.byte().unwrap_or_default());
        while let Some(byte) = choices.byte() {
            world.step(byte & 15, usize::from(byte >> 4));
            world.look();
        }
        world.end()
    });
}

struct World {
    client: Teller,
    gateway: Gateway,
    prng: Prng,
    exchanges: u64,
    /// Requests at the gateway; a reply that has come and was not handed back.
    at_gateway: BTreeMap<ExchangeId, (RequestId, Option<Response<Bytes>>)>,
    /// The posts that the server has heard and not answered, and what was in them.
    unanswered: Vec<(ExchangeId, Vec<u16>)>,
    /// What was answered, perhaps by the reply to something else: then it may be said again.
    answered: BTreeSet<u16>,
    /// Of the client's frames, those that the server has, by session: a proxy may open one more.
    heard: BTreeMap<SessionKey, Vec<u16>>,
    /// How many frames the server has said in each session.
    spoken: BTreeMap<SessionKey, u16>,
    closed: BTreeSet<SessionKey>,
}

impl World {
    fn new(choice: u8) -> Self {
        let server = ServerConfig::new("gateway.example.com", "192.0.2.7")
            .and_then(|it| it.max_reply(60))
            .and_then(|it| it.max_queued(400))
            .and_then(|it| it.max_sessions(3))
            .expect("a valid configuration")
            .rotate_session_ids(choice & 64 != 0)
            .strict_serial(choice & 128 != 0);
        Self {
            client: Teller::new(mode(choice & 31), choice & 32 != 0),
            gateway: Gateway::new(server),
            prng: Prng::from_number(u64::from(choice)),
            exchanges: 0,
            at_gateway: BTreeMap::new(),
            unanswered: Vec::new(),
            answered: BTreeSet::new(),
            heard: BTreeMap::new(),
            spoken: BTreeMap::new(),
            closed: BTreeSet::new(),
        }
    }

    fn step(&mut self, what: u8, how: usize) {
        match what {
            0 => self.settle(),
            1 | 2 => self.client.say(how),
            3 | 4 => self.speak(how),
            5 => drop(self.deliver(how)),
            6 => drop(self.hand_back(how)),
            7 => self.fail(how),
            8 => self.ask_again(how),
            9 => self.answer(),
            10 => self.pass(Duration::from_millis(1 << how)),
            11 => self.pass(Duration::from_secs(4 * how as u64)),
            12 => self.client.set_deaf(!self.client.is_deaf()),
            13 => self.client.hands_mut().pester(),
            14 if how < 2 => self.client.close(),
            14 if how < 4 => self.client.say_good_bye(),
            15 if how < 2 => {
                if let Some(key) = self.spoken.keys().next_back() {
                    self.gateway.close(*key, self.client.hands().now());
                }
            }
            15 if how < 4 => self.client.hands_mut().suspended(),
            _ => {}
        }
    }

    fn speak(&mut self, how: usize) {
        if let Some((key, number)) = self.spoken.iter_mut().rev().nth(how % 2) {
            let now = self.client.hands().now();
            let frame = frame(SERVER, *number);
            if self.gateway.send(*key, frame.into(), now).is_ok() {
                assert!(!self.closed.contains(key), "a closed session takes frames");
                *number += 1;
            }
        }
    }

    /// A request arrives at the gateway.
    fn deliver(&mut self, which: usize) -> bool {
        let there: BTreeSet<_> = self.at_gateway.values().map(|(id, _)| *id).collect();
        let requests = self.client.hands().requests().iter();
        let mut on_the_way = requests.filter(|it| !there.contains(&it.id));
        let asked = on_the_way.nth(which % 2);
        let asked = asked.map(|it| (it.id, it.request.clone()));
        let is_some = asked.is_some();
        if let Some((id, request)) = asked {
            self.ask(id, request);
        }
        is_some
    }

    fn ask(&mut self, id: RequestId, request: Request<Bytes>) {
        self.exchanges += 1;
        let exchange = ExchangeId::new(self.exchanges);
        self.at_gateway.insert(exchange, (id, None));
        let (entropy, now) = (self.prng.bytes(), self.client.hands().now());
        self.gateway.handle_request(exchange, request, entropy, now);
    }

    /// A proxy has lost its connection and asks again, before or after the gateway has noticed.
    fn ask_again(&mut self, how: usize) {
        let Some((exchange, (id, _))) = self.at_gateway.iter().nth(how % 2) else {
            return;
        };
        let (exchange, id) = (*exchange, *id);
        let requests = self.client.hands().requests();
        let Some(asked) = requests.iter().find(|it| it.id == id) else {
            return;
        };
        let request = asked.request.clone();
        let now = self.client.hands().now();
        if how & 4 == 0 {
            self.gateway.handle_reply_lost(exchange, now);
            self.ask(id, request);
        } else {
            self.ask(id, request);
            self.gateway.handle_reply_lost(exchange, now);
        }
        self.at_gateway.remove(&exchange);
    }

    /// A reply arrives at the client.
    fn hand_back(&mut self, which: usize) -> bool {
        let mut replied = self.at_gateway.iter().filter(|(_, (_, it))| it.is_some());
        let Some(exchange) = replied.nth(which % 2).map(|(id, _)| *id) else {
            return false;
        };
        if let Some((id, Some(reply))) = self.at_gateway.remove(&exchange) {
            let now = self.client.hands().now();
            self.gateway.handle_reply_sent(exchange, now);
            self.client.end_request(id, Ok(reply));
        }
        true
    }

    /// A request comes to nothing, or its reply was written and is lost behind that.
    fn fail(&mut self, how: usize) {
        let requests = self.client.hands().requests();
        let Some(asked) = requests.get(how % requests.len().max(1)) else {
            return;
        };
        let id = asked.id;
        let mut there = self.at_gateway.iter();
        let there = there.find(|(_, (it, _))| *it == id);
        let failure = match there {
            None if how & 4 == 0 => Failure::NotSent,
            _ => Failure::Unknown,
        };
        if let Some((exchange, (_, Some(_)))) = there
            && how & 8 != 0
        {
            let exchange = *exchange;
            let now = self.client.hands().now();
            self.gateway.handle_reply_sent(exchange, now);
            self.at_gateway.remove(&exchange);
        }
        self.client.end_request(id, Err(failure));
    }

    fn answer(&mut self) {
        if let Some((exchange, frames)) = self.unanswered.pop() {
            self.answered.extend(frames);
            self.gateway.answered(exchange, self.client.hands().now());
        }
    }

    fn pass(&mut self, time: Duration) {
        self.client.hands_mut().pass(time);
        let now = self.client.hands().now();
        self.gateway.handle_timeout(now);
        let next = self.gateway.poll_timeout();
        assert!(next.is_none_or(|at| at > now), "the gateway spins");
    }

    fn settle(&mut self) {
        for round in 0.. {
            assert!(round < ROUNDS, "it goes on while no time passes");
            self.look();
            while !self.unanswered.is_empty() {
                self.answer();
            }
            self.look();
            let moved = self.client.hands_mut().wake() | self.deliver(0) | self.hand_back(0);
            if !moved {
                return;
            }
        }
    }

    /// What both ends tell.
    fn look(&mut self) {
        self.hear();
        let heard: Vec<_> = self.heard.values().flatten().copied().collect();
        self.client.listen(Some(&heard));
        while let Some((exchange, reply)) = self.gateway.poll_reply() {
            let waiting = self.at_gateway.get_mut(&exchange);
            let (_, slot) = waiting.expect("a reply to a request in progress");
            assert!(slot.is_none(), "a request is answered twice");
            *slot = Some(reply);
        }
        let hands = self.client.hands();
        let mut over = self.at_gateway.clone();
        over.retain(|_, (id, _)| !hands.is_in_flight(*id));
        for exchange in over.into_keys() {
            self.at_gateway.remove(&exchange);
            let now = self.client.hands().now();
            self.gateway.handle_reply_lost(exchange, now);
        }
    }

    fn hear(&mut self) {
        while let Some(event) = self.gateway.poll_event() {
            match event {
                ServerEvent::Opened { session, .. } => {
                    self.spoken.insert(session, 0);
                }
                ServerEvent::Received {
                    session,
                    exchange,
                    bytes,
                    ..
                } => {
                    let frames = numbers(&bytes, CLIENT);
                    let heard = self.heard.entry(session).or_default();
                    for number in &frames {
                        let is_new = heard.last().is_none_or(|last| last < number);
                        let may_be = is_new || self.answered.contains(number);
                        assert!(may_be, "frame {number} after {:?}", heard.last());
                        heard.push(*number);
                    }
                    self.unanswered.push((exchange, frames));
                }
                ServerEvent::Closed { session, .. } => {
                    assert!(self.closed.insert(session), "a session ends twice");
                }
                ServerEvent::Carried { .. } => panic!("no frames have a tag"),
            }
        }
    }

    fn end(mut self) -> u64 {
        self.client.set_deaf(false);
        self.look();
        self.client.close();
        for round in 0.. {
            assert!(round < ROUNDS, "a closed session never comes to rest");
            while !self.client.hands().requests().is_empty() {
                self.fail(4);
            }
            self.look();
            if !self.client.hands_mut().wait() {
                break;
            }
        }
        self.look();
        self.client.over();
        for _ in 0..4 {
            self.pass(Duration::from_secs(130));
            self.look();
        }
        assert_eq!(self.gateway.sessions(), 0);
        assert_eq!(self.gateway.queued_bytes(), 0);
        assert!(self.gateway.poll_timeout().is_none());
        self.client.hands().sum()
    }
}
