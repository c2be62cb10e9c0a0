//! Who is typing: nobody says that he has stopped, so each sign counts for a while (msnp8-18.md 9.4).

use std::collections::BTreeMap;
use std::time::Duration;

use machine_contract::Instant;

use crate::fact::Fact;
use crate::id::{ContactId, ConversationId};

/// For how long a sign counts.
const LASTS: Duration = Duration::from_secs(6);
/// So many people type at once, at most: of more nothing is told.
const MOST: usize = 64;

/// The signs that count, each with the conversation in which it was told: that may have another name by the time it is over.
#[derive(Debug, Default)]
pub(super) struct Signs(BTreeMap<ContactId, (ConversationId, Instant)>);

impl Signs {
    /// Somebody types. What is to be told.
    pub(super) fn begin(
        &mut self,
        who: &ContactId,
        conversation: ConversationId,
        now: Instant,
    ) -> Vec<Fact> {
        let elsewhere = |(told, _): &(ConversationId, Instant)| *told != conversation;
        let mut facts = Vec::new();
        if self.0.get(who).is_some_and(elsewhere) {
            facts.extend(self.end(who));
        }
        if self.0.len() < MOST || self.0.contains_key(who) {
            let sign = (conversation.clone(), now + LASTS);
            self.0.insert(who.clone(), sign);
            facts.push(told(conversation, who.clone(), true));
        }
        facts
    }

    /// Somebody types no more. What is to be told, if he did.
    pub(super) fn end(&mut self, who: &ContactId) -> Option<Fact> {
        let (conversation, _) = self.0.remove(who)?;
        Some(told(conversation, who.clone(), false))
    }

    /// What is to be told of those whose sign is too old.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<Fact> {
        let over = self.0.iter().filter(|(_, (_, until))| *until <= now);
        let over: Vec<_> = over.map(|(who, _)| who.clone()).collect();
        over.iter().filter_map(|who| self.end(who)).collect()
    }

    /// What is to be told when nothing more is heard of anybody.
    pub(super) fn end_all(&mut self) -> Vec<Fact> {
        let all = std::mem::take(&mut self.0).into_iter();
        all.map(|(who, (conversation, _))| told(conversation, who, false))
            .collect()
    }

    /// When the next of them is too old.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.0.values().map(|(_, until)| *until).min()
    }
}

const fn told(conversation: ConversationId, from: ContactId, typing: bool) -> Fact {
    Fact::Typing {
        conversation,
        from,
        typing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_people_type_than_are_kept_in_mind() {
        let mut signs = Signs::default();
        let mut told = 0;
        for number in 0..2 * MOST {
            let who: ContactId = format!("{number}@x.org").parse().expect("an address");
            told += signs.begin(&who, who.clone().into(), Instant::ORIGIN).len();
        }
        assert_eq!(told, MOST);
        assert_eq!(signs.expire(Instant::ORIGIN + LASTS).len(), MOST);
        assert_eq!(signs.poll_timeout(), None);
    }
}
