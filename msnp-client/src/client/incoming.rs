//! What the service says by itself: messages, presence, lists and groups become events.

use msnp_proto::msnp24::{GetReply, Notification, PutReply, ServerBody, ServerCommand};
use msnp_proto::payload::contacts::ContactList;
use msnp_proto::payload::history::RecentConversationsResponse;
use msnp_proto::payload::layers::Layers;
use msnp_proto::payload::message::{Message as WireMessage, MessageType};
use msnp_proto::payload::presence::{Departure, UserDocument, service};
use msnp_proto::payload::thread::Thread;

use super::{Client, Phase};
use crate::address::{contact_at, conversation_at};
use crate::contacts::{Change, Lists};
use crate::conversation::{Format, GroupChange, Message};
use crate::event::{Event, Reason};
use crate::history::History;
use crate::id::{ContactId, ConversationId, MessageId};
use crate::presence::{EndpointId, OwnPresence, Presence, clip};

impl Client {
    pub(super) fn incoming(&mut self, command: ServerCommand) {
        let Some(me) = self.me() else { return };
        match command.body {
            ServerBody::Message(delivery) => {
                // What cannot be read is acknowledged all the same; there is nobody to tell.
                if let Ok(message) = WireMessage::try_from(delivery.message) {
                    self.message(&message, &me);
                }
            }
            ServerBody::Notification(notification) => match notification {
                Notification::Put(layers) => self.presence_put(&layers, &me),
                Notification::Del(layers) => self.presence_del(&layers, &me),
                Notification::Contacts(list) => self.list(&list),
                Notification::Thread(thread) => self.thread(&thread, &me),
                // Mail and address book notices have no word in the application's language.
                _ => {}
            },
            ServerBody::Put(PutReply::Presence(reply)) => {
                if let Some(user) = reply.user {
                    self.present(&me, &user, true, &me);
                }
            }
            ServerBody::Get(GetReply::RecentConversations(recent)) => self.recent(&recent),
            ServerBody::Get(GetReply::Threads(reply)) => {
                for thread in &reply.threads {
                    self.thread(thread, &me);
                }
            }
            // Informational: the second ATH (msnp24.md 6.2), what has no name here.
            _ => {}
        }
    }

    /// Oneself, once the connection knows.
    fn me(&self) -> Option<ContactId> {
        match &self.phase {
            Phase::Connected(connection) => connection.me().and_then(contact_at),
            _ => None,
        }
    }

    fn message(&mut self, wire: &WireMessage, me: &ContactId) {
        let Some((conversation, from)) = place(wire, me) else {
            return;
        };
        let kind = wire.kind();
        if *kind == MessageType::TYPING || *kind == MessageType::CLEAR_TYPING {
            if from != *me {
                self.events.push_back(Event::Typing {
                    conversation,
                    from,
                    typing: *kind == MessageType::TYPING,
                });
            }
            return;
        }
        if let Phase::Connected(connection) = &mut self.phase {
            connection.received(wire.message_id());
        }
        // Both ids, since either alone may be given twice: the service's is a time, the sender's a
        // number that some clients count from 1. Without any there is nothing to know it by.
        let key = match (wire.message_id(), wire.client_message_id()) {
            (None, None) => None,
            ids => Some(format!("{ids:?}")),
        };
        let limit = self.config.limits.remembered;
        let known = key.is_some_and(|key| !self.remembered.insert(&from, &key, limit));
        if known {
            return;
        }
        if *kind == MessageType::NUDGE {
            self.events.push_back(Event::Nudge { conversation, from });
        } else if let Some(original) = wire.edited_id() {
            let text = wire.edited_text().unwrap_or_default();
            let edit = self.readable(wire, conversation, from, &text);
            let original = MessageId::from_number(original);
            self.events
                .push_back(Event::MessageEdited { original, edit });
        } else if kind.is_text() {
            let text = String::from_utf8_lossy(wire.body());
            let message = self.readable(wire, conversation, from, &text);
            self.events.push_back(Event::MessageReceived(message));
        }
        // Activities of threads come as `NFY MSGR\THREAD` as well; signals are between programs.
    }

    fn readable(
        &mut self,
        wire: &WireMessage,
        conversation: ConversationId,
        from: ContactId,
        text: &str,
    ) -> Message {
        let id = wire.client_message_id().or(wire.message_id());
        let id = id.unwrap_or_else(|| self.prng.number());
        let sent_at = wire.arrived_at();
        // MSNP24 writes the time on every message: one from before this connection has waited.
        let bound_at = match &self.phase {
            Phase::Connected(connection) => connection.bound_at(),
            _ => None,
        };
        let delayed = match (sent_at, bound_at) {
            (Some(sent), Some(bound)) => sent < bound,
            _ => wire.service_channel() == Some("IM/Offline"),
        };
        let limit = self.config.limits.text;
        Message {
            id: MessageId::from_number(id),
            conversation,
            from,
            from_name: wire.display_name().map(|name| clip(name, limit)),
            text: clip(text, limit),
            format: Format::of(wire.kind()),
            sent_at,
            delayed,
        }
    }

