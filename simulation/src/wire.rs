//! A server to which connections speak in bytes, whatever dialect: the messenger, its store and its clock, without
//! HTTP.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use machine_contract::{Instant, Secret, UnixTime};
use msnp_server::faces::{self, AccessRefused, Ticket, Tickets};
use msnp_server::identity::Who;
use msnp_server::messenger::{Effect, Messenger};
use msnp_server::network::{self, ConnectionId};
use msnp_server::{AccessToken, Memory, Now};

use crate::rules::delayed_store::{Decided, DelayedStore, Outcome};
use crate::rules::start::{PEOPLE, START, add, address, network};

/// A messenger with its connections. What the store is asked it answers in the same turn, unless it is told otherwise.
/// [`PEOPLE`] have an account.
#[derive(Debug)]
pub struct World<T: Tickets = ()> {
    server: Messenger<T>,
    store: DelayedStore,
    now: Now,
    connections: BTreeMap<ConnectionId, Told>,
    last_connection: u64,
    last_mark: u64,
}

/// How the network and the faces behave.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The network.
    pub network: network::Config,
    /// The faces.
    pub faces: faces::Config,
}

/// How the store is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum StoreIs {
    /// It does what it is asked.
    Well,
    /// It answers later.
    Slow,
    /// It fails.
    Broken,
}

/// What a connection was told.
#[derive(Debug, Default)]
struct Told {
    sent: Vec<Bytes>,
    answered: Vec<u64>,
    closed: bool,
}

impl<T: Tickets> World<T> {
    /// A server that knows these uics; the network's letters and the store's answers interleaved by a seed, or at once.
    pub fn new(tickets: T, config: Config, interleaving: Option<u64>) -> Self {
        let now = Now {
            monotonic: Instant::ORIGIN,
            wall: START,
        };
        let mut store = Memory::new();
        for name in PEOPLE {
            add(&mut store, name);
        }
        let network = network(&config.network, &store, interleaving, now);
        Self {
            server: Messenger::new(network, config.faces, [8; 32], tickets),
            store: DelayedStore::new(store, interleaving),
            now,
            connections: BTreeMap::new(),
            last_connection: 0,
            last_mark: 0,
        }
    }

    /// The server itself. [`settle`](Self::settle) behind each input.
    pub const fn server(&mut self) -> &mut Messenger<T> {
        &mut self.server
    }

    /// The store.
    pub const fn store(&self) -> &Memory {
        self.store.memory()
    }

    /// Gives somebody an access token.
    ///
    /// # Panics
    /// If there is no such account, or it has one already.
    pub fn give_access_token(&mut self, name: &str, token: &str) {
        let person = self.who(name).person();
        let token = AccessToken {
            number: 1,
            label: "of a test".into(),
            made: self.now.wall,
            token: Secret::new(token.to_owned()),
        };
        assert!(self.store.memory_mut().add_access_token(person, token));
    }

    /// What time it is.
    pub const fn now(&self) -> Now {
        self.now
    }

    /// Somebody with an account.
    ///
    /// # Panics
    /// If there is no such account.
    pub fn who(&self, name: &str) -> Who {
        let found = self.store().account_by_address(&address(name));
        found.expect("an account of this world").who.clone()
    }

    /// Lets time pass, and the machine's timers go off when they are due.
    ///
    /// # Panics
    /// If a timer would spin.
    pub fn wait(&mut self, time: Duration) {
        let end = self.now.monotonic + time;
        while let Some(at) = self.server.poll_timeout().filter(|at| *at <= end) {
            self.now = self.now.until(at.max(self.now.monotonic));
            self.server.handle_timeout(self.now);
            let next = self.server.poll_timeout();
            assert!(
                next.is_none_or(|next| next > self.now.monotonic),
                "the timer would spin"
            );
            self.settle();
        }
        self.now = self.now.until(end);
    }

    /// The host is asleep for so long, which its clocks count: no timer goes off meanwhile.
    pub fn sleep(&mut self, time: Duration) {
        self.now = self.now.until(self.now.monotonic + time);
    }

    /// Somebody sets the wall clock.
    pub const fn set_wall(&mut self, wall: UnixTime) {
        self.now.wall = wall;
    }

