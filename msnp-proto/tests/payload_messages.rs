//! Messages: the transcripts of msnp24.md 16.3 byte for byte, and drafts both ways.

use bytes::Bytes;
use msnp_proto::Address;
use msnp_proto::payload::layers::{Layers, LayersErrorKind};
use msnp_proto::payload::message::{Draft, Message, MessageError, MessageType, TextFormat};
use msnp_proto::payload::thread::ThreadActivity;
use proptest::prelude::*;

fn address(text: &str) -> Address {
    text.parse().expect("an address")
}

fn parse(text: &str) -> Message {
    Message::parse(Bytes::copy_from_slice(text.as_bytes())).expect("a message")
}

fn alice() -> Address {
    address("8:live:alice;epid={006213cd-00b8-7e9c-0022-df0d0013802a}")
}

/// The header block in front, `Registration: U2lnbmF0dXJlOjI6Mjg6` and the blank line.
const REGISTRATION: usize = 38;

/// `SDG 8 MSGR 313`
const SENT: &str = "Routing: 1.0\r\n\
    To: 8:bob\r\n\
    From: 8:live:alice;epid={006213cd-00b8-7e9c-0022-df0d0013802a}\r\n\
    \r\n\
    Reliability: 1.0\r\n\
    \r\n\
    Messaging: 2.0\r\n\
    Client-Message-ID: 6643607751647822671\r\n\
    Message-Type: Text\r\n\
    IM-Display-Name: Alice\r\n\
    Content-Type: Text/plain; charset=UTF-8\r\n\
    Content-Length: 2\r\n\
    \r\n\
    hi";

/// `SDG 0 MSGR 447`: 55 bytes of header block (`Ack-Id`, `Context`).
const RECEIVED: &str = "Routing: 1.0\r\n\
    To: 8:live:alice\r\n\
    From: 8:bob;epid={00155193-decb-dc89-95e0-43bd987ed463}\r\n\
    \r\n\
    Reliability: 1.0\r\n\
    \r\n\
    Messaging: 2.0\r\n\
    Message-ID: 1431882693260\r\n\
    Client-Message-ID: 10829167517486132349\r\n\
    Message-Type: Text\r\n\
    IM-Display-Name: Bob\r\n\
    Relationship-Type: Explicit\r\n\
    Is-Active: true\r\n\
    Original-Arrival-Time: 2015-05-17T17:11:33Z\r\n\
    Content-Type: Text/plain; charset=UTF-8\r\n\
    Content-Length: 2\r\n\
    \r\n\
    yo";

/// `SDG 9 MSGR 251`
const TYPING: &str = "Routing: 1.0\r\n\
    To: 8:bob\r\n\
    From: 8:live:alice;epid={006213cd-00b8-7e9c-0022-df0d0013802a}\r\n\
    \r\n\
    Reliability: 1.0\r\n\
    \r\n\
    Messaging: 2.0\r\n\
    Message-Type: Control/Typing\r\n\
    Content-Type: Application/Message\r\n\
    Content-Length: 0\r\n\
    \r\n";

#[test]
fn a_text_is_sent_as_in_the_transcript() {
    assert_eq!(SENT.len() + REGISTRATION, 313);
    let message = Draft::text(address("8:bob"), alice(), "hi")
        .with_client_message_id(6_643_607_751_647_822_671)
        .with_display_name("Alice")
        .finish();
    assert_eq!(message.layers().as_bytes(), SENT.as_bytes());
    assert_eq!(message, parse(SENT));
}

#[test]
fn a_text_is_received_as_in_the_transcript() {
    assert_eq!(RECEIVED.len() + 55, 447);
    let message = parse(RECEIVED);
    assert_eq!(message.kind(), &MessageType::TEXT);
    assert_eq!(message.to(), &address("8:live:alice"));
    assert!(message.from().same_account(&address("8:bob")));
    assert_eq!(message.message_id(), Some(1_431_882_693_260));
    assert_eq!(
        message.client_message_id(),
        Some(10_829_167_517_486_132_349)
    );
    assert_eq!(message.display_name(), Some("Bob"));
    assert_eq!(
        message.original_arrival_time(),
        Some("2015-05-17T17:11:33Z")
    );
    assert_eq!(message.content_type(), Some("Text/plain; charset=UTF-8"));
    assert_eq!(message.header("is-active"), Some("true"));
    assert_eq!(message.text(), Some("yo"));
    assert_eq!(
        (
            message.service_channel(),
            message.edited_id(),
            message.format()
        ),
        (None, None, None)
    );
    // A server takes what the client sent and writes this of it.
    assert_eq!(
        Draft::from(&message).finish().layers().as_bytes(),
        RECEIVED.as_bytes()
    );
}

