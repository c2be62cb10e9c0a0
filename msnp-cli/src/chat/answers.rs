//! What becomes of what the person wanted: taken or refused, done or not, delivered or not.

use msnp_client::{ConversationId, Event, MessageId, OperationId, Refused};

use super::command::Request;
use super::connection;
use super::line::{DeliveryState, Kind, Line};
use super::model::Model;
use super::pending::Edit;
use super::people::People;
use super::timestamps::Timestamps;
use crate::shown;

/// An answer to something that the person wanted, or news of the connection.
pub(super) fn answered(model: &mut Model, event: Event, now: Timestamps) {
    let (conversation, message, state) = match event {
        Event::MessageDelivered {
            conversation,
            message,
        } => (conversation, message, DeliveryState::Delivered),
        Event::MessageFailed {
            conversation,
            message,
            reason,
        } => {
            let state = DeliveryState::Failed(reason.to_string());
            (conversation, message, state)
        }
        Event::MessageUncertain {
            conversation,
            message,
            reason,
        } => {
            let state = DeliveryState::Uncertain(reason.to_string());
            (conversation, message, state)
        }
        Event::OperationSucceeded {
            operation,
            conversation,
        } => return done(model, operation, conversation, now),
        Event::OperationFailed { operation, reason } => {
            if let Some(request) = model.pending.take_request(operation)
                && !matches!(request, Request::History { is_quiet: true, .. })
            {
                let text = format!("{}: {reason}.", describe(&request, &model.people));
                model.rooms.alarm(model.rooms.current_index(), text, now);
            }
            return;
        }
        other => return connection::changed(model, other, now),
    };
    ended(model, &conversation, &message, &state, now);
}

/// A text of ours was taken, or refused.
pub(super) fn said(
    model: &mut Model,
    to: &ConversationId,
    text: &str,
    taken: Result<MessageId, Refused>,
    now: Timestamps,
) {
    let index = model.rooms.open(to);
    let text = shown::prose(text);
    match (taken, model.people.me()) {
        (Ok(id), Some(me)) => {
            let kind = Kind::Said {
                id,
                from: me.clone(),
                name: None,
                state: DeliveryState::Pending,
                edited: false,
            };
            let at = now.wall();
            model.rooms.push(index, Line { at, kind, text });
        }
        // Its end will still be told.
        (Ok(_), None) => {}
        (Err(refused), _) => {
            let text = format!("Not sent: {refused}. The text was: {text}");
            model.rooms.alarm(index, text, now);
        }
    }
}

/// An edit of ours was taken, or refused.
pub(super) fn edit_taken(
    model: &mut Model,
    edit: Edit,
    taken: Result<MessageId, Refused>,
    now: Timestamps,
) {
    match taken {
        Ok(id) => model.pending.add_edit(id, edit),
        Err(refused) => {
            let index = model.rooms.open(&edit.to);
            let text = format!("Not edited: {refused}.");
            model.rooms.alarm(index, text, now);
        }
    }
}

/// A nudge of ours was taken, or refused.
pub(super) fn nudged(
    model: &mut Model,
    to: &ConversationId,
    taken: Result<MessageId, Refused>,
    now: Timestamps,
) {
    let index = model.rooms.open(to);
    match taken {
        Ok(id) => {
            model.pending.add_nudge(id);
            model.rooms.notice(index, "You nudge.".to_owned(), now);
        }
        Err(refused) => {
            let text = format!("No nudge: {refused}.");
            model.rooms.alarm(index, text, now);
        }
    }
}

/// A request of ours was taken, or refused.
pub(super) fn asked(
    model: &mut Model,
    request: Request,
    taken: Result<OperationId, Refused>,
    now: Timestamps,
) {
    match taken {
        Ok(operation) => model.pending.add_request(operation, request),
        // Nobody has asked.
        Err(_) if matches!(request, Request::History { is_quiet: true, .. }) => {}
        Err(refused) => {
            let text = format!("{}: {refused}.", describe(&request, &model.people));
            model.rooms.alarm(model.rooms.current_index(), text, now);
        }
    }
}

