//! `Strangers`: the sessions that nobody has vouched for, and which of them goes when there is no room for another.

use std::collections::{BTreeMap, BTreeSet};

use super::config::Settings;
use super::event::{Peer, SessionKey};
use machine_contract::Instant;

/// They are counted apart from those of known clients, and per peer. Those without a peer are one crowd.
#[derive(Default)]
pub(super) struct Strangers {
    /// Whose each is, and when it was heard last.
    heard: BTreeMap<SessionKey, (Option<Peer>, Instant)>,
    /// Each peer's, the one that was silent for longest first.
    by_peer: BTreeMap<Option<Peer>, BTreeSet<(Instant, SessionKey)>>,
    /// The peers by how many they have.
    crowds: BTreeSet<(usize, Option<Peer>)>,
}

impl Strangers {
    fn of_peer(&self, peer: Peer) -> usize {
        self.by_peer.get(&Some(peer)).map_or(0, BTreeSet::len)
    }

    /// There is one more.
    pub(super) fn insert(&mut self, key: SessionKey, peer: Option<Peer>, now: Instant) {
        self.remove(key);
        self.heard.insert(key, (peer, now));
        self.change(peer, |sessions| {
            sessions.insert((now, key));
        });
    }

    /// One of them is heard, if it is one.
    pub(super) fn hear(&mut self, key: SessionKey, now: Instant) {
        if let Some((peer, before)) = self.heard.get_mut(&key)
            && let Some(sessions) = self.by_peer.get_mut(peer)
        {
            sessions.remove(&(*before, key));
            sessions.insert((now, key));
            *before = now;
        }
    }

    /// It is none any more.
    pub(super) fn remove(&mut self, key: SessionKey) {
        if let Some((peer, heard)) = self.heard.remove(&key) {
            self.change(peer, |sessions| {
                sessions.remove(&(heard, key));
            });
        }
    }

    /// Who ends if one more comes from that peer, if anybody has to, as where there is no room for any session (`is_full`):
    /// of those of the peer, or else of the peer that has the most, the one that was silent for longest.
    pub(super) fn in_the_way_of(
        &self,
        peer: Option<Peer>,
        is_full: bool,
        settings: &Settings,
    ) -> Option<SessionKey> {
        // Where strangers have no limit, nobody is ever vouched for: they are all that there is.
        let is_full = is_full && settings.max_strangers < usize::MAX;
        let is_crowd = |it: &Peer| self.of_peer(*it) >= settings.max_strangers_per_peer;
        if let Some(peer) = peer.filter(is_crowd) {
            self.first(Some(peer))
        } else if is_full || self.heard.len() >= settings.max_strangers {
            let (_, peer) = self.crowds.last()?;
            self.first(*peer)
        } else {
            None
        }
    }

    fn first(&self, peer: Option<Peer>) -> Option<SessionKey> {
        let (_, key) = self.by_peer.get(&peer)?.first()?;
        Some(*key)
    }

    /// Changes what a peer has. Peers that have none leave nothing behind.
    fn change(
        &mut self,
        peer: Option<Peer>,
        change: impl FnOnce(&mut BTreeSet<(Instant, SessionKey)>),
    ) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::ServerConfig;

    #[test]
    fn the_largest_crowd_gives_way_and_nothing_is_left_behind() {
        let settings = |all, of_peer| {
            let config = ServerConfig::new("gw.example.com", "192.0.2.1").unwrap();
            config.max_strangers(all, of_peer).unwrap().into_settings()
        };
        let mut strangers = Strangers::default();
        let peer = |n: u8| Some(Peer([192, 0, 2, n].into()));
        let at = |n: u64| Instant::ORIGIN + std::time::Duration::from_secs(n);
        let key = SessionKey::new;
        for (n, peer) in [(1, peer(1)), (2, peer(2)), (3, peer(2)), (4, None)] {
            strangers.insert(key(n), peer, at(n));
        }
        let way = |strangers: &Strangers| strangers.in_the_way_of(peer(9), false, &settings(4, 9));
        assert_eq!(way(&strangers), Some(key(2)));
        strangers.hear(key(2), at(9));
        assert_eq!(way(&strangers), Some(key(3)));
        assert_eq!(
            strangers.in_the_way_of(peer(1), false, &settings(9, 1)),
            Some(key(1))
        );
        let of_two = |is_full| strangers.in_the_way_of(peer(1), is_full, &settings(9, 2));
        assert_eq!((of_two(false), of_two(true)), (None, Some(key(3))));
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
