//! Who is let in: how many connections there may be of each peer, held against whom a proxy introduces once it has.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use msnp_server::PeerNetwork;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::peers::Ends;
use super::socket::Socket;
use super::terms::{A_DAY, Terms};
use crate::config::Proxies;
use crate::metrics::Metrics;

/// Of all connections at an address, those that proxies have not introduced yet may be this part: whoever floods a proxy
/// that introduces late leaves room for its other clients.
const UNANNOUNCED: usize = 4;

/// What is asked of whoever comes to one address.
pub(crate) struct Entrance {
    proxies: Arc<Proxies>,
    metrics: Arc<Metrics>,
    shares: Shares,
    connections: usize,
    unannounced: Arc<Semaphore>,
    patience: Duration,
}

/// A connection that was let in.
pub(crate) struct Guest {
    pub(crate) socket: Socket,
    /// Where it comes from and where it came in, as far as that is told.
    pub(crate) ends: Ends,
}

/// A connection of which it may not be known yet whose it is.
pub(super) struct Stranger {
    stream: TcpStream,
    peer: SocketAddr,
    holds: Holds,
}

enum Holds {
    /// One of those that its peer may have.
    Share(Share),
    /// One of the places for those that are to be introduced.
    Place(OwnedSemaphorePermit),
}

impl Entrance {
    pub(crate) fn new(terms: &Terms) -> Self {
        Self {
            proxies: Arc::clone(&terms.proxies),
            metrics: Arc::clone(&terms.metrics),
            shares: Shares::new(terms.limits.connections_per_peer),
            connections: terms.limits.connections,
            unannounced: unannounced(terms.limits.connections),
            patience: terms.timings.request.min(A_DAY),
        }
    }

    /// That of another address for the same, at which a peer has no second share. Its places are its own: who crowds the one
    /// leaves the other open.
    pub(crate) fn beside(&self) -> Self {
        Self {
            proxies: Arc::clone(&self.proxies),
            metrics: Arc::clone(&self.metrics),
            shares: self.shares.clone(),
            connections: self.connections,
            unannounced: unannounced(self.connections),
            patience: self.patience,
        }
    }

    /// Places for all connections there.
    pub(super) fn places(&self) -> Arc<Semaphore> {
        Arc::new(Semaphore::new(self.connections))
    }

    /// Somebody has come. `None`: there are too many, and this one is let go.
    pub(super) fn meet(&self, stream: TcpStream, peer: SocketAddr) -> Option<Stranger> {
        let holds = if self.proxies.introduces(peer.ip()) {
            let place = Arc::clone(&self.unannounced).try_acquire_owned();
            place.ok().map(Holds::Place)
        } else {
            let share = self.shares.take(self.proxies.peer(peer.ip()));
            share.map(Holds::Share)
        };
        let Some(holds) = holds else {
            self.refuse(peer.ip());
            return None;
        };
        Some(Stranger {
            stream,
            peer,
            holds,
        })
    }

    /// Waits until it is known whose the connection is. `None`: it is let go.
    pub(super) async fn admit(&self, stranger: Stranger) -> Option<(Guest, Share)> {
        let Stranger {
            stream,
            peer,
            holds,
        } = stranger;
        // A held poll's reply, or a line, is small and must leave at once.
        stream.set_nodelay(true).ok()?;
        let ends = Ends {
            peer: peer.ip(),
            local: stream.local_addr().ok(),
        };
        let socket = Socket::new(stream);
        let place = match holds {
            Holds::Share(share) => return Some((Guest { socket, ends }, share)),
            Holds::Place(place) => place,
        };
        let announced = self.proxies.announced(&socket, ends, self.patience).await;
        drop(place);
        let ends = match announced {
            Ok(ends) => ends,
            Err(error) => {
                tracing::debug!(%error, %peer, "a connection was let go");
                return None;
            }
        };
        let share = self.shares.take(self.proxies.peer(ends.peer));
        if share.is_none() {
            self.refuse(ends.peer);
        }
        Some((Guest { socket, ends }, share?))
    }

    fn refuse(&self, peer: IpAddr) {
        self.metrics.connection_refused();
        tracing::debug!(%peer, "a connection too many from there");
    }
}

fn unannounced(connections: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new((connections / UNANNOUNCED).max(1)))
}

/// How many connections each peer has.
#[derive(Clone, Debug)]
struct Shares {
    most: usize,
    taken: Arc<Mutex<BTreeMap<PeerNetwork, usize>>>,
}

/// One of them, until it is over.
pub(super) struct Share {
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
