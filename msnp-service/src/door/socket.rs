//! `Socket`: a TCP connection that is read and written by one, while another looks at how it ends.

use std::io;
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use gateway_sm::ConnectionEnd;
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A connection; clones are the same one.
#[derive(Clone, Debug)]
pub(crate) struct Socket(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    stream: TcpStream,
    /// The peer sends nothing more.
    finished: AtomicBool,
    /// The system has told of an error, which it does but once.
    broken: AtomicBool,
}

/// How long the peer's TCP may take to say that it has the last byte.
const LAST_BYTE: Duration = Duration::from_secs(5);

/// How often it is looked at whether it has.
const LOOK: Duration = Duration::from_millis(20);

/// How long a peer may take to end a connection that was ended here.
const FAREWELL: Duration = Duration::from_secs(5);

/// What may still come of such a peer that is thrown away, in bytes.
const LEFTOVERS: usize = 1024 * 1024;

/// What lies unread in the system hides what comes behind it; then it is looked at so often.
const HIDDEN: Duration = Duration::from_secs(1);

impl Socket {
    pub(crate) fn new(stream: TcpStream) -> Self {
        let (finished, broken) = (AtomicBool::new(false), AtomicBool::new(false));
        Self(Arc::new(Shared {
            stream,
            finished,
            broken,
        }))
    }

    /// Has the system find out by itself when the peer is gone without a word.
    pub(crate) fn keep_alive(&self, every: &TcpKeepalive) {
        // Without it that is found out when something is said to it.
        let _ = SockRef::from(&self.0.stream).set_tcp_keepalive(every);
    }

    /// The peer sends nothing more: it has closed the connection, or its side of it. Which of the two is not to be
    /// seen. `Err` if the connection is broken.
    pub(crate) async fn finished(&self) -> io::Result<()> {
        let stream = &self.0.stream;
        loop {
            let ready = stream.ready(Interest::READABLE).await?;
            if ready.is_read_closed() {
                if let Some(error) = stream.take_error()? {
                    return Err(self.breaks(error));
                }
                self.0.finished.store(true, Ordering::Relaxed);
                return Ok(());
            }
            tokio::time::sleep(HIDDEN).await;
        }
    }

    /// How the connection has ended, of which all was said and this side's end too.
    ///
    /// The peer's end alone shows nothing of what was written just before: it may have crossed. But this side's end comes
    /// behind the last byte, and once the peer's TCP has taken it the system knows no peer any more. A peer that was
    /// gone when a byte came has answered it by a reset; so does the system of one that has closed without having read
    /// everything.
    pub(crate) async fn end(&self) -> ConnectionEnd {
        let stream = &self.0.stream;
        let is_theirs = self.0.finished.load(Ordering::Relaxed);
        let is_finished = is_theirs || self.peer_ends().await;
        if !is_finished || self.0.broken.load(Ordering::Relaxed) {
            return ConnectionEnd::Broken;
        }
        let mut waited = Duration::ZERO;
        while stream.peer_addr().is_ok() {
            if waited >= LAST_BYTE {
                return ConnectionEnd::Broken;
            }
            tokio::time::sleep(LOOK).await;
            waited += LOOK;
        }
        match stream.take_error() {
            Ok(None) if is_theirs => ConnectionEnd::Orderly,
            Ok(None) => ConnectionEnd::Taken,
            _ => ConnectionEnd::Broken,
        }
    }

    /// Says that nothing more will come, and lets the peer read what was said.
    pub(crate) async fn leave(&self) {
        if SockRef::from(&self.0.stream)
            .shutdown(Shutdown::Write)
            .is_ok()
        {
            self.peer_ends().await;
        }
    }

    /// Waits for the peer's end where this side's came first: behind the reply to who asks for it (`Connection: close`, and
    /// all of HTTP/1.0), and behind one to a request that was not read to its end. What still comes of that is thrown away:
    /// closed with something unread, the system would reset the connection, and the peer might not see the reply.
    async fn peer_ends(&self) -> bool {
        let ends = async {
            let (mut some, mut left) = (vec![0; 8 * 1024], LEFTOVERS);
            while left > 0 {
                self.0.stream.readable().await?;
                match self.0.stream.try_read(&mut some) {
                    Ok(0) => return Ok(()),
                    Ok(more) => left = left.saturating_sub(more),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(error) => return Err(error),
                }
            }
            self.finished().await
        };
        matches!(timeout(FAREWELL, ends).await, Ok(Ok(())))
    }

    /// Notes that it is broken.
    fn breaks(&self, error: io::Error) -> io::Error {
        self.0.broken.store(true, Ordering::Relaxed);
        error
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let room = buffer.remaining();
        loop {
            ready!(self.0.stream.poll_read_ready(cx))?;
            match self.0.stream.try_read_buf(buffer) {
                Ok(0) if room > 0 => {
                    self.0.finished.store(true, Ordering::Relaxed);
                    return Poll::Ready(Ok(()));
                }
                Ok(_) => return Poll::Ready(Ok(())),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(self.breaks(error))),
            }
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.0.stream.poll_write_ready(cx))?;
            match self.0.stream.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written.map_err(|error| self.breaks(error))),
            }
        }
    }

    /// The system has what was written.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match SockRef::from(&self.0.stream).shutdown(Shutdown::Write) {
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Poll::Ready(Ok(())),
            shut => Poll::Ready(shut),
        }
    }
}
