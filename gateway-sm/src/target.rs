//! `Target`: where requests go, checked when it is made so that building a URI cannot fail.

use http::Uri;
use http::uri::{self, Authority, PathAndQuery, Scheme};

use crate::wire::{Action, Host, HostError, PATH};

/// Scheme, host and path of a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    scheme: Scheme,
    host: Host,
    /// The host as it stands in URIs.
    authority: Authority,
    path: Box<str>,
}

impl Target {
    /// The longest path, and the longest query of an open, in bytes.
    const MAX_LEN: usize = 8 * 1024;

    pub(crate) fn parse(uri: &str) -> Result<Self, TargetError> {
        let uri: Uri = uri.parse().map_err(|_| TargetError::Uri)?;
        let scheme = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS => scheme.clone(),
            _ => return Err(TargetError::Scheme),
        };
        // A user name in front of the host does not parse as a host.
        let host: Host = uri.authority().ok_or(TargetError::Uri)?.as_str().parse()?;
        if uri.query().is_some() {
            return Err(TargetError::Query);
        }
        let path = match uri.path() {
            "" | "/" => PATH,
            path if path.len() > Self::MAX_LEN => return Err(TargetError::Uri),
            path => path,
        };
        Ok(Self {
            scheme,
            authority: authority(&host),
            host,
            path: path.into(),
        })
    }

    /// Whether an open with this query fits into a URI.
    pub(crate) fn fits(query: &str) -> bool {
        query.len() <= Self::MAX_LEN
    }

    pub(crate) fn move_to(&mut self, host: Host) {
        if host != self.host {
            self.authority = authority(&host);
            self.host = host;
        }
    }

    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    pub(crate) fn uri(&self, action: &Action) -> Uri {
        let mut path_and_query = String::with_capacity(self.path.len() + 64);
        path_and_query.push_str(&self.path);
        path_and_query.push('?');
        action.print(&mut path_and_query);
        let mut parts = uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        // Invariant: the path comes from a URI, actions print nothing but what a URI can hold, and both
        // together stay far below the 64 KiB that `http` allows.
        let path_and_query = PathAndQuery::try_from(path_and_query).expect("valid in a URI");
        parts.path_and_query = Some(path_and_query);
        Uri::from_parts(parts).expect("scheme, authority and path make a URI")
    }
}

fn authority(host: &Host) -> Authority {
    // Invariant: hosts print nothing but what an authority can hold.
    Authority::try_from(host.to_string()).expect("a host is an authority")
}

/// Why something is not the address of a gateway; the caller's fault.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// It is not an absolute URI.
    #[error("the gateway's address is not an absolute URI")]
    Uri,
    /// Its scheme is neither `http` nor `https`.
    #[error("the gateway's address begins neither with http nor with https")]
    Scheme,
    /// Its host cannot be used.
    #[error("in the gateway's address, {0}")]
    Host(#[from] HostError),
    /// It has a query, which the session writes itself.
    #[error("the gateway's address has a query, which is not the caller's to choose")]
    Query,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Open;

    #[track_caller]
    fn check(uri: &str, expected: Result<&str, TargetError>) {
        let open = Action::Open(Open::default());
        let printed = Target::parse(uri).map(|target| target.uri(&open).to_string());
        assert_eq!(printed.as_deref(), expected.as_ref().map(|s| *s), "{uri}");
    }

    #[test]
    fn the_path_is_the_gateway_s_unless_another_is_given() {
        let open = "Action=open&Server=NS";
        for uri in [
            "https://geo.gateway.messenger.live.com",
            "https://geo.gateway.messenger.live.com/",
            "https://GEO.gateway.messenger.live.com/gateway/gateway.dll",
        ] {
            let expected =
                format!("https://geo.gateway.messenger.live.com/gateway/gateway.dll?{open}");
            check(uri, Ok(&expected));
        }
        check(
            "http://[::1]:8080/other",
            Ok("http://[::1]:8080/other?Action=open&Server=NS"),
        );
    }

    #[test]
    fn what_is_not_the_address_of_a_gateway_is_refused() {
        check("", Err(TargetError::Uri));
        check("/gateway/gateway.dll", Err(TargetError::Scheme));
        check("ftp://a.example/", Err(TargetError::Scheme));
        check("http://a.example/?x=1", Err(TargetError::Query));
        check(
            "http://user:pass@a.example/",
            Err(TargetError::Host(HostError::Port)),
        );
        check("http://a_b..c/", Err(TargetError::Host(HostError::Name)));
    }
}
