//! `NotificationServer`: the inputs and outputs of the machine, and its connections.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use machine_contract::{Instant, Prng};
use msnp_proto::msnp24::{Channel, Envelope};
use msnp_proto::{Frame, FrameErrorKind, TrId, Verb};

use super::ages::Ages;
use super::config::Config;
use super::connection::{Connection, Endpoint, User, millis};
use super::effect::{ConnectionId, Effect, Identity, Now, Tickets};
use super::refusal::{Refusal, error_frame};
use super::store::{MessageId, Store};
use crate::accounts::SkypeId;

/// The notification server of MSNP24 as a pure machine: no clock, no socket, no disk, no
/// randomness.
///
/// # The run loop
/// 1. Give it what happened: `handle_*`, as many as there are. None of them can fail: a peer's
///    fault is answered on the wire.
/// 2. [`commit`](Self::commit). What the inputs made it write is kept, and what it wants sent is
///    released; not before, so nobody is ever told of something that a crash can undo.
/// 3. Do what [`poll_effect`](Self::poll_effect) says, until there is nothing more.
/// 4. Wait for the next input or the time of [`poll_timeout`](Self::poll_timeout).
///
/// ```
/// use machine_contract::{Instant, UnixTime};
/// use msnp_service::notification::{Config, ConnectionId, Effect, NotificationServer, Now};
/// use msnp_service::store::Memory;
///
/// let now = Now { monotonic: Instant::ORIGIN, wall: UnixTime::from_millis(1_431_882_693_260) };
/// let mut server = NotificationServer::new(Memory::new(), Config::default(), [7; 32], now)?;
/// let client = ConnectionId(1);
/// server.handle_open(client, None, now);
/// server.handle_bytes(client, "PNG 1 CON 0\r\n".into(), now);
/// assert_eq!(server.poll_effect(), None);
/// server.commit()?;
/// let Some(Effect::Send { connection, frames }) = server.poll_effect() else {
///     panic!("a ping is answered");
/// };
/// assert_eq!(connection, client);
/// assert_eq!(frames, "PNG 1 CON 48\r\n\r\n<ping-response><wait>45</wait></ping-response>");
/// # Ok::<(), std::convert::Infallible>(())
/// ```
///
/// The same inputs with the same seed give the same effects. After `handle_timeout(t)` the timeout
/// is `None` or later than `t`. Inputs for a connection that is closed do nothing.
pub struct NotificationServer<S: Store> {
    pub(super) store: S,
    pub(super) config: Config,
    pub(super) tickets: Option<Box<dyn Tickets + Send>>,
    /// For nonces, opaque values that are never checked, and ids of threads that only members may use.
    /// What must not be guessed (session ids, cookies, uics, salts) is made by the shell.
    pub(super) prng: Prng,
    pub(super) connections: BTreeMap<ConnectionId, Connection>,
    pub(super) users: BTreeMap<SkypeId, User>,
    pub(super) last_message: MessageId,
    pub(super) ages: Ages,
    alarms: BTreeSet<(Instant, ConnectionId)>,
    cleaning: Instant,
    outgoing: Vec<Outgoing>,
    released: VecDeque<Effect>,
    fault: Option<S::Error>,
}

/// An [`Effect`] that waits for the commit.
enum Outgoing {
    Frames(ConnectionId, BytesMut),
    Other(Effect),
}

/// How often old messages are looked for.
const CLEANING: Duration = Duration::from_secs(60 * 60);

impl<S: Store> NotificationServer<S> {
    /// A server without connections. The seed makes its nonces and ids.
    ///
    /// # Errors
    /// The store's, if it cannot be read.
    pub fn new(store: S, config: Config, seed: [u8; 32], now: Now) -> Result<Self, S::Error> {
        let last_message = store.last_message_id()?;
        Ok(Self {
            last_message,
            ages: Ages::new(config.duplicates, last_message, now.monotonic),
            store,
            config,
            tickets: None,
            prng: Prng::new(&seed),
            connections: BTreeMap::new(),
            users: BTreeMap::new(),
            alarms: BTreeSet::new(),
            cleaning: now.monotonic + CLEANING,
            outgoing: Vec::new(),
            released: VecDeque::new(),
            fault: None,
        })
    }

    /// The server, checking every `uic` with these.
    #[must_use]
    pub fn with_tickets(mut self, tickets: impl Tickets + Send + 'static) -> Self {
        self.tickets = Some(Box::new(tickets));
        self
    }

