//! A client of MSNP8 to MSNP18.

use std::collections::VecDeque;

use bytes::Bytes;
use msnp_proto::{Frame, FrameDecoder, PayloadTable, Side};
use msnp_server::network::{ConnectionId, Lists, Status};

use crate::client::{Client, Dialect, Heard, Outcome, World};

pub(crate) const MSNP8: Dialect = dialect::<8>();
pub(crate) const MSNP12: Dialect = dialect::<12>();
pub(crate) const MSNP15: Dialect = dialect::<15>();
pub(crate) const MSNP18: Dialect = dialect::<18>();

const fn dialect<const N: u8>() -> Dialect {
    Dialect {
        sign_in: |world, who, place| Box::new(Classic::sign_in(world, N, who, place)),
        streams: streams::<N>,
        commands: commands::<N>,
        frames: |bytes| frames(&bytes).iter().map(text).collect(),
        has_places: true,
        has_several_places: N >= 16,
        tells_lists: N <= 12,
        keeps_for_the_absent: N >= 18,
    }
}

pub(crate) struct Classic {
    dialect: u8,
    who: String,
    main: ConnectionId,
    /// One for each conversation, with whom it is.
    talks: Vec<(String, ConnectionId)>,
    heard: Vec<Heard>,
    /// Lines that nobody has looked at, and where they came.
    lines: VecDeque<(ConnectionId, String)>,
    last: u32,
}

pub(crate) fn address(name: &str) -> String {
    format!("{name}@example.org")
}

fn name(word: &str) -> String {
    let account = word.split(':').next_back().unwrap();
    account.strip_suffix("@example.org").unwrap().to_owned()
}

pub(crate) fn frames(bytes: &Bytes) -> Vec<Frame> {
    let mut decoder = FrameDecoder::new(PayloadTable::sent_by(Side::Server));
    decoder.push(bytes.clone());
    let frames = std::iter::from_fn(|| decoder.next_frame().unwrap()).collect();
    assert_eq!(decoder.buffered(), 0, "{bytes:?}");
    frames
}

pub(crate) fn text(frame: &Frame) -> String {
    String::from_utf8(frame.as_bytes().to_vec()).unwrap()
}

/// The first lines, up to the proof.
fn first_lines(dialect: u8, who: &str) -> String {
    let (package, account) = (if dialect < 15 { "TWN" } else { "SSO" }, address(who));
    format!(
        "VER 1 MSNP{dialect} CVR0\r\nCVR 2 0x0409 winnt 5.1 i386 MSNMSGR 8.5 MSMSGS {account}\r\nUSR 3 {package} I {account}\r\n"
    )
}

/// The proof that [`Known`](crate::client::Known) takes.
fn proof(dialect: u8, who: &str, place: u8) -> String {
    let place = format!("{place:02x}").repeat(16);
    let guid = format!(
        "{{{}-{}-{}-{}-{}}}",
        &place[..8],
        &place[8..12],
        &place[12..16],
        &place[16..20],
        &place[20..]
    );
    match dialect {
        ..15 => format!("USR 4 TWN S t={who}&p=\r\n"),
        15 => format!("USR 4 SSO S t={who}&p= proof\r\n"),
        _ => format!("USR 4 SSO S t={who}&p= proof {guid}\r\n"),
    }
}

fn status_line(dialect: u8, trid: u32, code: &str) -> String {
    match dialect {
        ..9 => format!("CHG {trid} {code} 268435488\r\n"),
        9..16 => format!("CHG {trid} {code} 268435488 0\r\n"),
        _ => format!("CHG {trid} {code} 268435488:0 0\r\n"),
    }
}

fn members(verb: &str, trid: u32, who: &str, lists: u8) -> String {
    let document =
        format!("<ml><d n=\"example.org\"><c n=\"{who}\" l=\"{lists}\" t=\"1\"/></d></ml>");
    format!("{verb} {trid} {}\r\n{document}", document.len())
}

fn message(trid: u32, flag: &str, words: &str) -> String {
    let payload = format!(
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\nX-MMS-IM-Format: FN=Arial; EF=; CO=0; CS=0; PF=22\r\n\r\n{words}"
    );
    format!("MSG {trid} {flag} {}\r\n{payload}", payload.len())
}

