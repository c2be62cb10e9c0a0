//! How the first command of a line is carried out, or waits for what it needs.

use std::collections::BTreeSet;

use super::actors::Actors;
use super::command::{Command, ConnectionId};
use super::letter::Actor;
use super::needs;
use super::refusal::Refusal;
use super::room::Rooms;
use super::rules;
use super::store::Read;
use super::turn::{Asked, Purpose, Turn};
use crate::identity::{Address, PersonId};

/// Where something stands among what is to be done with a person.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Behind what waits.
    Last,
    /// It has waited for that person, and its turn has come.
    First(PersonId),
}

/// Carries out the first command of a line, or has it wait for what it needs.
pub(super) fn start(
    asked: Asked,
    command: Box<Command>,
    place: Place,
    actors: &mut Actors,
    rooms: &mut Rooms,
    turn: &mut Turn,
) -> Result<(), Refusal> {
    let connection = asked.connection;
    let lines = turn.lines();
    if let Command::Enter { who, .. }
    | Command::EnterConversation { who, .. }
    | Command::EnterAside { who, .. } = &*command
    {
        if lines.entered(connection).is_some() {
            return Err(Refusal::Entered);
        }
        lines.set_person(connection, who.person());
    } else if lines.entered(connection).is_none() {
        return Err(Refusal::NotEntered);
    }
    let id = lines.person(connection).ok_or(Refusal::NotEntered)?;
    if turn.store_hangs() && needs::is_kept(&command) {
        return Err(Refusal::Store);
    }
    let unknown = unknown_addresses(connection, &command, turn)?;
    if !unknown.is_empty() {
        turn.lines().put_back(connection, command);
        turn.lines().look_up(connection);
        let purpose = Purpose::Addresses(asked, unknown.clone());
        turn.read(purpose, Read::Addresses(unknown));
        return Ok(());
    }
    // What is kept can be looked at also by who waits for a store that hangs.
    let looks =
        turn.store_hangs() && needs::is_answered_by_pages(&command) && actors.person(id).is_some();
    if looks || place == Place::First(id) || actors.is_free(id, connection, turn) {
        carry_out(id, asked, *command, actors, rooms, turn);
    } else {
        turn.lines().put_back(connection, command);
    }
    Ok(())
}

fn carry_out(
    id: PersonId,
    asked: Asked,
    command: Command,
    actors: &mut Actors,
    rooms: &mut Rooms,
    turn: &mut Turn,
) {
    let Some(person) = actors.person(id) else {
        return;
    };
    let (places, from) = (person.places(), asked.connection);
    let is_denied = places.is_conversation(from) && !needs::is_for_conversations(&command)
        || places.is_aside(from) && !needs::is_for_those_aside(&command);
    if is_denied {
        turn.answer(asked, None, Err(Refusal::NotEntered));
        return;
    }
    match command {
        Command::EnterConversation { endpoint, .. } => {
            rules::enter_conversation(person, asked, endpoint, turn);
        }
        Command::EnterAside { endpoint, .. } => rules::enter_aside(person, asked, endpoint, turn),
        Command::Enter { endpoint, .. } => {
            if let Some(stale) = rules::enter(person, asked, endpoint, turn) {
                rooms.forget(stale, turn);
            }
        }
        Command::OpenRoom
        | Command::Invite { .. }
        | Command::JoinRoom(_)
        | Command::LeaveRoom(_)
        | Command::SayInRoom { .. } => {
            let outcome = rooms.carry_out(person, asked, &command, turn);
            if let Some(answer) = outcome.transpose() {
                // No batch undoes what happens in rooms, so none refuses it.
                turn.answer(asked, None, answer);
            }
        }
        command => rules::carry_out(person, asked, command, turn),
    }
    actors.set_alarm(Some(Actor::Person(id)));
}

/// The addresses that a command names and that have to be looked up first.
fn unknown_addresses(
    connection: ConnectionId,
    command: &Command,
    turn: &mut Turn,
) -> Result<Vec<Address>, Refusal> {
    let named = needs::addresses(command);
    let config = turn.config();
    // More than any rule takes: everybody by both addresses, twice. So the directory always has room for
    // all that one command names.
    if named.len() > config.contacts.max(config.thread_members).saturating_mul(4) {
        return Err(Refusal::ListFull);
    }
    let mut unknown = BTreeSet::new();
    for address in named {
        let known = turn.directory().get(address).is_some()
            || turn.lines().leads_to_nobody(connection, address);
        if !known {
            unknown.insert(address.clone());
        }
    }
    Ok(unknown.into_iter().collect())
}
