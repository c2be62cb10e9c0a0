//! `Upstream` and `Domains`: where IM accounts are signed in, and in which dialect.

use std::collections::BTreeMap;

use msnp_client::{Dialect, Network, Service};

use crate::identity::EmailAddress;

/// Where IM accounts of the web service are signed in, and in which dialect.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::large_enum_variant,
    reason = "a server has few of them, and its users write them by hand"
)]
pub enum Upstream {
    /// At this server itself, without a socket, in MSNP24: what their clients ask is answered in the same turn. The
    /// default. To the gateway they all come from one network address
    /// ([`sessions_per_peer`](crate::Config::sessions_per_peer)).
    #[default]
    Embedded,
    /// The same in the first of these older dialects that is taken, MSNP7 to MSNP18, through the gateway; without any
    /// in MSNP18. What a dialect has no means for its accounts cannot do: people are named by their addresses alone,
    /// and a message that was handed over on a switchboard is not given again should its caller be lost.
    EmbeddedClassic(Vec<Dialect>),
    /// At another server, in MSNP24, with these addresses. [`poll_transmit`](crate::Server::poll_transmit) says what
    /// is to be sent there.
    Elsewhere(Service),
    /// At a network of the older dialects, in the first of these that it takes, MSNP7 to MSNP18; without any MSNP18
    /// down to MSNP8 are tried. Where its servers are reached by streams,
    /// [`poll_upstream_stream`](crate::Server::poll_upstream_stream) says what is to be done with those.
    ElsewhereClassic(Box<Network>, Vec<Dialect>),
}

impl Upstream {
    /// Whether its accounts are signed in at another server: then somebody has to make requests, or streams.
    pub const fn is_elsewhere(&self) -> bool {
        matches!(self, Self::Elsewhere(_) | Self::ElsewhereClassic(..))
    }
}

/// Where the accounts of each domain are signed in, for those that are not signed in where all others are
/// ([`Config::upstream`](crate::Config::upstream)).
///
/// ```
/// use msnp_client::Dialect;
/// use msnp_server::imsoap::{Domains, Upstream};
/// let mut domains = Domains::default();
/// domains.set("example.org", Upstream::EmbeddedClassic(vec![Dialect::MSNP15]))?;
/// assert!(domains.set("example.org", Upstream::Embedded).is_err());
/// # Ok::<(), msnp_server::imsoap::InvalidDomain>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Domains(BTreeMap<String, Upstream>);

/// Why a domain cannot be [set](Domains::set); the fault of whoever named it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidDomain {
    /// No e-mail address ends so.
    #[error("no e-mail address has such a domain")]
    Malformed,
    /// There can be one place for each.
    #[error("the domain has a place already")]
    Twice,
}

impl Domains {
    /// Accounts whose addresses end with `@` and this domain, in whatever case, are signed in there.
    ///
    /// # Errors
    /// [`InvalidDomain`]; nothing has changed.
    pub fn set(&mut self, domain: &str, upstream: Upstream) -> Result<(), InvalidDomain> {
        let address = format!("a@{domain}");
        EmailAddress::parse(&address).map_err(|_| InvalidDomain::Malformed)?;
        let domain = domain.to_ascii_lowercase();
        if self.0.contains_key(&domain) {
            return Err(InvalidDomain::Twice);
        }
        self.0.insert(domain, upstream);
        Ok(())
    }

    /// Each domain in lower case, and where its accounts are signed in.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Upstream)> {
        let domains = self.0.iter();
        domains.map(|(domain, upstream)| (domain.as_str(), upstream))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(domain: &str, expected: Result<(), InvalidDomain>) {
        let mut domains = Domains::default();
        let taken = domains.set("taken.example", Upstream::Embedded);
        assert_eq!(taken, Ok(()));
        assert_eq!(domains.set(domain, Upstream::Embedded), expected);
        assert_eq!(domains.iter().count(), 1 + usize::from(expected.is_ok()));
    }

    #[test]
    fn what_no_address_ends_with_is_no_domain() {
        check("example.org", Ok(()));
        check("Localhost", Ok(()));
        for malformed in ["", "a b", "a@b", "@", "x<y", "ä.example"] {
            check(malformed, Err(InvalidDomain::Malformed));
        }
        check(&"a".repeat(300), Err(InvalidDomain::Malformed));
        check("Taken.Example", Err(InvalidDomain::Twice));
    }
}
