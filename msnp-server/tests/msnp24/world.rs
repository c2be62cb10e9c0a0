//! Clients that speak MSNP24 in bytes to a server of the simulation: its clock jumps, its store can be told to wait or to
//! fail.

use std::time::Duration;

use bytes::Bytes;
use machine_contract::{Instant, UnixTime};
use msnp_proto::{FrameDecoder, Guid, PayloadTable};
use msnp_server::Now;
use msnp_server::faces::{Ticket, TicketRefused, Tickets};
use msnp_server::identity::{Address, EmailAddress, HomeId, PersonId, SkypeId, Who};
use msnp_server::messenger::Messenger;
use msnp_server::network::{ConnectionId, Found, PersonRecord, Read};
use simulation::wire;

pub(crate) use simulation::rules::PEOPLE;
pub(crate) use simulation::wire::{Config, StoreIs};

/// 2015-05-17T17:11:33.260Z, the time of a sample in msnp24.md 10.
pub(crate) const START_MS: u64 = 1_431_882_693_260;

/// A server with its clients.
pub(crate) struct World<T: Tickets = ()> {
    wire: wire::World<T>,
}

/// Everything that a client can ask to be told.
pub(crate) const ALL: &str = "<subscribe><presence><buddies><all /></buddies></presence><messaging><im /><conversations /></messaging></subscribe>";

/// How long the tickets of [`PlainTickets`] are good for.
pub(crate) const TICKET: Duration = Duration::from_secs(3600);

/// Makes uics and tickets that name their owner.
pub(crate) struct PlainTickets;

impl Tickets for PlainTickets {
    fn owner_of_uic(&self, uic: &str, _now: Instant) -> Option<Who> {
        Some(who(uic.strip_prefix("uic-of-")?))
    }

    fn owner_of_ticket(&self, ticket: &str, now: Instant) -> Result<Ticket, TicketRefused> {
        let name = ticket.strip_prefix("t=ticket-of-");
        let name = name.and_then(|rest| rest.strip_suffix("&p="));
        let who = who(name.ok_or(TicketRefused::Unknown)?);
        let valid_until = now + TICKET;
        Ok(Ticket { who, valid_until })
    }
}

/// Somebody, by the name on MSNP24; those of [`PEOPLE`] have an account.
pub(crate) fn who(name: &str) -> Who {
    let place = PEOPLE.iter().position(|known| *known == name);
    let number = place.map_or(99, |place| u64::try_from(place).unwrap() + 1);
    Who::new(
        PersonId::new(number),
        HomeId::default(),
        SkypeId::parse(name).unwrap(),
        email(name),
    )
}

fn email(name: &str) -> EmailAddress {
    EmailAddress::parse(&format!("{name}@example.org")).unwrap()
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
    /// People who know nothing of each other may be put into threads all the same.
    pub(crate) fn new() -> Self {
        let mut config = Config::default();
        config.network.strangers_may_add = true;
        Self::with(config)
    }

    pub(crate) fn with(config: Config) -> Self {
        Self::over((), config, None)
    }
}

impl<T: Tickets> World<T> {
    pub(crate) fn over(tickets: T, config: Config, interleaving: Option<u64>) -> Self {
        Self {
            wire: wire::World::new(tickets, config, interleaving),
        }
    }

    pub(crate) const fn server(&mut self) -> &mut Messenger<T> {
        self.wire.server()
    }

    pub(crate) const fn now(&self) -> Now {
        self.wire.now()
    }

    /// Lets time pass, and the machine's timers go off when they are due.
    pub(crate) fn wait(&mut self, seconds: u64) {
        self.wire.wait(Duration::from_secs(seconds));
    }

    /// Somebody sets the wall clock to `wall`.
    pub(crate) const fn set_wall(&mut self, wall: UnixTime) {
        self.wire.set_wall(wall);
    }

    /// The host is asleep for so long, which its clocks count: no timer goes off meanwhile.
    pub(crate) fn sleep(&mut self, seconds: u64) {
        self.wire.sleep(Duration::from_secs(seconds));
    }

