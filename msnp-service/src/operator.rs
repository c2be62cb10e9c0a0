//! The operator's address: how the service is, its figures, and what is to be announced. Nobody else's business, so it has an
//! address of its own.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::announcing::{AnnounceError, announce};
use crate::door::accept::{accept, asked_to_stop};
use crate::door::entrance::Entrance;
use crate::door::socket::Socket;
use crate::door::terms::Terms;
use crate::engine::Engine;
use crate::metrics::Metrics;
use crate::operator_pass::OperatorPass;

/// Tools that look at once.
const CONNECTIONS: usize = 64;

/// How long a tool may take to ask.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where something is to be announced.
const BROADCAST: &str = "/broadcast";

/// The longest body of such a request, in bytes: more than may be announced, so that what is wrong is said of it.
const LONGEST: usize = 8 * 1024;

/// What is there to be looked at, and done.
#[derive(Clone, Debug)]
pub(crate) struct Operator {
    engine: Engine,
    metrics: Arc<Metrics>,
    /// Who may have something done; nobody without.
    pass: Option<Arc<OperatorPass>>,
}

impl Operator {
    pub(crate) fn new(engine: Engine, metrics: Arc<Metrics>, pass: Option<OperatorPass>) -> Self {
        Self {
            engine,
            metrics,
            pass: pass.map(Arc::new),
        }
    }

    /// Serves until `stop` turns true.
    pub(crate) async fn serve(
        self,
        listener: TcpListener,
        mut terms: Terms,
        stop: watch::Receiver<bool>,
    ) {
        terms.limits.connections = CONNECTIONS;
        // Nobody stands in front of this address.
        terms.proxies = Arc::default();
        let stopping = stop.clone();
        accept(listener, Entrance::new(&terms), stop, move |guest| {
            self.clone().connection(guest.socket, stopping.clone())
        })
        .await;
    }

    async fn connection(self, socket: Socket, mut stop: watch::Receiver<bool>) {
        let service = service_fn(move |request: Request<Incoming>| {
            let operator = self.clone();
            async move { Ok::<_, Infallible>(operator.answer(request).await) }
        });
        let serving = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(PATIENCE)
            // Tools may say at once that they ask nothing more.
            .half_close(true)
            .title_case_headers(true)
            .serve_connection(TokioIo::new(socket), service);
        let ended = tokio::select! {
            ended = serving => ended,
            () = asked_to_stop(&mut stop) => Ok(()),
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection of the operator's broke");
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        match (request.method(), request.uri().path()) {
            (&Method::POST, BROADCAST) => self.broadcast(request).await,
            (&Method::GET | &Method::HEAD, path) if path != BROADCAST => self.look(path),
            _ => said(StatusCode::METHOD_NOT_ALLOWED, ""),
        }
    }

    /// Has the body said to everybody who is signed in, in the name of whom `From` names (RFC 9110 10.1.2). A page that a browser
    /// shows on this machine can send requests here, but does not know the word.
    async fn broadcast(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let text = |name| {
            let value = request.headers().get(name);
            value.map_or(&b""[..], HeaderValue::as_bytes)
        };
        let pass = self.pass.as_ref();
        if !pass.is_some_and(|pass| pass.admits(text(header::AUTHORIZATION))) {
            return said(StatusCode::UNAUTHORIZED, "the word is not right");
        }
        let Ok(by) = std::str::from_utf8(text(header::FROM)).map(str::to_owned) else {
            return said(StatusCode::BAD_REQUEST, "From is no text");
        };
        let body = Limited::new(request.into_body(), LONGEST).collect();
        let Ok(Ok(body)) = timeout(PATIENCE, body).await else {
            return said(
                StatusCode::BAD_REQUEST,
                "the words did not come, or are too long",
            );
        };
        let body = body.to_bytes();
        let Ok(words) = std::str::from_utf8(&body) else {
            return said(StatusCode::BAD_REQUEST, "the words are not UTF-8");
        };
        match announce(&self.engine, &by, words).await {
            Ok(1) => said(StatusCode::OK, "said to 1 person"),
            Ok(people) => said(StatusCode::OK, &format!("said to {people} people")),
            Err(error @ AnnounceError::Unavailable) => {
                said(StatusCode::SERVICE_UNAVAILABLE, &error.to_string())
            }
            Err(error) => said(StatusCode::BAD_REQUEST, &error.to_string()),
        }
    }

    fn look(&self, path: &str) -> Response<Full<Bytes>> {
        let snapshot = self.engine.snapshot();
        let (status, words) = match &snapshot {
            Ok(now) if now.is_degraded => (
                StatusCode::SERVICE_UNAVAILABLE,
                "degraded: the store keeps nothing\n",
            ),
            Ok(_) => (StatusCode::OK, "ok\n"),
            Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "stopped\n"),
        };
        match (path, snapshot) {
            // It runs, and would not be better for being started again: its store is another's affair.
            ("/health/live", Ok(_)) => reply(StatusCode::OK, "text/plain", "ok\n".to_owned()),
            ("/health" | "/health/ready" | "/health/live", _) => {
                reply(status, "text/plain", words.to_owned())
            }
            ("/metrics", Ok(now)) => {
                let kind = "text/plain; version=0.0.4";
                reply(StatusCode::OK, kind, self.metrics.text(&now))
            }
            ("/metrics", Err(_)) => reply(status, "text/plain", words.to_owned()),
            _ => {
                let words = "/health, /health/live, /health/ready, /metrics; POST /broadcast\n";
                reply(StatusCode::NOT_FOUND, "text/plain", words.to_owned())
            }
        }
    }
}

/// One line for whoever has asked for something.
fn said(status: StatusCode, line: &str) -> Response<Full<Bytes>> {
    reply(status, "text/plain; charset=utf-8", format!("{line}\n"))
}

fn reply(status: StatusCode, kind: &'static str, text: String) -> Response<Full<Bytes>> {
    let mut reply = Response::new(Full::new(text.into()));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply
}
