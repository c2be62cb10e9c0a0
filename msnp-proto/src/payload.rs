//! What is inside a payload: messages, XML documents, layered bodies.
//!
//! Of MSNP8 to MSNP18, on notification servers and switchboards:
//!
//! | content | type |
//! |---|---|
//! | `MSG`, `UUM`, `UBM`: headers and a body | [`mime::Mime`]; what it says, by its type: [`mime::Content`] |
//! | a text too long for one of them | [`chunks::split`], [`chunks::Joiner`] |
//! | `UUX`, `UBX`: personal message, media, endpoints | [`personal_data::PersonalData`] |
//! | `ADL`, `RML`, `FQY`: contacts by domain | [`contacts::ContactList`], in pieces that servers take |
//! | `NOT`: alerts, "the address book was changed" | [`notification::Notification`] |
//! | `GCF`: shields and policies | [`policies::Policies`] |
//! | `UUN`, `UBN`: words to an endpoint | [`endpoint_signal::EndpointSignal`] |
//! | `Mail-Data`: a mailbox, messages that wait | [`mail_data::MailData`] |
//! | offline messages, as SOAP stores and fetches them | [`oim::OfflineMessage`] |
//! | names and subjects in headers that are ASCII | [`encoded_word`] |
//!
//! From MSNP18 on, where circles and conversations of several have blocks as MSNP24 has them:
//!
//! | content | type |
//! |---|---|
//! | Routing / Reliability / third block | [`layers::Layers`] |
//! | a message (`SDG`) | [`message::Message`], written from a [`message::Draft`] |
//! | presence, `application/user+xml` | [`presence::UserDocument`] |
//! | who is in a circle, `<circle>` | [`circle::Circle`] |
//! | contact list, `<ml>` | [`contacts::ContactList`] |
//! | `PUT MSGR\SUBSCRIPTIONS` | [`subscriptions::Subscriptions`] |
//! | group chats, `<thread>` | [`thread::Thread`], [`thread::ThreadActivity`] |
//! | conversations and their past messages | [`history`] |
//! | any other XML | [`xml::Element`] |
//!
//! # A message on a switchboard
//!
//! The bytes of a [`Mime`](mime::Mime) are the wire's own: a server passes them on, and looks at what they say only if
//! it wants to. What is unknown is [`Other`](mime::Content::Other), what is not what its type says is an error beside the
//! bytes.
//!
//! ```
//! use msnp_proto::payload::mime::{Content, Mime, Typing};
//! use msnp_proto::{FrameDecoder, PayloadTable, Side};
//!
//! let mut decoder = FrameDecoder::new(PayloadTable::sent_by(Side::Server));
//! decoder.push("MSG alice@example.com Alice 90\r\nMIME-Version: 1.0\r\nContent-Type: text/x-msmsgscontrol\r\n");
//! decoder.push("TypingUser: alice@example.com\r\n\r\n\r\n");
//! let frame = decoder.next_frame()?.expect("all of it came");
//! let mime = Mime::parse(frame.payload_bytes())?;
//! match Content::of(&mime)? {
//!     Content::Typing(Typing::Typing(account)) => assert_eq!(account, "alice@example.com"),
//!     Content::Text(text) => println!("{}", text.text().unwrap_or_default()),
//!     _ => {}
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What peers get wrong
//!
//! One server passes personal messages on without escapes, so [`PersonalData`](personal_data::PersonalData) takes what
//! stands in them as text if the document cannot be read otherwise; it keeps only the last domain of an `ADL`, so
//! [`pieces`](contacts::ContactList::pieces) gives one at a time; it drops what was cut inside a character, so
//! [`split`](chunks::split) cuts between them. One client knows a nudge by its two line ends, another writes one: both
//! are read, the first is written (msnp8-18.md 7.4, 8.3, 9.4, 9.5).

pub mod chunks;
pub mod circle;
pub mod contacts;
pub mod encoded_word;
pub mod endpoint_signal;
mod header_line;
pub mod history;
pub mod layers;
pub mod mail_data;
pub mod message;
pub mod mime;
pub mod notification;
pub mod oim;
pub mod personal_data;
pub mod policies;
pub mod presence;
pub mod subscriptions;
pub mod thread;
pub mod xml;

