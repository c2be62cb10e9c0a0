//! Accepts connections at one address until told to stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// How long open connections may go on after the stop was asked for.
const DRAIN: Duration = Duration::from_secs(5);

/// Serves each connection until `stop` turns true, and lets those in progress end; no more than `places` at once.
pub(crate) async fn accept<S: Future<Output = ()> + Send + 'static>(
    listener: TcpListener,
    places: usize,
    mut stop: watch::Receiver<bool>,
    serve: impl Fn(TcpStream, SocketAddr) -> S,
) {
    let places = Arc::new(Semaphore::new(places));
    let mut connections = JoinSet::new();
    loop {
        // With all places taken, new callers wait in the system's queue.
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place,
            () = asked_to_stop(&mut stop) => break,
        };
        let Ok(place) = place else {
            break;
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = asked_to_stop(&mut stop) => break,
        };
        // Reap what has ended, so that the set does not grow.
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, peer)) => {
                let served = serve(stream, peer);
                connections.spawn(async move {
                    served.await;
                    drop(place);
                });
            }
            Err(error) => {
                // Out of file descriptors, most likely: the ones in use must end first.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN, drained).await.is_err() {
        tracing::warn!("connections were cut off at the stop");
    }
}

/// Returns when the stop is asked for.
pub(crate) async fn asked_to_stop(stop: &mut watch::Receiver<bool>) {
    // An error means that nobody is left who could ask: the service was dropped.
    let _ = stop.wait_for(|stop| *stop).await;
}
