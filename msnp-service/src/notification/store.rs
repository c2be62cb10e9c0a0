//! What the notification server remembers, and the narrow trait through which it does.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
pub use msnp_proto::payload::contacts::Lists;
use msnp_proto::{Address, Guid, Network, Secret};

use crate::accounts::{SignInAddress, SkypeId};

/// Everything that outlives a connection: accounts, contact lists, threads, messages.
///
/// Reads see the writes that came before them, committed or not. Writes are kept by
/// [`commit`](Self::commit) only: a process that ends before it leaves no trace of them, one that
/// ends behind it loses none. The machine makes every change of one input before it asks for
/// anything to be sent, and gives out what it wants sent only once `commit` has succeeded, so
/// nothing that a peer was told is ever lost.
///
/// Lists come in the order that the method names, never in an order of hashes.
pub trait Store {
    /// Why the store could not do it. The machine answers 501 and goes on.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Keeps all writes since the last commit, or none of them.
    fn commit(&mut self) -> Result<(), Self::Error>;
    /// Forgets all writes since the last commit.
    fn roll_back(&mut self);

    /// The account of that name.
    fn account(&self, who: &SkypeId) -> Result<Option<Account>, Self::Error>;
    /// The account that signs in with that address.
    fn account_by_address(&self, address: &SignInAddress) -> Result<Option<Account>, Self::Error>;
    /// At most `limit` accounts in the order of their names, those behind `after`.
    fn accounts(&self, after: Option<&SkypeId>, limit: usize) -> Result<Vec<Account>, Self::Error>;
    /// Adds an account; `false` if its name or its address is taken, and nothing has changed.
    fn add_account(&mut self, account: &Account) -> Result<bool, Self::Error>;
    /// Changes the name that others are shown; nothing if there is no such account.
    fn set_display_name(&mut self, who: &SkypeId, name: &str) -> Result<(), Self::Error>;
    /// Changes the password; nothing if there is no such account.
    fn set_password_hash(
        &mut self,
        who: &SkypeId,
        hash: &Secret<String>,
    ) -> Result<(), Self::Error>;

    /// The lists of `owner` that `contact` is on.
    fn lists(&self, owner: &SkypeId, contact: &SkypeId) -> Result<Lists, Self::Error>;
    /// The contacts of `owner` in the order of their names.
    fn contacts(&self, owner: &SkypeId) -> Result<Vec<(SkypeId, Lists)>, Self::Error>;
    /// Puts each of these contacts on exactly these lists of `owner`, or, if that fails, none of
    /// them; who is on no list is forgotten.
    fn set_lists(
        &mut self,
        owner: &SkypeId,
        contacts: &[(SkypeId, Lists)],
    ) -> Result<(), Self::Error>;
    /// At most `limit` of those who have `who` on their forward list, in the order of their names.
    fn watchers(&self, who: &SkypeId, limit: usize) -> Result<Vec<SkypeId>, Self::Error>;

    /// The thread of that id.
    fn thread(&self, id: &ThreadId) -> Result<Option<Thread>, Self::Error>;
    /// Adds or replaces a thread.
    fn put_thread(&mut self, thread: &Thread) -> Result<(), Self::Error>;

    /// The highest id among the messages; 0 if there are none.
    fn last_message_id(&self) -> Result<MessageId, Self::Error>;
    /// Adds a message, whose id is above all others, with the share of each who has it.
    fn append(&mut self, message: &Message, shares: &[Share]) -> Result<(), Self::Error>;
    /// The newest message that `sender` sent with that `Client-Message-ID`.
    fn sent(&self, sender: &SkypeId, client_id: &str) -> Result<Option<Message>, Self::Error>;
    /// At most `limit` undelivered messages of `owner` behind `after` and up to `until`, oldest first.
    fn pending(
        &self,
        owner: &SkypeId,
        after: MessageId,
        until: MessageId,
        limit: usize,
    ) -> Result<Vec<Held>, Self::Error>;
    /// How many messages wait for `owner`, counting no further than `limit`.
    fn pending_count(&self, owner: &SkypeId, limit: usize) -> Result<usize, Self::Error>;
    /// At most `limit` messages of `owner` behind `after`, delivered or not, oldest first.
    fn since(
        &self,
        owner: &SkypeId,
        after: MessageId,
        limit: usize,
    ) -> Result<Vec<Held>, Self::Error>;
    /// `owner` has that message: it waits no longer.
    fn delivered(&mut self, owner: &SkypeId, id: MessageId) -> Result<(), Self::Error>;

    /// At most `limit` conversations of `owner` whose last message is `start` or newer, the one
    /// with the newest message first.
    fn conversations(
        &self,
        owner: &SkypeId,
        start: MessageId,
        limit: usize,
    ) -> Result<Vec<Conversation>, Self::Error>;
    /// At most `limit` messages of one conversation of `owner`: `start` or newer, older than
    /// `before`, newest first.
    fn history(
        &self,
        owner: &SkypeId,
        conversation: &ConversationId,
        start: MessageId,
        before: MessageId,
        limit: usize,
    ) -> Result<Vec<Message>, Self::Error>;
    /// Notes how far `owner` has read; nothing if there is no such conversation.
    fn set_horizon(
        &mut self,
        owner: &SkypeId,
        conversation: &ConversationId,
        horizon: &str,
    ) -> Result<(), Self::Error>;
    /// Forgets every message older than `id`, and the conversations that then have none.
    fn forget_before(&mut self, id: MessageId) -> Result<(), Self::Error>;
}

