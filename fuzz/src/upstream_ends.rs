//! Properties of the whole gateway in front of a server: two clients, the relay's callers, servers behind streams, and whatever becomes
//! of all that.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{ExchangeId, ServerConfig};
use gateway_upstream::{Config, Event, RelayConfig, UpstreamGateway};
use http::{Request, Response};
use machine_contract::{Failure, Prng, Remote, RequestId, StreamId};

use crate::choices::Choices;
use crate::generators::{Form, server_stream};
use crate::hands::Hands;
use crate::hostile::{ORIGIN, page_request, service_reply};
use crate::teller::{CLIENT, SERVER, Teller, frame, mode, numbers};
use crate::trace::repeatable;

const ROUNDS: usize = 400;
const QUEUED: usize = 400;
const UNSENT: usize = 300;
const PAYLOAD: u32 = 200;
const SESSIONS: usize = 3;
const CALL: &str = "https://login.example.net/RST.srf";

/// The first byte chooses how it is configured. Of the others the low bits say what happens, the high bits to whom and how.
pub fn upstream_ends(data: &[u8]) {
    repeatable(data, |data| {
        let mut choices = Choices::new(data);
        let mut world = World::new(choices.byte().unwrap_or_default());
        while let Some(byte) = choices.byte() {
            world.step(byte & 15, usize::from(byte >> 4), &mut choices);
            world.look();
        }
        world.end()
    });
}

/// Who waits for a reply.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Asker {
    Client(usize, RequestId),
    Page,
}

/// What a server knows of one stream.
#[derive(Default)]
struct Served {
    heard: Vec<u16>,
    spoken: u16,
}

struct World {
    clients: [Teller; 2],
    gateway: Hands<UpstreamGateway>,
    prng: Prng,
    exchanges: u64,
    asked: BTreeMap<ExchangeId, (Asker, Option<Response<Bytes>>)>,
    streams: BTreeMap<StreamId, Served>,
    /// Where clients may be led.
    allowed: BTreeSet<String>,
}

impl World {
    fn new(choice: u8) -> Self {
        let server = ServerConfig::new("gateway.example.com", "gateway.example.com")
            .and_then(|it| it.max_reply(200))
            .and_then(|it| it.max_sessions(SESSIONS))
            .expect("a valid configuration")
            .rotate_session_ids(choice & 64 != 0);
        let relay = RelayConfig::default()
            .origin(ORIGIN)
            .and_then(|it| it.call("rst", CALL))
            .and_then(|it| it.at_once(2, 2))
            .expect("a valid configuration");
        let main = Remote::tcp("10.0.0.2", 1863).expect("an address");
        let config = Config::new(server, main)
            .queued_bytes(QUEUED)
            .and_then(|it| it.unsent_bytes(UNSENT))
            .and_then(|it| it.payload_bytes(PAYLOAD))
            .and_then(|it| match choice & 128 {
                0 => Ok(it),
                _ => it.advertise("gateway.example.com"),
            })
            .expect("a valid configuration")
            .relay(relay);
        let gateway = UpstreamGateway::new(config).expect("the bounds fit");
        Self {
            clients: [0, 16]
                .map(|other| Teller::new(mode((choice ^ other) & 31), choice & 32 != 0)),
            gateway: Hands::new(gateway),
            prng: Prng::from_number(u64::from(choice)),
            exchanges: 0,
            asked: BTreeMap::new(),
            streams: BTreeMap::new(),
            allowed: ["10.0.0.2:1863".to_owned()].into(),
        }
    }

    fn step(&mut self, what: u8, how: usize, choices: &mut Choices<'_>) {
        let (who, how) = (how % 2, how / 2);
        match what {
            0 | 1 => self.settle(),
            2 | 3 => self.clients[who].say(how),
            4 => self.speak(how),
            5 => self.speak_anything(how, choices),
            6 => drop(self.deliver(who, how)),
            7 => drop(self.hand_back(how)),
            8 => self.fail(who, how),
            9 => drop(self.move_streams()),
            10 => self.disturb(how, choices),
            11 => self.page(how, choices),
            12 => self.pass(Duration::from_millis(8 << how)),
            13 => self.pass(Duration::from_secs(8 * how as u64)),
            14 => self.rarely(who, how),
            _ => self.relayed(how, choices),
        }
    }

