//! When the cookies of a request to the pages count. Nothing else of the HTTP face reads them; those of
//! `gateway.dll` are the gateway machine's to judge.

use gateway_sm::{Host, Origins};
use http::{HeaderMap, HeaderValue, header};

use super::door::Door;

/// The cookies by which a request speaks for somebody.
///
/// A browser sends them along with what a page of another site makes it ask, so they count only if no
/// page asked (there is no `Origin`), or one of the service itself, or one of a listed origin.
/// `null`, the origin of sandboxed and downloaded pages, is anybody's.
#[derive(Debug)]
pub(super) enum Cookies {
    Count(Vec<HeaderValue>),
    /// A page asks that has no business here.
    Foreign,
}

/// Whose pages may use the cookies.
#[derive(Debug)]
pub(super) struct Trusted {
    /// What the service is called from outside, if it was told.
    advertised: Option<Host>,
    listed: Vec<String>,
}

impl Cookies {
    /// None if they do not count.
    pub(super) fn counting(&self) -> &[HeaderValue] {
        match self {
            Self::Count(cookies) => cookies,
            Self::Foreign => &[],
        }
    }
}

impl Trusted {
    /// Those of a service that is called `advertised` from outside, if it was told.
    pub(super) fn new(advertised: Option<Host>, origins: &Origins) -> Self {
        Self {
            advertised,
            listed: match origins {
                Origins::Listed(list) => list.clone(),
                // Any page may call, but without the browser's cookies.
                Origins::Any | Origins::None => Vec::new(),
            },
        }
    }