/// Somebody who can sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The name in addresses.
    pub skype_id: SkypeId,
    /// What is typed at sign-in.
    pub address: SignInAddress,
    /// The name that others are shown.
    pub display_name: String,
    /// What [`hash_password`](crate::accounts::hash_password) gave.
    pub password_hash: Secret<String>,
}

/// The id of a thread: `19:` and 32 hexadecimal digits and `@thread.skype` (msnp24.md 4).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ThreadId(Arc<str>);

impl ThreadId {
    /// Reads an id; `None` if no thread can have it.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_prefix("19:")?.strip_suffix("@thread.skype")?;
        (hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
            .then(|| Self(text.to_ascii_lowercase().into()))
    }

    /// The id made of these bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(format!("19:{:032x}@thread.skype", u128::from_be_bytes(bytes)).into())
    }

    /// The whole id, which is also the thread's address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address itself.
    #[expect(
        clippy::missing_panics_doc,
        reason = "no id of this type can make it panic"
    )]
    pub fn to_address(&self) -> Address {
        let id = self.0.trim_start_matches("19:");
        Address::new(Network::THREAD, id).expect("a digest and a constant make an id")
    }
}

/// A group conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// Its address.
    pub id: ThreadId,
    /// Milliseconds of Unix time of the last change; grows with each.
    pub version: u64,
    /// What it is about; may be empty.
    pub topic: String,
    /// Who made it.
    pub creator: SkypeId,
    /// Those who are in it and those who left, in the order in which they joined.
    pub members: Vec<Member>,
}

/// One person in a [`Thread`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub who: SkypeId,
    /// What they may do.
    pub role: Role,
    /// When they left, in milliseconds of Unix time; `None` while they are in it.
    pub left: Option<u64>,
}

/// What a member of a thread may do.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// Everything.
    Admin,
    /// Write, add people, set the topic, leave.
    User,
}

impl Thread {
    /// Those who are in it.
    pub fn present(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.left.is_none())
    }

    /// The role of somebody who is in it.
    pub fn role(&self, who: &SkypeId) -> Option<Role> {
        self.present()
            .find(|member| member.who == *who)
            .map(|member| member.role)
    }
}

/// The number of a message: milliseconds of Unix time when it arrived, raised where needed so that
/// each is above the one before (msnp24.md 10).
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub u64);

/// Who a message is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// A person, at one endpoint.
    Person(SkypeId, Guid),
    /// A thread, saying what happened in it.
    Thread(ThreadId),
}

/// One message, as its author sent it.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Its number on this server.
    pub id: MessageId,
    /// When it arrived, in milliseconds of Unix time.
    pub arrival: u64,
    /// Who sent it.
    pub author: Author,
    /// Its `Message-Type`.
    pub kind: String,
    /// The sender's `Client-Message-ID`, if any.
    pub client_id: Option<String>,
    /// The sender's other headers of the Messaging block, as `Name: value` lines ending in CRLF.
    pub headers: Bytes,
    /// The body.
    pub body: Bytes,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Message({} from {:?}, {}, {} bytes)",
            self.id.0,
            self.author,
            self.kind,
            self.body.len()
        )
    }
}

/// Whom one conversation is with, as its owner sees it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConversationId {
    /// One other person.
    Person(SkypeId),
    /// The members of a thread.
    Thread(ThreadId),
}

impl ConversationId {
    /// Reads an address; `None` unless it names a Skype user or a thread. Parameters are not
    /// allowed.
    pub fn parse(muri: &str) -> Option<Self> {
        if let Some(name) = muri.strip_prefix("8:") {
            return SkypeId::parse(name).ok().map(Self::Person);
        }
        ThreadId::parse(muri).map(Self::Thread)
    }

    /// The address: `8:bob`, `19:…@thread.skype`.
    pub fn to_muri(&self) -> String {
        match self {
            Self::Person(who) => who.to_muri(),
            Self::Thread(id) => id.as_str().to_owned(),
        }
    }
}

/// One person's share of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Whose.
    pub owner: SkypeId,
    /// In which of the owner's conversations it stands.
    pub conversation: ConversationId,
    /// Whether it still has to be delivered.
    pub pending: bool,
}

/// A message in one person's keeping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The owner's conversation.
    pub conversation: ConversationId,
    /// What was said.
    pub message: Message,
    /// Whether it still has to be delivered.
    pub pending: bool,
}

/// One conversation of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Whom it is with.
    pub id: ConversationId,
    /// The newest message.
    pub last: Message,
    /// How far the owner has read, in the wire's words; empty if never told.
    pub horizon: String,
}

impl fmt::Debug for ThreadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ConversationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(who) => write!(f, "8:{who}"),
            Self::Thread(id) => f.write_str(id.as_str()),
        }
    }
}
