//! Letters: how a person or a thread speaks to another, as the last act of a rule.
//!
//! Between those who live in one machine a letter is read in the same turn, and what it makes its reader
//! change is kept in the same batch as what made its writer write.

use std::sync::Arc;

use super::batch_id::BatchId;
use super::command::RoomId;
use super::message::{ConversationId, EndpointId, Message};
use super::presence::Presence;
use super::refusal::Refusal;
use super::thread::{Role, Thread, ThreadId};
use crate::identity::{HomeId, PersonId, Who};

/// The number of a question from one to another.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct AskId(pub(super) u64);

/// Who writes and reads letters.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Actor {
    Person(PersonId),
    Thread(ThreadId),
    /// A person who lives at another home.
    Elsewhere(HomeId, PersonId),
}

impl Actor {
    /// Which person it is, wherever they live; `None` for a thread.
    pub(super) const fn person(self) -> Option<PersonId> {
        match self {
            Self::Person(id) | Self::Elsewhere(_, id) => Some(id),
            Self::Thread(_) => None,
        }
    }
}

/// How a letter to somebody of another home goes there.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Postage {
    /// It concerns only who is there, and may be lost.
    Fleeting,
    /// It leads to something that is kept, and is kept until it is there.
    Kept,
    /// Not at all: threads and rooms have nobody in them who lives elsewhere.
    None,
}

/// Something that one says to another.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    from: Actor,
    to: Actor,
    hold: BatchId,
    parcel: Option<u64>,
    words: Words,
}

/// What a letter says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Words {
    /// `by` has the reader on the forward list, or no longer, as of that version.
    Listed {
        by: Who,
        name: Arc<str>,
        lists: bool,
        version: u64,
    },
    /// What was stated with that version is taken, or one with that higher version was before; and what the
    /// writer is called, which whoever put them on a list may have found out too early.
    Told(u64, Arc<str>),
    /// `by` wants to see the reader, if the reader is there.
    Watch(Who),
    /// How the writer is to be seen from now on.
    Seen {
        who: Who,
        shown: Option<Arc<Presence>>,
        left: Option<EndpointId>,
    },
    /// The writer is called so from now on.
    Renamed(Who, Arc<str>),
    /// A message to keep.
    Deliver {
        /// Asked by its author; not by a thread, which goes on without an answer.
        ask: Option<AskId>,
        conversation: ConversationId,
        message: Arc<Message>,
    },
    /// A message that passes through.
    Pass {
        ask: Option<AskId>,
        by: Who,
        conversation: ConversationId,
        message: Arc<Message>,
        endpoint: Option<EndpointId>,
        numbered: bool,
        /// Only somebody counts whom the writer may know to be there.
        seen: bool,
    },
    /// What the operator says to everybody who is there, in the name of `by`.
    Announce { by: Who, message: Arc<Message> },
    /// Whether the reader lets `by` put them into a thread.
    MayAdd { ask: AskId, by: Who },
    /// A thread is as told here.
    Thread(Arc<Thread>),
    /// Whether the reader comes into a room.
    Ring {
        ask: AskId,
        by: Who,
        name: Arc<str>,
        room: RoomId,
    },
    /// To a thread: change so.
    Change {
        ask: AskId,
        by: Who,
        change: ThreadChange,
    },
    /// To a thread: say this to all others.
    Say {
        ask: AskId,
        by: Who,
        message: Arc<Message>,
        kept: bool,
        numbered: bool,
    },
    /// To a thread: what it is like.
    Describe { ask: AskId, by: Who },
    /// The answer to a question.
    Reply(AskId, Reply),
}

/// How a thread is to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ThreadChange {
    /// It is to be made.
    Make {
        members: Vec<(Who, Role)>,
        topic: Option<Arc<str>>,
    },
    /// People are to be in it with these roles; a topic is to be set.
    Put {
        members: Vec<(Who, Role)>,
        topic: Option<Arc<str>>,
    },
    /// People are to be in it no longer.
    Remove(Vec<Who>),
}

/// The answer to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// It is done, or will be once the batch is kept.
    Done,
    /// Whether somebody was there.
    Reached(bool),
    /// Somebody was there, and was asked into a room at so many places.
    Rung(usize),
    /// Whether the asker may.
    Admitted(bool),
    /// What a thread is like; `None` for who may not know.
    Thread(Option<Arc<Thread>>),
    /// There is a thread of that id already.
    Taken,
    /// It is not done.
    Refused(Refusal),
}

impl Letter {
    /// What one says to another, as far as what `hold` stands for is kept.
    pub(super) const fn new(from: Actor, to: Actor, hold: BatchId, words: Words) -> Self {
        Self {
            from,
            to,
            hold,
            parcel: None,
            words,
        }
    }

    /// The same, in a parcel of that number from another home.
    pub(super) const fn with_parcel(mut self, number: Option<u64>) -> Self {
        self.parcel = number;
        self
    }

