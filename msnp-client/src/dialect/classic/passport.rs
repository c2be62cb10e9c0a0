//! The login page of MSNP8 to MSNP14: a nexus that names it, and headers that carry name, password and ticket
//! (msnp8-18.md 5.2, 6.1).

use bytes::Bytes;
use gateway_sm::HostPolicy;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue, LOCATION, WWW_AUTHENTICATE};
use http::{Request, Response, Uri};
use machine_contract::Failure;
use msnp_proto::auth::Ticket;
use msnp_proto::auth::passport::{self, Credentials, PassportUrls, Reply};

use crate::dialect::web::Answer;
use crate::event::{Reason, Step};
use crate::retry_after;

/// What the login page has said.
#[derive(Debug)]
pub(super) enum Login {
    Granted(Ticket),
    /// It is asked there in the same words.
    Elsewhere(Uri),
}

/// Asks where the login page is.
pub(super) fn ask_nexus(nexus: &Uri) -> Option<Request<Bytes>> {
    Request::get(nexus).body(Bytes::new()).ok()
}

/// Shows name and password to the login page, and the challenge as it came.
pub(super) fn ask_login(
    page: &Uri,
    credentials: &Credentials,
    challenge: &str,
) -> Option<Request<Bytes>> {
    let value = credentials.to_header(challenge);
    let mut value = HeaderValue::try_from(value.expose()).ok()?;
    value.set_sensitive(true);
    let request = Request::get(page).header(AUTHORIZATION, value);
    request.body(Bytes::new()).ok()
}

/// The login page that the nexus names, if the password may go there.
pub(super) fn read_nexus(answer: Answer, nexus: &Uri, hosts: &HostPolicy) -> Result<Uri, Reason> {
    let response = answer.map_err(reason_of_failure)?;
    let value = header(&response, &HeaderName::from_static("passporturls"));
    let urls: Option<PassportUrls> = value.and_then(|value| value.parse().ok());
    match urls {
        Some(urls) => followed(&urls.login_url(), nexus, hosts),
        None => Err(reason_of_status(&response)),
    }
}

/// What the login page says, whose address is `page`.
pub(super) fn read_login(answer: Answer, page: &Uri, hosts: &HostPolicy) -> Result<Login, Reason> {
    let response = answer.map_err(reason_of_failure)?;
    if response.status().is_redirection()
        && let Some(there) = header(&response, &LOCATION)
    {
        return followed(there, page, hosts).map(Login::Elsewhere);
    }
    let info = HeaderName::from_static("authentication-info");
    let value = header(&response, &info).or_else(|| header(&response, &WWW_AUTHENTICATE));
    let reply: Option<Reply> = value.and_then(|value| value.parse().ok());
    match reply {
        Some(reply) => match (reply.ticket(), reply.status()) {
            (Some(ticket), _) => Ok(Login::Granted(ticket.clone())),
            (None, passport::Status::Success) => Err(Reason::ProtocolError),
            // How long that goes on stands beside it.
            (None, _) => Err(match retry_after::of(&response) {
                Some(seconds) => Reason::Locked { seconds },
                None => Reason::WrongCredentials,
            }),
        },
        None => Err(reason_of_status(&response)),
    }
}

/// The password goes where the policy lets it.
fn followed(there: &str, from: &Uri, hosts: &HostPolicy) -> Result<Uri, Reason> {
    let there: Uri = there.trim().parse().map_err(|_| Reason::ProtocolError)?;
    if hosts.allows_uri(from, &there) {
        Ok(there)
    } else {
        Err(Reason::RedirectRefused)
    }
}

fn header<'a>(response: &'a Response<Bytes>, name: &HeaderName) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

pub(super) const fn reason_of_failure(failure: Failure) -> Reason {
    match failure {
        Failure::NotSent => Reason::Unreachable,
        Failure::Untrusted(fault) => Reason::Certificate(fault),
        Failure::Unknown => Reason::SilentAt(Step::Credentials),
    }
}

