//! Messages: the `Messaging: 2.0` block of `SDG`, read and written.

mod draft;
mod format;
mod horizon;
mod kind;

use alloc::borrow::Cow;
use bytes::Bytes;
use machine_contract::UnixTime;

pub use draft::Draft;
pub use format::{TextFormat, TextFormatError};
pub use horizon::{ConsumptionHorizon, ConsumptionHorizonError};
pub use kind::MessageType;

use super::layers::{Content, Layers, LayersError};
use crate::address::{Address, AddressError};
use crate::timestamp::Timestamp;

/// A message as it was read or will be sent: layers whose addresses and type were checked.
///
/// Its bytes are the wire's own; to write one, or to change one that passes through, see
/// [`Draft`].
///
/// ```
/// use msnp_proto::payload::message::{Draft, MessageType};
/// let message = Draft::text("8:bob".parse()?, "8:live:alice".parse()?, "hi")
///     .with_client_message_id(6_643_607_751_647_822_671)
///     .finish();
/// assert_eq!(*message.kind(), MessageType::TEXT);
/// assert_eq!(message.text(), Some("hi"));
/// # Ok::<(), msnp_proto::AddressError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    layers: Layers,
    to: Address,
    from: Address,
    kind: MessageType,
}

/// Why a payload is not a [`Message`]: the fault of the peer that wrote it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// It is not a layered body.
    #[error(transparent)]
    Layers(#[from] LayersError),
    /// The third block is not `Messaging`.
    #[error("a message without a Messaging block")]
    NotMessaging,
    /// The Messaging block has no `Message-Type`.
    #[error("a message without Message-Type")]
    NoType,
    /// `To` is missing or malformed.
    #[error("To of a message: {0}")]
    To(AddressError),
    /// `From` is missing or malformed.
    #[error("From of a message: {0}")]
    From(AddressError),
}

impl Message {
    /// Reads the payload of `SDG`, behind the header block that MSNP24 puts in front.
    ///
    /// # Errors
    /// [`MessageError`] if it is not a message from someone to someone.
    pub fn parse(payload: Bytes) -> Result<Self, MessageError> {
        Layers::parse(payload)?.try_into()
    }

    /// The layers that the message stands in.
    pub const fn layers(&self) -> &Layers {
        &self.layers
    }

    /// Gives up the message for its layers.
    pub fn into_layers(self) -> Layers {
        self.layers
    }

    /// Whom it is for: a person, an endpoint, a thread.
    pub const fn to(&self) -> &Address {
        &self.to
    }

    /// Who wrote it, endpoint included; for thread activities the thread.
    pub const fn from(&self) -> &Address {
        &self.from
    }

    /// `Message-Type`.
    pub const fn kind(&self) -> &MessageType {
        &self.kind
    }

    /// A header of the Messaging block.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.layers.header(name)
    }

    /// `Service-Channel` of the Routing block: `IM/Online`, `IM/Offline` ..; absent on MSNP24.
    pub fn service_channel(&self) -> Option<&str> {
        self.layers.routing().get("Service-Channel")
    }

    /// `Message-ID`: the server's, its time in milliseconds. Two with the same one are one.
    pub fn message_id(&self) -> Option<u64> {
        self.number("Message-ID")
    }

    /// `Client-Message-ID`: the sender's.
    pub fn client_message_id(&self) -> Option<u64> {
        self.number("Client-Message-ID")
    }

    /// `Skype-EditedId`: the `Client-Message-ID` of the message that this one replaces.
    pub fn edited_id(&self) -> Option<u64> {
        self.number("Skype-EditedId")
    }

    /// `IM-Display-Name` of the sender.
    pub fn display_name(&self) -> Option<&str> {
        self.header("IM-Display-Name")
    }

    /// `Original-Arrival-Time`, such as `2015-05-17T17:11:33Z`: when the server got it. MSNP21
    /// has it on messages that waited while the receiver was offline.
    pub fn original_arrival_time(&self) -> Option<&str> {
        self.header("Original-Arrival-Time")
    }

    /// The same as a time, if it is one.
    pub fn arrived_at(&self) -> Option<UnixTime> {
        let time: Timestamp = self.original_arrival_time()?.parse().ok()?;
        Some(time.time())
    }

    /// `Content-Type`.
    pub fn content_type(&self) -> Option<&str> {
        self.header("Content-Type")
    }

    /// `X-MMS-IM-Format`, if it can be read.
    pub fn format(&self) -> Option<TextFormat> {
        self.header("X-MMS-IM-Format")?.parse().ok()
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        self.layers.body()
    }

    /// The body as text; `None` if it is not UTF-8.
    pub fn text(&self) -> Option<&str> {
        core::str::from_utf8(self.body()).ok()
    }

    /// The length of the sender's name that `/me` put in front of the text.
    pub fn emote_offset(&self) -> Option<u64> {
        self.number("Skype-EmoteOffset")
    }

    /// The new text of an edit: behind `Skype-EditOffset` (counted in UTF-16 units, as the one
    /// client counted that is known to use it) and without `<e_m ../>` marks. An empty one deletes
    /// the message (msnp24.md 10). `None` if this is no edit, or not text.
    pub fn edited_text(&self) -> Option<Cow<'_, str>> {
        self.edited_id()?;
        let text = self.text()?;
        let skip = self.number("Skype-EditOffset").unwrap_or(0);
        let mut units = 0u64;
        let start = text
            .char_indices()
            .find(|(_, c)| {
                let found = units >= skip;
                units += c.len_utf16() as u64;
                found
            })
            .map_or(text.len(), |(at, _)| at);
        Some(without_edit_marks(&text[start..]))
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.layers.content_block()?.number(name)
    }
}

impl TryFrom<Layers> for Message {
    type Error = MessageError;

    fn try_from(layers: Layers) -> Result<Self, MessageError> {
        if layers.content() != Some(Content::Messaging) {
            return Err(MessageError::NotMessaging);
        }
        let kind = layers
            .header("Message-Type")
            .filter(|kind| !kind.is_empty())
            .ok_or(MessageError::NoType)?;
        Ok(Self {
            kind: MessageType::new(kind),
            to: layers.to().map_err(MessageError::To)?,
            from: layers.from().map_err(MessageError::From)?,
            layers,
        })
    }
}

/// Takes out every `<e_m ..>`, which Skype leaves behind an edited text.
fn without_edit_marks(text: &str) -> Cow<'_, str> {
    const MARK: &str = "<e_m";
    let mut out = Cow::Borrowed("");
    let mut rest = text;
    while let Some(at) = rest.find(MARK) {
        let Some(end) = rest[at..].find('>') else {
            break;
        };
        out += &rest[..at];
        rest = &rest[at + end + 1..];
    }
    // The usual case: no mark, or one behind the text.
    out += rest;
    out
}
