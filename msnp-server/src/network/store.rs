//! What is kept, as values: the changes of a batch, and what is read before a rule starts.
//!
//! A store is whoever answers [`Effect`](super::Effect)s: it keeps a [`Batch`] whole or not at all, and
//! reads one person, one thread, one page, or what addresses lead to. Nothing in the network waits for it.

use std::sync::Arc;

use machine_contract::UnixTime;

use super::batch_id::BatchId;
use super::command::Conversation;
use super::contact::{Group, GroupId};
use super::lists::{Lists, Privacy};
use super::message::{ConversationId, EndpointId, Kept, Message, MessageName, Number};
use super::parcel::Parcel;
use super::thread::{Thread, ThreadId};
use crate::identity::{Address, HomeId, PersonId, Who};

/// The number of a question to the store.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReadId(pub u64);

/// Changes that are kept together: all of them, in order, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Which.
    pub id: BatchId,
    /// What changes.
    pub changes: Vec<Change>,
}

/// One thing that is kept from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A person is called so.
    Name(PersonId, Arc<str>),
    /// A contact is so from now on; on no list, without a name and in no group it is forgotten.
    Contact(PersonId, ContactRecord),
    /// A contact has taken what was stated with that version; nothing if another is the last.
    Told(PersonId, PersonId, u64),
    /// A group of contacts is there, under this name.
    Group(PersonId, Group),
    /// A group is gone, also from its contacts.
    GroupRemoved(PersonId, GroupId),
    /// What holds for strangers.
    Privacy(PersonId, Privacy),
    /// A property of a person; an empty value takes it away.
    Property(PersonId, Arc<str>, Arc<str>),
    /// `holder` knows that `by` has (or no longer has) them on the forward list, as of the stater's
    /// version.
    Listed {
        /// Who knows it.
        holder: PersonId,
        /// Who states it.
        by: Who,
        /// What the holder knows from now on.
        fact: Listed,
    },
    /// A message; one that is there already stays as it is.
    Message(Arc<Message>),
    /// A person keeps a message.
    Share {
        /// Who.
        owner: PersonId,
        /// Its number there, above all others.
        number: Number,
        /// The owner's conversation, whose newest message it is.
        conversation: ConversationId,
        /// Which message.
        message: MessageName,
        /// Whether the owner has still to receive it.
        waiting: bool,
    },
    /// A person has received a message.
    Received(PersonId, Number),
    /// A person has read a conversation, up to that number and at that time.
    Read(PersonId, ConversationId, Number, UnixTime),
    /// A thread is so from now on.
    Thread(Arc<Thread>),
    /// Something said to somebody of another home: it is kept until the bus has it, and what asks something until
    /// it is answered. Its number is one above that of the last to the same home.
    Outgoing(Parcel),
    /// The bus has what was said to that home, up to that number: it is not to be given to the bus again.
    Taken(HomeId, u64),
    /// What was asked of that home under that number is answered.
    Settled(HomeId, u64),
    /// What that home has said up to that number is done.
    Incoming(HomeId, u64),
    /// Messages that came before that time are forgotten, with their shares, and conversations that
    /// then have none.
    Forget(UnixTime),
}

/// A person as kept: all that a rule about them can need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRecord {
    /// Who.
    pub who: Who,
    /// The name that others are shown.
    pub name: Arc<str>,
    /// All contacts, in the order of their ids.
    pub contacts: Vec<ContactRecord>,
    /// All groups of contacts, in the order in which they were made.
    pub groups: Vec<Group>,
    /// What holds for strangers; `None` if it was never said.
    pub privacy: Option<Privacy>,
    /// Their properties, in the order of the names.
    pub properties: Vec<(Arc<str>, Arc<str>)>,
    /// Who has stated to have them on the forward list, or to have had, in the order of their ids; with
    /// the name that they gave themselves.
    pub listed: Vec<(Who, Arc<str>, Listed)>,
    /// The last number that was given.
    pub last: Number,
    /// The numbers of the messages that wait, ascending.
    pub waiting: Vec<Number>,
    /// What they have sent lately, oldest first, at most [`SENT`] and each with a client's name.
    pub sent: Vec<SentRecord>,
}

/// How many sent messages are remembered to tell repetitions.
pub const SENT: usize = 256;

/// A contact as kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactRecord {
    /// Who.
    pub who: Who,
    /// The name that they gave themselves; only when read.
    pub name: Arc<str>,
    /// The owner's lists that they are on.
    pub lists: Lists,
    /// The name that the owner gave them; empty if none.
    pub own_name: Arc<str>,
    /// The owner's groups that they are in.
    pub groups: Vec<GroupId>,
    /// Rises with each change of [`Lists::FORWARD`]; what the contact is told goes by it.
    pub version: u64,
    /// Whether the contact has taken what was stated last.
    pub told: bool,
}

/// That somebody has a person on the forward list, as that person knows it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Whether they have.
    pub lists: bool,
    /// The stater's version; the highest wins.
    pub version: u64,
    /// Whether the person has said what to make of it.
    pub answered: bool,
}

/// A message that a person has sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentRecord {
    /// The client's name for it.
    pub client_id: Arc<str>,
    /// Where it was said: clients at two places count each for themselves.
    pub endpoint: EndpointId,
    /// To whom.
    pub conversation: ConversationId,
    /// [`Said::digest`](super::Said::digest).
    pub digest: u64,
    /// When it came.
    pub arrival: UnixTime,
}

/// A question to the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// Who is at these addresses. Never answered from memory alone: accounts are made beside a
    /// running server.
    Addresses(Vec<Address>),
    /// A person, whole.
    Person(PersonId),
    /// A thread, whole.
    Thread(ThreadId),
    /// Messages of a person above `after` and up to `until`, oldest first; only those that wait, or
    /// all.
    Backlog {
        /// Whose.
        owner: PersonId,
        /// Above this.
        after: Number,
        /// Up to this.
        until: Number,
        /// Only those that wait.
        waiting: bool,
        /// At most so many.
        limit: usize,
    },
    /// Messages of one conversation of a person, newest first.
    Messages {
        /// Whose.
        owner: PersonId,
        /// Which.
        conversation: ConversationId,
        /// From this on.
        from: Number,
        /// Up to the one before this.
        before: Number,
        /// At most so many.
        limit: usize,
    },
    /// Conversations of a person, the one with the newest message first.
    Conversations {
        /// Whose.
        owner: PersonId,
        /// Those whose newest message has this number or above.
        since: Number,
        /// At most so many.
        limit: usize,
    },
}

/// What the store found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Who is at each of the addresses, in their order, and the name that others are shown.
    Addresses(Vec<Option<(Who, Arc<str>)>>),
    /// The person; `None` if there is none.
    Person(Option<Box<PersonRecord>>),
    /// The thread; `None` if there is none.
    Thread(Option<Arc<Thread>>),
    /// The messages.
    Messages(Vec<Kept>),
    /// The conversations.
    Conversations(Vec<Conversation>),
}

/// The store could not do it. Why, the shell knows and logs.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store failed")]
pub struct StoreFailed;
