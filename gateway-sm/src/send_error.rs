//! `SendError`: why either end did not take bytes to be sent.

/// Why bytes were not taken. They are still the caller's; nothing of them was queued.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[expect(
    clippy::exhaustive_enums,
    reason = "each asks the sender for another decision"
)]
pub enum SendError {
    /// The session has ended, or is ending.
    #[error("the session is closed")]
    Closed,
    /// Too much is waiting to be sent already: try again when some of it has gone.
    #[error("the session's queue is full")]
    Full,
    /// More bytes than the queue may ever hold.
    #[error("the bytes are more than the session's queue may hold")]
    TooLarge,
}
