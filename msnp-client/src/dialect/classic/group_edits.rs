//! How the groups of the list are changed: by lines up to MSNP12, in the address book since (msnp8-18.md 7.3, soap.md 5.7).

use bytes::Bytes;
use http::Request;
use msnp_proto::classic::{
    Account, AddContact, AddGroup, Card, ClientBody, ContactCard, List, Name, RemoveContact,
    RemoveGroup, RenameGroup, ServerBody, Word,
};
use msnp_proto::{Dialect, Secret};
use soap_codec::address_book::{
    ABGroupAdd, ABGroupContactAdd, ABGroupContactDelete, ABGroupDelete, ABGroupUpdate, Annotation,
    Contact, Group, GroupAddOptions, GroupFilter, GroupInfo, GroupInfoList,
};
use soap_codec::call::Guid;

use super::address_book::{read_done, shown};
use super::book::Book;
use super::groups::GroupId;
use super::people::account_of;
use crate::contacts::Lists;
use crate::dialect::soap::{self, Trouble};
use crate::dialect::web::Answer;
use crate::event::Reason;
use crate::id::ContactId;
use crate::network::WebAddresses;
use crate::request::ListGroupChange as Change;

/// Words of a fault that mean: there is no such group any more.
const GONE: [&str; 1] = ["GroupDoesNotExist"];

fn group<'b>(book: &'b Book, name: &str) -> Result<&'b GroupId, Reason> {
    book.group(name).ok_or(Reason::NotFound)
}

/// Only who is on the forward list can be in a group.
fn check_listed(book: &Book, who: &ContactId) -> Result<(), Reason> {
    let is_listed = book.lists(who).contains(Lists::FORWARD);
    is_listed.then_some(()).ok_or(Reason::NotFound)
}

/// The line that says it.
pub(super) fn line(change: &Change, dialect: Dialect, book: &Book) -> Result<ClientBody, Reason> {
    let word = |id: &GroupId| Word::encode(id.as_str());
    Ok(match change {
        Change::Add { name } => AddGroup {
            name: Word::encode(name),
        }
        .into(),
        Change::Rename { name, to } => RenameGroup {
            id: word(group(book, name)?),
            name: Word::encode(to),
        }
        .into(),
        Change::Remove { name } => RemoveGroup {
            id: word(group(book, name)?),
        }
        .into(),
        Change::Move {
            contact,
            name,
            inside,
        } => {
            check_listed(book, contact)?;
            let group = Some(word(group(book, name)?));
            let guid = if dialect.has_contact_guids() {
                Some(book.guid(contact).cloned().ok_or(Reason::NotFound)?)
            } else {
                None
            };
            moved(contact, guid, group, *inside)
        }
    })
}

/// Somebody goes into a group, or out of it: named by GUID where there are such.
fn moved(who: &ContactId, guid: Option<Word>, group: Option<Word>, inside: bool) -> ClientBody {
    let list = List::Forward;
    match (guid, inside) {
        (Some(guid), true) => ContactCard {
            list,
            contact: Card {
                account: None,
                name: None,
                id: Some(guid),
            },
            group,
        }
        .into(),
        (None, true) => AddContact {
            list,
            account: account_of(who),
            name: Some(Name::new(who.name())),
            group,
        }
        .into(),
        (guid, false) => RemoveContact {
            list,
            contact: guid.map_or_else(|| account_of(who), Account::from),
            group,
        }
        .into(),
    }
}

