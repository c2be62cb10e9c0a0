//! Every payload of the recorded sessions before MSNP24: typed, and written again as it was, or with a known difference.

mod recording;

use std::collections::BTreeMap;

use msnp_proto::auth::challenge;
use msnp_proto::payload::contacts::ContactList;
use msnp_proto::payload::mime::{Content, Mime};
use msnp_proto::payload::personal_data::PersonalData;
use msnp_proto::payload::policies::Policies;
use msnp_proto::{Frame, FrameDecoder, PayloadTable, Verb};

/// What a payload is, and how it is written again.
fn rewrite(frame: &Frame) -> (&'static str, Vec<u8>) {
    let payload = frame.payload();
    match frame.verb() {
        Verb::MSG | Verb::UUM => {
            let mime = Mime::parse(frame.payload_bytes()).expect("headers and a body");
            assert_eq!(mime.as_bytes(), payload, "a message is its bytes");
            let content = Content::of(&mime).expect("what its type says");
            let name = match content {
                Content::Text(_) => "text",
                Content::Typing(_) => "typing",
                Content::Datacast(_) => "datacast",
                Content::ClientCaps(_) => "client caps",
                Content::Profile(_) => "profile",
                Content::MailStatus(_) => "mail status",
                Content::MailMoved(_) => "mail moved",
                Content::System(_) => "system message",
                other => panic!("{other:?} was not recorded"),
            };
            let again = content.to_mime();
            assert_eq!(Content::of(&again), Ok(content), "written and read");
            (name, again.into_bytes().to_vec())
        }
        Verb::ADL | Verb::RML | Verb::FQY => {
            let list = ContactList::parse(payload).expect("a contact list");
            ("contact list", list.encode())
        }
        Verb::UUX | Verb::UBX => {
            let data = PersonalData::parse(payload).expect("personal data");
            ("personal data", data.encode())
        }
        Verb::GCF => {
            let policies = Policies::parse(payload).expect("policies");
            ("policies", policies.encode())
        }
        Verb::QRY => {
            let answer = challenge::respond_md5("15570131571988941333", "Q1P7W2E4J9R8U3S5");
            assert!(answer.matches(payload), "the published answer");
            ("answer", answer.as_bytes().to_vec())
        }
        verb => panic!("{verb} has a payload of no type"),
    }
}

/// Why a payload is written in other bytes that mean the same.
fn difference(payload: &[u8]) -> &'static str {
    let has = |text: &str| {
        payload
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    match payload {
        _ if has("<?xml") => "a declaration",
        _ if has("='") => "single quotes around attributes",
        _ if has("&#x26;") || has("&#x5C;") => {
            "references where characters may stand, or other ones"
        }
        _ if payload.ends_with(b"ID: 1\r\n") => {
            "a nudge with one line end, which msnp11-sdk does not know"
        }
        _ if has("User-Agent: retro-prpl/0\r\nX-MMS-IM-Format: FN=Segoe%20UI; EF=; CO=0") => {
            "libpurple's format: without CS, with zeros and RL=0, behind User-Agent"
        }
        _ => "",
    }
}

#[test]
fn every_recorded_payload_is_typed_and_written_again() {
    let mut counts = BTreeMap::new();
    for stream in recording::all() {
        // Documents of these three were replaced by something of the same length: only their lines are as they were.
        if ["msnp24", "lists", "sign-ins", "conversations"].contains(&stream.recording) {
            continue;
        }
        let mut decoder = FrameDecoder::new(PayloadTable::sent_by(stream.side));
        decoder.push(stream.bytes);
        while let Some(frame) = decoder.next_frame().expect("a frame") {
            if frame.payload().is_empty() {
                continue;
            }
            let (what, again) = rewrite(&frame);
            let same = again == frame.payload();
            let why = difference(frame.payload());
            assert_eq!(
                same,
                why.is_empty(),
                "{} {what}: {}\n{}",
                stream.recording,
                String::from_utf8_lossy(frame.payload()),
                String::from_utf8_lossy(&again)
            );
            *counts.entry((what, why)).or_insert(0) += 1;
        }
    }
    let counts: Vec<_> = counts
        .into_iter()
        .map(|((what, why), count)| (what, why, count))
        .collect();
    assert_eq!(counts, EXPECTED);
}

/// Kind, difference, number.
const EXPECTED: &[(&str, &str, usize)] = &[
    ("client caps", "", 6),
    ("contact list", "", 8),
    ("contact list", "single quotes around attributes", 13),
    ("datacast", "", 14),
    (
        "datacast",
        "a nudge with one line end, which msnp11-sdk does not know",
        2,
    ),
    ("mail moved", "", 1),
    ("mail status", "", 11),
    ("personal data", "", 56),
    (
        "personal data",
        "references where characters may stand, or other ones",
        8,
    ),
    ("policies", "", 7),
    ("profile", "", 17),
    ("text", "", 168),
    (
        "text",
        "libpurple's format: without CS, with zeros and RL=0, behind User-Agent",
        12,
    ),
    ("typing", "", 14),
];

/// The payloads that others published, with their lengths; `tests/data/payload-lengths.tsv`.
#[test]
fn every_published_payload_is_typed_and_written_again() {
    let mut different = Vec::new();
    let mut rows = 0;
    for row in include_str!("data/payload-lengths.tsv").lines().skip(1) {
        let columns: Vec<_> = row.split('\t').collect();
        let (command, payload) = (columns[1], columns[5]);
        let payload = payload
            .replace("\\r", "\r")
            .replace("\\n", "\n")
            .replace("\\t", "\t")
            .replace("\\\\", "\\");
        let verb = Verb::new(command.as_bytes()[..3].try_into().expect("three")).expect("a verb");
        let frame = Frame::build(verb).payload(payload.as_bytes());
        let (_, again) = rewrite(&frame);
        let why = difference(payload.as_bytes());
        assert_eq!(
            again == payload.as_bytes(),
            why.is_empty(),
            "{command}: {payload}"
        );
        if !why.is_empty() {
            different.push((command, why));
        }
        rows += 1;
    }
    assert_eq!(rows, 34);
    let nudge = "a nudge with one line end, which msnp11-sdk does not know";
    let expected = [
        ("MSG nudge", nudge),
        ("ADL initial", "single quotes around attributes"),
        ("GCF Shields.xml", "a declaration"),
    ];
    assert_eq!(different, expected);
}
