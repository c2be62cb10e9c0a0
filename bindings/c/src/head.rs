//! The head of a response, as an HTTP library hands it on: lines.

use http::{HeaderMap, HeaderName, HeaderValue};

/// The headers of the last head in these lines. A line that begins with `HTTP/` begins another head: those before it were
/// interim responses (1xx), or a proxy's. What is no header is the peer's fault, and nothing to stop for. What comes behind a
/// blank line are trailers, which nobody reads.
///
/// `None`: the head was begun and has no end, so the connection was cut in it. libcurl takes that for a response.
pub(crate) fn headers(lines: &[u8]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    let (mut is_begun, mut is_whole) = (false, false);
    for line in lines.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b"HTTP/") {
            headers.clear();
            (is_begun, is_whole) = (true, false);
        } else if line.ends_with(b"\n") && line.trim_ascii().is_empty() {
            is_whole = true;
        } else if !is_whole && let Some((name, value)) = header(line) {
            // Fails above 32,768 headers, of which no machine reads so many.
            let _ = headers.try_append(name, value);
        }
    }
    (is_whole || !is_begun).then_some(headers)
}

fn header(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = HeaderName::from_bytes(line[..colon].trim_ascii()).ok()?;
    let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
    Some((name, value))
}
