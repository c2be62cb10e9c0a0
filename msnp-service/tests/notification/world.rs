//! A server, a clock that jumps, and clients that speak in bytes.

use machine_contract::{Instant, UnixTime};
use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use msnp_proto::{Frame, FrameDecoder, Guid, PayloadTable, Secret};
use msnp_service::accounts::{SignInAddress, SkypeId};
use msnp_service::notification::{
    Account, Config, ConnectionId, Effect, Identity, NotificationServer, Now, Store, Tickets,
};
use msnp_service::store::Memory;

/// 2015-05-17T17:11:33.260Z, the time of a sample in msnp24.md 10.
pub(crate) const START_MS: u64 = 1_431_882_693_260;

/// A server with its clients. Every input is committed at once.
pub(crate) struct World<S: Store = Memory> {
    pub(crate) server: NotificationServer<S>,
    start: Instant,
    ms: u64,
    /// What the wall clock says at the start.
    wall: UnixTime,
    clients: BTreeMap<ConnectionId, Received>,
    opened: u64,
}

#[derive(Default)]
struct Received {
    frames: Vec<Frame>,
    closed: bool,
}

/// The people who have an account in every test.
pub(crate) const PEOPLE: [&str; 4] = ["alice", "bob", "carol", "dave"];

/// Everything that a client can ask to be told.
pub(crate) const ALL: &str = "<subscribe><presence><buddies><all /></buddies></presence><messaging><im /><conversations /></messaging></subscribe>";

/// Makes uics that name their owner.
pub(crate) struct PlainTickets;

impl Tickets for PlainTickets {
    fn owner_of_uic(&self, uic: &str, _now: Instant) -> Option<SkypeId> {
        SkypeId::parse(uic.strip_prefix("uic-of-")?).ok()
    }
}

pub(crate) fn name(text: &str) -> SkypeId {
    SkypeId::parse(text).unwrap()
}

/// The endpoint `n`, as text in braces.
pub(crate) fn epid(n: u8) -> String {
    Guid::from_bytes([n; 16]).braced().to_string()
}

/// One frame of a client.
pub(crate) fn frame(line: &str, headers: &str, body: &str) -> String {
    format!(
        "{line} {}\r\n{headers}\r\n{body}",
        headers.len() + 2 + body.len()
    )
}

pub(crate) fn layers(to: &str, from: &str, third: &str, body: &str) -> String {
    format!(
        "Routing: 1.0\r\nTo: {to}\r\nFrom: {from}\r\n\r\nReliability: 1.0\r\n\r\n{third}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(Config::default())
    }

    pub(crate) fn with(config: Config) -> Self {
        Self::over(populated(Memory::new()), config)
    }
}

impl<S: Store> World<S> {
    pub(crate) fn over(store: S, config: Config) -> Self {
        let (start, wall) = (Instant::ORIGIN, UnixTime::from_millis(START_MS));
        let now = Now {
            monotonic: start,
            wall,
        };
        let server = NotificationServer::new(store, config, [7; 32], now).unwrap();
        Self {
            server,
            start,
            ms: 0,
            wall,
            clients: BTreeMap::new(),
            opened: 0,
        }
    }

    pub(crate) fn now(&self) -> Now {
        Now {
            monotonic: self.start + Duration::from_millis(self.ms),
            wall: self.wall.saturating_add(Duration::from_millis(self.ms)),
        }
    }

    /// Lets time pass, and the machine's timers go off when they are due.
    pub(crate) fn wait(&mut self, seconds: u64) {
        let end = self.ms + seconds * 1000;
        while let Some(at) = self.server.poll_timeout() {
            let at = u64::try_from((at - self.start).as_millis()).unwrap();
            if at > end {
                break;
            }
            self.ms = self.ms.max(at);
            let now = self.now();
            self.server.handle_timeout(now);
            assert!(
                self.server
                    .poll_timeout()
                    .is_none_or(|next| next > now.monotonic),
                "the timer would spin"
            );
            self.settle();
        }
        self.ms = end;
    }

    /// Somebody sets the wall clock to `wall`.
    pub(crate) fn set_wall(&mut self, wall: UnixTime) {
        self.wall = UnixTime::from_millis(wall.as_millis() - self.ms);
    }

    /// The host is asleep for so long, which its clocks count: no timer goes off meanwhile.
    pub(crate) fn sleep(&mut self, seconds: u64) {
        self.ms += seconds * 1000;
    }

