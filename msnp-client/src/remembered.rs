//! Which messages have been told already: the service sends again what it holds for unacknowledged.

use std::collections::{BTreeSet, VecDeque};

use crate::id::ContactId;

/// The latest messages, by sender and id; the oldest is forgotten first.
#[derive(Debug, Default)]
pub(crate) struct Remembered {
    order: VecDeque<(ContactId, String)>,
    known: BTreeSet<(ContactId, String)>,
}

impl Remembered {
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
        let mut seen = Remembered::default();
        assert!(seen.insert(&alice, "1", 2));
        assert!(!seen.insert(&alice, "1", 2));
        assert!(seen.insert(&bob, "1", 2));
        assert!(seen.insert(&bob, "2", 2));
        assert!(seen.insert(&alice, "1", 2), "forgotten: two came after it");
        assert_eq!(seen.order.len(), 2);
        assert_eq!(seen.known.len(), 2);
    }
}
