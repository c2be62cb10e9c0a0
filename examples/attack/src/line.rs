//! A connection, of HTTP/1.1 or of nothing in particular, that says in front whose it is and can be broken in any way.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::failure::Failure;

/// How long an answer may take before it counts as none.
const PATIENCE: Duration = Duration::from_secs(40);

#[derive(Debug)]
pub(crate) struct Line {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Asks with each request for the end of the connection.
    closes: bool,
}

#[derive(Debug)]
pub(crate) struct Response {
    head: String,
    body: Vec<u8>,
}

impl Line {
    /// Connects; `peer` is who the service takes it for.
    pub(crate) async fn open(to: SocketAddr, peer: Ipv4Addr) -> Result<Self, Failure> {
        Self::from(TcpSocket::new_v4()?, to, peer).await
    }

    /// One that takes next to nothing unless it is read.
    pub(crate) async fn narrow(to: SocketAddr, peer: Ipv4Addr) -> Result<Self, Failure> {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(2048)?;
        Self::from(socket, to, peer).await
    }

    async fn from(socket: TcpSocket, to: SocketAddr, peer: Ipv4Addr) -> Result<Self, Failure> {
        let stream = timeout(PATIENCE, socket.connect(to)).await??;
        stream.set_nodelay(true)?;
        let mut line = Self {
            stream,
            buffer: Vec::new(),
            closes: false,
        };
        line.say(introduction(to, peer).as_bytes()).await?;
        Ok(line)
    }

    /// The same, asking for its end with the request that comes.
    pub(crate) fn closing(self) -> Self {
        let closes = true;
        Self { closes, ..self }
    }

    /// Sends a request; `headers` are whole lines.
    pub(crate) async fn send(
        &mut self,
        line: &str,
        headers: &str,
        body: &[u8],
    ) -> Result<(), Failure> {
        let more = if self.closes {
            "Connection: close\r\n"
        } else {
            ""
        };
        let headers = format!("{headers}{more}");
        let mut bytes = request(line, &headers, body.len()).into_bytes();
        bytes.extend_from_slice(body);
        self.say(&bytes).await
    }

    /// Says something without HTTP.
    pub(crate) async fn say(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        Ok(timeout(PATIENCE, self.stream.write_all(bytes)).await??)
    }

    /// Waits for the whole response.
    pub(crate) async fn receive(&mut self) -> Result<Response, Failure> {
        timeout(PATIENCE, self.whole()).await?
    }

    async fn whole(&mut self) -> Result<Response, Failure> {
        let all = loop {
            if let Some(all) = length(&self.buffer)?
                && self.buffer.len() >= all.1
            {
                break all;
            }
            self.hear().await?;
        };
        let mut head: Vec<u8> = self.buffer.drain(..all.1).collect();
        let body = head.split_off(all.0);
        let head = String::from_utf8(head)?;
        Ok(Response { head, body })
    }

    pub(crate) async fn exchange(
        &mut self,
        line: &str,
        headers: &str,
        body: &[u8],
    ) -> Result<Response, Failure> {
        self.send(line, headers, body).await?;
        self.receive().await
    }

    /// Reads something more; how much, and nothing at the end.
    pub(crate) async fn hear(&mut self) -> Result<usize, Failure> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            more => Ok(more),
        }
    }

    /// Takes all that was read so far.
    pub(crate) fn heard(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.buffer)
    }

    /// Waits until the response lies here whole, without reading it, and whether it has this in it.
    pub(crate) async fn lies_here_with(&self, text: &str) -> Result<bool, Failure> {
        let looking = async {
            let mut seen = vec![0; 256 * 1024];
            loop {
                let here = self.stream.peek(&mut seen).await?;
                if here == 0 {
                    return Err(Failure::from("the connection has ended"));
                }
                if let Some((_, all)) = length(&seen[..here])?
                    && here >= all
                {
                    return Ok(has(&seen[..here], text.as_bytes()));
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, looking).await?
    }

    /// Reads half of the body of what lies here, and closes: the rest is unread, so that resets.
    pub(crate) async fn cut(mut self) -> Result<(), Failure> {
        let mut seen = vec![0; 256 * 1024];
        let here = self.stream.peek(&mut seen).await?;
        let (head, all) = length(&seen[..here])?.ok_or("no response")?;
        let mut half = vec![0; usize::midpoint(head, all)];
        self.stream.read_exact(&mut half).await?;
        Ok(())
    }

    pub(crate) fn reset(self) -> Result<(), Failure> {
        Ok(self.stream.set_zero_linger()?)
    }
}

/// What a proxy says in front of a connection, and this program for each of its own.
pub(crate) fn introduction(to: SocketAddr, peer: Ipv4Addr) -> String {
    format!("PROXY TCP4 {peer} 127.0.0.1 40000 {}\r\n", to.port())
}

/// The head of a request.
pub(crate) fn request(line: &str, headers: &str, length: usize) -> String {
    format!("{line} HTTP/1.1\r\nHost: im.example.org\r\n{headers}Content-Length: {length}\r\n\r\n")
}

/// Where the head of a response ends, and where all of it does.
fn length(bytes: &[u8]) -> Result<Option<(usize, usize)>, Failure> {
    let Some(at) = memchr::memmem::find(bytes, b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&bytes[..at])?;
    let length = header_lines(head, "content-length").next();
    let length: usize = length.map_or(Ok(0), str::parse)?;
    Ok(Some((at + 4, at + 4 + length)))
}

fn header_lines<'a>(head: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.filter_map(move |(found, value)| found.eq_ignore_ascii_case(name).then_some(value))
}

fn has(bytes: &[u8], text: &[u8]) -> bool {
    memchr::memmem::find(bytes, text).is_some()
}

impl Response {
    pub(crate) fn status(&self) -> &str {
        self.head.get(9..12).unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &'static str) -> Option<&str> {
        self.headers(name).next()
    }

    pub(crate) fn headers(&self, name: &'static str) -> impl Iterator<Item = &str> {
        header_lines(&self.head, name)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The response, if it is the one that was hoped for.
    pub(crate) fn good(self, what: &str) -> Result<Self, Failure> {
        match self.status() {
            "200" | "302" => Ok(self),
            status => Err(format!("{what}: {status}").into()),
        }
    }
}
