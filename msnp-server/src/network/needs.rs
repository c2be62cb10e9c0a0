//! What a command needs before it is carried out, which depends on the command alone.

use super::command::{Command, ConversationAddress, Delivery, Recipient};
use crate::identity::Address;

/// The addresses that it names.
pub(super) fn addresses(command: &Command) -> Vec<&Address> {
    match command {
        Command::ChangeContacts(changes) => changes.iter().map(|one| &one.contact).collect(),
        Command::LookUp(addresses) => addresses.iter().collect(),
        Command::NameContact { contact, .. } | Command::SetGroup { contact, .. } => vec![contact],
        Command::Send {
            to: Recipient::Person(address, _),
            ..
        }
        | Command::Read(ConversationAddress::Person(address))
        | Command::ListMessages {
            conversation: ConversationAddress::Person(address),
            ..
        }
        | Command::Invite { whom: address, .. } => vec![address],
        Command::MakeThread { members, .. } | Command::ChangeThread { members, .. } => {
            members.iter().map(|(address, _)| address).collect()
        }
        Command::LeaveThread { members, .. } => members.iter().collect(),
        // Without a wildcard: a command that names somebody and is forgotten here would find nobody.
        Command::Enter { .. }
        | Command::EnterConversation { .. }
        | Command::EnterAside { .. }
        | Command::ListRoster
        | Command::ListSettings
        | Command::ListWaiting { .. }
        | Command::Subscribe(_)
        | Command::Publish(_)
        | Command::SetName(_)
        | Command::AddGroup { .. }
        | Command::RenameGroup { .. }
        | Command::RemoveGroup { .. }
        | Command::SetPrivacy(_)
        | Command::SetProperty { .. }
        | Command::Send { .. }
        | Command::Notify(..)
        | Command::Received(_)
        | Command::CountsAsReceived(_)
        | Command::Evidence(..)
        | Command::Read(_)
        | Command::ListConversations { .. }
        | Command::ListMessages { .. }
        | Command::ListThreads(_)
        | Command::OpenRoom
        | Command::JoinRoom(_)
        | Command::LeaveRoom(_)
        | Command::SayInRoom { .. } => Vec::new(),
    }
}

/// Whether something is to be kept for it, so that it is of no use while the store does not answer.
pub(super) const fn is_kept(command: &Command) -> bool {
    match command {
        Command::SetName(_)
        | Command::ChangeContacts(_)
        | Command::NameContact { .. }
        | Command::AddGroup { .. }
        | Command::RenameGroup { .. }
        | Command::RemoveGroup { .. }
        | Command::SetGroup { .. }
        | Command::SetPrivacy(_)
        | Command::SetProperty { .. }
        | Command::Read(_)
        | Command::MakeThread { .. }
        | Command::ChangeThread { .. }
        | Command::LeaveThread { .. } => true,
        Command::Send { delivery, .. } => matches!(delivery, Delivery::Durable),
        // A receipt is of what is there already, and comes but once.
        Command::Received(_)
        | Command::CountsAsReceived(_)
        | Command::Notify(..)
        | Command::Evidence(..)
        | Command::Enter { .. }
        | Command::EnterConversation { .. }
        | Command::EnterAside { .. }
        | Command::ListRoster
        | Command::ListSettings
        | Command::ListWaiting { .. }
        | Command::Subscribe(_)
        | Command::Publish(_)
        | Command::LookUp(_)
        | Command::ListConversations { .. }
        | Command::ListMessages { .. }
        | Command::ListThreads(_)
        | Command::OpenRoom
        | Command::Invite { .. }
        | Command::JoinRoom(_)
        | Command::LeaveRoom(_)
        | Command::SayInRoom { .. } => false,
    }
}

/// Whether it is answered by pages that are read, whatever the person is like in memory.
pub(super) const fn is_answered_by_pages(command: &Command) -> bool {
    matches!(
        command,
        Command::ListConversations { .. }
            | Command::ListMessages { .. }
            | Command::ListWaiting { .. }
    )
}

/// Whether a connection that belongs to one conversation alone may give it.
pub(super) const fn is_for_conversations(command: &Command) -> bool {
    matches!(
        command,
        Command::OpenRoom
            | Command::Invite { .. }
            | Command::JoinRoom(_)
            | Command::LeaveRoom(_)
            | Command::SayInRoom { .. }
            | Command::Send { .. }
            | Command::LookUp(_)
            | Command::CountsAsReceived(_)
    )
}

/// Whether a connection that is [aside](Command::EnterAside) may give it.
pub(super) const fn is_for_those_aside(command: &Command) -> bool {
    matches!(
        command,
        Command::SetName(_)
            | Command::ChangeContacts(_)
            | Command::ListRoster
            | Command::ListSettings
            | Command::LookUp(_)
            | Command::NameContact { .. }
            | Command::AddGroup { .. }
            | Command::RenameGroup { .. }
            | Command::RemoveGroup { .. }
            | Command::SetGroup { .. }
            | Command::SetPrivacy(_)
            | Command::SetProperty { .. }
            | Command::Send { .. }
            | Command::ListWaiting { .. }
            | Command::Received(_)
    )
}
