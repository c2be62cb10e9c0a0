//! Messages of switchboards and notification servers: what is read, what is refused, how they are written.

use bytes::Bytes;
use msnp_proto::payload::PayloadError;
use msnp_proto::payload::mail_data::{MailCounts, MailData, WaitingMessage};
use msnp_proto::payload::message::TextFormat;
use msnp_proto::payload::mime::{
    Acknowledgement, ChunkNumber, ClientCaps, Content, ContentError, Datacast, Emoticon, Emoticons,
    Fields, Handwriting, InitialMail, Ink, Invitation, InvitationCommand, MailMoved, MailStatus,
    MailStatusKind, Mime, MimeErrorKind, NewMail, P2pHeader, P2pMessage, Part, Profile,
    SystemMessage, Text, Typing,
};
use msnp_proto::{MsnObject, ObjectKind, Secret};
use proptest::prelude::*;

fn mime(payload: impl AsRef<[u8]>) -> Mime {
    let payload = payload.as_ref();
    let mime = Mime::parse(Bytes::copy_from_slice(payload))
        .unwrap_or_else(|error| panic!("{error}: {:?}", String::from_utf8_lossy(payload)));
    assert_eq!(&mime.as_bytes()[..], payload, "a message is its bytes");
    mime
}

fn message(content_type: &str, rest: &str) -> Mime {
    mime(format!(
        "MIME-Version: 1.0\r\nContent-Type: {content_type}\r\n{rest}"
    ))
}

#[track_caller]
fn read(mime: &Mime) -> Content {
    Content::of(mime).unwrap_or_else(|error| panic!("{error}"))
}

/// Reads as `content` and is written in the same bytes.
#[track_caller]
fn same(mime: &Mime, content: &Content) {
    assert_eq!(&read(mime), content);
    assert_eq!(
        String::from_utf8_lossy(content.to_mime().as_bytes()),
        String::from_utf8_lossy(mime.as_bytes())
    );
}

#[track_caller]
fn refuse(content_type: &str, rest: &str, error: ContentError) {
    assert_eq!(Content::of(&message(content_type, rest)), Err(error));
}

// Headers and body.

#[test]
fn headers_are_found_in_any_case_and_with_or_without_a_blank() {
    let mime = mime(
        "MIME-Version:1.0\r\ncontent-TYPE:  text/plain;charset=UTF-8 \r\nX: \r\n no colon\r\nx:2\r\n\r\n\r\nbody",
    );
    assert_eq!(mime.media_type(), Some("text/plain"));
    assert_eq!(mime.get("Mime-Version"), Some("1.0"));
    assert_eq!(mime.get("X"), Some("2"), "the last counts");
    assert_eq!(mime.get("Y"), None);
    assert_eq!(mime.body(), b"\r\nbody");
    assert_eq!(
        mime.headers().collect::<Vec<_>>(),
        [
            ("MIME-Version", "1.0"),
            ("content-TYPE", "text/plain;charset=UTF-8"),
            ("X", ""),
            ("x", "2")
        ]
    );
}

#[test]
fn a_body_may_hold_anything() {
    let payload = b"MIME-Version: 1.0\r\nContent-Type: image/gif\r\n\r\n\xff\xfe\0bin\r\n\r\nmore";
    let mime = mime(payload);
    assert_eq!(mime.body(), b"\xff\xfe\0bin\r\n\r\nmore");
    assert_eq!(mime.body_bytes(), mime.body());
}

#[test]
fn a_message_without_headers_is_one() {
    // The live server passed it on and acknowledged it.
    let mime = mime("\r\n\r\nx");
    assert_eq!(
        (mime.media_type(), mime.body(), mime.headers().count()),
        (None, &b"x"[..], 0)
    );
    assert_eq!(read(&mime), Content::Other(mime.clone()));
}

#[test]
fn bare_line_feeds_end_headers_only_where_nothing_else_does() {
    let lf = mime("MIME-Version: 1.0\nContent-Type: text/plain\n\nlf only");
    assert_eq!(
        (lf.media_type(), lf.body()),
        (Some("text/plain"), &b"lf only"[..])
    );
    // To every other reader this is one header, and the type another.
    let smuggled =
        mime("X: a\nContent-Type: text/x-msmsgscontrol\n\nb\r\nContent-Type: text/plain\r\n\r\nc");
    assert_eq!(
        (smuggled.media_type(), smuggled.body()),
        (Some("text/plain"), &b"c"[..])
    );
    let open = mime("MIME-Version: 1.0\r\nContent-Type: text/x-keepalive\r\n");
    assert_eq!(
        (open.media_type(), open.body()),
        (Some("text/x-keepalive"), &b""[..])
    );
}

