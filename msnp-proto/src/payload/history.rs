//! Past conversations and messages: the bodies of `GET MSGR\RECENTCONVERSATIONS`,
//! `MESSAGESBYCONVERSATION` and `THREADS`, and of their answers (msnp24.md 12).

mod conversation;
mod fields;

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

pub use conversation::{Conversation, GroupState, StoredMessage};

use self::fields::{conversation_id, list, push_number};
use super::thread::Thread;
use super::xml::Element;
use super::{PayloadError, child_number, document, expect_root};
use crate::address::Address;

/// `<recentconversations>`: asks for the conversations that changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecentConversations {
    /// Since when, in milliseconds of Unix time; left out or 0 for all.
    pub start: Option<u64>,
    /// How many at most; 100 in every sample.
    pub page_size: Option<u64>,
}

/// `<recentconversations-response>`: the conversations with their last messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecentConversationsResponse {
    /// The conversations.
    pub conversations: Vec<Conversation>,
}

/// `<messagesbyconversation>`: asks for older messages of one conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessagesByConversation {
    /// The conversation: the other person or the thread.
    pub id: Address,
    /// Since when, in milliseconds of Unix time.
    pub start: Option<u64>,
    /// The `messagessyncstate` of the answer before, to go on from there.
    pub sync_state: Option<String>,
    /// How many at most; 100 in every sample.
    pub page_size: Option<u64>,
}

/// `<messagesbyconversation-response>`: messages, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessagesByConversationResponse {
    /// The conversation.
    pub id: Address,
    /// Ask again with [`sync_state`](Self::sync_state): there is more.
    pub has_more: bool,
    /// Where this answer ended; opaque.
    pub sync_state: Option<String>,
    /// The messages.
    pub messages: Vec<StoredMessage>,
}

/// `<threads>`: asks for the documents of some threads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Threads {
    /// Which.
    pub ids: Vec<Address>,
}

/// `<threads-response>`: the documents of the threads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ThreadsResponse {
    /// The documents.
    pub threads: Vec<Thread>,
}

document!(RecentConversations);
document!(RecentConversationsResponse);
document!(MessagesByConversation);
document!(MessagesByConversationResponse);
document!(Threads);
document!(ThreadsResponse);

impl RecentConversations {
    /// Reads the document's tree.
    ///
    /// # Errors
    /// [`PayloadError`] if it is another document or holds a malformed number.
    pub fn from_element(element: &Element) -> Result<Self, PayloadError> {
        expect_root(element, "recentconversations")?;
        Ok(Self {
            start: child_number(element, "start")?,
            page_size: child_number(element, "pagesize")?,
        })
    }

    /// The document's tree.
    pub fn to_element(&self) -> Element {
        let mut root = Element::new("recentconversations");
        push_number(&mut root, "start", self.start);
        push_number(&mut root, "pagesize", self.page_size);
        root
    }
}

impl RecentConversationsResponse {
    /// Reads the document's tree.
    ///
    /// # Errors
    /// [`PayloadError`] if it is another document or holds a malformed address or number.
    pub fn from_element(element: &Element) -> Result<Self, PayloadError> {
        expect_root(element, "recentconversations-response")?;
        Ok(Self {
            conversations: list(element, "conversations", "conversation")
                .map(Conversation::from_element)
                .collect::<Result<_, _>>()?,
        })
    }

    /// The document's tree.
    pub fn to_element(&self) -> Element {
        let mut conversations = Element::new("conversations");
        for conversation in &self.conversations {
            conversations.push(conversation.to_element());
        }
        Element::new("recentconversations-response").with_child(conversations)
    }
}

impl MessagesByConversation {
    /// Reads the document's tree.
    ///
    /// # Errors
    /// [`PayloadError`] if it is another document or holds a malformed address or number.
    pub fn from_element(element: &Element) -> Result<Self, PayloadError> {
        expect_root(element, "messagesbyconversation")?;
        Ok(Self {
            id: conversation_id(element)?,
            start: child_number(element, "start")?,
            sync_state: sync_state(element),
            page_size: child_number(element, "pagesize")?,
        })
    }

    /// The document's tree.
    pub fn to_element(&self) -> Element {
        let mut root = Element::new("messagesbyconversation").with("id", self.id.as_str());
        push_number(&mut root, "start", self.start);
        if let Some(state) = &self.sync_state {
            root = root.with("messagessyncstate", state.as_str());
        }
        push_number(&mut root, "pagesize", self.page_size);
        root
    }
}

impl MessagesByConversationResponse {
    /// Reads the document's tree.
    ///
    /// # Errors
    /// [`PayloadError`] if it is another document or holds a malformed address or number.
    pub fn from_element(element: &Element) -> Result<Self, PayloadError> {
        expect_root(element, "messagesbyconversation-response")?;
        Ok(Self {
            id: conversation_id(element)?,
            has_more: element
                .child_text("hasmore")
                .is_some_and(|text| text.trim().eq_ignore_ascii_case("true")),
            sync_state: sync_state(element),
            messages: list(element, "messages", "message")
                .map(StoredMessage::from_element)
                .collect::<Result<_, _>>()?,
        })
    }

    /// The document's tree.
    pub fn to_element(&self) -> Element {
        let has_more = if self.has_more { "true" } else { "false" };
        let mut root = Element::new("messagesbyconversation-response")
            .with("id", self.id.as_str())
            .with("hasmore", has_more);
        if let Some(state) = &self.sync_state {
            root = root.with("messagessyncstate", state.as_str());
        }
        let mut messages = Element::new("messages");
        for message in &self.messages {
            messages.push(message.to_element());
        }
        root.with_child(messages)
    }
}

impl Threads {
    /// Reads the document's tree.
    ///
    /// # Errors
    /// [`PayloadError`] if it is another document or holds a malformed address.
    pub fn from_element(element: &Element) -> Result<Self, PayloadError> {
        expect_root(element, "threads")?;
        Ok(Self {
            ids: element
                .children_named("thread")
                .map(conversation_id)
                .collect::<Result<_, _>>()?,
        })
    }

    /// The document's tree.
    pub fn to_element(&self) -> Element {
        self.ids.iter().fold(Element::new("threads"), |root, id| {
            root.with_child(Element::new("thread").with("id", id.as_str()))
        })
    }
}

impl ThreadsResponse {
    /// Reads the document's tree.
    ///
    /// # Errors
    /// [`PayloadError`] if it is another document or one of its threads is malformed.
    pub fn from_element(element: &Element) -> Result<Self, PayloadError> {
        expect_root(element, "threads-response")?;
        Ok(Self {
            threads: list(element, "threads", "thread")
                .map(Thread::from_element)
                .collect::<Result<_, _>>()?,
        })
    }

    /// The document's tree.
    pub fn to_element(&self) -> Element {
        let mut threads = Element::new("threads");
        for thread in &self.threads {
            threads.push(thread.to_element());
        }
        Element::new("threads-response").with_child(threads)
    }
}

fn sync_state(element: &Element) -> Option<String> {
    element
        .child_text("messagessyncstate")
        .map(Cow::into_owned)
        .filter(|state| !state.is_empty())
}
