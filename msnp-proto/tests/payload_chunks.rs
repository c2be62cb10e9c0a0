//! Long messages cut and joined; messages that wait.

use std::time::Duration;

use machine_contract::Instant;
use msnp_proto::payload::chunks::{
    self, JoinErrorKind, JoinLimits, Joiner, MAX_BODY, MAX_PARTS, MAX_PAYLOAD, SplitError, pieces,
    split,
};
use msnp_proto::payload::message::TextFormat;
use msnp_proto::payload::mime::{ChunkNumber, Content, Mime, Text};
use msnp_proto::payload::oim::{OfflineMessage, OimError};
use msnp_proto::{Guid, UnixTime};
use proptest::prelude::*;

const ID: Guid = Guid::from_bytes([0x11; 16]);
const NOW: Instant = Instant::ORIGIN;

fn text(body: &str) -> Text {
    Text {
        user_agent: Some("test/1".into()),
        ..Text::new(body).with_format(TextFormat {
            font: "Arial".into(),
            ..TextFormat::default()
        })
    }
}

fn join(parts: impl IntoIterator<Item = Mime>) -> Option<Mime> {
    let mut joiner = Joiner::default();
    let mut whole = None;
    for part in parts {
        assert_eq!(whole, None, "the last part ends it");
        whole = joiner.push("a@b", part, NOW).expect("in order");
    }
    whole
}

#[test]
fn a_text_that_fits_is_one_message() {
    for length in [0, 1, MAX_BODY] {
        let text = text(&"x".repeat(length));
        assert_eq!(split(&text, ID).expect("fits"), [text.to_mime()]);
    }
}

#[test]
fn a_long_text_is_cut_between_characters() {
    let text = text(&"é✓🎉".repeat(600));
    let parts = split(&text, ID).expect("short enough");
    assert_eq!(parts.len(), 4);
    for (at, part) in (0..).zip(&parts) {
        assert!(part.as_bytes().len() <= MAX_PAYLOAD && part.body().len() <= MAX_BODY);
        assert!(std::str::from_utf8(part.body()).is_ok(), "part {at}");
        let id = String::from("{11111111-1111-1111-1111-111111111111}");
        let number = match at {
            0 => ChunkNumber::First { id, parts: 4 },
            index => ChunkNumber::Later { id, index },
        };
        assert_eq!(ChunkNumber::of(part), Some(number));
        assert_eq!(
            part.media_type().is_some(),
            at == 0,
            "only the first has a type"
        );
    }
    assert_eq!(
        join(parts).map(|whole| Content::of(&whole)),
        Some(Ok(Content::Text(text)))
    );
}

#[test]
fn what_cannot_be_sent_is_refused() {
    let room = |parts: u32| MAX_BODY * parts as usize;
    assert_eq!(
        split(&text(&"x".repeat(room(MAX_PARTS))), ID).map(|parts| parts.len()),
        Ok(64)
    );
    let long = room(MAX_PARTS) + 1;
    assert_eq!(
        split(&text(&"x".repeat(long)), ID),
        Err(SplitError::TooLong(long))
    );
    let head = Text {
        shown_name: Some("n".repeat(MAX_PAYLOAD)),
        ..text("hi")
    };
    assert!(
        matches!(split(&head, ID), Err(SplitError::HeadTooLong(length)) if length > MAX_PAYLOAD)
    );
}

#[test]
fn a_long_head_leaves_less_room() {
    let text = Text {
        shown_name: Some("n".repeat(1000)),
        ..text(&"x".repeat(1000))
    };
    let parts = split(&text, ID).expect("fits");
    assert_eq!(parts.len(), 2);
    assert!(
        parts
            .iter()
            .all(|part| part.as_bytes().len() <= MAX_PAYLOAD)
    );
    assert_eq!(
        join(parts).map(|whole| Content::of(&whole)),
        Some(Ok(Content::Text(text)))
    );
}

#[test]
fn receivers_that_join_nothing_get_pieces() {
    assert_eq!(pieces("aéb", 4).collect::<Vec<_>>(), ["aéb"]);
    assert_eq!(pieces("aééb", 4).collect::<Vec<_>>(), ["aé", "éb"]);
    assert_eq!(pieces("🎉🎉", 0).collect::<Vec<_>>(), ["🎉", "🎉"]);
    assert_eq!(pieces("", 10).count(), 0);
}

