//! The head of a response, as an HTTP library hands it on: lines.

use http::{HeaderMap, HeaderName, HeaderValue};

/// The headers of the last head in these lines. A line that begins with `HTTP/` begins another head: those before it were
/// interim responses (1xx), or a proxy's. What is no header is the peer's fault, and nothing to stop for.
pub(crate) fn headers(lines: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines.split(|byte| *byte == b'\n') {
        if line.starts_with(b"HTTP/") {
            headers.clear();
            continue;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            continue;
        };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        let name = HeaderName::from_bytes(name.trim_ascii());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value)) {
            // Fails above 32,768 headers, of which no machine reads so many.
            let _ = headers.try_append(name, value);
        }
    }
    headers
}
