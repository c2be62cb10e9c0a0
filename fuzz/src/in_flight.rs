//! What a driver knows of what is open.

use bytes::Bytes;
use http::Request;
use machine_contract::{Instant, Remote, RequestId};

/// A request in flight.
pub(crate) struct Asked {
    pub(crate) id: RequestId,
    pub(crate) request: Request<Bytes>,
    pub(crate) deadline: Instant,
}

/// A stream that is wanted or there.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each of the two ways has an end of its own"
)]
pub(crate) struct Stream {
    pub(crate) to: Remote,
    /// Until it is there.
    pub(crate) deadline: Option<Instant>,
    /// The network takes nothing.
    pub(crate) is_stuck: bool,
    pub(crate) finishing: bool,
    pub(crate) said_all: bool,
    pub(crate) heard_all: bool,
    /// The peer knows that this side has said all.
    pub(crate) half_closed: bool,
    /// What the network has taken and the peer has not.
    pub(crate) said: Vec<u8>,
}
