//! `Backend`: gateway, faces, network and sign-in, composed in one machine.

use std::collections::VecDeque;

use bytes::Bytes;
use gateway_sm::{ConnectionEnd, ExchangeId, Gateway, HttpConnection, ServerEvent, SessionKey};
use http::{HeaderValue, Request, Response};
use machine_contract::{Instant, Prng, StreamId};

use super::caller::Caller;
use super::config::{Config, ConfigError};
use super::effect::{Effect, Log};
use super::links::{Links, evidence_of, proofs_of, ticket_of};
use super::routes;
use super::sites::{self, Arrival, Sites};
use super::streams::{Heard, Streams};
use crate::entropy::Entropy;
use crate::identity::{HomeId, Who};
use crate::messenger::{self, Messenger};
use crate::network::{BatchId, Found, Network, Number, ReadId, Said, StoreFailed};
use crate::now::Now;
use crate::password::{CheckId, Verdict};
use crate::peer_network::PeerNetwork;
use crate::sign_in::{Check, SignIn};

/// What clients of MSNP talk to: the gateway with all behind it, and the pages of the sign-in.
#[derive(Debug)]
pub(super) struct Backend {
    gateway: Gateway,
    messenger: Messenger<SignIn>,
    sites: Sites,
    links: Links,
    streams: Streams,
    replies: VecDeque<(ExchangeId, Response<Bytes>)>,
    effects: VecDeque<Effect>,
    /// A session that was opened by cookies is theirs alone.
    cookies_each_time: bool,
    /// `GW-IP` is the address that a client has reached.
    tells_address: bool,
}

impl Backend {
    /// No connections yet.
    pub(super) fn new(
        config: &Config,
        last_name: u64,
        seed: [u8; 32],
        now: Now,
    ) -> Result<Self, ConfigError> {
        let gateway = Gateway::new(config.gateway()?);
        let home = HomeId::default();
        let network = Network::new(config.network.clone(), home, last_name, seed, now);
        // Other numbers than the network's.
        let mut numbers = Prng::new(&seed);
        let mut seed = [0; 32];
        for half in seed.chunks_exact_mut(16) {
            half.copy_from_slice(&numbers.bytes());
        }
        let (faces, sign_in) = (config.faces.clone(), config.sign_in()?);
        Ok(Self {
            gateway,
            messenger: Messenger::new(network, faces, seed, sign_in),
            sites: Sites::new(config),
            links: Links::default(),
            streams: Streams::new(config.streams()),
            replies: VecDeque::new(),
            effects: VecDeque::new(),
            cookies_each_time: config.cookies_each_time,
            tells_address: config.gateway_ip.is_none(),
        })
    }

    /// A request for any path that is not the IM web service's.
    pub(super) fn handle_request(
        &mut self,
        exchange: ExchangeId,
        mut request: Request<Bytes>,
        from: Caller,
        entropy: &Entropy,
        now: Now,
    ) {
        let path = request.uri().path();
        if routes::is_gateway(path) && self.is_foreign(&request, now) {
            self.gateway.handle_foreign(exchange, &request);
        } else if routes::is_gateway(path) {
            routes::mark(&mut request, &from, self.tells_address);
            self.gateway
                .handle_request(exchange, request, entropy.take(), now.monotonic);
        } else {
            let arrival = Arrival {
                exchange,
                request: &request,
                from,
                entropy,
                now,
            };
            let sessions = self.gateway.sessions();
            self.sites
                .handle_request(&arrival, &mut self.messenger, sessions);
        }
        self.drive(now);
    }

    /// Whether a request names a session that is not to be had by it.
    fn is_foreign(&self, request: &Request<Bytes>, now: Now) -> bool {
        let session = self.gateway.session_named(request);
        let session = session.filter(|_| self.cookies_each_time);
        let sign_in = self.messenger.tickets();
        session.is_some_and(|it| self.links.is_anothers(it, request.headers(), sign_in, now))
    }

    /// Whether a request comes by a session of somebody who is known.
    pub(super) fn is_somebodys(&self, request: &Request<Bytes>) -> bool {
        let session = self.gateway.session_named(request);
        session.is_some_and(|it| !self.gateway.is_strangers(it))
    }

    /// The reply to that exchange was written.
    pub(super) fn handle_reply_sent(&mut self, exchange: ExchangeId, now: Now) {
        let session = self.gateway.session_of(exchange);
        self.gateway.handle_reply_sent(exchange, now.monotonic);
        if let Some(session) = session {
            self.tell_backlog(session);
        }
        self.drive(now);
    }

