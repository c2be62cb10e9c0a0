//! `Allowance`: how many commands somebody may still send.

use std::time::Duration;

use machine_contract::Instant;

/// A bucket that commands are taken from, and that time fills again.
#[derive(Debug)]
pub(crate) struct Allowance {
    /// In thousandths of a command.
    left: u64,
    filled: Instant,
}

/// How fast an [`Allowance`] fills, and how much it holds.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Rate {
    /// Commands per second.
    pub(crate) per_second: u32,
    /// Commands at once.
    pub(crate) burst: u32,
}

impl Allowance {
    /// A full one.
    pub(crate) fn new(rate: Rate, now: Instant) -> Self {
        Self {
            left: rate.whole(),
            filled: now,
        }
    }

    /// Takes one command's worth, if there is one.
    pub(crate) fn take(&mut self, rate: Rate, now: Instant) -> bool {
        let passed = millis(now.saturating_duration_since(self.filled));
        let gained = passed.saturating_mul(u64::from(rate.per_second));
        if gained > 0 {
            self.filled = now;
            self.left = self.left.saturating_add(gained).min(rate.whole());
        }
        let taken = self.left.checked_sub(1000);
        self.left = taken.unwrap_or(self.left);
        taken.is_some()
    }
}

impl Rate {
    fn whole(self) -> u64 {
        u64::from(self.burst) * 1000
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_is_spent_and_comes_back() {
        let rate = Rate {
            per_second: 4,
            burst: 2,
        };
        let start = Instant::ORIGIN;
        let mut allowance = Allowance::new(rate, start);
        let mut take = |ms| allowance.take(rate, start + Duration::from_millis(ms));
        assert_eq!([take(0), take(0), take(0)], [true, true, false]);
        assert_eq!([take(249), take(250), take(250)], [false, true, false]);
        assert_eq!(
            [take(99_999), take(99_999), take(99_999)],
            [true, true, false]
        );
    }
}
