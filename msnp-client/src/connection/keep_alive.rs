//! Keep-alive: `PNG` when it is due, once more when its reply was lost (msnp24.md 6.11).

use std::time::Duration;

use machine_contract::Instant;
use msnp_proto::msnp24::{ClientBody, Ping};

use super::pending::{Pending, Purpose};
use super::{Connection, Stage};

/// The shortest and the longest time between two keep-alives that the service may ask for.
const KEEP_ALIVE: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(600));

impl Connection {
    /// A keep-alive whose reply may be lost is followed by another one at once.
    pub(super) fn ping_again(&mut self, now: Instant) {
        let pinging = |pending: &Pending| matches!(pending.purpose, Purpose::Ping);
        let asleep = self.keep_alive_at.is_none() && !self.pending.values().any(pinging);
        if asleep && self.stage == Stage::Ready {
            self.ping(now);
        }
    }

    pub(super) fn ping(&mut self, now: Instant) {
        let body = ClientBody::Ping(Ping {
            last_message_id: self.last_message,
        });
        self.keep_alive_at = None;
        if self.post(vec![(body, Purpose::Ping)]).is_err() {
            // What fills the queue keeps the connection alive just as well.
            self.keep_alive_at = Some(now + self.keep_alive);
        }
    }

    /// The reply to a keep-alive may be among what was lost: its absence proves nothing.
    pub(super) fn forget_ping(&mut self) {
        self.pending
            .retain(|_, pending| !matches!(pending.purpose, Purpose::Ping));
    }

    /// The service lives; the next keep-alive is due after `wait`.
    pub(super) fn heartbeat(&mut self, wait: Option<Duration>, now: Instant) {
        if let Some(wait) = wait {
            self.keep_alive = wait.clamp(KEEP_ALIVE.0, KEEP_ALIVE.1);
        }
        if self.stage == Stage::Ready {
            self.keep_alive_at = Some(now + self.keep_alive);
        }
    }
}
