//! A client, a clock that is turned, and the network between it and a server in memory: streams, gateways and the web.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::Action;
use http::{Request, Response, StatusCode};
use machine_contract::{Failure, Instant, Machine, Remote, RequestId, StreamId, Transmit};
use machine_driver::{Order, Runner, Write};
use msnp_client::{Access, Client, Config, Dialect, Event, Network, PlainHttp};

pub(crate) const WEB: &str = "http://msn.example";
pub(crate) const LOGIN: &str = "alice@example.com";
pub(crate) const PASSWORD: &str = "123456";

/// One connection, in the order in which they were made, from 0.
pub(crate) type Line = usize;

/// What the other side does.
pub(crate) enum Act {
    Say(Line, Bytes),
    /// It ends the connection.
    Close(Line),
}

/// Whoever is at the other side.
pub(crate) trait Peer {
    /// A client is there: at which server, as it was named.
    fn opened(&mut self, line: Line, to: &str);
    fn heard(&mut self, line: Line, bytes: &[u8]);
    fn closed(&mut self, line: Line);
    fn poll(&mut self) -> Option<Act>;
    /// What a web service answers; `None`: nothing at all.
    fn web(&mut self, request: &Request<Bytes>) -> Option<Response<Bytes>>;
}

/// How the client gets to the server.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    Stream,
    Gateway,
}

pub(crate) const CARRIERS: [Carrier; 2] = [Carrier::Stream, Carrier::Gateway];

/// The client and its network.
pub(crate) struct World<P> {
    runner: Runner<Client>,
    pub(crate) now: Instant,
    pub(crate) peer: P,
    pub(crate) events: Vec<Event>,
    /// Addresses that take no connection.
    pub(crate) unreachable: Vec<String>,
    /// Everything that was connected to, or opened at a gateway.
    pub(crate) connected: Vec<String>,
    /// All requests, as method and address.
    pub(crate) requests: Vec<String>,
    /// What each of those to a gateway shows in its head (gateway.md 16.1).
    pub(crate) heads: Vec<Option<String>>,
    is_out: bool,
    lines: Line,
    streams: BTreeMap<StreamId, Line>,
    sessions: BTreeMap<String, Session>,
    replies: u64,
    held: Vec<Transmit>,
    /// Streams are cut into so many bytes.
    pub(crate) piece: usize,
}

struct Session {
    line: Line,
    said: VecDeque<u8>,
    is_closed: bool,
}

pub(crate) fn network(carrier: Carrier) -> Network {
    let network = match carrier {
        Carrier::Stream => Network::tcp("ns.msn.example", WEB),
        Carrier::Gateway => Network::gateway("http://msn.example/gateway/gateway.dll", WEB),
    };
    network.expect("addresses").plain_http(plain())
}

/// The whole network of these tests is of the time before https.
pub(crate) fn plain() -> PlainHttp {
    PlainHttp::to(["msn.example"]).expect("a host")
}

pub(crate) fn config(carrier: Carrier, dialect: Dialect) -> Config {
    let access = Access::passport(network(carrier), LOGIN, PASSWORD);
    let config = Config::new(access, [7; 32]).reconnect_attempts(0);
    config.dialects([dialect]).expect("it is spoken")
}

impl<P: Peer> World<P> {
    pub(crate) fn new(config: Config, peer: P) -> Self {
        Self {
            runner: Runner::new(Client::new(config)),
            now: Instant::ORIGIN,
            peer,
            events: Vec::new(),
            unreachable: Vec::new(),
            connected: Vec::new(),
            requests: Vec::new(),
            heads: Vec::new(),
            is_out: true,
            lines: 0,
            streams: BTreeMap::new(),
            sessions: BTreeMap::new(),
            replies: 0,
            held: Vec::new(),
            piece: usize::MAX,
        }
    }

    /// Does something with the client, and lets follow what follows at once.
    pub(crate) fn ask<T>(&mut self, verb: impl FnOnce(&mut Client, Instant) -> T) -> T {
        let said = self.runner.call(verb, self.now);
        self.run();
        said
    }

