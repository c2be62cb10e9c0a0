//! `/about`: what this is, for whoever comes with a browser.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};

/// Where it is.
pub(super) const ABOUT: &str = "/about";

/// The page of a service that is called `own` by whoever asks, and keeps nothing just now if it is `degraded`.
pub(super) fn page(own: &str, degraded: bool) -> Response<Bytes> {
    let state = if degraded {
        "The service runs, but cannot keep anything just now: what is sent is refused."
    } else {
        "The service runs."
    };
    let page = PAGE
        .replace("{state}", state)
        .replace("{own}", &escape(own));
    shown(page)
}

/// For whoever comes with a browser where nothing is; programs get the status alone.
pub(super) fn nothing_here() -> Response<Bytes> {
    let mut reply = shown(NOTHING);
    *reply.status_mut() = StatusCode::NOT_FOUND;
    reply
}

/// Whether a browser asks, for somebody who reads.
pub(super) fn is_browser(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter();
    let mut accepted = accepted.filter_map(|it| it.to_str().ok());
    accepted.any(|it| it.to_ascii_lowercase().contains("text/html"))
}

fn shown(page: impl Into<Bytes>) -> Response<Bytes> {
    let mut reply = Response::new(page.into());
    let headers = reply.headers_mut();
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(header::CONTENT_TYPE, "text/html; charset=utf-8");
    set(header::CACHE_CONTROL, "no-store");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    set(header::CONTENT_SECURITY_POLICY, policy);
    reply
}

/// What the client has called the service by may hold what is syntax in HTML.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

const PAGE: &str = include_str!("about.html");
const NOTHING: &str = include_str!("nothing_here.html");

#[cfg(test)]
mod tests {
    use super::*;

    fn text(own: &str, degraded: bool) -> String {
        String::from_utf8(page(own, degraded).into_body().to_vec()).unwrap()
    }

    #[test]
    fn it_says_how_to_connect_and_how_the_service_is() {
        let page = text("https://im.example.org", false);
        for said in [
            "<code>https://im.example.org/gateway/gateway.dll</code>",
            "<code>https://im.example.org/imsoap/BSIMService.asmx</code>",
            "<code>msnp chat --server https://im.example.org</code>",
            "<p>The service runs.\n",
        ] {
            assert!(page.contains(said), "{said}");
        }
        assert!(!page.contains("{own}") && !page.contains("{state}"));
        assert!(text("http://h", true).contains("cannot keep anything"));
    }

    #[test]
    fn no_name_is_markup() {
        assert!(!text("http://<b>&\"'", false).contains("<b>"));
    }
}
