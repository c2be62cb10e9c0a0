//! The people around oneself: who is on the list, how they are, and by which names they go.
//!
//! One person has one [`ContactId`], whichever of his names is used. A person can be named by e-mail address
//! (`1:bob@example.org`) before anybody has told that this is `8:live:bob`. On MSNP24 a service tells it so,
//! which is an extension of ours like the pushed list itself:
//!
//! * Whoever is named `1:address` in a command is told about under the form that this connection has used last
//!   for him, else under `8:name`.
//! * When a connection that was pushed the list names a person for the first time by an address that is not
//!   his `8:` name (in `PUT` or `DEL MSGR\CONTACTS`, as `To` of `SDG`, in `PUT MSGR\THREAD` …), the service
//!   pushes his entry: `NFY 0 MSGR\CONTACTS` with
//!   `<ml><skp><c n="live:bob" t="8" a="bob@example.org" f="Bob"><s n="IM" l="3"/></c></skp></ml>`. The attribute
//!   `a` is the address by which the receiver has named him; `l` are his lists as ever, 0 for none.
//! * The whole list has `a` too where its owner has listed somebody by an address.
//!
//! From then on the `8:` name is *the* name: what was learnt under the address is told as renamed
//! ([`Event::ContactRenamed`]), and whatever comes under the address later counts for the name. A service that
//! never says `a` has the two forms stand for two people, as before.

use machine_contract::SortedSet;

use crate::aliases::Aliases;
use crate::contacts::{Change, Contact, Contacts, Lists, Told};
use crate::event::Event;
use crate::fact::{RosterEntry, RosterUpdate};
use crate::id::{ContactId, ConversationId};
use crate::limits::Limits;
use crate::presence::{Departure, EndpointId, OwnPresence, People, Presence, PresenceUpdate};

/// Everybody of whom anything is known, oneself included.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    contacts: Contacts,
    people: People,
    aliases: Aliases,
    me: Option<ContactId>,
    others_allowed: Option<bool>,
}

impl Roster {
    /// A roster of nobody; `me` as far as it is configured.
    pub(crate) fn new(me: Option<ContactId>) -> Self {
        Self {
            me,
            ..Self::default()
        }
    }

    /// Oneself.
    pub(crate) const fn me(&self) -> Option<&ContactId> {
        self.me.as_ref()
    }

    /// The service knows oneself by this name, and the login name is one too. `Some`: the login name, if that
    /// is what oneself was called before.
    pub(crate) fn set_me(
        &mut self,
        me: &ContactId,
        login: Option<&ContactId>,
        limits: &Limits,
    ) -> Option<ContactId> {
        if let Some(login) = login {
            self.aliases.learn(login, me, limits.contacts);
        }
        // A service that is only shown the login name has said once what it stands for.
        let me = self.aliases.resolve(me);
        let before = self.me.replace(me.clone()).filter(|before| *before != me)?;
        // Any other name was another account's: cookies that the host keeps may be somebody else's now.
        if Some(&before) != login {
            return None;
        }
        self.people.rename(&before, &me);
        Some(before)
    }

    /// The name that stays of whoever is called so.
    pub(crate) fn resolve(&self, name: &ContactId) -> ContactId {
        self.aliases.resolve(name)
    }

    /// The same for a conversation.
    pub(crate) fn resolve_in(&self, conversation: &ConversationId) -> ConversationId {
        match conversation.contact() {
            Some(contact) => self.resolve(contact).into(),
            None => conversation.clone(),
        }
    }

    pub(crate) fn contacts(&self) -> impl Iterator<Item = &Contact> {
        self.contacts.iter()
    }

    /// The groups of the list.
    pub(crate) fn contact_groups(&self) -> impl Iterator<Item = &str> {
        self.contacts.groups()
    }

    /// Takes in what an update says of the list as a whole: its groups, and who else is let in.
    pub(crate) fn take_whole(&mut self, update: &RosterUpdate) {
        if let Some(groups) = &update.groups {
            self.contacts.set_groups(groups);
        }
        self.others_allowed = update.others_allowed.or(self.others_allowed);
    }

    /// Whether whoever is on no list may see one and write, once a service has said so.
    pub(crate) const fn others_allowed(&self) -> Option<bool> {
        self.others_allowed
    }

    /// On which lists somebody is.
    pub(crate) fn lists(&self, who: &ContactId) -> Lists {
        self.contacts.lists(&self.resolve(who))
    }

    /// How somebody is.
    pub(crate) fn presence(&self, who: &ContactId) -> Presence {
        self.people.get(&self.resolve(who))
    }

