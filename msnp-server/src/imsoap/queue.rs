//! What waits for one IM account to be fetched, bounded.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use msnp_client::{ContactId, ReceiptId};
use soap_codec::bsim::{Group, Message};

use super::config::Config;
use super::upstream::AccountKey;

/// A message of one sign-in that the network keeps until it is acknowledged.
pub(super) type Receipt = (AccountKey, ReceiptId);

/// What waits to be fetched, or was fetched together.
///
/// Values that replace each other are kept once.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// `OnLogin`.
    login: Option<String>,
    /// `OnNicknameChanged`.
    nickname: Option<String>,
    /// `OnStatusChanged`.
    status: Option<String>,
    /// `OnReceiveGroups`.
    groups: Option<Vec<Group>>,
    /// `OnReceiveBuddies`.
    received: BTreeSet<ContactId>,
    /// `OnBuddyStatusChanged`: who, and when in the order of changes.
    changed: BTreeMap<ContactId, u64>,
    /// `OnLog`.
    log: VecDeque<String>,
    /// `OnMessage`.
    messages: VecDeque<Waiting>,
}

/// A message, until its caller has it.
#[derive(Debug)]
struct Waiting {
    message: Message,
    /// The network keeps it too. Without one, this is the only place where it is.
    receipt: Option<Receipt>,
    /// It has been given and read, and is to be given once more.
    was_read: bool,
}

/// What has happened and is not known to have reached the caller, bounded.
///
/// Lines, and messages that the network does not keep, are kept up to a bound, the oldest giving way and being counted.
/// Of messages that it keeps it gives no more than a client may hold.
#[derive(Debug)]
pub(super) struct Queue {
    waiting: Told,
    /// What was given last, until it is known whether that was read.
    given: Option<Told>,
    changes: u64,
    lines_dropped: u64,
    messages_dropped: u64,
    entries_limit: usize,
    bytes_limit: usize,
}

