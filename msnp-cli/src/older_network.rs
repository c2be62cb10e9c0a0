//! How a network of the older dialects is named: where its notification server is, and which dialects are tried there.

use http::Uri;
use msnp_client::{Dialect, InvalidNetwork, InvalidUri, Network, PlainHttp};

/// Where the notification server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entrance {
    /// `host` or `host:port`.
    Tcp(String),
    /// The same by TLS.
    Tls(String),
    /// Behind this gateway, or that of the server.
    Gateway(Option<String>),
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum OlderNetworkError {
    #[error("“{0}” is no dialect: such as MSNP18, MSNP12")]
    Dialect(String),
    #[error("{address}: {error}")]
    Network {
        address: String,
        error: InvalidNetwork,
    },
    #[error("{url}: {}", InvalidUri::PlainHttp)]
    PlainHttp { url: String },
}

impl Entrance {
    /// The network behind it, whose web services are at `base`, and whose login page is this one if it is given. What
    /// goes there shows passwords, so plain http is for those alone who may have them so.
    pub(crate) fn network(
        self,
        base: &str,
        login_url: Option<String>,
        plain: &PlainHttp,
    ) -> Result<Network, OlderNetworkError> {
        for url in std::iter::once(base).chain(login_url.as_deref()) {
            let uri = url.parse::<Uri>();
            let goes_in_the_clear = |uri: &Uri| uri.scheme_str() == Some("http");
            if uri.is_ok_and(|uri| goes_in_the_clear(&uri) && !plain.allows(&uri)) {
                let url = url.to_owned();
                return Err(OlderNetworkError::PlainHttp { url });
            }
        }
        let base = base.trim_end_matches('/');
        let (address, made) = match self {
            Self::Tcp(tcp) => (tcp.clone(), Network::tcp(&tcp, base)),
            Self::Tls(tls) => (tls.clone(), Network::tls(&tls, base)),
            Self::Gateway(gateway) => {
                let gateway = gateway.unwrap_or_else(|| format!("{base}/gateway/gateway.dll"));
                (gateway.clone(), Network::gateway(&gateway, base))
            }
        };
        let network = made.map_err(|error| OlderNetworkError::Network { address, error })?;
        let network = network.plain_http(plain.clone());
        let Some(url) = login_url else {
            return Ok(network);
        };
        network.login_url(&url).map_err(|error| {
            let address = url;
            OlderNetworkError::Network { address, error }
        })
    }
}

/// Dialects by name, in whatever case, with commas or blanks between them.
pub(crate) fn read_dialects(names: &str) -> Result<Vec<Dialect>, OlderNetworkError> {
    let names = names.split([',', ' ']).filter(|name| !name.is_empty());
    let read = |name: &str| {
        let dialect = name.to_ascii_uppercase().parse();
        dialect.map_err(|_| OlderNetworkError::Dialect(name.to_owned()))
    };
    names.map(read).collect()
}
