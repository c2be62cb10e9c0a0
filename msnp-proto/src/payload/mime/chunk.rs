//! `Message-ID`, `Chunks` and `Chunk`: which part of a long message this is.

use alloc::string::String;
use bytes::Bytes;
use core::fmt;

use super::Mime;
use super::build::MimeBuilder;

/// Which part of which message (msnp8-18.md 9.5).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a part is the first or a later one"
)]
pub enum ChunkNumber {
    /// `Chunks: n`: the first part, which says how many there are.
    First {
        /// `Message-ID`: a GUID, in most.
        id: String,
        /// How many there are in all.
        parts: u32,
    },
    /// `Chunk: i`: a later one, counted from 1.
    Later {
        /// `Message-ID` of the first.
        id: String,
        /// Which.
        index: u32,
    },
}

/// A later part of a long message, which mostly has no type.
#[derive(Clone, PartialEq, Eq)]
pub struct Part {
    /// `Message-ID` of the first part.
    pub id: String,
    /// Which part, counted from 1.
    pub index: u32,
    /// Its piece of the body.
    pub body: Bytes,
}

impl ChunkNumber {
    /// Which part a message is; `None` if it stands for itself. One part in all is no part.
    pub fn of(mime: &Mime) -> Option<Self> {
        let id = mime.value("Message-ID").filter(|id| !id.is_empty())?;
        let number = |name| crate::frame::parse_number(mime.value(name)?.as_bytes());
        match (number("Chunk").filter(|index| *index > 0), number("Chunks")) {
            (Some(index), _) => Some(Self::Later { id, index }),
            (None, Some(parts)) if parts > 1 => Some(Self::First { id, parts }),
            _ => None,
        }
    }

    /// `Message-ID`.
    pub fn id(&self) -> &str {
        match self {
            Self::First { id, .. } | Self::Later { id, .. } => id,
        }
    }

    pub(super) fn write(&self, builder: MimeBuilder) -> MimeBuilder {
        match self {
            Self::First { id, parts } => builder.header("Message-ID", id).header("Chunks", parts),
            Self::Later { id, index } => builder.header("Message-ID", id).header("Chunk", index),
        }
    }
}

impl Part {
    /// Writes the part: no type, no format.
    #[must_use]
    pub fn to_mime(&self) -> Mime {
        let number = ChunkNumber::Later {
            id: self.id.clone(),
            index: self.index,
        };
        number.write(Mime::build_part()).finish(&self.body)
    }
}

/// Prints sizes only.
impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Part({}, {} bytes)", self.index, self.body.len())
    }
}
