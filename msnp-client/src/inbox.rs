//! What was said to oneself: each message once, under a name.

use std::collections::BTreeMap;

use crate::dedup::SeenMessages;
use crate::event::Event;
use crate::id::{ContactId, ConversationId, MessageId};
use crate::message::{Message, Received, ReceivedContent, ReceivedText};

/// Which messages were told already.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    seen: SeenMessages,
}

impl Inbox {
    /// How a message is told that was said there by this person; `None` if it was told before, or is nothing for
    /// people. `random` names the message if nothing else does.
    pub(crate) fn take(
        &mut self,
        message: Received,
        conversation: ConversationId,
        from: ContactId,
        remembered: usize,
        random: impl FnOnce() -> MessageId,
    ) -> Option<Event> {
        let is_known = message
            .key
            .is_some_and(|key| !self.seen.insert(&from, &key, remembered));
        if is_known {
            return None;
        }
        let id = message.id;
        let made = |text: ReceivedText, conversation, from| Message {
            id: id.unwrap_or_else(random),
            conversation,
            from,
            from_name: text.from_name,
            text: text.text,
            format: text.format,
            sent_at: text.sent_at,
            delayed: text.delayed,
        };
        Some(match message.content {
            ReceivedContent::Text(text) => Event::MessageReceived(made(text, conversation, from)),
            ReceivedContent::Edit { original, edit } => Event::MessageEdited {
                original,
                edit: made(edit, conversation, from),
            },
            ReceivedContent::Nudge => Event::Nudge { conversation, from },
            ReceivedContent::Other => return None,
        })
    }

    /// People have other names from now on.
    pub(crate) fn rename(&mut self, names: &BTreeMap<ContactId, ContactId>) {
        self.seen.rename(names);
    }
}