#[test]
fn what_has_no_headers_is_refused() {
    let refused = |payload: &str| {
        Mime::parse(Bytes::copy_from_slice(payload.as_bytes())).expect_err("refused")
    };
    for payload in [
        "",
        "no headers at all",
        "abc",
        "hi\r\n",
        "\r\n",
        "MIME-Version: 1.0",
    ] {
        let error = refused(payload);
        assert_eq!(
            (error.kind, error.offset),
            (MimeErrorKind::NoBlankLine, payload.len()),
            "{payload:?}"
        );
    }
    let many = "a: b\r\n".repeat(Mime::MAX_HEADERS);
    assert_eq!(
        mime(format!("{many}\r\n")).headers().count(),
        Mime::MAX_HEADERS
    );
    let error = refused(&format!("{many}c: d\r\n\r\n"));
    assert_eq!(
        (error.kind, error.offset),
        (MimeErrorKind::TooManyHeaders, many.len())
    );
}

#[test]
fn headers_that_are_not_utf_8_are_passed_over() {
    let mime = mime(b"MIME-Version: 1.0\r\nX-Bin: \xff\r\nContent-Type: text/plain\r\n\r\nx");
    assert_eq!(mime.get("X-Bin"), None);
    assert_eq!(mime.headers().count(), 2);
}

#[test]
fn what_cannot_be_written_again_is_read_as_it_will_be() {
    // A name with a blank is no name, a control character is a blank, blanks at the ends are none.
    let odd = message(
        "text/plain",
        "X Y: 1\r\nP4-Context: a\rb\x01\r\nX-MMS-IM-Format: CO=\x0f\r\nMessage-ID: {X}\r\nChunks:\x102\r\n\r\nz",
    );
    let Content::Text(text) = read(&odd) else {
        panic!("a text")
    };
    assert_eq!(text.shown_name.as_deref(), Some("a b"));
    assert_eq!(
        (&text.format, text.headers.len()),
        (&Some(TextFormat::default()), 0)
    );
    assert!(matches!(
        text.chunk,
        Some(ChunkNumber::First { parts: 2, .. })
    ));
    assert_eq!(read(&text.to_mime()), Content::Text(text));
    let action = message(
        "text/x-msnmsgr-datacast",
        "\r\nID: 4\r\nData: hello\x07\r\n",
    );
    assert_eq!(
        read(&action),
        Content::Datacast(Datacast::Action("hello".into()))
    );
    // Of two ids, the one that cannot be read does not count.
    let two = mime(b"Message-ID: {X}\r\nMessage-ID: \xff\r\nChunk: 1\r\n\r\nz");
    assert!(matches!(read(&two), Content::Part(part) if part.id == "{X}"));
}

#[test]
fn an_invitation_that_says_what_it_is_about_behind_the_command_is_the_same() {
    let fields = [
        "Invitation-Command: ACCEPT",
        "Invitation-Cookie: 1",
        "IP-Address: 10.0.0.1",
        "Application-Name: x",
    ];
    let late = read(&message(
        "text/x-msmsgsinvite",
        &format!("\r\n{}\r\n", fields.join("\r\n")),
    ));
    assert_eq!(read(&late.to_mime()), late);
}

#[test]
fn no_value_starts_a_second_header() {
    let mime = Mime::build("text/plain\r\nX: y")
        .header("P4-Context", "a\r\n\r\nb")
        .header("bad name", "x")
        .header("", "x")
        .header("Empty", "")
        .finish(b"body");
    assert_eq!(
        &mime.as_bytes()[..],
        b"MIME-Version: 1.0\r\nContent-Type: text/plain  X: y\r\nP4-Context: a    b\r\nEmpty:\r\n\r\nbody"
    );
}

// Texts.

#[test]
fn a_text_stands_as_the_oldest_readers_want_it() {
    let text = Text {
        shown_name: Some("Alice in W.".into()),
        ..Text::new("grüße ✓\r\n2nd").with_format(TextFormat {
            font: "MS Shell Dlg".into(),
            bold: true,
            ..TextFormat::default()
        })
    };
    let written = message(
        "text/plain; charset=UTF-8",
        "X-MMS-IM-Format: FN=MS%20Shell%20Dlg; EF=B; CO=0; CS=0; PF=0\r\nP4-Context: Alice in W.\r\n\r\ngrüße ✓\r\n2nd",
    );
    same(&written, &Content::Text(text.clone()));
    assert_eq!(text.text(), Some("grüße ✓\r\n2nd"));
}

