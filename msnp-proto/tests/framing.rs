//! Framing, case by case: what is a frame, what is not, and at which byte.

mod cutting;

use bytes::Bytes;
use cutting::{cut, every_way};
use msnp_proto::{
    Frame, FrameDecoder, FrameError, FrameErrorKind, Limits, PayloadRule, PayloadTable, Side, TrId,
    Verb,
};
use proptest::prelude::*;

fn server() -> PayloadTable {
    PayloadTable::sent_by(Side::Server)
}

fn client() -> PayloadTable {
    PayloadTable::sent_by(Side::Client)
}

/// Asserts that `bytes` are exactly the frames with these lines and payloads, however they are cut.
#[track_caller]
fn check(table: &PayloadTable, bytes: &str, frames: &[(&str, &str)]) {
    let results = every_way(table, bytes.as_bytes(), |_| true);
    let got: Vec<_> = results
        .iter()
        .map(|result| {
            let frame = result.as_ref().expect("a frame");
            let line = std::str::from_utf8(frame.line()).expect("UTF-8");
            let payload = std::str::from_utf8(frame.payload()).expect("UTF-8");
            (line, payload)
        })
        .collect();
    assert_eq!(got, frames);
}

/// Asserts that cutting `bytes` meets this error first, however they are cut.
#[track_caller]
fn refused(table: &PayloadTable, bytes: &str, kind: FrameErrorKind, offset: u64) {
    let results = every_way(table, bytes.as_bytes(), |_| true);
    let error = results.into_iter().find_map(Result::err);
    assert_eq!(error, Some(FrameError { kind, offset }));
}

#[test]
fn an_error_of_two_words_has_no_payload() {
    check(&server(), "911 4\r\nOUT\r\n", &[("911 4", ""), ("OUT", "")]);
}

#[test]
fn an_error_of_three_words_has_one() {
    check(
        &server(),
        "241 8 25\r\n<ml>not valid, sorry</ml>OUT\r\n",
        &[("241 8 25", "<ml>not valid, sorry</ml>"), ("OUT", "")],
    );
    check(
        &server(),
        "715 4 SB x\r\nOUT\r\n",
        &[("715 4 SB x", ""), ("OUT", "")],
    );
}

#[test]
fn a_number_below_200_is_no_error_with_a_payload() {
    check(
        &server(),
        "100 1 5\r\nOUT\r\n",
        &[("100 1 5", ""), ("OUT", "")],
    );
}

#[test]
fn a_client_sends_no_errors_with_a_payload() {
    check(
        &client(),
        "241 8 25\r\nOUT\r\n",
        &[("241 8 25", ""), ("OUT", "")],
    );
}

#[test]
fn a_bare_ok_has_no_payload() {
    check(
        &server(),
        "ADL 6 OK\r\nRML 7 OK\r\nUUN 5 OK\r\nPUT 7 OK\r\nADL 0 4\r\n<ml>QNG 50\r\n",
        &[
            ("ADL 6 OK", ""),
            ("RML 7 OK", ""),
            ("UUN 5 OK", ""),
            ("PUT 7 OK", ""),
            ("ADL 0 4", "<ml>"),
            ("QNG 50", ""),
        ],
    );
}

#[test]
fn an_ok_with_a_length_has_one() {
    check(
        &server(),
        "PUT 7 OK 0\r\nPUT 8 OK 4\r\nR: 1FSL 5 OK 0\r\nFSL 6\r\nOUT\r\n",
        &[
            ("PUT 7 OK 0", ""),
            ("PUT 8 OK 4", "R: 1"),
            ("FSL 5 OK 0", ""),
            ("FSL 6", ""),
            ("OUT", ""),
        ],
    );
}

#[test]
fn somebody_may_be_called_ok() {
    check(
        &server(),
        "MSG a@b OK 3\r\nabcMSG a@b 2\r\nhiMSG Hotmail Hotmail 1\r\nx",
        &[
            ("MSG a@b OK 3", "abc"),
            ("MSG a@b 2", "hi"),
            ("MSG Hotmail Hotmail 1", "x"),
        ],
    );
}

#[test]
fn the_length_of_ubx_is_its_last_word_in_every_dialect() {
    check(
        &server(),
        "UBX a@b 2\r\nhiUBX a@b 1 2\r\nhiUBX 1:a@b 0\r\nUBX 1:a@b;via=9:c@d 2\r\nhi",
        &[
            ("UBX a@b 2", "hi"),
            ("UBX a@b 1 2", "hi"),
            ("UBX 1:a@b 0", ""),
            ("UBX 1:a@b;via=9:c@d 2", "hi"),
        ],
    );
}

