//! `Strangers`: the sessions that nobody has vouched for, and which of them goes when there is no room for another.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use machine_contract::Instant;

/// Those whom nobody has vouched for: a [`Gateway`](crate::Gateway)'s sessions, or whatever else a server has of them at a door of
/// its own. They are counted apart from those of known clients, and per peer, `P`. Those without a peer are one crowd.
///
/// ```
/// use gateway_sm::Strangers;
/// use machine_contract::Instant;
/// let mut strangers = Strangers::new();
/// for (line, peer) in [(1, "a"), (2, "b"), (3, "b")] {
///     strangers.insert(line, Some(peer), Instant::ORIGIN);
/// }
/// // Of four there would be one too many: it is one of the larger crowd that goes.
/// assert_eq!(strangers.in_the_way_of(Some("c"), (3, 9)), Some(2));
/// ```
pub struct Strangers<K, P> {
    /// Whose each is, and when it was heard last.
    heard: BTreeMap<K, (Option<P>, Instant)>,
    /// Each peer's, the one that was silent for longest first.
    by_peer: BTreeMap<Option<P>, BTreeSet<(Instant, K)>>,
    /// The peers by how many they have.
    crowds: BTreeSet<(usize, Option<P>)>,
}

impl<K: Copy + Ord, P: Copy + Ord> Strangers<K, P> {
    /// Nobody yet.
    pub const fn new() -> Self {
        Self {
            heard: BTreeMap::new(),
            by_peer: BTreeMap::new(),
            crowds: BTreeSet::new(),
        }
    }

    fn of_peer(&self, peer: P) -> usize {
        self.by_peer.get(&Some(peer)).map_or(0, BTreeSet::len)
    }

    /// There is one more.
    pub fn insert(&mut self, key: K, peer: Option<P>, now: Instant) {
        self.remove(key);
        self.heard.insert(key, (peer, now));
        self.change(peer, |sessions| {
            sessions.insert((now, key));
        });
    }

    /// One of them is heard, if it is one.
    pub fn hear(&mut self, key: K, now: Instant) {
        if let Some((peer, before)) = self.heard.get_mut(&key)
            && let Some(sessions) = self.by_peer.get_mut(peer)
        {
            sessions.remove(&(*before, key));
            sessions.insert((now, key));
            *before = now;
        }
    }

    /// It is none any more.
    pub fn remove(&mut self, key: K) {
        if let Some((peer, heard)) = self.heard.remove(&key) {
            self.change(peer, |sessions| {
                sessions.remove(&(heard, key));
            });
        }
    }

    /// Whether it is one of them.
    pub fn contains(&self, key: K) -> bool {
        self.heard.contains_key(&key)
    }

    /// Who ends if one more comes from that peer, if anybody has to: of those of the peer, or else of the peer that has the most,
    /// the one that was silent for longest. There may be so many in all, and of each peer.
    pub fn in_the_way_of(&self, peer: Option<P>, (all, of_peer): (usize, usize)) -> Option<K> {
        let is_crowd = |it: &P| self.of_peer(*it) >= of_peer;
        if let Some(peer) = peer.filter(is_crowd) {
            self.first(Some(peer))
        } else if self.heard.len() >= all {
            let (_, peer) = self.crowds.last()?;
            self.first(*peer)
        } else {
            None
        }
    }

    fn first(&self, peer: Option<P>) -> Option<K> {
        let (_, key) = self.by_peer.get(&peer)?.first()?;
        Some(*key)
    }

    /// Changes what a peer has. Peers that have none leave nothing behind.
    fn change(&mut self, peer: Option<P>, change: impl FnOnce(&mut BTreeSet<(Instant, K)>)) {
        let sessions = self.by_peer.entry(peer).or_default();
        self.crowds.remove(&(sessions.len(), peer));
        change(sessions);
        if sessions.is_empty() {
            self.by_peer.remove(&peer);
        } else {
            self.crowds.insert((sessions.len(), peer));
        }
    }
}

impl<K: Copy + Ord, P: Copy + Ord> Default for Strangers<K, P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, P> fmt::Debug for Strangers<K, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, peers) = (self.heard.len(), self.by_peer.len());
        write!(f, "Strangers({count} of {peers} peers)")
    }
}

/// How many strangers there may be, of so many in all and of one peer, where there is room for more sessions or not. Where there
/// is none they give way to whoever comes; but where they have no limit, nobody is ever vouched for: they are all that there is.
pub(super) const fn most((all, of_peer): (usize, usize), is_full: bool) -> (usize, usize) {
    if is_full && all < usize::MAX {
        return (0, of_peer);
    }
    (all, of_peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_crowd_gives_way_and_nothing_is_left_behind() {
        let mut strangers = Strangers::new();
        let peer = |n: u8| Some(n);
        let at = |n: u64| Instant::ORIGIN + std::time::Duration::from_secs(n);
        let key = |n: u64| n;
        for (n, peer) in [(1, peer(1)), (2, peer(2)), (3, peer(2)), (4, None)] {
            strangers.insert(key(n), peer, at(n));
        }
        let way = |strangers: &Strangers<u64, u8>| strangers.in_the_way_of(peer(9), (4, 9));
        assert_eq!(way(&strangers), Some(key(2)));
        strangers.hear(key(2), at(9));
        assert_eq!(way(&strangers), Some(key(3)));
        assert_eq!(strangers.in_the_way_of(peer(1), (9, 1)), Some(key(1)));
        assert_eq!(strangers.in_the_way_of(peer(1), (9, 2)), None);
        assert_eq!(strangers.in_the_way_of(peer(1), (0, 2)), Some(key(3)));
        strangers.remove(key(3));
        strangers.insert(key(5), None, at(10));
        assert_eq!(way(&strangers), Some(key(4)));
        for n in 1..=5 {
            strangers.remove(key(n));
        }
        strangers.hear(key(1), at(11));
        assert_eq!(way(&strangers), None);
        let Strangers {
            heard,
            by_peer,
            crowds,
        } = strangers;
        assert!(heard.is_empty() && by_peer.is_empty() && crowds.is_empty());
    }
}