#[test]
fn what_a_text_has_besides_is_kept() {
    let mime = message(
        "text/plain",
        "Dest-Agent: client\r\nX-MMS-IM-Format: nonsense\r\nX-Other: 1\r\nChunks: x\r\nUser-Agent: b/1\r\n\r\n\u{feff}hi",
    );
    let Content::Text(text) = read(&mime) else {
        panic!("a text")
    };
    assert_eq!(
        (text.dest_agent.as_deref(), text.user_agent.as_deref()),
        (Some("client"), Some("b/1"))
    );
    assert_eq!((text.format.clone(), text.chunk.clone()), (None, None));
    let kept = [
        ("X-MMS-IM-Format", "nonsense"),
        ("X-Other", "1"),
        ("Chunks", "x"),
    ];
    assert_eq!(
        text.headers,
        kept.map(|(name, value)| (name.into(), value.into()))
    );
    let again = read(&text.to_mime());
    assert_eq!(again, Content::Text(text));
}

#[test]
fn the_looks_of_a_text_are_read_as_peers_write_them() {
    let format = |value: &str| -> TextFormat {
        value
            .parse()
            .unwrap_or_else(|error| panic!("{value}: {error}"))
    };
    assert_eq!(
        format("FN=Arial; EF=; CO=ff; CS=0; PF=22").rgb(),
        [0xff, 0, 0],
        "blue, green, red; zeros missing"
    );
    let libpurple = format("FN=Segoe%20UI; EF=SUIB; CO=00ff80; PF=0; RL=1");
    assert!(libpurple.bold && libpurple.italic && libpurple.underline && libpurple.strike);
    assert!(libpurple.right_to_left && libpurple.rgb() == [0x80, 0xff, 0]);
    assert_eq!(format(""), TextFormat::default());
}

// Small ones.

#[test]
fn typing_is_read_and_written() {
    let typing = message(
        "text/x-msmsgscontrol",
        "TypingUser: alice@example.com\r\n\r\n\r\n",
    );
    assert_eq!(typing.as_bytes().len(), 90);
    same(
        &typing,
        &Content::Typing(Typing::Typing("alice@example.com".into())),
    );
    let recording = message("text/x-msmsgscontrol", "RecordingUser: a@b\r\n\r\n\r\n");
    same(
        &recording,
        &Content::Typing(Typing::Recording("a@b".into())),
    );
    same(
        &message("text/x-msmsgscontrol", "\r\n\r\n"),
        &Content::Typing(Typing::Unnamed),
    );
}

#[test]
fn a_nudge_is_one_whatever_its_line_ends() {
    for body in [
        "ID: 1\r\n\r\n",
        "ID: 1\r\n",
        "ID: 1",
        "ID:1\r\n",
        "id: 1\n\n",
        "\r\nID : 1\r\nData: x",
    ] {
        let mime = message("text/x-msnmsgr-datacast", &format!("\r\n{body}"));
        assert_eq!(read(&mime), Content::Datacast(Datacast::Nudge), "{body:?}");
    }
    let written = Datacast::Nudge.to_mime();
    assert_eq!(written.as_bytes().len(), 69);
    let text = String::from_utf8_lossy(written.as_bytes());
    let second = text.lines().nth(1).expect("a second line");
    assert!(second.starts_with("Content-Type: "), "msnp11-sdk: {text}");
    same(&written, &Content::Datacast(Datacast::Nudge));
}

#[test]
fn other_datacasts_carry_data() {
    let action = message(
        "text/x-msnmsgr-datacast",
        "\r\nID: 4\r\nData: hello\r\n\r\n",
    );
    same(
        &action,
        &Content::Datacast(Datacast::Action("hello".into())),
    );
    let object = MsnObject::new("a@b", ObjectKind::WINK, "w.tmp", "", b"wink").to_string();
    let wink = Content::Datacast(Datacast::Wink(object));
    same(&wink.to_mime(), &wink);
    let clip = Content::Datacast(Datacast::VoiceClip("x".into()));
    same(&clip.to_mime(), &clip);
    let other = Content::Datacast(Datacast::Other { id: 2, data: None });
    same(
        &message("text/x-msnmsgr-datacast", "\r\nID: 2\r\n\r\n"),
        &other,
    );
    refuse(
        "text/x-msnmsgr-datacast",
        "\r\n",
        ContentError::Missing("ID"),
    );
    refuse(
        "text/x-msnmsgr-datacast",
        "\r\nID: one\r\n",
        ContentError::Invalid("ID"),
    );
}

