//! The table of all sessions: found by key, by the id on the wire, by deadline; counted per peer; marked when
//! something has changed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::event::{Peer, SessionKey};
use super::session::ServerSession;
use crate::wire::SessionId;
use machine_contract::Instant;

#[derive(Default)]
pub(super) struct SessionTable {
    by_key: BTreeMap<SessionKey, Entry>,
    /// By the lasting part of the session id.
    by_major: BTreeMap<u64, SessionKey>,
    per_peer: BTreeMap<Peer, usize>,
    deadlines: BTreeSet<(Instant, SessionKey)>,
    /// Those that were marked, and perhaps cleaned or removed since.
    dirty: VecDeque<SessionKey>,
    opened: u64,
}

pub(super) struct Entry {
    session: ServerSession,
    /// Something has changed since its replies were last collected.
    dirty: bool,
    /// The deadline under which it stands in the table.
    scheduled: Option<Instant>,
}

impl SessionTable {
    /// The first number from this one that names no session yet.
    pub(super) fn free_major(&self, mut major: u64) -> u64 {
        while self.by_major.contains_key(&major) {
            major = major.wrapping_add(1);
        }
        major
    }

    pub(super) fn insert(&mut self, session: ServerSession) -> SessionKey {
        self.opened += 1;
        let key = SessionKey::new(self.opened);
        self.by_major.insert(session.major(), key);
        if let Some(peer) = session.peer() {
            *self.per_peer.entry(peer).or_default() += 1;
        }
        let entry = Entry {
            session,
            dirty: false,
            scheduled: None,
        };
        self.by_key.insert(key, entry);
        key
    }

    pub(super) fn get(&self, key: SessionKey) -> Option<&ServerSession> {
        self.by_key.get(&key).map(|entry| &entry.session)
    }

    pub(super) fn get_mut(&mut self, key: SessionKey) -> Option<&mut ServerSession> {
        self.by_key.get_mut(&key).map(|entry| &mut entry.session)
    }

    /// The session, unless it has ended.
    pub(super) fn get_open(&mut self, key: SessionKey) -> Option<&mut ServerSession> {
        self.get_mut(key).filter(|session| !session.ended())
    }

    pub(super) fn remove(&mut self, key: SessionKey) -> Option<ServerSession> {
        let Entry {
            session, scheduled, ..
        } = self.by_key.remove(&key)?;
        self.by_major.remove(&session.major());
        if let Some(scheduled) = scheduled {
            self.deadlines.remove(&(scheduled, key));
        }
        if let Some(peer) = session.peer()
            && let Some(count) = self.per_peer.get_mut(&peer)
        {
            // Peers that are gone leave nothing behind: there may be as many as there are addresses.
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.per_peer.remove(&peer);
            }
        }
        Some(session)
    }

    /// Sets the moment at which something is to be done for a session.
    pub(super) fn schedule(&mut self, key: SessionKey, deadline: Option<Instant>) {
        let Some(entry) = self.by_key.get_mut(&key) else {
            return;
        };
        let before = std::mem::replace(&mut entry.scheduled, deadline);
        // Often nothing has changed, and the tree is left alone.
        if before != deadline {
            if let Some(before) = before {
                self.deadlines.remove(&(before, key));
            }
            self.deadlines
                .extend(deadline.map(|deadline| (deadline, key)));
        }
    }

    /// Something has changed: its replies are to be collected.
    pub(super) fn mark_dirty(&mut self, key: SessionKey) {
        if let Some(entry) = self.by_key.get_mut(&key)
            && !entry.dirty
        {
            entry.dirty = true;
            self.dirty.push_back(key);
        }
    }

    /// One that was marked, if there is one.
    pub(super) fn next_dirty(&mut self) -> Option<SessionKey> {
        self.dirty.pop_front()
    }

    pub(super) fn has_dirty(&self) -> bool {
        !self.dirty.is_empty()
    }

    /// The session, whose replies are collected now: it is marked no longer.
    pub(super) fn clean(&mut self, key: SessionKey) -> Option<&mut ServerSession> {
        let entry = self.by_key.get_mut(&key)?;
        entry.dirty = false;
        Some(&mut entry.session)
    }

    pub(super) fn is_dirty(&self, key: SessionKey) -> bool {
        self.by_key.get(&key).is_some_and(|entry| entry.dirty)
    }

    /// The session that this id names, if it is one of its ids that are good now.
    pub(super) fn find(&self, id: &SessionId) -> Option<SessionKey> {
        let (major, minor) = id.as_str().split_once('.')?;
        let key = *self.by_major.get(&major.parse().ok()?)?;
        let session = self.get(key)?;
        session.knows(minor.parse().ok()?).then_some(key)
    }

    /// The earliest deadline and whose it is.
    pub(super) fn first_due(&self) -> Option<(Instant, SessionKey)> {
        self.deadlines.first().copied()
    }

    pub(super) fn of_peer(&self, peer: Peer) -> usize {
        self.per_peer.get(&peer).copied().unwrap_or(0)
    }

    pub(super) fn len(&self) -> usize {
        self.by_key.len()
    }
}
