//! One conversation of a history, and its messages.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use machine_contract::UnixTime;

use super::super::message::{ConsumptionHorizon, MessageType};
use super::super::xml::Element;
use super::super::{PayloadError, child_address, child_number, expect_root, unknown_children};
use super::fields::{conversation_id, list, push_number};
use crate::address::Address;
use crate::timestamp::Timestamp;

/// A `<conversation>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// The other person or the thread.
    pub id: Address,
    /// When it was last changed, in milliseconds of Unix time.
    pub version: Option<u64>,
    /// How far the user has read.
    pub consumption_horizon: Option<ConsumptionHorizon>,
    /// Properties of a kind unknown here.
    pub other_properties: Vec<Element>,
    /// Group chats only.
    pub thread: Option<GroupState>,
    /// The last messages. Empty also when the user has left.
    pub messages: Vec<StoredMessage>,
    /// Child elements of a kind unknown here; `<options>` among them.
    pub unknown: Vec<Element>,
}

/// The `<thread>` of a [`Conversation`]: the user's part in a group chat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupState {
    /// Present if the user has left; the content is not documented, a time by its name.
    pub last_leave_at: Option<String>,
    /// Child elements of a kind unknown here.
    pub unknown: Vec<Element>,
}

/// A `<message>` of a history.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredMessage {
    /// `Message-ID`: the server's, its time in milliseconds.
    pub message_id: Option<u64>,
    /// When the server got it, such as `2015-05-17T17:11:33Z`.
    pub original_arrival_time: Option<String>,
    /// Who wrote it.
    pub from: Option<Address>,
    /// What it is.
    pub kind: MessageType,
    /// The body.
    pub content: String,
    /// `Client-Message-ID`: the sender's.
    pub client_message_id: Option<u64>,
    /// When it was written, by the sender's clock.
    pub compose_time: Option<String>,
    /// Child elements of a kind unknown here.
    pub unknown: Vec<Element>,
}

impl Conversation {
    /// A conversation of which nothing but its id is known.
    pub const fn new(id: Address) -> Self {
        Self {
            id,
            version: None,
            consumption_horizon: None,
            other_properties: Vec::new(),
            thread: None,
            messages: Vec::new(),
            unknown: Vec::new(),
        }
    }

    /// Whether the user has left this group chat.
    pub fn has_left(&self) -> bool {
        self.thread
            .as_ref()
            .is_some_and(|thread| thread.last_leave_at.is_some())
    }

    /// Reads the element.
    ///
    /// # Errors
    /// [`PayloadError`] if it is another one or holds a malformed address or number.
    pub fn from_element(element: &Element) -> Result<Self, PayloadError> {
        expect_root(element, "conversation")?;
        let properties = element.child("properties");
        let horizon = properties.and_then(|p| p.child_text("consumptionhorizon"));
        Ok(Self {
            id: conversation_id(element)?,
            version: child_number(element, "version")?,
            consumption_horizon: match horizon {
                Some(text) if !text.trim().is_empty() => Some(
                    text.parse()
                        .map_err(|_| PayloadError::Invalid("consumptionhorizon"))?,
                ),
                _ => None,
            },
            other_properties: properties
                .map(|p| unknown_children(p, &["consumptionhorizon"]))
                .unwrap_or_default(),
            thread: element.child("thread").map(|thread| GroupState {
                last_leave_at: thread.child_text("lastleaveat").map(Cow::into_owned),
                unknown: unknown_children(thread, &["lastleaveat"]),
            }),
            messages: list(element, "messages", "message")
                .map(StoredMessage::from_element)
                .collect::<Result<_, _>>()?,
            unknown: unknown_children(
                element,
                &["id", "version", "properties", "thread", "messages"],
            ),
        })
    }

    /// The element.
    pub fn to_element(&self) -> Element {
        let mut root = Element::new("conversation").with("id", self.id.as_str());
        push_number(&mut root, "version", self.version);
        if self.consumption_horizon.is_some() || !self.other_properties.is_empty() {
            let mut properties = Element::new("properties");
            if let Some(horizon) = self.consumption_horizon {
                properties = properties.with("consumptionhorizon", horizon.to_string());
            }
            for property in &self.other_properties {
                properties.push(property.clone());
            }
            root.push(properties);
        }
        for element in &self.unknown {
            root.push(element.clone());
        }
        if let Some(state) = &self.thread {
            let mut thread = Element::new("thread");
            if let Some(time) = &state.last_leave_at {
                thread = thread.with("lastleaveat", time.as_str());
            }
            for element in &state.unknown {
                thread.push(element.clone());
            }
            root.push(thread);
        }
        let mut messages = Element::new("messages");
        for message in &self.messages {
            messages.push(message.to_element());
        }
        root.with_child(messages)
    }
}

impl StoredMessage {
    /// A message of which only type and content are known.
    pub fn new(kind: MessageType, content: impl Into<String>) -> Self {
        Self {
            message_id: None,
            original_arrival_time: None,
            from: None,
            kind,
            content: content.into(),
            client_message_id: None,
            compose_time: None,
            unknown: Vec::new(),
        }
    }

    /// When the server got it, if that is a time.
    pub fn arrived_at(&self) -> Option<UnixTime> {
        let time: Timestamp = self.original_arrival_time.as_ref()?.parse().ok()?;
        Some(time.time())
    }

    /// Reads the element.
    ///
    /// # Errors
    /// [`PayloadError`] if it is another one or holds a malformed address or number.
    pub fn from_element(element: &Element) -> Result<Self, PayloadError> {
        expect_root(element, "message")?;
        let text = |name| element.child_text(name).map(Cow::into_owned);
        Ok(Self {
            message_id: child_number(element, "messageid")?,
            original_arrival_time: text("originalarrivaltime"),
            from: child_address(element, "from")?,
            kind: element
                .child_text("messagetype")
                .map_or(MessageType::TEXT, |kind| MessageType::new(kind.trim())),
            content: text("content").unwrap_or_default(),
            client_message_id: child_number(element, "clientmessageid")?,
            compose_time: text("composetime"),
            unknown: unknown_children(
                element,
                &[
                    "messageid",
                    "originalarrivaltime",
                    "from",
                    "messagetype",
                    "content",
                    "clientmessageid",
                    "composetime",
                ],
            ),
        })
    }

    /// The element.
    pub fn to_element(&self) -> Element {
        let mut root = Element::new("message");
        push_number(&mut root, "messageid", self.message_id);
        if let Some(time) = &self.original_arrival_time {
            root = root.with("originalarrivaltime", time.as_str());
        }
        if let Some(from) = &self.from {
            root = root.with("from", from.as_str());
        }
        root = root
            .with("messagetype", self.kind.as_str())
            .with("content", self.content.as_str());
        push_number(&mut root, "clientmessageid", self.client_message_id);
        if let Some(time) = &self.compose_time {
            root = root.with("composetime", time.as_str());
        }
        for element in &self.unknown {
            root.push(element.clone());
        }
        root
    }
}

/// Leaves out what people wrote.
impl fmt::Debug for StoredMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredMessage")
            .field("message_id", &self.message_id)
            .field("from", &self.from)
            .field("kind", &self.kind)
            .field("content_len", &self.content.len())
            .finish_non_exhaustive()
    }
}
