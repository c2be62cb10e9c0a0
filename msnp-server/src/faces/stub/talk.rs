//! `Talk`: the connection of one conversation.

use super::home::ANOTHER_ROOM;
use super::requests::{Requests, Then};
use super::words::{self, Token};
use crate::faces::turn::Turn;
use crate::identity::{Address, Who};
use crate::network::{
    Answer, Command, Delivery, EndpointId, Event, Participant, Recipient, Refusal, RoomId, Said,
};

/// A conversation with one other.
#[derive(Debug)]
pub(super) struct Talk {
    who: Who,
    with: Address,
    /// Where the main connection tells what waits.
    home: RoomId,
    /// Others that are there: the main connection, and more of this conversation's.
    at_home: usize,
    /// The room that the other is in, or has asked to or was asked to.
    room: Option<RoomId>,
    /// Connections of the other's in that room.
    others: usize,
}

impl Talk {
    pub(super) fn new(
        who: Who,
        token: Token,
        requests: &mut Requests,
        turn: &mut Turn<'_>,
    ) -> Self {
        // Nobody has several places in this dialect, so it does not matter to which one the conversation belongs.
        let enter = Command::EnterConversation {
            who: who.clone(),
            endpoint: EndpointId::from_bytes(turn.prng().bytes()),
        };
        requests.ask(Then::Entered, enter, turn);
        Self {
            who,
            with: Address::Email(token.with),
            home: token.home,
            at_home: 0,
            room: token.room,
            others: 0,
        }
    }

    pub(super) fn on_line(
        &self,
        word: &str,
        text: &str,
        requests: &mut Requests,
        turn: &mut Turn<'_>,
    ) {
        if word != "SAY" || text.len() > turn.config().message_bytes {
            return words::refuse(word, turn);
        }
        match self.room.filter(|_| self.others > 0) {
            Some(room) => {
                let said = self.said(text, turn);
                let then = Then::SaidInRoom(text.to_owned());
                requests.ask(then, Command::SayInRoom { room, said }, turn);
            }
            None => self.send(text, requests, turn),
        }
    }

    /// False: the connection is over.
    pub(super) fn on_answer(
        &mut self,
        then: Then,
        outcome: Result<Answer, Refusal>,
        requests: &mut Requests,
        turn: &mut Turn<'_>,
    ) -> bool {
        match (then, outcome) {
            (Then::Entered, Ok(_)) => {
                requests.ask(Then::InFromHome, Command::JoinRoom(self.home), turn);
            }
            (Then::InFromHome, Ok(Answer::Room(_, members))) => {
                self.at_home = members.len();
                match self.room {
                    Some(room) => {
                        requests.ask(Then::Joined(room, true), Command::JoinRoom(room), turn);
                    }
                    None => requests.ask(Then::Own, Command::OpenRoom, turn),
                }
            }
            (Then::Joined(room, asked), Ok(Answer::Room(_, members))) => {
                self.set_room(room, &members);
                if asked {
                    words::say("JOINED", turn);
                }
            }
            // The other has gone meanwhile.
            (Then::Joined(_, true), _) => requests.ask(Then::Own, Command::OpenRoom, turn),
            (Then::Own, Ok(Answer::Room(room, members))) => {
                self.set_room(room, &members);
                let whom = self.with.clone();
                requests.ask(Then::Invited, Command::Invite { room, whom }, turn);
            }
            // Whoever does not come is written to.
            (Then::Invited, _) => words::say("JOINED", turn),
            (Then::Entered | Then::InFromHome | Then::Own, _) => {
                words::refuse("JOIN", turn);
                return false;
            }
            (Then::SaidInRoom(_), Ok(Answer::Reached(1..))) | (Then::Sent, Ok(_)) => {}
            (Then::SaidInRoom(text), _) => self.send(&text, requests, turn),
            (Then::Sent, Err(_)) => words::refuse("SAY", turn),
            _ => {}
        }
        true
    }

    /// False: the connection is over.
    pub(super) fn on_event(
        &mut self,
        event: Event,
        requests: &mut Requests,
        turn: &mut Turn<'_>,
    ) -> bool {
        match event {
            Event::SaidInRoom(room, _, said) if room == self.home => {
                self.on_told(&said, requests, turn);
            }
            Event::SaidInRoom(_, by, said) => {
                if let Some(text) = words::text(&said).filter(|_| by.is_at(&self.with)) {
                    words::say(&format!("SAID {text}"), turn);
                }
            }
            Event::Joined(room, _) if room == self.home => self.at_home += 1,
            Event::Left(room, ..) if room == self.home => {
                self.at_home = self.at_home.saturating_sub(1);
                // Without the main connection nobody would tell it what is kept.
                return self.at_home > 0;
            }
            Event::Joined(room, one) => {
                self.others += usize::from(self.is_other(room, &one.who));
            }
            Event::Left(room, who, _) => {
                let gone = usize::from(self.is_other(room, &who));
                self.others = self.others.saturating_sub(gone);
            }
            // It has subscribed to nothing.
            Event::Roster(_)
            | Event::RosterChanged(_)
            | Event::Groups(_)
            | Event::Presence { .. }
            | Event::Message(_)
            | Event::Passing { .. }
            | Event::Announcement { .. }
            | Event::Notice(..)
            | Event::Thread(_)
            | Event::Invitation { .. } => {}
        }
        true
    }

    /// Whether that is somebody with whom the conversation is, in its room.
    fn is_other(&self, room: RoomId, who: &Who) -> bool {
        self.room == Some(room) && who.is_at(&self.with)
    }

    /// The main connection says what has come, or where the other is.
    fn on_told(&mut self, said: &Said, requests: &mut Requests, turn: &mut Turn<'_>) {
        if &*said.kind == ANOTHER_ROOM {
            let number = std::str::from_utf8(&said.body).unwrap_or_default();
            let room = u128::from_str_radix(number, 16).ok().map(RoomId);
            if let Some(room) = room.filter(|room| self.room != Some(*room)) {
                self.others = 0;
                if let Some(before) = self.room.take() {
                    requests.give(Then::Nothing, Command::LeaveRoom(before), turn);
                }
                requests.give(Then::Joined(room, false), Command::JoinRoom(room), turn);
            }
        } else if let Some(text) = words::text(said) {
            words::say(&format!("SAID {text}"), turn);
        }
    }

    fn set_room(&mut self, room: RoomId, members: &[Participant]) {
        self.room = Some(room);
        let others = members.iter().filter(|one| one.who.is_at(&self.with));
        self.others = others.count();
    }

    fn send(&self, text: &str, requests: &mut Requests, turn: &mut Turn<'_>) {
        let command = Command::Send {
            to: Recipient::Person(self.with.clone(), None),
            said: self.said(text, turn),
            delivery: Delivery::Durable,
        };
        requests.ask(Then::Sent, command, turn);
    }

    fn said(&self, text: &str, turn: &mut Turn<'_>) -> Said {
        let name = turn.name();
        let name = name.as_deref().unwrap_or(self.who.email().as_str());
        words::said(text, Some(name))
    }
}
