//! `Alarms`: when something has to be done with a person or a thread though nothing happens.

use std::collections::{BTreeMap, BTreeSet};

use machine_contract::Instant;

use super::letter::Actor;

/// One deadline at most for each of them.
#[derive(Debug, Default)]
pub(super) struct Alarms {
    first: BTreeSet<(Instant, Actor)>,
    of: BTreeMap<Actor, Instant>,
}

impl Alarms {
    /// Sets, moves or takes away the deadline of somebody.
    pub(super) fn set(&mut self, of: Actor, at: Option<Instant>) {
        let before = match at {
            Some(at) => self.of.insert(of, at),
            None => self.of.remove(&of),
        };
        if before == at {
            return;
        }
        if let Some(before) = before {
            self.first.remove(&(before, of));
        }
        if let Some(at) = at {
            self.first.insert((at, of));
        }
    }

    /// The first deadline.
    pub(super) fn next(&self) -> Option<Instant> {
        self.first.first().map(|(at, _)| *at)
    }

    /// Somebody whose deadline is over, which is taken away.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Actor> {
        let (at, of) = self.first.first().copied()?;
        if at > now {
            return None;
        }
        self.set(of, None);
        Some(of)
    }
}
