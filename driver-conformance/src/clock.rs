//! `TurnedClock`: the system's clock, which the suite turns forward.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use machine_contract::Instant;
use machine_driver::{Clock, SystemClock};

/// The system's clock, which goes on by itself, and which the suite turns forward to see what a driver
/// does an hour later.
///
/// Clones are one clock. No timer of the platform knows that it was turned: the suite makes a
/// [`call`](crate::Drive::call) afterwards, and a driver looks at its clock after every input.
#[derive(Clone, Debug, Default)]
pub struct TurnedClock {
    turned: Arc<AtomicU64>,
}

impl TurnedClock {
    /// The system's clock, not turned yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// So much time passes at once.
    pub fn turn(&self, by: Duration) {
        let micros = u64::try_from(by.as_micros()).unwrap_or(u64::MAX);
        self.turned.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for TurnedClock {
    fn now(&self) -> Instant {
        SystemClock.now() + Duration::from_micros(self.turned.load(Ordering::SeqCst))
    }
}
