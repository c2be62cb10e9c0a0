//! What a face asks of the network for the person at a connection, and how it is answered.

use std::sync::Arc;

use machine_contract::UnixTime;

use super::contact::{Contact, GroupId, Roster};
use super::lists::{Lists, Privacy};
use super::message::{EndpointId, Kept, Number, Said};
use super::participant::Participant;
use super::presence::Publication;
use super::receipt::Evidence;
use super::settings::Settings;
use super::thread::{Role, Thread, ThreadId};
use crate::identity::{Address, Who};

/// A stream of bytes from one client; the server gives the number and never gives it twice.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// A command of one connection; its face gives the number, and never twice.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// A room, for as long as somebody is in it. Hard to guess: it is what an invitation is known by.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomId(pub u128);

/// What a person does. Everything but [`Enter`](Self::Enter),
/// [`EnterConversation`](Self::EnterConversation) and [`EnterAside`](Self::EnterAside) needs a connection that has entered.
///
/// Exhaustive: there is no command that a network may ignore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// The connection becomes one of the places where the person is.
    Enter {
        /// Who; the face has seen the proof.
        who: Who,
        /// Which place.
        endpoint: EndpointId,
    },
    /// The connection belongs to one conversation alone, which lives while somebody is in it (msnp8-18.md 9.1): it opens or
    /// joins its room, and hears nothing but that. It may be in one more, in which the person's other connections tell it
    /// what they alone are told. It is no place where the person is, has no presence, and takes no place from those that
    /// are. Beside what is about rooms it may [send](Self::Send), [look up](Self::LookUp) and say what was
    /// [received](Self::Received); everything else is refused as [`NotEntered`](super::Refusal::NotEntered).
    EnterConversation {
        /// Who; the face has seen the proof.
        who: Who,
        /// The place to which the conversation belongs. It need not be there any more.
        endpoint: EndpointId,
    },
    /// The connection acts for a person, and is no place of theirs: it shows nobody there, takes no place from one, and is told
    /// nothing. What it changes their places hear of. Only what is about lists, about names and properties, and about messages
    /// that wait may be asked by it, and [sent](Self::Send); everything else is refused as
    /// [`NotEntered`](super::Refusal::NotEntered).
    EnterAside {
        /// Who; whoever asks has seen the proof.
        who: Who,
        /// The author of what is sent.
        endpoint: EndpointId,
    },
    /// It wants to be told; adds to what it was told before.
    Subscribe(Subscription),
    /// It says something about itself and its person.
    Publish(Publication),
    /// The person wants to be called so.
    SetName(Arc<str>),
    /// Contacts are put on lists, and taken off them: all, or none.
    ChangeContacts(Vec<ContactChange>),
    /// All contacts, groups, and what else the person keeps for themselves, as they are now.
    ListRoster,
    /// Who is at these addresses, as the person's roster has them.
    LookUp(Vec<Address>),
    /// A contact gets a name that only the owner sees; an empty one takes it away.
    NameContact {
        /// Which contact.
        contact: Address,
        /// The name.
        name: Arc<str>,
    },
    /// A new group of contacts.
    AddGroup {
        /// Its name.
        name: Arc<str>,
    },
    /// A group gets another name.
    RenameGroup {
        /// Which.
        group: GroupId,
        /// The name.
        name: Arc<str>,
    },
    /// A group is gone; its contacts stay.
    RemoveGroup {
        /// Which.
        group: GroupId,
    },
    /// A contact is put into a group, or taken out.
    SetGroup {
        /// Which contact.
        contact: Address,
        /// Which group.
        group: GroupId,
        /// Into it.
        inside: bool,
    },
    /// What holds for people on neither the allow nor the block list.
    SetPrivacy(Privacy),
    /// A property that only the person's own clients give a meaning to; an empty value takes it
    /// away.
    SetProperty {
        /// Its name.
        name: Arc<str>,
        /// Its value.
        value: Arc<str>,
    },
    /// What the person has settled: [`SetPrivacy`](Self::SetPrivacy) and [`SetProperty`](Self::SetProperty).
    ListSettings,
    /// Says something to a person or a thread.
    Send {
        /// To whom.
        to: Recipient,
        /// What.
        said: Said,
        /// How.
        delivery: Delivery,
    },
    /// Says something to the person's other places, or to one of them. Nothing of it is kept.
    Notify(Option<EndpointId>, Said),
    /// Messages that wait, oldest first. They wait on until they are [received](Self::Received).
    ListWaiting {
        /// Above this number.
        after: Number,
        /// Up to this one.
        until: Number,
        /// At most so many.
        limit: usize,
    },
    /// The client says that it has received a message, which need not be sent again. Who has said so once says so of all.
    Received(Number),
    /// A message need not be sent again, though the client has said nothing: it cannot be shown there, or its dialect has no word
    /// for receipts and what the client does shows it.
    CountsAsReceived(Number),
    /// Something is known of messages that were sent to the connection, without the client's own word. That they were read counts
    /// only for an endpoint that has never said what it has received; one that has, once, is taken at its word.
    Evidence(Evidence, Vec<Number>),
    /// The person has read a conversation up to now.
    Read(ConversationAddress),
    /// The person's conversations.
    ListConversations {
        /// Only those with a message of this number or above.
        since: Number,
        /// At most so many, the one with the newest message first.
        limit: usize,
    },
    /// The messages of one conversation.
    ListMessages {
        /// Which.
        conversation: ConversationAddress,
        /// From this number on.
        from: Number,
        /// Up to the one before this.
        before: Number,
        /// At most so many, newest first.
        limit: usize,
    },
    /// Threads as they are now; those that the person is not in are left out.
    ListThreads(Vec<ThreadId>),
    /// Makes a thread; its maker is an admin. Who does not let the maker write to them is left out.
    MakeThread {
        /// Who shall be in it.
        members: Vec<(Address, Role)>,
        /// What it is about.
        topic: Option<Arc<str>>,
    },
    /// Adds people to a thread, changes roles, sets the topic.
    ChangeThread {
        /// Which.
        thread: ThreadId,
        /// People with the role that they shall have.
        members: Vec<(Address, Role)>,
        /// What it is about from now on.
        topic: Option<Arc<str>>,
    },
    /// Removes people from a thread; who names oneself leaves.
    LeaveThread {
        /// Which.
        thread: ThreadId,
        /// Whom.
        members: Vec<Address>,
    },
    /// Opens a room and is in it.
    OpenRoom,
    /// Asks somebody into a room. Answered by [`Answer::Reached`]: at so many of their places. None: they are there, and
    /// can be written to, but nowhere come into rooms.
    Invite {
        /// Which.
        room: RoomId,
        /// Whom.
        whom: Address,
    },
    /// Comes into a room that one was asked into.
    JoinRoom(RoomId),
    /// Goes out of a room.
    LeaveRoom(RoomId),
    /// Says something to all others in a room.
    SayInRoom {
        /// Which.
        room: RoomId,
        /// What.
        said: Said,
    },
}

