//! How fast the first `KeepSessionAlive` response of the capture, 7,334 bytes, is read and written,
//! beside a bare pass of quick-xml over the same bytes, which keeps nothing and checks little.
//!
//! `cargo run --release -p soap-codec --example speed`; `benches/zeep_speed.py` does the same for
//! Python's zeep, and prints its ratios when it is given this program.

#![expect(clippy::disallowed_methods, reason = "this program measures time")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use quick_xml::Reader;
use quick_xml::events::Event;
use soap_codec::bsim::{Leniency, OperationName, Reply, ResultEncoding};
use soap_codec::{Budget, Element, Envelope, Version};

const WIRE: &str = include_str!("../tests/data/wire/keepsessionalive-response-login.xml");

fn main() {
    let reply = decode();
    assert_eq!(encode(&reply), WIRE);

    let mut bare = Duration::MAX;
    let mut tree = Duration::MAX;
    let mut decoding = Duration::MAX;
    let mut encoding = Duration::MAX;
    // Turn by turn, so that a busy machine is unfair to none.
    for _ in 0..40 {
        bare = bare.min(time(|| {
            black_box(pass());
        }));
        tree = tree.min(time(|| {
            black_box(Element::parse(WIRE.as_bytes(), &mut Budget::default()).is_ok());
        }));
        decoding = decoding.min(time(|| {
            black_box(decode());
        }));
        encoding = encoding.min(time(|| {
            black_box(encode(&reply));
        }));
    }
    println!("{} bytes, best of 40 rounds", WIRE.len());
    for (what, took) in [
        ("bare quick-xml pass", bare),
        ("the envelope as a tree", tree),
        ("decode to typed events", decoding),
        ("encode from typed events", encoding),
    ] {
        let each = took.as_nanos() / u128::from(ROUND);
        let ratio = took.as_secs_f64() / bare.as_secs_f64();
        println!("{what:<26} {each:>8} ns {ratio:>6.2} x");
    }
}

/// Calls in one measurement.
const ROUND: u32 = 200;

fn time(mut work: impl FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..ROUND {
        work();
    }
    start.elapsed()
}

fn pass() -> usize {
    let mut reader = Reader::from_str(WIRE);
    let mut events = 0;
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => return events,
            Ok(event) => {
                black_box(event);
                events += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
}

fn decode() -> Reply {
    let mut budget = Budget::default();
    let envelope = Envelope::parse(WIRE.as_bytes(), &mut budget).expect("an envelope");
    let name = OperationName::KeepSessionAlive;
    Reply::decode(name, &envelope, &mut budget, Leniency::default()).expect("a reply")
}

fn encode(reply: &Reply) -> String {
    let envelope = reply
        .to_envelope(Version::Soap11, ResultEncoding::Escaped)
        .expect("encodes");
    envelope.to_xml().expect("encodes")
}
