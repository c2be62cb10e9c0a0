//! Slows down the guessing of passwords: so many wrong ones per address and quarter of an hour.

use machine_contract::Instant;
use std::collections::BTreeMap;
use std::time::Duration;

const WINDOW: Duration = Duration::from_secs(15 * 60);

/// Addresses remembered at once. When all places are taken, the count of another address is
/// forgotten early; to profit by that, a guesser must spend this many slow attempts.
const MOST: usize = 10_000;

/// Wrong attempts per address, or per user id of the IM web service.
#[derive(Debug)]
pub(crate) struct Attempts<A> {
    allowed: u32,
    failed: BTreeMap<A, (Instant, u32)>,
}

impl<A: Ord + Clone> Attempts<A> {
    /// Allows so many wrong attempts per address in a quarter of an hour.
    pub(crate) const fn new(allowed: u32) -> Self {
        Self {
            allowed,
            failed: BTreeMap::new(),
        }
    }

    /// Counts an attempt; `false` if there were too many.
    pub(crate) fn allow(&mut self, address: &A, now: Instant) -> bool {
        if self.failed.len() >= MOST && !self.failed.contains_key(address) {
            self.failed.retain(|_, (since, _)| now < *since + WINDOW);
            if self.failed.len() >= MOST {
                self.failed.pop_first();
            }
        }
        let (since, count) = self.failed.entry(address.clone()).or_insert((now, 0));
        if now >= *since + WINDOW {
            (*since, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        *count <= self.allowed
    }

    /// For how long no attempt is allowed any more.
    pub(crate) fn locked_for(&self, address: &A, now: Instant) -> Duration {
        let counted = self.failed.get(address);
        let locked = counted.filter(|(_, count)| *count > self.allowed);
        locked.map_or(Duration::ZERO, |(since, _)| {
            (*since + WINDOW).saturating_duration_since(now)
        })
    }

    /// The last attempt was right: the count starts again.
    pub(crate) fn succeeded(&mut self, address: &A) {
        self.failed.remove(address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::EmailAddress;

    fn address(text: &str) -> EmailAddress {
        EmailAddress::parse(text).unwrap()
    }

    #[test]
    fn guessing_is_stopped_and_forgiven_after_a_while() {
        let (mut attempts, now) = (Attempts::new(2), Instant::ORIGIN);
        let alice = address("alice@example.org");
        assert!(attempts.allow(&alice, now) && attempts.allow(&alice, now));
        assert_eq!(attempts.locked_for(&alice, now), Duration::ZERO);
        assert!(!attempts.allow(&alice, now));
        let later = now + Duration::from_secs(60);
        assert_eq!(
            attempts.locked_for(&alice, later),
            Duration::from_secs(14 * 60)
        );
        assert!(attempts.allow(&address("bob@example.org"), now));
        assert!(attempts.allow(&alice, now + WINDOW));
    }

    #[test]
    fn a_right_password_clears_the_count() {
        let (mut attempts, now) = (Attempts::new(1), Instant::ORIGIN);
        let alice = address("alice@example.org");
        assert!(attempts.allow(&alice, now));
        attempts.succeeded(&alice);
        assert!(attempts.allow(&alice, now));
    }

    #[test]
    fn the_memory_is_bounded() {
        let (mut attempts, now) = (Attempts::new(1), Instant::ORIGIN);
        for number in 0..MOST + 50 {
            attempts.allow(&address(&format!("user{number}@example.org")), now);
        }
        assert_eq!(attempts.failed.len(), MOST);
    }
}