#[test]
fn numbers_among_the_other_headers_do_not_shadow_those_of_the_parts() {
    let headers = [("Message-ID", "{Y}"), ("chunks", "1")];
    let text = Text {
        headers: headers
            .map(|(name, value)| (name.into(), value.into()))
            .into(),
        ..text(&"x".repeat(2000))
    };
    let parts = split(&text, ID).expect("fits");
    let id = String::from("{11111111-1111-1111-1111-111111111111}");
    assert_eq!(
        ChunkNumber::of(&parts[0]),
        Some(ChunkNumber::First { id, parts: 2 })
    );
    assert_eq!(join(parts).map(|whole| whole.body().len()), Some(2000));
}

// Joining.

fn first(id: &str, parts: u32, body: &str) -> Mime {
    let chunk = Some(ChunkNumber::First {
        id: id.into(),
        parts,
    });
    Text {
        chunk,
        ..Text::new(body)
    }
    .to_mime()
}

fn later(id: &str, index: u32, body: &str) -> Mime {
    Mime::build_part()
        .header("Message-ID", id)
        .header("Chunk", index)
        .finish(body.as_bytes())
}

#[track_caller]
fn refused(joiner: &mut Joiner, mime: &Mime, kind: JoinErrorKind) {
    let error = joiner.push("a@b", mime.clone(), NOW).expect_err("refused");
    assert_eq!((error.kind, &error.mime), (kind, mime));
}

#[test]
fn parts_of_several_messages_and_senders_do_not_mix() {
    let mut joiner = Joiner::default();
    let mut push = |sender: &str, mime| joiner.push(sender, mime, NOW).expect("in order");
    let alone = Text::new("alone").to_mime();
    assert_eq!(push("a@b", first("1", 2, "a")), None);
    assert_eq!(push("c@d", first("1", 2, "c")), None);
    assert_eq!(push("a@b", first("2", 3, "x")), None);
    assert_eq!(push("a@b", alone.clone()), Some(alone));
    assert_eq!(push("a@b", later("2", 1, "y")), None);
    let body =
        |mime: Option<Mime>| String::from_utf8(mime.expect("whole").body().to_vec()).expect("text");
    assert_eq!(body(push("c@d", later("1", 1, "d"))), "cd");
    assert_eq!(body(push("a@b", later("1", 1, "b"))), "ab");
    assert_eq!(body(push("a@b", later("2", 2, "z"))), "xyz");
}

#[test]
fn the_whole_has_the_first_parts_headers() {
    let whole = join([first("1", 2, "caf\u{e9}"), later("1", 1, "!")]).expect("whole");
    assert_eq!(ChunkNumber::of(&whole), None);
    assert_eq!(Content::of(&whole), Ok(Content::Text(Text::new("café!"))));
}

#[test]
fn bytes_are_joined_before_they_are_text() {
    let cut = |bytes: &[u8], mime: Mime| {
        let mut payload = mime.as_bytes().to_vec();
        payload.extend_from_slice(bytes);
        Mime::parse(payload.into()).expect("a message")
    };
    let whole = join([
        cut(b"caf\xc3", first("1", 2, "")),
        cut(b"\xa9!", later("1", 1, "")),
    ])
    .expect("whole");
    assert_eq!(whole.body(), "café!".as_bytes());
}

