//! `SYN`: how much of the list is still to come. There is no mark of its end, so one counts (msnp8-18.md 7.1).

use msnp_proto::Dialect;
use msnp_proto::classic::{List, ListBits, ListEntry, SynchronizeReply};

/// What is still to come.
#[derive(Debug, Default)]
pub(super) struct Synchronizing {
    contacts: u32,
    groups: u32,
    /// MSNP7 counts each list by itself; these have come.
    whole: ListBits,
    has_begun: bool,
}

impl Synchronizing {
    /// The reply has come, in front of what it announces.
    pub(super) fn begin(&mut self, reply: &SynchronizeReply) {
        self.has_begun = true;
        self.contacts = reply.contacts.unwrap_or_default();
        self.groups = reply.groups.unwrap_or_default();
    }

    pub(super) const fn contact(&mut self) {
        self.contacts = self.contacts.saturating_sub(1);
    }

    pub(super) const fn group(&mut self) {
        self.groups = self.groups.saturating_sub(1);
    }

    pub(super) fn entry(&mut self, entry: &ListEntry) {
        if entry.number >= entry.total {
            self.whole = self.whole.with(entry.list);
        }
    }

    pub(super) fn is_over(&self, dialect: Dialect) -> bool {
        let lists = [List::Forward, List::Allow, List::Block, List::Reverse];
        let is_whole =
            dialect.has_list_without_ids() || lists.into_iter().all(|it| self.whole.has(it));
        self.has_begun && self.contacts == 0 && self.groups == 0 && is_whole
    }
}
