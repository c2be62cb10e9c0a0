//! `UpstreamGateway`: the gateway's sessions on one side, a stream to the server for each on the other.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use gateway_sm::{
    ConnectionEnd, EndReason, ExchangeId, Gateway, HttpConnection, ServerEvent, SessionKey,
};
use http::{Request, Response};
use machine_contract::{
    Failure, HttpMachine, Instant, Machine, Remote, RequestId, StreamAsk, StreamId, StreamMachine,
    Transmit,
};
use msnp_proto::Limits;

use crate::allow_list::AllowList;
use crate::config::{Config, ConfigError, Settings};
use crate::destinations::{Destinations, Elsewhere};
use crate::event::{Event, Note, Notes};
use crate::links::Links;
use crate::relay::{Relay, is_relay};
use crate::tunnel::{Said, Tunnel};

/// The gateway in front of a server that speaks MSNP over TCP. See the [crate guide](crate).
///
/// Its host gives it HTTP requests and their fates, as it would a [`Gateway`], and drives its streams and requests as those of any
/// machine of the contract. Replies are events.
pub struct UpstreamGateway {
    settings: Settings,
    gateway: Gateway,
    tunnels: BTreeMap<SessionKey, Tunnel>,
    links: Links,
    destinations: Destinations,
    relay: Relay,
    notes: Notes,
}

