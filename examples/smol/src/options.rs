//! What the driver is given beside the machine.

use std::fmt;
use std::sync::Arc;

use machine_driver::{SharedClock, SystemClock};

/// A network over hyper and smol.
#[derive(Clone)]
pub struct Smol {
    pub(crate) body_limit: usize,
    pub(crate) clock: SharedClock,
}

impl Smol {
    /// Bodies of up to 8 MiB, and the system's clock.
    pub fn new() -> Self {
        Self {
            body_limit: 8 << 20,
            clock: Arc::new(SystemClock),
        }
    }

    /// The longest response body in bytes.
    #[must_use]
    pub fn body_limit(self, body_limit: usize) -> Self {
        Self { body_limit, ..self }
    }

    /// Another clock, which tests turn.
    #[must_use]
    pub fn clock(self, clock: SharedClock) -> Self {
        Self { clock, ..self }
    }
}

impl Default for Smol {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Smol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smol")
            .field("body_limit", &self.body_limit)
            .finish_non_exhaustive()
    }
}
