//! Which headers go through the relay, each way, and what pages are told of it.

use bytes::Bytes;
use http::header::{
    ACCEPT, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, HeaderName,
    LOCATION, ORIGIN, REFERER, RETRY_AFTER, SET_COOKIE, USER_AGENT, VARY, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Response, StatusCode, Uri};

const fn name(text: &'static str) -> HeaderName {
    HeaderName::from_static(text)
}

/// What a page writes as it is: for SOAP, Passport 1.4 (msnp8-18.md 5.2) and the short sign-in of today (msnp8-18.md 6.1).
static OUTWARD: [HeaderName; 6] = [
    ACCEPT,
    AUTHORIZATION,
    CONTENT_TYPE,
    name("soapaction"),
    name("x-user"),
    name("x-password"),
];

/// What a page may not write: under another name here, under its own from here on.
static OUTWARD_AS: [(HeaderName, HeaderName); 2] = [
    (name("x-msn-relay-cookie"), COOKIE),
    (name("x-msn-relay-user-agent"), USER_AGENT),
];

/// What a page gets as it came.
static INWARD: [HeaderName; 5] = [
    CONTENT_TYPE,
    RETRY_AFTER,
    name("authentication-info"),
    name("passporturls"),
    name("x-token"),
];

/// What a browser keeps from its pages or acts upon: under another name from here on.
static INWARD_AS: [(HeaderName, HeaderName); 3] = [
    (LOCATION, name("x-msn-relay-location")),
    (SET_COOKIE, name("x-msn-relay-set-cookie")),
    (WWW_AUTHENTICATE, name("x-msn-relay-www-authenticate")),
];

/// The status of the call itself.
static STATUS: HeaderName = name("x-msn-relay-status");

/// Where the page comes from that asks. Browsers leave `Origin` out of what is only read from a page's own origin (Fetch, 3.2); `Referer`, which
/// no page can write either, has it then.
pub(super) fn origin(page: &HeaderMap) -> Option<HeaderValue> {
    if let Some(origin) = page.get(ORIGIN) {
        return Some(origin.clone());
    }
    let referer: Uri = page.get(REFERER)?.to_str().ok()?.parse().ok()?;
    let origin = format!("{}://{}", referer.scheme_str()?, referer.authority()?);
    HeaderValue::from_str(&origin).ok()
}

/// The headers of a call, of those that a page has written. A browser's own cookies stay here: they are this host's.
pub(super) fn outward(page: &HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let same = OUTWARD.iter().map(|name| (name, name));
    let renamed = OUTWARD_AS.iter().map(|(from, to)| (from, to));
    copy(page, same.chain(renamed), &mut headers);
    headers
}

/// What a page is shown of a reply. A redirect and a demand to sign in are an answer like any other to a page, but a browser would act
/// on them before it sees them: they come as 200, and the status beside.
pub(super) fn inward(response: Response<Bytes>) -> Response<Bytes> {
    let (head, body) = response.into_parts();
    let mut reply = Response::new(body);
    let same = INWARD.iter().map(|name| (name, name));
    let renamed = INWARD_AS.iter().map(|(from, to)| (from, to));
    copy(&head.headers, same.chain(renamed), reply.headers_mut());
    let kept = (head.status.is_success() || head.status.is_client_error())
        && !matches!(
            head.status,
            StatusCode::UNAUTHORIZED | StatusCode::PROXY_AUTHENTICATION_REQUIRED
        )
        || head.status.is_server_error();
    *reply.status_mut() = if kept { head.status } else { StatusCode::OK };
    reply
        .headers_mut()
        .insert(&STATUS, HeaderValue::from(head.status.as_u16()));
    reply
}

/// What stands in every reply. A document that was fetched for a script must not become a page of this origin when somebody opens its
/// address.
pub(super) fn write_standing(origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let policy = HeaderValue::from_static("default-src 'none'; sandbox");
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        let shown = INWARD.iter().chain(INWARD_AS.iter().map(|(_, to)| to));
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, list(shown.chain([&STATUS])));
    }
}

/// The answer to `OPTIONS`.
pub(super) fn write_preflight(headers: &mut HeaderMap) {
    let methods = HeaderValue::from_static("GET, POST, OPTIONS");
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
    let taken = OUTWARD
        .iter()
        .chain(OUTWARD_AS.iter().map(|(from, _)| from));
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, list(taken));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
}

fn copy<'a>(
    from: &HeaderMap,
    names: impl Iterator<Item = (&'a HeaderName, &'a HeaderName)>,
    to: &mut HeaderMap,
) {
    for (name, as_name) in names {
        for value in from.get_all(name) {
            // Tickets and passwords: what a driver prints of a request must not show them.
            let mut value = value.clone();
            value.set_sensitive(true);
            to.append(as_name, value);
        }
    }
}

fn list<'a>(names: impl Iterator<Item = &'a HeaderName>) -> HeaderValue {
    let names: Vec<&str> = names.map(HeaderName::as_str).collect();
    // Names of headers are visible text.
    HeaderValue::from_str(&names.join(", ")).unwrap_or(HeaderValue::from_static(""))
}
