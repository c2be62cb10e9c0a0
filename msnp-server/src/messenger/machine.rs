//! `Messenger`: the inputs and outputs of the machine.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use bytes::{Bytes, BytesMut};
use machine_contract::{Instant, Prng};

use super::effect::Effect;
use super::first::First;
use super::wanted::Wanted;
use crate::faces::{
    AccessRefused, Config, Dialect, Face, FirstBytes, Input, Output, Passes, Surroundings, Ticket,
    Tickets, Turn,
};
use crate::network::{
    self, BatchId, Command, ConnectionId, Evidence, Found, Network, Number, ReadId, RequestId,
    StoreFailed,
};
use crate::now::Now;

/// All connections of a server, whatever dialect each speaks, over one [`Network`]; a pure machine.
///
/// # The run loop
/// 1. Give it what happened: `handle_*`, as many as there are. None of them can fail: a peer's
///    fault is answered on the wire.
/// 2. Do what [`poll_effect`](Self::poll_effect) says, until there is nothing more. Nothing that a
///    change has to be kept for is said before [`handle_committed`](Self::handle_committed).
/// 3. Wait for the next input or the time of [`poll_timeout`](Self::poll_timeout).
///
/// ```
/// use machine_contract::{Instant, UnixTime};
/// use msnp_server::Now;
/// use msnp_server::faces::Config;
/// use msnp_server::identity::HomeId;
/// use msnp_server::messenger::{Effect, Messenger};
/// use msnp_server::network::{self, ConnectionId, Network};
///
/// let now = Now { monotonic: Instant::ORIGIN, wall: UnixTime::from_millis(1_431_882_693_260) };
/// let network = Network::new(network::Config::default(), HomeId(0), 0, [7; 32], now);
/// let mut messenger = Messenger::new(network, Config::default(), [8; 32], ());
/// let connection = ConnectionId(1);
/// messenger.handle_open(connection, None, now);
/// messenger.handle_bytes(connection, 5, "PNG 1 CON 0\r\n".into(), now);
/// let bytes = "PNG 1 CON 48\r\n\r\n<ping-response><wait>45</wait></ping-response>".into();
/// assert_eq!(messenger.poll_effect(), Some(Effect::Send { connection, bytes, messages: Vec::new() }));
/// assert_eq!(messenger.poll_effect(), Some(Effect::Answered { connection, mark: 5 }));
/// assert_eq!(messenger.poll_effect(), None);
/// ```
///
/// The same inputs with the same seed give the same effects. After `handle_timeout(t)` the timeout
/// is `None` or later than `t`. Inputs for a connection that is closed do nothing.
pub struct Messenger<T = ()> {
    network: Network,
    config: Config,
    tickets: T,
    /// For nonces and opaque values that are never checked. What must not be guessed (session ids,
    /// cookies, uics, salts) is made elsewhere.
    prng: Prng,
    passes: Passes,
    connections: BTreeMap<ConnectionId, Connection>,
    alarms: BTreeSet<(Instant, ConnectionId)>,
    wanted: Wanted,
    /// When the last input came: what follows from it is said then, though it is asked for later.
    now: Option<Now>,
}

/// One client's stream.
#[derive(Debug)]
struct Connection {
    face: Face,
    /// Until it is known which dialect it speaks; it is answered in the default one.
    first: Option<First>,
    /// Bytes that wait to be taken from here.
    outgoing: usize,
    /// Bytes that were taken from here and have not left the host, as far as was [told](Messenger::set_backlog).
    backlog: usize,
    /// The entry of this connection in the list of timers.
    alarm: Option<Instant>,
}

/// What is told the network beside the faces, which count their requests from 1. Nobody waits for the answers.
const OWN: RequestId = RequestId(u64::MAX);

impl<T: Tickets> Messenger<T> {
    /// A server without connections; `()` knows no uics. The seed makes its nonces.
    pub fn new(network: Network, config: Config, seed: [u8; 32], tickets: T) -> Self {
        let (passes, seed) = Passes::new(seed);
        Self {
            network,
            config,
            tickets,
            prng: Prng::new(&seed),
            passes,
            connections: BTreeMap::new(),
            alarms: BTreeSet::new(),
            wanted: Wanted::default(),
            now: None,
        }
    }

    /// A client has connected; `ticket` is what its cookies say. The number is never used twice.
    pub fn handle_open(&mut self, connection: ConnectionId, ticket: Option<Ticket>, now: Now) {
        if self.connections.contains_key(&connection) {
            return;
        }
        if self.connections.len() >= self.config.connections {
            self.send(connection, &Dialect::DEFAULT.busy());
            self.want(Effect::Close { connection });
            return;
        }
        let opened = now.monotonic;
        let first = First {
            bytes: BytesMut::new(),
            ticket: ticket.clone(),
            opened,
        };
        let new = Connection {
            face: Face::new(Dialect::DEFAULT, ticket, &self.config, opened),
            first: Some(first),
            outgoing: 0,
            backlog: 0,
            alarm: None,
        };
        self.connections.insert(connection, new);
        self.set_alarm(connection);
    }

