//! A server and clients that say lines.

use std::time::Duration;

use machine_contract::Instant;
use msnp_server::faces::{Announcement, Challenge, Ticket, TicketRefused, Tickets};
use msnp_server::identity::Who;
use msnp_server::network::{ConnectionId, Evidence, Found, Number, Read};
use simulation::rules::PEOPLE;
use simulation::wire;
pub(crate) use simulation::wire::{Config, StoreIs};

use crate::grammar;

/// A server of people with accounts, whose clients are told lines of the table alone.
pub(crate) struct World {
    wire: wire::World<Known>,
    spoken: Vec<(ConnectionId, u32, &'static str)>,
}

/// Tickets that name their owner; a proof is `proof`.
pub(crate) struct Known(Vec<Who>);

impl Tickets for Known {
    fn owner_of_uic(&self, _: &str, _: Instant) -> Option<Who> {
        None
    }

    fn knows_uics(&self) -> bool {
        false
    }

    fn owner_of_ticket(&self, ticket: &str, now: Instant) -> Result<Ticket, TicketRefused> {
        let is_it = |who: &&Who| ticket == format!("t={}&p=", who.skype_id());
        let who = self.0.iter().find(is_it).ok_or(TicketRefused::Unknown)?;
        Ok(Ticket {
            who: who.clone(),
            valid_until: now + Duration::from_secs(60),
        })
    }

    fn owner_by_proof(
        &self,
        ticket: &str,
        proof: &str,
        _: &str,
        now: Instant,
    ) -> Result<Ticket, TicketRefused> {
        match proof {
            "proof" => self.owner_of_ticket(ticket, now),
            _ => Err(TicketRefused::Proof),
        }
    }
}

/// A place's GUID.
pub(crate) const PLACE: &str = "{aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa}";

pub(crate) fn account(name: &str) -> String {
    format!("{name}@example.org")
}

/// A payload of a text message.
pub(crate) fn text(words: &str) -> String {
    format!(
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\nX-MMS-IM-Format: FN=Arial; EF=B; CO=ff; CS=0; PF=22\r\n\r\n{words}"
    )
}

impl World {
    pub(crate) fn new() -> Self {
        let mut config = Config::default();
        config.faces.challenge = Challenge::Absent;
        Self::with(config)
    }

    pub(crate) fn with(config: Config) -> Self {
        let people = wire::World::new((), Config::default(), None);
        let known = Known(PEOPLE.iter().map(|name| people.who(name)).collect());
        Self {
            wire: wire::World::new(known, config, None),
            spoken: Vec::new(),
        }
    }

    /// A connection on which this dialect is spoken to a notification server (`NS`) or a switchboard (`SB`).
    pub(crate) fn open(&mut self, dialect: u32, server: &'static str) -> ConnectionId {
        let connection = self.wire.open(None);
        self.spoken.push((connection, dialect, server));
        connection
    }

    /// The same by requests that say in their heads that they are of somebody, for so long.
    pub(crate) fn open_shown(
        &mut self,
        dialect: u32,
        who: &str,
        good_for: Duration,
    ) -> ConnectionId {
        let ticket = Ticket {
            who: self.wire.who(who),
            valid_until: self.wire.now().monotonic + good_for,
        };
        let connection = self.wire.open(Some(ticket));
        self.spoken.push((connection, dialect, "NS"));
        connection
    }

    /// Says something and tells what the client hears then.
    pub(crate) fn ask(&mut self, client: ConnectionId, bytes: &str) -> Vec<String> {
        self.say(client, bytes.as_bytes());
        self.hear(client)
    }

    pub(crate) fn say(&mut self, client: ConnectionId, bytes: &[u8]) {
        self.wire.say(client, bytes.to_vec().into());
    }

    /// What a client was told since the last time.
    pub(crate) fn hear(&mut self, client: ConnectionId) -> Vec<String> {
        let bytes = self.wire.hear(client).concat();
        let mut spoken = self.spoken.iter();
        let (_, dialect, server) = spoken.find(|(one, ..)| *one == client).unwrap();
        grammar::check(*dialect, server, &bytes)
    }