    /// A connection, with what its cookies say.
    pub fn open(&mut self, ticket: Option<Ticket>) -> ConnectionId {
        self.last_connection += 1;
        let connection = ConnectionId(self.last_connection);
        self.connections.insert(connection, Told::default());
        self.server.handle_open(connection, ticket, self.now);
        self.settle();
        connection
    }

    /// A connection with the cookies of somebody, which are good for a month.
    pub fn open_for(&mut self, name: &str) -> ConnectionId {
        let ticket = Ticket {
            who: self.who(name),
            valid_until: self.now.monotonic + Duration::from_secs(30 * 24 * 60 * 60),
        };
        self.open(Some(ticket))
    }

    /// Bytes from a client; the mark that they were given with.
    pub fn say(&mut self, connection: ConnectionId, bytes: Bytes) -> u64 {
        self.last_mark += 1;
        self.server
            .handle_bytes(connection, self.last_mark, bytes, self.now);
        self.settle();
        self.last_mark
    }

    /// What a client was sent since the last time; each piece holds whole frames.
    pub fn hear(&mut self, connection: ConnectionId) -> Vec<Bytes> {
        std::mem::take(&mut self.told(connection).sent)
    }

    /// The marks up to which every command was answered, since the last time.
    pub fn answered(&mut self, connection: ConnectionId) -> Vec<u64> {
        std::mem::take(&mut self.told(connection).answered)
    }

    /// Whether the server has ended a connection.
    pub fn is_closed(&self, connection: ConnectionId) -> bool {
        let told = self.connections.get(&connection);
        told.is_some_and(|told| told.closed)
    }

    /// A connection is lost.
    pub fn hang_up(&mut self, connection: ConnectionId) {
        self.server.handle_closed(connection, self.now);
        self.settle();
    }

    /// How the store is from now on; what waited for it is answered so.
    pub fn store_is(&mut self, commits: StoreIs, reads: StoreIs) {
        self.store.set_commits(commits.outcome());
        self.store.set_reads(reads.outcome());
        self.settle();
    }

    /// Does what the server wants done, until there is nothing more.
    pub fn settle(&mut self) {
        loop {
            while let Some(effect) = self.server.poll_effect() {
                self.take(effect);
            }
            match self.store.decide() {
                None => return,
                Some(Decided::Committed(batch, outcome)) => {
                    self.server.handle_committed(batch, outcome, self.now);
                }
                Some(Decided::Read(id, found)) => self.server.handle_read(id, found, self.now),
            }
        }
    }

    fn take(&mut self, effect: Effect) {
        match effect {
            Effect::Send {
                connection,
                bytes,
                messages: _,
            } => {
                let told = self.told(connection);
                assert!(!told.closed, "frames for a connection that was closed");
                told.sent.push(bytes);
            }
            Effect::Close { connection } => self.told(connection).closed = true,
            Effect::Answered { connection, mark } => {
                let told = self.told(connection);
                assert!(!told.closed, "a mark of a connection that was closed");
                told.answered.push(mark);
            }
            Effect::CheckAccess { connection, claim } => {
                let valid_until = self.now.monotonic + Duration::from_secs(24 * 60 * 60);
                let claimant = self.store().claimant(&claim);
                let outcome = claimant.map(|who| Ticket { who, valid_until });
                let outcome = outcome.ok_or(AccessRefused::Wrong);
                self.server
                    .handle_access_checked(connection, outcome, self.now);
            }
            // Nobody acts aside in this world.
            Effect::SignedIn { .. } | Effect::Answer { .. } => {}
            Effect::Commit(batch) => self.store.commit(batch),
            Effect::Read(id, read) => self.store.read(id, read),
        }
    }

    fn told(&mut self, connection: ConnectionId) -> &mut Told {
        let told = self.connections.get_mut(&connection);
        told.expect("a connection of this world")
    }
}

impl StoreIs {
    const fn outcome(self) -> Outcome {
        match self {
            Self::Well => Outcome::Done,
            Self::Slow => Outcome::Held,
            Self::Broken => Outcome::Failed,
        }
    }
}