#[test]
fn a_number_at_the_end_is_not_a_length_by_itself() {
    let lines = "CHL 0 15570131571988941333\r\nQNG 50\r\nVER 1 0\r\nSBS 0 null\r\nCHG 3 NLN 0\r\n\
                 USR 4 OK a@b 1 0\r\nQRY 9\r\nGTC 5 3\r\nURL 19 /a /b 1\r\n";
    let expected: Vec<_> = lines
        .trim_end()
        .split("\r\n")
        .map(|line| (line, ""))
        .collect();
    check(&server(), lines, &expected);
}

#[test]
fn a_challenge_is_answered_with_a_payload_and_confirmed_without() {
    check(
        &client(),
        "QRY 9 msmsgs@msnmsgr.com 32\r\n8f2f5a91b72102cd28355e9fc9000d6eOUT\r\n",
        &[
            (
                "QRY 9 msmsgs@msnmsgr.com 32",
                "8f2f5a91b72102cd28355e9fc9000d6e",
            ),
            ("OUT", ""),
        ],
    );
    check(&server(), "QRY 9\r\nOUT\r\n", &[("QRY 9", ""), ("OUT", "")]);
}

#[test]
fn trailing_spaces_tabs_and_runs_are_separators() {
    check(
        &server(),
        "LST a@b Al 11 1 \r\n MSG  a@b\tAl   2 \t\nhiUSR 4 OK a@b 1 0 \r\n",
        &[
            ("LST a@b Al 11 1 ", ""),
            (" MSG  a@b\tAl   2 \t", "hi"),
            ("USR 4 OK a@b 1 0 ", ""),
        ],
    );
}

#[test]
fn a_payload_may_hold_nul_bytes_and_line_ends() {
    check(
        &server(),
        "MSG a@b Al 8\r\n\0\0\r\n\r\n\0MQNG 50\r\n",
        &[("MSG a@b Al 8", "\0\0\r\n\r\n\0M"), ("QNG 50", "")],
    );
}

#[test]
fn a_carriage_return_alone_ends_nothing() {
    check(&server(), "PRP MFN a\rb\r\n", &[("PRP MFN a\rb", "")]);
    let results = every_way(&server(), b"VER 1 MSNP12\r", |_| true);
    assert!(results.is_empty());
}

#[test]
fn a_blank_line_is_reported_and_passed() {
    for blank in ["\r\n", "\n", "  \r\n", "\t\n"] {
        let bytes = format!("QNG 50\r\n{blank}OUT\r\n");
        refused(&server(), &bytes, FrameErrorKind::BlankLine, 8);
        let results = every_way(&server(), bytes.as_bytes(), |_| true);
        assert_eq!(results.len(), 3);
        assert_eq!(results[2].as_ref().map(Frame::verb), Ok(Verb::OUT));
    }
}

#[test]
fn a_bad_verb_is_reported_and_its_line_passed() {
    for line in ["HELLO", "US", "U:R 1", "<html>", "USR\0", "\u{e9}x 1", "\r"] {
        let bytes = format!("{line}\r\nOUT\r\n");
        refused(&server(), &bytes, FrameErrorKind::BadVerb, 0);
        let results = every_way(&server(), bytes.as_bytes(), |_| true);
        assert_eq!(results[1].as_ref().map(Frame::verb), Ok(Verb::OUT));
    }
}

#[test]
fn a_verb_in_lower_case_is_another_verb() {
    check(
        &client(),
        "uux 9 34\r\nOUT\r\n",
        &[("uux 9 34", ""), ("OUT", "")],
    );
}

#[test]
fn a_payload_command_without_a_length_loses_the_stream() {
    for line in [
        "MSG a@b Al x",
        "MSG",
        "MSG a@b Al -1",
        "MSG a@b 4294967296",
        "ADL 0 0x10",
    ] {
        let bytes = format!("QNG 50\r\n{line}\r\nOUT\r\n");
        refused(&server(), &bytes, FrameErrorKind::BadLength, 8);
        let results = every_way(&server(), bytes.as_bytes(), |_| true);
        assert_eq!(results.len(), 2, "nothing behind a fatal error");
    }
}

