//! `Place`: where the service is, part by part, and what one shows there: a password, or the cookies of a browser; and by which
//! dialects.

use std::path::PathBuf;

use msnp_client::sign_in::{Cookies, InvalidCookies};
use msnp_client::{Access, Config, DialectsError, InvalidUri, PlainHttp, Service, Uic};
use msnp_proto::Secret;

use super::older::{OlderArgs, OlderError, OlderPlace, advice};
use super::profile::Profile;

/// Where the service is if nobody says it.
const HERE: &str = "http://127.0.0.1:8080";

/// Options that say where, and by what one is known there.
#[derive(Debug, clap::Args)]
pub(super) struct PlaceArgs {
    /// Where the service is [default: <http://127.0.0.1:8080>]
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// The gateway, if it is not at the server's usual path
    #[arg(long, value_name = "URL")]
    gateway: Option<String>,
    /// So for the sign-in page
    #[arg(long, value_name = "URL")]
    sign_in_page: Option<String>,
    /// So for trouter, the first step to a uic
    #[arg(long, value_name = "URL")]
    trouter: Option<String>,
    /// So for Initialization, the second step
    #[arg(long, value_name = "URL")]
    initialization: Option<String>,
    /// A file whose first line is the Cookie header of a browser that has signed in; then no password is needed
    #[arg(long, value_name = "FILE")]
    cookies: Option<PathBuf>,
    /// To which domain those cookies belong; else to the gateway's host alone
    #[arg(long, value_name = "DOMAIN")]
    cookie_domain: Option<String>,
    /// Do not show a uic beside the cookies
    #[arg(long)]
    no_uic: bool,
    #[command(flatten)]
    older: OlderArgs,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum PlaceError {
    #[error("{url}: {error}{}", advice(*error))]
    Address { url: String, error: InvalidUri },
    #[error("the cookies are not those of a Cookie header, such as MSPAuth=…; MSPProf=…")]
    Cookies(#[from] InvalidCookies),
    #[error(transparent)]
    Older(#[from] OlderError),
    #[error("{0} (--dialect)")]
    Dialects(#[from] DialectsError),
    #[error("the older dialects are signed in to with a login and a password")]
    NoLogin,
}

/// Puts one address in its place.
type Part = fn(Service, &str) -> Result<Service, InvalidUri>;

/// Where, and as whom.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The login, unless cookies are shown.
    login: Option<String>,
    network: Network,
}

#[derive(Clone, Debug)]
enum Network {
    Today {
        service: Box<Service>,
        uic: Uic,
        cookie_domain: String,
    },
    Older(Box<OlderPlace>),
}

impl PlaceArgs {
    /// The file with cookies, if they are what is to be shown.
    pub(super) fn cookie_file(&self, profile: &Profile) -> Option<PathBuf> {
        let set = || profile.get("cookies").map(PathBuf::from);
        self.cookies.clone().or_else(set)
    }

    /// What they say, and the profile where they say nothing. `login`: whose password is shown, if one is.
    pub(super) fn place(
        &self,
        profile: &Profile,
        plain: PlainHttp,
        login: Option<String>,
    ) -> Result<Place, PlaceError> {
        let text = |given: &Option<String>, key| {
            let set = || profile.get(key).map(str::to_owned);
            given.clone().or_else(set)
        };
        let server = text(&self.server, "server").unwrap_or_else(|| HERE.to_owned());
        // Whether it is an older network decides which of the other options mean anything.
        let own_gateway = text(&self.gateway, "gateway");
        if let Some(older) = self.older.place(profile, &plain, &server, own_gateway)? {
            let login = Some(login.ok_or(PlaceError::NoLogin)?);
            let network = Network::Older(Box::new(older));
            return Ok(Place { login, network });
        }
        let wrong = |url: &str| {
            let url = url.to_owned();
            move |error| PlaceError::Address { url, error }
        };
        let mut service = Service::at_plain(&server, plain).map_err(wrong(&server))?;
        let parts: [(&Option<String>, &str, Part); 4] = [
            (&self.gateway, "gateway", Service::gateway),
            (&self.sign_in_page, "sign-in-page", Service::sign_in_page),
            (&self.trouter, "trouter", Service::trouter),
            (
                &self.initialization,
                "initialization",
                Service::initialization,
            ),
        ];
        for (given, key, part) in parts {
            if let Some(url) = text(given, key) {
                service = part(service, &url).map_err(wrong(&url))?;
            }
        }
        // Cookies that a file does not say the domain of go to where they are needed first.
        let gateway = text(&self.gateway, "gateway").unwrap_or(server);
        let host = gateway.parse().ok();
        let host = host.and_then(|uri: http::Uri| uri.host().map(str::to_owned));
        let cookie_domain = text(&self.cookie_domain, "cookie-domain").or(host);
        let network = Network::Today {
            service: Box::new(service),
            uic: if self.no_uic { Uic::Skip } else { Uic::Wanted },
            cookie_domain: cookie_domain.unwrap_or_default(),
        };
        Ok(Place { login, network })
    }
}

impl Place {
    /// Whether anything but requests goes there.
    pub(super) const fn has_streams(&self) -> bool {
        matches!(self.network, Network::Older(_))
    }

    /// Whoever connects there, with the password or the cookies of a `Cookie` header, and random bytes.
    pub(super) fn config(
        &self,
        secret: &Secret<String>,
        seed: [u8; 32],
    ) -> Result<Config, PlaceError> {
        let config = Config::new(self.access(secret)?, seed);
        Ok(match &self.network {
            Network::Today { .. } => config,
            Network::Older(older) => config.dialects(older.dialects())?,
        })
    }

    fn access(&self, secret: &Secret<String>) -> Result<Access, PlaceError> {
        let (service, uic, cookie_domain) = match &self.network {
            Network::Today {
                service,
                uic,
                cookie_domain,
            } => (Service::clone(service), *uic, cookie_domain),
            Network::Older(older) => {
                let login = self.login.as_deref().unwrap_or_default();
                return Ok(older.access(login, secret));
            }
        };
        let access = if let Some(login) = &self.login {
            Access::web(service, login, secret.expose().clone())
        } else {
            let header = secret.expose().trim();
            // As a browser's tools copy it.
            let header = match header.split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("cookie") => value,
                _ => header,
            };
            Access::cookies(service, Cookies::for_domain(header, cookie_domain)?)
        };
        Ok(access.uic(uic))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: PlaceArgs,
    }

    fn place(line: &[&str], profile: &str) -> Result<Place, PlaceError> {
        let words = ["chat"].iter().chain(line);
        let profile = Profile::read(profile, "default").expect("a profile");
        Line::parse_from(words)
            .args
            .place(&profile, PlainHttp::default(), None)
    }

    /// `Service` shows its addresses.
    #[track_caller]
    fn check(line: &[&str], profile: &str, expected: &Service) {
        let place = place(line, profile).expect("addresses");
        let Network::Today { service, .. } = place.network else {
            panic!("not of the older dialects");
        };
        assert_eq!(*service, *expected);
    }

    #[test]
    fn each_part_of_a_service_can_be_elsewhere() {
        let service = || Service::at("https://a.example").expect("an address");
        let gateway = "https://gw.a.example/g.dll";
        check(&["--server", "https://a.example"], "", &service());
        let moved = service().gateway(gateway).expect("an address");
        let moved = moved.trouter("https://t.example/v2/a").expect("an address");
        let line = ["--server", "https://a.example", "--gateway", gateway];
        check(
            &line,
            "[default]\ntrouter = \"https://t.example/v2/a\"",
            &moved,
        );
        let page = "https://login.example/";
        let moved = service().sign_in_page(page).expect("an address");
        let moved = moved.initialization(page).expect("an address");
        let line = ["--sign-in-page", page, "--initialization", page];
        check(&line, "[default]\nserver = \"https://a.example\"", &moved);
    }

    #[test]
    fn an_address_in_the_clear_is_named_with_what_to_do() {
        let told = place(&["--server", "http://msn.lan"], "");
        let told = told.expect_err("not asked for").to_string();
        let expected = "http://msn.lan: plain http would show the password to everybody on the way; --allow-http HOST allows it";
        assert_eq!(told, expected);
    }

    #[test]
    fn cookies_are_read_as_browsers_show_them() {
        let place = place(&["--server", "https://a.example"], "").expect("an address");
        let secret = |text: &str| Secret::new(text.to_owned());
        for header in ["MSPAuth=a; MSPProf=b", "Cookie: MSPAuth=a", "cookie:a=b "] {
            let access = place.access(&secret(header));
            assert!(matches!(access, Ok(Access::Cookies { .. })), "{header}");
        }
        for wrong in ["", "MSPAuth", "Set-Cookie: a=b\u{7}"] {
            assert!(place.access(&secret(wrong)).is_err(), "{wrong}");
        }
    }
}