use alloc::vec::Vec;

use crate::address::Address;
use xml::{Element, XmlError};

/// Why a payload's document was refused: the fault of the peer that wrote it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// It is not XML that is read here.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// The root element has another name.
    #[error("the document is not a <{0}>")]
    Root(&'static str),
    /// An element that everything else depends on is missing.
    #[error("the document has no <{0}>")]
    Missing(&'static str),
    /// An element does not hold what it should: a number, an address.
    #[error("<{0}> does not hold what it should")]
    Invalid(&'static str),
}

/// The methods that every document has. A document that keeps the tree it was read from takes it
/// (`document!(Type, owned)`), another one looks at it.
///
/// `lenient` names the elements whose text people typed, and some server may not have escaped.
macro_rules! document {
    ($type:ident, owned) => {
        crate::payload::document!(@ $type, element, element, |document| document.root.to_vec(), parse());
    };
    ($type:ident, owned, lenient [$($leaf:literal),*]) => {
        crate::payload::document!(
            @ $type, element, element, |document| document.root.to_vec(), parse_lenient(&[$($leaf),*],)
        );
    };
    ($type:ident) => {
        crate::payload::document!(@ $type, element, &element, |document| document.to_element().to_vec(), parse());
    };
    (
        @ $type:ident, $element:ident, $given:expr, |$document:ident| $encoded:expr,
        $parse:ident($($leaves:expr,)?)
    ) => {
        impl $type {
            /// Reads the document within [`XmlLimits::DEFAULT`](crate::payload::xml::XmlLimits::DEFAULT).
            ///
            /// # Errors
            /// [`PayloadError`](crate::payload::PayloadError) if it is not this document.
            pub fn parse(document: &[u8]) -> Result<Self, crate::payload::PayloadError> {
                Self::parse_with(document, &crate::payload::xml::XmlLimits::DEFAULT)
            }

            /// Reads the document within limits of the caller's own.
            ///
            /// # Errors
            /// [`PayloadError`](crate::payload::PayloadError) if it is not this document.
            pub fn parse_with(
                document: &[u8],
                limits: &crate::payload::xml::XmlLimits,
            ) -> Result<Self, crate::payload::PayloadError> {
                let $element = crate::payload::xml::Element::$parse(document, $($leaves,)? limits)?;
                Self::from_element($given)
            }

            /// The document as the body of a payload.
            pub fn encode(&self) -> alloc::vec::Vec<u8> {
                let $document = self;
                $encoded
            }
        }
    };
}
pub(crate) use document;

fn expect_root(element: &Element, name: &'static str) -> Result<(), PayloadError> {
    if element.name() == name {
        Ok(())
    } else {
        Err(PayloadError::Root(name))
    }
}

/// A decimal number inside an element, white space around it ignored.
fn number(element: &Element, name: &'static str) -> Result<u64, PayloadError> {
    let text = element.text();
    let digits = text.trim();
    // `parse` would take a plus sign.
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(PayloadError::Invalid(name));
    }
    digits.parse().map_err(|_| PayloadError::Invalid(name))
}

/// The number in the child `name`; an empty child counts as none.
fn child_number(parent: &Element, name: &'static str) -> Result<Option<u64>, PayloadError> {
    match parent.child(name) {
        Some(child) if !child.text().trim().is_empty() => number(child, name).map(Some),
        _ => Ok(None),
    }
}

fn address(element: &Element, name: &'static str) -> Result<Address, PayloadError> {
    element
        .text()
        .trim()
        .parse()
        .map_err(|_| PayloadError::Invalid(name))
}

/// The address in the child `name`; an empty child counts as none.
fn child_address(parent: &Element, name: &'static str) -> Result<Option<Address>, PayloadError> {
    match parent.child(name) {
        Some(child) if !child.text().trim().is_empty() => address(child, name).map(Some),
        _ => Ok(None),
    }
}

/// The child elements that are not among `known`.
fn unknown_children(element: &Element, known: &[&str]) -> Vec<Element> {
    element
        .elements()
        .filter(|child| !known.contains(&child.name()))
        .cloned()
        .collect()
}
