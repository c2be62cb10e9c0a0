//! Properties of what the server says to clients of MSNP8 to MSNP22.

use std::time::Duration;

use machine_contract::Instant;
use msnp_proto::classic::{ServerCommand, ServerKind};
use msnp_proto::{Dialect, FrameDecoder, PayloadTable, Side};
use msnp_server::faces::{Challenge, Ticket, TicketRefused, Tickets};
use msnp_server::identity::Who;
use msnp_server::network::ConnectionId;
use simulation::rules::PEOPLE;
use simulation::wire::{Config, StoreIs, World};

/// What is spoken; the last two have no switchboards (msnp24.md 1).
const DIALECTS: [u8; 13] = [8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 21, 22];

/// What a connection may be told beyond what it asked.
const GREETING: usize = 64 * 1024;
/// How many times what it said a client may make the server say.
const FACTOR: usize = 256;

/// The first byte chooses the dialect, the second where the stream is said, Bob's dialect and how the store is meanwhile, the third
/// the size of its pieces; the rest is the stream of Alice's client, while Bob is there.
pub fn classic(data: &[u8]) {
    let [dialect, place, piece, stream @ ..] = data else {
        return;
    };
    let chosen = DIALECTS[usize::from(*dialect) % DIALECTS.len()];
    let dialect = u32::from(chosen);
    let (place, how) = (place % 3, usize::from(place / 3));
    // The first is the one that the oldest seeds mean.
    let of_bob = *[15].iter().chain(&DIALECTS).nth(how % 14).expect("one");
    let mut server = Server::new();
    let bob = server.online(u32::from(of_bob), "bob");
    let (alice, kind) = match place {
        0 => (server.begun(dialect, "alice"), ServerKind::Notification),
        2 if dialect < 21 => (server.switchboard(dialect), ServerKind::Switchboard),
        _ => (server.online(dialect, "alice"), ServerKind::Notification),
    };
    let invited = server.world.hear(bob).concat();
    all_in_the_table(&invited, of_bob, ServerKind::Notification);
    let talk = server.answers(&invited);
    server.world.answered(alice);
    let store = [
        (StoreIs::Well, StoreIs::Well),
        (StoreIs::Well, StoreIs::Well),
        (StoreIs::Slow, StoreIs::Well),
        (StoreIs::Slow, StoreIs::Slow),
        (StoreIs::Broken, StoreIs::Well),
        (StoreIs::Broken, StoreIs::Broken),
    ];
    let (commits, reads) = store[how / 14 % store.len()];
    server.world.store_is(commits, reads);
    let mut said = Vec::new();
    for piece in stream.chunks(usize::from(*piece).max(1)) {
        if server.world.is_closed(alice) {
            break;
        }
        said.push(server.world.say(alice, piece.to_vec().into()));
    }
    server.world.store_is(StoreIs::Well, StoreIs::Well);
    server.world.wait(Duration::from_secs(3));
    let bound = GREETING + FACTOR * stream.len();
    let told = server.world.hear(alice).concat();
    assert!(told.len() <= bound, "{} bytes to Alice", told.len());
    all_in_the_table(&told, chosen, kind);
    if !server.world.is_closed(alice) {
        // A ping's mark may come before those of lines that wait.
        let mut answered = server.world.answered(alice);
        answered.sort_unstable();
        assert_eq!(answered, said, "all is carried out, once");
    }
    let told = server.world.hear(bob).concat();
    assert!(told.len() <= bound, "{} bytes to Bob", told.len());
    all_in_the_table(&told, of_bob, ServerKind::Notification);
    if let Some(talk) = talk {
        let told = server.world.hear(talk).concat();
        assert!(told.len() <= bound, "{} bytes to Bob", told.len());
        all_in_the_table(&told, of_bob, ServerKind::Switchboard);
    }
    server.goes_on(bob);
}

/// Every byte is one of a command that the dialect has.
fn all_in_the_table(told: &[u8], dialect: u8, kind: ServerKind) {
    let dialect = Dialect::new(dialect).expect("a dialect");
    let mut decoder = FrameDecoder::new(PayloadTable::sent_by(Side::Server));
    decoder.push(told.to_vec());
    while let Some(frame) = decoder.next_frame().expect("whole frames") {
        let read = ServerCommand::parse(&frame, dialect, kind);
        assert!(read.is_ok(), "{read:?}");
    }
    assert_eq!(decoder.buffered(), 0, "whole frames");
}

struct Server {
    world: World<Known>,
    /// All who have come.
    clients: Vec<ConnectionId>,
}

