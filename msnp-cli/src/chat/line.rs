//! `Line`: one entry of a conversation.

use machine_contract::UnixTime;
use msnp_client::{ContactId, MessageId};

/// One entry of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) at: UnixTime,
    pub(super) kind: Kind,
    pub(super) text: String,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Something that was said.
    Said {
        id: MessageId,
        from: ContactId,
        /// What the sender called himself then.
        name: Option<String>,
        state: DeliveryState,
        edited: bool,
    },
    /// Something that happened.
    Notice,
    /// Something that went wrong.
    Alarm,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum DeliveryState {
    /// Somebody else's.
    Theirs,
    /// Ours, on its way.
    Pending,
    Delivered,
    /// It did not arrive, for this reason.
    Failed(String),
    /// Nobody can tell, for this reason.
    Uncertain(String),
}
