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

/// Recorded commands with today's uic, and the `Ack-Id` of the last message that was heard, in place of the
/// recorded ones. The lengths stay: both are as long now as then.
pub(crate) fn today<'a>(
    body: &Bytes,
    uic: Option<&str>,
    heard: impl DoubleEndedIterator<Item = &'a Frame>,
) -> Bytes {
    let mut body = body.to_vec();
    let uic = uic.filter(|uic| uic.len() == UIC);
    if let (Some(at), Some(uic)) = (behind(&body, b"<uic>", UIC), uic) {
        body[at..at + UIC].copy_from_slice(uic.as_bytes());
    }
    let ack = heard.rev().find_map(|frame| {
        let at = behind(frame.payload(), ACK, ACK_ID)?;
        Some(&frame.payload()[at..at + ACK_ID])
    });
    if let (Some(at), Some(ack)) = (behind(&body, ACK, ACK_ID), ack) {
        body[at..at + ACK_ID].copy_from_slice(ack);
    }
    body.into()
}

/// Bytes of a uic.
const UIC: usize = 264;
const ACK: &[u8] = b"Ack-Id: ";
/// Digits behind it.
const ACK_ID: usize = 16;

/// Where what stands behind `what` begins, if so much of it is there.
fn behind(bytes: &[u8], what: &[u8], length: usize) -> Option<usize> {
    let found = bytes.windows(what.len()).position(|it| it == what)?;
    let at = found + what.len();
    (at + length <= bytes.len()).then_some(at)
}
