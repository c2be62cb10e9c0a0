//! Writes response header names in the spelling of the original servers.
//!
//! hyper sends names in lower case; clients of the field compare `X-MSN-Messenger` and
//! `Content-Length` case-sensitively (gateway.md 13.5). This wrapper around a connection changes
//! the case of names inside response heads, and not one byte of a body.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Names whose spelling is not `First-Letters-Large`.
const SPELLINGS: [&str; 8] = [
    "X-MSN-Messenger",
    "X-MSN-Host",
    "X-MSN-SessionTimeout",
    "X-MSN-SkypeId",
    "X-MSN-GWCapabilities",
    "X-MSNSERVER",
    "X-AspNet-Version",
    "WWW-Authenticate",
];

/// A connection whose response heads are spelled as the original servers did.
#[derive(Debug)]
pub(crate) struct HeaderCase<T> {
    inner: T,
    place: Place,
    /// Respelled bytes that the connection has not taken yet: at most one write of hyper's.
    pending: Vec<u8>,
    written: usize,
}

/// What the next byte of the stream of responses belongs to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Place {
    Head,
    /// A body with so many bytes to come.
    Body(u64),
    /// A body of unknown length, or a head that did not come in one piece: all that follows
    /// passes unchanged. hyper writes heads whole, and this service gives every body a length.
    Opaque,
}

impl<T> HeaderCase<T> {
    pub(crate) const fn new(inner: T) -> Self {
        Self {
            inner,
            place: Place::Head,
            pending: Vec::new(),
            written: 0,
        }
    }
}

/// Appends `bytes` to `out` with the names of response heads respelled.
fn respell(mut place: Place, mut bytes: &[u8], out: &mut Vec<u8>) -> Place {
    while !bytes.is_empty() {
        match place {
            Place::Opaque => {
                out.extend_from_slice(bytes);
                return place;
            }
            Place::Body(length) => {
                let taken = usize::try_from(length)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len());
                out.extend_from_slice(&bytes[..taken]);
                bytes = &bytes[taken..];
                let left = length - taken as u64;
                place = if left == 0 {
                    Place::Head
                } else {
                    Place::Body(left)
                };
            }
            Place::Head => {
                let Some(end) = head_end(bytes) else {
                    place = Place::Opaque;
                    continue;
                };
                place = respell_head(&bytes[..end], out);
                bytes = &bytes[end..];
            }
        }
    }
    place
}

/// The length of the head at the start of `bytes`, its blank line included.
fn head_end(bytes: &[u8]) -> Option<usize> {
    bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .map(|at| at + 4)
}

fn respell_head(head: &[u8], out: &mut Vec<u8>) -> Place {
    let mut after = Place::Opaque;
    for (number, line) in head.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let colon = line.iter().position(|byte| *byte == b':');
        match colon {
            Some(colon) if number > 0 => {
                let (name, value) = line.split_at(colon);
                push_name(name, out);
                out.extend_from_slice(value);
                if name.eq_ignore_ascii_case(b"content-length")
                    && let Some(length) = body_length(&value[1..])
                {
                    after = if length == 0 {
                        Place::Head
                    } else {
                        Place::Body(length)
                    };
                }
            }
            _ => {
                // An interim response has no body and is followed by another head.
                if number == 0 && line.get(9) == Some(&b'1') {
                    after = Place::Head;
                }
                out.extend_from_slice(line);
            }
        }
    }
    after
}

fn push_name(name: &[u8], out: &mut Vec<u8>) {
    if let Some(known) = SPELLINGS
        .iter()
        .find(|known| known.as_bytes().eq_ignore_ascii_case(name))
    {
        out.extend_from_slice(known.as_bytes());
        return;
    }
    let mut start = true;
    for byte in name {
        out.push(if start {
            byte.to_ascii_uppercase()
        } else {
            *byte
        });
        start = *byte == b'-';
    }
}

fn body_length(value: &[u8]) -> Option<u64> {
    std::str::from_utf8(value).ok()?.trim().parse().ok()
}

impl<T: AsyncWrite + Unpin> HeaderCase<T> {
    fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.written < self.pending.len() {
            let taken =
                ready!(Pin::new(&mut self.inner).poll_write(cx, &self.pending[self.written..]))?;
            if taken == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.written += taken;
        }
        // Thousands of connections wait a minute between replies; none keeps a buffer meanwhile.
        self.pending = Vec::new();
        self.written = 0;
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for HeaderCase<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_drain(cx))?;
        let this = &mut *self;
        this.place = respell(this.place, bytes, &mut this.pending);
        // The bytes are ours from here on; what the connection does not take now goes with the
        // next write or flush.
        match this.poll_drain(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(bytes.len())),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_drain(cx))?;
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_drain(cx))?;
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for HeaderCase<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(written: &[&str], expected: &str) {
        let (mut place, mut out) = (Place::Head, Vec::new());
        for piece in written {
            place = respell(place, piece.as_bytes(), &mut out);
        }
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }

    #[test]
    fn names_are_spelled_as_the_original_servers_did() {
        check(
            &["HTTP/1.1 200 OK\r\nx-msn-messenger: SessionID=1.2\r\ncontent-length: 0\r\n\r\n"],
            "HTTP/1.1 200 OK\r\nX-MSN-Messenger: SessionID=1.2\r\nContent-Length: 0\r\n\r\n",
        );
        check(
            &[
                "HTTP/1.1 200 OK\r\nx-msnserver: A\r\naccess-control-allow-origin: *\r\ncontent-length: 0\r\n\r\n",
            ],
            "HTTP/1.1 200 OK\r\nX-MSNSERVER: A\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 0\r\n\r\n",
        );
    }

    #[test]
    fn a_body_that_looks_like_a_head_is_left_alone() {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 25\r\n\r\n";
        let body = "HTTP/1.1 200 OK\r\na-b: c\r\n";
        check(
            &[&format!("{head}{body}{head}"), body, head],
            &format!(
                "{0}{body}{0}{body}{0}",
                "HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\n"
            ),
        );
    }

    #[test]
    fn the_head_behind_an_interim_response_is_respelled() {
        check(
            &[
                "HTTP/1.1 100 Continue\r\n\r\n",
                "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            ],
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        );
    }

    #[test]
    fn a_body_without_a_length_passes_unchanged() {
        let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        check(
            &[chunked, "3\r\na: \r\n", "0\r\n\r\n"],
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na: \r\n0\r\n\r\n",
        );
    }

    #[tokio::test]
    async fn a_slow_connection_gets_every_byte() {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (near, mut far) = tokio::io::duplex(7);
        let reader = tokio::spawn(async move {
            let mut all = Vec::new();
            far.read_to_end(&mut all).await.map(|_| all)
        });
        let mut near = HeaderCase::new(near);
        near.write_all(b"HTTP/1.1 200 OK\r\nx-msn-host: a\r\ncontent-length: 5\r\n\r\nhe")
            .await
            .unwrap();
        near.write_all(b"llo").await.unwrap();
        near.shutdown().await.unwrap();
        let all = reader.await.unwrap().unwrap();
        assert_eq!(
            String::from_utf8_lossy(&all),
            "HTTP/1.1 200 OK\r\nX-MSN-Host: a\r\nContent-Length: 5\r\n\r\nhello"
        );
    }
}
