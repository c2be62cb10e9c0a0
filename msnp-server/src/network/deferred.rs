//! `Deferred`: letters that are not read before what they say is kept, and those that must not overtake them.

use std::collections::{BTreeSet, VecDeque};

use super::letter::{Actor, Letter};
use super::store::BatchId;

/// Letters in the order in which they were written.
#[derive(Debug, Default)]
pub(super) struct Deferred {
    letters: VecDeque<Letter>,
    /// From whom, to whom, and of which sort they are: what one says to another stays in its order, facts
    /// among facts and all else among all else.
    ways: BTreeSet<Way>,
}

type Way = (Actor, Actor, bool);

impl Deferred {
    pub(super) fn len(&self) -> usize {
        self.letters.len()
    }

    /// Whether a letter would overtake one that waits. It may depend on nothing itself: a thread that says one
    /// thing because of a batch, and then another, says both in that order.
    pub(super) fn is_behind(&self, letter: &Letter) -> bool {
        self.ways.contains(&way(letter))
    }

    /// A letter has to wait.
    pub(super) fn push(&mut self, letter: Letter) {
        self.ways.insert(way(&letter));
        self.letters.push_back(letter);
    }

    /// All batches up to `decided` are decided. Gives the letters that need not wait any longer.
    pub(super) fn release(&mut self, decided: BatchId) -> VecDeque<Letter> {
        let mut free = VecDeque::new();
        let Self { letters, .. } = std::mem::take(self);
        for letter in letters {
            if letter.hold > decided || self.is_behind(&letter) {
                self.push(letter);
            } else {
                free.push_back(letter);
            }
        }
        free
    }
}

fn way(letter: &Letter) -> Way {
    (letter.from, letter.to, letter.tells_a_fact())
}
