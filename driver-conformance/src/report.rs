//! `Report`: how a driver stands to every duty, as a table.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use gateway_sm::Session;

use crate::{Breach, Drive, Judgement, Lacks, Probe, duties, session};

/// How a driver stands to every duty. Displayed as a table: family, duty, and *held*, *lack* with its
/// reason, or *breach* with what was seen instead.
#[derive(Clone, Debug)]
pub struct Report {
    rows: Vec<Row>,
}

/// One row of a [`Report`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Row {
    /// What the duty is about.
    pub family: &'static str,
    /// Its name.
    pub duty: &'static str,
    /// How the driver stands to it.
    pub judgement: Judgement,
}

impl Report {
    /// Puts a driver through every duty, one after the other.
    pub fn of<D: Drive<Probe>>(lacks: &Lacks) -> Self {
        let rows = duties::<D>().into_iter().map(|duty| Row {
            family: duty.family,
            duty: duty.name,
            judgement: duty.judge(lacks),
        });
        Self {
            rows: rows.collect(),
        }
    }

    /// Puts a driver through every scenario of a session too.
    #[must_use]
    pub fn and_sessions<D: Drive<Session>>(mut self) -> Self {
        self.rows
            .extend(of_scenarios("session", session::scenarios::<D>()));
        self
    }

    /// Puts a driver through every scenario of a whole client too.
    #[cfg(feature = "client")]
    #[must_use]
    pub fn and_clients<D: Drive<msnp_client::Client>>(mut self) -> Self {
        self.rows
            .extend(of_scenarios("client", crate::client::scenarios::<D>()));
        self
    }

    /// Its rows, in the order of the duties.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Whether every duty is held, honestly lacked, or known to be broken.
    pub fn is_fine(&self) -> bool {
        self.rows.iter().all(|row| row.judgement.is_fine())
    }
}

fn of_scenarios(
    family: &'static str,
    scenarios: Vec<(&'static str, fn())>,
) -> impl Iterator<Item = Row> {
    scenarios.into_iter().map(move |(duty, run)| Row {
        family,
        duty,
        judgement: match catch_unwind(AssertUnwindSafe(run)) {
            Ok(()) => Judgement::Held,
            Err(panic) => Judgement::Breach(Breach::of_panic(&*panic)),
        },
    })
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |text: fn(&Row) -> &str| self.rows.iter().map(|row| text(row).len()).max();
        let family = width(|row| row.family).unwrap_or_default();
        let duty = width(|row| row.duty).unwrap_or_default();
        for row in &self.rows {
            write!(f, "{:family$} | {:duty$} | ", row.family, row.duty)?;
            match &row.judgement {
                Judgement::Held => writeln!(f, "held")?,
                Judgement::Lack { reason, .. } => writeln!(f, "lack: {reason}")?,
                Judgement::NotALack { reason } => {
                    writeln!(f, "breach: declared a lack ({reason}), and held")?;
                }
                Judgement::Breach(seen) => writeln!(f, "breach: {seen}")?,
                Judgement::Known { reason, seen } => {
                    writeln!(f, "breach, known ({reason}): {seen}")?;
                }
            }
        }
        let breaches = self.rows.iter().filter(|row| {
            !row.judgement.is_fine() || matches!(row.judgement, Judgement::Known { .. })
        });
        let lacks = self
            .rows
            .iter()
            .filter(|row| matches!(row.judgement, Judgement::Lack { .. }));
        write!(
            f,
            "{} duties, {} lacks, {} breaches",
            self.rows.len(),
            lacks.count(),
            breaches.count()
        )
    }
}
