//! `Place`: where the service is, part by part, and what one shows there: a password, or the cookies of a browser.

use std::path::PathBuf;

use msnp_client::sign_in::{Cookies, InvalidCookies};
use msnp_client::{Access, InvalidUri, PlainHttp, Service, Uic};
use msnp_proto::Secret;

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
}

#[derive(Debug, thiserror::Error)]
pub(super) enum PlaceError {
    #[error("{url}: {error}{}", advice(*error))]
    Address { url: String, error: InvalidUri },
    #[error("the cookies are not those of a Cookie header, such as MSPAuth=…; MSPProf=…")]
    Cookies(#[from] InvalidCookies),
}

const fn advice(error: InvalidUri) -> &'static str {
    match error {
        InvalidUri::PlainHttp => "; --allow-http HOST allows it",
        _ => "",
    }
}

/// Puts one address in its place.
type Part = fn(Service, &str) -> Result<Service, InvalidUri>;

/// Where, and as whom.
#[derive(Clone, Debug)]
pub(super) struct Place {
    service: Service,
    uic: Uic,
    /// The login, unless cookies are shown.
    login: Option<String>,
    cookie_domain: String,
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
        let gateway = text(&self.gateway, "gateway").unwrap_or(server);
        let host = gateway.parse().ok();
        let host = host.and_then(|uri: http::Uri| uri.host().map(str::to_owned));
        let cookie_domain = text(&self.cookie_domain, "cookie-domain").or(host);
        Ok(Place {
            service,
            uic: if self.no_uic { Uic::Skip } else { Uic::Wanted },
            login,
            cookie_domain: cookie_domain.unwrap_or_default(),
        })
    }
}

impl Place {
    /// What is shown there: the password, or the cookies of a `Cookie` header.
    pub(super) fn access(&self, secret: &Secret<String>) -> Result<Access, PlaceError> {
        let service = self.service.clone();
        let access = if let Some(login) = &self.login {
            Access::web(service, login, secret.expose().clone())
        } else {
            let header = secret.expose().trim();
            // As a browser's tools copy it.
            let header = match header.split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("cookie") => value,
                _ => header,
            };
            Access::cookies(service, Cookies::for_domain(header, &self.cookie_domain)?)
        };
        Ok(access.uic(self.uic))
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
        assert_eq!(place.service, *expected);
    }

    #[test]
    fn each_part_of_a_service_can_be_elsewhere() {
        let service = || Service::at("https://a.example").expect("an address");
        let gateway = "https://gw.a.example/g.dll";
        check(&["--server", "https://a.example"], "", &service());
        let moved = service().gateway(gateway).expect("an address");
        let moved = moved.trouter("https://t.example/v2/a").expect("an address");
        let line = ["--server", "https://a.example", "--gateway", gateway];
        check(&line, "[default]\ntrouter = https://t.example/v2/a", &moved);
        let page = "https://login.example/";
        let moved = service().sign_in_page(page).expect("an address");
        let moved = moved.initialization(page).expect("an address");
        let line = ["--sign-in-page", page, "--initialization", page];
        check(&line, "[default]\nserver = https://a.example", &moved);
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
