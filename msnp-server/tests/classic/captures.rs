//! Recordings of one topic each, said again to the server: sign-ins, changes of the lists, forms of messages in a conversation.
//! It says the same codes, verbs, ids and numbers of words, or there is a reason why not.

use std::collections::BTreeMap;

use msnp_server::network::ConnectionId;

use crate::world::{World, members, sign_in_lines};

/// A recording: its name, the dialects of Alice and of Bob, its text.
macro_rules! recordings {
    ($($name:literal: $one:literal $other:literal,)*) => {
        [$(($name, $one, $other, include_str!(concat!(
            "../../../msnp-cli/tests/data/recordings/", $name, ".jsonl"
        ))),)*]
    };
}

const RECORDINGS: [(&str, u32, u32, &str); 19] = recordings! {
    "login-msnp8": 8 8,
    "login-msnp10": 10 10,
    "login-msnp11": 11 11,
    "login-msnp12": 12 12,
    "login-msnp13": 13 13,
    "login-msnp15": 15 15,
    "login-msnp18": 18 18,
    "contacts-msnp8": 8 8,
    "contacts-msnp10": 10 10,
    "contacts-msnp11": 11 11,
    "contacts-msnp12": 12 12,
    "contacts-msnp13": 13 13,
    "contacts-msnp15": 15 15,
    "contacts-msnp18": 18 18,
    "switchboard-msnp8-msnp8": 8 8,
    "switchboard-msnp11-msnp11": 11 11,
    "switchboard-msnp12-msnp18": 12 18,
    "switchboard-msnp15-msnp15": 15 15,
    "switchboard-msnp18-msnp18": 18 18,
};

/// What one side said, or that the server has closed the connection.
struct Record {
    connection: String,
    is_client: bool,
    is_end: bool,
    bytes: Vec<u8>,
}

fn records(text: &str) -> Vec<Record> {
    let read = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let direction = line["dir"].as_str().unwrap();
        // A character is a byte.
        let bytes = line["bytes"].as_str().unwrap_or_default().chars();
        Record {
            connection: line["conn"].as_str().unwrap().to_owned(),
            is_client: direction == "C>S",
            is_end: direction == "closed-by-server",
            bytes: bytes.map(|c| u8::try_from(u32::from(c)).unwrap()).collect(),
        }
    };
    text.lines()
        .filter(|line| !line.is_empty())
        .map(read)
        .collect()
}

/// A session with this server.
struct Session {
    world: World,
    dialects: [u32; 2],
    connections: BTreeMap<String, ConnectionId>,
    /// What each was told, and how much of that has been compared.
    told: BTreeMap<String, (Vec<String>, usize)>,
    /// Ids and words that the recorded server gave, and those that stand for them here.
    words: BTreeMap<String, String>,
}

const PLACES: [&str; 2] = [
    "{aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeee01}",
    "{aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeee02}",
];

impl Session {
    fn new(dialects: [u32; 2], is_about_talk: bool) -> Self {
        let mut world = World::new();
        let all = ["alice", "bob", "carol"];
        for who in all.into_iter().filter(|_| is_about_talk) {
            let client = world.online(15, who);
            for other in all.into_iter().filter(|other| *other != who) {
                world.ask(client, &members("ADL", 9, other, 3));
            }
            world.ask(client, "OUT\r\n");
        }
        Self {
            world,
            dialects,
            connections: BTreeMap::new(),
            told: BTreeMap::new(),
            words: BTreeMap::new(),
        }
    }

    /// The dialect of whoever has this connection, and their name.
    fn owner(&self, connection: &str) -> (u32, usize, &'static str) {
        match connection
            .trim_start_matches("NS-")
            .trim_start_matches("SB-")
            .as_bytes()[0]
        {
            b'B' => (self.dialects[1], 1, "bob"),
            b'C' => (self.dialects[0], 0, "carol"),
            _ => (self.dialects[0], 0, "alice"),
        }
    }

    /// The connection of this name; one of a recording that begins behind the sign-in is signed in.
    fn connection(&mut self, name: &str) -> ConnectionId {
        if let Some(connection) = self.connections.get(name) {
            return *connection;
        }
        let (dialect, at, who) = self.owner(name);
        let server = if name.starts_with("SB") { "SB" } else { "NS" };
        let connection = self.world.open(dialect, server);
        self.connections.insert(name.to_owned(), connection);
        if server == "NS" && name != "NS" {
            let (first, last) = sign_in_lines(dialect, who, PLACES[at]);
            self.world.ask(connection, &first);
            let told = self.world.ask(connection, &last);
            assert!(told[0].starts_with("USR 4 OK "), "{told:?}");
            if name.starts_with("NS-") {
                let status = crate::world::status(dialect, 6, "NLN");
                self.world.ask(connection, &status);
            }
        }
        connection
    }

