//! `Tally`: what the engine counts for whoever looks how it is. Nothing in it is anybody's.

use std::time::Duration;

use gateway_sm::EndReason;
use machine_contract::Instant;
use msnp_server::Log;

/// The bounds of how long commits took, in seconds.
pub(crate) const COMMIT_SECONDS: [f64; 8] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 10.0];

/// What has happened since the start.
#[derive(Debug, Default)]
pub(super) struct Tally(Counts);

/// How often.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) sign_ins: u64,
    pub(crate) sign_outs: u64,
    pub(crate) announcements: u64,
    pub(crate) streams_refused: u64,
    pub(crate) strangers_displaced: u64,
    /// Clients that asked for a server which they were not sent to; and those whose server was not reached. Of a gateway in front
    /// of another server only.
    pub(crate) destinations_refused: u64,
    pub(crate) unreached: u64,
    pub(crate) not_keeping_up: u64,
    pub(crate) commits: u64,
    pub(crate) commits_failed: u64,
    pub(crate) commit_time: Duration,
    /// How many took at most so long as [`COMMIT_SECONDS`] says.
    pub(crate) commits_within: [u64; COMMIT_SECONDS.len()],
    /// Password checks that have no verdict yet.
    pub(crate) password_checks: u64,
}

/// How the engine is at a moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Snapshot {
    pub(crate) counts: Counts,
    /// The store keeps nothing just now.
    pub(crate) is_degraded: bool,
    pub(crate) gateway_sessions: usize,
    /// Bytes that wait for their clients.
    pub(crate) gateway_bytes: usize,
    pub(crate) streams: usize,
    pub(crate) connections: usize,
    pub(crate) soap_clients: usize,
    pub(crate) people: usize,
    /// HTTP requests that have no reply yet: held polls, as a rule.
    pub(crate) waiting_requests: usize,
    pub(crate) stream_bytes: usize,
}

impl Tally {
    pub(super) const fn counts(&self) -> Counts {
        self.0
    }

    pub(super) fn see(&mut self, line: &Log) {
        let counts = &mut self.0;
        match line {
            Log::SignedIn { .. } => counts.sign_ins += 1,
            Log::Announced { .. } => counts.announcements += 1,
            Log::StreamRefused { .. } => counts.streams_refused += 1,
            Log::NotKeepingUp { .. } => counts.not_keeping_up += 1,
            Log::StreamDisplaced { .. }
            | Log::Closed {
                reason: EndReason::Displaced,
                ..
            } => counts.strangers_displaced += 1,
            _ => {}
        }
    }

    pub(super) const fn signed_out(&mut self) {
        self.0.sign_outs += 1;
    }

    pub(super) const fn check_begun(&mut self) {
        self.0.password_checks += 1;
    }

    pub(super) const fn check_ended(&mut self) {
        self.0.password_checks = self.0.password_checks.saturating_sub(1);
    }

    /// A batch that was given to the store then was decided now.
    pub(super) fn committed(&mut self, since: Instant, now: Instant, kept: bool) {
        let (counts, took) = (&mut self.0, now.saturating_duration_since(since));
        counts.commits += 1;
        counts.commits_failed += u64::from(!kept);
        counts.commit_time = counts.commit_time.saturating_add(took);
        for (within, bound) in counts.commits_within.iter_mut().zip(COMMIT_SECONDS) {
            *within += u64::from(took.as_secs_f64() <= bound);
        }
    }
}
