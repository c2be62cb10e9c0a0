//! The one thread that owns the gateway, the notification server and the store.
//!
//! The machines are pure and fast, so one thread serves them all without locks; what waits (HTTP,
//! password hashing) waits elsewhere and talks to it by messages. Inputs that queue up while the
//! disk flushes are handled together and share the next flush.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{Claims, ExchangeId, Gateway, ServerEvent, SessionKey};
use http::{HeaderValue, Request, Response};
use machine_contract::Instant;
use machine_driver::{Clock, LONGEST_WAIT, SystemClock, wall_time};
use msnp_proto::Secret;
use tokio::sync::oneshot;

use crate::accounts::{SignInAddress, UserId};
use crate::http::{SharedTickets, Tickets};
use crate::notification::{
    Account, ConnectionId, Effect, Identity, NotificationServer, Now, Store,
};
use crate::store::{Sqlite, SqliteError};

mod service_accounts;

/// Inputs handled before the outputs are looked at again.
const BATCH: usize = 256;

/// How long the stop waits for the last replies to be written.
const FAREWELL: Duration = Duration::from_secs(2);

/// The handle to the thread; cheap to clone.
#[derive(Clone)]
pub(crate) struct Engine {
    inbox: Sender<Input>,
    exchanges: Arc<AtomicU64>,
}

/// The engine has stopped.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stopped;

/// How the engine is.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Health {
    /// Open gateway sessions.
    pub(crate) sessions: usize,
    /// Connections of the notification server.
    pub(crate) connections: usize,
}

enum Input {
    Request {
        exchange: ExchangeId,
        request: Box<Request<Bytes>>,
        entropy: [u8; 16],
        reply: oneshot::Sender<Response<Bytes>>,
    },
    Sent(ExchangeId),
    Lost(ExchangeId),
    AccountByAddress(
        SignInAddress,
        oneshot::Sender<Result<Option<Account>, SqliteError>>,
    ),
    AddAccount(Box<Account>, oneshot::Sender<Result<bool, SqliteError>>),
    ServiceAccount(
        UserId,
        oneshot::Sender<Result<Option<Secret<String>>, SqliteError>>,
    ),
    AddServiceAccount(
        UserId,
        Secret<String>,
        oneshot::Sender<Result<bool, SqliteError>>,
    ),
    Health(oneshot::Sender<Health>),
    Stop,
}

impl Engine {
    /// Starts the thread.
    pub(crate) fn start(
        gateway: Gateway,
        notification: NotificationServer<Sqlite>,
        tickets: SharedTickets,
    ) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (inbox, inputs) = channel();
        let core = Core {
            gateway,
            notification,
            tickets,
            waiting: BTreeMap::new(),
        };
        let thread = std::thread::Builder::new()
            .name("msnp-engine".to_owned())
            .spawn(move || core.run(&inputs))?;
        let exchanges = Arc::default();
        Ok((Self { inbox, exchanges }, thread))
    }

    /// An id for one more HTTP request.
    pub(crate) fn next_exchange(&self) -> ExchangeId {
        ExchangeId::new(self.exchanges.fetch_add(1, Ordering::Relaxed))
    }

    /// The gateway's reply to one request; `None` if the engine has stopped.
    pub(crate) async fn request(
        &self,
        exchange: ExchangeId,
        request: Request<Bytes>,
        entropy: [u8; 16],
    ) -> Option<Response<Bytes>> {
        let (reply, replied) = oneshot::channel();
        let input = Input::Request {
            exchange,
            request: Box::new(request),
            entropy,
            reply,
        };
        self.inbox.send(input).ok()?;
        replied.await.ok()
    }

    /// The reply to that exchange was written.
    pub(crate) fn reply_sent(&self, exchange: ExchangeId) {
        // A stopped engine has nothing left to send again.
        let _ = self.inbox.send(Input::Sent(exchange));
    }

    /// The reply to that exchange will not be, or was not, written.
    pub(crate) fn reply_lost(&self, exchange: ExchangeId) {
        let _ = self.inbox.send(Input::Lost(exchange));
    }

    /// The account that signs in with `address`.
    pub(crate) async fn account_by_address(
        &self,
        address: SignInAddress,
    ) -> Result<Option<Account>, Stopped> {
        let found = self
            .ask(|reply| Input::AccountByAddress(address, reply))
            .await?;
        found.map_err(|error| {
            tracing::error!(%error, "an account could not be read");
            Stopped
        })
    }

    /// Adds an account; `false` if its name or address is taken.
    pub(crate) async fn add_account(
        &self,
        account: Account,
    ) -> Result<Result<bool, SqliteError>, Stopped> {
        self.ask(|reply| Input::AddAccount(Box::new(account), reply))
            .await
    }

    pub(crate) async fn health(&self) -> Result<Health, Stopped> {
        self.ask(Input::Health).await
    }

    /// Signs everybody out and ends the thread.
    pub(crate) fn stop(&self) {
        let _ = self.inbox.send(Input::Stop);
    }

    async fn ask<T>(&self, input: impl FnOnce(oneshot::Sender<T>) -> Input) -> Result<T, Stopped> {
        let (reply, replied) = oneshot::channel();
        self.inbox.send(input(reply)).map_err(|_| Stopped)?;
        replied.await.map_err(|_| Stopped)
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Engine")
    }
}

