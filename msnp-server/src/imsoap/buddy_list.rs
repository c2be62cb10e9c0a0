//! What is known of the people around one IM account, and how it is told as `Buddy`.

use std::collections::BTreeMap;

use msnp_client::{Contact, ContactId, Lists, Presence, Status};
use soap_codec::bsim::Buddy;

use super::queue::printable;

/// People remembered for one account; the client itself keeps no more.
const MOST: usize = 4_000;

/// Bytes of a name or a personal message that are told.
const TEXT_BYTES: usize = 512;

/// Everybody on the list, and everybody whose presence was told.
#[derive(Debug, Default)]
pub(super) struct BuddyList {
    people: BTreeMap<ContactId, Person>,
    /// Who is in which group.
    groups: BTreeMap<ContactId, String>,
}

#[derive(Debug)]
struct Person {
    /// On the address book: a buddy.
    listed: bool,
    blocked: bool,
    /// What the list calls him.
    list_name: Option<String>,
    status: Status,
    /// What he calls himself.
    name: Option<String>,
    personal_message: Option<String>,
}

impl BuddyList {
    /// Takes in who is in which group, whoever else is in one no more.
    pub(super) fn group(&mut self, members: Vec<(ContactId, String)>) {
        self.groups = members.into_iter().take(MOST).collect();
    }

    /// Takes in an entry of the list. Whether it is a buddy.
    pub(super) fn listed(&mut self, contact: &Contact) -> bool {
        let Some(person) = self.person(&contact.id) else {
            return false;
        };
        person.listed = contact.lists.contains(Lists::FORWARD);
        person.blocked = contact.lists.contains(Lists::BLOCK);
        person.list_name = contact.name.as_deref().map(clip);
        person.listed
    }

    /// Takes in how somebody is. Whether it is a buddy.
    pub(super) fn present(&mut self, who: &ContactId, presence: &Presence) -> bool {
        let Some(person) = self.person(who) else {
            return false;
        };
        person.status = presence.status;
        person.name = presence.name.as_deref().map(clip);
        person.personal_message = presence.personal_message.as_deref().map(clip);
        person.listed
    }

    /// Somebody is on no list any more. Whether he was a buddy.
    pub(super) fn remove(&mut self, who: &ContactId) -> bool {
        self.people.remove(who).is_some_and(|person| person.listed)
    }

    pub(super) fn buddies(&self) -> impl Iterator<Item = &ContactId> {
        let listed = self.people.iter().filter(|(_, person)| person.listed);
        listed.map(|(who, _)| who)
    }

    /// The buddies that are not offline.
    pub(super) fn around(&self) -> impl Iterator<Item = &ContactId> {
        let listed = self.people.iter().filter(|(_, person)| person.listed);
        let around = listed.filter(|(_, person)| person.status != Status::OFFLINE);
        around.map(|(who, _)| who)
    }

    /// A buddy as the list shows it, before anything is told of how it is: `HDN` for everybody, as
    /// in the capture (soap.md 2.3).
    pub(super) fn on_the_list(&self, who: &ContactId) -> Option<Buddy> {
        let person = self.people.get(who).filter(|person| person.listed)?;
        let name = person.list_name.as_ref().or(person.name.as_ref());
        Some(Buddy {
            status: Status::HIDDEN.code().to_owned(),
            ..self.buddy(who, person, name)
        })
    }

    /// A buddy as it is now.
    pub(super) fn as_is(&self, who: &ContactId) -> Option<Buddy> {
        let person = self.people.get(who).filter(|person| person.listed)?;
        let name = person.name.as_ref().or(person.list_name.as_ref());
        Some(Buddy {
            status: person.status.code().to_owned(),
            personal_message: person.personal_message.clone().unwrap_or_default(),
            ..self.buddy(who, person, name)
        })
    }

    /// Who has no name is called by the account. Who is in no group has none, as everybody in the published session
    /// (soap.md 2.3).
    fn buddy(&self, who: &ContactId, person: &Person, name: Option<&String>) -> Buddy {
        let account = printable(&who.to_string());
        Buddy {
            nickname: name.unwrap_or(&account).clone(),
            group_id: self.groups.get(who).cloned().unwrap_or_default(),
            id: guid_of(&account),
            blocked: person.blocked,
            account,
            ..Buddy::default()
        }
    }

    fn person(&mut self, who: &ContactId) -> Option<&mut Person> {
        if self.people.len() >= MOST && !self.people.contains_key(who) {
            return None;
        }
        Some(self.people.entry(who.clone()).or_insert_with(|| Person {
            listed: false,
            blocked: false,
            list_name: None,
            status: Status::OFFLINE,
            name: None,
            personal_message: None,
        }))
    }
}

/// A GUID that is always the same for the same account, or group, in place of the address book's own: FNV-1a
/// over what it is called, marked as a UUID of version 8.
pub(super) fn guid_of(account: &str) -> String {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let hash = account.bytes().fold(OFFSET, |hash, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(PRIME)
    });
    let marked = hash & !(0xf << 76) & !(0x3 << 62) | (0x8 << 76) | (0x2 << 62);
    msnp_proto::Guid::from_bytes(marked.to_be_bytes()).to_string()
}

fn clip(text: &str) -> String {
    let mut end = TEXT_BYTES.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_stable_guids_in_lower_case() {
        let id = guid_of("bob@example.org");
        assert_eq!(id, guid_of("bob@example.org"));
        assert_ne!(id, guid_of("bob@example.com"));
        assert_eq!((id.len(), &id[14..15]), (36, "8"), "{id}");
        assert_eq!(id, id.to_ascii_lowercase());
    }

    #[test]
    fn only_the_address_book_makes_a_buddy() {
        let mut people = BuddyList::default();
        let who = ContactId::skype("eve").unwrap();
        assert!(!people.present(&who, &Presence::default()));
        assert!(!people.listed(&Contact::new(who.clone(), Lists::REVERSE)));
        assert_eq!(people.on_the_list(&who), None);
        let lists = Lists::FORWARD.with(Lists::BLOCK);
        assert!(people.listed(&Contact::new(who.clone(), lists)));
        let buddy = people.on_the_list(&who).unwrap();
        assert_eq!((buddy.status.as_str(), buddy.blocked), ("HDN", true));
        assert_eq!(buddy.nickname, "8:eve");
        assert!(people.remove(&who) && !people.remove(&who));
    }

    #[test]
    fn people_and_their_texts_are_bounded() {
        let mut people = BuddyList::default();
        for number in 0..MOST + 10 {
            let who = ContactId::skype(&format!("u{number}")).unwrap();
            let mut contact = Contact::new(who, Lists::FORWARD);
            contact.name = Some("é".repeat(2_000));
            people.listed(&contact);
        }
        assert_eq!(people.buddies().count(), MOST);
        let longest = people
            .people
            .values()
            .filter_map(|it| it.list_name.as_deref());
        assert_eq!(longest.map(str::len).max(), Some(TEXT_BYTES));
    }
}
