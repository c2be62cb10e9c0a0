//! The doors: listeners, what each connection may take, and MSNP by the byte stream itself. HTTP is a room of its own.

pub(crate) mod accept;
pub(crate) mod entrance;
pub(crate) mod peers;
pub(crate) mod socket;
mod stream;
pub(crate) mod terms;
pub(crate) mod tls;

use std::io;
use std::time::Duration;

use msnp_server::Caller;
use socket2::TcpKeepalive;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::timeout;

use self::accept::accept;
use self::entrance::{Entrance, Guest};
use self::stream::converse;
use self::terms::{A_DAY, Terms};
use crate::engine::Engine;

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
    let on_terms = terms.clone();
    accept(listener, Entrance::new(&terms), stop, move |guest| {
        let (engine, terms) = (engine.clone(), on_terms.clone());
        connection(guest, engine, terms, stopping.clone())
    })
    .await;
}

async fn connection(
    Guest { socket, ends }: Guest,
    engine: Engine,
    terms: Terms,
    stop: watch::Receiver<bool>,
) {
    socket.keep_alive(&KEEPALIVE);
    let Terms {
        timings,
        proxies,
        tls,
        ..
    } = terms;
    let handshake = timings.request.min(A_DAY);
    let patience = timings.reply.min(A_DAY);
    let caller = Caller {
        peer: proxies.peer(ends.peer),
        local: ends.local,
        connection: None,
        tls: tls.is_some(),
    };
    let Some(tls) = tls else {
        return converse(socket.clone(), socket, caller, engine, patience, stop).await;
    };
    // Several times as large as a plain stream, which is not to be as large as that.
    Box::pin(async move {
        let wire = timeout(handshake, tls.accept(socket.clone())).await;
        match wire.map_err(io::Error::from).flatten() {
            Ok(wire) => converse(wire, socket, caller, engine, patience, stop).await,
            Err(error) => tracing::debug!(%error, "no TLS came about"),
        }
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size_of_what_it_gives<A, B, C, D, O>(_: impl Fn(A, B, C, D) -> O) -> usize {
        size_of::<O>()
    }

    /// There may be thousands that are silent. With TLS within it was 5 KB.
    #[test]
    fn a_plain_stream_is_small() {
        let connection = size_of_what_it_gives(connection);
        assert!(connection <= 1536, "{connection} bytes");
    }
}