    /// A client has connected; `identity` is what its cookies say.
    pub fn handle_open(&mut self, connection: ConnectionId, identity: Option<Identity>, now: Now) {
        if self.connections.contains_key(&connection) {
            return;
        }
        if self.connections.len() >= self.config.connections {
            // As said to a client that should come back later (error-codes.tsv 910).
            let busy = error_frame(910, TrId(0), &Channel::Con, "The server is too busy.");
            self.send(connection, &busy);
            self.outgoing
                .push(Outgoing::Other(Effect::Close { connection }));
            return;
        }
        let new = Connection::new(identity, &self.config, now.monotonic);
        self.connections.insert(connection, new);
        self.set_alarm(connection);
    }

    /// A later request of the connection came with these cookies; they count at the next `ATH`.
    pub fn handle_identity(&mut self, connection: ConnectionId, identity: Identity) {
        if let Some(connection) = self.connections.get_mut(&connection) {
            connection.identity = Some(identity);
        }
    }

    /// Bytes have come from a client, cut anywhere.
    pub fn handle_bytes(&mut self, connection: ConnectionId, bytes: Bytes, now: Now) {
        if let Some(connection) = self.connections.get_mut(&connection) {
            connection.decoder.push(bytes);
        }
        // Looked up anew for every frame: a command can end its own connection.
        while let Some(open) = self.connections.get_mut(&connection) {
            match open.decoder.next_frame() {
                Ok(Some(frame)) => self.handle_frame(connection, &frame, now),
                Ok(None) => break,
                Err(error) if error.kind == FrameErrorKind::BlankLine => {}
                Err(error) => {
                    let text = error.to_string();
                    self.send(connection, &error_frame(200, TrId(0), &Channel::Con, &text));
                    if error.is_fatal() {
                        self.close(connection, "The stream of frames is lost.");
                    }
                }
            }
        }
        self.set_alarm(connection);
    }

    /// The client is gone, or its session has run out.
    pub fn handle_closed(&mut self, connection: ConnectionId, _now: Now) {
        self.forget(connection);
    }

    /// The service stops: every client is told so (`OUT`), and every connection closed.
    pub fn handle_shutdown(&mut self, _now: Now) {
        // Nobody is left who could be told that the others are gone.
        self.users.clear();
        self.alarms.clear();
        for connection in std::mem::take(&mut self.connections).into_keys() {
            self.say_goodbye(connection, "The service is going down.");
        }
    }

    /// Time has passed. Calling it early or often is harmless.
    pub fn handle_timeout(&mut self, now: Now) {
        while let Some((at, connection)) = self.alarms.first().copied() {
            if at > now.monotonic {
                break;
            }
            self.alarms.pop_first();
            let Some(open) = self.connections.get_mut(&connection) else {
                continue;
            };
            open.alarm = None;
            if open.expires <= now.monotonic {
                self.expire(connection);
            } else {
                self.stop_waiting(connection, now);
            }
            self.set_alarm(connection);
        }
        if self.cleaning <= now.monotonic {
            self.cleaning = now.monotonic + CLEANING;
            // The age of a message is between two times of the wall clock, since rows outlive the process.
            // A clock that is set makes messages older or younger by as much; when they are looked for
            // is no matter of it.
            let kept = now.wall.as_millis();
            let kept = kept.saturating_sub(millis(self.config.retention));
            let forgotten = self.store.forget_before(MessageId(kept));
            self.note(forgotten);
        }
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let alarm = self.alarms.first().map(|(at, _)| *at);
        Some(alarm.map_or(self.cleaning, |at| at.min(self.cleaning)))
    }

    /// Keeps what the inputs so far have written, and releases their effects.
    ///
    /// # Errors
    /// The store's. Then everything since the last commit is undone, nothing that was to be sent
    /// is, and every connection is closed: the clients sign in again and find what the store has.
    pub fn commit(&mut self) -> Result<(), S::Error> {
        let committed = self.store.commit();
        let outgoing = std::mem::take(&mut self.outgoing);
        for one in &outgoing {
            if let Outgoing::Frames(connection, _) = one
                && let Some(open) = self.connections.get_mut(connection)
            {
                open.outgoing = 0;
            }
        }
        if committed.is_err() {
            self.store.roll_back();
            self.users.clear();
            self.alarms.clear();
            let open = std::mem::take(&mut self.connections).into_keys();
            self.released
                .extend(open.map(|connection| Effect::Close { connection }));
        }
        self.released
            .extend(outgoing.into_iter().filter_map(|one| match one {
                Outgoing::Other(effect @ Effect::Close { .. }) => Some(effect),
                _ if committed.is_err() => None,
                Outgoing::Frames(connection, frames) => {
                    let frames = frames.freeze();
                    Some(Effect::Send { connection, frames })
                }
                Outgoing::Other(effect) => Some(effect),
            }));
        committed
    }

