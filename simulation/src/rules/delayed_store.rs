//! `DelayedStore`: what the network asks of its store, answered at once, in another order, later or in vain.

use std::collections::VecDeque;

use machine_contract::Prng;
use msnp_server::Memory;
use msnp_server::network::{Batch, BatchId, Found, Read, ReadId, StoreFailed};

/// A store that answers when it is told to.
#[derive(Debug)]
pub(super) struct DelayedStore {
    memory: Memory,
    interleaving: Option<Prng>,
    undecided: VecDeque<Undecided>,
    commits: Outcome,
    reads: Outcome,
    people: Outcome,
    committed: usize,
}

/// What the store has still to answer.
#[derive(Debug)]
enum Undecided {
    Commit(Batch),
    Read(ReadId, Read),
    /// What was found, and is told later.
    Found(ReadId, Found),
}

/// What becomes of the next batches, or of what is to be read.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    Held,
    Failed,
}

/// An answer of the store.
#[derive(Debug)]
pub(super) enum Decided {
    Committed(BatchId, Result<(), StoreFailed>),
    Read(ReadId, Result<Found, StoreFailed>),
}

impl DelayedStore {
    pub(super) fn new(memory: Memory, seed: Option<u64>) -> Self {
        Self {
            memory,
            interleaving: seed.map(Prng::from_number),
            undecided: VecDeque::new(),
            commits: Outcome::Done,
            reads: Outcome::Done,
            people: Outcome::Done,
            committed: 0,
        }
    }

    pub(super) const fn memory(&self) -> &Memory {
        &self.memory
    }

    pub(super) const fn memory_mut(&mut self) -> &mut Memory {
        &mut self.memory
    }

    /// How many batches were kept.
    pub(super) const fn committed(&self) -> usize {
        self.committed
    }

    pub(super) const fn set_commits(&mut self, outcome: Outcome) {
        self.commits = outcome;
    }

    pub(super) const fn set_reads(&mut self, outcome: Outcome) {
        self.reads = outcome;
    }

    /// Of people; what else is read depends on [`set_reads`](Self::set_reads) alone.
    pub(super) const fn set_people(&mut self, outcome: Outcome) {
        self.people = outcome;
    }

    pub(super) fn commit(&mut self, batch: Batch) {
        self.undecided.push_back(Undecided::Commit(batch));
    }

    pub(super) fn read(&mut self, id: ReadId, read: Read) {
        self.undecided.push_back(Undecided::Read(id, read));
    }

    /// What is to be read is looked up, and told as it is now.
    pub(super) fn look_up_now(&mut self) {
        for one in &mut self.undecided {
            if let Undecided::Read(id, read) = one {
                *one = Undecided::Found(*id, self.memory.read(read));
            }
        }
    }

    /// The batch under way is kept, and nobody is told.
    pub(super) fn keep_batch_under_way(&mut self) {
        for one in &self.undecided {
            if let Undecided::Commit(batch) = one {
                self.memory.commit(batch);
            }
        }
    }

    /// Nobody waits for an answer any more. A seed for whoever comes next, if there is one.
    pub(super) fn crash(&mut self) -> Option<u64> {
        self.undecided.clear();
        self.interleaving.as_mut().map(Prng::number)
    }

    /// Something that the store answers now.
    pub(super) fn decide(&mut self) -> Option<Decided> {
        Some(match self.next()? {
            Undecided::Commit(batch) => {
                let kept = self.commits == Outcome::Done;
                if kept {
                    self.memory.commit(&batch);
                    self.committed += 1;
                }
                Decided::Committed(batch.id, kept.then_some(()).ok_or(StoreFailed))
            }
            Undecided::Read(id, read) => {
                let done = self.reads == Outcome::Done;
                let found = done.then(|| self.memory.read(&read));
                Decided::Read(id, found.ok_or(StoreFailed))
            }
            Undecided::Found(id, found) => Decided::Read(id, Ok(found)),
        })
    }

    fn next(&mut self) -> Option<Undecided> {
        let all: Vec<usize> = (0..self.undecided.len())
            .filter(|at| {
                let one = self.undecided.get(*at);
                one.is_some_and(|one| self.is_decided(one))
            })
            .collect();
        let count = u64::try_from(all.len()).unwrap_or(u64::MAX);
        let at = match &mut self.interleaving {
            Some(prng) if count > 0 => usize::try_from(prng.number() % count).unwrap_or_default(),
            _ => 0,
        };
        self.undecided.remove(*all.get(at)?)
    }

    /// Whether the store answers that now.
    fn is_decided(&self, one: &Undecided) -> bool {
        let outcome = match one {
            Undecided::Commit(_) => self.commits,
            Undecided::Read(_, Read::Person(_)) if self.people == Outcome::Held => Outcome::Held,
            Undecided::Read(..) | Undecided::Found(..) => self.reads,
        };
        outcome != Outcome::Held
    }
}
