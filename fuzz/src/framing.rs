//! Properties of the frame decoder.

use bytes::Bytes;
use msnp_proto::{Frame, FrameDecoder, FrameError, Limits, PayloadTable, Side};

/// Small, so that the limits are met.
const LIMITS: Limits = Limits {
    line: 256,
    payload: 1024,
};

/// The first byte chooses the table, the second the size of the pieces; the rest is a stream.
///
/// It gives the same frames and errors however it is cut, every byte belongs to exactly one of
/// them, and a frame is cut from its own bytes again.
pub fn framing(data: &[u8]) {
    let [table, size, stream @ ..] = data else {
        return;
    };
    let table = match table % 5 {
        0 => PayloadTable::sent_by(Side::Server),
        1 => PayloadTable::sent_by(Side::Client),
        2 => PayloadTable::msnp24(),
        3 => PayloadTable::either(Side::Server),
        _ => PayloadTable::either(Side::Client),
    };
    let whole = cut(&table, stream, stream.len().max(1));
    assert_eq!(cut(&table, stream, usize::from(*size).max(1)), whole);
    assert_eq!(cut(&table, stream, 1), whole);

    for frame in whole.iter().filter_map(|result| result.as_ref().ok()) {
        let again = cut(&table, frame.as_bytes(), usize::MAX);
        assert_eq!(again, [Ok(frame.clone())]);
        assert_eq!(frame.params().count() + 1, words(frame.line()));
        assert_eq!(frame.trid(), frame.params().next().and_then(number));
    }
}

/// Frames and errors up to the first fatal error; checks the offsets on the way.
pub(crate) fn cut(
    table: &PayloadTable,
    stream: &[u8],
    size: usize,
) -> Vec<Result<Frame, FrameError>> {
    let mut decoder = FrameDecoder::with_limits(table.clone(), LIMITS);
    let mut results = Vec::new();
    let mut pushed = 0;
    for piece in stream.chunks(size) {
        decoder.push(Bytes::copy_from_slice(piece));
        pushed += piece.len() as u64;
        loop {
            let before = decoder.offset();
            match decoder.next_frame() {
                Ok(Some(frame)) => {
                    let length = frame.as_bytes().len() as u64;
                    assert_eq!(decoder.offset(), before + length);
                    results.push(Ok(frame));
                }
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(error.offset, before);
                    let fatal = error.is_fatal();
                    results.push(Err(error.clone()));
                    if fatal {
                        assert_eq!(decoder.next_frame(), Err(error));
                        assert_eq!(decoder.buffered(), 0);
                        return results;
                    }
                    assert!(decoder.offset() > before);
                }
            }
        }
        assert_eq!(decoder.offset() + decoder.buffered() as u64, pushed);
    }
    results
}

fn words(line: &[u8]) -> usize {
    let words = line.split(|b| *b == b' ' || *b == b'\t');
    words.filter(|word| !word.is_empty()).count()
}

fn number(word: &[u8]) -> Option<msnp_proto::TrId> {
    let digits = word.len() <= 10 && word.iter().all(u8::is_ascii_digit);
    let text = std::str::from_utf8(word).ok().filter(|_| digits)?;
    text.parse().ok().map(msnp_proto::TrId)
}
