//! The contact list as it is told: whole with `SYN`, and what others have changed (msnp8-18.md 7).

use msnp_proto::classic::{
    Account, AddedByOthers, Card, ContactAdded, ContactCard, ContactRemoved, GroupEntry, List,
    ListEntry, ListedContact, ListedGroup, Name, Notice, PrivacySet, Prompt, PromptSet, Property,
    PropertySet, RemovedByOthers, SynchronizeReply, Word,
};
use msnp_proto::payload::contacts::{ContactList, Lists as WireLists};
use msnp_proto::payload::notification::Notification;
use msnp_proto::{Address as Muri, Network, TrId};

use super::roster::{self, Roster};
use super::writer::Writer;
use crate::faces::turn::Turn;
use crate::identity::Who;
use crate::network::{Contact, Lists, Privacy, Settings};

/// The property in which the answer to `GTC` is kept.
pub(super) const PROMPT: &str = "GTC";

/// Never known to be the client's: it always gets the whole list, as on the server of today (msnp8-18.md 7.2).
const TIMESTAMP: &str = "2000-01-01T00:00:00.0-00:00";

/// Who is in no group is in this one, up to MSNP9.
const NO_GROUP: (u32, &str) = (0, "Other Contacts");

/// The answer to `SYN` up to MSNP7, and the list behind it, one after the other of which it is made: all lines carry the
/// number of the request, and count (commands.tsv).
pub(super) fn synchronize_lists(
    writer: Writer,
    trid: TrId,
    roster: &Roster,
    settings: &Settings,
    turn: &mut Turn<'_>,
) {
    let number = roster.serial();
    let serial = Some(number);
    let head = SynchronizeReply {
        serial,
        first: None,
        second: None,
        contacts: None,
        groups: None,
    };
    writer.reply(trid, head, turn);
    let prompt = prompt(settings);
    writer.reply(trid, PromptSet { serial, prompt }, turn);
    let privacy = privacy(settings.privacy);
    writer.reply(trid, PrivacySet { serial, privacy }, turn);
    let own = roster.groups().map(|(id, group)| (id, &*group.name));
    let groups: Vec<_> = std::iter::once(NO_GROUP).chain(own).collect();
    for (at, (id, name)) in (1..).zip(&groups) {
        let entry = GroupEntry {
            serial: number,
            number: at,
            total: count(groups.len()),
            id: *id,
            name: Word::encode(name),
        };
        writer.reply(trid, entry, turn);
    }
    for list in [List::Forward, List::Allow, List::Block, List::Reverse] {
        list_entries(writer, trid, roster, list, turn);
    }
}

/// One list; of an empty one there is a line too.
fn list_entries(writer: Writer, trid: TrId, roster: &Roster, list: List, turn: &mut Turn<'_>) {
    let dialect = writer.dialect();
    let is_on = |one: &&Contact| roster::bits(one.lists, dialect).has(list);
    let contacts: Vec<_> = roster.contacts().filter(is_on).collect();
    let entry = |number, contact: Option<&Contact>| ListEntry {
        list,
        serial: roster.serial(),
        number,
        total: count(contacts.len()),
        account: contact.map(|one| account(&one.who)),
        name: contact.map(|one| Name::new(shown_name(one))),
        groups: contact
            .filter(|_| list == List::Forward)
            .and_then(|one| groups_of(writer, roster, one)),
    };
    if contacts.is_empty() {
        writer.reply(trid, entry(0, None), turn);
    }
    for (at, contact) in (1..).zip(&contacts) {
        writer.reply(trid, entry(at, Some(contact)), turn);
    }
}

fn count(all: usize) -> u32 {
    u32::try_from(all).unwrap_or(u32::MAX)
}

/// The answer to `SYN`, and the list behind it, without a mark of its end.
pub(super) fn synchronize(
    writer: Writer,
    trid: TrId,
    roster: &Roster,
    (settings, name): (&Settings, &str),
    turn: &mut Turn<'_>,
) {
    let dialect = writer.dialect();
    let contacts = roster.contacts().count();
    // Who is in no group is in `Other Contacts`, which is one up to MSNP9.
    let groups = roster.groups().count() + usize::from(dialect.has_list_serials());
    let head = SynchronizeReply {
        serial: Some(roster.serial()),
        first: Some(Word::encode(TIMESTAMP)),
        second: Some(Word::encode(TIMESTAMP)),
        contacts: u32::try_from(contacts).ok(),
        groups: u32::try_from(groups).ok(),
    };
    writer.reply(trid, head, turn);
    let prompt = PromptSet {
        serial: None,
        prompt: prompt(settings),
    };
    writer.say(prompt, turn);
    let privacy = PrivacySet {
        serial: None,
        privacy: privacy(settings.privacy),
    };
    writer.say(privacy, turn);
    if !dialect.has_list_serials() {
        property(writer, Property::NAME, name, turn);
    }
    for (key, value) in &settings.properties {
        if let Some(key) = Property::new(key).filter(|_| **key != *PROMPT) {
            property(writer, key, value, turn);
        }
    }
    if dialect.has_list_serials() {
        let (number, name) = NO_GROUP;
        group(writer, number, (name, None), turn);
    }
    for (number, one) in roster.groups() {
        let guid = Word::encode(&one.id.to_string());
        group(writer, number, (&one.name, Some(guid)), turn);
    }
    for one in roster.contacts() {
        writer.say(listed(writer, roster, one), turn);
    }
}