fn reason_of_status(response: &Response<Bytes>) -> Reason {
    match response.status().as_u16() {
        401 | 403 => Reason::WrongCredentials,
        407 => Reason::ProxyAuthentication,
        429 => Reason::RateLimited,
        500..=599 => Reason::ServiceUnavailable,
        _ => Reason::ProtocolError,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Uri {
        text.parse().expect("an address")
    }

    fn answer(status: u16, name: &'static str, value: &str) -> Response<Bytes> {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = http::StatusCode::from_u16(status).expect("a status");
        let value = HeaderValue::try_from(value).expect("a header");
        response.headers_mut().insert(name, value);
        response
    }

    #[test]
    fn the_nexus_names_the_page_whichever_way_its_header_is_spelt() {
        let nexus = uri("https://nexus.example.org/rdr/pprdr.asp");
        let read = |value| {
            read_nexus(
                Ok(answer(200, "passporturls", value)),
                &nexus,
                &HostPolicy::SameSite,
            )
        };
        assert_eq!(
            read("DARealm=Passport.Net,DALogin=login.example.org/login2.srf"),
            Ok(uri("https://login.example.org/login2.srf"))
        );
        let elsewhere = read("DALogin=https://login.elsewhere.com/");
        assert_eq!(elsewhere, Err(Reason::RedirectRefused));
        // From https a password does not go to http.
        assert_eq!(
            read("DALogin=http://login.example.org/"),
            Err(Reason::RedirectRefused)
        );
        let silent = read_nexus(Err(Failure::Unknown), &nexus, &HostPolicy::SameSite);
        assert_eq!(silent, Err(Reason::SilentAt(Step::Credentials)));
    }

    #[test]
    fn the_page_grants_refuses_or_sends_elsewhere() {
        let page = uri("http://127.0.0.1:8081/login");
        let read = |answer| match read_login(answer, &page, &HostPolicy::SameSite) {
            Ok(Login::Granted(ticket)) => format!("granted {}", ticket.whole().expose()),
            Ok(Login::Elsewhere(there)) => format!("elsewhere {there}"),
            Err(reason) => format!("{reason:?}"),
        };
        let granted = "Passport1.4 da-status=success,from-PP='a884fd25a491fd3032df'";
        assert_eq!(
            read(Ok(answer(200, "authentication-info", granted))),
            "granted a884fd25a491fd3032df"
        );
        let refused = "Passport1.4 da-status=failed,srealm=Passport.NET";
        assert_eq!(
            read(Ok(answer(401, "www-authenticate", refused))),
            "WrongCredentials"
        );
        let mut locked = answer(401, "www-authenticate", refused);
        let time = HeaderValue::from_static("840");
        locked.headers_mut().insert("retry-after", time);
        assert_eq!(read(Ok(locked)), "Locked { seconds: 840 }");
        assert_eq!(
            read(Ok(answer(302, "location", "http://127.0.0.1:8082/login"))),
            "elsewhere http://127.0.0.1:8082/login"
        );
        assert_eq!(
            read(Ok(answer(302, "location", "http://example.com/"))),
            "RedirectRefused"
        );
        assert_eq!(read(Ok(answer(500, "x", "y"))), "ServiceUnavailable");
        assert_eq!(read(Ok(answer(407, "x", "y"))), "ProxyAuthentication");
    }

    #[test]
    fn a_password_is_encoded_and_shows_nowhere() {
        let credentials = Credentials::new("alice@example.com", "a,b=c%");
        let page = uri("http://127.0.0.1/login");
        let request = ask_login(&page, &credentials, "ct=1,lc=1").expect("a request");
        let value = &request.headers()[AUTHORIZATION];
        assert_eq!(
            value.to_str().expect("text"),
            "Passport1.4 OrgVerb=GET,OrgURL=http%3A%2F%2Fmessenger%2Emsn%2Ecom,\
             sign-in=alice%40example.com,pwd=a%2Cb%3Dc%25,ct=1,lc=1"
        );
        assert!(value.is_sensitive() && !format!("{request:?}").contains("pwd"));
    }
}
