//! Reading one HTTP request: what it asks of the gateway, how it wants its reply, or why it is refused.

use http::header::{COOKIE, HOST, ORIGIN, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request};

use std::net::IpAddr;

use bytes::Bytes;

use super::event::{Claims, OpenRequest, Peer, ReachedAt};
use super::refusal::Refusal;
use crate::wire::{
    Action, CONTENT_TYPE, Host, Open, PATH, USE_COOKIE, USE_SSL_AUTH_TOKEN, X_MSN_AUTH,
    X_MSN_GW_CAPABILITIES, X_MSN_SSL_AUTH_TOKEN, X_REQUESTED_SESSION_CONTENT_TYPE,
};

/// What a request wants.
pub(super) enum Wanted {
    /// `OPTIONS`: a browser asks what it may do.
    Preflight,
    /// Anything that the query can say.
    Action(Action),
}

/// How the reply to a request should look.
pub(super) struct Style {
    origin: Option<HeaderValue>,
    /// The media type asked for, if it is one.
    content_type: Option<HeaderValue>,
    /// What the client calls the gateway.
    host: Option<HeaderValue>,
    reached_at: Option<IpAddr>,
    capabilities: bool,
}

/// Reads the target and the method. GET is served like POST because one revival server does and
/// clients of it may rely on it (gateway.md 2).
pub(super) fn read(request: &Request<Bytes>, max_body: usize) -> Result<Wanted, Refusal> {
    // `Uri::path` is the same for `/gateway/…` and `http://host/gateway/…`. libpurple writes double
    // slashes in front of paths.
    let path = request.uri().path().trim_start_matches('/');
    if !path.eq_ignore_ascii_case(PATH.trim_start_matches('/')) {
        return Err(Refusal::Path);
    }
    match *request.method() {
        Method::OPTIONS => return Ok(Wanted::Preflight),
        Method::POST | Method::GET => {}
        _ => return Err(Refusal::Method),
    }
    if request.body().len() > max_body {
        return Err(Refusal::BodyTooLarge);
    }
    let query = request.uri().query().unwrap_or_default();
    Action::parse(query)
        .map(Wanted::Action)
        .map_err(|_| Refusal::Query)
}

impl Style {
    pub(super) fn of(request: &Request<Bytes>) -> Self {
        let headers = request.headers();
        // HTTP/2 says it in the target.
        let target = request.uri().authority().map(http::uri::Authority::as_str);
        let target = target.and_then(|it| HeaderValue::from_str(it).ok());
        Self {
            origin: headers.get(ORIGIN).cloned(),
            content_type: headers
                .get(X_REQUESTED_SESSION_CONTENT_TYPE)
                .filter(|value| is_media_type(value.as_bytes()))
                .cloned(),
            host: headers.get(HOST).cloned().or(target),
            reached_at: request
                .extensions()
                .get()
                .map(|ReachedAt(address)| *address),
            capabilities: asks_capabilities(headers),
        }
    }

    /// What the client calls the gateway, if that can be said in a reply: within the 79 bytes that old clients have room
    /// for (gateway.md 13.7).
    pub(super) fn host(&self) -> Option<Host> {
        let host = self.host.as_ref()?.to_str().ok()?;
        host.parse().ok().filter(|_| host.len() <= 79)
    }

    /// The address that it has reached, if that is to be told.
    pub(super) const fn reached_at(&self) -> Option<IpAddr> {
        self.reached_at
    }

    /// The page that asks, if a browser does.
    pub(super) const fn origin(&self) -> Option<&HeaderValue> {
        self.origin.as_ref()
    }

    /// Whether the reply is to say what the gateway can do.
    pub(super) const fn asks_for_capabilities(&self) -> bool {
        self.capabilities
    }

    /// The media type of the reply.
    pub(super) fn content_type(&self) -> HeaderValue {
        let wished = self.content_type.clone();
        wished.unwrap_or(const { HeaderValue::from_static(CONTENT_TYPE) })
    }
}

impl OpenRequest {
    pub(super) fn of(open: Open, request: &Request<Bytes>) -> Self {
        Self {
            open,
            peer: request.extensions().get::<Peer>().copied(),
            claims: Claims::of(request.headers()),
            user_agent: request.headers().get(USER_AGENT).cloned(),
            asks_capabilities: asks_capabilities(request.headers()),
        }
    }
}