#[test]
fn a_peer_cannot_make_it_grow() {
    let mut joiner = Joiner::default();
    refused(
        &mut joiner,
        &first("1", 65, "a"),
        JoinErrorKind::TooManyParts(65),
    );
    refused(
        &mut joiner,
        &first("1", u32::MAX, "a"),
        JoinErrorKind::TooManyParts(u32::MAX),
    );
    refused(
        &mut joiner,
        &later("1", 1, "a"),
        JoinErrorKind::UnknownMessage,
    );
    let big = "x".repeat(JoinLimits::DEFAULT.bytes);
    refused(
        &mut joiner,
        &first("1", 2, &format!("{big}x")),
        JoinErrorKind::TooLong,
    );
    assert_eq!(joiner.push("a@b", first("big", 2, &big), NOW), Ok(None));
    refused(&mut joiner, &later("big", 1, "x"), JoinErrorKind::TooLong);
    for id in ["2", "3", "4"] {
        assert_eq!(joiner.push("a@b", first(id, 2, "a"), NOW), Ok(None));
    }
    refused(&mut joiner, &first("5", 2, "a"), JoinErrorKind::TooManyOpen);
    // The same first part again starts it anew and takes no more room.
    assert_eq!(joiner.push("a@b", first("2", 2, "b"), NOW), Ok(None));
    for sender in 0..28 {
        assert_eq!(
            joiner.push(&format!("s{sender}"), first("1", 2, "a"), NOW),
            Ok(None)
        );
    }
    let error = joiner
        .push("another", first("1", 2, "a"), NOW)
        .expect_err("full");
    assert_eq!(error.kind, JoinErrorKind::TooManyOpen);
    assert_eq!(joiner.expire(NOW).len(), 0);
    assert_eq!(
        joiner
            .expire(NOW.saturating_add(Duration::from_secs(60)))
            .len(),
        32
    );
}

#[test]
fn a_part_out_of_order_is_told_and_what_is_there_stays() {
    let mut joiner = Joiner::default();
    assert_eq!(joiner.push("a@b", first("1", 4, "a"), NOW), Ok(None));
    refused(
        &mut joiner,
        &later("1", 2, "c"),
        JoinErrorKind::OutOfOrder {
            found: 2,
            expected: 1,
        },
    );
    assert_eq!(joiner.push("a@b", later("1", 1, "b"), NOW), Ok(None));
    refused(
        &mut joiner,
        &later("1", 1, "b"),
        JoinErrorKind::OutOfOrder {
            found: 1,
            expected: 2,
        },
    );
    let ends = NOW.saturating_add(Duration::from_secs(60));
    assert_eq!(joiner.poll_timeout(), Some(ends));
    // At its end no part comes in any more, and what came is told.
    let late = joiner
        .push("a@b", later("1", 2, "c"), ends)
        .expect_err("too late");
    assert_eq!(late.kind, JoinErrorKind::UnknownMessage);
    let [incomplete] = &joiner.expire(ends)[..] else {
        panic!("one")
    };
    assert_eq!(
        (
            incomplete.sender.as_str(),
            incomplete.mime.body(),
            incomplete.missing
        ),
        ("a@b", &b"ab"[..], 2)
    );
    assert_eq!(
        (joiner.poll_timeout(), joiner.expire(Instant::END).len()),
        (None, 0)
    );
}

proptest! {
    #[test]
    fn whatever_is_split_is_joined(start in "[a-z]{0,9}", words in "([a-z]|é|✓|🎉|\r\n){0,30}", times in 0usize..150, name in 0usize..400) {
        let (body, name) = (start + &words.repeat(times), "n".repeat(name));
        let text = Text { shown_name: Some(name).filter(|name| !name.is_empty()), ..text(&body) };
        let parts = split(&text, ID).expect("below 64 parts");
        for part in &parts {
            prop_assert!(part.as_bytes().len() <= MAX_PAYLOAD && part.body().len() <= MAX_BODY);
            prop_assert!(std::str::from_utf8(part.body()).is_ok());
        }
        prop_assert_eq!(join(parts).map(|whole| Content::of(&whole)), Some(Ok(Content::Text(text))));
    }

    #[test]
    fn bytes_that_are_no_text_are_split_too(bytes in proptest::collection::vec(0x80u8..0xff, 0..50), times in 0usize..100) {
        let text = Text { body: bytes.repeat(times).into(), ..text("") };
        let parts = split(&text, ID).expect("below 64 parts");
        let whole = join(parts).map(|whole| whole.body().to_vec());
        prop_assert_eq!(whole, Some(text.body.to_vec()));
    }

    #[test]
    fn pieces_are_the_text(text in "\\PC{0,200}", limit in 0usize..20) {
        prop_assert_eq!(pieces(&text, limit).collect::<String>(), text.as_str());
        prop_assert!(pieces(&text, limit).all(|piece| piece.len() <= limit.max(4) && !piece.is_empty()));
    }

    #[test]
    fn any_order_of_parts_is_survived(steps in proptest::collection::vec((0u8..3, "[12]", 0u32..4, 0u64..90), 0..60)) {
        let mut joiner = Joiner::default();
        let mut now = NOW;
        for (sender, id, number, wait) in steps {
            now = now.saturating_add(Duration::from_secs(wait % 20));
            let mime = if number == 0 { first(&id, 3, "a") } else { later(&id, number, "b") };
            if let Ok(Some(whole)) = joiner.push(&sender.to_string(), mime, now) {
                prop_assert_eq!(whole.body(), b"abb");
            }
            for incomplete in joiner.expire(now) {
                prop_assert!(incomplete.missing > 0);
            }
            prop_assert!(joiner.poll_timeout().is_none_or(|at| at > now));
        }
    }
}

