//! `FairQueue`: whose turn it is, where only a few things can be done at once.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::CheckId;
use crate::peer_network::PeerNetwork;

/// Checks that wait for their turn, bounded. Each site has one turn after the other, however much it wants.
#[derive(Debug)]
pub(crate) struct FairQueue<T> {
    at_once: usize,
    most: usize,
    most_of_site: usize,
    under_way: BTreeSet<CheckId>,
    /// By site; those without one are one.
    waiting: BTreeMap<Option<PeerNetwork>, VecDeque<(CheckId, T)>>,
    /// Whose turn is next; each of those that wait, once.
    turns: VecDeque<Option<PeerNetwork>>,
    len: usize,
}

impl<T> FairQueue<T> {
    /// So many at once; so many that wait, and of one site.
    pub(crate) const fn new(at_once: usize, most: usize, most_of_site: usize) -> Self {
        Self {
            at_once,
            most,
            most_of_site,
            under_way: BTreeSet::new(),
            waiting: BTreeMap::new(),
            turns: VecDeque::new(),
            len: 0,
        }
    }

    /// Puts one behind the others of its site. `false`: there are too many.
    pub(crate) fn push(&mut self, from: Option<PeerNetwork>, id: CheckId, what: T) -> bool {
        let site = from.map(PeerNetwork::site);
        let of_site = self.waiting.get(&site).map_or(0, VecDeque::len);
        if self.len >= self.most || site.is_some() && of_site >= self.most_of_site {
            return false;
        }
        if of_site == 0 {
            self.turns.push_back(site);
        }
        self.waiting.entry(site).or_default().push_back((id, what));
        self.len += 1;
        true
    }

    /// The next that can be done now.
    pub(crate) fn poll(&mut self) -> Option<T> {
        if self.under_way.len() >= self.at_once {
            return None;
        }
        let site = self.turns.pop_front()?;
        let of_site = self.waiting.get_mut(&site)?;
        let (id, what) = of_site.pop_front()?;
        if of_site.is_empty() {
            self.waiting.remove(&site);
        } else {
            self.turns.push_back(site);
        }
        self.len -= 1;
        self.under_way.insert(id);
        Some(what)
    }

    /// One is done.
    pub(crate) fn done(&mut self, id: CheckId) {
        self.under_way.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(number: u8) -> Option<PeerNetwork> {
        PeerNetwork::of([198, 51, 100, number].into())
    }

    /// Case D9: behind 1,000 sign-ins with made-up names a real one took 6.1 s.
    #[test]
    fn who_asks_once_has_the_next_turn_but_one_however_much_others_ask() {
        let mut queue = FairQueue::new(1, 100, 50);
        let mut id = 0;
        let mut push = |queue: &mut FairQueue<u8>, from| {
            id += 1;
            queue.push(network(from), CheckId(id), from)
        };
        assert_eq!((0..1000).filter(|_| push(&mut queue, 1)).count(), 50);
        assert!(push(&mut queue, 2));
        assert_eq!((0..1000).filter(|_| push(&mut queue, 3)).count(), 49);
        assert!(!push(&mut queue, 4), "there is an end to it");
        let mut order = Vec::new();
        for done in 1..=100 {
            order.extend(queue.poll());
            assert_eq!(queue.poll(), None, "one at once");
            // Whatever their ids are, one is done after the other.
            for id in 1..=2100 {
                queue.done(CheckId(id));
            }
            assert_eq!(order.len(), done);
        }
        assert_eq!(order[..5], [1, 2, 3, 1, 3]);
        assert!(queue.waiting.is_empty() && queue.turns.is_empty() && queue.len == 0);
    }

    #[test]
    fn what_has_no_network_is_bounded_by_the_whole_alone() {
        let mut queue = FairQueue::new(2, 100, 5);
        let ids = (0..1000).filter(|id| queue.push(None, CheckId(*id), ()));
        assert_eq!(ids.count(), 100);
        assert!(queue.poll().is_some() && queue.poll().is_some() && queue.poll().is_none());
        queue.done(CheckId(0));
        assert!(queue.poll().is_some());
    }
}
