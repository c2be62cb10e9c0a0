//! One request to its whole response, over a kept connection or a new one.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, COOKIE, HOST, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use machine_contract::{Failure, Transmit};

use super::{Outcome, flaw};

/// What the requests of one driver share.
pub(super) struct Shared {
    body_limit: usize,
    flaw: u8,
    kept: Mutex<Option<Vec<(String, TcpStream)>>>,
    cookies: Mutex<Vec<String>>,
}

impl Shared {
    pub(super) fn new(body_limit: usize, flaw: u8) -> Self {
        Self {
            body_limit,
            flaw,
            kept: Mutex::new(Some(Vec::new())),
            cookies: Mutex::default(),
        }
    }

    pub(super) fn close(&self) {
        *self.kept.lock().unwrap() = None;
    }

    /// A kept connection that is still alive.
    fn take(&self, to: &str) -> Option<TcpStream> {
        let mut kept = self.kept.lock().unwrap();
        let kept = kept.as_mut()?;
        while let Some(at) = kept.iter().position(|(other, _)| other == to) {
            let (_, stream) = kept.remove(at);
            if self.flaw == flaw::TRUSTS_DEAD_CONNECTIONS || is_alive(&stream).unwrap_or(false) {
                return Some(stream);
            }
        }
        None
    }

    fn keep(&self, to: &str, stream: TcpStream) {
        if let Some(kept) = &mut *self.kept.lock().unwrap() {
            kept.push((to.to_owned(), stream));
        }
    }
}

fn is_alive(stream: &TcpStream) -> io::Result<bool> {
    stream.set_nonblocking(true)?;
    let peeked = stream.peek(&mut [0]);
    stream.set_nonblocking(false)?;
    Ok(matches!(peeked, Err(e) if e.kind() == io::ErrorKind::WouldBlock))
}

/// The connection of a request, to be cut from outside.
#[derive(Clone, Default)]
pub(super) struct Line(Arc<Mutex<State>>);

#[derive(Default)]
enum State {
    #[default]
    Unconnected,
    On(TcpStream),
    Cut,
}

impl Line {
    pub(super) fn cut(&self) {
        let before = std::mem::replace(&mut *self.0.lock().unwrap(), State::Cut);
        if let State::On(stream) = before {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// False if it was cut meanwhile.
    fn is_over(&self, stream: &TcpStream) -> bool {
        let mut state = self.0.lock().unwrap();
        if matches!(*state, State::Cut) {
            return false;
        }
        *state = stream.try_clone().map_or(State::Unconnected, State::On);
        true
    }

    /// The connection is no longer this request's. False if it was cut before.
    fn let_go(&self) -> bool {
        let before = std::mem::replace(&mut *self.0.lock().unwrap(), State::Unconnected);
        !matches!(before, State::Cut)
    }
}

pub(super) fn exchange(shared: &Shared, line: &Line, transmit: &Transmit) -> Outcome {
    let mut outcome = attempt(shared, line, transmit);
    if shared.flaw == flaw::RETRIES {
        let again = match &outcome {
            Ok(response) => response.status().is_server_error(),
            Err(failure) => *failure == Failure::Unknown,
        };
        if again {
            outcome = attempt(shared, line, transmit);
        }
    }
    if shared.flaw == flaw::NOT_SENT_AFTER_A_CUT {
        outcome = outcome.map_err(|_| Failure::NotSent);
    }
    if shared.flaw == flaw::FOLLOWS_REDIRECTS
        && let Ok(response) = &outcome
        && let Some(to) = response.headers().get("location")
    {
        let mut next = Request::new(Bytes::new());
        let host = transmit.request.uri().authority().unwrap();
        *next.uri_mut() = format!("http://{host}{}", to.to_str().unwrap())
            .parse()
            .unwrap();
        outcome = attempt(
            shared,
            line,
            &Transmit {
                request: next,
                ..*transmit
            },
        );
    }
    outcome
}

fn attempt(shared: &Shared, line: &Line, transmit: &Transmit) -> Outcome {
    let request = &transmit.request;
    let uri = request.uri();
    let host = uri.authority().ok_or(Failure::NotSent)?.as_str();
    if uri.scheme_str() != Some("http") {
        return Err(Failure::NotSent);
    }
    let address = if uri.port().is_some() {
        host.to_owned()
    } else {
        format!("{host}:80")
    };
    let mut stream = match shared.take(&address) {
        Some(stream) => stream,
        None => TcpStream::connect(&address).map_err(|_| Failure::NotSent)?,
    };
    if !line.is_over(&stream) {
        return Err(Failure::NotSent);
    }
    let cookies = transmit.host_cookies || shared.flaw == flaw::KEEPS_COOKIES;
    let head = head(shared, request, host, cookies);
    let limit = if shared.flaw == flaw::LOOKS_AT_THE_LIMIT_LATE {
        usize::MAX
    } else {
        shared.body_limit
    };
    let read = stream
        .write_all(&head)
        .and_then(|()| stream.write_all(request.body()))
        .and_then(|()| read_response(&mut stream, request.method(), limit));
    let (response, keep) = read.map_err(|_| Failure::Unknown)?;
    within(response.body().len(), shared.body_limit).map_err(|_| Failure::Unknown)?;
    if cookies {
        for set in response.headers().get_all(SET_COOKIE) {
            let pair = set.to_str().unwrap_or_default().split(';').next();
            shared
                .cookies
                .lock()
                .unwrap()
                .extend(pair.map(str::to_owned));
        }
    }
    if line.let_go() && keep {
        shared.keep(&address, stream);
    }
    Ok(response)
}

fn head(shared: &Shared, request: &Request<Bytes>, host: &str, cookies: bool) -> Vec<u8> {
    let uri = request.uri();
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let mut headers = request.headers().clone();
    headers
        .entry(HOST)
        .or_insert(HeaderValue::from_str(host).unwrap());
    let body = request.body().len();
    if body > 0 || request.method() == Method::POST {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(body));
    }
    let kept = shared.cookies.lock().unwrap().join("; ");
    if cookies && !kept.is_empty() {
        headers.insert(COOKIE, HeaderValue::from_str(&kept).unwrap());
    }
    if shared.flaw == flaw::ASKS_FOR_COMPRESSION {
        headers.insert("accept-encoding", HeaderValue::from_static("gzip, br"));
    }
    if shared.flaw == flaw::HAS_AN_EXPECTATION && body > 1024 {
        headers.insert("expect", HeaderValue::from_static("100-continue"));
    }
    let mut head = format!("{} {target} HTTP/1.1\r\n", request.method()).into_bytes();
    for (name, value) in &headers {
        head.extend(name.as_str().bytes());
        head.extend(b": ");
        head.extend(value.as_bytes());
        head.extend(b"\r\n");
    }
    head.extend(b"\r\n");
    head
}

/// The response, and whether the connection can be kept.
fn read_response(
    stream: &mut TcpStream,
    method: &Method,
    limit: usize,
) -> io::Result<(Response<Bytes>, bool)> {
    let mut input = Input {
        stream,
        read: Vec::new(),
    };
    let (status, headers, old) = loop {
        let head = input.until(b"\r\n\r\n")?;
        let (status, headers, old) = parse(&head).ok_or(io::ErrorKind::InvalidData)?;
        if !status.is_informational() {
            break (status, headers, old);
        }
    };
    let none = *method == Method::HEAD
        || [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&status);
    let says = |name: &str, word: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.is_some_and(|value| value.eq_ignore_ascii_case(word))
    };
    let mut keep = !old && !says("connection", "close");
    let body = if none {
        Vec::new()
    } else if says("transfer-encoding", "chunked") {
        input.chunks(limit)?
    } else if let Some(length) = headers.get(CONTENT_LENGTH) {
        let length = length.to_str().ok().and_then(|length| length.parse().ok());
        let length: usize = length.ok_or(io::ErrorKind::InvalidData)?;
        within(length, limit)?;
        input.exactly(length)?
    } else {
        keep = false;
        input.all(limit)?
    };
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok((response, keep && input.read.is_empty()))
}

