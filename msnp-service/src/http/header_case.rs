//! Writes response header names in the spelling of the original servers.
//!
//! hyper sends names in lower case; clients of the field compare `X-MSN-Messenger` and
//! `Content-Length` case-sensitively (gateway.md 13.5). This wrapper around a connection changes
//! the case of names inside response heads, and not one byte of a body.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use memchr::{memchr, memmem};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Names whose spelling is not `First-Letters-Large`.
const SPELLINGS: [&str; 9] = [
    "X-MSN-Messenger",
    "X-MSN-Host",
    "X-MSN-SessionTimeout",
    "X-MSN-SkypeId",
    "X-MSN-GWCapabilities",
    "X-MSNSERVER",
    "X-AspNet-Version",
    "WWW-Authenticate",
    "PassportURLs",
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

/// Appends `bytes` to `out` with the names of response heads respelled. Not a byte more or less: names change their
/// case alone, so all is copied at once and changed where it then stands.
fn respell(mut place: Place, bytes: &[u8], out: &mut Vec<u8>) -> Place {
    let start = out.len();
    out.extend_from_slice(bytes);
    let mut rest = &mut out[start..];
    while !rest.is_empty() {
        match place {
            Place::Opaque => return place,
            Place::Body(length) => {
                let taken = usize::try_from(length)
                    .unwrap_or(usize::MAX)
                    .min(rest.len());
                rest = &mut rest[taken..];
                let left = length - taken as u64;
                place = if left == 0 {
                    Place::Head
                } else {
                    Place::Body(left)
                };
            }
            Place::Head => {
                let Some(end) = memmem::find(rest, b"\r\n\r\n") else {
                    return Place::Opaque;
                };
                let (head, behind) = rest.split_at_mut(end + 4);
                place = respell_head(head);
                rest = behind;
            }
        }
    }
    place
}

/// Respells the names of a head, its blank line included; what comes behind it.
fn respell_head(head: &mut [u8]) -> Place {
    // An interim response has no body and is followed by another head.
    let interim = head.get(9) == Some(&b'1');
    let mut after = if interim { Place::Head } else { Place::Opaque };
    let status = memchr(b'\n', head).map_or(head.len(), |at| at + 1);
    let mut lines = &mut head[status..];
    while let Some(end) = memchr(b'\n', lines) {
        let (line, behind) = lines.split_at_mut(end + 1);
        lines = behind;
        let Some(colon) = memchr(b':', line) else {
            continue;
        };
        let (name, value) = line.split_at_mut(colon);
        if name.eq_ignore_ascii_case(b"content-length")
            && let Some(length) = body_length(&value[1..])
        {
            after = if length == 0 {
                Place::Head
            } else {
                Place::Body(length)
            };
        }
        spell(name);
    }
    after
}

/// Spells one name.
fn spell(name: &mut [u8]) {
    let known = |known: &&&str| known.as_bytes().eq_ignore_ascii_case(name);
    if let Some(known) = SPELLINGS.iter().find(known) {
        name.copy_from_slice(known.as_bytes());
        return;
    }
    let mut start = true;
    for byte in name {
        if start {
            byte.make_ascii_uppercase();
        }
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
