//! Recorded sessions (HAR files) as steps of a [`Scripted`](crate::Scripted) client.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use msnp_proto::Frame;
use serde_json::Value;

use crate::step::Step;

/// The requests to `gateway.dll` in a HAR file, in their order.
///
/// # Panics
/// If it is not a HAR file.
pub fn steps(har: &str) -> Vec<Step> {
    let har: Value = serde_json::from_str(har).expect("JSON");
    let entries = har["log"]["entries"].as_array().expect("entries");
    let requests = entries.iter().map(|entry| &entry["request"]);
    requests.filter_map(step).collect()
}

fn step(request: &Value) -> Option<Step> {
    let url = request["url"].as_str()?;
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    if !path.ends_with("/gateway/gateway.dll") {
        return None;
    }
    let query: Vec<_> = query.split('&').collect();
    let query: Vec<_> = query
        .into_iter()
        .filter(|pair| !pair.starts_with("SessionID="))
        .collect();
    let body = request["postData"]["text"].as_str().unwrap_or_default();
    Some(Step {
        query: query.join("&"),
        headers: headers(request),
        body: Bytes::copy_from_slice(body.as_bytes()),
    })
}

fn headers(request: &Value) -> HeaderMap {
    let headers = request["headers"].as_array().into_iter().flatten();
    let pair = |header: &Value| {
        let name = HeaderName::try_from(header["name"].as_str()?).ok()?;
        Some((name, HeaderValue::from_str(header["value"].as_str()?).ok()?))
    };
    headers.filter_map(pair).collect()
}

/// The session id in the value of `X-MSN-Messenger`.
pub(crate) fn session_id(messenger: &str) -> Option<&str> {
    let mut fields = messenger.split("; ");
    fields.find_map(|field| field.strip_prefix("SessionID="))
}

/// Recorded commands, with the `Ack-Id` of the last message that was heard in place of the recorded one. The
/// lengths stay: an `Ack-Id` has sixteen digits, then and now.
pub(crate) fn acknowledge<'a>(
    body: &Bytes,
    heard: impl DoubleEndedIterator<Item = &'a Frame>,
) -> Bytes {
    const ACK: &[u8] = b"Ack-Id: ";
    const DIGITS: usize = 16;
    let digits = |bytes: &[u8]| {
        let at = bytes.windows(ACK.len()).position(|it| it == ACK)? + ACK.len();
        (at + DIGITS <= bytes.len()).then_some(at)
    };
    let (Some(at), Some(id)) = (
        digits(body),
        heard.rev().find_map(|frame| {
            let payload = frame.payload();
            let at = digits(payload)?;
            Some(payload[at..at + DIGITS].to_vec())
        }),
    ) else {
        return body.clone();
    };
    [&body[..at], &id, &body[at + DIGITS..]].concat().into()
}
