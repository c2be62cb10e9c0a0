//! Batches: what is gathered to be kept together, and what is under way.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use machine_contract::Instant;

use super::batch_id::BatchId;
use super::letter::Actor;
use super::message::MessageName;
use super::store::{Batch, Change};
use crate::identity::PersonId;

/// One batch is under way at most; the next gathers.
#[derive(Debug)]
pub(super) struct Batches {
    gathering: Gathering,
    under_way: Option<Gathering>,
    /// When that left, or the last that did.
    left: Instant,
    /// The store takes too long for it.
    hangs: bool,
    /// Nothing waits for company any more.
    hurries: bool,
    decided: BatchId,
    /// The last that were not kept: from the first to the last of each row of them, the newest row first.
    failed: VecDeque<(BatchId, BatchId)>,
}

/// Rows of failures that are remembered: far more than there can be while a letter waits for its reader.
const FAILED: usize = 1024;

/// A batch that is not decided yet.
#[derive(Debug)]
pub(super) struct Gathering {
    id: BatchId,
    /// What somebody waits for, and what leaves with it.
    changes: Vec<Change>,
    /// What nobody waits for: if it is not kept, it is tried again.
    patient: Vec<Change>,
    /// Those of whom something patient is to be kept.
    owing: BTreeSet<PersonId>,
    named: BTreeSet<MessageName>,
    touched: BTreeSet<Actor>,
    /// When the patient ones leave by themselves.
    leave_by: Option<Instant>,
    /// Somebody waits for them after all.
    hurried: bool,
    /// Some of them were in a batch that was not kept.
    has_failed: bool,
}

impl Gathering {
    fn new(id: BatchId) -> Self {
        Self {
            id,
            changes: Vec::new(),
            patient: Vec::new(),
            owing: BTreeSet::new(),
            named: BTreeSet::new(),
            touched: BTreeSet::new(),
            leave_by: None,
            hurried: false,
            has_failed: false,
        }
    }

    pub(super) const fn id(&self) -> BatchId {
        self.id
    }

    /// Who is touched by it.
    pub(super) fn touched(&self) -> impl Iterator<Item = Actor> {
        self.touched.iter().copied()
    }
}

impl Batches {
    pub(super) fn new() -> Self {
        Self {
            gathering: Gathering::new(BatchId(1)),
            under_way: None,
            left: Instant::ORIGIN,
            hangs: false,
            hurries: false,
            decided: BatchId(0),
            failed: VecDeque::new(),
        }
    }

    /// The batch that gathers.
    pub(super) const fn gathering(&self) -> BatchId {
        self.gathering.id
    }

    /// The last batch of which it is known whether it was kept.
    pub(super) const fn decided(&self) -> BatchId {
        self.decided
    }

    /// Whether that batch was not kept.
    pub(super) fn has_failed(&self, batch: BatchId) -> bool {
        let mut rows = self.failed.iter();
        rows.any(|(first, last)| (*first..=*last).contains(&batch))
    }

    /// The batch that is under way.
    pub(super) fn under_way(&self) -> Option<BatchId> {
        self.under_way.as_ref().map(|one| one.id)
    }

    /// Somebody waits for this to be kept.
    pub(super) fn keep(&mut self, change: Change) {
        if let Change::Message(message) = &change
            && !self.gathering.named.insert(message.name)
        {
            // It is in the batch already, for another keeper.
            return;
        }
        self.gathering.changes.push(change);
    }

    /// Nobody waits for this to be kept, of somebody or of nobody; it is in time at `leave_by`.
    pub(super) fn keep_some_day(
        &mut self,
        of: Option<PersonId>,
        change: Change,
        leave_by: Instant,
    ) {
        self.gathering.patient.push(change);
        self.gathering.owing.extend(of);
        self.gathering.leave_by.get_or_insert(leave_by);
    }

    /// Whether something of a person is not kept yet that nobody waits for: the store knows less of them
    /// than memory does.
    pub(super) fn owes(&self, person: PersonId) -> bool {
        let mut both = [Some(&self.gathering), self.under_way.as_ref()]
            .into_iter()
            .flatten();
        both.any(|one| one.owing.contains(&person))
    }

    /// Somebody waits for all that is owed of a person: the last batch that has something of it.
    pub(super) fn hurry(&mut self, person: PersonId) -> Option<BatchId> {
        if self.gathering.owing.contains(&person) {
            self.gathering.hurried = true;
            return Some(self.gathering.id);
        }
        let under_way = self.under_way.as_ref();
        let under_way = under_way.filter(|one| one.owing.contains(&person));
        under_way.map(|one| one.id)
    }

