//! `gateway.dll`: carries requests to the gateway machine and its replies back.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{Request, StatusCode};

use super::reply_body::{Exchange, ReplyBody, Unflushed};
use super::request_body::BodyError;
use super::{Shared, random};

/// One exchange with the gateway. A held poll waits here; if the client goes away, hyper drops
/// this future, and the exchange is reported lost.
pub(super) async fn exchange(State(shared): State<Shared>, request: Request<Body>) -> Response {
    let unflushed = request
        .extensions()
        .get::<Unflushed>()
        .cloned()
        .unwrap_or_default();
    let (head, body) = request.into_parts();
    let body = match axum::body::to_bytes(body, shared.limits.request_bytes).await {
        Ok(body) => body,
        Err(error) => return refusal(&error).into_response(),
    };
    let Some(entropy) = random() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let id = shared.engine.next_exchange();
    let exchange = Exchange::new(id, shared.engine.clone());
    let request = Request::from_parts(head, body);
    let Some(reply) = shared.engine.request(id, request, entropy).await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    reply.map(|bytes: Bytes| Body::new(ReplyBody::new(bytes, exchange, unflushed)))
}

/// What a body is answered with that could not be read to its end.
fn refusal(error: &axum::Error) -> StatusCode {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = source {
        match error.downcast_ref() {
            Some(BodyError::Late) => return StatusCode::REQUEST_TIMEOUT,
            Some(BodyError::Broken(_)) => return StatusCode::BAD_REQUEST,
            None => source = error.source(),
        }
    }
    StatusCode::PAYLOAD_TOO_LARGE
}
