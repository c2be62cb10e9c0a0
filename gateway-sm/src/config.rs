//! `Config`: everything that a client session is told before it starts. Checked while it is made,
//! read-only afterwards.

use std::fmt;
use std::time::Duration;

use http::header::{
    ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, TRANSFER_ENCODING,
    UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::host_policy::HostPolicy;
use crate::limits::{Limits, Timing};
use crate::mode::Mode;
use crate::target::{Target, TargetError};
use crate::wire::{self, Open};

/// How a [`Session`](crate::Session) reaches its gateway and behaves there.
///
/// Starts as the web client of outlook.com: [`Open::web`], `Lifespan=60`, hosts of the same site.
///
/// ```
/// use gateway_sm::Config;
///
/// let config = Config::new("https://geo.gateway.messenger.live.com/gateway/gateway.dll")?
///     .cookies("MSPAuth=a; MSPProf=b; WLSSC=c")?
///     .reply_content_type("text/html")?;
/// # Ok::<(), gateway_sm::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Config(Settings);

/// What a [`Config`] holds. Whoever has one has it from there, checked.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) target: Target,
    pub(crate) headers: HeaderMap,
    pub(crate) open: Open,
    pub(crate) empty_open: bool,
    pub(crate) close_action: bool,
    pub(crate) mode: Mode,
    /// For how long polls ask to be held, in whole seconds; zero for not at all.
    pub(crate) lifespan: Duration,
    pub(crate) hosts: HostPolicy,
    pub(crate) limits: Limits,
    pub(crate) timing: Timing,
    pub(crate) host_cookies: bool,
}

