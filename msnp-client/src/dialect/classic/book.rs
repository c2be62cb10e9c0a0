//! The lists, as the service has told them on this connection.

use std::collections::BTreeMap;

use msnp_proto::Dialect;
use msnp_proto::classic::{
    Card, ContactAdded, ContactCard, ContactRemoved, List, ListEntry, ListedContact, Word,
};
use msnp_proto::payload::contacts::{self, ContactList};
use msnp_proto::payload::presence::service;
use soap_codec::call::Guid;

use super::groups::{self, GroupId, Groups};
use super::people::{account_of, contact_of};
use crate::contacts::Lists;
use crate::dialect::layered::address::address_of;
use crate::fact::{RosterEntry, RosterUpdate};
use crate::id::ContactId;
use crate::limits::Limits;
use crate::text::clip;

/// Who is on which list, and by which ids the service names them.
#[derive(Clone, Debug)]
pub(super) struct Book {
    people: BTreeMap<ContactId, Person>,
    groups: Groups,
    limits: Limits,
}

#[derive(Clone, Debug, Default)]
struct Person {
    lists: Lists,
    name: Option<String>,
    /// Of MSNP10 to MSNP12, for who is on the forward list.
    guid: Option<Word>,
    /// Of the address book.
    book_id: Option<Guid>,
    /// Of those who are on the forward list.
    groups: Vec<GroupId>,
}

/// The lists that a client announces: the others are the server's (msnp8-18.md 7.4).
const ANNOUNCED: Lists = Lists::FORWARD.with(Lists::ALLOW).with(Lists::BLOCK);

