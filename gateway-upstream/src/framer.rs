//! `Framer`: the server's bytes, cut where frames end, none of them lost.

use std::collections::VecDeque;

use bytes::{Buf, Bytes, BytesMut};
use msnp_proto::{Frame, FrameDecoder, FrameError, Limits, PayloadTable};

/// Cuts a stream into frames, and keeps the lines that are none: they are the server's words too.
#[derive(Debug)]
pub(crate) struct Framer {
    decoder: FrameDecoder,
    /// What the decoder has and has not given out yet, for the lines that it does not give.
    raw: VecDeque<Bytes>,
}

/// What may end a reply.
#[derive(Debug)]
pub(crate) enum Piece {
    /// A frame.
    Frame(Frame),
    /// A line that is none, its end included: a blank one, or the payload of a command that nobody here knows.
    Line(Bytes),
}

impl Framer {
    pub(crate) fn new(table: PayloadTable, limits: Limits) -> Self {
        Self {
            decoder: FrameDecoder::with_limits(table, limits),
            raw: VecDeque::new(),
        }
    }

    /// Hands over the next bytes. All pieces are to be taken before there are more.
    pub(crate) fn push(&mut self, bytes: Bytes) {
        self.raw.push_back(bytes.clone());
        self.decoder.push(bytes);
    }

    /// The next whole piece.
    ///
    /// # Errors
    /// The boundary of the next frame is lost, for ever.
    pub(crate) fn next(&mut self) -> Result<Option<Piece>, FrameError> {
        match self.decoder.next_frame() {
            Ok(Some(frame)) => {
                self.skip(frame.as_bytes().len());
                Ok(Some(Piece::Frame(frame)))
            }
            Ok(None) => Ok(None),
            Err(error) if error.is_fatal() => {
                self.raw.clear();
                Err(error)
            }
            Err(error) => {
                let length = self.decoder.offset().saturating_sub(error.offset);
                let line = self.take(usize::try_from(length).unwrap_or(usize::MAX));
                Ok(Some(Piece::Line(line)))
            }
        }
    }

    /// Bytes of a frame that has no end yet.
    pub(crate) fn unfinished(&self) -> usize {
        self.decoder.buffered()
    }

    fn skip(&mut self, mut length: usize) {
        while length > 0
            && let Some(first) = self.raw.front_mut()
        {
            let taken = length.min(first.len());
            first.advance(taken);
            length -= taken;
            if first.is_empty() {
                self.raw.pop_front();
            }
        }
    }

    fn take(&mut self, mut length: usize) -> Bytes {
        let mut taken = BytesMut::new();
        while length > 0
            && let Some(first) = self.raw.front_mut()
        {
            let part = first.split_to(length.min(first.len()));
            length -= part.len();
            taken.extend_from_slice(&part);
            if first.is_empty() {
                self.raw.pop_front();
            }
        }
        taken.freeze()
    }
}

#[cfg(test)]
mod tests {
    use msnp_proto::Side;

    use super::*;

    fn pieces(stream: &[u8], cuts: &[usize]) -> Vec<Vec<u8>> {
        let mut framer = Framer::new(PayloadTable::sent_by(Side::Server), Limits::default());
        let mut found = Vec::new();
        let mut from = 0;
        for to in cuts.iter().copied().chain([stream.len()]) {
            framer.push(Bytes::copy_from_slice(&stream[from..to]));
            from = to;
            while let Some(piece) = framer.next().unwrap() {
                found.push(match piece {
                    Piece::Frame(frame) => frame.into_bytes().to_vec(),
                    Piece::Line(line) => line.to_vec(),
                });
            }
        }
        found
    }

    const STREAM: &[u8] = b"VER 1 MSNP12\r\nXYZ 1 5\r\nhe\r\nllo\r\n\r\nMSG a@b A 4\r\n\r\nhiQNG 50\r\n<x>\nFLN a@b\r\n";

    #[test]
    fn lines_that_are_no_frames_are_kept_at_every_cut() {
        let whole = pieces(STREAM, &[]);
        assert_eq!(whole.concat(), STREAM);
        assert_eq!(whole.len(), 9);
        for first in 0..STREAM.len() {
            assert_eq!(pieces(STREAM, &[first]), whole, "{first}");
            for second in first..STREAM.len() {
                assert_eq!(
                    pieces(STREAM, &[first, second]),
                    whole,
                    "{first} and {second}"
                );
            }
        }
    }

    #[test]
    fn a_frame_too_large_is_the_end() {
        let limits = Limits {
            payload: 10,
            ..Limits::default()
        };
        let mut framer = Framer::new(PayloadTable::sent_by(Side::Server), limits);
        framer.push(Bytes::from_static(b"MSG a b 11\r\n"));
        assert!(framer.next().is_err());
        framer.push(Bytes::from_static(b"QNG 50\r\n"));
        assert!(framer.next().is_err());
    }
}