#[test]
fn an_invitation_is_read_and_declined() {
    let invitation = message(
        "text/x-msmsgsinvite; charset=UTF-8",
        "\r\nApplication-Name: File Transfer\r\nApplication-GUID: {5D3E02AB-6190-11d3-BBBB-00C04F795683}\r\n\
         Invitation-Command: INVITE\r\nInvitation-Cookie: 85366\r\nApplication-File: a.jpg\r\nApplication-FileSize: 9\r\n\r\n",
    );
    let Content::Invitation(read) = read(&invitation) else {
        panic!("an invitation")
    };
    assert_eq!(
        (read.command, read.cookie),
        (InvitationCommand::Invite, 85366)
    );
    assert_eq!(read.fields.get("application-file"), Some("a.jpg"));
    same(&invitation, &Content::Invitation(read));
    let declined = Content::Invitation(Invitation::cancel(85366, "REJECT_NOT_INSTALLED"));
    same(&declined.to_mime(), &declined);
    let kind = "text/x-msmsgsinvite";
    refuse(
        kind,
        "\r\nInvitation-Cookie: 1\r\n",
        ContentError::Missing("Invitation-Command"),
    );
    refuse(
        kind,
        "\r\nInvitation-Command: X\r\nInvitation-Cookie: 1\r\n",
        ContentError::Invalid("Invitation-Command"),
    );
    refuse(
        kind,
        "\r\nInvitation-Command: ACCEPT\r\n",
        ContentError::Missing("Invitation-Cookie"),
    );
    refuse(
        kind,
        "\r\nInvitation-Command: ACCEPT\r\nInvitation-Cookie: -1\r\n",
        ContentError::Invalid("Invitation-Cookie"),
    );
}

#[test]
fn emoticons_are_pairs() {
    let object = MsnObject::new("a@b", ObjectKind::EMOTICON, "e.tmp", "", b"png");
    let emoticons = Emoticons {
        animated: false,
        emoticons: [Emoticon::new(":)", &object), Emoticon::new("(x)", &object)].into(),
    };
    let mime = emoticons.to_mime();
    assert!(
        mime.body().starts_with(b":)\t<msnobj Creator=\"a@b\" ") && mime.body().ends_with(b"/>\t")
    );
    same(&mime, &Content::Emoticons(emoticons.clone()));
    assert_eq!(emoticons.emoticons[0].msn_object(), Ok(object));
    let animated = Content::Emoticons(Emoticons {
        animated: true,
        ..emoticons
    });
    same(&animated.to_mime(), &animated);
    // What the recorded probe sent: no object, but passed on.
    let probe = message("text/x-mms-emoticon", "\r\n:)\tx\t");
    let Content::Emoticons(read) = read(&probe) else {
        panic!("emoticons")
    };
    assert!(read.emoticons[0].msn_object().is_err());
    same(&probe, &Content::Emoticons(read));
    refuse(
        "text/x-mms-emoticon",
        &format!("\r\n{}", "a\tb\t".repeat(65)),
        ContentError::TooMany,
    );
}

#[test]
fn clients_and_servers_introduce_themselves() {
    let caps = message(
        "text/x-clientcaps",
        "\r\nClient-Name: Purple/0\r\nChat-Logging: Y\r\n",
    );
    let content = ClientCaps {
        client: Some("Purple/0".into()),
        logging: Some("Y".into()),
    };
    same(&caps, &Content::ClientCaps(content));
    let down = message(
        "application/x-msmsgssystemmessage",
        "\r\nType: 1\r\nArg1: 5\r\n",
    );
    assert_eq!(down.as_bytes().len(), 88);
    same(
        &down,
        &Content::System(SystemMessage::GoingDown { minutes: 5 }),
    );
    let other = Content::System(SystemMessage::Other {
        kind: 2,
        argument: None,
    });
    same(&other.to_mime(), &other);
    refuse(
        "application/x-msmsgssystemmessage",
        "\r\nArg1: 5\r\n",
        ContentError::Missing("Type"),
    );
    refuse(
        "application/x-msmsgssystemmessage",
        "\r\nType: a\r\n",
        ContentError::Invalid("Type"),
    );
}

#[test]
fn what_is_only_passed_on_has_a_type_too() {
    same(
        &message("text/x-keepalive", "\r\n\r\n"),
        &Content::KeepAlive,
    );
    same(
        &message("text/search-query", "\r\nfish & chips"),
        &Content::SearchQuery("fish & chips".into()),
    );
    for ink in [Ink::Gif, Ink::Isf] {
        let drawing = Handwriting::new(ink, b"GIF89a");
        assert_eq!(drawing.data().as_deref(), Some(&b"GIF89a"[..]));
        same(&drawing.to_mime(), &Content::Handwriting(drawing));
    }
    let part = Handwriting {
        chunk: Some(ChunkNumber::First {
            id: "{A}".into(),
            parts: 2,
        }),
        ..Handwriting::new(Ink::Gif, b"x")
    };
    same(&part.to_mime(), &Content::Handwriting(part));
    let unknown = message("text/x-unheard-of", "X: y\r\n\r\n?");
    same(&unknown, &Content::Other(unknown.clone()));
}

