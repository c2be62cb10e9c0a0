//! Contact lists: who is on which list of whom, and who hears of a change.
//!
//! The historic clients changed their contacts elsewhere; that `MSGR\CONTACTS` is kept, pushed and
//! answered is an extension of ours. `PUT` puts each named contact on exactly the lists that the
//! `l` of its `IM` service says (1 forward, 2 allow, 4 block; block wins over allow). `DEL` takes
//! the named lists away, or all if none is named. `NFY 0 MSGR\CONTACTS` with `l="1"` on `<ml>` is
//! the whole list, without it a change, in which `l="0"` means gone; bit 8 says that the contact
//! has the receiver on its own forward list.

use std::collections::BTreeMap;

use bytes::Bytes;
use msnp_proto::msnp24::{Channel, Envelope};
use msnp_proto::payload::contacts::{Contact, ContactList, Lists};
use msnp_proto::payload::presence::{UserDocument, service};
use msnp_proto::payload::xml::Element;
use msnp_proto::{Address, Network, TrId, Verb};

use super::dispatch::{Asked, Me};
use super::effect::ConnectionId;
use super::refusal::Refusal;
use super::server::NotificationServer;
use super::store::Store;
use crate::accounts::{SignInAddress, SkypeId};

/// The lists that a client can change.
const SETTABLE: Lists = Lists(Lists::FORWARD.0 | Lists::ALLOW.0 | Lists::BLOCK.0);

/// Display names above this are left out, so that a whole list stays below the 1 MiB of a frame.
const ROSTER_NAME_BYTES: usize = 128;

impl<S: Store> NotificationServer<S> {
    /// `PUT MSGR\CONTACTS`. Contacts of other networks and oneself are passed over, as clients
    /// send both (msnp24.md 9, 14.2); it is refused if nobody named has an account here.
    pub(super) fn put_contacts(
        &mut self,
        asked: &Asked,
        list: &ContactList,
    ) -> Result<(), Refusal<S::Error>> {
        let me = self.me(asked.connection)?;
        let mut changes = Vec::new();
        for (contact, lists) in self.named(&me, list)? {
            let before = self.store.lists(&me.who, &contact)?;
            changes.push((
                contact,
                before,
                settable(lists.unwrap_or(Lists::FORWARD | Lists::ALLOW)),
            ));
        }
        let new = changes
            .iter()
            .filter(|(_, before, _)| *before == Lists::NONE)
            .count();
        if new > 0 && self.store.contacts(&me.who)?.len() + new > self.config.contacts {
            return Err(Refusal::LIST_FULL);
        }
        self.change_contacts(asked, &me, &changes)
    }

    /// `DEL MSGR\CONTACTS`
    pub(super) fn remove_contacts(
        &mut self,
        asked: &Asked,
        list: &ContactList,
    ) -> Result<(), Refusal<S::Error>> {
        let me = self.me(asked.connection)?;
        let mut changes = Vec::new();
        for (contact, lists) in self.named(&me, list)? {
            let before = self.store.lists(&me.who, &contact)?;
            let taken = lists
                .filter(|lists| *lists != Lists::NONE)
                .unwrap_or(SETTABLE);
            if before != Lists::NONE {
                changes.push((contact, before, before.without(taken)));
            }
        }
        if changes.is_empty() {
            return Err(Refusal::NOT_ON_LIST);
        }
        self.change_contacts(asked, &me, &changes)
    }

    /// `NFY 0 MSGR\CONTACTS` with everyone on the list, and everyone who has `me` on theirs.
    pub(super) fn push_roster(&mut self, me: &Me) -> Result<(), Refusal<S::Error>> {
        let mut all = self.store.contacts(&me.who)?;
        for watcher in self.store.watchers(&me.who, self.config.contacts)? {
            match all.binary_search_by(|(contact, _)| contact.cmp(&watcher)) {
                Ok(at) => {
                    if let Some((_, lists)) = all.get_mut(at) {
                        *lists |= Lists::REVERSE;
                    }
                }
                Err(at) => all.insert(at, (watcher, Lists::REVERSE)),
            }
        }
        let mut entries = Vec::with_capacity(all.len());
        for (contact, lists) in all {
            entries.push(self.entry(&contact, lists)?);
        }
        let root = Element::new("ml").with_attribute("l", "1");
        self.push_contacts(me.connection, &document(root, entries));
        Ok(())
    }

    /// Writes the changes, answers, and tells everyone whom they concern.
    fn change_contacts(
        &mut self,
        asked: &Asked,
        me: &Me,
        changes: &[(SkypeId, Lists, Lists)],
    ) -> Result<(), Refusal<S::Error>> {
        let after = changes.iter();
        let after: Vec<_> = after.map(|(who, _, after)| (who.clone(), *after)).collect();
        self.store.set_lists(&me.who, &after)?;
        self.reply(asked, Bytes::new());
        let told = self.tell_of_changes(me, changes);
        self.note(told);
        Ok(())
    }

    fn tell_of_changes(
        &mut self,
        me: &Me,
        changes: &[(SkypeId, Lists, Lists)],
    ) -> Result<(), Refusal<S::Error>> {
        let mut entries = Vec::with_capacity(changes.len());
        for (contact, _, after) in changes {
            let lists = *after | self.reverse(&me.who, contact)?;
            entries.push(self.entry(contact, lists)?);
        }
        let pushed = document(Element::new("ml"), entries);
        for connection in self.endpoints_of(&me.who) {
            if connection != me.connection
                && self.endpoint(connection).is_some_and(|one| one.roster_sent)
            {
                self.push_contacts(connection, &pushed);
            }
        }
        for (contact, before, after) in changes {
            self.change_of_sight(&me.who, contact, *before, *after)?;
        }
        Ok(())
    }

