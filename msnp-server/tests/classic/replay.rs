//! What recorded clients said to the server of today is said to this one: it says the same lines, or there is a reason why
//! not. Accounts are of another domain, of the same length; tickets and tokens are this server's.

use std::collections::BTreeMap;

use msnp_proto::auth::md5_sign_in;
use msnp_proto::{FrameDecoder, PayloadTable, Side};
use msnp_server::network::ConnectionId;

use crate::world::{World, members};

const SESSIONS: [(u32, &str); 7] = [
    (7, include_str!("../../../msnp-proto/tests/data/msnp7.txt")),
    (8, include_str!("../../../msnp-proto/tests/data/msnp8.txt")),
    (
        10,
        include_str!("../../../msnp-proto/tests/data/msnp10.txt"),
    ),
    (
        11,
        include_str!("../../../msnp-proto/tests/data/msnp11.txt"),
    ),
    (
        12,
        include_str!("../../../msnp-proto/tests/data/msnp12.txt"),
    ),
    (
        15,
        include_str!("../../../msnp-proto/tests/data/msnp15.txt"),
    ),
    (
        18,
        include_str!("../../../msnp-proto/tests/data/msnp18.txt"),
    ),
];

/// Who spoke, how many times, before somebody else did: the recordings have each connection by itself.
fn turns(dialect: u32) -> Vec<&'static str> {
    let first = if dialect < 13 { 6 } else { 8 };
    let mut turns = vec![("NS-alice", first), ("NS-bob", first)];
    if dialect >= 11 {
        turns.extend([("NS-alice", 1), ("NS-bob", 1)]);
    }
    turns.extend([
        ("NS-alice", 2),
        ("SB-alice", 2),
        ("SB-bob", 1),
        ("SB-alice", 2),
    ]);
    turns.extend([
        ("SB-bob", 1),
        ("SB-alice", 4),
        ("SB-bob", 1),
        ("SB-alice", 1),
    ]);
    turns.extend([("NS-bob", 2), ("NS-alice", 1)]);
    let turns = turns.into_iter();
    turns
        .flat_map(|(who, times)| std::iter::repeat_n(who, times))
        .collect()
}

/// A recorded record: whose connection, whether the client said it, and the bytes.
struct Record {
    connection: &'static str,
    is_client: bool,
    bytes: Vec<u8>,
}

fn records(text: &'static str) -> Vec<Record> {
    let mut records: Vec<Record> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some(head) = line.strip_prefix("--- ") {
            let (connection, direction) = head.split_once(' ').unwrap();
            records.push(Record {
                connection,
                is_client: direction == "C>S",
                bytes: Vec::new(),
            });
        } else {
            unescape(line, &mut records.last_mut().unwrap().bytes);
        }
    }
    records
}

