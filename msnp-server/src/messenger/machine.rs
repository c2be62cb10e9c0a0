//! `Messenger`: the inputs and outputs of the machine.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use bytes::Bytes;
use machine_contract::{Instant, Prng};

use super::alarms::Alarms;
use super::connection::{Connection, Pushed};
use super::effect::Effect;
use super::wanted::Wanted;
use crate::faces::{
    AccessRefused, Config, Dialect, Input, Output, Passes, Surroundings, Ticket, Tickets, Turn,
};
use crate::identity::Who;
use crate::network::{
    self, BatchId, Command, ConnectionId, Evidence, Found, Network, Number, ReadId, RequestId,
    Said, StoreFailed,
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
    /// Those who act for somebody without a face.
    asides: BTreeSet<ConnectionId>,
    alarms: Alarms,
    wanted: Wanted,
    /// When the last input came: what follows from it is said then, though it is asked for later.
    now: Option<Now>,
}

/// The name of what is told the network beside the faces, which count their requests from 1. Nobody waits for the
/// answers.
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
            asides: BTreeSet::new(),
            alarms: Alarms::default(),
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
        let new = Connection::new(ticket, &self.config, now.monotonic);
        self.connections.insert(connection, new);
        self.set_alarm(connection);
    }

    /// The connection's client has come by TLS, and is led to nowhere without.
    pub fn handle_tls(&mut self, connection: ConnectionId) {
        if let Some(open) = self.connections.get_mut(&connection) {
            open.set_tls();
        }
    }

    /// A later request of the connection came with these cookies; they count at the next proof that
    /// its face asks for.
    pub fn handle_ticket(&mut self, connection: ConnectionId, ticket: Ticket, now: Now) {
        if let Some(open) = self.connections.get_mut(&connection) {
            open.note_ticket(&ticket);
        }
        self.tell(connection, Input::Ticket(ticket), now);
        self.now = Some(now);
    }

    /// Bytes have come from a client, cut anywhere. `mark` is given back with [`Effect::Answered`].
    pub fn handle_bytes(&mut self, connection: ConnectionId, mark: u64, bytes: Bytes, now: Now) {
        let Some(open) = self.connections.get_mut(&connection) else {
            return;
        };
        match open.push(bytes, &self.config) {
            Pushed::NotYet => self.want(Effect::Answered { connection, mark }),
            Pushed::Bytes(bytes) => self.tell(connection, Input::Bytes(bytes, mark), now),
            Pushed::NoneInCommon(reply) => {
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

    /// A command of somebody who has no face, by a connection that is to be [aside](Command::EnterAside); then
    /// [`Effect::Answer`]. It ends with [`handle_closed`](Self::handle_closed).
    pub fn handle_command(
        &mut self,
        aside: ConnectionId,
        request: RequestId,
        command: Command,
        now: Now,
    ) {
        self.asides.insert(aside);
        self.network.handle_command(aside, request, command, now);
        self.now = Some(now);
    }

    /// Takes one command's worth from the allowance of the person at such a connection, if there is one left.
    pub fn take_allowance(&mut self, aside: ConnectionId, now: Now) -> bool {
        self.network.take_allowance(aside, now).unwrap_or(true)
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
        let is_news = self.network.is_news(connection, evidence, &messages);
        if !is_news || !self.connections.contains_key(&connection) {
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
            open.set_backlog(bytes);
        }
    }

    /// The client is gone, or its session has run out.
    pub fn handle_closed(&mut self, connection: ConnectionId, now: Now) {
        self.forget(connection, now);
        self.now = Some(now);
    }

    /// The operator has this said to everybody else who is signed in, in the name of `by`: to how many people.
    pub fn handle_announcement(&mut self, by: &Who, said: Said, now: Now) -> usize {
        self.now = Some(now);
        self.network.handle_announcement(by, said, now)
    }

    /// The service stops: every client is told so, and every connection closed.
    pub fn handle_shutdown(&mut self, now: Now) {
        for connection in self.connections.keys().copied().collect::<Vec<_>>() {
            self.tell(connection, Input::Shutdown, now);
        }
        self.network.handle_shutdown(now);
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
        while let Some(connection) = self.alarms.take_due(now.monotonic) {
            self.tell(connection, Input::Timeout, now);
        }
        self.network.handle_timeout(now);
        self.now = Some(now);
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let timeouts = [self.alarms.next(), self.network.poll_timeout()];
        timeouts.into_iter().flatten().min()
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
            open.taken(bytes.len());
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
            switchboard: self.config.switchboard_of(open.is_tls()),
            tickets: &self.tickets,
            prng: &mut self.prng,
            passes: &mut self.passes,
            network: &mut self.network,
        };
        let outgoing = open.waiting();
        let mut turn = Turn::new(around, connection, outgoing, now);
        open.face().handle(input, &mut turn);
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
                network::Effect::Answer(connection, request, outcome)
                    if self.asides.contains(&connection) =>
                {
                    self.want(Effect::Answer {
                        connection,
                        request,
                        outcome,
                    });
                }
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
            open.sent(bytes.len());
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
        let was_open = self.connections.remove(&connection).is_some();
        if was_open || self.asides.remove(&connection) {
            self.alarms.remove(connection);
            self.network.handle_closed(connection, now);
        }
    }

    fn set_alarm(&mut self, connection: ConnectionId) {
        if let Some(open) = self.connections.get(&connection) {
            self.alarms.set(connection, open.deadline());
        }
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
