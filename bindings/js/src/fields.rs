//! The fields of requests and answers, and what is said of those that cannot be read.

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value, json};

/// Why a request was not understood.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Wrong {
    #[error("not a line of JSON")]
    Json,
    /// Of what every language shares.
    #[error(transparent)]
    Shared(#[from] msnp_mapping::Wrong),
    #[cfg(any(feature = "server", feature = "session"))]
    #[error("no such call")]
    Call,
    #[error("no {0}, or not one")]
    Field(&'static str),
    #[error("not started")]
    NotStarted,
}

pub(crate) fn text<'a>(
    request: &'a Map<String, Value>,
    name: &'static str,
) -> Result<&'a str, Wrong> {
    let field = request.get(name).and_then(Value::as_str);
    field.ok_or(Wrong::Field(name))
}

pub(crate) fn number(request: &Map<String, Value>, name: &'static str) -> Result<u64, Wrong> {
    let field = request.get(name).and_then(Value::as_u64);
    field.ok_or(Wrong::Field(name))
}

/// Headers, in the order in which they are written.
pub(crate) fn headers(of: &Map<String, Value>) -> Result<HeaderMap, Wrong> {
    let list = of.get("headers").and_then(Value::as_array);
    let pairs = list.ok_or(Wrong::Field("headers"))?.iter();
    // One that cannot be read is the peer's fault, and nothing to stop for.
    let pairs = pairs.filter_map(|pair| {
        let part = |index| pair.get(index).and_then(Value::as_str);
        let name = HeaderName::try_from(part(0)?).ok()?;
        Some((name, HeaderValue::try_from(part(1)?).ok()?))
    });
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(name, value);
    }
    Ok(headers)
}

/// Headers as they are written. Their values are ASCII here; the machines write no others.
pub(crate) fn headers_as_json(headers: &HeaderMap) -> Value {
    let pairs = headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        json!([name.as_str(), value])
    });
    pairs.collect()
}
