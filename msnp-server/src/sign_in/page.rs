//! The sign-in page, as text and headers. The form, its hidden `PPFT` field and the script variables are where
//! open clients look for them (gateway.md 16.2).

use std::collections::BTreeMap;
use std::sync::Arc;

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

/// The form that somebody gets, or has filled in.
#[derive(Debug)]
pub(super) struct Form {
    query: Fields,
    token: String,
    login: String,
    is_plain: bool,
    look: Option<Arc<WebClient>>,
}

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

impl Form {
    /// With what the query of its page was, its token, and the address that was typed before, if one was. `is_plain`: it goes over
    /// plain HTTP to another host. `look`: the web client, if the form belongs to it, else the form is for programs too.
    pub(super) const fn new(
        query: Fields,
        token: String,
        login: String,
        is_plain: bool,
        look: Option<Arc<WebClient>>,
    ) -> Self {
        Self {
            query,
            token,
            login,
            is_plain,
            look,
        }
    }

    /// What the query of its page was.
    pub(super) const fn query(&self) -> &Fields {
        &self.query
    }

    /// Whether it belongs to the web client.
    pub(super) const fn is_web_client_s(&self) -> bool {
        self.look.is_some()
    }

    /// The form again, and why; also for programs that have to wait.
    pub(super) fn refused(&self, why: Unchecked) -> Response<Bytes> {
        let (text, status) = match why {
            Unchecked::Wrong => (WRONG, StatusCode::OK),
            // RFC 6585 4
            Unchecked::TooMany(_) => (TOO_MANY, StatusCode::TOO_MANY_REQUESTS),
        };
        let mut page = self.shown(Some(text));
        *page.status_mut() = status;
        why.write(page.headers_mut());
        page
    }

    /// The page with a new token in form and cookie.
    pub(super) fn fresh(&self, complaint: Option<&str>, secure: bool) -> Response<Bytes> {
        let mut response = self.shown(complaint);
        set_cookie(response.headers_mut(), "MSPOK", &self.token, secure);
        response
    }

    /// The page with the form; status 200 with or without a complaint, as the original's.
    fn shown(&self, complaint: Option<&str>) -> Response<Bytes> {
        let is_kept = |name: &str, text: &str| KEPT.contains(&name) && text.len() <= KEPT_BYTES;
        let kept = self.query.iter();
        let kept = kept.filter(|(name, text)| is_kept(name, text));
        let again = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept)
            .finish();
        let post_url = format!("/ppsecure/post.srf?{again}");
        let (mut shown, script) = match complaint.map(escape) {
            Some(text) => (
                format!("<p role=alert>{text}</p>"),
                format!("sErrTxt:'{text}',"),
            ),
            None => (String::new(), String::new()),
        };
        if self.is_plain {
            shown.push_str(PLAIN);
        }
        let login = Some(&self.login).filter(|login| login.len() <= KEPT_BYTES);
        let login = login.map_or("", String::as_str);
        // Whoever has typed the address goes on with the password.
        let (at_login, at_password) = if login.is_empty() {
            (" autofocus", "")
        } else {
            ("", " autofocus")
        };
        let page = self
            .look
            .as_deref()
            .map_or(PAGE, WebClient::sign_in)
            .replace("{token}", &escape(&self.token))
            .replace("{post}", &escape(&post_url))
            .replace("{shown}", &shown)
            .replace(
                "{script}",
                // Nothing in an address so written is syntax in a script, where `&amp;` would be no `&`.
                &format!("{script}urlPost:'{post_url}'"),
            )
            .replace("{at_login}", at_login)
            .replace("{at_password}", at_password)
            // Last: it is anybody's words, and those may look like a place for others.
            .replace("{login}", &escape(login));
        let mut response = html(page);
        let policy = match self.look {
            Some(_) => web_client::POLICY,
            None => "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        };
        guard(&mut response, policy);
        // With none at all a browser would say of the form that it comes from nowhere (`Origin: null`; Fetch, 3.2).
        let own = HeaderValue::from_static("same-origin");
        response.headers_mut().insert(header::REFERRER_POLICY, own);
        response
    }
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
/// HTTPS was compulsory for the web client (web-client.md 3); here the operator may do without.
const PLAIN: &str = "<p role=note>This page is not encrypted: everybody on the way can read what you type here.</p>";
const TOO_MANY: &str = "Too many attempts. Please try again later.";

const PAGE: &str = include_str!("page.html");
const SIGNED_IN: &str = include_str!("signed_in.html");

#[cfg(test)]
mod tests {
    use super::*;

    fn form(look: Option<&Arc<WebClient>>, login: &str) -> Form {
        let query = Fields::from([("wreply".to_owned(), "/".to_owned())]);
        Form::new(
            query,
            "t<".to_owned(),
            login.to_owned(),
            false,
            look.cloned(),
        )
    }

    /// The form that is posted by a page that tells nobody where it is has the origin `null`, which is anybody's: no browser could sign in.
    #[test]
    fn a_browser_says_of_the_form_whose_it_is() {
        let client = Arc::new(WebClient::new("{shown}", ""));
        for look in [None, Some(&client)] {
            let page = form(look, "").fresh(None, false);
            assert_eq!(page.headers()[header::REFERRER_POLICY], "same-origin");
        }
    }

    #[test]
    fn the_web_client_shows_the_form_in_its_own_look() {
        let look =
            "<form action=\"{post}\">{shown}{token}<a{at_login} value=\"{login}\"><b{at_password}>";
        let client = Arc::new(WebClient::new(look, ""));
        let page = form(Some(&client), "a\"@b").refused(Unchecked::Wrong);
        let text = format!(
            "<form action=\"/ppsecure/post.srf?wreply=%2F\"><p role=alert>{WRONG}</p>t&lt;<a value=\"a&quot;@b\"><b autofocus>"
        );
        assert_eq!(page.body(), &text);
        assert_eq!(
            page.headers()[header::CONTENT_SECURITY_POLICY],
            web_client::POLICY
        );
    }
}
