//! The rules. Each is about one person: what it decides from is in memory before it starts, it never waits in
//! its middle, and what it asks of others is its last act.

mod contacts;
mod groups;
mod homes;
mod mail;
mod messages;
mod outcome;
mod presence;
mod reading;
mod sign_in;
mod thread_commands;

use super::command::{Answer, Command};
use super::letter::{Actor, AskId, Letter, Reply, Words};
use super::person::{About, Person};
use super::refusal::Refusal;
use super::turn::{Asked, Turn};

pub(super) use homes::{find_home, lose_home};
pub(super) use outcome::{catch_up_with_the_truth, tell_new_name};
pub(super) use reading::{offer, read_next_page, stop_waiting, take_backlog};
pub(super) use sign_in::{enter, enter_aside, enter_conversation, leave};

/// Carries out a command of a person who has entered.
pub(super) fn carry_out(person: &mut Person, asked: Asked, command: Command, turn: &mut Turn) {
    let outcome = match command {
        Command::Enter { .. } | Command::EnterConversation { .. } | Command::EnterAside { .. } => {
            Err(Refusal::Entered)
        }
        Command::Subscribe(wanted) => {
            sign_in::subscribe(person, asked, wanted, turn);
            Ok(None)
        }
        Command::Publish(said) => presence::publish(person, asked, said, turn),
        Command::SetName(name) => contacts::set_name(person, asked, &name, turn),
        Command::ChangeContacts(changes) => contacts::change(person, asked, &changes, turn),
        Command::ListRoster => Ok(Some(groups::list_roster(person, turn))),
        Command::LookUp(addresses) => Ok(Some(contacts::look_up(person, &addresses, turn))),
        Command::NameContact { contact, name } => {
            groups::name_contact(person, asked, &contact, &name, turn)
        }
        Command::AddGroup { name } => groups::add(person, asked, &name, turn),
        Command::RenameGroup { group, name } => groups::rename(person, asked, group, &name, turn),
        Command::RemoveGroup { group } => groups::remove(person, asked, group, turn),
        Command::SetGroup {
            contact,
            group,
            inside,
        } => groups::set(person, asked, &contact, group, inside, turn),
        Command::SetPrivacy(privacy) => {
            contacts::set_privacy(person, asked, privacy, turn);
            Ok(None)
        }
        Command::SetProperty { name, value } => {
            groups::set_property(person, &name, &value, turn).map(Some)
        }
        Command::ListSettings => Ok(Some(Answer::Settings(groups::settings(person, turn)))),
        Command::Send { to, said, delivery } => {
            messages::send(person, asked, &to, said, delivery, turn)
        }
        Command::Notify(to, said) => messages::notify(person, asked, to, said, turn).map(Some),
        Command::ListWaiting {
            after,
            until,
            limit,
        } => {
            reading::list_waiting(person, asked, (after, until, limit), turn);
            Ok(None)
        }
        Command::Received(number) => {
            reading::received(person, asked.connection, number, turn);
            turn.answer(asked, None, Ok(Answer::Done));
            Ok(None)
        }
        Command::CountsAsReceived(number) => {
            reading::count_as_received(person, asked.connection, number, turn);
            turn.answer(asked, None, Ok(Answer::Done));
            Ok(None)
        }
        Command::Evidence(evidence, numbers) => {
            reading::take_evidence(person, asked.connection, evidence, &numbers, turn);
            turn.answer(asked, None, Ok(Answer::Done));
            Ok(None)
        }
        Command::Read(conversation) => reading::read(person, asked, &conversation, turn),
        Command::ListConversations { since, limit } => {
            reading::list_conversations(person, asked, since, limit, turn);
            Ok(None)
        }
        Command::ListMessages {
            conversation,
            from,
            before,
            limit,
        } => {
            let pages = (from, before, limit);
            reading::list_messages(person, asked, &conversation, pages, turn).map(|()| None)
        }
        Command::ListThreads(threads) => {
            thread_commands::list(person, asked, &threads, turn);
            Ok(None)
        }
        Command::MakeThread { members, topic } => {
            thread_commands::make(person, asked, &members, topic, turn).map(|()| None)
        }
        Command::ChangeThread {
            thread,
            members,
            topic,
        } => thread_commands::change(person, asked, thread, &members, topic, turn).map(|()| None),
        Command::LeaveThread { thread, members } => {
            thread_commands::leave(person, asked, thread, &members, turn).map(|()| None)
        }
        // Rooms are carried out where they live: see `rooms.rs`.
        Command::OpenRoom
        | Command::Invite { .. }
        | Command::JoinRoom(_)
        | Command::LeaveRoom(_)
        | Command::SayInRoom { .. } => Err(Refusal::Invalid),
    };
    match outcome {
        Ok(Some(answer)) => person.answer(asked, Ok(answer), turn),
        // It was answered, or will be.
        Ok(None) => {}
        Err(refusal) => person.answer(asked, Err(refusal), turn),
    }
}

