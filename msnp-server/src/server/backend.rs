//! `Backend`: gateway, faces, network and sign-in, composed in one machine.

use std::collections::VecDeque;

use bytes::Bytes;
use gateway_sm::{ConnectionEnd, ExchangeId, Gateway, HttpConnection, ServerEvent};
use http::{Request, Response};
use machine_contract::{Instant, Prng, StreamId};

use super::caller::Caller;
use super::config::{Config, ConfigError};
use super::effect::{Effect, Log};
use super::links::ticket_of;
use super::routes;
use super::streams::{Heard, Streams};
use super::transports::Transports;
use crate::entropy::Entropy;
use crate::identity::HomeId;
use crate::messenger::{self, Messenger};
use crate::network::{BatchId, Found, Network, ReadId, Refusal, StoreFailed};
use crate::now::Now;
use crate::password::{CheckId, Verdict};
use crate::peer_network::PeerNetwork;
use crate::sign_in::{Answered, Asked, Check, SignIn};
use crate::web_services::{WebServices, Wish};

/// What clients of MSNP talk to: the gateway with all behind it, and the pages of the sign-in.
#[derive(Debug)]
pub(super) struct Backend {
    transports: Transports,
    messenger: Messenger<SignIn>,
    web_services: WebServices,
    pages: routes::Pages,
    replies: VecDeque<(ExchangeId, Response<Bytes>)>,
    effects: VecDeque<Effect>,
    degraded: bool,
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
            transports: Transports::new(gateway, Streams::new(config.streams())),
            messenger: Messenger::new(network, faces, seed, sign_in),
            web_services: config.web_services(),
            pages: routes::Pages::new(&config.origins),
            replies: VecDeque::new(),
            effects: VecDeque::new(),
            degraded: false,
        })
    }

    /// A request for any path that is not the IM web service's.
    pub(super) fn handle_request(
        &mut self,
        exchange: ExchangeId,
        request: Request<Bytes>,
        from: Caller,
        entropy: &Entropy,
        now: Now,
    ) {
        let path = request.uri().path();
        if routes::is_gateway(path) {
            self.transports
                .request(exchange, request, from, entropy, now);
        } else {
            self.answer_page(exchange, &request, from, entropy, now);
        }
        self.drive(now);
    }

    /// The reply to that exchange was written.
    pub(super) fn handle_reply_sent(&mut self, exchange: ExchangeId, now: Now) {
        let messenger = &mut self.messenger;
        self.transports.reply_sent(exchange, messenger, now);
        self.drive(now);
    }

    /// The client of that exchange sends nothing more by its connection.
    pub(super) fn handle_half_closed(&mut self, exchange: ExchangeId, now: Now) {
        let gateway = self.transports.gateway();
        gateway.handle_half_closed(exchange, now.monotonic);
        self.drive(now);
    }

    /// A connection has ended.
    pub(super) fn handle_connection_ended(
        &mut self,
        by: HttpConnection,
        end: ConnectionEnd,
        now: Now,
    ) {
        self.transports.gateway().handle_connection_ended(by, end);
        self.drive(now);
    }

    /// A peer has made a stream, if there is room for one more.
    pub(super) fn handle_accepted(&mut self, from: Caller, now: Now) -> Option<StreamId> {
        let messenger = &mut self.messenger;
        let accepted = self.transports.accept(from.peer, messenger, now);
        self.drive(now);
        accepted
    }

    /// Something has happened to a stream.
    pub(super) fn handle_stream(&mut self, id: StreamId, heard: Heard, now: Now) {
        self.transports
            .streams()
            .handle(id, heard, &mut self.messenger, now);
        self.drive(now);
    }

    /// What is wanted of streams.
    pub(super) const fn streams(&mut self) -> &mut Streams {
        self.transports.streams()
    }

    /// The reply to that exchange will not be, or was not, written. Also of exchanges that have no reply
    /// yet.
    pub(super) fn handle_reply_lost(&mut self, exchange: ExchangeId, now: Now) {
        self.messenger.tickets_mut().handle_lost(exchange);
        self.web_services.handle_lost(exchange);
        self.pages.forget(exchange);
        let gateway = self.transports.gateway();
        gateway.handle_reply_lost(exchange, now.monotonic);
        self.drive(now);
    }

    /// What a password check has found.
    pub(super) fn handle_password_checked(&mut self, check: CheckId, verdict: Verdict, now: Now) {
        let sign_in = self.messenger.tickets_mut();
        match sign_in.handle_verdict(check, verdict, now) {
            Some(Answered::Request(exchange, mut reply, who)) => {
                self.pages.allow_later(exchange, reply.headers_mut());
                self.replies.push_back((exchange, reply));
                if let Some(who) = who {
                    self.log(Log::SignedInAtPage { who });
                }
            }
            Some(Answered::Claim(connection, outcome)) => {
                self.messenger
                    .handle_access_checked(connection, outcome, now);
            }
            None => return,
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
        self.transports.gateway().handle_timeout(now.monotonic);
        self.messenger.handle_timeout(now);
        self.drive(now);
    }

    /// The service stops: everybody is signed out.
    pub(super) fn handle_shutdown(&mut self, now: Now) {
        self.messenger.handle_shutdown(now);
        self.drive(now);
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let transports = self.transports.poll_timeout().into_iter();
        transports.chain(self.messenger.poll_timeout()).min()
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
        self.degraded = degraded;
    }

    /// Open sessions of the gateway.
    pub(super) fn sessions(&self) -> usize {
        self.transports.sessions()
    }

    /// Connections, whatever they came by.
    pub(super) fn connections(&self) -> usize {
        self.messenger.connections()
    }

    fn answer_page(
        &mut self,
        exchange: ExchangeId,
        request: &Request<Bytes>,
        from: Caller,
        entropy: &Entropy,
        now: Now,
    ) {
        let asked = Asked {
            request,
            local: from.local,
            from: PeerNetwork::of(from.peer),
            entropy,
            now,
        };
        let (sessions, connections) = (self.sessions(), self.connections());
        let (messenger, services) = (&mut self.messenger, &mut self.web_services);
        let reply = self
            .pages
            .answer(exchange, request, || match request.uri().path() {
                routes::HEALTH => Some(routes::health(self.degraded, sessions, connections)),
                path if WebServices::serves(path) => {
                    let sign_in = messenger.tickets();
                    let whose = |ticket: &str| sign_in.owner_of_token(ticket, now.monotonic);
                    services.handle_request(exchange, request, whose, now)
                }
                _ => messenger.tickets_mut().handle_request(exchange, &asked),
            });
        self.replies.extend(reply.map(|reply| (exchange, reply)));
    }

    /// Carries events and effects between the machines until there are none.
    fn drive(&mut self, now: Now) {
        loop {
            let mut quiet = true;
            while let Some(event) = self.transports.gateway().poll_event() {
                quiet = false;
                self.take_event(event, now);
            }
            while let Some(wish) = self.web_services.poll_wish() {
                quiet = false;
                self.take_wish(wish, now);
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
        self.replies.extend(std::iter::from_fn(|| {
            self.transports.gateway().poll_reply()
        }));
        let lines = std::iter::from_fn(|| self.transports.streams().poll_log());
        self.effects.extend(lines.map(Effect::Log));
    }

    fn take_event(&mut self, event: ServerEvent, now: Now) {
        match event {
            ServerEvent::Opened {
                session, request, ..
            } => {
                let ticket = ticket_of(self.messenger.tickets_mut(), &request.claims, now);
                let connection = self.transports.links().open(session, request.peer);
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
                let Some(connection) = self.transports.links().connection(session) else {
                    return;
                };
                if self
                    .transports
                    .links()
                    .has_new_cookies(session, &claims.cookies)
                    && let Some(ticket) = ticket_of(self.messenger.tickets_mut(), &claims, now)
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
                let messenger = &mut self.messenger;
                let carried = (tags, evidence);
                self.transports.carried(session, carried, messenger, now);
            }
            ServerEvent::Closed {
                session, reason, ..
            } => {
                // Messages among what was not delivered are still in the store: nobody has said that
                // they were received.
                if let Some(connection) = self.transports.links().close(session) {
                    self.log(Log::Closed { connection, reason });
                    self.messenger.handle_closed(connection, now);
                }
            }
        }
    }

    /// What a call of a web service wants.
    fn take_wish(&mut self, wish: Wish, now: Now) {
        match wish {
            Wish::Command(connection, request, command) => {
                if self.messenger.take_allowance(connection, now) {
                    self.messenger
                        .handle_command(connection, request, command, now);
                } else {
                    let refused = Err(Refusal::Busy);
                    self.web_services.handle_answer(connection, refused);
                }
            }
            Wish::Close(connection) => self.messenger.handle_closed(connection, now),
            Wish::Reply(exchange, mut reply) => {
                self.pages.allow_later(exchange, reply.headers_mut());
                self.replies.push_back((exchange, reply));
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
                let (what, messenger) = ((bytes, messages), &mut self.messenger);
                if !self.transports.send(connection, what, messenger, now) {
                    self.log(Log::NotKeepingUp { connection });
                }
            }
            messenger::Effect::Close { connection } => self.transports.close(connection, now),
            messenger::Effect::CheckAccess { connection, claim } => {
                let claimed = (claim, self.transports.network(connection));
                let sign_in = self.messenger.tickets_mut();
                if let Err(refused) = sign_in.handle_claim(connection, claimed, now.monotonic) {
                    let refused = Err(refused);
                    self.messenger
                        .handle_access_checked(connection, refused, now);
                }
            }
            messenger::Effect::SignedIn { connection, who } => {
                self.transports.signed_in(connection, &who);
                self.log(Log::SignedIn { connection, who });
            }
            messenger::Effect::Answer {
                connection,
                outcome,
                ..
            } => self.web_services.handle_answer(connection, outcome),
            messenger::Effect::Answered { connection, mark } => {
                self.transports.answered(connection, mark, now);
            }
            messenger::Effect::Commit(batch) => self.effects.push_back(Effect::Commit(batch)),
            messenger::Effect::Read(id, read) => self.effects.push_back(Effect::Read(id, read)),
        }
    }

    fn log(&mut self, line: Log) {
        self.effects.push_back(Effect::Log(line));
    }
}