    /// Opens a connection with the cookies of `who`, which are good for a month.
    pub(crate) fn open(&mut self, who: Option<&str>) -> ConnectionId {
        self.open_for(who, Duration::from_secs(30 * 24 * 60 * 60))
    }

    /// Opens a connection with the cookies of `who`, which are good for so long.
    pub(crate) fn open_for(&mut self, who: Option<&str>, cookies: Duration) -> ConnectionId {
        self.opened += 1;
        let connection = ConnectionId(self.opened);
        let identity = who.map(|who| Identity {
            skype_id: name(who),
            valid_until: self.now().monotonic + cookies,
        });
        self.clients.insert(connection, Received::default());
        self.server.handle_open(connection, identity, self.now());
        self.settle();
        connection
    }

    /// `CNT`, `ATH` and `BND` in one go, and the challenge; replies are dropped.
    pub(crate) fn bind(&mut self, who: &str, endpoint: u8) -> ConnectionId {
        let client = self.open(Some(who));
        self.say(client, &sign_in(endpoint));
        let replies = self.hear(client);
        let bound = replies
            .iter()
            .find(|reply| reply.starts_with("BND 3 CON "))
            .expect("a feature set");
        if let Some((_, rest)) = bound.split_once("<nonce>") {
            let nonce = rest.split_once('<').unwrap().0;
            let answer =
                msnp_proto::auth::challenge::respond(nonce, "PROD0090YUAUV{2B", "YMM8C_H7KCQ2S_KL");
            let body = format!(
                "<challenge><appId>PROD0090YUAUV{{2B</appId><response>{answer}</response></challenge>"
            );
            self.say(client, &frame("PUT 4 MSGR\\CHALLENGE", "", &body));
            let replies = self.hear(client);
            assert_eq!(replies[0], "PUT 4 MSGR 2\r\n\r\n");
            assert!(replies[1].starts_with("ATH 0 CON "), "{replies:?}");
        }
        client
    }

    /// Signs in and asks for everything; what is pushed for it is dropped.
    pub(crate) fn sign_in(&mut self, who: &str, endpoint: u8) -> ConnectionId {
        let client = self.sign_in_hearing(who, endpoint);
        self.hear(client);
        client
    }

    /// Signs in and asks for everything, which is still to be heard.
    pub(crate) fn sign_in_hearing(&mut self, who: &str, endpoint: u8) -> ConnectionId {
        let client = self.bind(who, endpoint);
        self.say(client, &frame("PUT 5 MSGR\\SUBSCRIPTIONS", "", ALL));
        client
    }

    /// Signs in and says to be online.
    pub(crate) fn online(&mut self, who: &str, endpoint: u8) -> ConnectionId {
        let client = self.sign_in(who, endpoint);
        self.status(client, who, endpoint, "NLN");
        self.hear(client);
        client
    }

    pub(crate) fn status(&mut self, client: ConnectionId, who: &str, endpoint: u8, status: &str) {
        let user = format!(
            "<user><s n=\"IM\"><Status>{status}</Status></s><sep n=\"IM\" epid=\"{0}\"><Capabilities>0:4194560</Capabilities></sep><sep n=\"PD\" epid=\"{0}\"><EpName>PC {endpoint}</EpName></sep></user>",
            epid(endpoint)
        );
        self.publish(client, who, endpoint, &user);
    }

    pub(crate) fn publish(&mut self, client: ConnectionId, who: &str, endpoint: u8, user: &str) {
        let from = format!("8:{who};epid={}", epid(endpoint));
        let third = "Publication: 1.0\r\nUri: /user\r\nContent-Type: application/user+xml\r\n";
        let body = layers(&format!("8:{who}"), &from, third, user);
        self.say(client, &frame("PUT 6 MSGR\\PRESENCE", "", &body));
    }

    /// Puts a contact on lists.
    pub(crate) fn list(&mut self, client: ConnectionId, contact: &str, lists: u8) {
        let body = format!(
            "<ml><skp><c n=\"{contact}\" t=\"8\"><s l=\"{lists}\" n=\"IM\"/></c></skp></ml>"
        );
        self.say(client, &frame("PUT 7 MSGR\\CONTACTS", "", &body));
    }

    /// Sends a text with transaction id 8.
    pub(crate) fn text(&mut self, client: ConnectionId, from: &str, to: &str, text: &str) {
        self.message(client, from, to, "Text", "", text);
    }

