//! Conversations and what is said in them.

use std::collections::BTreeMap;
use std::fmt;

use machine_contract::UnixTime;
use msnp_proto::payload::message::MessageType;
use msnp_proto::payload::thread::{Role, Thread};

use crate::address::{contact_at, conversation_at};
use crate::id::{ContactId, ConversationId, MessageId};
use crate::limits::Limits;
use crate::presence::clip;

/// A group, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conversation {
    /// Which.
    pub id: ConversationId,
    /// Its topic, if one is set.
    pub topic: Option<String>,
    /// Who is in it.
    pub members: Vec<Member>,
}

impl Conversation {
    /// A group of which nothing but its name is known.
    pub const fn new(id: ConversationId) -> Self {
        Self {
            id,
            topic: None,
            members: Vec::new(),
        }
    }
}

/// One member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Member {
    /// Who.
    pub contact: ContactId,
    /// May add and remove others.
    pub admin: bool,
}

impl Member {
    /// A member without rights of its own.
    pub const fn new(contact: ContactId) -> Self {
        Self {
            contact,
            admin: false,
        }
    }
}

/// One message, received now or read from the history.
///
/// `Debug` leaves the text out.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// Which. The same id from another sender is another message.
    pub id: MessageId,
    /// Where.
    pub conversation: ConversationId,
    /// Who wrote it. Oneself, if it was sent from another endpoint or comes from the history.
    pub from: ContactId,
    /// What the sender called himself when writing.
    pub from_name: Option<String>,
    /// The text.
    pub text: String,
    /// How the text is to be read.
    pub format: Format,
    /// When it was sent, by the service's clock, if it says so.
    pub sent_at: Option<UnixTime>,
    /// It waited at the service while one was offline, or comes from the history.
    pub delayed: bool,
}

impl Message {
    /// A plain message, told at once; when it was sent is not known.
    pub fn new(
        id: MessageId,
        conversation: ConversationId,
        from: ContactId,
        text: impl Into<String>,
    ) -> Self {
        Self {
            id,
            conversation,
            from,
            from_name: None,
            text: text.into(),
            format: Format::Plain,
            sent_at: None,
            delayed: false,
        }
    }
}

/// How a text is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// As it is.
    Plain,
    /// With tags and entities (`<b>`, `<a href>`, `<ss>` …, msnp24.md 10).
    Rich,
    /// Neither: the sender's word for it, for example `RichText/Contacts`.
    Other(String),
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("id", &self.id)
            .field("conversation", &self.conversation)
            .field("from", &self.from)
            .field("text", &format_args!("{} bytes", self.text.len()))
            .field("format", &self.format)
            .field("sent_at", &self.sent_at)
            .field("delayed", &self.delayed)
            .finish_non_exhaustive()
    }
}

impl Format {
    /// How MSNP24 says it.
    pub(crate) fn of(kind: &MessageType) -> Self {
        if *kind == MessageType::TEXT {
            Self::Plain
        } else if *kind == MessageType::RICH_TEXT {
            Self::Rich
        } else {
            Self::Other(clip(kind.as_str(), 64))
        }
    }
}

/// The groups that one is in, bounded.
#[derive(Debug, Default)]
pub(crate) struct Groups(BTreeMap<ConversationId, Conversation>);

/// What [`Groups::put`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GroupChange {
    Changed(Conversation),
    Left(ConversationId),
}

impl Groups {
    /// Takes in a thread document. Its members, if it names any, replace those known
    /// (msnp24.md 11); when oneself is not among them any more, one has left.
    pub(crate) fn put(
        &mut self,
        thread: &Thread,
        me: &ContactId,
        limits: &Limits,
    ) -> Option<GroupChange> {
        let id = conversation_at(thread.id.as_ref()?)?;
        id.group_name()?;
        let known = self.0.get(&id);
        let is_new = known.is_none();
        let mut group = known.cloned().unwrap_or_else(|| Conversation {
            id: id.clone(),
            topic: None,
            members: Vec::new(),
        });
        if let Some(topic) = &thread.topic {
            group.topic = Some(clip(topic, limits.text)).filter(|topic| !topic.is_empty());
        }
        if !thread.members.is_empty() {
            let members = thread.members.iter().take(limits.members);
            group.members = members
                .filter_map(|member| {
                    Some(Member {
                        contact: contact_at(&member.mri)?,
                        admin: member.role == Some(Role::ADMIN),
                    })
                })
                .collect();
            if thread.members.len() <= limits.members
                && !group.members.iter().any(|member| member.contact == *me)
            {
                return self.leave(&id).map(GroupChange::Left);
            }
        }
        if is_new && self.0.len() >= limits.conversations {
            return None;
        }
        if !is_new && self.0.get(&id) == Some(&group) {
            return None;
        }
        self.0.insert(id, group.clone());
        Some(GroupChange::Changed(group))
    }

    /// One is not in this group any more. `None`: one was not.
    pub(crate) fn leave(&mut self, id: &ConversationId) -> Option<ConversationId> {
        self.0.remove(id).map(|group| group.id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Conversation> {
        self.0.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn me() -> ContactId {
        ContactId::skype("live:alice").expect("a name")
    }

    fn put(groups: &mut Groups, inner: &str, limits: &Limits) -> Option<GroupChange> {
        let document = format!("<thread><id>19:abc@thread.skype</id>{inner}</thread>");
        let thread = Thread::parse(document.as_bytes()).expect("a thread");
        groups.put(&thread, &me(), limits)
    }

    const BOTH: &str = "<members><member><mri>8:live:alice</mri><role>admin</role></member>\
                        <member><mri>8:bob</mri><role>user</role></member></members>";
    const BOB: &str = "<members><member><mri>8:bob</mri><role>user</role></member></members>";

    #[test]
    fn a_thread_replaces_members_and_keeps_the_topic() {
        let mut groups = Groups::default();
        let limits = Limits::default();
        let topic = format!("<properties><topic>T</topic></properties>{BOTH}");
        assert!(put(&mut groups, &topic, &limits).is_some());
        let Some(GroupChange::Changed(group)) = put(
            &mut groups,
            "<members><member><mri>8:live:alice</mri></member></members>",
            &limits,
        ) else {
            panic!("a change");
        };
        assert_eq!(
            (group.topic.as_deref(), group.members.len()),
            (Some("T"), 1)
        );
        assert!(!group.members[0].admin);
    }

    #[test]
    fn the_same_again_is_no_change() {
        let mut groups = Groups::default();
        let limits = Limits::default();
        assert!(put(&mut groups, BOTH, &limits).is_some());
        assert_eq!(put(&mut groups, BOTH, &limits), None);
    }

    #[test]
    fn a_thread_without_oneself_is_left_once() {
        let mut groups = Groups::default();
        let limits = Limits::default();
        put(&mut groups, BOTH, &limits);
        assert!(matches!(
            put(&mut groups, BOB, &limits),
            Some(GroupChange::Left(_))
        ));
        assert_eq!(put(&mut groups, BOB, &limits), None);
        assert_eq!(groups.iter().count(), 0);
    }

    #[test]
    fn groups_and_members_are_bounded() {
        let mut groups = Groups::default();
        let none = Limits {
            conversations: 0,
            ..Limits::default()
        };
        assert_eq!(put(&mut groups, BOTH, &none), None);
        let one = Limits {
            members: 1,
            ..Limits::default()
        };
        let Some(GroupChange::Changed(group)) = put(&mut groups, BOTH, &one) else {
            panic!("a change");
        };
        assert_eq!(group.members.len(), 1);
    }
}
