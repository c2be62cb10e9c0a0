//! What follows from requests and news: which replies leave, and when a session is filed, ended, forgotten.

use super::exchange::{Exchange, Stage};
use super::session::{Due, ServerSession};
use super::{EndReason, ExchangeId, Gateway, ServerEvent, SessionKey};
use crate::wire::Reply;
use machine_contract::Instant;

impl Gateway {
    /// Takes an exchange off the table, with the session that it belonged to.
    pub(super) fn finish(
        &mut self,
        exchange: ExchangeId,
    ) -> Option<(SessionKey, &mut ServerSession, Stage)> {
        let Exchange { session, stage } = self.exchanges.finish(exchange)?;
        let key = session?;
        Some((key, self.sessions.get_mut(key)?, stage))
    }

    /// Has the session's replies collected in time.
    pub(super) fn stir(&mut self, key: SessionKey, now: Instant) {
        self.now = self.now.max(Some(now));
        if let Some(session) = self.sessions.get_mut(key)
            && !session.stirred
        {
            session.stirred = true;
            self.stirred.push_back(key);
        }
    }

    /// Settles one of the sessions that were stirred, if there is one.
    pub(super) fn settle_next(&mut self) -> bool {
        let (Some(key), Some(now)) = (self.stirred.pop_front(), self.now) else {
            return false;
        };
        self.settle(key, now);
        true
    }

    /// Sends what can be sent now, and files the session under its next deadline.
    pub(super) fn settle(&mut self, key: SessionKey, now: Instant) {
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        session.stirred = false;
        let mut due = std::mem::take(&mut self.due);
        session.collect(self.config.max_reply, now, &mut due);
        for due in due.drain(..) {
            self.reply(key, due);
        }
        self.due = due;
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        if session.finished() {
            self.sessions.remove(key);
        } else {
            let deadline = session.deadline(self.config.session_timeout);
            self.sessions.file(key, deadline);
        }
    }

    /// Marks a session as ended, once.
    pub(super) fn end(&mut self, key: SessionKey, reason: EndReason) {
        if let Some(session) = self
            .sessions
            .get_mut(key)
            .filter(|session| !session.ended())
        {
            session.end();
            let unsent = Vec::new();
            self.events.push_back(ServerEvent::Closed {
                session: key,
                reason,
                unsent,
            });
        }
    }

    /// Forgets a session whose client is gone.
    pub(super) fn remove(&mut self, key: SessionKey, reason: EndReason) {
        if let Some(mut session) = self.sessions.remove(key).filter(|session| !session.ended()) {
            let unsent = session.take_unsent();
            self.events.push_back(ServerEvent::Closed {
                session: key,
                reason,
                unsent,
            });
        }
    }

    pub(super) fn reply(&mut self, key: SessionKey, due: Due) {
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        if self.config.rotate_session_ids {
            session.identity.issue(self.exchanges.minor(due.exchange));
        }
        let minor = session.identity.minor();
        let head = Reply {
            session: format!("{}.{minor}", session.identity.major()).parse().ok(),
            close: due.close,
            skype_id: session.skype_id.clone(),
            ..self.config.reply.clone()
        };
        self.exchanges.reply(due, minor, head, &self.config);
    }

    pub(super) fn expired(&mut self, key: SessionKey, now: Instant) -> bool {
        let session = self.sessions.get_mut(key);
        let expiry = session.and_then(|session| session.expiry(self.config.session_timeout));
        expiry.is_some_and(|expiry| expiry <= now)
    }
}
