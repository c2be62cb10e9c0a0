//! `Report`: how a driver stands to every duty, as a table.

use std::fmt;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use gateway_sm::Session;

use crate::guests::{self, Claims, Launch};
use crate::{Breach, Drive, Duty, Judgement, Lacks, Probe, duties, session};

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
        write!(
            f,
            "{:8} | {:55} | {}",
            self.family, self.duty, self.judgement
        )
    }
}

impl Report {
    /// Puts a driver through every duty, some at once as tests are.
    pub fn of<D: Drive<Probe>>(lacks: &Lacks) -> Self {
        let judge = |duty: &Duty| Row {
            family: duty.family,
            duty: duty.name,
            judgement: duty.judge(lacks),
        };
        let rows = judged(&duties::<D>(), AT_ONCE, judge, |_| {});
        Self { rows }
    }

    /// Puts the guests of a driver through every duty that can be seen from the wire, so many at once. Each row is
    /// told as soon as it and all before it are there.
    pub fn of_guests(
        guests: &(dyn Launch + Sync),
        claims: &Claims,
        at_once: NonZero<usize>,
        told: impl FnMut(&Row),
    ) -> Self {
        let judge = |duty: &guests::Duty| Row {
            family: duty.family,
            duty: duty.name,
            judgement: duty.judge(guests, claims),
        };
        let rows = judged(&guests::duties(), at_once, judge, told);
        Self { rows }
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
        let breaches = count(|it| !it.is_fine() || matches!(it, Judgement::Known { .. }));
        let summary = format!(
            "{} duties, {lacks} lacks, {breaches} breaches",
            self.rows.len()
        );
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

/// Duties wait most of the time.
const AT_ONCE: NonZero<usize> = NonZero::new(4).unwrap();

/// All duties, judged by so many threads; in order.
fn judged<T: Sync>(
    duties: &[T],
    at_once: NonZero<usize>,
    judge: impl Fn(&T) -> Row + Sync,
    mut told: impl FnMut(&Row),
) -> Vec<Row> {
    let (next, judge) = (AtomicUsize::new(0), &judge);
    let (finished, coming) = mpsc::channel();
    let mut rows: Vec<Option<Row>> = duties.iter().map(|_| None).collect();
    let mut shown = 0;
    thread::scope(|scope| {
        for _ in 0..at_once.get() {
            let (finished, next) = (finished.clone(), &next);
            scope.spawn(move || {
                let mine = || {
                    let at = next.fetch_add(1, Ordering::SeqCst);
                    Some((at, duties.get(at)?))
                };
                for (at, duty) in std::iter::from_fn(mine) {
                    // Whoever listens stays until all have come.
                    let _ = finished.send((at, judge(duty)));
                }
            });
        }
        drop(finished);
        for (at, row) in coming {
            rows[at] = Some(row);
            while let Some(Some(row)) = rows.get(shown) {
                told(row);
                shown += 1;
            }
        }
    });
    rows.into_iter().flatten().collect()
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
