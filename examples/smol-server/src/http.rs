//! One connection: hyper's, on smol. Each request becomes an exchange of the machine, which is told what became of its
//! reply.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use gateway_sm::ExchangeId;
use http::{Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use smol::net::TcpStream;
use smol_hyper::rt::{FuturesIo, SmolTimer};

use crate::Host;

/// The longest body of a request.
const BODY: usize = 256 << 10;

/// Serves one connection to its end.
pub(crate) async fn serve(stream: TcpStream, host: Arc<Host>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let answers = service_fn(move |request| answer(request, Arc::clone(&host)));
    let connection = http1::Builder::new()
        .timer(SmolTimer::new())
        .serve_connection(FuturesIo::new(stream), answers);
    // How it ends is the client's business.
    connection.await.map_err(io::Error::other)
}

async fn answer(request: Request<Incoming>, host: Arc<Host>) -> Result<Response<Told>, Infallible> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY).collect().await else {
        return Ok(refused(StatusCode::PAYLOAD_TOO_LARGE));
    };
    let (id, replied) = host.request(Request::from_parts(head, body.to_bytes()));
    // Dropped with this future if the client goes away while its reply is held.
    let fate = Fate::of(host, id);
    let Ok(reply) = replied.recv().await else {
        return Ok(refused(StatusCode::SERVICE_UNAVAILABLE));
    };
    Ok(reply.map(|bytes| Told {
        bytes: Some(bytes),
        fate: Some(fate),
    }))
}

fn refused(status: StatusCode) -> Response<Told> {
    let mut response = Response::new(Told {
        bytes: Some(Bytes::new()),
        fate: None,
    });
    *response.status_mut() = status;
    response
}

/// A body that knows whether it was taken.
///
/// Taken by hyper, that is, which may still fail to write it. `msnp-service` asks the system what the peer has
/// acknowledged, and so loses no frame with a connection; here the client's next request shows it.
struct Told {
    bytes: Option<Bytes>,
    fate: Option<Fate>,
}

impl Body for Told {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = self.bytes.take();
        Poll::Ready(bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, Bytes::len) as u64)
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        let taken = self.is_end_stream();
        if let Some(fate) = &mut self.fate {
            fate.sent = taken;
        }
    }
}

/// Tells the machine what became of a reply, when it is dropped.
struct Fate {
    host: Arc<Host>,
    id: ExchangeId,
    sent: bool,
}

impl Fate {
    const fn of(host: Arc<Host>, id: ExchangeId) -> Self {
        Self {
            host,
            id,
            sent: false,
        }
    }
}

impl Drop for Fate {
    fn drop(&mut self) {
        self.host.replied(self.id, self.sent);
    }
}
