//! `Home`: the main connection. It knows which conversations have a connection, calls the client to those that
//! need one, and passes on what waits for them.
//!
//! To each conversation belongs a room in which nobody is but the person's own connections: the main one speaks
//! in it to that of the conversation, and is told when that comes and goes.

use std::collections::BTreeMap;

use super::requests::{Requests, Then};
use super::words::{self, Token};
use crate::faces::turn::Turn;
use crate::identity::{PersonId, Who};
use crate::network::{
    Answer, Author, Command, Contact, ContactChange, ConversationId, EndpointId, Event, Kept,
    ListChange, Lists, Number, Privacy, Publication, Refusal, RoomId, Said, Status, Subscription,
};

/// What a conversation's connection is told by the main one, and is no text: another room.
pub(super) const ANOTHER_ROOM: &str = "Control/Room";

/// The main connection of one place.
#[derive(Debug)]
pub(super) struct Home {
    who: Who,
    talks: BTreeMap<PersonId, Open>,
}

/// A conversation that has a connection, or to which the client was called.
#[derive(Debug)]
struct Open {
    with: Who,
    /// The private room; `None` until it is open.
    room: Option<RoomId>,
    /// The client has asked for it, and waits for an answer.
    asked: bool,
    /// Connections of the conversation that are there.
    here: usize,
    /// The room that the other has asked to.
    invited: Option<RoomId>,
    /// What was said in it meanwhile.
    waiting: Vec<(Number, Said)>,
}

