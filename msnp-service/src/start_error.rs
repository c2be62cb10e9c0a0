//! Why a service could not start.

use std::net::SocketAddr;

use msnp_server::ConfigError;

use crate::accounts::PasswordError;
use crate::database::OpenError;
use crate::door::tls::TlsError;

/// Why a service could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on, or a thread not be started.
    #[error("cannot start on {address}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The certificate or its key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// [`ServiceConfig::tls_listen`](crate::ServiceConfig::tls_listen) or [`tls_tcp`](crate::ServiceConfig::tls_tcp) without
    /// [`ServiceConfig::tls`](crate::ServiceConfig::tls).
    #[error("there is no certificate for TLS on {0}")]
    NoCertificate(SocketAddr),
    /// [`ServiceConfig::advertised_host`](crate::ServiceConfig::advertised_host) with a port, which cannot be that of plain HTTP
    /// and of [HTTPS beside it](crate::ServiceConfig::tls_listen).
    #[error("{0} has one port, and there are two doors, for HTTP and for HTTPS")]
    PortOfOneDoor(String),
    /// [`Proxies::proxy_protocol`](crate::Proxies::proxy_protocol) without a proxy that is trusted.
    #[error("the PROXY protocol is for trusted proxies, and none is named")]
    NoTrustedProxy,
    /// [`Limits::connections`](crate::Limits::connections) of none: nobody could be served.
    #[error("no connection at a time serves nobody")]
    NoConnections,
    /// The database cannot be opened.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// A name, a time or a bound of the configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The hashing cost cannot be used.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The servers at which IM accounts of the web service are signed in cannot be reached as configured.
    #[error(transparent)]
    Upstream(#[from] transport_reqwest::OptionsError),
    /// The system has no random bytes to give.
    #[error("no random bytes")]
    Entropy,
}
