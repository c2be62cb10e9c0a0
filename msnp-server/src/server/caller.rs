//! `Caller`: where a request comes from.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use gateway_sm::HttpConnection;

/// Where a request comes from, and where it came in.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The network address of the caller; the unspecified one (`0.0.0.0`) if a proxy does not tell.
    pub peer: IpAddr,
    /// The address of this host that the connection has come in at, if it is known.
    pub local: Option<SocketAddr>,
    /// The connection that it comes by, if the shell tells how each has
    /// [ended](crate::Server::handle_connection_ended).
    pub connection: Option<HttpConnection>,
    /// It speaks TLS with this host: cookies are then for HTTPS alone.
    pub tls: bool,
}

impl Caller {
    /// One on this very machine, by no connection that has an address.
    pub const fn nowhere() -> Self {
        Self {
            peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
            local: None,
            connection: None,
            tls: false,
        }
    }
}
