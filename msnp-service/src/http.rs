//! The HTTP face: what every request goes through on its way to the server machine, or to the IM web service.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use msnp_server::{Entropy, From, Server};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::config::{Limits, Timings};
use crate::engine::Engine;
pub(crate) use imsoap::{ImSoap, PATH as IMSOAP_PATH};
use reply_body::{Exchange, ReplyBody, Unflushed};
use request_body::{BodyError, Punctual};

mod header_case;
mod imsoap;
mod listen;
mod reply_body;
mod request_body;

/// What all requests share.
pub(crate) struct Front {
    pub(crate) engine: Engine,
    pub(crate) imsoap: ImSoap,
    pub(crate) limits: Limits,
}

/// Where a request comes from.
#[derive(Clone, Debug)]
struct Arrival {
    from: From,
    unflushed: Unflushed,
}

/// The largest body of a request to a page.
const PAGE_BYTES: usize = 16 * 1024;

/// As good as for ever, and clocks can add it.
const A_DAY: Duration = Duration::from_secs(86_400);

/// Serves until `stop` turns true and the requests in progress have ended.
pub(crate) async fn serve(
    listener: TcpListener,
    front: Arc<Front>,
    timings: Timings,
    stop: watch::Receiver<bool>,
) {
    let bounds = listen::Bounds {
        connections: front.limits.connections,
        request: timings.request.min(A_DAY),
        reply: timings.reply.min(A_DAY),
    };
    listen::serve(listener, front, bounds, stop).await;
}

impl Front {
    /// Answers one request. A held poll waits here; if the client goes away, hyper drops this future, and
    /// the exchange is reported lost.
    async fn answer(
        self: Arc<Self>,
        request: Request<Punctual>,
        arrival: Arrival,
    ) -> Response<ReplyBody> {
        let (head, body) = request.into_parts();
        let path = head.uri.path();
        let limit = if Server::is_gateway(path) || ImSoap::serves(path) {
            self.limits.request_bytes
        } else {
            PAGE_BYTES
        };
        let body = match Limited::new(body, limit).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) => return plain(bare(refusal(&*error))),
        };
        let request = Request::from_parts(head, body);
        if ImSoap::serves(request.uri().path()) {
            let peer = arrival.from.peer;
            return plain(
                self.imsoap
                    .answer(request, peer, self.limits.request_bytes)
                    .await,
            );
        }
        let Some(entropy) = random() else {
            return plain(bare(StatusCode::SERVICE_UNAVAILABLE));
        };
        let id = self.engine.next_exchange();
        let exchange = Exchange::new(id, self.engine.clone());
        let Arrival { from, unflushed } = arrival;
        let reply = self
            .engine
            .request(id, request, from, Entropy::new(entropy));
        match reply.await {
            Some(reply) => reply.map(|bytes| ReplyBody::new(bytes, exchange, unflushed)),
            None => plain(bare(StatusCode::SERVICE_UNAVAILABLE)),
        }
    }
}

/// A reply whose fate nobody asks for.
fn plain(reply: Response<Bytes>) -> Response<ReplyBody> {
    reply.map(ReplyBody::plain)
}

/// A status without a word.
fn bare(status: StatusCode) -> Response<Bytes> {
    let mut reply = Response::new(Bytes::new());
    *reply.status_mut() = status;
    reply
}

/// What a body is answered with that could not be read to its end.
fn refusal(error: &(dyn std::error::Error + 'static)) -> StatusCode {
    match error.downcast_ref::<BodyError>() {
        Some(BodyError::Late) => StatusCode::REQUEST_TIMEOUT,
        None if error.is::<LengthLimitError>() => StatusCode::PAYLOAD_TOO_LARGE,
        Some(BodyError::Broken(_)) | None => StatusCode::BAD_REQUEST,
    }
}

/// Fresh random bytes; `None` if the system has none to give.
pub(crate) fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).ok().map(|()| bytes)
}

impl Arrival {
    const fn new(peer: std::net::IpAddr, local: Option<SocketAddr>, unflushed: Unflushed) -> Self {
        Self {
            from: From { peer, local },
            unflushed,
        }
    }
}
