//! `ReadyReply`: what a session says in one reply, of which it knows no HTTP.

use bytes::Bytes;
use http::HeaderValue;

use super::event::ExchangeId;
use crate::wire::SessionId;

/// A reply that can leave: to whom, with what.
pub(super) struct ReadyReply {
    pub(super) exchange: ExchangeId,
    pub(super) frames: Bytes,
    /// `Session=close`.
    pub(super) close: bool,
    pub(super) session: Option<SessionId>,
    /// The part after the dot of that id.
    pub(super) minor: u64,
    pub(super) skype_id: Option<HeaderValue>,
}
