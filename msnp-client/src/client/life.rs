//! From signed out to signed in and back: what follows what.

use std::time::Duration;

use http::Uri;
use machine_contract::{Instant, Machine};
use msnp_proto::msnp24::Transfer;

use super::{Client, Phase, Source, Then};
use crate::address::contact_at;
use crate::connection::{Connection, Told};
use crate::event::{Event, Reason};
use crate::job::Task;
use crate::sign_in::{Admission, Progress};

/// What a redirect may ask to wait for.
const LONGEST_REDIRECT_WAIT: Duration = Duration::from_secs(60);

impl Client {
    /// Signs in, and stays so until [`sign_out`](Self::sign_out). Does nothing unless it is signed
    /// out: before the first sign-in, and after [`Event::SignedOut`].
    pub fn sign_in(&mut self, now: Instant) {
        if matches!(self.phase, Phase::SignedOut) {
            self.attempts = 0;
            self.begin_admission();
            self.settle(now);
        }
    }

    /// Signs out: says good-bye, hears what is still on its way for a little while, and ends with
    /// [`Event::SignedOut`]. What was not sent yet is told as failed.
    pub fn sign_out(&mut self, now: Instant) {
        match &mut self.phase {
            Phase::SignedOut => return,
            Phase::Connected(connection) => {
                connection.leave(now);
                self.fail_waiting(Reason::Requested);
            }
            Phase::Admission(_) | Phase::Pausing { .. } => self.over(Reason::Requested),
        }
        self.settle(now);
    }

    /// Lets the machines inside talk to each other until none has anything to say.
    pub(super) fn settle(&mut self, now: Instant) {
        loop {
            let has_room = self.has_room();
            let progressed = match &mut self.phase {
                Phase::Admission(admission) => match admission.poll_event() {
                    Some(progress) => {
                        self.admitted(progress, now);
                        true
                    }
                    None => false,
                },
                Phase::Connected(connection) => match connection.poll_told() {
                    Some(told) => {
                        self.told(told, now);
                        true
                    }
                    None => connection.read_on(has_room, now) || self.send_waiting(),
                },
                Phase::SignedOut | Phase::Pausing { .. } => false,
            };
            if !progressed && !self.settle_renewal(now) {
                return;
            }
        }
    }

    fn begin_admission(&mut self) {
        self.pass = None;
        self.proven = false;
        self.redirects = 0;
        self.phase = Phase::Admission(Box::new(Admission::new(&self.config)));
    }

    fn admitted(&mut self, progress: Progress, now: Instant) {
        match progress {
            Progress::Step(step) => self.events.push_back(Event::SignInProgress(step)),
            Progress::Ready(pass) => {
                self.pass = Some(pass);
                let gateway = self.config.service.gateway.clone();
                self.connect(&gateway, None, now);
            }
            Progress::Failed(reason) => self.lost(reason, now),
        }
    }

    fn connect(&mut self, target: &Uri, state: Option<String>, now: Instant) {
        self.mux.remove(Source::Admission);
        self.mux.remove(Source::Connection);
        let Some(pass) = &self.pass else {
            return self.begin_admission();
        };
        let profile = self.profile.clone();
        match Connection::open(&self.config, pass, profile, self.epid, target, state) {
            Ok(connection) => self.phase = Phase::Connected(Box::new(connection)),
            Err(reason) => self.lost(reason, now),
        }
    }

    fn told(&mut self, told: Told, now: Instant) {
        match told {
            Told::Step(step) => self.events.push_back(Event::SignInProgress(step)),
            Told::Ready(me) => {
                self.proven = true;
                self.redirects = 0;
                self.ready_since = Some(now);
                self.renew_at = now.checked_add(self.config.timings.renewal);
                if let Some(account) = contact_at(&me) {
                    self.account = Some(account.clone());
                    self.events.push_back(Event::SignedIn(account));
                }
            }
            Told::Command(command) => self.incoming(*command),
            Told::Answered(job, answer) => self.answered(job, answer),
            Told::Unsent(job) => match job.task {
                // Yesterday's typing interests nobody.
                Task::Typing { .. } => {}
                _ => self.waiting.put(job),
            },
            Told::Uncertain(job, reason) => self.uncertain(job, reason),
            Told::Renewed(outcome) => self.renewed(outcome, now),
            Told::Frame(side, frame) => self.events.push_back(Event::Frame { side, frame }),
            Told::Redirected(transfer) => self.redirected(&transfer, now),
            Told::Ended(reason) => self.lost(reason, now),
        }
    }

    fn redirected(&mut self, transfer: &Transfer, now: Instant) {
        self.disconnect();
        self.redirects += 1;
        let scheme = self.config.service.gateway.scheme_str().unwrap_or("https");
        let path = self.config.service.gateway.path();
        let target = format!("{scheme}://{}{path}", transfer.target.trim());
        match target.parse() {
            Ok(target) if self.redirects <= self.config.limits.redirects => {
                let wait = transfer.wait.unwrap_or_default().min(LONGEST_REDIRECT_WAIT);
                let state = transfer.state.clone();
                if wait.is_zero() {
                    self.connect(&target, state, now);
                } else {
                    self.phase = Phase::Pausing {
                        until: now + wait,
                        then: Then::Follow { target, state },
                    };
                }
            }
            _ => self.lost(Reason::RedirectRefused, now),
        }
    }

