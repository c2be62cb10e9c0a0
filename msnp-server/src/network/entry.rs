//! What leaves a line, and what is to be done next on it.

use super::command::{Answer, Command, RequestId};
use super::event::Event;
use super::message::Kept;
use super::refusal::Refusal;
use super::store::Read;

/// Something that leaves a connection in its turn.
#[derive(Debug)]
pub(super) enum Entry {
    Answer(RequestId, Result<Answer, Refusal>),
    Event(Event),
    /// To be shown to the endpoint's inbox.
    Offer(Kept),
    /// To be read, for a command.
    Read(RequestId, Read),
    /// The next page of the endpoint's inbox is to be read.
    Backlog,
}

/// What the first command of a line is waiting for.
#[derive(Debug)]
pub(super) enum Next {
    /// To be carried out.
    Command(RequestId, Box<Command>),
    /// To be answered so.
    Refused(RequestId, Refusal),
    /// The connection is closed, and nothing is left to do.
    Gone,
    Nothing,
}

impl Entry {
    /// About how many bytes are told with it.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Event(event) => event.size(),
            Self::Answer(..) | Self::Offer(_) | Self::Read(..) | Self::Backlog => 0,
        }
    }
}
