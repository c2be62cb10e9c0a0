//! One MSNP24 frame taken apart: line, header block, body; knows no command.

use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;

use crate::msnp24::{Channel, CommandError, CommandErrorKind, Headers, grammar};
use crate::{Frame, TrId, Verb};

/// What every MSNP24 frame has, whatever its command (msnp24.md 2.2).
///
/// ```
/// use msnp_proto::msnp24::{Channel, Envelope};
/// use msnp_proto::{TrId, Verb};
/// let ping = Envelope::new(Verb::PNG, TrId(11), Channel::Con).to_frame();
/// assert_eq!(&ping.as_bytes()[..], b"PNG 11 CON 2\r\n\r\n");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The command, or the digits of an error.
    pub verb: Verb,
    /// Ties a reply to its request; 0 in what the server sends by itself.
    pub trid: TrId,
    /// Which part of the service it speaks to.
    pub channel: Channel,
    /// The header block.
    pub headers: Headers,
    /// What follows the blank line: an XML document, a layered body, a text, or nothing.
    pub body: Bytes,
}

impl Envelope {
    /// An envelope without headers and body.
    pub const fn new(verb: Verb, trid: TrId, channel: Channel) -> Self {
        Self {
            verb,
            trid,
            channel,
            headers: Headers::new(),
            body: Bytes::new(),
        }
    }

    /// Takes a frame apart; header block and body are slices of it.
    ///
    /// # Errors
    /// [`CommandError`] if the line is not an MSNP24 line or the header block has no end.
    pub fn parse(frame: &Frame) -> Result<Self, CommandError> {
        Self::read(frame).map_err(|(kind, offset)| kind.at(frame, offset))
    }

    /// [`parse`](Self::parse) before the frame is copied into the error.
    fn read(frame: &Frame) -> Result<Self, (CommandErrorKind, usize)> {
        let line = grammar::line(frame.line())?;
        let (headers, body) = Headers::split(frame.as_bytes(), frame.payload_offset())?;
        Ok(Self {
            verb: frame.verb(),
            trid: TrId(line.trid),
            channel: Channel::of_line(line.channel, frame.as_bytes()),
            headers,
            body,
        })
    }

    /// Reads a command of one side: transaction id, headers, and what `read_body` makes of the
    /// envelope and the body, which was taken out of it.
    /// No body: the verb or the channel has no name here, and nothing is wrong with that.
    pub(super) fn command<B>(
        frame: &Frame,
        is_known: impl FnOnce(Verb) -> bool,
        read_body: impl FnOnce(&Self, Bytes) -> Result<Option<B>, CommandErrorKind>,
    ) -> Result<(TrId, Headers, Option<B>), CommandError> {
        let mut envelope = match Self::read(frame) {
            Ok(envelope) => envelope,
            Err(_) if !is_known(frame.verb()) => {
                return Ok((frame.trid().unwrap_or_default(), Headers::new(), None));
            }
            Err((kind, offset)) => return Err(kind.at(frame, offset)),
        };
        let body_offset = frame.as_bytes().len() - envelope.body.len();
        let body = core::mem::take(&mut envelope.body);
        match read_body(&envelope, body) {
            Ok(body) => Ok((envelope.trid, envelope.headers, body)),
            Err(kind) => Err(kind.in_body(frame, body_offset)),
        }
    }

    /// Writes the frame: the length is counted, the blank line is always there, nothing follows
    /// the body (msnp24.md 19).
    pub fn to_frame(&self) -> Frame {
        let payload_len = self.headers.as_bytes().len() + 2 + self.body.len();
        let mut bytes = Vec::with_capacity(32 + self.channel.as_bytes().len() + payload_len);
        bytes.extend_from_slice(self.verb.as_bytes());
        bytes.push(b' ');
        crate::frame::push_decimal(&mut bytes, self.trid.0);
        bytes.push(b' ');
        bytes.extend_from_slice(self.channel.as_bytes());
        bytes.push(b' ');
        // A payload of 4 GiB cannot be announced; its body is cut to what can.
        let announced = u32::try_from(payload_len).unwrap_or(u32::MAX);
        crate::frame::push_decimal(&mut bytes, announced);
        let line = bytes.len();
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(self.headers.as_bytes());
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        bytes.truncate(line + 2 + announced as usize);
        Frame::of_line(bytes, self.verb, line)
    }
}

/// Prints the body's size only: tickets and messages stand there.
impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("verb", &self.verb)
            .field("trid", &self.trid)
            .field("channel", &self.channel)
            .field("headers", &self.headers)
            .field("body_len", &self.body.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FrameDecoder, PayloadTable};

    #[track_caller]
    fn frame(bytes: &'static str) -> Frame {
        let mut decoder = FrameDecoder::new(PayloadTable::msnp24());
        decoder.push(bytes);
        let frame = decoder.next_frame().expect("a frame").expect("whole");
        assert_eq!(decoder.buffered(), 0);
        frame
    }

    #[track_caller]
    fn refused(bytes: &'static str, kind: CommandErrorKind, offset: usize) {
        let frame = frame(bytes);
        assert_eq!(
            Envelope::parse(&frame),
            Err(CommandError {
                frame,
                kind,
                offset
            })
        );
    }

    #[test]
    fn an_envelope_is_written_as_it_was_read() {
        for bytes in [
            "BND 3 CON\\MSGR 2\r\n\r\n",
            "NFY 0 MSGR\\NEWS 18\r\nContext: 1\r\n\r\nbody",
            "911 2 CON 23\r\n\r\nAuthentication failed",
            "ZZZ 4294967295 CON 7\r\nA:b\n\r\nc",
        ] {
            let envelope = Envelope::parse(&frame(bytes)).expect("legal");
            assert_eq!(envelope.to_frame().as_bytes(), bytes.as_bytes());
        }
    }

    #[test]
    fn zero_and_two_are_both_an_empty_payload() {
        let zero = Envelope::parse(&frame("PNG 4 CON 0\r\n")).expect("legal");
        let two = Envelope::parse(&frame("PNG 4 CON 2\r\n\r\n")).expect("legal");
        assert_eq!(zero, two);
        assert_eq!(&zero.to_frame().as_bytes()[..], b"PNG 4 CON 2\r\n\r\n");
    }

    #[test]
    fn runs_of_spaces_are_one_separator() {
        let envelope = Envelope::parse(&frame(" OUT  5\tCON  2 \n\r\n")).expect("legal");
        assert_eq!(envelope, Envelope::new(Verb::OUT, TrId(5), Channel::Con));
    }

    #[test]
    fn an_error_says_what_and_where() {
        refused("PNG\r\n", CommandErrorKind::TransactionId, 3);
        refused("PNG x CON 0\r\n", CommandErrorKind::TransactionId, 4);
        refused(
            "PNG 4294967296 CON 0\r\n",
            CommandErrorKind::TransactionId,
            4,
        );
        refused("PNG 1\r\n", CommandErrorKind::Line, 5);
        refused("PNG 1 CON 5\r\nA: b\n", CommandErrorKind::HeaderBlock, 18);
        refused("PNG 1 CON 6\r\nnope\r\n", CommandErrorKind::HeaderLine, 13);
    }
}
