//! `PeerNetwork`: whom one network address counts as.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The network that a peer comes from, to which limits per peer apply.
///
/// An IPv4 address counts by itself. Of IPv6 the first 64 bits do, which is the least that anybody gets and whose
/// addresses are free to take; whoever has more networks than one has them within one [site](Self::site).
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerNetwork(IpAddr);

impl PeerNetwork {
    /// That of an address. `None` for one that is not of the open internet: such peers are this host, or what stands in
    /// front of it and speaks for many, so nothing can be held against them that is not held against all.
    pub fn of(address: IpAddr) -> Option<Self> {
        match address.to_canonical() {
            IpAddr::V4(address) if is_near_v4(address) => None,
            IpAddr::V4(address) => Some(Self(address.into())),
            IpAddr::V6(address) if is_near_v6(address) => None,
            IpAddr::V6(address) => Some(Self(prefix(address, 64))),
        }
    }

    /// The site that it is in: of IPv6 the first 48 bits, of which a line of a provider's has its networks.
    #[must_use]
    pub fn site(self) -> Self {
        match self.0 {
            IpAddr::V4(_) => self,
            IpAddr::V6(address) => Self(prefix(address, 48)),
        }
    }

    /// Its first address, by which it can be told.
    pub const fn address(self) -> IpAddr {
        self.0
    }
}

const fn is_near_v4(address: Ipv4Addr) -> bool {
    address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_unspecified()
}

const fn is_near_v6(address: Ipv6Addr) -> bool {
    address.is_loopback()
        || address.is_unspecified()
        || address.is_unique_local()
        || address.is_unicast_link_local()
}

fn prefix(address: Ipv6Addr, bits: u32) -> IpAddr {
    let mask = u128::MAX << (128 - bits);
    Ipv6Addr::from_bits(address.to_bits() & mask).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(address: &str) -> Option<PeerNetwork> {
        PeerNetwork::of(address.parse().expect("an address"))
    }

    #[test]
    fn who_has_many_addresses_counts_once() {
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        let site = |address| of(address).map(PeerNetwork::site);
        assert_eq!(site("2001:db8:1:2::1"), site("2001:db8:1:3::1"));
        assert_ne!(site("2001:db8:1:2::1"), site("2001:db8:2:2::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(site("192.0.2.1"), of("192.0.2.1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }

    #[test]
    fn who_may_speak_for_many_has_no_network() {
        for near in [
            "127.0.0.1",
            "::1",
            "10.1.2.3",
            "192.168.0.1",
            "172.16.9.9",
            "fd00::1",
            "fe80::1",
            "::ffff:127.0.0.1",
        ] {
            assert_eq!(of(near), None, "{near}");
        }
    }
}
