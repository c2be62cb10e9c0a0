//! The sign-in page, as text and headers. The form, its hidden `PPFT` field and the script variables are where
//! open clients look for them (gateway.md 16.2).

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};

use super::checks::Unchecked;
use super::grants;
use super::tickets::Granted;

/// The fields of a form or a query.
pub(super) type Fields = BTreeMap<String, String>;

/// Where a signed-in client is sent that named no place of its own.
pub(super) const DESKTOP: &str = "/oauth20_desktop.srf";

/// The one foreign place that may be named: the one of the original service (gateway.md 16.2).
const ORIGINAL_DESKTOP: &str = "https://login.live.com/oauth20_desktop.srf";

/// The reply to a sign-in that succeeded: the cookies, and where to go on.
pub(super) fn granted(query: &Fields, granted: &Granted, secure: bool) -> Response<Bytes> {
    let target = match query.get("redirect_uri").map(String::as_str) {
        Some(ORIGINAL_DESKTOP) => ORIGINAL_DESKTOP,
        // Anything else could send the token to a stranger.
        _ => DESKTOP,
    };
    // The token type that open clients expect in the fragment. This service has no further
    // services to present it to; it is the ticket of the cookies.
    let location = format!(
        "{target}#access_token={}&token_type=bearer&expires_in={}",
        granted.auth,
        grants::LIFETIME.as_secs(),
    );
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
    if let Ok(location) = HeaderValue::from_str(&location) {
        headers.insert(header::LOCATION, location);
    }
    response
}

/// The form again, and why; also for programs that have to wait.
pub(super) fn refused(query: &Fields, token: &str, why: Unchecked) -> Response<Bytes> {
    let (text, status) = match why {
        Unchecked::Wrong => (WRONG, StatusCode::OK),
        // RFC 6585 4
        Unchecked::TooMany(_) => (TOO_MANY, StatusCode::TOO_MANY_REQUESTS),
    };
    let mut page = form(query, token, Some(text));
    *page.status_mut() = status;
    why.write(page.headers_mut());
    page
}

/// The page with a new token in form and cookie.
pub(super) fn fresh_form(
    query: &Fields,
    token: &str,
    complaint: Option<&str>,
    secure: bool,
) -> Response<Bytes> {
    let mut response = form(query, token, complaint);
    set_cookie(response.headers_mut(), "MSPOK", token, secure);
    response
}

/// The page with the form; status 200 with or without a complaint, as the original's.
fn form(query: &Fields, token: &str, complaint: Option<&str>) -> Response<Bytes> {
    let again = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(
            query
                .iter()
                .filter(|(name, _)| name.as_str() == "redirect_uri"),
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
    let page = PAGE
        .replace("{token}", &escape(token))
        .replace("{post}", &escape(&post_url))
        .replace("{shown}", &shown)
        .replace(
            "{script}",
            &format!("{script}urlPost:'{}'", escape(&post_url)),
        );
    let mut response = html(page);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        ),
    );
    response
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
