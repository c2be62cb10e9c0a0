//! `gateway.dll`: carries requests to the gateway machine and its replies back.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{Request, StatusCode};

use super::Shared;
use super::reply_body::{Exchange, ReplyBody, Unflushed};

/// One exchange with the gateway. A held poll waits here; if the client goes away, hyper drops
/// this future, and the exchange is reported lost.
pub(super) async fn exchange(State(shared): State<Shared>, request: Request<Body>) -> Response {
    let unflushed = request
        .extensions()
        .get::<Unflushed>()
        .cloned()
        .unwrap_or_default();
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, shared.limits.request_bytes).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let mut entropy = [0; 16];
    if getrandom::fill(&mut entropy).is_err() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let id = shared.engine.next_exchange();
    let exchange = Exchange::new(id, shared.engine.clone());
    let request = Request::from_parts(head, body);
    let Some(reply) = shared.engine.request(id, request, entropy).await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    reply.map(|bytes: Bytes| Body::new(ReplyBody::new(bytes, exchange, unflushed)))
}