impl UpstreamGateway {
    /// A gateway without sessions.
    ///
    /// # Errors
    /// The gateway's bounds do not fit these.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let settings = config.into_settings()?;
        Ok(Self {
            gateway: Gateway::new(settings.gateway.clone()),
            tunnels: BTreeMap::new(),
            links: Links::default(),
            destinations: Destinations::new(
                settings.named.clone(),
                AllowList::new(
                    settings.remember,
                    settings.referrals,
                    settings.referrals_per_peer,
                ),
            ),
            relay: Relay::new(settings.relay.clone()),
            notes: Notes::default(),
            settings,
        })
    }

    /// A request has come, whole. `entropy` are 16 bytes that nobody can guess, fresh for every request. Its reply is an
    /// [event](Event::Reply).
    pub fn handle_request(
        &mut self,
        exchange: ExchangeId,
        request: Request<Bytes>,
        entropy: [u8; 16],
        now: Instant,
    ) {
        if is_relay(request.uri().path()) {
            self.relay.handle_request(exchange, request, now);
            return;
        }
        match self.destinations.route(&request, now) {
            Ok(route) => {
                (self.gateway).handle_request(exchange, request, entropy, now);
                self.settle(route, now);
            }
            Err(Elsewhere { host }) => {
                self.gateway.refuse(exchange, &request);
                self.notes.push(Note::Refused { host });
            }
        }
    }

    /// The whole reply to this exchange was written.
    pub fn handle_reply_sent(&mut self, exchange: ExchangeId, now: Instant) {
        let session = self.gateway.session_of(exchange);
        self.gateway.handle_reply_sent(exchange, now);
        // There is room for what its server says.
        let tunnel = session.and_then(|session| self.tunnels.get(&session));
        if let Some(stream) = tunnel.and_then(Tunnel::stream) {
            self.links.moved(stream);
        }
        self.settle(None, now);
    }

    /// The client of this exchange went away, before its reply was there or before all of it was written.
    pub fn handle_reply_lost(&mut self, exchange: ExchangeId, now: Instant) {
        self.relay.forget(exchange);
        self.gateway.handle_reply_lost(exchange, now);
        self.settle(None, now);
    }

    /// The client of this exchange sends nothing more, and may be gone.
    pub fn handle_half_closed(&mut self, exchange: ExchangeId, now: Instant) {
        self.gateway.handle_half_closed(exchange, now);
        self.settle(None, now);
    }

    /// An HTTP connection has ended.
    pub fn handle_connection_ended(
        &mut self,
        connection: HttpConnection,
        end: ConnectionEnd,
        now: Instant,
    ) {
        self.gateway.handle_connection_ended(connection, end);
        self.settle(None, now);
    }

    /// It is to stop: every client is told that its session is over, every server that its client is gone.
    pub fn handle_shutdown(&mut self, now: Instant) {
        let sessions: Vec<SessionKey> = self.tunnels.keys().copied().collect();
        for session in sessions {
            self.gateway.close(session, now);
        }
        self.settle(None, now);
    }

    /// How many sessions there are, with those that have ended and whose clients do not know it yet.
    pub fn sessions(&self) -> usize {
        self.gateway.sessions()
    }

    /// How many streams there are, with those that are ending.
    pub fn streams(&self) -> usize {
        self.links.len()
    }

    /// Bytes that wait for all clients.
    pub fn queued_bytes(&self) -> usize {
        self.gateway.queued_bytes()
    }

    /// Bytes that wait for the client of a session.
    pub fn backlog(&self, session: SessionKey) -> usize {
        self.gateway.backlog(session)
    }

    /// How many referrals are remembered.
    pub fn referrals(&self) -> usize {
        self.destinations.referrals()
    }

    /// Does what the gateway tells. A session that opens leads to `route`.
    fn settle(&mut self, mut route: Option<Remote>, now: Instant) {
        while let Some(event) = self.gateway.poll_event() {
            match event {
                ServerEvent::Opened {
                    session, request, ..
                } => match route.take() {
                    Some(to) => {
                        let limits = Limits {
                            payload: self.settings.payload,
                            ..Limits::default()
                        };
                        let tunnel = Tunnel::new(to.clone(), &request, limits);
                        self.tunnels.insert(session, tunnel);
                        self.notes.push(Note::Opened { session, to });
                    }
                    None => self.gateway.close(session, now),
                },
                ServerEvent::Received {
                    session,
                    exchange,
                    bytes,
                    ..
                } => self.post(session, exchange, bytes, now),
                ServerEvent::Closed {
                    session,
                    reason,
                    unsent,
                } => {
                    let unread = unsent.iter().map(Bytes::len).sum();
                    self.bury(session, reason, unread, now);
                }
                // Whether a client has seen something is nothing to a server of this protocol.
                ServerEvent::Carried { .. } => {}
            }
        }
    }

    /// A client has said something.
    fn post(&mut self, session: SessionKey, exchange: ExchangeId, bytes: Bytes, now: Instant) {
        let Some(tunnel) = self.tunnels.get_mut(&session) else {
            self.gateway.answered(exchange, now);
            return;
        };
        if !tunnel.post(exchange, bytes) {
            self.gateway.answered(exchange, now);
        }
        if tunnel.unsent().bytes() > self.settings.unsent {
            self.cut(session, Note::Overrun { session }, now);
        } else if let Some(stream) = tunnel.stream() {
            self.links.moved(stream);
        } else {
            let deadline = now.saturating_add(self.settings.connect);
            let to = tunnel.to().clone();
            tunnel.connect(self.links.connect(session, to, deadline));
        }
    }

    /// A session is over; the server is to know.
    fn bury(&mut self, session: SessionKey, reason: EndReason, unread: usize, now: Instant) {
        let Some(tunnel) = self.tunnels.remove(&session) else {
            return;
        };
        if reason != EndReason::Application {
            self.notes.push(Note::ClientLeft {
                session,
                reason,
                unread,
            });
        }
        let Some(stream) = tunnel.stream() else {
            return;
        };
        if tunnel.was_connected() {
            // What the client said before it left is still said, its good-bye above all.
            let until = now.saturating_add(self.settings.linger);
            self.links.finish(stream, tunnel.into_unsent(), until);
        } else {
            self.links.drop_now(stream);
        }
    }

    /// Ends a session and its stream, at once.
    fn cut(&mut self, session: SessionKey, note: Note, now: Instant) {
        let tunnel = self.tunnels.get_mut(&session);
        if let Some((tunnel, stream)) = tunnel.and_then(|it| it.stream().map(|id| (it, id))) {
            tunnel.disconnect();
            self.links.drop_now(stream);
        }
        self.notes.push(note);
        self.gateway.close(session, now);
    }
}

impl Machine for UpstreamGateway {
    type Event = Event;

    fn handle_timeout(&mut self, now: Instant) {
        self.gateway.handle_timeout(now);
        self.links.handle_timeout(now);
        self.settle(None, now);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let due = [self.gateway.poll_timeout(), self.links.poll_timeout()];
        due.into_iter().flatten().min()
    }

