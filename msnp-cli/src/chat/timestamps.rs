//! `Timestamps`: when something happens.

use std::time::Duration;

use machine_contract::{Instant, UnixTime};

/// One moment by both clocks: for measuring and for showing.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Timestamps {
    at: Instant,
    wall: UnixTime,
}

impl Timestamps {
    /// What both clocks say.
    pub(super) const fn new(at: Instant, wall: UnixTime) -> Self {
        Self { at, wall }
    }

    /// By the clock that waits are measured with.
    pub(super) const fn at(self) -> Instant {
        self.at
    }

    /// By the clock that people read.
    pub(super) const fn wall(self) -> UnixTime {
        self.wall
    }

    /// Some time after this.
    pub(super) fn after(self, time: Duration) -> Self {
        Self {
            at: self.at + time,
            wall: self.wall.saturating_add(time),
        }
    }
}
