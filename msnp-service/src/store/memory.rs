//! `Memory`: a store in ordered maps, for the demo, for tests and for simulations.

use std::collections::BTreeMap;
use std::convert::Infallible;

use msnp_proto::Secret;

use super::table::{Table, Undo};
use crate::accounts::{SignInAddress, SkypeId};
use crate::notification::{
    Account, Author, Conversation, ConversationId, Held, Lists, Message, MessageId, Share, Store,
    Thread, ThreadId,
};

/// A [`Store`] that ends with the process.
///
/// It keeps the promise about commits as a file would, so that a simulated crash
/// ([`roll_back`](Store::roll_back)) loses what a real one would.
#[derive(Debug, Default)]
pub struct Memory {
    accounts: Table<SkypeId, Account>,
    addresses: Table<SignInAddress, SkypeId>,
    lists: Table<(SkypeId, SkypeId), Lists>,
    watchers: Table<(SkypeId, SkypeId), ()>,
    threads: Table<ThreadId, Thread>,
    messages: Table<MessageId, Message>,
    sent: Table<(SkypeId, String), MessageId>,
    shares: Table<(SkypeId, MessageId), ConversationId>,
    pending: Table<(SkypeId, MessageId), ()>,
    histories: Table<(SkypeId, ConversationId, MessageId), ()>,
    conversations: Table<(SkypeId, ConversationId), (MessageId, String)>,
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn tables(&mut self) -> [&mut dyn Undo; 11] {
        [
            &mut self.accounts,
            &mut self.addresses,
            &mut self.lists,
            &mut self.watchers,
            &mut self.threads,
            &mut self.messages,
            &mut self.sent,
            &mut self.shares,
            &mut self.pending,
            &mut self.histories,
            &mut self.conversations,
        ]
    }

    fn held(&self, owner: &SkypeId, id: MessageId) -> Option<Held> {
        Some(Held {
            conversation: self.shares.get(&(owner.clone(), id))?.clone(),
            message: self.messages.get(&id)?.clone(),
            pending: self.pending.get(&(owner.clone(), id)).is_some(),
        })
    }

    fn forget(&mut self, id: MessageId, shared_by: &BTreeMap<MessageId, Vec<SkypeId>>) {
        let Some(message) = self.messages.remove(&id) else {
            return;
        };
        if let (Author::Person(sender, _), Some(client_id)) = (message.author, message.client_id) {
            let key = (sender, client_id);
            if self.sent.get(&key) == Some(&id) {
                self.sent.remove(&key);
            }
        }
        for owner in shared_by.get(&id).into_iter().flatten() {
            let Some(conversation) = self.shares.remove(&(owner.clone(), id)) else {
                continue;
            };
            self.pending.remove(&(owner.clone(), id));
            self.histories
                .remove(&(owner.clone(), conversation.clone(), id));
            let key = (owner.clone(), conversation);
            if self
                .conversations
                .get(&key)
                .is_some_and(|(last, _)| *last == id)
            {
                self.conversations.remove(&key);
            }
        }
    }
}

impl Store for Memory {
    type Error = Infallible;

    fn commit(&mut self) -> Result<(), Infallible> {
        self.tables().into_iter().for_each(Undo::forget);
        Ok(())
    }

    fn roll_back(&mut self) {
        self.tables().into_iter().for_each(Undo::undo);
    }

    fn account(&self, who: &SkypeId) -> Result<Option<Account>, Infallible> {
        Ok(self.accounts.get(who).cloned())
    }

    fn account_by_address(&self, address: &SignInAddress) -> Result<Option<Account>, Infallible> {
        Ok(self
            .addresses
            .get(address)
            .and_then(|who| self.accounts.get(who))
            .cloned())
    }

    fn accounts(&self, after: Option<&SkypeId>, limit: usize) -> Result<Vec<Account>, Infallible> {
        let all = self.accounts.rows.values();
        Ok(all
            .filter(|account| after.is_none_or(|after| account.skype_id > *after))
            .take(limit)
            .cloned()
            .collect())
    }

