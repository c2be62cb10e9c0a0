//! `Config`: every limit and every choice of the notification server.

use std::time::Duration;

use msnp_proto::Limits;

/// How the notification server behaves; the defaults suit a service open to strangers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// Whether `BND` asks a question, and what a wrong answer does. Default
    /// [`Challenge::Ignored`] (msnp24.md 20, question 6): one client ends itself at any error.
    pub challenge: Challenge,
    /// Whether people who are on no list of somebody may see and write to them; who is blocked
    /// never may. Default `true`, as Messenger's own default was.
    pub strangers_allowed: bool,
    /// Whether the stored contacts are pushed after the first `SUBSCRIPTIONS` as
    /// `NFY 0 MSGR\CONTACTS`. An extension: the historic clients kept their contacts elsewhere and
    /// skip the frame. Default `true`.
    pub push_roster: bool,

    /// Bytes of one line and of one payload. Default 8 KiB and 256 KiB.
    pub frame: Limits,
    /// Bytes of one message's body. Default 64 KiB.
    pub message_bytes: usize,
    /// Bytes of one presence document. Default 4 KiB; those of real clients have less than one.
    pub presence_bytes: usize,
    /// Bytes of a thread's topic and of a display name. Default 512.
    pub text_bytes: usize,
    /// Contacts of one user, blocked ones included. Default 1000 (error-codes.tsv 210).
    pub contacts: usize,
    /// People in one thread. Default 300.
    pub thread_members: usize,
    /// Endpoints of one user. Default 8.
    pub endpoints: usize,
    /// Connections at a time; one more is closed at once. Default 100,000.
    pub connections: usize,
    /// Entries of one history page, whatever the client asks for. Default 200.
    pub page: usize,
    /// Bytes of one answer to a `GET`, about; more is left for the next page. Default 128 KiB.
    pub answer_bytes: usize,
    /// Messages that may wait for one user; a further one is refused. Default 1000.
    pub waiting_messages: usize,
    /// Messages on the way to one endpoint and not acknowledged; the next ones wait in the store.
    /// Default 100.
    pub unacknowledged: usize,
    /// Bytes of them, about: the message that goes beyond is still sent. Default 256 KiB; the
    /// gateway must be able to queue that and what else a sign-in is told.
    pub unacknowledged_bytes: usize,
    /// Bytes that one connection may be sent at once, about: beyond it, its commands are answered
    /// 800, and what only passes through is left out. Default 512 KiB, half of what the gateway
    /// queues by default.
    pub outgoing_bytes: usize,
    /// Commands per second that one user may send for ever, over all endpoints; or one connection,
    /// until it is known whose it is. Default 20.
    pub commands_per_second: u32,
    /// Commands that one user may send at once. Default 200.
    pub command_burst: u32,

    /// How long a message to an endpoint that never acknowledges counts as not delivered. Default
    /// 5 min: longer than the gateway takes to notice that a client is gone, so that what waits for
    /// a dead session is kept. msnp24.md 20, question 5, guesses 60 s.
    pub acknowledge_within: Duration,
    /// How long a connection may stay without a feature set. Default 2 min.
    pub sign_in_within: Duration,
    /// How long one `ATH` is good for. Default 24 h (msnp24.md 6.13).
    pub authentication: Duration,
    /// What a `PNG` is answered with: the time until the next is due. Default 45 s, whole seconds.
    pub ping: Duration,
    /// How long messages are kept. Default 90 days.
    pub retention: Duration,
    /// How long the same words under the same `Client-Message-ID` in the same conversation are
    /// taken for the same message, sent again. Default 1 h; some clients count their ids from 1 at
    /// every start.
    pub duplicates: Duration,
}

/// What becomes of the challenge in the reply to `BND` (msnp24.md 13).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// None is set, as the service did from mid-2016 on (msnp24.md 6.3).
    Absent,
    /// One is set and any answer will do, as the service was seen to do (msnp24.md 13).
    Ignored,
    /// One is set, and a wrong answer brings error 540.
    Checked,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            challenge: Challenge::Ignored,
            strangers_allowed: true,
            push_roster: true,
            frame: Limits {
                line: 8 * 1024,
                payload: 256 * 1024,
            },
            message_bytes: 64 * 1024,
            presence_bytes: 4 * 1024,
            text_bytes: 512,
            contacts: 1000,
            thread_members: 300,
            endpoints: 8,
            connections: 100_000,
            page: 200,
            answer_bytes: 128 * 1024,
            waiting_messages: 1000,
            unacknowledged: 100,
            unacknowledged_bytes: 256 * 1024,
            outgoing_bytes: 512 * 1024,
            commands_per_second: 20,
            command_burst: 200,
            acknowledge_within: Duration::from_secs(300),
            sign_in_within: Duration::from_secs(120),
            authentication: Duration::from_secs(24 * 60 * 60),
            ping: Duration::from_secs(45),
            retention: Duration::from_secs(90 * 24 * 60 * 60),
            duplicates: Duration::from_secs(60 * 60),
        }
    }
}
