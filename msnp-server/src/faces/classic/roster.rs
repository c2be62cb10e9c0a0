//! `Roster`: the contacts and groups as the client knows them, in its names for them.

use std::collections::{BTreeMap, BTreeSet};

use msnp_proto::classic::{ListBits, Word};
use msnp_proto::payload::contacts::Lists as WireLists;
use msnp_proto::{Dialect, Guid};

use crate::account_number::{contact_guid, contact_of};
use crate::identity::{Address, EmailAddress, PersonId, Who};
use crate::network::{Contact, Group, GroupId, Lists};

/// What is known of contacts and groups. Groups have numbers up to MSNP9, which are this connection's own: the whole list
/// is told at each sign-in.
#[derive(Debug, Default)]
pub(super) struct Roster {
    contacts: BTreeMap<PersonId, Contact>,
    groups: Vec<(u32, Group)>,
    last_group: u32,
    /// Whether they were told for the first time.
    has_groups_told: bool,
    /// Counts changes, up to MSNP9 (msnp8-18.md 7.3).
    serial: u32,
    /// Those whom the client has put on the list of the allowed while they were blocked, where nobody is on both. There are
    /// clients that lift a block in this order, and mean the other list once it is lifted.
    to_allow: BTreeSet<PersonId>,
}

impl Roster {
    /// Contacts are as told here; gives those whose lists were other ones before.
    pub(super) fn take(&mut self, contacts: Vec<Contact>) -> Vec<(Lists, Contact)> {
        let mut changed = Vec::new();
        for contact in contacts {
            let before = self.contacts.get(&contact.who.person());
            let before = before.map_or(Lists::NONE, |one| one.lists);
            if before != contact.lists {
                changed.push((before, contact.clone()));
            }
            self.put(contact);
        }
        changed
    }

    /// One contact is as told here.
    pub(super) fn put(&mut self, contact: Contact) {
        let person = contact.who.person();
        if contact.lists == Lists::NONE {
            self.contacts.remove(&person);
        } else {
            self.contacts.insert(person, contact);
        }
    }

    /// Whether somebody is to be allowed once he is not blocked any more.
    pub(super) fn is_to_be_allowed(&self, who: &Who) -> bool {
        self.to_allow.contains(&who.person())
    }

    /// The client has put somebody on the list of the allowed, or has said something else of that list or the other.
    pub(super) fn set_to_be_allowed(&mut self, contact: &Contact, has_allowed: bool) {
        let person = contact.who.person();
        if has_allowed && contact.lists.contains(Lists::BLOCK) {
            self.to_allow.insert(person);
        } else {
            self.to_allow.remove(&person);
        }
    }

    pub(super) fn get(&self, who: &Who) -> Option<&Contact> {
        self.contacts.get(&who.person())
    }

    pub(super) fn get_mut(&mut self, who: &Who) -> Option<&mut Contact> {
        self.contacts.get_mut(&who.person())
    }

    pub(super) fn by_guid(&self, guid: Guid) -> Option<&Contact> {
        self.contacts.get(&contact_of(guid)?)
    }

    pub(super) fn contacts(&self) -> impl Iterator<Item = &Contact> {
        self.contacts.values()
    }

    /// Whether the groups were told before.
    pub(super) const fn has_groups_told(&self) -> bool {
        self.has_groups_told
    }

    /// The groups are as told here; those that are known keep their numbers.
    pub(super) fn take_groups(&mut self, groups: Vec<Group>) {
        self.has_groups_told = true;
        let before = std::mem::take(&mut self.groups);
        for group in groups {
            let known = before.iter().find(|(_, one)| one.id == group.id);
            let number = known.map(|(number, _)| *number);
            self.put_group(number, group);
        }
    }

    /// A group was made; its number.
    pub(super) fn add_group(&mut self, group: Group) -> u32 {
        self.put_group(None, group)
    }

    pub(super) fn rename_group(&mut self, id: GroupId, name: &str) {
        if let Some((_, group)) = self.groups.iter_mut().find(|(_, one)| one.id == id) {
            group.name = name.into();
        }
    }

    /// A group is gone, and nobody is in it any more.
    pub(super) fn remove_group(&mut self, id: GroupId) {
        self.groups.retain(|(_, one)| one.id != id);
        for contact in self.contacts.values_mut() {
            contact.groups.retain(|one| *one != id);
        }
    }

    /// The groups with their numbers, of which 0 belongs to none.
    pub(super) fn groups(&self) -> impl Iterator<Item = (u32, &Group)> {
        self.groups.iter().map(|(number, group)| (*number, group))
    }

    /// The group that a word of the dialect names.
    pub(super) fn group(&self, word: &Word, dialect: Dialect) -> Option<GroupId> {
        let found = if dialect.has_contact_guids() {
            let guid: Guid = word.text().parse().ok()?;
            self.groups().find(|(_, one)| one.id == guid)
        } else {
            let number = word.number()?;
            self.groups().find(|(one, _)| *one == number)
        };
        found.map(|(_, one)| one.id)
    }

