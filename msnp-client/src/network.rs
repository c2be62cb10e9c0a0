//! `Network`: where the servers of a network are that is spoken to as of old.

use gateway_sm::Server;
use http::Uri;
use machine_contract::Remote;
use msnp_proto::Dialect;

use crate::place::Place;
use crate::plain_http::PlainHttp;
use crate::service::{InvalidUri, web_address};

/// The port of notification servers (msnp8-18.md 1).
const PORT: u16 = 1863;

/// The oldest dialect that can be asked for: of those before, nothing is known that could be tried.
const OLDEST: Dialect = Dialect::MSNP7;

/// Where the servers of a network are that is spoken to as of old: the notification server, behind a stream or a
/// gateway, and the web services that sign-in, lists and messages that waited need.
///
/// ```
/// use msnp_client::Network;
/// use msnp_client::PlainHttp;
/// // A server of today, which has everything on one host.
/// let network = Network::tcp("msn.example", "https://msn.example")?;
/// // The same through its gateway, for those who can reach nothing but the web.
/// let gateway = Network::gateway("https://msn.example/gateway/gateway.dll", "https://msn.example")?;
/// // One that has no https: everybody on the way can read the password, so it is asked for by name.
/// let old = Network::tcp("msn.lan", "http://msn.lan")?.plain_http(PlainHttp::to(["msn.lan"])?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    entrance: Place,
    web: WebAddresses,
}

/// The web services of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WebAddresses {
    pub(crate) nexus: Uri,
    /// Goes before what the nexus says.
    pub(crate) login: Option<Uri>,
    pub(crate) tokens: Uri,
    pub(crate) membership: Uri,
    pub(crate) address_book: Uri,
    pub(crate) fetch: Uri,
    pub(crate) store: Uri,
    /// Who may have the password over plain http.
    pub(crate) plain: PlainHttp,
}

/// An address of a [`Network`] cannot be used.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidNetwork {
    /// The notification server is not `host` or `host:port`.
    #[error("the notification server is not a host, perhaps with a port")]
    Server,
    /// A web address is not absolute, or not of http or https.
    #[error("a web address of the network is {0}")]
    Web(#[from] InvalidUri),
}

impl Network {
    /// A notification server behind plain TCP, `host` or `host:port` (1863 if there is none), and web services at
    /// the usual paths of `web`: scheme, host and port.
    pub fn tcp(server: &str, web: &str) -> Result<Self, InvalidNetwork> {
        Self::stream(server, web, Remote::tcp)
    }

    /// The same behind TLS.
    pub fn tls(server: &str, web: &str) -> Result<Self, InvalidNetwork> {
        Self::stream(server, web, Remote::tls)
    }

    /// A notification server behind this HTTP gateway.
    pub fn gateway(gateway: &str, web: &str) -> Result<Self, InvalidNetwork> {
        Self::gateway_to(gateway, "messenger.hotmail.com", web)
    }

    /// The same, naming the notification server to which the gateway leads. Most lead to their own, whatever they
    /// are told.
    pub fn gateway_to(gateway: &str, server: &str, web: &str) -> Result<Self, InvalidNetwork> {
        let uri = web_address(gateway)?;
        if uri.query().is_some() {
            // The session writes the query.
            return Err(InvalidNetwork::Web(InvalidUri::Malformed));
        }
        let server = Remote::tcp(server, PORT).map_err(|_| InvalidNetwork::Server)?;
        Ok(Self {
            entrance: Place::server(uri, Server::Notification, server.host()),
            web: WebAddresses::at(web)?,
        })
    }

