//! A message being written, or changed on its way through a server.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use bytes::Bytes;
use core::fmt;

use super::{Message, MessageType, TextFormat};
use crate::address::Address;
use crate::payload::layers::{Block, Layers};
use crate::payload::thread::ThreadActivity;

/// The parts of a message; [`finish`](Self::finish) puts them on the wire in the order in which
/// the service did (msnp24.md 10).
///
/// No value can start a second header: control characters in it become spaces, and an empty value
/// is left out.
#[derive(Clone, PartialEq, Eq)]
pub struct Draft {
    /// Whom it is for.
    pub to: Address,
    /// Who writes it: a client's own address with its `epid`, or a thread.
    pub from: Address,
    /// What it is.
    pub kind: MessageType,
    /// `Message-ID`, given by the server.
    pub message_id: Option<u64>,
    /// `Client-Message-ID`, given by the sender: 64 random bits.
    pub client_message_id: Option<u64>,
    /// `IM-Display-Name` of the sender.
    pub display_name: Option<String>,
    /// `Original-Arrival-Time`, given by the server.
    pub original_arrival_time: Option<String>,
    /// `Skype-EditedId`: the `Client-Message-ID` of the message to be replaced.
    pub edited_id: Option<u64>,
    /// `X-MMS-IM-Format`.
    pub format: Option<TextFormat>,
    /// `Content-Type`; `None` stands for the one that fits the type.
    pub content_type: Option<String>,
    /// Further headers of the Messaging block.
    pub headers: Vec<(String, String)>,
    /// Further headers of the Routing block, such as `Service-Channel`.
    pub routing: Vec<(String, String)>,
    /// Headers of the Reliability block.
    pub reliability: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

impl Draft {
    /// A message without a body.
    pub const fn new(to: Address, from: Address, kind: MessageType) -> Self {
        Self {
            to,
            from,
            kind,
            message_id: None,
            client_message_id: None,
            display_name: None,
            original_arrival_time: None,
            edited_id: None,
            format: None,
            content_type: None,
            headers: Vec::new(),
            routing: Vec::new(),
            reliability: Vec::new(),
            body: Bytes::new(),
        }
    }

    /// Plain text.
    pub fn text(to: Address, from: Address, text: impl Into<String>) -> Self {
        Self::new(to, from, MessageType::TEXT).with_body(text.into())
    }

    /// HTML-like text, whose entities the caller has escaped.
    pub fn rich_text(to: Address, from: Address, markup: impl Into<String>) -> Self {
        Self::new(to, from, MessageType::RICH_TEXT).with_body(markup.into())
    }

    /// A new text for the message that was sent with `original` as `Client-Message-ID`; an empty
    /// one deletes it.
    pub fn edit(to: Address, from: Address, original: u64, text: impl Into<String>) -> Self {
        Self {
            edited_id: Some(original),
            ..Self::text(to, from, text)
        }
    }

    /// "I am typing".
    pub const fn typing(to: Address, from: Address) -> Self {
        Self::new(to, from, MessageType::TYPING)
    }

    /// "I am no longer typing".
    pub const fn clear_typing(to: Address, from: Address) -> Self {
        Self::new(to, from, MessageType::CLEAR_TYPING)
    }

    /// A nudge.
    pub const fn nudge(to: Address, from: Address) -> Self {
        Self::new(to, from, MessageType::NUDGE)
    }

    /// What happened in `thread`. An activity that this crate has no type for is given one after
    /// its root element.
    pub fn thread_activity(to: Address, thread: Address, activity: &ThreadActivity) -> Self {
        let kind = activity.message_type().unwrap_or_else(|| {
            let mut name = String::from("ThreadActivity/");
            name.push_str(activity.to_element().name());
            MessageType::new(&name)
        });
        Self::new(to, thread, kind).with_body(activity.encode())
    }

