//! What a client keeps and waits for at most.

use std::time::Duration;

/// Limits of what is kept and sent. What goes beyond is refused, or, if it comes from the service,
/// left out.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Contacts on the list, and people whose presence is kept.
    pub contacts: usize,
    /// Groups.
    pub conversations: usize,
    /// Members of one group.
    pub members: usize,
    /// Endpoints of one person.
    pub endpoints: usize,
    /// Messages and other requests that wait for their answers.
    pub pending: usize,
    /// Bytes of one text: a message, a topic, a name.
    pub text: usize,
    /// Received messages that are remembered so as not to be told twice.
    pub remembered: usize,
    /// Messages that were told and wait for [`Client::acknowledge`](crate::Client::acknowledge). Further ones are left
    /// with the service until the next sign-in.
    pub unacknowledged: usize,
    /// Bytes of their texts.
    pub unacknowledged_bytes: usize,
    /// Messages in one page of history.
    pub history_page: u32,
    /// Redirects to other hosts in a row.
    pub redirects: u32,
    /// Bytes of events that the application has not taken, above which nothing more is read from the
    /// connection. An event counts as its texts and lists and its own size, so their number is bounded
    /// as well.
    pub undrained: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            contacts: 2_000,
            conversations: 1_000,
            members: 600,
            endpoints: 16,
            pending: 512,
            text: 16 * 1024,
            remembered: 4_096,
            unacknowledged: 512,
            unacknowledged_bytes: 1 << 20,
            history_page: 100,
            redirects: 5,
            undrained: 4 << 20,
        }
    }
}

/// How long things may take.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Timings {
    /// One HTTP request while signing in.
    pub request: Duration,
    /// The answer to a command, keep-alive included.
    pub command: Duration,
    /// The time until the first keep-alive, and between them unless the service says otherwise.
    pub keep_alive: Duration,
    /// Renewing the authentication, counted from the last; it runs out after 24 h.
    pub renewal: Duration,
    /// The first wait before signing in again; each further one is twice as long.
    pub backoff: Duration,
    /// The longest wait before signing in again.
    pub longest_backoff: Duration,
    /// Waiting for the service's answer to a sign-out.
    pub farewell: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            request: Duration::from_secs(30),
            command: Duration::from_secs(40),
            keep_alive: Duration::from_secs(45),
            renewal: Duration::from_secs(23 * 3600),
            backoff: Duration::from_secs(1),
            longest_backoff: Duration::from_secs(120),
            farewell: Duration::from_secs(5),
        }
    }
}

impl Timings {
    /// Without times that would overflow the clock, or make a driver spin.
    pub(crate) fn sane(self) -> Self {
        let year = Duration::from_secs(365 * 24 * 3600);
        let second = Duration::from_secs(1);
        Self {
            request: self.request.min(year),
            command: self.command.min(year),
            keep_alive: self.keep_alive.clamp(second, year),
            renewal: self.renewal.clamp(second, year),
            backoff: self.backoff.clamp(second / 100, year),
            longest_backoff: self.longest_backoff.clamp(second / 100, year),
            farewell: self.farewell.min(year),
        }
    }
}
