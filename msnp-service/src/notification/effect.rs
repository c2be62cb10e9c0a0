//! What goes into the machine and what comes out of it.

use machine_contract::{Instant, UnixTime};

use bytes::Bytes;

use crate::accounts::SkypeId;

/// One client's stream of frames; the shell gives the number and never gives it twice.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// The two clocks, read at the same moment.
#[derive(Copy, Clone, Debug)]
pub struct Now {
    /// For every deadline and every expiry; never goes back.
    pub monotonic: Instant,
    /// For what people and the store see. It may be set, forward and back, so nothing waits for it and
    /// nothing that lives in memory runs out by it.
    pub wall: UnixTime,
}

/// Who the cookies of an HTTP request say it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The user.
    pub skype_id: SkypeId,
    /// When the cookies run out.
    pub valid_until: Instant,
}

/// What the shell does for the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// Whole frames for one connection. Those of several effects go out in their order.
    Send {
        /// Whose.
        connection: ConnectionId,
        /// One or more whole frames.
        frames: Bytes,
    },
    /// The connection is over: let what was sent go out, then close it. The machine has forgotten
    /// it.
    Close {
        /// Which.
        connection: ConnectionId,
    },
    /// The connection now speaks for this user.
    SignedIn {
        /// Which.
        connection: ConnectionId,
        /// Whom.
        skype_id: SkypeId,
    },
}

/// Knows which user a `uic` was made for (gateway.md 16).
///
/// The machine asks at `ATH` only. Without one, a `uic` beside valid cookies is not looked at, and
/// a `uic` alone signs nobody in.
pub trait Tickets {
    /// The user whom this uic was made for, if it is good at `now`.
    fn owner_of_uic(&self, uic: &str, now: Instant) -> Option<SkypeId>;
}
