//! `Script`: a machine that wants what it is told to want, and says in words what it heard.
#![allow(dead_code, reason = "each of the tests needs a part of it")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;

use bytes::Bytes;
use http::{Request, Response};
use machine_contract::{
    Failure, HttpMachine, Instant, Machine, Remote, RequestId, StreamAsk, StreamId, StreamMachine,
    Transmit,
};

/// That many seconds after the origin.
pub(crate) const fn at(seconds: u64) -> Instant {
    Instant::from_micros(seconds * 1_000_000)
}

/// What the machine does when it has heard this.
pub(crate) type Reaction = fn(&mut Script, &str, Instant);

#[derive(Default)]
pub(crate) struct Script {
    asked: u64,
    requests: VecDeque<Transmit>,
    cancels: VecDeque<RequestId>,
    connected: u64,
    asks: VecDeque<StreamAsk>,
    out: BTreeMap<StreamId, VecDeque<Bytes>>,
    pub(crate) deaf: BTreeSet<StreamId>,
    pub(crate) accepts: bool,
    /// It names the streams that moved, and only these.
    pub(crate) names: bool,
    pub(crate) moved: VecDeque<StreamId>,
    /// The streams that it was asked about what to write, each time.
    pub(crate) asked_to_send: Vec<u64>,
    pub(crate) alarm: Option<Instant>,
    pub(crate) heard: VecDeque<String>,
    pub(crate) reaction: Option<Reaction>,
    /// What it wants once an event is taken.
    pub(crate) on_taken: Option<Reaction>,
}

impl Script {
    pub(crate) fn ask(&mut self, deadline: Instant) -> u64 {
        let request = Request::get("http://a.example/").body(Bytes::new());
        self.ask_for(request.expect("a valid request"), deadline)
    }

    pub(crate) fn ask_for(&mut self, request: Request<Bytes>, deadline: Instant) -> u64 {
        let id = self.asked;
        self.asked += 1;
        self.requests.push_back(Transmit {
            id: RequestId::new(id),
            request,
            deadline,
            host_cookies: false,
        });
        id
    }

    pub(crate) fn cancel(&mut self, id: u64) {
        self.cancels.push_back(RequestId::new(id));
    }

    pub(crate) fn connect(&mut self, deadline: Instant) -> u64 {
        let id = self.connected;
        self.connected += 1;
        let to = Remote::tcp("a.example", 1).expect("a valid name");
        let id = StreamId::new(id);
        self.asks.push_back(StreamAsk::Connect { id, to, deadline });
        id.get()
    }

    pub(crate) fn send(&mut self, id: u64, chunk: &'static str) {
        let out = self.out.entry(StreamId::new(id)).or_default();
        out.push_back(Bytes::from(chunk));
    }

    pub(crate) fn finish(&mut self, id: u64) {
        self.asks.push_back(StreamAsk::Finish(StreamId::new(id)));
    }

    pub(crate) fn drop_stream(&mut self, id: u64) {
        self.asks.push_back(StreamAsk::Drop(StreamId::new(id)));
    }

    pub(crate) fn say(&mut self, what: &str) {
        self.heard.push_back(what.to_owned());
    }

    fn hear(&mut self, what: String, now: Instant) {
        if let Some(reaction) = self.reaction {
            reaction(self, &what, now);
        }
        self.heard.push_back(what);
    }
}

impl Machine for Script {
    type Event = String;

    fn handle_timeout(&mut self, now: Instant) {
        if self.alarm.take_if(|alarm| *alarm <= now).is_some() {
            self.hear("rang".into(), now);
        }
    }

    fn handle_suspended(&mut self, now: Instant) {
        self.hear("suspended".into(), now);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.alarm
    }

    fn poll_event(&mut self) -> Option<String> {
        let event = self.heard.pop_front()?;
        if let Some(then) = self.on_taken {
            then(self, &event, Instant::ORIGIN);
        }
        Some(event)
    }
}

impl HttpMachine for Script {
    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, now: Instant) {
        let status = response.status().as_u16();
        self.hear(format!("answered {} {status}", id.get()), now);
    }

    fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        self.hear(format!("failed {} {failure:?}", id.get()), now);
    }

    fn poll_transmit(&mut self, _: Instant) -> Option<Transmit> {
        self.requests.pop_front()
    }

    fn poll_cancel(&mut self) -> Option<RequestId> {
        self.cancels.pop_front()
    }
}

impl StreamMachine for Script {
    fn poll_stream(&mut self, _: Instant) -> Option<StreamAsk> {
        self.asks.pop_front()
    }

    fn poll_send(&mut self, id: StreamId, _: Instant) -> Option<Bytes> {
        self.asked_to_send.push(id.get());
        self.out.get_mut(&id)?.pop_front()
    }

    fn names_moved(&self) -> bool {
        self.names
    }

    fn poll_moved(&mut self) -> Option<StreamId> {
        self.moved.pop_front()
    }

    fn wants_read(&self, id: StreamId) -> bool {
        !self.deaf.contains(&id)
    }

    fn handle_accepted(
        &mut self,
        peer: SocketAddr,
        local: SocketAddr,
        now: Instant,
    ) -> Option<StreamId> {
        if !self.accepts {
            return None;
        }
        let id = self.connected;
        self.connected += 1;
        self.hear(format!("accepted {id} {peer} {local}"), now);
        Some(StreamId::new(id))
    }

    fn handle_connected(&mut self, id: StreamId, now: Instant) {
        self.hear(format!("connected {}", id.get()), now);
    }

    fn handle_received(&mut self, id: StreamId, bytes: Bytes, now: Instant) {
        let text = String::from_utf8_lossy(&bytes);
        self.hear(format!("received {} {text}", id.get()), now);
    }

    fn handle_finished(&mut self, id: StreamId, now: Instant) {
        self.hear(format!("finished {}", id.get()), now);
    }

    fn handle_closed(
        &mut self,
        id: StreamId,
        failure: Option<Failure>,
        unwritten: usize,
        now: Instant,
    ) {
        let how = match failure {
            None => "in order".to_owned(),
            Some(failure) => format!("{failure:?}"),
        };
        self.hear(format!("closed {} {how} {unwritten}", id.get()), now);
    }

    fn handle_unsupported(&mut self, id: StreamId, now: Instant) {
        self.hear(format!("unsupported {}", id.get()), now);
    }
}
