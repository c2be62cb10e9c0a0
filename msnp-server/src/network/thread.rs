//! A thread as a value: a group conversation with members, roles and a topic.

use std::fmt;
use std::sync::Arc;

use machine_contract::UnixTime;

use crate::identity::{PersonId, Who};

/// A group conversation, on every machine.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ThreadId(pub [u8; 16]);

/// A group conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// Its id.
    pub id: ThreadId,
    /// Grows with each change: milliseconds of Unix time, raised where needed. 0: not made yet.
    pub version: u64,
    /// What it is about; may be empty.
    pub topic: Arc<str>,
    /// Who made it.
    pub creator: Who,
    /// In the order in which they came, those who have left included.
    pub members: Vec<Member>,
}

/// Somebody who is or was in a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub who: Who,
    /// What they may do.
    pub role: Role,
    /// When they left; `None` while they are in it.
    pub left: Option<UnixTime>,
}

/// What a member may do.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// Everything.
    Admin,
    /// Write, add people, set the topic, leave.
    User,
}

/// What happened in a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// When.
    pub at: UnixTime,
    /// Who did it.
    pub by: Who,
    /// What.
    pub deed: Deed,
}

/// What somebody did in a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// People were added.
    Added(Vec<Who>),
    /// People were removed, or left.
    Removed(Vec<Who>),
    /// People got other roles.
    Roles(Vec<(Who, Role)>),
    /// The topic was set.
    Topic(Arc<str>),
}

impl Thread {
    /// The members who have not left.
    pub fn present(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.left.is_none())
    }

    /// The role of a member who has not left.
    pub fn role(&self, who: PersonId) -> Option<Role> {
        self.present()
            .find(|member| member.who.person() == who)
            .map(|member| member.role)
    }
}

impl Activity {
    /// About how many bytes it takes.
    pub fn size(&self) -> usize {
        let people = match &self.deed {
            Deed::Added(people) | Deed::Removed(people) => people.len(),
            Deed::Roles(people) => people.len(),
            Deed::Topic(topic) => return topic.len() + 512,
        };
        512 + people * 96
    }
}

impl fmt::Debug for ThreadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}
