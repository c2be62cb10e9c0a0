//! What becomes of the model when something happens at the client.

use msnp_client::{
    Contact, ContactId, ConversationId, Event, Group, History, Lists, Message, MessageId, Presence,
};

use super::answers;
use super::command::Command;
use super::line::{DeliveryState, Kind, Line};
use super::model::{Link, Model};
use super::people::bare;
use super::text;
use super::timestamps::Timestamps;
use crate::shown;

/// Something happened at the client.
pub(super) fn apply(model: &mut Model, event: Event, now: Timestamps) -> Vec<Command> {
    match event {
        Event::MessageReceived(message) => return received(model, &message, now),
        Event::Nudge { conversation, from } => {
            let index = model.rooms.open(&conversation);
            let text = format!("{} nudges you!", model.people.name(&from));
            model.rooms.notice(index, text.clone(), now);
            model.rooms.mark_unread(index);
            return vec![Command::Call(text)];
        }
        Event::MessageEdited { original, edit } => edited(model, &original, &edit, now),
        Event::Typing {
            conversation,
            from,
            typing,
        } => typing_changed(model, &conversation, &from, typing, now),
        Event::ContactChanged(contact) => contact_changed(model, contact, now),
        Event::ContactRemoved(id) => model.people.remove_contact(&id),
        Event::ContactRenamed { before, now } => {
            model.people.unite(&before, &now);
            model.rooms.unite(&before, &now);
        }
        Event::PresenceChanged { contact, presence } => {
            presence_changed(model, &contact, presence, now);
        }
        Event::OwnPresence(own) => model.people.set_own(own.presence),
        Event::GroupChanged(group) => group_changed(model, group, now),
        Event::GroupLeft(id) => group_left(model, &id, now),
        Event::History(history) => history_came(model, history, now),
        other => answers::answered(model, other, now),
    }
    Vec::new()
}

/// The room of a conversation, if it is open or may be opened without more cause than that somebody
/// types: a group's is, a person's if that person is on the list.
fn open_quietly(model: &mut Model, id: &ConversationId) -> Option<usize> {
    let is_friend = |contact: &ContactId| model.people.is_on(contact, Lists::FORWARD);
    let may_open = id.contact().is_some_and(is_friend);
    let open = model.rooms.index_of(id);
    open.or_else(|| may_open.then(|| model.rooms.open(id)))
}

fn contact_changed(model: &mut Model, contact: Contact, now: Timestamps) {
    let id = contact.id.clone();
    let did_want = model.people.wants_in(&id);
    model.people.set_contact(contact);
    if !did_want && model.people.wants_in(&id) {
        let name = model.people.name(&id);
        let (address, word) = (bare(&id), model.people.word(&id));
        let text = format!("{name} ({address}) added you. /add {word} or /block {word}.");
        model.rooms.notice(0, text, now);
        model.rooms.mark_unread(0);
    }
}

fn presence_changed(model: &mut Model, id: &ContactId, presence: Presence, now: Timestamps) {
    let status = presence.status;
    let before = model.people.set_presence(id, presence);
    // While one signs in, everybody's presence is news and nobody's a change.
    if before != status && model.link == Link::Online {
        let text = format!("{} is {status}.", model.people.name(id));
        model.rooms.notice(0, text.clone(), now);
        if let Some(index) = model.rooms.index_of(&ConversationId::from(id)) {
            model.rooms.notice(index, text, now);
        }
    }
}

fn typing_changed(
    model: &mut Model,
    conversation: &ConversationId,
    from: &ContactId,
    typing: bool,
    now: Timestamps,
) {
    if model.people.is_me(from) {
        return;
    }
    let index = open_quietly(model, conversation);
    if let Some(room) = index.and_then(|index| model.rooms.get_mut(index)) {
        room.set_typing(from, typing, now);
    }
}

