//! What the driver is given beside the machine.

use std::fmt;
use std::sync::Arc;

use machine_driver::{SharedClock, SystemClock};

/// A machine at work over hyper and smol.
pub type Driver<M> = machine_driver::Driver<M, Smol>;

/// A network over hyper and smol.
#[derive(Clone)]
pub struct Smol(Settings);

/// What the driver is given.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) body_limit: usize,
    pub(crate) clock: SharedClock,
}

impl Smol {
    /// Bodies of up to 8 MiB, and the system's clock.
    pub fn new() -> Self {
        Self(Settings {
            body_limit: 8 << 20,
            clock: Arc::new(SystemClock),
        })
    }

    pub(crate) const fn settings(&self) -> &Settings {
        &self.0
    }

    /// The longest response body in bytes.
    #[must_use]
    pub fn body_limit(mut self, body_limit: usize) -> Self {
        self.0.body_limit = body_limit;
        self
    }

    /// Another clock, which tests turn.
    #[must_use]
    pub fn clock(mut self, clock: SharedClock) -> Self {
        self.0.clock = clock;
        self
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
            .field("body_limit", &self.0.body_limit)
            .finish_non_exhaustive()
    }
}
