//! How often a decode loop allocates: never for a whole frame, once for one that was cut.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use allocation_counter::measure;
use bytes::{Bytes, BytesMut};
use msnp_proto::{FrameDecoder, PayloadTable, Side};

/// One of each shape that servers send: a line alone, a payload, an error, a line of the longest kind that was seen
/// (msnp8-18.md 2.3).
fn stream(frames: usize) -> (Bytes, usize) {
    let long = "x".repeat(1_280);
    let kinds = [
        "QNG 50\r\n".to_owned(),
        format!("MSG a@b.example Alice 600\r\n{}", "m".repeat(600)),
        "911 4\r\n".to_owned(),
        format!("NLN NLN a@b.example {long} 0\r\n"),
        format!("NFY PUT 9000\r\n{}", "p".repeat(9_000)),
    ];
    let mut stream = BytesMut::new();
    for frame in kinds.iter().cycle().take(frames) {
        stream.extend_from_slice(frame.as_bytes());
    }
    (stream.freeze(), frames)
}

/// Decodes pieces of this size, and counts frames, those of them that were cut, and allocations.
fn decode(size: usize) -> (usize, u64, u64) {
    let (stream, frames) = stream(500);
    let mut decoder = FrameDecoder::new(PayloadTable::sent_by(Side::Server));
    // What is kept from one frame to the next is there after the first of each kind.
    let warm = |decoder: &mut FrameDecoder| {
        for piece in self::stream(5).0.chunks(3) {
            decoder.push(Bytes::copy_from_slice(piece));
            while decoder.next_frame().unwrap().is_some() {}
        }
    };
    warm(&mut decoder);
    // A first slice makes the buffer one that is shared: that is the owner's, not the decoder's.
    let mut rest = stream.slice(..);
    let mut seen = 0;
    let (mut cut, mut last) = (0, None);
    let counted = measure(|| {
        while !rest.is_empty() {
            decoder.push(rest.split_to(size.min(rest.len())));
            while decoder.next_frame().unwrap().is_some() {
                seen += 1;
            }
            // One that takes many pieces is one.
            if decoder.buffered() > 0 && last.replace(decoder.offset()) != Some(decoder.offset()) {
                cut += 1;
            }
        }
    });
    assert_eq!(seen, frames);
    (seen, cut, counted.count_total)
}

#[test]
fn a_whole_frame_allocates_nothing() {
    let (frames, cut, allocations) = decode(usize::MAX);
    assert_eq!((frames, cut, allocations), (500, 0, 0));
}

#[test]
fn a_frame_that_was_cut_allocates_once() {
    for size in [1, 7, 100, 1_460, 16 * 1024] {
        let (frames, cut, allocations) = decode(size);
        assert!(cut > 0, "pieces of {size} bytes cut nothing");
        assert!(
            allocations <= cut,
            "{allocations} allocations for {cut} cut frames of {frames}, in pieces of {size}"
        );
    }
}

/// A peer that announces much and sends little does not make the decoder take room for it.
#[test]
fn announcing_much_takes_no_room() {
    let mut decoder = FrameDecoder::new(PayloadTable::sent_by(Side::Server));
    let counted = measure(|| {
        decoder.push(Bytes::from_static(b"MSG a@b Al 1048576\r\nhi"));
        assert!(decoder.next_frame().unwrap().is_none());
    });
    assert!(counted.bytes_max <= 80 * 1024, "{counted:?}");
}
