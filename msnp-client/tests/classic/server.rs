//! A server of the older dialects with one client and people who are puppets, in the words of the dossier.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::{self, Write as _};

use bytes::Bytes;
use http::{Request, Response};
use msnp_client::Dialect;
use msnp_proto::auth::mbi_key::{BinarySecret, Blob};
use msnp_proto::auth::md5_sign_in;
use msnp_proto::{Frame, FrameDecoder, PayloadTable, Side};

use crate::recorded::words;
use crate::web::{SECRET, TICKET, Web};
use crate::world::{Act, LOGIN, Line, PASSWORD, Peer};

/// 64 characters, as all that were seen.
const NONCE: &str = "p+04wlnpTNip8GHKOPRhsIISQPJ0sTp4ps0Cpu4l02kpy/RK8UTKLC8gud/KnbzF";
const SESSION: &str = "75814d1d39853c6c1552e41697993de";
pub(crate) const BOB: &str = "bob@example.com";
pub(crate) const CAROL: &str = "carol@example.com";
/// A temporary group of MSNP21.
pub(crate) const PARTY: &str = "10:588e793a-003d-0003-4136-314b00000000@live.com";
pub(crate) const GUID: &str = "1bbc064c-d74a-56e6-a2b9-009139975e85";

struct Connection {
    is_switchboard: bool,
    decoder: FrameDecoder,
}

/// Somebody in a temporary group.
pub(crate) fn member(who: &str, state: &str) -> String {
    format!("<circle><roster><id>IM</id><user><id>1:{who}</id>{state}</user></roster></circle>")
}

/// The server, and what it is made to do.
pub(crate) struct Server {
    pub(crate) dialect: Dialect,
    pub(crate) web: Web,
    /// Dialects that it speaks.
    pub(crate) speaks: Vec<Dialect>,
    /// Verbs to which it says nothing.
    pub(crate) silent: Vec<&'static str>,
    /// What it says to a verb in place of what it would, `#` standing for the transaction id.
    pub(crate) instead: BTreeMap<&'static str, String>,
    /// People who can be called.
    pub(crate) online: Vec<&'static str>,
    /// The list of `SYN`: who, and on which lists.
    pub(crate) listed: Vec<(&'static str, u32)>,
    /// Everything that arrived: on which connection, the line, the payload.
    pub(crate) heard: Vec<(Line, String, Vec<u8>)>,
    pub(crate) closed: Vec<Line>,
    /// Puppets who are in the room to which an invitation leads.
    pub(crate) gathered: Vec<&'static str>,
    connections: BTreeMap<Line, Connection>,
    acts: VecDeque<Act>,
    has_appeared: bool,
}

impl Server {
    pub(crate) fn new(dialect: Dialect) -> Self {
        let web = Web {
            contacts: vec![BOB.to_owned()],
            allowed: vec![BOB.to_owned()],
            ..Web::default()
        };
        Self {
            dialect,
            web,
            speaks: vec![dialect],
            silent: Vec::new(),
            instead: BTreeMap::new(),
            online: vec![BOB, CAROL],
            listed: vec![(BOB, 11)],
            heard: Vec::new(),
            closed: Vec::new(),
            gathered: vec![BOB],
            connections: BTreeMap::new(),
            acts: VecDeque::new(),
            has_appeared: false,
        }
    }

    fn number(&self) -> u8 {
        self.dialect.number()
    }

    /// Says something on a connection.
    pub(crate) fn say(&mut self, line: Line, text: impl Into<String>) {
        self.acts
            .push_back(Act::Say(line, Bytes::from(text.into())));
    }

    pub(crate) fn close(&mut self, line: Line) {
        self.acts.push_back(Act::Close(line));
    }

    /// Lines of what was heard on the last connection of either kind, without those of signing in.
    pub(crate) fn lines(&self, line: Line) -> Vec<&str> {
        let heard = self.heard.iter().filter(|(on, ..)| *on == line);
        heard.map(|(_, text, _)| text.as_str()).collect()
    }

    /// Payloads that came with a verb, as text.
    pub(crate) fn payloads(&self, verb: &str) -> Vec<String> {
        let heard = self
            .heard
            .iter()
            .filter(|(_, text, _)| text.starts_with(verb));
        let text = |payload: &Vec<u8>| String::from_utf8_lossy(payload).into_owned();
        heard.map(|(_, _, payload)| text(payload)).collect()
    }

