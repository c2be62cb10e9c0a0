//! `msnp serve --im-domain`: where the IM accounts of the web service are signed in, and in which dialect.

use std::path::PathBuf;

use msnp_client::{Dialect, InvalidUri, PlainHttp, Service};
use msnp_service::ServiceConfig;
use msnp_service::imsoap::{InvalidDomain, Upstream};

use crate::network::{NetworkArgs, NetworkError};
use crate::older_network::{Entrance, OlderNetworkError, read_dialects};

/// How the IM accounts of the web service are signed in
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "IM accounts of the web service")]
#[expect(clippy::struct_field_names, reason = "each is called as its option is")]
pub(super) struct ImDomains {
    /// Where accounts of a domain (`*`: of all others) are signed in, if not here in MSNP24: `here` or the URL of another
    /// server, then dialects to try there, MSNP7 to MSNP18, with commas between them (none: MSNP24). Of another server
    /// `tcp=HOST[:PORT]` or `tls=HOST[:PORT]` names the notification server, `gateway=URL` a gateway that is not at the
    /// usual path, `login-url=URL` the login page. Can be given several times
    #[arg(long, value_name = "DOMAIN WHERE [DIALECTS]")]
    im_domain: Vec<String>,
    /// A PEM file with certificates of such servers to trust besides the system's
    #[arg(long, value_name = "FILE")]
    im_certificates: Option<PathBuf>,
    /// A proxy on the way to such servers; otherwise the environment's
    #[arg(long, value_name = "URL")]
    im_proxy: Option<String>,
    /// Such a server that may be given passwords over plain http; can be given several times. This machine always may
    #[arg(long, value_name = "HOST")]
    im_allow_http: Vec<String>,
}

