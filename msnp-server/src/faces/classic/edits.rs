//! Changes of the contact list, as the client asks for them and as they are answered (msnp8-18.md 7.3, 7.4).

use msnp_proto::classic::{
    Account, AddContact, AddMembers, Card, ClientBody, ContactAdded, ContactCard, ContactRemoved,
    List, MembersAdded, MembersRemoved, Name, RemoveContact, RemoveMembers, ServerBody, Word,
};
use msnp_proto::{Dialect, ErrorCode, Guid};

use super::roster::{self, Roster};
use super::writer::Writer;
use super::{lists, members, refusal};
use crate::identity::{Address, Who};
use crate::network::{Contact, ContactChange, GroupId, ListChange, Lists};

/// What a line wants changed.
#[derive(Debug)]
pub(super) struct Edit {
    /// Whom, and how. None: there is nothing to change, and the line is answered.
    changes: Vec<(Address, ListChange)>,
    /// Into which group, or out of it.
    group: Option<(GroupId, bool)>,
    /// Who is not there is passed over.
    lenient: bool,
    reply: Reply,
}

/// How it is answered.
#[derive(Debug)]
enum Reply {
    Added {
        list: List,
        account: Account,
        name: Option<Name>,
        group: Option<Word>,
    },
    Card {
        list: List,
        card: Card,
        group: Option<Word>,
    },
    Removed {
        list: List,
        contact: Account,
        group: Option<Word>,
    },
    MembersAdded,
    MembersRemoved,
}

impl Edit {
    /// What a line wants changed; `None` if it is about something else.
    pub(super) fn read(
        body: &ClientBody,
        roster: &Roster,
        dialect: Dialect,
    ) -> Option<Result<Self, ErrorCode>> {
        Some(match body {
            ClientBody::AddContact(add) => add_contact(add, roster, dialect),
            ClientBody::ContactCard(card) => add_card(card, roster, dialect),
            ClientBody::RemoveContact(remove) => remove_contact(remove, roster, dialect),
            ClientBody::AddMembers(AddMembers { payload }) => add_members(payload),
            ClientBody::RemoveMembers(RemoveMembers { payload }) => remove_members(payload),
            _ => return None,
        })
    }

    /// Whether nothing has to be asked.
    pub(super) const fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Whom it is about.
    pub(super) fn addresses(&self) -> Vec<Address> {
        self.changes
            .iter()
            .map(|(address, _)| address.clone())
            .collect()
    }

    /// Whether everybody that it is about was found who has to be. Nobody finds oneself, whom `MSNPSharp` adds (msnp24.md 14.2).
    pub(super) fn is_about(&self, found: &[Contact], own: &Who) -> bool {
        let is_found = |address: &Address| found.iter().any(|one| one.who.is_at(address));
        let is_own =
            |address: &Address| own.is_at(address) && matches!(self.reply, Reply::MembersAdded);
        let all = |(address, _): &(Address, _)| is_found(address) || is_own(address);
        self.lenient || self.changes.iter().all(all)
    }

    /// The same for the network.
    pub(super) fn changes(&self) -> Vec<ContactChange> {
        let changes = self.changes.iter().cloned();
        changes
            .map(|(contact, change)| ContactChange { contact, change })
            .collect()
    }

    /// The contacts as they are once it is done.
    pub(super) fn apply(&self, found: Vec<Contact>) -> Vec<Contact> {
        let after = |mut contact: Contact| {
            for (_, change) in self.changes.iter().filter(|(at, _)| contact.who.is_at(at)) {
                contact.lists = changed(contact.lists, *change);
            }
            contact
        };
        found.into_iter().map(after).collect()
    }

    /// The group that the contact is still to be put into or taken out of.
    pub(super) const fn group(&self) -> Option<(GroupId, bool)> {
        self.group
    }

