//! `OwnAddress`: what the service calls itself in its answers.

use std::borrow::Cow;

use http::uri::Authority;
use http::{HeaderMap, header};

/// How clients reach this service.
#[derive(Clone, Debug)]
pub(crate) struct OwnAddress {
    /// What it is called from outside, for requests that do not say.
    host: String,
    /// Whether that was told: then it holds for everybody.
    is_advertised: bool,
    /// Whether it is reached by HTTPS at whatever door: what ends that stands in front.
    secure: bool,
}

impl OwnAddress {
    /// A service that is called `host` from outside, for requests that do not say; for everybody, if that was told. What ends
    /// HTTPS stands in front of it if it is `secure`.
    pub(crate) const fn new(host: String, is_advertised: bool, secure: bool) -> Self {
        Self {
            host,
            is_advertised,
            secure,
        }
    }

    /// Whether who has come here, with or without TLS, came by HTTPS on the whole way: then cookies are for that alone.
    pub(crate) const fn is_secure(&self, by_tls: bool) -> bool {
        self.secure || by_tls
    }

    /// The name that a client is told to come back to: the one that the service was told to have, or else the one that
    /// this client has used, so that it holds from where the client is.
    pub(crate) fn host(&self, headers: &HeaderMap) -> Cow<'_, str> {
        let asked = headers.get(header::HOST).filter(|_| !self.is_advertised);
        let asked = asked.and_then(|host| host.to_str().ok());
        // With a user's name in it, it would be an address that leads elsewhere than it seems to.
        let plain = |host: &&str| !host.contains('@') && host.parse::<Authority>().is_ok();
        match asked.filter(plain) {
            Some(host) => Cow::Owned(host.to_owned()),
            None => Cow::Borrowed(&self.host),
        }
    }

    /// The same as the beginning of a URL, `https://host`, for who has come here with or without TLS.
    pub(crate) fn url(&self, headers: &HeaderMap, by_tls: bool) -> String {
        let scheme = if self.is_secure(by_tls) {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://{}", self.host(headers))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[track_caller]
    fn check(is_advertised: bool, secure: bool, by_tls: bool, asked: &'static str, url: &str) {
        let host = "im.example.org".to_owned();
        let own = OwnAddress::new(host, is_advertised, secure);
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static(asked));
        assert_eq!(own.url(&headers, by_tls), url);
    }

    #[test]
    fn a_client_is_sent_to_where_it_has_come() {
        let plain = |asked, url| check(false, false, false, asked, url);
        plain("10.0.0.7:8080", "http://10.0.0.7:8080");
        plain("", "http://im.example.org");
        plain("a b", "http://im.example.org");
        plain("trusted@evil.example", "http://im.example.org");
        plain("evil.example/x", "http://im.example.org");
        for (secure, by_tls) in [(true, false), (false, true), (true, true)] {
            let live = "login.live.com";
            check(false, secure, by_tls, live, "https://login.live.com");
            check(true, secure, by_tls, live, "https://im.example.org");
        }
    }
}
