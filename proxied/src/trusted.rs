//! `Trusted`: the proxies whose word is believed, and who a client is by it.

use std::net::IpAddr;
use std::str::FromStr;

use http::HeaderMap;
use ipnet::IpNet;

use crate::forwarded::{forwarded, x_forwarded_for};

/// The networks of proxies whose word is believed; none of them, if there are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trusted(Vec<Network>);

/// A network as `192.0.2.0/24`, or one address.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Network(IpNet);

/// A text that is no network. The fault of whoever wrote it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither a network such as 192.0.2.0/24 nor an IP address")]
pub struct NetworkError(String);

/// By which header the proxies in front tell who their clients are.
///
/// One of the two, not whichever is there: a proxy that writes the one passes on the other as the client sent it, who may
/// write anything into it.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are these two")]
pub enum ForwardedBy {
    /// `X-Forwarded-For`, as most do.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let network = text.parse().ok();
        let network = network.or_else(|| {
            text.parse()
                .ok()
                .map(|one: IpAddr| one.to_canonical().into())
        });
        let network: IpNet = network.ok_or_else(|| NetworkError(text.to_owned()))?;
        Ok(Self(network.trunc()))
    }
}

impl Trusted {
    /// These.
    pub fn new(networks: impl IntoIterator<Item = Network>) -> Self {
        Self(networks.into_iter().collect())
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this is the address of one.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0
            .iter()
            .any(|Network(network)| network.contains(&address))
    }

    /// The client of a request that has come from `peer`: the peer itself, unless that is a trusted proxy; then whoever it
    /// names, and so on until somebody is named who is none. `None` if a trusted proxy does not tell.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap, by: ForwardedBy) -> Option<IpAddr> {
        let peer = peer.to_canonical();
        if !self.contains(peer) {
            return Some(peer);
        }
        let lines = |name| {
            headers
                .get_all(name)
                .iter()
                .map(http::HeaderValue::as_bytes)
        };
        let hops = match by {
            ForwardedBy::XForwardedFor => x_forwarded_for(lines("x-forwarded-for")),
            ForwardedBy::Forwarded => forwarded(lines("forwarded")),
        };
        for hop in hops.into_iter().rev() {
            // What stands further left nobody vouches for.
            let address = hop?.to_canonical();
            if !self.contains(address) {
                return Some(address);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn trusted(networks: &[&str]) -> Trusted {
        Trusted::new(networks.iter().map(|network| network.parse().unwrap()))
    }

    #[track_caller]
    fn check(peer: &str, headers: &[(&'static str, &str)], client: Option<&str>) {
        let trusted = trusted(&["10.0.0.0/8", "2001:db8:1::/48", "192.0.2.99"]);
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            all.append(*name, HeaderValue::from_str(value).unwrap());
        }
        let found = trusted.client(peer.parse().unwrap(), &all, ForwardedBy::XForwardedFor);
        assert_eq!(
            found,
            client.map(|client| client.parse().unwrap()),
            "{peer} {headers:?}"
        );
    }

    #[test]
    fn the_client_is_the_right_most_that_is_no_proxy() {
        let x = "x-forwarded-for";
        check("10.1.1.1", &[(x, "198.51.100.7")], Some("198.51.100.7"));
        check(
            "10.1.1.1",
            &[(x, "6.6.6.6, 198.51.100.7, 192.0.2.99")],
            Some("198.51.100.7"),
        );
        check(
            "2001:db8:1::5",
            &[(x, "6.6.6.6"), (x, "2001:db8:2::9")],
            Some("2001:db8:2::9"),
        );
        check(
            "::ffff:10.1.1.1",
            &[(x, "::ffff:198.51.100.7")],
            Some("198.51.100.7"),
        );
    }

    #[test]
    fn who_is_no_proxy_is_the_client_whatever_it_says() {
        let x = "x-forwarded-for";
        check("203.0.113.5", &[(x, "198.51.100.7")], Some("203.0.113.5"));
        check("203.0.113.5", &[], Some("203.0.113.5"));
        check("192.0.2.98", &[(x, "10.0.0.1")], Some("192.0.2.98"));
        let nobody = Trusted::default();
        let mut headers = HeaderMap::new();
        headers.insert(x, HeaderValue::from_static("198.51.100.7"));
        let local = "127.0.0.1".parse().unwrap();
        assert_eq!(
            nobody.client(local, &headers, ForwardedBy::XForwardedFor),
            Some(local)
        );
    }

    #[test]
    fn a_proxy_that_does_not_tell_leaves_the_client_unknown() {
        let x = "x-forwarded-for";
        check("10.1.1.1", &[], None);
        check("10.1.1.1", &[(x, "")], None);
        check("10.1.1.1", &[(x, "198.51.100.7, unknown")], None);
        check("10.1.1.1", &[(x, "10.2.2.2")], None);
        // What the client wrote itself passes through a proxy that writes the other header.
        check("10.1.1.1", &[("forwarded", "for=198.51.100.7")], None);
    }

    #[test]
    fn the_header_that_was_chosen_counts_alone() {
        let trusted = trusted(&["10.0.0.0/8"]);
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_static("6.6.6.6"));
        headers.insert("forwarded", HeaderValue::from_static("for=198.51.100.7"));
        let client = trusted.client(
            "10.1.1.1".parse().unwrap(),
            &headers,
            ForwardedBy::Forwarded,
        );
        assert_eq!(client, Some("198.51.100.7".parse().unwrap()));
    }

    #[test]
    fn networks_are_read_as_people_write_them() {
        for (text, inside, outside) in [
            ("192.0.2.0/24", "192.0.2.255", "192.0.3.0"),
            ("192.0.2.77/24", "192.0.2.1", "192.0.3.0"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
            ("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.8"),
            ("2001:db8::/32", "2001:db8:ffff::", "2001:db9::"),
            ("0.0.0.0/0", "255.255.255.255", "::1"),
        ] {
            let trusted = trusted(&[text]);
            assert!(trusted.contains(inside.parse().unwrap()), "{text}");
            assert!(!trusted.contains(outside.parse().unwrap()), "{text}");
        }
        for text in [
            "",
            "192.0.2.0/33",
            "localhost",
            "192.0.2.0/",
            "192.0.2.0/-1",
            "1.2.3/8",
        ] {
            let error = text.parse::<Network>().unwrap_err();
            assert!(
                error
                    .to_string()
                    .starts_with(&format!("`{text}` is neither")),
                "{error}"
            );
        }
    }

    proptest! {
        /// Nothing that a client writes in front of what its proxy writes changes who it is.
        #[test]
        fn a_forged_beginning_changes_nothing(forged in "[ -~]{0,60}", client: [u8; 4]) {
            let trusted = trusted(&["10.0.0.0/8"]);
            let (client, proxy) = (IpAddr::from(client), "10.1.1.1".parse().unwrap());
            prop_assume!(!trusted.contains(client));
            for (name, by, own) in [
                ("x-forwarded-for", ForwardedBy::XForwardedFor, client.to_string()),
                ("forwarded", ForwardedBy::Forwarded, format!("for={client}")),
            ] {
                let mut headers = HeaderMap::new();
                headers.append(name, HeaderValue::from_str(&forged).unwrap());
                headers.append(name, HeaderValue::from_str(&own).unwrap());
                prop_assert_eq!(trusted.client(proxy, &headers, by), Some(client));
                // Some proxies write behind what is there, in the same line.
                headers.insert(name, HeaderValue::from_str(&format!("{forged}, {own}")).unwrap());
                prop_assert_eq!(trusted.client(proxy, &headers, by), Some(client));
            }
        }
    }
}
