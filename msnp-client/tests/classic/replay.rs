//! The client is told what a revival server was recorded to say, and says what the recorded client said. Where it does not,
//! that stands beside the recording, with what the application was told.
//!
//! Transaction ids are mapped, since a command more or less shifts them; tickets and proofs are not compared, since they are
//! made anew. The web services of the time are played: of them nothing was recorded that may stand here.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use machine_contract::Instant;
use msnp_client::{Access, Client, Config, Dialect, Event, Network, Status};

use crate::recorded::{Recorded, of_person, words};
use crate::recorded_lists as lists;
use crate::web::Web;
use crate::world::{Act, Carrier, Line, PASSWORD, Peer, WEB, World, plain};

/// What the server said is said again once the client has said what was recorded before it.
struct Tape {
    frames: VecDeque<Recorded>,
    web: Web,
    /// Connections by their recorded names.
    lines: BTreeMap<String, Line>,
    opened: VecDeque<Line>,
    /// Recorded transaction ids, and those of the client.
    trids: BTreeMap<(String, String), String>,
    /// What the client said, as verb, words and payload, and has not been matched yet.
    said: VecDeque<(Line, Vec<String>, Vec<u8>)>,
    unread: BTreeMap<Line, Vec<u8>>,
    acts: VecDeque<Act>,
    /// What differs, in the order of the recording.
    differences: Vec<String>,
    dialect: Dialect,
    is_stream: bool,
    /// The recorder changed lists, by more than a client has to.
    is_about_lists: bool,
}

