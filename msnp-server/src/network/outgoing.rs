//! `Outgoing`: what is to be sent to one connection, as far as what it depends on is kept.

use std::collections::VecDeque;

use machine_contract::Instant;

use super::batch_id::BatchId;
use super::command::{Answer, RequestId};
use super::entry::Entry;
use super::refusal::Refusal;

/// What leaves a connection, in its order.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    entries: VecDeque<(BatchId, Entry)>,
    /// By when each answer in `entries` has to leave. Commands come in the order of their deadlines and are
    /// answered in it, so the first of them is before that of the first command.
    answers: VecDeque<Instant>,
    /// Of the events in `entries`.
    held_bytes: usize,
}

impl Outgoing {
    /// An answer, which has to leave by `deadline`.
    pub(super) fn push_answer(
        &mut self,
        request: RequestId,
        answer: Result<Answer, Refusal>,
        hold: BatchId,
        deadline: Instant,
    ) {
        self.answers.push_back(deadline);
        self.entries
            .push_back((hold, Entry::Answer(request, answer)));
    }

    /// Anything but an answer.
    pub(super) fn push(&mut self, entry: Entry, hold: BatchId) {
        self.held_bytes += entry.size();
        self.entries.push_back((hold, entry));
    }

    /// Nothing of it is sent; whether a page was to be read for the first command, which then never is.
    pub(super) fn clear(&mut self) -> bool {
        self.answers.clear();
        self.held_bytes = 0;
        let mut dropped = self.entries.drain(..);
        dropped.any(|(_, entry)| matches!(entry, Entry::Read(..)))
    }

    /// The next thing to leave, if what it depends on is decided.
    pub(super) fn take(&mut self, decided: BatchId) -> Option<Entry> {
        let (hold, _) = self.entries.front()?;
        if *hold > decided {
            return None;
        }
        let (_, entry) = self.entries.pop_front()?;
        self.held_bytes -= entry.size();
        if matches!(entry, Entry::Answer(..)) {
            self.answers.pop_front();
        }
        Some(entry)
    }

    /// The first answer, or what is to be read for one, that depends on nothing undecided, before what does.
    pub(super) fn take_passing(&mut self, decided: BatchId) -> Option<Entry> {
        let may_pass = |(hold, entry): &(BatchId, Entry)| {
            *hold <= decided && matches!(entry, Entry::Answer(..) | Entry::Read(..))
        };
        let at = self.entries.iter().position(may_pass)?;
        let before = self.entries.iter().take(at);
        let answers = before.filter(|(_, entry)| matches!(entry, Entry::Answer(..)));
        let answers = answers.count();
        let (_, entry) = self.entries.remove(at)?;
        if matches!(entry, Entry::Answer(..)) {
            self.answers.remove(answers);
        }
        Some(entry)
    }

    /// Takes out all answers that depend on something undecided, each with what is said in its place.
    pub(super) fn stop_waiting(&mut self, decided: BatchId) -> Vec<(RequestId, Refusal)> {
        let mut given_up = Vec::new();
        let mut deadlines = std::mem::take(&mut self.answers).into_iter();
        let answers = &mut self.answers;
        self.entries.retain(|(hold, entry)| {
            let Entry::Answer(request, answer) = entry else {
                return true;
            };
            let deadline = deadlines.next();
            let waits = *hold > decided;
            if waits {
                // What was carried out is kept, or it is not: that is seen later.
                let refusal = answer.as_ref().err().copied();
                given_up.push((*request, refusal.unwrap_or(Refusal::Uncertain)));
            } else {
                answers.extend(deadline);
            }
            !waits
        });
        given_up
    }

    /// What that answer says may have happened, whatever becomes of the batch.
    pub(super) fn doubt(&mut self, request: RequestId) {
        let answer = self.entries.iter_mut().find_map(|(_, entry)| match entry {
            Entry::Answer(of, answer) if *of == request => Some(answer),
            _ => None,
        });
        if let Some(answer) = answer {
            *answer = Err(Refusal::Uncertain);
        }
    }

    /// That batch is not kept: what depends on it never leaves. Answers become refusals.
    pub(super) fn undo(&mut self, batch: BatchId) {
        let held_bytes = &mut self.held_bytes;
        self.entries.retain_mut(|(hold, entry)| match entry {
            _ if *hold != batch => true,
            Entry::Answer(_, answer) => {
                if *answer != Err(Refusal::Uncertain) {
                    *answer = Err(Refusal::Store);
                }
                true
            }
            // Reading is as right as before.
            Entry::Read(..) | Entry::Backlog => true,
            Entry::Event(_) | Entry::Offer(_) => {
                *held_bytes -= entry.size();
                false
            }
        });
    }

    /// Whether something of it depends on a batch behind that one.
    pub(super) fn is_held_behind(&self, batch: BatchId) -> bool {
        self.entries.iter().any(|(hold, _)| *hold > batch)
    }

    /// By when the first answer has to leave.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.answers.front().copied()
    }

    /// Whether an answer is held back.
    pub(super) fn has_answers(&self) -> bool {
        !self.answers.is_empty()
    }

    /// The first answer, which is held back by a batch that takes too long, and what is said in its place.
    pub(super) fn take_overdue(&mut self) -> Option<(RequestId, Refusal)> {
        self.answers.pop_front();
        let mut entries = self.entries.iter();
        let at = entries.position(|(_, entry)| matches!(entry, Entry::Answer(..)))?;
        match self.entries.remove(at)?.1 {
            Entry::Answer(request, Err(refusal)) => Some((request, refusal)),
            // What was carried out is kept, or it is not: that is seen later.
            Entry::Answer(request, Ok(_)) => Some((request, Refusal::Uncertain)),
            _ => None,
        }
    }

    /// The bytes of events that are held back, or not taken yet.
    pub(super) const fn held_bytes(&self) -> usize {
        self.held_bytes
    }
}
