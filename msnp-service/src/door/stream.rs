//! One client of MSNP that comes by a byte stream: carries its bytes to the server machine and what that says back.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use gateway_sm::ConnectionEnd;
use machine_contract::StreamId;
use msnp_server::Caller;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};

use super::accept::asked_to_stop;
use super::socket::Socket;
use crate::engine::{Engine, Input, Line, Order};

/// The most that is read at once.
const READ: usize = 16 * 1024;

/// How long what a client still says is thrown away after the last word to it: whoever closes with bytes unread resets
/// the connection, and the peer may lose that word.
const LINGER: Duration = Duration::from_secs(5);

/// What may still come then, in bytes: as much as was perhaps under way. Whoever says more is not waiting for that word, and keeps
/// others waiting.
const LEFTOVERS: usize = 64 * 1024;

/// The same time once the service stops.
const SHORT_LINGER: Duration = Duration::from_millis(500);

/// Serves one client until it or the server ends the stream. `wire` goes over `socket`; `patience` is the time in which
/// the client has to take what it is given at once.
pub(crate) async fn converse<W: AsyncRead + AsyncWrite + Unpin>(
    wire: W,
    socket: Socket,
    caller: Caller,
    engine: Engine,
    patience: Duration,
    stop: watch::Receiver<bool>,
) {
    let Some((id, line)) = engine.accept(caller) else {
        return;
    };
    let mut over = Over {
        id,
        engine,
        end: ConnectionEnd::Broken,
    };
    let mut talk = Talk {
        wire,
        writing: None,
        reads: true,
    };
    match talk.go_on(id, &over.engine, &line, patience).await {
        Ok(Goodbye::Said) => {
            if talk.end(&socket, patience, stop).await.is_ok() {
                over.end = socket.end().await;
            }
        }
        Ok(Goodbye::None) => {}
        Err(error) => tracing::debug!(%error, "a stream broke"),
    }
}

/// Tells the engine that a stream is over, whatever its task comes to.
struct Over {
    id: StreamId,
    engine: Engine,
    end: ConnectionEnd,
}

impl Drop for Over {
    fn drop(&mut self) {
        let Self { id, engine, end } = self;
        engine.tell(Input::StreamClosed(*id, *end));
    }
}

/// Whether the last word was said.
enum Goodbye {
    Said,
    /// The server wants the stream gone, or is no more.
    None,
}

/// A stream with what is under way by it. It keeps no buffer for what may come: most of them are silent.
struct Talk<W> {
    wire: W,
    /// What the server said, as far as it was not taken.
    writing: Option<Bytes>,
    reads: bool,
}

/// What moves.
enum Moved {
    Ordered(Order),
    /// All that was said is taken.
    Taken,
    Received(Bytes),
    /// The peer says nothing more.
    Finished,
}

impl<W: AsyncRead + AsyncWrite + Unpin> Talk<W> {
    /// Goes on until the server has said its last word.
    async fn go_on(
        &mut self,
        id: StreamId,
        engine: &Engine,
        line: &Line,
        patience: Duration,
    ) -> io::Result<Goodbye> {
        // For the bytes that are being written.
        let mut late: Option<Instant> = None;
        loop {
            let next = std::future::poll_fn(|cx| self.poll(line, cx));
            let moved = match late {
                Some(late) => timeout_at(late, next).await??,
                None => next.await?,
            };
            match moved {
                Moved::Ordered(Order::Send(bytes)) => {
                    self.writing = Some(bytes);
                    late = Some(Instant::now() + patience);
                }
                Moved::Ordered(Order::Read) => self.reads = true,
                Moved::Ordered(Order::Finish) => return Ok(Goodbye::Said),
                Moved::Ordered(Order::Drop) => return Ok(Goodbye::None),
                Moved::Taken => {
                    late = None;
                    engine.tell(Input::StreamTaken(id));
                }
                Moved::Received(bytes) => self.reads = engine.receive(id, bytes).await,
                Moved::Finished => {
                    self.reads = false;
                    engine.tell(Input::StreamFinished(id));
                }
            }
        }
    }

    /// What the server wants comes first, then what it says, then what it hears: none can hold up the one before.
    fn poll(&mut self, line: &Line, cx: &mut Context<'_>) -> Poll<io::Result<Moved>> {
        if let Poll::Ready(order) = line.poll(cx) {
            return Poll::Ready(Ok(Moved::Ordered(order)));
        }
        if let Poll::Ready(written) = self.poll_write(cx) {
            return Poll::Ready(written.map(|()| Moved::Taken));
        }
        if !self.reads {
            return Poll::Pending;
        }
        let bytes = ready!(poll_read(&mut self.wire, cx))?;
        Poll::Ready(Ok(if bytes.is_empty() {
            Moved::Finished
        } else {
            Moved::Received(bytes)
        }))
    }

    /// Ready when something was written and all of it is taken.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(bytes) = &mut self.writing else {
            return Poll::Pending;
        };
        let mut wire = Pin::new(&mut self.wire);
        while bytes.has_remaining() {
            let taken = ready!(wire.as_mut().poll_write(cx, bytes))?;
            if taken == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            bytes.advance(taken);
        }
        ready!(wire.poll_flush(cx))?;
        self.writing = None;
        Poll::Ready(Ok(()))
    }

    /// Says that nothing more is said, and hears the peer out.
    async fn end(
        &mut self,
        socket: &Socket,
        patience: Duration,
        mut stop: watch::Receiver<bool>,
    ) -> io::Result<()> {
        let shut = std::future::poll_fn(|cx| Pin::new(&mut self.wire).poll_shutdown(cx));
        timeout(patience, shut).await??;
        let heard_out = async {
            let mut left = LEFTOVERS;
            // Of a peer that has finished there is no more.
            while let Ok(bytes) = std::future::poll_fn(|cx| poll_read(&mut self.wire, cx)).await {
                if bytes.is_empty() {
                    break;
                }
                left = left
                    .checked_sub(bytes.len())
                    .ok_or(io::ErrorKind::InvalidData)?;
            }
            socket.finished().await
        };
        let cut_short = async {
            asked_to_stop(&mut stop).await;
            tokio::time::sleep(SHORT_LINGER).await;
        };
        tokio::select! {
            heard = timeout(LINGER, heard_out) => heard?,
            () = cut_short => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

/// The next bytes; none at the end. There is room for them on the stack, and only while they are looked for.
fn poll_read<W: AsyncRead + Unpin>(wire: &mut W, cx: &mut Context<'_>) -> Poll<io::Result<Bytes>> {
    let mut room = [MaybeUninit::<u8>::uninit(); READ];
    let mut buffer = ReadBuf::uninit(&mut room);
    ready!(Pin::new(wire).poll_read(cx, &mut buffer))?;
    Poll::Ready(Ok(Bytes::copy_from_slice(buffer.filled())))
}
