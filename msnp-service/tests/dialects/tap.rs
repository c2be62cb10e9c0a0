//! A client, and beside it every byte that the servers write to it, before anything has read them.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Request, Response};
use machine_contract::{
    Failure, HttpMachine, Instant, Machine, RequestId, StreamAsk, StreamId, StreamMachine, Transmit,
};
use msnp_client::{Client, Event};

/// What a server wrote, in the order of one connection.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    /// `NS` or `SB`.
    pub(crate) server: &'static str,
    pub(crate) bytes: Vec<u8>,
}

/// The client, overheard.
pub(crate) struct Tap {
    client: Client,
    streams: BTreeMap<StreamId, Written>,
    /// Sessions at the gateway: of each id, which server it leads to.
    sessions: BTreeMap<String, &'static str>,
    asked: BTreeMap<RequestId, Asked>,
    replies: Vec<Written>,
}

/// A request to the gateway.
enum Asked {
    Open(&'static str),
    Session(String),
}

impl Tap {
    pub(crate) const fn new(client: Client) -> Self {
        Self {
            client,
            streams: BTreeMap::new(),
            sessions: BTreeMap::new(),
            asked: BTreeMap::new(),
            replies: Vec::new(),
        }
    }

    pub(crate) const fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// All that servers wrote so far. A reply of the gateway holds whole frames, so each stands for itself.
    pub(crate) fn written(&self) -> Vec<Written> {
        let all = self.streams.values().chain(&self.replies);
        all.cloned().collect()
    }

    fn asks(&mut self, id: RequestId, request: &Request<Bytes>) {
        let query = request.uri().query().unwrap_or_default();
        if !request.uri().path().ends_with("/gateway.dll") {
            return;
        }
        let word = |name: &str| {
            let mut words = query.split('&').filter_map(|word| word.split_once('='));
            words.find(|(key, _)| *key == name).map(|(_, value)| value)
        };
        let asked = match (word("Action"), word("Server"), word("SessionID")) {
            (Some("open"), server, _) => Asked::Open(server_of(server == Some("SB"))),
            (_, _, Some(session)) => Asked::Session(session.to_owned()),
            _ => return,
        };
        self.asked.insert(id, asked);
    }

    fn answered(&mut self, id: RequestId, response: &Response<Bytes>) {
        let Some(asked) = self.asked.remove(&id) else {
            return;
        };
        let server = match asked {
            Asked::Open(server) => server,
            Asked::Session(id) => self.sessions.get(&id).copied().expect("it was opened"),
        };
        let said = response.headers().get("x-msn-messenger");
        let said = said.and_then(|said| said.to_str().ok()).unwrap_or_default();
        if let Some((_, id)) = said.split_once("SessionID=") {
            let id = id.split(';').next().unwrap_or_default();
            self.sessions.insert(id.to_owned(), server);
        }
        let bytes = response.body().to_vec();
        self.replies.push(Written { server, bytes });
    }
}

const fn server_of(is_switchboard: bool) -> &'static str {
    if is_switchboard { "SB" } else { "NS" }
}

impl Machine for Tap {
    type Event = Event;

    fn handle_timeout(&mut self, now: Instant) {
        self.client.handle_timeout(now);
    }

    fn handle_suspended(&mut self, now: Instant) {
        self.client.handle_suspended(now);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.client.poll_timeout()
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.client.poll_event()
    }
}

impl HttpMachine for Tap {
    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, now: Instant) {
        self.answered(id, &response);
        self.client.handle_response(id, response, now);
    }

    fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        self.asked.remove(&id);
        self.client.handle_failure(id, failure, now);
    }

    fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        let transmit = self.client.poll_transmit(now)?;
        self.asks(transmit.id, &transmit.request);
        Some(transmit)
    }

    fn poll_cancel(&mut self) -> Option<RequestId> {
        let id = self.client.poll_cancel()?;
        self.asked.remove(&id);
        Some(id)
    }
}

impl StreamMachine for Tap {
    fn poll_stream(&mut self, now: Instant) -> Option<StreamAsk> {
        self.client.poll_stream(now)
    }

    fn poll_send(&mut self, id: StreamId, now: Instant) -> Option<Bytes> {
        let bytes = self.client.poll_send(id, now)?;
        // The first word tells who is spoken to (msnp8-18.md 9.1).
        let is_notification = [b"VER ", b"CNT "]
            .iter()
            .any(|first| bytes.starts_with(*first));
        let server = server_of(!is_notification);
        let bytes_of = || Written {
            server,
            bytes: Vec::new(),
        };
        self.streams.entry(id).or_insert_with(bytes_of);
        Some(bytes)
    }

    fn wants_read(&self, id: StreamId) -> bool {
        self.client.wants_read(id)
    }

    fn names_moved(&self) -> bool {
        self.client.names_moved()
    }

    fn poll_moved(&mut self) -> Option<StreamId> {
        self.client.poll_moved()
    }

    fn handle_connected(&mut self, id: StreamId, now: Instant) {
        self.client.handle_connected(id, now);
    }

    fn handle_received(&mut self, id: StreamId, bytes: Bytes, now: Instant) {
        let heard = self.streams.get_mut(&id).expect("clients speak first");
        heard.bytes.extend_from_slice(&bytes);
        self.client.handle_received(id, bytes, now);
    }

    fn handle_finished(&mut self, id: StreamId, now: Instant) {
        self.client.handle_finished(id, now);
    }

    fn handle_closed(
        &mut self,
        id: StreamId,
        failure: Option<Failure>,
        unwritten: usize,
        now: Instant,
    ) {
        self.client.handle_closed(id, failure, unwritten, now);
    }

    fn handle_unsupported(&mut self, id: StreamId, now: Instant) {
        self.client.handle_unsupported(id, now);
    }
}
