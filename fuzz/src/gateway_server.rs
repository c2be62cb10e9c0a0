//! Properties of the gateway's server end: whatever clients ask in whatever order, and whatever becomes of the
//! replies, every request is answered once and every frame is delivered once, in order, to its own session.

use machine_contract::Instant;
use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{
    Action, ExchangeId, Gateway, Origins, SendError, ServerConfig, ServerEvent, SessionKey,
};
use http::{HeaderValue, Method, Request, Uri};

/// The first byte chooses the configuration. Of the others, the low bits of each say what happens, the high bits how;
/// a request that is made up takes the bytes behind it.
pub fn server_operations(data: &[u8]) {
    let Some((&choice, mut rest)) = data.split_first() else {
        return;
    };
    let mut world = World::new(choice);
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        let how = usize::from(byte >> 4);
        match byte & 15 {
            0 => world.open(how),
            1..=3 => world.follow(byte & 3, how),
            4 => {
                let (text, behind) = rest.split_at(rest.len().min(how * 4));
                rest = behind;
                world.made_up(text);
            }
            5 | 6 => world.send(how),
            7 => world.answer(how),
            8 => world.take_reply(),
            9 | 10 => world.reply_sent(how),
            11 => world.reply_lost(how),
            12 => world.pass(Duration::from_millis(1 << how)),
            13 => world.pass(Duration::from_secs(8 * how as u64)),
            14 => world.hear(),
            _ if how == 0 => world.close(),
            _ => {
                let nobody = ExchangeId::new(u64::MAX);
                world.gateway.handle_reply_sent(nobody, world.now);
                world.gateway.handle_reply_lost(nobody, world.now);
                world.gateway.answered(nobody, world.now);
            }
        }
    }
    world.end();
}

/// What a client could know of one session, and the application.
#[derive(Default)]
struct Talk {
    sent: u32,
    delivered: u32,
    closed: bool,
}

/// A request that is not over: no reply yet, or the reply that was taken.
type Exchange = Option<Bytes>;

struct World {
    gateway: Gateway,
    now: Instant,
    requests: u64,
    /// Session ids that replies have brought, newest last.
    ids: Vec<String>,
    talks: BTreeMap<SessionKey, Talk>,
    exchanges: BTreeMap<ExchangeId, Exchange>,
    unanswered: Vec<ExchangeId>,
}

impl World {
    const MAX_REPLY: usize = 40;

    fn new(choice: u8) -> Self {
        let origins = match choice >> 6 {
            0 => Origins::None,
            1 => Origins::Any,
            _ => Origins::Listed(vec!["https://page.example".to_owned()]),
        };
        let config = ServerConfig::new("gw1.example.com", "192.0.2.7")
            .and_then(|config| config.max_body(64))
            .and_then(|config| config.max_queued(100))
            .and_then(|config| config.max_reply(Self::MAX_REPLY))
            .and_then(|config| config.max_sessions(4))
            .and_then(|config| config.max_posts(3))
            .and_then(|config| config.origins(origins))
            .expect("a valid configuration")
            .rotate_session_ids(choice & 1 != 0)
            .strict_serial(choice & 2 != 0);
        Self {
            gateway: Gateway::new(config),
            now: Instant::ORIGIN,
            requests: 0,
            ids: Vec::new(),
            talks: BTreeMap::new(),
            exchanges: BTreeMap::new(),
            unanswered: Vec::new(),
        }
    }

    fn open(&mut self, how: usize) {
        let query = [
            "Action=open",
            "Version=1&Protocol=mtp&Action=open&Server=NS&IP=none",
            "Action=open&Server=SB&IP=207.46.108.13",
            "SessionID=&Action=open&",
        ][how & 3];
        let body = if how & 4 == 0 { "VER 1 MSNP8\r\n" } else { "" };
        self.ask(Method::POST, query, body.as_bytes());
    }

    /// A request of a session: a post, a poll or a close.
    fn follow(&mut self, kind: u8, how: usize) {
        let Some(id) = self.ids.iter().rev().nth(how & 3) else {
            return;
        };
        let (query, body) = match (kind, how >> 2) {
            (1, 3) => (format!("SessionID={id}&Action=close"), ""),
            (1, 2) => (format!("SessionID={id}"), ""),
            (1, _) => (format!("SessionID={id}"), "PNG\r\n"),
            (2, 3) => (format!("SessionID={id}&Action=poll&Lifespan=30"), "PNG\r\n"),
            (2, _) => (format!("SessionID={id}&Action=poll"), ""),
            (_, _) => (format!("SessionID={id}&Action=poll&Lifespan=60"), ""),
        };
        self.ask(Method::POST, &query, body.as_bytes());
    }

    /// A method, a line feed, a query, a line feed, a body.
    fn made_up(&mut self, text: &[u8]) {
        let mut parts = text.splitn(3, |&byte| byte == b'\n');
        let mut next = || parts.next().unwrap_or_default();
        let (method, query, body) = (next(), next(), next());
        let method = Method::from_bytes(method).unwrap_or(Method::POST);
        let query = String::from_utf8_lossy(query);
        if let Ok(action) = Action::parse(&query) {
            assert_eq!(Action::parse(&action.to_string()), Ok(action));
        }
        self.ask(method, &query, body);
    }

