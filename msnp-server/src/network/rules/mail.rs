//! Receiving: the reader's part. Who is blocked, or not let in, is told that the message was accepted; it
//! reaches nobody, so a block looks like somebody who is away.

use std::sync::Arc;

use super::super::command::{ConnectionId, RoomId};
use super::super::event::Event;
use super::super::letter::{Letter, Reply, Words};
use super::super::message::{Author, Content, ConversationId, Kept, Message};
use super::super::person::Person;
use super::super::refusal::Refusal;
use super::super::store::Change;
use super::super::thread::Thread;
use super::super::turn::Turn;
use crate::identity::{PersonId, Who};

/// A message to keep.
pub(super) fn deliver(
    person: &mut Person,
    letter: &Letter,
    conversation: &ConversationId,
    message: &Arc<Message>,
    turn: &mut Turn,
) {
    let by_person = matches!(conversation, ConversationId::Person(_));
    if let (ConversationId::Person(by), true) = (conversation, by_person)
        && !person.admits(by.person(), turn)
    {
        person.reply(letter, Reply::Done, turn);
        return;
    }
    let sender = match &message.author {
        Author::Person(who, _) => Some(who.person()),
        Author::Thread(_) => None,
    };
    let room = has_room(person, sender, turn);
    if !room && by_person {
        person.reply(letter, Reply::Refused(Refusal::MailboxFull), turn);
        return;
    }
    // Who did something in a thread knows it, and is not told again at the next sign-in.
    let own = match (&message.content, &message.author) {
        (Content::Activity(activity), _) => activity.by == *person.who(),
        (Content::Said(_), Author::Person(who, _)) => who == person.who(),
        (Content::Said(_), Author::Thread(_)) => false,
    };
    let waiting = room && !own;
    let now = turn.now().wall;
    let mailbox = person.mailbox_mut(turn);
    let number = if waiting {
        mailbox.add_waiting(sender, now)
    } else {
        mailbox.add(now)
    };
    turn.keep(Change::Message(message.clone()));
    turn.keep(Change::Share {
        owner: person.id(),
        number,
        conversation: conversation.clone(),
        message: message.name,
        waiting,
    });
    person.reply(letter, Reply::Done, turn);
    let kept = Kept {
        number,
        conversation: conversation.clone(),
        message: message.clone(),
        waiting,
    };
    person.offer(&kept, turn);
}

/// Whether one more message may wait, of that sender. Nobody fills the mailbox alone, and strangers leave half of it to
/// friends.
fn has_room(person: &Person, sender: Option<PersonId>, turn: &Turn) -> bool {
    let (most, mailbox) = (turn.config().waiting_messages, person.mailbox());
    let all = mailbox.waiting();
    let Some(sender) = sender else {
        return all < most;
    };
    let (of_all, of_sender) = if person.book().knows(sender) {
        (most, most.div_ceil(2))
    } else {
        (most.div_ceil(2), most.div_ceil(10))
    };
    all < of_all && mailbox.waiting_from(sender) < of_sender
}

/// A message that passes through to whoever is there.
pub(super) fn pass(person: &mut Person, letter: &Letter, turn: &mut Turn) {
    let Words::Pass {
        by,
        conversation,
        message,
        endpoint,
        numbered,
        seen,
        ..
    } = letter.words()
    else {
        return;
    };
    let by_person = matches!(conversation, ConversationId::Person(_));
    let admitted = !by_person || person.admits(by.person(), turn);
    // The answer must not tell who hides.
    let known = !seen || person.places().shown().is_some();
    let places = person.places();
    let is_meant = |connection: &ConnectionId| {
        let here = endpoint.is_none_or(|one| places.id(*connection) == Some(one));
        admitted && known && here
    };
    let connections: Vec<_> = places.that_want_messages().filter(is_meant).collect();
    let reached = !connections.is_empty();
    let now = turn.now().wall;
    let number = (reached && *numbered).then(|| person.mailbox_in_memory().add(now));
    for connection in connections {
        // Nobody can be drowned in what nobody keeps.
        if turn.lines().bytes(connection) < turn.config().outgoing_bytes {
            let event = Event::Passing {
                conversation: conversation.clone(),
                message: message.clone(),
                number,
            };
            person.tell(connection, event, turn);
        }
    }
    person.reply(letter, Reply::Reached(reached), turn);
}

/// The operator says something to everybody who is there. Nobody has asked for it, so no list of theirs keeps it away.
pub(super) fn announce(person: &mut Person, by: &Who, message: &Arc<Message>, turn: &mut Turn) {
    let connections: Vec<_> = person.places().that_want_messages().collect();
    if connections.is_empty() {
        return;
    }
    let number = person.mailbox_in_memory().add(turn.now().wall);
    for connection in connections {
        let (by, message) = (by.clone(), message.clone());
        let event = Event::Announcement {
            by,
            message,
            number,
        };
        person.tell(connection, event, turn);
    }
}

/// A thread that the person is in, or was until now, is as told.
pub(super) fn take_thread(person: &Person, thread: &Arc<Thread>, turn: &mut Turn) {
    for connection in person.places().that_want_messages() {
        person.tell(connection, Event::Thread(thread.clone()), turn);
    }
}

/// Somebody asks the person into a room, at all places that come into rooms.
pub(super) fn ring(
    person: &Person,
    letter: &Letter,
    (by, name): (&Who, &Arc<str>),
    room: RoomId,
    turn: &mut Turn,
) {
    let there = person.places().shown().is_some() && person.admits(by.person(), turn);
    if !there {
        return turn.reply(letter, None, Reply::Reached(false));
    }
    let mut reached = 0;
    for connection in person.places().that_come_into_rooms() {
        reached += 1;
        let (by, name) = (by.clone(), name.clone());
        turn.tell(connection, None, Event::Invitation { room, by, name });
    }
    turn.reply(letter, None, Reply::Rung(reached));
}
