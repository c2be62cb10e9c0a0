//! The HTTP face: listens, and hands what comes to [`Front`].

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::config::{Limits, Timings};
use crate::door::A_DAY;
use crate::door::tls::{Certificates, TlsError};
pub(crate) use front::Front;

mod flushes;
mod front;
mod header_case;
mod http1;
mod http2;
mod listen;
mod reply_body;
mod request_body;
mod served;

/// What speaks HTTPS with these certificates.
pub(crate) fn tls(certificates: &Arc<Certificates>) -> Result<TlsAcceptor, TlsError> {
    let server = certificates.server(&[http2::NAME, http1::NAME])?;
    Ok(TlsAcceptor::from(Arc::new(server)))
}

/// Serves until `stop` turns true and the requests in progress have ended.
pub(crate) async fn serve(
    listener: TcpListener,
    front: Front,
    tls: Option<TlsAcceptor>,
    (limits, timings): (Limits, Timings),
    stop: watch::Receiver<bool>,
) {
    let bounds = served::Bounds {
        connections: limits.connections,
        request: timings.request.min(A_DAY),
        reply: timings.reply.min(A_DAY),
    };
    let shared = listen::Listener {
        front: Arc::new(front),
        bounds,
        tls,
    };
    listen::serve(listener, shared, stop).await;
}
