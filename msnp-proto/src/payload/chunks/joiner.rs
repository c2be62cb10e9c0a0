//! Parts -> message, within limits of number, size and time.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use machine_contract::Instant;

use crate::payload::mime::{ChunkNumber, Mime};

/// Puts the parts of long messages together.
///
/// It belongs to one conversation. Parts come in the order of the connection; what stays incomplete is given up after a
/// while and told by [`expire`](Self::expire), with as much of it as there is.
#[derive(Clone, Debug, Default)]
pub struct Joiner {
    limits: JoinLimits,
    open: Vec<Open>,
}

/// How much a peer may make us keep (msnp8-18.md 9.5).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct JoinLimits {
    /// Parts of one message.
    pub parts: u32,
    /// Bytes of one message's body.
    pub bytes: usize,
    /// How long its last part may take.
    pub age: Duration,
    /// Messages that are incomplete at a time, of one sender.
    pub open: usize,
    /// The same of all senders.
    pub open_in_all: usize,
}

impl JoinLimits {
    /// 64 parts, 64 KiB, 60 seconds, four messages of one sender, 32 of all.
    pub const DEFAULT: Self = Self {
        parts: super::MAX_PARTS,
        bytes: 64 << 10,
        age: Duration::from_secs(60),
        open: 4,
        open_in_all: 32,
    };
}

impl Default for JoinLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A part that was not taken: the fault of the peer that sent it, who has it back here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("part of a long message: {kind}")]
pub struct JoinError {
    /// The part.
    pub mime: Mime,
    /// Why.
    pub kind: JoinErrorKind,
}

/// Why a part was not taken.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JoinErrorKind {
    /// More parts are announced than [`JoinLimits::parts`].
    #[error("{0} parts are announced")]
    TooManyParts(u32),
    /// With it the body would be longer than [`JoinLimits::bytes`].
    #[error("the message grows too long")]
    TooLong,
    /// Too many messages are incomplete: [`JoinLimits::open`], [`JoinLimits::open_in_all`].
    #[error("too many messages are incomplete")]
    TooManyOpen,
    /// Its first part was never seen, or its time is over.
    #[error("of a message that is not there")]
    UnknownMessage,
    /// Another part should have come.
    #[error("part {found} came, part {expected} was expected")]
    OutOfOrder {
        /// Which came.
        found: u32,
        /// Which should have.
        expected: u32,
    },
}

/// A message whose last part never came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incomplete {
    /// Who sent it.
    pub sender: String,
    /// As much of it as there is, which may end within a character.
    pub mime: Mime,
    /// How many parts are missing.
    pub missing: u32,
}

#[derive(Clone)]
struct Open {
    sender: String,
    id: String,
    /// The first part without its body, its numbers taken out.
    head: Mime,
    body: Vec<u8>,
    /// How many parts are there, and how many there will be.
    parts: u32,
    announced: u32,
    ends: Instant,
}

impl Joiner {
    /// An empty joiner within limits of the caller's own.
    pub const fn with_limits(limits: JoinLimits) -> Self {
        Self {
            limits,
            open: Vec::new(),
        }
    }

    /// Takes a message of `sender` and gives back what is whole: the message itself if it is no part of another, the
    /// joined one with its last part, else nothing.
    ///
    /// # Errors
    /// [`JoinError`] with the part. What was there of its message stays, until its time is over.
    pub fn push(
        &mut self,
        sender: &str,
        mime: Mime,
        now: Instant,
    ) -> Result<Option<Mime>, JoinError> {
        match ChunkNumber::of(&mime) {
            None => Ok(Some(mime)),
            Some(ChunkNumber::First { id, parts }) => {
                match self.begin(sender, id, parts, &mime, now) {
                    Ok(()) => Ok(None),
                    Err(kind) => Err(JoinError { mime, kind }),
                }
            }
            Some(ChunkNumber::Later { id, index }) => {
                match self.go_on(sender, &id, index, mime.body(), now) {
                    Ok(whole) => Ok(whole),
                    Err(kind) => Err(JoinError { mime, kind }),
                }
            }
        }
    }

    /// The messages whose time is over, with as much of them as came.
    pub fn expire(&mut self, now: Instant) -> Vec<Incomplete> {
        self.open
            .extract_if(.., |open| open.ends <= now)
            .map(|open| Incomplete {
                mime: open.head.rebuild(&[], &open.body),
                missing: open.announced.saturating_sub(open.parts),
                sender: open.sender,
            })
            .collect()
    }

    /// When [`expire`](Self::expire) has something to tell next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.open.iter().map(|open| open.ends).min()
    }

    fn begin(
        &mut self,
        sender: &str,
        id: String,
        announced: u32,
        mime: &Mime,
        now: Instant,
    ) -> Result<(), JoinErrorKind> {
        if announced > self.limits.parts {
            return Err(JoinErrorKind::TooManyParts(announced));
        }
        if mime.body().len() > self.limits.bytes {
            return Err(JoinErrorKind::TooLong);
        }
        // The same first part again starts the message anew, as in other receivers.
        self.open
            .retain(|open| !(open.sender == sender && open.id == id));
        let own = self
            .open
            .iter()
            .filter(|open| open.sender == sender)
            .count();
        if own >= self.limits.open || self.open.len() >= self.limits.open_in_all {
            return Err(JoinErrorKind::TooManyOpen);
        }
        self.open.push(Open {
            sender: sender.into(),
            id,
            head: mime.rebuild(&["Message-ID", "Chunks", "Chunk"], b""),
            body: mime.body().into(),
            parts: 1,
            announced,
            ends: now.saturating_add(self.limits.age),
        });
        Ok(())
    }

    fn go_on(
        &mut self,
        sender: &str,
        id: &str,
        found: u32,
        body: &[u8],
        now: Instant,
    ) -> Result<Option<Mime>, JoinErrorKind> {
        let at = self
            .open
            .iter()
            .position(|open| open.sender == sender && open.id == id && open.ends > now)
            .ok_or(JoinErrorKind::UnknownMessage)?;
        let open = &mut self.open[at];
        let expected = open.parts;
        if found != expected {
            return Err(JoinErrorKind::OutOfOrder { found, expected });
        }
        if open.body.len() + body.len() > self.limits.bytes {
            return Err(JoinErrorKind::TooLong);
        }
        open.body.extend_from_slice(body);
        open.parts += 1;
        if open.parts < open.announced {
            return Ok(None);
        }
        let whole = self.open.remove(at);
        Ok(Some(whole.head.rebuild(&[], &whole.body)))
    }
}

/// Prints sizes only.
impl fmt::Debug for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Open({} of {} parts, {} bytes)",
            self.parts,
            self.announced,
            self.body.len()
        )
    }
}
