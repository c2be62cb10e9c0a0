//! `Door`: where a request to the pages has come in.

use std::net::SocketAddr;

/// Where a request to the pages has come in.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Door {
    local: Option<SocketAddr>,
    is_secure: bool,
}

impl Door {
    /// At this address of this host, if it is known; by HTTPS, here or at a proxy in front, if it `is_secure`.
    pub(crate) const fn new(local: Option<SocketAddr>, is_secure: bool) -> Self {
        Self { local, is_secure }
    }

    /// Whether what is said there is for HTTPS alone: cookies, and pages of whom they count.
    pub(super) const fn is_secure(self) -> bool {
        self.is_secure
    }

    /// The address, with the host as it is written outside.
    pub(super) fn address(self) -> Option<SocketAddr> {
        let local = self.local?;
        Some(SocketAddr::new(local.ip().to_canonical(), local.port()))
    }

    /// Whether what is typed at a page goes over plain HTTP from another host: a proxy on this one may speak HTTPS.
    pub(super) fn is_open_to_all(self) -> bool {
        let address = self.address().map(|local| local.ip());
        !self.is_secure && address.is_some_and(|ip| !ip.is_loopback())
    }
}