/// What the application does when the recorded client did this.
pub(crate) type Cue = (&'static str, fn(&mut Client, Instant));

impl Tape {
    /// The next recorded frame of the client, if it is its turn.
    fn expected(&self) -> Option<&Recorded> {
        self.frames.front().filter(|frame| frame.by_client)
    }

    /// Goes on as far as the client's commands let it.
    fn go_on(&mut self) {
        while let Some(frame) = self.frames.front().cloned() {
            if frame.by_client {
                if let Some(reason) = self.left_out(&frame) {
                    self.differences.push(format!("not: {reason}"));
                } else if !self.matches(&frame) {
                    return;
                }
            } else if let Some(line) = self.line_of(&frame.line) {
                if let Some(bytes) = self.with_own_trid(&frame) {
                    self.acts.push_back(Act::Say(line, bytes.into()));
                }
            } else {
                return;
            }
            self.frames.pop_front();
        }
    }

    /// Why the client does not say this.
    fn left_out(&self, frame: &Recorded) -> Option<&'static str> {
        let said = words(&frame.bytes);
        let text = String::from_utf8_lossy(&frame.bytes).into_owned();
        let is_room = frame.line.starts_with("SB");
        if self.is_about_lists
            && let Some(reason) = lists::left_out(&said)
        {
            return Some(reason);
        }
        match said[0].as_str() {
            "MSG" if text.contains("TypingUser") => {
                Some("typing: nobody was told to type, since nobody is called for a sign alone")
            }
            "MSG" if text.contains("\r\n\r\nm") => {
                Some("the recorder tried ten messages in one write, which is no duty of a client")
            }
            "MSG" if text.contains("datacast") && self.dialect < Dialect::MSNP11 => {
                Some("a nudge, which the dialect has no word for (msnp8-18.md 1)")
            }
            "CAL" if !text.contains("bob@example.com") => {
                Some("the recorder called people who are not there, into a conversation of two")
            }
            "OUT"
                if is_room && self.dialect >= Dialect::MSNP16 && frame.line.ends_with("alice") =>
            {
                Some("the recorder left as the first of two endpoints went, and not the person")
            }
            "OUT" if is_room && frame.line.ends_with("bob") => {
                Some("a conversation of two is left when the other has gone, or nothing is said")
            }
            "PNG" if !self.is_stream => {
                Some("keep-alive: a gateway is asked all the time (gateway.md 12)")
            }
            "UUX" if self.dialect < Dialect::MSNP11 => Some("no such word"),
            _ => None,
        }
    }

    fn line_of(&mut self, name: &str) -> Option<Line> {
        if let Some(line) = self.lines.get(name) {
            return Some(*line);
        }
        let line = self.opened.pop_front()?;
        self.lines.insert(name.to_owned(), line);
        Some(line)
    }

    /// Whether the client has said this.
    fn matches(&mut self, frame: &Recorded) -> bool {
        let Some(line) = self.line_of(&frame.line) else {
            return false;
        };
        let recorded = words(&frame.bytes);
        let at = self.said.iter().position(|(on, ..)| *on == line);
        let Some(at) = at else {
            return false;
        };
        let (_, own, payload) = self.said[at].clone();
        if own[0] != recorded[0] {
            // The client says something that was not recorded.
            self.said.remove(at);
            self.differences.push(format!("more: {}", own[0]));
            if self.is_about_lists && own[0] == "UUX" {
                let taken = format!("UUX {} 0\r\n", own[1]);
                self.acts.push_back(Act::Say(line, taken.into()));
            }
            return self.matches(frame);
        }
        self.said.remove(at);
        if let (Some(theirs), Some(mine)) = (recorded.get(1), own.get(1)) {
            let key = (frame.line.clone(), theirs.clone());
            self.trids.insert(key, mine.clone());
        }
        if recorded[0] == "MSG" && (recorded[2].as_str(), own[2].as_str()) == ("N", "A") {
            // A server acknowledges what wants to be.
            let acknowledged = format!("ACK {}\r\n", own[1]);
            self.acts.push_back(Act::Say(line, acknowledged.into()));
            let difference = "letter: N -> A, since one wants to know that a message has arrived";
            self.differences.push(difference.to_owned());
        }
        self.compare(&recorded, &own, (&frame.bytes, &payload));
        true
    }

    fn compare(&mut self, recorded: &[String], own: &[String], (bytes, payload): (&[u8], &[u8])) {
        // Made anew: tickets, proofs, the endpoint.
        let is_proof = recorded[0] == "USR"
            && recorded.get(3).is_some_and(|it| it == "S")
            && recorded[2] != "MD5";
        let rest = |words: &[String]| words.iter().skip(2).cloned().collect::<Vec<_>>();
        if is_proof {
            assert_eq!(
                (own.len(), &own[2]),
                (recorded.len(), &recorded[2]),
                "{own:?}"
            );
            return;
        }
        let endpoint = |words: Vec<String>| -> Vec<String> {
            words
                .into_iter()
                .map(|word| word.split(';').next().unwrap_or_default().to_owned())
                .collect()
        };
        let (theirs, mine) = (endpoint(rest(recorded)), endpoint(rest(own)));
        let recorded_payload = &bytes[bytes
            .windows(2)
            .position(|it| it == b"\r\n")
            .expect("a line")
            + 2..];
        if recorded_payload != payload {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("\r\n", "|");
            self.differences.push(format!(
                "{}: {} -> {}",
                recorded[0],
                text(recorded_payload),
                text(payload)
            ));
        } else if theirs != mine {
            self.differences.push(format!(
                "{}: {} -> {}",
                recorded[0],
                theirs.join(" "),
                mine.join(" ")
            ));
        }
    }

    /// With the transaction id that the client has used. `None`: it answers what the client has not said.
    fn with_own_trid(&self, frame: &Recorded) -> Option<Vec<u8>> {
        let recorded = words(&frame.bytes);
        // Of the list, a property comes without one.
        let is_answer = recorded[0] == "PRP" && recorded.len() > 3;
        let is_reply = is_answer || frame_has_trid(&recorded[0]);
        let Some(trid) = recorded.get(1).filter(|trid| is_reply && *trid != "0") else {
            return Some(frame.bytes.clone());
        };
        let own = self.trids.get(&(frame.line.clone(), trid.clone()));
        let Some(own) = own else {
            let is_number = trid.parse::<u32>().is_ok();
            return (!is_number).then(|| frame.bytes.clone());
        };
        let before = recorded[0].len() + 1;
        let mut bytes = frame.bytes[..before].to_vec();
        bytes.extend(own.bytes());
        bytes.extend(&frame.bytes[before + trid.len()..]);
        Some(bytes)
    }
}

/// Verbs of servers whose first word is a transaction id.
fn frame_has_trid(verb: &str) -> bool {
    let without = [
        "NLN", "FLN", "UBX", "MSG", "RNG", "JOI", "BYE", "NOT", "QNG", "GTC", "BLP", "PRP", "LSG",
        "LST", "OUT",
    ];
    !without.contains(&verb)
}

impl Peer for Tape {
    fn opened(&mut self, line: Line, _: &str) {
        self.opened.push_back(line);
        self.go_on();
    }

    fn heard(&mut self, line: Line, bytes: &[u8]) {
        let unread = self.unread.entry(line).or_default();
        unread.extend(bytes);
        let mut decoder = msnp_proto::FrameDecoder::new(msnp_proto::PayloadTable::sent_by(
            msnp_proto::Side::Client,
        ));
        decoder.push(std::mem::take(unread));
        while let Some(frame) = decoder.next_frame().expect("frames") {
            let said = (
                line,
                words(frame.as_bytes()),
                frame.payload_bytes().to_vec(),
            );
            if said.1[0] == "OUT" {
                self.acts.push_back(Act::Close(line));
            }
            self.said.push_back(said);
        }
        assert_eq!(decoder.buffered(), 0, "whole frames are written");
        self.go_on();
    }

