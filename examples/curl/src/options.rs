//! What the driver is given beside the machine.

use std::sync::Arc;

use machine_contract::{HttpMachine, StreamMachine};
use machine_driver::{SystemClock, threads};

/// A machine at work over libcurl.
pub type Driver<M> = threads::Driver<M, Curl>;

/// Runs this machine over libcurl.
pub fn driver<M: HttpMachine + StreamMachine + Send + 'static>(machine: M) -> Driver<M> {
    Driver::new(machine, Curl::new(), Arc::new(SystemClock))
}

/// A network over libcurl.
#[derive(Clone, Debug)]
pub struct Curl {
    /// The longest response body in bytes.
    body_limit: usize,
}

impl Curl {
    /// Bodies of up to 8 MiB, 10 seconds to connect.
    pub const fn new() -> Self {
        Self {
            body_limit: 8 << 20,
        }
    }

    /// Another limit for response bodies, in bytes.
    #[must_use]
    pub const fn body_limit(self, body_limit: usize) -> Self {
        Self { body_limit }
    }

    pub(crate) const fn longest_body(&self) -> usize {
        self.body_limit
    }
}

impl Default for Curl {
    fn default() -> Self {
        Self::new()
    }
}
