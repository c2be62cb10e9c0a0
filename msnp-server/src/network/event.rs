//! What the network tells a connection unasked. Each face decides what of it its dialect shows.

use std::sync::Arc;

use super::command::RoomId;
use super::contact::{Contact, Group};
use super::message::{ConversationId, EndpointId, Kept, Message, Number, Said};
use super::participant::Participant;
use super::presence::Presence;
use super::thread::Thread;
use crate::identity::Who;

/// Something that a connection is told.
///
/// Exhaustive, and no face may match it with `_`: a rule that says something new fails to compile in
/// each face until it has decided what to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// All contacts, and everybody who has the person on their forward list.
    Roster(Vec<Contact>),
    /// These contacts are on other lists, in other groups, or are called otherwise; on
    /// [`Lists::NONE`](super::Lists::NONE) they are gone.
    RosterChanged(Vec<Contact>),
    /// The person's groups of contacts, whole.
    Groups(Vec<Group>),
    /// How a contact, or the person's own other endpoints, are seen from now on.
    Presence {
        /// Whose.
        who: Who,
        /// How; `None` is gone, or not to be seen.
        shown: Option<Arc<Presence>>,
        /// An endpoint that is there no longer, while others are.
        left: Option<EndpointId>,
    },
    /// A message that is kept until [`Command::Received`](super::Command::Received).
    Message(Kept),
    /// A message that only passes through.
    Passing {
        /// The conversation that it belongs to, as the receiver sees it.
        conversation: ConversationId,
        /// What was said.
        message: Arc<Message>,
        /// Its number among the receiver's messages, none of which has the same; a nudge is told apart
        /// by it, a typing notice has none.
        number: Option<Number>,
    },
    /// The operator says this to everybody who is there, in the name of somebody. It is kept nowhere.
    Announcement {
        /// In whose name: answers go there.
        by: Who,
        /// What is said.
        message: Arc<Message>,
        /// Its number among the receiver's messages, none of which has the same.
        number: Number,
    },
    /// Another place of the person says this to their places.
    Notice(EndpointId, Arc<Said>),
    /// A thread is as told here, also for those who are in it no longer.
    Thread(Arc<Thread>),
    /// Somebody asks the person into a room.
    Invitation {
        /// Which.
        room: RoomId,
        /// Who asks.
        by: Who,
        /// What they are called.
        name: Arc<str>,
    },
    /// Somebody came into a room that the connection is in.
    Joined(RoomId, Participant),
    /// Somebody went out of it, from that place; they may be in it from another.
    Left(RoomId, Who, EndpointId),
    /// Somebody said something in it.
    SaidInRoom(RoomId, Who, Said),
}

impl Event {
    /// The number of the message that it is, if it is one that is kept until it is received.
    pub(crate) fn message(&self) -> Option<Number> {
        match self {
            Self::Message(kept) => Some(kept.number),
            _ => None,
        }
    }

    /// About how many bytes it takes.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Roster(contacts) | Self::RosterChanged(contacts) => 64 + contacts.len() * 192,
            Self::Groups(groups) => 64 + groups.len() * 96,
            Self::Presence { .. } | Self::Joined(..) => 1024,
            Self::Message(kept) => 512 + kept.message.size(),
            Self::Passing { message, .. } | Self::Announcement { message, .. } => {
                512 + message.size()
            }
            Self::Thread(thread) => 512 + thread.members.len() * 96,
            Self::Invitation { .. } | Self::Left(..) => 256,
            Self::Notice(_, said) => 256 + said.body.len() + said.attributes.size(),
            Self::SaidInRoom(_, _, said) => 256 + said.body.len() + said.attributes.size(),
        }
    }
}

/// Why the network ends a connection.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// The same endpoint has entered on another connection.
    Replaced,
}