impl Book {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            people: BTreeMap::new(),
            groups: Groups::default(),
            limits,
        }
    }

    /// Somebody is on these lists too, under this name if one is told.
    pub(super) fn add(&mut self, who: &ContactId, lists: Lists, name: Option<&str>) {
        if let Some(person) = self.person(who) {
            person.lists = person.lists.with(lists);
        }
        self.rename(who, name);
    }

    fn person(&mut self, who: &ContactId) -> Option<&mut Person> {
        if self.people.len() >= self.limits.contacts && !self.people.contains_key(who) {
            return None;
        }
        Some(self.people.entry(who.clone()).or_default())
    }

    fn rename(&mut self, who: &ContactId, name: Option<&str>) {
        let limit = self.limits.text;
        if let (Some(person), Some(name)) = (self.people.get_mut(who), name) {
            // Servers put the account where there is no name.
            let is_name = !name.trim().is_empty() && !name.eq_ignore_ascii_case(who.name());
            person.name = is_name.then(|| clip(name, limit));
        }
    }

    /// Somebody is on these lists no more.
    pub(super) fn remove(&mut self, who: &ContactId, lists: Lists) {
        if let Some(person) = self.people.get_mut(who) {
            person.lists = person.lists.without(lists);
            if person.lists.contains(Lists::FORWARD) {
                return;
            }
            person.guid = None;
            person.book_id = None;
            person.groups.clear();
            if person.lists.is_empty() {
                self.people.remove(who);
            }
        }
    }

    /// One of nobody: the lists are about to be told anew.
    pub(super) fn fresh(&self) -> Self {
        Self::new(self.limits)
    }

    /// Takes in a line of the list (msnp8-18.md 7.1, 7.2).
    pub(super) fn take_listed(&mut self, listed: &ListedContact) {
        let who = self.who(&listed.contact);
        let who = who.and_then(|who| ContactId::on_network(network(listed), who.name()).ok());
        if let Some(who) = who {
            let bits = listed.lists.map_or(0, |lists| {
                let bit = |list| if lists.has(list) { list.bit() } else { 0 };
                List::ALL.into_iter().map(bit).sum()
            });
            self.take_card(&who, Lists::from_bits(bits), &listed.contact);
            self.take_groups(&who, listed.groups.as_ref());
        }
    }

    /// Takes in a line of one list of MSNP7.
    pub(super) fn take_entry(&mut self, entry: &ListEntry) {
        let account = entry.account.as_ref();
        if let Some(who) = account.and_then(|account| contact_of(account, None)) {
            let name = entry.name.as_ref().map(|name| name.text().into_owned());
            self.add(&who, Lists::from_bits(entry.list.bit()), name.as_deref());
            self.take_groups(&who, entry.groups.as_ref());
        }
    }

    fn take_groups(&mut self, who: &ContactId, groups: Option<&Word>) {
        if let Some(groups) = groups {
            self.set_groups(who, GroupId::all(&groups.text()));
        }
    }

    /// Somebody is in exactly these groups.
    pub(super) fn set_groups(&mut self, who: &ContactId, groups: Vec<GroupId>) {
        if let Some(person) = self.people.get_mut(who) {
            person.groups = groups;
        }
    }

    /// Somebody comes into a group, or out of it.
    pub(super) fn move_into(&mut self, who: &ContactId, group: &GroupId, inside: bool) {
        if let Some(person) = self.people.get_mut(who) {
            groups::set(&mut person.groups, group, inside);
        }
    }

    /// A group is there, under this name.
    pub(super) fn put_group(&mut self, id: GroupId, name: &str) {
        self.groups.put(id, name, self.limits.text);
    }

    /// A group is gone, and nobody is in it any more.
    pub(super) fn remove_group(&mut self, id: &GroupId) {
        self.groups.remove(id);
        for person in self.people.values_mut() {
            groups::set(&mut person.groups, id, false);
        }
    }

    /// What the service calls the group of this name.
    pub(super) fn group(&self, name: &str) -> Option<&GroupId> {
        self.groups.named(name)
    }

    /// Somebody was added to a list, by oneself or by himself.
    pub(super) fn take_added(&mut self, added: &ContactAdded) -> Option<ContactId> {
        let who = contact_of(&added.account, None)?;
        let name = added.name.as_ref().map(|name| name.text().into_owned());
        self.add(&who, Lists::from_bits(added.list.bit()), name.as_deref());
        self.take_group(&who, added.list, (added.group.as_ref(), true));
        Some(who)
    }

    /// The same since MSNP10.
    pub(super) fn take_carded(&mut self, carded: &ContactCard) -> Option<ContactId> {
        let (list, card) = (carded.list, &carded.contact);
        let who = self.who(card)?;
        self.take_card(&who, Lists::from_bits(list.bit()), card);
        self.take_group(&who, list, (carded.group.as_ref(), true));
        Some(who)
    }

    fn take_group(&mut self, who: &ContactId, list: List, (group, inside): (Option<&Word>, bool)) {
        let group = group.filter(|_| list == List::Forward);
        if let Some(id) = group.and_then(|group| GroupId::new(&group.text())) {
            self.move_into(who, &id, inside);
        }
    }

    fn take_card(&mut self, who: &ContactId, lists: Lists, card: &Card) {
        let name = card.name.as_ref().map(|name| name.text().into_owned());
        self.add(who, lists, name.as_deref());
        if let (Some(person), Some(id)) = (self.people.get_mut(who), &card.id) {
            person.guid = Some(id.clone());
        }
    }

    /// Somebody was removed from a list.
    pub(super) fn take_removed(&mut self, removed: &ContactRemoved) -> Option<ContactId> {
        let word = removed.contact.as_word();
        let who = match self.of_guid(word) {
            Some(who) => who,
            None => contact_of(&removed.contact, None)?,
        };
        if removed.group.is_none() {
            self.remove(&who, Lists::from_bits(removed.list.bit()));
        } else {
            self.take_group(&who, removed.list, (removed.group.as_ref(), false));
        }
        Some(who)
    }

    fn who(&self, card: &Card) -> Option<ContactId> {
        match &card.account {
            Some(account) => contact_of(account, None),
            None => self.of_guid(card.id.as_ref()?),
        }
    }

    fn of_guid(&self, guid: &Word) -> Option<ContactId> {
        let mut people = self.people.iter();
        people
            .find(|(_, person)| person.guid.as_ref() == Some(guid))
            .map(|(who, _)| who.clone())
    }

    /// Whoever has one on his list, and is neither allowed nor blocked, waits for one to decide. Servers say so since
    /// MSNP10, and not always.
    pub(super) fn ask_about(&mut self, who: &ContactId) {
        if let Some(person) = self.people.get_mut(who) {
            let lists = person.lists;
            let is_decided = lists.contains(Lists::ALLOW) || lists.contains(Lists::BLOCK);
            if is_decided || !lists.contains(Lists::REVERSE) {
                person.lists = lists.without(Lists::PENDING);
            } else {
                person.lists = lists.with(Lists::PENDING);
            }
        }
    }

    /// Somebody has this id in the address book.
    pub(super) fn set_book_id(&mut self, who: &ContactId, id: Option<Guid>) {
        if let Some(person) = self.people.get_mut(who) {
            person.book_id = id;
        }
    }

    pub(super) fn book_id(&self, who: &ContactId) -> Option<&Guid> {
        self.people.get(who)?.book_id.as_ref()
    }

    pub(super) fn guid(&self, who: &ContactId) -> Option<&Word> {
        self.people.get(who)?.guid.as_ref()
    }

    pub(super) fn lists(&self, who: &ContactId) -> Lists {
        self.people.get(who).map_or(Lists::default(), |it| it.lists)
    }

    /// Everybody, and all groups.
    pub(super) fn whole(&self) -> RosterUpdate {
        let people = self.people.iter();
        RosterUpdate {
            is_whole: true,
            others_allowed: None,
            groups: Some(self.groups.names()),
            entries: people
                .map(|(who, person)| self.entry_of(who, person))
                .collect(),
        }
    }

    /// One person, as he is on the lists now.
    pub(super) fn update_of(&self, who: &ContactId) -> RosterUpdate {
        let person = self.people.get(who).cloned().unwrap_or_default();
        RosterUpdate {
            is_whole: false,
            others_allowed: None,
            groups: None,
            entries: vec![self.entry_of(who, &person)],
        }
    }

    fn entry_of(&self, who: &ContactId, person: &Person) -> RosterEntry {
        RosterEntry {
            id: who.clone(),
            lists: person.lists,
            name: person.name.clone(),
            groups: Some(self.groups.names_of(&person.groups)),
            alias: None,
        }
    }

    /// What is announced after sign-in (msnp8-18.md 7.4): who is blocked is not allowed.
    pub(super) fn announcement(&self, dialect: Dialect) -> ContactList {
        let mut list = ContactList::initial();
        for (who, person) in &self.people {
            let lists = if person.lists.contains(Lists::BLOCK) {
                person.lists.without(Lists::ALLOW)
            } else {
                person.lists
            };
            push(&mut list, who, lists, dialect);
        }
        list
    }
}

