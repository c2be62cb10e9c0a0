//! `HostPolicy`: to which hosts a peer may send a client, and with it cookies and passwords. The one place
//! that says which hosts belong together.

use http::Uri;

use crate::wire::{Host, HostError, Reply};

/// To which other hosts a peer may send a client: a gateway by `X-MSN-Host` and `GW-IP`, a notification
/// server by `XFR`, a sign-in page by redirects and by where its form goes.
///
/// The scheme is no matter of choice: nothing leads from `https` to `http`. Neither is the port: a port
/// is no border, because cookies know none (RFC 6265, 8.5).
///
/// A host that a gateway's reply names and that is refused does not end the session: it stays where it
/// is, and the application is told once by [`Event::HostRefused`](crate::Event::HostRefused).
///
/// ```
/// use gateway_sm::{Domains, Host, HostPolicy};
///
/// let geo: Host = "geo.gateway.messenger.live.com".parse()?;
/// let bn1: Host = "BN1MSGR1011605.gateway.messenger.live.com".parse()?;
/// let login: Host = "login.live.com".parse()?;
/// assert!(HostPolicy::SameSite.allows(&geo, &bn1));
/// assert!(!HostPolicy::SameSite.allows(&geo, &login));
/// assert!(HostPolicy::Within(Domains::new(["live.com"])?).allows(&geo, &login));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HostPolicy {
    /// To none: a gateway session stays at the host in its configuration.
    Stay,
    /// To those of the same site as the host in the configuration; never by `GW-IP`. Of the same site
    /// are
    /// * the configured host itself, by name or address;
    /// * for a domain name, every name below it;
    /// * and every name below its parent (its siblings).
    ///
    /// Neither holds below a name that looks like a registry's: one with a single label, or one of two
    /// letters after one of up to three (`co.uk`, `com.au`). That is a guess, on the side of caution:
    /// no list of registries is kept here, it would be old before the crate is.
    ///
    /// So `geo.gateway.messenger.live.com` may send its clients to
    /// `bn1.gateway.messenger.live.com`, and `login.live.com` to `account.live.com`; but the gateway
    /// neither to `www.live.com` nor to an address. The parent's own children are as far as it goes,
    /// and not everything under the registered domain: whoever has one machine of a domain need not
    /// have all, and no host in the transcripts goes further (gateway.md 17). Where strangers share the parent (a hosting
    /// company's subdomains), choose [`Stay`](Self::Stay); where the service is spread wider,
    /// [`Within`](Self::Within).
    #[default]
    SameSite,
    /// To those of these domains; never by `GW-IP`.
    Within(Domains),
    /// Wherever `X-MSN-Host`, else `GW-IP`, leads, as clients of MSNP8 do. Whoever has cookies, a
    /// ticket or a password to lose cannot have this policy.
    Anywhere,
}

impl HostPolicy {
    /// Whether a client that its user has sent to `home` may be sent on to `named`.
    pub fn allows(&self, home: &Host, named: &Host) -> bool {
        match self {
            Self::Stay => home.is_same_host(named),
            Self::SameSite => is_same_site(home, named),
            Self::Within(domains) => home.is_same_host(named) || domains.cover(named),
            Self::Anywhere => true,
        }
    }

    /// The same of whole addresses, both `http` or `https`, and never from `https` to `http`.
    pub fn allows_uri(&self, home: &Uri, named: &Uri) -> bool {
        let schemes = (home.scheme_str(), named.scheme_str());
        let safe = matches!(
            schemes,
            (Some("https" | "http"), Some("https")) | (Some("http"), Some("http"))
        );
        // A user name in front of the host makes it no host.
        let (Ok(home), Ok(named)) = (Host::try_from(home), Host::try_from(named)) else {
            return false;
        };
        safe && self.allows(&home, &named)
    }

    /// The host that this reply names for later requests, or the one that may not be followed.
    pub(crate) fn choose(&self, reply: &Reply, configured: &Host) -> Result<Option<Host>, Host> {
        match self {
            Self::Stay => Ok(None),
            Self::SameSite | Self::Within(_) => match &reply.host {
                Some(host) if !self.allows(configured, host) => Err(host.clone()),
                host => Ok(host.clone()),
            },
            Self::Anywhere => Ok(reply.host.as_ref().or(reply.gw_ip.as_ref()).cloned()),
        }
    }
}

/// A few domain names, for [`HostPolicy::Within`]: each stands for itself and every name below it. A
/// name of a single label stands for itself alone, since below `com` is everybody. Otherwise they are
/// taken at their word, `msn.im` too, which [`HostPolicy::SameSite`] would take for a registry's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Domains(Box<[Host]>);

impl Domains {
    /// The most names that are taken.
    pub const MAX_COUNT: usize = 64;

