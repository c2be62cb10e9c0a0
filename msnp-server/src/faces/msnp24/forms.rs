//! `Forms`: by which of their addresses this connection calls people.
//!
//! One person has several addresses, and a client may know only one of them: who speaks and lists
//! people as `1:address` is answered with `1:address`, never with a name that is on none of its
//! lists. So the form used last by this connection counts, for a person whom it never named the
//! `8:` name; but `BitlBee`, of version 1, has its contacts from the address book, and knows none by that name.

use std::collections::BTreeMap;

use msnp_proto::Address as Muri;

use crate::faces::layered::address;
use crate::identity::{Address, Who};

/// The forms that one connection uses.
#[derive(Debug, Default)]
pub(super) struct Forms {
    uses: BTreeMap<Address, Use>,
    /// Rises with each use.
    clock: u64,
    /// What a person is called whom the client never named.
    prefers_email: bool,
}

#[derive(Debug)]
struct Use {
    last: u64,
    /// The client was told which `8:` name belongs to this e-mail address, or is about to be.
    introduced: bool,
}

/// Addresses that are remembered; the one that was not used for longest is forgotten. More than an
/// account may have contacts by default.
const LIMIT: usize = 2048;

/// People who are introduced at once; others are when they are named again.
const INTRODUCTIONS: usize = 128;

impl Forms {
    /// None used yet, by a client with a feature set of this version.
    pub(super) fn of_version(version: u32) -> Self {
        Self {
            prefers_email: version < 2,
            ..Self::default()
        }
    }

    /// The client has used this address.
    pub(super) fn note(&mut self, address: &Address) {
        // Whoever names people by `8:` only, as most do, costs nothing.
        if matches!(address, Address::Skype(_)) && self.uses.is_empty() {
            return;
        }
        self.clock += 1;
        let last = self.clock;
        if let Some(known) = self.uses.get_mut(address) {
            known.last = last;
            return;
        }
        if self.uses.len() >= LIMIT {
            let oldest = self.uses.iter().min_by_key(|(_, one)| one.last);
            if let Some(oldest) = oldest.map(|(address, _)| address.clone()) {
                self.uses.remove(&oldest);
            }
        }
        let introduced = false;
        self.uses.insert(address.clone(), Use { last, introduced });
    }

    /// Those of the people `named` whom the client calls by an e-mail address without knowing which `8:`
    /// name belongs to it; from now on it does. At most so many at once that they fit a frame, and
    /// without the client's `own`.
    pub(super) fn introductions(&mut self, named: &[Address], own: Option<&Who>) -> Vec<Address> {
        let others = named.iter();
        let others = others.filter(|one| !own.is_some_and(|who| who.is_at(one)));
        let new = others.filter(|one| self.introduce(one));
        new.take(INTRODUCTIONS).cloned().collect()
    }

    fn introduce(&mut self, address: &Address) -> bool {
        let used = self.uses.get_mut(address);
        let used = used.filter(|_| matches!(address, Address::Email(_)));
        used.is_some_and(|used| !std::mem::replace(&mut used.introduced, true))
    }

    /// It does not after all.
    pub(super) fn not_introduced(&mut self, address: &Address) {
        if let Some(used) = self.uses.get_mut(address) {
            used.introduced = false;
        }
    }

    /// Whether the client has ever named this person by the e-mail address.
    pub(super) fn knows_email(&self, who: &Who) -> bool {
        self.last_use(&Address::Email(who.email().clone())) > 0
    }

    /// The address of a person in the form that this client uses.
    pub(super) fn muri(&self, who: &Who) -> Muri {
        let skype = Address::Skype(who.skype_id().clone());
        let email = Address::Email(who.email().clone());
        let by_email = match (self.last_use(&email), self.last_use(&skype)) {
            (0, 0) => self.prefers_email,
            (by_email, by_skype) => by_email > by_skype,
        };
        address::of_person(if by_email { &email } else { &skype })
    }

    fn last_use(&self, address: &Address) -> u64 {
        self.uses.get(address).map_or(0, |one| one.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{EmailAddress, HomeId, PersonId, SkypeId};

    fn bob() -> Who {
        Who::new(
            PersonId::new(2),
            HomeId(0),
            SkypeId::parse("live:bob").unwrap(),
            EmailAddress::parse("bob@example.org").unwrap(),
        )
    }

    fn address(text: &str) -> Address {
        address::person(&text.parse().unwrap()).unwrap()
    }

    #[test]
    fn the_form_used_last_counts() {
        let mut forms = Forms::default();
        assert_eq!(forms.muri(&bob()).as_str(), "8:live:bob");
        assert!(!forms.knows_email(&bob()));
        for (used, form) in [
            ("8:live:bob", "8:live:bob"),
            ("1:Bob@example.org", "1:bob@example.org"),
            ("1:carol@example.org", "1:bob@example.org"),
            ("8:live:bob", "8:live:bob"),
            ("1:bob@example.org", "1:bob@example.org"),
        ] {
            forms.note(&address(used));
            assert_eq!(forms.muri(&bob()).as_str(), form, "{used}");
        }
        assert!(forms.knows_email(&bob()));
    }

    #[test]
    fn an_email_address_is_introduced_once() {
        let mut forms = Forms::default();
        let (email, name) = (address("1:bob@example.org"), address("8:live:bob"));
        let both = [name.clone(), email.clone(), email.clone()];
        assert_eq!(forms.introductions(&both, None), [], "none was used");
        forms.note(&email);
        forms.note(&name);
        assert_eq!(
            forms.introductions(&both, Some(&bob())),
            [],
            "it is oneself"
        );
        assert_eq!(
            forms.introductions(&both, None),
            std::slice::from_ref(&email)
        );
        forms.note(&email);
        assert_eq!(forms.introductions(&both, None), []);
        forms.not_introduced(&email);
        assert_eq!(forms.introductions(&both, None), [email]);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut forms = Forms::default();
        forms.note(&address("1:bob@example.org"));
        for n in 0..LIMIT {
            forms.note(&address(&format!("1:n{n}@example.org")));
        }
        assert_eq!(forms.uses.len(), LIMIT);
        assert_eq!(forms.muri(&bob()).as_str(), "8:live:bob");
        assert!(forms.uses.contains_key(&address("1:n0@example.org")));
    }

    #[test]
    fn who_only_uses_names_costs_nothing() {
        let mut forms = Forms::default();
        forms.note(&address("8:live:bob"));
        assert!(forms.uses.is_empty());
    }
}