    fn closed(&mut self, _: Line) {}

    fn poll(&mut self) -> Option<Act> {
        self.acts.pop_front()
    }

    fn web(&mut self, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        self.web.answer(request)
    }
}

fn tape(text: &str, person: &str, other: &str, (dialect, carrier): (Dialect, Carrier)) -> Tape {
    let web = Web {
        contacts: vec![other.to_owned()],
        allowed: vec![other.to_owned()],
        ..Web::default()
    };
    Tape {
        frames: of_person(text, person),
        web,
        lines: BTreeMap::new(),
        opened: VecDeque::new(),
        trids: BTreeMap::new(),
        said: VecDeque::new(),
        unread: BTreeMap::new(),
        acts: VecDeque::new(),
        differences: Vec::new(),
        dialect,
        is_stream: carrier == Carrier::Stream,
        is_about_lists: false,
    }
}

/// What the recorded client did of its own accord, by the beginning of what it said.
fn cues(person: &str) -> Vec<Cue> {
    if person == "alice" {
        vec![
            ("UUX", |client, now| {
                client
                    .set_personal_message("h\u{e9} from alice & co", now)
                    .expect("taken");
            }),
            ("XFR", |client, now| {
                let bob: msnp_client::ContactId = "bob@example.com".parse().expect("an address");
                let text = "hello bob, gr\u{fc}\u{df}e \u{2713} <&>";
                client.send_text(&bob.into(), text, now).expect("taken");
            }),
            ("MSG 5", |client, now| {
                let bob: msnp_client::ContactId = "bob@example.com".parse().expect("an address");
                // Where nudges are.
                let _ = client.send_nudge(&bob.into(), now);
            }),
        ]
    } else {
        vec![
            ("UUX", |client, now| {
                client
                    .set_personal_message("h\u{e9} from bob & co", now)
                    .expect("taken");
            }),
            ("MSG", |client, now| {
                let alice: msnp_client::ContactId =
                    "alice@example.com".parse().expect("an address");
                client
                    .send_text(&alice.into(), "hi alice\r\nsecond line 50% done", now)
                    .expect("taken");
            }),
            ("CHG", |client, now| {
                client.set_status(Status::AWAY, now).expect("taken");
            }),
        ]
    }
}

/// Plays one side of a recording; gives what differs, and what was told.
fn play(name: &str, text: &str, person: &'static str) -> (Vec<String>, Vec<Event>) {
    let (topic, dialect) = name.split_once("-msnp").expect("a name");
    let dialect = Dialect::new(dialect.parse().expect("a number")).expect("a dialect");
    let carrier = match topic {
        "gw" => Carrier::Gateway,
        _ => Carrier::Stream,
    };
    let is_about_lists = topic == "lists";
    let network = match carrier {
        Carrier::Stream => Network::tcp("127.0.0.1:1863", WEB),
        Carrier::Gateway => Network::gateway("http://127.0.0.1/gateway/gateway.dll", WEB),
    };
    let (me, other) = match person {
        "alice" => ("alice@example.com", "bob@example.com"),
        _ => ("bob@example.com", "alice@example.com"),
    };
    let network = network.expect("addresses").plain_http(plain());
    let access = Access::passport(network, me, PASSWORD);
    let config = Config::new(access, [9; 32]).reconnect_attempts(0);
    let mut config = config.dialects([dialect]).expect("it is spoken");
    if dialect >= Dialect::MSNP13 {
        config = config.personal_message(format!("hi from {person}"));
    }
    let mut tape = tape(text, person, other, (dialect, carrier));
    tape.is_about_lists = is_about_lists;
    let mut world = World::new(config, tape);
    let cues = if is_about_lists {
        lists::cues(dialect)
    } else {
        cues(person)
    };
    let mut cues: VecDeque<Cue> = cues.into();
    world.ask(msnp_client::Client::sign_in);
    // Each round something happens: what was said leads on, time passes, or the application does what it did.
    for _ in 0..400 {
        world.advance(Duration::from_millis(500));
        if is_about_lists && world.peer.frames.is_empty() {
            // The recorder stayed.
            world.ask(msnp_client::Client::sign_out);
            break;
        }
        let Some(next) = world.peer.expected().map(|frame| words(&frame.bytes)) else {
            continue;
        };
        if !world.ask(|client, _| client.is_signed_in()) {
            continue;
        }
        let line = next.join(" ");
        match line.split(' ').next().unwrap_or_default() {
            // Said by the client itself when it is due.
            "PNG" if carrier == Carrier::Stream => {}
            "OUT" => world.ask(msnp_client::Client::sign_out),
            _ => {
                let cue = cues.iter().position(|(start, _)| line.starts_with(start));
                if let Some((_, act)) = cue.and_then(|at| cues.remove(at)) {
                    world.ask(act);
                } else {
                    world.advance(Duration::from_secs(2));
                    let peer = &mut world.peer;
                    let is_stuck = peer.expected().map(|it| words(&it.bytes)) == Some(next.clone());
                    if is_stuck {
                        let frame = peer.frames.pop_front().expect("it is there");
                        peer.differences
                            .push(format!("not: {}", words(&frame.bytes)[0]));
                        peer.go_on();
                    }
                }
            }
        }
    }
    assert!(
        world.peer.frames.is_empty(),
        "{name} {person}: {:?}",
        world.peer.frames
    );
    (world.peer.differences, world.events)
}

