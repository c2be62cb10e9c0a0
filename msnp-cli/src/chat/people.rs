//! `People`: who there is, oneself included, and what everybody is called.

use std::collections::BTreeMap;

use msnp_client::{Contact, ContactId, Lists, Presence, Status};

use super::room::Room;
use super::slash::{self, FindError};
use crate::shown;

/// Somebody's address as people write it: without the number of the network that the protocol puts in front.
pub(super) fn bare(id: &ContactId) -> String {
    shown::prose_line(id.name())
}

/// Somebody, as far as anything is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Person {
    contact: Option<Contact>,
    presence: Presence,
}

impl Person {
    /// Whether this person is on the given list.
    pub(super) fn is_on(&self, list: Lists) -> bool {
        self.contact
            .as_ref()
            .is_some_and(|contact| contact.lists.contains(list))
    }

    /// Whether this person added one and was not answered: neither added nor blocked. Not every dialect has a list of those
    /// who wait, but each tells who has one on theirs.
    pub(super) fn wants_in(&self) -> bool {
        (self.is_on(Lists::PENDING) || self.is_on(Lists::REVERSE))
            && !self.is_on(Lists::FORWARD)
            && !self.is_on(Lists::BLOCK)
    }

    /// What is known of this person's presence.
    pub(super) const fn presence(&self) -> &Presence {
        &self.presence
    }
}

/// Everybody.
#[derive(Debug)]
pub(super) struct People {
    me: Option<ContactId>,
    own: Presence,
    known: BTreeMap<ContactId, Person>,
}

impl People {
    /// Nobody but `me`, as far as one can tell who that is.
    pub(super) fn new(me: Option<ContactId>) -> Self {
        Self {
            me,
            own: Presence::default(),
            known: BTreeMap::new(),
        }
    }

    /// The service knows oneself by this name; gives the one before, if it was another.
    pub(super) fn set_me(&mut self, me: &ContactId) -> Option<ContactId> {
        let before = self.me.replace(me.clone())?;
        (before != *me).then_some(before)
    }

    /// What oneself looks like to others.
    pub(super) fn set_own(&mut self, own: Presence) {
        self.own = own;
    }

    /// The same, to be changed.
    pub(super) const fn own_mut(&mut self) -> &mut Presence {
        &mut self.own
    }

    /// Somebody is on lists, or on others than before.
    pub(super) fn set_contact(&mut self, contact: Contact) {
        let id = contact.id.clone();
        self.known.entry(id).or_default().contact = Some(contact);
    }

    /// Somebody is on no list any more.
    pub(super) fn remove_contact(&mut self, id: &ContactId) {
        if let Some(person) = self.known.get_mut(id) {
            person.contact = None;
        }
    }

    /// Two names are one person's. What is known under the one that stays is newer.
    pub(super) fn unite(&mut self, before: &ContactId, after: &ContactId) {
        if let Some(person) = self.known.remove(before) {
            self.known.entry(after.clone()).or_insert(person);
        }
        if self.is_me(before) {
            self.me = Some(after.clone());
        }
    }

    /// Somebody's presence is now so; gives the status before.
    pub(super) fn set_presence(&mut self, id: &ContactId, presence: Presence) -> Status {
        let person = self.known.entry(id.clone()).or_default();
        std::mem::replace(&mut person.presence, presence).status
    }

    /// Who one is, as far as it is known.
    pub(super) const fn me(&self) -> Option<&ContactId> {
        self.me.as_ref()
    }

    /// Whether that is oneself.
    pub(super) fn is_me(&self, id: &ContactId) -> bool {
        self.me.as_ref() == Some(id)
    }

    /// What oneself looks like to others.
    pub(super) const fn own(&self) -> &Presence {
        &self.own
    }

    /// Somebody of whom something is known.
    pub(super) fn get(&self, id: &ContactId) -> Option<&Person> {
        self.known.get(id)
    }

    /// Whether somebody is on the given list.
    pub(super) fn is_on(&self, id: &ContactId, list: Lists) -> bool {
        self.get(id).is_some_and(|person| person.is_on(list))
    }

    /// Whether somebody added one and was not answered.
    pub(super) fn wants_in(&self, id: &ContactId) -> bool {
        self.get(id).is_some_and(Person::wants_in)
    }

    /// Whether somebody is on a list by one's own doing.
    pub(super) fn is_listed(&self, id: &ContactId) -> bool {
        self.get(id)
            .is_some_and(|person| person.contact.is_some() && !person.wants_in())
    }

    /// Everybody of whom something is known, oneself aside.
    pub(super) fn others(&self) -> impl Iterator<Item = &ContactId> {
        self.known.keys().filter(|id| !self.is_me(id))
    }

    /// What somebody is called: by himself, by the list, or by address without its network.
    pub(super) fn name(&self, id: &ContactId) -> String {
        let own = self.is_me(id).then_some(&self.own.name);
        let person = self.known.get(id);
        let listed = person.and_then(|person| person.contact.as_ref()?.name.as_ref());
        let called = person.and_then(|person| person.presence.name.as_ref());
        let name = own.and_then(|own| own.as_ref()).or(called).or(listed);
        match name.map(|name| shown::prose_line(name)) {
            Some(name) if !name.trim().is_empty() => name,
            _ => bare(id),
        }
    }

    /// What a room is called.
    pub(super) fn title(&self, room: &Room) -> String {
        let Some(id) = room.id() else {
            return "Notices".to_owned();
        };
        if let Some(contact) = id.contact() {
            return self.name(contact);
        }
        match room.topic() {
            Some(topic) if !topic.trim().is_empty() => shown::prose_line(topic),
            _ => {
                let members = room.members().iter().map(|member| &member.contact);
                let others = members.filter(|id| !self.is_me(id));
                let names: Vec<String> = others.map(|id| self.name(id)).collect();
                if names.is_empty() {
                    "Group".to_owned()
                } else {
                    names.join(", ")
                }
            }
        }
    }

    /// The contact list as it is shown: who is online first, then by name.
    pub(super) fn listed(&self) -> Vec<(&ContactId, &Person)> {
        let mut people: Vec<_> = self
            .known
            .iter()
            .filter(|(_, person)| {
                person.is_on(Lists::FORWARD) || person.is_on(Lists::PENDING) || person.wants_in()
            })
            .collect();
        people.sort_by_cached_key(|(id, person)| {
            (
                !person.presence.status.is_online(),
                self.name(id).to_lowercase(),
            )
        });
        people
    }

    /// What one types for somebody: the name if it is one word that nobody else has, else the address.
    pub(super) fn word(&self, id: &ContactId) -> String {
        let name = self.name(id);
        let is_word = !name.is_empty() && !name.contains(char::is_whitespace);
        if is_word && self.find(&name).is_ok_and(|found| found == *id) {
            name
        } else {
            bare(id)
        }
    }

    /// Whom somebody means who types this name.
    pub(super) fn find(&self, name: &str) -> Result<ContactId, FindError> {
        let called: Vec<(&ContactId, String)> =
            self.known.keys().map(|id| (id, self.name(id))).collect();
        slash::find(name, called.iter().map(|(id, name)| (*id, name.as_str())))
    }
}
