//! Cuts the byte stream of one direction into frames. The only stateful file of the crate.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;

use crate::frame::{Frame, is_separator};
use crate::payload_table::{Announced, PayloadTable};
use crate::verb::Verb;

/// How much a decoder takes before it gives the stream up.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one line with its line end. Default 8 KiB; the longest line seen had 1,309
    /// (msnp8-18.md 2.3).
    pub line: u32,
    /// Bytes of one payload. Default 1 MiB.
    pub payload: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line: 8 * 1024,
            payload: 1024 * 1024,
        }
    }
}

/// What is wrong with the stream, and at which byte since the decoder was made.
///
/// A fatal error ([`is_fatal`](Self::is_fatal)) means that the boundary of the next frame is lost;
/// the decoder repeats it for ever. After any other error the decoder stands behind the line that
/// was wrong, and goes on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at byte {offset}")]
pub struct FrameError {
    /// What is wrong.
    pub kind: FrameErrorKind,
    /// Where the frame starts that is wrong, in bytes since the first one pushed.
    pub offset: u64,
}

/// The reasons why bytes are not a frame.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameErrorKind {
    /// A line without a word, as some peers send behind a payload.
    #[error("blank line")]
    BlankLine,
    /// The first word is not three letters or digits.
    #[error("line does not start with a three-letter command")]
    BadVerb,
    /// No line end within [`Limits::line`]. Fatal.
    #[error("line is longer than {limit} bytes")]
    LineTooLong {
        /// The limit in force.
        limit: u32,
    },
    /// The announced payload is above [`Limits::payload`]. Fatal.
    #[error("payload of {announced} bytes is above the limit of {limit}")]
    PayloadTooLarge {
        /// The length on the line.
        announced: u32,
        /// The limit in force.
        limit: u32,
    },
    /// A command that always has a payload gives no length. Fatal.
    #[error("line announces no payload length where one must stand")]
    BadLength,
}

impl FrameError {
    /// Whether the stream cannot be followed any further.
    pub const fn is_fatal(&self) -> bool {
        !matches!(
            self.kind,
            FrameErrorKind::BlankLine | FrameErrorKind::BadVerb
        )
    }
}

/// Cuts a stream, given in pieces of any size, into frames.
///
/// A frame that lies within one pushed piece is a slice of it, for which nothing is allocated; only a frame that
/// straddles pieces is copied, into one allocation of its size. (Above 64 KiB that grows as the bytes come, so that
/// announcing much costs nothing.) What is buffered is at most what was pushed and not yet pulled, and a line's
/// room, which is kept for the next line that is cut.
///
/// ```
/// use msnp_proto::{FrameDecoder, PayloadTable, Side, Verb};
/// let mut decoder = FrameDecoder::new(PayloadTable::sent_by(Side::Server));
/// decoder.push("MSG a@b Al 2\r\nhiQNG 50\r\nFL");
/// let message = decoder.next_frame().unwrap().expect("a whole frame");
/// assert_eq!((message.verb(), message.payload()), (Verb::MSG, &b"hi"[..]));
/// assert_eq!(decoder.next_frame().unwrap().expect("a whole frame").verb(), Verb::QNG);
/// assert_eq!(decoder.next_frame(), Ok(None));
/// assert_eq!(decoder.buffered(), 2);
/// ```
pub struct FrameDecoder {
    table: PayloadTable,
    limits: Limits,
    /// Pieces not yet looked at; the front one may be partly consumed.
    pieces: VecDeque<Bytes>,
    /// The start of a line that straddles pieces: no line feed has come. Empty between lines, and then its room is kept.
    line: Vec<u8>,
    /// A frame that straddles pieces, once its line is known.
    unfinished: Option<Unfinished>,
    /// Bytes of the stream before the current frame.
    offset: u64,
    failed: Option<FrameError>,
}

/// A line that was understood.
#[derive(Copy, Clone, Debug)]
struct Head {
    verb: Verb,
    line: u32,
    payload_start: u32,
    payload: u32,
}

/// A frame of which bytes are missing.
struct Unfinished {
    head: Head,
    bytes: Vec<u8>,
}

