//! `Terms`: on which connections are taken at one address.

use std::sync::Arc;

use tokio_rustls::TlsAcceptor;

use crate::config::{Limits, Proxies, Timings};
use crate::metrics::Metrics;

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
