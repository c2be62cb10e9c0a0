//! One message of the stream, byte for byte: a line, and a payload if it announces one.

use alloc::vec::Vec;
use core::fmt;

use bytes::{BufMut, Bytes};

use crate::param;
use crate::verb::Verb;

/// One command of the stream with all its bytes.
///
/// A frame *is* its bytes: odd spacing, a bare line feed, unknown words and unknown headers are
/// kept, and [`Frame::as_bytes`] gives back what came in. It is a slice of the buffer that it was
/// cut from: keeping a small frame keeps that whole buffer alive; copy it
/// (`Bytes::copy_from_slice`) to keep it for long.
///
/// `Debug` prints the verb and sizes only, since parameters and payloads hold tickets and
/// people's messages.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Frame {
    bytes: Bytes,
    verb: Verb,
    /// Length of the line without its line end.
    line: u32,
    /// Where the payload starts: behind the line end.
    payload: u32,
}

/// A transaction id: ties a reply to its request; 0 in what the server sends by itself.
///
/// Clients count up from 1 on each connection (msnp24.md 2.2). Peers were seen to send negative,
/// huge and non-numeric ids (`wire/probes/framing-and-login-errors.txt`); those frames have none.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrId(pub u32);

impl fmt::Display for TrId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Frame {
    /// Wraps the bytes of one whole frame whose line is `line` bytes long, without its line end,
    /// and whose payload starts at `payload`.
    pub(crate) fn new(bytes: Bytes, verb: Verb, line: u32, payload: u32) -> Self {
        debug_assert!(line <= payload && payload as usize <= bytes.len());
        Self {
            bytes,
            verb,
            line,
            payload,
        }
    }

    /// Wraps bytes that we wrote: a line of `line` bytes, CRLF, and the payload it announces.
    pub(crate) fn of_line(bytes: Vec<u8>, verb: Verb, line: usize) -> Self {
        let line = u32::try_from(line).expect("a line made of our own words is short");
        Self::new(bytes.into(), verb, line, line + 2)
    }

    /// Starts a frame that is written parameter by parameter.
    pub fn build(verb: Verb) -> FrameBuilder {
        let mut bytes = Vec::with_capacity(64);
        bytes.extend_from_slice(verb.as_bytes());
        FrameBuilder { verb, bytes }
    }

    /// The first word.
    pub const fn verb(&self) -> Verb {
        self.verb
    }

    /// The line, without its line end.
    pub fn line(&self) -> &[u8] {
        &self.bytes[..self.line as usize]
    }

    /// The words behind the verb. Runs of spaces and tabs count as one separator.
    pub fn params(&self) -> Params<'_> {
        let mut params = Params { rest: self.line() };
        params.next();
        params
    }

    /// The word at `index`, 0 being the one behind the verb.
    pub fn param(&self, index: usize) -> Option<&[u8]> {
        self.params().nth(index)
    }

    /// The first parameter, if it is a transaction id.
    pub fn trid(&self) -> Option<TrId> {
        self.param(0).and_then(parse_number).map(TrId)
    }

    /// The bytes behind the line, as many as it announced.
    pub fn payload(&self) -> &[u8] {
        &self.bytes[self.payload as usize..]
    }

    /// The payload as a slice of its own, sharing the buffer.
    pub fn payload_bytes(&self) -> Bytes {
        self.bytes.slice(self.payload as usize..)
    }

    /// Offset of the payload within the frame: the line's length with its line end.
    pub const fn payload_offset(&self) -> usize {
        self.payload as usize
    }

    /// All bytes of the frame, as they were or will be on the wire.
    pub fn as_bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Gives up the frame for its bytes.
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }

    /// Appends the frame to `out`.
    pub fn encode(&self, out: &mut impl BufMut) {
        out.put_slice(&self.bytes);
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Frame({}, {} parameters, {} payload bytes)",
            self.verb,
            self.params().count(),
            self.payload().len()
        )
    }
}

/// The words of a line; made by [`Frame::params`].
#[derive(Clone)]
pub struct Params<'a> {
    rest: &'a [u8],
}

impl<'a> Params<'a> {
    /// The words of `line`, its verb included.
    pub(crate) const fn of_line(line: &'a [u8]) -> Self {
        Self { rest: line }
    }
}

impl<'a> Iterator for Params<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let start = self.rest.iter().position(|b| !is_separator(*b))?;
        let word = &self.rest[start..];
        let end = memchr::memchr2(b' ', b'\t', word);
        let (word, rest) = word.split_at(end.unwrap_or(word.len()));
        self.rest = rest;
        Some(word)
    }
}

impl fmt::Debug for Params<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Params({} left)", self.clone().count())
    }
}

