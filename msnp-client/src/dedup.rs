//! Which messages have been told already: the service sends again what it holds for unacknowledged.

use std::collections::{BTreeSet, VecDeque};

use machine_contract::SortedMap;

use crate::id::ContactId;

/// The latest messages, by sender and id; the oldest is forgotten first.
#[derive(Debug, Default)]
pub(crate) struct SeenMessages {
    order: VecDeque<(ContactId, String)>,
    known: BTreeSet<(ContactId, String)>,
}

impl SeenMessages {
    /// True: this one is new, and remembered from now on.
    pub(crate) fn insert(&mut self, from: &ContactId, id: &str, limit: usize) -> bool {
        let key = (from.clone(), id.to_owned());
        if limit == 0 || !self.known.insert(key.clone()) {
            return limit == 0;
        }
        self.order.push_back(key);
        if self.order.len() > limit
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }

    /// Whether this one is remembered.
    pub(crate) fn contains(&self, from: &ContactId, id: &str) -> bool {
        self.known.contains(&(from.clone(), id.to_owned()))
    }

    /// People have other names from now on: their messages may come again under these.
    pub(crate) fn rename(&mut self, names: &SortedMap<ContactId, ContactId>) {
        self.known.clear();
        for (from, id) in std::mem::take(&mut self.order) {
            let from = names.get(&from).unwrap_or(&from).clone();
            if self.known.insert((from.clone(), id.clone())) {
                self.order.push_back((from, id));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_new_once_per_sender_and_the_oldest_is_forgotten() {
        let (alice, bob) = (
            ContactId::skype("alice").expect("a name"),
            ContactId::skype("bob").expect("a name"),
        );
        let mut seen = SeenMessages::default();
        assert!(seen.insert(&alice, "1", 2));
        assert!(!seen.insert(&alice, "1", 2));
        assert!(seen.insert(&bob, "1", 2));
        assert!(seen.insert(&bob, "2", 2));
        assert!(seen.insert(&alice, "1", 2), "forgotten: two came after it");
        assert_eq!(seen.order.len(), 2);
        assert_eq!(seen.known.len(), 2);
    }

    #[test]
    fn what_was_told_under_a_provisional_name_is_known_under_the_one_that_stays() {
        let provisional = ContactId::messenger("bob@example.org").expect("a name");
        let bob = ContactId::skype("live:bob").expect("a name");
        let mut seen = SeenMessages::default();
        assert!(seen.insert(&provisional, "1", 3));
        assert!(seen.insert(&bob, "1", 3));
        assert!(seen.insert(&provisional, "2", 3));
        seen.rename(&SortedMap::from([(provisional, bob.clone())]));
        assert!(!seen.insert(&bob, "1", 3) && !seen.insert(&bob, "2", 3));
        assert_eq!((seen.order.len(), seen.known.len()), (2, 2));
    }
}
