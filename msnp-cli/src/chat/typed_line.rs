//! What a typed line means: something to say, or a command behind a slash.

use msnp_client::{ContactId, ConversationId, Reason};

use super::command::{Command, Request};
use super::model::{Link, Model};
use super::pages;
use super::slash::{self, SlashCommand};
use super::timestamps::Timestamps;

/// A whole line was typed.
pub(super) fn line(model: &mut Model, line: &str, now: Timestamps) -> Vec<Command> {
    let room = model.rooms.current_mut();
    room.stop_typing();
    room.scroll_forth(usize::MAX);
    if line.trim().is_empty() {
        return Vec::new();
    }
    // Two slashes say something that starts with one.
    let said = match line.strip_prefix('/') {
        Some(rest) if rest.starts_with('/') => rest,
        Some(_) => {
            return match slash::parse(line.trim_end()) {
                Ok(command) => run(model, command, now),
                Err(error) => complain(model, error.to_string(), now),
            };
        }
        None => line,
    };
    if let Some(to) = room.id() {
        return vec![Command::Say {
            to: to.clone(),
            text: said.to_owned(),
        }];
    }
    let text = "nobody hears you here; /msg NAME opens a conversation";
    complain(model, text.to_owned(), now)
}

/// Carries out a command.
pub(super) fn run(model: &mut Model, command: SlashCommand, now: Timestamps) -> Vec<Command> {
    match commands(model, command) {
        Ok(commands) => commands,
        Err(text) => complain(model, text, now),
    }
}

/// The first time signs out first, the second time does not wait for it.
pub(super) fn quit(model: &mut Model) -> Vec<Command> {
    let again = std::mem::replace(&mut model.leaving, true);
    if again || matches!(model.link, Link::SignedOut(_)) {
        vec![Command::Abort]
    } else {
        vec![Command::Quit]
    }
}

/// What is to be done for a command. One arm for each: what it needs is looked up here and nowhere
/// else, so that nothing is asked for half of it.
fn commands(model: &mut Model, command: SlashCommand) -> Result<Vec<Command>, String> {
    let ask = |request| Ok(vec![Command::Ask(request)]);
    match command {
        SlashCommand::Message { name, text } => {
            let to = ConversationId::from(person(model, &name)?);
            // Without a text it is a way to go there.
            let index = model.rooms.open(&to);
            model.rooms.show(index);
            let say = (!text.is_empty()).then_some(Command::Say { to, text });
            Ok(say.into_iter().collect())
        }
        SlashCommand::Add(name) => ask(Request::Add(person(model, &name)?)),
        SlashCommand::Remove(name) => {
            let who = person(model, &name)?;
            if !model.people.is_listed(&who) {
                return Err(format!("{} is not on your list", model.people.name(&who)));
            }
            ask(Request::Remove(who))
        }
        SlashCommand::Block(name) => ask(Request::Block(person(model, &name)?)),
        SlashCommand::Unblock(name) => ask(Request::Unblock(person(model, &name)?)),
        SlashCommand::AllowOthers(allowed) => ask(Request::AllowOthers(allowed)),
        SlashCommand::Status(status) => ask(Request::Status(status)),
        SlashCommand::Name(name) => ask(Request::Name(name)),
        SlashCommand::PersonalMessage(text) => ask(Request::PersonalMessage(text)),
        SlashCommand::Nudge => Ok(vec![Command::Nudge(conversation(model)?)]),
        SlashCommand::Thread { names, topic } => {
            let members: Result<_, _> = names.iter().map(|name| person(model, name)).collect();
            let members = members?;
            ask(Request::CreateThread { members, topic })
        }
        SlashCommand::Topic(topic) => {
            let group = group(model)?;
            ask(Request::Topic { group, topic })
        }
        SlashCommand::Invite(name) => {
            let (group, member) = (group(model)?, person(model, &name)?);
            ask(Request::Invite { group, member })
        }
        SlashCommand::Kick(name) => {
            let (group, member) = (group(model)?, person(model, &name)?);
            ask(Request::Kick { group, member })
        }
        SlashCommand::Leave => ask(Request::Leave(group(model)?)),
        SlashCommand::History => {
            let of = conversation(model)?;
            let from = model.rooms.current().older().cloned();
            let is_quiet = false;
            ask(Request::History { of, from, is_quiet })
        }
        SlashCommand::Find(text) => {
            model.overlay = Some(pages::found(model, &text));
            Ok(Vec::new())
        }
        SlashCommand::Who => {
            model.overlay = Some(pages::who(model));
            Ok(Vec::new())
        }
        SlashCommand::Resend => {
            let to = conversation(model)?;
            let failed = model.rooms.current_mut().take_failed();
            if failed.is_empty() {
                return Err("nothing failed here".to_owned());
            }
            let say = |text| Command::Say {
                to: to.clone(),
                text,
            };
            Ok(failed.into_iter().map(say).collect())
        }
        SlashCommand::Edit(text) => {
            let to = conversation(model)?;
            let me = model.people.me();
            let original = me.and_then(|me| model.rooms.current().last_said(me));
            let original = original.ok_or("you have said nothing here yet")?.clone();
            Ok(vec![Command::Edit { to, original, text }])
        }
        SlashCommand::Close => {
            model.rooms.close(model.rooms.current_index());
            Ok(Vec::new())
        }
        SlashCommand::SignIn => {
            model.leaving = false;
            // The same password would be refused again, and count as one more wrong try.
            if model.link == Link::SignedOut(Reason::WrongCredentials) {
                model.rooms.show(0);
                model.is_asking = true;
                return Ok(Vec::new());
            }
            Ok(vec![Command::SignIn(None)])
        }
        SlashCommand::Help => {
            model.overlay = Some(pages::help());
            Ok(Vec::new())
        }
        SlashCommand::Quit => Ok(quit(model)),
    }
}

/// Says in the shown room that something was not done.
pub(super) fn complain(model: &mut Model, text: String, now: Timestamps) -> Vec<Command> {
    model.rooms.alarm(model.rooms.current_index(), text, now);
    Vec::new()
}

fn person(model: &Model, name: &str) -> Result<ContactId, String> {
    model.people.find(name).map_err(|error| error.to_string())
}

fn conversation(model: &Model) -> Result<ConversationId, String> {
    let id = model.rooms.current().id().cloned();
    id.ok_or_else(|| "open a conversation first: /msg NAME".to_owned())
}

fn group(model: &Model) -> Result<ConversationId, String> {
    let room = model.rooms.current();
    match room.id() {
        Some(id) if room.is_group() => Ok(id.clone()),
        _ => Err("this is no group; /thread NAME... makes one".to_owned()),
    }
}