/// One person on some lists, as `ADL` and `RML` say it.
pub(super) fn announcement_of(who: &ContactId, lists: Lists, dialect: Dialect) -> ContactList {
    let mut list = ContactList::new();
    push(&mut list, who, lists, dialect);
    list
}

/// Oneself, as clients since MSNP21 announce it before anybody else: with what is for one's own endpoints alone
/// (msnp24.md 14.2).
pub(super) fn announcement_of_oneself(me: &ContactId) -> ContactList {
    let mut list = ContactList::initial();
    let seen = contacts::Lists::FORWARD | contacts::Lists::ALLOW;
    let all = [service::IM, service::PE, service::PD, service::PF].map(|name| (name, seen));
    if let Some(address) = address_of(me) {
        list.push(&address, &all);
    }
    list
}

/// Since MSNP21 the lists stand on each of the services for which somebody is listed.
fn push(list: &mut ContactList, who: &ContactId, lists: Lists, dialect: Dialect) {
    let bits = ANNOUNCED.bits() & lists.bits();
    let bits = contacts::Lists(u8::try_from(bits).unwrap_or_default());
    let Some(address) = address_of(who).filter(|_| bits != contacts::Lists::NONE) else {
        return;
    };
    if dialect.has_presence_documents() {
        let services = [service::IM, service::PE, service::PF].map(|name| (name, bits));
        list.push(&address, &services);
    } else {
        list.push_listed(&address, bits, None);
    }
}

fn network(listed: &ListedContact) -> u32 {
    listed.network.map_or(1, |network| network.0)
}

/// The person as a line of the list names him, in the older form.
pub(super) fn card_of(who: &ContactId) -> Card {
    Card::of(account_of(who))
}

#[cfg(test)]
mod tests {
    use msnp_proto::classic::{ServerBody, ServerCommand, ServerKind};
    use msnp_proto::payload::contacts::PieceLimits;
    use msnp_proto::{FrameDecoder, PayloadTable, Side};

    use super::*;

