//! The cookies of a sign-in, and to which hosts they may go.

use std::fmt;

use gateway_sm::Host;
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue, Uri};
use msnp_proto::Secret;

/// Cookies, each with the hosts that it belongs to. `Debug` shows names only.
///
/// Paths are not looked at: every address that this crate talks to belongs to the one service.
/// A `Secure` cookie goes over https only, or to this very machine.
#[derive(Clone, Default)]
pub struct Cookies(Vec<Cookie>);

#[derive(Clone)]
struct Cookie {
    name: String,
    value: Secret<String>,
    domain: Host,
    /// Whether hosts under the domain get it too.
    subdomains: bool,
    secure: bool,
}

impl Cookies {
    /// Most cookies that are kept.
    pub const MAX_COUNT: usize = 64;
    /// Longest cookie, name and value, in bytes.
    pub const MAX_LEN: usize = 4_096;

    /// Cookies out of a browser, `name=value; name=value`, that belong to `domain` and to all hosts
    /// under it.
    ///
    /// ```
    /// use msnp_client::sign_in::Cookies;
    /// let cookies = Cookies::for_domain("MSPAuth=a; MSPProf=b; WLSSC=c", "live.com")?;
    /// let gateway = "https://x.gateway.messenger.live.com/gateway/gateway.dll".parse()?;
    /// assert_eq!(cookies.header_for(&gateway).unwrap(), "MSPAuth=a; MSPProf=b; WLSSC=c");
    /// assert_eq!(cookies.header_for(&"https://live.com.evil.example/".parse()?), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidCookies`] if one of them is not a cookie, or if there is none.
    pub fn for_domain(header: &str, domain: &str) -> Result<Self, InvalidCookies> {
        let domain = domain_of(domain).ok_or(InvalidCookies)?;
        let mut cookies = Self::default();
        for pair in header.split(';').map(str::trim).filter(|p| !p.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or(InvalidCookies)?;
            if !cookies.put(name.trim(), value.trim(), &domain, true, false) {
                return Err(InvalidCookies);
            }
        }
        if cookies.0.is_empty() {
            return Err(InvalidCookies);
        }
        Ok(cookies)
    }

    /// Takes in what a response of `uri` sets and removes. What is malformed, too long, too many
    /// or meant for a foreign host is left out.
    pub fn take_from(&mut self, headers: &HeaderMap, uri: &Uri) {
        let Ok(host) = Host::try_from(uri) else {
            return;
        };
        for line in headers.get_all(SET_COOKIE) {
            if let Ok(line) = line.to_str() {
                self.set(line, &host);
            }
        }
    }

    /// The value of the `Cookie` header for a request to `uri`; `None` if no cookie belongs there.
    pub fn header_for(&self, uri: &Uri) -> Option<HeaderValue> {
        let host = Host::try_from(uri).ok()?;
        let safe = uri.scheme_str() == Some("https") || is_loopback(&host);
        let mut text = String::new();
        for cookie in &self.0 {
            if cookie.belongs_to(&host) && (safe || !cookie.secure) {
                if !text.is_empty() {
                    text.push_str("; ");
                }
                text.push_str(&cookie.name);
                text.push('=');
                text.push_str(cookie.value.expose());
            }
        }
        if text.is_empty() {
            return None;
        }
        let mut value = HeaderValue::try_from(text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// Whether there is a cookie of this name, for whichever host.
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|c| c.name == name)
    }

    fn set(&mut self, line: &str, host: &Host) {
        let mut parts = line.split(';');
        let Some((name, value)) = parts.next().and_then(|p| p.split_once('=')) else {
            return;
        };
        let mut domain = Some(host.clone().with_port(None));
        let mut subdomains = false;
        let mut secure = false;
        let mut dead = value.trim().is_empty();
        for attribute in parts {
            let (key, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            let (key, value) = (key.trim(), value.trim());
            if key.eq_ignore_ascii_case("Domain") && !value.is_empty() {
                domain = domain_of(value);
                subdomains = true;
            } else if key.eq_ignore_ascii_case("Secure") {
                secure = true;
            } else if key.eq_ignore_ascii_case("Max-Age") {
                dead |= value.parse::<i64>().is_ok_and(|seconds| seconds <= 0);
            } else if key.eq_ignore_ascii_case("Expires") {
                // No clock in here: a year of the last century says that it is to be deleted.
                dead |= value.contains("-19") || value.contains(" 19");
            }
        }
        let Some(domain) = domain.filter(|domain| host.is_within(domain)) else {
            return;
        };
        let name = name.trim();
        if dead {
            self.0.retain(|c| !(c.name == name && c.domain == domain));
        } else {
            self.put(name, value.trim(), &domain, subdomains, secure);
        }
    }

    /// False: it is no cookie, or there is no room.
    fn put(
        &mut self,
        name: &str,
        value: &str,
        domain: &Host,
        subdomains: bool,
        secure: bool,
    ) -> bool {
        let graphic = |b: u8| b.is_ascii_graphic() && b != b';';
        if name.is_empty()
            || name.len() + value.len() > Self::MAX_LEN
            || !name.bytes().all(|b| graphic(b) && b != b'=')
            || !value.bytes().all(|b| graphic(b) || b == b' ')
        {
            return false;
        }
        let cookie = Cookie {
            name: name.to_owned(),
            value: Secret::new(value.to_owned()),
            domain: domain.clone(),
            subdomains,
            secure,
        };
        let same = |c: &&mut Cookie| c.name == cookie.name && c.domain == cookie.domain;
        if let Some(known) = self.0.iter_mut().find(same) {
            *known = cookie;
        } else if self.0.len() < Self::MAX_COUNT {
            self.0.push(cookie);
        } else {
            return false;
        }
        true
    }
}

impl Cookie {
    fn belongs_to(&self, host: &Host) -> bool {
        if self.subdomains {
            host.is_within(&self.domain)
        } else {
            host.is_same_host(&self.domain)
        }
    }
}

/// A domain as cookies write it: perhaps with a dot in front, never with a port, as cookies know none.
fn domain_of(text: &str) -> Option<Host> {
    let host: Host = text.trim_start_matches('.').parse().ok()?;
    host.port().is_none().then_some(host)
}

/// Whether `host` is this machine itself, where plain http is as safe as https.
fn is_loopback(host: &Host) -> bool {
    host.domain() == Some("localhost") || host.ip().is_some_and(|ip| ip.is_loopback())
}

impl fmt::Debug for Cookies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cookies")?;
        f.debug_list()
            .entries(self.0.iter().map(|c| &c.name))
            .finish()
    }
}

