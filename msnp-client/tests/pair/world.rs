//! Several clients, one gateway, one notification server and a network between them, all on one
//! clock that jumps.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{Claims, ExchangeId, Gateway, ServerConfig, ServerEvent, SessionKey};
use http::Response;
use machine_contract::{
    Failure, HttpMachine, Instant, Machine, Prng, RequestId, Transmit, UnixTime,
};
use msnp_client::sign_in::Cookies;
use msnp_client::{Access, Client, Config, Event, Service, Uic};
use msnp_proto::Secret;
use msnp_service::accounts::{SignInAddress, SkypeId};
use msnp_service::notification::{
    Account, ConnectionId, Effect, Identity, NotificationServer, Now, Store,
};
use msnp_service::store::Memory;

pub(crate) const NAMES: [&str; 3] = ["alice", "bob", "carol"];

/// The day on which it all happens.
const START: UnixTime = UnixTime::from_millis(1_426_463_998_000);

pub(crate) struct World {
    pub(crate) clients: Vec<Client>,
    pub(crate) events: Vec<Vec<Event>>,
    /// Of a thousand requests, so many meet with trouble.
    pub(crate) trouble: u64,
    now: Instant,
    start: Instant,
    prng: Prng,
    gateway: Gateway,
    server: NotificationServer<Memory>,
    exchanges: BTreeMap<ExchangeId, Exchange>,
    last_exchange: u64,
    sessions: BTreeMap<SessionKey, usize>,
}

/// A request that the gateway has.
struct Exchange {
    client: usize,
    id: RequestId,
    deadline: Instant,
    /// The network will lose the reply.
    doomed: bool,
}

impl World {
    pub(crate) fn new(seed: u64, people: usize) -> Self {
        let start = Instant::ORIGIN;
        let at = Now {
            monotonic: start,
            wall: START,
        };
        let mut store = Memory::new();
        for name in NAMES {
            let account = Account {
                skype_id: SkypeId::parse(name).expect("a name"),
                address: SignInAddress::parse(&format!("{name}@msn.example")).expect("an address"),
                display_name: name.to_owned(),
                password_hash: Secret::new(String::new()),
            };
            assert!(store.add_account(&account).expect("memory"));
        }
        store.commit().expect("memory");
        let config = msnp_service::notification::Config::default();
        let server = NotificationServer::new(store, config, [9; 32], at).expect("memory");
        let gateway = ServerConfig::new("msn.example", "10.0.0.1").expect("a host");
        Self {
            clients: (0..people).map(|who| client(who, seed)).collect(),
            events: vec![Vec::new(); people],
            trouble: 0,
            now: start,
            start,
            prng: Prng::from_number(seed),
            gateway: Gateway::new(gateway),
            server,
            exchanges: BTreeMap::new(),
            last_exchange: 0,
            sessions: BTreeMap::new(),
        }
    }

    /// A new client takes the place of one that is signed out.
    pub(crate) fn replace(&mut self, who: usize, seed: u64) {
        self.clients[who] = client(who, seed);
        self.events[who].clear();
    }

    /// Asks one of the clients for something.
    pub(crate) fn client<T>(
        &mut self,
        who: usize,
        ask: impl FnOnce(&mut Client, Instant) -> T,
    ) -> T {
        let answer = ask(&mut self.clients[who], self.now);
        self.run();
        answer
    }

    pub(crate) fn sign_in(&mut self, who: usize) {
        self.client(who, Client::sign_in);
        self.advance(Duration::from_secs(1));
        assert!(self.clients[who].is_signed_in(), "{:#?}", self.events[who]);
    }

    pub(crate) fn told(&self, who: usize, what: impl Fn(&Event) -> bool) -> bool {
        self.events[who].iter().any(what)
    }