    /// The answer, once it is done.
    pub(super) fn reply(
        &self,
        done: &[Contact],
        roster: &mut Roster,
        writer: Writer,
    ) -> ServerBody {
        self.note(done, roster);
        match &self.reply {
            Reply::Added {
                list,
                account,
                name,
                group,
            } => ServerBody::ContactAdded(ContactAdded {
                list: *list,
                serial: Some(roster.next_serial()),
                account: account.clone(),
                name: name.clone(),
                group: group.clone(),
            }),
            Reply::Card { list, card, group } => {
                let contact = match (list, done.first()) {
                    // The name is the contact's own, whatever was sent (msnp8-18.md 7.3).
                    (List::Forward, Some(contact)) if group.is_none() => {
                        lists::card(writer, contact)
                    }
                    (List::Forward, _) | (_, None) => card.clone(),
                    (_, Some(contact)) => Card::of(lists::account(&contact.who)),
                };
                ServerBody::ContactCard(ContactCard {
                    list: *list,
                    contact,
                    group: group.clone(),
                })
            }
            Reply::Removed {
                list,
                contact,
                group,
            } => ServerBody::ContactRemoved(ContactRemoved {
                list: *list,
                serial: Some(roster.next_serial()),
                contact: contact.clone(),
                group: group.clone(),
            }),
            Reply::MembersAdded => MembersAdded {}.into(),
            Reply::MembersRemoved => MembersRemoved {}.into(),
        }
    }
}

impl Edit {
    /// Remembers what the client has said of the two lists that exclude each other.
    fn note(&self, done: &[Contact], roster: &mut Roster) {
        let has_allowed = match &self.reply {
            Reply::Added { list, .. } | Reply::Card { list, .. } => match list {
                List::Allow => true,
                List::Block => false,
                _ => return,
            },
            Reply::Removed {
                list: List::Allow | List::Block,
                ..
            } => false,
            _ => return,
        };
        for contact in done {
            roster.set_to_be_allowed(contact, has_allowed);
        }
    }
}

/// As the network changes lists; and somebody on whom the owner has said something waits for no answer any more.
fn changed(before: Lists, change: ListChange) -> Lists {
    let own = before & Lists::OWN;
    let after = match change {
        ListChange::Set(lists) => lists.settled(),
        ListChange::Add(lists) => (own | lists).settled(),
        ListChange::Remove(lists) => own.without(lists),
    };
    let others = before.without(Lists::OWN);
    after
        | if after == own {
            others
        } else {
            others.without(Lists::PENDING)
        }
}

/// The lists that the owner can change.
const fn own_list(list: List) -> Option<Lists> {
    match list {
        List::Forward => Some(Lists::FORWARD),
        List::Allow => Some(Lists::ALLOW),
        List::Block => Some(Lists::BLOCK),
        List::Reverse | List::Pending => None,
    }
}

fn account_address(account: &Account) -> Result<Address, ErrorCode> {
    roster::address(&account.text()).ok_or(refusal::INVALID_PARAMETER)
}

fn group_of(
    word: Option<&Word>,
    roster: &Roster,
    dialect: Dialect,
) -> Result<Option<GroupId>, ErrorCode> {
    match word {
        // No group at all, up to MSNP9.
        Some(word) if dialect.has_list_serials() && word.number() == Some(0) => Ok(None),
        Some(word) => match roster.group(word, dialect) {
            Some(group) => Ok(Some(group)),
            None => Err(refusal::INVALID_GROUP),
        },
        None => Ok(None),
    }
}

fn add_contact(add: &AddContact, roster: &Roster, dialect: Dialect) -> Result<Edit, ErrorCode> {
    let list = own_list(add.list).ok_or(refusal::INVALID_PARAMETER)?;
    let address = account_address(&add.account)?;
    let group = group_of(add.group.as_ref(), roster, dialect)?;
    Ok(Edit {
        changes: vec![(address, ListChange::Add(list))],
        group: group.map(|group| (group, true)),
        lenient: false,
        reply: Reply::Added {
            list: add.list,
            account: add.account.clone(),
            name: add.name.clone(),
            group: add.group.clone(),
        },
    })
}

fn add_card(asked: &ContactCard, roster: &Roster, dialect: Dialect) -> Result<Edit, ErrorCode> {
    let group = group_of(asked.group.as_ref(), roster, dialect)?;
    let address = match (&asked.contact.account, asked.contact.guid()) {
        (Some(account), _) => account_address(account)?,
        (None, Some(guid)) => {
            let contact = roster.by_guid(guid).ok_or(refusal::INVALID_USERNAME)?;
            Address::Email(contact.who.email().clone())
        }
        (None, None) => return Err(refusal::INVALID_PARAMETER),
    };
    // With `RL` a client takes somebody off the list of those who wait; the network has done so when it was told what
    // to make of them.
    let changes = own_list(asked.list).map(|list| (address, ListChange::Add(list)));
    Ok(Edit {
        changes: changes.into_iter().collect(),
        group: group.map(|group| (group, true)),
        lenient: false,
        reply: Reply::Card {
            list: asked.list,
            card: asked.contact.clone(),
            group: asked.group.clone(),
        },
    })
}

