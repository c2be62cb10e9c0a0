//! `HostPolicy`: to which hosts a reply may move a session, and so the cookies in its requests.

use crate::wire::{Host, Reply};

/// Which of the hosts that replies name are followed. The scheme never changes: an `https` session
/// stays on `https`, because the headers carry none.
///
/// A host that is refused does not end the session: it stays where it is, and the application is
/// told once by [`Event::HostRefused`](crate::Event::HostRefused).
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum HostPolicy {
    /// None: every request goes to the host in the configuration.
    Stay,
    /// `X-MSN-Host`, if it is on the same site as the host in the configuration; never `GW-IP`.
    ///
    /// On the same site are
    /// * the configured host itself, by name or address, on any port;
    /// * for a domain name, every name below it;
    /// * and every name below its parent (its siblings), if that has at least two labels and does
    ///   not look like a registry's own `co.uk` (two letters at the end, up to three before).
    ///
    /// So `geo.gateway.messenger.live.com` may move the session to
    /// `bn1.gateway.messenger.live.com`, never to `www.live.com` or to an address. Where strangers
    /// share the parent (a hosting company's subdomains), choose [`Stay`](Self::Stay).
    #[default]
    SameSite,
    /// `X-MSN-Host`, else `GW-IP`, wherever they lead, as clients of MSNP8 do. A configuration with
    /// cookies or a ticket cannot have this policy.
    Anywhere,
}

impl HostPolicy {
    /// The host that this reply names for later requests, or the one that may not be followed.
    pub(crate) fn choose(self, reply: &Reply, configured: &Host) -> Result<Option<Host>, Host> {
        match self {
            Self::Stay => Ok(None),
            Self::SameSite => match &reply.host {
                Some(host) if !is_same_site(configured, host) => Err(host.clone()),
                host => Ok(host.clone()),
            },
            Self::Anywhere => Ok(reply.host.as_ref().or(reply.gw_ip.as_ref()).cloned()),
        }
    }
}

fn is_same_site(configured: &Host, named: &Host) -> bool {
    if configured.is_same_host(named) {
        return true;
    }
    let (Some(configured), Some(named)) = (configured.domain(), named.domain()) else {
        return false;
    };
    if is_below(named, configured) {
        return true;
    }
    configured
        .split_once('.')
        .is_some_and(|(_, parent)| is_shared_by_one_owner(parent) && is_below(named, parent))
}

fn is_below(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain)
        .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
}

/// Whether a domain is likely to belong to one owner rather than to a registry.
fn is_shared_by_one_owner(domain: &str) -> bool {
    match domain.split_once('.') {
        None => false,
        Some((second, top)) => top.contains('.') || top.len() != 2 || second.len() > 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(configured: &str, named: &str, expected: bool) {
        let host = |text: &str| text.parse::<Host>().unwrap();
        assert_eq!(
            is_same_site(&host(configured), &host(named)),
            expected,
            "{configured} -> {named}"
        );
    }

    #[test]
    fn the_hosts_of_the_captures_are_followed() {
        let geo = "geo.gateway.messenger.live.com";
        check(geo, "BN1MSGR1011605.gateway.messenger.live.com", true);
        check(geo, geo, true);
        check("gateway.example.com", "gw2.example.com", true);
        check("example.com", "gw2.example.com", true);
        check("gateway.messenger.co.uk", "gw2.messenger.co.uk", true);
        check("localhost:8080", "localhost:8080", true);
        check("127.0.0.1:8080", "127.0.0.1:9090", true);
    }

    #[test]
    fn other_sites_are_not() {
        let geo = "geo.gateway.messenger.live.com";
        check(geo, "evil.example", false);
        check(geo, "www.live.com", false);
        check(geo, "gateway.messenger.live.com", false);
        check(geo, "evilgateway.messenger.live.com", false);
        check(geo, "gateway.messenger.live.com.evil.example", false);
        check("gateway.co.uk", "evil.co.uk", false);
        check("gateway.com.au", "evil.com.au", false);
        check("example.com", "evil.com", false);
        check("localhost", "evil", false);
    }

    #[test]
    fn an_address_is_only_the_same_site_as_itself() {
        check("gateway.example.com", "10.0.0.1", false);
        check("10.0.0.1", "10.0.0.2", false);
        check("10.0.0.1", "gateway.example.com", false);
        check("[::1]", "[::2]", false);
        check("[::1]", "[::1]:8080", true);
    }
}