impl Queue {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            waiting: Told::default(),
            given: None,
            changes: 0,
            lines_dropped: 0,
            messages_dropped: 0,
            entries_limit: config.queued_entries,
            bytes_limit: config.queued_bytes,
        }
    }

    /// It was signed in at this time.
    pub(super) fn logged_in(&mut self, at: String) {
        self.waiting.login = Some(at);
    }

    pub(super) fn nickname_changed(&mut self, name: &str) {
        self.waiting.nickname = Some(name.to_owned());
    }

    pub(super) fn status_changed(&mut self, code: &str) {
        self.waiting.status = Some(code.to_owned());
    }

    /// These are the groups of the contacts.
    pub(super) fn groups_received(&mut self, groups: Vec<Group>) {
        self.waiting.groups = Some(groups);
    }

    /// There is a buddy that was not there before.
    pub(super) fn buddy_received(&mut self, who: ContactId) {
        self.waiting.received.insert(who);
    }

    pub(super) fn log(&mut self, line: &str) {
        self.waiting.log.push_back(printable(line));
        self.drop_lines();
    }

    pub(super) fn message(&mut self, message: Message, receipt: Option<Receipt>) {
        self.waiting.messages.push_back(Waiting {
            message,
            receipt,
            was_read: false,
        });
        self.drop_messages();
    }

    /// A buddy is not as it was told last.
    pub(super) fn buddy_changed(&mut self, who: ContactId) {
        self.changes += 1;
        self.waiting.changed.insert(who, self.changes);
    }

    /// A buddy is none any more.
    pub(super) fn buddy_removed(&mut self, who: &ContactId) {
        for told in self.given.iter_mut().chain([&mut self.waiting]) {
            told.received.remove(who);
            told.changed.remove(who);
        }
    }

    /// Gives all that waits, with a log line about each kind of thing that was dropped.
    pub(super) fn give(&mut self) -> &Told {
        let mut told = std::mem::take(&mut self.waiting);
        let dropped = [
            (std::mem::take(&mut self.lines_dropped), "log lines"),
            (std::mem::take(&mut self.messages_dropped), "messages"),
        ];
        for (count, what) in dropped.into_iter().filter(|(count, _)| *count > 0) {
            told.log.push_back(format!(
                "Too much waited to be fetched: {count} older {what} were dropped."
            ));
        }
        self.given.insert(told)
    }

    /// What was given last has been read: the receipts of the messages in it. With `twice` each message is given once
    /// more before that.
    pub(super) fn was_read(&mut self, twice: bool) -> Vec<Receipt> {
        let given = self.given.take().unwrap_or_default();
        let mut receipts = Vec::new();
        for one in given.messages.into_iter().rev() {
            match one.receipt {
                Some(_) if twice && !one.was_read => self.waiting.messages.push_front(Waiting {
                    was_read: true,
                    ..one
                }),
                receipt => receipts.extend(receipt),
            }
        }
        receipts.reverse();
        receipts
    }

    /// What was given last may be lost, so it waits again, before all that has come since. What has been replaced
    /// meanwhile is not told any more.
    pub(super) fn give_again(&mut self) {
        let Some(mut told) = self.given.take() else {
            return;
        };
        let since = std::mem::take(&mut self.waiting);
        told.login = since.login.or(told.login);
        told.nickname = since.nickname.or(told.nickname);
        told.status = since.status.or(told.status);
        told.groups = since.groups.or(told.groups);
        told.received.extend(since.received);
        told.changed.extend(since.changed);
        told.log.extend(since.log);
        told.messages.extend(since.messages);
        self.waiting = told;
        self.drop_lines();
        self.drop_messages();
    }

    /// Its client is gone, and the network gives anew what it keeps.
    pub(super) fn leave_to_the_network(&mut self) {
        let mut left = 0;
        for told in self.given.iter_mut().chain([&mut self.waiting]) {
            left += told.messages.len();
            told.messages.retain(|one| one.receipt.is_none());
            left -= told.messages.len();
        }
        if left > 0 {
            self.log(&format!(
                "Messages that are given again after the next login: {left}."
            ));
        }
    }

    fn drop_lines(&mut self) {
        while self.waiting.log.len() > self.entries_limit {
            self.waiting.log.pop_front();
            self.lines_dropped += 1;
        }
    }

    fn drop_messages(&mut self) {
        let messages = &mut self.waiting.messages;
        let only_here = |one: &&Waiting| one.receipt.is_none();
        let mut entries = messages.iter().filter(only_here).count();
        let sizes = messages.iter().filter(only_here);
        let mut bytes: usize = sizes.map(|one| size(&one.message)).sum();
        let (most, most_bytes) = (self.entries_limit, self.bytes_limit);
        let mut dropped = 0;
        messages.retain(|one| {
            let gives_way = (entries > most || bytes > most_bytes) && one.receipt.is_none();
            if gives_way {
                entries -= 1;
                bytes -= size(&one.message);
                dropped += 1;
            }
            !gives_way
        });
        self.messages_dropped += dropped;
    }
}

impl Told {
    /// `OnLogin`.
    pub(super) fn login(&self) -> Option<String> {
        self.login.clone()
    }

    /// `OnNicknameChanged`.
    pub(super) fn nickname(&self) -> Option<String> {
        self.nickname.clone()
    }

    /// `OnStatusChanged`.
    pub(super) fn status(&self) -> Option<String> {
        self.status.clone()
    }

    /// `OnReceiveBuddies`.
    pub(super) fn received(&self) -> impl Iterator<Item = &ContactId> {
        self.received.iter()
    }

    /// `OnReceiveGroups`.
    pub(super) fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.iter().flatten()
    }

    /// `OnLog`.
    pub(super) fn log(&self) -> impl Iterator<Item = &String> {
        self.log.iter()
    }

    pub(super) fn messages(&self) -> impl Iterator<Item = &Message> {
        self.messages.iter().map(|one| &one.message)
    }

    /// The buddies that changed, in the order of their latest changes.
    pub(super) fn changed(&self) -> Vec<&ContactId> {
        let mut changed: Vec<_> = self.changed.iter().collect();
        changed.sort_by_key(|(_, change)| **change);
        changed.into_iter().map(|(who, _)| who).collect()
    }
}