    fn add_account(&mut self, account: &Account) -> Result<bool, Infallible> {
        if self.accounts.get(&account.skype_id).is_some()
            || self.addresses.get(&account.address).is_some()
        {
            return Ok(false);
        }
        self.addresses
            .put(account.address.clone(), account.skype_id.clone());
        self.accounts.put(account.skype_id.clone(), account.clone());
        Ok(true)
    }

    fn set_display_name(&mut self, who: &SkypeId, name: &str) -> Result<(), Infallible> {
        if let Some(mut account) = self.accounts.get(who).cloned() {
            name.clone_into(&mut account.display_name);
            self.accounts.put(who.clone(), account);
        }
        Ok(())
    }

    fn set_password_hash(
        &mut self,
        who: &SkypeId,
        hash: &Secret<String>,
    ) -> Result<(), Infallible> {
        if let Some(mut account) = self.accounts.get(who).cloned() {
            account.password_hash = hash.clone();
            self.accounts.put(who.clone(), account);
        }
        Ok(())
    }

    fn lists(&self, owner: &SkypeId, contact: &SkypeId) -> Result<Lists, Infallible> {
        let lists = self.lists.get(&(owner.clone(), contact.clone()));
        Ok(lists.copied().unwrap_or_default())
    }

    fn contacts(&self, owner: &SkypeId) -> Result<Vec<(SkypeId, Lists)>, Infallible> {
        let from = (owner.clone(), SkypeId::lowest());
        let rows = self
            .lists
            .range(from..)
            .take_while(|((of, _), _)| of == owner);
        Ok(rows
            .map(|((_, contact), lists)| (contact.clone(), *lists))
            .collect())
    }

    fn set_lists(
        &mut self,
        owner: &SkypeId,
        contacts: &[(SkypeId, Lists)],
    ) -> Result<(), Infallible> {
        for (contact, lists) in contacts {
            let key = (owner.clone(), contact.clone());
            let watching = (contact.clone(), owner.clone());
            if lists.contains(Lists::FORWARD) {
                self.watchers.put(watching, ());
            } else {
                self.watchers.remove(&watching);
            }
            if *lists == Lists::NONE {
                self.lists.remove(&key);
            } else {
                self.lists.put(key, *lists);
            }
        }
        Ok(())
    }

    fn watchers(&self, who: &SkypeId, limit: usize) -> Result<Vec<SkypeId>, Infallible> {
        let from = (who.clone(), SkypeId::lowest());
        let rows = self
            .watchers
            .range(from..)
            .take_while(|((of, _), ())| of == who);
        Ok(rows
            .map(|((_, owner), ())| owner.clone())
            .take(limit)
            .collect())
    }

    fn thread(&self, id: &ThreadId) -> Result<Option<Thread>, Infallible> {
        Ok(self.threads.get(id).cloned())
    }

    fn put_thread(&mut self, thread: &Thread) -> Result<(), Infallible> {
        self.threads.put(thread.id.clone(), thread.clone());
        Ok(())
    }

    fn last_message_id(&self) -> Result<MessageId, Infallible> {
        let last = self.messages.rows.last_key_value();
        Ok(last.map_or_else(MessageId::default, |(id, _)| *id))
    }

    fn append(&mut self, message: &Message, shares: &[Share]) -> Result<(), Infallible> {
        if let (Author::Person(sender, _), Some(client_id)) = (&message.author, &message.client_id)
        {
            self.sent
                .put((sender.clone(), client_id.clone()), message.id);
        }
        for share in shares {
            let (owner, conversation) = (&share.owner, &share.conversation);
            self.shares
                .put((owner.clone(), message.id), conversation.clone());
            self.histories
                .put((owner.clone(), conversation.clone(), message.id), ());
            if share.pending {
                self.pending.put((owner.clone(), message.id), ());
            }
            let key = (owner.clone(), conversation.clone());
            let horizon = self
                .conversations
                .get(&key)
                .map(|(_, horizon)| horizon.clone());
            self.conversations
                .put(key, (message.id, horizon.unwrap_or_default()));
        }
        self.messages.put(message.id, message.clone());
        Ok(())
    }

