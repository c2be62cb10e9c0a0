//! `Asking`: the changes of a thread that wait for people to say whether they may be added.

use std::collections::BTreeMap;

use machine_contract::Instant;

use super::batch_id::BatchId;
use super::letter::{AskId, Letter};
use crate::identity::PersonId;

/// All changes that wait, each by the question that asks for it.
#[derive(Debug, Default)]
pub(super) struct Asking {
    changes: BTreeMap<AskId, Waiting>,
}

/// A change that waits for answers.
#[derive(Debug)]
struct Waiting {
    letter: Letter,
    /// Who has not answered, by the question.
    open: BTreeMap<AskId, PersonId>,
    admitted: Vec<PersonId>,
    /// Who has not answered by then is not added.
    until: Instant,
}

impl Asking {
    /// A change waits until then for answers to these questions.
    pub(super) fn open(
        &mut self,
        change: AskId,
        letter: Letter,
        open: BTreeMap<AskId, PersonId>,
        until: Instant,
    ) {
        let waiting = Waiting {
            letter,
            open,
            admitted: Vec::new(),
            until,
        };
        self.changes.insert(change, waiting);
    }

    /// Somebody has said whether they may be added. Gives the change if all have answered.
    pub(super) fn take_answer(&mut self, ask: AskId, admitted: bool) -> Option<AskId> {
        let mut changes = self.changes.iter_mut();
        let (change, waiting) = changes.find(|(_, waiting)| waiting.open.contains_key(&ask))?;
        if let Some(who) = waiting.open.remove(&ask)
            && admitted
        {
            waiting.admitted.push(who);
        }
        waiting.open.is_empty().then_some(*change)
    }

    /// A change is not waited for any longer: gives what asks for it, and who may be added.
    pub(super) fn close(&mut self, change: AskId) -> Option<(Letter, Vec<PersonId>)> {
        let waiting = self.changes.remove(&change)?;
        Some((waiting.letter, waiting.admitted))
    }

    /// The change that somebody was asked for.
    pub(super) fn change(&self, ask: AskId) -> Option<AskId> {
        Some(*self.find(ask)?.0)
    }

    /// Who may be added, of the change that somebody was asked for.
    pub(super) fn admitted(&self, ask: AskId) -> &[PersonId] {
        self.find(ask).map_or(&[], |(_, waiting)| &waiting.admitted)
    }

    /// The questions that were not answered in time, each with whom was asked and what it depends on. They are given once.
    pub(super) fn take_overdue(&mut self, now: Instant) -> Vec<(AskId, PersonId, BatchId)> {
        let mut overdue = Vec::new();
        for waiting in self.changes.values_mut() {
            if waiting.until <= now {
                waiting.until = Instant::END;
                let hold = waiting.letter.hold();
                overdue.extend(waiting.open.iter().map(|(ask, who)| (*ask, *who, hold)));
            }
        }
        overdue
    }

    /// When who has not answered is not waited for any longer.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.changes.values().map(|waiting| waiting.until).min()
    }

    /// How many changes wait.
    pub(super) fn len(&self) -> usize {
        self.changes.len()
    }

    /// Whether none waits.
    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    fn find(&self, ask: AskId) -> Option<(&AskId, &Waiting)> {
        let mut changes = self.changes.iter();
        changes.find(|(_, waiting)| waiting.open.contains_key(&ask))
    }
}
