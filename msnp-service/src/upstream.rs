//! The gateway in front of another server: real long polling for a server that speaks MSNP over TCP and has none.
//!
//! ```no_run
//! use msnp_service::upstream::{UpstreamConfig, UpstreamService};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let mut config = UpstreamConfig::new(gateway_upstream::parse_server("127.0.0.1:1863")?);
//! config.listen = "127.0.0.1:8080".parse()?;
//! config.advertise = Some("gw.example.com".to_owned());
//! let gateway = UpstreamService::start(config).await?;
//! println!("{}", gateway.url());
//! # Ok(())
//! # }
//! ```
//!
//! The machine is `gateway-upstream`; here are its sockets, its clock and its log.

mod behind;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use gateway_sm::{Origins, ServerConfig, ServerConfigError};
use gateway_upstream::{Config, ConfigError, RelayConfig, RelayError, UpstreamGateway};
use machine_contract::Remote;
use msnp_server::{NetworkPage, WebClient};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use transport_reqwest::{Caller, Http, HttpOptions, OptionsError, spawn};

use crate::config::{Limits, Proxies, Timings, TlsFiles};
use crate::door::terms::Terms;
use crate::engine::Engine;
use crate::start_error::StartError;
use crate::web_door::{self, WebDoor};

use behind::Behind;

/// What [`UpstreamService::start`] starts.
#[derive(Clone, Debug)]
pub struct UpstreamConfig {
    /// The server.
    pub server: Remote,
    /// Where to listen. Default `127.0.0.1:0`: a free port of this machine.
    pub listen: SocketAddr,
    /// The certificate with which HTTPS is spoken there, or at [`tls_listen`](Self::tls_listen) if that is set, HTTP/2 included.
    /// Default: none, plain HTTP.
    pub tls: Option<TlsFiles>,
    /// Where HTTPS is spoken beside plain HTTP, as of [a service](crate::ServiceConfig::tls_listen). Default: nowhere.
    pub tls_listen: Option<SocketAddr>,
    /// Where the operator's tools are told how the gateway is, as of [a service](crate::ServiceConfig::operator). Default: nowhere.
    pub operator: Option<SocketAddr>,
    /// The proxies in front, and how they say who their clients are. Default: none; then all clients of a proxy are one.
    pub proxies: Proxies,
    /// What clients are told to come back to (`X-MSN-Host`, `GW-IP`). Default: the address that is listened on; with
    /// [`tls_listen`](Self::tls_listen) whatever each calls the gateway by.
    pub advertised_host: Option<String>,
    /// The host that is written into `XFR` and `RNG`; see [`Config::advertise`]. Default: none, they pass as they are.
    pub advertise: Option<String>,
    /// Other servers that clients may ask for; see [`Config::allow`].
    pub allow: Vec<String>,
    /// Which web pages of other origins may use the gateway. Default: any.
    pub origins: Origins,
    /// The calls that are made for web pages. Default: none.
    pub relay: RelayConfig,
    /// The page by which people talk in a browser. It is at `/` if the relay has a call by which one signs in: `login` (MSNP8 to MSNP14) or
    /// `rst` (MSNP15 to MSNP18). Others that it knows by their names are `abservice` and `sharing` for the lists of MSNP13 and later, `oim`
    /// and `rsi` for messages that wait. Default: none.
    pub web_client: Option<Arc<WebClient>>,
    /// Whether every reply gives its session another id, as in 2003 (gateway.md 4.1). No poll is held then. Default `false`.
    pub rotate_session_ids: bool,
    /// How long sessions, polls, requests and replies may last.
    pub timings: Timings,
    /// Bounds of the HTTP side. What may wait for a session is 256 KiB, beyond which the server is not read.
    pub limits: Limits,
    /// How the server, and the addresses of the relay, are reached.
    pub http: HttpOptions,
}

