//! `HttpReader`: one direction of an HTTP/1 connection, taken apart into heads and bodies.

use super::piece_queue::PieceQueue;
use crate::recording::{Headers, Piece, Place, Request, Response};

/// The most bytes of a head, or of one line of a chunked body.
const HEAD_LIMIT: usize = 256 * 1024;
/// The most bytes of a body.
const BODY_LIMIT: u64 = 64 * 1024 * 1024;

/// What is wrong with an HTTP stream.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum HttpFault {
    #[error("not the first line of an HTTP/1 message")]
    BadStart,
    #[error("not an HTTP header")]
    BadHeader,
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

/// What comes out of a stream.
#[derive(Debug)]
pub(super) enum HttpEvent {
    Request(Request),
    Response(Response),
    /// The body to the last head, whole.
    Body(Vec<Piece>),
}

/// How long a body is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum BodyLength {
    Bytes(u64),
    Chunked,
    UntilClose,
}

/// Reads one direction.
#[derive(Debug)]
pub(super) struct HttpReader {
    unread: PieceQueue,
    state: State,
    body: Vec<Piece>,
    body_length: u64,
    /// Where what was given out last starts.
    event_place: Place,
}

#[derive(Debug)]
enum State {
    /// In the head; its lines so far.
    Head {
        lines: Vec<String>,
        size: usize,
    },
    /// Behind a head, before [`HttpReader::expect_body`].
    Asking,
    Bytes(u64),
    ChunkLength,
    Chunk(u64),
    ChunkEnd,
    Trailers,
    UntilClose,
    /// What comes next cannot be told.
    Lost,
}

impl HttpReader {
    /// At the start of a connection.
    pub(super) fn new() -> Self {
        Self {
            unread: PieceQueue::default(),
            state: State::Head {
                lines: Vec::new(),
                size: 0,
            },
            body: Vec::new(),
            body_length: 0,
            event_place: Place::default(),
        }
    }

    /// The next bytes.
    pub(super) fn push(&mut self, piece: Piece) {
        if matches!(self.state, State::Lost) {
            if !piece.starts_record() {
                return;
            }
            self.restart();
        }
        self.unread.push(piece);
    }

    /// How long the body to the head just given is.
    pub(super) fn expect_body(&mut self, length: BodyLength) {
        self.state = match length {
            BodyLength::Bytes(count) => State::Bytes(count),
            BodyLength::Chunked => State::ChunkLength,
            BodyLength::UntilClose => State::UntilClose,
        };
    }

    /// What comes next; `None` until more bytes are pushed.
    pub(super) fn next_event(&mut self) -> Result<Option<HttpEvent>, (HttpFault, Place)> {
        let place = self.unread.place().unwrap_or_default();
        match self.advance() {
            Ok(event) => {
                self.event_place = place;
                Ok(event)
            }
            Err(fault) => {
                self.lose();
                Err((fault, place))
            }
        }
    }

    /// Where the event just given starts.
    pub(super) const fn event_place(&self) -> Place {
        self.event_place
    }

    /// Gives the stream up until the next record.
    pub(super) fn lose(&mut self) {
        self.restart();
        self.state = State::Lost;
    }

    /// The connection has ended, or bytes are missing from here on: gives the body that only the
    /// end could end.
    pub(super) fn finish(&mut self) -> Result<Option<Vec<Piece>>, (HttpFault, Option<Place>)> {
        let found = self.body_length;
        let place = self.unread.place();
        let state = std::mem::replace(&mut self.state, State::Lost);
        let body = std::mem::take(&mut self.body);
        let held = self.unread.len();
        self.restart();
        match state {
            State::UntilClose => Ok(Some(body)),
            State::Head { lines, .. } if lines.is_empty() && held == 0 => Ok(None),
            State::Head { .. } => Err((HttpFault::CutHead, place)),
            State::Asking | State::Lost => Ok(None),
            _ => Err((
                HttpFault::CutBody { found },
                place.or_else(|| body.last().map(|piece| piece.place(piece.bytes().len()))),
            )),
        }
    }

