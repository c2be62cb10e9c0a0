//! What a link tells the connection on it, whatever it is made of.

use bytes::Bytes;
use machine_contract::Failure;

use crate::event::Reason;

/// What a [`Link`](super::Link) tells.
#[derive(Debug)]
pub(crate) enum LinkEvent {
    /// The other side is there.
    Opened,
    /// Bytes, in order. A frame may begin in one of these and end in another.
    Received(Bytes),
    /// This send is with the other side, or on its way over a stream: the time for its answer counts from now.
    Sent(SendId),
    /// It did not, or may not, arrive, and will not be tried again.
    Unsent { id: SendId, fate: Failure },
    /// Something that the other side said may be lost.
    Gap,
    /// The link is gone. Once and last.
    Closed(Reason),
}

/// Names one send on one link.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SendId(pub(super) u64);

/// Why a link does not take bytes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum LinkError {
    /// It is closed, or closing.
    Closed,
    /// Not now: too much waits already.
    Full,
    /// Never: more than it may hold.
    TooLarge,
}
