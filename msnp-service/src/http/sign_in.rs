//! The sign-in page: asks for address and password, grants `MSPAuth`, `MSPProf` and `WLSSC`.
//!
//! The form, its hidden `PPFT` field and the script variables are where open clients look for them
//! (gateway.md 16.2).

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};

use super::cookies::Cookies;
use super::tickets::{self, Granted, cookie};
use super::{Shared, random};
use crate::accounts::{SignInAddress, SkypeId};
use crate::engine::now;

type Fields = BTreeMap<String, String>;

/// Where a signed-in client is sent that named no place of its own.
const DESKTOP: &str = "/oauth20_desktop.srf";

/// The one foreign place that may be named: the one of the original service (gateway.md 16.2).
const ORIGINAL_DESKTOP: &str = "https://login.live.com/oauth20_desktop.srf";

/// `GET`: the form.
pub(super) async fn page(State(shared): State<Shared>, uri: Uri) -> Response {
    let query = fields_of(uri.query().unwrap_or_default());
    fresh_form(&shared, &query, None)
}

/// `POST`: the filled-in form.
pub(super) async fn submit(
    State(shared): State<Shared>,
    uri: Uri,
    cookies: Cookies,
    body: String,
) -> Response {
    let query = fields_of(uri.query().unwrap_or_default());
    let fields = fields_of(&body);
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    // The token of the page must come back by both ways: a foreign page can make a browser post a
    // form, but cannot read the cookie to repeat it in the field.
    if matches!(cookies, Cookies::Foreign) {
        let complaint = "Please sign in on this page, under the service's own address.";
        return fresh_form(&shared, &query, Some(complaint));
    }
    let counting = cookies.counting().iter();
    let token = counting.clone().find_map(|header| cookie(header, "MSPOK"));
    if token.is_none_or(|token| token.is_empty() || token != field("PPFT")) {
        let complaint = "This page is out of date. Please try again.";
        return fresh_form(&shared, &query, Some(complaint));
    }
    match authenticate(&shared, field("login"), field("passwd")).await {
        Ok(account) => granted(&shared, &query, &account),
        Err(Refusal::Wrong) => form(
            &query,
            field("PPFT"),
            Some("That account or password is not right."),
        ),
        Err(Refusal::TooMany) => form(
            &query,
            field("PPFT"),
            Some("Too many attempts. Please try again later."),
        ),
        Err(Refusal::Unavailable) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// `GET` of the place that a client is sent to at the end: it reads the fragment of its own
/// address, so there is nothing to say.
pub(super) async fn desktop() -> Html<&'static str> {
    Html("<!DOCTYPE html><title>Signed in</title><p>You are signed in. You can close this page.")
}

/// Why a sign-in failed.
pub(crate) enum Refusal {
    Wrong,
    TooMany,
    Unavailable,
}

/// Checks a password, slowly, on a thread where that is allowed.
pub(crate) async fn authenticate(
    shared: &Shared,
    login: &str,
    password: &str,
) -> Result<SkypeId, Refusal> {
    let Ok(address) = SignInAddress::parse(login.trim()) else {
        return Err(Refusal::Wrong);
    };
    if !shared
        .attempts()
        .allow(&address, crate::engine::now().monotonic)
    {
        return Err(Refusal::TooMany);
    }
    let found = shared.engine.account_by_address(address.clone()).await;
    let account = found.map_err(|_| Refusal::Unavailable)?;
    let hash = match &account {
        Some(account) => account.password_hash.expose().clone(),
        // Verified all the same, so that the time taken does not tell which accounts exist.
        None => shared.decoy_hash.clone(),
    };
    let password = password.to_owned();
    let place = shared
        .hashing
        .acquire()
        .await
        .map_err(|_| Refusal::Unavailable)?;
    let matches =
        tokio::task::spawn_blocking(move || crate::accounts::verify_password(&password, &hash))
            .await
            .map_err(|_| Refusal::Unavailable)?;
    drop(place);
    match account {
        Some(account) if matches => {
            shared.attempts().succeeded(&address);
            Ok(account.skype_id)
        }
        _ => Err(Refusal::Wrong),
    }
}

fn granted(shared: &Shared, query: &Fields, account: &SkypeId) -> Response {
    let Some(entropy) = random() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let granted = shared.tickets().grant(account, entropy, now().monotonic);
    tracing::info!(%account, "signed in at the page");
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
        tickets::LIFETIME.as_secs(),
    );
    let mut response = StatusCode::FOUND.into_response();
    let headers = response.headers_mut();
    let Granted {
        auth,
        profile,
        compact,
    } = &granted;
    let cookies = [("MSPAuth", auth), ("MSPProf", profile), ("WLSSC", compact)];
    for (name, value) in cookies {
        set_cookie(headers, name, value, shared.secure_cookies);
    }
    if let Ok(location) = HeaderValue::from_str(&location) {
        headers.insert(header::LOCATION, location);
    }
    response
}

/// The page with a new token in form and cookie.
fn fresh_form(shared: &Shared, query: &Fields, complaint: Option<&str>) -> Response {
    let Some(bytes) = random::<24>() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let token = URL_SAFE_NO_PAD.encode(bytes);
    let mut response = form(query, &token, complaint);
    let headers = response.headers_mut();
    set_cookie(headers, "MSPOK", &token, shared.secure_cookies);
    response
}

/// The page with the form; status 200 with or without a complaint, as the original's.
fn form(query: &Fields, token: &str, complaint: Option<&str>) -> Response {
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
    let mut response = Html(page).into_response();
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

fn set_cookie(headers: &mut HeaderMap, name: &str, value: &str, secure: bool) {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}");
    if let Ok(mut value) = HeaderValue::from_str(&text) {
        value.set_sensitive(true);
        headers.append(header::SET_COOKIE, value);
    }
}

fn fields_of(form: &str) -> Fields {
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

const PAGE: &str = include_str!("sign_in.html");