    fn ask(&mut self, method: Method, query: &str, body: &[u8]) {
        let uri = format!("/gateway/gateway.dll?{query}");
        let Ok(uri) = Uri::try_from(uri) else {
            return;
        };
        let mut request = Request::new(Bytes::copy_from_slice(body));
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        let origin = HeaderValue::from_static("https://page.example");
        request.headers_mut().insert("origin", origin);
        self.requests += 1;
        let exchange = ExchangeId::new(self.requests);
        let entropy =
            u128::from(self.requests).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        self.exchanges.insert(exchange, None);
        self.gateway
            .handle_request(exchange, request, entropy.to_be_bytes(), self.now);
    }

    /// The application says a frame that names its session and its place in order.
    fn send(&mut self, how: usize) {
        let Some((&key, talk)) = self.talks.iter_mut().rev().nth(how & 3) else {
            return;
        };
        let frame = format!("{:03}{:03}\r\n", key.get() % 1000, talk.sent % 1000);
        match self.gateway.send(key, frame.into(), self.now) {
            Ok(()) => {
                assert!(!talk.closed, "a closed session takes frames");
                talk.sent += 1;
            }
            Err(SendError::Closed) => {}
            Err(error) => assert_eq!(error, SendError::Full),
        }
    }

    fn answer(&mut self, how: usize) {
        if !self.unanswered.is_empty() {
            let exchange = self.unanswered.remove(how % self.unanswered.len());
            self.gateway.answered(exchange, self.now);
        }
    }

    fn close(&mut self) {
        if let Some((&key, _)) = self.talks.last_key_value() {
            self.gateway.close(key, self.now);
        }
    }

    fn take_reply(&mut self) {
        while let Some((exchange, reply)) = self.gateway.poll_reply() {
            let slot = self.exchanges.get_mut(&exchange);
            let slot = slot.expect("a reply to a request in progress");
            assert!(slot.is_none(), "a request is answered twice");
            if let Some(messenger) = reply.headers().get("x-msn-messenger") {
                let text = messenger.to_str().expect("visible ASCII");
                let id = text.strip_prefix("SessionID=").expect("it comes first");
                let id = id.split(';').next().unwrap_or_default().to_owned();
                if !self.ids.contains(&id) {
                    self.ids.push(id);
                }
            }
            assert!(reply.headers().values().all(|value| !value.is_empty()));
            assert!(reply.status().is_success() || reply.body().is_empty());
            *slot = Some(reply.into_body());
        }
    }

    fn reply_sent(&mut self, how: usize) {
        let Some((exchange, body)) = self.pick(how, true) else {
            return;
        };
        for frame in body.unwrap_or_default().chunks(8) {
            let text = std::str::from_utf8(frame).expect("our own frame");
            let (key, number) = text.trim_end().split_at(3);
            let key = SessionKey::new(key.parse().expect("a key"));
            let talk = self.talks.get_mut(&key).expect("it has sent");
            let number: u32 = number.parse().expect("a number");
            assert_eq!(number, talk.delivered % 1000, "a frame is lost or doubled");
            talk.delivered += 1;
        }
        self.gateway.handle_reply_sent(exchange, self.now);
    }

    fn reply_lost(&mut self, how: usize) {
        if let Some((exchange, _)) = self.pick(how, false) {
            self.gateway.handle_reply_lost(exchange, self.now);
        }
    }

    fn pick(&mut self, how: usize, replied: bool) -> Option<(ExchangeId, Exchange)> {
        let exchanges = self.exchanges.iter();
        let mut fitting = exchanges.filter(|(_, reply)| reply.is_some() || !replied);
        let id = *fitting.nth(how & 3)?.0;
        self.exchanges.remove_entry(&id)
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.gateway.handle_timeout(self.now);
        self.take_reply();
        let next = self.gateway.poll_timeout();
        assert!(next.is_none_or(|next| next > self.now), "the gateway spins");
    }

    fn hear(&mut self) {
        while let Some(event) = self.gateway.poll_event() {
            match event {
                ServerEvent::Opened { session, .. } => {
                    let before = self.talks.insert(session, Talk::default());
                    assert!(before.is_none(), "a session opens twice");
                }
                ServerEvent::Received {
                    session, exchange, ..
                } => {
                    let talk = self.talks.get(&session).expect("it has opened");
                    assert!(!talk.closed, "bytes after the end");
                    self.unanswered.push(exchange);
                }
                ServerEvent::Carried { .. } => panic!("no frames have a tag"),
                ServerEvent::Closed {
                    session, unsent, ..
                } => {
                    let talk = self.talks.get_mut(&session).expect("it has opened");
                    assert!(!talk.closed, "a session ends twice");
                    talk.closed = true;
                    let unsent: usize = unsent.iter().map(Bytes::len).sum();
                    let missing = (talk.sent - talk.delivered) as usize * 8;
                    assert!(unsent == missing || unsent == 0, "{unsent} of {missing}");
                }
            }
        }
    }

    /// All replies arrive, all is quiet for long: nothing is left.
    fn end(mut self) {
        self.hear();
        self.pass(Duration::from_secs(60));
        self.pass(Duration::from_secs(60));
        while !self.exchanges.is_empty() {
            let before = self.exchanges.len();
            self.reply_sent(0);
            self.take_reply();
            assert!(self.exchanges.len() < before, "a request without a reply");
        }
        for _ in 0..3 {
            self.pass(Duration::from_secs(121));
        }
        self.hear();
        assert_eq!(self.gateway.sessions(), 0);
        assert!(self.gateway.poll_timeout().is_none());
        assert!(self.talks.values().all(|talk| talk.closed));
    }
}