impl Claims {
    /// What a request with these headers claims.
    pub fn of(headers: &HeaderMap) -> Self {
        let auth = headers.get(X_MSN_AUTH).cloned();
        let says = |way: &str| {
            let said = auth.as_ref().map(HeaderValue::as_bytes);
            said.is_some_and(|said| said.eq_ignore_ascii_case(way.as_bytes()))
        };
        let cookies = if says(USE_COOKIE) {
            headers.get_all(COOKIE).iter().map(secret).collect()
        } else {
            Vec::new()
        };
        let token = headers.get(X_MSN_SSL_AUTH_TOKEN);
        let ssl_auth_token = token.filter(|_| says(USE_SSL_AUTH_TOKEN)).map(secret);
        Self {
            auth,
            cookies,
            ssl_auth_token,
        }
    }
}

fn asks_capabilities(headers: &HeaderMap) -> bool {
    let asked = headers.get(X_MSN_GW_CAPABILITIES);
    asked.is_some_and(|value| value.as_bytes().contains(&b'*'))
}

/// A copy whose `Debug` says `Sensitive`.
fn secret(value: &HeaderValue) -> HeaderValue {
    let mut value = value.clone();
    value.set_sensitive(true);
    value
}

/// `token "/" token [ ";" [SP] "charset=" token ]`, short: what may stand in a reply because a
/// client asked for it.
fn is_media_type(value: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(value) else {
        return false;
    };
    let (media_type, charset) = match text.split_once(';') {
        None => (text, None),
        Some((media_type, parameter)) => match parameter.trim_start().split_once('=') {
            Some((name, charset)) if name.eq_ignore_ascii_case("charset") => {
                (media_type, Some(charset))
            }
            _ => return false,
        },
    };
    text.len() <= 80
        && media_type
            .split_once('/')
            .is_some_and(|(kind, sub)| is_token(kind) && is_token(sub))
        && charset.is_none_or(is_token)
}

/// RFC 9110's `token`.
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(method: &str, uri: &str, expected: Result<(), Refusal>) {
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .body(Bytes::new())
            .unwrap();
        assert_eq!(read(&request, 10).map(|_| ()), expected, "{method} {uri}");
    }

    #[test]
    fn origin_form_and_absolute_form_are_the_same() {
        check("POST", "/gateway/gateway.dll?Action=open&Server=NS", Ok(()));
        check(
            "POST",
            "http://gateway.messenger.hotmail.com/gateway/gateway.dll?Action=open",
            Ok(()),
        );
        check(
            "POST",
            "https://a.example:443//gateway/gateway.dll?Action=open",
            Ok(()),
        );
    }

    #[test]
    fn leading_slashes_and_the_case_of_the_path_do_not_matter() {
        check("POST", "//gateway/gateway.dll?Action=open", Ok(()));
        check("POST", "/Gateway/Gateway.DLL?Action=open", Ok(()));
        check(
            "POST",
            "/gateway/gateway.dllx?Action=open",
            Err(Refusal::Path),
        );
        check("POST", "/", Err(Refusal::Path));
        check("OPTIONS", "*", Err(Refusal::Path));
    }

    #[test]
    fn other_methods_are_refused() {
        check("GET", "/gateway/gateway.dll?Action=open", Ok(()));
        check("OPTIONS", "/gateway/gateway.dll", Ok(()));
        check(
            "HEAD",
            "/gateway/gateway.dll?Action=open",
            Err(Refusal::Method),
        );
        check(
            "PUT",
            "/gateway/gateway.dll?Action=open",
            Err(Refusal::Method),
        );
    }

    #[test]
    fn media_types_are_taken_and_anything_else_is_not() {
        for good in [
            "text/html",
            "text/html; charset=utf-8",
            "application/x-msn-messenger",
        ] {
            assert!(is_media_type(good.as_bytes()), "{good}");
        }
        let long = format!("text/{}", "x".repeat(80));
        for bad in [
            "",
            "html",
            "/",
            "text/",
            "text/html; boundary=x",
            "a/b; charset=",
            "a/b\tc",
            &long,
        ] {
            assert!(!is_media_type(bad.as_bytes()), "{bad}");
        }
    }
}
