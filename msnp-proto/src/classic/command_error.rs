//! Why a frame is not the command that its first word says, and why a command has no line in a dialect.

use core::fmt;

use crate::{Dialect, Frame, Verb};

/// A known command with strange parameters: the peer's fault, and the frame is given back. The stream goes on.
///
/// `Display` names the command, the reason and the place, and shows no content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandError {
    /// The frame as it came.
    pub frame: Frame,
    /// What is wrong.
    pub kind: CommandErrorKind,
    /// Where, in bytes from the start of the frame: the parameter that does not fit, or the end of the line if one is missing.
    pub offset: usize,
}

/// The reasons why a frame is not a command.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommandErrorKind {
    /// The second word is not a number of 32 bits. Clients were seen to send `-5`, `abc` and more (msnp8-18.md 2.5).
    #[error("second word is not a transaction id")]
    TransactionId,
    /// A parameter that the command lives by is not there.
    #[error("parameter {0} is missing")]
    Missing(&'static str),
    /// A parameter is not of its kind, or holds a carriage return or a NUL.
    #[error("parameter {0} is not what it should be")]
    Parameter(&'static str),
    /// The last word is not the length of the bytes behind the line.
    #[error("last word is not the length of the payload")]
    Length,
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

/// A command that the dialect has no line for: the caller's fault.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{dialect} has no such {verb}")]
pub struct NotInDialect {
    /// The command's word.
    pub verb: Verb,
    /// The dialect it was to be written in.
    pub dialect: Dialect,
}

/// Why a frame is not of one form; another form of its verb may fit.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A literal word of the form is not there, or the dialect or the server does not have it.
    OtherForm,
    /// It is of this form, and wrong.
    Wrong(CommandErrorKind, usize),
}