    fn say(&mut self, record: &Record) {
        let connection = self.connection(&record.connection);
        let bytes = of_this_domain(&record.bytes);
        let end = bytes
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(bytes.len(), |at| at + 1);
        let line = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let (_, _, who) = self.owner(&record.connection);
        let words: Vec<_> = line.trim_end().split(' ').collect();
        let line = match words[..] {
            ["USR", trid, "TWN", "S", _] => format!("USR {trid} TWN S t={who}&p=\r\n"),
            ["USR", trid, "SSO", "S", _, _, ref place @ ..] => {
                let place = place.iter().map(|place| format!(" {place}"));
                let place: String = place.collect();
                format!("USR {trid} SSO S t={who}&p= proof{place}\r\n")
            }
            _ => {
                let own = words.iter().map(|word| self.own_word(word));
                format!("{}\r\n", own.collect::<Vec<_>>().join(" "))
            }
        };
        let bytes = [line.as_bytes(), &bytes[end..]].concat();
        self.world.say(connection, &bytes);
        self.world.wait(1);
        for (name, connection) in &self.connections {
            let heard = self.world.hear(*connection);
            let (told, _) = self.told.entry(name.clone()).or_default();
            told.extend(heard);
        }
    }

    fn own_word(&self, word: &str) -> String {
        let (prefix, bare) = match word.strip_prefix("C=") {
            Some(bare) => ("C=", bare),
            None => ("", word),
        };
        let own = self.words.get(bare).map_or(bare, String::as_str);
        format!("{prefix}{own}")
    }

    /// What the recorded server said then: which of its words stand for which of this one's.
    fn learn(&mut self, record: &Record) {
        let name = &record.connection;
        if record.is_end {
            self.connections.remove(name);
            return;
        }
        self.connection(name);
        let (told, read) = self.told.entry(name.clone()).or_default();
        for line in lines(&record.bytes) {
            let theirs: Vec<_> = line.split(' ').collect();
            let is_call = theirs[0] == "RNG";
            let ours = told
                .iter()
                .enumerate()
                .skip(if is_call { *read } else { 0 });
            let ours = ours.map(|(at, line)| (at, line.split("\r\n").next().unwrap()));
            let found = ours.into_iter().find_map(|(at, line)| {
                let ours: Vec<_> = line.split(' ').collect();
                let is_same = ours[0] == theirs[0] && (is_call || ours.get(1) == theirs.get(1));
                (is_same && ours.len() == theirs.len()).then_some((at, ours))
            });
            let Some((at, ours)) = found else { continue };
            if is_call {
                *read = at + 1;
            }
            for (theirs, ours) in theirs.iter().zip(&ours).skip(1) {
                let bare = |word: &str| word.trim_start_matches("C=").to_owned();
                let (theirs, ours) = (bare(theirs), bare(ours));
                let is_name = theirs.len() >= 16
                    && theirs.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
                if is_name && theirs != ours {
                    // What somebody is called by goes before what the caller was told.
                    if is_call || !self.words.contains_key(&theirs) {
                        self.words.insert(theirs, ours);
                    }
                }
            }
        }
    }
}

fn of_this_domain(bytes: &[u8]) -> Vec<u8> {
    let (from, to) = (b"example.com", b"example.org");
    let mut out = bytes.to_vec();
    for at in 0..out.len() {
        if out[at..].starts_with(from) {
            out[at..at + from.len()].copy_from_slice(to);
        }
    }
    out
}

/// The recorded server's lines, without what follows them.
fn lines(bytes: &[u8]) -> Vec<String> {
    let table = msnp_proto::PayloadTable::sent_by(msnp_proto::Side::Server);
    let mut decoder = msnp_proto::FrameDecoder::new(table);
    decoder.push(of_this_domain(bytes));
    let frames = std::iter::from_fn(|| decoder.next_frame().unwrap());
    frames
        .map(|frame| String::from_utf8_lossy(frame.line()).into_owned())
        .collect()
}

/// A line as its verb or code, its id if it has one, and how many words there are.
fn shape(line: &str) -> String {
    let line = line.split("\r\n").next().unwrap();
    let words: Vec<_> = line.split(' ').collect();
    let id = words
        .get(1)
        .filter(|word| word.len() < 6 && word.parse::<u32>().is_ok());
    let id = id.filter(|_| words[0] != "QNG").copied().unwrap_or("-");
    format!("{} {id} {}", words[0], words.len())
}

/// What the server did not say that the recorded one did, or said more: as a shape, where.
struct Difference<'a> {
    topic: &'a str,
    dialect: u32,
    connection: &'a str,
    is_theirs: bool,
    shape: &'a str,
}

