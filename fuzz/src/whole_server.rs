//! Properties of the whole server, whatever its clients say: by streams in several dialects at once, by the gateway, and to its pages and
//! services.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{ConnectionEnd, ExchangeId};
use http::Request;
use machine_contract::StreamId;
use msnp_proto::{FrameDecoder, PayloadTable, Side};
use simulation::{PASSWORD, login};

use crate::choices::Choices;
use crate::generators::{Form, client_stream};
use crate::hostile::{bend, request};
use crate::house::{House, Store};
use crate::trace::repeatable;

/// The low bits of each byte say what happens, the high bits to whom and how; what needs more takes the bytes behind it.
pub fn server(data: &[u8]) {
    repeatable(data, |data| {
        let mut choices = Choices::new(data);
        let mut world = World::new();
        while let Some(byte) = choices.byte() {
            world.step(byte & 15, usize::from(byte >> 4), &mut choices);
            world.look();
        }
        world.end()
    });
}

/// A client that comes by a stream.
struct Line {
    /// The server's words are frames, however they are cut.
    decoder: FrameDecoder,
    /// The last passes to switchboards that it was told: the lines with which they are shown.
    passes: Vec<String>,
    has_finished: bool,
}

struct World {
    house: House,
    /// What proves who is who, for the dialects of one ticket.
    tickets: [String; 2],
    lines: BTreeMap<StreamId, Line>,
    waiting: Vec<ExchangeId>,
    /// Sessions of the gateway, newest last.
    sessions: Vec<String>,
}

impl World {
    fn new() -> Self {
        let mut house = House::new();
        let tickets = [0, 1].map(|who| ticket(&mut house, who));
        Self {
            house,
            tickets,
            lines: BTreeMap::new(),
            waiting: Vec::new(),
            sessions: Vec::new(),
        }
    }

    fn step(&mut self, what: u8, how: usize, choices: &mut Choices<'_>) {
        match what {
            0 => drop(self.accept()),
            1 => self.sign_in(how),
            2 | 3 => self.generated(how, Form::Whole, choices),
            4 => self.generated(how, Form::Bent, choices),
            5 => self.say_on(how, choices.some()),
            6 => self.take(how),
            7 => self.show_pass(how),
            8 => self.close(how),
            9 => self.open(how),
            10 | 11 => self.follow(how, choices),
            12 => {
                let exchange = self.house.ask(request(choices));
                self.waiting.push(exchange);
            }
            13 => self.house.pass(Duration::from_millis(16 << how)),
            14 if how < 8 => self.house.pass(Duration::from_secs(8 * how as u64)),
            14 => {
                let store = [Store::Prompt, Store::Slow, Store::Failing];
                self.house.set_store(store[how % 3]);
            }
            _ => self.rarely(how),
        }
    }

    fn rarely(&mut self, how: usize) {
        match how {
            0 => self.house.shut_down(),
            1..4 => drop(self.house.let_one()),
            4..8 => {
                if let Some(exchange) = self.waiting.first() {
                    self.house.half_closed(*exchange);
                }
            }
            _ if !self.waiting.is_empty() => {
                let exchange = self.waiting.remove(how % self.waiting.len());
                self.house.lost(exchange);
            }
            _ => {}
        }
    }

    fn accept(&mut self) -> Option<StreamId> {
        let id = self.house.accept()?;
        let line = Line {
            decoder: FrameDecoder::new(PayloadTable::either(Side::Server)),
            passes: Vec::new(),
            has_finished: false,
        };
        self.lines.insert(id, line);
        Some(id)
    }

    fn pick(&self, how: usize) -> Option<StreamId> {
        let count = self.lines.len().max(1);
        self.lines.keys().rev().nth(how % count).copied()
    }