impl Home {
    pub(super) fn new(who: Who, requests: &mut Requests, turn: &mut Turn<'_>) -> Self {
        let enter = Command::Enter {
            who: who.clone(),
            endpoint: EndpointId::from_bytes(turn.prng().bytes()),
        };
        requests.ask(Then::Entered, enter, turn);
        let talks = BTreeMap::new();
        Self { who, talks }
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
                let command = Command::Publish(publication(Status::Online));
                requests.ask(Then::Shown, command, turn);
            }
            (Then::Shown, Ok(_)) => {
                let messages = Subscription {
                    messages: true,
                    rooms: true,
                    ..Subscription::default()
                };
                requests.ask(Then::Welcome, Command::Subscribe(messages), turn);
            }
            (Then::Welcome, Ok(_)) => words::say("WELCOME", turn),
            (Then::Entered | Then::Shown | Then::Welcome, Err(_)) => {
                words::refuse("HELLO", turn);
                return false;
            }
            (Then::Say { done, .. }, Ok(_)) => words::say(&done, turn),
            (Then::Say { word, .. }, Err(_)) => words::refuse(&word, turn),
            (Then::Found, Ok(Answer::Contacts(found))) => self.on_found(&found, requests, turn),
            (Then::Found, _) => words::refuse("ROOM", turn),
            (Then::Opened(with), Ok(Answer::Room(room, _))) => self.on_opened(&with, room, turn),
            (Then::Opened(with), _) => {
                let open = self.talks.remove(&with.person());
                if open.is_some_and(|open| open.asked) {
                    words::refuse("ROOM", turn);
                }
            }
            (Then::Passed(number), Ok(Answer::Reached(1..))) => {
                // Nobody acknowledges here: what was given to the conversation was received.
                requests.give(Then::Nothing, Command::CountsAsReceived(number), turn);
            }
            // It was given, and nobody waits for more; or not, and it waits for the next sign-in.
            _ => {}
        }
        true
    }

    pub(super) fn on_event(&mut self, event: Event, requests: &mut Requests, turn: &mut Turn<'_>) {
        match event {
            Event::Roster(all) | Event::RosterChanged(all) => {
                for one in all {
                    let lists = words::lists(one.lists);
                    words::say(&format!("HAS {} {lists}", one.who.email()), turn);
                }
            }
            Event::Groups(all) => {
                for one in all {
                    words::say(&format!("GROUP {}", one.name), turn);
                }
            }
            Event::Presence { who, shown, .. } => {
                if who != self.who {
                    let status = words::status(shown.map(|shown| shown.status));
                    words::say(&format!("SEES {} {status}", who.email()), turn);
                }
            }
            Event::Message(kept) => self.on_message(kept, requests, turn),
            Event::Invitation { room, by, .. } => self.on_invitation(room, &by, requests, turn),
            Event::Joined(room, _) => self.on_joined(room, requests, turn),
            Event::Left(room, ..) => self.on_left(room, requests, turn),
            // There are no words for what only passes through, and there are no threads; in the private rooms
            // nobody speaks but this connection.
            Event::Passing { .. }
            | Event::Announcement { .. }
            | Event::Notice(..)
            | Event::Thread(_)
            | Event::SaidInRoom(..) => {}
        }
    }

    fn on_found(&mut self, found: &[Contact], requests: &mut Requests, turn: &mut Turn<'_>) {
        let Some(with) = found.first().map(|one| one.who.clone()) else {
            return words::refuse("ROOM", turn);
        };
        match self.talks.get_mut(&with.person()) {
            Some(open) if open.room.is_some() => open.call(turn),
            // The answer comes when its room is open.
            Some(open) => open.asked = true,
            None => self.open(with, true, requests, turn),
        }
    }

    fn on_opened(&mut self, with: &Who, room: RoomId, turn: &mut Turn<'_>) {
        if let Some(open) = self.talks.get_mut(&with.person()) {
            open.room = Some(room);
            open.asked = false;
            open.call(turn);
        }
    }

    /// Calls the client to a conversation, once there is a private room for it.
    fn open(&mut self, with: Who, asked: bool, requests: &mut Requests, turn: &mut Turn<'_>) {
        let open = Open {
            with: with.clone(),
            room: None,
            asked,
            here: 0,
            invited: None,
            waiting: Vec::new(),
        };
        self.talks.insert(with.person(), open);
        let then = Then::Opened(with);
        if asked {
            requests.ask(then, Command::OpenRoom, turn);
        } else {
            requests.give(then, Command::OpenRoom, turn);
        }
    }

    fn on_message(&mut self, kept: Kept, requests: &mut Requests, turn: &mut Turn<'_>) {
        let said = words::said_in(&kept.message);
        let is_own = matches!(&kept.message.author, Author::Person(who, _) if *who == self.who);
        let (Some(said), ConversationId::Person(with), false) = (said, kept.conversation, is_own)
        else {
            // There are no words here for what is no text, happens in a thread, or was said elsewhere by the
            // person. Left unreceived it would take the room of what can be shown.
            requests.give(Then::Nothing, Command::CountsAsReceived(kept.number), turn);
            return;
        };
        if !self.talks.contains_key(&with.person()) {
            self.open(with.clone(), false, requests, turn);
        }
        if let Some(open) = self.talks.get_mut(&with.person()) {
            open.waiting.push((kept.number, said.clone()));
            open.pass_on(requests, turn);
        }
    }

    fn on_invitation(
        &mut self,
        room: RoomId,
        by: &Who,
        requests: &mut Requests,
        turn: &mut Turn<'_>,
    ) {
        if !self.talks.contains_key(&by.person()) {
            self.open(by.clone(), false, requests, turn);
        }
        if let Some(open) = self.talks.get_mut(&by.person()) {
            open.invited = Some(room);
            open.tell_of_room(requests, turn);
        }
    }

    fn on_joined(&mut self, room: RoomId, requests: &mut Requests, turn: &mut Turn<'_>) {
        let open = self.talks.values_mut().find(|one| one.room == Some(room));
        if let Some(open) = open {
            open.here += 1;
            open.pass_on(requests, turn);
        }
    }

    fn on_left(&mut self, room: RoomId, requests: &mut Requests, turn: &mut Turn<'_>) {
        let open = self.talks.values_mut().find(|one| one.room == Some(room));
        let Some(open) = open else {
            return;
        };
        open.here = open.here.saturating_sub(1);
        if open.here == 0 {
            let with = open.with.person();
            self.talks.remove(&with);
            requests.give(Then::Nothing, Command::LeaveRoom(room), turn);
        }
    }
}

