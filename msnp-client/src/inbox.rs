//! What was said to oneself: each message once, under a name.

use machine_contract::SortedMap;

use crate::dedup::SeenMessages;
use crate::event::Event;
use crate::id::{ContactId, ConversationId, MessageId};
use crate::limits::Limits;
use crate::message::{Message, ReceiptId, Received, ReceivedContent, ReceivedText};
use crate::receipts::{HeldAt, Receipts};

/// Which messages were told already.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    seen: SeenMessages,
    receipts: Receipts,
}

/// What becomes of a message.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// How it is told; `None` if it was told before, has no room, or is nothing for people.
    pub(crate) event: Option<Event>,
    /// Where to acknowledge it now: the application has it, and has said so where it came before.
    pub(crate) acknowledge: Option<HeldAt>,
}

impl Inbox {
    /// Takes in a message that was said there by this person. One that is `held` waits for the application to
    /// acknowledge it. `random` names the message if nothing else does.
    pub(crate) fn take(
        &mut self,
        message: Received,
        (conversation, from): (ConversationId, ContactId),
        held: Option<HeldAt>,
        limits: &Limits,
        random: impl FnOnce() -> MessageId,
    ) -> Taken {
        let key = message.key.as_deref();
        let mut receipt = None;
        if let Some(at) = held {
            if self.receipts.came_again(&from, key, &at) {
                return Taken::default();
            }
            if key.is_some_and(|key| self.seen.contains(&from, key)) {
                let acknowledge = Some(at);
                return Taken {
                    event: None,
                    acknowledge,
                };
            }
            let bytes = message.content.text_bytes().unwrap_or_default();
            receipt = self.receipts.open((&from, key), at, bytes, limits);
            if receipt.is_none() {
                // It stays with the service, and is not remembered: it is new when it comes again.
                return Taken::default();
            }
        }
        if key.is_some_and(|key| !self.seen.insert(&from, key, limits.remembered)) {
            return Taken::default();
        }
        let id = message.id;
        let made = |text: ReceivedText, conversation, from| Message {
            id: id.unwrap_or_else(random),
            conversation,
            from,
            from_name: text.from_name,
            text: text.text,
            format: text.format,
            looks: text.looks,
            sent_at: text.sent_at,
            delayed: text.delayed,
            receipt,
        };
        let event = match message.content {
            ReceivedContent::Text(text) => {
                Some(Event::MessageReceived(made(text, conversation, from)))
            }
            ReceivedContent::Edit { original, edit } => Some(Event::MessageEdited {
                original,
                edit: made(edit, conversation, from),
            }),
            ReceivedContent::Nudge => Some(Event::Nudge { conversation, from }),
            ReceivedContent::Other => None,
        };
        Taken {
            event,
            acknowledge: None,
        }
    }

    /// The application has it: how to say so.
    pub(crate) fn acknowledged(&mut self, receipt: ReceiptId) -> Option<HeldAt> {
        self.receipts.close(receipt)
    }

    /// People have other names from now on.
    pub(crate) fn rename(&mut self, names: &SortedMap<ContactId, ContactId>) {
        self.receipts.rename(names);
        self.seen.rename(names);
    }
}
