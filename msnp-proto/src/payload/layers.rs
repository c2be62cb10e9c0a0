//! Layered bodies: a Routing, a Reliability and a third header block, then the content.

mod block;
mod build;
mod content;
mod error;

use bytes::{BufMut, Bytes};
use core::fmt;

pub use block::{Block, Headers};
pub use build::{ContentBuilder, LayersBuilder};
pub use content::Content;
pub use error::{LayersError, LayersErrorKind};

use crate::address::{Address, AddressError};

/// The payload of `SDG`, `PUT`, `NFY` and `DEL` from MSNP21 on (msnp24.md 5).
///
/// ```text
/// layers  = block block [ block body ]         ; Routing, Reliability, content
/// block   = 1*( name ":" [ SP ] value CRLF ) CRLF
/// ```
///
/// Which block is which is told by position, since the order inside a block is free (`To` was
/// seen in front of `Routing: 1.0`). Headers are looked up *per block*: a `From` smuggled into a
/// later block cannot stand in for the one in Routing.
///
/// A value of this type is one shared slice and three offsets: parsing copies nothing, the bytes
/// that were read are the bytes that are written.
///
/// ```
/// use msnp_proto::payload::layers::{Content, Layers};
/// let layers = Layers::build(&"8:bob".parse()?, &"8:live:alice".parse()?)
///     .messaging()
///     .header("Message-Type", "Text")
///     .header("Content-Type", "Text/plain; charset=UTF-8")
///     .finish(b"hi");
/// assert_eq!(layers.content(), Some(Content::Messaging));
/// assert_eq!(layers.body(), b"hi");
/// assert_eq!(Layers::parse(layers.as_bytes().clone())?.to(), "8:bob".parse());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Layers {
    bytes: Bytes,
    /// Where the Routing block ends, behind its blank line.
    routing: u32,
    /// Where the Reliability block ends.
    reliability: u32,
    /// Where the third block ends and the body begins; the length of it all if there is none.
    head: u32,
}

impl Layers {
    /// The most headers that one block may have; no client was seen to send twenty.
    pub const MAX_HEADERS: usize = block::MAX_HEADERS;

    /// Reads a layered body. Where `Content-Length` disagrees with what is there, what is there
    /// counts. If the third block lacks its blank line and nothing follows, as in Miranda's typing
    /// notices, the body is empty.
    ///
    /// # Errors
    /// [`LayersError`] with the offset of the fault.
    pub fn parse(bytes: Bytes) -> Result<Self, LayersError> {
        if u32::try_from(bytes.len()).is_err() {
            return Err(LayersErrorKind::TooLong.at(0));
        }
        // `Routing` need not be the first line, and a repeated address is only told once the block is known
        // to be Routing: another block may repeat what it likes.
        let mut has_routing = false;
        let mut seen = [false; 2];
        let mut again = None;
        let routing = block::end(&bytes, 0, |name, at| {
            has_routing |= name.eq_ignore_ascii_case(b"Routing");
            for (seen, address) in seen.iter_mut().zip(["To", "From"]) {
                if name.eq_ignore_ascii_case(address.as_bytes()) {
                    if *seen {
                        again.get_or_insert(at);
                    }
                    *seen = true;
                }
            }
        })?;
        if !has_routing {
            return Err(LayersErrorKind::NoRouting.at(0));
        }
        if let Some(again) = again {
            return Err(LayersErrorKind::RepeatedAddress.at(again));
        }
        let mut has_reliability = false;
        let reliability = block::end(&bytes, routing, |name, _| {
            has_reliability |= name.eq_ignore_ascii_case(b"Reliability");
        })?;
        if !has_reliability {
            return Err(LayersErrorKind::NoReliability.at(routing));
        }
        let head = if reliability == bytes.len() {
            reliability
        } else {
            block::end_or_eof(&bytes, reliability)?
        };
        if let Err(error) = core::str::from_utf8(&bytes[..head]) {
            return Err(LayersErrorKind::NotUtf8.at(error.valid_up_to()));
        }
        Ok(Self::from_parts(bytes, routing, reliability, head))
    }

    /// The layers of bytes whose blocks end where it is said.
    pub(super) fn from_parts(
        bytes: Bytes,
        routing: usize,
        reliability: usize,
        head: usize,
    ) -> Self {
        // Offsets within a buffer whose length was checked (parse) or bounded (build).
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            routing: offset(routing),
            reliability: offset(reliability),
            head: offset(head),
            bytes,
        }
    }

    /// The first block: `To`, `From`, `Service-Channel` and the like.
    pub fn routing(&self) -> Block<'_> {
        Block::of(&self.bytes[..self.routing as usize])
    }

    /// The second block: `Stream`, `Segment`, `Flags`.
    pub fn reliability(&self) -> Block<'_> {
        Block::of(&self.bytes[self.routing as usize..self.reliability as usize])
    }

    /// The third block; `None` in the two-block answers to `PUT` (msnp24.md 5).
    pub fn content_block(&self) -> Option<Block<'_>> {
        (self.reliability < self.head)
            .then(|| Block::of(&self.bytes[self.reliability as usize..self.head as usize]))
    }

    /// What the third block is.
    pub fn content(&self) -> Option<Content> {
        let block = self.content_block()?;
        [
            Content::Messaging,
            Content::Publication,
            Content::Notification,
        ]
        .into_iter()
        .find(|kind| {
            kind.header()
                .is_some_and(|header| block.get(header).is_some())
        })
        .or(Some(Content::Other))
    }

    /// A header of the third block, the one that is asked for most.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.content_block()?.get(name)
    }

    /// `To` of the Routing block.
    ///
    /// # Errors
    /// [`AddressError`] if it is missing or not an address.
    pub fn to(&self) -> Result<Address, AddressError> {
        self.address("To")
    }

    /// `From` of the Routing block, never of another.
    ///
    /// # Errors
    /// [`AddressError`] if it is missing or not an address.
    pub fn from(&self) -> Result<Address, AddressError> {
        self.address("From")
    }

    fn address(&self, name: &str) -> Result<Address, AddressError> {
        self.routing()
            .get(name)
            .ok_or(AddressError::NoNetwork)?
            .parse()
    }

    /// What follows the blocks, to the end of the frame.
    pub fn body(&self) -> &[u8] {
        &self.bytes[self.head as usize..]
    }

    /// The body as a slice of its own, sharing the buffer.
    pub fn body_bytes(&self) -> Bytes {
        self.bytes.slice(self.head as usize..)
    }

    /// All of it, as it is on the wire.
    pub const fn as_bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Gives up the layers for their bytes.
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }

    /// Appends the bytes to `out`.
    pub fn encode(&self, out: &mut impl BufMut) {
        out.put_slice(&self.bytes);
    }
}

/// Prints sizes only: bodies are people's messages.
impl fmt::Debug for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Layers({:?}, {} head bytes, {} body bytes)",
            self.content(),
            self.head,
            self.body().len()
        )
    }
}
