//! Serves HTTP/1 on the connections of one address until told to stop.

use std::convert::Infallible;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use gateway_sm::ConnectionEnd;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use msnp_server::Caller;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::Sleep;

use super::front::{Arrival, Front};
use super::header_case::HeaderCase;
use super::reply_body::Unflushed;
use super::request_body::Punctual;
use crate::door::accept::{accept, asked_to_stop};
use crate::door::socket::Socket;
use crate::engine::Input;

/// What one listener and one connection may take.
#[derive(Copy, Clone, Debug)]
pub(super) struct Bounds {
    /// Connections at once.
    pub(super) connections: usize,
    /// The time for a request's head, and again for its body.
    pub(super) request: Duration,
    /// The time for a reply to be read.
    pub(super) reply: Duration,
}

/// Serves until `stop` turns true, then lets requests in progress end.
pub(super) async fn serve(
    listener: TcpListener,
    front: Arc<Front>,
    bounds: Bounds,
    stop: watch::Receiver<bool>,
) {
    let stopping = stop.clone();
    accept(listener, bounds.connections, stop, move |stream, peer| {
        let (front, stop) = (Arc::clone(&front), stopping.clone());
        connection(stream, peer.ip(), front, bounds, stop)
    })
    .await;
}

async fn connection(
    stream: TcpStream,
    peer: IpAddr,
    front: Arc<Front>,
    bounds: Bounds,
    mut stop: watch::Receiver<bool>,
) {
    // A held poll's reply is small and must leave at once.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let local = stream.local_addr().ok();
    let (unflushed, engine) = (Unflushed::default(), front.engine().clone());
    let number = engine.next_connection();
    let caller = Caller {
        peer,
        local,
        connection: Some(number),
    };
    let arrival = Arrival::new(caller, unflushed.clone());
    let service = service_fn(move |request: http::Request<Incoming>| {
        let request = request.map(|body| Punctual::new(body, bounds.request));
        let answer = Arc::clone(&front).answer(request, arrival.clone());
        async { Ok::<_, Infallible>(answer.await) }
    });
    let socket = Socket::new(stream);
    let io = TokioIo::new(Flushes {
        inner: HeaderCase::new(socket.clone()),
        unflushed: unflushed.clone(),
        patience: bounds.reply,
        late: None,
    });
    let ended = {
        let serving = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(bounds.request)
            .max_buf_size(64 * 1024)
            // Who has asked and shut the writing side still waits for the answer.
            .half_close(true)
            .serve_connection(io, service);
        let mut serving = std::pin::pin!(serving);
        let (mut half_closed, mut stopping) = (false, false);
        loop {
            tokio::select! {
                ended = serving.as_mut() => break ended.map_err(Broken::Http),
                finished = socket.finished(), if !half_closed => {
                    half_closed = true;
                    if let Err(error) = finished {
                        break Err(Broken::Socket(error));
                    }
                    if let Some(exchange) = unflushed.half_closed() {
                        engine.tell(Input::HalfClosed(exchange));
                    }
                }
                () = asked_to_stop(&mut stop), if !stopping => {
                    stopping = true;
                    serving.as_mut().graceful_shutdown();
                    if unflushed.is_idle() {
                        // A request that has come in half is none, and nobody waits for its rest.
                        break Ok(());
                    }
                }
            }
        }
    };
    let end = match ended {
        Ok(()) => socket.end().await,
        Err(error) => {
            tracing::debug!(%error, "a connection broke");
            ConnectionEnd::Broken
        }
    };
    if end == ConnectionEnd::Orderly {
        unflushed.arrived();
    }
    // What is not written by now never is; it is reported first.
    drop(unflushed);
    engine.tell(Input::ConnectionEnded(number, end));
}

/// Why a connection did not end in order.
#[derive(Debug, thiserror::Error)]
enum Broken {
    /// The peer broke HTTP, or took too long.
    #[error(transparent)]
    Http(hyper::Error),
    /// The connection was reset.
    #[error(transparent)]
    Socket(io::Error),
}

/// Tells [`Unflushed`] when the system has taken all bytes of a connection, and breaks it when that
/// takes too long: the client does not read.
struct Flushes {
    inner: HeaderCase<Socket>,
    unflushed: Unflushed,
    patience: Duration,
    /// Runs from when the system first took no more until it has taken everything.
    late: Option<Pin<Box<Sleep>>>,
}

impl Flushes {
    /// What to answer while the system takes no more.
    fn stuck<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        let patience = self.patience;
        let late = (self.late).get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        ready!(late.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncWrite for Flushes {
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

impl AsyncRead for Flushes {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buffer)
    }
}
