//! What commands and requests of a notification connection are sent for.

use crate::id::{ContactId, ConversationId};
use crate::request::RequestNumber;

/// What a command was sent for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// One of the steps of signing in.
    Entry(EntryStep),
    /// The list by `SYN`.
    Synchronize,
    /// The lists, announced.
    Announce,
    /// Something of how one shows oneself, for the first time.
    Appear,
    /// The same, as the application wished; `is_last` of what it wished.
    Show {
        number: RequestNumber,
        is_last: bool,
    },
    /// A step of a change of the lists.
    Edit,
    /// A switchboard, to talk there.
    Switchboard(Wanted),
    /// A message that is answered only if it is refused: for somebody who is not there, and since MSNP21 any.
    Message(RequestNumber),
    /// A step of what is about a temporary group.
    Party(Party),
    /// A word to another place of one's own.
    Notice(RequestNumber),
    /// Nothing comes of it but that it is answered.
    Nothing,
}

/// What is asked about temporary groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Party {
    /// A new one, of these.
    New(RequestNumber, Vec<ContactId>),
    /// That somebody comes into the new one.
    Member(RequestNumber, ContactId),
    /// That somebody comes into one, as the application wished.
    Asked(RequestNumber),
}

/// The steps of signing in, in their order.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum EntryStep {
    Version,
    Client,
    Packages,
    Account,
    Ticket,
}

/// What a switchboard is wanted for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Talk(ConversationId),
    Group(RequestNumber, Vec<ContactId>),
}

/// What a request to a web service was made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Errand {
    Entry(EntryErrand),
    /// Fresh tickets, since those that were shown have run out.
    Refresh,
    Membership,
    AddressBook,
    /// A step of a change of the lists.
    Edit,
    /// What waits in the mailbox.
    Waiting,
    Fetch(String),
    Delete,
    Store(RequestNumber),
}

/// What is asked of the web while signing in.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum EntryErrand {
    Nexus,
    Login,
    Tokens,
}

/// What a command of a switchboard was sent for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TalkPurpose {
    Enter,
    Call(ContactId),
    /// Somebody is asked into a group.
    Invite(RequestNumber),
    /// A part of a message.
    Part(RequestNumber),
}