fn streams<const N: u8>(world: &mut World) -> Vec<String> {
    let list = match N {
        ..10 => "SYN 5 0\r\nADD 6 FL bob@example.org Bob 0\r\nADG 7 x%20y 0\r\nREM 8 FL bob@example.org\r\n".into(),
        10..13 => "SYN 5 0 0\r\nADC 6 FL N=bob@example.org F=Bob\r\nADG 7 x%20y 0\r\nPRP 8 MFN A%20b\r\n".into(),
        _ => format!("{}{}BLP 8 AL\r\n", members("ADL", 6, "bob", 3), members("RML", 7, "bob", 2)),
    };
    let whole = format!(
        "{}{}{list}BLP 10 BL\r\n{}PNG\r\nXFR 12 SB\r\nZZZ 13 5\r\n\r\nURL 14 INBOX\r\nOUT\r\n",
        first_lines(N, "alice"),
        proof(N, "alice", 1),
        status_line(N, 11, "BSY"),
    );
    let mut alice = Classic::sign_in(world, N, "alice", 7);
    let referral = alice.ask(world, "XFR", "SB");
    let token = referral[0].split(' ').nth(5).unwrap().trim();
    Classic::sign_in(world, N, "bob", 2);
    let talk = format!(
        "USR 1 alice@example.org {token}\r\nCAL 2 bob@example.org\r\n{}{}OUT\r\n",
        message(3, "A", "h\u{e9}llo"),
        message(4, "N", "bob"),
    );
    vec![whole, talk]
}

fn commands<const N: u8>() -> Vec<(String, String)> {
    let line = |text: String, reply: &str| (text, reply.to_owned());
    let adds = |trid, who, list, bits| match N {
        ..10 => format!("ADD {trid} {list} {who}@example.org {who}\r\n"),
        10..13 => format!("ADC {trid} {list} N={who}@example.org\r\n"),
        _ => members("ADL", trid, who, bits),
    };
    let verb = match N {
        ..10 => "ADD",
        10..13 => "ADC",
        _ => "ADL",
    };
    vec![
        line(adds(10, "bob", "FL", 1), &format!("{verb} 10 ")),
        line("ZZZ 11\r\n".into(), "200 11\r\n"),
        line(adds(12, "carol", "BL", 4), &format!("{verb} 12 ")),
        line(
            adds(13, "nobody", "AL", 2),
            if N < 10 { "205 13\r\n" } else { "208 13\r\n" },
        ),
    ]
}

impl Classic {
    pub(crate) fn sign_in(world: &mut World, dialect: u8, who: &str, place: u8) -> Self {
        let main = world.open(None);
        let mut client = Self {
            dialect,
            who: who.into(),
            main,
            talks: Vec::new(),
            heard: Vec::new(),
            lines: VecDeque::new(),
            last: 20,
        };
        let first = first_lines(dialect, who) + &proof(dialect, who, place);
        world.say(main, first.into());
        client.pump(world);
        let told = client.replies("USR", 4);
        assert!(told.iter().any(|line| line.contains(" OK ")), "{told:?}");
        match dialect {
            ..10 => drop(client.ask(world, "SYN", "0")),
            10..13 => drop(client.ask(world, "SYN", "0 0")),
            _ => drop(client.ask(world, "BLP", "AL")),
        }
        client.show(world, Status::Online);
        client
    }

    pub(crate) fn talks(&self) -> &[(String, ConnectionId)] {
        &self.talks
    }

    /// Says a line on the main connection: the lines in reply to it.
    pub(crate) fn ask(&mut self, world: &mut World, verb: &str, words: &str) -> Vec<String> {
        self.last += 1;
        let trid = self.last;
        self.ask_line(world, self.main, trid, format!("{verb} {trid} {words}\r\n"))
    }

    fn ask_line(
        &mut self,
        world: &mut World,
        connection: ConnectionId,
        trid: u32,
        line: String,
    ) -> Vec<String> {
        self.pump(world);
        self.lines.clear();
        world.say(connection, line.into());
        self.pump(world);
        self.replies("", trid)
    }

    /// The lines with this transaction id.
    fn replies(&mut self, verb: &str, trid: u32) -> Vec<String> {
        let of_it = |line: &str| {
            let mut words = line.split_whitespace();
            let first = words.next().unwrap_or_default();
            first.starts_with(verb) && words.next() == Some(&trid.to_string())
        };
        let lines = self.lines.drain(..).map(|(_, line)| line);
        lines.filter(|line| of_it(line)).collect()
    }

