//! Guide follows.

mod driver;
mod exchange;
mod options;

use std::num::NonZeroUsize;

pub use driver::{Caller, Driver, Ended};
pub use options::{HttpOptions, OptionsError};
pub use reqwest::Client;

/// What a driver holds at most.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one response body. A longer one is [`Failure::Unknown`](gateway_sm::Failure::Unknown).
    pub body: usize,
    /// Events that the application has not taken. The rest wait in the machine.
    pub events: NonZeroUsize,
}

impl Default for Limits {
    /// Bodies of 8 MiB, 64 events.
    fn default() -> Self {
        Self {
            body: 8 << 20,
            events: const { NonZeroUsize::new(64).expect("64 is not zero") },
        }
    }
}