#[test]
fn typing_is_sent_as_in_the_transcript() {
    assert_eq!(TYPING.len() + REGISTRATION, 251);
    let message = Draft::typing(address("8:bob"), alice()).finish();
    assert_eq!(message.layers().as_bytes(), TYPING.as_bytes());
    assert_eq!(message, parse(TYPING));
}

#[test]
fn a_typing_notice_without_its_last_blank_line_is_read() {
    let message = parse(TYPING.strip_suffix("\r\n").expect("a blank line"));
    assert_eq!(message.kind(), &MessageType::TYPING);
    assert_eq!(message.body(), b"");
}

#[test]
fn every_type_knows_its_name_and_content_type() {
    #[track_caller]
    fn check(kind: &MessageType, name: &str, content_type: &str) {
        assert_eq!(kind.as_str(), name);
        assert_eq!(MessageType::new(&name.to_ascii_lowercase()), *kind);
        assert_eq!(kind.content_type(), content_type);
    }
    check(&MessageType::TEXT, "Text", "Text/plain; charset=UTF-8");
    check(&MessageType::RICH_TEXT, "RichText", "application/user+xml");
    check(
        &MessageType::URI_OBJECT,
        "RichText/UriObject",
        "application/user+xml",
    );
    check(
        &MessageType::GENERIC_FILE,
        "RichText/Media_GenericFile",
        "application/user+xml",
    );
    check(
        &MessageType::FLIK,
        "RichText/Media_FlikMsg",
        "application/user+xml",
    );
    check(
        &MessageType::CONTACTS,
        "RichText/Contacts",
        "application/user+xml",
    );
    check(
        &MessageType::TYPING,
        "Control/Typing",
        "Application/Message",
    );
    check(
        &MessageType::CLEAR_TYPING,
        "Control/ClearTyping",
        "Application/Message",
    );
    check(&MessageType::NUDGE, "Nudge", "text/x-msnmsgr-datacast");
    check(
        &MessageType::CLOSE_IM_WINDOW,
        "Signal/CloseIMWindow",
        "text/plain; charset=UTF-8",
    );
    let new = MessageType::new("Brand/New");
    assert_eq!(new.as_str(), "Brand/New");
    assert_eq!(new.content_type(), "Text/plain; charset=UTF-8");
    assert!(MessageType::ROLE_UPDATE.is_thread_activity());
    assert!(MessageType::URI_OBJECT.is_text() && !MessageType::NUDGE.is_text());
}

#[test]
fn a_type_is_always_one_that_can_be_written() {
    assert_eq!(MessageType::new(" "), MessageType::TEXT);
    let kind = MessageType::new(" A\r\nB ");
    assert_eq!(kind.as_str(), "A  B");
    let message = Draft::new(address("8:bob"), alice(), kind).finish();
    assert_eq!(
        Message::parse(message.layers().as_bytes().clone()),
        Ok(message)
    );
}

#[test]
fn clear_typing_nudge_and_rich_text() {
    #[track_caller]
    fn check(draft: Draft, kind: &MessageType, body: &str) {
        let message = draft.finish();
        let again = Message::parse(message.layers().as_bytes().clone()).expect("own writing");
        assert_eq!(again, message);
        assert_eq!((again.kind(), again.text()), (kind, Some(body)));
        assert_eq!(again.content_type(), Some(kind.content_type()));
    }
    let (bob, alice) = (address("8:bob"), alice());
    check(
        Draft::clear_typing(bob.clone(), alice.clone()),
        &MessageType::CLEAR_TYPING,
        "",
    );
    check(
        Draft::nudge(bob.clone(), alice.clone()),
        &MessageType::NUDGE,
        "",
    );
    check(
        Draft::rich_text(bob, alice, "<b>hi</b>"),
        &MessageType::RICH_TEXT,
        "<b>hi</b>",
    );
}

