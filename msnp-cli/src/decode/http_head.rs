//! Heads of HTTP/1 messages: what they are, and how long the body behind them is.

use crate::recording::{Headers, Request, Response};

/// The most bytes of a head, or of one line of a chunked body.
pub(super) const HEAD_LIMIT: usize = 256 * 1024;
/// The most bytes of a body.
pub(super) const BODY_LIMIT: u64 = 64 * 1024 * 1024;

/// What is wrong with an HTTP stream.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum HttpFault {
    #[error("not the first line of an HTTP/1 message")]
    BadStart,
    #[error("not an HTTP header")]
    BadHeader,
    #[error(
        "HTTP header with a blank before its colon: whoever wrote it breaks HTTP, and most refuse it"
    )]
    BlankBeforeColon,
    #[error("HTTP head is longer than {HEAD_LIMIT} bytes")]
    LongHead,
    #[error("not an HTTP Content-Length")]
    BadLength,
    #[error("not the length of an HTTP chunk")]
    BadChunk,
    #[error("HTTP body is longer than {BODY_LIMIT} bytes")]
    LongBody,
    #[error("HTTP head is cut off")]
    CutHead,
    #[error("HTTP body is cut off after {found} bytes")]
    CutBody { found: u64 },
}

/// One head.
#[derive(Debug)]
pub(super) enum Head {
    Request(Request),
    Response(Response),
}

/// How long a body is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum BodyLength {
    Bytes(u64),
    Chunked,
    UntilClose,
}

/// How long the body of a request is (RFC 9112 6.3).
pub(super) fn request_body(request: &Request) -> Result<BodyLength, HttpFault> {
    Ok(stated_length(&request.headers)?.unwrap_or(BodyLength::Bytes(0)))
}

/// How long the body of the response to a `method` request is.
pub(super) fn response_body(response: &Response, method: &str) -> Result<BodyLength, HttpFault> {
    if method == "HEAD" || matches!(response.status, 100..200 | 204 | 304) {
        return Ok(BodyLength::Bytes(0));
    }
    Ok(stated_length(&response.headers)?.unwrap_or(BodyLength::UntilClose))
}

fn stated_length(headers: &Headers) -> Result<Option<BodyLength>, HttpFault> {
    if let Some(coding) = headers.get("transfer-encoding")
        && coding.to_ascii_lowercase().contains("chunked")
    {
        return Ok(Some(BodyLength::Chunked));
    }
    match headers.get("content-length") {
        Some(length) => match length.trim().parse() {
            Ok(length) if length <= BODY_LIMIT => Ok(Some(BodyLength::Bytes(length))),
            Ok(_) => Err(HttpFault::LongBody),
            Err(_) => Err(HttpFault::BadLength),
        },
        None => Ok(None),
    }
}

/// A line without its end.
pub(super) fn trim_line(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The head of either kind of message, from its lines; and something wrong with it that does not keep it from being read.
pub(super) fn parse(lines: &[String]) -> Result<(Head, Option<HttpFault>), HttpFault> {
    let (start, fields) = lines.split_first().ok_or(HttpFault::BadStart)?;
    let mut headers = Headers::default();
    let mut oddity = None;
    for field in fields {
        // A line that begins with a blank goes on with the one before (RFC 9112 5.2).
        if field.starts_with([' ', '\t']) {
            if !headers.extend_last(field.trim()) {
                return Err(HttpFault::BadHeader);
            }
            continue;
        }
        let (name, value) = field.split_once(':').ok_or(HttpFault::BadHeader)?;
        // No recipient may take such a name for the one without the blank (RFC 9112 5.1).
        if name.ends_with([' ', '\t']) {
            oddity = Some(HttpFault::BlankBeforeColon);
        }
        headers.push(name.trim().to_owned(), value.trim().to_owned());
    }
    let words: Vec<&str> = start.split(' ').collect();
    let head = match words[..] {
        [version, status, ..] if version.starts_with("HTTP/1.") => {
            let status = status.parse().map_err(|_| HttpFault::BadStart)?;
            Head::Response(Response { status, headers })
        }
        [method, target, version] if version.starts_with("HTTP/1.") => Head::Request(Request {
            method: method.to_owned(),
            target: target.to_owned(),
            headers,
        }),
        _ => return Err(HttpFault::BadStart),
    };
    Ok((head, oddity))
}

/// The length on the line before a chunk; extensions are passed over.
pub(super) fn chunk_length(line: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(trim_line(line)).ok()?;
    let digits = text.split(';').next()?.trim();
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u64::from_str_radix(digits, 16).ok()
}
