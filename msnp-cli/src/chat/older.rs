//! `OlderPlace`: where a network of the older dialects is, and which of them are tried there.

use msnp_client::{Access, Dialect, InvalidNetwork, InvalidUri, Network, PlainHttp};
use msnp_proto::Secret;

use super::profile::Profile;

/// Options that say how to reach a network of the older dialects. With one of them the server is such a network.
#[derive(Debug, clap::Args)]
pub(super) struct OlderArgs {
    /// Older dialects to try in this order, MSNP7 to MSNP18, with commas or blanks between them [default: MSNP18 down to MSNP8, if the
    /// notification server is given]
    #[arg(long, value_name = "DIALECTS")]
    dialect: Option<String>,
    /// The notification server of an older network, by TCP; without a port it is 1863. Its web services are at the server's address
    #[arg(long, value_name = "HOST[:PORT]", conflicts_with = "tls")]
    tcp: Option<String>,
    /// The same by TLS
    #[arg(long, value_name = "HOST[:PORT]")]
    tls: Option<String>,
    /// The login page of an older network, where the page that names it is wrong or missing
    #[arg(long, value_name = "URL")]
    login_url: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum OlderError {
    #[error("“{0}” is no dialect (--dialect): such as MSNP18, MSNP12")]
    Dialect(String),
    #[error("{address}: {error}")]
    Network {
        address: String,
        error: InvalidNetwork,
    },
    #[error("{url}: {}{}", InvalidUri::PlainHttp, advice(InvalidUri::PlainHttp))]
    PlainHttp { url: String },
}

/// What can be done about an address that is refused.
pub(super) const fn advice(error: InvalidUri) -> &'static str {
    match error {
        InvalidUri::PlainHttp => "; --allow-http HOST allows it",
        _ => "",
    }
}

/// Where, and by which dialects, the best first.
#[derive(Clone, Debug)]
pub(super) struct OlderPlace {
    network: Network,
    dialects: Vec<Dialect>,
}

impl OlderArgs {
    /// What they say, and the profile where they say nothing; `None` if the server is none of such a network.
    pub(super) fn place(
        &self,
        profile: &Profile,
        plain: &PlainHttp,
        server: &str,
        gateway: Option<String>,
    ) -> Result<Option<OlderPlace>, OlderError> {
        let text = |given: &Option<String>, key| {
            let set = || profile.get(key).map(str::to_owned);
            given.clone().or_else(set)
        };
        // What is given goes before what is set, for the two that say the same.
        let is_given = self.tcp.is_some() || self.tls.is_some();
        let stream = |given: &Option<String>, key| {
            if is_given {
                given.clone()
            } else {
                text(given, key)
            }
        };
        let (tcp, tls) = (stream(&self.tcp, "tcp"), stream(&self.tls, "tls"));
        let names = text(&self.dialect, "dialect");
        if names.is_none() && tcp.is_none() && tls.is_none() {
            return Ok(None);
        }
        let dialects = match names {
            Some(names) => read_dialects(&names)?,
            None => (8..=18).rev().filter_map(Dialect::new).collect(),
        };
        if dialects == [Dialect::MSNP24] {
            return Ok(None);
        }
        let login_url = text(&self.login_url, "login-url");
        for url in std::iter::once(server).chain(login_url.as_deref()) {
            let uri = url.parse::<http::Uri>();
            let goes_in_the_clear = |uri: &http::Uri| uri.scheme_str() == Some("http");
            if uri.is_ok_and(|uri| goes_in_the_clear(&uri) && !plain.allows(&uri)) {
                let url = url.to_owned();
                return Err(OlderError::PlainHttp { url });
            }
        }
        let network = match (tcp, tls) {
            (Some(tcp), _) => Entrance::Tcp(tcp),
            (_, Some(tls)) => Entrance::Tls(tls),
            _ => Entrance::Gateway(gateway),
        }
        .network(server.trim_end_matches('/'), login_url)?;
        let network = network.plain_http(plain.clone());
        Ok(Some(OlderPlace { network, dialects }))
    }
}

/// Where the notification server is.
enum Entrance {
    Tcp(String),
    Tls(String),
    /// Behind this gateway, or that of the server.
    Gateway(Option<String>),
}

