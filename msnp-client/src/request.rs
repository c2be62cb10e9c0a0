//! What the application asks for, in no dialect's words.

use std::fmt;

use msnp_proto::MsnObject;

use crate::contacts::Lists;
use crate::history::HistoryMark;
use crate::id::{ContactId, ConversationId, MessageId, OperationId};
use crate::looks::Looks;
use crate::presence::{EndpointId, Status};

/// Says which request, and when it was asked for: before which others. Never used twice.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RequestNumber(pub(crate) u64);

/// One thing to say to the service.
#[derive(Clone, Debug)]
pub(crate) enum Request {
    /// Something said in a conversation; ends in one of three fates.
    Message {
        id: MessageId,
        conversation: ConversationId,
        content: Content,
    },
    /// Typing, or no more. Nobody waits for its fate.
    Typing {
        conversation: ConversationId,
        typing: bool,
    },
    /// Ends in `OperationSucceeded` or `OperationFailed`.
    Operation { id: OperationId, what: Operation },
}

/// What is said.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Content {
    Text { text: String, looks: Looks },
    Nudge,
    Edit { original: MessageId, text: String },
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text { .. } => "Text",
            Self::Nudge => "Nudge",
            Self::Edit { .. } => "Edit",
        })
    }
}

/// What is to be done.
#[derive(Clone)]
pub(crate) enum Operation {
    /// Tell the service one's own status, name and so on, as they are when it is sent.
    Publish,
    /// Change on which lists somebody is.
    List {
        contact: ContactId,
        change: ListChange,
    },
    /// Change the groups of the contact list.
    ListGroup(ListGroupChange),
    /// Let whoever is on no list see one and write, or not.
    AllowOthers(bool),
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
    /// Sign another place of one's own out.
    SignOutEndpoint(EndpointId),
}

impl fmt::Debug for Operation {
    /// Without topics and names: people's words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Publish => "Publish",
            Self::List { .. } => "List",
            Self::ListGroup(_) => "ListGroup",
            Self::AllowOthers(_) => "AllowOthers",
            Self::CreateGroup { .. } => "CreateGroup",
            Self::SetTopic { .. } => "SetTopic",
            Self::AddMember { .. } => "AddMember",
            Self::RemoveMember { .. } => "RemoveMember",
            Self::History { .. } => "History",
            Self::SignOutEndpoint(_) => "SignOutEndpoint",
        })
    }
}

impl Request {
    /// The conversation in which it says something.
    pub(crate) const fn conversation(&self) -> Option<&ConversationId> {
        match self {
            Self::Message { conversation, .. } | Self::Typing { conversation, .. } => {
                Some(conversation)
            }
            Self::Operation { .. } => None,
        }
    }

    /// The same with the names under which people are known now.
    pub(crate) fn with_names(mut self, known: impl Fn(&ContactId) -> ContactId) -> Self {
        let person = |contact: &mut ContactId| *contact = known(contact);
        let place = |conversation: &mut ConversationId| {
            if let Some(contact) = conversation.contact() {
                *conversation = known(contact).into();
            }
        };
        match &mut self {
            Self::Message { conversation, .. } | Self::Typing { conversation, .. } => {
                place(conversation);
            }
            Self::Operation { what, .. } => match what {
                Operation::Publish
                | Operation::AllowOthers(_)
                | Operation::SignOutEndpoint(_)
                | Operation::SetTopic { .. }
                | Operation::RemoveMember { member: None, .. } => {}
                Operation::List { contact, .. } => person(contact),
                Operation::ListGroup(change) => {
                    if let ListGroupChange::Move { contact, .. } = change {
                        person(contact);
                    }
                }
                Operation::CreateGroup { members, .. } => members.iter_mut().for_each(person),
                Operation::AddMember { member, .. }
                | Operation::RemoveMember {
                    member: Some(member),
                    ..
                } => person(member),
                Operation::History { conversation, .. } => place(conversation),
            },
        }
        self
    }
}

/// What a connection needs to know besides the request itself.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    pub(crate) number: RequestNumber,
    pub(crate) request: Request,
    /// On which lists the person is whom a change of the lists is about.
    pub(crate) lists: Lists,
}

/// Why a connection does not take a request.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// There is no room now, or the connection is not ready.
    Full,
    /// More than there ever is room for.
    TooLarge,
    /// It is another connection's business.
    Elsewhere,
    /// The connection for its conversation is on its way: what is said elsewhere need not wait.
    Later,
}

/// How the groups of the contact list are to change. They go by name; ids are the dialect's.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum ListGroupChange {
    Add {
        name: String,
    },
    Rename {
        name: String,
        to: String,
    },
    Remove {
        name: String,
    },
    /// Somebody comes into a group, or out of it.
    Move {
        contact: ContactId,
        name: String,
        inside: bool,
    },
}

impl fmt::Debug for ListGroupChange {
    /// Without names: people's words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Add { .. } => "Add",
            Self::Rename { .. } => "Rename",
            Self::Remove { .. } => "Remove",
            Self::Move { .. } => "Move",
        })
    }
}

/// How somebody's lists are to change.
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
    pub(crate) picture: Option<MsnObject>,
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
}
