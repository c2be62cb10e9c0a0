//! What one connection is served with, whatever speaks HTTP on it, and why that may end.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::front::{Arrival, Front};
use super::reply_body::Unflushed;
use crate::metrics::Metrics;

/// What one connection may take.
#[derive(Copy, Clone, Debug)]
pub(super) struct Bounds {
    /// The time for a TLS handshake, for a request's head, and again for its body.
    pub(super) request: Duration,
    /// The time for a reply to be read.
    pub(super) reply: Duration,
    /// How long a connection may wait for its next request: as long as a session may be silent. That the next poll or fetch
    /// comes by the connection that carried a reply is what shows that the reply was read.
    pub(super) idle: Duration,
}

/// What one connection is served with, whatever speaks HTTP on it.
pub(super) struct Served {
    pub(super) front: Arc<Front>,
    pub(super) arrival: Arrival,
    pub(super) unflushed: Unflushed,
    pub(super) metrics: Arc<Metrics>,
    pub(super) bounds: Bounds,
    pub(super) stop: watch::Receiver<bool>,
}

/// Why a connection did not end in order.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    /// The peer broke HTTP.
    #[error(transparent)]
    Http(#[from] hyper::Error),
    /// The connection was reset, or TLS did not come about.
    #[error(transparent)]
    Socket(#[from] io::Error),
    /// The peer has begun a request, or a connection, and does not go on.
    #[error("a request did not come in time")]
    Slow,
    /// The peer does not take its replies.
    #[error("a reply was not taken in time")]
    Late,
}