/// Why it is so.
fn reason(it: &Difference<'_>) -> Option<&'static str> {
    let verb = it.shape.split(' ').next().unwrap();
    Some(match (it.topic, it.is_theirs, verb) {
        ("contacts", true, "NOT") => {
            "its news of a changed list breaks clients that know no payload there (msnp8-18.md 7.3); who is added is told so by ADD, ADC or ADL"
        }
        ("contacts", true, "BPR") => "telephones are nobody's to ask for here: none is kept",
        ("contacts", true, "REM") if it.connection == "B" => {
            "it takes somebody off the list who is taken out of a group"
        }
        ("contacts", true, "REM") | ("contacts", false, "216") => {
            "whoever is blocked is no longer allowed: the lists exclude each other (msnp8-18.md 7.4)"
        }
        ("contacts", true, "NLN" | "ILN" | "UBX") | ("contacts", false, "ILN") => {
            "it tells anew what has not changed; here somebody is told of once, as soon as they may be seen"
        }
        ("contacts", true, "FLN") => {
            "Alice is put out by her own mistakes there, and here she goes on"
        }
        ("contacts", true, "closed") => {
            "lists that cannot be carried out are refused, and that is all (msnp8-18.md 7.4)"
        }
        ("contacts", true, "UUN" | "UBN" | "217") | ("contacts", false, "283") => {
            "notices between people begin transfers, which go by switchboard here"
        }
        ("contacts", false, "PRP" | "UUX") => "it says nothing to what it does not keep",
        ("contacts", true, "UUX") | ("contacts", false, "502") if it.dialect < 11 => {
            "a personal message, which the dialect has no word for (msnp8-18.md 1)"
        }
        ("switchboard", true, "closed") | ("switchboard", false, "NAK" | "285") => {
            "what cannot be delivered is refused, not answered by the end of the connection (msnp8-18.md 9.3)"
        }
        ("switchboard", false, "ACK" | "MSG") => {
            "a nudge without a line end is one too; it drops that (msnp8-18.md 9.3)"
        }
        ("switchboard", true, "BYE") => "Bob's connection breaks, which is not recorded",
        ("switchboard", true, "JOI") if it.dialect >= 16 => {
            "a place is not told of itself (msnp8-18.md 9.2)"
        }
        _ => return None,
    })
}

/// The shapes of one list that the other does not have, each as often.
fn but(all: &[String], others: &[String]) -> Vec<String> {
    let mut others = others.to_vec();
    let mut left = all.to_vec();
    left.retain(|one| match others.iter().position(|other| other == one) {
        Some(at) => {
            others.swap_remove(at);
            false
        }
        None => true,
    });
    left
}

/// Says a recording to the server: of each connection what the recorded server said, and what this one says.
fn say_again(name: &str, dialects: [u32; 2], text: &str) -> BTreeMap<String, [Vec<String>; 2]> {
    let records = records(text);
    let mut session = Session::new(dialects, name.starts_with("switchboard"));
    // Those that were signed in before the recording begins.
    for record in &records {
        if record.connection.starts_with("NS-") || record.connection.len() == 1 {
            session.connection(&record.connection);
        }
    }
    for connection in session.connections.clone().values() {
        session.world.hear(*connection);
    }
    let mut said: BTreeMap<String, [Vec<String>; 2]> = BTreeMap::new();
    for record in &records {
        if record.is_client {
            session.say(record);
            continue;
        }
        let [theirs, ours] = said.entry(record.connection.clone()).or_default();
        if record.is_end {
            theirs.push("closed".to_owned());
            let connection = session.connections.get(&record.connection);
            if connection.is_some_and(|it| session.world.is_closed(*it)) {
                ours.push("closed".to_owned());
            }
        } else {
            theirs.extend(lines(&record.bytes).iter().map(|line| shape(line)));
        }
        session.learn(record);
    }
    for (name, (told, _)) in session.told {
        let [_, ours] = said.entry(name).or_default();
        ours.extend(told.iter().map(|line| shape(line)));
    }
    said
}

#[test]
fn recorded_clients_are_told_of_each_topic_what_they_were_told_then() {
    let mut in_common = 0;
    for (name, one, other, text) in RECORDINGS {
        let topic = name.split('-').next().unwrap();
        for (connection, [theirs, ours]) in say_again(name, [one, other], text) {
            in_common += ours.len();
            for (is_theirs, shapes) in [(true, but(&theirs, &ours)), (false, but(&ours, &theirs))] {
                in_common -= if is_theirs { 0 } else { shapes.len() };
                for shape in shapes {
                    let difference = Difference {
                        topic,
                        dialect: one.max(other),
                        connection: &connection,
                        is_theirs,
                        shape: &shape,
                    };
                    let side = if is_theirs { "missing" } else { "more" };
                    assert!(
                        reason(&difference).is_some(),
                        "{name} {connection}: {side}: {shape}"
                    );
                }
            }
        }
    }
    assert!(in_common > 600, "{in_common}");
}
