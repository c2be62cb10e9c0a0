//! Rooms: conversations that live only while somebody is in them (msnp8-18.md 9.1).
//!
//! Nothing of them is kept. Who was asked in may come in, and again after going out, for as long as the room
//! is there.

use std::collections::{BTreeMap, BTreeSet};

use super::command::{Answer, Command, ConnectionId, RoomId};
use super::event::Event;
use super::letter::Words;
use super::participant::Participant;
use super::person::{About, Person};
use super::refusal::Refusal;
use super::turn::{Asked, Turn};
use crate::identity::{PersonId, Who};

/// Rooms of a connection that belongs to one conversation: that conversation's, and one in which its person's other
/// connections tell it what they alone are told.
const OF_A_CONVERSATION: usize = 2;

/// All rooms.
#[derive(Debug, Default)]
pub(super) struct Rooms {
    rooms: BTreeMap<RoomId, Room>,
    /// Which rooms a connection is in.
    of: BTreeMap<ConnectionId, BTreeSet<RoomId>>,
}

#[derive(Debug, Default)]
struct Room {
    /// In the order in which they came.
    members: Vec<(ConnectionId, Participant)>,
    invited: BTreeSet<PersonId>,
}

impl Rooms {
    /// Carries out a command about rooms; `None`: it will be answered later.
    pub(super) fn carry_out(
        &mut self,
        person: &mut Person,
        asked: Asked,
        command: &Command,
        turn: &mut Turn,
    ) -> Result<Option<Answer>, Refusal> {
        match command {
            Command::OpenRoom => self.open(person, asked, turn).map(Some),
            Command::Invite { room, whom } => {
                let found = turn.directory().get(whom);
                let whom = found.map(|(who, _)| who.clone());
                let whom = whom.ok_or(Refusal::NoSuchUser)?;
                self.invite(person, asked, *room, &whom, turn)?;
                Ok(None)
            }
            Command::JoinRoom(room) => self.join(person, asked, *room, turn).map(Some),
            Command::LeaveRoom(room) => {
                self.member(*room, asked.connection)?;
                self.leave(*room, asked.connection, turn);
                Ok(Some(Answer::Done))
            }
            Command::SayInRoom { room, said } => {
                let members = &self.member(*room, asked.connection)?.members;
                let others = members.iter().filter(|(one, _)| *one != asked.connection);
                let mut reached = 0;
                for (connection, _) in others {
                    // Nobody can be drowned in what nobody keeps.
                    if turn.lines().bytes(*connection) >= turn.config().outgoing_bytes {
                        continue;
                    }
                    reached += 1;
                    let event = Event::SaidInRoom(*room, person.who().clone(), said.clone());
                    turn.tell(*connection, None, event);
                }
                Ok(Some(Answer::Reached(reached)))
            }
            _ => Err(Refusal::Invalid),
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.rooms.len()
    }

    /// A connection is gone, and out of all its rooms.
    pub(super) fn forget(&mut self, connection: ConnectionId, turn: &mut Turn) {
        for room in self.of.remove(&connection).unwrap_or_default() {
            self.leave(room, connection, turn);
        }
    }

    fn open(&mut self, person: &Person, asked: Asked, turn: &mut Turn) -> Result<Answer, Refusal> {
        let id = RoomId(u128::from_be_bytes(turn.random()));
        let opener = participant(person, asked)?;
        let most = most_rooms(person, asked, turn);
        self.enter(id, asked.connection, opener, most, turn)?;
        Ok(Answer::Room(id, Vec::new()))
    }

    fn invite(
        &mut self,
        person: &mut Person,
        asked: Asked,
        room: RoomId,
        whom: &Who,
        turn: &mut Turn,
    ) -> Result<(), Refusal> {
        self.member(room, asked.connection)?;
        let Some(open) = self.rooms.get_mut(&room) else {
            return Err(Refusal::NoSuchUser);
        };
        if open.members.iter().any(|(_, one)| one.who == *whom) {
            return Err(Refusal::Present);
        }
        let seats = turn.config().room_members;
        if open.members.len() >= seats || open.invited.len() >= seats * 4 {
            return Err(Refusal::ListFull);
        }
        open.invited.insert(whom.person());
        let ask = turn.next_ask();
        person.ask(ask, asked, About::Ring);
        let words = Words::Ring {
            ask,
            by: person.who().clone(),
            name: person.kept_name().clone(),
            room,
        };
        turn.write(person.actor(), None, turn.actor(whom), words);
        Ok(())
    }

    fn join(
        &mut self,
        person: &Person,
        asked: Asked,
        room: RoomId,
        turn: &mut Turn,
    ) -> Result<Answer, Refusal> {
        let open = self.rooms.get(&room);
        let invited = open.filter(|open| open.invited.contains(&person.id()));
        let members = &invited.ok_or(Refusal::NoSuchUser)?.members;
        let others = members.iter().map(|(_, one)| one.clone()).collect();
        let connections: Vec<_> = members.iter().map(|(one, _)| *one).collect();
        if connections.contains(&asked.connection) {
            return Err(Refusal::Present);
        }
        let newcomer = participant(person, asked)?;
        let most = most_rooms(person, asked, turn);
        self.enter(room, asked.connection, newcomer.clone(), most, turn)?;
        for connection in connections {
            let event = Event::Joined(room, newcomer.clone());
            turn.tell(connection, None, event);
        }
        Ok(Answer::Room(room, others))
    }

    fn enter(
        &mut self,
        room: RoomId,
        connection: ConnectionId,
        newcomer: Participant,
        most: usize,
        turn: &Turn,
    ) -> Result<(), Refusal> {
        let of = self.of.entry(connection).or_default();
        let open = self.rooms.entry(room).or_default();
        let full = open.members.len() >= turn.config().room_members;
        if full || of.len() >= most {
            if open.members.is_empty() {
                self.rooms.remove(&room);
            }
            return Err(Refusal::ListFull);
        }
        of.insert(room);
        // Who was in it may come again.
        open.invited.insert(newcomer.who.person());
        open.members.push((connection, newcomer));
        Ok(())
    }

    fn leave(&mut self, room: RoomId, connection: ConnectionId, turn: &mut Turn) {
        let Some(open) = self.rooms.get_mut(&room) else {
            return;
        };
        let Some(at) = open.members.iter().position(|(one, _)| *one == connection) else {
            return;
        };
        let (_, gone) = open.members.remove(at);
        for (other, _) in &open.members {
            let event = Event::Left(room, gone.who.clone(), gone.endpoint);
            turn.tell(*other, None, event);
        }
        if open.members.is_empty() {
            self.rooms.remove(&room);
        }
        if let Some(of) = self.of.get_mut(&connection) {
            of.remove(&room);
        }
    }

    fn member(&self, room: RoomId, connection: ConnectionId) -> Result<&Room, Refusal> {
        let open = self.rooms.get(&room);
        let inside = open.filter(|open| open.members.iter().any(|(one, _)| *one == connection));
        inside.ok_or(Refusal::NoSuchUser)
    }
}

/// Who comes in by a connection, as others are to know them.
fn participant(person: &Person, asked: Asked) -> Result<Participant, Refusal> {
    let endpoint = person.places().speaker(asked.connection);
    Ok(Participant {
        who: person.who().clone(),
        endpoint: endpoint.ok_or(Refusal::NotEntered)?,
        apart: person.places().is_conversation(asked.connection),
        name: person.kept_name().clone(),
        shown: person.places().shown().cloned(),
    })
}

/// How many rooms a connection may be in.
fn most_rooms(person: &Person, asked: Asked, turn: &Turn) -> usize {
    let most = turn.config().rooms;
    if person.places().is_conversation(asked.connection) {
        most.min(OF_A_CONVERSATION)
    } else {
        most
    }
}