#[test]
fn a_line_above_the_limit_loses_the_stream() {
    let limits = Limits {
        line: 16,
        payload: 16,
    };
    let kind = FrameErrorKind::LineTooLong { limit: 16 };
    for (bytes, fits) in [
        (&b"PRP MFN 3456\r\n"[..], true),
        (b"PRP MFN 345678\r\n", true),
        (b"PRP MFN 3456789\r\n", false),
        (b"PRP MFN 3456789012345678901234567890", false),
        (b"PRP MFN 3456789", true),
    ] {
        for size in 1..=bytes.len() {
            let error = cut(&server(), limits, bytes.chunks(size))
                .into_iter()
                .find_map(Result::err);
            let expected = (!fits).then_some(FrameError { kind, offset: 0 });
            assert_eq!(
                error,
                expected,
                "{} in pieces of {size}",
                bytes.escape_ascii()
            );
        }
    }
}

#[test]
fn a_payload_above_the_limit_loses_the_stream_before_it_is_buffered() {
    let limits = Limits {
        line: 64,
        payload: 16,
    };
    let bytes = b"MSG a@b Al 16\r\n0123456789abcdefMSG a@b Al 17\r\n";
    for size in 1..=bytes.len() {
        let results = cut(&server(), limits, bytes.chunks(size));
        let kind = FrameErrorKind::PayloadTooLarge {
            announced: 17,
            limit: 16,
        };
        assert_eq!(results.len(), 2);
        assert_eq!(results[1], Err(FrameError { kind, offset: 31 }));
    }
    refused(
        &server(),
        "MSG a@b Al 4294967295\r\n",
        FrameErrorKind::PayloadTooLarge {
            announced: u32::MAX,
            limit: 1024 * 1024,
        },
        0,
    );
}

#[test]
fn a_fatal_error_is_repeated_and_nothing_is_kept() {
    let mut decoder = FrameDecoder::new(server());
    decoder.push("OUT\r\nMSG x\r\nOUT\r\n");
    assert_eq!(
        decoder.next_frame().map(|frame| frame.map(|f| f.verb())),
        Ok(Some(Verb::OUT))
    );
    let error = decoder.next_frame().expect_err("no length");
    assert!(error.is_fatal());
    decoder.push("OUT\r\n");
    assert_eq!(decoder.next_frame(), Err(error.clone()));
    assert_eq!(decoder.next_frame(), Err(error));
    assert_eq!(decoder.buffered(), 0);
}

#[test]
fn offsets_count_from_the_first_byte() {
    let mut decoder = FrameDecoder::new(server());
    for (piece, offset) in [
        ("QNG 50\r", 0),
        ("\nMSG a@b Al 3\r\nx", 8),
        ("yzOUT", 25),
        ("\r\n", 30),
    ] {
        decoder.push(piece);
        while decoder.next_frame().expect("a good stream").is_some() {}
        assert_eq!(decoder.offset(), offset);
    }
    assert_eq!(decoder.buffered(), 0);
    decoder.push("\r\n");
    let error = decoder.next_frame().expect_err("a blank line");
    assert_eq!((error.offset, decoder.offset()), (30, 32));
}

#[test]
fn a_frame_within_one_piece_is_a_slice_of_it() {
    let piece = Bytes::from_static(b"MSG a@b Al 2\r\nhiQNG 50\r\n");
    let mut decoder = FrameDecoder::new(server());
    decoder.push(piece.clone());
    let frame = decoder.next_frame().expect("a frame").expect("whole");
    assert_eq!(frame.as_bytes().as_ptr(), piece.as_ptr());
    assert_eq!(frame.payload_bytes().as_ptr(), piece[14..].as_ptr());
}

#[test]
fn a_transaction_id_is_a_number_of_32_bits_or_none() {
    for (line, trid) in [
        ("URL 4294967295 INBOX", Some(u32::MAX)),
        ("URL 0 INBOX", Some(0)),
        ("URL 4294967296 INBOX", None),
        ("URL -5 INBOX", None),
        ("URL abc INBOX", None),
        ("URL +1 INBOX", None),
        ("URL 00000000001", None),
        ("PNG", None),
    ] {
        let results = every_way(&client(), format!("{line}\r\n").as_bytes(), |_| true);
        let frame = results[0].as_ref().expect("a frame");
        assert_eq!(frame.trid(), trid.map(TrId), "{line}");
    }
}

#[test]
fn an_msnp24_line_has_a_length_whatever_its_verb() {
    check(
        &PayloadTable::msnp24(),
        "PNG 1 CON 0\r\nZZZ 2 MSGR\\NEW 4\r\n\r\nhi911 3 CON 2\r\n\r\nABC 4 NEW 3\r\nxyzPNG\r\nABC 5 NEW x\r\n",
        &[
            ("PNG 1 CON 0", ""),
            ("ZZZ 2 MSGR\\NEW 4", "\r\nhi"),
            ("911 3 CON 2", "\r\n"),
            ("ABC 4 NEW 3", "xyz"),
            ("PNG", ""),
            ("ABC 5 NEW x", ""),
        ],
    );
    refused(
        &PayloadTable::msnp24(),
        "PUT 1 MSGR\\PRESENCE x\r\n",
        FrameErrorKind::BadLength,
        0,
    );
}

