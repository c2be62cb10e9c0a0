//! `Pace`: the pauses between polls that the gateway does not hold, and between retries.

use std::time::Duration;

use crate::config::Timing;

/// Quick after traffic, slower with every empty poll.
#[derive(Debug)]
pub(super) struct Pace {
    next: Duration,
    slowest: Duration,
}

impl Pace {
    pub(super) fn new(timing: &Timing) -> Self {
        Self {
            next: timing.quick,
            slowest: timing.slow,
        }
    }

    /// Polls come at least three times within the idle life of the session.
    pub(super) fn keep_alive(&mut self, session_timeout: Duration, timing: &Timing) {
        self.slowest = (session_timeout / 3).clamp(timing.quick, timing.slow);
    }

    /// There was traffic.
    pub(super) fn quicken(&mut self, timing: &Timing) {
        self.next = timing.quick;
    }

    /// The pause before the next poll.
    pub(super) fn pause(&mut self) -> Duration {
        let pause = self.next.min(self.slowest);
        self.next = (pause * 2).min(self.slowest);
        pause
    }
}

/// The pause after this many failures in a row.
pub(super) fn backoff(failures: u32, timing: &Timing) -> Duration {
    let doublings = failures.saturating_sub(1).min(31);
    timing
        .retry
        .saturating_mul(1 << doublings)
        .min(timing.slow_retry)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMING: Timing = Timing {
        reply: Duration::from_secs(40),
        margin: Duration::from_secs(15),
        quick: Duration::from_secs(1),
        slow: Duration::from_secs(5),
        retry: Duration::from_secs(1),
        slow_retry: Duration::from_secs(30),
    };

    #[track_caller]
    fn check(pace: &mut Pace, seconds: &[u64]) {
        for &expected in seconds {
            assert_eq!(pace.pause(), Duration::from_secs(expected));
        }
    }

    #[test]
    fn pauses_double_while_idle_and_shrink_after_traffic() {
        let mut pace = Pace::new(&TIMING);
        check(&mut pace, &[1, 2, 4, 5, 5]);
        pace.quicken(&TIMING);
        check(&mut pace, &[1, 2]);
    }

    #[test]
    fn a_short_lived_session_is_polled_more_often() {
        let mut pace = Pace::new(&TIMING);
        pace.keep_alive(Duration::from_secs(9), &TIMING);
        check(&mut pace, &[1, 2, 3, 3]);
        pace.keep_alive(Duration::ZERO, &TIMING);
        check(&mut pace, &[1, 1]);
    }

    #[test]
    fn retries_back_off_to_a_bound() {
        let seconds = |failures| backoff(failures, &TIMING).as_secs();
        assert_eq!([1, 2, 3, 4, 5, 6].map(seconds), [1, 2, 4, 8, 16, 30]);
        assert_eq!(seconds(u32::MAX), 30);
    }
}