/// What is wrong with them.
#[derive(Debug, thiserror::Error)]
pub(super) enum ImDomainsError {
    #[error("“{place}” (--im-domain): {why}")]
    Place { place: String, why: Wrong },
    #[error(transparent)]
    Network(#[from] NetworkError),
}

/// What is wrong with one.
#[derive(Debug, thiserror::Error)]
pub(super) enum Wrong {
    #[error(
        "it is a domain and where its accounts are signed in, such as “example.org here MSNP15”"
    )]
    Form,
    #[error("{0}")]
    Domain(#[from] InvalidDomain),
    #[error("{0}")]
    Address(InvalidUri),
    #[error("{0}")]
    Network(OlderNetworkError),
    #[error("{}; --im-allow-http HOST allows it", InvalidUri::PlainHttp)]
    PlainHttp,
    #[error("{0} is said twice")]
    Twice(&'static str),
    #[error("only the older dialects have a {0}: name those to try, such as MSNP18,MSNP12")]
    OfOlderDialects(&'static str),
    #[error("the own server is reached as it is: {0} has no place there")]
    Here(&'static str),
}

impl From<InvalidUri> for Wrong {
    fn from(error: InvalidUri) -> Self {
        match error {
            InvalidUri::PlainHttp => Self::PlainHttp,
            error => Self::Address(error),
        }
    }
}

impl From<OlderNetworkError> for Wrong {
    fn from(error: OlderNetworkError) -> Self {
        match error {
            OlderNetworkError::PlainHttp { .. } => Self::PlainHttp,
            error => Self::Network(error),
        }
    }
}

/// The word for all domains that are not named.
const OTHERS: &str = "*";

impl ImDomains {
    /// Puts them into the configuration.
    pub(super) fn apply(&self, config: &mut ServiceConfig) -> Result<(), ImDomainsError> {
        let network = NetworkArgs::new(
            self.im_certificates.clone(),
            self.im_proxy.clone(),
            self.im_allow_http.clone(),
        );
        let plain = network.plain_http()?;
        let mut has_others = false;
        for place in &self.im_domain {
            let put = place_of(place, &plain).and_then(|(domain, upstream)| {
                if domain != OTHERS {
                    return Ok(config.upstream_domains.set(domain, upstream)?);
                }
                if std::mem::replace(&mut has_others, true) {
                    return Err(InvalidDomain::Twice.into());
                }
                config.upstream = upstream;
                Ok(())
            });
            put.map_err(|why| {
                let place = place.clone();
                ImDomainsError::Place { place, why }
            })?;
        }
        config.upstream_network = network.options()?;
        Ok(())
    }
}

/// The words that may follow where it is.
#[derive(Debug, Default)]
struct Words<'a> {
    tcp: Option<&'a str>,
    tls: Option<&'a str>,
    gateway: Option<&'a str>,
    login_url: Option<&'a str>,
    dialects: Option<&'a str>,
}

impl<'a> Words<'a> {
    fn read(words: impl Iterator<Item = &'a str>) -> Result<Self, Wrong> {
        let mut read = Self::default();
        for word in words {
            let (key, value) = word.split_once('=').unwrap_or(("", word));
            let (name, place) = match key {
                "tcp" => ("tcp", &mut read.tcp),
                "tls" => ("tls", &mut read.tls),
                "gateway" => ("gateway", &mut read.gateway),
                "login-url" => ("login-url", &mut read.login_url),
                "" => ("the list of dialects", &mut read.dialects),
                _ => return Err(Wrong::Form),
            };
            if place.replace(value).is_some() {
                return Err(Wrong::Twice(name));
            }
        }
        let carriers = [read.tcp, read.tls, read.gateway];
        if carriers.iter().flatten().count() > 1 {
            return Err(Wrong::Twice("the notification server"));
        }
        Ok(read)
    }

    /// The first that makes sense of other servers alone, or of the older dialects.
    fn first_named(&self) -> Option<&'static str> {
        let named = [
            (self.tcp, "tcp"),
            (self.tls, "tls"),
            (self.gateway, "gateway"),
            (self.login_url, "login-url"),
        ];
        named.iter().find_map(|(word, name)| word.map(|_| *name))
    }

    fn entrance(&self) -> Entrance {
        match (self.tcp, self.tls) {
            (Some(tcp), _) => Entrance::Tcp(tcp.to_owned()),
            (_, Some(tls)) => Entrance::Tls(tls.to_owned()),
            _ => Entrance::Gateway(self.gateway.map(str::to_owned)),
        }
    }
}

/// A domain, and where its accounts are signed in.
fn place_of<'a>(place: &'a str, plain: &PlainHttp) -> Result<(&'a str, Upstream), Wrong> {
    let mut words = place.split_whitespace();
    let (Some(domain), Some(at)) = (words.next(), words.next()) else {
        return Err(Wrong::Form);
    };
    let words = Words::read(words)?;
    let dialects = words.dialects.map(read_dialects).transpose()?;
    let dialects = dialects.filter(|dialects| *dialects != [Dialect::MSNP24]);
    let upstream = match (at, dialects) {
        ("here", dialects) => {
            if let Some(name) = words.first_named() {
                return Err(Wrong::Here(name));
            }
            dialects.map_or(Upstream::Embedded, Upstream::EmbeddedClassic)
        }
        (url, Some(dialects)) => {
            let login_url = words.login_url.map(str::to_owned);
            let network = words.entrance().network(url, login_url, plain)?;
            Upstream::ElsewhereClassic(Box::new(network), dialects)
        }
        (url, None) => {
            if let Some(name) = words.first_named() {
                return Err(Wrong::OfOlderDialects(name));
            }
            Upstream::Elsewhere(Service::at_plain(url, plain.clone())?)
        }
    };
    Ok((domain, upstream))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use msnp_client::Network;

    use super::*;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: ImDomains,
    }

    fn config(line: &[&str]) -> Result<ServiceConfig, ImDomainsError> {
        let words = ["serve"].iter().chain(line);
        let mut config = ServiceConfig::default();
        Line::parse_from(words).args.apply(&mut config)?;
        Ok(config)
    }

    /// Where accounts of `example.org` are signed in.
    #[track_caller]
    fn check(place: &str, expected: &Upstream) {
        let line = ["--im-allow-http", "msn.lan", "--im-domain", place];
        let config = config(&line).expect(place);
        let (domain, upstream) = config.upstream_domains.iter().next().expect("one");
        assert_eq!(domain, "example.org");
        assert_eq!(format!("{upstream:?}"), format!("{expected:?}"));
    }

    #[test]
    fn each_domain_has_its_place_and_its_dialects() {
        check("example.org here", &Upstream::Embedded);
        check("example.org here MSNP24", &Upstream::Embedded);
        let two = vec![Dialect::MSNP15, Dialect::MSNP8];
        let older = Upstream::EmbeddedClassic(two.clone());
        check("Example.org here msnp15,MSNP8", &older);
        let plain = PlainHttp::to(["msn.lan"]).expect("a host");
        let web = Service::at_plain("https://web.example", plain.clone()).expect("an address");
        check("example.org https://web.example", &Upstream::Elsewhere(web));
        let elsewhere =
            |network: Network| Upstream::ElsewhereClassic(Box::new(network), two.clone());
        let tcp = Network::tcp("msn.lan:1864", "http://msn.lan")
            .expect("addresses")
            .plain_http(plain.clone());
        check(
            "example.org http://msn.lan tcp=msn.lan:1864 MSNP15,MSNP8",
            &elsewhere(tcp),
        );
        let tls = Network::tls("ns.example", "https://msn.example")
            .expect("addresses")
            .plain_http(plain.clone());
        let tls = tls.login_url("https://login.example/a?b=c");
        check(
            "example.org https://msn.example MSNP15,MSNP8 tls=ns.example login-url=https://login.example/a?b=c",
            &elsewhere(tls.expect("an address")),
        );
        let gateway = "https://msn.example/gateway/gateway.dll";
        let gateway = Network::gateway(gateway, "https://msn.example")
            .expect("addresses")
            .plain_http(plain);
        check(
            "example.org https://msn.example MSNP15,MSNP8",
            &elsewhere(gateway),
        );
    }

    #[test]
    fn all_others_have_one_too() {
        let line = ["--im-domain", "* here MSNP12"];
        let config = config(&line).expect("a place");
        assert!(matches!(config.upstream, Upstream::EmbeddedClassic(_)));
        assert_eq!(config.upstream_domains.iter().count(), 0);
    }

    #[track_caller]
    fn wrong(places: &[&str], expected: &str) {
        let line = places.iter().flat_map(|place| ["--im-domain", *place]);
        let line: Vec<_> = line.collect();
        let told = config(&line).expect_err("wrong").to_string();
        let last = places.last().expect("one");
        assert_eq!(told, format!("“{last}” (--im-domain): {expected}"));
    }

    #[test]
    fn what_is_wrong_is_told() {
        let form = "it is a domain and where its accounts are signed in, such as “example.org here MSNP15”";
        for place in ["", "example.org", "example.org here udp=x"] {
            wrong(&[place], form);
        }
        wrong(&["a@b here"], "no e-mail address has such a domain");
        wrong(
            &["a.example here", "A.example here MSNP8"],
            "the domain has a place already",
        );
        wrong(
            &["* here", "* here MSNP8"],
            "the domain has a place already",
        );
        wrong(
            &["a.example here MSNP8 MSNP9"],
            "the list of dialects is said twice",
        );
        wrong(
            &["a.example https://b MSNP8 tcp=b tls=b"],
            "the notification server is said twice",
        );
        wrong(
            &["a.example here MSNP099"],
            "“MSNP099” is no dialect: such as MSNP18, MSNP12",
        );
        wrong(
            &["a.example here tcp=b"],
            "the own server is reached as it is: tcp has no place there",
        );
        wrong(
            &["a.example https://b login-url=https://c"],
            "only the older dialects have a login-url: name those to try, such as MSNP18,MSNP12",
        );
        for place in ["a.example http://msn.lan MSNP8", "a.example http://msn.lan"] {
            wrong(
                &[place],
                "plain http would show the password to everybody on the way; --im-allow-http HOST allows it",
            );
        }
    }
}
