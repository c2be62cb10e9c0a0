//! `HttpReader`: one direction of an HTTP/1 connection, taken apart into heads and bodies.

use super::http_head::{self, BODY_LIMIT, BodyLength, HEAD_LIMIT, Head, HttpFault, trim_line};
use super::piece_queue::PieceQueue;
use crate::recording::{Piece, Place, Request, Response};

/// What comes out of a stream.
#[derive(Debug)]
pub(super) enum HttpEvent {
    Request(Request),
    Response(Response),
    /// The body to the last head, whole.
    Body(Vec<Piece>),
}

/// Something wrong after which nothing follows, with what there is of the body that it cut off.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) fault: HttpFault,
    pub(super) place: Option<Place>,
    pub(super) body: Vec<Piece>,
}

/// Bytes that were not given out.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Passed {
    /// Heads, lengths of chunks, trailers.
    pub(super) heads: u64,
    /// Behind something wrong.
    pub(super) lost: u64,
}

/// Reads one direction.
#[derive(Debug)]
pub(super) struct HttpReader {
    unread: PieceQueue,
    state: State,
    body: Vec<Piece>,
    body_length: u64,
    passed: Passed,
    /// Something wrong that could be read all the same.
    oddity: Option<(HttpFault, Place)>,
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
            passed: Passed::default(),
            oddity: None,
            event_place: Place::default(),
        }
    }

    /// The next bytes.
    pub(super) fn push(&mut self, piece: Piece) {
        if matches!(self.state, State::Lost) {
            if !piece.starts_record() {
                self.passed.lost += piece.bytes().len() as u64;
                return;
            }
            self.restart();
        }
        self.unread.push(piece);
    }

    /// The bytes since the last call that were not given out.
    pub(super) fn take_passed(&mut self) -> Passed {
        std::mem::take(&mut self.passed)
    }

    /// What was wrong with the last head and did not matter.
    pub(super) const fn take_oddity(&mut self) -> Option<(HttpFault, Place)> {
        self.oddity.take()
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
    pub(super) fn next_event(&mut self) -> Result<Option<HttpEvent>, Broken> {
        let place = self.unread.place().unwrap_or_default();
        match self.advance() {
            Ok(event) => {
                self.event_place = place;
                Ok(event)
            }
            Err(fault) => Err(Broken {
                fault,
                place: Some(place),
                body: self.lose(),
            }),
        }
    }

    /// Where the event just given starts.
    pub(super) const fn event_place(&self) -> Place {
        self.event_place
    }

    /// Gives the stream up until the next record, and what there is of a body.
    pub(super) fn lose(&mut self) -> Vec<Piece> {
        let body = std::mem::take(&mut self.body);
        self.restart();
        self.state = State::Lost;
        body
    }

    /// The connection has ended, or bytes are missing from here on: gives the body that only the
    /// end could end.
    pub(super) fn finish(&mut self) -> Result<Option<Vec<Piece>>, Broken> {
        let found = self.body_length;
        let place = self.unread.place();
        let state = std::mem::replace(&mut self.state, State::Lost);
        let body = std::mem::take(&mut self.body);
        let held = self.unread.len();
        self.restart();
        match state {
            State::UntilClose => Ok(Some(body)),
            State::Head { lines, .. } if lines.is_empty() && held == 0 => Ok(None),
            State::Head { .. } => Err(Broken {
                fault: HttpFault::CutHead,
                place,
                body,
            }),
            State::Asking | State::Lost => Ok(None),
            _ => Err(Broken {
                fault: HttpFault::CutBody { found },
                place: place.or_else(|| body.last().map(|piece| piece.place(piece.bytes().len()))),
                body,
            }),
        }
    }

    fn restart(&mut self) {
        let mut passed = self.passed;
        passed.lost += self.unread.len() as u64;
        *self = Self {
            passed,
            ..Self::new()
        };
    }

    /// The rest is no HTTP: drops what is unread, and says how many bytes that are.
    pub(super) fn abandon(&mut self) -> u64 {
        let unread = self.unread.drain();
        unread.iter().map(|piece| piece.bytes().len() as u64).sum()
    }

    /// A line of what is not a body.
    fn take_line(&mut self) -> Option<Vec<u8>> {
        let line = self.unread.take_line()?;
        self.passed.heads += line.len() as u64;
        Some(line)
    }

    /// Goes from state to state as far as the bytes reach.
    fn advance(&mut self) -> Result<Option<HttpEvent>, HttpFault> {
        // What is incomplete stays in the queue, and is only measured: a peer may never end a line, a head or a chunk,
        // so each has a limit of its own.
        loop {
            match &mut self.state {
                State::Head { size, .. } => {
                    let size = *size;
                    let place = self.unread.place().unwrap_or_default();
                    let Some(line) = self.take_line() else {
                        return check_size(size + self.unread.len(), HttpFault::LongHead);
                    };
                    if let Some(event) = self.head_line(&line, place)? {
                        return Ok(Some(event));
                    }
                }
                State::Bytes(0) => return Ok(Some(self.end_body())),
                State::Bytes(left) => {
                    let left = *left;
                    let Some(taken) = self.collect(left)? else {
                        return Ok(None);
                    };
                    self.state = State::Bytes(left - taken);
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
                State::UntilClose => {
                    self.collect(u64::MAX)?;
                    return Ok(None);
                }
                State::ChunkLength | State::ChunkEnd | State::Trailers => {
                    let Some(line) = self.take_line() else {
                        return check_size(self.unread.len(), HttpFault::BadChunk);
                    };
                    if self.chunk_line(&line)? {
                        return Ok(Some(self.end_body()));
                    }
                }
                State::Asking | State::Lost => return Ok(None),
            }
        }
    }

    /// Reads a line of a head; gives the head at its end.
    fn head_line(&mut self, line: &[u8], place: Place) -> Result<Option<HttpEvent>, HttpFault> {
        let State::Head { lines, size } = &mut self.state else {
            return Ok(None);
        };
        *size += line.len();
        check_size(*size, HttpFault::LongHead)?;
        let line = trim_line(line);
        if !line.is_empty() {
            lines.push(String::from_utf8_lossy(line).into_owned());
            return Ok(None);
        }
        // Empty lines before a head belong to nobody.
        if lines.is_empty() {
            return Ok(None);
        }
        let (head, oddity) = http_head::parse(lines)?;
        self.oddity = oddity.map(|oddity| (oddity, place));
        self.state = State::Asking;
        Ok(Some(match head {
            Head::Request(request) => HttpEvent::Request(request),
            Head::Response(response) => HttpEvent::Response(response),
        }))
    }

    /// Reads a line between chunks, or behind them; whether it is the last.
    fn chunk_line(&mut self, line: &[u8]) -> Result<bool, HttpFault> {
        let is_empty = trim_line(line).is_empty();
        self.state = match self.state {
            State::ChunkLength => match http_head::chunk_length(line).ok_or(HttpFault::BadChunk)? {
                0 => State::Trailers,
                length => State::Chunk(length),
            },
            State::ChunkEnd if is_empty => State::ChunkLength,
            State::ChunkEnd => return Err(HttpFault::BadChunk),
            _ => return Ok(is_empty),
        };
        Ok(false)
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

fn check_size(size: usize, fault: HttpFault) -> Result<Option<HttpEvent>, HttpFault> {
    if size > HEAD_LIMIT {
        Err(fault)
    } else {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::super::http_head::{request_body, response_body};
    use super::*;

    /// Reads `text` cut in two at every place; what comes out must be the same.
    #[track_caller]
    fn check(text: &str, method: &str, expected: &[&str]) {
        for cut in 0..text.len() {
            let mut reader = HttpReader::new();
            let (mut found, mut given) = (Vec::new(), 0);
            let (first, second) = text.as_bytes().split_at(cut);
            for part in [first, second] {
                let piece = Piece::verbatim(Bytes::copy_from_slice(part), Place::default(), false);
                reader.push(piece);
                drain(&mut reader, method, &mut found, &mut given);
            }
            match reader.finish() {
                Ok(Some(body)) => found.push(format!("end {}", join(&body, &mut given))),
                Ok(None) => {}
                Err(broken) => tell(&broken, &mut found, &mut given),
            }
            assert_eq!(found, expected, "cut at {cut}");
            let Passed { heads, lost } = reader.take_passed();
            assert_eq!(heads + lost + given, text.len() as u64, "cut at {cut}");
        }
    }

    fn tell(broken: &Broken, found: &mut Vec<String>, given: &mut u64) {
        if !broken.body.is_empty() {
            found.push(format!("so far {}", join(&broken.body, given)));
        }
        found.push(broken.fault.to_string());
    }

    fn drain(reader: &mut HttpReader, method: &str, found: &mut Vec<String>, given: &mut u64) {
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
                Ok(Some(HttpEvent::Body(body))) => found.push(join(&body, given)),
                Err(broken) => tell(&broken, found, given),
            }
        }
    }

    fn join(body: &[Piece], given: &mut u64) -> String {
        let bytes: Vec<u8> = body
            .iter()
            .flat_map(|piece| piece.bytes().to_vec())
            .collect();
        *given += bytes.len() as u64;
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
            &["200", "so far QNG", "HTTP body is cut off after 3 bytes"],
        );
        check("HTTP/1.1 200 OK\r\nCont", "POST", &["HTTP head is cut off"]);
    }

    #[test]
    fn a_folded_header_line_is_one_with_the_line_before() {
        check(
            "HTTP/1.1 200 OK\r\nX: a\r\n\tb\r\nContent-Length:\r\n 3\r\n\r\nQNG",
            "POST",
            &["200", "QNG"],
        );
        check(
            "HTTP/1.1 200 OK\r\n X: a\r\n\r\n",
            "POST",
            &["not an HTTP header"],
        );
    }

    #[test]
    fn a_blank_before_a_colon_is_told_and_read() {
        let text = b"HTTP/1.1 200 OK\r\nContent-Length : 3\r\n\r\nQNG";
        let mut reader = HttpReader::new();
        let piece = Piece::verbatim(Bytes::from_static(text), Place::default(), true);
        reader.push(piece);
        assert!(matches!(
            reader.next_event(),
            Ok(Some(HttpEvent::Response(_)))
        ));
        let (oddity, _) = reader.take_oddity().expect("it is told");
        assert_eq!(oddity, HttpFault::BlankBeforeColon);
        assert!(reader.take_oddity().is_none());
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
