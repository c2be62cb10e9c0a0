//! Sending: the author's part. Repetitions, the author's own copy, and the answer are the author's; whether a
//! message is let in, and whether there is room for it, the reader says.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::super::command::{Answer, Delivery, Recipient};
use super::super::event::Event;
use super::super::letter::{Actor, AskId, Reply, Words};
use super::super::mailbox::Repetition;
use super::super::message::{Author, Content, ConversationId, EndpointId, Kept, Message, Said};
use super::super::person::{About, Person};
use super::super::refusal::Refusal;
use super::super::sending::{Sending, SendingKind};
use super::super::store::Change;
use super::super::thread::ThreadId;
use super::super::turn::{Asked, Turn};
use crate::identity::Who;

/// Says something to a person or a thread. It is answered when the first who has to keep it does.
pub(super) fn send(
    person: &mut Person,
    asked: Asked,
    to: &Recipient,
    said: Said,
    delivery: Delivery,
    turn: &mut Turn,
) -> Result<Option<Answer>, Refusal> {
    let (conversation, endpoint) = recipient(to, turn)?;
    let connection = asked.connection;
    let here = person
        .places()
        .speaker(connection)
        .ok_or(Refusal::NotEntered)?;
    let author = Author::Person(person.who().clone(), here);
    let ask = turn.next_ask();
    if matches!(delivery, Delivery::Durable) && !person.may_keep(&said, turn) {
        return Err(Refusal::Busy);
    }
    if matches!(delivery, Delivery::Durable)
        && note_sending(person, (asked, here), &said, &conversation, ask, turn).is_break()
    {
        return Ok(None);
    }
    let message = Arc::new(Message {
        name: turn.next_name(),
        arrival: turn.now().wall,
        author,
        content: Content::Said(said),
    });
    let kind = match delivery {
        Delivery::Durable => SendingKind::Durable,
        Delivery::Transient { must_reach, echo } => SendingKind::Transient { echo, must_reach },
    };
    let sending = Sending {
        message: message.clone(),
        conversation: conversation.clone(),
        connection,
        kind,
    };
    if conversation == ConversationId::Person(person.who().clone()) {
        // A note to oneself: there is nobody to ask.
        let to_self = [asked];
        take_reply(person, ask, &sending, &to_self, Reply::Reached(true), turn);
        return Ok(None);
    }
    // Where nobody has to be there, there is nothing to wait for.
    let waits = match kind {
        SendingKind::Durable => true,
        SendingKind::Transient { echo, must_reach } => echo || must_reach,
    };
    // The writer's place in the reader's world: in a conversation of two, the writer.
    let seen_as = match &conversation {
        ConversationId::Person(_) => ConversationId::Person(person.who().clone()),
        thread @ ConversationId::Thread(_) => thread.clone(),
    };
    let (to, words) = match (&conversation, kind) {
        (ConversationId::Person(other), SendingKind::Durable) => {
            let deliver = Words::Deliver {
                ask: Some(ask),
                conversation: seen_as,
                message,
            };
            (turn.actor(other), deliver)
        }
        (ConversationId::Person(other), SendingKind::Transient { echo, must_reach }) => {
            let pass = Words::Pass {
                ask: waits.then_some(ask),
                by: person.who().clone(),
                conversation: seen_as,
                message,
                endpoint,
                numbered: echo,
                seen: must_reach,
            };
            (turn.actor(other), pass)
        }
        (ConversationId::Thread(thread), kind) => {
            let say = Words::Say {
                ask,
                by: person.who().clone(),
                message,
                kept: matches!(kind, SendingKind::Durable),
                numbered: matches!(kind, SendingKind::Transient { echo: true, .. }),
            };
            (Actor::Thread(*thread), say)
        }
    };
    if waits || matches!(conversation, ConversationId::Thread(_)) {
        person.ask(ask, asked, About::Sending(Box::new(sending)));
        person.write(to, words, turn);
        Ok(None)
    } else {
        person.write(to, words, turn);
        Ok(Some(Answer::Done))
    }
}

/// Remembers what is being sent, if its client has a name for it. If the same was sent before, that is where it
/// ends: it gets the same answer, and nothing is sent.
fn note_sending(
    person: &mut Person,
    (asked, here): (Asked, EndpointId),
    said: &Said,
    conversation: &ConversationId,
    ask: AskId,
    turn: &mut Turn,
) -> ControlFlow<()> {
    let Some(client_id) = &said.client_id else {
        return ControlFlow::Continue(());
    };
    let (digest, now, window) = (said.digest(), turn.now(), turn.config().duplicates);
    let mailbox = person.mailbox();
    match mailbox.repetition(client_id, here, conversation, digest, window, now) {
        Some(Repetition::Accepted) => {
            person.answer(asked, Ok(Answer::Done), turn);
            ControlFlow::Break(())
        }
        Some(Repetition::Asked(first)) if person.ask_too(first, asked) => ControlFlow::Break(()),
        Some(Repetition::Asked(_)) | None => {
            let mailbox = person.mailbox_in_memory();
            mailbox.note_sending(client_id, here, conversation, digest, ask, now);
            ControlFlow::Continue(())
        }
    }
}