    /// Takes in an entry of the list, as the service tells it. What was known under another name that it says
    /// is known under the name that stays from now on, where it is not known better there: each
    /// [`Event::ContactRenamed`] is to be followed wherever names are kept.
    pub(crate) fn put(&mut self, entry: &RosterEntry, limits: &Limits) -> Vec<Event> {
        let renamed = self.learn_alias(entry, limits);
        let mut events = Vec::new();
        let mut name = entry.name.clone();
        if let Some((before, now)) = renamed.clone() {
            let provisional = self.contacts.remove(&before);
            let removed = provisional.as_ref().map(|it| it.id.clone());
            name = name.or(provisional.and_then(|it| it.name));
            events.push(Event::ContactRenamed { before, now });
            events.extend(removed.map(Event::ContactRemoved));
        }
        let id = self.resolve(&entry.id);
        let told = Told {
            lists: entry.lists,
            name: name.as_deref(),
            groups: entry.groups.as_deref(),
        };
        let change = self.contacts.put(id, told, limits.contacts);
        events.extend(self.changed(change));
        if let Some((before, now)) = &renamed {
            let known = self.people.get(now);
            self.people.rename(before, now);
            let presence = self.people.get(now);
            if presence != known {
                let contact = now.clone();
                events.push(Event::PresenceChanged { contact, presence });
            }
        }
        events
    }

    /// The provisional name and the one that stays, if the entry tells of them and that is news.
    fn learn_alias(
        &mut self,
        entry: &RosterEntry,
        limits: &Limits,
    ) -> Option<(ContactId, ContactId)> {
        let alias = entry.alias.as_ref()?;
        // Nobody becomes oneself, and oneself nobody else, because a list says so.
        let is_me = |name| self.me.as_ref() == Some(&self.resolve(name));
        if is_me(alias) || is_me(&entry.id) {
            return None;
        }
        let is_news = self.aliases.learn(alias, &entry.id, limits.contacts);
        is_news.then(|| (alias.clone(), self.resolve(alias)))
    }

    /// Removes whom a whole list does not name.
    pub(crate) fn retain(&mut self, update: &RosterUpdate) -> Vec<Event> {
        let named: SortedSet<_> = update
            .entries
            .iter()
            .map(|entry| self.resolve(&entry.id))
            .collect();
        let gone = self.contacts.retain(|id| named.contains(id));
        gone.into_iter()
            .filter_map(|id| self.changed(Some(Change::Removed(id))))
            .collect()
    }

    /// A change of the lists was accepted.
    pub(crate) fn set_lists(
        &mut self,
        who: &ContactId,
        lists: Lists,
        limits: &Limits,
    ) -> Option<Event> {
        let who = self.resolve(who);
        let told = Told {
            lists,
            ..Told::default()
        };
        let change = self.contacts.put(who, told, limits.contacts);
        self.changed(change)
    }

    fn changed(&mut self, change: Option<Change>) -> Option<Event> {
        Some(match change? {
            Change::Changed(contact) => Event::ContactChanged(contact),
            Change::Removed(contact) => {
                self.people.remove(&contact);
                Event::ContactRemoved(contact)
            }
        })
    }

    /// How somebody is now.
    pub(crate) fn update_presence(
        &mut self,
        who: &ContactId,
        update: &PresenceUpdate,
        endpoint: EndpointId,
        limits: &Limits,
    ) -> Option<Event> {
        let who = self.resolve(who);
        let presence = self.people.put(&who, update, limits)?;
        Some(self.present(who, presence, endpoint))
    }

    /// Somebody, or one of his endpoints, is gone.
    pub(crate) fn depart(
        &mut self,
        who: &ContactId,
        departure: Departure,
        endpoint: EndpointId,
        limits: &Limits,
    ) -> Option<Event> {
        let who = self.resolve(who);
        let presence = self.people.depart(&who, departure, limits)?;
        Some(self.present(who, presence, endpoint))
    }

    fn present(&self, who: ContactId, presence: Presence, endpoint: EndpointId) -> Event {
        if self.me.as_ref() == Some(&who) {
            Event::OwnPresence(OwnPresence {
                presence,
                this_endpoint: endpoint,
            })
        } else {
            Event::PresenceChanged {
                contact: who,
                presence,
            }
        }
    }

    /// Nothing is known any more of how people are: who was online, as offline.
    pub(crate) fn forget_presence(&mut self) -> Vec<Event> {
        let gone = self.people.forget().into_iter();
        gone.filter(|(contact, _)| self.me.as_ref() != Some(contact))
            .map(|(contact, presence)| Event::PresenceChanged { contact, presence })
            .collect()
    }
}
