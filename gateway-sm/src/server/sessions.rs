//! The table of all sessions: found by key, by the id on the wire, by deadline; counted per peer.

use std::collections::{BTreeMap, BTreeSet};

use super::identity::Identity;
use super::session::ServerSession;
use super::{ExchangeId, Peer, SessionKey};
use crate::wire::SessionId;
use machine_contract::Instant;

#[derive(Default)]
pub(super) struct Sessions {
    by_key: BTreeMap<SessionKey, ServerSession>,
    /// By the lasting part of the session id.
    by_major: BTreeMap<u64, SessionKey>,
    per_peer: BTreeMap<Peer, usize>,
    deadlines: BTreeSet<(Instant, SessionKey)>,
    opened: u64,
}

impl Sessions {
    /// A new session, opened by this exchange, whose id starts with `major` or the next free number.
    pub(super) fn open(
        &mut self,
        mut major: u64,
        peer: Option<Peer>,
        opening: ExchangeId,
        now: Instant,
    ) -> (SessionKey, &mut ServerSession) {
        while self.by_major.contains_key(&major) {
            major = major.wrapping_add(1);
        }
        self.opened += 1;
        let key = SessionKey::new(self.opened);
        self.by_major.insert(major, key);
        if let Some(peer) = peer {
            *self.per_peer.entry(peer).or_default() += 1;
        }
        let session = ServerSession::new(Identity::new(major), peer, opening, now);
        (key, self.by_key.entry(key).or_insert(session))
    }

    pub(super) fn get_mut(&mut self, key: SessionKey) -> Option<&mut ServerSession> {
        self.by_key.get_mut(&key)
    }

    pub(super) fn remove(&mut self, key: SessionKey) -> Option<ServerSession> {
        let session = self.by_key.remove(&key)?;
        self.by_major.remove(&session.identity.major());
        if let Some(filed) = session.filed {
            self.deadlines.remove(&(filed, key));
        }
        if let Some(peer) = session.peer
            && let Some(count) = self.per_peer.get_mut(&peer)
        {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.per_peer.remove(&peer);
            }
        }
        Some(session)
    }

    /// Files a session under its next deadline.
    pub(super) fn file(&mut self, key: SessionKey, deadline: Option<Instant>) {
        let Some(session) = self.by_key.get_mut(&key) else {
            return;
        };
        let filed = std::mem::replace(&mut session.filed, deadline);
        if filed != deadline {
            if let Some(filed) = filed {
                self.deadlines.remove(&(filed, key));
            }
            self.deadlines
                .extend(deadline.map(|deadline| (deadline, key)));
        }
    }

    /// The session that this id names, if it is one of its ids that are good now.
    pub(super) fn find(&self, id: &SessionId) -> Option<SessionKey> {
        let (major, minor) = id.as_str().split_once('.')?;
        let key = *self.by_major.get(&major.parse().ok()?)?;
        let session = self.by_key.get(&key)?;
        session.identity.knows(minor.parse().ok()?).then_some(key)
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