impl UpstreamConfig {
    /// A gateway in front of this server, with the defaults.
    pub fn new(server: Remote) -> Self {
        Self {
            server,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            tls: None,
            tls_listen: None,
            operator: None,
            proxies: Proxies::default(),
            advertised_host: None,
            advertise: None,
            allow: Vec::new(),
            origins: Origins::Any,
            relay: RelayConfig::default(),
            web_client: None,
            rotate_session_ids: false,
            timings: Timings::default(),
            limits: Limits::default(),
            http: HttpOptions::new(),
        }
    }

    fn doors(&self) -> web_door::Settings<'_> {
        web_door::Settings {
            listen: self.listen,
            tls_listen: self.tls_listen,
            operator: self.operator,
            tls: self.tls.as_ref(),
            advertised_host: self.advertised_host.as_deref(),
        }
    }

    fn page(&self) -> Option<NetworkPage> {
        let signs_in = self
            .relay
            .names()
            .any(|name| matches!(name, "login" | "rst"));
        let page = self.web_client.as_ref().filter(|_| signs_in)?;
        page.in_front(self.relay.names())
    }

    fn machine(&self, address: SocketAddr) -> Result<Config, ConfigError> {
        let listened = address.to_string();
        let host = self.advertised_host.as_deref().unwrap_or(&listened);
        let (timings, limits) = (self.timings, self.limits);
        let mut gateway = ServerConfig::new(host, host)?
            // Each of the two must fit the other; without a hold any timeout does.
            .longest_hold(Duration::ZERO)?
            .session_timeout(timings.session_timeout)?
            .longest_hold(timings.longest_hold)?
            .max_body(limits.request_bytes)?
            .max_sessions(limits.sessions)?
            .rotate_session_ids(self.rotate_session_ids)
            .follows_host(self.tls_listen.is_some() && self.advertised_host.is_none())
            .origins(self.origins.clone())?;
        if let Some(sessions) = limits.sessions_per_peer {
            gateway = gateway.max_sessions_per_peer(sessions)?;
        }
        let mut config = Config::new(gateway, self.server.clone()).relay(self.relay.clone());
        if let Some(host) = &self.advertise {
            config = config.advertise(host)?;
        }
        for server in &self.allow {
            config = config.allow(server)?;
        }
        Ok(config)
    }
}

