//! The bare handlers that the service is compared with, on the same server stack and with the same settings.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::routing::post;
use bytes::Bytes;
use gateway_sm::{ExchangeId, Gateway, ServerConfig, ServerEvent};
use http::{Request, Response, StatusCode};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use machine_driver::{Clock, SystemClock};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::scale::Failure;

/// The reply to a message that was accepted.
pub(crate) const ACCEPTED: &str = "SDG 8 MSGR 2\r\n\r\n";

/// What a poll is released with; those who release it, and those who wait for it.
type Held = Arc<Mutex<HashMap<String, oneshot::Sender<Bytes>>>>;

/// `/post` answers at once, `/poll/NAME` waits until somebody posts to `/release/NAME`.
pub(crate) async fn handlers() -> Result<SocketAddr, Failure> {
    let held = Held::default();
    let routes = Router::new()
        .route("/post", post(|_: Bytes| async { ACCEPTED }))
        .route("/poll/{name}", post(poll))
        .route("/release/{name}", post(release))
        .with_state(held);
    serve(routes).await
}

async fn poll(
    State(held): State<Held>,
    axum::extract::Path(name): axum::extract::Path<String>,
) -> Bytes {
    let (release, waiting) = oneshot::channel();
    held.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(name, release);
    waiting.await.unwrap_or_default()
}

async fn release(
    State(held): State<Held>,
    axum::extract::Path(name): axum::extract::Path<String>,
    body: Bytes,
) -> &'static str {
    let poll = held
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .remove(&name);
    if let Some(poll) = poll {
        // A poller that has gone away needs no answer.
        let _ = poll.send(body);
    }
    ACCEPTED
}

/// The gateway machine without a service behind it: every post is answered with [`ACCEPTED`].
#[derive(Debug)]
struct Accepting {
    gateway: Gateway,
    waiting: HashMap<ExchangeId, oneshot::Sender<Response<Bytes>>>,
    next: u64,
}

/// Serves [`Accepting`]. Nothing drives its time-outs: it does not live long enough for one.
pub(crate) async fn gateway() -> Result<SocketAddr, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let host = address.to_string();
    let accepting = Arc::new(Mutex::new(Accepting {
        gateway: Gateway::new(ServerConfig::new(&host, &host)?),
        waiting: HashMap::new(),
        next: 0,
    }));
    let routes = Router::new()
        .route("/gateway/gateway.dll", post(exchange))
        .with_state(accepting);
    tokio::spawn(accept(listener, routes));
    Ok(address)
}

async fn exchange(
    State(accepting): State<Arc<Mutex<Accepting>>>,
    request: Request<Body>,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, 1 << 20).await else {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        return response;
    };
    let replied = accepting
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take(Request::from_parts(head, body));
    replied.await.unwrap_or_default().map(Body::from)
}

impl Accepting {
    fn take(&mut self, request: Request<Bytes>) -> oneshot::Receiver<Response<Bytes>> {
        let now = SystemClock.now();
        self.next += 1;
        let (reply, replied) = oneshot::channel();
        let exchange = ExchangeId::new(self.next);
        self.waiting.insert(exchange, reply);
        // Nobody guesses session ids here.
        let entropy = u128::from(self.next).to_le_bytes();
        self.gateway.handle_request(exchange, request, entropy, now);
        while let Some(event) = self.gateway.poll_event() {
            if let ServerEvent::Received {
                session, exchange, ..
            } = event
            {
                // A session that is full or gone shows as a missing reply.
                let _ = self
                    .gateway
                    .send(session, Bytes::from_static(ACCEPTED.as_bytes()), now);
                self.gateway.answered(exchange, now);
            }
        }
        while let Some((exchange, reply)) = self.gateway.poll_reply() {
            if let Some(waiting) = self.waiting.remove(&exchange) {
                let _ = waiting.send(reply);
            }
            self.gateway.handle_reply_sent(exchange, now);
        }
        replied
    }
}

async fn serve(routes: Router) -> Result<SocketAddr, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(accept(listener, routes));
    Ok(address)
}

async fn accept(listener: TcpListener, routes: Router) {
    while let Ok((stream, _)) = listener.accept().await {
        if stream.set_nodelay(true).is_err() {
            continue;
        }
        let service = TowerToHyperService::new(routes.clone());
        tokio::spawn(async move {
            // As the service does it.
            let serving = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(Duration::from_secs(30))
                .max_buf_size(64 * 1024)
                .serve_connection(TokioIo::new(stream), service);
            // A connection ends when its client goes away.
            let _ = serving.await;
        });
    }
}