/// The text holds something that is not a cookie, or none at all.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected cookies as `name=value; name=value`")]
pub struct InvalidCookies;

#[cfg(test)]
mod tests {
    use super::*;

    /// What goes to `to` after `from` has set `lines`.
    #[track_caller]
    fn check(from: &str, lines: &[&str], to: &str, sent: Option<&str>) {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(SET_COOKIE, HeaderValue::try_from(*line).expect("a header"));
        }
        let mut cookies = Cookies::default();
        cookies.take_from(&headers, &from.parse().expect("a URI"));
        let header = cookies.header_for(&to.parse().expect("a URI"));
        assert_eq!(header.as_ref().and_then(|h| h.to_str().ok()), sent);
    }

    const LOGIN: &str = "https://login.live.com/ppsecure/post.srf";
    const GATEWAY: &str = "https://geo.gateway.messenger.live.com/gateway/gateway.dll";

    #[test]
    fn a_domain_cookie_goes_to_the_gateway() {
        let lines = [
            "MSPAuth=a+b/c==; domain=.live.com; path=/; HttpOnly",
            "X=1; path=/",
        ];
        check(LOGIN, &lines, GATEWAY, Some("MSPAuth=a+b/c=="));
        check(LOGIN, &lines, LOGIN, Some("MSPAuth=a+b/c==; X=1"));
    }

    #[test]
    fn no_cookie_goes_to_a_foreign_host() {
        let lines = ["MSPAuth=a; domain=live.com"];
        for to in [
            "https://evil.example/",
            "https://notlive.com/",
            "https://live.com.evil.example/",
        ] {
            check(LOGIN, &lines, to, None);
        }
    }

    #[test]
    fn a_host_cannot_set_cookies_for_others() {
        check(LOGIN, &["A=1; domain=.com"], GATEWAY, None);
        check(
            LOGIN,
            &["A=1; domain=example.org"],
            "https://example.org/",
            None,
        );
        check(
            "http://127.0.0.1:80/",
            &["A=1; Domain=0.0.1"],
            "http://127.0.0.1/",
            None,
        );
    }

    #[test]
    fn a_domain_that_is_none_sets_nothing() {
        for domain in [".", "live.com:443", "é.com", "http://live.com"] {
            check(LOGIN, &[&format!("A=1; Domain={domain}")], LOGIN, None);
        }
        // A cookie without a domain belongs to its host alone, whatever the port.
        check(
            "https://live.com:8443/",
            &["A=1"],
            "https://live.com/",
            Some("A=1"),
        );
        check("https://live.com/", &["A=1"], LOGIN, None);
    }

    #[test]
    fn a_secure_cookie_stays_off_plain_http_except_at_home() {
        check(
            LOGIN,
            &["A=1; Secure; Domain=live.com"],
            "http://live.com/",
            None,
        );
        check(
            "http://127.0.0.1:1863/",
            &["A=1; Secure"],
            "http://127.0.0.1:99/x",
            Some("A=1"),
        );
    }

    #[test]
    fn the_latest_value_counts_and_dead_ones_go() {
        check(LOGIN, &["A=1", "A=2"], LOGIN, Some("A=2"));
        check(
            LOGIN,
            &["A=1", "A= ; expires=Thu, 30-Oct-1980 16:00:00 GMT"],
            LOGIN,
            None,
        );
        check(
            LOGIN,
            &["A=1", "A=x; Expires=Thu, 30 Oct 1980 16:00:00 GMT"],
            LOGIN,
            None,
        );
        check(LOGIN, &["A=1", "A=x; Max-Age=0"], LOGIN, None);
    }

    #[test]
    fn what_is_no_cookie_is_left_out() {
        check(
            LOGIN,
            &["", "=x", "novalue", "a b=c", "A=1"],
            LOGIN,
            Some("A=1"),
        );
        let long = format!("L={}", "x".repeat(5000));
        check(LOGIN, &[&long], LOGIN, None);
        let many: Vec<String> = (0..99).map(|n| format!("C{n}=1")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let mut cookies = Cookies::default();
        for line in many {
            cookies.set(line, &"login.live.com".parse().expect("a host"));
        }
        assert_eq!(cookies.0.len(), Cookies::MAX_COUNT);
    }

    #[test]
    fn values_do_not_show() {
        let cookies = Cookies::for_domain("MSPAuth=hunter2", "live.com").expect("a cookie");
        assert_eq!(format!("{cookies:?}"), "Cookies[\"MSPAuth\"]");
        let header = cookies.header_for(&GATEWAY.parse().expect("a URI"));
        assert!(header.expect("a header").is_sensitive());
    }

    #[test]
    fn ready_cookies_must_be_cookies() {
        for text in ["", ";;", "novalue", "a=b\r\nX: y"] {
            assert!(Cookies::for_domain(text, "live.com").is_err(), "{text:?}");
        }
        assert!(Cookies::for_domain("a=b", ".").is_err());
    }
}
