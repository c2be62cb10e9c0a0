//! Which hosts belong together: the rule that keeps cookies and passwords at home.

use http::Uri;

use crate::config::HostPolicy;

/// Whether a client that trusts `home` may go to `target`.
pub(crate) fn may_follow(policy: HostPolicy, home: &Uri, target: &Uri) -> bool {
    let (Some(from), Some(to)) = (home.host(), target.host()) else {
        return false;
    };
    let scheme = matches!(
        (home.scheme_str(), target.scheme_str()),
        (Some("https" | "http"), Some("https")) | (Some("http"), Some("http"))
    );
    scheme
        && match policy {
            HostPolicy::SameHost => from.eq_ignore_ascii_case(to),
            HostPolicy::SameSite => same_site(from, to),
        }
}

/// Equal, or two names under the same registered domain.
///
/// Without the public suffix list the registered domain is guessed: the last two labels, or the
/// last three where the last two look like `co.uk`. Addresses and single labels match only
/// themselves.
pub(crate) fn same_site(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
        || match (registered_domain(one), registered_domain(other)) {
            (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
            _ => false,
        }
}

/// Whether `host` is `domain` or lies under it, and `domain` is not a whole registry.
pub(crate) fn under(host: &str, domain: &str) -> bool {
    if host.eq_ignore_ascii_case(domain) {
        return true;
    }
    let Some(cut) = host.len().checked_sub(domain.len() + 1) else {
        return false;
    };
    registered_domain(domain).is_some()
        && !is_address(host)
        && host.is_char_boundary(cut)
        && host.as_bytes().get(cut) == Some(&b'.')
        && host[cut + 1..].eq_ignore_ascii_case(domain)
}

fn registered_domain(host: &str) -> Option<&str> {
    if is_address(host) {
        return None;
    }
    let dots: Vec<usize> = host.rmatch_indices('.').map(|(at, _)| at).take(3).collect();
    let last = *dots.first()?;
    let top = &host[last + 1..];
    let second_start = dots.get(1).map_or(0, |at| at + 1);
    let second = &host[second_start..last];
    if top.is_empty() || second.is_empty() {
        return None;
    }
    if top.len() == 2 && second.len() <= 3 {
        // `co.uk`, `com.au`: the registered name is one label further.
        let third_end = *dots.get(1)?;
        let third_start = dots.get(2).map_or(0, |at| at + 1);
        return (third_start < third_end).then(|| &host[third_start..]);
    }
    Some(&host[second_start..])
}

pub(crate) fn is_address(host: &str) -> bool {
    host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok()
}

/// Whether `host` is this machine itself, where plain http is as safe as https.
pub(crate) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host == "[::1]"
        || host
            .parse::<std::net::Ipv4Addr>()
            .is_ok_and(|a| a.is_loopback())
}

/// `reference`, as it stands in a page or a `Location`, seen from `base`.
pub(crate) fn resolve(base: &Uri, reference: &str) -> Option<Uri> {
    let reference = reference.split('#').next().unwrap_or_default().trim();
    let scheme = base.scheme_str()?;
    let authority = base.authority()?.as_str();
    let text = if has_scheme(reference) {
        reference.to_owned()
    } else if reference.starts_with("//") {
        format!("{scheme}:{reference}")
    } else if reference.starts_with('/') {
        format!("{scheme}://{authority}{reference}")
    } else if reference.is_empty() {
        return Some(base.clone());
    } else if reference.starts_with('?') {
        format!("{scheme}://{authority}{}{reference}", base.path())
    } else {
        let directory = base.path().rfind('/').map_or("/", |at| &base.path()[..=at]);
        format!("{scheme}://{authority}{directory}{reference}")
    };
    let uri: Uri = text.parse().ok()?;
    let web = matches!(uri.scheme_str(), Some("http" | "https"));
    let plain = uri.authority().is_some_and(|a| !a.as_str().contains('@'));
    (web && plain).then_some(uri)
}

fn has_scheme(reference: &str) -> bool {
    reference.split_once(':').is_some_and(|(scheme, _)| {
        !scheme.is_empty()
            && scheme
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(one: &str, other: &str, same: bool) {
        assert_eq!(same_site(one, other), same, "{one} {other}");
        assert_eq!(same_site(other, one), same, "{other} {one}");
    }

    #[test]
    fn names_under_one_registered_domain_are_one_site() {
        check("login.live.com", "geo.gateway.messenger.live.com", true);
        check("LIVE.com", "login.live.com", true);
        check("live.com", "evil-live.com", false);
        check("live.com", "live.com.evil.org", false);
        check("a.co.uk", "b.co.uk", false);
        check("x.a.co.uk", "y.a.co.uk", true);
        check("127.0.0.1", "127.0.0.1", true);
        check("10.0.0.1", "9.0.0.1", false);
        check("[::1]", "[::1]", true);
        check("localhost", "localhost", true);
        check("com", "example.com", false);
        check("..", ".", false);
    }

    #[test]
    fn a_cookie_domain_covers_what_lies_under_it_but_no_registry() {
        assert!(under("login.live.com", "live.com"));
        assert!(under("live.com", "live.com"));
        assert!(!under("evil-live.com", "live.com"));
        assert!(!under("live.com", "com"));
        assert!(!under("a.co.uk", "co.uk"));
        assert!(!under("10.0.0.1", "0.0.1"));
        assert!(!under("é.com", "x"));
    }

    #[track_caller]
    fn resolves(reference: &str, to: Option<&str>) {
        let base = Uri::from_static("https://login.live.com/a/page.srf?x=1");
        assert_eq!(
            resolve(&base, reference).map(|u| u.to_string()).as_deref(),
            to
        );
    }

    #[test]
    fn references_are_seen_from_the_page() {
        resolves("https://b.example/c", Some("https://b.example/c"));
        resolves("//b.example/c", Some("https://b.example/c"));
        resolves("/c?d", Some("https://login.live.com/c?d"));
        resolves("c", Some("https://login.live.com/a/c"));
        resolves("?y=2", Some("https://login.live.com/a/page.srf?y=2"));
        resolves("/done#access_token=t", Some("https://login.live.com/done"));
        resolves("javascript:alert(1)", None);
        resolves("https://u:p@b.example/", None);
        resolves("http://[", None);
    }

    #[test]
    fn nothing_leads_from_https_to_http() {
        let home = Uri::from_static("https://a.example/");
        let plain = Uri::from_static("http://a.example/");
        assert!(!may_follow(HostPolicy::SameSite, &home, &plain));
        assert!(may_follow(HostPolicy::SameHost, &plain, &home));
    }
}