    /// These names.
    ///
    /// # Errors
    /// [`DomainsError`] if one of them is no domain name, or if there are none or too many.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, DomainsError> {
        let mut domains = Vec::new();
        for name in names {
            let host: Host = name.parse()?;
            if host.domain().is_none() || host.port().is_some() {
                return Err(DomainsError::NotADomain);
            }
            domains.push(host);
            if domains.len() > Self::MAX_COUNT {
                return Err(DomainsError::TooMany);
            }
        }
        if domains.is_empty() {
            return Err(DomainsError::Empty);
        }
        Ok(Self(domains.into()))
    }

    fn cover(&self, host: &Host) -> bool {
        self.0.iter().any(|domain| {
            host.is_same_host(domain) || are_below(host, domain, |domain| domain.contains('.'))
        })
    }
}

/// What is wrong with a list of domain names; the caller's fault.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DomainsError {
    /// There are none.
    #[error("the list of domains is empty")]
    Empty,
    /// There are more than [`Domains::MAX_COUNT`].
    #[error("the list holds more than {} domains", Domains::MAX_COUNT)]
    TooMany,
    /// One is no host at all.
    #[error(transparent)]
    Host(#[from] HostError),
    /// One is an address, or has a port.
    #[error("a domain is a name without a port, not an address")]
    NotADomain,
}

impl Host {
    /// Whether a cookie of this `domain` goes to this host: it is the domain, or lies below it, unless
    /// the domain looks like a registry's (see [`HostPolicy::SameSite`]), whose cookies would go to
    /// strangers. An address gets its own cookies only. RFC 6265, 5.1.3 and 5.3.
    pub fn is_within(&self, domain: &Self) -> bool {
        self.is_same_host(domain) || are_below(self, domain, has_one_owner)
    }
}

fn is_same_site(home: &Host, named: &Host) -> bool {
    if named.is_within(home) {
        return true;
    }
    let parent = home.domain().and_then(|domain| domain.split_once('.'));
    let (Some((_, parent)), Some(named)) = (parent, named.domain()) else {
        return false;
    };
    has_one_owner(parent) && is_below(named, parent)
}

fn are_below(host: &Host, domain: &Host, may_cover: fn(&str) -> bool) -> bool {
    match (host.domain(), domain.domain()) {
        (Some(host), Some(domain)) => may_cover(domain) && is_below(host, domain),
        _ => false,
    }
}

fn is_below(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain)
        .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
}