    /// The same, which depends on that batch.
    pub(super) const fn with_hold(mut self, hold: BatchId) -> Self {
        self.hold = hold;
        self
    }

    /// Who has written it.
    pub(super) const fn from(&self) -> Actor {
        self.from
    }

    /// Who is to read it.
    pub(super) const fn to(&self) -> Actor {
        self.to
    }

    /// The batch that what it says depends on; it is never read if that fails.
    pub(super) const fn hold(&self) -> BatchId {
        self.hold
    }

    /// Of one that came from another home: the number that is kept with what its reader changes.
    pub(super) const fn parcel(&self) -> Option<u64> {
        self.parcel
    }

    /// What it says.
    pub(super) const fn words(&self) -> &Words {
        &self.words
    }

    /// Whether the reader is to be loaded for it. What concerns only who is there loads nobody.
    pub(super) fn loads(&self) -> bool {
        match self.words {
            Words::Listed { .. }
            | Words::Told(..)
            | Words::Deliver { .. }
            | Words::MayAdd { .. }
            | Words::Change { .. }
            | Words::Say { .. }
            | Words::Describe { .. }
            | Words::Reply(..) => true,
            Words::Watch(_)
            | Words::Seen { .. }
            | Words::Renamed(..)
            | Words::Pass { .. }
            | Words::Announce { .. }
            | Words::Thread(_)
            | Words::Ring { .. } => false,
        }
    }

    /// Whether it may be left unread, if too many wait for the same reader: nothing is lost but what its
    /// writer is told of, or what only passes through.
    pub(super) fn may_be_refused(&self) -> bool {
        let passes = matches!(self.words, Words::Pass { .. } | Words::Announce { .. });
        passes || self.ask().is_some()
    }

    /// Whether it tells how things are now, and not what is to be done: it is read when that is kept, since
    /// what somebody has seen, or need not be told any more, is not undone.
    pub(super) fn tells_a_fact(&self) -> bool {
        matches!(
            self.words,
            Words::Seen { .. } | Words::Renamed(..) | Words::Told(..)
        )
    }

    /// Whether it has to wait until what it depends on is kept: what tells how things are now, and what leaves for
    /// another home without being kept itself.
    pub(super) fn waits_until_kept(&self) -> bool {
        let leaves = matches!(self.to, Actor::Elsewhere(..));
        self.tells_a_fact() || leaves && self.postage() != Postage::Kept
    }

    /// Whether it tells all that one tells which the same writer has written to the same reader before.
    pub(super) fn outdates(&self, before: &Self) -> bool {
        match (&self.words, &before.words) {
            (Words::Seen { left, .. }, Words::Seen { left: gone, .. }) => {
                let tells_who_left = gone.is_none() || left == gone;
                self.from == before.from && tells_who_left && before.parcel.is_none()
            }
            _ => false,
        }
    }

    /// How it goes to another home, if that is where its reader lives.
    pub(super) const fn postage(&self) -> Postage {
        match self.words {
            Words::Watch(_)
            | Words::Seen { .. }
            | Words::Renamed(..)
            | Words::Pass { .. }
            | Words::Reply(_, Reply::Reached(_) | Reply::Rung(_)) => Postage::Fleeting,
            Words::Listed { .. } | Words::Told(..) | Words::Deliver { .. } | Words::Reply(..) => {
                Postage::Kept
            }
            Words::MayAdd { .. }
            | Words::Announce { .. }
            | Words::Thread(_)
            | Words::Ring { .. }
            | Words::Change { .. }
            | Words::Say { .. }
            | Words::Describe { .. } => Postage::None,
        }
    }

    /// The question that it asks.
    pub(super) fn ask(&self) -> Option<AskId> {
        match self.words {
            Words::Deliver { ask, .. } | Words::Pass { ask, .. } => ask,
            Words::MayAdd { ask, .. }
            | Words::Ring { ask, .. }
            | Words::Change { ask, .. }
            | Words::Say { ask, .. }
            | Words::Describe { ask, .. } => Some(ask),
            _ => None,
        }
    }

    /// What the asker is told if nobody is there to read it, or there is no such reader.
    pub(super) fn unread(&self) -> Option<Letter> {
        let reply = match self.words {
            Words::Pass { .. } | Words::Ring { .. } => Reply::Reached(false),
            Words::MayAdd { .. } => Reply::Admitted(false),
            Words::Describe { .. } => Reply::Thread(None),
            _ => Reply::Refused(Refusal::NoSuchUser),
        };
        self.reply(reply)
    }

    /// The answer to its question, if it asks one.
    pub(super) fn reply(&self, reply: Reply) -> Option<Letter> {
        let words = Words::Reply(self.ask()?, reply);
        Some(Self::new(self.to, self.from, self.hold, words))
    }
}
