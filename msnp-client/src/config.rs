//! What a client is made with: the service, who signs in, limits and times.

use std::fmt;

use gateway_sm::{ConfigError, HostPolicy, Mode};
use http::Uri;
use msnp_proto::Secret;

use crate::event::Reason;
use crate::id::ContactId;
use crate::limits::{Limits, Timings};
use crate::origin;
use crate::presence::Status;
use crate::service::Service;
use crate::sign_in::{Cookies, Pass};

/// Everything that a [`Client`](crate::Client) is made with. Read-only once the client is made.
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) service: Service,
    pub(crate) credentials: Credentials,
    pub(crate) seed: Seed,
    pub(crate) account: Option<ContactId>,
    pub(crate) uic: Uic,
    pub(crate) status: Status,
    pub(crate) display_name: Option<String>,
    pub(crate) personal_message: Option<String>,
    pub(crate) endpoint_name: Option<String>,
    pub(crate) frames: bool,
    pub(crate) resend_unsent: bool,
    pub(crate) reconnect_attempts: u32,
    pub(crate) limits: Limits,
    pub(crate) timings: Timings,
    pub(crate) host_policy: HostPolicy,
    pub(crate) polling: Polling,
}

impl Config {
    /// A client of this service. `seed` is 32 bytes of true randomness: message ids, this
    /// endpoint's id and the spread of waiting times come from it, so two clients with the same
    /// seed would be taken for one endpoint.
    pub fn new(service: Service, credentials: Credentials, seed: [u8; 32]) -> Self {
        Self {
            service,
            credentials,
            seed: Seed(seed),
            account: None,
            uic: Uic::Wanted,
            status: Status::ONLINE,
            display_name: None,
            personal_message: None,
            endpoint_name: None,
            frames: false,
            resend_unsent: true,
            reconnect_attempts: 8,
            limits: Limits::default(),
            timings: Timings::default(),
            host_policy: HostPolicy::default(),
            polling: Polling::default(),
        }
    }

    /// Under which name the account is known. Default: what the service says (`X-MSN-SkypeId`),
    /// else the login name.
    #[must_use]
    pub fn account(mut self, account: ContactId) -> Self {
        self.account = Some(account);
        self
    }

    /// Whether to show a uic beside the cookies. Default: [`Uic::Wanted`].
    #[must_use]
    pub fn uic(mut self, uic: Uic) -> Self {
        self.uic = uic;
        self
    }

    /// The status to sign in with. Default: online.
    #[must_use]
    pub fn status(mut self, status: Status) -> Self {
        self.status = status;
        self
    }

    /// What one calls oneself.
    #[must_use]
    pub fn display_name(mut self, name: impl Into<String>) -> Self {
        self.display_name = Some(name.into());
        self
    }

    /// The line under the name.
    #[must_use]
    pub fn personal_message(mut self, text: impl Into<String>) -> Self {
        self.personal_message = Some(text.into());
        self
    }

    /// What one's other endpoints see this one called, for example the computer's name.
    #[must_use]
    pub fn endpoint_name(mut self, name: impl Into<String>) -> Self {
        self.endpoint_name = Some(name.into());
        self
    }

    /// Whether to tell every frame too ([`Event::Frame`](crate::Event::Frame)). Default: no.
    #[must_use]
    pub fn frames(mut self, yes: bool) -> Self {
        self.frames = yes;
        self
    }

    /// What becomes of messages that certainly never left when the connection is lost: sent after
    /// reconnecting (the default), or told as failed.
    #[must_use]
    pub fn resend_unsent(mut self, yes: bool) -> Self {
        self.resend_unsent = yes;
        self
    }

    /// How often to try again after losing the connection, or when the service cannot be reached,
    /// before giving up. 0: never. Default: 8.
    #[must_use]
    pub fn reconnect_attempts(mut self, attempts: u32) -> Self {
        self.reconnect_attempts = attempts;
        self
    }

