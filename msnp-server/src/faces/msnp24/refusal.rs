//! Why a command is not carried out, and the numeric error that says so (msnp24.md 7).

use std::borrow::Cow;

use bytes::Bytes;
use msnp_proto::msnp24::{Channel, Envelope};
use msnp_proto::{Frame, TrId, Verb};

use crate::faces::layered::fault::Fault;
use crate::network::Refusal;

/// A numeric error with its text. Everything before the command that it answers stands, the
/// connection goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ErrorReply {
    code: u16,
    text: Cow<'static, str>,
}

impl ErrorReply {
    /// The frame is not what its first words say.
    pub(super) fn malformed(reason: impl std::fmt::Display) -> Self {
        Self {
            code: 200,
            text: reason.to_string().into(),
        }
    }

    /// Whether it says that the line is no good, or that there are too many of them.
    pub(super) const fn is_about_the_line(&self) -> bool {
        matches!(self.code, 200 | 800)
    }

    const fn new(code: u16, text: &'static str) -> Self {
        Self {
            code,
            text: Cow::Borrowed(text),
        }
    }

    pub(super) const UNKNOWN_COMMAND: Self = Self::new(200, "This command is not known.");
    pub(super) const INVALID: Self = Self::new(201, "A parameter is not valid.");
    pub(super) const NOT_YOURS: Self = Self::new(201, "From is not your account and endpoint.");
    pub(super) const NOT_REACHABLE: Self = Self::new(201, "The recipient cannot be reached.");
    /// As seen: `202 2 MSGR 26` (msnp24.md 7.1).
    pub(super) const NO_FEATURES: Self = Self::new(202, "Feature Set not enabled.");
    pub(super) const UNROUTABLE: Self = Self::new(204, "That network is not served here.");
    pub(super) const NO_SUCH_USER: Self = Self::new(205, "There is no such user or thread.");
    pub(super) const LIST_FULL: Self = Self::new(210, "The list is full.");
    pub(super) const PRESENT: Self = Self::new(215, "They are there already.");
    pub(super) const NOT_ON_LIST: Self = Self::new(216, "Not on the list.");
    pub(super) const NOT_ONLINE: Self = Self::new(217, "Not online.");
    pub(super) const MAILBOX_FULL: Self =
        Self::new(217, "Too many messages wait for the recipient.");
    pub(super) const GROUP_EXISTS: Self = Self::new(228, "There is a group of that name.");
    pub(super) const TOO_LONG: Self = Self::new(285, "The message is too long.");
    pub(super) const STORE: Self = Self::new(501, "The store failed.");
    pub(super) const CHALLENGE_FAILED: Self = Self::new(540, "Challenge response failed.");
    /// As a client's comment quotes it (msnp24.md 6.3).
    pub(super) const BOUND_ALREADY: Self =
        Self::new(715, "This connection already has a feature set");
    pub(super) const RESTRICTED: Self = Self::new(718, "Only an admin of the thread may do that.");
    pub(super) const TOO_MANY_ENDPOINTS: Self = Self::new(734, "Too many endpoints are signed in.");
    pub(super) const RATE: Self = Self::new(800, "Too many commands in too short a time.");
    /// As said to a client that should come back later (error-codes.tsv 910).
    pub(super) const BUSY: Self = Self::new(910, "The server is too busy.");
    /// As seen: `911 2 CON 23` (msnp24.md 7.1).
    pub(super) const AUTHENTICATION: Self = Self::new(911, "Authentication failed");
    /// The command may happen yet (error-codes.tsv 921).
    pub(super) const TIMED_OUT: Self = Self::new(921, "There was no answer in time.");
    /// As seen by C3 after 24 hours without a fresh ATH (msnp24.md 6.13).
    pub(super) const EXPIRED: Self = Self::new(922, "The authentication has expired.");

    /// `<code> <TrID> <type> <len>` with the text (msnp24.md 7.1).
    pub(super) fn frame(&self, trid: TrId, channel: &Channel) -> Frame {
        let verb = Verb::from_error_code(self.code).unwrap_or(Verb::OUT);
        let mut envelope = Envelope::new(verb, trid, channel.clone());
        envelope.body = Bytes::copy_from_slice(self.text.as_bytes());
        envelope.to_frame()
    }

    /// The same for what answers no command.
    pub(super) fn unasked(&self) -> Frame {
        self.frame(TrId(0), &Channel::Con)
    }
}

impl From<Fault> for ErrorReply {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Malformed(reason) => Self::malformed(reason),
            Fault::Invalid => Self::INVALID,
            Fault::TooLong => Self::TOO_LONG,
            Fault::Unroutable => Self::UNROUTABLE,
            Fault::NoSuchUser => Self::NO_SUCH_USER,
        }
    }
}

impl From<Refusal> for ErrorReply {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotEntered => Self::NO_FEATURES,
            Refusal::Entered => Self::BOUND_ALREADY,
            Refusal::NoAccount => Self::AUTHENTICATION,
            Refusal::TooManyEndpoints | Refusal::TooManyConversations => Self::TOO_MANY_ENDPOINTS,
            Refusal::Invalid => Self::INVALID,
            Refusal::NoSuchUser => Self::NO_SUCH_USER,
            Refusal::ListFull => Self::LIST_FULL,
            Refusal::NotOnList => Self::NOT_ON_LIST,
            Refusal::GroupExists => Self::GROUP_EXISTS,
            Refusal::NotOnline => Self::NOT_ONLINE,
            Refusal::MailboxFull => Self::MAILBOX_FULL,
            Refusal::TooLong => Self::TOO_LONG,
            Refusal::Present => Self::PRESENT,
            Refusal::Restricted => Self::RESTRICTED,
            Refusal::Busy => Self::RATE,
            Refusal::Store => Self::STORE,
            Refusal::Uncertain => Self::TIMED_OUT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn says(refusal: Refusal, bytes: &str) {
        let frame = ErrorReply::from(refusal).frame(TrId(2), &Channel::Msgr);
        assert_eq!(&frame.as_bytes()[..], bytes.as_bytes());
    }

    #[test]
    fn refusals_are_numbers_with_a_text() {
        says(
            Refusal::NotEntered,
            "202 2 MSGR 26\r\n\r\nFeature Set not enabled.",
        );
        says(Refusal::Store, "501 2 MSGR 19\r\n\r\nThe store failed.");
        says(
            Refusal::NoAccount,
            "911 2 MSGR 23\r\n\r\nAuthentication failed",
        );
        says(
            Refusal::Uncertain,
            "921 2 MSGR 30\r\n\r\nThere was no answer in time.",
        );
    }
}