    fn poll_event(&mut self) -> Option<Event> {
        let reply = self.gateway.poll_reply();
        match reply.or_else(|| self.relay.poll_reply()) {
            Some((exchange, reply)) => Some(Event::Reply(exchange, reply)),
            None => self.notes.pop().map(Event::Note),
        }
    }
}

impl StreamMachine for UpstreamGateway {
    fn poll_stream(&mut self, _: Instant) -> Option<StreamAsk> {
        self.links.poll_ask()
    }

    fn poll_send(&mut self, id: StreamId, _: Instant) -> Option<Bytes> {
        match self.links.session(id) {
            Some(session) => self.tunnels.get_mut(&session)?.unsent().pop(),
            None => self.links.poll_rest(id),
        }
    }

    fn wants_read(&self, id: StreamId) -> bool {
        // Of a stream that is ending only the end is wanted, and what comes before it in the way.
        let session = self.links.session(id);
        session.is_none_or(|session| self.gateway.backlog(session) < self.settings.queued)
    }

    fn names_moved(&self) -> bool {
        true
    }

    fn poll_moved(&mut self) -> Option<StreamId> {
        self.links.poll_moved()
    }

    fn handle_connected(&mut self, id: StreamId, _: Instant) {
        let session = self.links.session(id);
        if let Some(tunnel) = session.and_then(|session| self.tunnels.get_mut(&session)) {
            tunnel.connected();
        }
    }

    fn handle_received(&mut self, id: StreamId, bytes: Bytes, now: Instant) {
        let Some(session) = self.links.session(id) else {
            return;
        };
        let Some(tunnel) = self.tunnels.get_mut(&session) else {
            return;
        };
        let whose = (tunnel.peer(), tunnel.to().is_tls());
        let destinations = &mut self.destinations;
        let mut said = Said::default();
        let heard = tunnel.hear(bytes, &mut said, |frame| {
            destinations.pass(frame, whose, now)
        });
        let Said { frames, answered } = said;
        let sent = frames.is_empty() || (self.gateway.send(session, frames.freeze(), now)).is_ok();
        for exchange in answered {
            self.gateway.answered(exchange, now);
        }
        if let Err(error) = heard {
            self.cut(session, Note::Unframed { session, error }, now);
        } else if !sent {
            self.cut(session, Note::Overrun { session }, now);
        }
        self.settle(None, now);
    }

    fn handle_finished(&mut self, id: StreamId, now: Instant) {
        let Some(session) = self.links.session(id) else {
            return;
        };
        let tunnel = self.tunnels.get(&session);
        self.notes.push(Note::ServerLeft {
            session,
            failure: None,
            unfinished: tunnel.map_or(0, Tunnel::unfinished),
        });
        self.gateway.close(session, now);
        self.settle(None, now);
    }

    fn handle_closed(&mut self, id: StreamId, failure: Option<Failure>, _: usize, now: Instant) {
        let Some(session) = self.links.end(id) else {
            return;
        };
        if let Some(tunnel) = self.tunnels.get_mut(&session) {
            tunnel.disconnect();
            let (to, unfinished) = (tunnel.to().clone(), tunnel.unfinished());
            let note = if tunnel.was_connected() {
                Note::ServerLeft {
                    session,
                    failure,
                    unfinished,
                }
            } else {
                Note::Unreachable { session, to }
            };
            self.notes.push(note);
        }
        self.gateway.close(session, now);
        self.settle(None, now);
    }
}

impl HttpMachine for UpstreamGateway {
    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, _: Instant) {
        self.relay.handle_response(id, response);
    }

    fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        self.relay.handle_failure(id, failure, now);
    }

    fn poll_transmit(&mut self, _: Instant) -> Option<Transmit> {
        self.relay.poll_transmit()
    }

    fn poll_cancel(&mut self) -> Option<RequestId> {
        self.relay.poll_cancel()
    }
}

impl fmt::Debug for UpstreamGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpstreamGateway")
            .field("gateway", &self.gateway)
            .field("streams", &self.streams())
            .finish_non_exhaustive()
    }
}