    /// A later request of the connection came with these cookies; they count at the next proof that
    /// its face asks for.
    pub fn handle_ticket(&mut self, connection: ConnectionId, ticket: Ticket, now: Now) {
        let open = self.connections.get_mut(&connection);
        if let Some(first) = open.and_then(|open| open.first.as_mut()) {
            first.ticket = Some(ticket.clone());
        }
        self.tell(connection, Input::Ticket(ticket), now);
        self.now = Some(now);
    }

    /// Bytes have come from a client, cut anywhere. `mark` is given back with [`Effect::Answered`].
    pub fn handle_bytes(&mut self, connection: ConnectionId, mark: u64, bytes: Bytes, now: Now) {
        let Some(open) = self.connections.get_mut(&connection) else {
            return;
        };
        let Some(mut first) = open.first.take() else {
            self.tell(connection, Input::Bytes(bytes, mark), now);
            self.now = Some(now);
            return;
        };
        first.bytes.extend_from_slice(&bytes);
        match Dialect::of(&first.bytes) {
            FirstBytes::NotYet => {
                open.first = Some(first);
                self.want(Effect::Answered { connection, mark });
            }
            FirstBytes::Speaks(dialect) => {
                if dialect != Dialect::DEFAULT {
                    let First { ticket, opened, .. } = first;
                    open.face = Face::new(dialect, ticket, &self.config, opened);
                }
                let bytes = first.bytes.freeze();
                self.tell(connection, Input::Bytes(bytes, mark), now);
            }
            FirstBytes::NoneInCommon(reply) => {
                self.send(connection, reply.as_bytes());
                self.close(connection, now);
            }
        }
        self.now = Some(now);
    }

    /// What a connection has [claimed](Effect::CheckAccess) is right, and this is its proof from now on; or it is
    /// not.
    pub fn handle_access_checked(
        &mut self,
        connection: ConnectionId,
        outcome: Result<Ticket, AccessRefused>,
        now: Now,
    ) {
        self.tell(connection, Input::AccessChecked(outcome), now);
        self.now = Some(now);
    }

    /// Something is known of [messages](Effect::Send) that were sent to a connection, by how the transport goes on
    /// that carried them.
    pub fn handle_evidence(
        &mut self,
        connection: ConnectionId,
        evidence: Evidence,
        messages: Vec<Number>,
        now: Now,
    ) {
        // Most clients say so themselves: they are spared a turn for each reply.
        let is_told = evidence != Evidence::Lost && self.network.acknowledges(connection);
        if is_told || !self.connections.contains_key(&connection) {
            return;
        }
        let command = Command::Evidence(evidence, messages.clone());
        self.network.handle_command(connection, OWN, command, now);
        self.tell(connection, Input::Evidence(evidence, messages), now);
        self.now = Some(now);
    }

    /// So many bytes that were sent to a connection have not been taken by its client: what it asks for, and
    /// what passes through to it, is less then (`Config::outgoing_bytes`).
    pub fn set_backlog(&mut self, connection: ConnectionId, bytes: usize) {
        if let Some(open) = self.connections.get_mut(&connection) {
            open.backlog = bytes;
        }
    }

    /// The client is gone, or its session has run out.
    pub fn handle_closed(&mut self, connection: ConnectionId, now: Now) {
        self.forget(connection, now);
        self.now = Some(now);
    }

    /// The service stops: every client is told so, and every connection closed.
    pub fn handle_shutdown(&mut self, now: Now) {
        for connection in self.connections.keys().copied().collect::<Vec<_>>() {
            self.tell(connection, Input::Shutdown, now);
        }
        self.now = Some(now);
    }

    /// A batch is kept, or none of it is.
    pub fn handle_committed(&mut self, batch: BatchId, outcome: Result<(), StoreFailed>, now: Now) {
        self.network.handle_committed(batch, outcome, now);
        self.now = Some(now);
    }

    /// What was to be read was found, or could not be read.
    pub fn handle_read(&mut self, read: ReadId, outcome: Result<Found, StoreFailed>, now: Now) {
        self.network.handle_read(read, outcome, now);
        self.now = Some(now);
    }