#[test]
fn later_parts_are_known_by_their_number() {
    let part = mime("MIME-Version: 1.0\r\nMessage-ID: {X}\r\nChunk: 1\r\n\r\n\u{e9}!");
    same(
        &part,
        &Content::Part(Part {
            id: "{X}".into(),
            index: 1,
            body: "é!".into(),
        }),
    );
    // Some repeat type and format.
    let typed = message(
        "text/plain; charset=UTF-8",
        "Message-ID: {X}\r\nChunk: 2\r\n\r\nz",
    );
    assert_eq!(
        read(&typed),
        Content::Part(Part {
            id: "{X}".into(),
            index: 2,
            body: "z".into()
        })
    );
    let first = message(
        "text/plain; charset=UTF-8",
        "Message-ID: {X}\r\nChunks: 2\r\n\r\ncaf",
    );
    let Content::Text(text) = read(&first) else {
        panic!("a text")
    };
    assert_eq!(
        text.chunk,
        Some(ChunkNumber::First {
            id: "{X}".into(),
            parts: 2
        })
    );
    same(&first, &Content::Text(text));
    for alone in [
        "Message-ID: {X}\r\nChunks: 1",
        "Message-ID: {X}\r\nChunk: 0",
        "Chunks: 2",
        "Message-ID:\r\nChunk: 3",
    ] {
        let mime = message("text/plain", &format!("{alone}\r\n\r\nz"));
        assert_eq!(ChunkNumber::of(&mime), None, "{alone}");
        assert!(
            matches!(read(&mime), Content::Text(text) if text.chunk.is_none()),
            "{alone}"
        );
    }
}

// Pieces of transfers.

fn p2p() -> P2pMessage {
    P2pMessage {
        destination: Some("bob@example.com;{11111111-aaaa-4aaa-8aaa-111111111111}".into()),
        source: None,
        header: P2pHeader {
            session: 1,
            id: 0x0203_0405,
            offset: 6,
            total: 0x0708_090a_0b0c,
            length: 3,
            flags: 0x20,
            ack_id: 0x0d0e_0f10,
            ack_unique: 0x11,
            ack_size: 0x12,
        },
        data: Bytes::from_static(b"\0\xff\r"),
        footer: 0x0102_0304,
    }
}

#[test]
fn the_p2p_header_is_little_endian_and_its_footer_is_not() {
    let mime = p2p().to_mime();
    let head = [
        1, 0, 0, 0, 5, 4, 3, 2, 6, 0, 0, 0, 0, 0, 0, 0, 0x0c, 0x0b, 0x0a, 9, 8, 7, 0, 0,
    ];
    assert_eq!(mime.body()[..24], head);
    let tail = [
        3, 0, 0, 0, 0x20, 0, 0, 0, 0x10, 0x0f, 0x0e, 0x0d, 0x11, 0, 0, 0, 0x12, 0, 0, 0, 0, 0, 0, 0,
    ];
    assert_eq!(mime.body()[24..48], tail);
    assert_eq!(mime.body()[48..], [0, 0xff, b'\r', 1, 2, 3, 4]);
    same(&mime, &Content::P2p(p2p()));
}

#[test]
fn a_p2p_piece_that_is_cut_says_so() {
    let whole = p2p().to_mime();
    let head = whole.as_bytes().len() - whole.body().len();
    for cut in 0..whole.body().len() {
        let error = Content::of(&mime(&whole.as_bytes()[..head + cut])).expect_err("cut");
        let expected = if cut < 52 { 52 } else { 55 };
        assert_eq!(
            error,
            ContentError::Length {
                found: cut,
                expected
            }
        );
    }
    let mut huge = whole.as_bytes().to_vec();
    huge[head + 24..head + 28].fill(0xff);
    assert!(matches!(
        Content::of(&mime(huge)),
        Err(ContentError::Length { found: 55, .. })
    ));
}

// What the server says.

