//! `Terms`: on which connections are taken at one address.

use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::TlsAcceptor;

use crate::config::{Limits, Proxies, Timings};
use crate::metrics::Metrics;

/// As good as for ever, and clocks can add it.
pub(crate) const A_DAY: Duration = Duration::from_secs(86_400);

/// On which connections are taken at one address.
#[derive(Clone)]
pub(crate) struct Terms {
    pub(crate) limits: Limits,
    pub(crate) timings: Timings,
    pub(crate) proxies: Arc<Proxies>,
    pub(crate) metrics: Arc<Metrics>,
    /// Present where TLS is spoken.
    pub(crate) tls: Option<TlsAcceptor>,
}
