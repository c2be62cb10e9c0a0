//! What can be wrong with a message, in its headers and in its body.

use crate::msn_object::MsnObjectError;
use crate::payload::PayloadError;

/// Why bytes are not a [`Mime`](super::Mime): the fault of the peer that wrote them.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("message, byte {offset}: {kind}")]
pub struct MimeError {
    /// Where, counted from the start of the payload.
    pub offset: usize,
    /// What.
    pub kind: MimeErrorKind,
}

/// What is wrong with the headers of a message.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MimeErrorKind {
    /// Nothing parts headers from a body.
    #[error("no empty line behind the headers")]
    NoBlankLine,
    /// More than [`Mime::MAX_HEADERS`](super::Mime::MAX_HEADERS).
    #[error("too many headers")]
    TooManyHeaders,
    /// Longer than 4 GiB less one byte.
    #[error("too long")]
    TooLong,
}

impl MimeErrorKind {
    pub(super) const fn at(self, offset: usize) -> MimeError {
        MimeError { offset, kind: self }
    }
}

/// Why a message is not what its `Content-Type` says: the fault of the peer that wrote it. The message itself is still
/// there, as a [`Mime`](super::Mime).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContentError {
    /// A header or a field of the body that everything else depends on is missing.
    #[error("the message has no {0}")]
    Missing(&'static str),
    /// A header or a field does not hold what it should.
    #[error("{0} does not hold what it should")]
    Invalid(&'static str),
    /// The body is not UTF-8 where it should be, at this offset.
    #[error("the body is not UTF-8 at byte {0}")]
    NotUtf8(usize),
    /// The body has fewer bytes than its kind needs, or other than it announces.
    #[error("a body of {found} bytes, {expected} expected")]
    Length {
        /// So many there are.
        found: usize,
        /// So many there should be.
        expected: usize,
    },
    /// More fields or entries than are read.
    #[error("too many entries")]
    TooMany,
    /// An object in it cannot be read.
    #[error(transparent)]
    Object(#[from] MsnObjectError),
    /// The document in `Mail-Data` cannot be read.
    #[error("Mail-Data: {0}")]
    MailData(#[from] PayloadError),
}

/// The body as text.
pub(super) fn utf8(body: &[u8]) -> Result<&str, ContentError> {
    core::str::from_utf8(body).map_err(|error| ContentError::NotUtf8(error.valid_up_to()))
}
