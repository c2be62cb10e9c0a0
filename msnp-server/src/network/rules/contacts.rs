//! Contacts: who is on which list of whom, and who hears of a change.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::command::{Answer, ConnectionId, ContactChange, ListChange};
use super::super::contact::Contact;
use super::super::event::Event;
use super::super::letter::{Actor, Words};
use super::super::lists::{Lists, Privacy};
use super::super::person::Person;
use super::super::presence::Audience;
use super::super::refusal::Refusal;
use super::super::store::{Change, ContactRecord};
use super::super::turn::{Asked, Turn};
use super::presence;
use crate::identity::{Address, PersonId, Who};

/// Puts people on lists. Oneself and people who are not here are passed over; it is refused if nobody
/// named is here, or, taking people off, nobody named was on a list.
pub(super) fn change(
    person: &mut Person,
    asked: Asked,
    changes: &[ContactChange],
    turn: &mut Turn,
) -> Result<Option<Answer>, Refusal> {
    let mut named: BTreeMap<PersonId, (Who, Arc<str>, Lists)> = BTreeMap::new();
    let (mut unknown, mut removes) = (false, false);
    for ContactChange { contact, change } in changes {
        let Some((who, name)) = turn.directory().get(contact).cloned() else {
            unknown = true;
            continue;
        };
        if who == *person.who() {
            continue;
        }
        // A contact may be named twice, once by each address: what comes later builds on what came before.
        let known = named.get(&who.person()).map(|(_, _, lists)| *lists);
        let before = known.unwrap_or_else(|| person.book().lists(who.person()));
        let after = match change {
            ListChange::Set(lists) => lists.settled(),
            ListChange::Add(lists) => (before | *lists).settled(),
            ListChange::Remove(lists) => {
                removes = true;
                if before == Lists::NONE {
                    continue;
                }
                before.without(*lists)
            }
        };
        named.insert(who.person(), (who, name, after));
        if named.len() > turn.config().contacts {
            return Err(Refusal::ListFull);
        }
    }
    if named.is_empty() && unknown {
        return Err(Refusal::NoSuchUser);
    }
    if named.is_empty() && removes {
        return Err(Refusal::NotOnList);
    }
    let new = named.iter().filter(|(id, (_, _, lists))| {
        *lists != Lists::NONE && person.book().contact(**id).is_none()
    });
    let new = new.count();
    if new > 0 && person.book().len() + new > turn.config().contacts {
        return Err(Refusal::ListFull);
    }
    let mut done = Vec::with_capacity(named.len());
    for (who, name, after) in named.into_values() {
        let before = person.book().lists(who.person());
        if before != after {
            set_lists(person, &who, &name, after, turn);
            done.push((who, before, after));
        }
    }
    person.answer(asked, Ok(Answer::Done), turn);
    tell_own(
        person,
        Some(asked.connection),
        done.iter().map(|one| &one.0),
        turn,
    );
    for (who, before, after) in &done {
        change_of_sight(person, who, *before, *after, turn);
    }
    Ok(None)
}

/// Changes what is kept of one contact.
fn set_lists(person: &mut Person, who: &Who, name: &Arc<str>, lists: Lists, turn: &mut Turn) {
    let owner = person.id();
    let book = person.book_mut(turn);
    let (kept, states) = book.set_lists(who, name, lists);
    let answered = book.answer_listed(who.person());
    let contact = kept.clone();
    turn.keep(Change::Contact(owner, kept));
    if let Some(fact) = answered {
        let by = who.clone();
        turn.keep(Change::Listed {
            holder: owner,
            by,
            fact,
        });
    }
    if states {
        let words = statement(person, &contact);
        person.write(turn.actor(who), words, turn);
    }
}

/// `person` put somebody on other lists: each may now see the other, or no longer.
fn change_of_sight(person: &mut Person, who: &Who, before: Lists, after: Lists, turn: &mut Turn) {
    let saw = before.contains(Lists::FORWARD);
    let sees = after.contains(Lists::FORWARD);
    if sees && !saw && person.places().is_watching() {
        // Taken off and put on again in one batch, the contact is to be seen anew.
        person.places_mut().see(who.person(), None);
        let words = Words::Watch(person.who().clone());
        person.write(turn.actor(who), words, turn);
    }
    let privacy = person.book().privacy().unwrap_or(turn.config().privacy);
    let (admitted, admits) = (privacy.admits(before), privacy.admits(after));
    if admitted != admits && person.book().is_watched_by(who.person()) {
        let shown = person.places().shown().cloned();
        presence::show(person, who, shown.as_ref().filter(|_| admits), None, turn);
    }
}

/// Who is at these addresses, as the person sees them.
pub(super) fn look_up(person: &Person, addresses: &[Address], turn: &mut Turn) -> Answer {
    let mut found: BTreeMap<PersonId, Contact> = BTreeMap::new();
    for address in addresses {
        let Some((who, name)) = turn.directory().get(address).cloned() else {
            continue;
        };
        if who != *person.who() {
            let mut contact = person.book().entry(&who);
            contact.name = name;
            found.insert(who.person(), contact);
        }
    }
    Answer::Contacts(found.into_values().collect())
}

