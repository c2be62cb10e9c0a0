//! `Pending`: what was asked for and has not ended yet.

use std::collections::{BTreeMap, BTreeSet};

use msnp_client::{ConversationId, MessageId, OperationId};

use super::command::Request;

/// A message that replaces another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) to: ConversationId,
    pub(super) original: MessageId,
    pub(super) text: String,
}

/// Everything whose end is still to be told, shown messages aside.
#[derive(Debug, Default)]
pub(super) struct Pending {
    requests: BTreeMap<OperationId, Request>,
    edits: BTreeMap<MessageId, Edit>,
    nudges: BTreeSet<MessageId>,
}

impl Pending {
    /// A request was taken under this number.
    pub(super) fn add_request(&mut self, id: OperationId, request: Request) {
        self.requests.insert(id, request);
    }

    /// It has ended.
    pub(super) fn take_request(&mut self, id: OperationId) -> Option<Request> {
        self.requests.remove(&id)
    }

    /// Whether it is something that nobody asked for.
    pub(super) fn is_quiet(&self, id: OperationId) -> bool {
        matches!(
            self.requests.get(&id),
            Some(Request::History { is_quiet: true, .. })
        )
    }

    /// An edit was taken under this number.
    pub(super) fn add_edit(&mut self, id: MessageId, edit: Edit) {
        self.edits.insert(id, edit);
    }

    /// It has ended, if it was one.
    pub(super) fn take_edit(&mut self, id: &MessageId) -> Option<Edit> {
        self.edits.remove(id)
    }

    /// A nudge was taken under this number.
    pub(super) fn add_nudge(&mut self, id: MessageId) {
        self.nudges.insert(id);
    }

    /// It has ended; whether it was one.
    pub(super) fn take_nudge(&mut self, id: &MessageId) -> bool {
        self.nudges.remove(id)
    }

    /// Whether there is nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.requests.is_empty() && self.edits.is_empty() && self.nudges.is_empty()
    }
}
