//! `Sessions`: what requests, the application and time do to all the sessions, and which replies follow.
//! HTTP stays outside: requests come in as arrivals, replies go out as what they carry.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;

use super::arrival::Arrival;
use super::carriers::Carriers;
use super::config::Settings;
use super::event::{
    Claims, ConnectionEnd, EndReason, Evidence, ExchangeId, HttpConnection, OpenRequest, Peer,
    ServerEvent, SessionKey,
};
use super::frames::Piece;
use super::identity::Identity;
use super::ready_reply::ReadyReply;
use super::refusal::Refusal;
use super::repeats;
use super::session::ServerSession;
use super::strangers::{self, Strangers};
use super::table::SessionTable;
use crate::send_error::SendError;
use crate::wire::Action;
use machine_contract::Instant;

#[derive(Default)]
pub(super) struct Sessions {
    table: SessionTable,
    strangers: Strangers<SessionKey, Peer>,
    events: VecDeque<ServerEvent>,
    /// Replies that were collected: the caller takes them after every call.
    ready: VecDeque<ReadyReply>,
    carriers: Carriers,
    /// The latest instant that was told.
    now: Option<Instant>,
}

impl Sessions {
    /// `Action=open`. `major` is the lasting part of the session id, unless another session has it.
    pub(super) fn open(
        &mut self,
        request: OpenRequest,
        (major, minor): (u64, u64),
        (exchange, by): (ExchangeId, Option<HttpConnection>),
        bytes: Bytes,
        settings: &Settings,
        now: Instant,
    ) -> Result<SessionKey, Refusal> {
        // The dead make room for the living, whether or not the clock has been shown to us since.
        self.handle_timeout(settings, now);
        self.make_room_for(request.peer, settings, now);
        self.table.has_room(request.peer, settings)?;
        let major = self.table.free_major(major);
        let identity = Identity::new(major, minor, settings.rotate_session_ids);
        let arrival = Arrival {
            exchange,
            by,
            minor,
            poll: None,
            brings: repeats::digest_of_open(&bytes),
        };
        // Who has asked is told that polls are held, and is known to keep one.
        let keeps_poll = request.asks_capabilities;
        let peer = request.peer;
        let session = ServerSession::new(identity, peer, keeps_poll, arrival, settings, now);
        let key = self.table.insert(session);
        self.strangers.insert(key, peer, now);
        let claims = request.claims.clone();
        self.events.push_back(ServerEvent::Opened {
            session: key,
            exchange,
            request: Box::new(request),
        });
        self.receive(key, exchange, claims, bytes);
        self.mark_dirty(key, now);
        Ok(key)
    }

    /// Any other request: it names its session.
    pub(super) fn serve(
        &mut self,
        action: &Action,
        minor: u64,
        (exchange, by): (ExchangeId, Option<HttpConnection>),
        (claims, bytes): (Claims, Bytes),
        settings: &Settings,
        now: Instant,
    ) -> Result<SessionKey, Refusal> {
        let key = action
            .session()
            .and_then(|id| self.table.find(id))
            .ok_or(Refusal::Unknown)?;
        // What is due already comes before this request, whether or not it has been polled.
        if self.table.is_dirty(key) {
            self.flush(key, settings, now);
        }
        if self.table.has_expired(key, settings.session_timeout, now) {
            self.remove(key, EndReason::Silence);
        }
        let session = self.table.get_mut(key).ok_or(Refusal::Unknown)?;
        let poll = match action {
            Action::Poll { lifespan, .. } => Some(lifespan.unwrap_or(Duration::ZERO)),
            _ => None,
        };
        let arrival = Arrival {
            exchange,
            by,
            minor,
            poll,
            brings: repeats::digest(action, &claims, &bytes),
        };
        let bytes = session.unless_repeated(&arrival, bytes, now);
        let displaced = session.take(arrival, settings, now)?;
        self.strangers.hear(key, now);
        self.ready.extend(displaced);
        if let Some(by) = by.filter(|_| poll.is_some()) {
            self.tell_carried(key, by, Evidence::Shown);
        }
        // Before a possible end: what came with the closing request is still the application's to see.
        self.receive(key, exchange, claims, bytes);
        if matches!(action, Action::Close { .. }) {
            self.end(key, EndReason::Client);
        }
        self.mark_dirty(key, now);
        Ok(key)
    }

