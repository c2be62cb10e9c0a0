//! `Misuse`: what no driver may do to a machine.

use machine_contract::{Instant, RequestId, StreamId};

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
