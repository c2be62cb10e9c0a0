//! An HTTP/1.1 client of a few lines that hides nothing: it shows heads as they were sent.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[derive(Debug)]
pub(crate) struct Response {
    /// The status line and header lines as sent.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn status(&self) -> u16 {
        self.head[9..12].parse().expect("a status line")
    }

    /// The value of a header, its name compared in the case given.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).first().copied()
    }

    pub(crate) fn headers(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().skip(1);
        lines
            .filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
            .collect()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }

    /// The session id of `X-MSN-Messenger`.
    pub(crate) fn session(&self) -> String {
        let value = self.header("X-MSN-Messenger").expect("the header is there");
        let id = value
            .strip_prefix("SessionID=")
            .expect("the session id comes first");
        id.split(';').next().expect("never empty").to_owned()
    }
}

/// Sends `head` (lines with bare line feeds, no `Content-Length`) and `body`, reads one response.
pub(crate) async fn send(to: SocketAddr, head: &str, body: &[u8]) -> Response {
    let mut stream = TcpStream::connect(to).await.expect("the service listens");
    write(&mut stream, head, body).await;
    read(&mut stream).await
}

/// The same for a service that may be going away.
pub(crate) async fn try_send(to: SocketAddr, head: &str, body: &[u8]) -> io::Result<Response> {
    let mut stream = TcpStream::connect(to).await?;
    try_write(&mut stream, head, body).await?;
    try_read_next(&mut stream, &mut Vec::new()).await
}

pub(crate) async fn write(stream: &mut TcpStream, head: &str, body: &[u8]) {
    let written = try_write(stream, head, body).await;
    written.expect("the service reads");
}

async fn try_write(stream: &mut TcpStream, head: &str, body: &[u8]) -> io::Result<()> {
    let head = head
        .trim()
        .lines()
        .map(str::trim)
        .collect::<Vec<_>>()
        .join("\r\n");
    let mut request = format!("{head}\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    request.extend_from_slice(body);
    stream.write_all(&request).await
}

pub(crate) async fn read(stream: &mut TcpStream) -> Response {
    let mut surplus = Vec::new();
    let response = read_next(stream, &mut surplus).await;
    assert_eq!(surplus, b"", "surplus bytes");
    response
}

/// Reads one response; `read` holds what came before it is due, and then what came behind it.
pub(crate) async fn read_next(stream: &mut TcpStream, read: &mut Vec<u8>) -> Response {
    let response = try_read_next(stream, read).await;
    response.expect("a whole response")
}

async fn try_read_next(stream: &mut TcpStream, read: &mut Vec<u8>) -> io::Result<Response> {
    let end = loop {
        if let Some(at) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        more(stream, read).await?;
    };
    let head = String::from_utf8(read[..end].to_vec()).expect("ASCII");
    let mut response = Response {
        head,
        body: Vec::new(),
    };
    read.drain(..end + 4);
    let length: usize = match response.header("Content-Length") {
        Some(length) => length.parse().expect("a number"),
        None => 0,
    };
    while read.len() < length {
        more(stream, read).await?;
    }
    response.body = read.drain(..length).collect();
    Ok(response)
}

async fn more(stream: &mut TcpStream, read: &mut Vec<u8>) -> io::Result<()> {
    match stream.read_buf(read).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}

/// Whether the service has closed the connection, or does so now, without another byte.
pub(crate) async fn is_closed(stream: &mut TcpStream) -> bool {
    let mut byte = [0];
    matches!(stream.read(&mut byte).await, Ok(0) | Err(_))
}
