//! `Screen`: what one person has been shown. It tells a message that comes again, as it may behind a break, from a second one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::ledger::Ledger;
use super::mark::Mark;

/// One person's, written into the ledger.
#[derive(Debug)]
pub(super) struct Screen {
    ledger: Arc<Ledger>,
    seen: Mutex<BTreeMap<Mark, Seen>>,
}

#[derive(Debug)]
struct Seen {
    /// The network's number of it, where the client is told one.
    id: Option<String>,
    receipt: Receipt,
}

/// What the service knows of a message that was shown.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Receipt {
    /// It is about to be told that the message was received.
    Owed,
    /// It was told.
    Given,
    /// What told it may be lost with its connection: the message may come again, once.
    Unknown,
}

impl Screen {
    pub(super) fn new(ledger: Arc<Ledger>) -> Self {
        let seen = Mutex::default();
        Self { ledger, seen }
    }

    pub(super) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// A message has come.
    pub(super) fn show(&self, mark: Mark, id: Option<&str>, how: &str) {
        let how = id.map_or_else(|| how.to_owned(), |id| format!("{how} as {id}"));
        let mut seen = self.seen();
        let known = seen.get(&mark);
        let may_come_again = known.is_some_and(|it| it.receipt == Receipt::Unknown);
        let is_same = known.is_some_and(|it| it.id.as_deref() == id);
        if may_come_again && is_same {
            self.ledger.again(mark, &how);
        } else {
            self.ledger.shown(mark, &how);
        }
        let id = id.map(str::to_owned);
        let receipt = Receipt::Owed;
        seen.insert(mark, Seen { id, receipt });
    }

    /// The service knows that these were received.
    pub(super) fn received(&self, marks: &[Mark]) {
        let mut seen = self.seen();
        for mark in marks {
            if let Some(one) = seen.get_mut(mark) {
                one.receipt = Receipt::Given;
            }
        }
    }

    /// The service knows that everything was.
    pub(super) fn all_received(&self) {
        for one in self.seen().values_mut() {
            one.receipt = Receipt::Given;
        }
    }

    /// A connection broke, or a request had no answer.
    pub(super) fn broke(&self) {
        let mut seen = self.seen();
        let owed = seen.values_mut().filter(|it| it.receipt == Receipt::Owed);
        owed.for_each(|one| one.receipt = Receipt::Unknown);
    }

    fn seen(&self) -> MutexGuard<'_, BTreeMap<Mark, Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_again_without_a_break_or_under_another_number_is_doubled() {
        let mark = |number| Mark { from: 1, number };
        let ledger = Arc::new(Ledger::new());
        let screen = Screen::new(Arc::clone(&ledger));
        for number in 1..=4 {
            screen.show(mark(number), Some("5"), "by a poll");
        }
        screen.show(mark(1), Some("5"), "by a poll");
        screen.received(&[mark(2)]);
        screen.broke();
        for (number, id) in [(2, "5"), (3, "5"), (4, "6")] {
            screen.show(mark(number), Some(id), "by a poll");
        }
        let outcome = ledger.outcome();
        assert_eq!((outcome.doubled, outcome.again), (3, 1));
        assert!(outcome.stories.iter().all(|it| !it.contains("[[1-3]]")));
    }
}
