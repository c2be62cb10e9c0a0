//! Layered bodies: the transcripts of msnp24.md 16 and the "facts for parsers" of its section 5.

use bytes::Bytes;
use msnp_proto::payload::layers::{Content, Layers, LayersErrorKind};
use msnp_proto::{Address, AddressError};
use proptest::prelude::*;

const EPID: &str = "{11111111-2222-3333-4444-555555555555}";

fn parse(text: impl AsRef<[u8]>) -> Layers {
    Layers::parse(Bytes::copy_from_slice(text.as_ref())).expect("layers")
}

fn address(text: &str) -> Address {
    text.parse().expect("an address")
}

#[track_caller]
fn refuse(text: &str, offset: usize, kind: LayersErrorKind) {
    let error = Layers::parse(Bytes::copy_from_slice(text.as_bytes())).expect_err("refused");
    assert_eq!((error.offset, error.kind), (offset, kind), "{text:?}");
}

/// `SDG 9 314` of msnp24.md 16.1; its body is three bytes long.
const SDG: &str = "Routing: 1.0\r\n\
    To: 1:bob@hotmail.com\r\n\
    From: 1:alice@hotmail.com;epid={11111111-2222-3333-4444-555555555555}\r\n\
    Service-Channel: IM/Online\r\n\
    \r\n\
    Reliability: 1.0\r\n\
    \r\n\
    Messaging: 2.0\r\n\
    Message-Type: Text\r\n\
    Content-Length: 3\r\n\
    Content-Type: text/plain; charset=UTF-8\r\n\
    X-MMS-IM-Format: FN=Segoe%20UI; EF=; CO=0; CS=0; PF=0\r\n\
    \r\n\
    hé";

/// `PUT 8 OK 132` of msnp24.md 16.1: two blocks.
const PUT_OK: &str = "Routing: 1.0\r\n\
    To: 1:alice@hotmail.com;epid={11111111-2222-3333-4444-555555555555}\r\n\
    From: 1:alice@hotmail.com\r\n\
    \r\n\
    Reliability: 1.0\r\n\
    \r\n";

/// `PUT 8 637` of msnp24.md 16.1, its head.
const PUT_HEAD: &str = "Routing: 1.0\r\n\
    To: 1:alice@hotmail.com\r\n\
    From: 1:alice@hotmail.com;epid={11111111-2222-3333-4444-555555555555}\r\n\
    \r\n\
    Reliability: 1.0\r\n\
    Stream: 1\r\n\
    Flags: ACK\r\n\
    \r\n\
    Publication: 1.0\r\n\
    Uri: /user\r\n\
    Content-Type: application/user+xml\r\n\
    Content-Length: 393\r\n\
    \r\n";

#[test]
fn a_message_of_the_transcript_is_read() {
    assert_eq!(SDG.len(), 314);
    let layers = parse(SDG);
    assert_eq!(layers.to(), Ok(address("1:bob@hotmail.com")));
    assert_eq!(
        layers.from(),
        Ok(address("1:alice@hotmail.com").with_epid(EPID.parse().unwrap()))
    );
    assert_eq!(layers.routing().get("service-channel"), Some("IM/Online"));
    assert_eq!(layers.content(), Some(Content::Messaging));
    assert_eq!(layers.header("Message-Type"), Some("Text"));
    assert_eq!(layers.body(), "hé".as_bytes());
    assert_eq!(layers.as_bytes(), SDG.as_bytes());
}

#[test]
fn the_message_of_the_transcript_is_written() {
    let alice = address("1:alice@hotmail.com").with_epid(EPID.parse().unwrap());
    let layers = Layers::build(&address("1:bob@hotmail.com"), &alice)
        .header("Service-Channel", "IM/Online")
        .messaging()
        .header("Message-Type", "Text")
        .content_length()
        .header("Content-Type", "text/plain; charset=UTF-8")
        .header("X-MMS-IM-Format", "FN=Segoe%20UI; EF=; CO=0; CS=0; PF=0")
        .finish("hé".as_bytes());
    assert_eq!(layers.as_bytes(), SDG.as_bytes());
    assert_eq!(layers, parse(SDG));
}

