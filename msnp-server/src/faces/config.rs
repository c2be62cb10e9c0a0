//! `Config`: every limit and every choice of the connections and their faces.

use std::time::Duration;

use msnp_proto::Limits;

/// How connections are treated, whatever dialect they speak; the defaults suit a service open to
/// strangers. What holds for people and threads is in [`network::Config`](crate::network::Config).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// Whether signing in asks a question, and what a wrong answer does. Default
    /// [`Challenge::Ignored`] (msnp24.md 20, question 6): one client ends itself at any error.
    pub challenge: Challenge,
    /// Whether the stored contacts are pushed after the first `SUBSCRIPTIONS` as
    /// `NFY 0 MSGR\CONTACTS`. An extension: the historic clients kept their contacts elsewhere and
    /// skip the frame. Default `true`.
    pub push_roster: bool,

    /// Connections at a time; one more is closed at once. Default 20,000.
    pub connections: usize,
    /// Bytes of one line and of one payload. Default 8 KiB and 256 KiB.
    pub frame: Limits,
    /// The same until it is known whose the connection is: there may be many strangers, and each may leave a
    /// frame unfinished. Default 2 KiB and 8 KiB; the longest that a sign-in was seen to need are 1,309 bytes
    /// (msnp8-18.md 2.3) and a ticket of some 2 KiB.
    pub frame_before_sign_in: Limits,
    /// The line that ends a connection, of those that are no good or too many before the sign-in. Default 3.
    pub bad_lines: u32,
    /// Bytes that may come while a sign-in waits for the store; above it the connection ends. Default
    /// 1 MiB.
    pub waiting_bytes: usize,
    /// Bytes of one message's body. Default 64 KiB.
    pub message_bytes: usize,
    /// Bytes of the body of a message that only passes through, such as a notice of typing. Default 8 KiB.
    pub passing_bytes: usize,
    /// Bytes of one presence document. Default 4 KiB; those of real clients have less than one.
    pub presence_bytes: usize,
    /// Entries of one history page, whatever the client asks for. Default 200.
    pub page: usize,
    /// Bytes of one answer to a question about the history, about; more is left for the next page.
    /// Default 128 KiB.
    pub answer_bytes: usize,
    /// Bytes that may wait for the client of one connection, those that the gateway has queued included,
    /// about: beyond it, its commands are refused, and beyond half of it, what only passes through is left
    /// out. A client that goes on asking is told that it is over. Default 512 KiB.
    pub outgoing_bytes: usize,
    /// The same until it is known whose the connection is. Default 16 KiB.
    pub outgoing_before_sign_in: usize,
    /// Commands per second that one connection may send for ever until it is known whose it is; from
    /// then on the person's count. Default 20.
    pub commands_per_second: u32,
    /// Commands that such a connection may send at once. Default 50; the longest sign-in, that of MSNP8 to MSNP18, is four.
    pub command_burst: u32,

    /// How long a connection may stay without signing in. Default 2 min.
    pub sign_in_within: Duration,
    /// How long one proof of who somebody is is good for. Default 24 h (msnp24.md 6.13).
    pub authentication: Duration,
    /// Where clients of the older dialects are sent for a conversation: `host:port` of this service's own door, as they
    /// reach it. Through the gateway it is the address that they name. Default `localhost:1863`.
    pub switchboard: String,
    /// The same for those who have come by TLS, and go on so. Default `localhost:1863`.
    pub tls_switchboard: String,
    /// What a `PNG` is answered with: the time until the next is due. Default 45 s, whole seconds.
    pub ping: Duration,
}

/// What becomes of the challenge at sign-in (msnp24.md 13).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// None is set, as the service did from mid-2016 on (msnp24.md 6.3).
    Absent,
    /// One is set and any answer will do, as the service was seen to do (msnp24.md 13).
    Ignored,
    /// One is set, and a wrong answer brings error 540.
    Checked,
}

impl Config {
    /// Where somebody is sent for a conversation who has come by TLS, or without.
    pub(crate) fn switchboard_of(&self, is_tls: bool) -> &str {
        if is_tls {
            &self.tls_switchboard
        } else {
            &self.switchboard
        }
    }

    /// The host of [`switchboard`](Self::switchboard).
    pub(crate) fn switchboard_host(&self) -> &str {
        let address = self.switchboard.rsplit_once(':');
        address.map_or(&*self.switchboard, |(host, _)| host)
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            challenge: Challenge::Ignored,
            push_roster: true,
            connections: 20_000,
            frame: Limits {
                line: 8 * 1024,
                payload: 256 * 1024,
            },
            frame_before_sign_in: Limits {
                line: 2 * 1024,
                payload: 8 * 1024,
            },
            bad_lines: 3,
            waiting_bytes: 1024 * 1024,
            message_bytes: 64 * 1024,
            passing_bytes: 8 * 1024,
            presence_bytes: 4 * 1024,
            page: 200,
            answer_bytes: 128 * 1024,
            outgoing_bytes: 512 * 1024,
            outgoing_before_sign_in: 16 * 1024,
            commands_per_second: 20,
            command_burst: 50,
            sign_in_within: Duration::from_secs(120),
            authentication: Duration::from_secs(24 * 60 * 60),
            switchboard: "localhost:1863".into(),
            tls_switchboard: "localhost:1863".into(),
            ping: Duration::from_secs(45),
        }
    }
}
