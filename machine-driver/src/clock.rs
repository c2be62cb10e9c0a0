//! The clock beside the kit: time that counts sleep where the platform can tell it, and a watch for
//! sleep where it cannot.

use std::time::Duration;

use machine_contract::{Instant, UnixTime};

/// What a driver reads the time from. Tests turn one of their own.
///
/// A clock never goes back, and one process has one origin.
pub trait Clock {
    /// The time now.
    fn now(&self) -> Instant;

    /// The time of day, if [`now`](Self::now) does not count the time that the host is asleep: only to
    /// notice that it was, by a [`SleepWatch`]. `None` if it does.
    fn wall(&self) -> Option<UnixTime> {
        None
    }
}

/// A clock that several may read, from any thread.
pub type SharedClock = std::sync::Arc<dyn Clock + Send + Sync>;

impl<C: Clock + ?Sized> Clock for std::sync::Arc<C> {
    fn now(&self) -> Instant {
        (**self).now()
    }

    fn wall(&self) -> Option<UnixTime> {
        (**self).wall()
    }
}

/// The platform's clock: `CLOCK_BOOTTIME` on Linux and Android, `CLOCK_MONOTONIC` of Apple's systems,
/// both of which go on while the host is asleep; elsewhere std's clock, which does so on Windows.
///
/// Not there on `wasm32-unknown-unknown`, where every clock of std's traps: the page has one.
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "there is nothing in it")]
pub struct SystemClock;

#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
impl Clock for SystemClock {
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    fn now(&self) -> Instant {
        use rustix::time::{ClockId, clock_gettime};
        #[cfg(target_vendor = "apple")]
        const ID: ClockId = ClockId::Monotonic;
        #[cfg(not(target_vendor = "apple"))]
        const ID: ClockId = ClockId::Boottime;
        let time = clock_gettime(ID);
        // Neither is ever negative: both clocks count from the start of the system.
        let secs = u64::try_from(time.tv_sec).unwrap_or(0);
        let nanos = u32::try_from(time.tv_nsec).unwrap_or(0);
        Instant::after_origin(Duration::new(secs, nanos))
    }

    #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
    fn now(&self) -> Instant {
        static ORIGIN: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
        Instant::after_origin(ORIGIN.get_or_init(std::time::Instant::now).elapsed())
    }

    #[cfg(not(any(
        target_os = "linux",
        target_os = "android",
        target_vendor = "apple",
        windows
    )))]
    fn wall(&self) -> Option<UnixTime> {
        Some(wall_time())
    }
}

/// The time of day as the system tells it. Where `SystemClock` is not there, this is not either.
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
pub fn wall_time() -> UnixTime {
    use std::time::{SystemTime, UNIX_EPOCH};
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    UnixTime::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// A driver waits no longer than this without looking at its clock: the timers of the platform may
/// stand still while the host is asleep, and then ring too late by as much.
pub const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Notices that the host was asleep although its clock did not count it: the wall clock ran ahead.
///
/// A wall clock that was set forward looks the same. That is why nothing follows from it but that
/// connections are tried anew ([`handle_suspended`](machine_contract::Machine::handle_suspended)).
#[derive(Copy, Clone, Debug, Default)]
pub struct SleepWatch {
    last: Option<(Instant, UnixTime)>,
}

impl SleepWatch {
    /// How far the wall clock must run ahead between two looks: more than any poll waits for its answer,
    /// so that a connection which was asleep for less is given up by its own deadline soon enough.
    pub const TOLERANCE: Duration = Duration::from_secs(75);

    /// Looks at both clocks. True: the host was asleep since the last look, or so it seems.
    pub fn look(&mut self, clock: &impl Clock) -> bool {
        let Some(wall) = clock.wall() else {
            return false;
        };
        let now = clock.now();
        let Some((then, then_wall)) = self.last.replace((now, wall)) else {
            return false;
        };
        let passed = wall.saturating_duration_since(then_wall);
        passed > now.saturating_duration_since(then) + Self::TOLERANCE
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    struct Turned {
        now: Cell<u64>,
        wall: Cell<u64>,
    }

    impl Clock for Turned {
        fn now(&self) -> Instant {
            Instant::from_micros(self.now.get() * 1_000_000)
        }

        fn wall(&self) -> Option<UnixTime> {
            Some(UnixTime::from_secs(self.wall.get()))
        }
    }

    #[test]
    fn only_a_wall_clock_that_ran_ahead_by_more_than_a_poll_tells_of_sleep() {
        let clock = Turned {
            now: 5.into(),
            wall: 1_000.into(),
        };
        let mut watch = SleepWatch::default();
        let mut passes = |now: u64, wall: u64| {
            clock.now.set(clock.now.get() + now);
            clock.wall.set(wall);
            watch.look(&clock)
        };
        assert!(!passes(0, 1_000), "the first look");
        assert!(!passes(10, 1_010), "both go on");
        assert!(!passes(10, 1_095), "ahead by 75 s");
        assert!(!passes(10, 900), "set back");
        assert!(passes(10, 900 + 10 + 76), "ahead by 76 s");
        assert!(!passes(10, 996), "once is enough");
    }

    #[test]
    fn the_system_s_clock_goes_on() {
        let first = SystemClock.now();
        std::thread::sleep(Duration::from_millis(2));
        assert!(SystemClock.now() >= first + Duration::from_millis(2));
    }
}