#[test]
fn either_table_reads_mixed_streams() {
    check(
        &PayloadTable::either(Side::Server),
        "NLN NLN a@b Al 0\r\nSDG 0 MSGR 4\r\n\r\nhiSDG 0 3\r\nabc911 4\r\n911 2 CON 5\r\n\r\nbadADG 5 CON 12\r\n\
         XFR 3 CON 2\r\n\r\nXFR 3 SB 127.0.0.1:1 CKI 1\r\nPUT 6 OK\r\nPUT 6 MSGR 2\r\n\r\nMSG a@b CON 1\r\nx",
        &[
            ("NLN NLN a@b Al 0", ""),
            ("SDG 0 MSGR 4", "\r\nhi"),
            ("SDG 0 3", "abc"),
            ("911 4", ""),
            ("911 2 CON 5", "\r\nbad"),
            ("ADG 5 CON 12", ""),
            ("XFR 3 CON 2", "\r\n"),
            ("XFR 3 SB 127.0.0.1:1 CKI 1", ""),
            ("PUT 6 OK", ""),
            ("PUT 6 MSGR 2", "\r\n"),
            ("MSG a@b CON 1", "x"),
        ],
    );
}

#[test]
fn a_table_of_msnp24_takes_rules_too() {
    let mut table = PayloadTable::msnp24();
    assert_eq!(table.rule(Verb::MSG), PayloadRule::None);
    table.set(Verb::MSG, PayloadRule::LastWord);
    assert_eq!(table.rule(Verb::MSG), PayloadRule::LastWord);
    assert_eq!(table.rule(Verb::UBX), PayloadRule::None);
}

#[test]
fn a_table_learns_a_verb() {
    let mut table = server();
    let verb = Verb::new(*b"XYZ").expect("three letters");
    check(&table, "XYZ 3\r\n", &[("XYZ 3", "")]);
    table.set(verb, PayloadRule::LastWord);
    check(&table, "XYZ 3\r\nabc", &[("XYZ 3", "abc")]);
    table.set(verb, PayloadRule::None);
    check(&table, "XYZ 3\r\n", &[("XYZ 3", "")]);
}

#[test]
fn a_table_holds_any_number_of_verbs() {
    let mut table = server();
    let words = (b'A'..=b'Z').flat_map(|a| (b'A'..=b'Z').map(move |b| [b'q', a, b]));
    let verbs: Vec<_> = words.filter_map(Verb::new).collect();
    for verb in &verbs {
        table.set(*verb, PayloadRule::LastWord);
    }
    assert!(
        verbs
            .iter()
            .all(|verb| table.rule(*verb) == PayloadRule::LastWord)
    );
    assert_eq!(table.rule(Verb::MSG), PayloadRule::LastWord);
    assert_eq!(table.rule(Verb::QNG), PayloadRule::None);
}

/// Lengths that were printed by others and recounted; `tests/data/payload-lengths.tsv`.
#[test]
fn published_payload_lengths_are_what_is_counted() {
    let table = include_str!("data/payload-lengths.tsv");
    let mut rows = 0;
    for row in table.lines().skip(1) {
        let columns: Vec<_> = row.split('\t').collect();
        let [source, command, announced, ..] = columns[..] else {
            panic!("row {row}");
        };
        let payload = columns[5]
            .replace("\\r", "\r")
            .replace("\\n", "\n")
            .replace("\\t", "\t")
            .replace("\\\\", "\\");
        let verb = Verb::new(command.as_bytes()[..3].try_into().expect("three")).expect("a verb");
        let frame = Frame::build(verb).trid(5).payload(payload.as_bytes());
        let line = format!("{verb} 5 {announced}");
        assert_eq!(frame.line(), line.as_bytes(), "{source}: {command}");

        let mut stream = frame.as_bytes().to_vec();
        stream.extend_from_slice(b"OUT\r\n");
        let mut table = server();
        table.set(verb, PayloadRule::LastWord);
        let results = every_way(&table, &stream, |at| at % 7 == 0);
        assert_eq!(results.len(), 2, "{source}: {command}");
        assert_eq!(results[0], Ok(frame), "{source}: {command}");
        rows += 1;
    }
    assert_eq!(rows, 34);
}

