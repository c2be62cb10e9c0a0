//! `ServiceConfig`: where the service listens, what it keeps where, and every limit of the HTTP side.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use gateway_sm::Origins;
use msnp_server::{WebClient, faces, imsoap, network};
use proxied::{ForwardedBy, Trusted};
use transport_reqwest::HttpOptions;

use crate::accounts::HashCost;

/// What [`Service::start`](crate::Service::start) starts.
///
/// ```
/// use msnp_service::ServiceConfig;
/// let config = ServiceConfig { listen: "127.0.0.1:1080".parse()?, ..ServiceConfig::default() };
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ServiceConfig {
    /// Where to listen. Default `127.0.0.1:0`: a free port of this machine.
    pub listen: SocketAddr,
    /// Where clients of MSNP are taken that speak it by TCP itself, without HTTP. Default: nowhere. The port of old is
    /// [1863](Self::TCP_PORT).
    pub tcp: Option<SocketAddr>,
    /// The certificate with which [`listen`](Self::listen), or [`tls_listen`](Self::tls_listen) if that is set, speaks HTTPS,
    /// HTTP/2 included, and [`tls_tcp`](Self::tls_tcp) TLS. Default: none, plain HTTP.
    pub tls: Option<TlsFiles>,
    /// Where HTTPS is spoken beside plain HTTP, which [`listen`](Self::listen) speaks then. Default: nowhere; needs
    /// [`tls`](Self::tls).
    ///
    /// It is one service by two doors. A session goes on by either, since clients of the time go back and forth (of old they ask
    /// for tickets by HTTPS and for lists without), and whoever knows its id could as well have come by HTTPS. Cookies that were
    /// set by HTTPS are `Secure`, so a browser shows them there alone, and what they opened goes on there alone.
    pub tls_listen: Option<SocketAddr>,
    /// The same as [`tcp`](Self::tcp), under TLS (msnp24.md 1). Default: nowhere; needs [`tls`](Self::tls).
    pub tls_tcp: Option<SocketAddr>,
    /// Where the operator's tools are told how the service is (`/health`, `/health/live`, `/health/ready`) and its figures
    /// (`/metrics`, in the Prometheus text format, with nothing in them that is anybody's), and where whoever has the
    /// [pass](crate::OperatorPass) has something announced (`POST /broadcast`). Default: nowhere.
    pub operator: Option<SocketAddr>,
    /// The proxies in front, and how they say who their clients are. Default: none.
    ///
    /// Peers at loopback and private addresses are this machine, or speak for many: the limits per peer are not held
    /// against them, nor against a trusted proxy that does not tell its client.
    pub proxies: Proxies,
    /// What clients are told to come back to (`X-MSN-Host`), `host` or `host:port`. Default: the
    /// address that is listened on. Set it when a proxy stands in front. With [`tls_listen`](Self::tls_listen) it has no port,
    /// so that each client comes back to the one of its own scheme.
    ///
    /// It also says which pages are the service's own: theirs is the only `Origin`, besides those
    /// listed in [`origins`](Self::origins), with which the cookies of a browser count at the sign-in
    /// page and the uic calls. Without it, that is the address that the browser has reached (and
    /// `localhost`, if that is one of this machine).
    pub advertised_host: Option<String>,
    /// `GW-IP`, to which old clients come back: an address, or a name if they can reach it by that alone. Default: the
    /// address that a client has reached, if that is one of the open internet; else the advertised host, or whatever the
    /// client has called the service by, without its port.
    pub gateway_ip: Option<String>,
    /// The bare name sent as `X-MSNSERVER`. Default: that of the host in `X-MSN-Host`.
    pub server_name: Option<String>,
    /// Where accounts, lists and messages are kept. Default: in memory, gone at the end.
    pub database: Database,
    /// Which web pages of other origins may use the service (CORS). Default: any, without the
    /// browser's cookies, which count for pages of listed origins only.
    pub origins: Origins,
    /// Whether cookies are marked `Secure`, as they are anyway for whoever comes by [HTTPS](Self::tls). Set it when a proxy in
    /// front speaks HTTPS; over plain HTTP a browser would drop them. Default `false`.
    pub secure_cookies: bool,
    /// How costly new password hashes are.
    pub hash_cost: HashCost,
    /// How long sessions, polls, requests and replies may last.
    pub timings: Timings,
    /// Whether every reply gives its session another id, as in 2003 (gateway.md 4.1). No poll is held
    /// then. Default `false`.
    pub rotate_session_ids: bool,
    /// Bounds of the HTTP side.
    pub limits: Limits,
    /// Times and bounds of the IM web service.
    pub imsoap: imsoap::Config,
    /// Where, and in which dialect, the IM accounts of the web service are signed in. Default: at this service, without a
    /// socket, in MSNP24. To the gateway all such come from one network address ([`Limits::sessions_per_peer`]).
    pub upstream: imsoap::Upstream,
    /// The same for accounts of some domains. Default: none.
    pub upstream_domains: imsoap::Domains,
    /// How the servers are reached at which accounts are signed in elsewhere: proxy, certificates.
    pub upstream_network: HttpOptions,
    /// The page for people with a browser, at `/`. Default: none.
    pub web_client: Option<Arc<WebClient>>,
    /// How connections are treated, whatever dialect they speak.
    pub faces: faces::Config,
    /// Rules and bounds of the network.
    pub network: network::Config,
}