fn property(writer: Writer, key: Property, value: &str, turn: &mut Turn<'_>) {
    let set = PropertySet {
        serial: None,
        key,
        value: Some(Word::encode(value)),
    };
    writer.say(set, turn);
}

fn group(writer: Writer, number: u32, (name, guid): (&str, Option<Word>), turn: &mut Turn<'_>) {
    let listed = ListedGroup {
        id: Some(number),
        name: Word::encode(name),
        guid,
    };
    writer.say(listed, turn);
}

fn listed(writer: Writer, roster: &Roster, contact: &Contact) -> ListedContact {
    let is_forward = contact.lists.contains(Lists::FORWARD);
    let groups = groups_of(writer, roster, contact);
    ListedContact {
        contact: card(writer, contact),
        lists: Some(roster::bits(contact.lists, writer.dialect())),
        network: Some(Network::PASSPORT),
        groups: groups.filter(|_| is_forward),
    }
}

/// The groups of a contact, between commas.
fn groups_of(writer: Writer, roster: &Roster, contact: &Contact) -> Option<Word> {
    let dialect = writer.dialect();
    let words = contact.groups.iter();
    let words = words.filter_map(|id| roster.group_word(*id, dialect));
    let words: Vec<_> = words.map(|word| word.text().into_owned()).collect();
    let groups = match words.is_empty() {
        true if dialect.has_list_serials() => Some(NO_GROUP.0.to_string()),
        true => None,
        false => Some(words.join(",")),
    };
    groups.map(|one| Word::encode(&one))
}

/// A contact as it stands in the list and in `ADC`: its GUID only where it is on the forward list.
pub(super) fn card(writer: Writer, contact: &Contact) -> Card {
    let is_forward = contact.lists.contains(Lists::FORWARD);
    let id = is_forward.then(|| Word::encode(&roster::guid(&contact.who).to_string()));
    Card {
        account: Some(account(&contact.who)),
        name: Some(Name::new(shown_name(contact))),
        id: id.filter(|_| writer.dialect().has_contact_guids()),
    }
}

/// The owner's own name for a contact comes before the contact's.
fn shown_name(contact: &Contact) -> &str {
    if contact.own_name.is_empty() {
        roster::name(contact)
    } else {
        &contact.own_name
    }
}

/// Somebody has put the person on their forward list, or taken them off.
pub(super) fn changed_by_other(
    writer: Writer,
    contact: &Contact,
    is_added: bool,
    roster: &mut Roster,
    turn: &mut Turn<'_>,
) {
    let dialect = writer.dialect();
    let (account, name) = (account(&contact.who), Name::new(roster::name(contact)));
    let list = List::Reverse;
    let unasked = TrId(0);
    if dialect.has_address_book() {
        let lists = WireLists::REVERSE;
        let Some(payload) = document(&contact.who, lists, Some(roster::name(contact))) else {
            return;
        };
        let payload = payload.into();
        if is_added {
            writer.reply(unasked, AddedByOthers { payload }, turn);
        } else {
            writer.reply(unasked, RemovedByOthers { payload }, turn);
        }
    } else if !is_added {
        let removed = ContactRemoved {
            list,
            serial: Some(roster.next_serial()),
            contact: account,
            group: None,
        };
        writer.reply(unasked, removed, turn);
        // The name is the contact's own: the owner's would be shown as what they call themselves.
    } else if dialect.has_contact_guids() {
        let mut contact = Card::of(account);
        contact.name = Some(name);
        let group = None;
        writer.reply(
            unasked,
            ContactCard {
                list,
                contact,
                group,
            },
            turn,
        );
    } else {
        let added = ContactAdded {
            list,
            serial: Some(roster.next_serial()),
            account,
            name: Some(name),
            group: None,
        };
        writer.reply(unasked, added, turn);
    }
}

/// Another place of the person has changed the list. Only the dialects that read it elsewhere have a word for that, and
/// read it again.
pub(super) fn changed_elsewhere(writer: Writer, who: &Who, turn: &mut Turn<'_>) {
    if writer.dialect().has_address_book() {
        let at = turn.now().wall;
        let receiver = who.email().as_str();
        let news = Notification::address_book_changed(receiver, who.person().get(), at);
        let payload = news.encode().into();
        writer.say(Notice { payload }, turn);
    }
}

/// One contact as a document of `ADL` and its like.
pub(super) fn document(who: &Who, lists: WireLists, name: Option<&str>) -> Option<Vec<u8>> {
    let muri = Muri::new(Network::PASSPORT, who.email().as_str()).ok()?;
    let mut list = ContactList::new();
    list.push_listed(&muri, lists, name);
    Some(list.encode())
}

/// Somebody, as every line names them.
pub(super) fn account(who: &Who) -> Account {
    Account::new(who.email().as_str())
}

/// Whether the person wants to be asked before somebody may see them.
pub(super) fn prompt(settings: &Settings) -> Prompt {
    let kept = settings.property(PROMPT).and_then(Prompt::new);
    kept.unwrap_or(Prompt::ASK)
}

/// What holds for strangers, in one word.
pub(super) const fn privacy(privacy: Privacy) -> msnp_proto::classic::Privacy {
    match privacy {
        Privacy::AllowOthers => msnp_proto::classic::Privacy::ALLOW,
        Privacy::BlockOthers => msnp_proto::classic::Privacy::BLOCK,
    }
}
