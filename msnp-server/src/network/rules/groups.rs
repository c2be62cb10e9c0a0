//! What a person keeps for themselves: groups of contacts, names for contacts, properties.
//! (msnp8-18.md 7.3; MSNP24 never used them.)

use std::sync::Arc;

use super::super::command::Answer;
use super::super::contact::{Group, GroupId, Roster};
use super::super::event::Event;
use super::super::lists::Lists;
use super::super::person::Person;
use super::super::refusal::Refusal;
use super::super::settings::Settings;
use super::super::store::Change;
use super::super::turn::{Asked, Turn};
use super::contacts::tell_own;
use crate::identity::{Address, Who};

/// A new group; its id is made here.
pub(super) fn add(
    person: &mut Person,
    asked: Asked,
    name: &Arc<str>,
    turn: &mut Turn,
) -> Result<Option<Answer>, Refusal> {
    check_name(person, name, turn)?;
    if person.book().groups().len() >= turn.config().groups {
        return Err(Refusal::ListFull);
    }
    let id = GroupId::from_bytes(turn.random());
    let name = name.clone();
    put(person, asked, Group { id, name }, turn);
    person.answer(asked, Ok(Answer::Group(id)), turn);
    Ok(None)
}

/// A group gets another name.
pub(super) fn rename(
    person: &mut Person,
    asked: Asked,
    id: GroupId,
    name: &Arc<str>,
    turn: &mut Turn,
) -> Result<Option<Answer>, Refusal> {
    check_name(person, name, turn)?;
    if !person.book().groups().iter().any(|one| one.id == id) {
        return Err(Refusal::NotOnList);
    }
    let name = name.clone();
    put(person, asked, Group { id, name }, turn);
    Ok(Some(Answer::Done))
}

/// A group is gone; its contacts stay.
pub(super) fn remove(
    person: &mut Person,
    asked: Asked,
    id: GroupId,
    turn: &mut Turn,
) -> Result<Option<Answer>, Refusal> {
    if !person.book().groups().iter().any(|one| one.id == id) {
        return Err(Refusal::NotOnList);
    }
    person.book_mut(turn).remove_group(id);
    turn.keep(Change::GroupRemoved(person.id(), id));
    tell_groups(person, asked, turn);
    Ok(Some(Answer::Done))
}

/// A contact is put into a group or taken out.
pub(super) fn set(
    person: &mut Person,
    asked: Asked,
    contact: &Address,
    group: GroupId,
    inside: bool,
    turn: &mut Turn,
) -> Result<Option<Answer>, Refusal> {
    let who = contact_at(contact, turn)?;
    on_list(person, &who)?;
    if !person.book().groups().iter().any(|one| one.id == group) {
        return Err(Refusal::NotOnList);
    }
    let kept = person.book_mut(turn).set_group(who.person(), group, inside);
    let kept = kept.ok_or(Refusal::NotOnList)?;
    turn.keep(Change::Contact(person.id(), kept));
    person.answer(asked, Ok(Answer::Done), turn);
    tell_own(person, Some(asked.connection), std::iter::once(&who), turn);
    Ok(None)
}

/// A contact gets a name that only the owner sees.
pub(super) fn name_contact(
    person: &mut Person,
    asked: Asked,
    contact: &Address,
    name: &Arc<str>,
    turn: &mut Turn,
) -> Result<Option<Answer>, Refusal> {
    if name.len() > turn.config().text_bytes {
        return Err(Refusal::TooLong);
    }
    let who = contact_at(contact, turn)?;
    on_list(person, &who)?;
    let kept = person.book_mut(turn).name_contact(who.person(), name);
    let kept = kept.ok_or(Refusal::NotOnList)?;
    turn.keep(Change::Contact(person.id(), kept));
    person.answer(asked, Ok(Answer::Done), turn);
    tell_own(person, Some(asked.connection), std::iter::once(&who), turn);
    Ok(None)
}

/// A property that only the person's own clients give a meaning to.
pub(super) fn set_property(
    person: &mut Person,
    name: &Arc<str>,
    value: &Arc<str>,
    turn: &mut Turn,
) -> Result<Answer, Refusal> {
    let limit = turn.config().text_bytes;
    if name.is_empty() || name.len() > limit || value.len() > limit {
        return Err(Refusal::TooLong);
    }
    let known = person.book().properties().any(|(known, _)| known == name);
    if !known && person.book().properties().count() >= turn.config().properties {
        return Err(Refusal::ListFull);
    }
    person.book_mut(turn).set_property(name, value);
    turn.keep(Change::Property(person.id(), name.clone(), value.clone()));
    Ok(Answer::Done)
}

/// All that the person keeps of others, and for themselves.
pub(super) fn list_roster(person: &Person, turn: &Turn) -> Answer {
    let book = person.book();
    Answer::Roster(Box::new(Roster {
        name: person.name().clone(),
        contacts: book.roster(),
        groups: book.groups().to_vec(),
        settings: settings(person, turn),
    }))
}

/// What the person has settled.
pub(super) fn settings(person: &Person, turn: &Turn) -> Settings {
    let book = person.book();
    let properties = book.properties();
    Settings {
        privacy: book.privacy().unwrap_or(turn.config().privacy),
        properties: properties
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    }
}

/// Who is on no list has neither groups nor a name, even while they have not taken that yet.
fn on_list(person: &Person, who: &Who) -> Result<(), Refusal> {
    if person.book().lists(who.person()) == Lists::NONE {
        return Err(Refusal::NotOnList);
    }
    Ok(())
}

fn check_name(person: &Person, name: &Arc<str>, turn: &Turn) -> Result<(), Refusal> {
    if name.is_empty() || name.len() > turn.config().text_bytes {
        return Err(Refusal::TooLong);
    }
    if person.book().groups().iter().any(|one| one.name == *name) {
        return Err(Refusal::GroupExists);
    }
    Ok(())
}

fn put(person: &mut Person, asked: Asked, group: Group, turn: &mut Turn) {
    person.book_mut(turn).put_group(group.clone());
    turn.keep(Change::Group(person.id(), group));
    tell_groups(person, asked, turn);
}

fn tell_groups(person: &Person, by: Asked, turn: &mut Turn) {
    for connection in person.places().that_want_the_roster() {
        if connection != by.connection {
            let groups = person.book().groups().to_vec();
            person.tell(connection, Event::Groups(groups), turn);
        }
    }
}

fn contact_at(address: &Address, turn: &mut Turn) -> Result<Who, Refusal> {
    let found = turn.directory().get(address);
    found.map(|(who, _)| who.clone()).ok_or(Refusal::NoSuchUser)
}