/// Whether a domain is likely to belong to one owner rather than to a registry.
fn has_one_owner(domain: &str) -> bool {
    match domain.split_once('.') {
        None => false,
        Some((second, top)) => top.contains('.') || top.len() != 2 || second.len() > 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> Host {
        text.parse().unwrap()
    }

    #[track_caller]
    fn check(configured: &str, named: &str, expected: bool) {
        let allowed = HostPolicy::SameSite.allows(&host(configured), &host(named));
        assert_eq!(allowed, expected, "{configured} -> {named}");
    }

    const GEO: &str = "geo.gateway.messenger.live.com";
    const BN1: &str = "BN1MSGR1011605.gateway.messenger.live.com";

    #[test]
    fn the_hosts_of_the_captures_are_followed() {
        check(GEO, BN1, true);
        check(BN1, GEO, true);
        check(GEO, GEO, true);
        check("gateway.example.com", "gw2.example.com", true);
        check("example.com", "gw2.example.com", true);
        check("gateway.messenger.co.uk", "gw2.messenger.co.uk", true);
        check("localhost:8080", "localhost:8080", true);
        check("127.0.0.1:8080", "127.0.0.1:9090", true);
    }

    #[test]
    fn other_sites_are_not() {
        check(GEO, "evil.example", false);
        check(GEO, "www.live.com", false);
        check(GEO, "gateway.messenger.live.com", false);
        check(GEO, "evilgateway.messenger.live.com", false);
        check(GEO, "gateway.messenger.live.com.evil.example", false);
        check("gateway.co.uk", "evil.co.uk", false);
        check("gateway.com.au", "evil.com.au", false);
        check("example.com", "evil.com", false);
        check("localhost", "evil", false);
    }

    #[test]
    fn an_address_is_only_the_same_site_as_itself() {
        check("gateway.example.com", "10.0.0.1", false);
        check("10.0.0.1", "10.0.0.2", false);
        check("10.0.0.1", "9.0.0.1", false);
        check("10.0.0.1", "gateway.example.com", false);
        check("127.0.0.1", "127.0.0.1", true);
        check("[::1]", "[::1]", true);
        check("[::1]", "[::2]", false);
        check("[::1]", "[::1]:8080", true);
    }

    #[test]
    fn the_sign_in_page_reaches_its_site_and_no_registry_counts_as_one() {
        check("login.live.com", GEO, true);
        check("login.live.com", "account.live.com", true);
        check("LIVE.com", "login.live.com", true);
        check("live.com", "evil-live.com", false);
        check("live.com", "live.com.evil.org", false);
        check("a.co.uk", "b.co.uk", false);
        check("x.a.co.uk", "y.a.co.uk", true);
        check("localhost", "localhost", true);
        check("com", "example.com", false);
        check("example.com", "com", false);
        check("co.uk", "a.co.uk", false);
        check("localhost", "a.localhost", false);
    }

    #[test]
    fn the_way_back_up_is_no_way() {
        // Under the rule of the last two labels these were one site.
        check(GEO, "login.live.com", false);
        check("login.live.com", "LIVE.com", false);
        check("x.y.example.com", "www.example.com", false);
    }

    #[test]
    fn a_cookie_domain_covers_what_lies_under_it_but_no_registry() {
        let within = |one: &str, domain: &str| host(one).is_within(&host(domain));
        assert!(within("login.live.com", "live.com"));
        assert!(within(GEO, "live.com") && within(BN1, "LIVE.com"));
        assert!(within("live.com", "live.com"));
        assert!(!within("evil-live.com", "live.com"));
        assert!(!within("live.com", "login.live.com"));
        assert!(!within("live.com", "com"));
        assert!(!within("a.co.uk", "co.uk"));
        assert!(within("localhost", "localhost"));
        assert!(within("10.0.0.1", "10.0.0.1"));
        assert!(!within("10.0.0.1", "10.0.0.2"));
        assert!("0.0.1".parse::<Host>().is_err() && "é.com".parse::<Host>().is_err());
    }

    #[test]
    fn listed_domains_cover_themselves_and_what_lies_below() {
        let within = HostPolicy::Within(Domains::new(["Live.com", "msn.im", "intranet"]).unwrap());
        let allowed = |named: &str| within.allows(&host("home.example"), &host(named));
        for good in [
            "live.com",
            GEO,
            "gw.msn.im:8080",
            "intranet",
            "home.example",
        ] {
            assert!(allowed(good), "{good}");
        }
        for bad in [
            "evil-live.com",
            "live.com.evil.example",
            "com",
            "im",
            "a.intranet",
            "gw.home.example",
            "10.0.0.1",
        ] {
            assert!(!allowed(bad), "{bad}");
        }
    }

    #[test]
    fn a_list_of_domains_holds_domain_names() {
        let refused = |names: &[&str], error: DomainsError| {
            assert_eq!(Domains::new(names.iter().copied()), Err(error), "{names:?}");
        };
        refused(&[], DomainsError::Empty);
        refused(&["live.com", ""], HostError::Name.into());
        refused(&[".live.com"], HostError::Name.into());
        refused(&["https://live.com"], HostError::Port.into());
        refused(&["10.0.0.1"], DomainsError::NotADomain);
        refused(&["[::1]"], DomainsError::NotADomain);
        refused(&["live.com:443"], DomainsError::NotADomain);
        refused(&["a.example"; 65], DomainsError::TooMany);
    }

    #[test]
    fn staying_is_the_same_host_and_anywhere_is_anywhere() {
        let stay = |named: &str| HostPolicy::Stay.allows(&host("a.example:80"), &host(named));
        assert!(stay("A.example:443"));
        assert!(!stay("b.a.example") && !stay("10.0.0.1"));
        assert!(HostPolicy::Anywhere.allows(&host("a.example"), &host("10.0.0.1")));
    }

    #[test]
    fn a_reply_is_followed_by_its_name_and_by_its_address_only_anywhere() {
        let reply = |named: Option<&str>| Reply {
            host: named.map(host),
            gw_ip: Some(host("10.0.0.1")),
            ..Reply::default()
        };
        let choose =
            |policy: HostPolicy, named| policy.choose(&reply(named), &host("a.gw.example"));
        let within = HostPolicy::Within(Domains::new(["gw.example"]).unwrap());
        for policy in [HostPolicy::SameSite, within] {
            let chosen = choose(policy.clone(), Some("b.gw.example"));
            assert_eq!(chosen, Ok(Some(host("b.gw.example"))));
            let refused = choose(policy.clone(), Some("evil.example"));
            assert_eq!(refused, Err(host("evil.example")));
            assert_eq!(choose(policy, None), Ok(None));
        }
        assert_eq!(choose(HostPolicy::Stay, Some("b.gw.example")), Ok(None));
        let anywhere = choose(HostPolicy::Anywhere, None);
        assert_eq!(anywhere, Ok(Some(host("10.0.0.1"))));
    }

    #[test]
    fn nothing_leads_from_https_to_http() {
        let home = Uri::from_static("https://a.example/");
        let plain = Uri::from_static("http://a.example/");
        for policy in [
            HostPolicy::Stay,
            HostPolicy::SameSite,
            HostPolicy::Within(Domains::new(["a.example"]).unwrap()),
            HostPolicy::Anywhere,
        ] {
            assert!(!policy.allows_uri(&home, &plain), "{policy:?}");
            assert!(policy.allows_uri(&plain, &home), "{policy:?}");
            assert!(policy.allows_uri(&plain, &plain), "{policy:?}");
        }
    }

    #[test]
    fn an_address_that_is_none_leads_nowhere() {
        let home = Uri::from_static("https://a.example/");
        for bad in [
            "/path",
            "a.example:443",
            "https://u@a.example/",
            "ftp://a.example/",
        ] {
            let bad: Uri = bad.parse().unwrap();
            assert!(!HostPolicy::Anywhere.allows_uri(&home, &bad), "{bad}");
            assert!(!HostPolicy::Anywhere.allows_uri(&bad, &home), "{bad}");
        }
    }
}
