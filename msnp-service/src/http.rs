//! The HTTP face: routes, what the handlers share, and CORS for the pages that are not the gateway's.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, Uri, header};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use gateway_sm::Origins;

use crate::accounts::{SignInAddress, UserId};
use crate::config::{Limits, ServiceConfig, Timings};
use crate::engine::Engine;
use crate::upstream::Office;
use attempts::Attempts;
pub(crate) use imsoap::PATH as IMSOAP_PATH;
pub(crate) use tickets::{SharedTickets, Tickets};

mod attempts;
mod cookies;
mod gateway;
mod header_case;
mod imsoap;
mod listen;
mod reply_body;
mod request_body;
mod sign_in;
mod tickets;
mod trouter;

/// What all handlers use.
pub(crate) type Shared = Arc<Inner>;

pub(crate) struct Inner {
    pub(crate) engine: Engine,
    pub(crate) tickets: Arc<Mutex<Tickets>>,
    pub(crate) attempts: Mutex<Attempts<SignInAddress>>,
    /// Of the IM web service.
    pub(crate) user_attempts: Mutex<Attempts<UserId>>,
    pub(crate) office: Arc<Office>,
    /// What the service is called from outside, for callers that do not say.
    pub(crate) host: String,
    /// Password checks that may run at once: each takes a core and 19 MiB for a while.
    pub(crate) hashing: Semaphore,
    pub(crate) decoy_hash: String,
    pub(crate) secure_cookies: bool,
    trusted: cookies::Trusted,
    pub(crate) origins: Origins,
    pub(crate) limits: Limits,
}

impl Inner {
    pub(crate) fn new(
        engine: Engine,
        office: Arc<Office>,
        host: String,
        tickets: Arc<Mutex<Tickets>>,
        decoy_hash: String,
        config: &ServiceConfig,
    ) -> Self {
        let limits = config.limits;
        Self {
            engine,
            tickets,
            attempts: Mutex::new(Attempts::new(limits.password_attempts)),
            user_attempts: Mutex::new(Attempts::new(limits.password_attempts)),
            office,
            host,
            hashing: Semaphore::new(limits.password_checks_at_once),
            decoy_hash,
            secure_cookies: config.secure_cookies,
            trusted: cookies::Trusted::new(config),
            origins: config.origins.clone(),
            limits,
        }
    }

    fn tickets(&self) -> MutexGuard<'_, Tickets> {
        self.tickets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn attempts(&self) -> MutexGuard<'_, Attempts<SignInAddress>> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn user_attempts(&self) -> MutexGuard<'_, Attempts<UserId>> {
        let attempts = self.user_attempts.lock();
        attempts.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves all routes until `stop` turns true and the requests in progress have ended.
pub(crate) async fn serve(
    listener: TcpListener,
    shared: Shared,
    timings: Timings,
    stop: watch::Receiver<bool>,
) {
    let bounds = listen::Bounds {
        connections: shared.limits.connections,
        request: Duration::from_secs(timings.request.min(A_DAY)),
        reply: Duration::from_secs(timings.reply.min(A_DAY)),
    };
    listen::serve(listener, router(shared), bounds, stop).await;
}

/// In seconds: as good as for ever, and clocks can add it.
const A_DAY: u64 = 86_400;

fn router(shared: Shared) -> Router {
    let pages = Router::new()
        .route("/", get(sign_in::page))
        .route("/oauth20_authorize.srf", get(sign_in::page))
        .route("/ppsecure/post.srf", post(sign_in::submit))
        .route("/oauth20_desktop.srf", get(sign_in::desktop))
        .route("/v2/a", post(trouter::place))
        .route("/v1/user/Initialization", post(trouter::initialization))
        .route("/v1/User/Initialization", post(trouter::initialization))
        .route("/health", get(health))
        .layer(DefaultBodyLimit::max(16 * 1024))
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), cors));
    // The gateway writes its own CORS headers: it must do so on its own errors too.
    let gateway = Router::new().route("/gateway/gateway.dll", any(gateway::exchange));
    // It was no service for pages of other origins, and bounds its bodies itself.
    let imsoap = Router::new()
        .route("/imsoap", any(imsoap::serve))
        .route("/imsoap/", any(imsoap::serve))
        .route("/imsoap/{file}", any(imsoap::serve_file));
    pages.merge(gateway).merge(imsoap).with_state(shared)
}

/// The URI with leading slashes collapsed; `None` if there is only one. Old clients write
/// `//gateway/gateway.dll` and mean the plain path (real-clients.md).
fn without_double_slashes(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    if !path.starts_with("//") {
        return None;
    }
    let plain = format!("/{}", path.trim_start_matches('/'));
    let target = match uri.query() {
        Some(query) => format!("{plain}?{query}"),
        None => plain,
    };
    target.parse().ok()
}

async fn health(State(shared): State<Shared>) -> Response {
    let Ok(health) = shared.engine.health().await else {
        let mut response = json_response(&json!({ "status": "stopping" }));
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        return response;
    };
    json_response(&json!({
        "status": "ok",
        "sessions": health.sessions,
        "connections": health.connections,
    }))
}

fn json_response(value: &Value) -> Response {
    (
        [(header::CONTENT_TYPE, "application/json")],
        value.to_string(),
    )
        .into_response()
}

/// Lets pages of the configured origins use the calls of the sign-in.
async fn cors(State(shared): State<Shared>, request: Request<Body>, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let allowed = origin.filter(|origin| allows(&shared.origins, origin));
    let preflight = request.method() == Method::OPTIONS;
    let mut response = if preflight && allowed.is_some() {
        StatusCode::NO_CONTENT.into_response()
    } else {
        next.run(request).await
    };
    let Some(origin) = allowed else {
        return response;
    };
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(header::VARY, "Origin");
    set(header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS");
    set(header::ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type");
    set(header::ACCESS_CONTROL_MAX_AGE, "86400");
    // Cookies may come along only from origins named one by one.
    if matches!(shared.origins, Origins::Listed(_)) {
        set(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
    }
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    response
}

fn allows(origins: &Origins, origin: &HeaderValue) -> bool {
    match origins {
        Origins::None => false,
        Origins::Any => true,
        Origins::Listed(list) => list.iter().any(|listed| origin == listed.as_str()),
    }
}

/// Fresh random bytes; `None` if the system has none to give.
pub(crate) fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).ok().map(|()| bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_slashes_collapse() {
        let collapsed = |uri: &str| without_double_slashes(&uri.parse().unwrap());
        assert_eq!(collapsed("/a?b"), None);
        assert_eq!(collapsed("//a/b?c=d"), Some("/a/b?c=d".parse().unwrap()));
        assert_eq!(collapsed("http://h///a"), Some("/a".parse().unwrap()));
    }
}
