//! Passport 1.4: the nexus, which says where to sign in, and the sign-in by headers (msnp8-18.md 5.2, 6.1).

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use msnp_proto::auth::Ticket;
use msnp_proto::auth::passport::{
    AUTHENTICATION_INFO, Credentials, PASSPORT_URLS, PassportError, PassportUrls, Reply,
    WWW_AUTHENTICATE,
};

use super::checks::Unchecked;
use super::tokens::Token;
use crate::reply::bare;

/// Where it is signed in, as the nexus tells.
const LOGIN: &str = "/login2.srf";

/// What is asked for, by its path.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Page {
    /// Where to sign in.
    Nexus,
    /// A ticket, by the headers of Passport 1.4.
    Login(Form),
}

/// How name and password come, and the ticket goes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `Authorization` and `Authentication-Info`.
    Passport,
    /// `X-User`, `X-Password` and `X-Token`, as clients of today that were mended for it do (msnp8-18.md 6.1).
    Plain,
}

const USER: HeaderName = HeaderName::from_static("x-user");
const PASSWORD: HeaderName = HeaderName::from_static("x-password");
const TOKEN: HeaderName = HeaderName::from_static("x-token");

/// The page at a path. IIS did not look at the case of names.
pub(super) fn page_at(path: &str) -> Option<Page> {
    let pages = [
        ("/rdr/pprdr.asp", Page::Nexus),
        ("/nexus-mock", Page::Nexus),
        (LOGIN, Page::Login(Form::Passport)),
        // Of the servers of today (msnp8-18.md 6.1, 6.3).
        ("/login.srf", Page::Login(Form::Passport)),
        ("/login", Page::Login(Form::Passport)),
        ("/NotRST.srf", Page::Login(Form::Plain)),
    ];
    let found = pages
        .iter()
        .find(|(known, _)| path.eq_ignore_ascii_case(known));
    found.map(|(_, page)| *page)
}

/// Where to sign in: at this service, which is at that URL.
pub(super) fn nexus(own: &str) -> Response<Bytes> {
    let mut reply = bare(StatusCode::OK);
    let urls = PassportUrls::new(&format!("{own}{LOGIN}"));
    set(&mut reply, PASSPORT_URLS, &urls.to_string());
    no_store(&mut reply);
    reply
}

/// Who wants to sign in, and with which password.
pub(super) fn credentials(form: Form, headers: &HeaderMap) -> Result<Credentials, PassportError> {
    let text = |name: HeaderName, missing| {
        let value = headers.get(name).ok_or(PassportError::Missing(missing))?;
        let value = std::str::from_utf8(value.as_bytes());
        value.map_err(|_| PassportError::NotUtf8(missing))
    };
    match form {
        Form::Passport => text(header::AUTHORIZATION, "Authorization")?.parse(),
        Form::Plain => Ok(Credentials::new(
            text(USER, "X-User")?,
            text(PASSWORD, "X-Password")?,
        )),
    }
}

/// The ticket.
pub(super) fn granted(form: Form, token: &Token) -> Response<Bytes> {
    let mut reply = bare(StatusCode::OK);
    match form {
        // What was made here can stand in a line.
        Form::Passport => {
            if let Ok(ticket) = Ticket::parse(token.text.expose()) {
                let text = Reply::granted(ticket).to_header();
                set(&mut reply, AUTHENTICATION_INFO, text.expose());
            }
        }
        Form::Plain => set(&mut reply, TOKEN.as_str(), token.text.expose()),
    }
    no_store(&mut reply);
    reply
}

/// No ticket. The second form says so by giving none, with the status of a success.
pub(super) fn refused(form: Form, why: Unchecked) -> Response<Bytes> {
    let mut reply = match form {
        Form::Passport => {
            let mut reply = bare(StatusCode::UNAUTHORIZED);
            let text = Reply::refused().to_header();
            set(&mut reply, WWW_AUTHENTICATE, text.expose());
            reply
        }
        Form::Plain => bare(StatusCode::OK),
    };
    why.write(reply.headers_mut());
    no_store(&mut reply);
    reply
}

fn set(reply: &mut Response<Bytes>, name: &str, value: &str) {
    let name = HeaderName::from_bytes(name.as_bytes());
    if let (Ok(name), Ok(mut value)) = (name, HeaderValue::from_str(value)) {
        value.set_sensitive(true);
        reply.headers_mut().insert(name, value);
    }
}

fn no_store(reply: &mut Response<Bytes>) {
    let no_store = HeaderValue::from_static("no-store");
    reply.headers_mut().insert(header::CACHE_CONTROL, no_store);
}

#[cfg(test)]
mod tests {
    use machine_contract::Secret;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            let name = HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        });
        pairs.collect()
    }

    #[test]
    fn pages_are_found_in_any_case() {
        assert_eq!(page_at("/RDR/pprdr.asp"), Some(Page::Nexus));
        assert_eq!(page_at("/LOGIN2.srf"), Some(Page::Login(Form::Passport)));
        assert_eq!(page_at("/notrst.srf"), Some(Page::Login(Form::Plain)));
        assert_eq!(page_at("/login2.srf/"), None);
    }

    #[test]
    fn the_nexus_names_the_login_of_this_very_service() {
        let reply = nexus("https://10.0.0.7:8080");
        let urls = reply.headers()["passporturls"].to_str().unwrap();
        assert_eq!(urls, "DALogin=https://10.0.0.7:8080/login2.srf");
        let urls: PassportUrls = urls.parse().unwrap();
        assert_eq!(urls.login_url(), "https://10.0.0.7:8080/login2.srf");
    }

    #[test]
    fn name_and_password_come_in_either_form() {
        let both = headers(&[
            ("authorization", "Passport1.4 sign-in=a%40b,pwd=x%2C"),
            ("x-user", "c@d"),
            ("x-password", "y,"),
        ]);
        let read = |form| credentials(form, &both).unwrap();
        assert_eq!(read(Form::Passport), Credentials::new("a@b", "x,"));
        assert_eq!(read(Form::Plain), Credentials::new("c@d", "y,"));
        for form in [Form::Passport, Form::Plain] {
            assert!(credentials(form, &HeaderMap::new()).is_err());
        }
        let basic = headers(&[("authorization", "Basic YTpi")]);
        let refused = credentials(Form::Passport, &basic);
        assert_eq!(refused, Err(PassportError::Scheme));
    }

    #[test]
    fn the_ticket_stands_between_quotes_and_a_refusal_is_no_success() {
        let token = Token {
            text: Secret::new("t=abc&p=".to_owned()),
            secret: None,
        };
        let reply = granted(Form::Passport, &token);
        let info = reply.headers()["authentication-info"].to_str().unwrap();
        assert_eq!(info, "Passport1.4 da-status=success,from-PP='t=abc&p='");
        assert!(!format!("{reply:?}").contains("abc"), "it does not show");
        assert_eq!(
            granted(Form::Plain, &token).headers()["x-token"],
            "t=abc&p="
        );

        let reply = refused(Form::Passport, Unchecked::Wrong);
        assert_eq!(reply.status(), 401);
        let why = reply.headers()["www-authenticate"].to_str().unwrap();
        assert_eq!(why, "Passport1.4 da-status=failed");
        let reply = refused(Form::Plain, Unchecked::Wrong);
        assert_eq!(reply.status(), 200);
        assert!(!reply.headers().contains_key("x-token"));
    }
}
