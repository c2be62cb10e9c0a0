//! The sign-in page, as text and headers. The form, its hidden `PPFT` field and the script variables are where
//! open clients look for them (gateway.md 16.2).

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};

use super::checks::Unchecked;
use super::tickets::Granted;
use crate::web_client::{self, WebClient};

/// The fields of a form or a query.
pub(super) type Fields = BTreeMap<String, String>;

/// Where a signed-in client is sent that named no place of its own.
pub(super) const DESKTOP: &str = "/oauth20_desktop.srf";

/// What of its query the page keeps until the form comes back.
const KEPT: [&str; 5] = ["redirect_uri", "wreply", "response_type", "scope", "state"];

/// The longest of these, in bytes: they are in an address, and come back in another.
const KEPT_BYTES: usize = 2_048;

/// The reply to a sign-in that succeeded: the cookies, and where to go on.
pub(super) fn granted(granted: &Granted, location: &str, secure: bool) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::FOUND;
    let headers = response.headers_mut();
    let Granted {
        auth,
        profile,
        compact,
    } = granted;
    let cookies = [("MSPAuth", auth), ("MSPProf", profile), ("WLSSC", compact)];
    for (name, value) in cookies {
        set_cookie(headers, name, value, secure);
    }
    if let Ok(mut location) = HeaderValue::from_str(location) {
        location.set_sensitive(true);
        headers.insert(header::LOCATION, location);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The form again, and why; also for programs that have to wait.
pub(super) fn refused(
    query: &Fields,
    token: &str,
    why: Unchecked,
    look: Option<&WebClient>,
) -> Response<Bytes> {
    let (text, status) = match why {
        Unchecked::Wrong => (WRONG, StatusCode::OK),
        // RFC 6585 4
        Unchecked::TooMany(_) => (TOO_MANY, StatusCode::TOO_MANY_REQUESTS),
    };
    let mut page = form(query, token, Some(text), look);
    *page.status_mut() = status;
    why.write(page.headers_mut());
    page
}

/// The page with a new token in form and cookie.
pub(super) fn fresh_form(
    query: &Fields,
    token: &str,
    complaint: Option<&str>,
    look: Option<&WebClient>,
    secure: bool,
) -> Response<Bytes> {
    let mut response = form(query, token, complaint, look);
    set_cookie(response.headers_mut(), "MSPOK", token, secure);
    response
}

/// The page with the form, in the web client's look or for programs; status 200 with or without a complaint, as the original's.
fn form(
    query: &Fields,
    token: &str,
    complaint: Option<&str>,
    look: Option<&WebClient>,
) -> Response<Bytes> {
    let again = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(
            query
                .iter()
                .filter(|(name, text)| KEPT.contains(&name.as_str()) && text.len() <= KEPT_BYTES),
        )
        .finish();
    let post_url = format!("/ppsecure/post.srf?{again}");
    let (shown, script) = match complaint {
        Some(text) => (
            format!("<p role=alert>{text}</p>"),
            format!("sErrTxt:'{text}',"),
        ),
        None => (String::new(), String::new()),
    };
    let page = look
        .map_or(PAGE, WebClient::sign_in)
        .replace("{token}", &escape(token))
        .replace("{post}", &escape(&post_url))
        .replace("{shown}", &shown)
        .replace(
            "{script}",
            // Nothing in an address so written is syntax in a script, where `&amp;` would be no `&`.
            &format!("{script}urlPost:'{post_url}'"),
        );
    let mut response = html(page);
    let policy = match look {
        Some(_) => web_client::POLICY,
        None => "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    };
    guard(&mut response, policy);
    // With none at all a browser would say of the form that it comes from nowhere (`Origin: null`; Fetch, 3.2).
    let own = HeaderValue::from_static("same-origin");
    response.headers_mut().insert(header::REFERRER_POLICY, own);
    response
}

/// The reply to a sign-out: no cookies any more, and back to the form.
pub(super) fn signed_out(secure: bool) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    for name in ["MSPAuth", "MSPProf", "WLSSC"] {
        // An empty value that is over already.
        set_cookie(headers, name, "; Max-Age=0", secure);
    }
    headers.insert(header::LOCATION, HeaderValue::from_static("/"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Where whoever names no place goes on. A token that a program has asked for is taken out of the address at once.
pub(super) fn signed_in(has_web_client: bool) -> Response<Bytes> {
    let page = if has_web_client {
        r#"<a href="/">Go to your conversations</a>"#
    } else {
        "This service was built without its page for browsers; <code>web/README.md</code> in its source says how to \
         build it. Until then, other clients show who is there."
    };
    let mut response = html(SIGNED_IN.replace("{page}", page));
    guard(
        &mut response,
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; frame-ancestors 'none'",
    );
    response
}

fn guard(response: &mut Response<Bytes>, policy: &'static str) {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(policy),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
}

/// A page that a browser shows.
pub(super) fn html(page: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(page.into());
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, html);
    response
}

fn set_cookie(headers: &mut HeaderMap, name: &str, value: &str, secure: bool) {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}");
    if let Ok(mut value) = HeaderValue::from_str(&text) {
        value.set_sensitive(true);
        headers.append(header::SET_COOKIE, value);
    }
}

pub(super) fn fields_of(form: &str) -> Fields {
    form_urlencoded::parse(form.as_bytes())
        .into_owned()
        .collect()
}

/// Text that is safe in an attribute in double quotes, and in a script string in single ones.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\\' => out.push_str("&#92;"),
            other => out.push(other),
        }
    }
    out
}

const WRONG: &str = "That account or password is not right.";
const TOO_MANY: &str = "Too many attempts. Please try again later.";

const PAGE: &str = include_str!("page.html");
const SIGNED_IN: &str = include_str!("signed_in.html");

#[cfg(test)]
mod tests {
    use super::*;

    /// The form that is posted by a page that tells nobody where it is has the origin `null`, which is anybody's: no browser could sign in.
    #[test]
    fn a_browser_says_of_the_form_whose_it_is() {
        let client = WebClient::new("{shown}", "");
        for look in [None, Some(&client)] {
            let page = fresh_form(&Fields::new(), "token", None, look, false);
            assert_eq!(page.headers()[header::REFERRER_POLICY], "same-origin");
        }
    }

    #[test]
    fn the_web_client_shows_the_form_in_its_own_look() {
        let client = WebClient::new("<form action=\"{post}\">{shown}{token}", "");
        let query = Fields::from([("wreply".to_owned(), "/".to_owned())]);
        let page = refused(&query, "t<", Unchecked::Wrong, Some(&client));
        let text = format!(
            "<form action=\"/ppsecure/post.srf?wreply=%2F\"><p role=alert>{WRONG}</p>t&lt;"
        );
        assert_eq!(page.body(), &text);
        assert_eq!(
            page.headers()[header::CONTENT_SECURITY_POLICY],
            web_client::POLICY
        );
    }
}
