//! The two calls that give a web client its uic (gateway.md 16.3).

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, header};
use serde_json::{Value, json};

use super::cookies::Cookies;
use super::tickets::Tickets;
use crate::entropy::Entropy;
use crate::reply::{bare, json};
use machine_contract::Instant;

/// Step 1: `POST /v2/a`, an empty body for a place in the push network. This service has no such
/// network; nothing that a client does with the answer but to hand it on in step 2 would work.
pub(super) fn place(headers: &HeaderMap, entropy: &Entropy) -> Response<Bytes> {
    let id = format!("{:032x}", u128::from_be_bytes(entropy.take()));
    let host = headers.get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok());
    let host = host.unwrap_or("localhost");
    json(&json!({ "url": format!("https://{host}/v2/f/{id}"), "connId": id }))
}

/// Step 2: `POST /v1/user/Initialization` with the cookies and the two values of step 1, which are
/// not checked, as the original did not (gateway.md 16.3).
pub(super) fn initialization(
    tickets: &Tickets,
    cookies: &Cookies,
    body: &[u8],
    entropy: &Entropy,
    now: Instant,
) -> Response<Bytes> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name| body.get(name).is_some_and(Value::is_string);
    if !(text("trouterurl") && text("connectionid")) {
        return bare(StatusCode::BAD_REQUEST);
    }
    match tickets.uic(cookies.counting(), entropy.take(), now) {
        Some(uic) => {
            // Clients percent-decode the value, so the original escaped it.
            let escaped: String =
                form_urlencoded::byte_serialize(uic.expose().as_bytes()).collect();
            json(&json!({ "MappingContainer": escaped }))
        }
        None => bare(StatusCode::UNAUTHORIZED),
    }
}
