//! `image/gif` and `application/x-ms-ink`: what people draw.

use bytes::Bytes;
use core::fmt;

use super::Mime;
use super::chunk::ChunkNumber;
use crate::base64_text;

/// A drawing, or the first part of one.
#[derive(Clone, PartialEq, Eq)]
pub struct Handwriting {
    /// In which form.
    pub ink: Ink,
    /// Which part of a long message this is.
    pub chunk: Option<ChunkNumber>,
    /// `base64:` and the data, as it came.
    pub body: Bytes,
}

/// How a drawing is written.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two types")]
pub enum Ink {
    /// `image/gif`
    Gif,
    /// `application/x-ms-ink`: ink serialized format.
    Isf,
}

impl Handwriting {
    /// A drawing of these bytes.
    pub fn new(ink: Ink, data: &[u8]) -> Self {
        let mut body = alloc::string::String::from(PREFIX);
        body.push_str(&base64_text::encode(data));
        Self {
            ink,
            chunk: None,
            body: body.into(),
        }
    }

    /// The drawing's data; `None` if it is not Base64, as in a part of one.
    pub fn data(&self) -> Option<alloc::vec::Vec<u8>> {
        let text = self.body.strip_prefix(PREFIX.as_bytes())?;
        base64_text::decode(text)
    }

    pub(super) fn read(mime: &Mime, ink: Ink) -> Self {
        Self {
            ink,
            chunk: ChunkNumber::of(mime),
            body: mime.body_bytes(),
        }
    }

    /// Writes the message.
    #[must_use]
    pub fn to_mime(&self) -> Mime {
        let mut builder = Mime::build(match self.ink {
            Ink::Gif => "image/gif",
            Ink::Isf => "application/x-ms-ink",
        });
        if let Some(chunk) = &self.chunk {
            builder = chunk.write(builder);
        }
        builder.finish(&self.body)
    }
}

const PREFIX: &str = "base64:";

/// Prints sizes only.
impl fmt::Debug for Handwriting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handwriting({:?}, {} bytes)", self.ink, self.body.len())
    }
}