    /// How often a verb came.
    pub(crate) fn count(&self, verb: &str) -> usize {
        self.heard
            .iter()
            .filter(|(_, text, _)| text.starts_with(verb))
            .count()
    }

    /// The connection that was made last, or the last switchboard.
    pub(crate) fn last_switchboard(&self) -> Line {
        let mut all = self.connections.iter().rev();
        let found = all.find(|(_, it)| it.is_switchboard);
        *found.expect("a switchboard").0
    }

    /// A puppet calls.
    pub(crate) fn ring(&mut self, from: &str) {
        let tail = match self.number() {
            ..13 => "",
            13 => " U messenger.hotmail.com",
            _ => " U messenger.hotmail.com 1",
        };
        let text = format!(
            "RNG {SESSION} sb.msn.example:1864 CKI cb3298d7fecd7ee02c41 {from} Bob%20B{tail}\r\n"
        );
        self.say(0, text);
    }

    /// A puppet says something in a room.
    pub(crate) fn say_in(&mut self, line: Line, from: &str, payload: &str) {
        let text = format!("MSG {from} Bob%20B {}\r\n{payload}", payload.len());
        self.say(line, text);
    }

    /// How somebody is told of in a room.
    fn in_room(&self, who: &str) -> String {
        match self.number() {
            ..12 => format!("{who} Bob%20B"),
            12..16 => format!("{who} Bob%20B 32"),
            _ => format!("{who} Bob%20B 32:48"),
        }
    }

    fn status(&self, verb: &str, status: &str, who: &str) -> String {
        match self.number() {
            ..8 => format!("{verb} {status} {who} Bob%20B\r\n"),
            8 => format!("{verb} {status} {who} Bob%20B 32\r\n"),
            9..14 => format!("{verb} {status} {who} Bob%20B 32 0\r\n"),
            14..16 => format!("{verb} {status} {who} 1 Bob%20B 32 0\r\n"),
            16..18 => format!("{verb} {status} {who} 1 Bob%20B 32:48 0\r\n"),
            _ => format!("NLN {status} 1:{who} Bob%20B 32:48 0\r\n"),
        }
    }

    /// A puppet's status is another.
    pub(crate) fn show(&mut self, status: &str, who: &str) {
        let text = self.status("NLN", status, who);
        self.say(0, text);
    }

    /// A puppet goes.
    pub(crate) fn hide(&mut self, who: &str) {
        let text = match self.number() {
            ..14 => format!("FLN {who}\r\n"),
            14..16 => format!("FLN {who} 1 0\r\n"),
            16..18 => format!("FLN {who} 1 0:0\r\n"),
            _ => format!("FLN 1:{who} 0:0\r\n"),
        };
        self.say(0, text);
    }

    /// A puppet says something about himself.
    pub(crate) fn tell_data(&mut self, who: &str, document: &str) {
        let who = match self.number() {
            ..14 => who.to_owned(),
            14..18 => format!("{who} 1"),
            _ => format!("1:{who}"),
        };
        self.say(0, format!("UBX {who} {}\r\n{document}", document.len()));
    }

    fn on_frame(&mut self, line: Line, frame: &Frame) {
        let bytes = frame.as_bytes();
        let payload = frame.payload_bytes().to_vec();
        let words = words(bytes);
        self.heard.push((line, words.join(" "), payload.clone()));
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let verb = words[0];
        if self.silent.contains(&verb) {
            return;
        }
        if let Some(text) = self.instead.get(verb) {
            let trid = words.get(1).copied().unwrap_or_default();
            let text = text.replace('#', trid);
            return self.say(line, text);
        }
        if self.connections[&line].is_switchboard {
            self.on_switchboard(line, &words, &payload);
        } else {
            self.on_notification(line, &words, &payload);
        }
    }

