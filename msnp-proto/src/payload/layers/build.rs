//! Writing a layered body, header by header.

use alloc::vec::Vec;
use core::fmt;

use super::Layers;
use super::block::MAX_HEADERS;
use super::content::Content;
use crate::address::Address;
use crate::payload::header_line::{is_name, push_value};

impl Layers {
    /// Starts a layered body, with its Routing block's `To` and `From`.
    pub fn build(to: &Address, from: &Address) -> LayersBuilder {
        LayersBuilder::new(to, from)
    }
}

/// Writes the first two blocks; made by [`Layers::build`].
///
/// No value can start a second header: control characters in it become spaces. An empty value is
/// not written at all, since it broke one client's parser (msnp24.md 18), and neither is a header
/// whose name is not one word of visible ASCII, or one beyond [`Layers::MAX_HEADERS`].
#[derive(Clone)]
pub struct LayersBuilder {
    bytes: Vec<u8>,
    /// Where the Routing block ended, once Reliability has begun.
    routing: Option<usize>,
    /// How many headers the current block has.
    headers: usize,
}

impl LayersBuilder {
    fn new(to: &Address, from: &Address) -> Self {
        let mut bytes = Vec::with_capacity(256);
        bytes.extend_from_slice(b"Routing: 1.0\r\n");
        push(&mut bytes, "To", to);
        push(&mut bytes, "From", from);
        Self {
            bytes,
            routing: None,
            headers: 3,
        }
    }

    /// Appends a header to the current block: Routing, or Reliability once it has begun.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl fmt::Display) -> Self {
        // A second address would make the body unreadable; the first came with `Layers::build`.
        let fits = self.routing.is_some() || !is_routing_address(name);
        if fits && self.headers < MAX_HEADERS {
            push(&mut self.bytes, name, value);
            self.headers += 1;
        }
        self
    }

    /// Ends the Routing block and begins the Reliability block.
    #[must_use]
    pub fn reliability(mut self) -> Self {
        if self.routing.is_none() {
            self.bytes.extend_from_slice(b"\r\n");
            self.routing = Some(self.bytes.len());
            self.bytes.extend_from_slice(b"Reliability: 1.0\r\n");
            self.headers = 1;
        }
        self
    }

    /// Begins a `Messaging: 2.0` block.
    #[must_use]
    pub fn messaging(self) -> ContentBuilder {
        self.content(Content::Messaging, "2.0")
    }

    /// Begins a `Publication: 1.0` block.
    #[must_use]
    pub fn publication(self) -> ContentBuilder {
        self.content(Content::Publication, "1.0")
    }

    /// Begins a `Notification: 1.0` block.
    #[must_use]
    pub fn notification(self) -> ContentBuilder {
        self.content(Content::Notification, "1.0")
    }

    fn content(self, kind: Content, version: &str) -> ContentBuilder {
        let (mut head, routing) = self.two_blocks();
        let reliability = head.len();
        push(&mut head, kind.header().unwrap_or_default(), version);
        ContentBuilder {
            head,
            routing,
            reliability,
            length_at: None,
            // Its name, and `Content-Length`, which is written last.
            headers: 2,
        }
    }

    /// Ends the body behind the second block, as in the answers to `PUT`.
    #[must_use]
    pub fn finish(self) -> Layers {
        let (bytes, routing) = self.two_blocks();
        let end = bytes.len();
        Layers::from_parts(bytes.into(), routing, end, end)
    }

    /// Both blocks, and where the first ends.
    fn two_blocks(self) -> (Vec<u8>, usize) {
        let Self {
            mut bytes, routing, ..
        } = self.reliability();
        bytes.extend_from_slice(b"\r\n");
        let end = bytes.len();
        (bytes, routing.unwrap_or(end))
    }
}

fn is_routing_address(name: &str) -> bool {
    name.eq_ignore_ascii_case("To") || name.eq_ignore_ascii_case("From")
}

/// Writes the third block and the body; made by [`LayersBuilder::messaging`] and its sisters.
#[derive(Clone)]
pub struct ContentBuilder {
    head: Vec<u8>,
    routing: usize,
    reliability: usize,
    length_at: Option<usize>,
    /// How many headers the third block has.
    headers: usize,
}

impl ContentBuilder {
    /// Appends a header. `Content-Length` is not taken: it is written from the body.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl fmt::Display) -> Self {
        let fits = !name.eq_ignore_ascii_case("Content-Length");
        if fits && self.headers < MAX_HEADERS {
            push(&mut self.head, name, value);
            self.headers += 1;
        }
        self
    }

    /// Appends a header if there is a value.
    #[must_use]
    pub fn header_if(self, name: &str, value: Option<impl fmt::Display>) -> Self {
        match value {
            Some(value) => self.header(name, value),
            None => self,
        }
    }

    /// Puts `Content-Length` here instead of last.
    #[must_use]
    pub fn content_length(mut self) -> Self {
        self.length_at.get_or_insert(self.head.len());
        self
    }

    /// Writes `Content-Length` and the body.
    #[must_use]
    pub fn finish(self, body: &[u8]) -> Layers {
        let Self {
            mut head,
            routing,
            reliability,
            length_at,
            ..
        } = self;
        let tail = head.split_off(length_at.unwrap_or(head.len()));
        let mut bytes = head;
        bytes.reserve(tail.len() + body.len() + 32);
        push(&mut bytes, "Content-Length", body.len());
        bytes.extend_from_slice(&tail);
        bytes.extend_from_slice(b"\r\n");
        let head = bytes.len();
        bytes.extend_from_slice(body);
        Layers::from_parts(bytes.into(), routing, reliability, head)
    }
}

/// Appends `name: value CRLF`, or nothing if either cannot stand in a header.
fn push(out: &mut Vec<u8>, name: &str, value: impl fmt::Display) {
    if !is_name(name.as_bytes()) {
        return;
    }
    let start = out.len();
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    let value_at = out.len();
    push_value(out, value);
    if out[value_at..].iter().all(|b| *b == b' ') {
        out.truncate(start);
        return;
    }
    out.extend_from_slice(b"\r\n");
}

/// Prints sizes only: tickets and messages go through here.
impl fmt::Debug for LayersBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LayersBuilder({} bytes)", self.bytes.len())
    }
}

impl fmt::Debug for ContentBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentBuilder({} bytes)", self.head.len())
    }
}
