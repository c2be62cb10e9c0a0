//! The doors: listeners, what each connection may take, and MSNP by the byte stream itself. HTTP is a room of its own.

pub(crate) mod accept;
pub(crate) mod peers;
pub(crate) mod socket;
mod stream;
pub(crate) mod terms;
pub(crate) mod tls;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use msnp_server::Caller;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;

use self::accept::accept;
use self::peers::Ends;
use self::socket::Socket;
use self::stream::converse;
use self::terms::Terms;
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
    terms: Terms,
    stop: watch::Receiver<bool>,
) {
    let stopping = stop.clone();
    accept(listener, &terms, stop, |stream, peer| {
        let (engine, terms) = (engine.clone(), terms.clone());
        connection(stream, peer, engine, terms, stopping.clone())
    })
    .await;
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    engine: Engine,
    terms: Terms,
    stop: watch::Receiver<bool>,
) {
    // What is said is small and must leave at once.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    // Without it a peer that is gone is found out when something is said to it.
    let _ = SockRef::from(&stream).set_tcp_keepalive(&KEEPALIVE);
    let Terms {
        timings,
        proxies,
        tls,
        ..
    } = terms;
    let handshake = timings.request.min(A_DAY);
    let patience = timings.reply.min(A_DAY);
    let ends = Ends {
        peer: peer.ip(),
        local: stream.local_addr().ok(),
    };
    let socket = Socket::new(stream);
    let caller = match proxies.announced(&socket, ends, handshake).await {
        Ok(Ends { peer, local }) => Caller {
            peer: proxies.peer(peer),
            local,
            connection: None,
            tls: tls.is_some(),
        },
        Err(error) => return tracing::debug!(%error, %peer, "a connection was let go"),
    };
    let Some(tls) = tls else {
        return converse(socket.clone(), socket, caller, engine, patience, stop).await;
    };
    let wire = timeout(handshake, tls.accept(socket.clone())).await;
    match wire.map_err(io::Error::from).flatten() {
        Ok(wire) => converse(wire, socket, caller, engine, patience, stop).await,
        Err(error) => tracing::debug!(%error, "no TLS came about"),
    }
}
