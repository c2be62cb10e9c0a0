//! `Deferred`: letters that are not read before what they say is kept, and those that must not overtake them.

use std::collections::{BTreeSet, VecDeque};

use super::batch_id::BatchId;
use super::letter::{Actor, Letter};

/// Letters in the order in which they were written.
#[derive(Debug, Default)]
pub(super) struct Deferred {
    letters: VecDeque<Letter>,
    /// From whom, to whom, and of which sort they are: what one says to another stays in its order, what
    /// waits until it is kept and all else each for itself.
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
            if letter.hold() > decided || self.is_behind(&letter) {
                self.push(letter);
            } else {
                free.push_back(letter);
            }
        }
        free
    }
}

fn way(letter: &Letter) -> Way {
    (letter.from(), letter.to(), letter.waits_until_kept())
}

#[cfg(test)]
mod tests {
    use super::super::letter::Words;
    use super::super::thread::ThreadId;
    use super::*;
    use crate::identity::PersonId;

    #[test]
    fn what_depends_on_nothing_waits_behind_what_the_same_one_has_said_to_the_same() {
        let [one, other] = [1, 2].map(|id| Actor::Person(PersonId::new(id)));
        let letter = |to, hold, version| {
            let thread = Actor::Thread(ThreadId([0; 16]));
            Letter::new(thread, to, BatchId(hold), Words::Told(version, "".into()))
        };
        let mut deferred = Deferred::default();
        deferred.push(letter(one, 2, 1));
        assert!(!deferred.is_behind(&letter(other, 0, 2)));
        assert!(deferred.is_behind(&letter(one, 0, 3)));
        deferred.push(letter(one, 0, 3));
        assert_eq!(deferred.release(BatchId(1)).len(), 0);
        let free = deferred.release(BatchId(2)).into_iter();
        let versions: Vec<_> = free
            .filter_map(|letter| match letter.words() {
                Words::Told(version, _) => Some(*version),
                _ => None,
            })
            .collect();
        assert_eq!(versions, [1, 3]);
        assert!(!deferred.is_behind(&letter(one, 0, 4)));
    }
}
