//! Why a command is not carried out, and the numeric error that says so (msnp24.md 7).

use std::borrow::Cow;

use bytes::Bytes;
use msnp_proto::msnp24::{Channel, Envelope};
use msnp_proto::{Frame, TrId, Verb};

/// A command that was refused. Everything before it stands, the connection goes on.
#[derive(Debug)]
pub(super) enum Refusal<E> {
    /// The peer asked for what cannot be.
    Peer { code: u16, text: Cow<'static, str> },
    /// The store could not do it.
    Store(E),
}

impl<E> Refusal<E> {
    /// The frame is not what its first words say.
    pub(super) fn malformed(reason: impl std::fmt::Display) -> Self {
        Self::Peer {
            code: 200,
            text: reason.to_string().into(),
        }
    }

    const fn peer(code: u16, text: &'static str) -> Self {
        Self::Peer {
            code,
            text: Cow::Borrowed(text),
        }
    }

    pub(super) const UNKNOWN_COMMAND: Self = Self::peer(200, "This command is not known.");
    pub(super) const INVALID: Self = Self::peer(201, "A parameter is not valid.");
    pub(super) const NOT_YOURS: Self = Self::peer(201, "From is not your account and endpoint.");
    pub(super) const NOT_REACHABLE: Self = Self::peer(201, "The recipient cannot be reached.");
    /// `202 2 MSGR 26` (msnp24.md 7.1).
    pub(super) const NO_FEATURES: Self = Self::peer(202, "Feature Set not enabled.");
    pub(super) const UNROUTABLE: Self = Self::peer(204, "That network is not served here.");
    pub(super) const NO_SUCH_USER: Self = Self::peer(205, "There is no such user or thread.");
    pub(super) const LIST_FULL: Self = Self::peer(210, "The list is full.");
    pub(super) const NOT_ON_LIST: Self = Self::peer(216, "Not on the list.");
    pub(super) const NOT_ONLINE: Self = Self::peer(217, "Not online.");
    pub(super) const MAILBOX_FULL: Self =
        Self::peer(217, "Too many messages wait for the recipient.");
    pub(super) const TOO_LONG: Self = Self::peer(285, "The message is too long.");
    pub(super) const CHALLENGE_FAILED: Self = Self::peer(540, "Challenge response failed.");
    /// As a client's comment quotes it (msnp24.md 6.3).
    pub(super) const BOUND_ALREADY: Self =
        Self::peer(715, "This connection already has a feature set");
    pub(super) const RESTRICTED: Self = Self::peer(718, "Only an admin of the thread may do that.");
    pub(super) const TOO_MANY_ENDPOINTS: Self =
        Self::peer(734, "Too many endpoints are signed in.");
    pub(super) const RATE: Self = Self::peer(800, "Too many commands in too short a time.");
    /// `911 2 CON 23` (msnp24.md 7.1).
    pub(super) const AUTHENTICATION: Self = Self::peer(911, "Authentication failed");

    pub(super) fn code_and_text(&self) -> (u16, &str) {
        match self {
            Self::Peer { code, text } => (*code, text),
            Self::Store(_) => (501, "The store failed."),
        }
    }
}

impl<E: std::error::Error> From<E> for Refusal<E> {
    fn from(error: E) -> Self {
        Self::Store(error)
    }
}

/// `<code> <TrID> <type> <len>` with a text (msnp24.md 7.1).
pub(super) fn error_frame(code: u16, trid: TrId, channel: &Channel, text: &str) -> Frame {
    let verb = Verb::from_error_code(code).unwrap_or(Verb::OUT);
    let mut envelope = Envelope::new(verb, trid, channel.clone());
    envelope.body = Bytes::copy_from_slice(text.as_bytes());
    envelope.to_frame()
}