#[test]
fn a_profile_keeps_its_lines_and_hides_its_ticket() {
    let mime = message(
        "text/x-msmsgsprofile; charset=UTF-8",
        "LoginTime: 1795289268\r\nEmailEnabled: 0\r\npreferredEmail:\r\nkid: 7\r\nsid: 507\r\nMSPAuth: f4b3a63f4020195f35c2Tail\r\n\
         ClientIP: 127.0.0.1\r\nClientPort: 47873\r\nABCHMigrated: 1\r\nMPOPEnabled: 1\r\n\r\n",
    );
    let Content::Profile(profile) = read(&mime) else {
        panic!("a profile")
    };
    assert_eq!(
        (profile.login_time(), profile.site_id(), profile.key_id()),
        (Some(1_795_289_268), Some(507), Some(7))
    );
    assert_eq!(
        (
            profile.email_enabled(),
            profile.address_book_migrated(),
            profile.several_endpoints()
        ),
        (Some(false), Some(true), Some(true))
    );
    assert_eq!(
        (profile.client_ip(), profile.client_port()),
        (Some("127.0.0.1"), Some(47873))
    );
    let ticket = profile.ticket().expect("a ticket").expect("there");
    assert_eq!(ticket.whole().expose(), "f4b3a63f4020195f35c2Tail");
    let shown = format!(
        "{profile:?} {ticket:?} {:?} {:?}",
        Content::Profile(profile.clone()),
        mime
    );
    assert!(!shown.contains("f4b3a"), "{shown}");
    same(&mime, &Content::Profile(profile));
    let made = Profile::new().with_ticket(&Secret::new("t=1&p=".into()));
    assert_eq!(made.get("mspauth"), Some("t=1&p="));
    assert_eq!(Profile::new().ticket(), Ok(None));
}

#[test]
fn the_mailbox_is_told_in_each_era() {
    let old = message(
        "text/x-msmsgsinitialemailnotification; charset=UTF-8",
        "\r\nInbox-Unread: 3\r\nFolders-Unread: 1\r\nInbox-URL: /cgi-bin/HoTMaiL\r\nPost-URL: https://example.com/p\r\n",
    );
    let Content::InitialMail(mail) = read(&old) else {
        panic!("mail")
    };
    assert_eq!((mail.inbox_unread, mail.folders_unread), (3, 1));
    same(&old, &Content::InitialMail(mail));
    assert_eq!(
        InitialMail::default().to_mime().body(),
        b"Inbox-Unread: 0\r\nFolders-Unread: 0\r\n"
    );

    let empty = MailStatus::new(MailStatusKind::Initial, MailData::empty());
    assert_eq!(
        empty.to_mime().as_bytes().len(),
        195,
        "as long as the live server's"
    );
    same(&empty.to_mime(), &Content::MailStatus(empty));

    let moved = message(
        "text/x-msmsgsactivemailnotification; charset=UTF-8",
        "\r\nSrc-Folder: .!!OIM\r\nDest-Folder: .!!trAsH\r\nMessage-Delta: 2\r\n",
    );
    same(&moved, &Content::MailMoved(MailMoved::deleted(2)));

    let letter = NewMail {
        from: "Zoë".into(),
        from_address: "zoe@example.com".into(),
        subject: "plain".into(),
        folder: "ACTIVE".into(),
        fields: Fields::new()
            .with("Message-URL", "/cgi-bin/getmsg?msg=1")
            .with("id", "2"),
    };
    let mime = letter.to_mime();
    assert!(
        mime.body().starts_with(
            b"From: =?utf-8?B?Wm/Dqw==?=\r\nSubject: plain\r\nDest-Folder: ACTIVE\r\n"
        )
    );
    same(&mime, &Content::NewMail(letter));
}

#[test]
fn messages_that_wait_are_listed() {
    // Live notices have a blank inside the encoded word.
    let live = message(
        "text/x-msmsgsoimnotification; charset=UTF-8",
        "\r\nMail-Data: <MD><M><T>11</T><S>6</S><RS>0</RS><SZ>915</SZ><E>alice@example.com</E>\
         <I>E3F5964B-FB16-4DA2-849F-8DEDB1C28E19</I><F>.!!OIM</F><N>=?utf-8?B?QWxpY2U= ?=</N></M><SU> </SU></MD>\r\n",
    );
    let Content::MailStatus(status) = read(&live) else {
        panic!("a status")
    };
    let data = status.data.as_ref().expect("a document");
    let message = data.messages().next().expect("one");
    assert_eq!(
        (message.name.as_str(), message.size, message.folder.as_str()),
        ("Alice", Some(915), ".!!OIM")
    );
    assert_eq!(
        (message.received, message.read, data.counts()),
        (None, false, None)
    );
    same(&live, &Content::MailStatus(status));

    let mut data = MailData::empty();
    data.set_counts(MailCounts {
        inbox: 2,
        inbox_unread: 1,
        ..MailCounts::default()
    });
    data.push(&WaitingMessage {
        received: "2026-11-21T19:48:29Z".parse().ok(),
        size: Some(981),
        ..WaitingMessage::new(
            "4F971A85-0021-4115-A98D-1ABA297CE946",
            "carol@example.com",
            "carol@example.com",
        )
    });
    let expected = "<MD><E><I>2</I><IU>1</IU><O>0</O><OU>0</OU></E><Q><QTM>409600</QTM><QNM>204800</QNM></Q>\
        <M><T>11</T><S>6</S><RT>2026-11-21T19:48:29Z</RT><RS>0</RS><SZ>981</SZ><E>carol@example.com</E>\
        <I>4F971A85-0021-4115-A98D-1ABA297CE946</I><F>00000000-0000-0000-0000-000000000009</F>\
        <N>=?utf-8?B?Y2Fyb2xAZXhhbXBsZS5jb20=?=</N></M></MD>";
    assert_eq!(String::from_utf8(data.encode()).expect("text"), expected);
    assert_eq!(MailData::parse(expected.as_bytes()), Ok(data));
}

