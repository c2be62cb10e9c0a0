//! The operator's address: how the service is, and its figures. Nobody else's business, so it has an address of its own.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::door::accept::{accept, asked_to_stop};
use crate::door::socket::Socket;
use crate::door::terms::Terms;
use crate::engine::Engine;
use crate::metrics::Metrics;

/// Tools that look at once.
const CONNECTIONS: usize = 64;

/// How long a tool may take to ask.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is there to be looked at.
#[derive(Clone, Debug)]
pub(crate) struct Operator {
    engine: Engine,
    metrics: Arc<Metrics>,
}

impl Operator {
    pub(crate) const fn new(engine: Engine, metrics: Arc<Metrics>) -> Self {
        Self { engine, metrics }
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
        accept(listener, &terms, stop, move |guest| {
            self.clone().connection(guest.socket, stopping.clone())
        })
        .await;
    }

    async fn connection(self, socket: Socket, mut stop: watch::Receiver<bool>) {
        let service = service_fn(move |request: Request<Incoming>| {
            let reply = self.answer(request.method(), request.uri().path());
            async { Ok::<_, Infallible>(reply) }
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

    fn answer(&self, method: &Method, path: &str) -> Response<Full<Bytes>> {
        if !matches!(*method, Method::GET | Method::HEAD) {
            return reply(StatusCode::METHOD_NOT_ALLOWED, "text/plain", String::new());
        }
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
                let words = "/health, /health/live, /health/ready, /metrics\n";
                reply(StatusCode::NOT_FOUND, "text/plain", words.to_owned())
            }
        }
    }
}

fn reply(status: StatusCode, kind: &'static str, text: String) -> Response<Full<Bytes>> {
    let mut reply = Response::new(Full::new(text.into()));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply
}
