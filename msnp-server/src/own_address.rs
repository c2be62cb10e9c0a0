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
    /// Whether it is reached by HTTPS.
    secure: bool,
}

impl OwnAddress {
    /// A service that is called `host` from outside, for requests that do not say; for everybody, if that was told. It is
    /// reached by HTTPS if it is `secure`.
    pub(crate) const fn new(host: String, is_advertised: bool, secure: bool) -> Self {
        Self {
            host,
            is_advertised,
            secure,
        }
    }

    /// Whether it is reached by HTTPS.
    pub(crate) const fn is_secure(&self) -> bool {
        self.secure
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

    /// The same as the beginning of a URL: `https://host`.
    pub(crate) fn url(&self, headers: &HeaderMap) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}", self.host(headers))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[track_caller]
    fn check(is_advertised: bool, secure: bool, asked: &'static str, url: &str) {
        let host = "im.example.org".to_owned();
        let own = OwnAddress::new(host, is_advertised, secure);
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static(asked));
        assert_eq!(own.url(&headers), url);
    }

    #[test]
    fn a_client_is_sent_to_where_it_has_come() {
        check(false, false, "10.0.0.7:8080", "http://10.0.0.7:8080");
        check(false, true, "login.live.com", "https://login.live.com");
        check(true, true, "login.live.com", "https://im.example.org");
        check(false, false, "", "http://im.example.org");
        check(false, false, "a b", "http://im.example.org");
        check(
            false,
            false,
            "trusted@evil.example",
            "http://im.example.org",
        );
        check(false, false, "evil.example/x", "http://im.example.org");
    }
}
