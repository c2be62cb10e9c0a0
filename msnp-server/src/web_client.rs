//! `WebClient`: the page by which people talk in a browser, as files that somebody else has built.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};

use crate::reply::bare;

/// What the pages may load and do: nothing but what comes from here, nothing inline, and no text that becomes a script.
pub(crate) const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types 'none'";

/// The page by which people talk in a browser. A server that has one serves it at `/`: who is not signed in finds the form there,
/// who is the page itself.
///
/// ```
/// use msnp_server::{WebClient, WebFile};
/// let form = r#"<form method="post" action="{post}">{shown}<input name="PPFT" value="{token}"> …"#;
/// let script = WebFile::new("text/javascript", "…");
/// let page = WebClient::new(form, r#"<script src="/web/app.js"></script>"#).file("app.js", script);
/// ```
#[derive(Clone)]
pub struct WebClient {
    sign_in: String,
    page: Bytes,
    network: String,
    files: BTreeMap<String, WebFile>,
}

/// The same page in front of a network of old ([`WebClient::in_front`]): a gateway serves it whose server knows nothing of pages.
#[derive(Clone, Debug)]
pub struct NetworkPage {
    client: WebClient,
    page: Bytes,
}

/// One file of it, as it is and packed.
#[derive(Clone)]
pub struct WebFile {
    content_type: HeaderValue,
    plain: Bytes,
    /// Best first.
    packed: Vec<(&'static str, Bytes)>,
}

impl WebClient {
    /// Where its files are.
    pub const FILES: &str = "/web/";

    /// A page without files. `sign_in` is the HTML for who is not signed in, in which `{post}`, `{token}` and `{shown}` stand for the
    /// form's address, its token, and what was wrong (an element, or nothing), `{login}` for the address that was typed before, and
    /// `{at_login}` and `{at_password}` for the attribute `autofocus` at the field where one goes on; `page` is the HTML for who is.
    pub fn new(sign_in: impl Into<String>, page: impl Into<Bytes>) -> Self {
        Self {
            sign_in: sign_in.into(),
            page: page.into(),
            network: String::new(),
            files: BTreeMap::new(),
        }
    }

    /// The HTML in front of a network of old, in which `{relay}` stands for the names of the calls that the relay there makes.
    #[must_use]
    pub fn network(mut self, page: impl Into<String>) -> Self {
        self.network = page.into();
        self
    }

    /// The page in front of a network of old, which signs in there by the calls of a relay that have these names. `None`: it has no
    /// [HTML](Self::network) for that.
    pub fn in_front<'a>(&self, calls: impl IntoIterator<Item = &'a str>) -> Option<NetworkPage> {
        let calls: Vec<&str> = calls.into_iter().collect();
        let page = self.network.replace("{relay}", &calls.join(" "));
        (!page.is_empty()).then(|| NetworkPage {
            client: self.clone(),
            page: page.into(),
        })
    }

    /// A file that it needs, below [`FILES`](Self::FILES). What is in it never changes under this name: browsers keep it for good.
    #[must_use]
    pub fn file(mut self, name: impl Into<String>, file: WebFile) -> Self {
        self.files.insert(name.into(), file);
        self
    }

    /// The HTML of the form.
    pub(crate) fn sign_in(&self) -> &str {
        &self.sign_in
    }

    /// The page for who is signed in.
    pub(crate) fn page(&self) -> Response<Bytes> {
        html(&self.page)
    }

    /// The answer to a request for a file; `None`: the path is not of files.
    pub(crate) fn handle_request(
        &self,
        method: &Method,
        path: &str,
        asked: &HeaderMap,
    ) -> Option<Response<Bytes>> {
        let name = path.strip_prefix(Self::FILES)?;
        let Some(file) = self.files.get(name) else {
            return Some(bare(StatusCode::NOT_FOUND));
        };
        if !matches!(*method, Method::GET | Method::HEAD) {
            let mut refusal = bare(StatusCode::METHOD_NOT_ALLOWED);
            let allowed = HeaderValue::from_static("GET,HEAD");
            refusal.headers_mut().insert(header::ALLOW, allowed);
            return Some(refusal);
        }
        Some(file.reply(asked))
    }
}

impl NetworkPage {
    /// The answer to a request for the page or one of its files; `None`: the path is none of theirs.
    pub fn handle_request(&self, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        let (method, path) = (request.method(), request.uri().path());
        if path == "/" && matches!(*method, Method::GET | Method::HEAD) {
            return Some(html(&self.page));
        }
        self.client.handle_request(method, path, request.headers())
    }
}

fn html(page: &Bytes) -> Response<Bytes> {
    let mut reply = Response::new(page.clone());
    let headers = reply.headers_mut();
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, html);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    guard(headers);
    reply
}

impl WebFile {
    /// A file of this content type, as `text/css`. Text is UTF-8.
    pub fn new(content_type: &'static str, plain: impl Into<Bytes>) -> Self {
        Self {
            content_type: HeaderValue::from_static(content_type),
            plain: plain.into(),
            packed: Vec::new(),
        }
    }

    /// The same packed so (RFC 9110, 8.4.1), as `br`. Whatever is given first is preferred.
    #[must_use]
    pub fn packed(mut self, coding: &'static str, bytes: impl Into<Bytes>) -> Self {
        self.packed.push((coding, bytes.into()));
        self
    }