    fn restart(&mut self) {
        *self = Self::new();
    }

    /// Goes from state to state as far as the bytes reach. What is incomplete stays in the queue, and is
    /// only measured: a peer may never end a line, a head or a chunk, so each has a limit of its own.
    fn advance(&mut self) -> Result<Option<HttpEvent>, HttpFault> {
        loop {
            match &mut self.state {
                State::Head { lines, size } => {
                    let Some(line) = self.unread.take_line() else {
                        return check_size(*size + self.unread.len(), HttpFault::LongHead);
                    };
                    *size += line.len();
                    check_size(*size, HttpFault::LongHead)?;
                    let line = trim_line(&line);
                    if !line.is_empty() {
                        lines.push(String::from_utf8_lossy(line).into_owned());
                    } else if !lines.is_empty() {
                        let event = head(lines)?;
                        self.state = State::Asking;
                        return Ok(Some(event));
                    }
                }
                State::Bytes(left) => {
                    let left = *left;
                    if left == 0 {
                        return Ok(Some(self.end_body()));
                    }
                    let Some(taken) = self.collect(left)? else {
                        return Ok(None);
                    };
                    self.state = State::Bytes(left - taken);
                }
                State::ChunkLength => {
                    let Some(line) = self.unread.take_line() else {
                        return check_size(self.unread.len(), HttpFault::BadChunk);
                    };
                    self.state = match chunk_length(&line).ok_or(HttpFault::BadChunk)? {
                        0 => State::Trailers,
                        length => State::Chunk(length),
                    };
                }
                State::Chunk(left) => {
                    let left = *left;
                    let Some(taken) = self.collect(left)? else {
                        return Ok(None);
                    };
                    self.state = match left - taken {
                        0 => State::ChunkEnd,
                        left => State::Chunk(left),
                    };
                }
                State::ChunkEnd => {
                    let Some(line) = self.unread.take_line() else {
                        return check_size(self.unread.len(), HttpFault::BadChunk);
                    };
                    if !trim_line(&line).is_empty() {
                        return Err(HttpFault::BadChunk);
                    }
                    self.state = State::ChunkLength;
                }
                State::Trailers => {
                    let Some(line) = self.unread.take_line() else {
                        return check_size(self.unread.len(), HttpFault::LongHead);
                    };
                    if trim_line(&line).is_empty() {
                        return Ok(Some(self.end_body()));
                    }
                }
                State::UntilClose => {
                    self.collect(u64::MAX)?;
                    return Ok(None);
                }
                State::Asking | State::Lost => return Ok(None),
            }
        }
    }

    /// Moves at most `wanted` bytes to the body; `None` if there are none.
    fn collect(&mut self, wanted: u64) -> Result<Option<u64>, HttpFault> {
        let taken = self
            .unread
            .take(usize::try_from(wanted).unwrap_or(usize::MAX));
        let count = taken.iter().map(|piece| piece.bytes().len() as u64).sum();
        self.body.extend(taken);
        self.body_length += count;
        if self.body_length > BODY_LIMIT {
            return Err(HttpFault::LongBody);
        }
        Ok((count > 0).then_some(count))
    }

