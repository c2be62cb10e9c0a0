//! The two kinds of time: `Instant`, which deadlines are made of, and `UnixTime`, which people read.
//! Neither turns into the other, so a clock that is set cannot move a deadline.

use core::fmt;
use core::ops::{Add, AddAssign, Sub};
use core::time::Duration;

/// A moment on the driver's clock: the time since an origin that the driver chose, in microseconds.
///
/// The machines read no clock. A driver has one that never goes back, takes any moment of it as the
/// origin (its start, say), and hands in how much time has passed since, on every target the same: a
/// microcontroller's ticks, `performance.now()` in a browser, `CLOCK_BOOTTIME`, or a number that a
/// simulation turns up at will. Instants of different origins have nothing to do with each other, so a
/// process has one.
///
/// Arithmetic neither panics nor wraps: what lies beyond the end of time (584,000 years) is the end of
/// time, what lies before the origin is the origin. A [`Duration`] that is added is rounded up to whole
/// microseconds, one that is taken away too: a deadline is never early, and `now` plus anything is later
/// than `now`.
///
/// ```
/// use core::time::Duration;
/// use machine_contract::Instant;
///
/// const START: Instant = Instant::ORIGIN;
/// const LATER: Instant = START.saturating_add(Duration::from_secs(40));
/// assert_eq!(LATER.saturating_duration_since(START), Duration::from_secs(40));
/// assert_eq!(START.saturating_duration_since(LATER), Duration::ZERO);
/// assert_eq!(Instant::END.checked_add(Duration::from_nanos(1)), None);
/// ```
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(u64);

impl Instant {
    /// The moment from which the driver counts.
    pub const ORIGIN: Self = Self(0);
    /// The last moment that can be named.
    pub const END: Self = Self(u64::MAX);

    /// The moment that many microseconds after the origin.
    pub const fn from_micros(since_origin: u64) -> Self {
        Self(since_origin)
    }

    /// How many microseconds after the origin it is.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// The moment at which so much time had passed since the origin; a part of a microsecond has not
    /// passed yet.
    pub const fn after_origin(elapsed: Duration) -> Self {
        Self(capped(elapsed.as_micros()))
    }

    /// How much time has passed since the origin.
    pub const fn since_origin(self) -> Duration {
        Duration::from_micros(self.0)
    }

    /// That much later; `None` beyond [`END`](Self::END).
    pub const fn checked_add(self, by: Duration) -> Option<Self> {
        match self.0.checked_add(whole_micros(by)) {
            Some(micros) => Some(Self(micros)),
            None => None,
        }
    }

    /// That much earlier; `None` before [`ORIGIN`](Self::ORIGIN).
    pub const fn checked_sub(self, by: Duration) -> Option<Self> {
        match self.0.checked_sub(whole_micros(by)) {
            Some(micros) => Some(Self(micros)),
            None => None,
        }
    }

    /// That much later, [`END`](Self::END) at the latest.
    #[must_use]
    pub const fn saturating_add(self, by: Duration) -> Self {
        Self(self.0.saturating_add(whole_micros(by)))
    }

    /// The time from `earlier` to here; `None` if `earlier` is later.
    pub const fn checked_duration_since(self, earlier: Self) -> Option<Duration> {
        match self.0.checked_sub(earlier.0) {
            Some(micros) => Some(Duration::from_micros(micros)),
            None => None,
        }
    }

    /// The time from `earlier` to here; none if `earlier` is later.
    pub const fn saturating_duration_since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

/// A duration in microseconds, rounded up.
const fn whole_micros(by: Duration) -> u64 {
    capped(by.as_nanos().div_ceil(1000))
}

#[expect(clippy::cast_possible_truncation, reason = "capped before")]
const fn capped(number: u128) -> u64 {
    if number > u64::MAX as u128 {
        return u64::MAX;
    }
    number as u64
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, by: Duration) -> Self {
        self.saturating_add(by)
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, by: Duration) {
        *self = self.saturating_add(by);
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;

    fn sub(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(whole_micros(by)))
    }
}

impl Sub for Instant {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.saturating_duration_since(earlier)
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Instant({:?})", self.since_origin())
    }
}

/// A time of day and date: milliseconds since the beginning of 1970, UTC, as a wall clock tells it.
///
/// For what people read and what is compared with times that other machines wrote: when a message was
/// written, until when a ticket is good. Wall clocks are set, forward and back, so no wait, deadline or
/// renewal is ever made of it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct UnixTime(u64);

impl UnixTime {
    /// The time so many milliseconds after the beginning of 1970.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// The time so many seconds after the beginning of 1970; the last time there is, if that is later.
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// Milliseconds since the beginning of 1970.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Whole seconds since the beginning of 1970.
    pub const fn as_secs(self) -> u64 {
        self.0 / 1000
    }

    /// That much later, to the millisecond, the last time there is at the latest.
    #[must_use]
    pub const fn saturating_add(self, by: Duration) -> Self {
        Self(self.0.saturating_add(capped(by.as_millis())))
    }

    /// The time from `earlier` to here; none if `earlier` is later.
    pub const fn saturating_duration_since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn added_time_is_rounded_up_and_passed_time_down() {
        let nanosecond = Duration::from_nanos(1);
        assert_eq!((Instant::ORIGIN + nanosecond).as_micros(), 1);
        assert_eq!(Instant::after_origin(nanosecond), Instant::ORIGIN);
        let second = Instant::from_micros(1_000_000);
        assert_eq!((second - nanosecond).as_micros(), 999_999);
    }

    #[test]
    fn nothing_lies_beyond_the_ends_of_time() {
        assert_eq!(Instant::END + Duration::MAX, Instant::END);
        assert_eq!(Instant::ORIGIN - Duration::MAX, Instant::ORIGIN);
        assert_eq!(Instant::ORIGIN.checked_sub(Duration::from_secs(1)), None);
        assert_eq!(Instant::after_origin(Duration::MAX), Instant::END);
        assert_eq!(
            UnixTime::from_secs(u64::MAX).saturating_add(Duration::MAX),
            UnixTime::from_millis(u64::MAX)
        );
    }

    proptest! {
        #[test]
        fn later_and_back_is_where_one_was(at in 0..u64::MAX / 2, by in 1..u64::MAX / 2) {
            let (at, by) = (Instant::from_micros(at), Duration::from_micros(by));
            let later = at.checked_add(by).expect("half the time is left");
            prop_assert!(later > at);
            prop_assert_eq!(later - at, by);
            prop_assert_eq!(later - by, at);
            prop_assert_eq!(Instant::after_origin(later.since_origin()), later);
        }
    }
}
