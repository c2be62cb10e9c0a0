//! What follows from the network's answers to the connection of a conversation.

use msnp_proto::TrId;

use super::speech::OnTheWay;
use crate::identity::Address;

/// What follows from an answer of the network.
#[derive(Debug)]
pub(super) enum Then {
    /// The connection is that of a conversation.
    Entered,
    /// The conversation's room was opened, or joined.
    InRoom,
    /// So was the private one.
    AtHome,
    /// Somebody was called.
    Invited(TrId, Address),
    /// It is known who that is; whether any of their places comes into rooms.
    Found(TrId, bool),
    /// It was said, or not.
    Said(OnTheWay),
}

impl From<OnTheWay> for Then {
    fn from(message: OnTheWay) -> Self {
        Self::Said(message)
    }
}