    fn end_body(&mut self) -> HttpEvent {
        self.state = State::Head {
            lines: Vec::new(),
            size: 0,
        };
        self.body_length = 0;
        HttpEvent::Body(std::mem::take(&mut self.body))
    }
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

fn check_size(size: usize, fault: HttpFault) -> Result<Option<HttpEvent>, HttpFault> {
    if size > HEAD_LIMIT {
        Err(fault)
    } else {
        Ok(None)
    }
}

fn trim_line(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn head(lines: &[String]) -> Result<HttpEvent, HttpFault> {
    let (start, fields) = lines.split_first().ok_or(HttpFault::BadStart)?;
    let mut headers = Headers::default();
    for field in fields {
        let (name, value) = field.split_once(':').ok_or(HttpFault::BadHeader)?;
        headers.push(name.trim().to_owned(), value.trim().to_owned());
    }
    let words: Vec<&str> = start.split(' ').collect();
    match words[..] {
        [version, status, ..] if version.starts_with("HTTP/1.") => {
            let status = status.parse().map_err(|_| HttpFault::BadStart)?;
            Ok(HttpEvent::Response(Response { status, headers }))
        }
        [method, target, version] if version.starts_with("HTTP/1.") => {
            Ok(HttpEvent::Request(Request {
                method: method.to_owned(),
                target: target.to_owned(),
                headers,
            }))
        }
        _ => Err(HttpFault::BadStart),
    }
}

/// The length on the line before a chunk; extensions are passed over.
fn chunk_length(line: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(trim_line(line)).ok()?;
    let digits = text.split(';').next()?.trim();
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u64::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    /// Reads `text` cut in two at every place; what comes out must be the same.
    #[track_caller]
    fn check(text: &str, method: &str, expected: &[&str]) {
        for cut in 0..text.len() {
            let mut reader = HttpReader::new();
            let mut found = Vec::new();
            let (first, second) = text.as_bytes().split_at(cut);
            for part in [first, second] {
                let piece = Piece::verbatim(Bytes::copy_from_slice(part), Place::default(), false);
                reader.push(piece);
                drain(&mut reader, method, &mut found);
            }
            match reader.finish() {
                Ok(Some(body)) => found.push(format!("end {}", join(&body))),
                Ok(None) => {}
                Err((fault, _)) => found.push(fault.to_string()),
            }
            assert_eq!(found, expected, "cut at {cut}");
        }
    }

    fn drain(reader: &mut HttpReader, method: &str, found: &mut Vec<String>) {
        loop {
            match reader.next_event() {
                Ok(None) => return,
                Ok(Some(HttpEvent::Request(request))) => {
                    found.push(format!("{} {}", request.method, request.target));
                    reader.expect_body(request_body(&request).expect("a length"));
                }
                Ok(Some(HttpEvent::Response(response))) => {
                    found.push(response.status.to_string());
                    reader.expect_body(response_body(&response, method).expect("a length"));
                }
                Ok(Some(HttpEvent::Body(body))) => found.push(join(&body)),
                Err((fault, _)) => found.push(fault.to_string()),
            }
        }
    }

    fn join(body: &[Piece]) -> String {
        let bytes: Vec<u8> = body
            .iter()
            .flat_map(|piece| piece.bytes().to_vec())
            .collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[test]
    fn pipelined_requests_are_told_apart() {
        check(
            "POST /a HTTP/1.1\r\nContent-Length: 5\r\n\r\nPNG\r\nPOST http://h/b HTTP/1.1\r\n\r\nGET /c HTTP/1.0\r\n\r\n",
            "",
            &["POST /a", "PNG\r\n", "POST http://h/b", "", "GET /c", ""],
        );
    }

    #[test]
    fn chunks_are_joined() {
        check(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\nVER \r\n3\r\n1\r\n\r\n0\r\nTrailer: 1\r\n\r\nHTTP/1.1 204 No\r\n\r\n",
            "POST",
            &["200", "VER 1\r\n", "204", ""],
        );
    }

    #[test]
    fn a_continue_has_no_body_and_a_head_reply_neither() {
        check(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
            "HEAD",
            &["100", "", "200", ""],
        );
    }

    #[test]
    fn a_body_without_length_ends_with_the_connection() {
        check("HTTP/1.0 200 OK\r\n\r\nQNG", "POST", &["200", "end QNG"]);
    }

    #[test]
    fn what_is_cut_off_is_found() {
        check(
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nQNG",
            "POST",
            &["200", "HTTP body is cut off after 3 bytes"],
        );
        check("HTTP/1.1 200 OK\r\nCont", "POST", &["HTTP head is cut off"]);
    }

    #[test]
    fn what_is_not_http_is_found() {
        check(
            "VER 1 MSNP8\r\n\r\n",
            "",
            &["not the first line of an HTTP/1 message"],
        );
        check(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "POST",
            &["200", "not the length of an HTTP chunk"],
        );
    }
}
