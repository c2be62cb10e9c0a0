//! `Http`: the client, the streams, the limit and the clock that a driver is given.

use std::fmt;
use std::sync::Arc;

use machine_driver::{SharedClock, SystemClock};
use reqwest::Client;
use tokio::runtime::Handle;

use crate::Tcp;

/// A network over reqwest and tokio: what [`spawn`](crate::spawn) runs a machine on.
#[derive(Clone)]
pub struct Http(Settings);

/// What the driver is given.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) client: Client,
    pub(crate) body_limit: usize,
    pub(crate) streams: Option<Tcp>,
    pub(crate) clock: SharedClock,
    /// The runtime of the driver that was given this.
    pub(crate) runtime: Option<Handle>,
}

impl Http {
    /// Makes requests with this client; there are no [streams](Self::streams), and the clock is the system's. A client of a
    /// network that is reached over TCP or TLS is signed out at once.
    ///
    /// Make the client with [`HttpOptions`](crate::HttpOptions). One made by hand must follow no
    /// redirect, keep no cookies and resend nothing: the machine decides about these.
    pub fn new(client: Client) -> Self {
        Self(Settings {
            client,
            body_limit: 8 << 20,
            streams: None,
            clock: Arc::new(SystemClock),
            runtime: None,
        })
    }

    pub(crate) const fn settings(&self) -> &Settings {
        &self.0
    }

    /// The longest response body in bytes, 8 MiB unless it is said. A longer one counts as a response that
    /// did not arrive.
    #[must_use]
    pub fn body_limit(mut self, body_limit: usize) -> Self {
        self.0.body_limit = body_limit;
        self
    }

    /// Makes streams too.
    #[must_use]
    pub fn streams(mut self, streams: Tcp) -> Self {
        self.0.streams = Some(streams);
        self
    }

    /// On this runtime.
    pub(crate) fn on(mut self, runtime: Handle) -> Self {
        self.0.runtime = Some(runtime);
        self
    }

    /// Another clock, which tests turn.
    #[must_use]
    pub fn clock(mut self, clock: SharedClock) -> Self {
        self.0.clock = clock;
        self
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("body_limit", &self.0.body_limit)
            .field("streams", &self.0.streams)
            .finish_non_exhaustive()
    }
}
