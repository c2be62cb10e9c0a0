//! The gateway under an HTTP server of one's own: here forty lines over threads, which know nothing of MSN.
//!
//! ```sh
//! cargo run -p gateway-sm --example http_server
//! curl -i 'http://127.0.0.1:8088/gateway/gateway.dll?Action=open&Server=NS&IP=127.0.0.1' --data-binary $'VER 1 MSNP8 CVR0\r\n'
//! ```
//!
//! What stands behind the gateway says every line back that it is sent.

#![expect(
    clippy::disallowed_methods,
    reason = "a host has the clock and the threads"
)]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;

use bytes::Bytes;
use gateway_sm::{ExchangeId, Gateway, ServerConfig, ServerEvent};
use http::{Request, Response};
use machine_contract::Instant;

/// The longest request body that is read, as the gateway itself has it by default.
const MAX_BODY: u64 = 1 << 20;

/// What the HTTP server tells the loop around the gateway.
enum News {
    /// A whole request, and where its connection waits for the reply.
    Request(Box<Request<Bytes>>, Sender<(ExchangeId, Response<Bytes>)>),
    /// The reply was written to its end, or was not.
    Ended(ExchangeId, io::Result<()>),
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:8088")?;
    println!("http://{}/gateway/gateway.dll", listener.local_addr()?);
    serve(listener)
}

fn serve(listener: TcpListener) -> Result<(), Box<dyn std::error::Error>> {
    let (tell, news) = mpsc::channel();
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let tell = tell.clone();
            thread::spawn(move || answer_connection(&connection, &tell));
        }
    });
    run(
        Gateway::new(ServerConfig::new("127.0.0.1", "127.0.0.1")?),
        &news,
    )
}

/// The loop around the gateway: drain its outputs, wait for news or its next deadline, tell it.
fn run(mut gateway: Gateway, news: &Receiver<News>) -> Result<(), Box<dyn std::error::Error>> {
    let start = std::time::Instant::now();
    let clock = || Instant::after_origin(start.elapsed());
    let mut waiting: BTreeMap<ExchangeId, Sender<_>> = BTreeMap::new();
    let mut last = 0;
    loop {
        let now = clock();
        while let Some(event) = gateway.poll_event() {
            // The application. A real one has an MSNP decoder for each session, and forgets it when that closes.
            if let ServerEvent::Received {
                session,
                exchange,
                bytes,
                ..
            } = event
            {
                gateway.send(session, bytes, now)?;
                gateway.answered(exchange, now);
            }
        }
        while let Some((exchange, response)) = gateway.poll_reply() {
            let reply = waiting.remove(&exchange);
            if reply.is_none_or(|reply| reply.send((exchange, response)).is_err()) {
                gateway.handle_reply_lost(exchange, now);
            }
        }
        let heard = match gateway.poll_timeout() {
            Some(at) => news.recv_timeout(at.saturating_duration_since(clock())),
            None => news.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        let now = clock();
        match heard {
            Ok(News::Request(request, reply)) => {
                last += 1;
                let exchange = ExchangeId::new(last);
                waiting.insert(exchange, reply);
                gateway.handle_request(exchange, *request, entropy()?, now);
            }
            Ok(News::Ended(exchange, Ok(()))) => gateway.handle_reply_sent(exchange, now),
            Ok(News::Ended(exchange, Err(_))) => gateway.handle_reply_lost(exchange, now),
            Err(RecvTimeoutError::Timeout) => gateway.handle_timeout(now),
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}

/// Session ids are made of it, and whoever knows one has the session.
fn entropy() -> io::Result<[u8; 16]> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Requests of one connection, one after the other, until it ends.
fn answer_connection(connection: &TcpStream, tell: &Sender<News>) {
    let mut input = BufReader::new(connection);
    while let Ok(request) = read(&mut input) {
        let (reply, replies) = mpsc::channel();
        if tell.send(News::Request(Box::new(request), reply)).is_err() {
            return;
        }
        let Ok((exchange, response)) = replies.recv() else {
            return;
        };
        let written = write(connection, &response);
        let failed = written.is_err();
        if tell.send(News::Ended(exchange, written)).is_err() || failed {
            return;
        }
    }
}

fn read(input: &mut impl BufRead) -> io::Result<Request<Bytes>> {
    let bad = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what);
    let mut head = input.by_ref().take(16 << 10).lines();
    let first = head.next().ok_or_else(|| bad("no request"))??;
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap_or("GET"), words.next().unwrap_or("/"));
    let (mut request, mut length) = (Request::builder().method(method).uri(target), 0);
    for line in head {
        let line = line?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().map_err(|_| bad("no length"))?;
        }
        request = request.header(name, value.trim());
    }
    if length > MAX_BODY {
        return Err(bad("a body too long"));
    }
    let mut body = Vec::new();
    input.take(length).read_to_end(&mut body)?;
    if body.len() as u64 != length {
        return Err(bad("a body too short"));
    }
    request
        .body(body.into())
        .map_err(|error| bad(&error.to_string()))
}

fn write(mut output: &TcpStream, response: &Response<Bytes>) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {}\r\n", response.status()).into_bytes();
    for (name, value) in response.headers() {
        if name != http::header::CONTENT_LENGTH {
            head.extend_from_slice(format!("{name}: ").as_bytes());
            head.extend_from_slice(value.as_bytes());
            head.extend_from_slice(b"\r\n");
        }
    }
    // One old client looks for this very spelling (gateway.md 13.5).
    head.extend_from_slice(format!("Content-Length: {}\r\n\r\n", response.body().len()).as_bytes());
    output.write_all(&head)?;
    output.write_all(response.body())
}

#[test]
fn a_line_comes_back_over_real_http() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || serve(listener).unwrap());
    let mut connection = TcpStream::connect(address).unwrap();
    let request = "POST /gateway/gateway.dll?Action=open&Server=NS&IP=127.0.0.1 HTTP/1.1\r\nHost: localhost\r\n\
                   Content-Length: 18\r\n\r\nVER 1 MSNP8 CVR0\r\n";
    connection.write_all(request.as_bytes()).unwrap();
    let mut lines = BufReader::new(connection).lines().map(Result::unwrap);
    assert_eq!(lines.next().as_deref(), Some("HTTP/1.1 200 OK"));
    let head: Vec<String> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
    let session = head.iter().find(|line| {
        line.to_lowercase()
            .starts_with("x-msn-messenger: sessionid=")
    });
    assert!(session.is_some(), "{head:?}");
    assert_eq!(lines.next().as_deref(), Some("VER 1 MSNP8 CVR0"));
}