    fn rarely(&mut self, who: usize, how: usize) {
        match how {
            0 => self.clients[who].close(),
            1 => self.clients[who].say_good_bye(),
            2 => {
                let is_deaf = self.clients[who].is_deaf();
                self.clients[who].set_deaf(!is_deaf);
            }
            3 => self.gateway.pester(),
            4 => self.gateway.call(UpstreamGateway::handle_shutdown),
            5 => self.gateway.suspended(),
            _ => {
                let waiting = self.asked.iter().find(|(_, (_, it))| it.is_none());
                if let Some((exchange, _)) = waiting {
                    let exchange = *exchange;
                    self.gateway
                        .call(|gateway, now| gateway.handle_half_closed(exchange, now));
                }
            }
        }
    }

    /// A server says the next of its frames.
    fn speak(&mut self, how: usize) {
        let Some(id) = self.readable(how) else {
            return;
        };
        if let Some(served) = self.streams.get_mut(&id) {
            let frame = frame(SERVER, served.spoken);
            served.spoken += 1;
            self.gateway.hear(id, frame.as_bytes());
        }
    }

    /// A server says what it likes: a referral, or what the fuzzer says. Numbered frames are no longer to be expected whole.
    fn speak_anything(&mut self, how: usize, choices: &mut Choices<'_>) {
        let Some(id) = self.readable(how) else {
            return;
        };
        let said = match choices.below(4) {
            0 => {
                let host = format!("10.0.0.{}:1864", choices.below(256));
                let said = format!("XFR 7 SB {host} CKI 1.2\r\n");
                self.allowed.insert(host);
                said.into_bytes()
            }
            1 => b"MSG a@b A 20\r\n01234567890123456789".to_vec(),
            _ => server_stream(choices.some(), Form::Whole),
        };
        if said.windows(SERVER.len()).any(|it| it == SERVER.as_bytes()) {
            return;
        }
        // Hosts that stand in what was generated are allowed as well.
        self.allowed.insert("127.0.0.1:1863".to_owned());
        self.allowed.insert("127.0.0.1:1864".to_owned());
        for piece in said.chunks(choices.below(64) + 1) {
            if self.gateway.wants_read(id) {
                self.gateway.hear(id, piece);
            } else {
                // The rest would be another stream.
                self.gateway.broken(id, 0);
                return;
            }
        }
    }

    fn readable(&self, how: usize) -> Option<StreamId> {
        let mut streams = self.gateway.streams();
        streams.retain(|id| self.gateway.wants_read(*id));
        streams.get(how % streams.len().max(1)).copied()
    }

    /// Streams come about, and what was said on them arrives.
    fn move_streams(&mut self) -> bool {
        let mut moved = false;
        for id in self.gateway.streams() {
            if let Some(to) = self.gateway.wanted(id) {
                let to = to.authority();
                assert!(self.allowed.contains(&to), "a client is led to {to}");
                self.streams.insert(id, Served::default());
                self.gateway.connected(id);
                moved = true;
            }
            let (said, is_all) = self.gateway.said(id);
            moved |= !said.is_empty();
            let served = self.streams.entry(id).or_default();
            for number in numbers(&said, CLIENT) {
                let is_new = served.heard.last().is_none_or(|last| *last < number);
                assert!(is_new, "frame {number} after {:?}", served.heard.last());
                served.heard.push(number);
            }
            if is_all && self.gateway.half_close(id) {
                self.gateway.hear(id, &[]);
                moved = true;
            }
        }
        moved
    }

    fn disturb(&mut self, how: usize, choices: &mut Choices<'_>) {
        let streams = self.gateway.streams();
        let Some(id) = streams.get(how / 4 % streams.len().max(1)).copied() else {
            return;
        };
        match how % 4 {
            0 => self.gateway.broken(id, choices.below(64)),
            1 | 2 => self.gateway.stick(id),
            _ if self.gateway.wants_read(id) => self.gateway.hear(id, &[]),
            _ => {}
        }
    }

    /// A web page wants a call made.
    fn page(&mut self, how: usize, choices: &mut Choices<'_>) {
        self.ask(Asker::Page, page_request(how, choices));
    }

    /// A relayed call ends.
    fn relayed(&mut self, how: usize, choices: &mut Choices<'_>) {
        let requests = self.gateway.requests();
        if requests.is_empty() {
            return;
        }
        let which = how % requests.len();
        self.gateway.end(which, service_reply(choices));
    }

    fn deliver(&mut self, who: usize, which: usize) -> bool {
        let asked = &self.asked;
        let is_there = |id| asked.values().any(|(it, _)| *it == Asker::Client(who, id));
        let requests = self.clients[who].hands().requests().iter();
        let mut on_the_way = requests.filter(|it| !is_there(it.id));
        let next = on_the_way.nth(which % 2);
        let next = next.map(|it| (it.id, it.request.clone()));
        let is_some = next.is_some();
        if let Some((id, request)) = next {
            self.ask(Asker::Client(who, id), request);
        }
        is_some
    }

