//! `Store`: what the server wants kept, kept slowly, not at all, or lost with the process.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use machine_contract::{Instant, Prng};
use msnp_server::Memory;
use msnp_server::network::{Batch, BatchId, Found, Read, ReadId, StoreFailed};

/// How a store behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreFaults {
    /// How long a batch takes to be kept.
    pub commit: RangeInclusive<Duration>,
    /// How long it takes to read something.
    pub read: RangeInclusive<Duration>,
    /// Of a thousand batches, so many are not kept.
    pub failing_commits: u16,
    /// Of a thousand questions, so many are not answered.
    pub failing_reads: u16,
    /// No batch is answered, until it is otherwise: then each that was given is kept, or not, as was drawn when it came.
    pub hangs: bool,
}

/// Which of a batch under way is on the disk when the process ends.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum UnderWay {
    /// It is kept, though nobody was told.
    Kept,
    /// It is lost.
    Lost,
    /// Either, by chance.
    Either,
}

/// A [`Memory`] that outlives the server's process, behind a disk that takes its time.
#[derive(Debug)]
pub(crate) struct Store {
    memory: Memory,
    faults: StoreFaults,
    prng: Prng,
    under_way: BTreeMap<(Instant, u64), Job>,
    /// The batch that hangs, and whether it will fail.
    hanging: Option<(Batch, bool)>,
    jobs: u64,
    committed: usize,
    failed: usize,
}

/// Something that the store is asked for, and whether it will fail.
#[derive(Debug)]
enum Job {
    Commit(Batch, bool),
    Read(ReadId, Read, bool),
}

/// What became of it.
#[derive(Debug)]
pub(crate) enum Outcome {
    Committed(BatchId, Result<(), StoreFailed>),
    Read(ReadId, Result<Found, StoreFailed>),
}

impl StoreFaults {
    /// Everything is kept, and found, at once.
    pub const NONE: Self = Self {
        commit: Duration::ZERO..=Duration::ZERO,
        read: Duration::ZERO..=Duration::ZERO,
        failing_commits: 0,
        failing_reads: 0,
        hangs: false,
    };

    /// A batch takes up to 300 ms, a question up to 30, and of each 50 in a thousand fail.
    pub const ROUGH: Self = Self {
        commit: Duration::ZERO..=Duration::from_millis(300),
        read: Duration::ZERO..=Duration::from_millis(30),
        failing_commits: 50,
        failing_reads: 50,
        hangs: false,
    };

    /// Each batch takes so long.
    #[must_use]
    pub const fn slow(commit: Duration) -> Self {
        Self {
            commit: commit..=commit,
            ..Self::NONE
        }
    }

    /// No batch is answered.
    #[must_use]
    pub const fn hanging() -> Self {
        Self {
            hangs: true,
            ..Self::NONE
        }
    }

    /// No batch is kept.
    #[must_use]
    pub const fn failing() -> Self {
        Self {
            failing_commits: 1000,
            ..Self::NONE
        }
    }
}

impl Default for StoreFaults {
    fn default() -> Self {
        Self::NONE
    }
}

impl Store {
    pub(crate) fn new(memory: Memory, prng: Prng) -> Self {
        Self {
            memory,
            faults: StoreFaults::NONE,
            prng,
            under_way: BTreeMap::new(),
            hanging: None,
            jobs: 0,
            committed: 0,
            failed: 0,
        }
    }

    pub(crate) const fn memory(&self) -> &Memory {
        &self.memory
    }

    /// How many batches were kept.
    pub(crate) const fn committed(&self) -> usize {
        self.committed
    }

    /// How many batches were not.
    pub(crate) const fn failed(&self) -> usize {
        self.failed
    }

    pub(crate) fn set_faults(&mut self, faults: StoreFaults, now: Instant) {
        self.faults = faults;
        if !self.faults.hangs
            && let Some((batch, fails)) = self.hanging.take()
        {
            self.begin(Job::Commit(batch, fails), &self.faults.commit.clone(), now);
        }
    }

    pub(crate) fn commit(&mut self, batch: Batch, now: Instant) {
        let mut jobs = self.under_way.values();
        assert!(
            self.hanging.is_none() && !jobs.any(|job| matches!(job, Job::Commit(..))),
            "one batch is under way at a time"
        );
        let fails = self.prng.below(1000) < u64::from(self.faults.failing_commits);
        if self.faults.hangs {
            self.hanging = Some((batch, fails));
            return;
        }
        self.begin(Job::Commit(batch, fails), &self.faults.commit.clone(), now);
    }

    pub(crate) fn read(&mut self, id: ReadId, read: Read, now: Instant) {
        let fails = self.prng.below(1000) < u64::from(self.faults.failing_reads);
        self.begin(Job::Read(id, read, fails), &self.faults.read.clone(), now);
    }

    /// When the next job is done.
    pub(crate) fn timeout(&self) -> Option<Instant> {
        self.under_way.first_key_value().map(|((at, _), _)| *at)
    }

    /// A job that is done.
    pub(crate) fn poll(&mut self, now: Instant) -> Option<Outcome> {
        let first = self.under_way.first_entry();
        let job = first.filter(|it| it.key().0 <= now)?.remove();
        Some(match job {
            Job::Commit(batch, true) => {
                self.failed += 1;
                Outcome::Committed(batch.id, Err(StoreFailed))
            }
            Job::Commit(batch, false) => {
                self.keep(&batch);
                Outcome::Committed(batch.id, Ok(()))
            }
            Job::Read(id, _, true) => Outcome::Read(id, Err(StoreFailed)),
            Job::Read(id, read, false) => Outcome::Read(id, Ok(self.memory.read(&read))),
        })
    }

    /// The process has ended. What it had asked for nobody is told of any more.
    pub(crate) fn crash(&mut self, fate: UnderWay) {
        let hanging = self.hanging.take().into_iter();
        let hanging = hanging.map(|(batch, fails)| Job::Commit(batch, fails));
        let under_way = std::mem::take(&mut self.under_way).into_values();
        for job in under_way.chain(hanging) {
            let kept = match fate {
                UnderWay::Kept => true,
                UnderWay::Lost => false,
                UnderWay::Either => self.prng.below(2) == 0,
            };
            if let Job::Commit(batch, false) = job
                && kept
            {
                self.keep(&batch);
            }
        }
    }

    fn keep(&mut self, batch: &Batch) {
        self.memory.commit(batch);
        self.committed += 1;
    }

    fn begin(&mut self, job: Job, takes: &RangeInclusive<Duration>, now: Instant) {
        let spread = takes.end().saturating_sub(*takes.start()).as_micros();
        let spread = u64::try_from(spread).unwrap_or(u64::MAX).saturating_add(1);
        let takes = *takes.start() + Duration::from_micros(self.prng.below(spread));
        self.jobs += 1;
        self.under_way.insert((now + takes, self.jobs), job);
    }
}