#[test]
fn mail_data_may_be_too_large_or_wrong() {
    let kind = "text/x-msmsgsinitialmdatanotification; charset=UTF-8";
    let large = message(kind, "\r\nMail-Data: too-large\r\nInbox-URL: /i\r\n");
    let status = MailStatus {
        kind: MailStatusKind::Initial,
        data: None,
        fields: Fields::new().with("Inbox-URL", "/i"),
    };
    same(&large, &Content::MailStatus(status));
    let broken = message(
        kind,
        "\r\nInbox-URL: /i\r\nMail-Data:\r\n <MD>\r\n<E><I>1</I></E>\n</MD>\r\n",
    );
    let Content::MailStatus(status) = read(&broken) else {
        panic!("a status")
    };
    let counts = status
        .data
        .as_ref()
        .and_then(MailData::counts)
        .expect("counts");
    assert_eq!(
        (counts.inbox, status.fields.get("Inbox-URL")),
        (1, Some("/i"))
    );
    assert_eq!(
        read(&status.to_mime()),
        Content::MailStatus(status),
        "written in one line"
    );
    refuse(
        kind,
        "\r\nInbox-URL: /i\r\n",
        ContentError::Missing("Mail-Data"),
    );
    refuse(
        kind,
        "\r\nMail-Data: other\r\n",
        ContentError::Invalid("Mail-Data"),
    );
    refuse(
        kind,
        "\r\nX: <MD></MD>\r\n",
        ContentError::Invalid("Mail-Data"),
    );
    let error = Content::of(&message(kind, "\r\nMail-Data: <MD><E></MD>\r\n"));
    assert!(
        matches!(error, Err(ContentError::MailData(PayloadError::Xml(_)))),
        "{error:?}"
    );
}

#[test]
fn each_kind_goes_with_its_letter() {
    let letter = |content: Content| content.acknowledgement().as_str();
    assert_eq!(letter(Content::Text(Text::new("x"))), "A");
    let page_mode = |content: Content| content.page_mode_kind();
    assert_eq!(page_mode(Content::Text(Text::new("x"))), Some(1));
    assert_eq!(page_mode(Content::Typing(Typing::Unnamed)), Some(2));
    assert_eq!(page_mode(Content::Datacast(Datacast::Nudge)), Some(3));
    assert_eq!(page_mode(Content::KeepAlive), None);
    assert_eq!(letter(Content::P2p(p2p())), "D");
    assert_eq!(letter(Content::Typing(Typing::Unnamed)), "U");
    assert_eq!(letter(Content::Datacast(Datacast::Nudge)), "N");
    assert_eq!(
        Content::KeepAlive.acknowledgement(),
        Acknowledgement::OnFailure
    );
}

#[test]
fn what_people_write_does_not_show_in_debug() {
    let shown = [
        format!("{:?}", Content::Text(Text::new("a secret plan"))),
        format!("{:?}", mime("MIME-Version: 1.0\r\n\r\na secret plan")),
        format!(
            "{:?}",
            Part {
                id: "x".into(),
                index: 1,
                body: "a secret plan".into()
            }
        ),
        format!("{:?}", Fields::new().with("Subject", "a secret plan")),
    ];
    assert!(
        shown.iter().all(|shown| !shown.contains("secret")),
        "{shown:?}"
    );
}

// Any bytes, any values.

/// Words that stand in headers and fields.
fn word() -> impl Strategy<Value = String> {
    "[!-~é日]([ -~é日]{0,12}[!-~é日])?"
}

