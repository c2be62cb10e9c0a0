//! `PollTimer`: the pauses between polls that the gateway does not hold, and between retries.

use std::time::Duration;

use crate::limits::Timing;

/// Quick after traffic, slower with every empty poll.
#[derive(Debug)]
pub(super) struct PollTimer {
    next: Duration,
    slowest: Duration,
    timing: Timing,
}

impl PollTimer {
    pub(super) const fn new(timing: Timing) -> Self {
        Self {
            next: timing.quick,
            slowest: timing.slow,
            timing,
        }
    }

    /// Polls come at least three times within the idle life of the session.
    pub(super) fn keep_alive(&mut self, session_timeout: Duration) {
        self.slowest = (session_timeout / 3).clamp(self.timing.quick, self.timing.slow);
    }

    /// There was traffic.
    pub(super) const fn quicken(&mut self) {
        self.next = self.timing.quick;
    }

    /// The pause before the next poll.
    pub(super) fn pause(&mut self) -> Duration {
        let pause = self.next.min(self.slowest);
        self.next = (pause * 2).min(self.slowest);
        pause
    }

    /// The pause after this many failures in a row.
    pub(super) fn back_off(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        let pause = self.timing.retry.saturating_mul(1 << doublings);
        pause.min(self.timing.slow_retry)
    }
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
    fn check(timer: &mut PollTimer, seconds: &[u64]) {
        for &expected in seconds {
            assert_eq!(timer.pause(), Duration::from_secs(expected));
        }
    }

    #[test]
    fn pauses_double_while_idle_and_shrink_after_traffic() {
        let mut timer = PollTimer::new(TIMING);
        check(&mut timer, &[1, 2, 4, 5, 5]);
        timer.quicken();
        check(&mut timer, &[1, 2]);
    }

    #[test]
    fn a_short_lived_session_is_polled_more_often() {
        let mut timer = PollTimer::new(TIMING);
        timer.keep_alive(Duration::from_secs(9));
        check(&mut timer, &[1, 2, 3, 3]);
        timer.keep_alive(Duration::ZERO);
        check(&mut timer, &[1, 1]);
    }

    #[test]
    fn retries_back_off_to_a_bound() {
        let seconds = |failures| PollTimer::new(TIMING).back_off(failures).as_secs();
        assert_eq!([1, 2, 3, 4, 5, 6].map(seconds), [1, 2, 4, 8, 16, 30]);
        assert_eq!(seconds(u32::MAX), 30);
    }
}