/// Reads a letter to a person.
pub(super) fn read_letter(person: &mut Person, letter: &Letter, turn: &mut Turn) {
    match letter.words() {
        Words::Listed {
            by,
            name,
            lists,
            version,
        } => {
            contacts::take_listed(person, by, name, *lists, *version, turn);
            if *lists && matches!(letter.from(), Actor::Elsewhere(..)) {
                // Who wants to see the person may have said so before, and has not heard since what changed.
                presence::show_to(person, by, turn);
            }
        }
        Words::Told(version, name) => {
            contacts::take_told(person, letter.from(), *version, name, turn);
        }
        Words::Watch(by) => presence::show_to(person, by, turn),
        Words::Seen { who, shown, left } => {
            presence::see(person, who, shown.as_ref(), *left, turn);
        }
        Words::Renamed(by, name) if person.book().entry(by).name != *name => {
            contacts::take_name(person, by, name, turn);
        }
        Words::Deliver {
            conversation,
            message,
            ..
        } => mail::deliver(person, letter, conversation, message, turn),
        Words::Pass { .. } => mail::pass(person, letter, turn),
        Words::Announce { by, message } => mail::announce(person, by, message, turn),
        Words::MayAdd { by, .. } => {
            let (by, strangers) = (by.person(), turn.config().strangers_may_add);
            let admitted = person.admits(by, turn) && (strangers || person.book().knows(by));
            person.reply(letter, Reply::Admitted(admitted), turn);
        }
        Words::Thread(thread) => mail::take_thread(person, thread, turn),
        Words::Ring { by, name, room, .. } => {
            mail::ring(person, letter, (by, name), *room, turn);
        }
        Words::Reply(ask, reply) => {
            take_reply(person, *ask, letter.from(), reply.clone(), turn);
        }
        // Another home says so again when it was not reached for a while.
        Words::Renamed(..)
        // For threads, and never written to a person.
        | Words::Change { .. }
        | Words::Say { .. }
        | Words::Describe { .. } => {}
    }
}

/// A question of the person was answered.
fn take_reply(person: &mut Person, ask: AskId, from: Actor, reply: Reply, turn: &mut Turn) {
    let Some(open) = person.take_ask(ask) else {
        return;
    };
    match open.about {
        About::Sending(sending) => {
            messages::take_reply(person, ask, &sending, &open.asked, reply, turn);
        }
        About::Thread(_) | About::NewThread(..) | About::Threads(_) => {
            thread_commands::take_reply(person, ask, open, from, reply, turn);
        }
        About::Ring => {
            let answer = match reply {
                Reply::Rung(places) => Ok(Answer::Reached(places)),
                _ => Err(Refusal::NotOnline),
            };
            for asked in open.asked {
                person.answer(asked, answer.clone(), turn);
            }
        }
    }
}
