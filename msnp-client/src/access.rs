//! The ways in: with what an account is proved, and where.

use std::fmt;

use msnp_proto::Secret;

use crate::cookies::Cookies;
use crate::network::Network;
use crate::place::Place;
use crate::plain_http::PlainHttp;
use crate::service::Service;

/// How the client gets in: what it shows, to whom, and at which addresses.
///
/// ```
/// use msnp_client::{Access, Service, Uic};
/// let service = Service::at("http://127.0.0.1:1863")?;
/// let access = Access::web(service, "alice@example.com", "secret").uic(Uic::Skip);
/// # Ok::<(), msnp_client::InvalidUri>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub enum Access {
    /// Name and password at the web sign-in page, whose cookies are shown at the gateway.
    Web {
        /// Where all that is.
        service: Service,
        /// The login name, an e-mail address as a rule.
        login: String,
        /// The password.
        password: Secret<String>,
        /// Whether to show a uic beside the cookies.
        uic: Uic,
    },
    /// Cookies of a sign-in that somebody else made, for example a browser. They cannot be renewed:
    /// when they run out the client is signed out.
    Cookies {
        /// Where all that is; nobody asks for the sign-in page.
        service: Service,
        /// The cookies.
        cookies: Cookies,
        /// Whether to show a uic beside them.
        uic: Uic,
    },
    /// Cookies that the host keeps and shows to nobody, as a browser does: a page has signed in already,
    /// and the client starts where it left off. Requests carry no `Cookie` header; those to the gateway, and
    /// to Initialization if it is on the gateway's origin, are
    /// [marked](machine_contract::Transmit::host_cookies) for the driver to let the host add them.
    ///
    /// The client stays on that origin: it follows neither `XFR` nor `X-MSN-Host` anywhere else, whatever
    /// [`Config::host_policy`](crate::Config::host_policy) says. When the cookies are no longer accepted it
    /// is signed out ([`Reason::WrongCredentials`](crate::Reason::WrongCredentials)): the page signs in again,
    /// then the application has the client do so.
    HostCookies {
        /// Where all that is; nobody asks for the sign-in page.
        service: Service,
        /// Whether to show a uic beside them.
        uic: Uic,
    },
    /// Name and password at a network of the older dialects, MSNP7 to MSNP18 and MSNP21
    /// ([`Config::dialects`](crate::Config::dialects)).
    Passport {
        /// Where all that is.
        network: Box<Network>,
        /// The login name, an e-mail address, in the spelling in which it was registered: there are servers that
        /// compare case.
        login: String,
        /// The password.
        password: Secret<String>,
    },
}

impl Access {
    /// A login name and a password, with a uic if there is one.
    pub fn web(service: Service, login: impl Into<String>, password: impl Into<String>) -> Self {
        Self::Web {
            service,
            login: login.into(),
            password: Secret::new(password.into()),
            uic: Uic::Wanted,
        }
    }

    /// Ready cookies, with a uic if there is one.
    pub const fn cookies(service: Service, cookies: Cookies) -> Self {
        Self::Cookies {
            service,
            cookies,
            uic: Uic::Wanted,
        }
    }

    /// Cookies that the host keeps, with a uic if there is one.
    pub const fn host_cookies(service: Service) -> Self {
        Self::HostCookies {
            service,
            uic: Uic::Wanted,
        }
    }

    /// A login name and a password at a network of the older dialects.
    pub fn passport(
        network: Network,
        login: impl Into<String>,
        password: impl Into<String>,
    ) -> Self {
        Self::Passport {
            network: Box::new(network),
            login: login.into(),
            password: Secret::new(password.into()),
        }
    }

    /// Whether to show a uic beside the cookies. Default: [`Uic::Wanted`]. Networks of the older dialects know none.
    #[must_use]
    pub fn uic(mut self, wanted: Uic) -> Self {
        match &mut self {
            Self::Web { uic, .. } | Self::Cookies { uic, .. } | Self::HostCookies { uic, .. } => {
                *uic = wanted;
            }
            Self::Passport { .. } => {}
        }
        self
    }

    /// Where the first connection is made.
    pub(crate) fn place(&self) -> Place {
        match self {
            Self::Web { service, .. }
            | Self::Cookies { service, .. }
            | Self::HostCookies { service, .. } => Place::web(service.addresses().gateway.clone()),
            Self::Passport { network, .. } => network.entrance().clone(),
        }
    }

    /// Who may have password and cookies over plain http. The older dialects prove who one is in their commands, over what is not
    /// encrypted as a rule.
    pub(crate) const fn plain_http(&self) -> Option<&PlainHttp> {
        match self {
            Self::Web { service, .. }
            | Self::Cookies { service, .. }
            | Self::HostCookies { service, .. } => Some(&service.addresses().plain),
            Self::Passport { .. } => None,
        }
    }

    /// The login name, if there is one.
    pub(crate) fn login(&self) -> Option<&str> {
        match self {
            Self::Web { login, .. } | Self::Passport { login, .. } => Some(login),
            Self::Cookies { .. } | Self::HostCookies { .. } => None,
        }
    }

    /// Whether the client itself can get something new to show when the old is no longer good.
    pub(crate) const fn can_renew(&self) -> bool {
        matches!(self, Self::Web { .. } | Self::Passport { .. })
    }
}

impl fmt::Debug for Access {
    /// Without names and secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, service, uic) = match self {
            Self::Web { service, uic, .. } => ("Web", service, uic),
            Self::Cookies { service, uic, .. } => ("Cookies", service, uic),
            Self::HostCookies { service, uic } => ("HostCookies", service, uic),
            Self::Passport { network, .. } => {
                let mut shown = f.debug_struct("Passport");
                return shown.field("network", network).finish_non_exhaustive();
            }
        };
        f.debug_struct(name)
            .field("service", service)
            .field("uic", uic)
            .finish_non_exhaustive()
    }
}

/// Whether to show a uic beside the cookies. The cookies are sufficient; some versions of the web
/// client show a uic as well (the seed, gateway.md 16.1).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Uic {
    /// Get one; if that fails, do without.
    Wanted,
    /// Get one; if that fails, signing in fails.
    Required,
    /// Do without.
    Skip,
}
