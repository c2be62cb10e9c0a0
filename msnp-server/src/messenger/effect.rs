//! What the machine wants done.

use bytes::Bytes;

use crate::faces::AccessClaim;
use crate::identity::Who;
use crate::network::{Answer, Batch, ConnectionId, Number, Read, ReadId, Refusal, RequestId};

/// What a [`Messenger`](super::Messenger) wants done, in this order.
///
/// Exhaustive: there is none that may be left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Bytes for one connection. Those of several effects go out in their order.
    Send {
        /// Whose.
        connection: ConnectionId,
        /// Whole frames, one or more.
        bytes: Bytes,
        /// The messages among them that are kept until they are received; then, as far as it is known,
        /// [`handle_evidence`](super::Messenger::handle_evidence).
        messages: Vec<Number>,
    },
    /// The connection is over: let what was sent go out, then close it. The machine has forgotten it.
    Close {
        /// Which.
        connection: ConnectionId,
    },
    /// A claim is to be checked; then [`handle_access_checked`](super::Messenger::handle_access_checked).
    CheckAccess {
        /// Whose.
        connection: ConnectionId,
        /// What is claimed.
        claim: AccessClaim,
    },
    /// A [command](super::Messenger::handle_command) was carried out, or not.
    Answer {
        /// Whose.
        connection: ConnectionId,
        /// Which.
        request: RequestId,
        /// What came of it.
        outcome: Result<Answer, Refusal>,
    },
    /// The connection now speaks for this person.
    SignedIn {
        /// Which.
        connection: ConnectionId,
        /// For whom.
        who: Who,
    },
    /// Every command that was whole with the bytes of this mark has been answered or refused. Not said
    /// of a connection that was closed.
    Answered {
        /// Whose.
        connection: ConnectionId,
        /// The mark that the bytes were given with.
        mark: u64,
    },
    /// To be kept, whole or not at all; then
    /// [`handle_committed`](super::Messenger::handle_committed).
    Commit(Batch),
    /// To be read; then [`handle_read`](super::Messenger::handle_read).
    Read(ReadId, Read),
}
