//! What the machine knows about one connection, and about one user who is there.

use machine_contract::Instant;
use std::collections::BTreeMap;
use std::time::Duration;

use msnp_proto::payload::xml::Element;
use msnp_proto::{FrameDecoder, Guid, PayloadTable, Secret};

use super::config::Config;
use super::effect::{ConnectionId, Identity};
use super::presence::Published;
use super::store::MessageId;
use crate::accounts::SkypeId;

/// One client's stream.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) decoder: FrameDecoder,
    /// What the cookies of its latest request say.
    pub(super) identity: Option<Identity>,
    /// `<ver>` of its `CNT`; 1 gets no nonce and no body in the reply to `ATH` (msnp24.md 6.1).
    pub(super) version: u32,
    /// Whom its `ATH` proved.
    pub(super) user: Option<SkypeId>,
    /// Until it is known whose it is; then the user's counts.
    pub(super) allowance: Allowance,
    /// When it must have a feature set, or a fresh `ATH`.
    pub(super) expires: Instant,
    /// There once it has a feature set; only then it is listed in [`User::endpoints`].
    pub(super) endpoint: Option<Endpoint>,
    /// Bytes that wait for the commit, to be sent to it.
    pub(super) outgoing: usize,
    /// The entry of this connection in the list of timers.
    pub(super) alarm: Option<Instant>,
}

impl Connection {
    pub(super) fn new(identity: Option<Identity>, config: &Config, now: Instant) -> Self {
        Self {
            decoder: FrameDecoder::with_limits(PayloadTable::msnp24(), config.frame),
            identity,
            version: 2,
            user: None,
            allowance: Allowance::new(config, now),
            expires: now + config.sign_in_within,
            endpoint: None,
            outgoing: 0,
            alarm: None,
        }
    }

    /// When something has to be done about it.
    pub(super) fn deadline(&self) -> Instant {
        let unacknowledged = self.endpoint.as_ref().and_then(Endpoint::deadline);
        unacknowledged.map_or(self.expires, |at| at.min(self.expires))
    }
}

/// A connection with a feature set: one of the places where a user is.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) epid: Guid,
    /// 2 and above may use threads (msnp24.md 11).
    pub(super) version: u32,
    /// The question that `BND` asked, until it is answered.
    pub(super) nonce: Option<String>,
    /// Looks constant per endpoint in what was seen (msnp24.md 3).
    pub(super) context: String,
    pub(super) registration: Secret<String>,
    pub(super) roster_sent: bool,
    pub(super) wants_presence: bool,
    /// There once it wants messages.
    pub(super) inbox: Option<Inbox>,
    /// `NotifNum` of the next notification.
    pub(super) notifications: u64,
    /// What it last said about itself; `None` is as good as offline.
    pub(super) published: Option<Published>,
}

impl Endpoint {
    fn deadline(&self) -> Option<Instant> {
        let inbox = self.inbox.as_ref().filter(|inbox| !inbox.acknowledges)?;
        let unacknowledged = &inbox.unacknowledged;
        unacknowledged
            .first_key_value()
            .map(|(_, sent)| sent.deadline)
    }
}

/// How far the messages to one endpoint have come.
#[derive(Debug)]
pub(super) struct Inbox {
    /// Up to here, everything that is for this endpoint was sent or is known to need no sending.
    pub(super) sent: MessageId,
    /// What was there when the endpoint came: of these, only those that wait are sent.
    pub(super) joined: MessageId,
    /// Whether messages behind `sent` wait in the store because too many are unacknowledged.
    pub(super) behind: bool,
    /// Whether the endpoint has ever acknowledged a message: then it acknowledges all that it gets.
    pub(super) acknowledges: bool,
    /// The messages on the way. Sent in the order of their ids, so the first has the earliest
    /// deadline.
    pub(super) unacknowledged: BTreeMap<MessageId, OnTheWay>,
}

/// A message that was sent and not acknowledged.
#[derive(Debug)]
pub(super) struct OnTheWay {
    /// When it counts as delivered, if the endpoint never acknowledges.
    pub(super) deadline: Instant,
    /// The length of its frame.
    pub(super) bytes: usize,
}

impl Inbox {
    /// How many more messages may be on the way. Large ones leave room for fewer: a reply that the
    /// gateway cannot queue ends the session, and so would every sign-in after it.
    pub(super) fn room(&self, config: &Config) -> usize {
        let bytes: usize = self.unacknowledged.values().map(|sent| sent.bytes).sum();
        if bytes < config.unacknowledged_bytes {
            config
                .unacknowledged
                .saturating_sub(self.unacknowledged.len())
        } else {
            0
        }
    }
}

/// A user with at least one endpoint.
#[derive(Debug)]
pub(super) struct User {
    pub(super) display_name: String,
    /// In the order in which they came.
    pub(super) endpoints: Vec<ConnectionId>,
    /// The service data of the user as a whole: what any endpoint published last (msnp24.md 8).
    pub(super) services: Vec<Element>,
    /// The presence document as others were last shown it; `None` while they see nobody.
    pub(super) shown: Option<Vec<u8>>,
    pub(super) allowance: Allowance,
}

/// How many commands may still be sent.
#[derive(Debug)]
pub(super) struct Allowance {
    /// In thousandths of a command.
    left: u64,
    filled: Instant,
}

impl Allowance {
    pub(super) fn new(config: &Config, now: Instant) -> Self {
        Self {
            left: u64::from(config.command_burst) * 1000,
            filled: now,
        }
    }

    /// Takes one command's worth, if there is one.
    pub(super) fn take(&mut self, config: &Config, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.filled);
        let gained = millis(passed).saturating_mul(u64::from(config.commands_per_second));
        if gained > 0 {
            self.filled = now;
            self.left =
                (self.left.saturating_add(gained)).min(u64::from(config.command_burst) * 1000);
        }
        let taken = self.left.checked_sub(1000);
        self.left = taken.unwrap_or(self.left);
        taken.is_some()
    }
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_is_spent_and_comes_back() {
        let config = Config {
            command_burst: 2,
            commands_per_second: 4,
            ..Config::default()
        };
        let start = Instant::ORIGIN;
        let mut allowance = Allowance::new(&config, start);
        let mut take = |ms| allowance.take(&config, start + Duration::from_millis(ms));
        assert_eq!([take(0), take(0), take(0)], [true, true, false]);
        assert_eq!([take(249), take(250), take(250)], [false, true, false]);
        assert_eq!(
            [take(99_999), take(99_999), take(99_999)],
            [true, true, false]
        );
    }
}
