//! The two clocks, read at the same moment.

use machine_contract::{Instant, UnixTime};

/// What time it is.
#[derive(Copy, Clone, Debug)]
pub struct Now {
    /// For every deadline and every expiry; never goes back.
    pub monotonic: Instant,
    /// For what people and the store see. It may be set, forward and back, so nothing waits for it and
    /// nothing that lives in memory runs out by it.
    pub wall: UnixTime,
}

impl Now {
    /// What both show when the first shows `at`, if nobody sets the other meanwhile.
    #[must_use]
    pub fn until(self, at: Instant) -> Self {
        let passed = at.saturating_duration_since(self.monotonic);
        Self {
            monotonic: at,
            wall: self.wall.saturating_add(passed),
        }
    }
}