    /// Somebody of another home waits for the batch that gathers.
    pub(super) fn hurry_anyway(&mut self) {
        self.gathering.hurried = true;
    }

    /// From now on what nobody waits for leaves at once: there may be no later.
    pub(super) const fn hurry_all(&mut self) {
        self.hurries = true;
    }

    /// Something that is kept of `actor` changes in the batch that gathers.
    pub(super) fn touch(&mut self, actor: Actor) {
        self.gathering.touched.insert(actor);
    }

    /// When a batch is to leave though nobody waits for it.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.under_way {
            Some(_) => None,
            None => self.gathering.leave_by,
        }
    }

    /// When the store will have taken `patience` for the batch under way. `None`: nothing is under way, or that is known.
    pub(super) fn hangs_from(&self, patience: Duration) -> Option<Instant> {
        (self.under_way.is_some() && !self.hangs).then(|| self.left + patience)
    }

    /// The store takes too long from now on.
    pub(super) const fn set_hangs(&mut self) {
        self.hangs = true;
    }

    /// Whether the store takes too long for the batch under way.
    pub(super) const fn hangs(&self) -> bool {
        self.hangs
    }

    /// The next batch, if none is under way and there is something that somebody waits for, or that
    /// has waited long enough.
    pub(super) fn leave(&mut self, now: Instant) -> Option<Batch> {
        let overdue = self.deadline().is_some_and(|at| at <= now);
        let gathering = &self.gathering;
        let wanted =
            !gathering.changes.is_empty() || !gathering.touched.is_empty() || gathering.hurried;
        // What has failed is tried again in its time, though there may be none: a store that refuses at once would be asked for ever.
        let hurries = self.hurries && !gathering.has_failed;
        let wanted = wanted || hurries && !gathering.patient.is_empty();
        if self.under_way.is_some() || !(wanted || overdue) {
            return None;
        }
        let next = Gathering::new(BatchId(self.gathering.id.0 + 1));
        let mut leaving = std::mem::replace(&mut self.gathering, next);
        let mut changes = std::mem::take(&mut leaving.changes);
        changes.extend(leaving.patient.iter().cloned());
        let id = leaving.id;
        self.under_way = Some(leaving);
        self.left = now;
        Some(Batch { id, changes })
    }

    /// The batch under way is decided; `None` if it is not that one.
    pub(super) fn decide(
        &mut self,
        id: BatchId,
        kept: bool,
        leave_by: Instant,
    ) -> Option<Gathering> {
        let mut decided = self.under_way.take_if(|one| one.id == id)?;
        self.decided = id;
        self.hangs = false;
        if !kept {
            self.note_failure(id);
            // What nobody waits for is tried again, before what came later.
            let mut patient = std::mem::take(&mut decided.patient);
            if !patient.is_empty() {
                patient.append(&mut self.gathering.patient);
                self.gathering.patient = patient;
                self.gathering.owing.append(&mut decided.owing);
                self.gathering.leave_by.get_or_insert(leave_by);
                self.gathering.has_failed = true;
            }
        }
        Some(decided)
    }

    fn note_failure(&mut self, id: BatchId) {
        match self.failed.front_mut() {
            Some((_, last)) if last.0 + 1 == id.0 => *last = id,
            _ => {
                self.failed.truncate(FAILED - 1);
                self.failed.push_front((id, id));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_refuses_at_once_is_not_asked_for_ever_while_the_server_stops() {
        let (now, later) = (
            Instant::ORIGIN,
            Instant::ORIGIN.saturating_add(Duration::from_secs(1)),
        );
        let mut batches = Batches::new();
        batches.hurry_all();
        let (one, other) = (PersonId::new(1), PersonId::new(2));
        batches.keep_some_day(Some(one), Change::Told(one, other, 1), later);
        let first = batches.leave(now).expect("nothing waits for company");
        assert!(batches.decide(first.id, false, later).is_some());
        assert!(batches.leave(now).is_none(), "it is tried again at once");
        assert_eq!(batches.deadline(), Some(later));
        let again = batches.leave(later).expect("in its time");
        assert_eq!(again.changes.len(), 1);
        assert!(batches.decide(again.id, true, later).is_some());
        assert_eq!(batches.deadline(), None);
    }
}