    fn on_notification(&mut self, line: Line, words: &[&str], payload: &[u8]) {
        let echo = || format!("{}\r\n", words.join(" "));
        match *words {
            ["VER", trid, offered, "CVR0"] => {
                let taken: Option<Dialect> = offered.parse().ok();
                if let Some(dialect) = taken.filter(|dialect| self.speaks.contains(dialect)) {
                    self.dialect = dialect;
                    self.say(line, format!("VER {trid} {dialect}\r\n"));
                } else {
                    self.say(line, format!("VER {trid} 0\r\n"));
                    self.close(line);
                }
            }
            ["CVR", trid, ..] => self.say(line, format!("CVR {trid} 8.5 8.5 8.5\r\n")),
            ["INF", trid] => self.say(line, format!("INF {trid} MD5\r\n")),
            ["USR", trid, kind, "I", LOGIN] => self.challenge(line, trid, kind),
            ["USR", trid, kind, "S", ..] => {
                if self.is_right(kind, &words[4..]) {
                    self.welcome(line, trid);
                } else {
                    self.say(line, format!("911 {trid}\r\n"));
                    self.close(line);
                }
            }
            ["SYN", trid, ..] => self.list(line, trid),
            ["BLP" | "PRP" | "CHG", ..] => {
                self.say(line, echo());
                if words[0] == "CHG" && !std::mem::replace(&mut self.has_appeared, true) {
                    for who in self.online.clone().into_iter().take(1) {
                        let verb = format!("ILN {}", words[1]);
                        let text = self.status(&verb, "NLN", who);
                        self.say(line, text);
                    }
                }
            }
            ["UUX", trid, _] => self.say(line, format!("UUX {trid} 0\r\n")),
            ["ADL" | "RML", trid, _] => {
                assert!(payload.starts_with(b"<ml"), "{payload:?}");
                self.say(line, format!("{} {trid} OK\r\n", words[0]));
            }
            ["REA", trid, who, name] => self.say(line, format!("REA {trid} 8 {who} {name}\r\n")),
            ["ADD", trid, list, who, name] => {
                self.say(line, format!("ADD {trid} {list} 2 {who} {name}\r\n"));
            }
            ["REM", trid, list, who] if self.number() < 10 => {
                self.say(line, format!("REM {trid} {list} 10 {who}\r\n"));
            }
            ["ADC", trid, "FL", who, ..] => {
                self.say(line, format!("ADC {trid} FL {who} F=Bob%20B C={GUID}\r\n"));
            }
            ["ADC" | "REM", ..] => self.say(line, echo()),
            ["XFR", trid, "SB"] => {
                let tail = match self.number() {
                    ..13 => "",
                    13 => " U messenger.msn.com",
                    _ => " U messenger.msn.com 1",
                };
                let token = "db70b9a2333f4e1b21da";
                self.say(
                    line,
                    format!("XFR {trid} SB sb.msn.example:1864 CKI {token}{tail}\r\n"),
                );
            }
            ["PNG"] if self.number() > 8 => self.say(line, "QNG 60\r\n"),
            ["PNG"] => self.say(line, "QNG\r\n"),
            ["QRY", trid, _, "32"] => self.say(line, format!("QRY {trid}\r\n")),
            ["OUT"] => self.close(line),
            ["PUT", trid, _] => self.put(line, trid, payload),
            ["UUN", trid, user, "4", "14"] => {
                assert!(user.starts_with(&format!("{LOGIN};{{")), "{user}");
                self.say(line, format!("UUN {trid} OK\r\n"));
            }
            // Nobody replies to these.
            ["UUM" | "SDG" | "DEL", ..] => {}
            _ => panic!("not understood in {}: {words:?}", self.dialect),
        }
    }

    /// A document of MSNP21 (msnp24.md 14.4, 16.1).
    fn put(&mut self, line: Line, trid: &str, payload: &[u8]) {
        let text = String::from_utf8_lossy(payload).into_owned();
        let header = |name: &str| {
            let (_, value) = text.split_once(&format!("{name}: ")).expect(name);
            value.split("\r\n").next().expect("a line").to_owned()
        };
        let (me, to) = (header("From"), header("To"));
        let is_circle = header("Uri") == "/circle";
        let from = match &*to {
            "10:00000000-0000-0000-0000-000000000000@live.com" => PARTY,
            to => to.split(';').next().expect("an address"),
        };
        let receipt =
            format!("Routing: 1.0\r\nTo: {me}\r\nFrom: {from}\r\n\r\nReliability: 1.0\r\n\r\n");
        let answer = format!("PUT {trid} OK {}\r\n{receipt}", receipt.len());
        self.say(line, answer);
        if !is_circle && !std::mem::replace(&mut self.has_appeared, true) {
            for who in self.online.clone().into_iter().take(1) {
                let document = "<user><s n=\"IM\"><Status>NLN</Status></s><s n=\"PE\"><FriendlyName>Bob B</FriendlyName><PSM></PSM></s></user>";
                self.notify("PUT", &format!("1:{who}"), "/user", document);
            }
        }
        // Whoever can be called comes as soon as they are asked.
        let invited = self.online.clone().into_iter();
        for who in invited.filter(|who| is_circle && text.contains(&format!("<id>1:{who}</id>"))) {
            self.notify("PUT", PARTY, "/circle", &member(who, ""));
        }
    }