#[test]
fn edits_and_deletions() {
    #[track_caller]
    fn check(text: &str, offset: &str, shown: &str) {
        let message = Draft::edit(address("8:bob"), self::alice(), 7, text)
            .with_header("Skype-EditOffset", offset)
            .finish();
        assert_eq!(
            message.edited_text().as_deref(),
            Some(shown),
            "{text:?} {offset}"
        );
    }
    let (bob, alice) = (address("8:bob"), alice());
    let edit = Draft::edit(bob.clone(), alice.clone(), 7, "new").finish();
    assert_eq!(edit.edited_id(), Some(7));
    assert_eq!(edit.edited_text().as_deref(), Some("new"));
    let deletion = Draft::edit(bob.clone(), alice.clone(), 7, "").finish();
    assert_eq!(deletion.edited_text().as_deref(), Some(""));
    assert_eq!(
        Draft::text(bob.clone(), alice.clone(), "x")
            .finish()
            .edited_text(),
        None
    );

    check("Edited: new", "8", "new");
    check("😀é: x", "5", "x");
    check("<e_m ts=\"1\"/>", "0", "");
    check("a<e_m b/>c<e_m d>", "0", "ac");
    check("a<e_m never closed", "0", "a<e_m never closed");
    check("short", "99", "");
    check("bad offset", "-1", "bad offset");
}

#[test]
fn a_thread_activity_comes_from_the_thread() {
    let thread = address("19:0@thread.skype");
    let activity = ThreadActivity::AddMember {
        event_time: 1,
        initiator: address("8:bob"),
        targets: vec![address("8:eve")],
    };
    let message =
        Draft::thread_activity(address("8:live:alice"), thread.clone(), &activity).finish();
    assert_eq!(message.from(), &thread);
    assert_eq!(message.kind(), &MessageType::ADD_MEMBER);
    assert_eq!(ThreadActivity::parse(message.body()), Ok(activity));
}

#[test]
fn the_format_of_a_text() {
    #[track_caller]
    fn check(text: &str, printed: &str) {
        let format: TextFormat = text.parse().unwrap();
        assert_eq!(format.to_string(), printed);
        assert_eq!(printed.parse(), Ok(format));
    }
    check(
        "FN=Segoe%20UI; EF=; CO=0; CS=0; PF=0",
        "FN=Segoe%20UI; EF=; CO=0; CS=0; PF=0",
    );
    check(
        "EF=SB;CO=00FF00;RL=1",
        "FN=; EF=BS; CO=ff00; CS=0; PF=0; RL=1",
    );
    check(
        "FN=%E5%AE%8B; CS=86; XX=1;",
        "FN=%E5%AE%8B; EF=; CO=0; CS=86; PF=0",
    );
    for bad in ["x", "CO=g", "CO=1000000", "CS=-1", "PF=+1", "CS=10000"] {
        assert!(bad.parse::<TextFormat>().is_err(), "{bad:?}");
    }
    assert_eq!(TextFormat::default().with_rgb([1, 2, 3]).colour, 0x03_02_01);
    let mut draft = Draft::text(address("8:bob"), alice(), "x");
    draft.format = Some(TextFormat {
        font: "A;B=\r\n".into(),
        ..TextFormat::default()
    });
    assert_eq!(draft.clone().finish().format(), draft.format);
}

#[test]
fn what_is_not_a_message_is_refused() {
    #[track_caller]
    fn check(text: &str, error: MessageError) {
        assert_eq!(
            Message::parse(Bytes::copy_from_slice(text.as_bytes())),
            Err(error)
        );
    }
    let head = "Routing: 1.0\r\nTo: 8:a\r\nFrom: 8:b\r\n\r\nReliability: 1.0\r\n\r\n";
    check(head, MessageError::NotMessaging);
    check(
        &format!("{head}Publication: 1.0\r\n\r\n"),
        MessageError::NotMessaging,
    );
    check(
        &format!("{head}Messaging: 2.0\r\n\r\n"),
        MessageError::NoType,
    );
    let error = Message::parse(Bytes::new()).expect_err("nothing");
    assert!(matches!(error, MessageError::Layers(e) if e.kind == LayersErrorKind::Unfinished));
    let text = SENT.replace("To: 8:bob", "To: bob");
    assert!(matches!(
        Message::parse(text.into()),
        Err(MessageError::To(_))
    ));
    let text = SENT.replace("From: 8", "Form: 8");
    assert!(matches!(
        Message::parse(text.into()),
        Err(MessageError::From(_))
    ));
}

#[test]
fn a_second_type_among_the_headers_cannot_shadow_the_first() {
    let message = Draft::text(address("8:bob"), alice(), "x")
        .with_header("message-type", "Nudge")
        .with_header("Content-Length", "99")
        .with_header("X", "a\r\nMessage-Type: Nudge")
        .with_routing("From", "8:mallory")
        .finish();
    let again = Message::parse(message.layers().as_bytes().clone()).unwrap();
    assert_eq!(again, message);
    assert_eq!(again.kind(), &MessageType::TEXT);
    assert_eq!(again.from(), &alice());
}

