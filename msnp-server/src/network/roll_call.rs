//! `RollCalls`: threads that wait until all are in memory who are to keep what is said in them.
//!
//! So all of them keep it in the batch in which its author does: if that is not kept, or the process ends, it is with
//! everybody or with nobody.

use std::collections::{BTreeMap, BTreeSet};

use super::thread::ThreadId;
use crate::identity::PersonId;

/// The calls that are open, one for each thread at most: what comes behind in the thread waits.
#[derive(Debug, Default)]
pub(super) struct RollCalls {
    open: BTreeMap<ThreadId, RollCall>,
}

#[derive(Debug, Default)]
struct RollCall {
    called: BTreeSet<PersonId>,
    /// They cannot be read, and are not waited for.
    absent: BTreeSet<PersonId>,
}

impl RollCalls {
    /// Somebody is needed; `false` if it is known that they cannot come.
    pub(super) fn call(&mut self, thread: ThreadId, who: PersonId) -> bool {
        let call = self.open.entry(thread).or_default();
        call.called.insert(who);
        !call.absent.contains(&who)
    }

    /// Somebody cannot come.
    pub(super) fn excuse(&mut self, thread: ThreadId, who: PersonId) {
        if let Some(call) = self.open.get_mut(&thread) {
            call.absent.insert(who);
        }
    }

    /// What the thread has called for is done.
    pub(super) fn close(&mut self, thread: ThreadId) {
        self.open.remove(&thread);
    }

    /// The threads that somebody is needed for. Who is must stay in memory.
    pub(super) fn threads(&self, who: PersonId) -> impl Iterator<Item = ThreadId> {
        let calling = self
            .open
            .iter()
            .filter(move |(_, call)| call.called.contains(&who));
        calling.map(|(thread, _)| *thread)
    }
}
