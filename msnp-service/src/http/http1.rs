//! One connection of HTTP/1.

use std::convert::Infallible;
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::flushes::Flushes;
use super::header_case::HeaderCase;
use super::request_body::Punctual;
use super::served::{Broken, Served};
use super::waiting::{Overdue, Waiting};
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
    let waiting = Waiting::new();
    let asked = waiting.clone();
    let service = service_fn(move |request: http::Request<Incoming>| {
        asked.asked();
        let request = request.map(|body| Punctual::new(body, bounds.request));
        let (front, metrics) = (Arc::clone(&front), Arc::clone(&metrics));
        let (arrival, asked) = (arrival.clone(), asked.clone());
        // Asked for within: an answer that is brought along would have its place in there twice.
        async move {
            let reply = front.answer(request, arrival).await;
            metrics.replied(reply.status());
            asked.answered();
            Ok::<_, Infallible>(reply)
        }
    });
    let spelled = HeaderCase::new(wire);
    let flushes = Flushes::new(spelled, unflushed.clone(), bounds.reply);
    let io = TokioIo::new(flushes.telling(waiting.clone()));
    let serving = http1::Builder::new()
        .header_read_timeout(None)
        .max_buf_size(64 * 1024)
        // Who has asked and shut the writing side still waits for the answer.
        .half_close(true)
        .serve_connection(io, service);
    let mut serving = std::pin::pin!(serving);
    let mut overdue = std::pin::pin!(waiting.overdue(bounds));
    let (mut half_closed, mut stopping, mut ending) = (false, false, false);
    loop {
        tokio::select! {
            biased;
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
            what = overdue.as_mut(), if !ending => match what {
                Overdue::Head => return Err(Broken::Slow),
                Overdue::Next => {
                    ending = true;
                    serving.as_mut().graceful_shutdown();
                }
            },
        }
    }
}