    /// Opens a connection with the cookies of `who`, which are good for a month.
    pub(crate) fn open(&mut self, who: Option<&str>) -> ConnectionId {
        self.open_for(who, Duration::from_secs(30 * 24 * 60 * 60))
    }

    /// Opens a connection with the cookies of `who`, which are good for so long.
    pub(crate) fn open_for(&mut self, who: Option<&str>, cookies: Duration) -> ConnectionId {
        let ticket = who.map(|name| Ticket {
            who: self::who(name),
            valid_until: self.now().monotonic + cookies,
        });
        self.wire.open(ticket)
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

    /// Asks for everything, and gives what is said to that.
    pub(crate) fn subscribe(&mut self, client: ConnectionId) -> Vec<String> {
        self.ask(client, &frame("PUT 5 MSGR\\SUBSCRIPTIONS", "", ALL))
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
        self.say_bytes(client, Bytes::copy_from_slice(bytes.as_bytes()));
    }

    /// Any bytes from a client; the mark that they were given with.
    pub(crate) fn say_bytes(&mut self, client: ConnectionId, bytes: Bytes) -> u64 {
        self.wire.say(client, bytes)
    }

    /// The marks up to which every command was answered, since the last time.
    pub(crate) fn answered(&mut self, client: ConnectionId) -> Vec<u64> {
        self.wire.answered(client)
    }

    /// Bytes from a client, and what it is told then.
    pub(crate) fn ask(&mut self, client: ConnectionId, bytes: &str) -> Vec<String> {
        self.hear(client);
        self.say(client, bytes);
        self.hear(client)
    }

    /// The connection is lost.
    pub(crate) fn hang_up(&mut self, client: ConnectionId) {
        self.wire.hang_up(client);
    }

    /// The frames that came since the last time.
    pub(crate) fn hear(&mut self, client: ConnectionId) -> Vec<String> {
        let mut frames = Vec::new();
        for bytes in self.wire.hear(client) {
            let mut decoder = FrameDecoder::new(PayloadTable::msnp24());
            decoder.push(bytes);
            while let Some(frame) = decoder.next_frame().unwrap() {
                frames.push(String::from_utf8(frame.as_bytes().to_vec()).unwrap());
            }
            assert_eq!(decoder.buffered(), 0, "an effect holds whole frames");
        }
        frames
    }

    /// Those of [`hear`](Self::hear) that start with `line`.
    pub(crate) fn heard(&mut self, client: ConnectionId, line: &str) -> Vec<String> {
        let mut frames = self.hear(client);
        frames.retain(|frame| frame.starts_with(line));
        frames
    }

    pub(crate) fn is_closed(&self, client: ConnectionId) -> bool {
        self.wire.is_closed(client)
    }

    /// How the store is from now on; what waited for it is answered so.
    pub(crate) fn store_is(&mut self, commits: StoreIs, reads: StoreIs) {
        self.wire.store_is(commits, reads);
    }

    /// All that the store has of somebody.
    pub(crate) fn record(&self, name: &str) -> PersonRecord {
        match self.wire.store().read(&Read::Person(who(name).person())) {
            Found::Person(Some(record)) => *record,
            other => panic!("{name}: {other:?}"),
        }
    }

    /// How many messages wait for somebody.
    pub(crate) fn waiting(&self, name: &str) -> usize {
        self.record(name).waiting.len()
    }

    /// Whether any message was ever kept.
    pub(crate) fn has_messages(&self) -> bool {
        self.wire.store().last_name(HomeId::default()) > 0
    }

    /// The display name of somebody, as the directory has it.
    pub(crate) fn display_name(&self, name: &str) -> String {
        let address = Address::Skype(SkypeId::parse(name).unwrap());
        let account = self.wire.store().account_by_address(&address);
        account.unwrap().name.to_string()
    }

    /// Does what the server wants done, until there is nothing more.
    pub(crate) fn settle(&mut self) {
        self.wire.settle();
    }
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
