//! One connection of HTTP/1.

use std::convert::Infallible;
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};

use super::flushes::Flushes;
use super::header_case::HeaderCase;
use super::request_body::Punctual;
use super::served::{Broken, Served};
use crate::door::accept::asked_to_stop;
use crate::door::socket::Socket;
use crate::engine::Input;

/// What it is called under TLS (ALPN, RFC 7301).
pub(super) const NAME: &str = "http/1.1";

/// Serves until the connection ends. `wire` goes over `socket`.
pub(super) async fn serve<W: AsyncRead + AsyncWrite + Unpin>(
    wire: W,
    socket: &Socket,
    served: Served,
) -> Result<(), Broken> {
    let Served {
        front,
        arrival,
        unflushed,
        metrics,
        bounds,
        mut stop,
    } = served;
    let engine = front.engine().clone();
    let service = service_fn(move |request: http::Request<Incoming>| {
        let request = request.map(|body| Punctual::new(body, bounds.request));
        let answer = Arc::clone(&front).answer(request, arrival.clone(), Arc::clone(&metrics));
        async { Ok::<_, Infallible>(answer.await) }
    });
    let spelled = HeaderCase::new(wire);
    let io = TokioIo::new(Flushes::new(spelled, unflushed.clone(), bounds.reply));
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
            ended = serving.as_mut() => return Ok(ended?),
            finished = socket.finished(), if !half_closed => {
                half_closed = true;
                finished?;
                if let Some(exchange) = unflushed.half_closed() {
                    engine.tell(Input::HalfClosed(exchange));
                }
            }
            () = asked_to_stop(&mut stop), if !stopping => {
                stopping = true;
                serving.as_mut().graceful_shutdown();
                if unflushed.is_idle() {
                    // A request that has come in half is none, and nobody waits for its rest.
                    return Ok(());
                }
            }
        }
    }
}
