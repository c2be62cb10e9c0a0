//! What can be wrong with a header of Passport 1.4.

use crate::auth::ticket::TicketError;

/// A header is not what it should be: the fault of the peer that sent it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PassportError {
    /// The value does not begin with the word `Passport1.4`.
    #[error("not a Passport1.4 header")]
    Scheme,
    /// A field that everything depends on is missing or empty.
    #[error("the header has no {0}")]
    Missing(&'static str),
    /// A field is not UTF-8 once its percent-coding is undone.
    #[error("{0} is not UTF-8")]
    NotUtf8(&'static str),
    /// `from-PP` holds what is no ticket.
    #[error("from-PP: {0}")]
    Ticket(#[from] TicketError),
}
