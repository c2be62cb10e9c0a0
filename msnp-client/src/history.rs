//! What was said before: pages of older messages.

use crate::id::{ContactId, ConversationId, OperationId};
use crate::message::Message;

/// One page of older messages.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct History {
    /// The request that asked for it. `None`: told unasked, while signing in.
    pub operation: Option<OperationId>,
    /// Of which conversation.
    pub conversation: ConversationId,
    /// Oldest first.
    pub messages: Vec<Message>,
    /// There are older ones: ask again with this.
    pub more: Option<HistoryMark>,
}

impl History {
    /// A page that nobody asked for, with nothing older behind it.
    pub const fn new(conversation: ConversationId, messages: Vec<Message>) -> Self {
        Self {
            operation: None,
            conversation,
            messages,
            more: None,
        }
    }
}

/// Where the next page of a history starts. Only the service knows what it says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HistoryMark(String);

impl HistoryMark {
    /// The mark with this text, for applications that keep the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A page as a connection tells it: which request it answers, only the client knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HistoryPage {
    pub(crate) conversation: ConversationId,
    /// Oldest first.
    pub(crate) messages: Vec<Message>,
    pub(crate) more: Option<HistoryMark>,
}

/// A page as it is told to the application, with the names under which all that is known.
pub(crate) fn told(
    page: HistoryPage,
    operation: Option<OperationId>,
    conversation: &ConversationId,
    known: impl Fn(&ContactId) -> ContactId,
) -> History {
    let messages = page.messages.into_iter().map(|message| Message {
        from: known(&message.from),
        conversation: conversation.clone(),
        ..message
    });
    History {
        operation,
        conversation: conversation.clone(),
        messages: messages.collect(),
        more: page.more,
    }
}