    /// Time has passed. Calling it early or often is harmless.
    pub fn handle_timeout(&mut self, now: Now) {
        while let Some((at, connection)) = self.alarms.first().copied() {
            if at > now.monotonic {
                break;
            }
            self.alarms.pop_first();
            if let Some(open) = self.connections.get_mut(&connection) {
                open.alarm = None;
                self.tell(connection, Input::Timeout, now);
            }
        }
        self.network.handle_timeout(now);
        self.now = Some(now);
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let alarm = self.alarms.first().map(|(at, _)| *at);
        alarm.into_iter().chain(self.network.poll_timeout()).min()
    }

    /// The next thing to do.
    #[must_use]
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.settle();
        let effect = self.wanted.pop()?;
        if let Effect::Send {
            connection, bytes, ..
        } = &effect
            && let Some(open) = self.connections.get_mut(connection)
        {
            open.outgoing = open.outgoing.saturating_sub(bytes.len());
        }
        Some(effect)
    }

    /// What knows whom a uic was made for.
    pub const fn tickets(&self) -> &T {
        &self.tickets
    }

    /// What knows whom a uic was made for.
    pub const fn tickets_mut(&mut self) -> &mut T {
        &mut self.tickets
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.connections.len()
    }

    /// Lets the face of a connection handle something, and does what it wants.
    fn tell(&mut self, connection: ConnectionId, input: Input, now: Now) {
        let Some(open) = self.connections.get_mut(&connection) else {
            return;
        };
        let around = Surroundings {
            config: &self.config,
            tickets: &self.tickets,
            prng: &mut self.prng,
            passes: &mut self.passes,
            network: &mut self.network,
        };
        let outgoing = open.outgoing.saturating_add(open.backlog);
        let mut turn = Turn::new(around, connection, outgoing, now);
        open.face.handle(input, &mut turn);
        for output in turn.into_outputs() {
            match output {
                Output::Send(bytes) => self.send(connection, &bytes),
                Output::Shows(message) => self.wanted.is_message(connection, message),
                Output::Command(request, command) => {
                    let network = &mut self.network;
                    network.handle_command(connection, request, command, now);
                }
                Output::CheckAccess(claim) => self.want(Effect::CheckAccess { connection, claim }),
                Output::SignedIn(who) => self.want(Effect::SignedIn { connection, who }),
                Output::Answered(mark) => self.want(Effect::Answered { connection, mark }),
                Output::Close => self.close(connection, now),
            }
        }
        self.set_alarm(connection);
    }

    /// Hands on what the network wants, until it wants nothing more. Not before it is asked for, so that
    /// what many inputs have changed is one batch.
    fn settle(&mut self) {
        let Some(now) = self.now else {
            return;
        };
        while let Some(effect) = self.network.poll_effect() {
            match effect {
                network::Effect::Answer(connection, request, outcome) if request != OWN => {
                    self.tell(connection, Input::Answer(request, outcome), now);
                }
                network::Effect::Tell(connection, event) => {
                    self.tell(connection, Input::Event(event), now);
                }
                network::Effect::Close(connection, reason) => {
                    self.tell(connection, Input::Closed(reason), now);
                }
                network::Effect::Commit(batch) => self.want(Effect::Commit(batch)),
                network::Effect::Read(id, read) => self.want(Effect::Read(id, read)),
                // A messenger is a home without others: what is not kept is lost on the way to them, and what is to be
                // kept for them its store refuses. And nobody waits for the answer to what no face has asked.
                network::Effect::Post(..)
                | network::Effect::Acknowledge(..)
                | network::Effect::Answer(..) => {}
            }
        }
    }

    fn send(&mut self, connection: ConnectionId, bytes: &[u8]) {
        if let Some(open) = self.connections.get_mut(&connection) {
            open.outgoing += bytes.len();
        }
        self.wanted.send(connection, bytes);
    }

    fn want(&mut self, effect: Effect) {
        self.wanted.push(effect);
    }

    fn close(&mut self, connection: ConnectionId, now: Now) {
        self.want(Effect::Close { connection });
        self.forget(connection, now);
    }

    /// Takes a connection out of everything that knows it.
    fn forget(&mut self, connection: ConnectionId, now: Now) {
        let Some(gone) = self.connections.remove(&connection) else {
            return;
        };
        if let Some(at) = gone.alarm {
            self.alarms.remove(&(at, connection));
        }
        self.network.handle_closed(connection, now);
    }

    fn set_alarm(&mut self, connection: ConnectionId) {
        let Some(open) = self.connections.get_mut(&connection) else {
            return;
        };
        let at = open.face.deadline();
        if open.alarm == Some(at) {
            return;
        }
        if let Some(before) = open.alarm.replace(at) {
            self.alarms.remove(&(before, connection));
        }
        self.alarms.insert((at, connection));
    }
}

impl<T> fmt::Debug for Messenger<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Messenger")
            .field("connections", &self.connections.len())
            .field("network", &self.network)
            .finish_non_exhaustive()
    }
}