/// As much as a frame is given room for before its bytes have come.
const ROOM: usize = 64 * 1024;

impl Unfinished {
    /// It begins with these.
    fn new(head: Head, begun: &[u8]) -> Self {
        let room = head.total().min(ROOM.max(begun.len()));
        let mut bytes = Vec::with_capacity(room);
        bytes.extend_from_slice(begun);
        Self { head, bytes }
    }

    const fn missing(&self) -> usize {
        self.head.total() - self.bytes.len()
    }
}

impl Head {
    const fn total(self) -> usize {
        self.payload_start as usize + self.payload as usize
    }
}

impl FrameDecoder {
    /// A decoder with the default [`Limits`].
    pub fn new(table: PayloadTable) -> Self {
        Self::with_limits(table, Limits::default())
    }

    /// A decoder with limits of its own.
    pub fn with_limits(table: PayloadTable, limits: Limits) -> Self {
        Self {
            table,
            limits,
            pieces: VecDeque::new(),
            line: Vec::new(),
            unfinished: None,
            offset: 0,
            failed: None,
        }
    }

    /// Other limits from the next line on: whoever has shown who they are may be given more room.
    pub const fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Hands over the next bytes of the stream. Pull frames until there are none before pushing
    /// again, and the decoder holds at most one unfinished frame.
    pub fn push(&mut self, piece: impl Into<Bytes>) {
        let piece = piece.into();
        // After a fatal error no byte will ever be looked at.
        if self.failed.is_none() && !piece.is_empty() {
            self.pieces.push_back(piece);
        }
    }

    /// The next whole frame; `None` until more bytes are pushed.
    ///
    /// # Errors
    /// [`FrameError`]; only a fatal one ends the stream.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, FrameError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        if self.unfinished.is_some() {
            return Ok(self.finish());
        }
        if !self.line.is_empty() {
            return self.finish_line();
        }
        let Some(piece) = self.pieces.front_mut() else {
            return Ok(None);
        };
        match read_head(&self.table, self.limits, piece) {
            Ok(Some(head)) if head.total() <= piece.len() => {
                let bytes = piece.split_to(head.total());
                if piece.is_empty() {
                    self.pieces.pop_front();
                }
                Ok(Some(self.frame(bytes, head)))
            }
            Ok(Some(head)) => {
                self.unfinished = Some(Unfinished::new(head, piece));
                self.pieces.pop_front();
                Ok(self.finish())
            }
            Ok(None) => {
                self.line.extend_from_slice(piece);
                self.pieces.pop_front();
                self.finish_line()
            }
            Err((kind, skip)) => {
                bytes::Buf::advance(piece, skip);
                if piece.is_empty() {
                    self.pieces.pop_front();
                }
                self.fail(kind, skip)
            }
        }
    }

    /// Bytes pushed and not yet given out: the start of an unfinished frame, when
    /// [`next_frame`](Self::next_frame) said `None`.
    pub fn buffered(&self) -> usize {
        let unfinished = self.unfinished.as_ref().map_or(0, |it| it.bytes.len());
        let pieces: usize = self.pieces.iter().map(Bytes::len).sum();
        unfinished + self.line.len() + pieces
    }

    /// Where the next frame starts, in bytes since the first one pushed.
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Moves bytes from the pieces to the line until it has its end, and then to its frame.
    fn finish_line(&mut self) -> Result<Option<Frame>, FrameError> {
        loop {
            // Look for a line feed in the next piece only, and at the line again only with one, so that a peer who
            // sends byte by byte costs linear time.
            let Some(piece) = self.pieces.front_mut() else {
                return Ok(None);
            };
            let room = (self.limits.line as usize).saturating_sub(self.line.len());
            let reach = &piece[..piece.len().min(room)];
            let feed = memchr::memchr(b'\n', reach);
            let taken = feed.map_or(reach.len(), |at| at + 1);
            self.line.extend_from_slice(&piece[..taken]);
            bytes::Buf::advance(piece, taken);
            if piece.is_empty() {
                self.pieces.pop_front();
            }
            if feed.is_none() && self.line.len() < self.limits.line as usize {
                continue;
            }
            match read_head(&self.table, self.limits, &self.line) {
                Ok(Some(head)) => {
                    self.unfinished = Some(Unfinished::new(head, &self.line));
                    self.line.clear();
                    return Ok(self.finish());
                }
                // Its limit has been raised meanwhile.
                Ok(None) => {}
                Err((kind, skip)) => {
                    // `skip` is the whole line: it ends with its only line feed.
                    self.line.clear();
                    return self.fail(kind, skip);
                }
            }
        }
    }

    /// Moves bytes from the pieces to the unfinished frame until it is whole.
    fn finish(&mut self) -> Option<Frame> {
        let mut unfinished = self.unfinished.take()?;
        while unfinished.missing() > 0
            && let Some(piece) = self.pieces.front_mut()
        {
            let taken = piece.len().min(unfinished.missing());
            unfinished.bytes.extend_from_slice(&piece[..taken]);
            bytes::Buf::advance(piece, taken);
            if piece.is_empty() {
                self.pieces.pop_front();
            }
        }
        if unfinished.missing() > 0 {
            self.unfinished = Some(unfinished);
            return None;
        }
        let Unfinished { head, bytes } = unfinished;
        Some(self.frame(bytes.into(), head))
    }

    fn frame(&mut self, bytes: Bytes, head: Head) -> Frame {
        self.offset += bytes.len() as u64;
        Frame::new(bytes, head.verb, head.line, head.payload_start)
    }

    fn fail<T>(&mut self, kind: FrameErrorKind, skipped: usize) -> Result<T, FrameError> {
        let error = FrameError {
            kind,
            offset: self.offset,
        };
        self.offset += skipped as u64;
        if error.is_fatal() {
            self.failed = Some(error.clone());
            self.pieces.clear();
            self.line = Vec::new();
        }
        Err(error)
    }
}