    fn commands(dialect: Dialect, lines: &str) -> Vec<ServerBody> {
        let mut decoder = FrameDecoder::new(PayloadTable::sent_by(Side::Server));
        decoder.push(lines.to_owned());
        let frames = std::iter::from_fn(|| decoder.next_frame().expect("frames"));
        let parse = |frame| ServerCommand::parse(&frame, dialect, ServerKind::Notification);
        frames
            .map(|it| parse(it).expect("a command").body)
            .collect()
    }

    fn book(dialect: Dialect, lines: &str) -> Book {
        let mut book = Book::new(Limits::default());
        for body in commands(dialect, lines) {
            match body {
                ServerBody::ListedContact(listed) => book.take_listed(&listed),
                ServerBody::ListEntry(entry) => book.take_entry(&entry),
                other => panic!("no line of a list: {other:?}"),
            }
        }
        book
    }

    #[track_caller]
    fn check(book: &Book, expected: &[(&str, u32, Option<&str>)]) {
        let entries = book.whole().entries;
        let shown: Vec<_> = entries
            .iter()
            .map(|it| (it.id.name(), it.lists.bits(), it.name.as_deref()))
            .collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn lists_are_read_in_every_form() {
        let expected = [
            ("bob@example.com", 11, Some("Bob B")),
            ("carol@example.com", 3, None),
        ];
        let lines =
            "LST bob@example.com Bob%20B 11 0\r\nLST carol@example.com carol@example.com 3\r\n";
        check(&book(Dialect::MSNP8, lines), &expected);
        // With a blank at the end, as one server writes it.
        let lines = "LST N=bob@example.com F=Bob%20B C=1bbc064c-d74a-56e6-a2b9-009139975e85 11 1 \r\n\
            LST N=carol@example.com 3 1\r\n";
        check(&book(Dialect::MSNP12, lines), &expected);
        let lines = "LST 5 FL 1 1 2 bob@example.com Bob%20B 0\r\nLST 5 FL 1 2 2 carol@example.com carol@example.com 0\r\n\
            LST 5 AL 1 1 2 bob@example.com Bob%20B\r\nLST 5 AL 1 2 2 carol@example.com\r\nLST 5 BL 1 0 0\r\n\
            LST 5 RL 1 1 1 bob@example.com Bob%20B\r\n";
        check(&book(Dialect::MSNP7, lines), &expected);
    }

    #[test]
    fn a_contact_is_found_by_its_guid() {
        let guid = "1bbc064c-d74a-56e6-a2b9-009139975e85";
        let lines = format!("LST N=bob@example.com F=Bob C={guid} 11 1\r\n");
        let mut book = book(Dialect::MSNP12, &lines);
        let removed = commands(Dialect::MSNP12, &format!("REM 20 FL {guid}\r\n"));
        let [ServerBody::ContactRemoved(removed)] = &removed[..] else {
            panic!("a removal");
        };
        let who = book.take_removed(removed).expect("it is known");
        assert_eq!(
            (who.name(), book.lists(&who).bits()),
            ("bob@example.com", 10)
        );
        assert_eq!(book.guid(&who), None);
    }

    #[test]
    fn the_announcement_has_what_is_the_clients_and_one_domain_each() {
        let lines = "LST N=bob@example.com 11 1\r\nLST N=eve@example.org 22 1\r\nLST N=may@example.org 8 1\r\n";
        let list = book(Dialect::MSNP12, lines).announcement(Dialect::MSNP15);
        let pieces: Vec<_> = list
            .pieces(PieceLimits::DEFAULT)
            .iter()
            .map(|piece| String::from_utf8(piece.encode()).expect("text"))
            .collect();
        assert_eq!(
            pieces,
            [
                r#"<ml l="1"><d n="example.com"><c n="bob" l="3" t="1"/></d></ml>"#,
                r#"<ml l="1"><d n="example.org"><c n="eve" l="4" t="1"/></d></ml>"#,
            ]
        );
    }

    #[test]
    fn the_lists_are_bounded() {
        let limits = Limits {
            contacts: 1,
            ..Limits::default()
        };
        let mut book = Book::new(limits);
        for name in ["a@x.org", "b@x.org"] {
            book.add(&name.parse().expect("an address"), Lists::FORWARD, None);
        }
        check(&book, &[("a@x.org", 1, None)]);
    }
}
