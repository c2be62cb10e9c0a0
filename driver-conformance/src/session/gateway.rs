//! A real gateway for the faults to stand in front of: `gateway_sm::Gateway` on the small server, and
//! behind it an application that acknowledges every line that it is told.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{ExchangeId, Gateway, ServerConfig, ServerEvent, SessionKey};
use machine_driver::{Clock, SystemClock};

use crate::server::{Fault, Reply, Request, Server};

pub(crate) struct Upstream {
    office: Arc<Office>,
    server: Server,
}

struct Office {
    desk: Mutex<Desk>,
    moved: Condvar,
}

struct Desk {
    gateway: Gateway,
    exchanges: u64,
    replies: BTreeMap<ExchangeId, http::Response<Bytes>>,
    session: Option<SessionKey>,
    /// What has come in, without its line ends.
    heard: Vec<String>,
    /// What was given to the gateway for the client.
    said: Vec<String>,
}

impl Upstream {
    /// A gateway that answers at this address.
    pub(crate) fn start(config: ServerConfig) -> Self {
        let office = Arc::new(Office {
            desk: Mutex::new(Desk {
                gateway: Gateway::new(config),
                exchanges: 0,
                replies: BTreeMap::new(),
                session: None,
                heard: Vec::new(),
                said: Vec::new(),
            }),
            moved: Condvar::new(),
        });
        let answering = Arc::clone(&office);
        let server = Server::alone(move |request| Fault::answer(answering.answer(request)));
        Self { office, server }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Says a line to the client of the newest session, unasked.
    pub(crate) fn say(&self, line: &str) {
        let mut desk = self.office.desk();
        let session = desk.session.expect("nobody has opened a session");
        desk.say(session, line);
        desk.work();
        self.office.moved.notify_all();
    }

    /// The lines that arrived, in order.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.office.desk().heard.clone()
    }

    /// The lines that the client should get, in order.
    pub(crate) fn said(&self) -> Vec<String> {
        self.office.desk().said.clone()
    }
}

impl Office {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap()
    }

    /// The gateway's reply to this request, when it has one: polls are held here.
    fn answer(&self, request: &Request) -> Reply {
        let mut desk = self.desk();
        desk.exchanges += 1;
        let exchange = ExchangeId::new(desk.exchanges);
        // What the machine must not be able to tell from random bytes, but a test should repeat.
        let entropy = u128::from(desk.exchanges)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
            .to_le_bytes();
        let request = request.to_http();
        desk.gateway
            .handle_request(exchange, request, entropy, SystemClock.now());
        loop {
            desk.work();
            self.moved.notify_all();
            if let Some(reply) = desk.replies.remove(&exchange) {
                desk.gateway.handle_reply_sent(exchange, SystemClock.now());
                desk.work();
                self.moved.notify_all();
                return Reply::from_http(&reply);
            }
            desk = self
                .moved
                .wait_timeout(desk, Duration::from_millis(20))
                .unwrap()
                .0;
        }
    }
}

impl Desk {
    /// Does everything that can be done now.
    fn work(&mut self) {
        self.gateway.handle_timeout(SystemClock.now());
        while let Some(event) = self.gateway.poll_event() {
            match event {
                ServerEvent::Opened { session, .. } => self.session = Some(session),
                ServerEvent::Received {
                    session,
                    exchange,
                    bytes,
                    ..
                } => {
                    for line in lines(&bytes) {
                        self.say(session, &format!("ACK {line}"));
                        self.heard.push(line);
                    }
                    self.gateway.answered(exchange, SystemClock.now());
                }
                ServerEvent::Carried { .. } | ServerEvent::Closed { .. } => {}
            }
        }
        while let Some((exchange, reply)) = self.gateway.poll_reply() {
            self.replies.insert(exchange, reply);
        }
    }

    fn say(&mut self, session: SessionKey, line: &str) {
        let frame = Bytes::from(format!("{line}\r\n"));
        self.gateway
            .send(session, frame, SystemClock.now())
            .unwrap();
        self.said.push(line.to_owned());
    }
}

/// The lines in these bytes, which must be whole.
pub(crate) fn lines(bytes: &[u8]) -> Vec<String> {
    let text = str::from_utf8(bytes).unwrap();
    let mut lines: Vec<_> = text.split("\r\n").map(str::to_owned).collect();
    assert_eq!(lines.pop().as_deref(), Some(""), "{text:?} ends in a line");
    lines
}

impl Request {
    fn to_http(&self) -> http::Request<Bytes> {
        let mut request = http::Request::builder()
            .method(self.method.as_str())
            .uri(&self.target);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request.body(self.body.clone().into()).unwrap()
    }
}

impl Reply {
    fn from_http(reply: &http::Response<Bytes>) -> Self {
        let mut plain = Self::new(reply.status().as_u16(), &reply.body()[..]);
        for (name, value) in reply.headers() {
            plain = plain.with(name.as_str(), value.to_str().unwrap());
        }
        plain
    }
}