fn content() -> impl Strategy<Value = Content> {
    let body = proptest::collection::vec(any::<u8>(), 0..64).prop_map(Bytes::from);
    let chunk = prop_oneof![
        Just(None),
        (word(), 2u32..100).prop_map(|(id, parts)| Some(ChunkNumber::First { id, parts })),
    ];
    let text = (
        proptest::option::of(word()),
        proptest::option::of(word()),
        chunk,
        body.clone(),
    );
    prop_oneof![
        text.prop_map(|(shown_name, user_agent, chunk, body)| {
            Content::Text(Text {
                shown_name,
                user_agent,
                chunk,
                body,
                format: Some(TextFormat::default()),
                ..Text::default()
            })
        }),
        (word(), 1u32..100, body.clone()).prop_map(|(id, index, body)| Content::Part(Part {
            id,
            index,
            body
        })),
        word().prop_map(|account| Content::Typing(Typing::Typing(account))),
        (5u32.., proptest::option::of(word()))
            .prop_map(|(id, data)| Content::Datacast(Datacast::Other { id, data })),
        (any::<u32>(), word())
            .prop_map(|(cookie, code)| Content::Invitation(Invitation::cancel(cookie, &code))),
        (any::<u32>(), any::<u64>(), any::<u32>(), body).prop_map(|(id, total, footer, data)| {
            let length = u32::try_from(data.len()).expect("short");
            let header = P2pHeader {
                id,
                total,
                length,
                ..P2pHeader::default()
            };
            Content::P2p(P2pMessage {
                destination: None,
                source: None,
                header,
                data,
                footer,
            })
        }),
        (
            any::<bool>(),
            proptest::collection::vec((word(), word()), 1..4)
        )
            .prop_map(|(animated, pairs)| {
                let emoticons = pairs
                    .into_iter()
                    .map(|(shortcut, object)| Emoticon { shortcut, object })
                    .collect();
                Content::Emoticons(Emoticons {
                    animated,
                    emoticons,
                })
            }),
        word().prop_map(Content::SearchQuery),
        (word(), word()).prop_map(|(name, value)| Content::Profile(
            Profile::new().with("x-name", &name).with("x", &value)
        )),
        ("\\PC{0,20}", "\\PC{0,20}").prop_map(|(from, subject)| {
            let (from, subject) = (from.trim().to_owned(), subject.trim().to_owned());
            Content::NewMail(NewMail {
                from,
                subject,
                ..NewMail::default()
            })
        }),
        any::<u32>().prop_map(|count| Content::MailMoved(MailMoved::deleted(count))),
        (word(), word(), word()).prop_map(|(id, sender, name)| {
            let mut data = MailData::empty();
            data.push(&WaitingMessage::new(id, sender, name));
            Content::MailStatus(MailStatus::new(MailStatusKind::Waiting, data))
        }),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read(content in content()) {
        let mime = content.to_mime();
        let again = Mime::parse(mime.as_bytes().clone());
        prop_assert_eq!(again.as_ref(), Ok(&mime));
        prop_assert_eq!(Content::of(&mime), Ok(content));
    }

    #[test]
    fn what_is_read_is_written(head in "MIME-Version: 1.0\r\n(Content-Type: (text/plain|text/x-msmsgscontrol|text/x-msnmsgr-datacast|text/x-msmsgsinvite|text/x-mms-emoticon|text/x-msmsgsprofile|text/x-msmsgsoimnotification|text/x-msmsgsemailnotification)\r\n)?([A-Za-z-]{1,9}:[ -~]{0,9}\r\n){0,3}\r\n", body in "((ID|Mail-Data|Invitation-Command|Invitation-Cookie|From): ?(1|too-large|ACCEPT|<MD/>|x)\r?\n?|[ -~\t\r\n]){0,6}") {
        let mime = mime(format!("{head}{body}"));
        if let Ok(content) = Content::of(&mime) {
            prop_assert_eq!(Content::of(&content.to_mime()), Ok(content));
        }
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
        if let Ok(mime) = Mime::parse(bytes.clone().into()) {
            prop_assert_eq!(&mime.as_bytes()[..], &bytes[..]);
            let _ = Content::of(&mime);
        }
    }
}

#[test]
fn every_cut_of_a_message_is_read_or_refused() {
    let contents = [
        Content::Text(Text::new("grüße")),
        Content::P2p(p2p()),
        Content::Invitation(Invitation::cancel(1, "FAIL")),
        Content::MailStatus(MailStatus::new(MailStatusKind::Initial, MailData::empty())),
    ];
    for content in contents {
        let whole = content.to_mime().into_bytes();
        // Line ends at the end may be missing.
        for cut in 0..whole.trim_ascii_end().len() {
            if let Ok(mime) = Mime::parse(whole.slice(..cut)) {
                assert_ne!(Content::of(&mime), Ok(content.clone()), "cut at {cut}");
            }
        }
    }
}
