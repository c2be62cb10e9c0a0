//! Group 10: URL-encoded fields. Lenient reading takes everything, strict reading says where.

use soap_codec::bsim::{Operation, SessionEvents};
use soap_codec::fields::{FieldError, decode, decode_strict, encode_service};

use super::*;

#[track_caller]
fn bad_escape(field: &str, lenient: &str) {
    assert_eq!(decode(field), lenient);
    let at = field.find('%').expect("an escape");
    assert_eq!(decode_strict(field), Err(FieldError::Escape { at }));
}

#[track_caller]
fn bad_utf_8(field: &str, at: usize, lenient: &str) {
    assert_eq!(decode(field), lenient);
    assert_eq!(decode_strict(field), Err(FieldError::InvalidUtf8 { at }));
}

#[track_caller]
fn good(field: &str, text: &str) {
    assert_eq!(decode(field), text);
    assert_eq!(decode_strict(field).as_deref(), Ok(text));
}

#[test]
fn escapes_that_are_none() {
    bad_escape("%", "%");
    bad_escape("%4", "%4");
    bad_escape("a%GG", "a%GG");
    bad_escape("%4G%", "%4G%");
    bad_escape("%%41", "%A");
    bad_escape("% 41", "% 41");
    bad_escape("%+1", "% 1");
    bad_escape("%u5C0F", "%u5C0F");
    bad_escape("50% off", "50% off");
    bad_escape("%小", "%小");
}

#[test]
fn a_position_is_that_of_the_first_bad_escape() {
    assert_eq!(decode_strict("%41%42%4"), Err(FieldError::Escape { at: 6 }));
}

#[test]
fn control_characters_are_characters_here() {
    good("%00", "\0");
    good("%0D%0A", "\r\n");
    // They go out the way they came, so XML never sees them.
    assert_eq!(encode_service("\0\r\n"), "%00%0D%0A");
}

#[test]
fn bytes_that_are_no_utf_8() {
    bad_utf_8("%C0%80", 0, "\u{FFFD}\u{FFFD}");
    bad_utf_8("a%ED%A0%80", 1, "a\u{FFFD}\u{FFFD}\u{FFFD}");
    bad_utf_8("%E4%B8", 0, "\u{FFFD}");
    bad_utf_8("%FF", 0, "\u{FFFD}");
}

#[test]
fn mixed_case_digits() {
    good("%e5%B0%8f", "小");
    good("%4a%4A", "JJ");
}

#[test]
fn plus_and_escaped_plus() {
    good("+", " ");
    good("%2B", "+");
    good("%2b+%20", "+  ");
}

#[test]
fn a_megabyte_of_escapes() {
    let field = "%41".repeat(350_000);
    good(&field, &"A".repeat(350_000));
    bad_escape(&"%".repeat(1_000_000), &"%".repeat(1_000_000));
}

#[test]
fn a_careless_message_does_not_fail_the_request() {
    let wire = include_str!("../data/wire/sendmessage-request.xml");
    let body = wire.replace("Test+Message", "50% off");
    let read = envelope(body).expect("an envelope");
    let operation = Operation::decode(OperationName::SendMessage, &read, Leniency::default());
    let Operation::SendMessage(request) = operation else {
        panic!("{operation:?}");
    };
    assert_eq!(request.message.as_deref(), Some("50% off"));
}

#[test]
fn a_nul_in_a_nickname_is_carried_there_and_back() {
    let document = "<Session id=\"x\"><IM type=\"msn\" account=\"a\"><OnNicknameChanged>a%00b\
                    </OnNicknameChanged></IM></Session>";
    let read = SessionEvents::parse(document, &mut Budget::default(), Leniency::default());
    let written = read.expect("readable").to_xml().expect("encodes");
    assert!(written.ends_with(document));
}
