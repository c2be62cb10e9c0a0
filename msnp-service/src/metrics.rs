//! What is counted outside the engine, and all of it as text for the tools that gather such figures (the Prometheus text
//! format). Nothing in it is anybody's: no account, no address, no word.

use std::fmt::{self, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};

use http::StatusCode;

use crate::engine::{COMMIT_SECONDS, Counts, Snapshot};

/// Statuses that HTTP has (RFC 9110, 15).
const STATUSES: std::ops::Range<u16> = 100..600;

/// Counters that every door writes into.
#[derive(Debug)]
pub(crate) struct Metrics {
    connections_refused: AtomicU64,
    /// Replies by their status.
    replies: Vec<AtomicU64>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            connections_refused: AtomicU64::new(0),
            replies: STATUSES.map(|_| AtomicU64::new(0)).collect(),
        }
    }
}

impl Metrics {
    /// A connection was dropped at once: its peer has its share.
    pub(crate) fn connection_refused(&self) {
        self.connections_refused.fetch_add(1, Ordering::Relaxed);
    }

    /// A request was answered.
    pub(crate) fn replied(&self, status: StatusCode) {
        let at = usize::from(status.as_u16().saturating_sub(STATUSES.start));
        if let Some(count) = self.replies.get(at) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// All of it as text, with how the engine is.
    pub(crate) fn text(&self, now: &Snapshot) -> String {
        let mut text = Text(String::new());
        // Writing into a string does not fail.
        let _ = self.write(&mut text, now);
        text.0
    }

    fn write(&self, text: &mut Text, now: &Snapshot) -> fmt::Result {
        text.figures(
            "msnp_sessions",
            "gauge",
            "Open sessions by what they come by",
            "kind",
            [
                ("gateway", now.gateway_sessions as u64),
                ("stream", now.streams as u64),
                ("soap", now.soap_clients as u64),
            ],
        )?;
        // A table of all that has one value, so that what is told is read in one place.
        let tally = &now.counts;
        for (name, kind, help, value) in [
            (
                "msnp_ready",
                "gauge",
                "Whether the store keeps what it is given",
                u64::from(!now.is_degraded),
            ),
            (
                "msnp_connections",
                "gauge",
                "Connections of MSNP, whatever they come by",
                now.connections as u64,
            ),
            (
                "msnp_people",
                "gauge",
                "People who are signed in",
                now.people as u64,
            ),
            (
                "msnp_requests_waiting",
                "gauge",
                "HTTP requests without a reply yet, held polls as a rule",
                now.waiting_requests as u64,
            ),
            (
                "msnp_gateway_queued_bytes",
                "gauge",
                "Bytes that wait for clients of the gateway",
                now.gateway_bytes as u64,
            ),
            (
                "msnp_stream_queued_bytes",
                "gauge",
                "Bytes that wait for clients of streams",
                now.stream_bytes as u64,
            ),
            (
                "msnp_password_checks_waiting",
                "gauge",
                "Password checks without a verdict yet",
                tally.password_checks,
            ),
            (
                "msnp_sign_ins_total",
                "counter",
                "Connections that have signed in",
                tally.sign_ins,
            ),
            (
                "msnp_sign_outs_total",
                "counter",
                "Connections that have signed out or ended",
                tally.sign_outs,
            ),
            (
                "msnp_announcements_total",
                "counter",
                "What the operator had said to everybody who was signed in",
                tally.announcements,
            ),
            (
                "msnp_upstream_unreached_total",
                "counter",
                "Sessions whose server was not reached",
                tally.unreached,
            ),
            (
                "msnp_commits_failed_total",
                "counter",
                "Batches that were not kept",
                tally.commits_failed,
            ),
        ] {
            text.head(name, kind, help)?;
            writeln!(text.0, "{name} {value}")?;
        }
        self.refusals(text, tally)?;
        text.commits(tally)
    }

    /// What was refused, and how requests were answered.
    fn refusals(&self, text: &mut Text, tally: &Counts) -> fmt::Result {
        text.figures(
            "msnp_refused_total",
            "counter",
            "What was refused by a limit",
            "what",
            [
                (
                    "connection_of_peer",
                    self.connections_refused.load(Ordering::Relaxed),
                ),
                ("stream", tally.streams_refused),
                ("stranger", tally.strangers_displaced),
                ("destination", tally.destinations_refused),
                ("not_keeping_up", tally.not_keeping_up),
            ],
        )?;
        let replies = STATUSES.zip(&self.replies);
        let replies = replies.map(|(status, count)| (status, count.load(Ordering::Relaxed)));
        let help = "HTTP replies by status; 429 and 503 are refusals by a limit";
        let replies = replies.filter(|(_, count)| *count > 0);
        text.figures(
            "msnp_http_replies_total",
            "counter",
            help,
            "status",
            replies,
        )
    }
}

struct Text(String);

impl Text {
    fn head(&mut self, name: &str, kind: &str, help: &str) -> fmt::Result {
        writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}")
    }

    /// One figure with several values.
    fn figures<L: fmt::Display>(
        &mut self,
        name: &str,
        kind: &str,
        help: &str,
        label: &str,
        values: impl IntoIterator<Item = (L, u64)>,
    ) -> fmt::Result {
        self.head(name, kind, help)?;
        for (of, value) in values {
            writeln!(self.0, "{name}{{{label}=\"{of}\"}} {value}")?;
        }
        Ok(())
    }

    fn commits(&mut self, tally: &Counts) -> fmt::Result {
        let name = "msnp_commit_seconds";
        self.head(name, "histogram", "How long the store took for a batch")?;
        for (within, bound) in tally.commits_within.iter().zip(COMMIT_SECONDS) {
            writeln!(self.0, "{name}_bucket{{le=\"{bound}\"}} {within}")?;
        }
        writeln!(self.0, "{name}_bucket{{le=\"+Inf\"}} {}", tally.commits)?;
        writeln!(self.0, "{name}_sum {}", tally.commit_time.as_secs_f64())?;
        writeln!(self.0, "{name}_count {}", tally.commits)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_figure_is_announced_once_and_is_a_number() {
        let metrics = Metrics::default();
        metrics.replied(StatusCode::OK);
        metrics.replied(StatusCode::TOO_MANY_REQUESTS);
        metrics.replied(StatusCode::OK);
        metrics.connection_refused();
        let text = metrics.text(&Snapshot::default());
        let mut announced = BTreeSet::new();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                let name = rest.split(' ').next().unwrap();
                assert!(announced.insert(name), "{name} twice");
            } else if !line.starts_with('#') {
                let (name, value) = line.rsplit_once(' ').unwrap();
                value.parse::<f64>().unwrap();
                let bare = name.split('{').next().unwrap();
                let known = announced.iter().any(|it| {
                    bare.strip_prefix(it)
                        .is_some_and(|rest| ["", "_bucket", "_sum", "_count"].contains(&rest))
                });
                assert!(known, "{line}");
            }
        }
        assert!(
            text.contains("msnp_http_replies_total{status=\"200\"} 2\n"),
            "{text}"
        );
        assert!(
            text.contains("msnp_http_replies_total{status=\"429\"} 1\n"),
            "{text}"
        );
        assert!(
            text.contains("msnp_refused_total{what=\"connection_of_peer\"} 1\n"),
            "{text}"
        );
        assert!(text.contains("msnp_ready 1\n"), "{text}");
    }
}