/// What a connection wants to be told of.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is wanted or not, whatever the others are"
)]
pub struct Subscription {
    /// The contacts, and what changes among them.
    pub roster: bool,
    /// The presence of contacts and of the person's other endpoints.
    pub presence: bool,
    /// Messages and what happens in threads.
    pub messages: bool,
    /// That somebody asks the person into a room.
    pub rooms: bool,
}

/// One contact of a [`Command::ChangeContacts`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactChange {
    /// Whom.
    pub contact: Address,
    /// What.
    pub change: ListChange,
}

/// How the lists of a contact change.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum ListChange {
    /// Exactly these from now on.
    Set(Lists),
    /// These too.
    Add(Lists),
    /// Not these any more.
    Remove(Lists),
}

/// To whom something is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// A person; only one endpoint, if it is named and the message is transient.
    Person(Address, Option<EndpointId>),
    /// All who are in a thread.
    Thread(ThreadId),
}

/// A conversation, as a client names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConversationAddress {
    /// With a person.
    Person(Address),
    /// A thread.
    Thread(ThreadId),
}

/// Whether a message is kept.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It is in the history of both, and waits for who is away.
    Durable,
    /// It reaches whoever is there, or nobody.
    Transient {
        /// If a person is named, somebody must be there whom the sender may know to be there.
        must_reach: bool,
        /// The sender's other endpoints are shown it too.
        echo: bool,
    },
}

/// A command was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// There is nothing more to say.
    Done,
    /// A group of contacts was made.
    Group(GroupId),
    /// What was asked for.
    Roster(Box<Roster>),
    /// The people asked for, each once; on [`Lists::NONE`] if they are not in the roster. Oneself and
    /// addresses that lead to nobody are left out.
    Contacts(Vec<Contact>),
    /// A thread was made or changed.
    Thread(ThreadId),
    /// What the person has settled.
    Settings(Settings),
    /// The conversations asked for.
    Conversations(Vec<Conversation>),
    /// The messages asked for, newest first; all there are, or as many as asked for.
    Messages(Vec<Kept>),
    /// The threads asked for.
    Threads(Vec<Arc<Thread>>),
    /// A room was opened, or these are in the room that was joined, in the order in which they came.
    Room(RoomId, Vec<Participant>),
    /// So many others were given the message or the invitation.
    Reached(usize),
}

impl Answer {
    /// About how many bytes it takes.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Done | Self::Group(_) | Self::Thread(_) | Self::Reached(_) => 256,
            Self::Roster(all) => 512 + all.contacts.len() * 192 + all.groups.len() * 96,
            Self::Contacts(all) => 64 + all.len() * 192,
            Self::Settings(settings) => settings.size(),
            Self::Conversations(all) => all.iter().map(|one| 512 + one.last.message.size()).sum(),
            Self::Messages(all) => all.iter().map(|one| 512 + one.message.size()).sum(),
            Self::Threads(all) => all.iter().map(|one| 256 + one.members.len() * 96).sum(),
            Self::Room(_, people) => 256 + people.len() * 1024,
        }
    }
}

/// One conversation of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Its newest message.
    pub last: Kept,
    /// How far the person has read, if it was ever told.
    pub horizon: Option<Horizon>,
    /// In a thread: whether the person is in it no longer, and since when.
    pub left: Option<UnixTime>,
}

/// How far somebody has read a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Horizon {
    /// The last message that was read.
    pub number: Number,
    /// What its author's client called it.
    pub client_id: Option<Arc<str>>,
    /// When it was read.
    pub at: UnixTime,
}
