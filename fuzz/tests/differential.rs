//! The recipe of `README.md` for a parser that is not ours: one that splits lines and believes that the last number of some of them
//! is a length, as many did.

use msnp_fuzz::differential::frames;
use msnp_proto::{PayloadTable, Side};

/// Somebody else's.
fn split(mut stream: &[u8]) -> (Vec<Vec<u8>>, usize) {
    let mut frames = Vec::new();
    let mut len = 0;
    while let Some(feed) = stream.windows(2).position(|pair| pair == b"\r\n") {
        let line = String::from_utf8_lossy(&stream[..feed]);
        let has_payload =
            ["MSG", "UBX", "NOT", "GCF", "ADL"].contains(&line.get(..3).unwrap_or_default());
        let last = line.rsplit(' ').next().and_then(|word| word.parse().ok());
        let end = feed + 2 + last.filter(|_| has_payload).unwrap_or(0);
        if end > stream.len() {
            break;
        }
        frames.push(stream[..end].to_vec());
        len += end;
        stream = &stream[end..];
    }
    (frames, len)
}

/// What a fuzz target would do with each input.
fn differs(stream: &[u8]) -> bool {
    frames(&PayloadTable::sent_by(Side::Server), stream) != split(stream)
}

#[test]
fn the_two_agree_on_what_both_know() {
    assert!(!differs(b"VER 1 MSNP12\r\nMSG a@b Al 2\r\nhiQNG 50\r\n"));
}

/// An error may have a payload too (msnp8-18.md 2.2): the other takes it for lines.
#[test]
fn the_harness_finds_an_error_with_a_payload() {
    assert!(differs(b"241 8 25\r\n<ml>not valid, sorry</ml>OUT\r\n"));
}

/// The corpus that is checked in finds it as well.
#[test]
fn the_seeds_find_a_difference() {
    let seeds = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/seeds/framing"));
    let seeds = seeds
        .expect("seeds")
        .map(|seed| std::fs::read(seed.expect("a seed").path()));
    // The first two bytes choose the table and the pieces.
    let found =
        seeds.filter(|seed| differs(seed.as_ref().expect("a seed").get(2..).unwrap_or_default()));
    assert!(found.count() > 0);
}