    fn stream<E>(
        server: &str,
        web: &str,
        make: impl Fn(&str, u16) -> Result<Remote, E>,
    ) -> Result<Self, InvalidNetwork> {
        let (host, port) = match server.rsplit_once(':') {
            // An IPv6 address without brackets has no port behind it.
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
                (host, port.parse().map_err(|_| InvalidNetwork::Server)?)
            }
            _ => (server, PORT),
        };
        let remote = make(host, port).map_err(|_| InvalidNetwork::Server)?;
        Ok(Self {
            entrance: Place::Stream(remote),
            web: WebAddresses::at(web)?,
        })
    }

    /// A login page of one's own, in place of the one that the nexus names: of networks that have no nexus, or
    /// whose nexus names a host that cannot be reached (MSNP8 to MSNP14).
    pub fn login_url(mut self, uri: &str) -> Result<Self, InvalidNetwork> {
        self.web.login = Some(web_address(uri)?);
        Ok(self)
    }

    /// Which hosts may have the password over plain http: the login page and the token service, wherever the network leads to them.
    /// Default: this machine. At any other the sign-in ends ([`Reason::PlainHttp`](crate::Reason::PlainHttp)) before the password is
    /// sent. Tickets, and the proofs of the older sign-ins, go as their time had it, in the clear.
    #[must_use]
    pub fn plain_http(mut self, plain: PlainHttp) -> Self {
        self.web.plain = plain;
        self
    }

    /// Another nexus, which names the login page.
    pub fn nexus(mut self, uri: &str) -> Result<Self, InvalidNetwork> {
        self.web.nexus = web_address(uri)?;
        Ok(self)
    }

    /// Another token service (MSNP15 and later, MSNP24 too). One whose path ends in `RST2.srf` is spoken to in SOAP 1.2.
    pub fn token_service(mut self, uri: &str) -> Result<Self, InvalidNetwork> {
        self.web.tokens = web_address(uri)?;
        Ok(self)
    }

    /// Other services for the lists (MSNP13 and later): who may see one, and the address book.
    pub fn lists(mut self, membership: &str, address_book: &str) -> Result<Self, InvalidNetwork> {
        self.web.membership = web_address(membership)?;
        self.web.address_book = web_address(address_book)?;
        Ok(self)
    }

    /// Other services for messages that wait (MSNP11 and later): to fetch and to leave them.
    pub fn offline_messages(mut self, fetch: &str, store: &str) -> Result<Self, InvalidNetwork> {
        self.web.fetch = web_address(fetch)?;
        self.web.store = web_address(store)?;
        Ok(self)
    }

    /// Whether this dialect can be spoken there: the ticket of MSNP22 stands in the head of requests, and whoever shows one in MSNP24
    /// comes by a stream (gateway.md 16.1).
    pub(crate) fn speaks(&self, dialect: Dialect) -> bool {
        let is_stream = matches!(self.entrance, Place::Stream(_));
        match dialect {
            older if !older.has_bindings() && !cfg!(feature = "classic") => false,
            _ if dialect.has_bindings() => is_stream && cfg!(feature = "tickets"),
            _ if dialect.has_web_sign_in() => !is_stream,
            _ => dialect >= OLDEST,
        }
    }

    pub(crate) const fn entrance(&self) -> &Place {
        &self.entrance
    }

    pub(crate) const fn web(&self) -> &WebAddresses {
        &self.web
    }
}

impl WebAddresses {
    /// The usual paths (msnp8-18.md 6).
    fn at(base: &str) -> Result<Self, InvalidUri> {
        let base = base.trim_end_matches('/');
        let at = |path: &str| web_address(&format!("{base}{path}"));
        Ok(Self {
            nexus: at("/rdr/pprdr.asp")?,
            login: None,
            tokens: at("/RST.srf")?,
            membership: at("/abservice/SharingService.asmx")?,
            address_book: at("/abservice/abservice.asmx")?,
            fetch: at("/rsi/rsi.asmx")?,
            store: at("/OimWS/oim.asmx")?,
            plain: PlainHttp::default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(server: &str, expected: Option<&str>) {
        let network = Network::tcp(server, "http://web.example");
        let shown = network.ok().map(|network| match network.entrance {
            Place::Stream(remote) => remote.to_string(),
            Place::Gateway { .. } => panic!("a stream"),
        });
        assert_eq!(shown.as_deref(), expected, "{server}");
    }

    #[test]
    fn a_server_is_a_host_and_perhaps_a_port() {
        check("msn.example", Some("msn.example:1863"));
        check("msn.example:1864", Some("msn.example:1864"));
        check("[::1]:7", Some("[::1]:7"));
        check("::1", Some("[::1]:1863"));
        check("msn.example:", None);
        check("msn.example:0", None);
        check("a b", None);
        check("", None);
    }

    #[test]
    fn web_services_stand_at_their_usual_paths() {
        let network = Network::gateway("http://gw.example/g.dll", "http://web.example:81/");
        let web = network.expect("addresses").web;
        assert_eq!(web.tokens, "http://web.example:81/RST.srf");
        assert_eq!(web.login, None);
        let refused = Network::gateway("http://gw.example/g.dll?x", "http://web.example");
        assert_eq!(refused, Err(InvalidNetwork::Web(InvalidUri::Malformed)));
    }
}
