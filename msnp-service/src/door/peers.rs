//! Who a connection comes from, when proxies stand in front.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use http::HeaderMap;
use proxied::{Progress, ProxyHeader, ProxyHeaderError};
use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;

use super::socket::Socket;
use crate::config::Proxies;

/// Where a connection comes from and where it came in, as far as it is told in front of it.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Ends {
    pub(crate) peer: IpAddr,
    pub(crate) local: Option<SocketAddr>,
}

/// Why a connection that a proxy was to introduce is let go.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unannounced {
    /// It says something else.
    #[error(transparent)]
    Header(#[from] ProxyHeaderError),
    /// It says nothing in time, or is gone.
    #[error("no PROXY header has come")]
    Wire(#[from] io::Error),
}

/// Whom nothing can be held against: a proxy that does not tell its client.
const NOBODY: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

impl Proxies {
    /// Whether a connection from there begins with what a proxy says of its client.
    pub(crate) fn introduces(&self, peer: IpAddr) -> bool {
        self.proxy_protocol && self.trusted.contains(peer)
    }

    /// Reads what a proxy says in front of a connection.
    pub(crate) async fn announced(
        &self,
        socket: &Socket,
        mut ends: Ends,
        patience: Duration,
    ) -> Result<Ends, Unannounced> {
        let header = timeout(patience, header(socket.clone())).await;
        if let ProxyHeader::Client {
            source,
            destination,
        } = header.map_err(io::Error::from)??
        {
            ends.peer = source.ip();
            ends.local = Some(destination);
        }
        Ok(ends)
    }

    /// Whom the limits per peer are held against, where a request says no more.
    pub(crate) fn peer(&self, peer: IpAddr) -> IpAddr {
        if self.trusted.contains(peer) {
            NOBODY
        } else {
            peer
        }
    }

    /// The same of a request with these headers, by a connection of this peer.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let client = self.trusted.client(peer, headers, self.forwarded_by);
        client.unwrap_or(NOBODY)
    }
}

async fn header(mut socket: Socket) -> Result<ProxyHeader, Unannounced> {
    let mut bytes = Vec::new();
    loop {
        match ProxyHeader::read(&bytes)? {
            Progress::Whole(header) => return Ok(header),
            Progress::Needs(more) => {
                let have = bytes.len();
                bytes.resize(have + more, 0);
                socket.read_exact(&mut bytes[have..]).await?;
            }
        }
    }
}
