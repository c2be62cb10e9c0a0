//! `Fate`: what becomes of one request.

/// What becomes of one request.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrives, and so does its reply.
    Fine,
    /// [`Faults::refused`](crate::Faults::refused).
    Refused,
    /// [`Faults::lost`](crate::Faults::lost).
    Lost,
    /// [`Faults::reply_lost`](crate::Faults::reply_lost).
    ReplyLost,
    /// [`Faults::reply_cut`](crate::Faults::reply_cut).
    ReplyCut,
    /// [`Faults::stalled`](crate::Faults::stalled).
    Stalled,
    /// [`Faults::repeated`](crate::Faults::repeated).
    Repeated,
    /// [`Faults::portal`](crate::Faults::portal).
    Portal,
}
