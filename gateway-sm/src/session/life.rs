//! `Life`: how far a session has come, and whether the application is leaving it.

use super::event::CloseReason;
use super::inbox::Room;
use super::slots::Kind;
use crate::state::{Flow, Phase};

/// From the open to the end.
pub(super) struct Life {
    phase: Phase,
    /// The application has said its last words: no polls any more, and any failure is the end.
    leaving: bool,
}

impl Life {
    pub(super) const FRESH: Self = Self {
        phase: Phase::Fresh,
        leaving: false,
    };

    pub(super) const fn phase(&self) -> Phase {
        self.phase
    }

    pub(super) const fn is_leaving(&self) -> bool {
        self.leaving
    }

    /// Whether the application may still say something.
    pub(super) fn takes_sends(&self) -> bool {
        !self.leaving && self.phase != Phase::Closed
    }

    /// What a post with something from the queue would be. `None`: nothing is posted before a session id is known
    /// (gateway.md 15 "libpurple"), nor behind the end.
    pub(super) const fn next_post(&self) -> Option<Kind> {
        match self.phase {
            Phase::Fresh => Some(Kind::Open),
            Phase::Live => Some(Kind::Commands),
            Phase::Opening | Phase::Closed => None,
        }
    }

    /// A post leaves.
    pub(super) fn posting(&mut self) {
        if self.phase == Phase::Fresh {
            self.phase = Phase::Opening;
        }
    }

    /// The gateway has made the session.
    pub(super) const fn opened(&mut self) {
        self.phase = Phase::Live;
    }

    /// The application says its last words.
    pub(super) const fn leave(&mut self) {
        self.leaving = true;
    }

    /// The session ends, if it has not yet: why, as the application is told.
    pub(super) fn end(&mut self, reason: CloseReason) -> Option<CloseReason> {
        if self.phase == Phase::Closed {
            return None;
        }
        self.phase = Phase::Closed;
        // Whatever ended it, the application was about to.
        Some(if self.leaving {
            CloseReason::Local
        } else {
            reason
        })
    }

    /// The room that a post needs.
    pub(super) const fn room_for_post(&self) -> Room {
        if self.leaving {
            Room::Goodbye
        } else {
            Room::Posts
        }
    }

    /// The room that a poll needs. A probe is made for the sake of the posts behind it, and waits when they do.
    pub(super) const fn room_for_poll(&self, flow: Flow) -> Room {
        match flow {
            Flow::Probing => self.room_for_post(),
            Flow::Serial | Flow::Parallel => Room::Polls,
        }
    }
}