    /// What a group is called in the dialect.
    pub(super) fn group_word(&self, id: GroupId, dialect: Dialect) -> Option<Word> {
        let (number, group) = self.groups().find(|(_, one)| one.id == id)?;
        Some(if dialect.has_contact_guids() {
            Word::encode(&group.id.to_string())
        } else {
            Word::encode(&number.to_string())
        })
    }

    /// The list's number, before anything is changed.
    pub(super) fn serial(&self) -> u32 {
        self.serial + 1
    }

    /// Something is changed: the list's number from now on.
    pub(super) fn next_serial(&mut self) -> u32 {
        self.serial = self.serial.saturating_add(1);
        self.serial()
    }

    fn put_group(&mut self, number: Option<u32>, group: Group) -> u32 {
        let number = number.unwrap_or_else(|| {
            self.last_group = self.last_group.saturating_add(1);
            self.last_group
        });
        self.groups.push((number, group));
        number
    }
}

/// The GUID of a contact, since MSNP10.
pub(super) fn guid(who: &Who) -> Guid {
    contact_guid(who.person())
}

/// The lists of a contact as the dialect has them: who is not answered yet is pending since MSNP10 and not on the reverse
/// list meanwhile, as the server of today has it (msnp8-18.md 7.2), and is on that list alone before.
pub(super) fn bits(lists: Lists, dialect: Dialect) -> ListBits {
    let shown = if !dialect.has_list_serials() && lists.contains(Lists::PENDING) {
        lists.without(Lists::REVERSE)
    } else {
        lists.without(Lists::PENDING)
    };
    ListBits(shown.bits().into())
}

/// What a client means by these lists. Whom it hides from does not see its person, for which the network has the one word
/// *blocked*: `MSNPSharp` blocks so, and has told the web service before (soap.md 5.7).
pub(super) fn meant(lists: WireLists) -> WireLists {
    if lists.contains(WireLists::HIDE) {
        lists.without(WireLists::HIDE) | WireLists::BLOCK
    } else {
        lists
    }
}

/// Who is called by this text, if anybody can be.
pub(super) fn address(text: &str) -> Option<Address> {
    EmailAddress::parse(text).ok().map(Address::Email)
}

/// What a contact is shown as: by the name that they chose, or by their account.
pub(super) fn name(contact: &Contact) -> &str {
    if contact.name.is_empty() {
        contact.who.email().as_str()
    } else {
        &contact.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{HomeId, SkypeId};

    fn contact(number: u64, lists: Lists) -> Contact {
        let who = Who::new(
            PersonId::new(number),
            HomeId(0),
            SkypeId::parse("bob").unwrap(),
            EmailAddress::parse("bob@example.org").unwrap(),
        );
        Contact {
            who,
            name: "".into(),
            own_name: "".into(),
            lists,
            groups: Vec::new(),
        }
    }

    #[test]
    fn a_contact_is_found_by_its_guid() {
        let mut roster = Roster::default();
        let bob = contact(u64::MAX - 1, Lists::FORWARD);
        roster.put(bob.clone());
        assert_eq!(roster.by_guid(guid(&bob.who)), Some(&bob));
        assert_eq!(roster.by_guid(Guid::NIL), None);
        assert_eq!(name(&bob), "bob@example.org");
    }

    #[test]
    fn groups_keep_their_numbers() {
        let group = |n: u8, name: &str| Group {
            id: GroupId::from_bytes([n; 16]),
            name: name.into(),
        };
        let mut roster = Roster::default();
        roster.take_groups(vec![group(1, "a"), group(2, "b")]);
        roster.take_groups(vec![group(2, "b"), group(3, "c")]);
        let numbers: Vec<_> = roster
            .groups()
            .map(|(number, one)| (number, &*one.name))
            .collect();
        assert_eq!(numbers, [(2, "b"), (3, "c")]);
        let two = Word::encode("2");
        assert_eq!(roster.group(&two, Dialect::MSNP9), Some(group(2, "b").id));
        assert_eq!(roster.group(&two, Dialect::MSNP10), None);
        let word = roster
            .group_word(group(3, "c").id, Dialect::MSNP10)
            .unwrap();
        assert_eq!(roster.group(&word, Dialect::MSNP10), Some(group(3, "c").id));
    }

    #[test]
    fn who_waits_for_an_answer_is_on_the_list_that_the_dialect_has_for_it() {
        let added = Lists::REVERSE | Lists::PENDING;
        assert_eq!(bits(added, Dialect::MSNP9), ListBits(8));
        assert_eq!(bits(added, Dialect::MSNP10), ListBits(16));
        assert_eq!(
            bits(Lists::FORWARD | Lists::REVERSE, Dialect::MSNP10),
            ListBits(9)
        );
    }
}
