//! One person as `Memory` keeps them.

use std::collections::BTreeMap;
use std::sync::Arc;

use machine_contract::Secret;

use super::mailbox::Mailbox;
use crate::account::{AccessToken, Account};
use crate::identity::{PersonId, Who};
use crate::network::{ContactRecord, Group, GroupId, Listed, PersonRecord, Privacy};

/// One person.
#[derive(Debug)]
pub(super) struct Person {
    account: Account,
    access_tokens: Vec<AccessToken>,
    contacts: BTreeMap<PersonId, ContactRecord>,
    groups: Vec<Group>,
    privacy: Option<Privacy>,
    properties: BTreeMap<Arc<str>, Arc<str>>,
    listed: BTreeMap<Who, Listed>,
    mailbox: Mailbox,
}

impl Person {
    /// Somebody who has done nothing yet.
    pub(super) fn new(account: Account) -> Self {
        Self {
            account,
            access_tokens: Vec::new(),
            contacts: BTreeMap::new(),
            groups: Vec::new(),
            privacy: None,
            properties: BTreeMap::new(),
            listed: BTreeMap::new(),
            mailbox: Mailbox::default(),
        }
    }

    pub(super) fn set_name(&mut self, name: Arc<str>) {
        self.account.name = name;
    }

    pub(super) fn set_password_hash(&mut self, hash: Secret<String>) {
        self.account.password_hash = hash;
    }

    pub(super) fn add_access_token(&mut self, token: AccessToken) -> bool {
        let mut known = self.access_tokens.iter();
        let new = known.all(|known| known.number != token.number);
        if new {
            self.access_tokens.push(token);
        }
        new
    }

    pub(super) fn access_tokens(&self) -> &[AccessToken] {
        &self.access_tokens
    }

    pub(super) fn set_contact(&mut self, contact: &ContactRecord) {
        if contact.is_empty() {
            self.contacts.remove(&contact.who.person());
        } else {
            self.contacts.insert(contact.who.person(), contact.clone());
        }
    }

    pub(super) fn set_told(&mut self, contact: PersonId, version: u64) {
        let Some(known) = self.contacts.get_mut(&contact) else {
            return;
        };
        if known.version == version {
            known.told = true;
            if known.is_empty() {
                self.contacts.remove(&contact);
            }
        }
    }

    pub(super) fn set_group(&mut self, group: &Group) {
        match self.groups.iter_mut().find(|known| known.id == group.id) {
            Some(known) => known.name = Arc::clone(&group.name),
            None => self.groups.push(group.clone()),
        }
    }

    pub(super) fn remove_group(&mut self, id: GroupId) {
        self.groups.retain(|group| group.id != id);
        self.contacts.retain(|_, contact| {
            contact.groups.retain(|group| *group != id);
            !contact.is_empty()
        });
    }

    pub(super) fn set_privacy(&mut self, privacy: Privacy) {
        self.privacy = Some(privacy);
    }

    pub(super) fn set_property(&mut self, name: &Arc<str>, value: &Arc<str>) {
        if value.is_empty() {
            self.properties.remove(name);
        } else {
            self.properties.insert(Arc::clone(name), Arc::clone(value));
        }
    }

    pub(super) fn set_listed(&mut self, by: &Who, fact: Listed) {
        self.listed.insert(by.clone(), fact);
    }

    pub(super) fn mailbox_mut(&mut self) -> &mut Mailbox {
        &mut self.mailbox
    }

    pub(super) fn mailbox(&self) -> &Mailbox {
        &self.mailbox
    }

    pub(super) fn account(&self) -> &Account {
        &self.account
    }

    /// All that a rule can need; `name` knows what others call themselves.
    pub(super) fn record(&self, name: impl Fn(&Who) -> Arc<str>) -> PersonRecord {
        let contacts = self.contacts.values().map(|contact| ContactRecord {
            name: name(&contact.who),
            ..contact.clone()
        });
        let listed = self.listed.iter();
        PersonRecord {
            who: self.account.who.clone(),
            name: Arc::clone(&self.account.name),
            contacts: contacts.collect(),
            groups: self.groups.clone(),
            privacy: self.privacy,
            properties: self
                .properties
                .iter()
                .map(|(name, value)| (Arc::clone(name), Arc::clone(value)))
                .collect(),
            listed: listed
                .map(|(by, fact)| (by.clone(), name(by), *fact))
                .collect(),
            last: self.mailbox.last(),
            waiting: self.mailbox.waiting(),
            sent: self.mailbox.sent(),
        }
    }
}