    /// Whether each of these lines was carried out.
    fn outcome(&mut self, world: &mut World, lines: &[String]) -> Outcome {
        for line in lines {
            let trid = line.split(' ').nth(1).unwrap().parse().unwrap();
            let replies = self.ask_line(world, self.main, trid, line.clone());
            let last = replies.last().map(String::as_str).unwrap_or_default();
            if last.is_empty() || last.starts_with(|c: char| c.is_ascii_digit()) {
                return Outcome::Refused;
            }
        }
        Outcome::Done
    }

    fn next(&mut self) -> u32 {
        self.last += 1;
        self.last
    }

    fn put_on(&mut self, whom: &str, list: &str, bits: u8) -> String {
        let trid = self.next();
        match self.dialect {
            ..10 => format!("ADD {trid} {list} {} {whom}\r\n", address(whom)),
            10..13 => format!("ADC {trid} {list} N={}\r\n", address(whom)),
            _ => members("ADL", trid, whom, bits),
        }
    }

    fn take_off(&mut self, whom: &str, list: &str, bits: u8) -> String {
        let trid = self.next();
        match self.dialect {
            ..13 => format!("REM {trid} {list} {}\r\n", address(whom)),
            _ => members("RML", trid, whom, bits),
        }
    }

    /// Does what a client does about what it is told, until it is told nothing more.
    fn pump(&mut self, world: &mut World) {
        loop {
            let mut silent = true;
            for frame in frames(&world.hear(self.main).concat().into()) {
                silent = false;
                self.take(world, &frame);
            }
            for (with, connection) in self.talks.clone() {
                for frame in frames(&world.hear(connection).concat().into()) {
                    silent = false;
                    self.take_said(&with, connection, &frame);
                }
                if world.is_closed(connection) {
                    self.talks.retain(|(_, one)| *one != connection);
                }
            }
            if silent {
                return;
            }
        }
    }

    fn take(&mut self, world: &mut World, frame: &Frame) {
        let line = String::from_utf8(frame.line().to_vec()).unwrap();
        let words: Vec<_> = line.split_whitespace().collect();
        match words[..] {
            ["RNG", session, _, "CKI", token, by, ..] => {
                let connection = world.open(None);
                let me = address(&self.who);
                world.say(
                    connection,
                    format!("ANS 1 {me} {token} {session}\r\n").into(),
                );
                self.talks.push((name(by), connection));
            }
            ["NLN" | "FLN" | "ILN", ..] => self.take_presence(&words),
            ["LST", account, _, lists, ..] if self.dialect < 10 => self.has(account, lists),
            ["LST", account, _, ..] => {
                let numbers = words.iter().filter_map(|word| word.parse::<u8>().ok());
                let lists = numbers.map(|one| one.to_string()).next().unwrap();
                self.has(account.strip_prefix("N=").unwrap(), &lists);
            }
            ["ADD", "0", "RL", _, account, ..] => self.has(account, "8"),
            ["ADC", "0", "RL", account, ..] => self.has(account.strip_prefix("N=").unwrap(), "8"),
            ["ADL", "0", _] => {
                let document = String::from_utf8(frame.payload().to_vec()).unwrap();
                let (_, rest) = document.split_once("<c n=\"").unwrap();
                let who = rest.split('"').next().unwrap();
                self.has(&address(who), "8");
            }
            _ => {}
        }
        self.lines.push_back((self.main, text(frame)));
    }

    fn has(&mut self, account: &str, lists: &str) {
        // Who waits for an answer is on the reverse list too, whatever the dialect makes of it.
        let bits: u8 = lists.parse().unwrap();
        let bits = if bits & 16 != 0 { bits | 8 } else { bits };
        let has = Heard::Has(name(account), Lists::from_bits(bits));
        self.heard.push(has);
    }

    fn take_presence(&mut self, words: &[&str]) {
        let (code, account) = match words {
            ["ILN", _, code, account, ..] | ["NLN", code, account, ..] => (*code, *account),
            ["FLN", account, ..] => ("FLN", *account),
            other => panic!("{other:?}"),
        };
        let status = match code {
            "NLN" => Status::Online,
            "BSY" => Status::Busy,
            "HDN" => Status::Hidden,
            "FLN" => Status::Offline,
            other => panic!("{other}"),
        };
        if name(account) != self.who {
            self.heard.push(Heard::Sees(name(account), status));
        }
    }

