//! What was said before: pages of older messages.

use crate::conversation::Message;
use crate::id::{ConversationId, OperationId};

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

/// Where the next page of a history starts. Only the service knows what it says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HistoryMark(pub(crate) String);
