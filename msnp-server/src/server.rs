//! `Server`: what clients of MSNP talk to, and the IM web service, in one machine.

mod about;
mod askers;
mod backend;
mod caller;
mod checks;
mod config;
mod effect;
mod figures;
mod links;
mod loopback;
mod routes;
mod sites;
mod stream;
mod stream_door;
mod streams;
mod upstream_door;

use std::collections::VecDeque;

use bytes::Bytes;
use gateway_sm::{ConnectionEnd, ExchangeId, HttpConnection};
use http::{Request, Response};
use machine_contract::{Failure, Instant};

use self::askers::{Asker, Askers};
use self::backend::Backend;
pub use self::caller::Caller;
use self::checks::Checks;
pub use self::config::{Config, ConfigError};
pub use self::effect::{Effect, Log};
use self::loopback::Loopback;
use crate::entropy::Entropy;
use crate::faces::Announcement;
use crate::identity::Who;
use crate::imsoap::{Carrier, WebService};
use crate::network::{BatchId, Found, ReadId, StoreFailed};
use crate::now::Now;
use crate::password::{CheckId, Verdict};
use crate::web_services::WebServices;

/// An MSN Messenger server: requests in, replies and [`Effect`]s out. A pure machine.
///
/// # The run loop
/// 1. Give it what happened: `handle_*`, as many as there are. None of them can fail.
/// 2. Write what [`poll_reply`](Self::poll_reply) gives, and say of each exchange what became of the reply:
///    [`handle_reply_sent`](Self::handle_reply_sent), or [`handle_reply_lost`](Self::handle_reply_lost).
/// 3. Do what [`poll_effect`](Self::poll_effect) says, until there is nothing more.
/// 4. Make the requests of [`poll_transmit`](Self::poll_transmit), drop those of
///    [`poll_cancel`](Self::poll_cancel), and see to the streams of
///    [`poll_upstream_stream`](Self::poll_upstream_stream). There are none unless IM accounts are signed in elsewhere
///    ([`Config::upstream`]).
/// 5. Wait for the next input or the time of [`poll_timeout`](Self::poll_timeout).
///
/// ```
/// use gateway_sm::ExchangeId;
/// use machine_contract::{Instant, UnixTime};
/// use msnp_server::{Config, Effect, Entropy, Caller, Memory, Now, Server};
///
/// let now = Now { monotonic: Instant::ORIGIN, wall: UnixTime::from_millis(1_431_882_693_260) };
/// let mut server = Server::new(&Config::new("im.example.org"), 0, [7; 32], now)?;
/// let request = http::Request::get("/").body(Default::default())?;
/// let entropy = Entropy::new([9; Entropy::BYTES]);
/// server.handle_request(ExchangeId::new(1), request, Caller::nowhere(), &entropy, now);
/// let (exchange, reply) = server.poll_reply().expect("the sign-in page");
/// assert_eq!((exchange, reply.status().as_u16()), (ExchangeId::new(1), 200));
/// server.handle_reply_sent(exchange, now);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The same inputs with the same seed give the same outputs. After `handle_timeout(t)` the timeout is `None`
/// or later than `t`.
#[derive(Debug)]
pub struct Server {
    backend: Backend,
    imsoap: WebService,
    loopback: Loopback,
    checks: Checks,
    reads: Askers,
    replies: VecDeque<(ExchangeId, Response<Bytes>)>,
    effects: VecDeque<Effect>,
}

