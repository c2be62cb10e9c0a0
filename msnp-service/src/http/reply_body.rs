//! A response body that reports whether its response was written.
//!
//! A gateway reply may be lost on its way: the client may have gone, the connection may break.
//! Its frames must then go out with the next reply, so the gateway has to be told (gateway.md 6).

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use gateway_sm::ExchangeId;
use http_body::{Body, Frame, SizeHint};

use crate::engine::{Engine, Input};

/// Reports the fate of one exchange when it is dropped: lost, unless it was told otherwise.
#[derive(Debug)]
pub(super) struct Exchange {
    id: ExchangeId,
    engine: Engine,
    sent: bool,
}

impl Exchange {
    pub(super) const fn new(id: ExchangeId, engine: Engine) -> Self {
        Self {
            id,
            engine,
            sent: false,
        }
    }

    fn sent(mut self) {
        self.sent = true;
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.engine.tell(if self.sent {
            Input::Sent(self.id)
        } else {
            Input::Lost(self.id)
        });
    }
}

/// The exchanges of one connection whose reply is in hyper's hands and not yet flushed. When the
/// connection ends, what is still here is dropped, and so reported lost.
#[derive(Clone, Debug, Default)]
pub(super) struct Unflushed(Arc<Mutex<Replies>>);

#[derive(Debug, Default)]
struct Replies {
    exchanges: Vec<Exchange>,
    /// The request that is being answered; HTTP/1 has one at a time.
    asked: Option<ExchangeId>,
    /// The peer sends nothing more, so it may be gone: that the system took a reply says nothing then.
    half_closed: bool,
    /// The connection is over: what comes now is never written.
    closed: bool,
}

impl Unflushed {
    /// The connection has handed all its bytes to the system.
    pub(super) fn flushed(&self) {
        let mut replies = self.lock();
        if !replies.half_closed {
            for exchange in std::mem::take(&mut replies.exchanges) {
                exchange.sent();
            }
        }
    }

    /// The connection has ended in order: the peer has all that was written.
    pub(super) fn arrived(&self) {
        for exchange in std::mem::take(&mut self.lock().exchanges) {
            exchange.sent();
        }
    }

    /// The connection is over, and what is not written never is.
    pub(super) fn close(&self) {
        let mut replies = self.lock();
        replies.closed = true;
        let lost = std::mem::take(&mut replies.exchanges);
        drop(replies);
        drop(lost);
    }

    /// A request is being answered. `true`: its peer sends nothing more.
    pub(super) fn asked(&self, exchange: ExchangeId) -> bool {
        let mut replies = self.lock();
        replies.asked = Some(exchange);
        replies.half_closed
    }

    /// The peer sends nothing more; the request that is being answered.
    pub(super) fn half_closed(&self) -> Option<ExchangeId> {
        let mut replies = self.lock();
        replies.half_closed = true;
        replies.asked
    }

    /// Whether no request is being answered, and no reply waits to be written.
    pub(super) fn is_idle(&self) -> bool {
        let replies = self.lock();
        replies.asked.is_none() && replies.exchanges.is_empty()
    }

    fn push(&self, exchange: Exchange) {
        let mut replies = self.lock();
        replies.asked = None;
        if replies.closed {
            drop(replies);
            drop(exchange);
        } else {
            replies.exchanges.push(exchange);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Replies> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A body of known length, given out in one piece unless it [is to be in several](Self::in_pieces).
#[derive(Debug)]
pub(super) struct ReplyBody {
    bytes: Bytes,
    piece: usize,
    /// Moves to `unflushed` when the bytes are taken.
    exchange: Option<Exchange>,
    unflushed: Unflushed,
}

impl ReplyBody {
    pub(super) fn new(bytes: Bytes, exchange: Exchange, unflushed: Unflushed) -> Self {
        let mut body = Self {
            bytes,
            piece: usize::MAX,
            exchange: Some(exchange),
            unflushed,
        };
        // hyper never asks an empty body for its bytes.
        if body.bytes.is_empty() {
            body.taken();
        }
        body
    }

    /// A body whose fate nobody asks for.
    pub(super) fn plain(bytes: Bytes) -> Self {
        Self {
            bytes,
            piece: usize::MAX,
            exchange: None,
            unflushed: Unflushed::default(),
        }
    }

    /// Gives it out in pieces of at most so many bytes.
    pub(super) fn in_pieces(self, piece: usize) -> Self {
        Self { piece, ..self }
    }

    fn taken(&mut self) {
        if let Some(exchange) = self.exchange.take() {
            self.unflushed.push(exchange);
        }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.bytes.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.bytes.len().min(self.piece);
        let piece = self.bytes.split_to(length);
        if self.bytes.is_empty() {
            self.taken();
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.len() as u64)
    }
}
