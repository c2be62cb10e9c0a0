//! Messages as values: what was said, by whom, and where it stands in somebody's keeping.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use machine_contract::UnixTime;
use msnp_proto::Guid;

use super::thread::{Activity, ThreadId};
use crate::identity::{HomeId, Who};

/// A place where a person is signed in; the client makes it up and keeps it (msnp24.md 4).
pub type EndpointId = Guid;

/// The name of a message, given once by its author's home and unique across machines. Repetitions
/// are known by it. Nothing is told by its order.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageName {
    /// Where it was named.
    pub home: HomeId,
    /// A number that this home gives once.
    pub number: u64,
}

/// The number of a message in one person's keeping: the milliseconds of Unix time when it came,
/// raised where needed so that each is above the one before (msnp24.md 10). Numbers of two keepers are
/// never compared.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(pub u64);

impl Number {
    /// Behind every other.
    pub const LAST: Self = Self(u64::MAX);

    /// The one that a keeper whose last one is `self` gives at `now`.
    #[must_use]
    pub fn next(self, now: UnixTime) -> Self {
        Self(now.as_millis().max(self.0.saturating_add(1)))
    }
}

/// Which conversation a message belongs to, as its keeper sees it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConversationId {
    /// With one other person, or with oneself.
    Person(Who),
    /// A thread.
    Thread(ThreadId),
}

/// Who said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// A person, at one endpoint.
    Person(Who, EndpointId),
    /// A thread, of what happened in it.
    Thread(ThreadId),
}

/// What a person says.
#[derive(Clone, PartialEq, Eq)]
pub struct Said {
    /// What sort of message it is, in the words of MSNP24, which has most of them: `Text`, `Nudge`,
    /// `Control/Typing`. No rule looks at it.
    pub kind: Arc<str>,
    /// The name that the author's client gave it; the same again is a repetition.
    pub client_id: Option<Arc<str>>,
    /// What the author's dialect says about it beside.
    pub attributes: Attributes,
    /// The words themselves.
    pub body: Bytes,
}

/// Names with values, in order.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Attributes(Vec<(Arc<str>, Arc<str>)>);

/// What was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// By a person.
    Said(Said),
    /// By a thread.
    Activity(Activity),
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its name.
    pub name: MessageName,
    /// When it came to the author's home.
    pub arrival: UnixTime,
    /// Whose it is.
    pub author: Author,
    /// What it is.
    pub content: Content,
}

/// A message in one person's keeping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its number there.
    pub number: Number,
    /// The keeper's conversation.
    pub conversation: ConversationId,
    /// The message itself, the same for all who keep it.
    pub message: Arc<Message>,
    /// Whether the keeper has still to receive it.
    pub waiting: bool,
}

impl Attributes {
    /// None.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds one behind the others.
    pub fn push(&mut self, name: impl Into<Arc<str>>, value: impl Into<Arc<str>>) {
        self.0.push((name.into(), value.into()));
    }

    /// The value of the first with that name, in any case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find_map(|(found, value)| found.eq_ignore_ascii_case(name).then_some(value))
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// The bytes of all names and values.
    pub fn size(&self) -> usize {
        self.iter()
            .map(|(name, value)| name.len() + value.len())
            .sum()
    }
}

impl Message {
    /// About how many bytes it takes.
    pub fn size(&self) -> usize {
        match &self.content {
            Content::Said(said) => said.size(),
            Content::Activity(activity) => activity.size(),
        }
    }

    /// What the author's client called it.
    pub fn client_id(&self) -> Option<&str> {
        match &self.content {
            Content::Said(said) => said.client_id.as_deref(),
            Content::Activity(_) => None,
        }
    }
}

impl Said {
    /// About how many bytes it takes.
    pub fn size(&self) -> usize {
        self.body.len() + self.attributes.size() + 256
    }

    /// What two messages with the same client id have in common if one is the other's repetition.
    /// Not cryptographic: who makes two of their own messages collide deceives nobody else.
    pub fn digest(&self) -> u64 {
        // FNV-1a (64 bits), written out because it is kept in stores and must never change.
        let mut digest: u64 = 0xcbf2_9ce4_8422_2325;
        let kind = self.kind.as_bytes().iter().chain(&[0]);
        for byte in kind.chain(&self.body) {
            digest = (digest ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        digest
    }
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Said({}, {} bytes)", self.kind, self.body.len())
    }
}

impl fmt::Debug for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attributes({})", self.0.len())
    }
}
