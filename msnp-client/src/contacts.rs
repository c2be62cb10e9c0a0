//! The contact list: who is on it, who may see us, who may not.

use std::collections::BTreeMap;

use crate::id::ContactId;

/// One person on the list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contact {
    /// Who.
    pub id: ContactId,
    /// The name that the list gives the person, if any. What people call themselves is in
    /// [`Presence::name`](crate::Presence::name).
    pub name: Option<String>,
    /// On which lists the person is.
    pub lists: Lists,
    /// Groups of the contact list that the person is in, by name.
    pub groups: Vec<String>,
}

impl Contact {
    /// Somebody on these lists, without a name and in no group.
    pub const fn new(id: ContactId, lists: Lists) -> Self {
        Self {
            id,
            name: None,
            lists,
            groups: Vec::new(),
        }
    }
}

/// On which of the lists somebody is (the same bits in every dialect, msnp24.md 14.2).
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Lists(u8);

impl Lists {
    /// The contact list itself: one sees the person's presence.
    pub const FORWARD: Self = Self(1);
    /// The person may see one's presence and write.
    pub const ALLOW: Self = Self(2);
    /// The person may not.
    pub const BLOCK: Self = Self(4);
    /// The person has one on his list.
    pub const REVERSE: Self = Self(8);
    /// The person has asked, one has not decided yet.
    pub const PENDING: Self = Self(16);

    /// The lists with these bits; unknown bits are dropped.
    pub const fn from_bits(bits: u32) -> Self {
        Self((bits & 31) as u8)
    }

    /// The bits.
    pub const fn bits(self) -> u32 {
        self.0 as u32
    }

    /// On none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// On all of `other`.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These and those.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These without those.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// The contact list, bounded.
#[derive(Debug, Default)]
pub(crate) struct Contacts {
    people: BTreeMap<ContactId, Contact>,
    groups: Vec<String>,
}

/// What is told of one person. What is not told stays as it was.
#[derive(Copy, Clone, Debug, Default)]
pub(crate) struct Told<'a> {
    pub(crate) lists: Lists,
    pub(crate) name: Option<&'a str>,
    pub(crate) groups: Option<&'a [String]>,
}

/// What [`Contacts::put`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// New, or different now.
    Changed(Contact),
    /// On no list any more.
    Removed(ContactId),
}

impl Contacts {
    /// Sets what is known of one person. `None`: nothing changed, or the list is full.
    pub(crate) fn put(&mut self, id: ContactId, told: Told<'_>, limit: usize) -> Option<Change> {
        let Told {
            lists,
            name,
            groups,
        } = told;
        if lists.is_empty() {
            return self.people.remove(&id).map(|_| Change::Removed(id));
        }
        if let Some(known) = self.people.get_mut(&id) {
            let name = name.map(str::to_owned).or_else(|| known.name.clone());
            let groups = groups.unwrap_or(&known.groups);
            if known.lists == lists && known.name == name && known.groups == groups {
                return None;
            }
            known.groups = groups.to_vec();
            known.lists = lists;
            known.name = name;
            return Some(Change::Changed(known.clone()));
        }
        if self.people.len() >= limit {
            return None;
        }
        let contact = Contact {
            id: id.clone(),
            name: name.map(str::to_owned),
            lists,
            groups: groups.unwrap_or_default().to_vec(),
        };
        self.people.insert(id, contact.clone());
        Some(Change::Changed(contact))
    }

    /// Removes everybody whom `keep` does not want; gives who went.
    pub(crate) fn retain(&mut self, keep: impl Fn(&ContactId) -> bool) -> Vec<ContactId> {
        let mut gone = Vec::new();
        self.people.retain(|id, _| {
            let stays = keep(id);
            if !stays {
                gone.push(id.clone());
            }
            stays
        });
        gone
    }

    /// Takes somebody out, on whichever lists he is.
    pub(crate) fn remove(&mut self, id: &ContactId) -> Option<Contact> {
        self.people.remove(id)
    }

    pub(crate) fn lists(&self, id: &ContactId) -> Lists {
        self.people.get(id).map(|c| c.lists).unwrap_or_default()
    }

    /// The groups are these.
    pub(crate) fn set_groups(&mut self, groups: &[String]) {
        self.groups = groups.to_vec();
    }

    /// The groups of the list, by name.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().map(String::as_str)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Contact> {
        self.people.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> ContactId {
        ContactId::skype(name).expect(name)
    }

    fn on(lists: Lists) -> Told<'static> {
        Told {
            lists,
            ..Told::default()
        }
    }

    #[test]
    fn a_contact_is_told_when_new_when_changed_and_when_gone_but_not_twice() {
        let mut contacts = Contacts::default();
        let both = Lists::FORWARD.with(Lists::ALLOW);
        let put = |c: &mut Contacts, lists| c.put(id("bob"), on(lists), 9);
        assert!(matches!(put(&mut contacts, both), Some(Change::Changed(c)) if c.lists == both));
        assert_eq!(put(&mut contacts, both), None);
        assert!(matches!(
            put(&mut contacts, Lists::BLOCK),
            Some(Change::Changed(_))
        ));
        assert_eq!(
            put(&mut contacts, Lists::default()),
            Some(Change::Removed(id("bob")))
        );
        assert_eq!(put(&mut contacts, Lists::default()), None);
    }

    #[test]
    fn what_is_not_told_stays_as_it_was() {
        let mut contacts = Contacts::default();
        let groups = ["Friends".to_owned()];
        let told = Told {
            lists: Lists::FORWARD,
            name: Some("Bob"),
            groups: Some(&groups),
        };
        contacts.put(id("bob"), told, 9);
        contacts.put(id("bob"), on(Lists::BLOCK), 9);
        let kept = contacts.iter().map(|c| (c.name.as_deref(), &c.groups[..]));
        assert_eq!(kept.collect::<Vec<_>>(), [(Some("Bob"), &groups[..])]);
        let told = Told {
            groups: Some(&[]),
            ..on(Lists::BLOCK)
        };
        assert!(contacts.put(id("bob"), told, 9).is_some());
        assert_eq!(contacts.put(id("bob"), told, 9), None);
    }

    #[test]
    fn the_list_is_bounded_but_known_people_still_change() {
        let mut contacts = Contacts::default();
        assert!(contacts.put(id("a"), on(Lists::FORWARD), 1).is_some());
        assert!(contacts.put(id("b"), on(Lists::FORWARD), 1).is_none());
        assert!(contacts.put(id("a"), on(Lists::BLOCK), 1).is_some());
        assert_eq!(contacts.iter().count(), 1);
    }

    #[test]
    fn a_whole_roster_removes_whom_it_does_not_name() {
        let mut contacts = Contacts::default();
        for name in ["a", "b", "c"] {
            contacts.put(id(name), on(Lists::FORWARD), 9);
        }
        assert_eq!(contacts.retain(|c| c.name() == "b"), [id("a"), id("c")]);
        assert_eq!(contacts.lists(&id("a")), Lists::default());
    }

    #[test]
    fn bits_that_have_no_name_are_dropped() {
        assert_eq!(Lists::from_bits(0xffff_ffc1), Lists::FORWARD);
    }
}
