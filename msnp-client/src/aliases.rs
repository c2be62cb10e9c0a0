//! One person, one identity: which names are names of the same person.

use machine_contract::SortedMap;

use crate::id::ContactId;

/// Provisional names, each with the one that stays. Bounded.
#[derive(Debug, Default)]
pub(crate) struct Aliases(SortedMap<ContactId, ContactId>);

impl Aliases {
    /// The name that stays of whoever is called so.
    pub(crate) fn resolve(&self, name: &ContactId) -> ContactId {
        self.0.get(name).unwrap_or(name).clone()
    }

    /// `alias` is `name`. True: that is news.
    ///
    /// The last word counts: an address may be given to somebody else. A name that stays never becomes an
    /// alias of one that is an alias itself, so looking up once is enough.
    pub(crate) fn learn(&mut self, alias: &ContactId, name: &ContactId, limit: usize) -> bool {
        let name = self.resolve(name);
        if *alias == name || self.0.get(alias) == Some(&name) {
            return false;
        }
        if !self.0.contains_key(alias) && self.0.len() >= limit {
            return false;
        }
        for known in self.0.values_mut().filter(|known| *known == alias) {
            known.clone_from(&name);
        }
        self.0.insert(alias.clone(), name);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> ContactId {
        text.parse().expect(text)
    }

    #[test]
    fn the_last_word_counts_and_looking_up_once_is_enough() {
        let mut aliases = Aliases::default();
        let (address, other) = (name("bob@example.org"), name("b@example.org"));
        let (bob, eve) = (name("8:live:bob"), name("8:live:eve"));
        assert!(aliases.learn(&other, &address, 9));
        assert!(aliases.learn(&address, &bob, 9));
        assert!(!aliases.learn(&address, &bob, 9), "no news");
        assert_eq!(aliases.resolve(&other), bob);
        assert!(!aliases.learn(&bob, &address, 9), "not round in a circle");
        assert_eq!(aliases.resolve(&bob), bob);
        assert!(aliases.learn(&address, &eve, 9));
        assert_eq!(aliases.resolve(&address), eve);
    }

    #[test]
    fn names_are_bounded_but_known_ones_still_change() {
        let mut aliases = Aliases::default();
        assert!(aliases.learn(&name("a@x.org"), &name("8:a"), 1));
        assert!(!aliases.learn(&name("b@x.org"), &name("8:b"), 1));
        assert!(aliases.learn(&name("a@x.org"), &name("8:b"), 1));
    }
}
