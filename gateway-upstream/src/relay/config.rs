//! `RelayConfig`: which calls the relay makes, for whose pages, and within which bounds.

use std::collections::BTreeMap;
use std::time::Duration;

use http::{HeaderValue, Method, Uri};

/// Which calls are made for web pages.
///
/// ```
/// use gateway_upstream::RelayConfig;
///
/// let relay = RelayConfig::default()
///     .origin("https://chat.example.com")?
///     .call("rst", "https://login.example.com/RST.srf")?
///     .call("nexus", "https://nexus.example.com/rdr/pprdr.asp")?;
/// # Ok::<(), gateway_upstream::RelayError>(())
/// ```
#[derive(Clone, Debug)]
pub struct RelayConfig(Settings);

/// What a [`RelayConfig`] holds.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    origins: Vec<HeaderValue>,
    calls: BTreeMap<String, NamedCall>,
    limits: Limits,
}

/// Bounds, as the relay reads them.
#[derive(Copy, Clone, Debug)]
pub(super) struct Limits {
    pub(super) request_bytes: usize,
    pub(super) reply_bytes: usize,
    pub(super) patience: Duration,
    pub(super) at_once: usize,
    pub(super) at_once_of_peer: usize,
}

/// One call.
#[derive(Clone, Debug)]
pub(super) struct NamedCall {
    url: Uri,
}

/// A setting that cannot be used. The embedding program's fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RelayError {
    /// A name is to stand in a path.
    #[error("`{0}` is no name for a call: letters, digits, `-` and `_`")]
    Name(String),
    /// Two calls have one name.
    #[error("there are two calls named `{0}`")]
    Twice(String),
    /// An address that cannot be called.
    #[error("the call `{0}` has no address such as https://host/path")]
    Url(String),
    /// An origin is `scheme://host[:port]`, as browsers write it.
    #[error("`{0}` is no origin such as https://host")]
    Origin(String),
    /// A bound of nothing.
    #[error("{0} is zero")]
    Zero(&'static str),
}

impl RelayConfig {
    /// Pages of this origin may use it, `scheme://host[:port]` as browsers write it. There is no word for all: whose pages sign people in
    /// is for an operator to say.
    ///
    /// # Errors
    /// [`RelayError::Origin`].
    pub fn origin(mut self, origin: &str) -> Result<Self, RelayError> {
        let refused = || RelayError::Origin(origin.to_owned());
        let uri: Uri = origin.parse().map_err(|_| refused())?;
        let is_bare = matches!(uri.path(), "" | "/") && !origin.ends_with('/');
        if uri.scheme().is_none() || uri.authority().is_none() || !is_bare || uri.query().is_some()
        {
            return Err(refused());
        }
        let value = HeaderValue::from_str(origin).map_err(|_| refused())?;
        self.0.origins.push(value);
        Ok(self)
    }

    /// One more call: below `/relay/` under this name, to this very address. GET and POST are made.
    ///
    /// # Errors
    /// [`RelayError::Name`], [`RelayError::Twice`], [`RelayError::Url`].
    pub fn call(mut self, name: &str, url: &str) -> Result<Self, RelayError> {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if name.is_empty() || name.len() > 64 || !name.bytes().all(is_name) {
            return Err(RelayError::Name(name.to_owned()));
        }
        let url: Uri = url.parse().map_err(|_| RelayError::Url(name.to_owned()))?;
        let is_http = matches!(url.scheme_str(), Some("http" | "https"));
        let has_user = url.authority().is_none_or(|all| all.as_str().contains('@'));
        if !is_http || has_user {
            return Err(RelayError::Url(name.to_owned()));
        }
        if self.0.calls.contains_key(name) {
            return Err(RelayError::Twice(name.to_owned()));
        }
        self.0.calls.insert(name.to_owned(), NamedCall { url });
        Ok(self)
    }

    /// How long the body of a request and of a reply may be. Default 128 KiB and 1 MiB.
    ///
    /// # Errors
    /// [`RelayError::Zero`].
    pub fn body_bytes(mut self, request: usize, reply: usize) -> Result<Self, RelayError> {
        self.0.limits.request_bytes = some(request, "the length of a request")?;
        self.0.limits.reply_bytes = some(reply, "the length of a reply")?;
        Ok(self)
    }

    /// How long a call may take. Default 30 s.
    ///
    /// # Errors
    /// [`RelayError::Zero`].
    pub fn patience(mut self, patience: Duration) -> Result<Self, RelayError> {
        if patience.is_zero() {
            return Err(RelayError::Zero("the time for a call"));
        }
        self.0.limits.patience = patience;
        Ok(self)
    }

    /// How many calls may be on their way, in all and for one peer. Default 256 and 16.
    ///
    /// # Errors
    /// [`RelayError::Zero`].
    pub fn at_once(mut self, all: usize, of_one_peer: usize) -> Result<Self, RelayError> {
        self.0.limits.at_once = some(all, "the number of calls")?;
        self.0.limits.at_once_of_peer = some(of_one_peer, "the number of calls of a peer")?;
        Ok(self)
    }

    /// The names of the calls.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.calls.keys().map(String::as_str)
    }

    /// How long a reply may be, for the driver that reads it.
    pub const fn longest_reply(&self) -> usize {
        self.0.limits.reply_bytes
    }

    pub(super) fn into_settings(self) -> Settings {
        self.0
    }
}

impl Default for RelayConfig {
    fn default() -> Self {
        Self(Settings {
            origins: Vec::new(),
            calls: BTreeMap::new(),
            limits: Limits {
                request_bytes: 128 * 1024,
                reply_bytes: 1024 * 1024,
                patience: Duration::from_secs(30),
                at_once: 256,
                at_once_of_peer: 16,
            },
        })
    }
}

impl Settings {
    /// Whether pages of this origin are served. `null`, which many pages say, is nobody's.
    pub(super) fn allows(&self, origin: &HeaderValue) -> bool {
        self.origins.contains(origin)
    }

    pub(super) fn call(&self, name: &str) -> Option<&NamedCall> {
        self.calls.get(name)
    }

    pub(super) const fn limits(&self) -> Limits {
        self.limits
    }
}

impl NamedCall {
    pub(super) const fn url(&self) -> &Uri {
        &self.url
    }

    /// Whether such a request is made.
    pub(super) fn is_made_by(method: &Method) -> bool {
        matches!(*method, Method::GET | Method::POST)
    }
}

fn some(bound: usize, what: &'static str) -> Result<usize, RelayError> {
    if bound == 0 {
        Err(RelayError::Zero(what))
    } else {
        Ok(bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_origin_is_refused() {
        for bad in [
            "",
            "*",
            "null",
            "example.com",
            "https://a/",
            "https://a/b",
            "https://a?b",
        ] {
            let refused = RelayConfig::default().origin(bad).unwrap_err();
            assert_eq!(refused, RelayError::Origin(bad.to_owned()));
        }
        assert!(
            RelayConfig::default()
                .origin("http://localhost:3000")
                .is_ok()
        );
    }

    #[test]
    fn what_is_no_call_is_refused() {
        let relay = RelayConfig::default();
        for (name, url) in [
            ("", "https://a/"),
            ("a/b", "https://a/"),
            ("a", "ftp://a/"),
            ("a", "/path"),
            ("a", "https://u:p@a/"),
            ("a", "a"),
        ] {
            assert!(relay.clone().call(name, url).is_err(), "{name} {url}");
        }
        let once = relay.call("a", "https://a/").unwrap();
        let twice = once.call("a", "https://b/").unwrap_err();
        assert_eq!(twice, RelayError::Twice("a".to_owned()));
    }
}
