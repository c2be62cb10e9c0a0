//! `Allowance`: how many commands may still be sent.

use std::time::Duration;

use machine_contract::Instant;

/// A bucket that fills with time.
#[derive(Clone, Debug)]
pub struct Allowance {
    burst: u32,
    per_second: u32,
    /// In thousandths of a command.
    left: u64,
    filled: Instant,
}

impl Allowance {
    /// A full one: `burst` commands at once, `per_second` for ever.
    pub fn new(burst: u32, per_second: u32, now: Instant) -> Self {
        Self {
            burst,
            per_second,
            left: u64::from(burst) * 1000,
            filled: now,
        }
    }

    /// Takes one command's worth, if there is one.
    pub fn take(&mut self, now: Instant) -> bool {
        self.take_some(1, now)
    }

    /// Takes the worth of so many, if there are as many.
    pub fn take_some(&mut self, many: u32, now: Instant) -> bool {
        self.fill(now);
        let taken = self.left.checked_sub(u64::from(many) * 1000);
        self.left = taken.unwrap_or(self.left);
        taken.is_some()
    }

    /// Whether nothing of it is spent: it need not be remembered.
    pub fn is_full(&mut self, now: Instant) -> bool {
        self.fill(now);
        self.left >= u64::from(self.burst) * 1000
    }

    fn fill(&mut self, now: Instant) {
        let passed = millis(now.saturating_duration_since(self.filled));
        let gained = passed.saturating_mul(u64::from(self.per_second));
        if gained > 0 {
            self.filled = now;
            let full = u64::from(self.burst) * 1000;
            self.left = self.left.saturating_add(gained).min(full);
        }
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
        let start = Instant::ORIGIN;
        let mut allowance = Allowance::new(2, 4, start);
        let mut take = |ms| allowance.take(start + Duration::from_millis(ms));
        assert_eq!([take(0), take(0), take(0)], [true, true, false]);
        assert_eq!([take(249), take(250), take(250)], [false, true, false]);
        assert_eq!(
            [take(99_999), take(99_999), take(99_999)],
            [true, true, false]
        );
    }
}