#[test]
fn the_limits_are_those_of_the_notes() {
    assert_eq!((MAX_PAYLOAD, MAX_BODY, chunks::MAX_PARTS), (1664, 1400, 64));
    let limits = JoinLimits::default();
    assert_eq!(
        (limits.parts, limits.bytes, limits.age),
        (64, 65536, Duration::from_secs(60))
    );
    let mut none = Joiner::with_limits(JoinLimits { open: 0, ..limits });
    refused(&mut none, &first("1", 2, "a"), JoinErrorKind::TooManyOpen);
}

// Offline messages.

const RUN: &str = "{36CD5A6C-0B1B-4A0C-8B1B-0123456789AB}";

/// In the form of a recorded answer, its own headers of the same kinds.
fn fetched() -> String {
    format!(
        "X-Message-Info: abc==\nReceived: from relay by host with SMTP;\n\t Sat, 21 Nov 2026 12:13:15 -0800\n\
         From: =?utf-8?B?QWxpY2U=?= <alice@example.com>\nTo: bob@example.com\nSubject: \nMIME-Version: 1.0\n\
         Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: base64\nX-OIM-Message-Type: OfflineMessage\n\
         X-OIM-Run-Id: {RUN}\nX-OIM-Sequence-Num: 1\n\
         X-OriginalArrivalTime: 21 Nov 2026 20:13:15.0000 (UTC) FILETIME=[BD8B7F80:01DD79F4]\nDate: 21 Nov 2026 12:13:15 -0800\n\n\
         aGVsbG8gw6k="
    )
}

#[test]
fn a_fetched_message_is_read() {
    let expected = OfflineMessage {
        sender: Some("alice@example.com".into()),
        sender_name: Some("Alice".into()),
        receiver: Some("bob@example.com".into()),
        received: Some(UnixTime::from_secs(1_795_291_995)),
        ..OfflineMessage::new("hello é", RUN.parse().expect("a GUID"), 1)
    };
    assert_eq!(OfflineMessage::parse(&fetched()), Ok(expected.clone()));
    assert_eq!(
        OfflineMessage::parse(&fetched().replace('\n', "\r\n")),
        Ok(expected.clone())
    );
    assert_eq!(
        OfflineMessage::parse(&expected.to_email()),
        Ok(expected.clone())
    );
    // SOAP turns CRLF into LF.
    assert_eq!(
        OfflineMessage::parse(&expected.to_email().replace('\r', "")),
        Ok(expected.clone())
    );
    let without = fetched()
        .lines()
        .filter(|line| !line.starts_with("X-OriginalArrivalTime"))
        .collect::<Vec<_>>()
        .join("\n");
    assert_eq!(OfflineMessage::parse(&without), Ok(expected));
}

