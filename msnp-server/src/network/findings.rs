//! What the store has found, or could not read, given to whatever it was read for.

use std::sync::Arc;

use super::actors::Actors;
use super::command::Answer;
use super::letter::Actor;
use super::refusal::Refusal;
use super::rules;
use super::store::{Found, StoreFailed};
use super::turn::{Asked, Purpose, Turn};
use crate::identity::{Address, Who};

/// What was to be read was found, or could not be read.
pub(super) fn take(
    purpose: Purpose,
    outcome: Result<Found, StoreFailed>,
    actors: &mut Actors,
    turn: &mut Turn,
) {
    match purpose {
        Purpose::Addresses(asked, addresses) => take_addresses(asked, addresses, outcome, turn),
        Purpose::Person(id) => actors.take_person(id, outcome, turn),
        Purpose::Thread(id) => actors.take_thread(id, outcome, turn),
        Purpose::Backlog(connection, asked) => {
            let found = match outcome {
                Ok(Found::Messages(messages)) => Some(messages),
                _ => None,
            };
            let id = turn.lines().entered(connection);
            if let Some(person) = id.and_then(|id| actors.person(id)) {
                rules::take_backlog(person, connection, asked, found, turn);
            }
            actors.set_alarm(id.map(Actor::Person));
        }
        Purpose::Command(asked) => {
            let answer = match outcome {
                Ok(Found::Messages(messages)) => Ok(Answer::Messages(messages)),
                Ok(Found::Conversations(all)) => Ok(Answer::Conversations(all)),
                _ => Err(Refusal::Store),
            };
            turn.answer(asked, None, answer);
        }
    }
}

/// The first command of a line goes on, once it is known to whom its addresses lead.
fn take_addresses(
    asked: Asked,
    addresses: Vec<Address>,
    outcome: Result<Found, StoreFailed>,
    turn: &mut Turn,
) {
    let Asked {
        connection,
        request,
    } = asked;
    let Ok(Found::Addresses(found)) = outcome else {
        if turn.lines().looked_up(connection, request, Vec::new()) {
            turn.answer(asked, None, Err(Refusal::Store));
        }
        return;
    };
    let mut nobody = Vec::new();
    let found: Vec<Option<(Who, Arc<str>)>> = found;
    for (address, found) in addresses.into_iter().zip(found) {
        match found {
            Some((who, name)) => turn.directory().insert(address, who, name),
            None => nobody.push(address),
        }
    }
    turn.lines().looked_up(connection, request, nobody);
}
