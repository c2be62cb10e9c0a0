//! `Clock`: the two kinds of time, turned by whoever runs the simulation.

use std::time::Duration;

use machine_contract::{Instant, UnixTime};

/// What time it is, by both clocks.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Time {
    /// What deadlines are made of. It counts the time that a machine sleeps.
    pub monotonic: Instant,
    /// What people read.
    pub wall: UnixTime,
}

/// A clock that stands still until it is turned.
#[derive(Clone, Debug)]
pub struct Clock {
    monotonic: Instant,
    /// The wall clock was set to this, …
    wall: UnixTime,
    /// … at this moment.
    set: Instant,
}

impl Clock {
    /// A clock at its origin, which is this time of day.
    pub const fn new(wall: UnixTime) -> Self {
        Self {
            monotonic: Instant::ORIGIN,
            wall,
            set: Instant::ORIGIN,
        }
    }

    /// The moment.
    pub const fn now(&self) -> Instant {
        self.monotonic
    }

    /// The moment by both clocks.
    pub const fn time(&self) -> Time {
        let since: Duration = self.monotonic.saturating_duration_since(self.set);
        Time {
            monotonic: self.monotonic,
            wall: self.wall.saturating_add(since),
        }
    }

    /// Turns it to `at`; never back.
    pub fn turn(&mut self, at: Instant) {
        self.monotonic = self.monotonic.max(at);
    }

    /// Somebody sets the wall clock, forward or back. No deadline moves.
    pub const fn set_wall(&mut self, wall: UnixTime) {
        self.wall = wall;
        self.set = self.monotonic;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wall_clock_goes_on_from_where_it_was_set() {
        let mut clock = Clock::new(UnixTime::from_secs(1000));
        clock.turn(Instant::ORIGIN + Duration::from_secs(5));
        assert_eq!(clock.time().wall, UnixTime::from_secs(1005));
        clock.set_wall(UnixTime::from_secs(10));
        clock.turn(Instant::ORIGIN);
        clock.turn(Instant::ORIGIN + Duration::from_secs(6));
        assert_eq!(clock.time().wall, UnixTime::from_secs(11));
        assert_eq!(clock.now(), Instant::ORIGIN + Duration::from_secs(6));
    }
}
