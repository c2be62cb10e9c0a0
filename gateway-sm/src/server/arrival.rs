//! `Arrival`: a request of a session, as far as the session minds it.

use std::time::Duration;

use super::event::{ExchangeId, HttpConnection};

/// A request of a session, as far as it matters here.
#[derive(Copy, Clone)]
pub(super) struct Arrival {
    pub(super) exchange: ExchangeId,
    /// The connection that it comes by, if that was said.
    pub(super) by: Option<HttpConnection>,
    /// The part after the dot of the next session id, if ids rotate.
    pub(super) minor: u64,
    /// A poll, and for how long it wishes to be held.
    pub(super) poll: Option<Duration>,
    /// What stands for the bytes that it brings, if any: the application is to answer them.
    pub(super) brings: Option<u64>,
}

/// Whom a reply goes to.
#[derive(Copy, Clone)]
pub(super) struct Requester {
    pub(super) exchange: ExchangeId,
    pub(super) by: Option<HttpConnection>,
    pub(super) minor: u64,
}

impl Requester {
    pub(super) const fn of(arrival: &Arrival) -> Self {
        Self {
            exchange: arrival.exchange,
            by: arrival.by,
            minor: arrival.minor,
        }
    }
}
