//! What a program says, marked, so that it is seen on the wire: nothing that may have arrived is said again, and each word has
//! one fate.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

/// Words of an application, by what the machine calls them.
pub(crate) struct Marks<K> {
    made: u16,
    /// Those that have left, and may have arrived.
    left: BTreeSet<u16>,
    /// What was taken; whether its fate was told.
    taken: BTreeMap<K, bool>,
}

const HEAD: &[u8] = b"zq";
const DIGITS: usize = 4;

impl<K: Ord + Debug> Marks<K> {
    pub(crate) const fn new() -> Self {
        Self {
            made: 0,
            left: BTreeSet::new(),
            taken: BTreeMap::new(),
        }
    }

    /// A text that is like no other.
    pub(crate) fn text(&mut self) -> String {
        self.made += 1;
        format!("zq{:04}", self.made)
    }

    /// The machine has taken this.
    pub(crate) fn took(&mut self, what: K) {
        let before = self.taken.insert(what, false);
        assert!(before.is_none(), "an id is used twice");
    }

    /// The machine says what has become of it.
    pub(crate) fn fate_of(&mut self, what: &K) {
        let taken = self.taken.get_mut(what);
        let is_told = taken.unwrap_or_else(|| panic!("{what:?} was never taken"));
        assert!(!*is_told, "{what:?} has two fates");
        *is_told = true;
    }

    /// Everything has a fate.
    pub(crate) fn all_told(&self) {
        let mut taken = self.taken.iter();
        let open = taken.find(|(_, is_told)| !**is_told);
        assert!(open.is_none(), "{open:?} has no fate");
    }

    pub(crate) fn left(&mut self, bytes: &[u8]) {
        for mark in marks(bytes) {
            assert!(self.left.insert(mark), "text {mark} has left twice");
        }
    }

    pub(crate) fn never_left(&mut self, bytes: &[u8]) {
        for mark in marks(bytes) {
            self.left.remove(&mark);
        }
    }
}

/// The marks in some bytes.
fn marks(bytes: &[u8]) -> BTreeSet<u16> {
    let digits = |word: &[u8]| std::str::from_utf8(&word[HEAD.len()..]).ok()?.parse().ok();
    bytes
        .windows(HEAD.len() + DIGITS)
        .filter(|word| word.starts_with(HEAD))
        .filter_map(digits)
        .collect()
}
