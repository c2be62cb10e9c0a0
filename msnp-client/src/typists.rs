//! Who is typing, for as long as it is believed: whoever is gone in the middle never says that he has stopped.

use std::time::Duration;

use machine_contract::{Instant, SortedMap};

use crate::id::{ContactId, ConversationId};

/// So long without another sign, and somebody has stopped. Clients of MSNP8 to MSNP18 repeat theirs every 4 to 5 s (msnp8-18.md 9.4), for
/// which six are enough; how often those of MSNP21 and later do is not known.
const LASTS: Duration = Duration::from_secs(12);

/// So many are believed at once, at most. More are told of and not remembered.
const MOST: usize = 64;

/// Where and who, as the connections call them, each with the time until which that is believed.
#[derive(Debug, Default)]
pub(crate) struct Typists(SortedMap<(ConversationId, ContactId), Instant>);

impl Typists {
    pub(crate) fn note(&mut self, place: (ConversationId, ContactId), typing: bool, now: Instant) {
        if !typing {
            self.0.remove(&place);
        } else if self.0.len() < MOST || self.0.contains_key(&place) {
            self.0.insert(place, now + LASTS);
        }
    }

    /// Those who have stopped without a word by then; all of them, if nothing more will be heard.
    pub(crate) fn take_stopped(&mut self, by: Option<Instant>) -> Vec<(ConversationId, ContactId)> {
        let has_stopped = |until: &Instant| by.is_none_or(|by| *until <= by);
        let stopped = self.0.iter().filter(|(_, until)| has_stopped(until));
        let stopped: Vec<_> = stopped.map(|(place, _)| place.clone()).collect();
        for place in &stopped {
            self.0.remove(place);
        }
        stopped
    }

    /// When the next of them is believed no longer.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.0.values().min().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_people_are_remembered_than_may_type() {
        let mut typists = Typists::default();
        let mut first = None;
        for number in 0..2 * MOST {
            let who: ContactId = format!("{number}@x.org").parse().expect("an address");
            let place = (ConversationId::from(who.clone()), who);
            first.get_or_insert_with(|| place.clone());
            typists.note(place, true, Instant::ORIGIN);
        }
        // One who is remembered goes on.
        let first = first.expect("one");
        typists.note(first.clone(), true, Instant::ORIGIN + LASTS / 2);
        let stopped = typists.take_stopped(Some(Instant::ORIGIN + LASTS));
        assert_eq!((stopped.len(), stopped.contains(&first)), (MOST - 1, false));
        typists.note(first, false, Instant::ORIGIN + LASTS);
        assert_eq!(typists.poll_timeout(), None);
    }
}