    fn take_said(&mut self, with: &str, connection: ConnectionId, frame: &Frame) {
        let line = String::from_utf8(frame.line().to_vec()).unwrap();
        let words: Vec<_> = line.split_whitespace().collect();
        if let ["MSG", account, _, _] = words[..] {
            let payload = String::from_utf8(frame.payload().to_vec()).unwrap();
            let (head, body) = payload.split_once("\r\n\r\n").unwrap();
            assert_eq!(name(account), with);
            if head.contains("text/plain") {
                self.heard.push(Heard::Said(name(account), body.to_owned()));
            }
        }
        self.lines.push_back((connection, text(frame)));
    }

    /// The connection of the conversation with somebody, called if need be.
    pub(crate) fn call(&mut self, world: &mut World, whom: &str) -> Option<ConnectionId> {
        self.pump(world);
        let open = self.talks.iter().find(|(with, _)| with == whom);
        if let Some((_, connection)) = open {
            return Some(*connection);
        }
        let referral = self.ask(world, "XFR", "SB");
        let token = referral[0].split(' ').nth(5)?.trim().to_owned();
        let connection = world.open(None);
        self.talks.push((whom.to_owned(), connection));
        let me = address(&self.who);
        let joined = self.ask_line(world, connection, 1, format!("USR 1 {me} {token}\r\n"));
        assert!(joined[0].starts_with("USR 1 OK "), "{joined:?}");
        let call = format!("CAL 2 {}\r\n", address(whom));
        let rings = self.ask_line(world, connection, 2, call);
        if rings[0].starts_with("CAL 2 RINGING ") {
            return Some(connection);
        }
        assert_eq!(rings, ["217 2\r\n"]);
        world.say(connection, "OUT\r\n".into());
        self.pump(world);
        None
    }

    fn page(&mut self, world: &mut World, to: &str, words: &str) -> Outcome {
        let payload = format!(
            "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\nDest-Agent: client\r\n\r\n{words}"
        );
        let (trid, length) = (self.next(), payload.len());
        let line = format!("UUM {trid} {} 1 1 {length}\r\n{payload}", address(to));
        let replies = self.ask_line(world, self.main, trid, line);
        if replies.is_empty() {
            Outcome::Done
        } else {
            Outcome::Refused
        }
    }
}

impl Client for Classic {
    fn add(&mut self, world: &mut World, whom: &str) -> Outcome {
        let unblock = self.take_off(whom, "BL", 4);
        // Not to be blocked is no reason to be refused.
        self.outcome(world, &[unblock]);
        let lines = [self.put_on(whom, "FL", 1), self.put_on(whom, "AL", 2)];
        self.outcome(world, &lines)
    }

    fn block(&mut self, world: &mut World, whom: &str) -> Outcome {
        let lines = [self.put_on(whom, "BL", 4)];
        self.outcome(world, &lines)
    }

    fn show(&mut self, world: &mut World, status: Status) {
        let code = match status {
            Status::Online => "NLN",
            Status::Busy => "BSY",
            Status::Hidden => "HDN",
            other => panic!("{other:?}"),
        };
        let trid = self.next();
        let line = status_line(self.dialect, trid, code);
        let replies = self.ask_line(world, self.main, trid, line);
        let echo = format!("CHG {trid} {code} ");
        assert!(
            replies.iter().any(|one| one.starts_with(&echo)),
            "{replies:?}"
        );
    }

    fn say(&mut self, world: &mut World, to: &str, text: &str) -> Outcome {
        let Some(connection) = self.call(world, to) else {
            return match self.dialect {
                18 => self.page(world, to, text),
                _ => Outcome::Refused,
            };
        };
        let trid = self.next();
        let replies = self.ask_line(world, connection, trid, message(trid, "A", text));
        match &*replies {
            [one] if one.starts_with("ACK ") => Outcome::Done,
            _ => Outcome::Refused,
        }
    }

    fn hear(&mut self, world: &mut World) -> Vec<Heard> {
        self.pump(world);
        std::mem::take(&mut self.heard)
    }

    fn leave(&mut self, world: &mut World) {
        for connection in self.connections().into_iter().rev() {
            world.say(connection, Bytes::from_static(b"OUT\r\n"));
        }
    }

    fn connections(&self) -> Vec<ConnectionId> {
        let talks = self.talks.iter().map(|(_, connection)| *connection);
        std::iter::once(self.main).chain(talks).collect()
    }
}