/// What was told, in short; what differs, each once.
fn report((differences, events): (Vec<String>, Vec<Event>)) -> String {
    let mut lines: Vec<String> = Vec::new();
    for event in &events {
        let line = match event {
            Event::SignInProgress(step) => format!("step {step:?}"),
            Event::SignedIn(me) => format!("signed in as {me}"),
            Event::ContactChanged(contact) => {
                let name = contact.name.as_deref().unwrap_or("-");
                format!("contact {} on {}: {name}", contact.id, contact.lists.bits())
            }
            Event::PresenceChanged { contact, presence } => {
                let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
                let (name, message) = (text(&presence.name), text(&presence.personal_message));
                format!("{contact} is {}: {name}, {message}", presence.status)
            }
            Event::OwnPresence(own) => format!("oneself is {}", own.presence.status),
            Event::MessageReceived(message) => format!("{} says {:?}", message.from, message.text),
            Event::Typing { from, typing, .. } => format!("{from} types: {typing}"),
            Event::Nudge { from, .. } => format!("{from} nudges"),
            Event::MessageDelivered { conversation, .. } => format!("delivered to {conversation}"),
            Event::OperationSucceeded { .. } => "done".to_owned(),
            Event::SignedOut(reason) => format!("signed out: {reason}"),
            other => format!("{other:?}"),
        };
        lines.push(format!("tells {line}"));
    }
    for difference in differences {
        let line = format!(
            "differs {}",
            difference.replace(|c: char| c.is_control(), "?")
        );
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.join("\n") + "\n"
}

#[test]
fn what_was_recorded_is_understood_and_answered_as_it_was() {
    for (name, text, told) in RECORDINGS {
        for (person, expected) in ["alice", "bob"].into_iter().zip(told) {
            let report = report(play(name, text, person));
            assert_eq!(report, *expected, "{name} {person}");
        }
    }
}

/// Lists were changed by one of both.
#[test]
fn lists_are_changed_as_they_were() {
    for (name, text, expected) in LISTS {
        let report = report(play(name, text, "alice"));
        assert_eq!(report, *expected, "{name}");
    }
}

macro_rules! recordings_of_lists {
    ($($name:literal)*) => {
        &[$((
            $name,
            include_str!(concat!("../data/classic/", $name, ".txt")),
            include_str!(concat!("../data/classic/", $name, ".told")),
        ),)*]
    };
}

const LISTS: &[(&str, &str, &str)] = recordings_of_lists!(
    "lists-msnp8" "lists-msnp10" "lists-msnp11" "lists-msnp12" "lists-msnp13" "lists-msnp15" "lists-msnp18"
);

macro_rules! recordings {
    ($($name:literal)*) => {
        &[$((
            $name,
            include_str!(concat!("../data/classic/", $name, ".txt")),
            [
                include_str!(concat!("../data/classic/", $name, "-alice.told")),
                include_str!(concat!("../data/classic/", $name, "-bob.told")),
            ],
        ),)*]
    };
}

const RECORDINGS: &[(&str, &str, [&str; 2])] = recordings!(
    "tcp-msnp7" "tcp-msnp8" "tcp-msnp10" "tcp-msnp11" "tcp-msnp12" "tcp-msnp15" "tcp-msnp18"
    "gw-msnp8" "gw-msnp11" "gw-msnp12" "gw-msnp15" "gw-msnp18"
);
