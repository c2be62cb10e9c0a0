//! `Loaded`: those who are in memory, or on their way into it.

use std::collections::{BTreeMap, VecDeque};

use super::work::Work;

/// People, or threads, by their id.
#[derive(Debug)]
pub(super) struct Loaded<K, T> {
    slots: BTreeMap<K, Slot<T>>,
    /// In the order in which they came; looked at from the front when there are too many.
    order: VecDeque<K>,
}

/// One of them.
#[derive(Debug)]
pub(super) enum Slot<T> {
    /// It is being read; this waits for it.
    Loading(VecDeque<Work>),
    /// It is there.
    There(Box<T>),
}

/// How many are looked at each time that one comes.
const LOOKED_AT: usize = 8;

impl<K: Copy + Ord, T> Loaded<K, T> {
    pub(super) const fn new() -> Self {
        Self {
            slots: BTreeMap::new(),
            order: VecDeque::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn slot(&mut self, id: K) -> Option<&mut Slot<T>> {
        self.slots.get_mut(&id)
    }

    pub(super) fn get(&self, id: K) -> Option<&T> {
        match self.slots.get(&id) {
            Some(Slot::There(found)) => Some(found),
            _ => None,
        }
    }

    pub(super) fn get_mut(&mut self, id: K) -> Option<&mut T> {
        match self.slots.get_mut(&id) {
            Some(Slot::There(found)) => Some(found),
            _ => None,
        }
    }

    /// It is to be read; `work` waits for it.
    pub(super) fn load(&mut self, id: K, work: Option<Work>) {
        let waiting = work.into_iter().collect();
        self.slots.insert(id, Slot::Loading(waiting));
    }

    /// It was read.
    pub(super) fn insert(&mut self, id: K, found: T) {
        self.order.push_back(id);
        self.slots.insert(id, Slot::There(Box::new(found)));
    }

    /// It is read no longer. Gives what waits for it.
    pub(super) fn end_loading(&mut self, id: K) -> VecDeque<Work> {
        match self.slots.remove(&id) {
            Some(Slot::Loading(work)) => work,
            _ => VecDeque::new(),
        }
    }

    /// Puts away some that nobody needs, if there are more than `most`.
    pub(super) fn put_away(&mut self, most: usize, mut idle: impl FnMut(&mut T) -> bool) {
        for _ in 0..LOOKED_AT.min(self.order.len()) {
            if self.slots.len() <= most {
                return;
            }
            let Some(id) = self.order.pop_front() else {
                return;
            };
            let unneeded = match self.slots.get_mut(&id) {
                Some(Slot::There(one)) => idle(one),
                Some(Slot::Loading(_)) => false,
                None => continue,
            };
            if unneeded {
                self.slots.remove(&id);
            } else {
                self.order.push_back(id);
            }
        }
    }

    /// How much waits for all of them; `of` tells it of one that is there.
    pub(super) fn waiting(&self, of: impl Fn(&T) -> usize) -> usize {
        let waiting = self.slots.values().map(|slot| match slot {
            Slot::There(one) => of(one),
            Slot::Loading(work) => work.len(),
        });
        waiting.sum()
    }

    /// All that are there.
    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.slots.values_mut().filter_map(|slot| match slot {
            Slot::There(one) => Some(&mut **one),
            Slot::Loading(_) => None,
        })
    }
}
