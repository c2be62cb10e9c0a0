//! Conversations and what is said in them.

use std::fmt;

use crate::id::{ContactId, ConversationId, MessageId};

/// A group, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conversation {
    /// Which.
    pub id: ConversationId,
    /// Its topic, if one is set.
    pub topic: Option<String>,
    /// Who is in it.
    pub members: Vec<Member>,
}

/// One member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Member {
    /// Who.
    pub contact: ContactId,
    /// May add and remove others.
    pub admin: bool,
}

/// One message, received now or read from the history.
///
/// `Debug` leaves the text out.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// Which. The same id from another sender is another message.
    pub id: MessageId,
    /// Where.
    pub conversation: ConversationId,
    /// Who wrote it. Oneself, if it was sent from another endpoint or comes from the history.
    pub from: ContactId,
    /// What the sender called himself when writing.
    pub from_name: Option<String>,
    /// The text.
    pub text: String,
    /// How the text is to be read.
    pub format: Format,
    /// When it was sent, in milliseconds since 1970, if the service says so.
    pub sent_at: Option<u64>,
    /// It waited at the service while one was offline, or comes from the history.
    pub delayed: bool,
}

/// How a text is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// As it is.
    Plain,
    /// With tags and entities (`<b>`, `<a href>`, `<ss>` …, msnp24.md 10).
    Rich,
    /// Neither: the sender's word for it, for example `RichText/Contacts`.
    Other(String),
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("id", &self.id)
            .field("conversation", &self.conversation)
            .field("from", &self.from)
            .field("text", &format_args!("{} bytes", self.text.len()))
            .field("format", &self.format)
            .field("sent_at", &self.sent_at)
            .field("delayed", &self.delayed)
            .finish_non_exhaustive()
    }
}
