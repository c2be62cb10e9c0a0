//! `Carriers`: which connections have carried tagged frames, and of which sessions.

use std::collections::BTreeSet;

use super::event::{HttpConnection, SessionKey};

/// The connections that tagged frames were written to, and whose frames.
#[derive(Default)]
pub(super) struct Carriers(BTreeSet<(HttpConnection, SessionKey)>);

impl Carriers {
    pub(super) fn insert(&mut self, by: HttpConnection, key: SessionKey) {
        self.0.insert((by, key));
    }

    /// False: nothing of that session's is known to be on it.
    pub(super) fn remove(&mut self, by: HttpConnection, key: SessionKey) -> bool {
        self.0.remove(&(by, key))
    }

    /// The sessions whose frames a connection has carried.
    pub(super) fn of(&self, by: HttpConnection) -> Vec<SessionKey> {
        let all = (by, SessionKey::new(0))..=(by, SessionKey::new(u64::MAX));
        self.0.range(all).map(|(_, key)| *key).collect()
    }
}