impl Open {
    /// Says where the client finds the conversation; later, if that is not known yet.
    fn call(&self, turn: &mut Turn<'_>) {
        let Some(home) = self.room else {
            return;
        };
        let with = self.with.email().clone();
        let token = Token {
            home,
            room: self.invited,
            with,
        };
        // There is one authority here: where this connection is too.
        let line = format!("ROOM {} here {}", self.with.email(), words::token(&token));
        words::say(&line, turn);
    }

    /// Passes on what waits, if the conversation's connection is there.
    fn pass_on(&mut self, requests: &mut Requests, turn: &mut Turn<'_>) {
        let Some(room) = self.room.filter(|_| self.here > 0) else {
            return;
        };
        for (number, said) in self.waiting.drain(..) {
            requests.give(
                Then::Passed(number),
                Command::SayInRoom { room, said },
                turn,
            );
        }
    }

    /// Tells a connection that is there already of the room that the other has asked to.
    fn tell_of_room(&self, requests: &mut Requests, turn: &mut Turn<'_>) {
        let (Some(room), Some(other)) = (self.room.filter(|_| self.here > 0), self.invited) else {
            return;
        };
        let mut said = words::said(&format!("{:x}", other.0), None);
        said.kind = ANOTHER_ROOM.into();
        requests.give(Then::Nothing, Command::SayInRoom { room, said }, turn);
    }
}

/// Carries out a line of the client's, or asks for it.
pub(super) fn on_line(word: &str, rest: &str, requests: &mut Requests, turn: &mut Turn<'_>) {
    if word == "ROOM" {
        match words::address(rest) {
            Some(whom) => requests.ask(Then::Found, Command::LookUp(vec![whom]), turn),
            None => words::refuse(word, turn),
        }
        return;
    }
    let Some(command) = command(word, rest) else {
        return words::refuse(word, turn);
    };
    let done = match word {
        "ADD" => format!("ADDED {rest}"),
        "DROP" => format!("DROPPED {rest}"),
        "BLOCK" => format!("BLOCKED {rest}"),
        "FREE" => format!("FREED {rest}"),
        _ => format!("DONE {word}"),
    };
    let word = word.to_owned();
    requests.ask(Then::Say { word, done }, command, turn);
}

/// What a word asks of the network; `None` if it is none, or makes no sense.
fn command(word: &str, rest: &str) -> Option<Command> {
    let change = |change| {
        let contact = words::address(rest)?;
        Some(Command::ChangeContacts(vec![ContactChange {
            contact,
            change,
        }]))
    };
    match word {
        "ADD" => change(ListChange::Set(Lists::FORWARD | Lists::ALLOW)),
        "DROP" => change(ListChange::Remove(Lists::OWN)),
        "BLOCK" => change(ListChange::Add(Lists::BLOCK)),
        "FREE" => change(ListChange::Remove(Lists::BLOCK)),
        "STATUS" => words::read_status(rest).map(|status| Command::Publish(publication(status))),
        "WATCH" => Some(Command::Subscribe(Subscription {
            roster: true,
            presence: true,
            ..Subscription::default()
        })),
        "GROUP" => Some(Command::AddGroup { name: rest.into() }),
        "PRIVACY" => match rest {
            "open" => Some(Command::SetPrivacy(Privacy::AllowOthers)),
            "closed" => Some(Command::SetPrivacy(Privacy::BlockOthers)),
            _ => None,
        },
        "KEEP" => rest
            .split_once(' ')
            .map(|(name, value)| Command::SetProperty {
                name: name.into(),
                value: value.into(),
            }),
        _ => None,
    }
}

fn publication(status: Status) -> Publication {
    Publication {
        status: Some(status),
        ..Publication::default()
    }
}
