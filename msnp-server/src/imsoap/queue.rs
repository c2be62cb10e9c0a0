//! What waits for one IM account to be fetched, bounded.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use msnp_client::ContactId;
use soap_codec::bsim::Message;

use super::config::Config;

/// What has happened since the last fetch.
///
/// Values that replace each other are kept once; lines and messages up to a bound, the oldest
/// giving way and being counted.
#[derive(Debug)]
pub(super) struct Queue {
    /// `OnLogin`.
    login: Option<String>,
    /// `OnNicknameChanged`.
    nickname: Option<String>,
    /// `OnStatusChanged`.
    status: Option<String>,
    /// `OnReceiveBuddies`.
    received: BTreeSet<ContactId>,
    /// `OnBuddyStatusChanged`: who, and when in the order of changes.
    changed: BTreeMap<ContactId, u64>,
    changes: u64,
    log: VecDeque<String>,
    lines_dropped: u64,
    messages: VecDeque<Message>,
    message_bytes: usize,
    messages_dropped: u64,
    entries_limit: usize,
    bytes_limit: usize,
}

impl Queue {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            login: None,
            nickname: None,
            status: None,
            received: BTreeSet::new(),
            changed: BTreeMap::new(),
            changes: 0,
            log: VecDeque::new(),
            lines_dropped: 0,
            messages: VecDeque::new(),
            message_bytes: 0,
            messages_dropped: 0,
            entries_limit: config.queued_entries,
            bytes_limit: config.queued_bytes,
        }
    }

    /// It was signed in at this time.
    pub(super) fn logged_in(&mut self, at: String) {
        self.login = Some(at);
    }

    pub(super) fn nickname_changed(&mut self, name: &str) {
        self.nickname = Some(name.to_owned());
    }

    pub(super) fn status_changed(&mut self, code: &str) {
        self.status = Some(code.to_owned());
    }

    /// There is a buddy that was not there before.
    pub(super) fn buddy_received(&mut self, who: ContactId) {
        self.received.insert(who);
    }

    pub(super) fn log(&mut self, line: &str) {
        self.log.push_back(printable(line));
        if self.log.len() > self.entries_limit {
            self.log.pop_front();
            self.lines_dropped += 1;
        }
    }

    pub(super) fn message(&mut self, message: Message) {
        self.message_bytes += size(&message);
        self.messages.push_back(message);
        while self.messages.len() > self.entries_limit || self.message_bytes > self.bytes_limit {
            let Some(oldest) = self.messages.pop_front() else {
                break;
            };
            self.message_bytes -= size(&oldest);
            self.messages_dropped += 1;
        }
    }

    /// A buddy is not as it was told last.
    pub(super) fn buddy_changed(&mut self, who: ContactId) {
        self.changes += 1;
        self.changed.insert(who, self.changes);
    }

    /// A buddy is none any more.
    pub(super) fn buddy_removed(&mut self, who: &ContactId) {
        self.received.remove(who);
        self.changed.remove(who);
    }

    /// The log, with a line about each kind of thing that was dropped.
    pub(super) fn take_log(&mut self) -> Vec<String> {
        let mut lines: Vec<_> = self.log.drain(..).collect();
        let dropped = [
            (std::mem::take(&mut self.lines_dropped), "log lines"),
            (std::mem::take(&mut self.messages_dropped), "messages"),
        ];
        for (count, what) in dropped {
            if count > 0 {
                lines.push(format!(
                    "Too much waited to be fetched: {count} older {what} were dropped."
                ));
            }
        }
        lines
    }

    pub(super) const fn take_login(&mut self) -> Option<String> {
        self.login.take()
    }

    pub(super) const fn take_nickname(&mut self) -> Option<String> {
        self.nickname.take()
    }

    pub(super) const fn take_status(&mut self) -> Option<String> {
        self.status.take()
    }

    pub(super) fn take_received(&mut self) -> BTreeSet<ContactId> {
        std::mem::take(&mut self.received)
    }

    pub(super) fn take_messages(&mut self) -> Vec<Message> {
        self.message_bytes = 0;
        self.messages.drain(..).collect()
    }

    /// The buddies that changed, in the order of their latest changes.
    pub(super) fn take_changed(&mut self) -> Vec<ContactId> {
        let mut changed: Vec<_> = std::mem::take(&mut self.changed).into_iter().collect();
        changed.sort_by_key(|(_, change)| *change);
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

    fn texts(queue: &mut Queue) -> Vec<String> {
        queue
            .take_messages()
            .into_iter()
            .map(|it| it.text)
            .collect()
    }

    #[test]
    fn the_oldest_lines_give_way_and_are_counted() {
        let mut queue = queue(2, 100);
        for line in ["1", "2", "3", "4"] {
            queue.log(line);
        }
        let told = "Too much waited to be fetched: 2 older log lines were dropped.";
        assert_eq!(queue.take_log(), ["3", "4", told]);
        assert!(queue.take_log().is_empty(), "told once");
    }

    #[test]
    fn the_oldest_messages_give_way_and_are_counted() {
        let mut queue = queue(2, 100);
        for text in ["1", "2", "3"] {
            queue.message(message(text));
        }
        let told = "Too much waited to be fetched: 1 older messages were dropped.";
        assert_eq!(queue.take_log(), [told]);
        assert_eq!(texts(&mut queue), ["2", "3"]);
    }

    #[test]
    fn messages_are_bounded_in_bytes_too() {
        let mut queue = queue(100, 8);
        for text in ["123", "456", "789"] {
            queue.message(message(text));
        }
        assert_eq!(texts(&mut queue), ["456", "789"]);
        queue.message(message("far too long"));
        assert!(texts(&mut queue).is_empty());
        assert_eq!(queue.take_log().len(), 1, "both losses in one line");
        queue.message(message("123"));
        assert_eq!(texts(&mut queue), ["123"], "counting starts again");
    }

    #[test]
    fn a_buddy_is_told_once_where_it_changed_last() {
        let mut queue = queue(10, 10);
        let who = |name| ContactId::skype(name).unwrap();
        for name in ["a", "b", "a"] {
            queue.buddy_changed(who(name));
        }
        assert_eq!(queue.take_changed(), [who("b"), who("a")]);
        assert!(queue.take_changed().is_empty());
    }
}
