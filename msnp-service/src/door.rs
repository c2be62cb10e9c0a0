//! The doors: listeners, what each connection may take, and MSNP by the byte stream itself. HTTP is a room of its own.

pub(crate) mod accept;
pub(crate) mod socket;
mod stream;
pub(crate) mod tls;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use msnp_server::Caller;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use self::accept::accept;
use self::socket::Socket;
use self::stream::converse;
use crate::config::{Limits, Timings};
use crate::engine::Engine;

/// As good as for ever, and clocks can add it.
pub(crate) const A_DAY: Duration = Duration::from_secs(86_400);

/// A peer that is gone without a word is found out after two minutes: nobody has to say anything for longer than that,
/// and a silent client is none that is gone.
const KEEPALIVE: TcpKeepalive = TcpKeepalive::new()
    .with_time(Duration::from_secs(60))
    .with_interval(Duration::from_secs(15))
    .with_retries(4);

/// Serves MSNP by the streams that come in, until `stop` turns true and what was to be said is said.
pub(crate) async fn serve(
    listener: TcpListener,
    engine: Engine,
    tls: Option<TlsAcceptor>,
    (limits, timings): (Limits, Timings),
    stop: watch::Receiver<bool>,
) {
    let shared = Door {
        engine,
        tls,
        handshake: timings.request.min(A_DAY),
        patience: timings.reply.min(A_DAY),
    };
    let stopping = stop.clone();
    accept(listener, limits.connections, stop, move |stream, peer| {
        connection(stream, peer, shared.clone(), stopping.clone())
    })
    .await;
}

/// What all streams of an address share.
#[derive(Clone)]
struct Door {
    engine: Engine,
    tls: Option<TlsAcceptor>,
    /// The time for a TLS handshake.
    handshake: Duration,
    /// The time for a client to take what it is sent at once.
    patience: Duration,
}

async fn connection(stream: TcpStream, peer: SocketAddr, door: Door, stop: watch::Receiver<bool>) {
    // What is said is small and must leave at once.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    // Without it a peer that is gone is found out when something is said to it.
    let _ = SockRef::from(&stream).set_tcp_keepalive(&KEEPALIVE);
    let caller = Caller {
        peer: peer.ip(),
        local: stream.local_addr().ok(),
        connection: None,
    };
    let socket = Socket::new(stream);
    let Door {
        engine,
        tls,
        handshake,
        patience,
    } = door;
    let Some(tls) = tls else {
        return converse(socket.clone(), socket, caller, engine, patience, stop).await;
    };
    let wire = timeout(handshake, tls.accept(socket.clone())).await;
    match wire.map_err(io::Error::from).flatten() {
        Ok(wire) => converse(wire, socket, caller, engine, patience, stop).await,
        Err(error) => tracing::debug!(%error, "no TLS came about"),
    }
}