    /// Queues frames for a client.
    pub(super) fn send(
        &mut self,
        key: SessionKey,
        piece: Piece,
        settings: &Settings,
        now: Instant,
    ) -> Result<(), SendError> {
        if self.table.enqueue(key, piece, settings)? {
            self.mark_dirty(key, now);
        }
        Ok(())
    }

    pub(super) fn answered(&mut self, key: SessionKey, exchange: ExchangeId, now: Instant) {
        self.change(key, now, |session| session.answered(exchange));
    }

    /// The application ends a session.
    pub(super) fn close(&mut self, key: SessionKey, now: Instant) {
        self.end(key, EndReason::Application);
        self.mark_dirty(key, now);
    }

    /// The client of a session is known.
    pub(super) fn vouch(&mut self, key: SessionKey) {
        self.strangers.remove(key);
    }

    /// Nobody has said so.
    pub(super) fn is_strangers(&self, key: SessionKey) -> bool {
        self.strangers.contains(key)
    }

    pub(super) fn set_skype_id(&mut self, key: SessionKey, skype_id: Option<HeaderValue>) {
        if let Some(session) = self.table.get_mut(key) {
            session.set_skype_id(skype_id);
        }
    }

    /// A reply was written whole.
    pub(super) fn reply_sent(
        &mut self,
        key: SessionKey,
        exchange: ExchangeId,
        (minor, close): (u64, bool),
        now: Instant,
    ) {
        let Some(session) = self.table.get_mut(key) else {
            return;
        };
        if let Some((by, tags)) = session.reply_sent(exchange, minor, close, now) {
            self.carriers.insert(by, key);
            self.events.push_back(ServerEvent::Carried {
                session: key,
                tags,
                evidence: Evidence::Written,
            });
        }
        self.table.count_queued(key);
        self.mark_dirty(key, now);
    }

    /// The client of this exchange has closed its side of the connection.
    pub(super) fn release(&mut self, key: SessionKey, exchange: ExchangeId, now: Instant) {
        self.change(key, now, |session| session.release(exchange));
    }

    /// A connection has ended.
    pub(super) fn connection_ended(&mut self, by: HttpConnection, end: ConnectionEnd) {
        let evidence = end.evidence();
        for key in self.carriers.of(by) {
            self.tell_carried(key, by, evidence);
        }
    }

    /// Tells what is known now of the frames that were written to a connection.
    fn tell_carried(&mut self, key: SessionKey, by: HttpConnection, evidence: Evidence) {
        if !self.carriers.remove(by, key) {
            return;
        }
        let Some(session) = self.table.get_open(key) else {
            return;
        };
        let tags = session.outgoing().take_carried(by);
        if !tags.is_empty() {
            self.events.push_back(ServerEvent::Carried {
                session: key,
                tags,
                evidence,
            });
        }
    }

    /// The client of a request went away: before its reply was there (`None`), or before all of these frames
    /// were written.
    pub(super) fn client_left(
        &mut self,
        key: SessionKey,
        exchange: ExchangeId,
        frames: Option<Bytes>,
        now: Instant,
    ) {
        let Some(session) = self.table.get_mut(key) else {
            return;
        };
        match frames {
            None => session.forget(exchange, now),
            Some(frames) => session.reply_lost(exchange, frames, now),
        }
        // Nobody knows the id: nobody will ever come back for it.
        if session.is_opened_by(exchange) {
            self.remove(key, EndReason::OpenLost);
        } else {
            self.mark_dirty(key, now);
        }
    }

