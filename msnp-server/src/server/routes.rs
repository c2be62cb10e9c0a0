//! Paths, and CORS for the pages that are not the gateway's, which writes its own headers.

use std::collections::BTreeMap;

use bytes::Bytes;
use gateway_sm::{ExchangeId, Origins, Peer, ReachedAt};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use serde_json::json;

use super::caller::Caller;
use crate::peer_network::PeerNetwork;
use crate::reply::{bare, json};

/// Where the gateway is.
const GATEWAY: &str = "/gateway/gateway.dll";

/// Where an operator's tools look.
pub(super) const HEALTH: &str = "/health";

/// Which web pages of other origins may use the calls of the sign-in.
#[derive(Debug)]
pub(super) struct Pages {
    origins: Origins,
    /// Requests that are answered later, with the origin that may read the answer.
    waiting: BTreeMap<ExchangeId, HeaderValue>,
}

impl Pages {
    pub(super) fn new(origins: &Origins) -> Self {
        Self {
            origins: origins.clone(),
            waiting: BTreeMap::new(),
        }
    }

    /// The reply to a browser that asks whether it may ask, if it may.
    pub(super) fn preflight(&self, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        let origin = self.allowed(request.headers())?;
        if *request.method() != Method::OPTIONS {
            return None;
        }
        let mut reply = bare(StatusCode::NO_CONTENT);
        self.write(origin, reply.headers_mut());
        Some(reply)
    }

    /// Lets the page that asked read the reply, if it may.
    pub(super) fn allow(&self, asked: &HeaderMap, reply: &mut HeaderMap) {
        if let Some(origin) = self.allowed(asked) {
            self.write(origin, reply);
        }
    }

    /// A request will be answered later.
    pub(super) fn remember(&mut self, exchange: ExchangeId, asked: &HeaderMap) {
        if let Some(origin) = self.allowed(asked) {
            self.waiting.insert(exchange, origin);
        }
    }

    /// A request that was [remembered](Self::remember) is answered now.
    pub(super) fn allow_later(&mut self, exchange: ExchangeId, reply: &mut HeaderMap) {
        if let Some(origin) = self.waiting.remove(&exchange) {
            self.write(origin, reply);
        }
    }

    /// Nobody waits for the answer any more.
    pub(super) fn forget(&mut self, exchange: ExchangeId) {
        self.waiting.remove(&exchange);
    }

    fn allowed(&self, asked: &HeaderMap) -> Option<HeaderValue> {
        let origin = asked.get(header::ORIGIN)?;
        let allowed = match &self.origins {
            Origins::None => false,
            Origins::Any => true,
            Origins::Listed(list) => list.iter().any(|listed| origin == listed.as_str()),
        };
        allowed.then(|| origin.clone())
    }

    fn write(&self, origin: HeaderValue, headers: &mut HeaderMap) {
        let mut set = |name: HeaderName, value: &'static str| {
            headers.insert(name, HeaderValue::from_static(value));
        };
        set(header::VARY, "Origin");
        set(header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS");
        // Names, passwords and tickets come in these; none of them is one that a browser sends unasked.
        set(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "Content-Type, SOAPAction, Authorization, X-User, X-Password",
        );
        set(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            "PassportURLs, Authentication-Info, WWW-Authenticate, X-Token, Retry-After",
        );
        set(header::ACCESS_CONTROL_MAX_AGE, "86400");
        // Cookies may come along only from origins named one by one.
        if matches!(self.origins, Origins::Listed(_)) {
            set(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        }
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
}

/// Whether a path is the gateway's: in any case, since IIS did not look at the case of names.
pub(super) fn is_gateway(path: &str) -> bool {
    path.eq_ignore_ascii_case(GATEWAY)
}

/// Says to the gateway where a request comes from, and where it came in if that is to be told.
pub(super) fn mark(request: &mut Request<Bytes>, from: &Caller, tells_address: bool) {
    let extensions = request.extensions_mut();
    if let Some(network) = PeerNetwork::of(from.peer) {
        extensions.insert(Peer(network.address()));
    }
    if let Some(connection) = from.connection {
        extensions.insert(connection);
    }
    let local = from.local.filter(|_| tells_address);
    let local = local.map(|local| local.ip().to_canonical());
    // One that is not of the open internet is known to nobody out there.
    if let Some(local) = local.filter(|it| PeerNetwork::of(*it).is_some()) {
        extensions.insert(ReachedAt(local));
    }
}

/// How the server is.
pub(super) fn health(degraded: bool, sessions: usize, connections: usize) -> Response<Bytes> {
    let status = if degraded { "degraded" } else { "ok" };
    json(&json!({ "status": status, "sessions": sessions, "connections": connections }))
}

/// The path with one slash at its beginning.
pub(super) fn with_one_slash(path: &str) -> &str {
    let bare = path.trim_start_matches('/');
    let slash = path.len().saturating_sub(bare.len() + 1);
    path.get(slash..).unwrap_or(path)
}

/// Old clients write `//gateway/gateway.dll` and mean the plain path (real-clients.md).
pub(super) fn collapse_slashes(request: &mut Request<Bytes>) {
    let path = request.uri().path();
    if !path.starts_with("//") {
        return;
    }
    let plain = format!("/{}", path.trim_start_matches('/'));
    let target = match request.uri().query() {
        Some(query) => format!("{plain}?{query}"),
        None => plain,
    };
    if let Ok(target) = target.parse() {
        *request.uri_mut() = target;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_slashes_collapse() {
        let collapsed = |uri: &str| {
            let mut request = Request::get(uri).body(Bytes::new()).unwrap();
            collapse_slashes(&mut request);
            request.uri().to_string()
        };
        assert_eq!(collapsed("/a?b"), "/a?b");
        assert_eq!(collapsed("//a/b?c=d"), "/a/b?c=d");
        assert_eq!(collapsed("http://h///a"), "/a");
    }
}