#[test]
fn the_two_block_answer_to_put_is_read_and_written() {
    assert_eq!(PUT_OK.len(), 132);
    let layers = parse(PUT_OK);
    assert_eq!(layers.content(), None);
    assert!(layers.content_block().is_none());
    assert_eq!(layers.body(), b"");
    let alice = address("1:alice@hotmail.com");
    let written = Layers::build(&alice.with_epid(EPID.parse().unwrap()), &alice).finish();
    assert_eq!(written.as_bytes(), PUT_OK.as_bytes());
    assert_eq!(written, layers);
}

#[test]
fn the_first_presence_of_the_transcript_is_written() {
    let alice = address("1:alice@hotmail.com");
    let body = vec![b'x'; 393];
    let layers = Layers::build(&alice, &alice.with_epid(EPID.parse().unwrap()))
        .reliability()
        .header("Stream", 1)
        .header("Flags", "ACK")
        .publication()
        .header("Uri", "/user")
        .header("Content-Type", "application/user+xml")
        .finish(&body);
    assert_eq!(layers.as_bytes().len(), 637);
    assert_eq!(&layers.as_bytes()[..PUT_HEAD.len()], PUT_HEAD.as_bytes());
    assert_eq!(layers.reliability().number("Stream"), Some(1));
    assert_eq!(layers.content(), Some(Content::Publication));
}

#[test]
fn order_inside_a_block_is_free() {
    // AnyEvent::MSN sends blocks whose name comes last (msnp24.md 5).
    let layers = parse(
        "To: 1:a@b\r\nFrom: 1:c@d\r\nRouting: 1.0\r\n\r\n\
         Flags: ACK\r\nStream: 1\r\nReliability: 1.0\r\n\r\n\
         Content-Length: 2\r\nContent-Type: x\r\nPublication: 1.0\r\n\r\nhi",
    );
    assert_eq!(layers.to(), Ok(address("1:a@b")));
    assert_eq!(layers.reliability().get("Flags"), Some("ACK"));
    assert_eq!(layers.content(), Some(Content::Publication));
    assert_eq!(layers.body(), b"hi");
}

#[test]
fn a_from_in_a_later_block_does_not_shadow_the_first() {
    let layers = parse(
        "Routing: 1.0\r\nTo: 8:a\r\nFrom: 8:mallory\r\n\r\n\
         Reliability: 1.0\r\nFrom: 8:bob\r\n\r\n\
         Messaging: 2.0\r\nFrom: 8:carol\r\n\r\n",
    );
    assert_eq!(layers.from(), Ok(address("8:mallory")));
    assert_eq!(layers.reliability().get("From"), Some("8:bob"));
    assert_eq!(layers.header("From"), Some("8:carol"));
}

#[test]
fn a_from_missing_in_routing_is_not_looked_for_elsewhere() {
    let layers = parse("Routing: 1.0\r\nTo: 8:a\r\n\r\nReliability: 1.0\r\nFrom: 8:bob\r\n\r\n");
    assert_eq!(layers.from(), Err(AddressError::NoNetwork));
}

#[test]
fn an_address_given_twice_is_refused() {
    refuse(
        "Routing: 1.0\r\nFrom: 8:a\r\nfrom: 8:b\r\n\r\nReliability: 1.0\r\n\r\n",
        25,
        LayersErrorKind::RepeatedAddress,
    );
}

#[test]
fn the_last_of_repeated_headers_counts() {
    let layers =
        parse("Routing: 1.0\r\n\r\nReliability: 1.0\r\n\r\nMessaging: 2.0\r\nA: 1\r\na: 2\r\n\r\n");
    assert_eq!(layers.header("A"), Some("2"));
}

#[test]
fn the_last_blank_line_may_be_missing_when_there_is_no_body() {
    // Miranda's typing notice ends right behind this header (msnp24.md 5).
    let typing = "Routing: 1.0\r\nTo: 8:a\r\nFrom: 8:b\r\n\r\nReliability: 1.0\r\n\r\n\
        Messaging: 2.0\r\nMessage-Type: Control/Typing\r\nContent-Length: 0\r\n";
    let layers = parse(typing);
    assert_eq!(layers.header("Message-Type"), Some("Control/Typing"));
    assert_eq!(layers.header("Content-Length"), Some("0"));
    assert_eq!(layers.body(), b"");
}