    fn ask(&mut self, asker: Asker, request: Request<Bytes>) {
        self.exchanges += 1;
        let exchange = ExchangeId::new(self.exchanges);
        self.asked.insert(exchange, (asker, None));
        let entropy = self.prng.bytes();
        self.gateway
            .call(|gateway, now| gateway.handle_request(exchange, request, entropy, now));
    }

    fn hand_back(&mut self, which: usize) -> bool {
        let mut replied = self.asked.iter().filter(|(_, (_, it))| it.is_some());
        let Some(exchange) = replied.nth(which % 2).map(|(id, _)| *id) else {
            return false;
        };
        if let Some((asker, Some(reply))) = self.asked.remove(&exchange) {
            self.gateway
                .call(|gateway, now| gateway.handle_reply_sent(exchange, now));
            if let Asker::Client(who, id) = asker {
                self.clients[who].end_request(id, Ok(reply));
            }
        }
        true
    }

    fn fail(&mut self, who: usize, how: usize) {
        let requests = self.clients[who].hands().requests();
        if let Some(asked) = requests.get(how % requests.len().max(1)) {
            let id = asked.id;
            let is_out = self
                .asked
                .values()
                .any(|(it, _)| *it == Asker::Client(who, id));
            let failure = match how & 4 {
                0 if !is_out => Failure::NotSent,
                _ => Failure::Unknown,
            };
            self.clients[who].end_request(id, Err(failure));
        }
    }

    fn pass(&mut self, time: Duration) {
        for client in &mut self.clients {
            client.hands_mut().pass(time);
        }
        self.gateway.pass(time);
    }

    fn settle(&mut self) {
        for round in 0.. {
            assert!(round < ROUNDS, "it goes on while no time passes");
            self.look();
            let mut moved = self.gateway.wake() | self.move_streams();
            for who in 0..2 {
                moved |= self.clients[who].hands_mut().wake() | self.deliver(who, 0);
            }
            self.look();
            if !(self.hand_back(0) | moved) {
                return;
            }
        }
    }

    fn look(&mut self) {
        while let Some(event) = self.gateway.event() {
            if let Event::Reply(exchange, reply) = event {
                let waiting = self.asked.get_mut(&exchange);
                let (_, slot) = waiting.expect("a reply to a request in progress");
                assert!(slot.is_none(), "a request is answered twice");
                *slot = Some(reply);
            }
        }
        for asked in self.gateway.requests() {
            assert_eq!(asked.request.uri(), CALL, "the relay calls something else");
        }
        let clients = &mut self.clients;
        for client in clients.iter_mut() {
            // The gateway has it; whether the server gets it nobody says.
            client.listen(None);
        }
        let mut over = self.asked.clone();
        over.retain(|_, (asker, _)| match asker {
            Asker::Client(who, id) => !clients[*who].hands().is_in_flight(*id),
            Asker::Page => false,
        });
        for exchange in over.into_keys() {
            self.asked.remove(&exchange);
            self.gateway
                .call(|gateway, now| gateway.handle_reply_lost(exchange, now));
        }
        let gateway = self.gateway.machine();
        assert!(gateway.sessions() <= SESSIONS);
        let frame = PAYLOAD as usize + 64 * 1024;
        assert!(gateway.queued_bytes() <= SESSIONS * (QUEUED + frame));
    }

    /// Everybody goes: nothing is left.
    fn end(mut self) -> u64 {
        for client in &mut self.clients {
            client.set_deaf(false);
            client.listen(None);
            client.close();
        }
        for round in 0.. {
            assert!(round < ROUNDS, "a closed session never comes to rest");
            self.look();
            for who in 0..2 {
                while !self.clients[who].hands().requests().is_empty() {
                    self.fail(who, 4);
                }
            }
            self.look();
            if !(self.clients[0].hands_mut().wait() | self.clients[1].hands_mut().wait()) {
                break;
            }
        }
        self.look();
        self.clients.iter().for_each(Teller::over);
        while !self.gateway.requests().is_empty() {
            self.gateway.end(0, Err(Failure::Unknown));
        }
        self.look();
        while self.hand_back(0) {}
        for _ in 0..4 {
            self.gateway.pass(Duration::from_secs(130));
            self.look();
        }
        assert_eq!(self.asked.len(), 0, "requests without a reply");
        let gateway = self.gateway.machine();
        assert_eq!((gateway.sessions(), gateway.streams()), (0, 0));
        assert_eq!(gateway.queued_bytes(), 0);
        self.gateway.sum()
    }
}
