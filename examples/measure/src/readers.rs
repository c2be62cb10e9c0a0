//! The contenders of the framing section: plain code to compare the decoder with, and the decoder itself.

use std::hint::black_box;

use bytes::Bytes;
use msnp_proto::{Frame, FrameDecoder, PayloadTable, Side, msnp24};

use crate::classic_reader;

use crate::traffic::Counts;

/// Which of the two line grammars a stream is in.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Grammar {
    /// Before MSNP24: the verb decides about the payload.
    Classic(msnp_proto::Dialect),
    /// MSNP24: every line ends with the length.
    Msnp24,
}

impl Grammar {
    fn table(self) -> PayloadTable {
        match self {
            Self::Classic(_) => PayloadTable::sent_by(Side::Server),
            Self::Msnp24 => PayloadTable::msnp24(),
        }
    }

    /// Whether a line of that verb is followed by a payload, hard-wired for the traffic measured.
    fn has_payload(self, verb: &[u8]) -> bool {
        self == Self::Msnp24
            || matches!(
                verb,
                b"MSG" | b"UBX" | b"GCF" | b"ADL" | b"RML" | b"SDG" | b"NFY" | b"NOT" | b"PUT"
            )
    }
}

/// All line feeds with `memchr`, payloads included: what looking at each byte once costs.
pub(crate) fn line_feeds(stream: &Bytes) -> u64 {
    memchr::memchr_iter(b'\n', stream).count() as u64
}

/// Line end, verb and length and nothing else, borrowed: what the structure alone costs.
pub(crate) fn floor(stream: &[u8], grammar: Grammar) -> Counts {
    let mut counts = Counts::default();
    let mut rest = stream;
    while let Some(feed) = memchr::memchr(b'\n', rest) {
        let line = rest[..feed].strip_suffix(b"\r").unwrap_or(&rest[..feed]);
        let verb = line.get(..3).unwrap_or_default();
        let payload = if grammar.has_payload(verb) {
            trailing_number(line)
        } else {
            0
        };
        let end = feed + 1 + payload;
        if rest.len() < end {
            break;
        }
        black_box((verb, payload));
        counts.add(payload);
        rest = &rest[end..];
    }
    counts
}

fn trailing_number(line: &[u8]) -> usize {
    let (mut value, mut unit) = (0, 1);
    for digit in line.iter().rev() {
        if !digit.is_ascii_digit() {
            break;
        }
        value += usize::from(digit - b'0') * unit;
        unit *= 10;
    }
    value
}

/// A frame as most programs keep it.
struct OwnedFrame {
    words: Vec<String>,
    payload: Vec<u8>,
}

/// Splits lines into owned strings and copies payloads, as most programs do.
pub(crate) fn naive(stream: &[u8], grammar: Grammar) -> Counts {
    let mut counts = Counts::default();
    naive_frames(stream, grammar, &mut counts);
    counts
}

/// The same over pieces, with a buffer for what is left over.
pub(crate) fn naive_in_pieces(pieces: &[Bytes], grammar: Grammar) -> Counts {
    let mut counts = Counts::default();
    let mut buffer = Vec::new();
    for piece in pieces {
        buffer.extend_from_slice(piece);
        let used = naive_frames(&buffer, grammar, &mut counts);
        buffer.drain(..used);
    }
    counts
}

fn naive_frames(stream: &[u8], grammar: Grammar, counts: &mut Counts) -> usize {
    let mut used = 0;
    while let Some((frame, length)) = naive_frame(&stream[used..], grammar) {
        counts.add(frame.payload.len());
        black_box((&frame.words, &frame.payload));
        used += length;
    }
    used
}

fn naive_frame(stream: &[u8], grammar: Grammar) -> Option<(OwnedFrame, usize)> {
    let feed = stream.iter().position(|byte| *byte == b'\n')?;
    let line = String::from_utf8_lossy(&stream[..feed]);
    let words: Vec<String> = line.trim_end().split(' ').map(str::to_owned).collect();
    let length = if grammar.has_payload(words.first()?.as_bytes()) {
        words.last()?.parse().ok()?
    } else {
        0
    };
    let end = feed + 1 + length;
    let payload = stream.get(feed + 1..end)?.to_vec();
    Some((OwnedFrame { words, payload }, end))
}

/// As [`naive`], and every header of every block of the payload as two strings: as far as most programs
/// go before they know what they have. Documents in bodies stay text.
pub(crate) fn naive_headers(stream: &[u8], grammar: Grammar) -> Counts {
    let mut counts = Counts::default();
    let mut used = 0;
    while let Some((frame, length)) = naive_frame(&stream[used..], grammar) {
        counts.add(frame.payload.len());
        let text = String::from_utf8_lossy(&frame.payload);
        let mut blocks: Vec<&str> = text.split("\r\n\r\n").collect();
        let body = blocks.pop().map(str::to_owned);
        let headers: Vec<(String, String)> = blocks
            .iter()
            .flat_map(|block| block.split("\r\n"))
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        black_box((&frame.words, &headers, &body));
        used += length;
    }
    counts
}

/// How far the decoder's frames are looked into.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Frames are cut and dropped.
    Cut,
    /// Every parameter of the line is found.
    Params,
    /// The command is read; in MSNP24 that is payload layers and documents as well.
    Typed,
    /// Of older dialects, what is in the payloads too: MIME, layers and documents.
    TypedPayloads,
}

/// Our decoder over the pieces of a stream.
pub(crate) fn decoder(pieces: &[Bytes], grammar: Grammar, depth: Depth) -> Counts {
    let mut counts = Counts::default();
    let mut decoder = FrameDecoder::new(grammar.table());
    for piece in pieces {
        decoder.push(piece.clone());
        while let Ok(Some(frame)) = decoder.next_frame() {
            // A frame that is not understood must not look fast: it spoils the count.
            if is_read(&frame, grammar, depth) {
                counts.add(frame.payload().len());
            }
        }
    }
    counts
}

fn is_read(frame: &Frame, grammar: Grammar, depth: Depth) -> bool {
    match (depth, grammar) {
        (Depth::Cut, _) => {
            black_box(frame);
            true
        }
        (Depth::Params, _) => {
            for word in frame.params() {
                black_box(word);
            }
            true
        }
        (Depth::Typed | Depth::TypedPayloads, Grammar::Msnp24) => {
            black_box(&msnp24::ServerCommand::parse(frame)).is_ok()
        }
        (Depth::Typed, Grammar::Classic(dialect)) => {
            black_box(&classic_reader::command(frame, dialect)).is_some()
        }
        (Depth::TypedPayloads, Grammar::Classic(dialect)) => {
            classic_reader::command(frame, dialect)
                .is_some_and(|command| classic_reader::reads_payload(&command, dialect))
        }
    }
}