    /// The client of that exchange sends nothing more by its connection.
    pub(super) fn handle_half_closed(&mut self, exchange: ExchangeId, now: Now) {
        self.gateway.handle_half_closed(exchange, now.monotonic);
        self.drive(now);
    }

    /// A connection has ended.
    pub(super) fn handle_connection_ended(
        &mut self,
        by: HttpConnection,
        end: ConnectionEnd,
        now: Now,
    ) {
        self.gateway.handle_connection_ended(by, end);
        self.drive(now);
    }

    /// A peer has made a stream, if there is room for one more.
    pub(super) fn handle_accepted(&mut self, from: Caller, now: Now) -> Option<StreamId> {
        let (connection, messenger) = (self.links.next(), &mut self.messenger);
        let accepted = self.streams.accept(connection, from, messenger, now);
        self.drive(now);
        accepted
    }

    /// Something has happened to a stream.
    pub(super) fn handle_stream(&mut self, id: StreamId, heard: Heard, now: Now) {
        self.streams.handle(id, heard, &mut self.messenger, now);
        self.drive(now);
    }

    /// What is wanted of streams.
    pub(super) const fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    /// The reply to that exchange will not be, or was not, written. Also of exchanges that have no reply
    /// yet.
    pub(super) fn handle_reply_lost(&mut self, exchange: ExchangeId, now: Now) {
        self.sites.handle_lost(exchange, &mut self.messenger);
        self.gateway.handle_reply_lost(exchange, now.monotonic);
        self.drive(now);
    }

    /// What a password check has found.
    pub(super) fn handle_password_checked(&mut self, check: CheckId, verdict: Verdict, now: Now) {
        let (sites, messenger) = (&mut self.sites, &mut self.messenger);
        if let Some(who) = sites.handle_verdict(check, verdict, messenger, now) {
            self.log(Log::SignedInAtPage { who });
        }
        self.drive(now);
    }

    /// A batch is kept, or none of it is.
    pub(super) fn handle_committed(&mut self, id: BatchId, got: Result<(), StoreFailed>, now: Now) {
        self.messenger.handle_committed(id, got, now);
        self.drive(now);
    }

    /// What was to be read was found, or could not be read.
    pub(super) fn handle_read(&mut self, id: ReadId, got: Result<Found, StoreFailed>, now: Now) {
        self.messenger.handle_read(id, got, now);
        self.drive(now);
    }

    /// Time has passed. Calling it early or often is harmless.
    pub(super) fn handle_timeout(&mut self, now: Now) {
        self.gateway.handle_timeout(now.monotonic);
        self.messenger.handle_timeout(now);
        self.drive(now);
    }

    /// The operator has something said to everybody who is signed in: to how many people.
    pub(super) fn handle_announcement(&mut self, by: &Who, said: Said, now: Now) -> usize {
        let people = self.messenger.handle_announcement(by, said, now);
        self.drive(now);
        people
    }

    /// The service stops: everybody is signed out.
    pub(super) fn handle_shutdown(&mut self, now: Now) {
        self.messenger.handle_shutdown(now);
        self.drive(now);
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let timeouts = [self.gateway.poll_timeout(), self.messenger.poll_timeout()];
        timeouts.into_iter().flatten().min()
    }

    /// A reply to be written.
    pub(super) fn poll_reply(&mut self) -> Option<(ExchangeId, Response<Bytes>)> {
        self.replies.pop_front()
    }

    /// The next thing to do.
    pub(super) fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// Whether the store keeps nothing just now, for whoever asks how the server is.
    pub(super) const fn set_degraded(&mut self, degraded: bool) {
        self.sites.set_degraded(degraded);
    }

    /// For whoever counts.
    pub(super) const fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// Connections, whatever they came by.
    pub(super) fn connections(&self) -> usize {
        self.messenger.connections()
    }

    /// Carries events and effects between the machines until there are none.
    fn drive(&mut self, now: Now) {
        loop {
            let mut quiet = !self.sites.serve(&mut self.messenger, now);
            while let Some(event) = self.gateway.poll_event() {
                quiet = false;
                self.take_event(event, now);
            }
            while let Some(effect) = self.messenger.poll_effect() {
                quiet = false;
                self.take_effect(effect, now);
            }
            if quiet {
                break;
            }
        }
        while let Some(check) = self.messenger.tickets_mut().poll_check() {
            self.effects.push_back(match check {
                Check::Password(check) => Effect::CheckPassword(check),
                Check::Access(check) => Effect::CheckAccess(check),
            });
        }
        self.replies
            .extend(std::iter::from_fn(|| self.sites.poll_reply()));
        self.replies
            .extend(std::iter::from_fn(|| self.gateway.poll_reply()));
        let lines = std::iter::from_fn(|| self.streams.poll_log());
        self.effects.extend(lines.map(Effect::Log));
    }