    /// A program that has mixed something up reports a reply as sent that was not there: nothing was
    /// delivered, but the client is not gone either.
    pub(super) fn forget(&mut self, key: SessionKey, exchange: ExchangeId, now: Instant) {
        self.change(key, now, |session| session.forget(exchange, now));
    }

    /// Time has passed.
    pub(super) fn handle_timeout(&mut self, settings: &Settings, now: Instant) {
        self.now = self.now.max(Some(now));
        while self.flush_next(settings) {}
        while let Some((at, key)) = self.table.first_due()
            && at <= now
        {
            if self.table.has_expired(key, settings.session_timeout, now) {
                self.remove(key, EndReason::Silence);
            } else {
                self.flush(key, settings, now);
            }
        }
    }

    /// Flushes one of the sessions that have changed, if there is one.
    pub(super) fn flush_next(&mut self, settings: &Settings) -> bool {
        let (Some(key), Some(now)) = (self.table.next_dirty(), self.now) else {
            return false;
        };
        self.flush(key, settings, now);
        true
    }

    /// The next reply that was collected.
    pub(super) fn poll_ready(&mut self) -> Option<ReadyReply> {
        self.ready.pop_front()
    }

    pub(super) fn poll_event(&mut self) -> Option<ServerEvent> {
        self.events.pop_front()
    }

    /// When something is to be done; at once while sessions wait to be flushed.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        if self.table.has_dirty() {
            self.now
        } else {
            self.table.first_due().map(|(at, _)| at)
        }
    }

    pub(super) const fn table(&self) -> &SessionTable {
        &self.table
    }

    fn change(&mut self, key: SessionKey, now: Instant, change: impl FnOnce(&mut ServerSession)) {
        if let Some(session) = self.table.get_mut(key) {
            change(session);
            self.mark_dirty(key, now);
        }
    }

    /// Has the session's replies collected, but not before the last moment, so that what the application
    /// does in one go makes one reply.
    fn mark_dirty(&mut self, key: SessionKey, now: Instant) {
        self.now = self.now.max(Some(now));
        self.table.mark_dirty(key);
    }

    /// Collects the replies that can leave now, and schedules or forgets the session.
    fn flush(&mut self, key: SessionKey, settings: &Settings, now: Instant) {
        let Some(session) = self.table.clean(key) else {
            return;
        };
        session.collect(settings.max_reply, now, &mut self.ready);
        if session.finished() {
            self.take_out(key);
        } else {
            let deadline = session.deadline(settings.session_timeout);
            self.table.schedule(key, deadline);
        }
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

    /// One more stranger is about to be there: if that is too many, one of them ends.
    fn make_room_for(&mut self, peer: Option<Peer>, settings: &Settings, now: Instant) {
        let is_full = self.table.len() >= settings.max_sessions;
        let most = strangers::most(settings.max_strangers, is_full);
        let Some(key) = self.strangers.in_the_way_of(peer, most) else {
            return;
        };
        if self.table.has_expired(key, Duration::ZERO, now) {
            self.remove(key, EndReason::Displaced);
        } else {
            self.end(key, EndReason::Displaced);
            self.mark_dirty(key, now);
        }
    }

    /// Marks a session as ended, once. What is queued is still on offer to the client.
    fn end(&mut self, key: SessionKey, reason: EndReason) {
        self.strangers.remove(key);
        if let Some(session) = self.table.get_open(key) {
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
    fn remove(&mut self, key: SessionKey, reason: EndReason) {
        // Of one that had ended before, `Closed` was said then.
        if let Some(mut session) = self.take_out(key).filter(|session| !session.ended()) {
            let unsent = session.take_unsent();
            self.events.push_back(ServerEvent::Closed {
                session: key,
                reason,
                unsent,
            });
        }
    }

    fn take_out(&mut self, key: SessionKey) -> Option<ServerSession> {
        self.strangers.remove(key);
        let mut session = self.table.remove(key)?;
        for by in session.outgoing().carriers() {
            self.carriers.remove(by, key);
        }
        Some(session)
    }
}
