//! `Duty`: one thing that a driver owes, and how a driver is judged by it.

use std::fmt;
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
    /// Nobody can tell on this machine.
    NotRun {
        /// What is missing.
        why: &'static str,
    },
}

impl Judgement {
    /// Whether nothing new is wrong: the duty is held, honestly lacked, known to be broken, or was not run.
    pub fn is_fine(&self) -> bool {
        !matches!(self, Self::NotALack { .. } | Self::Breach(_))
    }
}

impl fmt::Display for Judgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held => f.write_str("held"),
            Self::Lack { reason, .. } => write!(f, "lack: {reason}"),
            Self::NotALack { reason } => {
                write!(f, "breach: declared a lack ({reason}), and held")
            }
            Self::Breach(seen) => write!(f, "breach: {seen}"),
            Self::Known { reason, seen } => write!(f, "breach, known ({reason}): {seen}"),
            Self::NotRun { why } => write!(f, "not run: {why}"),
        }
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
        judge(self.name, self.excuse, lacks, |expected| {
            let stage = Stage::new(if expected { LACKING } else { PATIENCE });
            let ran = catch_unwind(AssertUnwindSafe(|| (self.run)(&stage)));
            let verdict = ran.unwrap_or_else(|panic| Err(Breach::of_panic(&*panic)));
            // What it did to the machine explains everything else.
            stage.no_misuse().and(verdict)
        })
    }
}

/// What the verdict on a duty of this name comes to. `run` is told whether a breach is expected.
pub(crate) fn judge(
    name: &str,
    excuse: Option<Excuse>,
    lacks: &Lacks,
    run: impl FnOnce(bool) -> Verdict,
) -> Judgement {
    let reason = excuse.and_then(|excuse| excuse(lacks));
    let known = lacks.known.iter().find(|(known, _)| *known == name);
    let verdict = run(reason.is_some() || known.is_some());
    match (verdict, reason, known) {
        (Err(Breach::CannotTell { why }), ..) => Judgement::NotRun { why },
        (Err(seen), _, Some((_, reason))) => Judgement::Known { reason, seen },
        (Ok(()), None, _) => Judgement::Held,
        (Ok(()), Some(reason), _) => Judgement::NotALack { reason },
        // No environment makes anyone do these two.
        (Err(seen), Some(reason), _)
            if !matches!(seen, Breach::Contract(_) | Breach::Panicked(_)) =>
        {
            Judgement::Lack { reason, seen }
        }
        (Err(seen), ..) => Judgement::Breach(seen),
    }
}
