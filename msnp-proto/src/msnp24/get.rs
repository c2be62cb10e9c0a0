//! `GET MSGR\NAME` and `DEL MSGR\NAME`, and what they are answered with (msnp24.md 6.5, 6.6, 12).

use core::fmt;

use bytes::Bytes;

use crate::msnp24::{Channel, CommandErrorKind, grammar};
use crate::payload::contacts::ContactList;
use crate::payload::history::{
    MessagesByConversation, MessagesByConversationResponse, RecentConversations,
    RecentConversationsResponse, Threads, ThreadsResponse,
};
use crate::payload::thread::Thread;

/// `GET n MSGR\NAME`: asks for what the service stores.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a server decides on every request")]
pub enum Get {
    /// `RECENTCONVERSATIONS`: the conversations with their last messages.
    RecentConversations(RecentConversations),
    /// `MESSAGESBYCONVERSATION`: a page of one conversation.
    MessagesByConversation(MessagesByConversation),
    /// `THREADS`: members and topics of group conversations.
    Threads(Threads),
}

impl Get {
    pub(super) fn read(channel: &Channel, body: &Bytes) -> Result<Option<Self>, CommandErrorKind> {
        Ok(Some(match channel {
            Channel::RecentConversations => {
                Self::RecentConversations(RecentConversations::parse(body)?)
            }
            Channel::MessagesByConversation => {
                Self::MessagesByConversation(MessagesByConversation::parse(body)?)
            }
            Channel::Threads => Self::Threads(Threads::parse(body)?),
            _ => return Ok(None),
        }))
    }

    pub(super) fn write(&self) -> (Channel, Bytes) {
        match self {
            Self::RecentConversations(get) => (Channel::RecentConversations, get.encode().into()),
            Self::MessagesByConversation(get) => {
                (Channel::MessagesByConversation, get.encode().into())
            }
            Self::Threads(get) => (Channel::Threads, get.encode().into()),
        }
    }
}

/// The reply to a [`Get`].
#[derive(Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a client decides on every reply; unknown ones are `Other`"
)]
pub enum GetReply {
    /// `<recentconversations-response>`
    RecentConversations(RecentConversationsResponse),
    /// `<messagesbyconversation-response>`
    MessagesByConversation(MessagesByConversationResponse),
    /// `<threads-response>`
    Threads(ThreadsResponse),
    /// A body this crate has no name for.
    Other(Bytes),
}

impl GetReply {
    /// The reply does not name what it answers, so its root element tells.
    pub(super) fn read(body: &Bytes) -> Result<Self, CommandErrorKind> {
        Ok(match grammar::root_name(body) {
            b"recentconversations-response" => {
                Self::RecentConversations(RecentConversationsResponse::parse(body)?)
            }
            b"messagesbyconversation-response" => {
                Self::MessagesByConversation(MessagesByConversationResponse::parse(body)?)
            }
            b"threads-response" => Self::Threads(ThreadsResponse::parse(body)?),
            _ => Self::Other(body.clone()),
        })
    }

    pub(super) fn write(&self) -> Bytes {
        match self {
            Self::RecentConversations(reply) => reply.encode().into(),
            Self::MessagesByConversation(reply) => reply.encode().into(),
            Self::Threads(reply) => reply.encode().into(),
            Self::Other(body) => body.clone(),
        }
    }
}

/// Prints the size only of a body without a name.
impl fmt::Debug for GetReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RecentConversations(reply) => reply.fmt(f),
            Self::MessagesByConversation(reply) => reply.fmt(f),
            Self::Threads(reply) => reply.fmt(f),
            Self::Other(body) => write!(f, "Other({} bytes)", body.len()),
        }
    }
}

/// `DEL n MSGR\NAME`: takes something away.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a server decides on every request")]
pub enum Delete {
    /// `THREAD`: removes the members that are named.
    Thread(Thread),
    /// `CONTACTS`: removes contacts. Ours: the historic clients did this through the address
    /// book.
    Contacts(ContactList),
}

impl Delete {
    pub(super) fn read(channel: &Channel, body: &Bytes) -> Result<Option<Self>, CommandErrorKind> {
        Ok(Some(match channel {
            Channel::Thread => Self::Thread(Thread::parse(body)?),
            Channel::Contacts => Self::Contacts(ContactList::parse(body)?),
            _ => return Ok(None),
        }))
    }

    pub(super) fn write(&self) -> (Channel, Bytes) {
        match self {
            Self::Thread(thread) => (Channel::Thread, thread.encode().into()),
            Self::Contacts(contacts) => (Channel::Contacts, contacts.encode().into()),
        }
    }
}
