//! `Book`: a person's contacts, groups, privacy and properties, and who has them on a list.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::contact::{Contact, Group, GroupId};
use super::lists::{Lists, Privacy};
use super::store::{ContactRecord, Listed, PersonRecord};
use crate::identity::{PersonId, Who};

/// What a person has written down about others, and knows that others have about them.
#[derive(Clone, Debug, Default)]
pub(super) struct Book {
    contacts: BTreeMap<PersonId, ContactRecord>,
    groups: Vec<Group>,
    privacy: Option<Privacy>,
    properties: BTreeMap<Arc<str>, Arc<str>>,
    listed: BTreeMap<PersonId, ListedBy>,
}

/// Somebody who has, or had, the person on their forward list.
#[derive(Clone, Debug)]
struct ListedBy {
    who: Who,
    name: Arc<str>,
    fact: Listed,
}

impl Book {
    pub(super) fn new(record: &mut PersonRecord) -> Self {
        let contacts = std::mem::take(&mut record.contacts).into_iter();
        let listed = std::mem::take(&mut record.listed).into_iter();
        Self {
            contacts: contacts.map(|one| (one.who.person(), one)).collect(),
            groups: std::mem::take(&mut record.groups),
            privacy: record.privacy,
            properties: std::mem::take(&mut record.properties).into_iter().collect(),
            listed: listed
                .map(|(who, name, fact)| (who.person(), ListedBy { who, name, fact }))
                .collect(),
        }
    }

    /// The lists that the owner has put somebody on.
    pub(super) fn lists(&self, who: PersonId) -> Lists {
        self.contacts
            .get(&who)
            .map_or(Lists::NONE, |contact| contact.lists)
    }

    /// Whether the owner lets somebody see and write to them.
    pub(super) fn admits(&self, who: PersonId, default: Privacy) -> bool {
        self.privacy.unwrap_or(default).admits(self.lists(who))
    }

    /// Whether the owner has somebody on the forward or the allow list: who is on neither is a stranger.
    pub(super) fn knows(&self, who: PersonId) -> bool {
        let lists = self.lists(who);
        lists.contains(Lists::FORWARD) || lists.contains(Lists::ALLOW)
    }

    pub(super) fn contact(&self, who: PersonId) -> Option<&ContactRecord> {
        self.contacts.get(&who)
    }

    pub(super) fn contacts(&self) -> impl Iterator<Item = &ContactRecord> {
        self.contacts.values()
    }

    pub(super) fn len(&self) -> usize {
        self.contacts.len()
    }

    /// Those whom the owner wants to see.
    pub(super) fn forward(&self) -> impl Iterator<Item = &Who> {
        let forward = self
            .contacts()
            .filter(|one| one.lists.contains(Lists::FORWARD));
        forward.map(|one| &one.who)
    }

    /// Those who want to see the owner, as far as the owner knows.
    pub(super) fn watchers(&self) -> impl Iterator<Item = &Who> {
        let listed = self.listed.values().filter(|one| one.fact.lists);
        listed.map(|one| &one.who)
    }

    pub(super) fn is_watched_by(&self, who: PersonId) -> bool {
        self.listed.get(&who).is_some_and(|one| one.fact.lists)
    }

    /// The version of what `who` has stated last; 0 if nothing.
    pub(super) fn stated(&self, who: PersonId) -> u64 {
        self.listed.get(&who).map_or(0, |one| one.fact.version)
    }

    pub(super) fn groups(&self) -> &[Group] {
        &self.groups
    }

    pub(super) fn privacy(&self) -> Option<Privacy> {
        self.privacy
    }

    pub(super) fn properties(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<str>)> {
        self.properties.iter()
    }

    /// Somebody as the owner sees them: the lists that they are on, and those that the owner is on.
    pub(super) fn entry(&self, who: &Who) -> Contact {
        let own = self.contacts.get(&who.person());
        let listed = self.listed.get(&who.person());
        let mut lists = own.map_or(Lists::NONE, |one| one.lists);
        if let Some(listed) = listed.filter(|one| one.fact.lists) {
            lists |= Lists::REVERSE;
            if !listed.fact.answered {
                lists |= Lists::PENDING;
            }
        }
        let name = own.map(|one| &one.name).or(listed.map(|one| &one.name));
        Contact {
            who: who.clone(),
            name: name.cloned().unwrap_or_default(),
            own_name: own.map(|one| one.own_name.clone()).unwrap_or_default(),
            lists,
            groups: own.map(|one| one.groups.clone()).unwrap_or_default(),
        }
    }

    /// Whether somebody stands in the roster.
    pub(super) fn has(&self, who: PersonId) -> bool {
        self.lists(who) != Lists::NONE || self.is_watched_by(who)
    }

    /// Everybody on a list of the owner, and everybody who has the owner on theirs, in the order of
    /// their ids.
    pub(super) fn roster(&self) -> Vec<Contact> {
        let mut all: BTreeMap<PersonId, &Who> = BTreeMap::new();
        let contacts = self.contacts.values();
        // Who is on no list is there only until they have taken that.
        let contacts = contacts.filter(|one| one.lists != Lists::NONE);
        all.extend(contacts.map(|one| (one.who.person(), &one.who)));
        all.extend(self.watchers().map(|who| (who.person(), who)));
        all.values().map(|who| self.entry(who)).collect()
    }

