//! What follows from the network's answers to the one connection.

use msnp_proto::TrId;

use super::rooms;
use crate::faces::classic::book;
use crate::network::Publication;

/// What follows from an answer of the network.
#[derive(Debug)]
pub(in crate::faces::classic) enum Then {
    /// The person is there.
    Entered,
    /// The contacts are being told.
    Known,
    /// The settings are known: the sign-in is done.
    Settled,
    /// The next step of a change of the list.
    Listed(book::Step),
    /// On which network somebody is.
    Queried(TrId),
    /// The person is called so, and is to be seen like that.
    Named(TrId, Publication),
    /// It was said, or not; whether nobody's being there means that there is no way.
    Said(TrId, bool),
    /// Another place was told to sign out.
    SignedOut(TrId),
    /// The next step of what is about a group.
    Grouped(rooms::Step),
}

impl From<rooms::Step> for Then {
    fn from(step: rooms::Step) -> Self {
        Self::Grouped(step)
    }
}

impl From<book::Step> for Then {
    fn from(step: book::Step) -> Self {
        Self::Listed(step)
    }
}
