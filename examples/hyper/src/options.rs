//! What the driver is given beside the machine.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use machine_driver::{SharedClock, SystemClock};
use tokio::runtime::Handle;
use transport_reqwest::Tcp;

/// The HTTP library: connections are kept for as long as their servers keep them.
pub(crate) type Client = hyper_util::client::legacy::Client<HttpConnector, Full<Bytes>>;

/// A machine at work over hyper.
pub type Driver<M> = machine_driver::Driver<M, Hyper>;

/// A network over hyper.
#[derive(Clone)]
pub struct Hyper(Settings);

/// What the driver is given.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) client: Client,
    pub(crate) body_limit: usize,
    pub(crate) clock: SharedClock,
    pub(crate) streams: Option<Tcp>,
    /// The runtime of the driver that was given this.
    pub(crate) runtime: Option<Handle>,
}

impl Hyper {
    /// Ten seconds to connect, bodies of up to 8 MiB, the system's clock.
    pub fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(Duration::from_secs(10)));
        let mut builder = hyper_util::client::legacy::Client::builder(TokioExecutor::new());
        // The machine decides what is sent again.
        builder.retry_canceled_requests(false);
        Self(Settings {
            client: builder.build(connector),
            body_limit: 8 << 20,
            clock: Arc::new(SystemClock),
            streams: None,
            runtime: None,
        })
    }

    pub(crate) const fn settings(&self) -> &Settings {
        &self.0
    }

    /// The longest response body in bytes.
    #[must_use]
    pub fn body_limit(mut self, body_limit: usize) -> Self {
        self.0.body_limit = body_limit;
        self
    }

    /// On this runtime.
    pub(crate) fn on(mut self, runtime: Handle) -> Self {
        self.0.runtime = Some(runtime);
        self
    }

    /// Makes streams too.
    #[must_use]
    pub fn streams(mut self, streams: Tcp) -> Self {
        self.0.streams = Some(streams);
        self
    }

    /// Another clock, which tests turn.
    #[must_use]
    pub fn clock(mut self, clock: SharedClock) -> Self {
        self.0.clock = clock;
        self
    }
}

impl Default for Hyper {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Hyper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hyper")
            .field("body_limit", &self.0.body_limit)
            .finish_non_exhaustive()
    }
}
