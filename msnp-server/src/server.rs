//! `Server`: what clients of MSNP talk to, and the IM web service, in one machine.

mod askers;
mod backend;
mod caller;
mod config;
mod effect;
mod links;
mod loopback;
mod routes;
mod sites;
mod stream;
mod stream_door;
mod streams;

use std::collections::VecDeque;

use bytes::Bytes;
use gateway_sm::{ConnectionEnd, ExchangeId, HttpConnection};
use http::{Request, Response};
use machine_contract::{Failure, Instant, Prng, RequestId, Transmit};

use self::askers::{Asker, Askers};
use self::backend::Backend;
pub use self::caller::Caller;
pub use self::config::{Config, ConfigError};
pub use self::effect::{Effect, Log};
use self::loopback::Loopback;
use crate::entropy::Entropy;
use crate::imsoap::WebService;
use crate::network::{BatchId, Found, Read, ReadId, StoreFailed};
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
/// 4. Make the requests of [`poll_transmit`](Self::poll_transmit), and drop those of
///    [`poll_cancel`](Self::poll_cancel). There are none unless [`Config::upstream`] is elsewhere.
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
    checks: Askers,
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
        // Nobody signs in by the loopback before a caller has, whose request brings better ones.
        let mut numbers = Prng::new(&seed);
        let mut no_secrets = [0; Entropy::BYTES];
        for some in no_secrets.chunks_mut(16) {
            some.copy_from_slice(&numbers.bytes()[..some.len()]);
        }
        Ok(Self {
            backend: Backend::new(config, last_name, seed, now)?,
            imsoap: config.web_service()?,
            loopback: Loopback::new(&Entropy::new(no_secrets)),
            checks: Askers::default(),
            reads: Askers::default(),
            replies: VecDeque::new(),
            effects: VecDeque::new(),
        })
    }

    /// Whether the bodies of requests for this path may be as long as [`Config::request_bytes`]: those to the
    /// gateway and to the IM web service. All others are small.
    pub fn takes_long_bodies(path: &str) -> bool {
        let bare = path.trim_start_matches('/');
        let slash = path.len().saturating_sub(bare.len() + 1);
        let path = path.get(slash..).unwrap_or(path);
        routes::is_gateway(path) || WebService::serves(path) || WebServices::serves(path)
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
    pub fn handle_connection_ended(
        &mut self,
        connection: HttpConnection,
        end: ConnectionEnd,
        now: Now,
    ) {
        self.backend.handle_connection_ended(connection, end, now);
        self.drive(now);
    }

    /// What a check of a password or an access token has found.
    pub fn handle_password_checked(&mut self, check: CheckId, verdict: Verdict, now: Now) {
        match self.checks.answer(check.0) {
            Some((Asker::Backend, number)) => {
                self.backend
                    .handle_password_checked(CheckId(number), verdict, now);
            }
            Some((Asker::ImSoap, number)) => {
                let answered = self.imsoap.handle_verdict(CheckId(number), &verdict, now);
                self.replies.extend(answered);
            }
            None => {}
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
                let found = match outcome {
                    Ok(Found::Addresses(found)) => found.into_iter().next().flatten(),
                    // Then it goes without a name until it is told one.
                    _ => None,
                };
                let name = found.map(|(_, name)| name);
                self.imsoap.handle_name(account, name, now);
            }
            None => {}
        }
        self.drive(now);
    }

    /// The whole response to a request of [`poll_transmit`](Self::poll_transmit) has arrived.
    pub fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, now: Now) {
        self.imsoap.handle_response(id, response, now);
        self.drive(now);
    }

    /// A request of [`poll_transmit`](Self::poll_transmit) has ended without a whole response.
    pub fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Now) {
        self.imsoap.handle_failure(id, failure, now);
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

    /// The service stops: everybody is signed out, the IM accounts of the web service first. Where these are
    /// signed in elsewhere, it takes a while until there are no [`upstream_clients`](Self::upstream_clients).
    pub fn handle_shutdown(&mut self, now: Now) {
        self.imsoap.close(now);
        self.drive(now);
        self.backend.handle_shutdown(now);
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

    /// A request to be made, as a driver owes it to any
    /// [`HttpMachine`](machine_contract::HttpMachine); then [`handle_response`](Self::handle_response) or
    /// [`handle_failure`](Self::handle_failure). `None` always if the IM accounts are this server's own.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.imsoap.poll_transmit()
    }

    /// A request in flight that is no longer wanted: it is dropped, and nothing is told of it.
    #[must_use]
    pub fn poll_cancel(&mut self) -> Option<RequestId> {
        self.imsoap.poll_cancel()
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

    /// Open sessions of the gateway.
    pub fn sessions(&self) -> usize {
        self.backend.sessions()
    }

    /// Connections, whatever they came by.
    pub fn connections(&self) -> usize {
        self.backend.connections()
    }

    /// Clients of the IM web service that have not said good-bye.
    pub fn upstream_clients(&self) -> usize {
        self.imsoap.clients()
    }

    /// For the door of the streams.
    const fn backend(&mut self) -> &mut Backend {
        &mut self.backend
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
            let reply = self
                .imsoap
                .handle_request(exchange, &request, from.peer, entropy, now);
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

    /// Carries requests and replies between the parts until there are none.
    fn drive(&mut self, now: Now) {
        while self.loop_back(now) {}
        self.collect_replies();
        while let Some(effect) = self.backend.poll_effect() {
            let (checks, reads) = (&mut self.checks, &mut self.reads);
            let effect = askers::numbered(effect, Asker::Backend, checks, reads);
            self.effects.push_back(effect);
        }
        while let Some(mut check) = self.imsoap.poll_check() {
            check.id = CheckId(self.checks.ask(Asker::ImSoap, check.id.0));
            self.effects.push_back(Effect::CheckPassword(check));
        }
        while let Some((account, address)) = self.imsoap.poll_lookup() {
            let id = ReadId(self.reads.ask(Asker::ImSoap, account));
            let read = Read::Addresses(vec![address]);
            self.effects.push_back(Effect::Read(id, read));
        }
        while let Some(line) = self.imsoap.poll_log() {
            self.effects.push_back(Effect::Log(Log::ImSoap(line)));
        }
    }

    /// Between the IM web service's clients and the rest, if they are this server's own. Whether anything
    /// moved.
    fn loop_back(&mut self, now: Now) -> bool {
        if !self.imsoap.has_own_clients() {
            return false;
        }
        let mut moved = false;
        while let Some(transmit) = self.imsoap.poll_transmit() {
            moved = true;
            if transmit.deadline <= now.monotonic {
                self.imsoap
                    .handle_failure(transmit.id, Failure::NotSent, now);
                continue;
            }
            let (exchange, entropy) = self.loopback.open(transmit.id, transmit.deadline);
            self.take_request(exchange, transmit.request, Caller::nowhere(), &entropy, now);
        }
        // After the requests: one that is taken back at once must have come by then.
        while let Some(request) = self.imsoap.poll_cancel() {
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
            if Loopback::is_own(exchange) {
                self.loopback.handle_reply(exchange, reply);
            } else {
                self.replies.push_back((exchange, reply));
            }
        }
    }
}
