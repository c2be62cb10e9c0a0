//! What one person keeps of what was said: messages by number, by conversation, waiting and sent.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use machine_contract::UnixTime;

use crate::identity::PersonId;
use crate::network::{
    Author, Content, ConversationId, Horizon, Kept, Message, Number, SENT, SentRecord,
};

/// The messages of one person. Every index holds numbers alone; the messages stand in `kept`.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    last: Number,
    kept: BTreeMap<Number, Kept>,
    waiting: BTreeSet<Number>,
    sent: BTreeSet<Number>,
    conversations: BTreeMap<ConversationId, Conversation>,
}

/// One conversation; forgotten with its last message.
#[derive(Debug, Default)]
struct Conversation {
    numbers: BTreeSet<Number>,
    /// Up to where it was read, and when.
    read: Option<(Number, UnixTime)>,
}

impl Mailbox {
    /// Puts a message behind all others; `owner` is whose mailbox it is. `false` if the number is
    /// taken: it was given twice, and what stands there stays.
    pub(super) fn put(&mut self, owner: PersonId, share: Kept) -> bool {
        let number = share.number;
        if self.kept.contains_key(&number) {
            return false;
        }
        self.last = self.last.max(number);
        if share.waiting {
            self.waiting.insert(number);
        }
        let own = matches!(&share.message.author, Author::Person(who, _) if who.person() == owner);
        if own && share.message.client_id().is_some() {
            self.sent.insert(number);
        }
        if let Some(known) = self.conversations.get_mut(&share.conversation) {
            known.numbers.insert(number);
        } else {
            let new = Conversation {
                numbers: BTreeSet::from([number]),
                read: None,
            };
            self.conversations.insert(share.conversation.clone(), new);
        }
        self.kept.insert(number, share);
        true
    }

    /// The message of that number was received.
    pub(super) fn receive(&mut self, number: Number) {
        if self.waiting.remove(&number)
            && let Some(kept) = self.kept.get_mut(&number)
        {
            kept.waiting = false;
        }
    }

    /// A conversation was read up to `number`; nothing if there is no such conversation.
    pub(super) fn read_up_to(
        &mut self,
        conversation: &ConversationId,
        number: Number,
        at: UnixTime,
    ) {
        if let Some(known) = self.conversations.get_mut(conversation) {
            known.read = Some((number, at));
        }
    }

    /// Forgets one message, and its conversation if it was the only one there.
    pub(super) fn forget(&mut self, number: Number) {
        let Some(gone) = self.kept.remove(&number) else {
            return;
        };
        self.waiting.remove(&number);
        self.sent.remove(&number);
        if let Some(known) = self.conversations.get_mut(&gone.conversation) {
            known.numbers.remove(&number);
            if known.numbers.is_empty() {
                self.conversations.remove(&gone.conversation);
            }
        }
    }

    /// The highest number that was ever given.
    pub(super) fn last(&self) -> Number {
        self.last
    }

    /// The numbers of the messages that wait.
    pub(super) fn waiting(&self) -> Vec<Number> {
        self.waiting.iter().copied().collect()
    }

    /// The newest [`SENT`] messages of the owner that have a client's name, oldest first.
    pub(super) fn sent(&self) -> Vec<SentRecord> {
        let newest = self.sent.iter().rev().take(SENT);
        let mut sent: Vec<SentRecord> = newest
            .filter_map(|number| sent_record(self.kept.get(number)?))
            .collect();
        sent.reverse();
        sent
    }

    /// The messages above `after` and up to `until`, oldest first.
    pub(super) fn backlog(
        &self,
        after: Number,
        until: Number,
        waiting: bool,
        limit: usize,
    ) -> Vec<Kept> {
        if after >= until {
            return Vec::new();
        }
        let range = (
            std::ops::Bound::Excluded(after),
            std::ops::Bound::Included(until),
        );
        if waiting {
            let numbers = self.waiting.range(range).take(limit);
            numbers
                .filter_map(|number| self.kept.get(number).cloned())
                .collect()
        } else {
            let kept = self.kept.range(range).take(limit);
            kept.map(|(_, kept)| kept.clone()).collect()
        }
    }

    /// The messages of one conversation, from `from` up to the one before `before`, newest first.
    pub(super) fn messages(
        &self,
        conversation: &ConversationId,
        from: Number,
        before: Number,
        limit: usize,
    ) -> Vec<Kept> {
        if from >= before {
            return Vec::new();
        }
        let Some(known) = self.conversations.get(conversation) else {
            return Vec::new();
        };
        let numbers = known.numbers.range(from..before).rev().take(limit);
        numbers
            .filter_map(|number| self.kept.get(number).cloned())
            .collect()
    }

    /// The newest message of each conversation where its number is `since` or above, and how far that
    /// conversation was read; the one with the newest message first.
    pub(super) fn conversations(
        &self,
        since: Number,
        limit: usize,
    ) -> impl Iterator<Item = (&Kept, Option<Horizon>)> {
        let mut newest: Vec<(Number, &Conversation)> = self
            .conversations
            .values()
            .filter_map(|known| Some((*known.numbers.last()?, known)))
            .filter(|(last, _)| *last >= since)
            .collect();
        newest.sort_unstable_by_key(|(last, _)| std::cmp::Reverse(*last));
        newest.truncate(limit);
        newest.into_iter().filter_map(|(last, known)| {
            let horizon = known.read.map(|read| self.horizon(known, read));
            Some((self.kept.get(&last)?, horizon))
        })
    }

    /// The horizon is told by the last message at or below it: numbers that were never in the
    /// conversation, and those forgotten since, say nothing to a client. Without one it stays as it is.
    fn horizon(&self, known: &Conversation, (number, at): (Number, UnixTime)) -> Horizon {
        let last = known.numbers.range(..=number).next_back();
        let message: Option<&Arc<Message>> = last
            .and_then(|last| self.kept.get(last))
            .map(|kept| &kept.message);
        Horizon {
            number: last.copied().unwrap_or(number),
            client_id: message.and_then(|message| message.client_id().map(Arc::from)),
            at,
        }
    }
}

fn sent_record(kept: &Kept) -> Option<SentRecord> {
    let (Content::Said(said), Author::Person(_, endpoint)) =
        (&kept.message.content, &kept.message.author)
    else {
        return None;
    };
    Some(SentRecord {
        client_id: said.client_id.clone()?,
        endpoint: *endpoint,
        conversation: kept.conversation.clone(),
        digest: said.digest(),
        arrival: kept.message.arrival,
    })
}
