//! The generators: whole streams are whole, and bent ones are not.
#![cfg(feature = "generators")]

use msnp_fuzz::differential::frames;
use msnp_fuzz::generators::{Form, client_stream, server_stream};
use msnp_proto::{PayloadTable, Side};

fn choices() -> impl Iterator<Item = Vec<u8>> {
    (0..=255_u32).map(|seed| {
        let byte = |at: u32| (at * 37 + seed * 101 + at * at / 7).to_le_bytes()[0];
        (0..400).map(byte).collect()
    })
}

#[test]
fn whole_streams_are_cut_into_frames_to_their_last_byte() {
    for choices in choices() {
        for (stream, side) in [
            (server_stream(&choices, Form::Whole), Side::Server),
            (client_stream(&choices, Form::Whole), Side::Client),
        ] {
            let (frames, len) = frames(&PayloadTable::either(side), &stream);
            assert!(!frames.is_empty());
            let rest = String::from_utf8_lossy(&stream[len..]);
            assert!(rest.is_empty(), "{rest:?}");
        }
    }
}

#[test]
fn bent_streams_are_wrong_now_and_then() {
    let table = PayloadTable::either(Side::Server);
    let wrong = choices()
        .filter(|choices| {
            let stream = server_stream(choices, Form::Bent);
            frames(&table, &stream).1 < stream.len()
        })
        .count();
    assert!(wrong > 32, "{wrong} of 256");
}
