//! Long messages: cut into parts that fit, and put together again (msnp8-18.md 9.5).
//!
//! ```
//! use msnp_proto::Guid;
//! use msnp_proto::payload::chunks::{self, Joiner};
//! use msnp_proto::payload::mime::{Content, Text};
//! let text = Text::new("Fischers Fritz fischt frische Fische. ".repeat(100));
//! // The id is entropy of the host's.
//! let parts = chunks::split(&text, Guid::from_bytes([7; 16]))?;
//! assert_eq!(parts.len(), 3);
//! let mut joiner = Joiner::default();
//! let now = machine_contract::Instant::ORIGIN;
//! let mut whole = None;
//! for part in parts {
//!     whole = joiner.push("alice@example.com", part, now)?;
//! }
//! assert_eq!(Content::of(&whole.expect("the last part came"))?, Content::Text(text));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod joiner;

pub use joiner::{Incomplete, JoinError, JoinErrorKind, JoinLimits, Joiner};

use alloc::string::ToString;
use alloc::vec::Vec;

use super::mime::{ChunkNumber, Mime, Part, Text};
use crate::guid::Guid;

/// The longest payload of a switchboard's `MSG`: one byte more closes the connection (msnp8-18.md 2.3).
pub const MAX_PAYLOAD: usize = 1664;
/// The longest body of one part, by the habit of clients (msnp8-18.md 2.3).
pub const MAX_BODY: usize = 1400;
/// The most parts of one message; receivers drop what has more (msnp8-18.md 9.5).
pub const MAX_PARTS: u32 = 64;

/// Why a message cannot be sent: the caller's fault.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SplitError {
    /// It would take more parts than [`MAX_PARTS`].
    #[error("a text of {0} bytes is too long for {MAX_PARTS} parts")]
    TooLong(usize),
    /// Its headers leave no room for a body.
    #[error("headers of {0} bytes leave no room for a text")]
    HeadTooLong(usize),
}

/// The messages that a text is sent as: itself if it fits, else its parts in order, cut between characters, since one
/// server drops what ends within one. `id` is sixteen random bytes.
///
/// # Errors
/// [`SplitError`] if it takes too many.
pub fn split(text: &Text, id: Guid) -> Result<Vec<Mime>, SplitError> {
    let whole = Text {
        chunk: None,
        ..text.clone()
    };
    let mime = whole.to_mime();
    if mime.as_bytes().len() <= MAX_PAYLOAD && text.body.len() <= MAX_BODY {
        return Ok([mime].into());
    }
    let id = id.braced().to_string();
    let first = |parts, body| Text {
        chunk: Some(ChunkNumber::First {
            id: id.clone(),
            parts,
        }),
        body,
        ..text.clone()
    };
    let later = |index, body| Part {
        id: id.clone(),
        index,
        body,
    };
    // No number of parts takes more digits than the largest.
    let room = |head: &Mime| {
        MAX_PAYLOAD
            .saturating_sub(head.as_bytes().len())
            .min(MAX_BODY)
    };
    let head = first(MAX_PARTS, bytes::Bytes::new()).to_mime();
    let first_room = room(&head);
    if first_room < LONGEST_CHARACTER {
        return Err(SplitError::HeadTooLong(head.as_bytes().len()));
    }
    let later_room = room(&later(MAX_PARTS, bytes::Bytes::new()).to_mime());
    let mut bodies = Vec::new();
    let mut rest = text.body.clone();
    while !rest.is_empty() || bodies.is_empty() {
        let room = if bodies.is_empty() {
            first_room
        } else {
            later_room
        };
        bodies.push(rest.split_to(boundary(&rest, room)));
    }
    let parts = u32::try_from(bodies.len()).unwrap_or(u32::MAX);
    if parts > MAX_PARTS {
        return Err(SplitError::TooLong(text.body.len()));
    }
    Ok((0..)
        .zip(bodies)
        .map(|(index, body)| match index {
            // Headers alone may have made it too long: then one part is all, and says nothing of others.
            0 if parts == 1 => Text {
                chunk: None,
                body,
                ..text.clone()
            }
            .to_mime(),
            0 => first(parts, body).to_mime(),
            index => later(index, body).to_mime(),
        })
        .collect())
}

/// The pieces of a text, each at most `limit` bytes and cut between characters: for receivers that cannot put parts
/// together, which get them as messages of their own. A `limit` below 4 counts as 4.
pub fn pieces(text: &str, limit: usize) -> impl Iterator<Item = &str> {
    let mut rest = text;
    core::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let piece;
        (piece, rest) = rest.split_at(boundary(rest.as_bytes(), limit.max(LONGEST_CHARACTER)));
        Some(piece)
    })
}

const LONGEST_CHARACTER: usize = 4;

/// The last place up to `limit` where a character starts, or the end. Of what is not UTF-8 a piece is cut anywhere.
fn boundary(bytes: &[u8], limit: usize) -> usize {
    if bytes.len() <= limit {
        return bytes.len();
    }
    let starts = |at: &usize| bytes[*at] & 0xc0 != 0x80;
    (limit.saturating_sub(LONGEST_CHARACTER - 1)..=limit)
        .rev()
        .find(|at| *at > 0 && starts(at))
        .unwrap_or(limit)
}
