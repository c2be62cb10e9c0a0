//! What is said in conversations.

use std::fmt;

use bytes::Bytes;
use machine_contract::UnixTime;

use crate::id::{ContactId, ConversationId, MessageId};
use crate::looks::Looks;

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
    /// How its writer wishes it to look.
    pub looks: Looks,
    /// When it was sent, by the service's clock, if it says so.
    pub sent_at: Option<UnixTime>,
    /// It waited at the service while one was offline, or comes from the history.
    pub delayed: bool,
    /// To be acknowledged by this, if the application does that by hand and the service waits for it
    /// ([`Config::acknowledge_by_hand`](crate::Config::acknowledge_by_hand)).
    pub receipt: Option<ReceiptId>,
}

/// A message that was told and is to be [acknowledged](crate::Client::acknowledge). Never used twice by one client.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReceiptId(u64);

impl ReceiptId {
    /// The one with this number, for applications that keep the number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl Message {
    /// A plain message, told at once; when it was sent is not known.
    pub fn new(
        id: MessageId,
        conversation: ConversationId,
        from: ContactId,
        text: impl Into<String>,
    ) -> Self {
        Self {
            id,
            conversation,
            from,
            from_name: None,
            text: text.into(),
            format: Format::Plain,
            looks: Looks::default(),
            sent_at: None,
            delayed: false,
            receipt: None,
        }
    }
}

/// A message as a connection tells it: not every dialect names its messages, and what the service holds
/// for unread it sends again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Received {
    /// What the sender calls it, if the dialect has names for messages.
    pub(crate) id: Option<MessageId>,
    /// By this and the sender a repetition is known. `None`: there is nothing to know it by.
    pub(crate) key: Option<String>,
    pub(crate) conversation: ConversationId,
    pub(crate) from: ContactId,
    pub(crate) content: ReceivedContent,
}

/// By what a connection acknowledges a message that its application has; the dialect's own word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held(pub(crate) Bytes);

/// What a received message is.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum ReceivedContent {
    Text(ReceivedText),
    Edit {
        original: MessageId,
        edit: ReceivedText,
    },
    Nudge,
    /// Nothing for people: signals between programs, what is told in another way too.
    Other,
}

/// A text and what is said about it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ReceivedText {
    pub(crate) text: String,
    pub(crate) format: Format,
    pub(crate) looks: Looks,
    pub(crate) from_name: Option<String>,
    pub(crate) sent_at: Option<UnixTime>,
    pub(crate) delayed: bool,
}

impl ReceivedContent {
    /// Bytes of its text; `None`: there is none, and so nothing that an application has to keep.
    pub(crate) const fn text_bytes(&self) -> Option<usize> {
        match self {
            Self::Text(text) | Self::Edit { edit: text, .. } => Some(text.text.len()),
            Self::Nudge | Self::Other => None,
        }
    }
}

impl fmt::Debug for ReceivedContent {
    /// Without what people said.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text",
            Self::Edit { .. } => "Edit",
            Self::Nudge => "Nudge",
            Self::Other => "Other",
        })
    }
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
            .field("receipt", &self.receipt)
            .finish_non_exhaustive()
    }
}