    fn presence_put(&mut self, layers: &Layers, me: &ContactId) {
        let Ok(who) = layers.from() else { return };
        let Some(who) = contact_at(&who) else { return };
        let Ok(user) = UserDocument::parse(layers.body()) else {
            return;
        };
        let full = !layers
            .header("NotifType")
            .is_some_and(|kind| kind.eq_ignore_ascii_case("Partial"));
        self.present(&who, &user, full, me);
    }

    fn present(&mut self, who: &ContactId, user: &UserDocument, full: bool, me: &ContactId) {
        // A service that tells nothing of the status tells of an endpoint only.
        let full = full && user.services().any(|said| said.name() == service::IM);
        if let Some(presence) = self.people.put(who, user, full, &self.config.limits) {
            self.tell_presence(who, presence, me);
        }
    }

    fn presence_del(&mut self, layers: &Layers, me: &ContactId) {
        let Ok(who) = layers.from() else { return };
        let Some(who) = contact_at(&who) else { return };
        let Ok(user) = UserDocument::parse(layers.body()) else {
            return;
        };
        for departure in user.departures() {
            // Naming the receiver's own endpoint, it means "sign out here" (msnp24.md 8).
            if who == *me && departure == Departure::Endpoint(self.epid) {
                if let Phase::Connected(connection) = &mut self.phase {
                    connection.end(Reason::Elsewhere);
                }
                return;
            }
            let limits = self.config.limits;
            if let Some(presence) = self.people.depart(&who, departure, &limits) {
                self.tell_presence(&who, presence, me);
            }
        }
    }

    fn tell_presence(&mut self, who: &ContactId, presence: Presence, me: &ContactId) {
        self.events.push_back(if who == me {
            Event::OwnPresence(OwnPresence {
                presence,
                this_endpoint: EndpointId(self.epid),
            })
        } else {
            Event::PresenceChanged {
                contact: who.clone(),
                presence,
            }
        });
    }

    /// The roster, or changes of it (our extension: `NFY MSGR\CONTACTS`).
    fn list(&mut self, list: &ContactList) {
        let limit = self.config.limits.contacts;
        let mut named = std::collections::BTreeSet::new();
        for entry in list.contacts().take(limit) {
            let Some(id) = entry.address().as_ref().and_then(contact_at) else {
                continue;
            };
            // The IM service's lists count, whatever else is listed.
            let im = entry.services().find(|(name, _)| *name == service::IM);
            let bits = im
                .or_else(|| entry.services().next())
                .map(|(_, lists)| lists);
            let bits = bits.or(entry.lists()).unwrap_or_default();
            let lists = Lists::from_bits(bits.0.into());
            let name = entry.element().attribute("f");
            let name = name.map(|name| clip(name, self.config.limits.text));
            let change = self.contacts.put(id.clone(), lists, name.as_deref(), limit);
            named.insert(id);
            self.tell_contact(change);
        }
        if list.is_initial() {
            for gone in self.contacts.retain(|id| named.contains(id)) {
                self.tell_contact(Some(Change::Removed(gone)));
            }
        }
    }

    fn thread(&mut self, thread: &Thread, me: &ContactId) {
        match self.groups.put(thread, me, &self.config.limits) {
            Some(GroupChange::Changed(group)) => {
                self.events.push_back(Event::ConversationChanged(group));
            }
            Some(GroupChange::Left(id)) => self.events.push_back(Event::ConversationLeft(id)),
            None => {}
        }
    }

    /// The conversations of late, with their last messages (msnp24.md 12).
    fn recent(&mut self, recent: &RecentConversationsResponse) {
        let limits = self.config.limits;
        for conversation in recent.conversations.iter().take(limits.conversations) {
            let Some(id) = conversation_at(&conversation.id) else {
                continue;
            };
            if conversation.has_left() {
                if let Some(left) = self.groups.leave(&id) {
                    self.events.push_back(Event::ConversationLeft(left));
                }
                continue;
            }
            let history = History::of(None, &id, &conversation.messages, None, &limits);
            if !history.messages.is_empty() {
                self.events.push_back(Event::History(history));
            }
        }
    }
}

/// In which conversation, and by whom. Messages of one's own other endpoints come with `From`
/// oneself; in a group either address may be the thread (msnp24.md 10, 11).
fn place(wire: &WireMessage, me: &ContactId) -> Option<(ConversationId, ContactId)> {
    let from = contact_at(wire.from())?;
    let conversation = if wire.to().is_thread() {
        conversation_at(wire.to())?
    } else if wire.from().is_thread() {
        conversation_at(wire.from())?
    } else if from == *me {
        conversation_at(wire.to())?
    } else {
        ConversationId::from(&from)
    };
    Some((conversation, from))
}