    pub(crate) fn sign_in(&mut self) {
        self.ask(msnp_client::Client::sign_in);
        // Over a gateway what the server says comes with polls.
        self.advance(Duration::from_secs(30));
    }

    /// Lets time pass, from one thing that happens to the next.
    pub(crate) fn advance(&mut self, time: Duration) {
        let until = self.now + time;
        self.run();
        while let Some(at) = self.runner.poll_timeout().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.run();
        }
        self.now = until;
        self.run();
    }

    /// Until nothing moves without the clock.
    pub(crate) fn run(&mut self) {
        for _ in 0..10_000 {
            let mut moved = false;
            while let Some(order) = self.runner.poll_order(self.now) {
                moved = true;
                self.carry_out(order);
            }
            while let Some(event) = self.runner.poll_event() {
                moved = true;
                match event {
                    Event::SignInProgress(_) | Event::Reconnecting { .. } => self.is_out = false,
                    Event::SignedOut(_) => self.is_out = true,
                    _ => {}
                }
                self.events.push(event);
            }
            moved |= self.write();
            while let Some(act) = self.peer.poll() {
                moved = true;
                self.act(act);
            }
            if !moved {
                return self.rest();
            }
        }
        panic!("the client never comes to rest");
    }

    /// Nothing moves: whoever is not signed out waits for a moment, whatever has left last and by whichever carrier. And one call
    /// more of `handle_timeout` must change nothing: a deadline that it would set waits for an input that may never come.
    fn rest(&mut self) {
        let before = self.runner.poll_timeout();
        assert!(
            self.is_out || before.is_some(),
            "{:?}: it waits for ever",
            self.now
        );
        self.runner.call(Client::handle_timeout, self.now);
        let after = self.runner.poll_timeout();
        assert_eq!(after, before, "{:?}: a deadline set late", self.now);
        let order = self.runner.poll_order(self.now);
        assert!(order.is_none(), "{:?}: wanted late: {order:?}", self.now);
        let event = self.runner.poll_event();
        assert!(event.is_none(), "{:?}: told late: {event:?}", self.now);
    }

    fn carry_out(&mut self, order: Order) {
        match order {
            Order::Send(transmit) => self.request(transmit),
            Order::Cancel(id) => self.held.retain(|held| held.id != id),
            Order::Connect(id, remote) => self.connect(id, &remote),
            Order::Drop(id) => {
                if let Some(line) = self.streams.remove(&id) {
                    self.peer.closed(line);
                }
            }
        }
    }

    fn connect(&mut self, id: StreamId, remote: &Remote) {
        let to = remote.authority();
        self.connected.push(to.clone());
        if self.unreachable.contains(&to) {
            self.runner.handle_stream_failed(id, 0, self.now);
            return;
        }
        let line = self.open(&to);
        if self.runner.handle_connected(id, self.now) {
            self.streams.insert(id, line);
        }
    }

    fn open(&mut self, to: &str) -> Line {
        let line = self.lines;
        self.lines += 1;
        self.peer.opened(line, to);
        line
    }

    /// Takes what the client writes to its streams.
    fn write(&mut self) -> bool {
        let mut moved = false;
        for (id, line) in self.streams.clone() {
            loop {
                match self.runner.next_write(id, self.now) {
                    Write::Chunk(chunk) => {
                        moved = true;
                        self.peer.heard(line, &chunk);
                    }
                    Write::Finish => {
                        moved = true;
                        self.runner.handle_write_finished(id, self.now);
                        self.peer.closed(line);
                    }
                    Write::Nothing => break,
                }
            }
        }
        moved
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Say(line, bytes) => {
                if let Some(id) = self.stream_of(line) {
                    for piece in bytes.chunks(self.piece.min(bytes.len().max(1))) {
                        let piece = Bytes::copy_from_slice(piece);
                        self.runner.handle_received(id, piece, self.now);
                    }
                } else if let Some(session) = self.session_of(line) {
                    session.said.extend(bytes);
                }
            }
            Act::Close(line) => {
                if let Some(id) = self.stream_of(line) {
                    self.streams.remove(&id);
                    self.runner.handle_finished(id, self.now);
                } else if let Some(session) = self.session_of(line) {
                    session.is_closed = true;
                }
            }
        }
    }

    fn stream_of(&self, line: Line) -> Option<StreamId> {
        let mut streams = self.streams.iter();
        streams.find(|(_, of)| **of == line).map(|(id, _)| *id)
    }

    fn session_of(&mut self, line: Line) -> Option<&mut Session> {
        self.sessions.values_mut().find(|it| it.line == line)
    }

    fn request(&mut self, transmit: Transmit) {
        let request = &transmit.request;
        let shown = format!("{} {}", request.method(), request.uri());
        self.requests.push(shown);
        if self
            .unreachable
            .iter()
            .any(|it| Some(it.as_str()) == request.uri().host())
        {
            return self.answer(transmit.id, Err(Failure::NotSent));
        }
        if request.uri().path() == "/gateway/gateway.dll" {
            let response = self.at_gateway(&transmit.request);
            return self.answer(transmit.id, Ok(response));
        }
        match self.peer.web(&transmit.request) {
            Some(response) => self.answer(transmit.id, Ok(response)),
            None => self.held.push(transmit),
        }
    }

    fn answer(&mut self, id: RequestId, outcome: Result<Response<Bytes>, Failure>) {
        self.runner.handle_outcome(id, outcome, self.now);
    }

    /// As gateways of the older dialects are: no poll is held, and every reply gives the session another id.
    fn at_gateway(&mut self, request: &Request<Bytes>) -> Response<Bytes> {
        let query = request.uri().query().unwrap_or_default();
        assert!(!query.contains("Lifespan"), "{query}");
        let shown = request.headers().get("X-MSN-SslAuthToken");
        let auth = request.headers().get("X-MSN-Auth");
        let is_said = auth.is_some_and(|auth| auth == "Use-X-MSN-SslAuthToken");
        assert_eq!(is_said, shown.is_some(), "{auth:?}");
        let shown = shown.map(|shown| shown.to_str().expect("text").to_owned());
        self.heads.push(shown);
        let action = Action::parse(query).expect("an action");
        let session = match &action {
            Action::Open(open) => {
                let ip = open.ip.clone().unwrap_or_default();
                let host = request.uri().host().unwrap_or_default();
                let to = format!("{host} {} {ip}", open.server.as_str());
                self.connected.push(to.clone());
                let line = self.open(&to);
                Some(Session {
                    line,
                    said: VecDeque::new(),
                    is_closed: false,
                })
            }
            Action::Post { session } | Action::Poll { session, .. } | Action::Close { session } => {
                self.sessions.remove(session.as_str())
            }
        };
        let Some(session) = session.filter(|session| !session.is_closed) else {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::BAD_REQUEST;
            return response;
        };
        self.replies += 1;
        let (line, id) = (session.line, format!("{}.{}", session.line, self.replies));
        self.sessions.insert(id.clone(), session);
        if !request.body().is_empty() {
            self.peer.heard(line, request.body());
        }
        while let Some(act) = self.peer.poll() {
            self.act(act);
        }
        let said = self.sessions.get_mut(&id);
        let body: Vec<u8> = said
            .map(|it| it.said.drain(..).collect())
            .unwrap_or_default();
        let mut response = Response::new(Bytes::from(body));
        let value = format!("SessionID={id}; GW-IP=127.0.0.1");
        let value = http::HeaderValue::try_from(value).expect("a header");
        response.headers_mut().insert("X-MSN-Messenger", value);
        response
    }

    /// The stream breaks, without a word.
    pub(crate) fn break_line(&mut self, line: Line) {
        if let Some(id) = self.stream_of(line) {
            self.streams.remove(&id);
            self.runner.handle_stream_failed(id, 0, self.now);
            self.run();
        }
    }

    /// The one event that `pick` takes; there must be exactly one.
    #[track_caller]
    pub(crate) fn one<T>(&self, pick: impl Fn(&Event) -> Option<T>) -> T {
        let mut picked: Vec<T> = self.events.iter().filter_map(pick).collect();
        assert_eq!(picked.len(), 1, "{:#?}", self.events);
        picked.remove(0)
    }

    pub(crate) fn told(&self, which: impl Fn(&Event) -> bool) -> bool {
        self.events.iter().any(which)
    }
}