    /// Says something in layers: that a document is there, or is no more.
    pub(crate) fn notify(&mut self, change: &str, from: &str, uri: &str, document: &str) {
        let content = if uri == "/user" { "user" } else { "circles" };
        let payload = format!(
            "Routing: 1.0\r\nTo: 1:{LOGIN}\r\nFrom: {from}\r\n\r\nReliability: 1.0\r\n\r\nNotification: 1.0\r\nNotifNum: 0\r\n\
             Uri: {uri}\r\nNotifType: Full\r\nContent-Type: application/{content}+xml\r\nContent-Length: {}\r\n\r\n{document}",
            document.len()
        );
        self.say(0, format!("NFY {change} {}\r\n{payload}", payload.len()));
    }

    fn challenge(&mut self, line: Line, trid: &str, kind: &str) {
        let expected = match self.number() {
            ..8 => "MD5",
            8..15 => "TWN",
            _ => "SSO",
        };
        assert_eq!(kind, expected, "{}", self.dialect);
        let text = match kind {
            "MD5" => format!("USR {trid} MD5 S 65929e116a69123\r\n"),
            "TWN" => format!("USR {trid} TWN S ct=1,rver=1,wp=FS_40SEC_0_COMPACT,lc=1,id=1\r\n"),
            _ => format!("USR {trid} SSO S MBI_KEY_OLD {NONCE}\r\n"),
        };
        // Since MSNP13 the policies come first, in the same piece.
        let policies = "<Policies></Policies>";
        let pushed = format!("GCF 0 {}\r\n{policies}", policies.len());
        let pushed = if self.number() > 12 {
            pushed
        } else {
            String::new()
        };
        self.say(line, pushed + &text);
    }

    fn is_right(&self, kind: &str, shown: &[&str]) -> bool {
        match kind {
            "MD5" => md5_sign_in::verify("65929e116a69123", PASSWORD, shown[0].as_bytes()),
            "TWN" => shown[0] == TICKET,
            _ => {
                assert_eq!(shown.len(), if self.number() > 15 { 3 } else { 2 });
                let secret = BinarySecret::from_base64(SECRET).expect("a secret");
                let blob = Blob::from_base64(shown[1]).expect("a proof");
                shown[0] == "t=messengerclear.live.com&p=" && blob.verify(&secret, NONCE).is_ok()
            }
        }
    }

    fn welcome(&mut self, line: Line, trid: &str) {
        let name = if self.number() < 10 { " Alice%20A" } else { "" };
        let flags = if self.number() < 8 { "1" } else { "1 0" };
        let mut text = format!("USR {trid} OK {LOGIN}{name} {flags}\r\n");
        if self.number() > 10 {
            text += "SBS 0 null\r\n";
        }
        let profile = "MIME-Version: 1.0\r\nContent-Type: text/x-msmsgsprofile; charset=UTF-8\r\n\
            EmailEnabled: 0\r\ncountry:\r\nMSPAuth: general\r\n\r\n";
        add(
            &mut text,
            format_args!("MSG Hotmail Hotmail {}\r\n{profile}", profile.len()),
        );
        match self.number() {
            16 | 17 => add(&mut text, format_args!("UBX {LOGIN} 1 0\r\n")),
            18 => add(&mut text, format_args!("UBX 1:{LOGIN} 0\r\n")),
            _ => {}
        }
        self.say(line, text);
    }