    /// The next thing to do; only what [`commit`](Self::commit) has released.
    #[must_use]
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.released.pop_front()
    }

    /// The last failure of the store that a peer was answered 501 for; for the operator.
    #[must_use]
    pub fn poll_fault(&mut self) -> Option<S::Error> {
        self.fault.take()
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.connections.len()
    }

    /// The store, for what is not said on the wire: accounts.
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// The store, for what is not said on the wire. [`commit`](Self::commit) behind it.
    pub const fn store_mut(&mut self) -> &mut S {
        &mut self.store
    }

    /// Sends a frame.
    pub(super) fn send(&mut self, connection: ConnectionId, frame: &Frame) {
        if let Some(open) = self.connections.get_mut(&connection) {
            open.outgoing += frame.as_bytes().len();
        }
        if let Some(Outgoing::Frames(to, frames)) = self.outgoing.last_mut()
            && *to == connection
        {
            frames.extend_from_slice(frame.as_bytes());
            return;
        }
        let frames = BytesMut::from(&frame.as_bytes()[..]);
        self.outgoing.push(Outgoing::Frames(connection, frames));
    }

    pub(super) fn announce(&mut self, effect: Effect) {
        self.outgoing.push(Outgoing::Other(effect));
    }

    /// Answers a command with the number that says why not. Nothing is said about a command with
    /// transaction id 0, which asks for no answer (msnp24.md 2.2); one whose id cannot be read is
    /// answered with 0.
    pub(super) fn refuse(
        &mut self,
        connection: ConnectionId,
        trid: Option<TrId>,
        channel: &Channel,
        refusal: Refusal<S::Error>,
    ) {
        let (code, text) = refusal.code_and_text();
        if trid != Some(TrId(0)) {
            let trid = trid.unwrap_or_default();
            self.send(connection, &error_frame(code, trid, channel, text));
        }
        if let Refusal::Store(error) = refusal {
            self.fault = Some(error);
        }
    }

    /// Goes on without a result that only others would have seen.
    pub(super) fn note<T>(&mut self, result: Result<T, impl Into<Refusal<S::Error>>>) -> Option<T> {
        match result.map_err(Into::into) {
            Ok(value) => Some(value),
            Err(Refusal::Store(error)) => {
                self.fault = Some(error);
                None
            }
            Err(Refusal::Peer { .. }) => None,
        }
    }

    /// Ends a connection, saying why.
    pub(super) fn close(&mut self, connection: ConnectionId, reason: &'static str) {
        self.say_goodbye(connection, reason);
        self.forget(connection);
    }

    fn say_goodbye(&mut self, connection: ConnectionId, reason: &'static str) {
        let mut out = Envelope::new(Verb::OUT, TrId(0), Channel::Con);
        out.body = Bytes::from_static(reason.as_bytes());
        self.send(connection, &out.to_frame());
        self.announce(Effect::Close { connection });
    }

    /// Takes a connection out of everything that knows it.
    pub(super) fn forget(&mut self, connection: ConnectionId) {
        let Some(gone) = self.connections.remove(&connection) else {
            return;
        };
        if let Some(at) = gone.alarm {
            self.alarms.remove(&(at, connection));
        }
        if let (Some(who), Some(endpoint)) = (gone.user, gone.endpoint) {
            self.leave(&who, connection, &endpoint);
        }
    }

    fn expire(&mut self, connection: ConnectionId) {
        let bound = self.endpoint(connection).is_some();
        if bound {
            // As Miranda NG saw after 24 hours without a fresh ATH (msnp24.md 6.13).
            let expired = error_frame(
                922,
                TrId(0),
                &Channel::Con,
                "The authentication has expired.",
            );
            self.send(connection, &expired);
        }
        let reason = if bound {
            "Sign in again."
        } else {
            "No sign-in."
        };
        self.close(connection, reason);
    }

    pub(super) fn set_alarm(&mut self, connection: ConnectionId) {
        let Some(open) = self.connections.get_mut(&connection) else {
            return;
        };
        let at = open.deadline();
        if open.alarm == Some(at) {
            return;
        }
        if let Some(before) = open.alarm.replace(at) {
            self.alarms.remove(&(before, connection));
        }
        self.alarms.insert((at, connection));
    }

    pub(super) fn endpoint(&self, connection: ConnectionId) -> Option<&Endpoint> {
        self.connections.get(&connection)?.endpoint.as_ref()
    }

    pub(super) fn endpoint_mut(&mut self, connection: ConnectionId) -> Option<&mut Endpoint> {
        self.connections.get_mut(&connection)?.endpoint.as_mut()
    }

    /// The connections of a user's endpoints.
    pub(super) fn endpoints_of(&self, who: &SkypeId) -> Vec<ConnectionId> {
        self.users
            .get(who)
            .map(|user| user.endpoints.clone())
            .unwrap_or_default()
    }
}

impl<S: Store> fmt::Debug for NotificationServer<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NotificationServer")
            .field("connections", &self.connections.len())
            .field("users", &self.users.len())
            .finish_non_exhaustive()
    }
}