/// Leaves out what is buffered: it holds tickets and messages.
impl fmt::Debug for FrameDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameDecoder")
            .field("table", &self.table)
            .field("limits", &self.limits)
            .field("buffered", &self.buffered())
            .field("offset", &self.offset)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

/// Reads the line at the start of `bytes`; `None` if it has no end yet. An error says how many
/// bytes to skip.
fn read_head(
    table: &PayloadTable,
    limits: Limits,
    bytes: &[u8],
) -> Result<Option<Head>, (FrameErrorKind, usize)> {
    let reach = &bytes[..bytes.len().min(limits.line as usize)];
    let Some(feed) = memchr::memchr(b'\n', reach) else {
        return if reach.len() < limits.line as usize {
            Ok(None)
        } else {
            Err((FrameErrorKind::LineTooLong { limit: limits.line }, 0))
        };
    };
    // A carriage return belongs to the line end; a bare line feed is one too, since servers
    // accept it (msnp8-18.md 2.5).
    let line_len = if feed > 0 && bytes[feed - 1] == b'\r' {
        feed - 1
    } else {
        feed
    };
    let line = &bytes[..line_len];
    let verb = match *line {
        [a, b, c] | [a, b, c, b' ', ..] => Verb::new([a, b, c]),
        _ => oddly_spaced_verb(line),
    };
    let Some(verb) = verb else {
        let kind = if line.iter().all(|b| is_separator(*b)) {
            FrameErrorKind::BlankLine
        } else {
            FrameErrorKind::BadVerb
        };
        return Err((kind, feed + 1));
    };
    let payload = match table.announced(verb, line) {
        Announced::Nothing => 0,
        Announced::Payload(announced) if announced > limits.payload => {
            let limit = limits.payload;
            return Err((FrameErrorKind::PayloadTooLarge { announced, limit }, 0));
        }
        Announced::Payload(announced) => announced,
        Announced::BadLength => return Err((FrameErrorKind::BadLength, 0)),
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "both are within Limits::line, a u32"
    )]
    Ok(Some(Head {
        verb,
        line: line_len as u32,
        payload_start: feed as u32 + 1,
        payload,
    }))
}

/// The verb of a line with leading separators, or with a tab behind the verb.
#[cold]
fn oddly_spaced_verb(line: &[u8]) -> Option<Verb> {
    let word = crate::frame::Params::of_line(line).next()?;
    Verb::new(word.try_into().ok()?)
}