struct Core {
    gateway: Gateway,
    notification: NotificationServer<Sqlite>,
    tickets: SharedTickets,
    /// HTTP requests that have no reply yet.
    waiting: BTreeMap<ExchangeId, oneshot::Sender<Response<Bytes>>>,
}

impl Core {
    fn run(mut self, inputs: &Receiver<Input>) {
        let mut stop_by: Option<Instant> = None;
        loop {
            let deadline = [
                self.gateway.poll_timeout(),
                self.notification.poll_timeout(),
                stop_by,
            ]
            .into_iter()
            .flatten()
            .min();
            let first = match deadline {
                // The timer stands still while the host is asleep, the clock does not.
                Some(deadline) => inputs.recv_timeout(
                    deadline
                        .saturating_duration_since(now().monotonic)
                        .min(LONGEST_WAIT),
                ),
                None => inputs.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            let mut input = match first {
                Ok(input) => Some(input),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let mut taken = 0;
            while let Some(next) = input {
                if matches!(next, Input::Stop) {
                    stop_by = Some(now().monotonic + FAREWELL);
                    self.sign_everybody_out();
                } else {
                    self.take(next);
                }
                taken += 1;
                input = if taken < BATCH {
                    inputs.try_recv().ok()
                } else {
                    None
                };
            }
            let now = now();
            self.gateway.handle_timeout(now.monotonic);
            self.notification.handle_timeout(now);
            self.settle(now);
            if let Some(stop_by) = stop_by
                && (self.waiting.is_empty() || now.monotonic >= stop_by)
            {
                return;
            }
        }
    }

    fn take(&mut self, input: Input) {
        let now = now();
        match input {
            Input::Request {
                exchange,
                request,
                entropy,
                reply,
            } => {
                self.waiting.insert(exchange, reply);
                self.gateway
                    .handle_request(exchange, *request, entropy, now.monotonic);
            }
            Input::Sent(exchange) => self.gateway.handle_reply_sent(exchange, now.monotonic),
            Input::Lost(exchange) => {
                self.waiting.remove(&exchange);
                self.gateway.handle_reply_lost(exchange, now.monotonic);
            }
            // Nobody may be waiting for these answers any more.
            Input::AccountByAddress(address, reply) => {
                let _ = reply.send(self.notification.store().account_by_address(&address));
            }
            Input::AddAccount(account, reply) => {
                let _ = reply.send(self.add_account(&account));
            }
            Input::ServiceAccount(user, reply) => {
                let _ = reply.send(self.notification.store().service_account(&user));
            }
            Input::AddServiceAccount(user, password_hash, reply) => {
                let _ = reply.send(self.add_service_account(&user, &password_hash));
            }
            Input::Health(reply) => {
                let _ = reply.send(Health {
                    sessions: self.gateway.sessions(),
                    connections: self.notification.connections(),
                });
            }
            Input::Stop => {}
        }
    }

    fn add_account(&mut self, account: &Account) -> Result<bool, SqliteError> {
        let store = self.notification.store_mut();
        let added = store.add_account(account)?;
        store.commit()?;
        Ok(added)
    }

    /// Carries events and effects between the machines until there are none, then hands out the
    /// replies.
    fn settle(&mut self, now: Now) {
        loop {
            let mut answered = Vec::new();
            while let Some(event) = self.gateway.poll_event() {
                self.gateway_event(event, &mut answered, now);
            }
            let mut quiet = answered.is_empty();
            if let Err(error) = self.notification.commit() {
                tracing::error!(%error, "the store failed; everybody is signed out");
            }
            if let Some(error) = self.notification.poll_fault() {
                tracing::error!(%error, "the store failed; a command was refused");
            }
            while let Some(effect) = self.notification.poll_effect() {
                quiet = false;
                self.effect(effect, now);
            }
            for exchange in answered {
                self.gateway.answered(exchange, now.monotonic);
            }
            if quiet {
                break;
            }
        }
        while let Some((exchange, reply)) = self.gateway.poll_reply() {
            if let Some(waiting) = self.waiting.remove(&exchange) {
                // If nobody waits any more, the exchange's guard has said or will say so.
                let _ = waiting.send(reply);
            }
        }
    }

    fn gateway_event(&mut self, event: ServerEvent, answered: &mut Vec<ExchangeId>, now: Now) {
        match event {
            ServerEvent::Opened {
                session, request, ..
            } => {
                let identity = self.identity(&request.claims, now);
                tracing::debug!(
                    session = session.get(),
                    signed_in = identity.is_some(),
                    "session opened"
                );
                self.notification
                    .handle_open(connection(session), identity, now);
            }
            ServerEvent::Received {
                session,
                exchange,
                claims,
                bytes,
            } => {
                if let Some(identity) = self.identity(&claims, now) {
                    self.notification
                        .handle_identity(connection(session), identity);
                }
                self.notification
                    .handle_bytes(connection(session), bytes, now);
                answered.push(exchange);
            }
            ServerEvent::Closed {
                session, reason, ..
            } => {
                tracing::debug!(session = session.get(), ?reason, "session closed");
                // Messages among what was not delivered are still in the store: they were not
                // acknowledged.
                self.notification.handle_closed(connection(session), now);
            }
        }
    }

    fn effect(&mut self, effect: Effect, now: Now) {
        match effect {
            Effect::Send { connection, frames } => {
                let session = session(connection);
                if let Err(error) = self.gateway.send(session, frames, now.monotonic) {
                    tracing::debug!(session = session.get(), %error, "a session does not keep up");
                    self.gateway.close(session, now.monotonic);
                    self.notification.handle_closed(connection, now);
                }
            }
            Effect::Close { connection } => {
                self.gateway.close(session(connection), now.monotonic);
            }
            Effect::SignedIn {
                connection,
                skype_id,
            } => {
                tracing::info!(session = connection.0, account = %skype_id, "signed in");
                if let Ok(name) = HeaderValue::from_str(skype_id.as_str()) {
                    self.gateway.set_skype_id(session(connection), name);
                }
            }
        }
    }

    /// Who a request comes from, by what the gateway says that it claims. Its headers are not to be
    /// read here: a page of another site can have a browser send cookies, and the gateway knows when
    /// they count.
    fn identity(&self, claims: &Claims, now: Now) -> Option<Identity> {
        let tickets = self
            .tickets
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        tickets.identity(&claims.cookies, now.monotonic)
    }

    fn sign_everybody_out(&mut self) {
        let now = now();
        self.notification.handle_shutdown(now);
        self.settle(now);
    }
}

const fn connection(session: SessionKey) -> ConnectionId {
    ConnectionId(session.get())
}

const fn session(connection: ConnectionId) -> SessionKey {
    SessionKey::new(connection.0)
}

/// The two clocks, by which everything in the process goes.
pub(crate) fn now() -> Now {
    Now {
        monotonic: SystemClock.now(),
        wall: wall_time(),
    }
}

/// A store of tickets to share between the pages and the engine.
pub(crate) fn shared_tickets() -> SharedTickets {
    SharedTickets(Arc::new(std::sync::Mutex::new(Tickets::default())))
}