    /// Whether that is the address of a page of a listed origin, as it may stand in a header.
    pub(super) fn is_listed_page(&self, address: &str) -> bool {
        let of = |origin: &String| {
            let rest = address.strip_prefix(origin.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
        };
        address.bytes().all(|byte| byte.is_ascii_graphic()) && self.listed.iter().any(of)
    }

    /// The cookies by which a request speaks for somebody, that came in at this door.
    pub(super) fn cookies(&self, headers: &HeaderMap, door: Door) -> Cookies {
        let trusted = |origin: &HeaderValue| {
            self.listed.iter().any(|listed| origin == listed.as_str())
                || origin.to_str().is_ok_and(|it| self.is_own(it, door))
        };
        if headers.get_all(header::ORIGIN).iter().all(trusted) {
            Cookies::Count(headers.get_all(header::COOKIE).iter().cloned().collect())
        } else {
            Cookies::Foreign
        }
    }

    /// Whether a page of this origin is the service's own: at the name that it was told, or else at
    /// the address that the connection came in at. What the request says in `Host` proves nothing: a
    /// stranger's name may lead here too (DNS rebinding), and then both headers say the same. At a door of HTTPS a page that
    /// came by plain HTTP is nobody's: whoever is on the way could have written it.
    fn is_own(&self, origin: &str, door: Door) -> bool {
        let (plain_port, host) = match origin.split_once("://") {
            Some(("http", host)) if !door.is_secure() => (80, host),
            Some(("https", host)) => (443, host),
            _ => return false,
        };
        let Ok(host) = host.parse::<Host>() else {
            return false;
        };
        let port = host.port().unwrap_or(plain_port);
        if let Some(own) = &self.advertised {
            return host.is_same_host(own) && port == own.port().unwrap_or(plain_port);
        }
        let Some(local) = door.address() else {
            return false;
        };
        let ip = local.ip();
        // Browsers know without asking anybody where `localhost` is (RFC 6761, 6.3).
        let by_name = ip.is_loopback() && host.domain() == Some("localhost");
        port == local.port() && (host.ip() == Some(ip) || by_name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusted(host: Option<&str>, origins: &Origins) -> Trusted {
        Trusted::new(host.map(|host| host.parse().unwrap()), origins)
    }

    #[track_caller]
    fn check(trusted: &Trusted, local: &str, origins: &[&str], counts: bool) {
        check_at(trusted, (local, false), origins, counts);
    }

    #[track_caller]
    fn check_at(
        trusted: &Trusted,
        (local, is_secure): (&str, bool),
        origins: &[&str],
        counts: bool,
    ) {
        let mut headers = HeaderMap::new();
        // Never looked at.
        headers.insert(header::HOST, HeaderValue::from_static("evil.example"));
        headers.insert(header::COOKIE, HeaderValue::from_static("MSPAuth=a"));
        for origin in origins {
            headers.append(header::ORIGIN, HeaderValue::from_str(origin).unwrap());
        }
        let door = Door::new(Some(local.parse().unwrap()), is_secure);
        let cookies = trusted.cookies(&headers, door);
        let expected: &[&str] = if counts { &["MSPAuth=a"] } else { &[] };
        assert_eq!(cookies.counting(), expected, "{origins:?}");
    }

    const LOOPBACK: &str = "127.0.0.1:8080";

    #[test]
    fn without_a_name_the_own_origin_is_the_address_that_was_reached() {
        let any = trusted(None, &Origins::Any);
        check(&any, LOOPBACK, &[], true);
        check(&any, LOOPBACK, &["http://127.0.0.1:8080"], true);
        check(&any, LOOPBACK, &["http://localhost:8080"], true);
        check(&any, "[::1]:8080", &["http://[::1]:8080"], true);
        check(&any, "192.0.2.7:80", &["http://192.0.2.7"], true);
        check(&any, "[::ffff:192.0.2.7]:80", &["http://192.0.2.7"], true);
        for foreign in [
            "null",
            "http://evil.example",
            "http://evil.example:8080",
            "http://127.0.0.1:8081",
            "http://127.0.0.1",
            "http://192.0.2.7:8080",
            "http://127.0.0.1:8080.evil.example",
            "http://127.0.0.1:8080/",
            "file://127.0.0.1:8080",
            "",
        ] {
            check(&any, LOOPBACK, &[foreign], false);
        }
        check(&any, "192.0.2.7:8080", &["http://localhost:8080"], false);
    }

    #[test]
    fn a_name_that_was_told_is_the_only_own_one() {
        let named = trusted(Some("IM.example.org"), &Origins::None);
        check(&named, LOOPBACK, &["http://im.example.org"], true);
        check(&named, LOOPBACK, &["https://im.example.org"], true);
        check(&named, LOOPBACK, &["https://im.example.org:8443"], false);
        check(&named, LOOPBACK, &["https://www.im.example.org"], false);
        check(&named, LOOPBACK, &["http://127.0.0.1:8080"], false);
        check(&named, LOOPBACK, &["http://evil.example"], false);
        let port = trusted(Some("im.example.org:8443"), &Origins::None);
        check(&port, LOOPBACK, &["https://im.example.org:8443"], true);
        check(&port, LOOPBACK, &["https://im.example.org"], false);
    }

    #[test]
    fn at_a_door_of_https_a_plain_page_is_not_ones_own() {
        let named = trusted(Some("im.example.org"), &Origins::None);
        let (secure, plain) = ((LOOPBACK, true), (LOOPBACK, false));
        check_at(&named, secure, &["https://im.example.org"], true);
        check_at(&named, secure, &["http://im.example.org"], false);
        check_at(&named, plain, &["http://im.example.org"], true);
        let unnamed = trusted(None, &Origins::Any);
        check_at(&unnamed, secure, &["https://localhost:8080"], true);
        check_at(&unnamed, secure, &["http://localhost:8080"], false);
        check_at(&unnamed, secure, &["http://localhost:8081"], false);
    }

    #[test]
    fn listed_origins_count_and_null_never_does() {
        let listed = Origins::Listed(vec!["https://web.example".to_owned()]);
        let listed = trusted(Some("im.example.org"), &listed);
        check(&listed, LOOPBACK, &["https://web.example"], true);
        check(&listed, LOOPBACK, &["https://im.example.org"], true);
        check(&listed, LOOPBACK, &["https://other.example"], false);
        check(&listed, LOOPBACK, &["null"], false);
        let two = ["https://web.example", "https://other.example"];
        check(&listed, LOOPBACK, &two, false);
    }
}
