//! `Report`: how a driver stands to every duty, as a table.

use std::fmt;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use gateway_sm::Session;

use crate::guests::{self, Claims, Launch};
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

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As wide as the longest names of families and duties.
        write!(f, "{:8} | {:55} | {}", self.family, self.duty, self.judgement)
    }
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

    /// Puts the guests of a driver through every duty that can be seen from the wire, so many at once. Each row is
    /// told as soon as it and all before it are there.
    pub fn of_guests(
        guests: &(dyn Launch + Sync),
        claims: &Claims,
        at_once: NonZero<usize>,
        mut told: impl FnMut(&Row),
    ) -> Self {
        let duties = guests::duties();
        let next = AtomicUsize::new(0);
        let (judged, coming) = mpsc::channel();
        let mut rows: Vec<Option<Row>> = duties.iter().map(|_| None).collect();
        let mut shown = 0;
        thread::scope(|scope| {
            for _ in 0..at_once.get() {
                let (judged, duties, next) = (judged.clone(), &duties, &next);
                scope.spawn(move || {
                    let mine = || {
                        let at = next.fetch_add(1, Ordering::SeqCst);
                        Some((at, duties.get(at)?))
                    };
                    for (at, duty) in std::iter::from_fn(mine) {
                        let row = Row {
                            family: duty.family,
                            duty: duty.name,
                            judgement: duty.judge(guests, claims),
                        };
                        // Whoever listens stays until all have come.
                        let _ = judged.send((at, row));
                    }
                });
            }
            drop(judged);
            for (at, row) in coming {
                rows[at] = Some(row);
                while let Some(Some(row)) = rows.get(shown) {
                    told(row);
                    shown += 1;
                }
            }
        });
        Self {
            rows: rows.into_iter().flatten().collect(),
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

    /// How many of each there are, in one line.
    pub fn summary(&self) -> String {
        let count = |is_it: fn(&Judgement) -> bool| {
            let rows = self.rows.iter();
            rows.filter(|row| is_it(&row.judgement)).count()
        };
        let lacks = count(|judgement| matches!(judgement, Judgement::Lack { .. }));
        let breaches =
            count(|it| !it.is_fine() || matches!(it, Judgement::Known { .. }));
        let summary = format!("{} duties, {lacks} lacks, {breaches} breaches", self.rows.len());
        match count(|it| matches!(it, Judgement::NotRun { .. })) {
            0 => summary,
            not_run => format!("{summary}, {not_run} not run"),
        }
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
        for row in &self.rows {
            writeln!(f, "{row}")?;
        }
        f.write_str(&self.summary())
    }
}
