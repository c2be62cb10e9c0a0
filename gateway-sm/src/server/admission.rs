//! What a request does to its session, before anything is answered.

use std::time::Duration;

use bytes::Bytes;

use super::request::Refusal;
use super::{Claims, EndReason, ExchangeId, Gateway, OpenRequest, ServerEvent, SessionKey};
use crate::wire::Action;
use machine_contract::Instant;

impl Gateway {
    /// `Action=open`.
    pub(super) fn open(
        &mut self,
        exchange: ExchangeId,
        request: OpenRequest,
        body: Bytes,
        (major, minor): (u64, u64),
        now: Instant,
    ) -> Result<(), Refusal> {
        // The dead make room for the living, whether or not the clock has been shown to us since.
        self.handle_timeout(now);
        if self.sessions.len() >= self.config.max_sessions {
            return Err(Refusal::TooManySessions);
        }
        if let (Some(peer), Some(most)) = (request.peer, self.config.max_sessions_per_peer)
            && self.sessions.of_peer(peer) >= most
        {
            return Err(Refusal::TooManyOfPeer);
        }
        let (key, session) = self.sessions.open(major, request.peer, exchange, now);
        if !self.config.rotate_session_ids {
            session.identity.issue(minor);
        }
        let give_up = now + self.config.post_hold;
        session.wait(exchange, body.is_empty(), Duration::ZERO, give_up);
        self.exchanges.assign(exchange, key);
        let request = Box::new(request);
        let claims = request.claims.clone();
        self.events.push_back(ServerEvent::Opened {
            session: key,
            exchange,
            request,
        });
        self.receive(key, exchange, claims, body);
        self.stir(key, now);
        Ok(())
    }

    /// Any other request: it names its session.
    pub(super) fn serve(
        &mut self,
        exchange: ExchangeId,
        action: &Action,
        claims: Claims,
        body: Bytes,
        now: Instant,
    ) -> Result<(), Refusal> {
        let key = action
            .session()
            .and_then(|id| self.sessions.find(id))
            .ok_or(Refusal::Unknown)?;
        // What is due already comes before this request, whether or not it has been polled.
        if self
            .sessions
            .get_mut(key)
            .is_some_and(|session| session.stirred)
        {
            self.settle(key, now);
        }
        if self.expired(key, now) {
            self.remove(key, EndReason::Silence);
        }
        let session = self.sessions.get_mut(key).ok_or(Refusal::Unknown)?;
        if session.ended() && !body.is_empty() {
            return Err(Refusal::Ended);
        }
        if self.config.strict_serial && session.busy() {
            return Err(Refusal::Busy);
        }
        if session.posts() >= self.config.max_posts {
            return Err(Refusal::TooManyPosts);
        }
        session.opening = None;
        let mut hold = Duration::ZERO;
        let mut displaced = None;
        if let Action::Poll { lifespan, .. } = action {
            displaced = session.displace_poll();
            let wished = Duration::from_secs(lifespan.unwrap_or(0).into());
            if !session.ended() {
                hold = wished.min(self.config.hold());
            }
        }
        if body.is_empty() && !hold.is_zero() {
            session.hold(exchange, now + hold);
        } else {
            session.wait(exchange, body.is_empty(), hold, now + self.config.post_hold);
        }
        self.exchanges.assign(exchange, key);
        if let Some(displaced) = displaced {
            self.reply(key, displaced);
        }
        self.receive(key, exchange, claims, body);
        if matches!(action, Action::Close { .. }) {
            self.end(key, EndReason::Client);
        }
        self.stir(key, now);
        Ok(())
    }

    fn receive(&mut self, session: SessionKey, exchange: ExchangeId, claims: Claims, bytes: Bytes) {
        if !bytes.is_empty() {
            self.events.push_back(ServerEvent::Received {
                session,
                exchange,
                claims,
                bytes,
            });
        }
    }
}
