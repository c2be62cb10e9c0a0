//! `Breach`: how a duty was not held, with what was seen instead.

use std::fmt;
use std::time::Duration;

use machine_contract::{Instant, RequestId, StreamId};

use crate::Told;

/// How a duty was not held, with what was seen instead.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Breach {
    /// It did not come about.
    #[error("waited {patience:?} in vain for {what}")]
    InVain {
        /// What should have come.
        what: String,
        /// How long it had for that: long enough that only hanging explains it.
        patience: Duration,
    },
    /// The machine was told something else.
    #[error("{expected}: the machine was told {seen}")]
    Told {
        /// What it should have been told.
        expected: String,
        /// What it was told.
        seen: Box<Told>,
    },
    /// The server saw something else.
    #[error("{expected}: the server read {seen}")]
    Wire {
        /// What it should have seen.
        expected: String,
        /// The bytes that it read.
        seen: Wire,
    },
    /// Too few or too many.
    #[error("{what}: {seen}, and {expected} was due")]
    Count {
        /// What was counted.
        what: String,
        /// How many there should have been.
        expected: String,
        /// How many there were.
        seen: usize,
    },
    /// Too early.
    #[error("{what} came {early:?} too early")]
    Early {
        /// What it was.
        what: String,
        /// By how much.
        early: Duration,
    },
    /// The machine was treated as the contract forbids.
    #[error("the contract of the machine: {0}")]
    Contract(#[from] Misuse),
    /// The driver panicked, or a scenario found something wrong.
    #[error("panicked: {0}")]
    Panicked(String),
}

/// What a duty ends with.
pub type Verdict<T = ()> = Result<T, Breach>;

/// What no driver may do to a machine. The [`Probe`](crate::Probe) watches for it in every duty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Misuse {
    /// Time went back.
    #[error("`now` of {at} was {now:?}, after {before:?}")]
    NowWentBack {
        /// The method that was called.
        at: &'static str,
        /// With this.
        now: Instant,
        /// After this.
        before: Instant,
    },
    /// An outcome of a request that was cancelled, had ended, or never was.
    #[error("{at} was called for {id:?}, which is not open")]
    NoSuchRequest {
        /// The method that was called.
        at: &'static str,
        /// The request.
        id: RequestId,
    },
    /// Something about a stream that was dropped, is over, or never was.
    #[error("{at} was called for {id:?}, which is {state}")]
    NoSuchStream {
        /// The method that was called.
        at: &'static str,
        /// The stream.
        id: StreamId,
        /// What it is instead.
        state: &'static str,
    },
    /// A chunk of a stream that is empty or too long.
    #[error("a chunk of {len} bytes was received")]
    Chunk {
        /// Its length.
        len: usize,
    },
    /// More than the one chunk that may have been under way when the machine wanted no more.
    #[error("{chunks} chunks were received on {id:?} while it wanted none")]
    Unwanted {
        /// The stream.
        id: StreamId,
        /// How many.
        chunks: usize,
    },
}

/// Bytes as they went over the wire. Displayed as text with escapes, cut when long.
#[derive(Clone, PartialEq, Eq)]
pub struct Wire(pub Vec<u8>);

impl fmt::Display for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = &self.0[..self.0.len().min(SHOWN)];
        write!(f, "\"{}\"", shown.escape_ascii())?;
        if self.0.len() > SHOWN {
            write!(f, "… ({} bytes)", self.0.len())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

const SHOWN: usize = 400;