#[test]
fn the_frames_length_counts_where_content_length_disagrees() {
    for length in ["0", "1", "999999999999", "-1", "x", ""] {
        let layers = parse(format!(
            "Routing: 1.0\r\n\r\nReliability: 1.0\r\n\r\nMessaging: 2.0\r\nContent-Length: {length}\r\n\r\nhello"
        ));
        assert_eq!(layers.body(), b"hello");
    }
}

#[test]
fn odd_spacing_and_colons_in_values_are_read() {
    let layers = parse(
        "Routing:1.0\r\nTo:  8:a \r\nX:\r\n\r\nReliability: 1.0\r\n\r\nMessaging: 2.0\r\nM: a: b\r\n\r\n",
    );
    assert_eq!(layers.to(), Ok(address("8:a")));
    assert_eq!(layers.routing().get("X"), Some(""));
    assert_eq!(layers.header("M"), Some("a: b"));
}

#[test]
fn what_is_not_layers_is_refused_where_it_goes_wrong() {
    use LayersErrorKind as E;
    refuse("", 0, E::Unfinished);
    refuse("\r\n\r\n", 0, E::NoRouting);
    refuse("Routing: 1.0\r\n", 14, E::Unfinished);
    refuse("Routing: 1.0\r\n\r\n", 16, E::Unfinished);
    refuse("Messaging: 2.0\r\n\r\n", 0, E::NoRouting);
    refuse(
        "Routing: 1.0\r\n\r\nMessaging: 2.0\r\n\r\n",
        16,
        E::NoReliability,
    );
    refuse("Routing: 1.0\r\nnonsense\r\n\r\n", 14, E::BadHeader);
    refuse("Routing: 1.0\r\n: x\r\n\r\n", 14, E::BadHeader);
    refuse("Routing: 1.0\n\nReliability: 1.0\n\n", 12, E::BareLineEnd);
    refuse(
        "Routing: 1.0\r\nTo: 8:a\rFrom: 8:b\r\n\r\n",
        21,
        E::BareLineEnd,
    );
    let many = format!("Routing: 1.0\r\n{}", "A: b\r\n".repeat(Layers::MAX_HEADERS));
    refuse(&many, 14 + 6 * (Layers::MAX_HEADERS - 1), E::TooManyHeaders);
    // A folded line, or a name with a space, is another header to another parser.
    refuse("Routing: 1.0\r\n From: 8:b\r\n\r\n", 14, E::BadHeader);
    refuse("Routing: 1.0\r\nFrom : 8:b\r\n\r\n", 14, E::BadHeader);
}

#[test]
fn headers_that_are_not_utf_8_are_refused_and_bodies_are_not_looked_at() {
    let head = b"Routing: 1.0\r\n\r\nReliability: 1.0\r\n\r\nMessaging: 2.0\r\n".to_vec();
    let bad = [&head[..], b"N: \xff\r\n\r\n"].concat();
    let error = Layers::parse(bad.into()).expect_err("refused");
    assert_eq!((error.offset, error.kind), (55, LayersErrorKind::NotUtf8));
    assert_eq!(
        parse([&head[..], b"\r\n\xff\r\n\0"].concat()).body(),
        b"\xff\r\n\0"
    );
}

#[test]
fn no_value_can_start_a_header() {
    let layers = Layers::build(&address("8:a"), &address("8:b"))
        .header("Via", "x\r\nFrom: 8:mallory")
        .header("From", "8:mallory")
        .header("Bad Name", "x")
        .header("Bad\r\nName", "x")
        .messaging()
        .header("IM-Display-Name", "Bob\r\n\r\nTo: 8:c\n\0")
        .header("Empty", "")
        .header("Blank", " \r\n ")
        .header("Content-Length", 99)
        .finish(b"x");
    let again = parse(layers.as_bytes());
    assert_eq!(again, layers);
    assert_eq!(again.from(), Ok(address("8:b")));
    assert_eq!(again.routing().get("Via"), Some("x  From: 8:mallory"));
    assert_eq!(again.header("IM-Display-Name"), Some("Bob    To: 8:c"));
    assert_eq!(again.header("Empty"), None);
    assert_eq!(again.header("Blank"), None);
    assert_eq!(again.header("Content-Length"), Some("1"));
    assert_eq!(again.body(), b"x");
}

