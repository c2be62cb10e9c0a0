//! `Config`: which server stands behind the gateway, where else its clients may go, and every bound. Checked as it is set.

use std::time::Duration;

use gateway_sm::{Host, HostError, ServerConfig, ServerConfigError};
use machine_contract::{Remote, RemoteError};

use crate::name::same_name;
use crate::referral::PORT;
use crate::relay::RelayConfig;

/// The settings of an [`UpstreamGateway`](crate::UpstreamGateway).
///
/// ```
/// use gateway_sm::ServerConfig;
/// use gateway_upstream::Config;
/// use machine_contract::Remote;
///
/// let gateway = ServerConfig::new("gw.example.com", "gw.example.com")?;
/// let config = Config::new(gateway, Remote::tcp("10.0.0.2", 1863)?)
///     .advertise("gw.example.com")?
///     .allow("10.0.0.3:1864")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Config(Settings);

/// What a [`Config`] holds. Whoever has one has it from there, checked.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) gateway: ServerConfig,
    pub(crate) named: Named,
    pub(crate) connect: Duration,
    pub(crate) linger: Duration,
    pub(crate) remember: Duration,
    pub(crate) referrals: usize,
    pub(crate) referrals_per_peer: usize,
    /// Bytes that may wait for a client before its server is read no more.
    pub(crate) queued: usize,
    /// Bytes that may wait for a server.
    pub(crate) unsent: usize,
    pub(crate) payload: u32,
    pub(crate) relay: RelayConfig,
}

/// The servers that have names from the start.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    server: Remote,
    /// The host that is written into referrals.
    advertise: Option<String>,
    /// Names by which clients ask for the server itself.
    aliases: Vec<String>,
    /// Other servers that they may ask for.
    allowed: Vec<Remote>,
}

