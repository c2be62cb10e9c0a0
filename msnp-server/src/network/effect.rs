//! What comes out of the network.

use super::command::{Answer, ConnectionId, RequestId};
use super::event::{CloseReason, Event};
use super::parcel::Parcel;
use super::refusal::Refusal;
use super::store::{Batch, Read, ReadId};
use crate::identity::HomeId;

/// Something to be done. Those for one connection come in the order in which they are to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The answer to a command; each has exactly one, unless its connection is closed before.
    Answer(ConnectionId, RequestId, Result<Answer, Refusal>),
    /// Something that a connection is told unasked.
    Tell(ConnectionId, Event),
    /// The connection is over. The network has forgotten it; what was given to it there since is passed
    /// over.
    Close(ConnectionId, CloseReason),
    /// To be kept, then [`handle_committed`](super::Network::handle_committed).
    Commit(Batch),
    /// To be read, then [`handle_read`](super::Network::handle_read).
    Read(ReadId, Read),
    /// To be brought to that home, behind what was given for it before. One with a
    /// [number](Parcel::number) is kept here until the bus [has it](super::Network::handle_taken), and is brought
    /// again until that home has [said](Self::Acknowledge) that it is done; one without is brought once or never, but
    /// before what is given later.
    Post(HomeId, Parcel),
    /// All that this home has said up to that number is done and kept: it need not be brought again.
    Acknowledge(HomeId, u64),
}