    fn sent(&self, sender: &SkypeId, client_id: &str) -> Result<Option<Message>, Infallible> {
        let id = self.sent.get(&(sender.clone(), client_id.to_owned()));
        Ok(id.and_then(|id| self.messages.get(id)).cloned())
    }

    fn pending(
        &self,
        owner: &SkypeId,
        after: MessageId,
        until: MessageId,
        limit: usize,
    ) -> Result<Vec<Held>, Infallible> {
        let from = (owner.clone(), MessageId(after.0.saturating_add(1)));
        let rows = self
            .pending
            .range(from..)
            .take_while(|((of, id), ())| of == owner && *id <= until);
        Ok(rows
            .take(limit)
            .filter_map(|((_, id), ())| self.held(owner, *id))
            .collect())
    }

    fn pending_count(&self, owner: &SkypeId, limit: usize) -> Result<usize, Infallible> {
        let from = (owner.clone(), MessageId::default());
        let rows = self
            .pending
            .range(from..)
            .take_while(|((of, _), ())| of == owner);
        Ok(rows.take(limit).count())
    }

    fn since(
        &self,
        owner: &SkypeId,
        after: MessageId,
        limit: usize,
    ) -> Result<Vec<Held>, Infallible> {
        let from = (owner.clone(), MessageId(after.0.saturating_add(1)));
        let rows = self
            .shares
            .range(from..)
            .take_while(|((of, _), _)| of == owner);
        Ok(rows
            .take(limit)
            .filter_map(|((_, id), _)| self.held(owner, *id))
            .collect())
    }

    fn delivered(&mut self, owner: &SkypeId, id: MessageId) -> Result<(), Infallible> {
        self.pending.remove(&(owner.clone(), id));
        Ok(())
    }

    fn conversations(
        &self,
        owner: &SkypeId,
        start: MessageId,
        limit: usize,
    ) -> Result<Vec<Conversation>, Infallible> {
        let from = (owner.clone(), ConversationId::Person(SkypeId::lowest()));
        let rows = self
            .conversations
            .range(from..)
            .take_while(|((of, _), _)| of == owner);
        let mut found: Vec<_> = rows
            .filter(|(_, (last, _))| *last >= start)
            .filter_map(|((_, id), (last, horizon))| {
                let last = self.messages.get(last)?.clone();
                Some(Conversation {
                    id: id.clone(),
                    last,
                    horizon: horizon.clone(),
                })
            })
            .collect();
        found.sort_by_key(|conversation| std::cmp::Reverse(conversation.last.id));
        found.truncate(limit);
        Ok(found)
    }

    fn history(
        &self,
        owner: &SkypeId,
        conversation: &ConversationId,
        start: MessageId,
        before: MessageId,
        limit: usize,
    ) -> Result<Vec<Message>, Infallible> {
        if start >= before {
            return Ok(Vec::new());
        }
        let at = |id| (owner.clone(), conversation.clone(), id);
        let rows = self
            .histories
            .range(at(start)..at(before))
            .rev()
            .take(limit);
        Ok(rows
            .filter_map(|((_, _, id), ())| self.messages.get(id).cloned())
            .collect())
    }

    fn set_horizon(
        &mut self,
        owner: &SkypeId,
        conversation: &ConversationId,
        horizon: &str,
    ) -> Result<(), Infallible> {
        let key = (owner.clone(), conversation.clone());
        if let Some((last, _)) = self.conversations.get(&key) {
            let last = *last;
            self.conversations.put(key, (last, horizon.to_owned()));
        }
        Ok(())
    }

    fn forget_before(&mut self, id: MessageId) -> Result<(), Infallible> {
        let old: Vec<MessageId> = self.messages.range(..id).map(|(id, _)| *id).collect();
        let mut shared_by: BTreeMap<MessageId, Vec<SkypeId>> = BTreeMap::new();
        for (owner, message) in self.shares.rows.keys().filter(|(_, message)| *message < id) {
            shared_by.entry(*message).or_default().push(owner.clone());
        }
        for message in old {
            self.forget(message, &shared_by);
        }
        Ok(())
    }
}
