//! Whether the same inputs give the same outputs: all of them as one number.

use std::collections::hash_map::DefaultHasher;
use std::fmt::Debug;
use std::hash::{Hash, Hasher};

/// Everything that was put out so far.
#[derive(Default)]
pub(crate) struct Trace(DefaultHasher);

impl Trace {
    pub(crate) fn note(&mut self, what: impl Hash) {
        what.hash(&mut self.0);
    }

    pub(crate) fn show(&mut self, what: &impl Debug) {
        format!("{what:?}").hash(&mut self.0);
    }

    pub(crate) fn sum(&self) -> u64 {
        self.0.finish()
    }
}

/// Runs a world, and one input in eight once more: the same calls give the same outputs.
pub(crate) fn repeatable(data: &[u8], world: impl Fn(&[u8]) -> u64) {
    let first = world(data);
    if data.iter().fold(0, |sum: u8, byte| sum.wrapping_add(*byte)) % 8 == 0 {
        assert_eq!(first, world(data), "the same inputs, other outputs");
    }
}
