//! `Receipts`: which messages were told and are not yet acknowledged by the application.

use std::collections::VecDeque;

use machine_contract::SortedMap;

use crate::connections::ConnectionKey;
use crate::id::ContactId;
use crate::limits::Limits;
use crate::message::{Held, ReceiptId};

/// Where a message is acknowledged, and by what.
pub(crate) type HeldAt = (ConnectionKey, Held);

/// Those that wait for the application, in the order in which they were told.
#[derive(Debug, Default)]
pub(crate) struct Receipts {
    last: u64,
    open: VecDeque<Open>,
    bytes: usize,
}

#[derive(Debug)]
struct Open {
    id: ReceiptId,
    from: ContactId,
    /// By this and the sender a repetition is known.
    key: Option<String>,
    at: HeldAt,
    bytes: usize,
}

impl Receipts {
    /// A message is about to be told. `None`: too many wait.
    pub(crate) fn open(
        &mut self,
        (from, key): (&ContactId, Option<&str>),
        at: HeldAt,
        bytes: usize,
        limits: &Limits,
    ) -> Option<ReceiptId> {
        let held = self.bytes.saturating_add(bytes);
        if self.open.len() >= limits.unacknowledged || held > limits.unacknowledged_bytes {
            return None;
        }
        self.last += 1;
        let id = ReceiptId::new(self.last);
        self.bytes = held;
        self.open.push_back(Open {
            id,
            from: from.clone(),
            key: key.map(str::to_owned),
            at,
            bytes,
        });
        Some(id)
    }

    /// A message has come that may be one of them, given again: then it is acknowledged where it came last. Whether
    /// it is one.
    pub(crate) fn came_again(&mut self, from: &ContactId, key: Option<&str>, at: &HeldAt) -> bool {
        let is_it = |open: &&mut Open| open.key.as_deref() == key && open.from == *from;
        let Some(open) = key.and_then(|_| self.open.iter_mut().find(is_it)) else {
            return false;
        };
        open.at.clone_from(at);
        true
    }

    /// The application has it: how to say so.
    pub(crate) fn close(&mut self, id: ReceiptId) -> Option<HeldAt> {
        let place = self.open.iter().position(|open| open.id == id)?;
        let open = self.open.remove(place)?;
        self.bytes -= open.bytes;
        Some(open.at)
    }

    /// People have other names from now on.
    pub(crate) fn rename(&mut self, names: &SortedMap<ContactId, ContactId>) {
        for open in &mut self.open {
            if let Some(now) = names.get(&open.from) {
                open.from.clone_from(now);
            }
        }
    }
}
