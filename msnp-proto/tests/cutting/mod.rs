//! Cuts bytes into frames whole, byte by byte and at every place, and compares.

use bytes::Bytes;
use msnp_proto::{Frame, FrameDecoder, FrameError, Limits, PayloadTable};

/// The frames and errors of a stream given in these pieces, up to the first fatal error.
pub(crate) fn cut<'a>(
    table: &PayloadTable,
    limits: Limits,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Vec<Result<Frame, FrameError>> {
    let mut decoder = FrameDecoder::with_limits(table.clone(), limits);
    let mut results = Vec::new();
    for piece in pieces {
        decoder.push(Bytes::copy_from_slice(piece));
        loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => results.push(Ok(frame)),
                Ok(None) => break,
                Err(error) => {
                    let fatal = error.is_fatal();
                    results.push(Err(error.clone()));
                    if fatal {
                        assert_eq!(
                            decoder.next_frame(),
                            Err(error),
                            "a fatal error is repeated"
                        );
                        return results;
                    }
                }
            }
        }
    }
    results
}

/// The frames and errors of a stream given in one piece.
pub(crate) fn cut_whole(table: &PayloadTable, bytes: &[u8]) -> Vec<Result<Frame, FrameError>> {
    cut(table, Limits::default(), [bytes])
}

/// Asserts that the stream gives the same in one piece, byte by byte, and in two pieces at every
/// place that `wanted` takes; returns what it gives.
#[track_caller]
pub(crate) fn every_way(
    table: &PayloadTable,
    bytes: &[u8],
    wanted: impl Fn(usize) -> bool,
) -> Vec<Result<Frame, FrameError>> {
    let whole = cut_whole(table, bytes);
    assert_eq!(cut(table, Limits::default(), bytes.chunks(1)), whole);
    for at in (0..=bytes.len()).filter(|at| wanted(*at)) {
        let (left, right) = bytes.split_at(at);
        let pieces = cut(table, Limits::default(), [left, right]);
        assert_eq!(pieces, whole, "cut at {at}");
    }
    whole
}