    /// Limits of what is kept and sent.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How long things may take. Each is taken as at most a year and, where nothing would be waited
    /// for otherwise, as at least a second.
    #[must_use]
    pub fn timings(mut self, timings: Timings) -> Self {
        self.timings = timings.sane();
        self
    }

    /// To which hosts the service may send this client, and with it password and cookies: by redirects
    /// of the sign-in page and its form, by `XFR`, by `X-MSN-Host`. Default: the same site, each time
    /// that of the address in [`Service`].
    ///
    /// # Errors
    /// [`ConfigError::SecretsAnywhere`]: a client always has secrets.
    pub fn host_policy(mut self, policy: HostPolicy) -> Result<Self, ConfigError> {
        if policy == HostPolicy::Anywhere {
            return Err(ConfigError::SecretsAnywhere);
        }
        self.host_policy = policy;
        Ok(self)
    }

    /// How to wait for what the service has to say.
    ///
    /// # Errors
    /// [`ConfigError`] if a gateway session cannot be made so.
    pub fn polling(mut self, polling: Polling) -> Result<Self, ConfigError> {
        let gateway = self.service.gateway.to_string();
        polling.apply(gateway_sm::Config::new(&gateway)?)?;
        self.polling = polling;
        Ok(self)
    }

    /// The login name, if there is one.
    pub(crate) fn login(&self) -> Option<&str> {
        match &self.credentials {
            Credentials::Password { login, .. } => Some(login),
            Credentials::Cookies(_) | Credentials::HostCookies => None,
        }
    }

    /// Whether the client itself can get new cookies when these are no longer good.
    pub(crate) const fn can_renew_cookies(&self) -> bool {
        matches!(self.credentials, Credentials::Password { .. })
    }

    /// A gateway session at `target`, with the cookies that belong there.
    ///
    /// # Errors
    /// [`Reason::RedirectRefused`] if the policy does not allow the target or no cookie belongs
    /// there, [`Reason::WrongCredentials`] if none belongs to the configured gateway.
    pub(crate) fn gateway_config(
        &self,
        pass: &Pass,
        target: &Uri,
    ) -> Result<gateway_sm::Config, Reason> {
        let home = &self.service.gateway;
        let Some(cookies) = &pass.cookies else {
            // The host sends its cookies along with whatever is marked, so nothing leads off the origin.
            if !origin::is_same(home, target) {
                return Err(Reason::RedirectRefused);
            }
            return gateway_sm::Config::new(&target.to_string())
                .and_then(|config| self.polling.apply(config))
                .and_then(gateway_sm::Config::host_cookies)
                .map_err(|_| Reason::ProtocolError);
        };
        if !self.host_policy.allows_uri(home, target) {
            return Err(Reason::RedirectRefused);
        }
        let cookies = cookies.header_for(target).ok_or_else(|| {
            if target.host() == self.service.gateway.host() {
                Reason::WrongCredentials
            } else {
                Reason::RedirectRefused
            }
        })?;
        let cookies = cookies.to_str().map_err(|_| Reason::WrongCredentials)?;
        gateway_sm::Config::new(&target.to_string())
            .and_then(|config| self.polling.apply(config))
            .and_then(|config| config.hosts(self.host_policy.clone()))
            .and_then(|config| config.cookies(cookies))
            .map_err(|_| Reason::ProtocolError)
    }
}

/// How the connection waits for what the service has to say, over a gateway.
#[derive(Copy, Clone, Debug)]
pub struct Polling {
    /// How many requests may be in flight.
    pub mode: Mode,
    /// For how many seconds polls ask to be held, at most 3,600.
    pub lifespan: u32,
    /// How long the gateway session waits for replies and between polls.
    pub timing: gateway_sm::Timing,
    /// How much the gateway session queues and accepts.
    pub limits: gateway_sm::Limits,
}

impl Polling {
    fn apply(self, config: gateway_sm::Config) -> Result<gateway_sm::Config, ConfigError> {
        let lifespan = std::time::Duration::from_secs(self.lifespan.into());
        let config = config.mode(self.mode).lifespan(lifespan)?;
        config.timing(self.timing)?.limits(self.limits)
    }
}

