//! The session at the service, and when to call: on the beat, or after a rest.

use std::time::Duration;

use machine_contract::Instant;
use soap_codec::bsim::Session;

use super::config::Timings;

/// Where the client stands with the service.
pub(super) struct ServiceSession {
    state: State,
    timings: Timings,
    /// Failures in a row that are borne.
    attempts: u32,
    /// The service account was accepted since signing in began.
    is_proven: bool,
    /// Nothing is called before this.
    rest_until: Option<Instant>,
    /// In a row, without a good fetch between them.
    failures: u32,
    /// The application waits for a fetch.
    is_fetch_asked: bool,
}

enum State {
    /// Signed out.
    Off,
    /// Without a session, on the way to one.
    Outside,
    Inside {
        session: Session,
        fetch_at: Instant,
        /// The last good answer in this session.
        heard: Instant,
    },
}

impl ServiceSession {
    pub(super) const fn new(timings: Timings, attempts: u32) -> Self {
        Self {
            state: State::Off,
            timings,
            attempts,
            is_proven: false,
            rest_until: None,
            is_fetch_asked: false,
            failures: 0,
        }
    }

    pub(super) const fn is_off(&self) -> bool {
        matches!(self.state, State::Off)
    }

    pub(super) const fn is_inside(&self) -> bool {
        matches!(self.state, State::Inside { .. })
    }

    /// Whether the service account was accepted since signing in began.
    pub(super) const fn is_proven(&self) -> bool {
        self.is_proven
    }

    pub(super) const fn session(&self) -> Option<&Session> {
        match &self.state {
            State::Inside { session, .. } => Some(session),
            State::Off | State::Outside => None,
        }
    }

    /// When the next fetch is due; `None` without a session.
    pub(super) const fn fetch_at(&self) -> Option<Instant> {
        match self.state {
            State::Inside { fetch_at, .. } => Some(fetch_at),
            State::Off | State::Outside => None,
        }
    }

    /// When something is to be called. `is_paused`: a fetch that is due waits for the application to take
    /// events, `has_room`: and it has.
    pub(super) fn next_call(&self, is_paused: bool, has_room: bool) -> Option<Instant> {
        match &self.state {
            State::Off => None,
            State::Outside => self.rest_until,
            // Taking events is an input that nobody tells: this has the driver tell it.
            State::Inside { .. } if is_paused && has_room => Some(Instant::ORIGIN),
            State::Inside { .. } if is_paused => self.rest_until,
            State::Inside { fetch_at, .. } => self.rest_until.max(Some(*fetch_at)),
        }
    }

    /// In a row, without a good fetch between them.
    pub(super) const fn failures(&self) -> u32 {
        self.failures
    }

    /// A session is wanted.
    pub(super) fn begin(&mut self) {
        self.state = State::Outside;
    }

    /// The service has given a session, in which a fetch is due at once.
    pub(super) fn enter(&mut self, session: Session, now: Instant) {
        self.is_proven = true;
        self.state = State::Inside {
            session,
            fetch_at: now,
            heard: now,
        };
    }

    /// The session is gone; another one is wanted.
    pub(super) fn lose(&mut self) {
        self.state = State::Outside;
    }

    /// Nothing is wanted any more.
    pub(super) fn end(&mut self) {
        *self = Self::new(self.timings, self.attempts);
    }

    pub(super) const fn fetch(&mut self, at: Instant) {
        if let State::Inside { fetch_at, .. } = &mut self.state {
            *fetch_at = at;
        }
    }

    /// The application wants a fetch at once, and waits for it.
    pub(super) fn ask_fetch(&mut self, now: Instant) {
        self.is_fetch_asked = !self.is_off();
        self.fetch(now);
    }

    /// Whether it still does.
    pub(super) const fn is_fetch_asked(&self) -> bool {
        self.is_fetch_asked
    }

    /// The next fetch comes with the next beat, which is quicker while an IM account is being signed in.
    pub(super) fn fetch_soon(&mut self, is_signing_in: bool, now: Instant) {
        let pace = if is_signing_in {
            self.timings.pace.min(self.timings.sign_in_pace)
        } else {
            self.timings.pace
        };
        self.fetch(now + pace);
    }

    /// A call was answered well.
    pub(super) const fn heard(&mut self, now: Instant) {
        if let State::Inside { heard, .. } = &mut self.state {
            *heard = now;
        }
    }

    /// A fetch was.
    pub(super) const fn fetched(&mut self) {
        self.failures = 0;
        self.is_fetch_asked = false;
    }

    /// Whether nothing was heard for as long as the service keeps a session.
    pub(super) fn is_silent(&self, now: Instant) -> bool {
        let silent = match &self.state {
            State::Inside { heard, .. } => now.saturating_duration_since(*heard),
            State::Off | State::Outside => Duration::ZERO,
        };
        silent >= self.timings.session
    }

    /// Whether something may be called, or the rest goes on.
    pub(super) fn is_rested(&mut self, now: Instant) -> bool {
        self.rest_until = self.rest_until.filter(|until| *until > now);
        self.rest_until.is_none()
    }

    /// Rests as long as `steps` failures ask for, until when it says; `None` if there were too many.
    pub(super) fn rest(&mut self, steps: u32, now: Instant) -> Option<Instant> {
        self.failures = self.failures.saturating_add(1);
        if self.failures > self.attempts {
            return None;
        }
        let at = match steps {
            0 => now,
            _ => now + self.timings.pause(steps),
        };
        self.rest_until = Some(at);
        Some(at)
    }
}

/// Whoever has no id cannot come back with it.
pub(super) fn is_usable(session: &Session) -> bool {
    let id = session.session_id.as_ref();
    id.is_some_and(|id| !id.expose().is_empty())
}
