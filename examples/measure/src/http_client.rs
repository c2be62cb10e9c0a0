//! An HTTP/1.1 client of a few lines, the same for all servers, so that differences are the servers' own.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::scale::Failure;

/// One connection, used for one request after the other.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct Response {
    head: String,
    body: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(to: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::new(),
        })
    }

    /// Sends a request; `headers` are whole lines.
    pub(crate) async fn send(
        &mut self,
        line: &str,
        headers: &str,
        body: &[u8],
    ) -> Result<(), Failure> {
        let length = body.len();
        let mut request = format!(
            "{line} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}Content-Length: {length}\r\n\r\n"
        )
        .into_bytes();
        request.extend_from_slice(body);
        Ok(self.stream.write_all(&request).await?)
    }

    /// Says something without HTTP.
    pub(crate) async fn say(&mut self, text: &str) -> Result<(), Failure> {
        Ok(self.stream.write_all(text.as_bytes()).await?)
    }

    /// Waits until it has been told this, and forgets all.
    pub(crate) async fn hear(&mut self, text: &str) -> Result<(), Failure> {
        while find(&self.buffer, text.as_bytes()).is_none() {
            self.fill().await?;
        }
        self.buffer = Vec::new();
        Ok(())
    }

    /// Waits for the whole response.
    pub(crate) async fn receive(&mut self) -> Result<Response, Failure> {
        let end = loop {
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break at + 4;
            }
            self.fill().await?;
        };
        let head = String::from_utf8(self.buffer[..end].to_vec())?;
        let mut response = Response {
            head,
            body: Vec::new(),
        };
        let length = match response.header("content-length") {
            Some(length) => length.parse()?,
            None => 0,
        };
        while self.buffer.len() < end + length {
            self.fill().await?;
        }
        response.body = self.buffer[end..end + length].to_vec();
        // Idle connections keep no buffer: thousands of them are open at once.
        self.buffer = Vec::new();
        Ok(response)
    }

    pub(crate) async fn exchange(
        &mut self,
        line: &str,
        headers: &str,
        body: &[u8],
    ) -> Result<Response, Failure> {
        self.send(line, headers, body).await?;
        let response = self.receive().await?;
        if !matches!(response.status(), "200" | "302") {
            return Err(format!("{line}: {}", response.status()).into());
        }
        Ok(response)
    }

    /// Whether nothing has arrived so far.
    pub(crate) fn is_silent(&self) -> bool {
        let mut byte = [0];
        let nothing = self.stream.try_read(&mut byte);
        nothing.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    }

    async fn fill(&mut self) -> Result<(), Failure> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            return Err("the server closed the connection".into());
        }
        Ok(())
    }
}

impl Response {
    pub(crate) fn status(&self) -> &str {
        self.head.get(9..12).unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &'static str) -> Option<&str> {
        self.headers(name).next()
    }

    pub(crate) fn headers(&self, name: &'static str) -> impl Iterator<Item = &str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter_map(move |(found, value)| found.eq_ignore_ascii_case(name).then_some(value))
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, pattern)
}