    /// Somebody signs in on a new stream, in a dialect of one ticket; and says that the other is a friend.
    fn sign_in(&mut self, how: usize) {
        let Some(id) = self.accept() else {
            return;
        };
        let (who, dialect) = (how % 2, 8 + how / 2 % 7);
        let (me, friend, ticket) = (login(who), login(1 - who), &self.tickets[who]);
        let document = format!(
            "<ml><d n=\"msn.example\"><c n=\"{}\" l=\"3\" t=\"1\"/></d></ml>",
            friend.split('@').next().unwrap_or_default()
        );
        let befriend = match dialect {
            ..10 => format!("ADD 6 FL {friend} {friend} 0\r\n"),
            10..13 => format!("ADC 6 FL N={friend} F={friend}\r\n"),
            _ => format!("ADL 6 {}\r\n{document}", document.len()),
        };
        let lines = format!(
            "VER 1 MSNP{dialect} CVR0\r\nCVR 2 0x0409 winnt 5.1 i386 MSNMSGR 8.5.1302 MSMSGS {me}\r\n\
             USR 3 TWN I {me}\r\nUSR 4 TWN S {ticket}\r\nSYN 5 0 0\r\nCHG 7 NLN 0 0\r\n{befriend}XFR 8 SB\r\n"
        );
        for line in lines.split_inclusive("\r\n") {
            self.say(id, line.as_bytes());
            self.take_of(id);
        }
    }

    fn generated(&mut self, how: usize, form: Form, choices: &mut Choices<'_>) {
        let said = client_stream(choices.some(), form);
        self.say_on(how, &known(&said));
    }

    fn say_on(&mut self, how: usize, bytes: &[u8]) {
        if let Some(id) = self.pick(how) {
            self.say(id, bytes);
        }
    }

    /// In pieces, as long as it is read.
    fn say(&mut self, id: StreamId, bytes: &[u8]) {
        let has_finished = self.lines.get(&id).is_none_or(|line| line.has_finished);
        for piece in bytes.chunks(200).filter(|it| !it.is_empty()) {
            if has_finished || !self.house.wants_read(id) {
                return;
            }
            self.house.hear(id, piece);
        }
    }

    fn take(&mut self, how: usize) {
        if let Some(id) = self.pick(how) {
            self.take_of(id);
        }
    }

    /// Takes what waits for a client.
    fn take_of(&mut self, id: StreamId) {
        let Some(line) = self.lines.get_mut(&id) else {
            return;
        };
        loop {
            let (said, _) = self.house.speak(id);
            if said.is_empty() {
                return;
            }
            let shown = String::from_utf8_lossy(&said).into_owned();
            line.decoder.push(Bytes::from(said));
            loop {
                match line.decoder.next_frame() {
                    Ok(Some(frame)) => line.passes.extend(pass(frame.line())),
                    Ok(None) => break,
                    Err(error) => panic!("the server says what is no frame: {error}: {shown:?}"),
                }
            }
            self.house.taken(id);
        }
    }

    /// Somebody comes to a switchboard, with the pass that a stream was told.
    fn show_pass(&mut self, how: usize) {
        let lines = self.lines.values_mut().rev();
        let Some(shown) = lines.into_iter().find_map(|line| line.passes.pop()) else {
            return;
        };
        if let Some(id) = self.accept() {
            let who = login(how % 2);
            self.say(id, shown.replace("{me}", &who).as_bytes());
            self.say(id, format!("CAL 2 {}\r\n", login(1 - how % 2)).as_bytes());
        }
    }

    fn close(&mut self, how: usize) {
        let Some(id) = self.pick(how / 4) else {
            return;
        };
        match how % 4 {
            0 => self.house.closed(id, ConnectionEnd::Orderly),
            1 => self.house.closed(id, ConnectionEnd::Broken),
            _ => {
                if self.house.wants_read(id) {
                    self.house.hear(id, &[]);
                    self.lines
                        .entry(id)
                        .and_modify(|line| line.has_finished = true);
                }
            }
        }
    }

    fn open(&mut self, how: usize) {
        let dialect = ["8", "12", "18", "21", "22", "24"][how % 6];
        let said = match dialect {
            "24" => "CNT 1 CON 0\r\n".to_owned(),
            _ => format!("VER 1 MSNP{dialect} CVR0\r\n"),
        };
        self.post("Action=open&Server=NS&IP=none", said.into());
    }

