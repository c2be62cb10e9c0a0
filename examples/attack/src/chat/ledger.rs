//! `Ledger`: what was said, what its writer was told of it, and what was shown to whom; each with its time.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::mark::Mark;
use crate::failure::Failure;

/// Stories that are told of a kind of fault.
const STORIES: usize = 5;

/// What all who chat write down.
#[derive(Debug)]
pub(super) struct Ledger {
    began: Instant,
    pages: Mutex<Pages>,
}

#[derive(Debug, Default)]
struct Pages {
    records: BTreeMap<Mark, Record>,
    is_over: bool,
    /// Of each writer, messages of which they were told afterwards that nobody will have them.
    disowned: BTreeMap<usize, usize>,
    troubles: usize,
    first: Option<String>,
}

/// One message.
#[derive(Debug, Default)]
struct Record {
    was_taken: bool,
    shown: usize,
    again: usize,
    story: Vec<(Duration, String)>,
}

/// What came of a chat.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// Messages that the service took.
    pub(crate) said: usize,
    /// Of these, those that nobody was shown.
    pub(crate) lost: usize,
    /// Those that were shown more than once.
    pub(crate) doubled: usize,
    /// Those that came again by a connection behind one that broke, and were known by their numbers.
    pub(crate) again: usize,
    /// Those that were taken, and of which their writers were told afterwards that they are not sent.
    pub(crate) disowned: usize,
    /// Requests of theirs that had no good answer, and the first of them.
    pub(crate) troubles: usize,
    pub(crate) trouble: Option<String>,
    /// What happened to those that were lost or doubled.
    pub(crate) stories: Vec<String>,
}

impl Ledger {
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
            pages: Mutex::default(),
        }
    }

    /// Something happened to a message that changes nothing.
    pub(super) fn note(&self, mark: Mark, what: impl Into<String>) {
        self.write(mark, what, |_| {});
    }

    /// The service has taken it.
    pub(super) fn taken(&self, mark: Mark) {
        self.write(mark, "taken", |record| record.was_taken = true);
    }

    pub(super) fn was_taken(&self, mark: Mark) -> bool {
        let pages = self.pages();
        pages.records.get(&mark).is_some_and(|it| it.was_taken)
    }

    /// Its reader sees it, as one more message.
    pub(super) fn shown(&self, mark: Mark, how: &str) {
        self.write(mark, format!("shown, {how}"), |record| record.shown += 1);
    }

    /// It has come again, and its reader's client knows it.
    pub(super) fn again(&self, mark: Mark, how: &str) {
        let what = format!("again behind a break, {how}");
        self.write(mark, what, |record| record.again += 1);
    }

    /// A writer is told that one of the messages which were taken is not sent.
    pub(super) fn disowned(&self, from: usize, words: &str) {
        *self.pages().disowned.entry(from).or_default() += 1;
        self.trouble(from, &format!("told: {words}").into());
    }

    /// A request of somebody's has failed.
    pub(super) fn trouble(&self, whose: usize, why: &Failure) {
        let at = self.began.elapsed().as_secs_f64();
        let mut pages = self.pages();
        pages.troubles += 1;
        pages
            .first
            .get_or_insert_with(|| format!("u{whose} at {at:.1} s: {why}"));
    }

    pub(super) fn end(&self) {
        self.pages().is_over = true;
    }

    pub(super) fn is_over(&self) -> bool {
        self.pages().is_over
    }

    pub(super) fn outcome(&self) -> Outcome {
        let pages = self.pages();
        let (mut lost, mut stories) = (BTreeMap::<usize, Vec<Mark>>::new(), Vec::new());
        for (mark, record) in &pages.records {
            if record.was_taken && record.shown == 0 {
                lost.entry(mark.from).or_default().push(*mark);
            }
        }
        let mut disowned = 0;
        for (from, marks) in &mut lost {
            // Which of them it was nobody says.
            let told = pages.disowned.get(from).copied().unwrap_or(0);
            disowned += marks.len() - marks.len().saturating_sub(told);
            marks.truncate(marks.len().saturating_sub(told));
        }
        let lost: Vec<Mark> = lost.into_values().flatten().collect();
        let records = || pages.records.iter();
        let doubled = records().filter(|(_, it)| it.shown > 1);
        let doubled: Vec<Mark> = doubled.map(|(mark, _)| *mark).collect();
        for (what, marks) in [("lost", &lost), ("doubled", &doubled)] {
            let some = marks.iter().take(STORIES);
            stories.extend(some.map(|mark| format!("{what}: {}", pages.story(*mark))));
        }
        Outcome {
            said: records().filter(|(_, it)| it.was_taken).count(),
            lost: lost.len(),
            doubled: doubled.len(),
            again: records().map(|(_, it)| it.again).sum(),
            disowned,
            troubles: pages.troubles,
            trouble: pages.first.clone(),
            stories,
        }
    }

    fn write(&self, mark: Mark, what: impl Into<String>, change: impl FnOnce(&mut Record)) {
        let at = self.began.elapsed();
        let mut pages = self.pages();
        let record = pages.records.entry(mark).or_default();
        record.story.push((at, what.into()));
        change(record);
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pages {
    fn story(&self, mark: Mark) -> String {
        let mut told = mark.to_string();
        for (at, what) in self.records.get(&mark).iter().flat_map(|it| &it.story) {
            // Memory is all that it needs.
            let _ = write!(told, "; {:.2} s {what}", at.as_secs_f64());
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_its_writer_was_told_is_not_sent_is_not_lost() {
        let ledger = Ledger::new();
        for number in 1..=3 {
            let mark = Mark { from: 3, number };
            ledger.taken(mark);
            if number == 1 {
                ledger.shown(mark, "by a fetch");
            }
        }
        let outcome = ledger.outcome();
        assert_eq!((outcome.said, outcome.lost, outcome.disowned), (3, 2, 0));
        ledger.disowned(3, "A message to 8:live:u4 was not sent: too many.");
        let outcome = ledger.outcome();
        assert_eq!((outcome.said, outcome.lost, outcome.disowned), (3, 1, 1));
        assert_eq!(outcome.troubles, 1);
        assert!(outcome.stories[0].starts_with("lost: [[3-2]]; "));
    }
}
