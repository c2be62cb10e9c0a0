//! Coming, going, and what a place wants to be told.

use super::super::command::ConnectionId;
use super::super::command::{Answer, Subscription};
use super::super::event::{CloseReason, Event};
use super::super::letter::Words;
use super::super::message::EndpointId;
use super::super::person::Person;
use super::super::presence::Audience;
use super::super::refusal::Refusal;
use super::super::turn::{Asked, Turn};
use super::{contacts, presence, reading};

/// A connection becomes one of the places where the person is. The same endpoint on another connection
/// is replaced; where there are too many, the place that has asked for nothing for longest gives way to one that is
/// there. The connection that has ended by this is given, and is to be forgotten.
pub(in super::super) fn enter(
    person: &mut Person,
    asked: Asked,
    endpoint: EndpointId,
    turn: &mut Turn,
) -> Option<ConnectionId> {
    let places = person.places();
    let mut silent = None;
    if !places.has(endpoint) && places.len() >= turn.config().endpoints {
        silent = places.most_silent();
        let Some(silent) = silent else {
            turn.answer(asked, None, Err(Refusal::TooManyEndpoints));
            return None;
        };
        leave(person, silent, turn);
    }
    let now = turn.now().monotonic;
    let same = person.places_mut().add(asked.connection, endpoint, now);
    turn.lines().set_entered(asked.connection);
    let stale = same.or(silent);
    if let Some(stale) = stale {
        turn.close(stale, CloseReason::Replaced);
    }
    restate(person, turn);
    // No batch undoes it, so none refuses it.
    turn.answer(asked, None, Ok(Answer::Done));
    stale
}

/// A connection becomes that of one conversation, which belongs to a place of the person's.
pub(in super::super) fn enter_conversation(
    person: &mut Person,
    asked: Asked,
    endpoint: EndpointId,
    turn: &mut Turn,
) {
    let most = turn.config().conversations;
    if person.places().conversations() >= most {
        return turn.answer(asked, None, Err(Refusal::TooManyConversations));
    }
    let places = person.places_mut();
    places.add_conversation(asked.connection, endpoint);
    turn.lines().set_entered(asked.connection);
    turn.answer(asked, None, Ok(Answer::Done));
}

/// A connection acts for the person from now on, and is no place of theirs.
pub(in super::super) fn enter_aside(
    person: &mut Person,
    asked: Asked,
    endpoint: EndpointId,
    turn: &mut Turn,
) {
    if person.places().asides() >= turn.config().asides {
        return turn.answer(asked, None, Err(Refusal::Busy));
    }
    person.places_mut().add_aside(asked.connection, endpoint);
    turn.lines().set_entered(asked.connection);
    turn.answer(asked, None, Ok(Answer::Done));
}

/// What contacts have not taken is stated again, in case it was lost on the way.
fn restate(person: &Person, turn: &mut Turn) {
    for contact in person.book().contacts().filter(|one| !one.told) {
        let words = contacts::statement(person, contact);
        person.write(turn.actor(&contact.who), words, turn);
    }
}

/// A connection is gone.
pub(in super::super) fn leave(person: &mut Person, connection: ConnectionId, turn: &mut Turn) {
    reading::leave(person, connection, turn);
    if let Some((endpoint, true)) = person.places_mut().remove(connection) {
        presence::changed(person, None, Some(endpoint), turn);
    }
}

/// What a place wants to be told. Whoever asks again has missed something: all is told again.
pub(super) fn subscribe(person: &mut Person, asked: Asked, wanted: Subscription, turn: &mut Turn) {
    let connection = asked.connection;
    let last = person.mailbox().last();
    let had_messages = person.places_mut().subscribe(connection, wanted, last);
    turn.answer(asked, None, Ok(Answer::Done));
    if wanted.roster {
        tell_roster(person, connection, turn);
    }
    if wanted.presence {
        show_everyone(person, connection, turn);
    }
    if wanted.messages && had_messages {
        reading::offer_again(person, connection, turn);
    }
    if wanted.messages {
        reading::catch_up(person, connection, turn);
    }
}

/// Tells a place the roster as it is kept; and, if a batch that gathers makes a difference, what that is, once it
/// is kept.
fn tell_roster(person: &Person, connection: ConnectionId, turn: &mut Turn) {
    let (kept, now) = (person.kept_book(), person.book());
    let roster = kept.roster();
    let gone = roster.iter().filter(|one| !now.has(one.who.person()));
    let mut different: Vec<_> = gone.map(|one| now.entry(&one.who)).collect();
    let others = now.roster().into_iter();
    different.extend(others.filter(|one| !roster.contains(one)));
    turn.tell(connection, None, Event::Groups(kept.groups().to_vec()));
    turn.tell(connection, None, Event::Roster(roster));
    if now.groups() != kept.groups() {
        person.tell(connection, Event::Groups(now.groups().to_vec()), turn);
    }
    if !different.is_empty() {
        person.tell(connection, Event::RosterChanged(different), turn);
    }
}

/// Shows a place everybody whom it may see, and its sisters.
fn show_everyone(person: &mut Person, connection: ConnectionId, turn: &mut Turn) {
    if person.places_mut().watch() {
        for who in person.book().forward() {
            if let Some(shown) = person.places().seen(who.person()) {
                let event = Event::Presence {
                    who: who.clone(),
                    shown: Some(shown.clone()),
                    left: None,
                };
                turn.tell(connection, None, event);
            }
        }
    } else {
        for who in person.book().forward() {
            // Watching is in memory alone: no batch undoes it.
            let words = Words::Watch(person.who().clone());
            turn.write(person.actor(), None, turn.actor(who), words);
        }
    }
    if let Some(own) = person.places().presence(Audience::Own) {
        let event = Event::Presence {
            who: person.who().clone(),
            shown: Some(own.into()),
            left: None,
        };
        turn.tell(connection, None, event);
    }
}