    /// Puts somebody on exactly these lists. Gives what is to be kept, and whether the forward list
    /// has changed, which the contact is to be told.
    pub(super) fn set_lists(
        &mut self,
        who: &Who,
        name: &Arc<str>,
        lists: Lists,
    ) -> (ContactRecord, bool) {
        let entry = self.contacts.entry(who.person());
        let contact = entry.or_insert_with(|| ContactRecord {
            who: who.clone(),
            name: name.clone(),
            lists: Lists::NONE,
            own_name: Arc::default(),
            groups: Vec::new(),
            version: 0,
            told: true,
        });
        let states = contact.lists.contains(Lists::FORWARD) != lists.contains(Lists::FORWARD);
        contact.lists = lists;
        if lists == Lists::NONE {
            contact.own_name = Arc::default();
            contact.groups.clear();
        }
        if states {
            contact.version += 1;
            contact.told = false;
        }
        let kept = contact.clone();
        self.drop_empty(who.person());
        (kept, states)
    }

    /// The contact has taken what was stated with that version; whether that is news.
    pub(super) fn set_told(&mut self, who: PersonId, version: u64) -> bool {
        let open = |contact: &&mut ContactRecord| contact.version == version && !contact.told;
        let Some(contact) = self.contacts.get_mut(&who).filter(open) else {
            return false;
        };
        contact.told = true;
        self.drop_empty(who);
        true
    }

    /// The contact knows something later than was stated: what holds is stated with a version above. Gives
    /// what is to be kept.
    pub(super) fn raise_version(&mut self, who: PersonId, known: u64) -> Option<ContactRecord> {
        let contact = self.contacts.get_mut(&who)?;
        contact.version = known.saturating_add(1);
        contact.told = false;
        Some(contact.clone())
    }

    /// A contact that says nothing any more, and owes nothing, is forgotten.
    fn drop_empty(&mut self, who: PersonId) {
        if self.contacts.get(&who).is_some_and(ContactRecord::is_empty) {
            self.contacts.remove(&who);
        }
    }

    /// What is to be kept if a contact gets another name of the owner's.
    pub(super) fn name_contact(&mut self, who: PersonId, name: &Arc<str>) -> Option<ContactRecord> {
        let contact = self.contacts.get_mut(&who)?;
        contact.own_name = name.clone();
        Some(contact.clone())
    }

    /// A contact is called so by themselves. Not the owner's to keep.
    pub(super) fn rename(&mut self, who: PersonId, name: &Arc<str>) {
        if let Some(contact) = self.contacts.get_mut(&who) {
            contact.name = name.clone();
        }
        if let Some(listed) = self.listed.get_mut(&who) {
            listed.name = name.clone();
        }
    }

    /// Puts a contact into a group or takes them out. Gives what is to be kept; `None` if there is no
    /// such contact or no such group.
    pub(super) fn set_group(
        &mut self,
        who: PersonId,
        group: GroupId,
        inside: bool,
    ) -> Option<ContactRecord> {
        self.groups.iter().find(|one| one.id == group)?;
        let contact = self.contacts.get_mut(&who)?;
        contact.groups.retain(|one| *one != group);
        if inside {
            contact.groups.push(group);
        }
        Some(contact.clone())
    }

    /// Adds a group or gives it another name.
    pub(super) fn put_group(&mut self, group: Group) {
        match self.groups.iter_mut().find(|one| one.id == group.id) {
            Some(known) => *known = group,
            None => self.groups.push(group),
        }
    }

    /// Takes a group away, also from its contacts; whether there was one.
    pub(super) fn remove_group(&mut self, group: GroupId) -> bool {
        let before = self.groups.len();
        self.groups.retain(|one| one.id != group);
        for contact in self.contacts.values_mut() {
            contact.groups.retain(|one| *one != group);
        }
        self.groups.len() < before
    }

    pub(super) fn set_privacy(&mut self, privacy: Privacy) {
        self.privacy = Some(privacy);
    }

    /// Sets a property, or takes it away with an empty value.
    pub(super) fn set_property(&mut self, name: &Arc<str>, value: &Arc<str>) {
        if value.is_empty() {
            self.properties.remove(name);
        } else {
            self.properties.insert(name.clone(), value.clone());
        }
    }

    /// Takes in what `by` states of their forward list. Gives the fact to be kept; `None` if as much or
    /// more is known.
    pub(super) fn take_listed(
        &mut self,
        by: &Who,
        name: &Arc<str>,
        lists: bool,
        version: u64,
    ) -> Option<Listed> {
        if version <= self.stated(by.person()) {
            return None;
        }
        // Who is on a list already has been answered.
        let answered = self.lists(by.person()) != Lists::NONE;
        let fact = Listed {
            lists,
            version,
            answered,
        };
        let listed = ListedBy {
            who: by.clone(),
            name: name.clone(),
            fact,
        };
        self.listed.insert(by.person(), listed);
        Some(fact)
    }

    /// The owner has said what to make of `who`. Gives the fact to be kept, if it is news.
    pub(super) fn answer_listed(&mut self, who: PersonId) -> Option<Listed> {
        let listed = self.listed.get_mut(&who)?;
        let news = !std::mem::replace(&mut listed.fact.answered, true);
        news.then_some(listed.fact)
    }
}

impl ContactRecord {
    /// Whether it says nothing: on no list, without a name, in no group, with nothing left to be told.
    pub fn is_empty(&self) -> bool {
        self.lists == Lists::NONE && self.own_name.is_empty() && self.groups.is_empty() && self.told
    }
}
