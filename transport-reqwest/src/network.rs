//! `Http`: the client, the streams, the limit and the clock that a driver is given.

use std::fmt;
use std::sync::Arc;

use machine_driver::{SharedClock, SystemClock};
use reqwest::Client;
use tokio::runtime::Handle;

use crate::Tcp;

/// A network over reqwest and tokio: what [`spawn`](crate::spawn) runs a machine on.
#[derive(Clone)]
pub struct Http {
    pub(crate) client: Client,
    pub(crate) body_limit: usize,
    pub(crate) streams: Option<Tcp>,
    pub(crate) clock: SharedClock,
    /// The runtime of the driver that was given this.
    pub(crate) runtime: Option<Handle>,
}

impl Http {
    /// Makes requests with this client; there are no streams, and the clock is the system's.
    ///
    /// Make the client with [`HttpOptions`](crate::HttpOptions). One made by hand must follow no
    /// redirect, keep no cookies and resend nothing: the machine decides about these.
    pub fn new(client: Client) -> Self {
        Self {
            client,
            body_limit: 8 << 20,
            streams: None,
            clock: Arc::new(SystemClock),
            runtime: None,
        }
    }

    /// The longest response body in bytes, 8 MiB unless it is said. A longer one counts as a response that
    /// did not arrive.
    #[must_use]
    pub fn body_limit(self, body_limit: usize) -> Self {
        Self { body_limit, ..self }
    }

    /// Makes streams too.
    #[must_use]
    pub fn streams(self, streams: Tcp) -> Self {
        let streams = Some(streams);
        Self { streams, ..self }
    }

    pub(crate) fn on(self, runtime: Handle) -> Self {
        let runtime = Some(runtime);
        Self { runtime, ..self }
    }

    /// Another clock, which tests turn.
    #[must_use]
    pub fn clock(self, clock: SharedClock) -> Self {
        Self { clock, ..self }
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("body_limit", &self.body_limit)
            .field("streams", &self.streams)
            .finish_non_exhaustive()
    }
}
