//! `Limits` and `Timing`: what a session keeps to, in bytes, counts and time.

use std::time::Duration;

/// Sizes, in bytes, and counts that a session keeps to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "callers write them, with `..Limits::default()` for the rest"
)]
pub struct Limits {
    /// Queued sends go into one request as long as it stays within this.
    pub request: usize,
    /// The largest single send; one above [`request`](Self::request) travels alone.
    pub send: usize,
    /// The most that may be queued, at least [`send`](Self::send). At most 4,096 sends in any case.
    pub queue: usize,
    /// The largest reply body; a larger one ends the session. The driver should stop reading there.
    pub reply: usize,
    /// Bytes of events that the application has not taken, above which no poll is made; above twice as
    /// many no post either. An event counts as what it holds and its own size. 0: no poll before
    /// everything was taken.
    pub undrained: usize,
    /// So many requests in a row may fail before the session ends.
    pub failures: u32,
}

impl Limits {
    /// Whether they do not contradict each other.
    pub(crate) const fn are_consistent(&self) -> bool {
        0 < self.request && self.request <= self.send && self.send <= self.queue && 0 < self.reply
    }
}

impl Default for Limits {
    /// 32 KiB (gateway.md 14.5), 256 KiB, 1 MiB, 4 MiB, 4 MiB, 5.
    fn default() -> Self {
        Self {
            request: 32 << 10,
            send: 256 << 10,
            queue: 1 << 20,
            reply: 4 << 20,
            undrained: 4 << 20,
            failures: 5,
        }
    }
}

/// How long a session waits: each from 1 ms to one day.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "callers write them, with `..Timing::default()` for the rest"
)]
pub struct Timing {
    /// For a reply that should come at once.
    pub reply: Duration,
    /// For the reply to a held poll, beyond its `Lifespan`.
    pub margin: Duration,
    /// Between polls of a gateway that does not hold them, just after traffic.
    pub quick: Duration,
    /// The same while idle: the pause doubles from `quick` up to this, or to a third of
    /// `X-MSN-SessionTimeout` if that is less.
    pub slow: Duration,
    /// Before a failed request is made again; doubles with every failure in a row.
    pub retry: Duration,
    /// What it doubles up to.
    pub slow_retry: Duration,
}

impl Timing {
    /// Whether each is from 1 ms to one day, and none shorter than the one it grows from.
    pub(crate) fn is_consistent(&self) -> bool {
        let Self {
            reply,
            margin,
            quick,
            slow,
            retry,
            slow_retry,
        } = *self;
        let possible = Duration::from_millis(1)..=Duration::from_secs(24 * 60 * 60);
        let all = [reply, margin, quick, slow, retry, slow_retry];
        quick <= slow && retry <= slow_retry && all.iter().all(|time| possible.contains(time))
    }
}

impl Default for Timing {
    /// 40 s, 15 s (gateway.md 14.9); 500 ms up to 5 s; 1 s up to 30 s.
    fn default() -> Self {
        Self {
            reply: Duration::from_secs(40),
            margin: Duration::from_secs(15),
            quick: Duration::from_millis(500),
            slow: Duration::from_secs(5),
            retry: Duration::from_secs(1),
            slow_retry: Duration::from_secs(30),
        }
    }
}