    /// `owner` put `contact` on other lists: each may now see the other, or no longer.
    fn change_of_sight(
        &mut self,
        owner: &SkypeId,
        contact: &SkypeId,
        before: Lists,
        after: Lists,
    ) -> Result<(), Refusal<S::Error>> {
        let saw = before.contains(Lists::FORWARD);
        let sees = after.contains(Lists::FORWARD);
        if sees
            && !saw
            && let Some(document) = self.shown_to(contact, owner)?
        {
            self.show(owner, contact, &Channel::Put, &document);
        }
        if sees != saw {
            self.push_reverse(contact, owner)?;
        }
        let (admitted, admits) = (self.admits_listed(before), self.admits_listed(after));
        let is_watched = self.store.lists(contact, owner)?.contains(Lists::FORWARD);
        let shown = self.users.get(owner).and_then(|user| user.shown.clone());
        if let (true, true, Some(document)) = (admitted != admits, is_watched, shown) {
            if admits {
                self.show(contact, owner, &Channel::Put, &document);
            } else {
                self.show(
                    contact,
                    owner,
                    &Channel::Del,
                    &UserDocument::offline().encode(),
                );
            }
        }
        Ok(())
    }

    /// Tells `who` that `other` has put them on its forward list, or taken them off. Not if `who`
    /// has blocked `other`.
    fn push_reverse(&mut self, who: &SkypeId, other: &SkypeId) -> Result<(), Refusal<S::Error>> {
        let lists = self.store.lists(who, other)?;
        if lists.contains(Lists::BLOCK) || !self.config.push_roster {
            return Ok(());
        }
        let lists = lists | self.reverse(who, other)?;
        let entry = self.entry(other, lists)?;
        let pushed = document(Element::new("ml"), vec![entry]);
        for connection in self.endpoints_of(who) {
            if self.endpoint(connection).is_some_and(|one| one.roster_sent) {
                self.push_contacts(connection, &pushed);
            }
        }
        Ok(())
    }

    fn push_contacts(&mut self, connection: ConnectionId, document: &Bytes) {
        if !self.config.push_roster {
            return;
        }
        let Some(endpoint) = self.endpoint(connection) else {
            return;
        };
        let mut envelope = Envelope::new(Verb::NFY, TrId(0), Channel::Contacts);
        endpoint.put_context(&mut envelope);
        envelope.body = document.clone();
        self.send(connection, &envelope.to_frame());
    }

    /// Bit 8 if `other` has `who` on its forward list.
    fn reverse(&self, who: &SkypeId, other: &SkypeId) -> Result<Lists, S::Error> {
        let listed = self.store.lists(other, who)?.contains(Lists::FORWARD);
        Ok(if listed { Lists::REVERSE } else { Lists::NONE })
    }

    fn entry(&self, contact: &SkypeId, lists: Lists) -> Result<Element, S::Error> {
        let entry = Element::new("c")
            .with_attribute("n", contact.as_str())
            .with_attribute("t", Network::SKYPE.to_string());
        let entry = match self.store.account(contact)? {
            Some(account) if account.display_name.len() <= ROSTER_NAME_BYTES => {
                entry.with_attribute("f", account.display_name)
            }
            _ => entry,
        };
        let service = Element::new("s")
            .with_attribute("l", lists.to_string())
            .with_attribute("n", service::IM);
        Ok(entry.with_child(service))
    }

    /// The contacts of a list that have an account here, each with the lists it is named for.
    fn named(
        &self,
        me: &Me,
        list: &ContactList,
    ) -> Result<BTreeMap<SkypeId, Option<Lists>>, Refusal<S::Error>> {
        let mut named = BTreeMap::new();
        let mut unknown = false;
        for contact in list.contacts() {
            let found = match contact.address() {
                Some(address) => self.resolve(&address)?,
                None => None,
            };
            match found {
                Some(who) if who == me.who => {}
                Some(who) => {
                    named.insert(who, lists_of(&contact));
                }
                None => unknown = true,
            }
            if named.len() > self.config.contacts {
                return Err(Refusal::LIST_FULL);
            }
        }
        if named.is_empty() && unknown {
            return Err(Refusal::NO_SUCH_USER);
        }
        Ok(named)
    }

    /// The user at an address: a Skype name, or the address that an account signs in with.
    pub(super) fn resolve(&self, address: &Address) -> Result<Option<SkypeId>, S::Error> {
        let account = match address.network() {
            Network::SKYPE => match SkypeId::parse(address.id()) {
                Ok(name) => self.store.account(&name)?,
                Err(_) => None,
            },
            Network::PASSPORT => match SignInAddress::parse(address.id()) {
                Ok(address) => self.store.account_by_address(&address)?,
                Err(_) => None,
            },
            _ => None,
        };
        Ok(account.map(|account| account.skype_id))
    }
}

/// The lists of the `IM` service, else those of any service, else those of the contact itself.
fn lists_of(contact: &Contact<'_>) -> Option<Lists> {
    let of_messages = contact.services().find(|(name, _)| *name == service::IM);
    let of_any = || {
        contact
            .services()
            .map(|(_, lists)| lists)
            .reduce(|all, one| all | one)
    };
    of_messages
        .map(|(_, lists)| lists)
        .or_else(of_any)
        .or_else(|| contact.lists())
}

fn settable(lists: Lists) -> Lists {
    let lists = Lists(lists.0 & SETTABLE.0);
    if lists.contains(Lists::BLOCK) {
        lists.without(Lists::ALLOW)
    } else {
        lists
    }
}

fn document(mut root: Element, entries: Vec<Element>) -> Bytes {
    let mut group = Element::new("skp");
    for entry in entries {
        group.push(entry);
    }
    root.push(group);
    root.to_vec().into()
}
