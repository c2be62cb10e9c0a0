//! `<MD>`: counts of a mailbox, and the messages that wait for somebody who was offline.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};

use super::xml::Element;
use super::{PayloadError, document, encoded_word, expect_root};
use crate::timestamp::Timestamp;

/// The value of `Mail-Data`, and the answer of `GetMetadata` (msnp8-18.md 10, soap.md 5.5).
///
/// It is kept as the tree that was read.
///
/// ```
/// use msnp_proto::payload::mail_data::{MailData, WaitingMessage};
/// let mut data = MailData::empty();
/// data.push(&WaitingMessage::new("4F971A85-0021-4115-A98D-1ABA297CE946", "carol@example.com", "Carol"));
/// let read = MailData::parse(&data.encode())?;
/// let message = read.messages().next().expect("just pushed");
/// assert_eq!((message.sender.as_str(), message.name.as_str()), ("carol@example.com", "Carol"));
/// # Ok::<(), msnp_proto::payload::PayloadError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailData {
    root: Element,
}

document!(MailData, owned);

/// One message that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingMessage {
    /// `I`: by which it is fetched and deleted.
    pub id: String,
    /// `E`: the sender's account.
    pub sender: String,
    /// `N`: the sender's name, decoded.
    pub name: String,
    /// `F`: where it lies: an all-zero GUID that ends in 9, or `.!!OIM` in live notices.
    pub folder: String,
    /// `RT`: when it was received.
    pub received: Option<Timestamp>,
    /// `SZ`: its size in bytes.
    pub size: Option<u32>,
    /// `RS`: it was read.
    pub read: bool,
}

impl WaitingMessage {
    /// A message in the folder of those that wait.
    pub fn new(id: impl Into<String>, sender: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            sender: sender.into(),
            name: name.into(),
            folder: WAITING.into(),
            received: None,
            size: None,
            read: false,
        }
    }

    fn of(element: &Element) -> Self {
        let text = |name| element.child_text(name).unwrap_or(Cow::Borrowed(""));
        Self {
            id: text("I").trim().into(),
            sender: text("E").trim().into(),
            name: encoded_word::decode(text("N").trim()).into_owned(),
            folder: text("F").trim().into(),
            received: text("RT").parse().ok(),
            size: number(element, "SZ"),
            read: number(element, "RS").is_some_and(|state| state != 0),
        }
    }

    /// In the order of the service; `T` 11 and `S` 6 stand for an instant message.
    fn to_element(&self) -> Element {
        let mut element = Element::new("M").with("T", "11").with("S", "6");
        if let Some(received) = self.received {
            element = element.with("RT", received.to_string());
        }
        element = element.with("RS", if self.read { "1" } else { "0" });
        if let Some(size) = self.size {
            element = element.with("SZ", size.to_string());
        }
        element
            .with("E", self.sender.as_str())
            .with("I", self.id.as_str())
            .with("F", self.folder.as_str())
            .with("N", encoded_word::encode(&self.name))
    }
}

const WAITING: &str = "00000000-0000-0000-0000-000000000009";

/// `E`: how many letters there are.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct MailCounts {
    /// `I`: in the inbox.
    pub inbox: u32,
    /// `IU`: unread in the inbox.
    pub inbox_unread: u32,
    /// `O`: in other folders.
    pub others: u32,
    /// `OU`: unread in other folders.
    pub others_unread: u32,
}

impl MailData {
    /// A document without anything in it.
    pub fn new() -> Self {
        Self {
            root: Element::new("MD"),
        }
    }

    /// What a server sends whose accounts have no mailbox: no letters, and the quota that one server states
    /// (msnp8-18.md 10).
    pub fn empty() -> Self {
        let quota = Element::new("Q")
            .with("QTM", "409600")
            .with("QNM", "204800");
        let mut data = Self::new();
        data.set_counts(MailCounts::default());
        data.root.push(quota);
        data
    }

    /// Reads the document's tree.
    ///
    /// # Errors
    /// [`PayloadError::Root`] if it is another document.
    pub fn from_element(element: Element) -> Result<Self, PayloadError> {
        expect_root(&element, "MD")?;
        Ok(Self { root: element })
    }

    /// The document's tree.
    pub fn to_element(&self) -> Element {
        self.root.clone()
    }

    /// Sets how many letters there are.
    pub fn set_counts(&mut self, counts: MailCounts) {
        if self.root.child("E").is_none() {
            self.root.push(Element::new("E"));
        }
        if let Some(element) = self.root.child_mut("E") {
            for (name, count) in [
                ("I", counts.inbox),
                ("IU", counts.inbox_unread),
                ("O", counts.others),
                ("OU", counts.others_unread),
            ] {
                element.set_child_text(name, count.to_string());
            }
        }
    }

    /// Adds a message that waits.
    pub fn push(&mut self, message: &WaitingMessage) {
        self.root.push(message.to_element());
    }

    /// How many letters there are, if it is said.
    pub fn counts(&self) -> Option<MailCounts> {
        let element = self.root.child("E")?;
        let count = |name| number(element, name).unwrap_or_default();
        Some(MailCounts {
            inbox: count("I"),
            inbox_unread: count("IU"),
            others: count("O"),
            others_unread: count("OU"),
        })
    }

    /// The messages that wait, in order.
    pub fn messages(&self) -> impl Iterator<Item = WaitingMessage> {
        self.root.children_named("M").map(WaitingMessage::of)
    }
}

impl Default for MailData {
    fn default() -> Self {
        Self::new()
    }
}

fn number(element: &Element, name: &str) -> Option<u32> {
    crate::frame::parse_number(element.child_text(name)?.trim().as_bytes())
}
