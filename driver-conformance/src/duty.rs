//! `Duty`: one thing that a driver owes, and how a driver is judged by it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::breach::{Breach, Verdict};
use crate::lacks::{Excuse, Lacks};
use crate::stage::{LACKING, PATIENCE, Stage};

/// One thing that a driver owes.
#[derive(Clone, Debug)]
pub struct Duty {
    /// Its name, a sentence.
    pub name: &'static str,
    /// What it is about: the name of a group of duties.
    pub family: &'static str,
    excuse: Option<Excuse>,
    run: fn(&Stage) -> Verdict,
}

/// How a driver stands to a duty.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "who shows a report has to decide on each"
)]
pub enum Judgement {
    /// It holds it.
    Held,
    /// It does not, and has said so.
    Lack {
        /// Why.
        reason: &'static str,
        /// What was seen instead.
        seen: Breach,
    },
    /// It has said that it could not, and it can.
    NotALack {
        /// What it has said.
        reason: &'static str,
    },
    /// It does not hold it.
    Breach(Breach),
    /// It does not hold it, and that is [known](Lacks::known).
    Known {
        /// What is to be mended.
        reason: &'static str,
        /// What was seen instead.
        seen: Breach,
    },
}

impl Judgement {
    /// Whether nothing new is wrong: the duty is held, honestly lacked, or known to be broken.
    pub fn is_fine(&self) -> bool {
        matches!(self, Self::Held | Self::Lack { .. } | Self::Known { .. })
    }
}

impl Duty {
    pub(crate) const fn new(
        family: &'static str,
        name: &'static str,
        excuse: Option<Excuse>,
        run: fn(&Stage) -> Verdict,
    ) -> Self {
        Self {
            name,
            family,
            excuse,
            run,
        }
    }

    /// Puts the driver, for which [`duties`](crate::duties) has made this, through the duty.
    pub fn judge(&self, lacks: &Lacks) -> Judgement {
        let reason = self.excuse.and_then(|excuse| excuse(lacks));
        let known = lacks.known.iter().find(|(name, _)| *name == self.name);
        let expected = reason.is_some() || known.is_some();
        let patience = if expected { LACKING } else { PATIENCE };
        let stage = Stage::new(patience);
        let ran = catch_unwind(AssertUnwindSafe(|| (self.run)(&stage)));
        let verdict = ran.unwrap_or_else(|panic| Err(Breach::of_panic(&*panic)));
        // What it did to the machine explains everything else.
        let verdict = stage.no_misuse().and(verdict);
        if let (Err(seen), Some((_, reason))) = (&verdict, known) {
            let seen = seen.clone();
            return Judgement::Known { reason, seen };
        }
        match (verdict, reason) {
            (Ok(()), None) => Judgement::Held,
            (Ok(()), Some(reason)) => Judgement::NotALack { reason },
            // No environment makes anyone do these two.
            (Err(seen), Some(reason))
                if !matches!(seen, Breach::Contract(_) | Breach::Panicked(_)) =>
            {
                Judgement::Lack { reason, seen }
            }
            (Err(seen), _) => Judgement::Breach(seen),
        }
    }
}
