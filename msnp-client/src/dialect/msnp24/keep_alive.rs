//! Keep-alive: `PNG` when it is due, once more when its reply was lost (msnp24.md 6.11).

use std::time::Duration;

use machine_contract::Instant;
use msnp_proto::msnp24::{ClientBody, Ping};

use super::calls::{Calls, Purpose};
use super::stage::Stage;

/// The shortest and the longest time between two keep-alives that the service may ask for.
const BOUNDS: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(600));

/// When to show that one lives.
#[derive(Debug)]
pub(super) struct KeepAlive {
    every: Duration,
    due: Option<Instant>,
    /// The newest `Message-ID`, which the keep-alive tells.
    last_message: Option<u64>,
}

impl KeepAlive {
    pub(super) const fn new(every: Duration) -> Self {
        Self {
            every,
            due: None,
            last_message: None,
        }
    }

    pub(super) const fn due(&self) -> Option<Instant> {
        self.due
    }

    /// The connection is ready: the next keep-alive is due in due time.
    pub(super) fn start(&mut self, now: Instant) {
        self.due = Some(now + self.every);
    }

    /// No keep-alive any more.
    pub(super) const fn stop(&mut self) {
        self.due = None;
    }

    /// A message with this id has arrived.
    pub(super) fn received(&mut self, message_id: Option<u64>) {
        self.last_message = self.last_message.max(message_id);
    }

    pub(super) fn handle_timeout(&mut self, calls: &mut Calls, now: Instant) {
        if self.due.is_some_and(|at| at <= now) && calls.stage() == Stage::Ready {
            self.ping(calls, now);
        }
    }

    /// A keep-alive whose reply may be lost is followed by another one at once.
    pub(super) fn ping_again(&mut self, calls: &mut Calls, now: Instant) {
        let is_ping = |purpose: &Purpose| matches!(purpose, Purpose::Ping);
        if self.due.is_none() && calls.stage() == Stage::Ready && !calls.waits_for(is_ping) {
            self.ping(calls, now);
        }
    }

    fn ping(&mut self, calls: &mut Calls, now: Instant) {
        let body = ClientBody::Ping(Ping {
            last_message_id: self.last_message,
        });
        self.due = None;
        if calls.post(vec![(body, Purpose::Ping)]).is_err() {
            // What fills the queue keeps the connection alive just as well.
            self.start(now);
        }
    }

    /// The service lives; the next keep-alive is due after `wait`.
    pub(super) fn heartbeat(&mut self, wait: Option<Duration>, calls: &Calls, now: Instant) {
        if let Some(wait) = wait {
            self.every = wait.clamp(BOUNDS.0, BOUNDS.1);
        }
        if calls.stage() == Stage::Ready {
            self.start(now);
        }
    }
}