    fn list(&mut self, line: Line, trid: &str) {
        let listed = self.listed.clone();
        let count = listed.len();
        let mut text = match self.number() {
            ..8 => format!(
                "SYN {trid} 1\r\nGTC {trid} 1 A\r\nBLP {trid} 1 AL\r\nLSG {trid} 1 1 1 0 Other%20Contacts 0\r\n"
            ),
            8 | 9 => {
                format!("SYN {trid} 1 {count} 1\r\nGTC A\r\nBLP AL\r\nLSG 0 Other%20Contacts 0\r\n")
            }
            _ => format!(
                "SYN {trid} 2000-01-01T00:00:00.0-00:00 2000-01-01T00:00:00.0-00:00 {count} 0\r\n\
                 GTC A\r\nBLP AL\r\nPRP MFN Alice%20A\r\n"
            ),
        };
        if self.number() < 8 {
            for (list, bit) in [("FL", 1), ("AL", 2), ("BL", 4), ("RL", 8)] {
                let on: Vec<_> = listed.iter().filter(|(_, bits)| bits & bit != 0).collect();
                for (at, (who, _)) in on.iter().enumerate() {
                    add(
                        &mut text,
                        format_args!(
                            "LST {trid} {list} 1 {} {} {who} Bob%20B 0\r\n",
                            at + 1,
                            on.len()
                        ),
                    );
                }
                if on.is_empty() {
                    add(&mut text, format_args!("LST {trid} {list} 1 0 0\r\n"));
                }
            }
        }
        for (who, bits) in listed {
            let line = match self.number() {
                ..8 => String::new(),
                8 | 9 => format!("LST {who} Bob%20B {bits} 0\r\n"),
                10 | 11 => format!("LST N={who} F=Bob%20B C={GUID} {bits} \r\n"),
                _ => format!("LST N={who} F=Bob%20B C={GUID} {bits} 1 \r\n"),
            };
            text.push_str(&line);
        }
        self.say(line, text);
    }

    fn on_switchboard(&mut self, line: Line, words: &[&str], payload: &[u8]) {
        match *words {
            ["USR", trid, user, "db70b9a2333f4e1b21da"] => {
                self.check_user(user);
                self.say(line, format!("USR {trid} OK {user} Alice%20A\r\n"));
            }
            ["ANS", trid, user, "cb3298d7fecd7ee02c41", SESSION] => {
                self.check_user(user);
                let members = self.gathered.clone();
                let total = members.len();
                let mut text = String::new();
                for (at, who) in members.iter().enumerate() {
                    add(
                        &mut text,
                        format_args!("IRO {trid} {} {total} {}\r\n", at + 1, self.in_room(who)),
                    );
                }
                add(&mut text, format_args!("ANS {trid} OK\r\n"));
                if self.number() > 15 {
                    // One is told that one has come oneself.
                    add(&mut text, format_args!("JOI {}\r\n", self.in_room(LOGIN)));
                }
                self.say(line, text);
            }
            ["CAL", trid, who] => {
                let joined = self.in_room(who);
                if self.online.contains(&who) {
                    self.say(
                        line,
                        format!("CAL {trid} RINGING {SESSION}\r\nJOI {joined}\r\n"),
                    );
                } else {
                    self.say(line, format!("217 {trid}\r\n"));
                }
            }
            ["MSG", trid, "A", _] => {
                assert!(payload.len() <= 1664, "{}", payload.len());
                self.say(line, format!("ACK {trid}\r\n"));
            }
            ["MSG", _, "U", _] => {}
            ["OUT"] => self.close(line),
            _ => panic!("not understood in {}: {words:?}", self.dialect),
        }
    }

    fn check_user(&self, user: &str) {
        let is_right = match user.split_once(';') {
            Some((account, guid)) => account == LOGIN && guid.len() == 38 && self.number() > 15,
            None => user == LOGIN && self.number() < 16,
        };
        assert!(is_right, "{user} in {}", self.dialect);
    }

    /// A puppet comes.
    pub(crate) fn join(&mut self, line: Line, who: &str) {
        let joined = self.in_room(who);
        self.say(line, format!("JOI {joined}\r\n"));
    }
}

impl Peer for Server {
    fn opened(&mut self, line: Line, to: &str) {
        let connection = Connection {
            is_switchboard: to.contains("sb."),
            decoder: FrameDecoder::new(PayloadTable::sent_by(Side::Client)),
        };
        self.connections.insert(line, connection);
    }

    fn heard(&mut self, line: Line, bytes: &[u8]) {
        let connection = self.connections.get_mut(&line).expect("it is open");
        connection.decoder.push(bytes.to_vec());
        loop {
            let connection = self.connections.get_mut(&line).expect("it is open");
            match connection.decoder.next_frame().expect("frames") {
                Some(frame) => self.on_frame(line, &frame),
                None => return,
            }
        }
    }

    fn closed(&mut self, line: Line) {
        self.closed.push(line);
    }

    fn poll(&mut self) -> Option<Act> {
        self.acts.pop_front()
    }

    fn web(&mut self, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        self.web.answer(request)
    }
}

fn add(text: &mut String, more: fmt::Arguments<'_>) {
    text.write_fmt(more).expect("a text takes all");
}