/// The call of the address book that says it.
pub(super) fn call(
    change: &Change,
    book: &Book,
    web: &WebAddresses,
    ticket: &Secret<String>,
) -> Result<Request<Bytes>, Reason> {
    let service = &web.address_book;
    let id = Some(Guid::zero());
    let filter = |name| {
        let group = Guid::from(group(book, name)?.as_str());
        Ok(Some(GroupFilter {
            ids: vec![group],
            ..GroupFilter::default()
        }))
    };
    let request = match change {
        Change::Add { name } => shown(service, "GroupSave", adding(name), ticket),
        Change::Rename { name, to } => {
            // With the blank at the end that the official client has (soap.md 5.4).
            let renamed = Group {
                id: Some(Guid::from(group(book, name)?.as_str())),
                info: Some(GroupInfo {
                    name: Some(to.clone()),
                    ..GroupInfo::default()
                }),
                properties_changed: Some("GroupName ".to_owned()),
                ..Group::default()
            };
            let groups = vec![renamed];
            let call = ABGroupUpdate {
                id,
                groups,
                ..ABGroupUpdate::default()
            };
            shown(service, "Timer", call, ticket)
        }
        Change::Remove { name } => {
            let call = ABGroupDelete {
                id,
                filter: filter(name)?,
                ..ABGroupDelete::default()
            };
            shown(service, "Timer", call, ticket)
        }
        Change::Move {
            contact,
            name,
            inside,
        } => {
            check_listed(book, contact)?;
            let known = book.book_id(contact).cloned().ok_or(Reason::NotFound)?;
            let contacts = vec![Contact {
                id: Some(known),
                ..Contact::default()
            }];
            let filter = filter(name)?;
            if *inside {
                let call = ABGroupContactAdd {
                    id,
                    filter,
                    contacts,
                    ..ABGroupContactAdd::default()
                };
                shown(service, "GroupSave", call, ticket)
            } else {
                let call = ABGroupContactDelete {
                    id,
                    contacts,
                    filter,
                    ..ABGroupContactDelete::default()
                };
                shown(service, "GroupSave", call, ticket)
            }
        }
    };
    request.ok_or(Reason::NotPossible)
}

fn adding(name: &str) -> ABGroupAdd {
    let info = GroupInfo {
        annotations: vec![Annotation {
            name: Some("MSN.IM.Display".to_owned()),
            value: Some("1".to_owned()),
            ..Annotation::default()
        }],
        group_type: Some(Guid::from(GroupInfo::MESSENGER)),
        name: Some(name.to_owned()),
        is_messenger: Some(false),
        ..GroupInfo::default()
    };
    ABGroupAdd {
        id: Some(Guid::zero()),
        options: Some(GroupAddOptions {
            rename_on_conflict: Some(false),
            ..GroupAddOptions::default()
        }),
        group: Some(GroupInfoList {
            info: Some(info),
            ..GroupInfoList::default()
        }),
        ..ABGroupAdd::default()
    }
}

/// The notification server has done it.
pub(super) fn take_reply(
    change: &Change,
    body: &ServerBody,
    book: &mut Book,
) -> Result<(), Reason> {
    let id = match body {
        ServerBody::GroupAdded(added) => GroupId::new(&added.id.text()),
        _ => None,
    };
    take_done(change, id, book)
}

/// The address book has answered.
pub(super) fn take_answer(change: &Change, answer: Answer, book: &mut Book) -> Result<(), Trouble> {
    let id = match change {
        Change::Add { .. } => {
            let reply = soap::read::<ABGroupAdd>(answer)?;
            let id = reply.result.and_then(|result| result.id);
            let id = id.and_then(|id| GroupId::new(id.as_str()));
            Some(id.ok_or(Trouble::Unreadable)?)
        }
        Change::Rename { .. } => read_done::<ABGroupUpdate>(answer).map(|()| None)?,
        Change::Remove { .. } => match read_done::<ABGroupDelete>(answer) {
            Err(trouble) if !trouble.is_one_of(&GONE) => return Err(trouble),
            _ => None,
        },
        Change::Move { inside: true, .. } => {
            read_done::<ABGroupContactAdd>(answer).map(|()| None)?
        }
        Change::Move { .. } => read_done::<ABGroupContactDelete>(answer).map(|()| None)?,
    };
    take_done(change, id, book).map_err(|_| Trouble::Unreadable)
}

/// It is done; `id` is that of a group which was made.
fn take_done(change: &Change, id: Option<GroupId>, book: &mut Book) -> Result<(), Reason> {
    match change {
        Change::Add { name } => book.put_group(id.ok_or(Reason::ProtocolError)?, name),
        Change::Rename { name, to } => {
            if let Some(id) = book.group(name).cloned() {
                book.put_group(id, to);
            }
        }
        Change::Remove { name } => {
            if let Some(id) = book.group(name).cloned() {
                book.remove_group(&id);
            }
        }
        Change::Move {
            contact,
            name,
            inside,
        } => {
            if let Some(id) = book.group(name).cloned() {
                book.move_into(contact, &id, *inside);
            }
        }
    }
    Ok(())
}