    /// The draft with a body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// The draft with the sender's id.
    #[must_use]
    pub fn with_client_message_id(mut self, id: u64) -> Self {
        self.client_message_id = Some(id);
        self
    }

    /// The draft with the sender's name.
    #[must_use]
    pub fn with_display_name(mut self, name: impl Into<String>) -> Self {
        self.display_name = Some(name.into());
        self
    }

    /// The draft with one more header in the Messaging block.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The draft with one more header in the Routing block.
    #[must_use]
    pub fn with_routing(mut self, name: &str, value: impl Into<String>) -> Self {
        self.routing.push((name.into(), value.into()));
        self
    }

    /// Writes the message.
    #[must_use]
    pub fn finish(self) -> Message {
        let mut layers = Layers::build(&self.to, &self.from);
        for (name, value) in &self.routing {
            layers = layers.header(name, value);
        }
        layers = layers.reliability();
        for (name, value) in &self.reliability {
            layers = layers.header(name, value);
        }
        // The order in which the samples have them (msnp24.md 16.3); headers of the caller's stand between,
        // without those that are written from the draft itself, of which a second would be believed by some.
        let mut content = layers
            .messaging()
            .header_if("Message-ID", self.message_id)
            .header_if("Client-Message-ID", self.client_message_id)
            .header("Message-Type", &self.kind)
            .header_if("IM-Display-Name", self.display_name.as_ref());
        for (name, value) in &self.headers {
            if OWN_HEADERS
                .iter()
                .all(|own| !name.eq_ignore_ascii_case(own))
            {
                content = content.header(name, value);
            }
        }
        let layers = content
            .header_if("Original-Arrival-Time", self.original_arrival_time.as_ref())
            .header_if("Skype-EditedId", self.edited_id)
            .header_if("X-MMS-IM-Format", self.format.as_ref())
            .header(
                "Content-Type",
                self.content_type
                    .as_deref()
                    .unwrap_or_else(|| self.kind.content_type()),
            )
            .finish(&self.body);
        Message {
            layers,
            to: self.to,
            from: self.from,
            kind: self.kind,
        }
    }
}

/// The headers that have a field: a second one in `headers` would shadow it.
const OWN_HEADERS: [&str; 10] = [
    "Messaging",
    "Message-ID",
    "Client-Message-ID",
    "Message-Type",
    "IM-Display-Name",
    "Original-Arrival-Time",
    "Skype-EditedId",
    "X-MMS-IM-Format",
    "Content-Type",
    "Content-Length",
];

impl From<&Message> for Draft {
    /// Takes a message apart. Of a header that has a field here, only the last one is kept, and
    /// nothing if it cannot be read.
    fn from(message: &Message) -> Self {
        let layers = message.layers();
        Self {
            message_id: message.message_id(),
            client_message_id: message.client_message_id(),
            display_name: message.display_name().map(String::from),
            original_arrival_time: message.original_arrival_time().map(String::from),
            edited_id: message.edited_id(),
            format: message.format(),
            content_type: message.content_type().map(String::from),
            headers: layers
                .content_block()
                .map(|block| other_headers(block, &OWN_HEADERS))
                .unwrap_or_default(),
            routing: other_headers(layers.routing(), &["Routing", "To", "From"]),
            reliability: other_headers(layers.reliability(), &["Reliability"]),
            body: layers.body_bytes(),
            ..Self::new(
                message.to().clone(),
                message.from().clone(),
                message.kind().clone(),
            )
        }
    }
}

fn other_headers(block: Block<'_>, own: &[&str]) -> Vec<(String, String)> {
    block
        .iter()
        .filter(|(name, _)| own.iter().all(|own| !name.eq_ignore_ascii_case(own)))
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect()
}

/// Leaves out what people wrote.
impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft")
            .field("to", &self.to)
            .field("from", &self.from)
            .field("kind", &self.kind)
            .field("message_id", &self.message_id)
            .field("client_message_id", &self.client_message_id)
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}
