//! What follows from the network's answers to the main connection, and what becomes of it.

use msnp_proto::TrId;

use super::book::Step;
use super::calls::Opening;

/// What follows from an answer of the network.
#[derive(Debug)]
pub(super) enum Then {
    /// The person is there.
    Entered,
    /// The contacts are being told.
    Known,
    /// The settings are known: the sign-in is done.
    Settled,
    /// The next step of a change of the list.
    Listed(Step),
    /// On which network somebody is.
    Queried(TrId),
    /// A message for somebody who is away was kept, or not.
    Paged(TrId),
    /// Other places were told something, or are not there.
    Noticed(TrId),
    /// A private room was opened.
    Opened(Opening),
    /// What waited when the person came is known.
    Waiting,
    /// What of it was not fetched.
    Unfetched,
}

/// What becomes of the connection.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    GoesOn,
    /// The sign-in is done.
    SignedIn,
    Ends,
}

impl From<Opening> for Then {
    fn from(opening: Opening) -> Self {
        Self::Opened(opening)
    }
}

impl From<Step> for Then {
    fn from(step: Step) -> Self {
        Self::Listed(step)
    }
}
