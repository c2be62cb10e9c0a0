//! `Sending`: a message whose author waits for its first reader.

use std::sync::Arc;

use super::command::ConnectionId;
use super::message::{ConversationId, Message};

/// A message that is on its way to its first reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sending {
    pub(super) message: Arc<Message>,
    pub(super) conversation: ConversationId,
    /// Where the author is.
    pub(super) connection: ConnectionId,
    pub(super) kind: SendingKind,
}

/// What becomes of the author's copy.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum SendingKind {
    Durable,
    /// Shown to the author's other endpoints, or not; refused if nobody was reached, or not.
    Transient {
        echo: bool,
        must_reach: bool,
    },
}
