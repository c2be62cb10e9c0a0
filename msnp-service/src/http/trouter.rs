//! The two calls that give a web client its uic (gateway.md 16.3).

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use super::cookies::Cookies;
use super::{Shared, json_response, random};
use crate::engine::now;

/// Step 1: `POST /v2/a`, an empty body for a place in the push network. This service has no such
/// network; nothing that a client does with the answer but to hand it on in step 2 would work.
pub(super) async fn place(headers: HeaderMap) -> Response {
    let Some(bytes) = random::<16>() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let id = format!("{:032x}", u128::from_be_bytes(bytes));
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    json_response(&json!({ "url": format!("https://{host}/v2/f/{id}"), "connId": id }))
}

/// Step 2: `POST /v1/user/Initialization` with the cookies and the two values of step 1, which are
/// not checked, as the original did not (gateway.md 16.3).
pub(super) async fn initialization(
    State(shared): State<Shared>,
    cookies: Cookies,
    body: Bytes,
) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if !(body["trouterurl"].is_string() && body["connectionid"].is_string()) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let Some(entropy) = random() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    match shared
        .tickets()
        .uic(cookies.counting(), entropy, now().monotonic)
    {
        Some(uic) => {
            // Clients percent-decode the value, so the original escaped it.
            let escaped: String =
                form_urlencoded::byte_serialize(uic.expose().as_bytes()).collect();
            json_response(&json!({ "MappingContainer": escaped }))
        }
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}
