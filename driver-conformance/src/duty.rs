//! `Duty`: one thing that a driver owes, and how a driver is judged by it.

use std::any::Any;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::lacks::Excuse;
use crate::stage::{LACKING, PATIENCE, Stage};
use crate::{Breach, Drive, Lacks, Probe, Verdict, duties};

/// One thing that a driver owes.
#[derive(Clone, Debug)]
pub struct Duty {
    /// Its name, a sentence.
    pub name: &'static str,
    /// What it is about: the name of a group of duties.
    pub family: &'static str,
    pub(crate) excuse: Option<Excuse>,
    pub(crate) run: fn(&Stage) -> Verdict,
}

/// How a driver stands to a duty.
#[derive(Clone, Debug)]
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
    /// Puts the driver, for which [`duties`] has made this, through the duty.
    pub fn judge(&self, lacks: &Lacks) -> Judgement {
        let reason = self.excuse.and_then(|excuse| excuse(lacks));
        let known = lacks.known.iter().find(|(name, _)| *name == self.name);
        let expected = reason.is_some() || known.is_some();
        let patience = if expected { LACKING } else { PATIENCE };
        let stage = Stage::new(patience);
        let ran = catch_unwind(AssertUnwindSafe(|| (self.run)(&stage)));
        let verdict = ran.unwrap_or_else(|panic| Err(Breach::Panicked(message(&*panic))));
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

/// Puts a driver through the duty of this name, as a test: a lack is listed on the standard error, also
/// where the test's own output is not shown.
///
/// # Panics
///
/// If the duty is not held, if it is held although it is declared a lack, or if there is none of this name.
#[expect(clippy::panic, reason = "that is how a test fails")]
pub fn check<D: Drive<Probe>>(name: &str, lacks: &Lacks) {
    let all = duties::<D>();
    let Some(duty) = all.iter().find(|duty| duty.name == name) else {
        panic!("there is no duty {name}")
    };
    match duty.judge(lacks) {
        Judgement::Held => {}
        Judgement::Lack { reason, seen } => {
            let _ = writeln!(io::stderr(), "lack: {name}: {reason} ({seen})");
        }
        Judgement::Known { reason, seen } => {
            let _ = writeln!(io::stderr(), "breach: {name}: {reason} ({seen})");
        }
        Judgement::NotALack { reason } => {
            panic!("{name} is held, and so it is no lack to declare: {reason}")
        }
        Judgement::Breach(breach) => panic!("{breach}"),
    }
}

pub(crate) fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a word")
        .to_owned()
}