    /// The same, as bytes.
    pub(crate) fn hear_bytes(&mut self, client: ConnectionId) -> Vec<u8> {
        self.wire.hear(client).concat()
    }

    pub(crate) fn is_closed(&self, client: ConnectionId) -> bool {
        self.wire.is_closed(client)
    }

    pub(crate) fn wait(&mut self, seconds: u64) {
        self.wire.wait(Duration::from_secs(seconds));
    }

    pub(crate) fn store_is(&mut self, commits: StoreIs) {
        self.wire.store_is(commits, StoreIs::Well);
    }

    pub(crate) const fn wire(&mut self) -> &mut wire::World<Known> {
        &mut self.wire
    }

    /// The numbers of the messages that wait for somebody, once what was received is noted.
    pub(crate) fn waiting(&mut self, who: &str) -> Vec<u64> {
        self.wait(2);
        let owner = self.wire.who(who).person();
        match self.wire.store().read(&Read::Person(owner)) {
            Found::Person(Some(record)) => record.waiting.iter().map(|one| one.0).collect(),
            other => panic!("{other:?}"),
        }
    }

    /// The operator has this said in somebody's name; to how many people.
    pub(crate) fn announce(&mut self, by: &str, words: &str) -> usize {
        let (who, now) = (self.wire.who(by), self.wire.now());
        let words = Announcement::parse(words).unwrap();
        let server = self.wire.server();
        let people = server.handle_announcement(&who, words.said_by("The Operator"), now);
        self.wire.settle();
        people
    }

    /// Something is known of what a connection was sent.
    pub(crate) fn evidence(&mut self, client: ConnectionId, evidence: Evidence, numbers: &[u64]) {
        let numbers = numbers.iter().map(|number| Number(*number)).collect();
        let now = self.wire.now();
        let server = self.wire.server();
        server.handle_evidence(client, evidence, numbers, now);
        self.wire.settle();
    }

    /// Somebody has signed in, and said nothing more.
    pub(crate) fn sign_in(&mut self, dialect: u32, who: &str) -> ConnectionId {
        let client = self.open(dialect, "NS");
        let (first, last) = sign_in_lines(dialect, who, PLACE);
        self.ask(client, &first);
        let told = self.ask(client, &last);
        assert!(told[0].starts_with("USR 4 OK "), "{told:?}");
        client
    }

    /// Somebody has signed in and is there.
    pub(crate) fn online(&mut self, dialect: u32, who: &str) -> ConnectionId {
        let client = self.sign_in(dialect, who);
        self.status(client, dialect, 5, "NLN");
        client
    }

    /// Says a status; what is told then.
    pub(crate) fn status(
        &mut self,
        client: ConnectionId,
        dialect: u32,
        trid: u32,
        code: &str,
    ) -> Vec<String> {
        self.ask(client, &status(dialect, trid, code))
    }

    /// Alice and Bob, each other's friends, with nothing left to hear.
    pub(crate) fn friends(&mut self, one: u32, other: u32) -> [ConnectionId; 2] {
        let alice = self.online(one, "alice");
        let bob = self.online(other, "bob");
        self.befriend(alice, one, "bob");
        self.befriend(bob, other, "alice");
        self.hear(alice);
        [alice, bob]
    }

    pub(crate) fn befriend(&mut self, client: ConnectionId, dialect: u32, whom: &str) {
        let lines = match dialect {
            ..10 => format!("ADD 6 FL {0} {0} 0\r\nADD 7 AL {0} {0}\r\n", account(whom)),
            10..13 => format!("ADC 6 FL N={0} F={0}\r\nADC 7 AL N={0}\r\n", account(whom)),
            _ => members("ADL", 6, whom, 3),
        };
        let told = self.ask(client, &lines);
        assert!(told.iter().all(|line| !line.starts_with("20")), "{told:?}");
    }