fn unescape(line: &str, out: &mut Vec<u8>) {
    let mut rest = line.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        out.push(match rest.next().unwrap() {
            b'r' => b'\r',
            b'n' => b'\n',
            b't' => b'\t',
            b'x' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
}

/// What Alice and Bob sign in with by MD5.
const TOKEN: &str = "a token";

/// The session with this server.
struct Session {
    world: World,
    dialect: u32,
    connections: BTreeMap<&'static str, ConnectionId>,
    /// What each connection was told.
    told: BTreeMap<&'static str, Vec<String>>,
}

impl Session {
    fn new(dialect: u32) -> Self {
        let mut world = World::new();
        for who in ["alice", "bob"] {
            world.wire().give_access_token(who, TOKEN);
        }
        for (who, others) in [
            ("alice", ["bob", "carol", "dave"]),
            ("bob", ["alice", "carol", "dave"]),
            ("carol", ["alice", "bob", "dave"]),
            ("dave", ["alice", "bob", "carol"]),
        ] {
            let client = world.online(15, who);
            for other in others {
                world.ask(client, &members("ADL", 9, other, 3));
            }
            world.ask(client, "OUT\r\n");
        }
        Self {
            world,
            dialect,
            connections: BTreeMap::new(),
            told: BTreeMap::new(),
        }
    }

    fn say(&mut self, record: &Record) {
        let (server, who) = record.connection.split_once('-').unwrap();
        let server = if server == "NS" { "NS" } else { "SB" };
        let dialect = self.dialect;
        let world = &mut self.world;
        let connection = *self
            .connections
            .entry(record.connection)
            .or_insert_with(|| world.open(dialect, server));
        let bytes = replaced(&record.bytes, b"example.com", b"example.org");
        let line_end = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        let line = String::from_utf8_lossy(&bytes[..line_end]).into_owned();
        let words: Vec<_> = line.split_whitespace().collect();
        let last = |verb: &str, at: usize, of: &str| {
            let told = self.told.get(of).into_iter().flatten().rev();
            let found = told.clone().find(|line| line.starts_with(verb)).unwrap();
            found.split_whitespace().nth(at).unwrap().to_owned()
        };
        let main = format!("NS-{who}");
        let line = match words[..] {
            ["USR", trid, "MD5", "S", _] => {
                let answer = md5_sign_in::respond(&last("USR", 4, &main), TOKEN);
                format!("USR {trid} MD5 S {}\r\n", answer.expose())
            }
            ["USR", trid, "TWN", "S", _] => format!("USR {trid} TWN S t={who}&p=\r\n"),
            ["USR", trid, "SSO", "S", _, _] => format!("USR {trid} SSO S t={who}&p= proof\r\n"),
            ["USR", trid, "SSO", "S", _, _, place] => {
                format!("USR {trid} SSO S t={who}&p= proof {place}\r\n")
            }
            ["USR", trid, account, _] if server == "SB" => {
                format!("USR {trid} {account} {}\r\n", last("XFR", 5, &main))
            }
            ["ANS", trid, account, _, _] => {
                let (token, session) = (last("RNG", 4, &main), last("RNG", 1, &main));
                format!("ANS {trid} {account} {token} {session}\r\n")
            }
            _ => line,
        };
        let bytes = [line.as_bytes(), &bytes[line_end..]].concat();
        self.world.say(connection, &bytes);
        let connections: Vec<_> = self.connections.iter().map(|(a, b)| (*a, *b)).collect();
        for (name, connection) in connections {
            let heard = self.world.hear(connection);
            self.told.entry(name).or_default().extend(heard);
        }
        self.world.wait(1);
    }
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at + from.len() <= out.len() {
        if out[at..].starts_with(from) {
            out[at..at + from.len()].copy_from_slice(to);
        }
        at += 1;
    }
    out
}

/// A line as its verb, its id if it has one, and how many words there are. What a call and the next ping are called is
/// each server's own.
fn shape(line: &str) -> String {
    let line = line.split("\r\n").next().unwrap();
    let words: Vec<_> = line.split(' ').collect();
    let own = ["RNG", "QNG"].contains(&words[0]);
    let id = words.get(1).filter(|_| !own).copied().unwrap_or_default();
    format!("{} {id} {}", words[0], words.len()).replace("example.com", "example.org")
}

/// Why lines differ.
struct Reason {
    why: &'static str,
    /// Lines that only the recorded server wrote, by dialect, connection and shape; and those that only this one did.
    theirs: &'static [(u32, &'static str, &'static str)],
    ours: &'static [(u32, &'static str, &'static str)],
}

const REASONS: &[Reason] = &[
    Reason {
        why: "it ends the line of a contact in no group with a blank (msnp8-18.md 2.1)",
        theirs: &[
            (10, "NS-alice", "LST N=bob@example.org 6"),
            (10, "NS-alice", "LST N=carol@example.org 6"),
            (10, "NS-alice", "LST N=dave@example.org 6"),
            (10, "NS-bob", "LST N=alice@example.org 6"),
            (10, "NS-bob", "LST N=carol@example.org 6"),
            (10, "NS-bob", "LST N=dave@example.org 6"),
            (11, "NS-alice", "LST N=bob@example.org 6"),
            (11, "NS-alice", "LST N=carol@example.org 6"),
            (11, "NS-alice", "LST N=dave@example.org 6"),
            (11, "NS-bob", "LST N=alice@example.org 6"),
            (11, "NS-bob", "LST N=carol@example.org 6"),
            (11, "NS-bob", "LST N=dave@example.org 6"),
            (12, "NS-alice", "LST N=bob@example.org 7"),
            (12, "NS-alice", "LST N=carol@example.org 7"),
            (12, "NS-alice", "LST N=dave@example.org 7"),
            (12, "NS-bob", "LST N=alice@example.org 7"),
            (12, "NS-bob", "LST N=carol@example.org 7"),
            (12, "NS-bob", "LST N=dave@example.org 7"),
        ],
        ours: &[
            (10, "NS-alice", "LST N=bob@example.org 5"),
            (10, "NS-alice", "LST N=carol@example.org 5"),
            (10, "NS-alice", "LST N=dave@example.org 5"),
            (10, "NS-bob", "LST N=alice@example.org 5"),
            (10, "NS-bob", "LST N=carol@example.org 5"),
            (10, "NS-bob", "LST N=dave@example.org 5"),
            (11, "NS-alice", "LST N=bob@example.org 5"),
            (11, "NS-alice", "LST N=carol@example.org 5"),
            (11, "NS-alice", "LST N=dave@example.org 5"),
            (11, "NS-bob", "LST N=alice@example.org 5"),
            (11, "NS-bob", "LST N=carol@example.org 5"),
            (11, "NS-bob", "LST N=dave@example.org 5"),
            (12, "NS-alice", "LST N=bob@example.org 6"),
            (12, "NS-alice", "LST N=carol@example.org 6"),
            (12, "NS-alice", "LST N=dave@example.org 6"),
            (12, "NS-bob", "LST N=alice@example.org 6"),
            (12, "NS-bob", "LST N=carol@example.org 6"),
            (12, "NS-bob", "LST N=dave@example.org 6"),
        ],
    },
    Reason {
        why: "Alice had a personal message of an earlier session",
        theirs: &[
            (11, "NS-bob", "UBX alice@example.org 3"),
            (12, "NS-bob", "UBX alice@example.org 3"),
        ],
        ours: &[],
    },
    Reason {
        why: "a personal message comes with its person, not with the next change alone",
        theirs: &[],
        ours: &[(15, "NS-alice", "UBX bob@example.org 4")],
    },
    Reason {
        why: "a place is not told what it has just said of itself (msnp8-18.md 8.1, 9.2)",
        theirs: &[
            (18, "NS-alice", "NLN NLN 6"),
            (18, "NS-alice", "UBX 1:alice@example.org 3"),
            (18, "NS-bob", "NLN NLN 6"),
            (18, "NS-bob", "UBX 1:bob@example.org 3"),
            (18, "NS-bob", "NLN AWY 6"),
            (18, "NS-bob", "UBX 1:bob@example.org 3"),
            (18, "SB-bob", "JOI bob@example.org 4"),
        ],
        ours: &[],
    },
    Reason {
        why: "a personal message that has not changed is not told again",
        theirs: &[(18, "NS-alice", "UBX 1:bob@example.org 3")],
        ours: &[],
    },
];

/// The shapes of the lines of one connection that only one of both wrote, each with the lines in order.
fn differences(theirs: &[String], ours: &[String]) -> (Vec<String>, Vec<String>) {
    let mut missing = theirs.to_vec();
    let mut more = Vec::new();
    for one in ours {
        match missing.iter().position(|other| other == one) {
            Some(at) => drop(missing.remove(at)),
            None => more.push(one.clone()),
        }
    }
    (missing, more)
}

/// The lines that both wrote, as one of them did.
fn in_common(lines: &[String], but: &[String]) -> Vec<String> {
    let mut but = but.to_vec();
    let mut lines = lines.to_vec();
    lines.retain(|line| match but.iter().position(|one| one == line) {
        Some(at) => {
            but.remove(at);
            false
        }
        None => true,
    });
    lines
}

/// The lines that answer something, in their order. What is told unasked, and what a slow recorded server acknowledged late,
/// comes in any order.
fn answers(lines: &[String]) -> Vec<&String> {
    let is_answer = |line: &&String| {
        let mut words = line.split(' ');
        let verb = words.next().unwrap();
        let id = words.next().unwrap();
        verb != "ACK" && id.parse::<u32>().is_ok_and(|id| id > 0)
    };
    lines.iter().filter(is_answer).collect()
}

#[test]
fn recorded_clients_are_told_what_they_were_told_then() {
    let mut seen = 0;
    for (dialect, text) in SESSIONS {
        let records = records(text);
        let mut session = Session::new(dialect);
        let mut expected: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
        for record in records.iter().filter(|record| !record.is_client) {
            let bytes = expected.entry(record.connection).or_default();
            bytes.extend(&record.bytes);
        }
        let mut said: BTreeMap<&str, usize> = BTreeMap::new();
        for who in turns(dialect) {
            let before = said.entry(who).or_default();
            let mut own = records
                .iter()
                .filter(|one| one.is_client && one.connection == who);
            session.say(own.nth(*before).expect("as many as there are turns"));
            *before += 1;
        }
        for (name, bytes) in expected {
            let theirs: Vec<_> = split(&bytes).iter().map(|line| shape(line)).collect();
            let ours = session.told.remove(name).unwrap_or_default();
            let ours: Vec<_> = ours.iter().map(|line| shape(line)).collect();
            let (missing, more) = differences(&theirs, &ours);
            let with_reason =
                |side: fn(&Reason) -> &'static [(u32, &'static str, &'static str)]| {
                    let all = REASONS.iter().flat_map(side);
                    let own = all.filter(|(of, at, _)| (*of, *at) == (dialect, name));
                    let mut shapes: Vec<_> = own.map(|(.., shape)| (*shape).to_owned()).collect();
                    shapes.sort_unstable();
                    shapes
                };
            let sorted = |mut lines: Vec<String>| {
                lines.sort_unstable();
                lines
            };
            let place = format!("MSNP{dialect} {name}");
            assert_eq!(
                sorted(missing.clone()),
                with_reason(|one| one.theirs),
                "{place}: missing"
            );
            assert_eq!(
                sorted(more.clone()),
                with_reason(|one| one.ours),
                "{place}: more"
            );
            let (theirs, ours) = (in_common(&theirs, &missing), in_common(&ours, &more));
            assert_eq!(answers(&theirs), answers(&ours), "{place}: order");
            seen += ours.len();
        }
    }
    assert!(seen > 350, "{seen}");
    assert!(REASONS.iter().all(|one| !one.why.is_empty()));
}

/// The recorded server's lines, without what follows them.
fn split(bytes: &[u8]) -> Vec<String> {
    let table = PayloadTable::sent_by(Side::Server);
    let mut decoder = FrameDecoder::new(table);
    decoder.push(bytes.to_vec());
    let frames = std::iter::from_fn(|| decoder.next_frame().unwrap());
    let lines = frames.map(|frame| String::from_utf8_lossy(frame.line()).into_owned());
    lines.collect()
}