fn remove_contact(
    remove: &RemoveContact,
    roster: &Roster,
    dialect: Dialect,
) -> Result<Edit, ErrorCode> {
    let word = remove.contact.as_word().text();
    let guid = word.parse::<Guid>().ok();
    let by_guid = dialect.has_contact_guids() && remove.list == List::Forward;
    let contact = match guid.filter(|_| by_guid) {
        Some(guid) => roster.by_guid(guid),
        None if by_guid => return Err(refusal::ADDRESS_BOOK),
        None => {
            let address = roster::address(&word).ok_or(refusal::INVALID_USER)?;
            roster.contacts().find(|one| one.who.is_at(&address))
        }
    };
    let contact = contact.ok_or(refusal::NOT_ON_LIST)?;
    let group = group_of(remove.group.as_ref(), roster, dialect)?;
    let changes = match (remove.list, own_list(remove.list)) {
        // Out of one group alone.
        (List::Forward, _) if group.is_some() => vec![ListChange::Add(Lists::NONE)],
        (List::Block, Some(list)) if contact.lists.contains(list) => {
            let lifted = Some(ListChange::Remove(list));
            let allowed = roster.is_to_be_allowed(&contact.who);
            let allowed = allowed.then_some(ListChange::Add(Lists::ALLOW));
            lifted.into_iter().chain(allowed).collect()
        }
        (_, Some(list)) if contact.lists.contains(list) => vec![ListChange::Remove(list)],
        // He has left that list when he was blocked; whoever has blocked him now takes him off it (real-clients.md 1).
        (List::Allow, _) if contact.lists.contains(Lists::BLOCK) => {
            vec![ListChange::Add(Lists::NONE)]
        }
        (List::Pending, _) => Vec::new(),
        (List::Reverse, _) => return Err(refusal::INVALID_PARAMETER),
        _ => return Err(refusal::NOT_ON_LIST),
    };
    let address = Address::Email(contact.who.email().clone());
    let change = |change| (address.clone(), change);
    Ok(Edit {
        changes: changes.into_iter().map(change).collect(),
        group: group.map(|group| (group, false)),
        lenient: false,
        reply: Reply::Removed {
            list: remove.list,
            contact: remove.contact.clone(),
            group: remove.group.clone(),
        },
    })
}

fn add_members(payload: &[u8]) -> Result<Edit, ErrorCode> {
    // The whole list at sign-in says what the address book has said (msnp8-18.md 7.4).
    let members = members::to_add(payload)?;
    let add = |(address, lists)| (address, ListChange::Add(lists));
    Ok(Edit {
        changes: members.into_iter().map(add).collect(),
        group: None,
        lenient: false,
        reply: Reply::MembersAdded,
    })
}

fn remove_members(payload: &[u8]) -> Result<Edit, ErrorCode> {
    let remove = |(address, lists)| (address, ListChange::Remove(lists));
    Ok(Edit {
        changes: members::to_remove(payload)?
            .into_iter()
            .map(remove)
            .collect(),
        group: None,
        lenient: true,
        reply: Reply::MembersRemoved,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_said_something_about_waits_no_longer() {
        let added = Lists::REVERSE | Lists::PENDING;
        let add = |lists| ListChange::Add(lists);
        assert_eq!(
            changed(added, add(Lists::BLOCK)),
            Lists::REVERSE | Lists::BLOCK
        );
        assert_eq!(changed(added, add(Lists::NONE)), added);
        let both = Lists::FORWARD | Lists::ALLOW;
        assert_eq!(
            changed(both, add(Lists::BLOCK)),
            Lists::FORWARD | Lists::BLOCK
        );
        assert_eq!(
            changed(both, ListChange::Remove(Lists::ALLOW)),
            Lists::FORWARD
        );
    }
}
