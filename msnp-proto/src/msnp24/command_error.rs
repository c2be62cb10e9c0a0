//! Why a frame is not the command that its first word says. The stream goes on.

use core::fmt;

use crate::Frame;
use crate::payload::PayloadError;
use crate::payload::layers::LayersError;

/// A known command with strange content: the peer's fault, and the frame is given back.
///
/// `Display` names the command, the reason and the place, and shows no content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandError {
    /// The frame as it came.
    pub frame: Frame,
    /// What is wrong.
    pub kind: CommandErrorKind,
    /// Where, in bytes from the start of the frame: the first byte that does not fit, or the
    /// start of the body if something is missing from it.
    pub offset: usize,
}

/// The reasons why a frame is not a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommandErrorKind {
    /// The line is not `CMD TrID TYPE len`.
    #[error("line is not command, transaction id, channel and length")]
    Line,
    /// The second word is not a number of 32 bits.
    #[error("second word is not a transaction id")]
    TransactionId,
    /// A line of the header block is not `Name: value`.
    #[error("line of the header block is not a header")]
    HeaderLine,
    /// The header block does not end with a blank line.
    #[error("header block has no end")]
    HeaderBlock,
    /// A header that the command lives by is missing, or its value is not of its kind.
    #[error("header {0} is missing or not what it should be")]
    Header(&'static str),
    /// The body is not the XML document that it should be.
    #[error("body: {0}")]
    Payload(#[from] PayloadError),
    /// The body is not made of Routing, Reliability and a third block.
    #[error("body: {0}")]
    Layers(#[from] LayersError),
}

impl CommandErrorKind {
    /// The error that this makes of `frame`.
    pub(super) fn at(self, frame: &Frame, offset: usize) -> CommandError {
        CommandError {
            frame: frame.clone(),
            kind: self,
            offset,
        }
    }

    /// The same for an error of the body, which starts at `body`.
    pub(super) fn in_body(self, frame: &Frame, body: usize) -> CommandError {
        let offset = match &self {
            Self::Payload(PayloadError::Xml(error)) => body + error.offset,
            Self::Layers(error) => body + error.offset,
            Self::Header(_) => frame.payload_offset(),
            _ => body,
        };
        self.at(frame, offset)
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = self.frame.verb();
        write!(f, "{verb}: {} at byte {}", self.kind, self.offset)
    }
}

impl core::error::Error for CommandError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        Some(&self.kind)
    }
}