#[test]
fn no_more_headers_are_written_than_are_read() {
    let mut first = Layers::build(&address("8:a"), &address("8:b"));
    for n in 0..200 {
        first = first.header("A", n);
    }
    let mut second = first.reliability();
    for n in 0..200 {
        second = second.header("A", n);
    }
    let mut third = second.messaging();
    for n in 0..200 {
        third = third.header("A", n);
    }
    let layers = third.finish(b"x");
    assert_eq!(layers.routing().iter().count(), Layers::MAX_HEADERS);
    assert_eq!(
        layers.content_block().unwrap().iter().count(),
        Layers::MAX_HEADERS
    );
    assert_eq!(parse(layers.as_bytes()), layers);
}

#[test]
fn every_cut_is_either_refused_or_keeps_its_bytes() {
    for whole in [SDG, PUT_OK, PUT_HEAD] {
        let body = whole.find("2.0\r\n").unwrap_or(whole.len());
        for cut in 0..whole.len() {
            let bytes = Bytes::copy_from_slice(&whole.as_bytes()[..cut]);
            match Layers::parse(bytes.clone()) {
                Ok(layers) => {
                    assert_eq!(*layers.as_bytes(), bytes);
                    assert!(layers.reliability().get("Reliability").is_some());
                }
                Err(error) => {
                    assert_eq!(error.kind, LayersErrorKind::Unfinished, "cut at {cut}");
                    assert!(cut < body || !bytes.ends_with(b"\r\n"));
                }
            }
        }
    }
}

#[test]
fn debug_shows_sizes_only() {
    assert!(!format!("{:?}", parse(SDG)).contains("alice"));
}

fn value() -> impl Strategy<Value = String> {
    "[!-~é€😀]([ -~é€😀]{0,10}[!-~é€😀])?"
}

fn headers() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::vec(("X-[a-zA-Z-]{0,8}", value()), 0..5)
}

proptest! {
    #[test]
    fn what_is_built_is_read_alike(
        routing in headers(), reliability in headers(), content in headers(), body: Vec<u8>,
    ) {
        let mut first = Layers::build(&address("8:live:a"), &address("19:x@thread.skype"));
        for (name, value) in &routing { first = first.header(name, value); }
        first = first.reliability();
        for (name, value) in &reliability { first = first.header(name, value); }
        let mut third = first.messaging();
        for (name, value) in &content { third = third.header(name, value); }
        let layers = third.finish(&body);
        let again = Layers::parse(layers.as_bytes().clone()).expect("own writing");
        prop_assert_eq!(&again, &layers);
        prop_assert_eq!(again.body(), &body[..]);
        let read: Vec<_> = again.content_block().unwrap().iter()
            .filter(|(name, _)| name.starts_with("X-"))
            .map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        prop_assert_eq!(read, content);
        let read: Vec<_> = again.routing().iter().skip(3)
            .map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        prop_assert_eq!(read, routing);
    }

    #[test]
    fn any_bytes_are_refused_or_kept(bytes: Vec<u8>) {
        if let Ok(layers) = Layers::parse(bytes.clone().into()) {
            prop_assert_eq!(&layers.as_bytes()[..], &bytes[..]);
        }
    }

    #[test]
    fn header_soup_never_breaks_the_reader(
        soup in "(Routing: 1.0|Reliability: 1.0|Messaging: 2.0|To: 8:a|From: 8:b|A:|:|\r\n|\r\n|\r\n|\r|\n| |é){0,24}"
    ) {
        for text in [soup.clone(), format!("Routing: 1.0\r\n{soup}\r\n\r\nReliability: 1.0\r\n\r\n{soup}")] {
            if let Ok(layers) = Layers::parse(Bytes::from(text.clone())) {
                prop_assert_eq!(&layers.as_bytes()[..], text.as_bytes());
                let _ = (layers.to(), layers.from(), layers.content(), layers.body_bytes());
                prop_assert!(layers.routing().iter().count() > 0);
            }
        }
    }
}
