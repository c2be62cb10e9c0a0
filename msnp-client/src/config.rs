//! What a client is made with: the service, who signs in, limits and times.

use std::fmt;

use gateway_sm::{ConfigError, HostPolicy};
use msnp_proto::Dialect;

use crate::access::Access;
use crate::dialect::Family;
use crate::id::ContactId;
use crate::limits::{Limits, Timings};
use crate::link::GatewayOptions;
use crate::presence::Status;

/// Everything that a [`Client`](crate::Client) is made with. Read-only once the client is made.
#[derive(Clone, Debug)]
pub struct Config(Settings);

/// What is offered unless it is said otherwise.
const CLASSIC: [Dialect; 11] = [
    Dialect::MSNP18,
    Dialect::MSNP17,
    Dialect::MSNP16,
    Dialect::MSNP15,
    Dialect::MSNP14,
    Dialect::MSNP13,
    Dialect::MSNP12,
    Dialect::MSNP11,
    Dialect::MSNP10,
    Dialect::MSNP9,
    Dialect::MSNP8,
];

/// Dialects that cannot be offered.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DialectsError {
    /// There are none.
    #[error("no dialect to offer")]
    None,
    /// This one is not spoken by this way in.
    #[error(
        "{0} is not spoken this way: by name and password at a network MSNP7 to MSNP18 and MSNP21 are, MSNP22 through its gateway, MSNP24 by TCP or TLS; else MSNP24"
    )]
    NotSpoken(Dialect),
}

/// What a [`Config`] holds. Whoever has one has it from there, checked.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) access: Access,
    /// Else it is that of the dialect.
    pub(crate) family: Option<Family>,
    /// Tried in this order, one for each connection.
    pub(crate) dialects: Vec<Dialect>,
    pub(crate) seed: Seed,
    pub(crate) account: Option<ContactId>,
    pub(crate) status: Status,
    pub(crate) display_name: Option<String>,
    pub(crate) personal_message: Option<String>,
    pub(crate) endpoint_name: Option<String>,
    pub(crate) frames: bool,
    pub(crate) acknowledge_by_hand: bool,
    pub(crate) resend_unsent: bool,
    pub(crate) reconnect_attempts: u32,
    pub(crate) limits: Limits,
    pub(crate) timings: Timings,
    pub(crate) host_policy: HostPolicy,
    pub(crate) gateway: GatewayOptions,
}

impl Config {
    /// A client that gets in this way. `seed` is 32 bytes of true randomness: message ids, this
    /// endpoint's id and the spread of waiting times come from it, so two clients with the same
    /// seed would be taken for one endpoint.
    pub fn new(access: Access, seed: [u8; 32]) -> Self {
        let dialects = match access {
            Access::Passport { .. } if cfg!(feature = "classic") => CLASSIC.to_vec(),
            _ => vec![Dialect::MSNP24],
        };
        Self(Settings {
            access,
            family: None,
            dialects,
            seed: Seed(seed),
            account: None,
            status: Status::ONLINE,
            display_name: None,
            personal_message: None,
            endpoint_name: None,
            frames: false,
            acknowledge_by_hand: false,
            resend_unsent: true,
            reconnect_attempts: 8,
            limits: Limits::default(),
            timings: Timings::default(),
            host_policy: HostPolicy::default(),
            gateway: GatewayOptions::default(),
        })
    }

    /// All of it.
    pub(crate) fn into_settings(self) -> Settings {
        self.0
    }

    /// Dialects that no application can ask for.
    #[cfg(test)]
    pub(crate) fn family(mut self, family: Family) -> Self {
        self.0.family = Some(family);
        self
    }

    /// Which dialects to offer, the best first: one for each connection, until one is taken, which is then
    /// offered first. Default: MSNP18 down to MSNP8 for [`Access::Passport`], for which there are MSNP7 and MSNP21 too,
    /// MSNP22 through a gateway, and MSNP24 by TCP or TLS. For all other ways in it is MSNP24, and cannot be anything else.
    ///
    /// # Errors
    /// [`DialectsError`].
    pub fn dialects(
        mut self,
        dialects: impl IntoIterator<Item = Dialect>,
    ) -> Result<Self, DialectsError> {
        let dialects: Vec<_> = dialects.into_iter().collect();
        let access = &self.0.access;
        if let Some(unspoken) = dialects.iter().find(|dialect| !access.speaks(**dialect)) {
            return Err(DialectsError::NotSpoken(*unspoken));
        }
        if dialects.is_empty() {
            return Err(DialectsError::None);
        }
        self.0.dialects = dialects;
        Ok(self)
    }

    /// Under which name the account is known. Default: what the service says (`X-MSN-SkypeId`, or the
    /// address of what it sends), else the login name.
    #[must_use]
    pub fn account(mut self, account: ContactId) -> Self {
        self.0.account = Some(account);
        self
    }

    /// The status to sign in with. Default: online.
    #[must_use]
    pub fn status(mut self, status: Status) -> Self {
        self.0.status = status;
        self
    }

