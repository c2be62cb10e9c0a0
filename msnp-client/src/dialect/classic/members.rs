//! Who is in a conversation, by endpoint: since MSNP16 everybody comes once for each, and once more (msnp8-18.md 9.2).

use machine_contract::{SortedMap, SortedSet};
use msnp_proto::classic::{Endpoint, Word};
use msnp_proto::payload::presence::Capabilities;

use super::people;
use crate::id::ContactId;

/// Everybody but oneself.
#[derive(Debug, Default)]
pub(super) struct Members {
    people: SortedMap<ContactId, Member>,
}

#[derive(Debug, Default)]
struct Member {
    endpoints: SortedSet<Option<Word>>,
    /// Unknown before MSNP12.
    capabilities: Option<Capabilities>,
}

/// How many endpoints of somebody are counted, and how many people: more are never told of.
const MOST: usize = 64;

impl Members {
    /// Somebody is there. True: that is news.
    pub(super) fn come(
        &mut self,
        who: &ContactId,
        user: &Endpoint,
        capabilities: Option<Capabilities>,
    ) -> bool {
        let is_new = !self.people.contains_key(who);
        if is_new && self.people.len() >= MOST {
            return false;
        }
        let member = self.people.get_or_default(who.clone());
        if member.endpoints.len() < MOST {
            member.endpoints.insert(user.id.clone());
        }
        member.capabilities = capabilities.or(member.capabilities);
        is_new
    }

    /// One of his endpoints has gone. The person, if that was the last.
    pub(super) fn go(&mut self, user: &Endpoint) -> Option<ContactId> {
        let who = people::speaker(user)?;
        let member = self.people.get_mut(&who)?;
        member.endpoints.remove(&user.id);
        if !member.endpoints.is_empty() {
            return None;
        }
        self.people.remove(&who);
        Some(who)
    }

    pub(super) fn has(&self, who: &ContactId) -> bool {
        self.people.contains_key(who)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &ContactId> {
        self.people.keys()
    }

    pub(super) fn len(&self) -> usize {
        self.people.len()
    }

    /// Whether all of them put the parts of long messages together (enums.tsv, capability).
    pub(super) fn can_join(&self) -> bool {
        let can = |member: &Member| {
            let bits = member.capabilities;
            bits.is_some_and(|it| it.has(Capabilities::MULTI_PACKET_MESSAGES))
        };
        !self.people.is_empty() && self.people.values().all(can)
    }
}

#[cfg(test)]
mod tests {
    use msnp_proto::classic::Account;

    use super::*;

    fn user(id: Option<&str>) -> Endpoint {
        Endpoint {
            account: Account::new("bob@x.org"),
            id: id.map(Word::encode),
        }
    }

    #[test]
    fn somebody_is_there_while_one_endpoint_is() {
        let bob: ContactId = "bob@x.org".parse().expect("an address");
        let mut members = Members::default();
        assert!(members.come(&bob, &user(Some("{a}")), None));
        assert!(!members.come(&bob, &user(None), Some(Capabilities::of(32, 0))));
        assert!(members.can_join());
        assert_eq!(members.go(&user(Some("{a}"))), None);
        assert_eq!(members.go(&user(None)), Some(bob));
        assert_eq!((members.len(), members.go(&user(None))), (0, None));
    }
}
