//! Where a service lives: the four addresses that a client talks to.

use http::Uri;

use crate::plain_http::PlainHttp;

/// Where a service lives. All of it gets a password or cookies, so plain `http` is for this machine, and for hosts that were
/// [asked for by name](Self::at_plain).
///
/// ```
/// use msnp_client::Service;
/// let service = Service::at("http://127.0.0.1:1863")?;
/// let mixed = Service::at("https://msn.example")?.gateway("https://gw.msn.example/gateway/gateway.dll")?;
/// # Ok::<(), msnp_client::InvalidUri>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service(Addresses);

/// What a [`Service`] holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Addresses {
    pub(crate) plain: PlainHttp,
    pub(crate) gateway: Uri,
    pub(crate) sign_in_page: Uri,
    pub(crate) trouter: Uri,
    pub(crate) initialization: Uri,
}

impl Service {
    /// The service as Microsoft ran it until 2019 (gateway.md 16.2, 16.3; msnp24.md 1). Nobody
    /// answers there any more: the addresses show which is which.
    pub fn microsoft() -> Self {
        Self(Addresses {
            plain: PlainHttp::default(),
            gateway: Uri::from_static("https://geo.gateway.messenger.live.com/gateway/gateway.dll"),
            sign_in_page: Uri::from_static(concat!(
                "https://login.live.com/oauth20_authorize.srf?client_id=00000000480BC46C",
                "&scope=service%3A%3Askype.com%3A%3AMBI_SSL&response_type=token",
                "&redirect_uri=https%3A%2F%2Flogin.live.com%2Foauth20_desktop.srf"
            )),
            trouter: Uri::from_static("https://go.trouter.io/v2/a"),
            initialization: Uri::from_static(
                "https://skypewebexperience.live.com/v1/user/Initialization",
            ),
        })
    }

    /// A service that has everything on one host, at the usual paths: `base` is scheme, host and
    /// port.
    ///
    /// # Errors
    /// [`InvalidUri`] if it is not `https://host`, or `http://` and this machine.
    pub fn at(base: &str) -> Result<Self, InvalidUri> {
        Self::at_plain(base, PlainHttp::default())
    }

    /// The same where these hosts may be reached by plain `http`.
    ///
    /// # Errors
    /// [`InvalidUri`] if it is not `https://host`, or `http://` and one of these hosts.
    pub fn at_plain(base: &str, plain: PlainHttp) -> Result<Self, InvalidUri> {
        let base = base.trim_end_matches('/');
        let at = |path: &str| absolute(&format!("{base}{path}"), &plain);
        Ok(Self(Addresses {
            gateway: at("/gateway/gateway.dll")?,
            sign_in_page: at("/oauth20_authorize.srf")?,
            trouter: at("/v2/a")?,
            initialization: at("/v1/user/Initialization")?,
            plain,
        }))
    }

    pub(crate) const fn addresses(&self) -> &Addresses {
        &self.0
    }

    /// Another gateway.
    ///
    /// # Errors
    /// [`InvalidUri`] as in [`at`](Self::at) or [`at_plain`](Self::at_plain); so for the others.
    pub fn gateway(mut self, uri: &str) -> Result<Self, InvalidUri> {
        self.0.gateway = absolute(uri, &self.0.plain)?;
        if self.0.gateway.query().is_some() {
            // The session writes the query.
            return Err(InvalidUri::Malformed);
        }
        Ok(self)
    }

    /// Another sign-in page.
    pub fn sign_in_page(mut self, uri: &str) -> Result<Self, InvalidUri> {
        self.0.sign_in_page = absolute(uri, &self.0.plain)?;
        Ok(self)
    }

    /// Another trouter: the first step of the uic flow.
    pub fn trouter(mut self, uri: &str) -> Result<Self, InvalidUri> {
        self.0.trouter = absolute(uri, &self.0.plain)?;
        Ok(self)
    }

    /// Another Initialization: the second step of the uic flow.
    pub fn initialization(mut self, uri: &str) -> Result<Self, InvalidUri> {
        self.0.initialization = absolute(uri, &self.0.plain)?;
        Ok(self)
    }
}

/// An address to which secrets may go.
pub(crate) fn absolute(text: &str, plain: &PlainHttp) -> Result<Uri, InvalidUri> {
    let uri = web_address(text)?;
    if plain.allows(&uri) {
        Ok(uri)
    } else {
        Err(InvalidUri::PlainHttp)
    }
}

/// An absolute http or https address without user name.
pub(crate) fn web_address(text: &str) -> Result<Uri, InvalidUri> {
    let uri: Uri = text.parse().map_err(|_| InvalidUri::Malformed)?;
    let is_bare = uri
        .authority()
        .is_some_and(|a| !a.as_str().contains('@') && !a.host().is_empty());
    match uri.scheme_str() {
        Some("http" | "https") if is_bare => Ok(uri),
        _ => Err(InvalidUri::Malformed),
    }
}

/// An address that no service can have.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidUri {
    /// Not an absolute `http` or `https` address.
    #[error("not an absolute http or https address")]
    Malformed,
    /// Plain `http` to a host that is not this machine and was not asked for by name.
    #[error("plain http would show the password to everybody on the way")]
    PlainHttp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(base: &str, good: bool) {
        assert_eq!(Service::at(base).is_ok(), good, "{base}");
    }

    #[test]
    fn a_service_needs_an_absolute_web_address() {
        check("http://127.0.0.1:1863", true);
        check("https://msn.example/", true);
        check("http://[::1]:80", true);
        check("ftp://msn.example", false);
        check("msn.example", false);
        check("", false);
        check("http://user:pw@msn.example", false);
        check("http://a b", false);
    }

    #[test]
    fn no_service_gets_a_password_in_the_clear_that_was_not_asked_for_by_name() {
        let plain = || PlainHttp::to(["msn.lan"]).expect("a host");
        assert_eq!(Service::at("http://msn.lan"), Err(InvalidUri::PlainHttp));
        let other = Service::at_plain("http://other.lan", plain());
        assert_eq!(other, Err(InvalidUri::PlainHttp));
        let named = Service::at_plain("http://msn.lan:8080", plain()).expect("it is named");
        assert!(named.clone().gateway("http://msn.lan/gateway.dll").is_ok());
        for other in ["http://other.lan/", "http://gw.msn.lan/"] {
            let mut all = vec![named.clone().gateway(other)];
            all.push(named.clone().sign_in_page(other));
            all.push(named.clone().trouter(other));
            all.push(named.clone().initialization(other));
            assert!(all.iter().all(|it| *it == Err(InvalidUri::PlainHttp)));
        }
    }

    #[test]
    fn the_usual_paths_stand_behind_the_base() {
        let service = Service::at("http://127.0.0.1:1863/").expect("a base");
        assert_eq!(
            service.0.gateway,
            "http://127.0.0.1:1863/gateway/gateway.dll"
        );
        assert_eq!(service.0.initialization.path(), "/v1/user/Initialization");
    }
}