impl Entrance {
    fn network(self, base: &str, login_url: Option<String>) -> Result<Network, OlderError> {
        let (address, made) = match self {
            Self::Tcp(tcp) => (tcp.clone(), Network::tcp(&tcp, base)),
            Self::Tls(tls) => (tls.clone(), Network::tls(&tls, base)),
            Self::Gateway(gateway) => {
                let gateway = gateway.unwrap_or_else(|| format!("{base}/gateway/gateway.dll"));
                (gateway.clone(), Network::gateway(&gateway, base))
            }
        };
        let network = made.map_err(|error| OlderError::Network { address, error })?;
        let Some(url) = login_url else {
            return Ok(network);
        };
        network.login_url(&url).map_err(|error| {
            let address = url;
            OlderError::Network { address, error }
        })
    }
}

fn read_dialects(names: &str) -> Result<Vec<Dialect>, OlderError> {
    let names = names.split([',', ' ']).filter(|name| !name.is_empty());
    let read = |name: &str| {
        let dialect = name.to_ascii_uppercase().parse();
        dialect.map_err(|_| OlderError::Dialect(name.to_owned()))
    };
    names.map(read).collect()
}

impl OlderPlace {
    /// The dialects to offer.
    pub(super) fn dialects(&self) -> impl Iterator<Item = Dialect> {
        self.dialects.iter().copied()
    }

    /// What is shown there.
    pub(super) fn access(&self, login: &str, password: &Secret<String>) -> Access {
        Access::passport(self.network.clone(), login, password.expose().clone())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: OlderArgs,
    }

    fn place(line: &[&str], profile: &str) -> Result<Option<OlderPlace>, OlderError> {
        let words = ["chat"].iter().chain(line);
        let profile = Profile::read(profile, "default").expect("a profile");
        let args = Line::parse_from(words).args;
        args.place(
            &profile,
            &PlainHttp::default(),
            "http://127.0.0.1:8080",
            None,
        )
    }

    #[track_caller]
    fn check(line: &[&str], profile: &str, network: &Network, dialects: &[Dialect]) {
        let place = place(line, profile).expect("addresses").expect("older");
        assert_eq!(place.network, *network);
        assert_eq!(place.dialects, dialects);
    }

    #[test]
    fn a_dialect_or_a_notification_server_makes_it_an_older_network() {
        let web = "http://127.0.0.1:8080";
        let gateway = Network::gateway("http://127.0.0.1:8080/gateway/gateway.dll", web);
        let gateway = gateway.expect("addresses");
        let two = [Dialect::MSNP15, Dialect::MSNP8];
        check(&["--dialect", "msnp15,MSNP8"], "", &gateway, &two);
        let profile = "[default]\ndialect = \"MSNP15 MSNP8\"\ntls = \"set.example\"";
        let tls = Network::tls("set.example", web).expect("addresses");
        check(&[], profile, &tls, &two);
        let tcp = Network::tcp("127.0.0.1:1864", web).expect("addresses");
        let all: Vec<_> = (8..=18).rev().filter_map(Dialect::new).collect();
        check(&["--tcp", "127.0.0.1:1864"], "", &tcp, &all);
        check(&["--tcp", "127.0.0.1:1864"], profile, &tcp, &two);
        let page = "http://127.0.0.1:8081/login";
        let own_page = tcp.login_url(page).expect("an address");
        let line = ["--tcp", "127.0.0.1:1864", "--login-url", page];
        check(&line, "", &own_page, &all);
        for none in [&[][..], &["--dialect", "MSNP24"]] {
            assert!(place(none, "").expect("addresses").is_none(), "{none:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (line, expected) in [
            (
                ["--dialect", "MSNP018"],
                "“MSNP018” is no dialect (--dialect): such as MSNP18, MSNP12",
            ),
            (
                ["--tcp", "a b"],
                "a b: the notification server is not a host, perhaps with a port",
            ),
        ] {
            assert_eq!(place(&line, "").expect_err("wrong").to_string(), expected);
        }
        let line = ["--tcp", "127.0.0.1", "--login-url", "http://login.lan/"];
        let told = place(&line, "").expect_err("in the clear").to_string();
        assert!(told.starts_with("http://login.lan/: plain http"), "{told}");
        assert!(told.ends_with("--allow-http HOST allows it"), "{told}");
    }
}