/// A message of ours has come to its end. An edit and a nudge are messages too, but not lines: they are
/// looked for first.
fn ended(
    model: &mut Model,
    to: &ConversationId,
    message: &MessageId,
    end: &DeliveryState,
    now: Timestamps,
) {
    let why = match end {
        DeliveryState::Failed(reason) | DeliveryState::Uncertain(reason) => Some(reason),
        DeliveryState::Theirs | DeliveryState::Pending | DeliveryState::Delivered => None,
    };
    if let Some(edit) = model.pending.take_edit(message) {
        let index = model.rooms.open(&edit.to);
        if let Some(reason) = why {
            let text = format!("Maybe not edited: {reason}.");
            model.rooms.alarm(index, text, now);
        } else if let (Some(me), Some(room)) = (model.people.me(), model.rooms.get_mut(index)) {
            room.edit(&edit.original, me, &shown::prose(&edit.text));
            note(model, edit.to, format!("edited: {}", edit.text), now);
        }
        return;
    }
    if model.pending.take_nudge(message) {
        if let Some(reason) = why {
            let index = model.rooms.open(to);
            let text = format!("Maybe not nudged: {reason}.");
            model.rooms.alarm(index, text, now);
        } else {
            note(model, to.clone(), "nudged".to_owned(), now);
        }
        return;
    }
    let index = model.rooms.index_of(to);
    let room = index.and_then(|index| model.rooms.get_mut(index));
    if let (Some(room), Some(me)) = (room, model.people.me())
        && let Some(line) = room.set_state(message, me, end)
    {
        let line = line.clone();
        model.rooms.note(Some(to.clone()), line);
    }
}

/// Tells a program that reads along what the screen shows without words.
fn note(model: &mut Model, place: ConversationId, text: String, now: Timestamps) {
    let line = Line {
        at: now.wall(),
        kind: Kind::Notice,
        text,
    };
    model.rooms.note(Some(place), line);
}

fn done(
    model: &mut Model,
    operation: OperationId,
    conversation: Option<ConversationId>,
    now: Timestamps,
) {
    let Some(request) = model.pending.take_request(operation) else {
        return;
    };
    // Not every service tells one's own presence back.
    let own = model.people.own_mut();
    match &request {
        Request::Status(status) => own.status = *status,
        Request::Name(name) => own.name = Some(name.clone()),
        Request::PersonalMessage(text) => own.personal_message = Some(text.clone()),
        _ => {}
    }
    match (&request, conversation) {
        (Request::CreateThread { .. }, Some(group)) => {
            let index = model.rooms.open(&group);
            model.rooms.show(index);
        }
        // What these did is seen without words.
        (Request::History { .. } | Request::Topic { .. } | Request::Leave(_), _) => {}
        _ => {
            let text = format!("{}: done.", describe(&request, &model.people));
            model.rooms.notice(model.rooms.current_index(), text, now);
        }
    }
}

/// A request in words.
fn describe(request: &Request, people: &People) -> String {
    match request {
        Request::Status(status) => format!("Status {status}"),
        Request::Name(name) => format!("Name {name}"),
        Request::PersonalMessage(_) => "Personal message".to_owned(),
        Request::Add(id) => format!("Adding {}", people.name(id)),
        Request::Remove(id) => format!("Removing {}", people.name(id)),
        Request::Block(id) => format!("Blocking {}", people.name(id)),
        Request::Unblock(id) => format!("Unblocking {}", people.name(id)),
        Request::AllowOthers(true) => "Letting everybody in who is not blocked".to_owned(),
        Request::AllowOthers(false) => "Letting nobody in who is not allowed".to_owned(),
        Request::CreateThread { .. } => "Making the group".to_owned(),
        Request::Topic { .. } => "Setting the topic".to_owned(),
        Request::Invite { member, .. } => format!("Inviting {}", people.name(member)),
        Request::Kick { member, .. } => format!("Putting out {}", people.name(member)),
        Request::Leave(_) => "Leaving the group".to_owned(),
        Request::History { .. } => "Older messages".to_owned(),
    }
}
