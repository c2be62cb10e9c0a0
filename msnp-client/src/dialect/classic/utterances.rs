//! What one says on a switchboard, and what becomes of it: in parts that are acknowledged each (msnp8-18.md 9.3).

use std::time::Duration;

use machine_contract::{Failure, Prng, SortedMap};
use msnp_proto::Guid;
use msnp_proto::classic::{Acknowledgement, SendMessage};
use msnp_proto::payload::mime::Mime;

use super::calls::{Calls, Unposted};
use super::purpose::TalkPurpose;
use super::talk;
use crate::event::Reason;
use crate::fact::{Fact, Outcome};
use crate::link::LinkError;
use crate::request::{Content, NotTaken, RequestNumber};

/// A message that is not acknowledged by then may have arrived or not (msnp8-18.md 9.3).
const ACKNOWLEDGED: Duration = Duration::from_secs(20);

/// Messages whose fate is open.
#[derive(Debug)]
pub(super) struct Utterances {
    /// How many parts of each are not acknowledged yet.
    parts: SortedMap<RequestNumber, usize>,
    /// Names those that have several.
    prng: Prng,
}

impl Utterances {
    pub(super) fn new(entropy: &[u8; 32]) -> Self {
        Self {
            parts: SortedMap::new(),
            prng: Prng::new(entropy),
        }
    }

    /// Whether nothing waits for its fate.
    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Says something. Those who cannot put parts together get it as several messages.
    pub(super) fn say(
        &mut self,
        number: RequestNumber,
        content: &Content,
        can_join: bool,
        calls: &mut Calls<TalkPurpose>,
    ) -> Result<(), NotTaken> {
        let id = Guid::from_bytes(self.prng.guid());
        let messages = match talk::messages_of(content, can_join, id) {
            Ok(messages) => messages,
            Err(reason) => {
                calls.tell(Fact::Done(number, Err(reason)));
                return Ok(());
            }
        };
        let count = messages.len();
        for (at, mime) in messages.into_iter().enumerate() {
            let message = SendMessage {
                acknowledgement: Acknowledgement::ALWAYS,
                payload: mime.into_bytes(),
            };
            let purpose = TalkPurpose::Part(number);
            match calls.post_within(message, purpose, ACKNOWLEDGED) {
                Ok(_) => {}
                Err(error) if at == 0 => {
                    return Err(match error {
                        Unposted::Link(LinkError::TooLarge) => NotTaken::TooLarge,
                        _ => NotTaken::Full,
                    });
                }
                // Some parts are on their way, and nobody will put them together.
                Err(_) => {
                    calls.tell(Fact::Done(number, Err(Reason::TooLarge)));
                    return Ok(());
                }
            }
        }
        self.parts.insert(number, count);
        Ok(())
    }

    /// One part has arrived.
    pub(super) fn arrived(&mut self, number: RequestNumber) -> Option<Fact> {
        let left = self.parts.get_mut(&number)?;
        *left = left.saturating_sub(1);
        if *left > 0 {
            return None;
        }
        self.parts.remove(&number);
        Some(Fact::Done(number, Ok(Outcome::Done)))
    }

    /// One part has not, which is as good as all of them.
    pub(super) fn failed(&mut self, number: RequestNumber, reason: Reason) -> Option<Fact> {
        self.parts.remove(&number)?;
        Some(Fact::Done(number, Err(reason)))
    }

    /// Nobody knows of one part.
    pub(super) fn uncertain(&mut self, number: RequestNumber, reason: Reason) -> Option<Fact> {
        self.parts.remove(&number)?;
        Some(Fact::Uncertain(number, reason))
    }

    /// The link did not deliver one part: of a message that has only one, nothing has left.
    pub(super) fn lost(&mut self, number: RequestNumber, fate: Failure) -> Option<Fact> {
        if fate.is_unsent() && self.parts.get(&number) == Some(&1) {
            self.parts.remove(&number);
            return Some(Fact::Unsent(number));
        }
        self.uncertain(number, Reason::ConnectionLost)
    }
}

/// Says something that nobody waits for: a sign of typing, a refusal. Without room it is left out.
pub(super) fn mention(mime: Mime, calls: &mut Calls<TalkPurpose>) {
    let _ = calls.say_numbered(SendMessage {
        acknowledgement: Acknowledgement::NONE,
        payload: mime.into_bytes(),
    });
}
