//! Threads, from a member's side: what is asked of them, and what they answer.

use std::sync::Arc;

use super::super::command::Answer;
use super::super::letter::{Actor, AskId, Reply, ThreadChange, Words};
use super::super::person::{About, Ask, Described, Person};
use super::super::refusal::Refusal;
use super::super::thread::{Role, ThreadId};
use super::super::turn::{Asked, Turn};
use crate::identity::{Address, Who};

/// Makes a thread; the person is its first admin.
pub(super) fn make(
    person: &mut Person,
    asked: Asked,
    members: &[(Address, Role)],
    topic: Option<Arc<str>>,
    turn: &mut Turn,
) -> Result<(), Refusal> {
    let members = with_roles(members, turn)?;
    let topic = checked(topic, turn)?;
    ask_for_new(
        person,
        vec![asked],
        ThreadChange::Make { members, topic },
        turn,
    );
    Ok(())
}

/// Asks for a thread with a new id.
fn ask_for_new(person: &mut Person, asked: Vec<Asked>, change: ThreadChange, turn: &mut Turn) {
    let id = ThreadId(turn.random());
    let ask = turn.next_ask();
    let words = Words::Change {
        ask,
        by: person.who().clone(),
        change: change.clone(),
    };
    let about = About::NewThread(id, Box::new(change));
    person.put_ask(ask, Ask { asked, about });
    person.write(Actor::Thread(id), words, turn);
}

/// Adds people to a thread, changes roles, sets the topic.
pub(super) fn change(
    person: &mut Person,
    asked: Asked,
    thread: ThreadId,
    members: &[(Address, Role)],
    topic: Option<Arc<str>>,
    turn: &mut Turn,
) -> Result<(), Refusal> {
    let members = with_roles(members, turn)?;
    let topic = checked(topic, turn)?;
    ask(
        person,
        asked,
        thread,
        ThreadChange::Put { members, topic },
        turn,
    );
    Ok(())
}

/// Removes people from a thread.
pub(super) fn leave(
    person: &mut Person,
    asked: Asked,
    thread: ThreadId,
    members: &[Address],
    turn: &mut Turn,
) -> Result<(), Refusal> {
    let people: Result<Vec<_>, _> = members.iter().map(|address| find(address, turn)).collect();
    ask(person, asked, thread, ThreadChange::Remove(people?), turn);
    Ok(())
}

fn ask(person: &mut Person, asked: Asked, to: ThreadId, change: ThreadChange, turn: &mut Turn) {
    let ask = turn.next_ask();
    let words = Words::Change {
        ask,
        by: person.who().clone(),
        change,
    };
    person.ask(ask, asked, About::Thread(to));
    person.write(Actor::Thread(to), words, turn);
}

/// What several threads are like. Those that the person is not in are left out.
pub(super) fn list(person: &mut Person, asked: Asked, threads: &[ThreadId], turn: &mut Turn) {
    if threads.is_empty() {
        person.answer(asked, Ok(Answer::Threads(Vec::new())), turn);
        return;
    }
    // One question for all: each thread answers it.
    let ask = turn.next_ask();
    let open = threads.iter().map(|id| (*id, Described::Asked)).collect();
    person.ask(ask, asked, About::Threads(open));
    for id in threads {
        let by = person.who().clone();
        person.write(Actor::Thread(*id), Words::Describe { ask, by }, turn);
    }
}

/// A thread has answered.
pub(super) fn take_reply(
    person: &mut Person,
    ask: AskId,
    mut open: Ask,
    from: Actor,
    reply: Reply,
    turn: &mut Turn,
) {
    let answer = match (open.about, reply) {
        (About::NewThread(_, change), Reply::Taken) => {
            ask_for_new(person, open.asked, *change, turn);
            return;
        }
        (_, Reply::Refused(refusal)) => Err(refusal),
        (About::Threads(mut threads), reply) => {
            let answer = match reply {
                Reply::Thread(Some(thread)) => Described::As(thread),
                _ => Described::Unknown,
            };
            for (id, known) in &mut threads {
                if from == Actor::Thread(*id) && matches!(known, Described::Asked) {
                    *known = answer.clone();
                }
            }
            let unanswered = |(_, known): &(_, Described)| matches!(known, Described::Asked);
            if threads.iter().any(unanswered) {
                open.about = About::Threads(threads);
                person.put_ask(ask, open);
                return;
            }
            let known = threads.into_iter().filter_map(|(_, known)| match known {
                Described::As(thread) => Some(thread),
                Described::Asked | Described::Unknown => None,
            });
            Ok(Answer::Threads(known.collect()))
        }
        (About::Thread(id) | About::NewThread(id, _), _) => Ok(Answer::Thread(id)),
        (About::Sending(_) | About::Ring, _) => Ok(Answer::Done),
    };
    for asked in open.asked {
        person.answer(asked, answer.clone(), turn);
    }
}

fn with_roles(members: &[(Address, Role)], turn: &mut Turn) -> Result<Vec<(Who, Role)>, Refusal> {
    if members.len() > turn.config().thread_members {
        return Err(Refusal::ListFull);
    }
    let mut people = Vec::with_capacity(members.len());
    for (address, role) in members {
        people.push((find(address, turn)?, *role));
    }
    Ok(people)
}

fn find(address: &Address, turn: &mut Turn) -> Result<Who, Refusal> {
    let found = turn.directory().get(address);
    found.map(|(who, _)| who.clone()).ok_or(Refusal::NoSuchUser)
}

fn checked(topic: Option<Arc<str>>, turn: &Turn) -> Result<Option<Arc<str>>, Refusal> {
    match topic {
        Some(topic) if topic.trim().len() > turn.config().text_bytes => Err(Refusal::Invalid),
        topic => Ok(topic.map(|topic| topic.trim().into())),
    }
}