    /// Sends a message with transaction id 8; `headers` are whole lines.
    pub(crate) fn message(
        &mut self,
        client: ConnectionId,
        from: &str,
        to: &str,
        kind: &str,
        headers: &str,
        body: &str,
    ) {
        let third = format!("Messaging: 2.0\r\nMessage-Type: {kind}\r\n{headers}");
        let body = layers(to, &format!("8:{from}"), &third, body);
        self.say(client, &frame("SDG 8 MSGR", "", &body));
    }

    pub(crate) fn acknowledge(&mut self, client: ConnectionId, ack_id: &str) {
        self.say(
            client,
            &frame("ACK 0 MSGR", &format!("Ack-Id: {ack_id}\r\n"), ""),
        );
    }

    /// Bytes from a client.
    pub(crate) fn say(&mut self, client: ConnectionId, bytes: &str) {
        let bytes = Bytes::copy_from_slice(bytes.as_bytes());
        self.server.handle_bytes(client, bytes, self.now());
        self.settle();
    }

    /// Bytes from a client, and what it is told then.
    pub(crate) fn ask(&mut self, client: ConnectionId, bytes: &str) -> Vec<String> {
        self.hear(client);
        self.say(client, bytes);
        self.hear(client)
    }

    /// The connection is lost.
    pub(crate) fn hang_up(&mut self, client: ConnectionId) {
        self.server.handle_closed(client, self.now());
        self.settle();
    }

    /// The frames that came since the last time.
    pub(crate) fn hear(&mut self, client: ConnectionId) -> Vec<String> {
        let received = self
            .clients
            .get_mut(&client)
            .expect("a client of this world");
        let frames = std::mem::take(&mut received.frames);
        frames
            .iter()
            .map(|frame| String::from_utf8(frame.as_bytes().to_vec()).unwrap())
            .collect()
    }

    /// Those of [`hear`](Self::hear) that start with `line`.
    pub(crate) fn heard(&mut self, client: ConnectionId, line: &str) -> Vec<String> {
        let mut frames = self.hear(client);
        frames.retain(|frame| frame.starts_with(line));
        frames
    }

    pub(crate) fn is_closed(&self, client: ConnectionId) -> bool {
        self.clients[&client].closed
    }

    fn settle(&mut self) {
        self.server.commit().unwrap();
        while let Some(effect) = self.server.poll_effect() {
            match effect {
                Effect::Send { connection, frames } => {
                    let received = self
                        .clients
                        .get_mut(&connection)
                        .expect("a client of this world");
                    assert!(!received.closed, "frames for a connection that was closed");
                    let mut decoder = FrameDecoder::new(PayloadTable::msnp24());
                    decoder.push(frames);
                    while let Some(frame) = decoder.next_frame().unwrap() {
                        received.frames.push(frame);
                    }
                    assert_eq!(decoder.buffered(), 0, "an effect holds whole frames");
                }
                Effect::Close { connection } => {
                    self.clients.get_mut(&connection).unwrap().closed = true;
                }
                _ => {}
            }
        }
    }
}

pub(crate) fn populated<S: Store>(mut store: S) -> S {
    for who in PEOPLE {
        let account = Account {
            skype_id: name(who),
            address: SignInAddress::parse(&format!("{who}@example.org")).unwrap(),
            display_name: who.to_uppercase(),
            password_hash: Secret::new(String::new()),
        };
        assert!(store.add_account(&account).unwrap());
    }
    store.commit().unwrap();
    store
}

pub(crate) fn sign_in(endpoint: u8) -> String {
    let connect = "<connect><ver>2</ver><agent><os>winnt</os><osVer>5.2</osVer><proc>x86</proc><lcid>en-us</lcid></agent></connect>";
    let bind = format!(
        "<msgr><ver>2</ver><client><name>msgrliboutlook</name><ver>6.4.0.0</ver></client><epid>{}</epid></msgr>",
        epid(endpoint)
    );
    [
        frame("CNT 1 CON", "", connect),
        frame("ATH 2 CON\\USER", "", "<user><web-compact-ticket /></user>"),
        frame("BND 3 CON\\MSGR", "", &bind),
    ]
    .concat()
}

/// The text between `start` and `end` in a frame.
#[track_caller]
pub(crate) fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let Some((_, rest)) = text.split_once(start) else {
        panic!("no {start:?} in {text:?}")
    };
    rest.split_once(end)
        .unwrap_or_else(|| panic!("no {end:?} behind {start:?} in {text:?}"))
        .0
}

/// The body behind the last blank line.
pub(crate) fn body(frame: &str) -> &str {
    frame.rsplit_once("\r\n\r\n").expect("a blank line").1
}