impl Config {
    /// A session at this `http` or `https` address. Without a path it is [`wire::PATH`].
    ///
    /// # Errors
    /// [`ConfigError::Target`].
    pub fn new(gateway: &str) -> Result<Self, ConfigError> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(wire::CONTENT_TYPE));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        Ok(Self(Settings {
            target: Target::parse(gateway)?,
            headers,
            open: Open::web(),
            empty_open: false,
            close_action: false,
            mode: Mode::default(),
            lifespan: Duration::from_secs(60),
            hosts: HostPolicy::default(),
            limits: Limits::default(),
            timing: Timing::default(),
            host_cookies: false,
        }))
    }

    pub(crate) const fn settings(&self) -> &Settings {
        &self.0
    }

    /// What the open asks for.
    pub fn open(mut self, open: Open) -> Result<Self, ConfigError> {
        if !Target::fits(&open.to_string()) {
            return Err(ConfigError::OpenTooLong);
        }
        self.0.open = open;
        Ok(self)
    }

    /// Opens with an empty body, at once, instead of waiting for the first commands to take along.
    #[must_use]
    pub fn empty_open(mut self, empty_open: bool) -> Self {
        self.0.empty_open = empty_open;
        self
    }

    /// Ends with `Action=close`, for gateways that know it.
    #[must_use]
    pub fn close_action(mut self, close_action: bool) -> Self {
        self.0.close_action = close_action;
        self
    }

    /// The login cookies, as the value of a `Cookie` header: sent with every request, together with
    /// `X-MSN-Auth: Use-Cookie`, and marked sensitive.
    pub fn cookies(mut self, cookies: &str) -> Result<Self, ConfigError> {
        self.set_cookies(cookies)?;
        Ok(self)
    }

    pub(crate) fn set_cookies(&mut self, cookies: &str) -> Result<(), ConfigError> {
        self.set_secret(COOKIE, cookies, wire::USE_COOKIE)
    }

    /// The login cookies are the host's to keep, as a browser keeps those of a page that has signed in:
    /// every request says `X-MSN-Auth: Use-Cookie`, none carries a `Cookie` header, and
    /// [`Transmit::host_cookies`](machine_contract::Transmit::host_cookies) asks for them.
    ///
    /// They are secrets that this configuration does not hold, so the session stays where it is,
    /// whatever policy was chosen before ([`HostPolicy::Stay`]), and takes no cookies or ticket beside them.
    pub fn host_cookies(mut self) -> Result<Self, ConfigError> {
        let headers = &mut self.0.headers;
        if headers.contains_key(COOKIE) || headers.contains_key(wire::X_MSN_SSL_AUTH_TOKEN) {
            return Err(ConfigError::HostCookies);
        }
        headers.insert(wire::X_MSN_AUTH, HeaderValue::from_static(wire::USE_COOKIE));
        self.0.hosts = HostPolicy::Stay;
        self.0.host_cookies = true;
        Ok(self)
    }

    /// The ticket of Windows 8 Messaging: sent with every request, together with
    /// `X-MSN-Auth: Use-X-MSN-SslAuthToken`, and marked sensitive.
    pub fn ssl_auth_token(mut self, token: &str) -> Result<Self, ConfigError> {
        self.set_ssl_auth_token(token)?;
        Ok(self)
    }

    pub(crate) fn set_ssl_auth_token(&mut self, token: &str) -> Result<(), ConfigError> {
        self.set_secret(wire::X_MSN_SSL_AUTH_TOKEN, token, wire::USE_SSL_AUTH_TOKEN)
    }

    fn set_secret(
        &mut self,
        name: HeaderName,
        value: &str,
        auth: &'static str,
    ) -> Result<(), ConfigError> {
        if self.0.host_cookies {
            return Err(ConfigError::HostCookies);
        }
        if self.0.hosts == HostPolicy::Anywhere {
            return Err(ConfigError::SecretsAnywhere);
        }
        let mut value = HeaderValue::from_str(value).map_err(|_| ConfigError::HeaderValue)?;
        value.set_sensitive(true);
        let headers = &mut self.0.headers;
        headers.insert(name, value);
        headers.insert(wire::X_MSN_AUTH, HeaderValue::from_static(auth));
        Ok(())
    }

    /// Wishes this media type for the replies (`X-Requested-Session-Content-Type`).
    pub fn reply_content_type(mut self, media_type: &str) -> Result<Self, ConfigError> {
        let value = HeaderValue::from_str(media_type).map_err(|_| ConfigError::HeaderValue)?;
        let name = wire::X_REQUESTED_SESSION_CONTENT_TYPE;
        self.0.headers.insert(name, value);
        Ok(self)
    }

    /// One more header for every request, such as `User-Agent`; not one of those that the session or
    /// HTTP itself writes. Mark a secret value as sensitive.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Result<Self, ConfigError> {
        let owned = [
            HOST,
            CONTENT_LENGTH,
            TRANSFER_ENCODING,
            CONNECTION,
            UPGRADE,
            COOKIE,
            ACCEPT_ENCODING,
            wire::X_MSN_AUTH,
            wire::X_MSN_SSL_AUTH_TOKEN,
            wire::X_MSN_GW_CAPABILITIES,
        ];
        if owned.contains(&name) {
            return Err(ConfigError::OwnHeader);
        }
        if value.is_sensitive() && self.0.hosts == HostPolicy::Anywhere {
            return Err(ConfigError::SecretsAnywhere);
        }
        self.0.headers.insert(name, value);
        Ok(self)
    }

    /// How many requests may be in flight.
    #[must_use]
    pub fn mode(mut self, mode: Mode) -> Self {
        self.0.mode = mode;
        self
    }

    /// For how long polls ask to be held (`Lifespan=`): whole seconds, up to an hour; zero for not at
    /// all. 60 s unless told otherwise.
    ///
    /// # Errors
    /// [`ConfigError::Lifespan`].
    pub fn lifespan(mut self, lifespan: Duration) -> Result<Self, ConfigError> {
        if lifespan > Duration::from_secs(3600) || lifespan.subsec_nanos() != 0 {
            return Err(ConfigError::Lifespan);
        }
        self.0.lifespan = lifespan;
        Ok(self)
    }

    /// Which hosts may be followed.
    pub fn hosts(mut self, hosts: HostPolicy) -> Result<Self, ConfigError> {
        if self.has_secrets() && hosts == HostPolicy::Anywhere {
            return Err(ConfigError::SecretsAnywhere);
        }
        if self.0.host_cookies && hosts != HostPolicy::Stay {
            return Err(ConfigError::HostCookies);
        }
        self.0.hosts = hosts;
        Ok(self)
    }

    /// Every secret that it holds stands in a header.
    fn has_secrets(&self) -> bool {
        self.0.host_cookies || self.0.headers.values().any(HeaderValue::is_sensitive)
    }

    /// How much may be queued, sent, received and failed.
    pub fn limits(mut self, limits: Limits) -> Result<Self, ConfigError> {
        if !limits.are_consistent() {
            return Err(ConfigError::Limits);
        }
        self.0.limits = limits;
        Ok(self)
    }

    /// How long to wait.
    pub fn timing(mut self, timing: Timing) -> Result<Self, ConfigError> {
        if !timing.is_consistent() {
            return Err(ConfigError::Timing);
        }
        self.0.timing = timing;
        Ok(self)
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = self.settings();
        f.debug_struct("Config")
            .field("target", &settings.target)
            .field("headers", &settings.headers)
            .field("mode", &settings.mode)
            .field("lifespan", &settings.lifespan)
            .field("hosts", &settings.hosts)
            .finish_non_exhaustive()
    }
}