fn parse(head: &[u8]) -> Option<(StatusCode, HeaderMap, bool)> {
    let mut lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let start = str::from_utf8(lines.next()?).ok()?;
    let (version, rest) = start.strip_prefix("HTTP/1.")?.split_at(1);
    let status = rest.trim_start().split(' ').next()?.parse().ok()?;
    let mut headers = HeaderMap::new();
    for line in lines.filter(|line| !line.is_empty()) {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
        headers.append(name, value);
    }
    Some((status, headers, version == "0"))
}

struct Input<'a> {
    stream: &'a mut TcpStream,
    read: Vec<u8>,
}

impl Input<'_> {
    fn more(&mut self) -> io::Result<bool> {
        let mut chunk = [0; 8192];
        let n = self.stream.read(&mut chunk)?;
        self.read.extend(&chunk[..n]);
        Ok(n > 0)
    }

    fn until(&mut self, end: &[u8]) -> io::Result<Vec<u8>> {
        loop {
            if let Some(at) = self.read.windows(end.len()).position(|w| w == end) {
                return self.exactly(at + end.len());
            }
            within(self.read.len(), LONGEST_HEAD)?;
            if !self.more()? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    fn exactly(&mut self, len: usize) -> io::Result<Vec<u8>> {
        while self.read.len() < len {
            if !self.more()? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(self.read.drain(..len).collect())
    }

    fn all(&mut self, limit: usize) -> io::Result<Vec<u8>> {
        within(self.read.len(), limit)?;
        while self.more()? {
            within(self.read.len(), limit)?;
        }
        Ok(std::mem::take(&mut self.read))
    }

    fn chunks(&mut self, limit: usize) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.until(b"\r\n")?;
            let size = str::from_utf8(&line).ok().and_then(|line| {
                let size = line.trim_end().split(';').next()?;
                usize::from_str_radix(size, 16).ok()
            });
            let size = size.ok_or(io::ErrorKind::InvalidData)?;
            if size == 0 {
                while self.until(b"\r\n")? != b"\r\n" {}
                return Ok(body);
            }
            within(body.len() + size, limit)?;
            body.extend(self.exactly(size)?);
            self.exactly(2)?;
        }
    }
}

const LONGEST_HEAD: usize = 64 * 1024;

fn within(len: usize, limit: usize) -> io::Result<()> {
    if len <= limit {
        return Ok(());
    }
    Err(io::ErrorKind::FileTooLarge.into())
}