fn received(model: &mut Model, message: &Message, now: Timestamps) -> Vec<Command> {
    let index = model.rooms.open(&message.conversation);
    let mut line = said(message);
    if message.sent_at.is_none() {
        line.at = now.wall();
    }
    if let Some(room) = model.rooms.get_mut(index) {
        room.set_typing(&message.from, false, now);
    }
    model.rooms.push(index, line);
    if model.people.is_me(&message.from) {
        return Vec::new();
    }
    model.rooms.mark_unread(index);
    if index == model.rooms.current_index() {
        Vec::new()
    } else {
        let name = model.people.name(&message.from);
        let text = text::plain(&message.text, &message.format);
        vec![Command::Call(format!("{name}: {text}"))]
    }
}

fn edited(model: &mut Model, original: &MessageId, edit: &Message, now: Timestamps) {
    let text = text::plain(&edit.text, &edit.format);
    let index = model.rooms.open(&edit.conversation);
    let name = model.people.name(&edit.from);
    let room = model.rooms.get_mut(index);
    if room.is_some_and(|room| room.edit(original, &edit.from, &text)) {
        let line = Line {
            at: now.wall(),
            kind: Kind::Notice,
            text: format!("{name} has edited: {text}"),
        };
        model.rooms.note(Some(edit.conversation.clone()), line);
    } else {
        let text = format!("{name} has edited an older message: {text}");
        model.rooms.notice(index, text, now);
    }
}

fn history_came(model: &mut Model, history: History, now: Timestamps) {
    let index = model.rooms.open(&history.conversation);
    let lines = history.messages.iter().map(said).collect();
    let is_end = history.more.is_none();
    let Some(room) = model.rooms.get_mut(index) else {
        return;
    };
    let count = room.push_older(lines, history.more);
    let operation = history.operation;
    let is_wanted = operation.is_some_and(|it| !model.pending.is_quiet(it));
    if is_wanted && count == 0 && is_end {
        let text = "There is nothing older.".to_owned();
        model.rooms.notice(index, text, now);
    }
}

fn group_left(model: &mut Model, id: &ConversationId, now: Timestamps) {
    let index = model.rooms.index_of(id);
    if let Some((index, room)) =
        index.and_then(|index| Some((index, model.rooms.all().get(index)?)))
    {
        let text = format!("You are no longer in {}.", model.people.title(room));
        model.rooms.close(index);
        model.rooms.notice(0, text, now);
    }
}

fn group_changed(model: &mut Model, group: Group, now: Timestamps) {
    let index = model.rooms.open(&group.id);
    let (topic, members) = (group.topic.clone(), group.members.clone());
    let Some(room) = model.rooms.get_mut(index) else {
        return;
    };
    let change = room.set_group(group);
    if change.is_new {
        let names: Vec<String> = members
            .iter()
            .map(|member| model.people.name(&member.contact))
            .collect();
        let text = format!("In this group: {}.", names.join(", "));
        return model.rooms.notice(index, text, now);
    }
    for id in &change.joined {
        let text = format!("{} has joined.", model.people.name(id));
        model.rooms.notice(index, text, now);
    }
    for id in &change.left {
        let text = format!("{} has left.", model.people.name(id));
        model.rooms.notice(index, text, now);
    }
    if change.topic_changed {
        let text = match &topic {
            Some(topic) => format!("The topic is now: {}", shown::prose_line(topic)),
            None => "There is no topic any more.".to_owned(),
        };
        model.rooms.notice(index, text, now);
    }
}

/// A message of others, or an older one, as a line.
fn said(message: &Message) -> Line {
    Line {
        at: message.sent_at.unwrap_or_default(),
        kind: Kind::Said {
            id: message.id.clone(),
            from: message.from.clone(),
            name: message.from_name.as_deref().map(shown::prose_line),
            state: DeliveryState::Theirs,
            edited: false,
        },
        text: text::plain(&message.text, &message.format),
    }
}