/// What holds for strangers: some may see the person now, or no longer.
pub(super) fn set_privacy(person: &mut Person, asked: Asked, privacy: Privacy, turn: &mut Turn) {
    let before = person.book().privacy().unwrap_or(turn.config().privacy);
    let watchers: Vec<_> = person.book().watchers().cloned().collect();
    person.book_mut(turn).set_privacy(privacy);
    turn.keep(Change::Privacy(person.id(), privacy));
    person.answer(asked, Ok(Answer::Done), turn);
    let shown = person.places().shown().cloned();
    for who in watchers {
        let lists = person.book().lists(who.person());
        let admits = privacy.admits(lists);
        if admits != before.admits(lists) {
            presence::show(person, &who, shown.as_ref().filter(|_| admits), None, turn);
        }
    }
}

/// Tells the other places of the person how contacts stand now.
pub(super) fn tell_own<'a>(
    person: &Person,
    by: Option<ConnectionId>,
    who: impl Iterator<Item = &'a Who>,
    turn: &mut Turn,
) {
    let entries: Vec<_> = who.map(|who| person.book().entry(who)).collect();
    if entries.is_empty() {
        return;
    }
    for connection in person.places().that_want_the_roster() {
        if Some(connection) != by {
            person.tell(connection, Event::RosterChanged(entries.clone()), turn);
        }
    }
}

/// Somebody has put the person on their forward list, or taken them off. Who is blocked cannot make
/// himself heard by that.
pub(super) fn take_listed(
    person: &mut Person,
    by: &Who,
    name: &Arc<str>,
    lists: bool,
    version: u64,
    turn: &mut Turn,
) {
    // A repetition does nothing twice and is answered as before.
    if version > person.book().stated(by.person()) {
        let listed = person.book_mut(turn).take_listed(by, name, lists, version);
        if let Some(fact) = listed {
            turn.keep(Change::Listed {
                holder: person.id(),
                by: by.clone(),
                fact,
            });
            if !person.book().lists(by.person()).contains(Lists::BLOCK) {
                tell_own(person, None, std::iter::once(by), turn);
            }
        }
    }
    let known = person.book().stated(by.person());
    let told = Words::Told(known, person.kept_name().clone());
    person.write(turn.actor(by), told, turn);
}

/// A contact has taken what the person stated, or knows something later.
pub(super) fn take_told(
    person: &mut Person,
    from: Actor,
    version: u64,
    name: &Arc<str>,
    turn: &mut Turn,
) {
    let Some(contact) = from.person() else {
        return;
    };
    let Some(known) = person.book().contact(contact) else {
        return;
    };
    let (who, stated) = (known.who.clone(), known.version);
    if known.name != *name {
        take_name(person, &who, name, turn);
    }
    if stated < version {
        restate_above(person, contact, version, turn);
        return;
    }
    // Nobody waits for it, so it touches nobody: lost, it is stated and taken once more.
    if person.set_told(contact, version) {
        let change = Change::Told(person.id(), contact, version);
        turn.keep_some_day(Some(person.id()), change);
    }
}

/// The contact knows a higher version, of a time before the person forgot the contact and began to count
/// anew. What holds now is stated above it.
fn restate_above(person: &mut Person, contact: PersonId, version: u64, turn: &mut Turn) {
    let Some(kept) = person.book_mut(turn).raise_version(contact, version) else {
        return;
    };
    turn.keep(Change::Contact(person.id(), kept.clone()));
    person.write(turn.actor(&kept.who), statement(person, &kept), turn);
}

/// What the person states to a contact.
pub(super) fn statement(person: &Person, contact: &ContactRecord) -> Words {
    Words::Listed {
        by: person.who().clone(),
        name: person.name().clone(),
        lists: contact.lists.contains(Lists::FORWARD),
        version: contact.version,
    }
}

/// The person is to be called so. An empty name changes nothing.
pub(super) fn set_name(
    person: &mut Person,
    asked: Asked,
    name: &Arc<str>,
    turn: &mut Turn,
) -> Result<Option<Answer>, Refusal> {
    if name.len() > turn.config().text_bytes {
        return Err(Refusal::Invalid);
    }
    if name.is_empty() || name == person.name() {
        return Ok(Some(Answer::Done));
    }
    person.set_name(name.clone(), turn);
    turn.keep(Change::Name(person.id(), name.clone()));
    person.answer(asked, Ok(Answer::Done), turn);
    // A place hears of the person's name as it hears of the rest that others are shown.
    let own = person.places().presence(Audience::Own).map(Arc::new);
    for connection in person.places().that_want_presence() {
        if connection != asked.connection {
            let event = Event::Presence {
                who: person.who().clone(),
                shown: own.clone(),
                left: None,
            };
            person.tell(connection, event, turn);
        }
    }
    Ok(None)
}

/// Somebody in the person's roster is called so.
pub(super) fn take_name(person: &mut Person, who: &Who, name: &Arc<str>, turn: &mut Turn) {
    person.rename_contact(who, name);
    if person.book().has(who.person()) {
        tell_own(person, None, std::iter::once(who), turn);
    }
}