    pub(super) fn end_pause(&mut self, now: Instant) {
        match std::mem::replace(&mut self.phase, Phase::SignedOut) {
            Phase::Pausing {
                then: Then::Follow { target, state },
                ..
            } => self.connect(&target, state, now),
            _ => self.begin_admission(),
        }
    }

    /// The connection, or the attempt to make one, has ended.
    fn lost(&mut self, reason: Reason, now: Instant) {
        self.disconnect();
        self.renew_at = None;
        let lasted = self.ready_since.take();
        let lasted = lasted.map(|since| now.saturating_duration_since(since));
        if lasted.is_some_and(|time| time >= self.config.timings.longest_backoff) {
            self.attempts = 0;
        }
        if self.is_final(reason) || self.attempts >= self.config.reconnect_attempts {
            return self.over(reason);
        }
        if !self.config.resend_unsent {
            self.fail_waiting(Reason::ConnectionLost);
        }
        self.attempts += 1;
        let wait = self.backoff(reason);
        self.events.push_back(Event::Reconnecting {
            attempt: self.attempts,
            wait,
            reason,
        });
        self.phase = Phase::Pausing {
            until: now + wait,
            then: Then::SignIn,
        };
    }

    /// Whether signing in again would be of no use.
    const fn is_final(&self, reason: Reason) -> bool {
        match reason {
            Reason::Requested
            | Reason::NeedsBrowser
            | Reason::Elsewhere
            | Reason::RedirectRefused
            | Reason::TooLarge
            | Reason::NotAllowed => true,
            // Nothing better can be shown next time.
            Reason::WrongCredentials if !self.config.can_renew_cookies() => true,
            // A pass that was good once has run out; a fresh one that is refused is wrong.
            Reason::WrongCredentials | Reason::AuthenticationExpired => !self.proven,
            _ => false,
        }
    }

    /// Doubles with each attempt; spread, so that a thousand clients do not come back at once.
    fn backoff(&mut self, reason: Reason) -> Duration {
        let timings = &self.config.timings;
        let doublings = self.attempts.saturating_sub(1).min(16);
        let wait = match reason {
            Reason::RateLimited => timings.longest_backoff,
            _ => timings.backoff.saturating_mul(1 << doublings),
        };
        let wait = wait.min(timings.longest_backoff);
        let share = u32::try_from(self.prng.number() % 512).unwrap_or(0);
        wait / 2 + wait / 1024 * share
    }

    /// Forgets the connection and how people are.
    fn disconnect(&mut self) {
        self.phase = Phase::SignedOut;
        self.renewal = None;
        for source in [Source::Admission, Source::Connection, Source::Renewal] {
            self.mux.remove(source);
        }
        for (contact, presence) in self.people.forget() {
            if self.account.as_ref() != Some(&contact) {
                self.events
                    .push_back(Event::PresenceChanged { contact, presence });
            }
        }
    }

    fn over(&mut self, reason: Reason) {
        self.disconnect();
        self.pass = None;
        self.renew_at = None;
        self.ready_since = None;
        self.fail_waiting(reason);
        self.events.push_back(Event::SignedOut(reason));
    }

    pub(super) fn begin_renewal_if_due(&mut self, now: Instant) {
        if self.renew_at.is_some_and(|at| at <= now) {
            self.renew_at = None;
            if self.is_signed_in() {
                self.mux.remove(Source::Renewal);
                self.renewal = Some(Box::new(Admission::new(&self.config)));
            }
        }
    }

    fn settle_renewal(&mut self, now: Instant) -> bool {
        let Some(progress) = self.renewal.as_mut().and_then(|r| r.poll_event()) else {
            return false;
        };
        match progress {
            Progress::Step(_) => {}
            Progress::Ready(pass) => {
                self.end_renewal();
                if let Phase::Connected(connection) = &mut self.phase {
                    connection.renew(&pass);
                    self.pass = Some(pass);
                }
            }
            Progress::Failed(_) => {
                self.end_renewal();
                self.renew_again(now);
            }
        }
        true
    }

    fn end_renewal(&mut self) {
        self.renewal = None;
        self.mux.remove(Source::Renewal);
    }

    fn renewed(&mut self, outcome: Result<(), Reason>, now: Instant) {
        match outcome {
            Ok(()) => self.renew_at = now.checked_add(self.config.timings.renewal),
            Err(reason @ (Reason::WrongCredentials | Reason::AuthenticationExpired)) => {
                if let Phase::Connected(connection) = &mut self.phase {
                    connection.end(reason);
                }
            }
            Err(_) => self.renew_again(now),
        }
    }

    /// The old authentication still holds: there is an hour's time to renew it.
    fn renew_again(&mut self, now: Instant) {
        self.renew_at = now.checked_add(self.config.timings.longest_backoff);
    }
}
