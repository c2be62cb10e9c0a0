//! `Flushes`: what hyper writes, on its way out; says when the system has all of it, and when that takes too long.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use super::reply_body::Unflushed;
use super::waiting::Waiting;

/// Tells [`Unflushed`] when the system has taken all bytes of a connection, and breaks it when that
/// takes too long: the client does not read.
#[derive(Debug)]
pub(super) struct Flushes<T> {
    inner: T,
    unflushed: Unflushed,
    patience: Duration,
    waiting: Option<Waiting>,
    /// Runs from when the system first took no more until it has taken everything.
    late: Option<Pin<Box<Sleep>>>,
}

impl<T> Flushes<T> {
    pub(super) const fn new(inner: T, unflushed: Unflushed, patience: Duration) -> Self {
        Self {
            inner,
            unflushed,
            patience,
            waiting: None,
            late: None,
        }
    }

    /// Tells this one too what comes and what leaves.
    pub(super) fn telling(self, waiting: Waiting) -> Self {
        let waiting = Some(waiting);
        Self { waiting, ..self }
    }

    /// What to answer while the system takes no more.
    fn stuck<R>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<R>> {
        let patience = self.patience;
        let late = (self.late).get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        ready!(late.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Flushes<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.inner).poll_write(cx, bytes) {
            Poll::Ready(written) => Poll::Ready(written),
            Poll::Pending => self.stuck(cx),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.inner).poll_flush(cx) {
            Poll::Ready(flushed) => {
                flushed?;
                self.late = None;
                self.unflushed.flushed();
                if let Some(waiting) = &self.waiting {
                    waiting.flushed();
                }
                Poll::Ready(Ok(()))
            }
            Poll::Pending => self.stuck(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.inner).poll_shutdown(cx) {
            Poll::Ready(shut) => Poll::Ready(shut),
            Poll::Pending => self.stuck(cx),
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Flushes<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.inner).poll_read(cx, buffer);
        if buffer.filled().len() > before
            && let Some(waiting) = &self.waiting
        {
            waiting.read();
        }
        read
    }
}