pub(crate) const fn is_separator(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// A decimal number of at most ten digits that fits 32 bits; no sign, no spaces.
pub(crate) fn parse_number(word: &[u8]) -> Option<u32> {
    if word.is_empty() || word.len() > 10 {
        return None;
    }
    let mut value = 0u64;
    for byte in word {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value * 10 + u64::from(byte - b'0');
    }
    u32::try_from(value).ok()
}

/// A word cannot stand in a line as it is; made by [`FrameBuilder::raw_param`].
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a parameter cannot be empty or hold spaces, tabs, carriage returns or line feeds")]
pub struct ParamError;

/// Writes one frame; made by [`Frame::build`].
///
/// No value can start a second command: [`param`](Self::param) percent-encodes what would, and
/// [`raw_param`](Self::raw_param) refuses it. The payload's length is written, not given.
///
/// ```
/// use msnp_proto::{Frame, Verb};
/// let frame = Frame::build(Verb::PRP).trid(7).param("MFN").param("Al ice\r\nOUT").finish();
/// assert_eq!(&frame.as_bytes()[..], b"PRP 7 MFN Al%20ice%0D%0AOUT\r\n");
/// ```
#[derive(Clone)]
pub struct FrameBuilder {
    verb: Verb,
    bytes: Vec<u8>,
}

impl FrameBuilder {
    /// Appends a transaction id.
    #[must_use]
    pub fn trid(self, id: impl Into<TrId>) -> Self {
        self.number(id.into().0)
    }

    /// Appends a decimal number.
    #[must_use]
    pub fn number(mut self, value: u32) -> Self {
        self.bytes.push(b' ');
        push_decimal(&mut self.bytes, value);
        self
    }

    /// Appends a word, percent-encoding `%`, spaces and control characters. An empty word would
    /// vanish among the separators, so it is written as `%20`: the nearest that a peer can read.
    #[must_use]
    pub fn param(mut self, word: &str) -> Self {
        self.bytes.push(b' ');
        if word.is_empty() {
            self.bytes.extend_from_slice(b"%20");
        } else {
            param::encode_into(word, &mut self.bytes);
        }
        self
    }

    /// Appends a word as it is.
    ///
    /// # Errors
    /// [`ParamError`] if the word is empty or would end the parameter or the line.
    pub fn raw_param(mut self, word: &[u8]) -> Result<Self, ParamError> {
        if word.is_empty()
            || word
                .iter()
                .any(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'))
        {
            return Err(ParamError);
        }
        self.bytes.push(b' ');
        self.bytes.extend_from_slice(word);
        Ok(self)
    }

    /// Ends the line; the frame has no payload.
    #[must_use]
    pub fn finish(mut self) -> Frame {
        let line = self.bytes.len();
        self.bytes.extend_from_slice(b"\r\n");
        Frame::of_line(self.bytes, self.verb, line)
    }

    /// Appends the payload's length, ends the line and appends the payload.
    #[must_use]
    pub fn payload(mut self, payload: &[u8]) -> Frame {
        self.bytes.push(b' ');
        let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        push_decimal(&mut self.bytes, length);
        let line = self.bytes.len();
        self.bytes.extend_from_slice(b"\r\n");
        // A payload of 4 GiB cannot be announced; what was announced is what is sent.
        self.bytes.extend_from_slice(&payload[..length as usize]);
        Frame::of_line(self.bytes, self.verb, line)
    }
}

impl fmt::Debug for FrameBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FrameBuilder({}, {} bytes)", self.verb, self.bytes.len())
    }
}

impl From<u32> for TrId {
    fn from(id: u32) -> Self {
        Self(id)
    }
}

pub(crate) fn push_decimal(out: &mut Vec<u8>, mut value: u32) {
    let mut digits = [0u8; 10];
    let mut at = digits.len();
    loop {
        at -= 1;
        let digit = (value % 10) as u8;
        digits[at] = b'0' + digit;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn written(frame: &Frame, bytes: &str) {
        assert_eq!(frame.as_bytes(), bytes.as_bytes());
        assert_eq!(
            [frame.line(), b"\r\n", frame.payload()].concat(),
            bytes.as_bytes()
        );
    }

    #[test]
    fn a_line_is_written_word_by_word() {
        written(&Frame::build(Verb::OUT).finish(), "OUT\r\n");
        written(
            &Frame::build(Verb::CHG).trid(0).number(u32::MAX).finish(),
            "CHG 0 4294967295\r\n",
        );
        let raw = Frame::build(Verb::VER)
            .trid(1)
            .raw_param(b"MSNP18")
            .map(FrameBuilder::finish);
        written(&raw.expect("a word"), "VER 1 MSNP18\r\n");
    }

    #[test]
    fn an_empty_parameter_keeps_its_place() {
        written(
            &Frame::build(Verb::PRP).param("").param("x").finish(),
            "PRP %20 x\r\n",
        );
    }

    #[test]
    fn a_payload_is_counted_in_bytes() {
        written(
            &Frame::build(Verb::MSG).trid(7).payload("é\r\n".as_bytes()),
            "MSG 7 4\r\né\r\n",
        );
        written(&Frame::build(Verb::UUX).trid(8).payload(b""), "UUX 8 0\r\n");
    }

    #[test]
    fn a_raw_parameter_that_would_end_the_word_is_refused() {
        for word in ["", " ", "a b", "a\tb", "a\r", "\nOUT"] {
            let refused = Frame::build(Verb::VER).raw_param(word.as_bytes());
            assert_eq!(refused.map(|_| ()), Err(ParamError), "{word:?}");
        }
    }

    #[test]
    fn numbers_are_digits_that_fit_32_bits() {
        assert_eq!(parse_number(b"0004294967"), Some(4_294_967));
        for word in ["", "-1", "+1", "1 ", "4294967296", "00000000001", "1a"] {
            assert_eq!(parse_number(word.as_bytes()), None, "{word:?}");
        }
    }

    #[test]
    fn debug_shows_no_parameter_and_no_payload() {
        let frame = Frame::build(Verb::USR)
            .trid(4)
            .param("t=ticket")
            .payload(b"secret");
        let shown = alloc::format!(
            "{frame:?} {:?} {:?}",
            frame.params(),
            Frame::build(Verb::USR).param("x")
        );
        assert_eq!(
            shown,
            "Frame(USR, 3 parameters, 6 payload bytes) Params(3 left) FrameBuilder(USR, 5 bytes)"
        );
    }
}
