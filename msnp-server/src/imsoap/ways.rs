//! `Ways`: with which configuration the client of an account signs in, by the account's domain.

use std::collections::BTreeMap;
use std::sync::Arc;

use gateway_sm::Mode;
use msnp_client::{
    Access, Config, Dialect, DialectsError, GatewayOptions, InvalidNetwork, InvalidUri, Network,
    PlainHttp, Service,
};
use soap_codec::Secret;

use super::domains::{Domains, Upstream};

/// What an account's other places see this one called.
const ENDPOINT_NAME: &str = "IM web service";

/// Where all accounts are signed in, and those of some domains.
#[derive(Debug)]
pub(crate) struct Ways {
    others: Arc<Way>,
    domains: BTreeMap<String, Arc<Way>>,
}

/// How clients get in.
#[derive(Clone, Debug)]
pub(super) struct Way {
    place: Place,
    /// To be offered; without any, what a client offers by itself.
    dialects: Vec<Dialect>,
    gateway: GatewayOptions,
    /// It leads to this server itself.
    is_own: bool,
}

#[derive(Clone, Debug)]
enum Place {
    /// Of MSNP24, at the sign-in page.
    Web(Box<Service>),
    /// Of the older dialects.
    Passport(Box<Network>),
}

/// How this server is reached by itself.
#[derive(Copy, Clone, Debug)]
pub(crate) struct OwnDoor<'a> {
    /// Its name for clients, perhaps with a port. What is sent there goes round inside this process, whatever it is.
    host: &'a str,
    /// Cookies for HTTPS alone must come back.
    secure: bool,
    /// Its gateway holds polls: session ids do not change.
    holds_polls: bool,
}