    /// A switchboard of somebody's, to which nobody was called yet.
    pub(crate) fn switchboard(
        &mut self,
        main: ConnectionId,
        dialect: u32,
        who: &str,
    ) -> ConnectionId {
        let token = self.token(main);
        let client = self.open(dialect, "SB");
        let told = self.ask(client, &format!("USR 1 {} {token}\r\n", account(who)));
        assert!(told[0].starts_with("USR 1 OK "), "{told:?}");
        client
    }

    /// A word for a switchboard.
    pub(crate) fn token(&mut self, main: ConnectionId) -> String {
        let told = self.ask(main, "XFR 15 SB\r\n");
        assert!(told[0].starts_with("XFR 15 SB "), "{told:?}");
        told[0].split(' ').nth(5).unwrap().trim().to_owned()
    }

    /// Comes to the switchboard that somebody is called to; with what is told there.
    pub(crate) fn answer(
        &mut self,
        main: ConnectionId,
        dialect: u32,
        who: &str,
    ) -> (ConnectionId, Vec<String>) {
        let told = self.hear(main);
        let ring = told
            .iter()
            .find(|line| line.starts_with("RNG "))
            .expect("a call");
        let words: Vec<_> = ring.split_whitespace().collect();
        let client = self.open(dialect, "SB");
        let (session, token) = (words[1], words[4]);
        let line = format!("ANS 1 {} {token} {session}\r\n", account(who));
        let told = self.ask(client, &line);
        (client, told)
    }

    /// A conversation of Alice and Bob, who are friends, with nothing left to hear.
    pub(crate) fn conversation(&mut self, one: u32, other: u32) -> Conversation {
        let [alice_main, bob_main] = self.friends(one, other);
        let alice = self.switchboard(alice_main, one, "alice");
        let told = self.ask(alice, "CAL 2 bob@example.org\r\n");
        assert!(told[0].starts_with("CAL 2 RINGING "), "{told:?}");
        let (bob, _) = self.answer(bob_main, other, "bob");
        self.hear(alice);
        Conversation {
            alice_main,
            bob_main,
            alice,
            bob,
        }
    }
}

/// The connections of two who speak with each other.
pub(crate) struct Conversation {
    pub(crate) alice_main: ConnectionId,
    pub(crate) bob_main: ConnectionId,
    pub(crate) alice: ConnectionId,
    pub(crate) bob: ConnectionId,
}

/// A line with a message.
pub(crate) fn message(trid: u32, flag: &str, payload: &str) -> String {
    format!("MSG {trid} {flag} {}\r\n{payload}", payload.len())
}

pub(crate) fn status(dialect: u32, trid: u32, code: &str) -> String {
    match dialect {
        ..9 => format!("CHG {trid} {code} 32\r\n"),
        9..16 => format!("CHG {trid} {code} 32 0\r\n"),
        _ => format!("CHG {trid} {code} 32:0 0\r\n"),
    }
}

pub(crate) fn members(verb: &str, trid: u32, who: &str, lists: u8) -> String {
    let document =
        format!("<ml><d n=\"example.org\"><c n=\"{who}\" l=\"{lists}\" t=\"1\"/></d></ml>");
    format!("{verb} {trid} {}\r\n{document}", document.len())
}

/// The lines up to the question for a proof, and the proof.
pub(crate) fn sign_in_lines(dialect: u32, who: &str, place: &str) -> (String, String) {
    let account = account(who);
    let package = if dialect < 15 { "TWN" } else { "SSO" };
    let first = format!(
        "VER 1 MSNP{dialect} CVR0\r\nCVR 2 0x0409 winnt 5.1 i386 MSNMSGR 8.5.1302 MSMSGS {account}\r\nUSR 3 {package} I {account}\r\n"
    );
    let proof = match dialect {
        ..15 => String::new(),
        15 => " proof".into(),
        _ => format!(" proof {place}"),
    };
    (first, format!("USR 4 {package} S t={who}&p={proof}\r\n"))
}