/// A setting that cannot be used. The embedding program's fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// What is to be advertised is no host.
    #[error("the advertised host: {0}")]
    Advertise(#[source] HostError),
    /// The advertised host has a port: referrals keep theirs.
    #[error("the advertised host has a port, but referrals keep the port that the server says")]
    AdvertisedPort,
    /// A server that is to be allowed is none.
    #[error("`{0}` is no server that can be allowed: {1}")]
    Allowed(String, #[source] RemoteError),
    /// A bound of nothing.
    #[error("{0} is zero")]
    Zero(&'static str),
    /// A time is zero, or longer than a day.
    #[error("{0} is zero or longer than a day")]
    Time(&'static str),
    /// The gateway's bounds.
    #[error(transparent)]
    Gateway(#[from] ServerConfigError),
}

impl Config {
    /// A gateway in front of this server. Of the gateway's own settings two are this machine's: how much may be queued, and
    /// for how long a post waits for what the server says to it ([`answer_wait`](Self::answer_wait)).
    pub fn new(gateway: ServerConfig, server: Remote) -> Self {
        Self(Settings {
            gateway,
            named: Named {
                server,
                advertise: None,
                // What a client asks for that has never been told otherwise (gateway.md 2).
                aliases: vec!["messenger.hotmail.com".to_owned()],
                allowed: Vec::new(),
            },
            connect: Duration::from_secs(10),
            linger: Duration::from_secs(5),
            remember: Duration::from_secs(600),
            referrals: 16_384,
            referrals_per_peer: 1_024,
            queued: 256 * 1024,
            unsent: 512 * 1024,
            payload: 1024 * 1024,
            relay: RelayConfig::default(),
        })
        .answer_wait_unchecked(Duration::from_secs(2))
    }

    /// The host that clients are told in the place of the one in `XFR` and `RNG`: they come back here, whatever they make of it.
    /// Unless set, nothing is changed.
    ///
    /// # Errors
    /// [`ConfigError::Advertise`], [`ConfigError::AdvertisedPort`].
    pub fn advertise(mut self, host: &str) -> Result<Self, ConfigError> {
        let host: Host = host.parse().map_err(ConfigError::Advertise)?;
        if host.port().is_some() {
            return Err(ConfigError::AdvertisedPort);
        }
        self.0.named.advertise = Some(host.to_string());
        Ok(self)
    }

    /// One more server that clients may ask for by `IP=`, `host` or `host:port` (1863 unless said): where the server sends them
    /// is allowed by itself.
    ///
    /// # Errors
    /// [`ConfigError::Allowed`].
    pub fn allow(mut self, server: &str) -> Result<Self, ConfigError> {
        let refused = |error| ConfigError::Allowed(server.to_owned(), error);
        let remote = parse_server(server).map_err(refused)?;
        self.0.named.allowed.push(remote);
        Ok(self)
    }

    /// One more name by which clients ask for the server itself. `messenger.hotmail.com` is one from the start: whoever was told
    /// no other host asks for it (gateway.md 2).
    #[must_use]
    pub fn alias(mut self, name: &str) -> Self {
        self.0.named.aliases.push(name.to_owned());
        self
    }

    /// How long a request that brought commands waits for what the server says to them. Default 2 s: some commands have no
    /// answer, and who does one thing at a time can do nothing meanwhile.
    ///
    /// # Errors
    /// [`ConfigError::Gateway`].
    pub fn answer_wait(mut self, wait: Duration) -> Result<Self, ConfigError> {
        self.0.gateway = self.0.gateway.post_hold(wait)?;
        Ok(self)
    }

    /// How long a server may take to accept a connection. Default 10 s.
    ///
    /// # Errors
    /// [`ConfigError::Time`].
    pub fn connect_timeout(mut self, time: Duration) -> Result<Self, ConfigError> {
        self.0.connect = checked(time, "the time to connect")?;
        Ok(self)
    }

    /// For how long a referral allows its client to ask for that server. Default 10 minutes; what proves who comes is good
    /// for two.
    ///
    /// # Errors
    /// [`ConfigError::Time`].
    pub fn remember(mut self, time: Duration) -> Result<Self, ConfigError> {
        self.0.remember = checked(time, "the life of a referral")?;
        Ok(self)
    }

    /// How many referrals are remembered, in all and of one peer; beyond it the oldest are forgotten. Default 16,384 and 1,024.
    ///
    /// # Errors
    /// [`ConfigError::Zero`].
    pub fn referrals(mut self, all: usize, of_one_peer: usize) -> Result<Self, ConfigError> {
        self.0.referrals = some(all, "the number of referrals")?;
        self.0.referrals_per_peer = some(of_one_peer, "the number of referrals of a peer")?;
        Ok(self)
    }

    /// How many bytes may wait for a client before its server is not read any more. Default 256 KiB. What waits at most is
    /// this, one chunk of the network, and one frame.
    ///
    /// # Errors
    /// [`ConfigError::Zero`].
    pub fn queued_bytes(mut self, bytes: usize) -> Result<Self, ConfigError> {
        self.0.queued = some(bytes, "the queue for a client")?;
        Ok(self)
    }

    /// How many bytes of a client may wait for a server that does not read; beyond it the session ends. Default 512 KiB.
    ///
    /// # Errors
    /// [`ConfigError::Zero`].
    pub fn unsent_bytes(mut self, bytes: usize) -> Result<Self, ConfigError> {
        self.0.unsent = some(bytes, "the queue for a server")?;
        Ok(self)
    }

    /// How many bytes a server's payload may have; beyond it the session ends, since a reply holds whole frames. Default 1 MiB.
    ///
    /// # Errors
    /// [`ConfigError::Zero`].
    pub fn payload_bytes(mut self, bytes: u32) -> Result<Self, ConfigError> {
        if bytes == 0 {
            return Err(ConfigError::Zero("the payload limit"));
        }
        self.0.payload = bytes;
        Ok(self)
    }

    /// The calls that are made for web pages. Default: none.
    #[must_use]
    pub fn relay(mut self, relay: RelayConfig) -> Self {
        self.0.relay = relay;
        self
    }

    pub(crate) fn into_settings(self) -> Result<Settings, ConfigError> {
        let Self(mut settings) = self;
        let frame = usize::try_from(settings.payload).unwrap_or(usize::MAX);
        // What is over when the server stops being read: a frame, and the chunk that ended it.
        let queued = (settings.queued).saturating_add(frame.saturating_add(64 * 1024));
        settings.gateway = settings.gateway.max_queued(queued)?;
        Ok(settings)
    }

    fn answer_wait_unchecked(mut self, wait: Duration) -> Self {
        if let Ok(gateway) = self.0.gateway.clone().post_hold(wait) {
            self.0.gateway = gateway;
        }
        self
    }
}

impl Named {
    /// The server behind the gateway.
    pub(crate) const fn server(&self) -> &Remote {
        &self.server
    }

    /// The gateway's own name, if it is to be told.
    pub(crate) fn advertised(&self) -> Option<&str> {
        self.advertise.as_deref()
    }

    /// Whether a client that names this host means the server itself.
    pub(crate) fn is_server(&self, name: &str) -> bool {
        let names = self.aliases.iter().map(String::as_str);
        let mut names = names.chain([self.server.host()]);
        names.any(|own| same_name(own, name))
    }

    /// Whether clients know this host as the gateway's own.
    pub(crate) fn is_advertised(&self, name: &str) -> bool {
        let own = self.advertise.as_deref();
        own.is_some_and(|own| same_name(own, name))
    }

    /// The server of this name that was allowed from the start.
    pub(crate) fn allowed(&self, name: &str) -> Option<&Remote> {
        let mut allowed = self.allowed.iter();
        allowed.find(|remote| same_name(remote.host(), name))
    }
}

/// `host` or `host:port`, as an operator writes it.
///
/// ```
/// assert_eq!(gateway_upstream::parse_server("im.example.com")?.port(), 1863);
/// assert_eq!(gateway_upstream::parse_server("[::1]:1864")?.port(), 1864);
/// # Ok::<(), machine_contract::RemoteError>(())
/// ```
///
/// # Errors
/// What is no host, or no port.
pub fn parse_server(text: &str) -> Result<Remote, RemoteError> {
    match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => {
            let port = port.parse().map_err(|_| RemoteError::Port)?;
            Remote::tcp(host, port)
        }
        _ => Remote::tcp(text, PORT),
    }
}

fn some(bound: usize, what: &'static str) -> Result<usize, ConfigError> {
    if bound == 0 {
        Err(ConfigError::Zero(what))
    } else {
        Ok(bound)
    }
}

fn checked(time: Duration, what: &'static str) -> Result<Duration, ConfigError> {
    const DAY: Duration = Duration::from_secs(24 * 3600);
    if time.is_zero() || time > DAY {
        Err(ConfigError::Time(what))
    } else {
        Ok(time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        let gateway = ServerConfig::new("gw", "gw").unwrap();
        Config::new(gateway, Remote::tcp("10.0.0.2", 1863).unwrap())
    }

    #[test]
    fn names_that_could_end_a_word_are_not_advertised() {
        for host in ["", "a b", "a\r\nb", "a:1:2"] {
            assert!(config().advertise(host).is_err(), "{host}");
        }
        let with_port = config().advertise("gw.example.com:80").unwrap_err();
        assert_eq!(with_port, ConfigError::AdvertisedPort);
    }

    #[test]
    fn bounds_of_nothing_are_refused() {
        assert!(config().referrals(0, 1).is_err());
        assert!(config().queued_bytes(0).is_err());
        assert!(config().unsent_bytes(0).is_err());
        assert!(config().payload_bytes(0).is_err());
        assert!(config().connect_timeout(Duration::ZERO).is_err());
        assert!(config().remember(Duration::MAX).is_err());
        assert!(config().answer_wait(Duration::ZERO).is_err());
    }

    #[test]
    fn servers_are_read_as_an_operator_writes_them() {
        for bad in ["", ":1", "a:", "a:x", "a:0", "a b", "::1"] {
            assert!(config().allow(bad).is_err(), "{bad}");
        }
        let settings = config().allow("SB.example.com").unwrap();
        let settings = settings.into_settings().unwrap().named;
        let found = settings.allowed("sb.EXAMPLE.com.").map(Remote::port);
        assert_eq!(found, Some(PORT));
        assert!(settings.is_server("Messenger.hotmail.com"));
        assert!(settings.is_server("10.0.0.2"));
        assert!(!settings.is_server("10.0.0.3"));
        assert!(!settings.is_advertised("gw"));
    }
}
