//! Presence: what a person is seen as, and by whom.

use std::sync::Arc;

use super::super::command::{Answer, ConnectionId};
use super::super::event::Event;
use super::super::letter::Words;
use super::super::lists::Lists;
use super::super::message::EndpointId;
use super::super::person::Person;
use super::super::presence::{Audience, Presence, Publication};
use super::super::refusal::Refusal;
use super::super::turn::{Asked, Turn};
use crate::identity::Who;

/// A place says something about itself.
pub(super) fn publish(
    person: &mut Person,
    asked: Asked,
    said: Publication,
    turn: &mut Turn,
) -> Result<Option<Answer>, Refusal> {
    let room = turn.config().services;
    if said.services.len() > room || said.endpoint.len() > room {
        return Err(Refusal::Invalid);
    }
    person.places_mut().publish(asked.connection, said, room);
    // No batch undoes it, so none refuses it.
    turn.answer(asked, None, Ok(Answer::Done));
    changed(person, Some(asked.connection), None, turn);
    Ok(None)
}

/// The person looks different now, or not to others: says so to all who should know. `by` is the place that
/// said so and is not told; `left` one that is no longer there.
pub(super) fn changed(
    person: &mut Person,
    by: Option<ConnectionId>,
    left: Option<EndpointId>,
    turn: &mut Turn,
) {
    let own = person.places().presence(Audience::Own).map(Arc::new);
    for connection in person.places().that_want_presence() {
        if Some(connection) != by {
            let event = Event::Presence {
                who: person.who().clone(),
                shown: own.clone(),
                left,
            };
            turn.tell(connection, None, event);
        }
    }
    let was_shown = person.places().shown().is_some();
    if !person.places_mut().show() {
        return;
    }
    let shown = person.places().shown().cloned();
    // Who saw nobody before has nobody to see leave.
    let left = left.filter(|_| was_shown && shown.is_some());
    for watcher in person.book().watchers() {
        if *watcher != *person.who() && person.admits(watcher.person(), turn) {
            show(person, watcher, shown.as_ref(), left, turn);
        }
    }
}

/// `by` wants to see the person.
pub(super) fn show_to(person: &mut Person, by: &Who, turn: &mut Turn) {
    if person.admits(by.person(), turn) {
        let shown = person.places().shown().cloned();
        show(person, by, shown.as_ref(), None, turn);
    }
}

/// Shows somebody what the person looks like.
pub(super) fn show(
    person: &Person,
    to: &Who,
    shown: Option<&Arc<Presence>>,
    left: Option<EndpointId>,
    turn: &mut Turn,
) {
    let words = Words::Seen {
        who: person.who().clone(),
        shown: shown.cloned(),
        left,
    };
    person.write(turn.actor(to), words, turn);
}

/// The person sees somebody.
pub(super) fn see(
    person: &mut Person,
    who: &Who,
    shown: Option<&Arc<Presence>>,
    left: Option<EndpointId>,
    turn: &mut Turn,
) {
    let listed = person.book().lists(who.person()).contains(Lists::FORWARD);
    if !listed {
        // The contact may have been taken off the list by a batch that is not kept: then whoever is not seen is
        // asked again.
        person.places_mut().see(who.person(), None);
        return;
    }
    if !person.places().is_watching() || !person.places_mut().see(who.person(), shown) {
        return;
    }
    for connection in person.places().that_want_presence() {
        let event = Event::Presence {
            who: who.clone(),
            shown: shown.cloned(),
            left,
        };
        // It is noted as seen, so it is told, whatever becomes of the batch.
        turn.tell(connection, None, event);
    }
}
