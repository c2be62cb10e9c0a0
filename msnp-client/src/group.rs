//! The groups that one is in.

use machine_contract::SortedMap;

use crate::id::{ContactId, ConversationId};
use crate::limits::Limits;
use crate::text::clip;

/// A group, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Group {
    /// Which.
    pub id: ConversationId,
    /// Its topic, if one is set.
    pub topic: Option<String>,
    /// Who is in it.
    pub members: Vec<Member>,
}

impl Group {
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

/// What a service tells of a group. `None`: it says nothing of that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GroupUpdate {
    pub(crate) id: ConversationId,
    /// Empty: there is none.
    pub(crate) topic: Option<String>,
    /// All of them.
    pub(crate) members: Option<Vec<Member>>,
}

/// The groups that one is in, bounded.
#[derive(Debug, Default)]
pub(crate) struct Groups(SortedMap<ConversationId, Group>);

/// What [`Groups::put`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GroupChange {
    Changed(Group),
    Left(ConversationId),
}

impl Groups {
    /// Takes in what is told of a group. When oneself is not among its members any more, one has left.
    pub(crate) fn put(
        &mut self,
        update: GroupUpdate,
        me: &ContactId,
        limits: &Limits,
    ) -> Option<GroupChange> {
        let id = update.id;
        id.group_name()?;
        let known = self.0.get(&id);
        let is_new = known.is_none();
        let mut group = known.cloned().unwrap_or_else(|| Group::new(id.clone()));
        if let Some(topic) = &update.topic {
            group.topic = Some(clip(topic, limits.text)).filter(|topic| !topic.is_empty());
        }
        if let Some(members) = update.members {
            // Of a list that is cut nobody can tell whether oneself is on the rest of it.
            let is_whole = members.len() <= limits.members;
            if is_whole && !members.iter().any(|member| member.contact == *me) {
                return self.leave(&id).map(GroupChange::Left);
            }
            group.members = members;
            group.members.truncate(limits.members);
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

    /// People have other names from now on.
    pub(crate) fn rename(&mut self, names: &SortedMap<ContactId, ContactId>) {
        for member in self.0.values_mut().flat_map(|group| &mut group.members) {
            if let Some(name) = names.get(&member.contact) {
                member.contact = name.clone();
            }
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Group> {
        self.0.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn me() -> ContactId {
        ContactId::skype("live:alice").expect("a name")
    }

    fn put(
        groups: &mut Groups,
        topic: Option<&str>,
        members: &[&str],
        limits: &Limits,
    ) -> Option<GroupChange> {
        let member = |name: &&str| Member::new(ContactId::skype(name).expect("a name"));
        let update = GroupUpdate {
            id: ConversationId::group("19:abc@thread.skype").expect("a name"),
            topic: topic.map(str::to_owned),
            members: Some(members.iter().map(member).collect()),
        };
        groups.put(update, &me(), limits)
    }

    const BOTH: &[&str] = &["live:alice", "bob"];
    const BOB: &[&str] = &["bob"];

    #[test]
    fn a_thread_replaces_members_and_keeps_the_topic() {
        let mut groups = Groups::default();
        let limits = Limits::default();
        assert!(put(&mut groups, Some("T"), BOTH, &limits).is_some());
        let alone = put(&mut groups, None, &["live:alice"], &limits);
        let Some(GroupChange::Changed(group)) = alone else {
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
        assert!(put(&mut groups, None, BOTH, &limits).is_some());
        assert_eq!(put(&mut groups, None, BOTH, &limits), None);
    }

    #[test]
    fn a_thread_without_oneself_is_left_once() {
        let mut groups = Groups::default();
        let limits = Limits::default();
        put(&mut groups, None, BOTH, &limits);
        assert!(matches!(
            put(&mut groups, None, BOB, &limits),
            Some(GroupChange::Left(_))
        ));
        assert_eq!(put(&mut groups, None, BOB, &limits), None);
        assert_eq!(groups.iter().count(), 0);
    }

    #[test]
    fn groups_and_members_are_bounded() {
        let mut groups = Groups::default();
        let none = Limits {
            conversations: 0,
            ..Limits::default()
        };
        assert_eq!(put(&mut groups, None, BOTH, &none), None);
        let one = Limits {
            members: 1,
            ..Limits::default()
        };
        let Some(GroupChange::Changed(group)) = put(&mut groups, None, BOTH, &one) else {
            panic!("a change");
        };
        assert_eq!(group.members.len(), 1);
    }
}
