//! How many bytes an event holds beside itself: what the bound of untaken events is counted in.

use super::Event;
use crate::contacts::Contact;
use crate::group::{Group, Member};
use crate::history::History;
use crate::id::{ContactId, ConversationId};
use crate::message::{Format, Message};
use crate::presence::{Endpoint, Presence};

impl Event {
    /// An estimate that forgets no text and no list: what the allocator adds, nobody knows.
    pub(crate) fn heap(&self) -> usize {
        match self {
            Self::SignedIn(contact) | Self::ContactRemoved(contact) => name(contact),
            Self::ContactChanged(contact) => of_contact(contact),
            Self::ContactRenamed { before, now } => name(before) + name(now),
            Self::PresenceChanged { contact, presence } => name(contact) + of_presence(presence),
            Self::OwnPresence(own) => of_presence(&own.presence),
            Self::MessageReceived(message) => of_message(message),
            Self::MessageEdited { original, edit } => original.as_str().len() + of_message(edit),
            Self::Typing {
                conversation, from, ..
            }
            | Self::Nudge { conversation, from } => place(conversation) + name(from),
            Self::MessageDelivered {
                conversation,
                message,
            }
            | Self::MessageFailed {
                conversation,
                message,
                ..
            }
            | Self::MessageUncertain {
                conversation,
                message,
                ..
            } => place(conversation) + message.as_str().len(),
            Self::GroupChanged(group) => of_group(group),
            Self::GroupLeft(group) => place(group),
            Self::History(history) => of_history(history),
            Self::OperationSucceeded { conversation, .. } => conversation.as_ref().map_or(0, place),
            Self::Frame { bytes, .. } => bytes.len(),
            Self::SignInProgress(_)
            | Self::OperationFailed { .. }
            | Self::Reconnecting { .. }
            | Self::SignedOut(_) => 0,
        }
    }
}

fn name(contact: &ContactId) -> usize {
    contact.name().len()
}

fn place(conversation: &ConversationId) -> usize {
    let group = conversation.group_name().map(str::len);
    group.or(conversation.contact().map(name)).unwrap_or(0)
}

fn text(text: Option<&String>) -> usize {
    text.map_or(0, String::len)
}

fn of_contact(contact: &Contact) -> usize {
    let groups = contact.groups.iter();
    let groups = groups.map(|group| size_of::<String>() + group.len());
    name(&contact.id) + text(contact.name.as_ref()) + groups.sum::<usize>()
}

fn of_presence(presence: &Presence) -> usize {
    let endpoints = presence.endpoints.iter();
    let endpoints = endpoints.map(|it| size_of::<Endpoint>() + text(it.name.as_ref()));
    text(presence.name.as_ref())
        + text(presence.personal_message.as_ref())
        + text(presence.picture.as_ref())
        + endpoints.sum::<usize>()
}

fn of_message(message: &Message) -> usize {
    let format = match &message.format {
        Format::Plain | Format::Rich => 0,
        Format::Other(word) => word.len(),
    };
    message.id.as_str().len()
        + place(&message.conversation)
        + name(&message.from)
        + text(message.from_name.as_ref())
        + message.text.len()
        + format
        + message.looks.heap()
}

fn of_group(group: &Group) -> usize {
    let members = group.members.iter();
    let members = members.map(|it| size_of::<Member>() + name(&it.contact));
    place(&group.id) + text(group.topic.as_ref()) + members.sum::<usize>()
}

fn of_history(history: &History) -> usize {
    let messages = history.messages.iter();
    let messages = messages.map(|it| size_of::<Message>() + of_message(it));
    let mark = history.more.as_ref().map_or(0, |mark| mark.as_str().len());
    place(&history.conversation) + mark + messages.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_and_list_counts() {
        let group = || ConversationId::group("19:a").expect("a name");
        let bob = || ContactId::skype("bob").expect("a name");
        let mut group = Group::new(group());
        let bare = Event::GroupChanged(group.clone()).heap();
        group.topic = Some("x".repeat(100));
        group.members = vec![Member::new(bob()); 3];
        let full = Event::GroupChanged(group).heap();
        assert_eq!(full - bare, 100 + 3 * (size_of::<Member>() + 3));
        let mut contact = Contact::new(bob(), crate::Lists::FORWARD);
        contact.groups = vec!["friends".to_owned()];
        assert_eq!(
            Event::ContactChanged(contact).heap(),
            3 + 7 + size_of::<String>()
        );
    }
}
