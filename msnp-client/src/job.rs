//! What the application has asked for, in no dialect's words, until its fate is known.

use std::collections::BTreeMap;

use crate::contacts::Lists;
use crate::history::HistoryMark;
use crate::id::{ContactId, ConversationId, MessageId, OperationId};
use crate::presence::Status;

/// One thing to say to the service. Its number says when it was asked for, before which others.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) number: u64,
    pub(crate) task: Task,
}

#[derive(Clone, Debug)]
pub(crate) enum Task {
    /// Something said in a conversation; ends in one of three fates.
    Message {
        id: MessageId,
        conversation: ConversationId,
        words: Words,
    },
    /// Typing, or no more. Nobody waits for its fate.
    Typing {
        conversation: ConversationId,
        typing: bool,
    },
    /// Ends in `Done` or `NotDone`.
    Operation { id: OperationId, request: Request },
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Words {
    Text(String),
    Nudge,
    Edit { original: MessageId, text: String },
}

impl std::fmt::Debug for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text",
            Self::Nudge => "Nudge",
            Self::Edit { .. } => "Edit",
        })
    }
}

#[derive(Clone)]
pub(crate) enum Request {
    /// Tell the service one's own status, name and so on, as they are when it is sent.
    Publish,
    /// Change on which lists somebody is.
    List {
        contact: ContactId,
        change: ListChange,
    },
    CreateGroup {
        members: Vec<ContactId>,
        topic: Option<String>,
    },
    SetTopic {
        group: ConversationId,
        topic: String,
        /// The group was just made by the same operation.
        created: bool,
    },
    AddMember {
        group: ConversationId,
        member: ContactId,
    },
    RemoveMember {
        group: ConversationId,
        /// `None`: oneself.
        member: Option<ContactId>,
    },
    History {
        conversation: ConversationId,
        mark: Option<HistoryMark>,
    },
}

impl std::fmt::Debug for Request {
    /// Without topics: people's words.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Publish => "Publish",
            Self::List { .. } => "List",
            Self::CreateGroup { .. } => "CreateGroup",
            Self::SetTopic { .. } => "SetTopic",
            Self::AddMember { .. } => "AddMember",
            Self::RemoveMember { .. } => "RemoveMember",
            Self::History { .. } => "History",
        })
    }
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum ListChange {
    Add,
    Remove,
    Block,
    Unblock,
}

impl ListChange {
    /// On which lists somebody is afterwards.
    pub(crate) const fn apply(self, lists: Lists) -> Lists {
        match self {
            // Adding somebody does not lift a block.
            Self::Add if lists.contains(Lists::BLOCK) => lists.with(Lists::FORWARD),
            Self::Add => lists.with(Lists::FORWARD).with(Lists::ALLOW),
            // Nor does removing him.
            Self::Remove => lists.without(Lists::FORWARD).without(Lists::ALLOW),
            Self::Block => lists.without(Lists::ALLOW).with(Lists::BLOCK),
            Self::Unblock => lists.without(Lists::BLOCK).with(Lists::ALLOW),
        }
    }
}

/// How one shows oneself.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    pub(crate) status: Status,
    pub(crate) display_name: Option<String>,
    pub(crate) personal_message: Option<String>,
    pub(crate) endpoint_name: Option<String>,
    pub(crate) idle: bool,
}

/// Jobs that are not on their way, in the order in which they were asked for.
#[derive(Debug, Default)]
pub(crate) struct Waiting(BTreeMap<u64, Task>);

impl Waiting {
    pub(crate) fn put(&mut self, job: Job) {
        self.0.insert(job.number, job.task);
    }

    pub(crate) fn take_first(&mut self) -> Option<Job> {
        let (number, task) = self.0.pop_first()?;
        Some(Job { number, task })
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(change: ListChange, before: u32, after: u32) {
        assert_eq!(change.apply(Lists::from_bits(before)).bits(), after);
    }

    #[test]
    fn list_changes_keep_blocks_until_they_are_lifted() {
        check(ListChange::Add, 0, 3);
        check(ListChange::Add, 4, 5);
        check(ListChange::Add, 8, 11);
        check(ListChange::Remove, 3, 0);
        check(ListChange::Remove, 5, 4);
        check(ListChange::Block, 3, 5);
        check(ListChange::Block, 0, 4);
        check(ListChange::Unblock, 5, 3);
        check(ListChange::Unblock, 4, 2);
    }

    #[test]
    fn what_comes_back_unsent_takes_its_old_place() {
        let typing = || Task::Typing {
            conversation: ConversationId::group("19:a").expect("a name"),
            typing: true,
        };
        let mut waiting = Waiting::default();
        for number in [5, 3, 4] {
            waiting.put(Job {
                number,
                task: typing(),
            });
        }
        let order: Vec<u64> = std::iter::from_fn(|| waiting.take_first())
            .map(|job| job.number)
            .collect();
        assert_eq!(order, [3, 4, 5]);
    }
}
