//! Accepts connections at one address until told to stop.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::entrance::{Entrance, Guest};

/// How long open connections may go on after the stop was asked for.
const DRAIN: Duration = Duration::from_secs(5);

/// Serves each connection until `stop` turns true, and lets those in progress end; no more at once than the entrance has
/// places.
pub(crate) async fn accept<S: Future<Output = ()> + Send + 'static>(
    listener: TcpListener,
    entrance: Entrance,
    mut stop: watch::Receiver<bool>,
    serve: impl Fn(Guest) -> S + Send + Sync + 'static,
) {
    let places = entrance.places();
    let shared = Arc::new((entrance, serve));
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
                let Some(stranger) = shared.0.meet(stream, peer) else {
                    continue;
                };
                let shared = Arc::clone(&shared);
                connections.spawn(async move {
                    let (entrance, serve) = &*shared;
                    if let Some((guest, share)) = entrance.admit(stranger).await {
                        serve(guest).await;
                        drop(share);
                    }
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