/// Why a gateway could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpstreamError {
    /// A door cannot be opened: an address, a certificate, a proxy.
    #[error(transparent)]
    Door(#[from] StartError),
    /// A name, a time or a bound of the configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The server cannot be reached as configured.
    #[error(transparent)]
    Http(#[from] OptionsError),
    /// Pages of the address that is listened on cannot be told by it.
    #[error(transparent)]
    Relay(#[from] RelayError),
}

impl From<ServerConfigError> for UpstreamError {
    fn from(error: ServerConfigError) -> Self {
        Self::Config(error.into())
    }
}

/// A running gateway. Dropping it stops it without goodbye.
#[derive(Debug)]
pub struct UpstreamService {
    address: SocketAddr,
    tls_address: Option<SocketAddr>,
    operator_address: Option<SocketAddr>,
    url: String,
    tls_url: Option<String>,
    machine: Caller<UpstreamGateway>,
    stop: watch::Sender<bool>,
    doors: Vec<JoinHandle<()>>,
    events: JoinHandle<()>,
}

/// How long the stop waits for clients to hear of it, and for servers.
const FAREWELL: Duration = Duration::from_secs(1);
const LAST_WORDS: Duration = Duration::from_secs(5);

impl UpstreamService {
    /// Whether it would start with this configuration, as far as that can be known without listening on an address.
    ///
    /// # Errors
    /// [`UpstreamError`], as of [`start`](Self::start).
    pub fn check(config: &UpstreamConfig) -> Result<(), UpstreamError> {
        web_door::check(&config.doors(), &config.proxies, &config.limits)?;
        let mut address = config.listen;
        if address.port() == 0 {
            // Whichever the system will choose.
            address.set_port(80);
        }
        UpstreamGateway::new(config.machine(address)?)?;
        config.http.client()?;
        Ok(())
    }

    /// Starts it; it answers from the moment this returns. The server need not be there yet. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`UpstreamError`]; nothing is left running.
    pub async fn start(config: UpstreamConfig) -> Result<Self, UpstreamError> {
        Self::check(&config)?;
        let mut config = config;
        let web = WebDoor::listen(&config.doors()).await?;
        let (address, tls_address) = (web.address(), web.tls_address());
        let (url, tls_url) = (web.url(), web.tls_url());
        let page = config.page();
        if page.is_some() {
            // Its own page may use it, by the addresses at which it is.
            for own in [Some(&url), tls_url.as_ref()].into_iter().flatten() {
                config.relay = config.relay.origin(own)?;
            }
        }
        let machine = UpstreamGateway::new(config.machine(address)?)?;
        let network = Http::new(config.http.client()?)
            .body_limit(config.relay.longest_reply())
            .streams(config.http.tcp()?);
        let mut driver = spawn(machine, network);
        let machine = driver.caller();
        let behind = Behind::new(machine.clone(), page);
        let engine = Engine::in_front_of(behind.clone());
        let events = tokio::spawn(async move {
            while let Some(event) = driver.next_event().await {
                behind.hand_out(event);
            }
        });
        let (stop, stopping) = watch::channel(false);
        let terms = Terms {
            limits: config.limits,
            timings: config.timings,
            proxies: Arc::new(config.proxies),
            metrics: Arc::default(),
            tls: None,
        };
        let operator_address = web.operator_address();
        tracing::info!(url, tls_url, server = %config.server, "listening in front of a server");
        let (bytes, look) = (config.limits.request_bytes, config.timings.certificate_look);
        let doors = web.serve(&engine, None, bytes, &terms, look, &stopping);
        Ok(Self {
            address,
            tls_address,
            operator_address,
            url,
            tls_url,
            machine,
            stop,
            doors,
            events,
        })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it tells the operator how it is, if it does.
    pub const fn operator_address(&self) -> Option<SocketAddr> {
        self.operator_address
    }

    /// Where it speaks HTTPS beside plain HTTP, if it does.
    pub const fn tls_address(&self) -> Option<SocketAddr> {
        self.tls_address
    }

    /// The base of its URLs: `http://address`, or `https://address` with [`UpstreamConfig::tls`] and no address for that alone.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// The base of its URLs by HTTPS, if [`url`](Self::url) is one of plain HTTP beside it.
    pub fn tls_url(&self) -> Option<String> {
        self.tls_url.clone()
    }

    /// How many sessions there are, and streams to servers.
    pub fn open(&self) -> (usize, usize) {
        let counted = self
            .machine
            .call(|machine, _| (machine.sessions(), machine.streams()));
        counted.unwrap_or_default()
    }

    /// Tells every client that its session is over and every server that its client is gone, and returns when that is said.
    pub async fn stop(mut self) {
        let _ = self.machine.call(UpstreamGateway::handle_shutdown);
        self.wait(FAREWELL, |(sessions, _)| sessions == 0).await;
        let _ = self.stop.send(true);
        for door in std::mem::take(&mut self.doors) {
            let _ = door.await;
        }
        self.wait(LAST_WORDS, |(_, streams)| streams == 0).await;
        self.events.abort();
    }

    /// Until it is so, or that has taken too long.
    async fn wait(&self, longest: Duration, is_so: impl Fn((usize, usize)) -> bool) {
        const LOOK: Duration = Duration::from_millis(10);
        let mut waited = Duration::ZERO;
        while waited < longest && !is_so(self.open()) {
            tokio::time::sleep(LOOK).await;
            waited += LOOK;
        }
    }
}

impl Drop for UpstreamService {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        self.events.abort();
    }
}