/// The text with what XML cannot carry replaced: names on the network may hold it, and one of them
/// must not make a whole fetch fail.
pub(super) fn printable(text: &str) -> String {
    let kept = |c: char| match c {
        '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    text.chars().map(kept).collect()
}

fn size(message: &Message) -> usize {
    message.from.len() + message.text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(entries: usize, bytes: usize) -> Queue {
        Queue::new(&Config {
            queued_entries: entries,
            queued_bytes: bytes,
            ..Config::default()
        })
    }

    fn message(text: &str) -> Message {
        Message {
            from: "b".to_owned(),
            text: text.to_owned(),
        }
    }

    /// What a fetch gives that is read: log and texts.
    fn fetch(queue: &mut Queue) -> (Vec<String>, Vec<String>) {
        let told = queue.give();
        let log = told.log().cloned().collect();
        let texts = told.messages().map(|it| it.text.clone()).collect();
        queue.was_read(false);
        (log, texts)
    }

    #[test]
    fn the_oldest_lines_give_way_and_are_counted() {
        let mut queue = queue(2, 100);
        for line in ["1", "2", "3", "4"] {
            queue.log(line);
        }
        let told = "Too much waited to be fetched: 2 older log lines were dropped.";
        assert_eq!(fetch(&mut queue).0, ["3", "4", told]);
        assert!(fetch(&mut queue).0.is_empty(), "told once");
    }

    #[test]
    fn the_oldest_messages_give_way_and_are_counted() {
        let mut queue = queue(2, 100);
        for text in ["1", "2", "3"] {
            queue.message(message(text), None);
        }
        let told = "Too much waited to be fetched: 1 older messages were dropped.";
        let (log, texts) = fetch(&mut queue);
        assert_eq!(log, [told]);
        assert_eq!(texts, ["2", "3"]);
    }

    #[test]
    fn messages_are_bounded_in_bytes_too() {
        let mut queue = queue(100, 8);
        for text in ["123", "456", "789"] {
            queue.message(message(text), None);
        }
        assert_eq!(fetch(&mut queue).1, ["456", "789"]);
        queue.message(message("far too long"), None);
        let (log, texts) = fetch(&mut queue);
        assert!(texts.is_empty());
        assert_eq!(log.len(), 1, "its loss is told");
        queue.message(message("123"), None);
        assert_eq!(fetch(&mut queue).1, ["123"], "counting starts again");
    }

    #[test]
    fn a_buddy_is_told_once_where_it_changed_last() {
        let mut queue = queue(10, 10);
        let who = |name| ContactId::skype(name).unwrap();
        for name in ["a", "b", "a"] {
            queue.buddy_changed(who(name));
        }
        assert_eq!(queue.give().changed(), [&who("b"), &who("a")]);
        queue.was_read(false);
        assert!(queue.give().changed().is_empty());
    }

    #[test]
    fn what_was_given_and_not_read_is_given_again_before_what_came_since() {
        let mut queue = queue(10, 100);
        let who = |name| ContactId::skype(name).unwrap();
        queue.log("1");
        queue.status_changed("NLN");
        queue.nickname_changed("A");
        queue.message(message("1"), None);
        queue.buddy_changed(who("a"));
        queue.buddy_changed(who("b"));
        queue.give();
        queue.log("2");
        queue.status_changed("BSY");
        queue.message(message("2"), None);
        queue.buddy_changed(who("a"));
        queue.give_again();
        queue.give_again();
        let told = queue.give();
        assert_eq!(told.log, ["1", "2"]);
        assert_eq!(told.status.as_deref(), Some("BSY"));
        assert_eq!(told.nickname.as_deref(), Some("A"));
        let texts: Vec<_> = told.messages().map(|it| it.text.as_str()).collect();
        assert_eq!(texts, ["1", "2"]);
        assert_eq!(told.changed(), [&who("b"), &who("a")]);
    }

    #[test]
    fn what_is_given_again_is_bounded_too() {
        let mut queue = queue(2, 100);
        for text in ["1", "2"] {
            queue.log(text);
            queue.message(message(text), None);
        }
        queue.give();
        queue.log("3");
        queue.message(message("3"), None);
        queue.give_again();
        let (log, texts) = fetch(&mut queue);
        assert_eq!((log[..2].join(" "), log.len()), ("2 3".to_owned(), 4));
        assert_eq!(texts, ["2", "3"]);
    }
}