#[test]
fn odd_mail_is_read_as_far_as_it_goes() {
    let read = |email: &str| OfflineMessage::parse(email).expect("readable");
    let plain = read("From: \"A B\" <a@b>\r\n\r\nnot coded");
    assert_eq!(
        (
            plain.text.as_str(),
            plain.sender_name.as_deref(),
            plain.sender.as_deref()
        ),
        ("not coded", Some("A B"), Some("a@b"))
    );
    assert_eq!(
        (plain.run_id, plain.sequence, plain.received, plain.receiver),
        (None, 0, None, None)
    );
    let bare = read("from: a@b\nX-OIM-Run-Id: nonsense\n\n");
    assert_eq!(
        (bare.sender.as_deref(), bare.sender_name, bare.run_id),
        (Some("a@b"), None, None)
    );
    assert_eq!(read("\n").text, "");
    assert_eq!(OfflineMessage::parse(""), Err(OimError::NoBlankLine));
    assert_eq!(
        OfflineMessage::parse("From: a@b\n"),
        Err(OimError::NoBlankLine)
    );
    assert_eq!(
        OfflineMessage::parse("Content-Transfer-Encoding: BASE64\n\n?"),
        Err(OimError::NotBase64)
    );
}

#[test]
fn what_is_stored_is_as_strict_servers_want_it() {
    let message = OfflineMessage::new("grüße ".repeat(40), RUN.parse().expect("a GUID"), 3);
    let content = message.to_content();
    let (head, body) = content.split_once("\r\n\r\n").expect("headers and a body");
    assert_eq!(
        head,
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\
         X-OIM-Message-Type: OfflineMessage\r\nX-OIM-Run-Id: {36cd5a6c-0b1b-4a0c-8b1b-0123456789ab}\r\nX-OIM-Sequence-Num: 3"
    );
    assert!(body.lines().count() > 4 && body.lines().all(|line| line.len() <= 76));
    assert_eq!(OfflineMessage::parse_content(&content), Ok(message));
    let refused = |from: &str, to: &str| {
        OfflineMessage::parse_content(&content.replacen(from, to, 1)).expect_err("refused")
    };
    assert_eq!(
        refused("X-OIM-Run-Id", "X"),
        OimError::Missing("X-OIM-Run-Id")
    );
    assert_eq!(refused("{36cd", "{36c"), OimError::Invalid("X-OIM-Run-Id"));
    assert_eq!(
        refused("X-OIM-Sequence-Num", "X"),
        OimError::Missing("X-OIM-Sequence-Num")
    );
    assert_eq!(
        refused("Num: 3", "Num: x"),
        OimError::Invalid("X-OIM-Sequence-Num")
    );
    let long = content.replacen(body, &body.replace("\r\n", ""), 1);
    assert_eq!(
        OfflineMessage::parse_content(&long),
        Err(OimError::LineTooLong(1))
    );
}

#[test]
fn no_address_starts_a_second_header() {
    let email = OfflineMessage {
        sender: Some("a@b>\r\nX: y".into()),
        sender_name: Some("n\r\nX: y".into()),
        receiver: Some("c@d\r\n\r\nbody".into()),
        ..OfflineMessage::new("hi", ID, 1)
    }
    .to_email();
    assert!(
        email
            .lines()
            .all(|line| !line.starts_with('X') || line.starts_with("X-OIM-")),
        "{email}"
    );
    assert_eq!(OfflineMessage::parse(&email).expect("readable").text, "hi");
}

proptest! {
    #[test]
    fn a_stored_message_arrives(text: String, run: [u8; 16], sequence in 1u32.., name in "\\PC{1,20}", millis in 0u64..4_000_000_000) {
        let message = OfflineMessage {
            sender: Some("a@b".into()),
            sender_name: Some(name),
            receiver: Some("c@d".into()),
            received: Some(UnixTime::from_secs(millis)),
            ..OfflineMessage::new(text, Guid::from_bytes(run), sequence)
        };
        prop_assert_eq!(OfflineMessage::parse(&message.to_email()), Ok(message.clone()));
        let stored = OfflineMessage::parse_content(&message.to_content()).expect("our own");
        prop_assert_eq!((stored.text, stored.run_id, stored.sequence), (message.text, message.run_id, message.sequence));
    }

    #[test]
    fn any_text_is_read_without_panic(text in "(From|Date|X-OriginalArrivalTime|:|<|>|\n|\r|\t| |=|a){0,40}") {
        let _ = OfflineMessage::parse(&text);
        let _ = OfflineMessage::parse_content(&text);
    }
}