/// Any frame that the builder makes for a verb with a payload, and any that it makes without.
fn any_frame() -> impl Strategy<Value = Frame> {
    let words = proptest::collection::vec("[^\\x00]{0,12}", 0..5);
    let payload = proptest::collection::vec(any::<u8>(), 0..64);
    let verb = prop::sample::select(vec![Verb::MSG, Verb::ADL, Verb::NFY, Verb::QNG, Verb::ILN]);
    (verb, any::<u32>(), words, payload).prop_map(|(verb, trid, words, payload)| {
        let builder = Frame::build(verb).trid(trid);
        let builder = words
            .iter()
            .fold(builder, |builder, word| builder.param(word));
        match verb {
            Verb::QNG | Verb::ILN => builder.finish(),
            _ => builder.payload(&payload),
        }
    })
}

/// Bytes that look like the protocol more often than random ones do.
fn protocol_soup() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"\r\n".to_vec()),
        Just(b"\n".to_vec()),
        Just(b" ".to_vec()),
        Just(b"MSG a@b Al 5\r\n".to_vec()),
        Just(b"ADL 6 OK\r\n".to_vec()),
        Just(b"PUT 6 MSGR\\X 3\r\n".to_vec()),
        Just(b"911 2 CON 4\r\n".to_vec()),
        Just(b"241 3 7\r\n".to_vec()),
        Just(b"MSG".to_vec()),
        "[A-Z]{3} [0-9]{1,3}( [A-Z]{1,4})?\r?\n".prop_map(String::into_bytes),
        proptest::collection::vec(any::<u8>(), 0..6),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn any_table() -> impl Strategy<Value = PayloadTable> {
    prop::sample::select(vec![
        server(),
        client(),
        PayloadTable::msnp24(),
        PayloadTable::either(Side::Server),
        PayloadTable::either(Side::Client),
    ])
}

fn pieces<'a>(bytes: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    places.push(0);
    places.push(bytes.len());
    places.sort_unstable();
    places
        .windows(2)
        .map(|pair| &bytes[pair[0]..pair[1]])
        .collect()
}

proptest! {
    #[test]
    fn frames_come_back_however_their_bytes_are_cut(
        frames in proptest::collection::vec(any_frame(), 0..8),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let mut bytes = Vec::new();
        for frame in &frames {
            frame.encode(&mut bytes);
        }
        let results = cut(&server(), Limits::default(), pieces(&bytes, &cuts));
        let back: Result<Vec<_>, _> = results.into_iter().collect();
        prop_assert_eq!(back, Ok(frames));
    }

    #[test]
    fn any_bytes_give_the_same_however_they_are_cut(
        table in any_table(),
        bytes in protocol_soup(),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let limits = Limits { line: 40, payload: 60 };
        let whole = cut(&table, limits, [&bytes[..]]);
        prop_assert_eq!(&cut(&table, limits, pieces(&bytes, &cuts)), &whole);
        prop_assert_eq!(&cut(&table, limits, bytes.chunks(1)), &whole);
        for frame in whole.iter().flatten() {
            prop_assert!(frame.line().len() < 40 && frame.payload().len() <= 60);
        }
    }

    #[test]
    fn no_parameter_starts_a_second_command(word in any::<String>()) {
        let frame = Frame::build(Verb::PRP).trid(1).param("MFN").param(&word).finish();
        let results = cut(&client(), Limits::default(), [&frame.as_bytes()[..]]);
        prop_assert_eq!(results.len(), 1);
        let decoded = msnp_proto::param::decode(frame.param(2).expect("the word"));
        let expected = if word.is_empty() { " " } else { &word };
        prop_assert_eq!(&*decoded, expected.as_bytes());
    }
}

#[test]
fn limits_may_change_between_lines() {
    let few = Limits {
        line: 64,
        payload: 4,
    };
    let mut decoder = FrameDecoder::with_limits(PayloadTable::msnp24(), few);
    decoder.push("PNG 1 CON 2\r\n\r\nPNG 2 CON 7\r\nA:b\n\r\nc");
    assert_eq!(decoder.next_frame().unwrap().unwrap().payload().len(), 2);
    decoder.set_limits(Limits::default());
    assert_eq!(decoder.next_frame().unwrap().unwrap().payload().len(), 7);
    decoder.set_limits(few);
    decoder.push("PNG 3 CON 7\r\n");
    let error = decoder.next_frame().unwrap_err();
    assert!(error.is_fatal());
}
