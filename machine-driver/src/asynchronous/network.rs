//! What an asynchronous driver brings: how to make one request, how to sleep, and perhaps streams.

use std::convert::Infallible;
use std::future::{Future, Ready};
use std::io;
use std::task::{Context, Poll};
use std::time::Duration;

use machine_contract::{Remote, Transmit};

use crate::Outcome;

/// An HTTP library and a timer, behind which [`start`](crate::start) makes a driver.
///
/// Nothing here needs `Send`. The driver is `Send` if the futures are.
pub trait Network {
    /// Makes one request.
    type Exchange: Future<Output = Outcome> + Unpin;
    /// Waits; whatever it gives.
    type Sleep: Future + Unpin;
    /// Makes streams; [`NoStreams`] if there are none.
    type Streams: StreamNetwork;

    /// Makes one request and reads its response to the end. The deadline is not its business: the future
    /// is dropped when it has passed, or when the request is not wanted any more, and must then close the
    /// connection.
    fn exchange(&self, transmit: Transmit) -> Self::Exchange;

    /// Waits for so long, whole milliseconds.
    fn sleep(&self, time: Duration) -> Self::Sleep;

    /// Does something in a thread where the futures can be polled: most can be anywhere, as is provided.
    /// tokio's need their runtime, which is entered here. Whoever calls the machine polls them, in whatever
    /// thread that is.
    fn enter<R>(&self, work: impl FnOnce() -> R) -> R {
        work()
    }

    /// What makes streams; without it, those that the machine wants are
    /// [refused](machine_contract::StreamMachine::handle_unsupported).
    fn streams(&self) -> Option<&Self::Streams>;
}

/// What makes the streams of a [`Network`].
pub trait StreamNetwork {
    /// A stream.
    type Stream: ByteStream;
    /// Makes a stream, TLS and proxies included. Dropping it gives the attempt up.
    type Connecting: Future<Output = io::Result<Self::Stream>> + Unpin;

    /// Makes a stream. The deadline is not its business.
    ///
    /// An error with a [`CertificateFault`](machine_contract::CertificateFault) [inside](io::Error::get_ref) says that the peer's
    /// certificate was not accepted ([`Failure::Untrusted`](machine_contract::Failure::Untrusted)).
    fn connect(&self, to: Remote) -> Self::Connecting;
}

/// A stream of bytes in both directions, such as TCP or TLS over it. Dropping it closes it at once.
pub trait ByteStream {
    /// Reads some bytes; none only at the end that the peer made in order.
    fn poll_read(&mut self, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>>;

    /// Writes some bytes, at least one. What it took counts as perhaps sent.
    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>>;

    /// Sends on what was taken and is still held back, by TLS say.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Finishes the writing side; reading goes on.
    fn poll_finish(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
}

/// The streams of a host that has none.
#[derive(Copy, Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "there is none to make")]
pub enum NoStreams {}

impl StreamNetwork for NoStreams {
    type Stream = Infallible;
    type Connecting = Ready<io::Result<Infallible>>;

    fn connect(&self, _: Remote) -> Self::Connecting {
        match *self {}
    }
}

impl ByteStream for Infallible {
    fn poll_read(&mut self, _: &mut Context<'_>, _: &mut [u8]) -> Poll<io::Result<usize>> {
        match *self {}
    }

    fn poll_write(&mut self, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        match *self {}
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match *self {}
    }

    fn poll_finish(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match *self {}
    }
}
