//! Our parser beside somebody else's: what the two make of the same bytes.

use msnp_proto::{FrameDecoder, PayloadTable};

/// The frames in a stream, each with its payload, up to the first byte that is no frame's; and how many bytes they are.
///
/// A frame that is not whole yet is none. Give both parsers the same stream, and compare.
pub fn frames(table: &PayloadTable, stream: &[u8]) -> (Vec<Vec<u8>>, usize) {
    let mut decoder = FrameDecoder::new(table.clone());
    decoder.push(stream.to_vec());
    let mut frames = Vec::new();
    let mut len = 0;
    while let Ok(Some(frame)) = decoder.next_frame() {
        len += frame.as_bytes().len();
        frames.push(frame.as_bytes().to_vec());
    }
    (frames, len)
}
