//! Serves HTTP on the connections of one address until told to stop: HTTP/1, and under TLS HTTP/2 as well.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use gateway_sm::ConnectionEnd;
use msnp_server::Caller;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::front::{Arrival, Front};
use super::reply_body::Unflushed;
use super::served::{Bounds, Broken, Served};
use super::{http1, http2};
use crate::door::accept::accept;
use crate::door::socket::Socket;
use crate::engine::Input;

/// What all connections of an address share.
#[derive(Clone)]
pub(super) struct Listener {
    pub(super) front: Arc<Front>,
    pub(super) bounds: Bounds,
    /// Present where HTTPS is spoken.
    pub(super) tls: Option<TlsAcceptor>,
}

/// Serves until `stop` turns true, then lets requests in progress end.
pub(super) async fn serve(listener: TcpListener, shared: Listener, stop: watch::Receiver<bool>) {
    let (stopping, places) = (stop.clone(), shared.bounds.connections);
    accept(listener, places, stop, move |stream, peer| {
        connection(stream, peer, shared.clone(), stopping.clone())
    })
    .await;
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    shared: Listener,
    stop: watch::Receiver<bool>,
) {
    // A held poll's reply is small and must leave at once.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let local = stream.local_addr().ok();
    let Listener { front, bounds, tls } = shared;
    let (unflushed, engine) = (Unflushed::default(), front.engine().clone());
    let number = engine.next_connection();
    let caller = Caller {
        peer: peer.ip(),
        local,
        connection: Some(number),
    };
    let served = Served {
        arrival: Arrival::new(caller, unflushed.clone()),
        unflushed: unflushed.clone(),
        front,
        bounds,
        stop,
    };
    let socket = Socket::new(stream);
    let end = match converse(&socket, tls, served).await {
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
    unflushed.close();
    engine.tell(Input::ConnectionEnded(number, end));
}

async fn converse(socket: &Socket, tls: Option<TlsAcceptor>, served: Served) -> Result<(), Broken> {
    let Some(tls) = tls else {
        return http1::serve(socket.clone(), socket, served).await;
    };
    let shaking = timeout(served.bounds.request, tls.accept(socket.clone()));
    let wire = shaking.await.map_err(io::Error::from)??;
    if wire.get_ref().1.alpn_protocol() == Some(http2::NAME.as_bytes()) {
        http2::serve(wire, served).await
    } else {
        http1::serve(wire, socket, served).await
    }
}