#[test]
fn the_writers_channel_and_streams_survive_a_relay() {
    let text = "Routing: 1.0\r\nTo: 1:b@x\r\nFrom: 1:a@x\r\nService-Channel: IM/Offline\r\n\r\n\
        Reliability: 1.0\r\nStream: 3\r\n\r\nMessaging: 2.0\r\nMessage-Type: Text\r\nX-Own: 1\r\n\
        Content-Type: text/plain; charset=UTF-8\r\nContent-Length: 1\r\n\r\nx";
    let message = parse(text);
    let relayed = Draft::from(&message).finish();
    assert_eq!(relayed.layers().as_bytes(), text.as_bytes());
    assert_eq!(relayed.service_channel(), Some("IM/Offline"));
}

#[test]
fn every_cut_is_read_or_refused() {
    for whole in [SENT, RECEIVED, TYPING] {
        for cut in 0..whole.len() {
            let bytes = Bytes::copy_from_slice(&whole.as_bytes()[..cut]);
            if let Ok(message) = Message::parse(bytes.clone()) {
                assert_eq!(*message.layers().as_bytes(), bytes);
                let _ = (
                    message.text(),
                    message.message_id(),
                    Draft::from(&message).finish(),
                );
            }
        }
    }
}

#[test]
fn debug_shows_no_words_of_people() {
    let message = parse(RECEIVED);
    let shown = format!("{message:?} {:?}", message.layers().content_block());
    assert!(!shown.contains("Bob") && !shown.contains("yo\""), "{shown}");
    let draft = Draft::text(address("8:bob"), alice(), "SECRET").with_display_name("SECRET");
    assert!(!format!("{draft:?}{:?}", draft.clone().finish()).contains("SECRET"));
}

fn value() -> impl Strategy<Value = String> {
    "[!-~é€😀]([ -~é€😀]{0,10}[!-~é€😀])?"
}

fn headers() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::vec(("X-[a-zA-Z-]{0,8}", value()), 0..4)
}

proptest! {
    #[test]
    fn drafts_are_written_and_read(
        kind in prop::sample::select(vec!["Text", "RichText", "Nudge", "Other/New"]),
        ids: [Option<u64>; 3],
        name in prop::option::of(value()),
        time in prop::option::of(value()),
        font in prop::option::of("[ -~é;=%]{0,12}"),
        marks: [bool; 5],
        (headers, routing, reliability) in (headers(), headers(), headers()),
        body: Vec<u8>,
    ) {
        let [bold, italic, underline, strike, right_to_left] = marks;
        let draft = Draft {
            message_id: ids[0],
            client_message_id: ids[1],
            edited_id: ids[2],
            display_name: name,
            original_arrival_time: time,
            format: font.map(|font| TextFormat {
                font, bold, italic, underline, strike, right_to_left,
                colour: 0x12_34_56, charset: 0x86, pitch_family: 0x22,
            }),
            content_type: Some("x/y".into()),
            headers, routing, reliability,
            body: body.into(),
            ..Draft::new(address("19:x@thread.skype"), alice(), MessageType::new(kind))
        };
        let message = draft.clone().finish();
        let again = Message::parse(message.layers().as_bytes().clone()).expect("own writing");
        prop_assert_eq!(&again, &message);
        prop_assert_eq!(Draft::from(&again), draft);
    }

    #[test]
    fn no_text_of_a_draft_breaks_its_message(name: String, header: String, value: String, body: String) {
        let mut draft = Draft::text(address("8:bob"), alice(), body.clone()).with_display_name(name);
        draft.headers.push((header.clone(), value.clone()));
        draft.routing.push((header, value.clone()));
        draft.content_type = Some(value);
        let message = draft.finish();
        let again = Message::parse(message.layers().as_bytes().clone()).expect("own writing");
        prop_assert_eq!(again.text(), Some(body.as_str()));
        prop_assert_eq!(again.from(), &alice());
        prop_assert_eq!(again.kind(), &MessageType::TEXT);
    }

    #[test]
    fn any_layers_are_a_message_or_refused(content in headers(), body: Vec<u8>) {
        let mut third = Layers::build(&address("8:a"), &address("8:b")).messaging();
        for (name, value) in &content { third = third.header(name, value); }
        let layers = third.finish(&body);
        prop_assert_eq!(Message::try_from(layers), Err(MessageError::NoType));
    }
}
