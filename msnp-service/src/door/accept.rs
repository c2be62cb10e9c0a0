//! Accepts connections at one address until told to stop.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use msnp_server::PeerNetwork;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::terms::Terms;

/// How long open connections may go on after the stop was asked for.
const DRAIN: Duration = Duration::from_secs(5);

/// Serves each connection until `stop` turns true, and lets those in progress end; no more at once than the terms say.
pub(crate) async fn accept<S: Future<Output = ()> + Send + 'static>(
    listener: TcpListener,
    terms: &Terms,
    mut stop: watch::Receiver<bool>,
    serve: impl Fn(TcpStream, SocketAddr) -> S,
) {
    let places = Arc::new(Semaphore::new(terms.limits.connections));
    let shares = Shares::new(terms.limits.connections_per_peer);
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
                let Some(share) = shares.take(terms.proxies.peer(peer.ip())) else {
                    terms.metrics.connection_refused();
                    tracing::debug!(peer = %peer.ip(), "a connection too many from there");
                    continue;
                };
                let served = serve(stream, peer);
                connections.spawn(async move {
                    served.await;
                    drop((place, share));
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

/// How many connections each peer has.
#[derive(Clone, Debug)]
struct Shares {
    most: usize,
    taken: Arc<Mutex<BTreeMap<PeerNetwork, usize>>>,
}

/// One of them, until it is over.
struct Share {
    of: Shares,
    peer: Option<PeerNetwork>,
}

impl Shares {
    fn new(most: Option<usize>) -> Self {
        Self {
            most: most.unwrap_or(usize::MAX),
            taken: Arc::default(),
        }
    }

    /// One more of this peer, if it may.
    fn take(&self, peer: IpAddr) -> Option<Share> {
        let peer = PeerNetwork::of(peer);
        if let Some(network) = peer {
            let mut all = self.lock();
            let taken = all.get(&network).copied().unwrap_or(0);
            if taken >= self.most {
                return None;
            }
            all.insert(network, taken + 1);
        }
        let of = self.clone();
        Some(Share { of, peer })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<PeerNetwork, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if let Some(peer) = self.peer
            && let Entry::Occupied(mut taken) = self.of.lock().entry(peer)
        {
            *taken.get_mut() -= 1;
            if *taken.get() == 0 {
                taken.remove();
            }
        }
    }
}

/// Returns when the stop is asked for.
pub(crate) async fn asked_to_stop(stop: &mut watch::Receiver<bool>) {
    // An error means that nobody is left who could ask: the service was dropped.
    let _ = stop.wait_for(|stop| *stop).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_has_its_share_and_who_speaks_for_many_has_none() {
        let shares = Shares::new(Some(2));
        let take = |address: &str| shares.take(address.parse().unwrap());
        let first = take("198.51.100.7").unwrap();
        let second = take("198.51.100.7");
        assert!(second.is_some() && take("198.51.100.7").is_none());
        assert!(take("198.51.100.8").is_some(), "another one");
        drop(first);
        assert!(take("198.51.100.7").is_some(), "one is over");
        let _of_one_network = (take("2001:db8::1").unwrap(), take("2001:db8::2").unwrap());
        assert!(take("2001:db8::3").is_none());
        let near: Vec<_> = (0..9).map(|_| take("127.0.0.1")).collect();
        assert!(near.iter().all(Option::is_some));
        drop((second, near));
        assert_eq!(
            shares.lock().len(),
            1,
            "nothing is left of those that are gone"
        );
    }
}