    /// What one calls oneself.
    #[must_use]
    pub fn display_name(mut self, name: impl Into<String>) -> Self {
        self.0.display_name = Some(name.into());
        self
    }

    /// The line under the name.
    #[must_use]
    pub fn personal_message(mut self, text: impl Into<String>) -> Self {
        self.0.personal_message = Some(text.into());
        self
    }

    /// What one's other endpoints see this one called, for example the computer's name.
    #[must_use]
    pub fn endpoint_name(mut self, name: impl Into<String>) -> Self {
        self.0.endpoint_name = Some(name.into());
        self
    }

    /// Whether to tell every frame too ([`Event::Frame`](crate::Event::Frame)). Default: no.
    #[must_use]
    pub fn frames(mut self, yes: bool) -> Self {
        self.0.frames = yes;
        self
    }

    /// Whether the application says itself which messages it has
    /// ([`Client::acknowledge`](crate::Client::acknowledge)); what it has not said so of stays with the service, which
    /// gives it again at the next sign-in. Default: no, they are acknowledged as they are told.
    #[must_use]
    pub fn acknowledge_by_hand(mut self, yes: bool) -> Self {
        self.0.acknowledge_by_hand = yes;
        self
    }

    /// What becomes of messages that certainly never left when the connection is lost: sent after
    /// reconnecting (the default), or told as failed.
    #[must_use]
    pub fn resend_unsent(mut self, yes: bool) -> Self {
        self.0.resend_unsent = yes;
        self
    }

    /// How often to try again after losing the connection, or when the service cannot be reached,
    /// before giving up. 0: never. Default: 8.
    #[must_use]
    pub fn reconnect_attempts(mut self, attempts: u32) -> Self {
        self.0.reconnect_attempts = attempts;
        self
    }

    /// Limits of what is kept and sent.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.0.limits = limits;
        self
    }

    /// How long things may take. Each is taken as at most a year and, where nothing would be waited
    /// for otherwise, as at least a second.
    #[must_use]
    pub fn timings(mut self, timings: Timings) -> Self {
        self.0.timings = timings.sane();
        self
    }

    /// To which hosts the service may send this client, and with it password and cookies: by redirects
    /// of the sign-in page and its form, by `XFR`, by `X-MSN-Host`. Default: the same site, each time
    /// that of the address in [`Service`](crate::Service).
    ///
    /// # Errors
    /// [`ConfigError::SecretsAnywhere`]: a client always has secrets.
    pub fn host_policy(mut self, policy: HostPolicy) -> Result<Self, ConfigError> {
        if policy == HostPolicy::Anywhere {
            return Err(ConfigError::SecretsAnywhere);
        }
        self.0.host_policy = policy;
        Ok(self)
    }

    /// How a gateway session waits, and what it holds.
    ///
    /// # Errors
    /// [`ConfigError`] if a gateway session cannot be made so.
    pub fn gateway(mut self, options: GatewayOptions) -> Result<Self, ConfigError> {
        // Nothing of the options depends on where the gateway is.
        let gateway = "http://localhost".to_owned();
        options.apply(gateway_sm::Config::new(&gateway)?)?;
        self.0.gateway = options;
        Ok(self)
    }
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
    use crate::service::Service;

    #[test]
    fn times_that_would_overflow_or_spin_are_mended() {
        let config = Config::new(Access::web(Service::microsoft(), "a", "b"), [1; 32]);
        let timings = |time| Timings {
            request: time,
            command: time,
            keep_alive: time,
            renewal: time,
            backoff: time,
            longest_backoff: time,
            farewell: time,
        };
        let mended = config.clone().timings(timings(Duration::MAX)).0.timings;
        assert_eq!(mended, timings(Duration::from_secs(365 * 24 * 3600)));
        let mended = config.timings(timings(Duration::ZERO)).0.timings;
        assert!(mended.keep_alive > Duration::ZERO && mended.backoff > Duration::ZERO);
    }

    #[test]
    fn polling_that_no_gateway_session_takes_is_refused() {
        let config = Config::new(Access::web(Service::microsoft(), "a", "b"), [1; 32]);
        let options = GatewayOptions {
            lifespan: Duration::from_secs(3_601),
            ..GatewayOptions::default()
        };
        let refused = config.gateway(options).err();
        assert_eq!(refused, Some(ConfigError::Lifespan));
    }

    #[test]
    fn a_client_has_too_much_to_lose_to_go_anywhere() {
        let config = Config::new(Access::web(Service::microsoft(), "a", "b"), [1; 32]);
        let refused = config.clone().host_policy(HostPolicy::Anywhere).err();
        assert_eq!(refused, Some(ConfigError::SecretsAnywhere));
        assert!(config.host_policy(HostPolicy::Stay).is_ok());
    }

    #[test]
    fn nothing_secret_shows() {
        let config = Config::new(
            Access::web(Service::microsoft(), "alice", "hunter2"),
            [42; 32],
        );
        let shown = format!("{config:?}");
        assert!(
            !shown.contains("hunter2") && !shown.contains("42"),
            "{shown}"
        );
    }
}
