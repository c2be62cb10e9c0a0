//! The table of all sessions: found by key, by the id on the wire, by deadline; counted per peer; marked when
//! something has changed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use super::config::Settings;
use super::event::{Peer, SessionKey};
use super::frames::Piece;
use super::refusal::Refusal;
use super::session::ServerSession;
use crate::send_error::SendError;
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
    /// Bytes that wait for all.
    queued: usize,
    opened: u64,
}

pub(super) struct Entry {
    session: ServerSession,
    /// Something has changed since its replies were last collected.
    dirty: bool,
    /// The deadline under which it stands in the table.
    scheduled: Option<Instant>,
    /// Bytes that wait for it, as far as they are counted among all.
    queued: usize,
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
            queued: 0,
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
            session,
            scheduled,
            queued,
            ..
        } = self.by_key.remove(&key)?;
        self.queued = self.queued.saturating_sub(queued);
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

    /// Whether there may be one more session, of this peer.
    pub(super) fn has_room(&self, peer: Option<Peer>, settings: &Settings) -> Result<(), Refusal> {
        if self.by_key.len() >= settings.max_sessions {
            return Err(Refusal::TooManySessions);
        }
        if let (Some(peer), Some(most)) = (peer, settings.max_sessions_per_peer)
            && self.per_peer.get(&peer).is_some_and(|count| *count >= most)
        {
            return Err(Refusal::TooManyOfPeer);
        }
        Ok(())
    }

    /// Queues frames for the client of a session; whether there are any.
    pub(super) fn enqueue(
        &mut self,
        key: SessionKey,
        piece: Piece,
        settings: &Settings,
    ) -> Result<bool, SendError> {
        let (frames, most) = (piece.frames.len(), settings.max_queued);
        let all = self.queued.saturating_add(frames);
        let session = self.get_open(key).ok_or(SendError::Closed)?;
        if frames > most {
            return Err(SendError::TooLarge);
        }
        let held = session.backlog() + frames;
        // Where all have too much, it is whoever has much who goes short.
        let is_full = all > settings.max_queued_by_all && held > settings.max_reply;
        if held > most || is_full {
            return Err(SendError::Full);
        }
        if frames > 0 {
            session.enqueue(piece);
            self.count_queued(key);
        }
        Ok(frames > 0)
    }

    /// Whether the client of a session was silent for too long.
    pub(super) fn has_expired(&self, key: SessionKey, timeout: Duration, now: Instant) -> bool {
        let expiry = self.get(key).and_then(|session| session.expiry(timeout));
        expiry.is_some_and(|expiry| expiry <= now)
    }

    /// Counts anew what waits for a session.
    pub(super) fn count_queued(&mut self, key: SessionKey) {
        if let Some(entry) = self.by_key.get_mut(&key) {
            let now = entry.session.backlog();
            let before = std::mem::replace(&mut entry.queued, now);
            self.queued = (self.queued + now).saturating_sub(before);
        }
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

    pub(super) fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Bytes that wait for all clients.
    pub(super) const fn queued(&self) -> usize {
        self.queued
    }
}
