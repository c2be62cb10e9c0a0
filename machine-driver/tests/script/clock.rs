//! `Turned`: a clock that stands still until it is turned, with a wall clock beside it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use machine_contract::{Instant, UnixTime};
use machine_driver::Clock;

#[derive(Clone, Default)]
pub(crate) struct Turned {
    micros: Arc<AtomicU64>,
    asleep: Arc<AtomicU64>,
}

impl Turned {
    /// So much time passes at once.
    pub(crate) fn turn(&self, seconds: u64) {
        self.turn_micros(seconds * 1_000_000);
    }

    pub(crate) fn turn_micros(&self, micros: u64) {
        self.micros.fetch_add(micros, Ordering::SeqCst);
    }

    /// The host is asleep for so long, and only the wall clock counts it.
    pub(crate) fn sleep(&self, seconds: u64) {
        self.asleep.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Turned {
    fn now(&self) -> Instant {
        Instant::from_micros(self.micros.load(Ordering::SeqCst))
    }

    fn wall(&self) -> Option<UnixTime> {
        let awake = self.micros.load(Ordering::SeqCst) / 1000;
        let asleep = self.asleep.load(Ordering::SeqCst) * 1000;
        Some(UnixTime::from_millis(1_000_000 + awake + asleep))
    }
}
