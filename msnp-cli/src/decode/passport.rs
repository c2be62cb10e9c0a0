//! The headers of Passport 1.4, by which MSNP8 to 14 get their tickets: what they say, without their secrets (msnp8-18.md 6.1).

use msnp_proto::auth::passport::{
    AUTHENTICATION_INFO, AUTHORIZATION, Credentials, PASSPORT_URLS, PassportError, PassportUrls,
    Reply, Status, WWW_AUTHENTICATE,
};

use crate::recording::Headers;

/// The path of the nexus.
const NEXUS: &str = "/rdr/pprdr.asp";

/// What the head of a request asks of Passport; `None` if it asks for something else.
pub(super) fn request(path: &str, headers: &Headers) -> Option<Result<String, PassportError>> {
    let Some(value) = headers.get(AUTHORIZATION).filter(|it| is_scheme(it)) else {
        return path
            .eq_ignore_ascii_case(NEXUS)
            .then(|| Ok("nexus".to_owned()));
    };
    let credentials: Result<Credentials, _> = value.parse();
    Some(credentials.map(|it| format!("sign-in {}", it.account())))
}

/// What the head of a reply says; `None` if it is not Passport's.
pub(super) fn reply(headers: &Headers) -> Option<Result<String, PassportError>> {
    if let Some(value) = headers.get(PASSPORT_URLS) {
        let urls: Result<PassportUrls, _> = value.parse();
        return Some(urls.map(|urls| format!("login at {}", without_query(&urls.login_url()))));
    }
    let values = [AUTHENTICATION_INFO, WWW_AUTHENTICATE].map(|name| headers.get(name));
    let value = values.into_iter().flatten().find(|it| is_scheme(it))?;
    let reply: Result<Reply, _> = value.parse();
    Some(reply.map(|reply| {
        let ticket = if reply.ticket().is_some() {
            ", ticket [secret]"
        } else {
            ""
        };
        match reply.status() {
            Status::Success => format!("granted{ticket}"),
            status => format!("{status:?}"),
        }
    }))
}

fn is_scheme(value: &str) -> bool {
    const SCHEME: &str = "Passport1.4";
    let value = value.trim_start().as_bytes();
    value
        .get(..SCHEME.len())
        .is_some_and(|word| word.eq_ignore_ascii_case(SCHEME.as_bytes()))
}

fn without_query(url: &str) -> &str {
    url.split('?').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &str, value: &str) -> Headers {
        std::iter::once((name.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn each_header_of_passport_is_told_without_its_secrets() {
        let told =
            |found: Option<Result<String, PassportError>>| found.expect("Passport").expect("sound");
        let asked = headers(
            "authorization",
            "Passport1.4 OrgVerb=GET,OrgURL=http%3A%2F%2Fx,sign-in=alice%40example.com,pwd=HUSH,ct=1",
        );
        assert_eq!(
            told(request("/login2.srf", &asked)),
            "sign-in alice@example.com"
        );
        assert_eq!(
            told(request("/rdr/pprdr.asp", &Headers::default())),
            "nexus"
        );
        let urls = headers("PassportURLs", "DARealm=x,DALogin=h/login2.srf?t=HUSH");
        assert_eq!(told(reply(&urls)), "login at https://h/login2.srf");
        let granted = headers(
            "Authentication-Info",
            "Passport1.4 da-status=success,from-PP='t=HUSH&p=HUSH'",
        );
        assert_eq!(told(reply(&granted)), "granted, ticket [secret]");
        let refused = headers("WWW-Authenticate", "Passport1.4 da-status=failed,srealm=x");
        assert!(!told(reply(&refused)).contains("granted"));
    }

    #[test]
    fn other_headers_are_not_passports() {
        assert!(request("/", &headers("Authorization", "Basic abc")).is_none());
        assert!(reply(&headers("WWW-Authenticate", "Negotiate")).is_none());
        let broken = request("/", &headers("Authorization", "Passport1.4 pwd=HUSH"));
        let error = broken.expect("Passport").expect_err("no account");
        assert!(!error.to_string().contains("HUSH"));
    }
}