    fn reply(&self, asked: &HeaderMap) -> Response<Bytes> {
        let packed = self.packed.iter().find(|(coding, _)| takes(asked, coding));
        let body = packed.map_or(&self.plain, |(_, bytes)| bytes);
        let mut reply = Response::new(body.clone());
        let headers = reply.headers_mut();
        headers.insert(header::CONTENT_TYPE, self.content_type.clone());
        let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
        if let Some((coding, _)) = packed {
            set(header::CONTENT_ENCODING, coding);
        }
        set(header::VARY, "Accept-Encoding");
        set(header::CACHE_CONTROL, "public, max-age=31536000, immutable");
        guard(headers);
        reply
    }
}

/// Whether a client takes a coding: it is named, or all are, and not with a weight of nothing (RFC 9110, 12.5.3).
fn takes(asked: &HeaderMap, coding: &str) -> bool {
    let lines = asked.get_all(header::ACCEPT_ENCODING).iter();
    let offers = lines.filter_map(|line| line.to_str().ok());
    let mut by_any = false;
    for offer in offers.flat_map(|line| line.split(',')) {
        let mut parts = offer.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q="));
        let is_taken = weight.is_none_or(|weight| weight.parse().is_ok_and(|it: f32| it > 0.0));
        if name.eq_ignore_ascii_case(coding) {
            return is_taken;
        }
        by_any |= name == "*" && is_taken;
    }
    by_any
}

/// What every page and file says to the browser.
pub(crate) fn guard(headers: &mut HeaderMap) {
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(header::CONTENT_SECURITY_POLICY, POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // With none at all a browser would say of its own form that it comes from nowhere (`Origin: null`; Fetch, 3.2).
    set(header::REFERRER_POLICY, "same-origin");
}

impl fmt::Debug for WebClient {
    /// Without what is in the files.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(&self.files).finish()
    }
}

impl fmt::Debug for WebFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, {} bytes", self.content_type, self.plain.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(accept: &[&'static str]) -> HeaderMap {
        let lines = accept.iter().map(|line| HeaderValue::from_static(line));
        lines.map(|line| (header::ACCEPT_ENCODING, line)).collect()
    }

    fn client() -> WebClient {
        let script = WebFile::new("text/javascript", "plain");
        let script = script.packed("br", "best").packed("gzip", "good");
        WebClient::new("{shown}", "page").file("app-1.js", script)
    }

    #[track_caller]
    fn check(accept: &[&'static str], body: &str) {
        let client = client();
        let reply = client.handle_request(&Method::GET, "/web/app-1.js", &asking(accept));
        let reply = reply.unwrap();
        assert_eq!(reply.body(), body, "{accept:?}");
        let coding = reply.headers().get(header::CONTENT_ENCODING);
        let expected = match body {
            "best" => Some("br"),
            "good" => Some("gzip"),
            _ => None,
        };
        assert_eq!(coding.map(|it| it.to_str().unwrap()), expected);
    }

    #[test]
    fn a_file_comes_in_the_best_coding_that_is_taken() {
        check(&[], "plain");
        check(&["gzip, deflate, br, zstd"], "best");
        check(&["gzip", "BR;q=1.0"], "best");
        check(&["gzip;q=0.5"], "good");
        check(&["br;q=0, gzip"], "good");
        check(&["br;q=0, *"], "good");
        check(&["*"], "best");
        check(&["*;q=0"], "plain");
        check(&["identity, gzip;q=0.000"], "plain");
        check(&["brr, ;, br;q=x"], "plain");
    }

    #[test]
    fn what_is_not_there_is_not_found_and_other_paths_are_not_its_own() {
        let client = client();
        let ask = |method: Method, path| {
            let reply = client.handle_request(&method, path, &HeaderMap::new());
            reply.map(|reply| reply.status().as_u16())
        };
        assert_eq!(ask(Method::GET, "/web/app-1.js"), Some(200));
        assert_eq!(ask(Method::HEAD, "/web/app-1.js"), Some(200));
        assert_eq!(ask(Method::POST, "/web/app-1.js"), Some(405));
        assert_eq!(ask(Method::GET, "/web/../app-1.js"), Some(404));
        assert_eq!(ask(Method::GET, "/web/"), Some(404));
        assert_eq!(ask(Method::GET, "/"), None);
        assert_eq!(ask(Method::GET, "/webs/app-1.js"), None);
    }

    #[test]
    fn in_front_of_a_network_it_knows_the_calls_of_the_relay() {
        assert!(client().in_front(["rst"]).is_none());
        let client = client().network(r#"<html data-relay="{relay}">"#);
        let page = client.in_front(["login", "rst"]).unwrap();
        let ask = |method, path: &'static str| {
            let request = Request::builder().method(method).uri(path);
            page.handle_request(&request.body(Bytes::new()).unwrap())
        };
        let reply = ask(Method::GET, "/").unwrap();
        assert_eq!(reply.body(), r#"<html data-relay="login rst">"#);
        assert_eq!(reply.headers()[header::CONTENT_SECURITY_POLICY], POLICY);
        assert_eq!(ask(Method::GET, "/web/app-1.js").unwrap().status(), 200);
        // All else is the gateway's.
        assert!(ask(Method::POST, "/").is_none());
        assert!(ask(Method::POST, "/gateway/gateway.dll").is_none());
    }

    #[test]
    fn everything_is_guarded() {
        let client = client();
        let file = client.handle_request(&Method::GET, "/web/app-1.js", &HeaderMap::new());
        for reply in [client.page(), file.unwrap()] {
            let headers = reply.headers();
            assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
            assert_eq!(headers[header::CONTENT_SECURITY_POLICY], POLICY);
        }
        assert!(!POLICY.contains("unsafe-inline") && !POLICY.contains("http"));
    }
}