    fn follow(&mut self, how: usize, choices: &mut Choices<'_>) {
        let Some(id) = self.sessions.iter().rev().nth(how / 4 % 3).cloned() else {
            return;
        };
        match how % 4 {
            0 => self.post(
                &format!("SessionID={id}&Action=poll&Lifespan=60"),
                Bytes::new(),
            ),
            1 => self.post(&format!("SessionID={id}&Action=close"), Bytes::new()),
            _ => {
                let said = known(&client_stream(choices.some(), Form::Whole));
                let said = if how % 4 == 2 {
                    said
                } else {
                    bend(said, Side::Client, choices)
                };
                self.post(&format!("SessionID={id}"), said.into());
            }
        }
    }

    fn post(&mut self, query: &str, body: Bytes) {
        let uri = format!("/gateway/gateway.dll?{query}");
        let request = Request::post(uri).body(body).expect("a request");
        let exchange = self.house.ask(request);
        self.waiting.push(exchange);
    }

    /// Replies are written at once; streams that are over are forgotten.
    fn look(&mut self) {
        while let Some((exchange, reply)) = self.house.reply() {
            let said = reply.headers().get("x-msn-messenger");
            let said = said.and_then(|it| it.to_str().ok()).unwrap_or_default();
            if let Some(id) = said.strip_prefix("SessionID=") {
                let id = id.split(';').next().unwrap_or_default().to_owned();
                self.sessions.retain(|other| *other != id);
                self.sessions.push(id);
            }
            self.waiting.retain(|other| *other != exchange);
            self.house.written(exchange);
        }
        let house = &self.house;
        self.lines.retain(|id, _| house.has(*id));
    }

    fn end(mut self) -> u64 {
        for id in self.lines.keys().copied().collect::<Vec<_>>() {
            self.take_of(id);
        }
        let sum = self.house.sum();
        self.house.end();
        sum
    }
}

/// Whom the generators mean is somebody of the house.
fn known(said: &[u8]) -> Vec<u8> {
    // Of the same length, so that lengths stay true.
    let (theirs, ours) = (&b"a@example.org"[..], &b"b@msn.example"[..]);
    assert_eq!(theirs.len(), ours.len());
    let mut said = said.to_vec();
    let mut at = 0;
    while let Some(found) = said[at..].windows(theirs.len()).position(|it| it == theirs) {
        at += found;
        said[at..at + theirs.len()].copy_from_slice(ours);
    }
    said
}

/// The line that shows a pass, of the line in which it was told.
fn pass(line: &[u8]) -> Option<String> {
    let line = String::from_utf8_lossy(line);
    let words: Vec<_> = line.split_whitespace().collect();
    match words[..] {
        ["XFR", _, "SB", _, "CKI", pass, ..] => Some(format!("USR 1 {{me}} {pass}\r\n")),
        ["RNG", id, _, "CKI", pass, ..] => Some(format!("ANS 1 {{me}} {pass} {id}\r\n")),
        _ => None,
    }
}

/// What the login page gives somebody.
fn ticket(house: &mut House, who: usize) -> String {
    let proof = format!(
        "Passport1.4 OrgVerb=GET,OrgURL=http%3A%2F%2Fmessenger%2Emsn%2Ecom,sign-in={},pwd={PASSWORD},lc=1033",
        login(who).replace('@', "%40")
    );
    let request = Request::get("/login2.srf").header("authorization", proof);
    house.ask(request.body(Bytes::new()).expect("a request"));
    let (exchange, reply) = house.reply().expect("an answer at once");
    house.written(exchange);
    let said = &reply.headers()["authentication-info"];
    let said = said.to_str().expect("visible ASCII");
    let ticket = said.split("from-PP='").nth(1).expect("a ticket");
    ticket.split('\'').next().unwrap_or_default().to_owned()
}
