//! `Letters`: those that were written and not read, and whose turn it is.

use std::collections::VecDeque;

use machine_contract::Prng;

use super::batch_id::BatchId;
use super::deferred::Deferred;
use super::letter::Letter;

/// All letters that are on their way in this machine.
#[derive(Debug, Default)]
pub(super) struct Letters {
    /// In the order in which they were written.
    waiting: VecDeque<Letter>,
    deferred: Deferred,
    interleaving: Option<Prng>,
}

impl Letters {
    pub(super) fn len(&self) -> usize {
        self.waiting.len() + self.deferred.len()
    }

    /// A letter is read behind those that were written before.
    pub(super) fn push(&mut self, letter: Letter) {
        self.waiting.push_back(letter);
    }

    pub(super) fn extend(&mut self, letter: Option<Letter>) {
        self.waiting.extend(letter);
    }

    /// A letter is about to be read: `None` if it `waits` for a batch, or is behind one that does.
    pub(super) fn unless_deferred(&mut self, letter: Letter, waits: bool) -> Option<Letter> {
        if waits || self.deferred.is_behind(&letter) {
            self.deferred.push(letter);
            return None;
        }
        Some(letter)
    }

    /// All batches up to `decided` are decided: letters that waited for that are read before what is written from now
    /// on.
    pub(super) fn release(&mut self, decided: BatchId) {
        let mut free = self.deferred.release(decided);
        free.append(&mut self.waiting);
        self.waiting = free;
    }

    /// Letters are read in another order from now on, which the seed decides; those from one to
    /// another in theirs.
    pub(super) fn interleave(&mut self, seed: u64) {
        self.interleaving = Some(Prng::from_number(seed));
    }

    /// The next to be read.
    pub(super) fn take_next(&mut self) -> Option<Letter> {
        let Some(prng) = &mut self.interleaving else {
            return self.waiting.pop_front();
        };
        let count = u64::try_from(self.waiting.len()).unwrap_or(u64::MAX).max(1);
        let at = usize::try_from(prng.number() % count).unwrap_or_default();
        let (from, to) = self.waiting.get(at).map(|one| (one.from(), one.to()))?;
        let same = |one: &Letter| one.from() == from && one.to() == to;
        let first = self.waiting.iter().position(same)?;
        self.waiting.remove(first)
    }
}
