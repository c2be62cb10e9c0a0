//! Serves HTTP on the connections of one address until told to stop: HTTP/1, and under TLS HTTP/2 as well.

use std::io;
use std::sync::Arc;

use gateway_sm::ConnectionEnd;
use msnp_server::Caller;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::front::{Arrival, Front};
use super::reply_body::Unflushed;
use super::served::{Bounds, Broken, Served};
use super::{http1, http2};
use crate::door::accept::{accept, asked_to_stop};
use crate::door::entrance::{Entrance, Guest};
use crate::door::socket::Socket;
use crate::door::terms::{A_DAY, Terms};
use crate::engine::Input;

/// Serves until `stop` turns true, then lets requests in progress end.
pub(crate) async fn serve(
    listener: TcpListener,
    front: Front,
    entrance: Entrance,
    terms: Terms,
    stop: watch::Receiver<bool>,
) {
    let (front, stopping) = (Arc::new(front), stop.clone());
    accept(listener, entrance, stop, move |guest| {
        let (front, terms) = (Arc::clone(&front), terms.clone());
        connection(guest, front, terms, stopping.clone())
    })
    .await;
}

async fn connection(
    Guest { socket, ends }: Guest,
    front: Arc<Front>,
    terms: Terms,
    stop: watch::Receiver<bool>,
) {
    let mut stopping = stop.clone();
    let Terms {
        timings,
        proxies,
        metrics,
        tls,
        ..
    } = terms;
    let request = timings.request.min(A_DAY);
    let bounds = Bounds {
        request,
        reply: timings.reply.min(A_DAY),
        idle: timings.session_timeout.min(A_DAY).max(request),
    };
    let (unflushed, engine) = (Unflushed::default(), front.engine().clone());
    let number = engine.next_connection();
    let caller = Caller {
        peer: ends.peer,
        local: ends.local,
        connection: Some(number),
        tls: tls.is_some(),
    };
    let served = Served {
        arrival: Arrival::new(caller, proxies, unflushed.clone()),
        unflushed: unflushed.clone(),
        metrics,
        front,
        bounds,
        stop,
    };
    let end = match converse(&socket, tls, served).await {
        Ok(()) => tokio::select! {
            end = socket.end() => end,
            // Nobody is left who would want to know.
            () = asked_to_stop(&mut stopping) => ConnectionEnd::Broken,
        },
        Err(error) => {
            tracing::debug!(%error, "a connection broke");
            if matches!(error, Broken::Http(_)) {
                // What was said about it is to be read.
                tokio::select! {
                    () = socket.leave() => {}
                    () = asked_to_stop(&mut stopping) => {}
                }
            }
            ConnectionEnd::Broken
        }
    };
    if end != ConnectionEnd::Broken {
        unflushed.arrived();
    }
    // What is not written by now never is; it is reported first.
    unflushed.close();
    engine.tell(Input::ConnectionEnded(number, end));
}

async fn converse(socket: &Socket, tls: Option<TlsAcceptor>, served: Served) -> Result<(), Broken> {
    match tls {
        None => http1::serve(socket.clone(), socket, served).await,
        // Several times as large as plain HTTP, whose connections are not to be as large as that.
        Some(tls) => Box::pin(converse_by_tls(socket, tls, served)).await,
    }
}

async fn converse_by_tls(socket: &Socket, tls: TlsAcceptor, served: Served) -> Result<(), Broken> {
    let shaking = timeout(served.bounds.request, tls.accept(socket.clone()));
    let wire = shaking.await.map_err(io::Error::from)??;
    if wire.get_ref().1.alpn_protocol() == Some(http2::NAME.as_bytes()) {
        http2::serve(wire, served).await
    } else {
        http1::serve(wire, socket, served).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size_of_what_it_gives<A, B, C, D, O>(_: impl Fn(A, B, C, D) -> O) -> usize {
        size_of::<O>()
    }

    /// There are as many as there are held polls. With TLS within, and the answer twice, it was 12 KB.
    #[test]
    fn a_plain_connection_is_small() {
        let connection = size_of_what_it_gives(connection);
        assert!(connection <= 2560, "{connection} bytes");
        let answer = size_of_what_it_gives(|front: &'static Front, request, arrival, ()| {
            front.answer(request, arrival)
        });
        assert!(answer <= 2560, "{answer} bytes");
    }
}
