//! An HTTP/1.1 client of a few lines that hides nothing: it shows heads as they were sent.

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

pub(crate) async fn write(stream: &mut TcpStream, head: &str, body: &[u8]) {
    let head = head
        .trim()
        .lines()
        .map(str::trim)
        .collect::<Vec<_>>()
        .join("\r\n");
    let mut request = format!("{head}\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    request.extend_from_slice(body);
    stream.write_all(&request).await.expect("the service reads");
}

pub(crate) async fn read(stream: &mut TcpStream) -> Response {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        assert_ne!(
            stream.read_buf(&mut bytes).await.expect("readable"),
            0,
            "cut off in the head"
        );
    };
    let head = String::from_utf8(bytes[..end].to_vec()).expect("ASCII");
    let mut response = Response {
        head,
        body: bytes[end + 4..].to_vec(),
    };
    let length: usize = match response.header("Content-Length") {
        Some(length) => length.parse().expect("a number"),
        None => 0,
    };
    while response.body.len() < length {
        assert_ne!(
            stream.read_buf(&mut response.body).await.expect("readable"),
            0,
            "cut off in the body"
        );
    }
    assert_eq!(response.body.len(), length, "surplus bytes");
    response
}
