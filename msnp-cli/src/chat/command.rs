//! What the person wants done, as it leaves the model: carried out by the session.

use msnp_client::{ContactId, ConversationId, HistoryMark, MessageId, Status};
use msnp_proto::Secret;

/// What the person wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Say {
        to: ConversationId,
        text: String,
    },
    Edit {
        to: ConversationId,
        original: MessageId,
        text: String,
    },
    Typing {
        to: ConversationId,
        typing: bool,
    },
    Nudge(ConversationId),
    Ask(Request),
    /// Sign in, with another password if there is one.
    SignIn(Option<Secret<String>>),
    /// Sign out, and end when that is done.
    Quit,
    /// End at once.
    Abort,
    Redraw,
    /// Give the terminal back and stop, until the shell continues it.
    Suspend,
    /// Somebody wants to be heard, with these words.
    Call(String),
}

/// What is answered with done or not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Status(Status),
    Name(String),
    PersonalMessage(String),
    Add(ContactId),
    Remove(ContactId),
    Block(ContactId),
    Unblock(ContactId),
    /// Whether whoever is on no list is let in.
    AllowOthers(bool),
    CreateThread {
        members: Vec<ContactId>,
        topic: Option<String>,
    },
    Topic {
        group: ConversationId,
        topic: String,
    },
    Invite {
        group: ConversationId,
        member: ContactId,
    },
    Kick {
        group: ConversationId,
        member: ContactId,
    },
    Leave(ConversationId),
    History {
        of: ConversationId,
        from: Option<HistoryMark>,
        /// Nobody asked for it, so nobody is told that there is none.
        is_quiet: bool,
    },
}