    /// The gateway drops the sessions of one client, as if it had been restarted.
    pub(crate) fn break_session(&mut self, who: usize) {
        let sessions: Vec<_> = self
            .sessions
            .iter()
            .filter(|(_, w)| **w == who)
            .map(|(s, _)| *s)
            .collect();
        for session in sessions {
            self.gateway.close(session, self.now);
        }
        self.run();
    }

    pub(crate) fn advance(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            self.run();
            let clients = self.clients.iter().filter_map(Client::poll_timeout);
            let others = [self.gateway.poll_timeout(), self.server.poll_timeout()];
            let deadlines = self.exchanges.values().map(|e| e.deadline);
            let next = clients
                .chain(others.into_iter().flatten())
                .chain(deadlines)
                .min();
            let Some(next) = next.filter(|next| *next <= until) else {
                self.now = until;
                return;
            };
            self.now = self.now.max(next);
            for client in &mut self.clients {
                client.handle_timeout(self.now);
                if let Some(at) = client.poll_timeout() {
                    assert!(at > self.now, "a driver would spin");
                }
            }
            self.gateway.handle_timeout(self.now);
            self.server.handle_timeout(self.at());
            self.give_up();
        }
    }

    fn at(&self) -> Now {
        let passed = self.now.saturating_duration_since(self.start);
        Now {
            monotonic: self.now,
            wall: START.saturating_add(passed),
        }
    }

    /// Until nothing moves without the clock.
    fn run(&mut self) {
        for _ in 0..100_000 {
            let mut moved = false;
            for who in 0..self.clients.len() {
                while let Some(event) = self.clients[who].poll_event() {
                    self.events[who].push(event);
                    moved = true;
                }
                while let Some(id) = self.clients[who].poll_cancel() {
                    let it = |e: &Exchange| e.client == who && e.id == id;
                    let found = self.exchanges.iter().find(|(_, e)| it(e)).map(|(x, _)| *x);
                    if let Some(exchange) = found {
                        self.exchanges.remove(&exchange);
                        self.gateway.handle_reply_lost(exchange, self.now);
                    }
                    moved = true;
                }
                if let Some(transmit) = self.clients[who].poll_transmit(self.now) {
                    self.carry(who, transmit);
                    moved = true;
                }
            }
            moved |= self.serve();
            if !moved {
                return;
            }
        }
        panic!("the world never comes to rest");
    }

    /// Takes a request to the gateway, if nothing happens to it on the way.
    fn carry(&mut self, who: usize, transmit: Transmit) {
        let trouble = self.prng.below(1000) < self.trouble;
        let failure = match self.prng.below(3) {
            0 => Some(Failure::NotSent),
            1 => Some(Failure::Unknown),
            _ => None,
        };
        if trouble && let Some(failure) = failure {
            self.clients[who].handle_failure(transmit.id, failure, self.now);
            return;
        }
        self.last_exchange += 1;
        let exchange = ExchangeId::new(self.last_exchange);
        let carried = Exchange {
            client: who,
            id: transmit.id,
            deadline: transmit.deadline,
            doomed: trouble,
        };
        self.exchanges.insert(exchange, carried);
        let entropy = self.prng.bytes();
        self.gateway
            .handle_request(exchange, transmit.request, entropy, self.now);
    }

    /// What the shell around gateway and notification server does.
    fn serve(&mut self) -> bool {
        let mut moved = false;
        loop {
            let mut answered = Vec::new();
            let mut quiet = true;
            while let Some(event) = self.gateway.poll_event() {
                quiet = false;
                self.gateway_event(event, &mut answered);
            }
            self.server.commit().expect("memory");
            while let Some(effect) = self.server.poll_effect() {
                quiet = false;
                self.effect(effect);
            }
            for exchange in answered {
                self.gateway.answered(exchange, self.now);
            }
            while let Some((exchange, response)) = self.gateway.poll_reply() {
                quiet = false;
                self.reply(exchange, response);
            }
            if quiet {
                return moved;
            }
            moved = true;
        }
    }

    fn gateway_event(&mut self, event: ServerEvent, answered: &mut Vec<ExchangeId>) {
        let at = self.at();
        match event {
            ServerEvent::Opened {
                session,
                exchange,
                request,
            } => {
                if let Some(exchange) = self.exchanges.get(&exchange) {
                    self.sessions.insert(session, exchange.client);
                }
                let identity = identity(&request.claims);
                self.server
                    .handle_open(ConnectionId(session.get()), identity, at);
            }
            ServerEvent::Received {
                session,
                exchange,
                claims,
                bytes,
            } => {
                if let Some(identity) = identity(&claims) {
                    self.server
                        .handle_identity(ConnectionId(session.get()), identity);
                }
                self.server
                    .handle_bytes(ConnectionId(session.get()), bytes, at);
                answered.push(exchange);
            }
            ServerEvent::Closed { session, .. } => {
                self.sessions.remove(&session);
                self.server.handle_closed(ConnectionId(session.get()), at);
            }
        }
    }

    fn effect(&mut self, effect: Effect) {
        let session = |world: &Self, connection: ConnectionId| {
            world
                .sessions
                .keys()
                .find(|s| s.get() == connection.0)
                .copied()
        };
        match effect {
            Effect::Send { connection, frames } => {
                if let Some(session) = session(self, connection)
                    && self.gateway.send(session, frames, self.now).is_err()
                {
                    self.gateway.close(session, self.now);
                }
            }
            Effect::Close { connection } => {
                if let Some(session) = session(self, connection) {
                    self.gateway.close(session, self.now);
                }
            }
            Effect::SignedIn {
                connection,
                skype_id,
            } => {
                if let Some(session) = session(self, connection) {
                    let name = skype_id.as_str().parse().expect("a header");
                    self.gateway.set_skype_id(session, name);
                }
            }
            other => panic!("an effect that the tests do not know: {other:?}"),
        }
    }

    /// Takes a reply back to its client, if nothing happens to it on the way.
    fn reply(&mut self, exchange: ExchangeId, response: Response<Bytes>) {
        let Some(carried) = self.exchanges.remove(&exchange) else {
            return;
        };
        let client = &mut self.clients[carried.client];
        if carried.doomed {
            self.gateway.handle_reply_lost(exchange, self.now);
            client.handle_failure(carried.id, Failure::Unknown, self.now);
        } else {
            self.gateway.handle_reply_sent(exchange, self.now);
            client.handle_response(carried.id, response, self.now);
        }
    }

    /// Requests whose time is over.
    fn give_up(&mut self) {
        let over = |e: &Exchange| e.deadline <= self.now;
        let over: Vec<_> = self
            .exchanges
            .iter()
            .filter(|(_, e)| over(e))
            .map(|(x, _)| *x)
            .collect();
        for exchange in over {
            if let Some(carried) = self.exchanges.remove(&exchange) {
                self.gateway.handle_reply_lost(exchange, self.now);
                let client = &mut self.clients[carried.client];
                client.handle_failure(carried.id, Failure::Unknown, self.now);
            }
        }
    }
}

/// What the service's tickets say of the cookies that the gateway hands out.
fn identity(claims: &Claims) -> Option<Identity> {
    let cookie = claims.cookies.first()?.to_str().ok()?;
    Some(Identity {
        skype_id: SkypeId::parse(cookie.strip_prefix("MSPAuth=")?).expect("a name"),
        valid_until: Instant::END,
    })
}

fn client(who: usize, seed: u64) -> Client {
    let cookies = format!("MSPAuth={}", NAMES[who]);
    let cookies = Cookies::for_domain(&cookies, "msn.example").expect("a cookie");
    let service = Service::at("http://msn.example").expect("a base");
    let mut bytes = [u8::try_from(who + 1).expect("a few people"); 32];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    let access = Access::cookies(service, cookies).uic(Uic::Skip);
    Client::new(Config::new(access, bytes).reconnect_attempts(1000))
}
