//! `Table`: an ordered map that can go back to its last commit; what `Memory` is made of.

use std::collections::BTreeMap;
use std::ops::RangeBounds;

/// A map that can go back to its last commit.
#[derive(Debug)]
pub(super) struct Table<K, V> {
    pub(super) rows: BTreeMap<K, V>,
    /// What stood there before each write, oldest first.
    undo: Vec<(K, Option<V>)>,
}

impl<K: Ord + Clone, V> Table<K, V> {
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.rows.get(key)
    }

    pub(super) fn range(
        &self,
        range: impl RangeBounds<K>,
    ) -> std::collections::btree_map::Range<'_, K, V> {
        self.rows.range(range)
    }

    pub(super) fn put(&mut self, key: K, value: V) {
        let before = self.rows.insert(key.clone(), value);
        self.undo.push((key, before));
    }

    pub(super) fn remove(&mut self, key: &K) -> Option<V>
    where
        V: Clone,
    {
        let before = self.rows.remove(key)?;
        self.undo.push((key.clone(), Some(before.clone())));
        Some(before)
    }
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            undo: Vec::new(),
        }
    }
}

/// The ends of a transaction, for tables of any type.
pub(super) trait Undo {
    fn forget(&mut self);
    fn undo(&mut self);
}

impl<K: Ord, V> Undo for Table<K, V> {
    fn forget(&mut self) {
        self.undo.clear();
    }

    fn undo(&mut self) {
        while let Some((key, before)) = self.undo.pop() {
            match before {
                Some(value) => self.rows.insert(key, value),
                None => self.rows.remove(&key),
            };
        }
    }
}
