//! `Config`: what can be set of the whole server.

use std::sync::Arc;
use std::time::Duration;

use gateway_sm::{Host, HostError, Origins, ServerConfig, ServerConfigError};
use msnp_client::{DialectsError, InvalidUri};

use super::streams;
use crate::faces;
use crate::imsoap::{self, OwnDoor, WayError, Ways, WebService};
use crate::network;
use crate::own_address::OwnAddress;
use crate::sign_in::SignIn;
use crate::web_client::WebClient;
use crate::web_services::WebServices;

/// How a server behaves. [`new`](Self::new) gives defaults that suit a service open to strangers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// What clients are told to come back to (`X-MSN-Host`), `host` or `host:port`.
    pub host: String,
    /// What the service is called from outside, if it was told. Then the pages of this name are its own:
    /// theirs is the only `Origin`, besides those listed in [`origins`](Self::origins), with which the
    /// cookies of a browser count at the sign-in page and the uic calls. Without it, that is the address
    /// that the browser has reached (and `localhost`, if that is one of this machine).
    pub advertised_host: Option<String>,
    /// `GW-IP`, to which old clients come back: an address, or a name if they can reach it by that alone. Default: the
    /// address that a client has reached, if that is one of the open internet; else the advertised host, or whatever the
    /// client has called the service by, without its port.
    pub gateway_ip: Option<String>,
    /// The bare name sent as `X-MSNSERVER`. Default: that of the host in `X-MSN-Host`.
    pub server_name: Option<String>,
    /// Which web pages of other origins may use the service (CORS). Default: any, without the
    /// browser's cookies, which count for pages of listed origins only.
    pub origins: Origins,
    /// Whether a proxy in front speaks HTTPS: cookies are marked `Secure` then, as they are for whoever has come
    /// [by TLS](super::Caller::tls), and clients are sent to addresses of HTTPS. Default `false`.
    pub secure_cookies: bool,
    /// Whether a session that was opened by cookies is theirs alone: then each of its requests has to bring cookies of the
    /// same person, as the document says (gateway.md 16.1), and is answered like one of an unknown session if it does not.
    /// Sessions by ticket are not concerned. Default `true`.
    pub cookies_each_time: bool,
    /// Silence after which a session ends, whole seconds. Default 120 s (`X-MSN-SessionTimeout`,
    /// gateway.md 4.2).
    pub session_timeout: Duration,
    /// The most of a poll's `Lifespan` that is granted. Default 110 s; zero never holds a poll.
    pub longest_hold: Duration,
    /// Whether every reply gives its session another id, as in 2003 (gateway.md 4.1). No poll is held
    /// then. Default `false`.
    pub rotate_session_ids: bool,
    /// Bytes of one body of a request to the gateway, or to the IM web service. Default 256 KiB.
    pub request_bytes: usize,
    /// Gateway sessions in all, and streams in all. Default 20,000.
    pub sessions: usize,
    /// Gateway sessions, and again streams, from one network ([`PeerNetwork`](crate::PeerNetwork)). Default: no limit; one
    /// account has as many as it has [endpoints](network::Config::endpoints), and strangers have a limit of their own.
    pub sessions_per_peer: Option<usize>,
    /// Gateway sessions, and again streams, in which nobody has signed in. Where there is no room for one more, that of the
    /// network with the most which was silent for longest ends. Of sessions never more than half of [`sessions`](Self::sessions),
    /// so that there is room for who signs in. Default 4,096.
    pub anonymous_sessions: usize,
    /// Of these, those from one network. Default 64.
    pub anonymous_sessions_per_peer: usize,
    /// Bytes that may wait for one session, or one stream. Default 4 MiB: the first presence of a thousand contacts
    /// is close to one. At least what may be sent to a session at once
    /// ([`outgoing_bytes`](faces::Config::outgoing_bytes) and
    /// [`unreceived_bytes`](network::Config::unreceived_bytes) together).
    pub queued_bytes: usize,
    /// Bytes that may wait for all sessions together; beyond it, whoever has more than 64 KiB waiting gets no more, and is
    /// signed out. Default 256 MiB.
    pub queued_bytes_of_all: usize,
    /// Wrong passwords per sign-in address, or per user of the IM web service, from one network in a quarter of an
    /// hour; ten times as many from all networks, and from one site for all accounts. Default 20.
    pub password_attempts: u32,
    /// Password checks that may be under way at once: each takes a core and 19 MiB. Default 2.
    pub password_checks_at_once: usize,
    /// Further ones that may wait for their turn; above it a sign-in is answered 503. Default 256.
    pub password_checks_waiting: usize,
    /// Of these, those of one site. Default 16.
    pub password_checks_of_site: usize,
    /// The longest password that is worth a check, in bytes. Default 1,024.
    pub password_bytes: usize,
    /// The page for people with a browser, at `/`. Default: none; then the sign-in form is there, and says that one is signed in.
    pub web_client: Option<Arc<WebClient>>,
    /// How connections are treated.
    pub faces: faces::Config,
    /// Rules and bounds of the network.
    pub network: network::Config,
    /// Times and bounds of the IM web service.
    pub imsoap: imsoap::Config,
    /// Where the IM accounts of the web service are signed in. Default: at this server.
    pub upstream: imsoap::Upstream,
    /// The same for accounts of some domains. Default: none.
    pub upstream_domains: imsoap::Domains,
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A name or a time of the gateway's.
    #[error(transparent)]
    Gateway(#[from] ServerConfigError),
    /// [`Config::advertised_host`].
    #[error("the advertised host: {0}")]
    Host(#[from] HostError),
    /// [`Config::host`] cannot stand in an address.
    #[error("the host: {0}")]
    Address(#[from] InvalidUri),
    /// [`Config::upstream`] or [`Config::upstream_domains`] offers a dialect that is not spoken there.
    #[error("the dialects of the IM accounts: {0}")]
    Dialects(#[from] DialectsError),
    /// [`Config::queued_bytes`] is less than may be sent to one session at once.
    #[error("{queued} bytes may wait for a session, and {needed} may be sent to it at once")]
    Queue {
        /// The limit.
        queued: usize,
        /// The least that works.
        needed: usize,
    },
}

impl From<WayError> for ConfigError {
    fn from(error: WayError) -> Self {
        match error {
            WayError::Address(error) => Self::Address(error),
            WayError::Dialects(error) => Self::Dialects(error),
        }
    }
}

impl Config {
    /// The defaults, for a server that clients reach at `host`, which may have a port.
    pub fn new(host: &str) -> Self {
        Self {
            host: host.to_owned(),
            advertised_host: None,
            gateway_ip: None,
            server_name: None,
            origins: Origins::Any,
            secure_cookies: false,
            cookies_each_time: true,
            session_timeout: Duration::from_secs(120),
            longest_hold: Duration::from_secs(110),
            rotate_session_ids: false,
            request_bytes: 256 * 1024,
            sessions: 20_000,
            sessions_per_peer: None,
            anonymous_sessions: 4_096,
            anonymous_sessions_per_peer: 64,
            queued_bytes: 4 * 1024 * 1024,
            queued_bytes_of_all: 256 * 1024 * 1024,
            password_attempts: 20,
            password_checks_at_once: 2,
            password_checks_waiting: 256,
            password_checks_of_site: 16,
            password_bytes: 1024,
            web_client: None,
            faces: faces::Config::default(),
            network: network::Config::default(),
            imsoap: imsoap::Config::default(),
            upstream: imsoap::Upstream::default(),
            upstream_domains: imsoap::Domains::default(),
        }
    }

    /// Sessions in which nobody has signed in that there may be at most.
    pub(crate) fn strangers(&self) -> usize {
        self.anonymous_sessions.min(self.sessions.div_ceil(2))
    }

    pub(super) fn gateway(&self) -> Result<ServerConfig, ConfigError> {
        let needed = self.faces.outgoing_bytes;
        let needed = needed.saturating_add(self.network.unreceived_bytes);
        if self.queued_bytes < needed {
            let queued = self.queued_bytes;
            return Err(ConfigError::Queue { queued, needed });
        }
        let gateway_ip = match &self.gateway_ip {
            Some(told) => told.clone(),
            None => self.host.parse::<Host>()?.with_port(None).to_string(),
        };
        let is_told = self.advertised_host.is_some() || self.gateway_ip.is_some();
        let mut gateway = ServerConfig::new(&self.host, &gateway_ip)?
            .follows_host(!is_told)
            .server_name_of_host()
            // Each of the two must fit the other; without a hold any timeout does.
            .longest_hold(Duration::ZERO)?
            .session_timeout(self.session_timeout)?
            .longest_hold(self.longest_hold)?
            .max_body(self.request_bytes)?
            .max_queued(self.queued_bytes)?
            .max_queued_by_all(self.queued_bytes_of_all)?
            .max_sessions(self.sessions)?
            .max_strangers(self.strangers(), self.anonymous_sessions_per_peer)?
            .rotate_session_ids(self.rotate_session_ids)
            .origins(self.origins.clone())?;
        if let Some(name) = &self.server_name {
            gateway = gateway.server_name(name)?;
        }
        if let Some(sessions) = self.sessions_per_peer {
            gateway = gateway.max_sessions_per_peer(sessions)?;
        }
        Ok(gateway)
    }

    pub(super) fn streams(&self) -> streams::Bounds {
        streams::Bounds {
            streams: self.sessions,
            per_peer: self.sessions_per_peer,
            anonymous: (self.anonymous_sessions, self.anonymous_sessions_per_peer),
            queued_bytes: self.queued_bytes,
            faces: self.faces.clone(),
        }
    }

    pub(super) fn web_services(&self) -> WebServices {
        WebServices::new(self.own_address(), self.request_bytes)
    }

    pub(super) fn own_address(&self) -> OwnAddress {
        OwnAddress::new(
            self.host.clone(),
            self.advertised_host.is_some(),
            self.secure_cookies,
        )
    }

    pub(super) fn sign_in(&self) -> Result<SignIn, ConfigError> {
        let advertised = self.advertised_host.as_deref();
        let advertised = advertised.map(str::parse::<Host>).transpose()?;
        let (attempts, bytes) = (self.password_attempts, self.password_bytes);
        let own = self.own_address();
        let sign_in = SignIn::new(advertised, own, &self.origins, attempts, bytes);
        Ok(sign_in.with_web_client(self.web_client.clone()))
    }

    pub(super) fn web_service(&self) -> Result<WebService, ConfigError> {
        let settings = imsoap::Settings {
            own: self.own_address(),
            request_bytes: self.request_bytes,
            password_bytes: self.password_bytes,
        };
        let holds_polls = !self.rotate_session_ids && !self.longest_hold.is_zero();
        let own = OwnDoor::new(&self.host, self.secure_cookies, holds_polls);
        let ways = Ways::new(&self.upstream, &self.upstream_domains, own)?;
        let mut rules = self.imsoap;
        rules.without_receipt = self.network.without_receipt;
        let attempts = self.password_attempts;
        Ok(WebService::new(settings, rules, ways, attempts))
    }
}