/// The one who was asked has answered.
pub(super) fn take_reply(
    person: &mut Person,
    ask: AskId,
    sending: &Sending,
    asked: &[Asked],
    reply: Reply,
    turn: &mut Turn,
) {
    let to_self = sending.conversation == ConversationId::Person(person.who().clone());
    let answer = match (reply, sending.kind) {
        (Reply::Refused(refusal), _) => {
            person.mailbox_in_memory().note_outcome(ask, None);
            Err(refusal)
        }
        (_, SendingKind::Durable) => {
            keep_own(person, ask, sending, asked, turn);
            return;
        }
        (
            Reply::Reached(false),
            SendingKind::Transient {
                must_reach: true, ..
            },
        ) if matches!(sending.conversation, ConversationId::Person(_)) => Err(Refusal::NotOnline),
        (reply, SendingKind::Transient { echo, .. }) => {
            let reached = !matches!(reply, Reply::Reached(false));
            answer_all(person, asked, &Ok(Answer::Done), turn);
            if to_self || (echo && reached) {
                pass_to_own(person, sending, echo, turn);
            }
            return;
        }
    };
    answer_all(person, asked, &answer, turn);
}

/// The author keeps the message too, and shows it to their other places.
fn keep_own(person: &mut Person, ask: AskId, sending: &Sending, asked: &[Asked], turn: &mut Turn) {
    let now = turn.now().wall;
    let number = person.mailbox_mut(turn).add(now);
    let batch = person.touched();
    person.mailbox_in_memory().note_outcome(ask, batch);
    let elsewhere = |who: &Who| matches!(turn.actor(who), Actor::Elsewhere(..));
    if matches!(&sending.conversation, ConversationId::Person(who) if elsewhere(who)) {
        person.note_answered(ask, sending, asked);
    }
    turn.keep(Change::Message(sending.message.clone()));
    turn.keep(Change::Share {
        owner: person.id(),
        number,
        conversation: sending.conversation.clone(),
        message: sending.message.name,
        waiting: false,
    });
    answer_all(person, asked, &Ok(Answer::Done), turn);
    let kept = Kept {
        number,
        conversation: sending.conversation.clone(),
        message: sending.message.clone(),
        waiting: false,
    };
    person.offer(&kept, turn);
}

/// Shows a message that only passes through to the author's other places.
fn pass_to_own(person: &mut Person, sending: &Sending, numbered: bool, turn: &mut Turn) {
    let connections = person.places().that_want_messages();
    let others: Vec<_> = connections
        .filter(|one| *one != sending.connection)
        .collect();
    let now = turn.now().wall;
    let any = !others.is_empty();
    let number = (any && numbered).then(|| person.mailbox_in_memory().add(now));
    for connection in others {
        let event = Event::Passing {
            conversation: sending.conversation.clone(),
            message: sending.message.clone(),
            number,
        };
        person.tell(connection, event, turn);
    }
}

/// A place says something to its sisters. Who is not there hears nothing of it later.
pub(super) fn notify(
    person: &Person,
    asked: Asked,
    to: Option<EndpointId>,
    said: Said,
    turn: &mut Turn,
) -> Result<Answer, Refusal> {
    let from = person.places().id(asked.connection);
    let from = from.ok_or(Refusal::NotEntered)?;
    let sisters: Vec<_> = person.places().sisters(asked.connection, to).collect();
    if sisters.is_empty() {
        return Err(Refusal::NotOnline);
    }
    let said = Arc::new(said);
    for sister in sisters {
        let event = Event::Notice(from, said.clone());
        person.tell(sister, event, turn);
    }
    Ok(Answer::Done)
}

fn answer_all(person: &Person, asked: &[Asked], answer: &Result<Answer, Refusal>, turn: &mut Turn) {
    for asked in asked {
        person.answer(*asked, answer.clone(), turn);
    }
}

fn recipient(
    to: &Recipient,
    turn: &mut Turn,
) -> Result<(ConversationId, Option<EndpointId>), Refusal> {
    match to {
        Recipient::Person(address, endpoint) => {
            let found = turn.directory().get(address);
            let (who, _) = found.ok_or(Refusal::NoSuchUser)?;
            Ok((ConversationId::Person(who.clone()), *endpoint))
        }
        Recipient::Thread(id) => Ok((ConversationId::Thread(ThreadId(id.0)), None)),
    }
}