impl Server {
    fn new() -> Self {
        let mut config = Config::default();
        config.faces.challenge = Challenge::Absent;
        let people = World::new((), Config::default(), None);
        let known = PEOPLE.iter().map(|name| people.who(name)).collect();
        Self {
            world: World::new(Known(known), config, None),
            clients: Vec::new(),
        }
    }

    fn ask(&mut self, client: ConnectionId, line: &str) -> String {
        self.world.say(client, line.as_bytes().to_vec().into());
        String::from_utf8_lossy(&self.world.hear(client).concat()).into_owned()
    }

    /// A connection on which a dialect was chosen; somebody's own, where the heads of requests say whose it is.
    fn begun(&mut self, dialect: u32, who: &str) -> ConnectionId {
        let client = match dialect {
            22 => self.world.open_for(who),
            _ => self.world.open(None),
        };
        self.clients.push(client);
        self.ask(client, &format!("VER 1 MSNP{dialect} CVR0\r\n"));
        client
    }

    /// Somebody is there, and the other's friend.
    fn online(&mut self, dialect: u32, who: &str) -> ConnectionId {
        let client = self.begun(dialect, who);
        let package = if dialect < 15 { "TWN" } else { "SSO" };
        let proof = match dialect {
            ..15 => "",
            15 => " proof",
            _ => " proof {aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa}",
        };
        let friend = if who == "bob" { "alice" } else { "bob" };
        let document =
            format!("<ml><d n=\"example.org\"><c n=\"{friend}\" l=\"3\" t=\"1\"/></d></ml>");
        let befriend = match dialect {
            ..10 => format!("ADD 6 FL {friend}@example.org {friend} 0\r\n"),
            10..13 => format!("ADC 6 FL N={friend}@example.org F={friend}\r\n"),
            _ => format!("ADL 6 {}\r\n{document}", document.len()),
        };
        let account = format!("{who}@example.org");
        self.ask(
            client,
            &format!("CVR 2 0x0409 winnt 5.1 i386 MSNMSGR 8.5.1302 MSMSGS {account}\r\n"),
        );
        let last = if dialect == 22 {
            "USR 4 WEB {aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa}\r\n".to_owned()
        } else {
            self.ask(client, &format!("USR 3 {package} I {account}\r\n"));
            format!("USR 4 {package} S t={who}&p={proof}\r\n")
        };
        let told = self.ask(client, &last);
        assert!(told.starts_with("USR 4 OK "), "{told}");
        let status = match dialect {
            ..16 => "CHG 5 NLN 32 0\r\n",
            16..21 => "CHG 5 NLN 32:0 0\r\n",
            // Presence is a document there, and may come of the stream.
            _ => "",
        };
        self.ask(client, &format!("{status}{befriend}"));
        client
    }

    /// Alice's switchboard, to which Bob is called.
    fn switchboard(&mut self, dialect: u32) -> ConnectionId {
        let main = self.online(dialect, "alice");
        let told = self.ask(main, "XFR 7 SB\r\n");
        let token = told.split_whitespace().nth(5).expect("a token").to_owned();
        let client = self.world.open(None);
        self.clients.push(client);
        let told = self.ask(client, &format!("USR 1 alice@example.org {token}\r\n"));
        assert!(told.starts_with("USR 1 OK "), "{told}");
        self.ask(client, "CAL 2 bob@example.org\r\n");
        client
    }

    /// Bob comes to the switchboard to which he was called, if he was.
    fn answers(&mut self, told: &[u8]) -> Option<ConnectionId> {
        let told = String::from_utf8_lossy(told);
        let call = told.lines().find_map(|line| line.strip_prefix("RNG "))?;
        let words: Vec<_> = call.split(' ').collect();
        let (session, token) = (words[0], words[3]);
        let client = self.world.open(None);
        self.clients.push(client);
        let answer = format!("ANS 1 bob@example.org {token} {session}\r\n");
        let told = self.ask(client, &answer);
        assert!(told.contains("ANS 1 OK"), "{told}");
        Some(client)
    }

    /// Whatever one client said, the others are where they were, somebody else can come, and when all have gone nobody is left.
    fn goes_on(&mut self, bob: ConnectionId) {
        assert!(!self.world.is_closed(bob), "Bob has done nothing");
        let told = self.ask(bob, "PNG\r\n");
        assert!(told.contains("QNG"), "{told}");
        self.online(12, "carol");
        for client in std::mem::take(&mut self.clients) {
            if !self.world.is_closed(client) {
                self.world.hang_up(client);
            }
        }
        self.world.wait(Duration::from_secs(600));
        assert_eq!(self.world.server().connections(), 0);
    }
}

/// Tickets that name their owner; a proof is `proof`.
struct Known(Vec<Who>);

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