/// Why accounts cannot be signed in so.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WayError {
    /// The server's own name cannot stand in an address.
    #[error(transparent)]
    Address(#[from] InvalidUri),
    /// A dialect that is not spoken there.
    #[error(transparent)]
    Dialects(#[from] DialectsError),
}

impl Ways {
    /// The ways that these lead.
    ///
    /// # Errors
    /// [`WayError`] for one that leads nowhere.
    pub(crate) fn new(
        others: &Upstream,
        domains: &Domains,
        own: OwnDoor<'_>,
    ) -> Result<Self, WayError> {
        let domains = domains.iter().map(|(domain, upstream)| {
            let way = Way::new(upstream, own)?;
            Ok((domain.to_owned(), Arc::new(way)))
        });
        Ok(Self {
            others: Arc::new(Way::new(others, own)?),
            domains: domains.collect::<Result<_, WayError>>()?,
        })
    }

    /// The way of an account.
    pub(super) fn of(&self, account: &str) -> &Arc<Way> {
        let domain = account.rsplit_once('@').map(|(_, domain)| domain);
        let domain = domain.map(str::to_ascii_lowercase);
        let way = domain.and_then(|domain| self.domains.get(&domain));
        way.unwrap_or(&self.others)
    }
}

impl Way {
    fn new(upstream: &Upstream, own: OwnDoor<'_>) -> Result<Self, WayError> {
        let place = match upstream {
            Upstream::Embedded => Place::Web(Box::new(own.service()?)),
            Upstream::EmbeddedClassic(_) => Place::Passport(Box::new(own.network()?)),
            Upstream::Elsewhere(service) => Place::Web(Box::new(service.clone())),
            Upstream::ElsewhereClassic(network, _) => Place::Passport(network.clone()),
        };
        let dialects = match upstream {
            Upstream::EmbeddedClassic(dialects) | Upstream::ElsewhereClassic(_, dialects) => {
                dialects.clone()
            }
            Upstream::Embedded | Upstream::Elsewhere(_) => Vec::new(),
        };
        let is_own = !upstream.is_elsewhere();
        let mut gateway = GatewayOptions::default();
        if is_own && own.holds_polls && matches!(place, Place::Passport(_)) {
            // What a client of the time would not know of its gateway, this one does.
            gateway.mode = Mode::Parallel;
        }
        let way = Self {
            place,
            dialects,
            gateway,
            is_own,
        };
        if !way.dialects.is_empty() {
            let offered = Config::new(way.access(String::new(), ""), [0; 32]);
            offered.dialects(way.dialects.iter().copied())?;
        }
        Ok(way)
    }

    /// Whether it leads to this server itself.
    pub(super) const fn is_own(&self) -> bool {
        self.is_own
    }

    /// Whether the service says at the sign-in what one calls oneself, and how one's contacts are sorted.
    pub(super) const fn tells_names(&self) -> bool {
        matches!(self.place, Place::Passport(_))
    }

    /// The client of an account that goes this way.
    pub(super) fn client(
        &self,
        login: String,
        password: &Secret<String>,
        seed: &Secret<[u8; 32]>,
    ) -> Config {
        let access = self.access(login, password.expose());
        let config = Config::new(access, *seed.expose())
            .endpoint_name(ENDPOINT_NAME)
            .acknowledge_by_hand(true);
        let config = if self.dialects.is_empty() {
            config
        } else {
            // They were offered before, in trying.
            let offered = config.clone().dialects(self.dialects.iter().copied());
            offered.unwrap_or(config)
        };
        let with_gateway = config.clone().gateway(self.gateway);
        with_gateway.unwrap_or(config)
    }

    fn access(&self, login: String, password: &str) -> Access {
        match &self.place {
            Place::Web(service) => Access::web(Service::clone(service), login, password),
            Place::Passport(network) => Access::passport(Network::clone(network), login, password),
        }
    }
}

impl<'a> OwnDoor<'a> {
    /// By this name, perhaps with a port; whether cookies are for HTTPS alone, and whether the gateway holds polls.
    pub(crate) const fn new(host: &'a str, secure: bool, holds_polls: bool) -> Self {
        Self {
            host,
            secure,
            holds_polls,
        }
    }

    /// As clients reach it from outside.
    fn base(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}", self.host)
    }

    fn service(&self) -> Result<Service, InvalidUri> {
        Service::at_plain(&self.base(), self.plain())
    }

    fn plain(&self) -> PlainHttp {
        PlainHttp::to([self.host]).unwrap_or_default()
    }

    fn network(&self) -> Result<Network, InvalidUri> {
        let base = self.base();
        let gateway = format!("{base}/gateway/gateway.dll");
        let network = Network::gateway(&gateway, &base).map_err(|error| match error {
            InvalidNetwork::Web(error) => error,
            // The notification server behind the gateway has a name that is always the same.
            _ => InvalidUri::Malformed,
        })?;
        // It is this very server: the password does not leave the process.
        Ok(network.plain_http(self.plain()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: OwnDoor<'_> = OwnDoor {
        host: "im.example.org:8080",
        secure: false,
        holds_polls: true,
    };

    #[test]
    fn an_account_goes_the_way_of_its_domain() {
        let mut domains = Domains::default();
        let there = Service::at("https://im.example.net").expect("an address");
        let elsewhere = Upstream::Elsewhere(there);
        domains.set("Example.NET", elsewhere).expect("new");
        let classic = Upstream::EmbeddedClassic(vec![Dialect::MSNP12]);
        domains.set("example.org", classic).expect("new");
        let ways = Ways::new(&Upstream::Embedded, &domains, OWN).expect("ways");
        for (account, is_own, tells_names) in [
            ("a@example.net", false, false),
            ("A@EXAMPLE.ORG", true, true),
            ("a@b@example.net", false, false),
            ("a@example.com", true, false),
            ("example.net", true, false),
            ("", true, false),
        ] {
            let way = ways.of(account);
            let found = (way.is_own(), way.tells_names());
            assert_eq!(found, (is_own, tells_names), "{account}");
        }
    }

    #[test]
    fn a_dialect_that_is_not_spoken_there_is_refused() {
        for dialects in [vec![Dialect::MSNP24], vec![Dialect::MSNP15, Dialect::MSNP2]] {
            let unspoken = Upstream::EmbeddedClassic(dialects);
            let error = Ways::new(&unspoken, &Domains::default(), OWN).expect_err("not spoken");
            assert!(matches!(error, WayError::Dialects(_)), "{error}");
        }
        let spoken = Upstream::EmbeddedClassic(Vec::new());
        assert!(Ways::new(&spoken, &Domains::default(), OWN).is_ok());
    }
}
