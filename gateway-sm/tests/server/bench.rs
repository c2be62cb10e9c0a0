//! A gateway that is driven by hand, an application that does what the test says, and a client that remembers its session id.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{
    ConnectionEnd, EndReason, ExchangeId, Gateway, HttpConnection, SendError, ServerConfig,
    ServerEvent, SessionKey,
};
use http::{Request, Response};
use machine_contract::Instant;

use crate::served::Served;

pub(crate) struct Bench {
    served: Served,
    pub(crate) id: String,
    pub(crate) session: Option<SessionKey>,
    connection: Option<HttpConnection>,
    replies: BTreeMap<ExchangeId, Response<Bytes>>,
    events: Vec<ServerEvent>,
}

pub(crate) fn config() -> ServerConfig {
    ServerConfig::new("gw1.example.com", "192.0.2.7").unwrap()
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

impl Bench {
    pub(crate) fn new(config: ServerConfig) -> Self {
        Self {
            served: Served::new(config),
            id: String::new(),
            session: None,
            connection: None,
            replies: BTreeMap::new(),
            events: Vec::new(),
        }
    }

    /// A session that is open and quiet.
    pub(crate) fn opened(config: ServerConfig) -> Self {
        let mut bench = Self::new(config);
        let open = bench.ask("Action=open&Server=NS", "");
        bench.adopt(open);
        bench.events.clear();
        bench
    }

    pub(crate) const fn gateway(&mut self) -> &mut Gateway {
        self.served.gateway()
    }

    /// For what is to happen without a look at replies and events.
    pub(crate) const fn served(&mut self) -> &mut Served {
        &mut self.served
    }

    pub(crate) const fn now(&self) -> Instant {
        self.served.now()
    }

    /// Time passes of which the gateway is not told.
    pub(crate) fn skip(&mut self, time: Duration) {
        self.served.skip(time);
    }

    pub(crate) fn default() -> Self {
        Self::opened(config())
    }

    /// A session that is open and quiet, of a client that has asked what the gateway can do.
    pub(crate) fn that_keeps_its_poll() -> Self {
        let mut bench = Self::new(config());
        let open = Request::post("/gateway/gateway.dll?Action=open&Server=NS");
        let open = open.header("X-MSN-GWCapabilities", "*");
        let open = bench.request(open.body(Bytes::new()).unwrap());
        bench.adopt(open);
        bench.events.clear();
        bench
    }

    /// The next requests come by this connection.
    pub(crate) fn by(&mut self, connection: u64) -> &mut Self {
        self.connection = Some(HttpConnection(connection));
        self
    }

    /// A connection ends, and what is told of that.
    pub(crate) fn ends(&mut self, connection: u64, end: ConnectionEnd) {
        self.gateway()
            .handle_connection_ended(HttpConnection(connection), end);
        self.drain();
    }

    /// Sends frames, to be told what becomes of them.
    pub(crate) fn send_tagged(&mut self, frames: &'static str, tag: u64) {
        let session = self.session.unwrap();
        let frames = Bytes::from_static(frames.as_bytes());
        let now = self.now();
        self.gateway()
            .send_tagged(session, frames, vec![tag], now)
            .unwrap();
        self.drain();
    }

    pub(crate) fn request(&mut self, mut request: Request<Bytes>) -> ExchangeId {
        request.extensions_mut().extend(
            self.connection
                .map(|by| {
                    let mut extensions = http::Extensions::new();
                    extensions.insert(by);
                    extensions
                })
                .unwrap_or_default(),
        );
        let exchange = self.served.request(request);
        self.drain();
        exchange
    }

    /// A POST with this query.
    pub(crate) fn ask(&mut self, query: &str, body: &str) -> ExchangeId {
        let uri = format!("/gateway/gateway.dll?{query}");
        self.request(
            Request::post(uri)
                .body(Bytes::from(body.to_owned()))
                .unwrap(),
        )
    }

    /// A request of the session.
    pub(crate) fn post(&mut self, body: &str) -> ExchangeId {
        self.ask(&format!("SessionID={}", self.id), body)
    }

    pub(crate) fn poll(&mut self, lifespan: u32) -> ExchangeId {
        self.ask(
            &format!("Action=poll&SessionID={}&Lifespan={lifespan}", self.id),
            "",
        )
    }

    pub(crate) fn short_poll(&mut self) -> ExchangeId {
        self.ask(&format!("Action=poll&SessionID={}", self.id), "")
    }

    /// The client reads the reply to the open.
    #[track_caller]
    pub(crate) fn adopt(&mut self, exchange: ExchangeId) {
        let reply = self.sent(exchange);
        self.id = session_id(&reply);
        self.session = self.events.iter().find_map(|event| match event {
            ServerEvent::Opened { session, .. } => Some(*session),
            _ => None,
        });
    }

    /// The reply, which the client reads whole.
    #[track_caller]
    pub(crate) fn sent(&mut self, exchange: ExchangeId) -> Response<Bytes> {
        let reply = self.replies.remove(&exchange).expect("there is no reply");
        self.served.reply_sent(exchange);
        self.drain();
        if self.session.is_some() && reply.headers().contains_key("X-MSN-Messenger") {
            self.id = session_id(&reply);
        }
        reply
    }

    /// The text of the reply, which the client reads whole.
    #[track_caller]
    pub(crate) fn body(&mut self, exchange: ExchangeId) -> String {
        let reply = self.sent(exchange);
        assert_eq!(reply.status(), 200);
        String::from_utf8(reply.into_body().to_vec()).unwrap()
    }

    /// The reply, if any, still on its way.
    pub(crate) fn replied(&self, exchange: ExchangeId) -> Option<&Response<Bytes>> {
        self.replies.get(&exchange)
    }

    /// The client goes away.
    pub(crate) fn lose(&mut self, exchange: ExchangeId) {
        self.replies.remove(&exchange);
        self.served.reply_lost(exchange);
        self.drain();
    }

    pub(crate) fn send(&mut self, frames: &str) -> Result<(), SendError> {
        let session = self.session.unwrap();
        let sent = self.served.send(session, Bytes::from(frames.to_owned()));
        self.drain();
        sent
    }

    pub(crate) fn answered(&mut self, exchange: ExchangeId) {
        self.served.answered(exchange);
        self.drain();
    }

    pub(crate) fn close(&mut self) {
        self.served.close(self.session.unwrap());
        self.drain();
    }

    /// Lets time pass, the timers ringing when they are due.
    pub(crate) fn pass(&mut self, time: Duration) {
        self.served.pass(time);
        self.drain();
    }

    /// What has happened since the last call, in short.
    pub(crate) fn events(&mut self) -> Vec<String> {
        self.events.drain(..).map(|event| short(&event)).collect()
    }

    pub(crate) fn take_events(&mut self) -> Vec<ServerEvent> {
        std::mem::take(&mut self.events)
    }

    pub(crate) fn drain(&mut self) {
        while let Some((exchange, reply)) = self.served.poll_reply() {
            assert!(
                self.replies.insert(exchange, reply).is_none(),
                "two replies to one request"
            );
        }
        self.events
            .extend(std::iter::from_fn(|| self.served.poll_event()));
    }
}

fn short(event: &ServerEvent) -> String {
    match event {
        ServerEvent::Opened { request, .. } => format!("opened {}", request.open.server.as_str()),
        ServerEvent::Received { bytes, .. } => format!("received {}", text(bytes)),
        ServerEvent::Carried { tags, evidence, .. } => format!("{evidence:?} {tags:?}"),
        ServerEvent::Closed { reason, unsent, .. } => {
            let unsent: Vec<_> = unsent.iter().map(text).collect();
            let reason = match reason {
                EndReason::Application => "by the application",
                EndReason::Client => "by the client",
                EndReason::Silence => "by silence",
                EndReason::OpenLost => "before it began",
                _ => "otherwise",
            };
            format!("closed {reason}, unsent [{}]", unsent.join(" "))
        }
    }
}

fn text(bytes: &Bytes) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// `X-MSN-Messenger` as it stands.
pub(crate) fn messenger(reply: &Response<Bytes>) -> &str {
    reply.headers()["X-MSN-Messenger"].to_str().unwrap()
}

pub(crate) fn session_id(reply: &Response<Bytes>) -> String {
    let id = messenger(reply)
        .strip_prefix("SessionID=")
        .expect("SessionID is first");
    id.split_once("; ").map_or(id, |(id, _)| id).to_owned()
}

pub(crate) fn says_close(reply: &Response<Bytes>) -> bool {
    messenger(reply).ends_with("; Session=close")
}