/// What is wrong with a configuration; the caller's fault.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The gateway's address cannot be used.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The parameters of the open are too long for a URI.
    #[error("the parameters of the open are longer than a URI should be")]
    OpenTooLong,
    /// A value cannot stand in a header.
    #[error("a header value holds a byte that cannot stand in a header")]
    HeaderValue,
    /// The session or HTTP itself writes this header.
    #[error("this header is not the caller's to choose")]
    OwnHeader,
    /// Cookies or a ticket, and hosts followed anywhere.
    #[error("with cookies or a ticket, a session cannot follow hosts anywhere")]
    SecretsAnywhere,
    /// Cookies that the host keeps, beside others or a ticket, or with another policy than to stay.
    #[error("with cookies that the host keeps, a session has no others and stays where it is")]
    HostCookies,
    /// A `Lifespan` above an hour, or with a part of a second.
    #[error("the lifespan of polls is longer than an hour or not in whole seconds")]
    Lifespan,
    /// The limits contradict each other.
    #[error("the limits do not satisfy 0 < request <= send <= queue and 0 < reply")]
    Limits,
    /// A wait is shorter than 1 ms, longer than a day, or a slow one shorter than a quick one.
    #[error(
        "a wait is shorter than 1 ms, longer than a day, or shorter than the one it grows from"
    )]
    Timing,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config::new("https://gateway.example.com").unwrap()
    }

    #[test]
    fn debug_hides_cookies_and_tickets() {
        let config = config().cookies("MSPAuth=hush").unwrap();
        let config = config.ssl_auth_token("t=hush").unwrap();
        assert!(!format!("{config:?}").contains("hush"));
    }

    #[test]
    fn secrets_and_hosts_anywhere_exclude_each_other_in_either_order() {
        let error = ConfigError::SecretsAnywhere;
        let secrets_first = config().cookies("a=b").unwrap();
        assert_eq!(secrets_first.hosts(HostPolicy::Anywhere).err(), Some(error));
        let hosts_first = config().hosts(HostPolicy::Anywhere).unwrap();
        assert_eq!(hosts_first.cookies("a=b").err(), Some(error));
    }

    #[test]
    fn cookies_that_the_host_keeps_are_the_only_ones_and_go_nowhere_else() {
        let error = Some(ConfigError::HostCookies);
        let kept = || config().host_cookies().unwrap();
        assert_eq!(kept().cookies("a=b").err(), error);
        assert_eq!(kept().ssl_auth_token("t").err(), error);
        assert_eq!(config().cookies("a=b").unwrap().host_cookies().err(), error);
        assert_eq!(kept().hosts(HostPolicy::SameSite).err(), error);
        let anywhere = kept().hosts(HostPolicy::Anywhere).err();
        assert_eq!(anywhere, Some(ConfigError::SecretsAnywhere));
        assert!(kept().hosts(HostPolicy::Stay).is_ok());
        let anywhere = config().hosts(HostPolicy::Anywhere).unwrap();
        assert_eq!(anywhere.host_cookies().unwrap().0.hosts, HostPolicy::Stay);
    }

    #[test]
    fn values_that_could_start_a_second_header_are_refused() {
        let error = Some(ConfigError::HeaderValue);
        assert_eq!(config().cookies("a=b\r\nX: y").err(), error);
        assert_eq!(config().reply_content_type("text/html\n").err(), error);
    }

    #[test]
    fn headers_of_the_session_cannot_be_overwritten() {
        let result = config().header(COOKIE, HeaderValue::from_static("a=b"));
        assert_eq!(result.err(), Some(ConfigError::OwnHeader));
    }

    #[test]
    fn limits_and_timing_that_could_stall_or_spin_are_refused() {
        let limits = Limits {
            send: 10,
            ..Limits::default()
        };
        assert_eq!(config().limits(limits).err(), Some(ConfigError::Limits));
        let timing = Timing {
            quick: Duration::ZERO,
            ..Timing::default()
        };
        assert_eq!(config().timing(timing).err(), Some(ConfigError::Timing));
        let lifespan = |millis| config().lifespan(Duration::from_millis(millis)).err();
        assert_eq!(lifespan(60_500), Some(ConfigError::Lifespan));
        assert_eq!(lifespan(3_601_000), Some(ConfigError::Lifespan));
        assert!(config().limits(Limits::default()).is_ok());
        assert!(config().timing(Timing::default()).is_ok());
    }

    #[test]
    fn an_open_that_would_not_fit_into_a_uri_is_refused() {
        let open = Open {
            queue: Some("x".repeat(9000)),
            ..Open::default()
        };
        assert_eq!(config().open(open).err(), Some(ConfigError::OpenTooLong));
    }
}
