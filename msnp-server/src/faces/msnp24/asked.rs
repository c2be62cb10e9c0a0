//! What a reply needs of its command.

use bytes::Bytes;
use msnp_proto::msnp24::{Channel, Envelope};
use msnp_proto::{Frame, TrId, Verb};

use super::refusal::ErrorReply;

/// A command that is to be answered.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    verb: Verb,
    /// `None` if it cannot be read.
    trid: Option<TrId>,
    channel: Channel,
}

impl Asked {
    pub(super) fn of(frame: &Frame) -> Self {
        Self {
            verb: frame.verb(),
            trid: frame.trid(),
            channel: channel_of(frame),
        }
    }

    pub(super) const fn verb(&self) -> Verb {
        self.verb
    }

    /// Whether there is a reply at all: transaction id 0 asks for none (msnp24.md 2.2).
    pub(super) fn wants_reply(&self) -> bool {
        self.trid != Some(TrId(0))
    }

    /// The reply, still empty: the word of the question, without its sub-type (msnp24.md 2.2).
    pub(super) fn envelope(&self) -> Envelope {
        let trid = self.trid.unwrap_or_default();
        Envelope::new(self.verb, trid, self.channel.clone())
    }

    /// The reply with a body.
    pub(super) fn reply(&self, body: Bytes) -> Frame {
        let mut envelope = self.envelope();
        envelope.body = body;
        envelope.to_frame()
    }

    /// The reply that says why not. A command whose id cannot be read is answered with 0.
    pub(super) fn error(&self, error: &ErrorReply) -> Frame {
        error.frame(self.trid.unwrap_or_default(), &self.channel)
    }
}

/// The channel of the reply, also for a line that cannot be read otherwise.
fn channel_of(frame: &Frame) -> Channel {
    match frame.param(1) {
        Some(word) if word.starts_with(b"MSGR") => Channel::Msgr,
        _ => Channel::Con,
    }
}
