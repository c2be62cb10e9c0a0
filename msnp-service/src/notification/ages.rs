//! `Ages`: how old a message is by the clock that is never set. Ids only ever rise, so a few marks tell it.

use std::collections::VecDeque;
use std::time::Duration;

use machine_contract::Instant;

use super::store::MessageId;

/// Knows which messages came within a window of time.
#[derive(Debug)]
pub(super) struct Ages {
    window: Duration,
    /// Oldest first, never empty. The first is the start of the process, or lies before the window.
    marks: VecDeque<Mark>,
}

/// Up to `last`, every kept message was there at `at`; every later one came afterwards.
#[derive(Debug)]
struct Mark {
    begun: Instant,
    at: Instant,
    last: MessageId,
}

/// The window is known to this part of it.
const PARTS: u32 = 60;

impl Ages {
    pub(super) fn new(window: Duration, last: MessageId, now: Instant) -> Self {
        let start = Mark {
            begun: now,
            at: now,
            last,
        };
        Self {
            window,
            marks: [start].into(),
        }
    }

    /// A message has come that is kept.
    pub(super) fn note(&mut self, id: MessageId, now: Instant) {
        let part = self.window / PARTS;
        let started = self.marks.len() > 1;
        match self.marks.back_mut() {
            // The first is left as it is: it tells what was there before the process.
            Some(mark) if started && now < mark.begun + part => {
                (mark.at, mark.last) = (now, id);
            }
            _ => self.marks.push_back(Mark {
                begun: now,
                at: now,
                last: id,
            }),
        }
        while self.marks.get(1).is_some_and(|it| self.is_past(it, now)) {
            self.marks.pop_front();
        }
    }

    /// Whether the message came within the window. `None`: it was there before the process, which was
    /// not yet there for as long as the window is.
    pub(super) fn is_recent(&self, id: MessageId, now: Instant) -> Option<bool> {
        let past = self.marks.iter().rev().find(|it| self.is_past(it, now));
        if let Some(past) = past {
            return Some(id > past.last);
        }
        let start = self.marks.front()?;
        (id > start.last).then_some(true)
    }

    fn is_past(&self, mark: &Mark, now: Instant) -> bool {
        mark.at + self.window < now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Instant {
        Instant::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn a_message_is_recent_for_as_long_as_the_window() {
        let mut ages = Ages::new(Duration::from_secs(3600), MessageId(5), at(100));
        assert_eq!(ages.is_recent(MessageId(5), at(3700)), None);
        assert_eq!(ages.is_recent(MessageId(5), at(3701)), Some(false));
        ages.note(MessageId(6), at(100));
        ages.note(MessageId(7), at(159));
        ages.note(MessageId(8), at(160));
        assert_eq!(ages.is_recent(MessageId(6), at(3759)), Some(true));
        assert_eq!(ages.is_recent(MessageId(7), at(3759)), Some(true));
        assert_eq!(ages.is_recent(MessageId(7), at(3760)), Some(false));
        assert_eq!(ages.is_recent(MessageId(8), at(3760)), Some(true));
        assert_eq!(ages.is_recent(MessageId(8), at(3761)), Some(false));
    }

    #[test]
    fn there_are_never_many_marks() {
        let mut ages = Ages::new(Duration::from_secs(3600), MessageId(0), at(0));
        for second in 1..100_000 {
            ages.note(MessageId(second), at(second));
        }
        assert!(ages.marks.len() < 70, "{}", ages.marks.len());
        let now = at(99_999);
        assert_eq!(ages.is_recent(MessageId(99_999 - 3600), now), Some(true));
        assert_eq!(ages.is_recent(MessageId(99_999 - 3661), now), Some(false));
    }
}