    fn take_event(&mut self, event: ServerEvent, now: Now) {
        match event {
            ServerEvent::Opened {
                session, request, ..
            } => {
                let sign_in = self.messenger.tickets();
                let ticket = ticket_of(sign_in, &request.claims, now);
                let owner = sign_in.bearer(&request.claims.cookies, now.monotonic);
                let owner = owner.map(|(who, _)| who.person());
                let connection = self.links.open(session, request.peer, owner);
                self.log(Log::Opened {
                    connection,
                    signed_in: ticket.is_some(),
                });
                self.messenger.handle_open(connection, ticket, now);
            }
            ServerEvent::Received {
                session,
                exchange,
                claims,
                bytes,
            } => {
                let Some(connection) = self.links.connection(session) else {
                    return;
                };
                if self.links.has_new_cookies(session, &proofs_of(&claims))
                    && let Some(ticket) = ticket_of(self.messenger.tickets(), &claims, now)
                {
                    self.messenger.handle_ticket(connection, ticket, now);
                }
                let mark = exchange.get();
                self.messenger.handle_bytes(connection, mark, bytes, now);
            }
            ServerEvent::Carried {
                session,
                tags,
                evidence,
            } => {
                if let Some(connection) = self.links.connection(session) {
                    let messages = tags.into_iter().map(Number).collect();
                    let (seen, messenger) = (evidence_of(evidence), &mut self.messenger);
                    messenger.handle_evidence(connection, seen, messages, now);
                }
            }
            ServerEvent::Closed {
                session, reason, ..
            } => {
                // Messages among what was not delivered are still in the store: nobody has said that
                // they were received.
                if let Some(connection) = self.links.close(session) {
                    self.log(Log::Closed { connection, reason });
                    self.messenger.handle_closed(connection, now);
                }
            }
        }
    }

    fn take_effect(&mut self, effect: messenger::Effect, now: Now) {
        match effect {
            messenger::Effect::Send {
                connection,
                bytes,
                messages,
            } => {
                let Some(session) = self.links.session(connection) else {
                    let (streams, messenger) = (&mut self.streams, &mut self.messenger);
                    streams.send(connection, bytes, messages, messenger, now);
                    return;
                };
                let tags = messages.into_iter().map(|number| number.0).collect();
                let (gateway, at) = (&mut self.gateway, now.monotonic);
                let sent = gateway.send_tagged(session, bytes, tags, at);
                self.tell_backlog(session);
                if sent.is_err() {
                    self.log(Log::NotKeepingUp { connection });
                    self.gateway.close(session, now.monotonic);
                    self.messenger.handle_closed(connection, now);
                }
            }
            messenger::Effect::Close { connection } => {
                if let Some(session) = self.links.session(connection) {
                    self.gateway.close(session, now.monotonic);
                }
                self.streams.close(connection);
            }
            messenger::Effect::CheckAccess { connection, claim } => {
                let peer = self.links.peer(connection);
                let peer = peer.or_else(|| self.streams.peer(connection));
                let claimed = (claim, peer.and_then(PeerNetwork::of));
                sites::handle_claim(&mut self.messenger, connection, claimed, now);
            }
            messenger::Effect::SignedIn { connection, who } => {
                let name = HeaderValue::from_str(who.skype_id().as_str());
                if let (Some(session), Ok(name)) = (self.links.session(connection), name) {
                    self.gateway.vouch(session);
                    self.gateway.set_skype_id(session, name);
                }
                self.streams.signed_in(connection);
                self.log(Log::SignedIn { connection, who });
            }
            messenger::Effect::Answer {
                connection,
                outcome,
                ..
            } => self.sites.handle_answer(connection, outcome),
            messenger::Effect::Answered { connection, mark } => {
                // A stream counts its marks by itself; an exchange of the gateway's may have the same number.
                if !self.streams.answered(connection) {
                    self.gateway.answered(ExchangeId::new(mark), now.monotonic);
                }
            }
            messenger::Effect::Commit(batch) => self.effects.push_back(Effect::Commit(batch)),
            messenger::Effect::Read(id, read) => self.effects.push_back(Effect::Read(id, read)),
        }
    }

    /// What waits at the gateway counts for what a connection may still ask for.
    fn tell_backlog(&mut self, session: SessionKey) {
        if let Some(connection) = self.links.connection(session) {
            let bytes = self.gateway.backlog(session);
            self.messenger.set_backlog(connection, bytes);
        }
    }

    fn log(&mut self, line: Log) {
        self.effects.push_back(Effect::Log(line));
    }
}