impl Server {
    /// A server without connections. `last_name` is the highest number of a message that the store has;
    /// `seed` makes ids and nonces, none of which has to be unguessable.
    ///
    /// # Errors
    /// [`ConfigError`] if a name or a time cannot be used.
    pub fn new(
        config: &Config,
        last_name: u64,
        seed: [u8; 32],
        now: Now,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            backend: Backend::new(config, last_name, seed, now)?,
            imsoap: config.web_service()?,
            loopback: Loopback::new(seed),
            checks: Checks::new(config),
            reads: Askers::default(),
            replies: VecDeque::new(),
            effects: VecDeque::new(),
        })
    }

    /// Whether the bodies of requests for this path may be as long as [`Config::request_bytes`]: those to the
    /// gateway and to the IM web service. All others are small.
    pub fn takes_long_bodies(path: &str) -> bool {
        let path = routes::with_one_slash(path);
        routes::is_gateway(path) || WebService::serves(path) || WebServices::serves(path)
    }

    /// Whether a request comes by the session of somebody who has signed in. Of all others nobody knows whose they are until
    /// they are carried out: a host may let them wait for this, so that many strangers cannot come between two words of a
    /// person.
    pub fn is_somebodys(&self, request: &Request<Bytes>) -> bool {
        self.backend.is_somebodys(request)
    }

    /// A request has come, whole. The exchange is answered by [`poll_reply`](Self::poll_reply), once. Its number
    /// is below 2⁶³: those above are the server's own.
    pub fn handle_request(
        &mut self,
        exchange: ExchangeId,
        request: Request<Bytes>,
        from: Caller,
        entropy: &Entropy,
        now: Now,
    ) {
        self.take_request(exchange, request, from, entropy, now);
        self.drive(now);
    }

    /// The reply to that exchange was written.
    pub fn handle_reply_sent(&mut self, exchange: ExchangeId, now: Now) {
        self.imsoap.handle_reply_sent(exchange);
        self.backend.handle_reply_sent(exchange, now);
        self.drive(now);
    }

    /// The reply to that exchange will not be, or was not, written. Also of exchanges that have no reply
    /// yet.
    pub fn handle_reply_lost(&mut self, exchange: ExchangeId, now: Now) {
        self.lose(exchange, now);
        self.drive(now);
    }

    /// The client of that exchange, which has no reply yet, has shut its writing side: it reads on, or is gone. A held
    /// poll is answered now, by which the one is served and the other found out.
    pub fn handle_half_closed(&mut self, exchange: ExchangeId, now: Now) {
        self.backend.handle_half_closed(exchange, now);
        self.drive(now);
    }

    /// A connection that requests have [come by](Caller::connection) has ended, after all that was to be said of its
    /// exchanges.
    pub fn handle_connection_ended(&mut self, by: HttpConnection, end: ConnectionEnd, now: Now) {
        self.imsoap.handle_connection_ended(by, end, now);
        self.backend.handle_connection_ended(by, end, now);
        self.drive(now);
    }

    /// What a check of a password or an access token has found.
    pub fn handle_password_checked(&mut self, check: CheckId, verdict: Verdict, now: Now) {
        if let Some((asker, check)) = self.checks.done(check) {
            self.take_verdict(asker, check, verdict, now);
        }
        self.drive(now);
    }

    /// A batch is kept, or none of it is.
    pub fn handle_committed(&mut self, batch: BatchId, outcome: Result<(), StoreFailed>, now: Now) {
        self.backend.handle_committed(batch, outcome, now);
        self.drive(now);
    }

    /// What was to be read was found, or could not be read.
    pub fn handle_read(&mut self, read: ReadId, outcome: Result<Found, StoreFailed>, now: Now) {
        match self.reads.answer(read.0) {
            Some((Asker::Backend, number)) => {
                self.backend.handle_read(ReadId(number), outcome, now);
            }
            Some((Asker::ImSoap, account)) => {
                self.imsoap.handle_found(account, outcome.ok(), now);
            }
            None => {}
        }
        self.drive(now);
    }

    /// Time has passed. Calling it early or often is harmless.
    pub fn handle_timeout(&mut self, now: Now) {
        // Deadlines come first: what the clients decide then, they decide by what is still open.
        while let Some((exchange, request)) = self.loopback.poll_overdue(now.monotonic) {
            self.lose(exchange, now);
            self.imsoap.handle_failure(request, Failure::Unknown, now);
        }
        self.backend.handle_timeout(now);
        self.imsoap.handle_timeout(now);
        self.drive(now);
    }

    /// The operator has something said to everybody else who is signed in, in the name of `by`, whom clients show as `name`: to how
    /// many people. Each dialect has it as words of that person's, to whom answers go; it is kept nowhere.
    pub fn handle_announcement(
        &mut self,
        by: &Who,
        name: &str,
        announcement: &Announcement,
        now: Now,
    ) -> usize {
        let said = announcement.said_by(name);
        let people = self.backend.handle_announcement(by, said, now);
        self.effects
            .push_back(Effect::Log(Log::Announced { people }));
        self.drive(now);
        people
    }

    /// The service stops: everybody is signed out, the IM accounts of the web service first. Where these are
    /// signed in elsewhere, it takes a while until there are no [`upstream_clients`](Self::upstream_clients).
    pub fn handle_shutdown(&mut self, now: Now) {
        self.imsoap.close(now);
        self.drive(now);
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let timeouts = [
            self.backend.poll_timeout(),
            self.imsoap.poll_timeout(),
            self.loopback.poll_timeout(),
        ];
        timeouts.into_iter().flatten().min()
    }

    /// A reply to be written.
    #[must_use]
    pub fn poll_reply(&mut self) -> Option<(ExchangeId, Response<Bytes>)> {
        self.replies.pop_front()
    }

    /// The next thing to do.
    #[must_use]
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// Whether the store keeps nothing just now, for whoever asks how the server is.
    pub const fn set_degraded(&mut self, degraded: bool) {
        self.backend.set_degraded(degraded);
    }

    /// Clients of the IM web service that have not said good-bye.
    pub fn upstream_clients(&self) -> usize {
        self.imsoap.clients()
    }

    /// For the door of the streams.
    const fn backend(&mut self) -> &mut Backend {
        &mut self.backend
    }

    /// For what leads elsewhere.
    const fn web_service(&mut self) -> &mut WebService {
        &mut self.imsoap
    }

    /// For whoever counts.
    const fn as_backend(&self) -> &Backend {
        &self.backend
    }

    fn take_request(
        &mut self,
        exchange: ExchangeId,
        mut request: Request<Bytes>,
        from: Caller,
        entropy: &Entropy,
        now: Now,
    ) {
        routes::collapse_slashes(&mut request);
        if WebService::serves(request.uri().path()) {
            self.loopback.refresh(entropy);
            let by = Carrier::new(exchange, from.connection);
            let imsoap = &mut self.imsoap;
            let reply = imsoap.handle_request(by, &request, (from.peer, from.tls), entropy, now);
            self.replies.extend(reply.map(|reply| (exchange, reply)));
        } else {
            self.backend
                .handle_request(exchange, request, from, entropy, now);
        }
    }

    fn lose(&mut self, exchange: ExchangeId, now: Now) {
        self.imsoap.handle_lost(exchange);
        self.backend.handle_reply_lost(exchange, now);
    }

    fn take_verdict(&mut self, asker: Asker, check: CheckId, verdict: Verdict, now: Now) {
        match asker {
            Asker::Backend => self.backend.handle_password_checked(check, verdict, now),
            Asker::ImSoap => {
                let answered = self.imsoap.handle_verdict(check, &verdict, now);
                self.replies.extend(answered);
            }
        }
    }

    /// Carries requests and replies between the parts until there are none.
    fn drive(&mut self, now: Now) {
        loop {
            while self.loop_back(now) {}
            // What a caller was told is sent may still be on its way to the backend.
            if self.imsoap.has_left() {
                self.backend.handle_shutdown(now);
            }
            self.collect_replies();
            let refused = self.collect_effects();
            if refused.is_empty() {
                break;
            }
            for (asker, check) in refused {
                self.take_verdict(asker, check, Verdict::Unavailable, now);
            }
        }
        let checks = std::iter::from_fn(|| self.checks.poll());
        self.effects.extend(checks.map(Effect::CheckPassword));
    }

    /// What the parts want done. Gives the checks for which too many wait.
    fn collect_effects(&mut self) -> Vec<(Asker, CheckId)> {
        let mut refused = Vec::new();
        while let Some(effect) = self.backend.poll_effect() {
            let effect = match effect {
                Effect::Read(id, read) => self.reads.read(Asker::Backend, id.0, read),
                Effect::CheckPassword(check) => {
                    refused.extend(self.checks.password(Asker::Backend, check).err());
                    continue;
                }
                Effect::CheckAccess(check) => Effect::CheckAccess(self.checks.access(check)),
                other @ (Effect::Commit(_) | Effect::Log(_)) => other,
            };
            self.effects.push_back(effect);
        }
        while let Some(check) = self.imsoap.poll_check() {
            refused.extend(self.checks.password(Asker::ImSoap, check).err());
        }
        while let Some((account, read)) = self.imsoap.poll_lookup() {
            self.effects
                .push_back(self.reads.read(Asker::ImSoap, account, read));
        }
        let lines = std::iter::from_fn(|| self.imsoap.poll_log());
        self.effects
            .extend(lines.map(|line| Effect::Log(Log::ImSoap(line))));
        refused
    }

    /// Between those clients of the IM web service that are this server's own and the rest. Whether anything moved.
    fn loop_back(&mut self, now: Now) -> bool {
        let mut moved = false;
        while let Some(transmit) = self.imsoap.outgoing().poll_transmit(true) {
            moved = true;
            let (id, deadline) = (transmit.id, transmit.deadline);
            if deadline <= now.monotonic {
                self.imsoap.handle_failure(id, Failure::NotSent, now);
                continue;
            }
            let (exchange, entropy) = self.loopback.open(id, deadline);
            self.take_request(exchange, transmit.request, Caller::nowhere(), &entropy, now);
        }
        // After the requests: one that is taken back at once must have come by then.
        while let Some(request) = self.imsoap.outgoing().poll_cancel(true) {
            if let Some(exchange) = self.loopback.cancel(request) {
                moved = true;
                self.lose(exchange, now);
            }
        }
        self.collect_replies();
        // One at a time: hearing of the first, the client may take the second back.
        if let Some((exchange, request, reply)) = self.loopback.poll_reply() {
            moved = true;
            self.imsoap.handle_response(request, reply, now);
            self.backend.handle_reply_sent(exchange, now);
        }
        moved
    }

    /// Each reply goes to whoever has asked.
    fn collect_replies(&mut self) {
        while let Some((exchange, reply)) = self.backend.poll_reply() {
            let others = self.loopback.handle_reply(exchange, reply);
            self.replies.extend(others);
        }
    }
}
