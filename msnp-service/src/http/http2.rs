//! One connection of HTTP/2: many requests at once, so time and end are watched from outside.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::flushes::Flushes;
use super::reply_body::ReplyBody;
use super::request_body::Punctual;
use super::served::{Bounds, Broken, Served};
use crate::door::accept::asked_to_stop;

/// What it is called under TLS (ALPN, RFC 9113 3.2).
pub(super) const NAME: &str = "h2";

/// Requests at once on one connection: a page's, or those of the people behind a proxy.
const STREAMS: u32 = 64;

/// What is given to a peer before it has room for it. Pieces of this size say by being taken that all before them has left.
const PIECE: usize = 16 * 1024;

/// What a peer may send of one body before it is read, and of all.
const WINDOW: u32 = 64 * 1024;

/// How often it is looked at whether something takes too long.
const LOOK: Duration = Duration::from_secs(5);

/// The same once the service stops.
const LAST_LOOK: Duration = Duration::from_millis(250);

/// Serves until the connection ends.
pub(super) async fn serve<W: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    wire: W,
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
    let underway = Underway::default();
    let asked = underway.clone();
    let service = service_fn(move |request: http::Request<Incoming>| {
        let mut one = asked.begin();
        let request = request.map(|body| Punctual::new(body, bounds.request));
        let (front, metrics) = (Arc::clone(&front), Arc::clone(&metrics));
        let arrival = arrival.clone();
        async move {
            let reply = front.answer(request, arrival).await;
            metrics.replied(reply.status());
            one.is_answered();
            Ok::<_, Infallible>(reply.map(|body| Watched {
                body: body.in_pieces(PIECE),
                _until: one,
            }))
        }
    });
    let io = TokioIo::new(Flushes::new(wire, unflushed, bounds.reply));
    let serving = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(4 * WINDOW)
        .max_send_buf_size(PIECE)
        .max_header_list_size(16 * 1024)
        // Who is gone without a word is found out.
        .keep_alive_interval(bounds.request)
        .keep_alive_timeout(bounds.request)
        .serve_connection(io, service);
    let mut serving = std::pin::pin!(serving);
    let mut look = LOOK.min(bounds.reply / 2).min(bounds.request / 2);
    let (mut ending, mut stopping) = (false, false);
    loop {
        tokio::select! {
            ended = serving.as_mut() => return Ok(ended?),
            () = tokio::time::sleep(look) => match underway.state(bounds) {
                State::Late => return Err(Broken::Late),
                // Asked to stop, and nobody waits for anything: the peer's consent is not waited for either.
                State::Idle(_) if stopping => return Ok(()),
                State::Idle(for_long) if for_long && !ending => {
                    ending = true;
                    serving.as_mut().graceful_shutdown();
                }
                State::Idle(_) | State::Busy => {}
            },
            () = asked_to_stop(&mut stop), if !stopping => {
                stopping = true;
                look = LAST_LOOK;
                serving.as_mut().graceful_shutdown();
            }
        }
    }
}

/// The requests of one connection that are not over.
#[derive(Clone, Debug)]
struct Underway(Arc<Mutex<Requests>>);

#[derive(Debug)]
struct Requests {
    /// Since when each is being answered; `None` before that.
    open: BTreeMap<u64, Option<Instant>>,
    last: u64,
    idle_since: Instant,
}

/// How a connection is.
enum State {
    Busy,
    /// Nothing is under way, perhaps for long.
    Idle(bool),
    /// A reply is not taken.
    Late,
}

impl Default for Underway {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Requests {
            open: BTreeMap::new(),
            last: 0,
            idle_since: Instant::now(),
        })))
    }
}

impl Underway {
    fn begin(&self) -> Request {
        let mut requests = self.lock();
        requests.last += 1;
        let number = requests.last;
        requests.open.insert(number, None);
        Request {
            number,
            of: self.clone(),
        }
    }

    fn state(&self, bounds: Bounds) -> State {
        let requests = self.lock();
        let now = Instant::now();
        let since = |since: &Instant| now.saturating_duration_since(*since);
        if requests.open.is_empty() {
            // The first request is to come as a head is.
            let patience = if requests.last == 0 {
                bounds.request
            } else {
                bounds.idle
            };
            State::Idle(since(&requests.idle_since) >= patience)
        } else if requests
            .open
            .values()
            .flatten()
            .any(|it| since(it) >= bounds.reply)
        {
            State::Late
        } else {
            State::Busy
        }
    }

    fn lock(&self) -> MutexGuard<'_, Requests> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request, until all of its reply was taken or nobody wants it any more.
#[derive(Debug)]
struct Request {
    number: u64,
    of: Underway,
}

impl Request {
    /// From now on the reply is to be taken.
    fn is_answered(&mut self) {
        self.of
            .lock()
            .open
            .insert(self.number, Some(Instant::now()));
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        let mut requests = self.of.lock();
        requests.open.remove(&self.number);
        requests.idle_since = Instant::now();
    }
}

/// The body of a reply, whose request is over with it.
#[derive(Debug)]
struct Watched {
    body: ReplyBody,
    _until: Request,
}

impl Body for Watched {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