impl Default for Polling {
    fn default() -> Self {
        Self {
            mode: Mode::Learn,
            lifespan: 60,
            timing: gateway_sm::Timing::default(),
            limits: gateway_sm::Limits::default(),
        }
    }
}

/// What the account is proved with.
#[derive(Clone)]
#[non_exhaustive]
pub enum Credentials {
    /// What a person types into the sign-in page.
    Password {
        /// The login name, an e-mail address as a rule.
        login: String,
        /// The password.
        password: Secret<String>,
    },
    /// Cookies of a sign-in that somebody else made, for example a browser. They cannot be renewed:
    /// when they run out the client is signed out.
    Cookies(Cookies),
    /// Cookies that the host keeps and shows to nobody, as a browser does: a page has signed in already,
    /// and the client starts where it left off. Requests carry no `Cookie` header; those to the gateway, and
    /// to Initialization if it is on the gateway's origin, are
    /// [marked](machine_contract::Transmit::host_cookies) for the driver to let the host add them.
    ///
    /// The client stays on that origin: it follows neither `XFR` nor `X-MSN-Host` anywhere else, whatever
    /// [`Config::host_policy`] says. When the cookies are no longer accepted it is signed out
    /// ([`Reason::WrongCredentials`]): the page signs in again, then the application has the client do so.
    HostCookies,
}

impl Credentials {
    /// A login name and a password.
    pub fn password(login: impl Into<String>, password: impl Into<String>) -> Self {
        Self::Password {
            login: login.into(),
            password: Secret::new(password.into()),
        }
    }

    /// Ready cookies.
    pub const fn cookies(cookies: Cookies) -> Self {
        Self::Cookies(cookies)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Password { .. } => "Credentials(password)",
            Self::Cookies(_) => "Credentials(cookies)",
            Self::HostCookies => "Credentials(cookies of the host)",
        })
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

/// 32 bytes that must not be printed: message ids could be foretold from them.
#[derive(Clone)]
pub(crate) struct Seed(pub(crate) [u8; 32]);

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_that_would_overflow_or_spin_are_mended() {
        let config = Config::new(
            Service::microsoft(),
            Credentials::password("a", "b"),
            [1; 32],
        );
        let timings = |time| Timings {
            request: time,
            command: time,
            keep_alive: time,
            renewal: time,
            backoff: time,
            longest_backoff: time,
            farewell: time,
        };
        let mended = config.clone().timings(timings(Duration::MAX)).timings;
        assert_eq!(mended, timings(Duration::from_secs(365 * 24 * 3600)));
        let mended = config.timings(timings(Duration::ZERO)).timings;
        assert!(mended.keep_alive > Duration::ZERO && mended.backoff > Duration::ZERO);
    }

    #[test]
    fn polling_that_no_gateway_session_takes_is_refused() {
        let config = Config::new(
            Service::microsoft(),
            Credentials::password("a", "b"),
            [1; 32],
        );
        let polling = Polling {
            lifespan: 3_601,
            ..Polling::default()
        };
        let refused = config.polling(polling).err();
        assert_eq!(refused, Some(ConfigError::Lifespan));
    }

    #[test]
    fn a_client_has_too_much_to_lose_to_go_anywhere() {
        let config = Config::new(
            Service::microsoft(),
            Credentials::password("a", "b"),
            [1; 32],
        );
        let refused = config.clone().host_policy(HostPolicy::Anywhere).err();
        assert_eq!(refused, Some(ConfigError::SecretsAnywhere));
        assert!(config.host_policy(HostPolicy::Stay).is_ok());
    }

    #[test]
    fn nothing_secret_shows() {
        let config = Config::new(
            Service::microsoft(),
            Credentials::password("alice", "hunter2"),
            [42; 32],
        );
        let shown = format!("{config:?}");
        assert!(
            !shown.contains("hunter2") && !shown.contains("42"),
            "{shown}"
        );
    }
}