impl ServiceConfig {
    /// The port that MSNP has over TCP (msnp8-18.md 1).
    pub const TCP_PORT: u16 = 1863;
}

/// The proxies in front of the service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    /// From where they come. What anybody else says of its clients is not looked at.
    pub trusted: Trusted,
    /// By which header they say who the client of an HTTP request is. Default `X-Forwarded-For`.
    pub forwarded_by: ForwardedBy,
    /// They begin each connection, of HTTP and of streams, with a header of the PROXY protocol, version 1 or 2. One
    /// that does not is let go. Default `false`.
    pub proxy_protocol: bool,
}

/// A certificate and its key, each in a file. Both are read again when they change, and connections that are open stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, then those that vouch for it, as PEM.
    pub certificate: PathBuf,
    /// Its private key, as PEM, not encrypted. Nobody but the service should be able to read it.
    pub key: PathBuf,
}

/// Where the state is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// In memory.
    Memory,
    /// In an SQLite file, made if it is not there.
    File(PathBuf),
}

/// The times of sessions and connections.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Timings {
    /// Silence after which a session ends, and a connection by which no further request comes. Default 120 s
    /// (`X-MSN-SessionTimeout`, gateway.md 4.2).
    pub session_timeout: Duration,
    /// The most of a poll's `Lifespan` that is granted. Default 110 s; zero never holds a poll.
    pub longest_hold: Duration,
    /// How long a client may take to send the head of a request, and again its body. Default 30 s,
    /// at most a day; so for `reply`.
    pub request: Duration,
    /// How long a client may take to read a reply. After that its connection is closed, and what the
    /// reply held goes out with the next one: a client that never reads cannot keep its session for
    /// ever. Default 60 s.
    pub reply: Duration,
    /// How often it is looked at whether [the certificate's files](ServiceConfig::tls) have changed. Default 10 s.
    pub certificate_look: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            session_timeout: Duration::from_secs(120),
            longest_hold: Duration::from_secs(110),
            request: Duration::from_secs(30),
            reply: Duration::from_secs(60),
            certificate_look: Duration::from_secs(10),
        }
    }
}

/// Bounds of the HTTP side.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections open at once at each address that is listened on; more wait in the system's queue. Default 20,000,
    /// two for each of 10,000 sessions.
    pub connections: usize,
    /// The same from one network address (of IPv6: from one /64), with those by HTTP and by HTTPS counted together; further
    /// ones are dropped. Default 1,000: a school behind one address.
    pub connections_per_peer: Option<usize>,
    /// Bytes of one gateway request's body. Default 256 KiB.
    pub request_bytes: usize,
    /// Gateway sessions in all, and from one network address; and as many streams. Default 20,000 and no limit.
    pub sessions: usize,
    /// See [`sessions`](Self::sessions).
    pub sessions_per_peer: Option<usize>,
    /// Bytes that may wait for one session, or one stream. Default 4 MiB: the first presence of a thousand contacts
    /// is close to one. At least what may be sent to a session at once
    /// ([`outgoing_bytes`](faces::Config::outgoing_bytes) and
    /// [`unreceived_bytes`](network::Config::unreceived_bytes) together).
    pub queued_bytes: usize,
    /// Wrong passwords per sign-in address in a quarter of an hour. Default 20.
    pub password_attempts: u32,
    /// Password checks that may run at once. Default 2.
    pub password_checks_at_once: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 20_000,
            connections_per_peer: Some(1_000),
            request_bytes: 256 * 1024,
            sessions: 20_000,
            sessions_per_peer: None,
            queued_bytes: 4 * 1024 * 1024,
            password_attempts: 20,
            password_checks_at_once: 2,
        }
    }
}

impl Default for ServiceConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            tcp: None,
            tls: None,
            tls_listen: None,
            tls_tcp: None,
            operator: None,
            proxies: Proxies::default(),
            advertised_host: None,
            gateway_ip: None,
            server_name: None,
            database: Database::Memory,
            origins: Origins::Any,
            secure_cookies: false,
            hash_cost: HashCost::default(),
            timings: Timings::default(),
            rotate_session_ids: false,
            limits: Limits::default(),
            imsoap: imsoap::Config::default(),
            upstream: imsoap::Upstream::default(),
            upstream_domains: imsoap::Domains::default(),
            upstream_network: HttpOptions::default(),
            web_client: None,
            faces: faces::Config::default(),
            network: network::Config::default(),
        }
    }
}
