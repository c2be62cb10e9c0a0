//! A server to which connections speak in bytes, whatever dialect: the messenger, its store and its clock, without
//! HTTP.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use machine_contract::{Instant, Prng, Secret, UnixTime};
use msnp_server::faces::{self, Ticket, Tickets};
use msnp_server::identity::{Address, EmailAddress, HomeId, SkypeId, Who};
use msnp_server::messenger::{Effect, Messenger};
use msnp_server::network::{self, Batch, ConnectionId, Found, Network, Read, ReadId, StoreFailed};
use msnp_server::{Memory, NewAccount, Now};

use crate::rules::{PEOPLE, START};

/// A messenger with its connections. What the store is asked it answers in the same turn, unless it is told otherwise.
/// [`PEOPLE`] have an account.
#[derive(Debug)]
pub struct World<T: Tickets = ()> {
    server: Messenger<T>,
    store: Memory,
    now: Now,
    connections: BTreeMap<ConnectionId, Told>,
    last_connection: u64,
    last_mark: u64,
    undecided: VecDeque<Undecided>,
    commits: StoreIs,
    reads: StoreIs,
    /// Answers of the store come in another order.
    interleaving: Option<Prng>,
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

/// What the store has still to answer.
#[derive(Debug)]
enum Undecided {
    Commit(Batch),
    Read(ReadId, Read),
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
    ///
    /// # Panics
    /// If two of [`PEOPLE`] have one name.
    pub fn new(tickets: T, config: Config, interleaving: Option<u64>) -> Self {
        let now = Now {
            monotonic: Instant::ORIGIN,
            wall: START,
        };
        let mut network = Network::new(config.network, HomeId::default(), 0, [7; 32], now);
        if let Some(seed) = interleaving {
            network = network.interleaved(seed);
        }
        let mut store = Memory::new();
        for name in PEOPLE {
            store.add_account(account(name)).expect("a new name");
        }
        Self {
            server: Messenger::new(network, config.faces, [8; 32], tickets),
            store,
            now,
            connections: BTreeMap::new(),
            last_connection: 0,
            last_mark: 0,
            undecided: VecDeque::new(),
            commits: StoreIs::Well,
            reads: StoreIs::Well,
            interleaving: interleaving.map(Prng::from_number),
        }
    }

    /// The server itself. [`settle`](Self::settle) behind each input.
    pub const fn server(&mut self) -> &mut Messenger<T> {
        &mut self.server
    }

    /// The store.
    pub const fn store(&self) -> &Memory {
        &self.store
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
        let address = Address::Skype(SkypeId::parse(name).expect("a name"));
        let found = self.store.account_by_address(&address);
        found.expect("an account of this world").who.clone()
    }

    /// Lets time pass, and the machine's timers go off when they are due.
    ///
    /// # Panics
    /// If a timer would spin.
    pub fn wait(&mut self, time: Duration) {
        let end = self.now.monotonic + time;
        while let Some(at) = self.server.poll_timeout().filter(|at| *at <= end) {
            self.pass(at.max(self.now.monotonic));
            self.server.handle_timeout(self.now);
            let next = self.server.poll_timeout();
            assert!(
                next.is_none_or(|next| next > self.now.monotonic),
                "the timer would spin"
            );
            self.settle();
        }
        self.pass(end);
    }

    /// The host is asleep for so long, which its clocks count: no timer goes off meanwhile.
    pub fn sleep(&mut self, time: Duration) {
        self.pass(self.now.monotonic + time);
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
        (self.commits, self.reads) = (commits, reads);
        self.settle();
    }

    /// Does what the server wants done, until there is nothing more.
    pub fn settle(&mut self) {
        loop {
            while let Some(effect) = self.server.poll_effect() {
                self.take(effect);
            }
            match self.next_undecided() {
                None => return,
                Some(Undecided::Commit(batch)) => {
                    let outcome = if self.commits == StoreIs::Broken {
                        Err(StoreFailed)
                    } else {
                        self.store.commit(&batch);
                        Ok(())
                    };
                    self.server.handle_committed(batch.id, outcome, self.now);
                }
                Some(Undecided::Read(id, read)) => {
                    let found: Result<Found, _> = if self.reads == StoreIs::Broken {
                        Err(StoreFailed)
                    } else {
                        Ok(self.store.read(&read))
                    };
                    self.server.handle_read(id, found, self.now);
                }
            }
        }
    }

    fn take(&mut self, effect: Effect) {
        match effect {
            Effect::Send { connection, bytes } => {
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
            Effect::SignedIn { .. } => {}
            Effect::Commit(batch) => self.undecided.push_back(Undecided::Commit(batch)),
            Effect::Read(id, read) => self.undecided.push_back(Undecided::Read(id, read)),
        }
    }

    /// Something that the store answers now.
    fn next_undecided(&mut self) -> Option<Undecided> {
        let is_slow = |one: &Undecided| match one {
            Undecided::Commit(_) => self.commits == StoreIs::Slow,
            Undecided::Read(..) => self.reads == StoreIs::Slow,
        };
        let all: Vec<usize> = (0..self.undecided.len())
            .filter(|at| self.undecided.get(*at).is_some_and(|one| !is_slow(one)))
            .collect();
        let at = match &mut self.interleaving {
            Some(prng) if !all.is_empty() => {
                let count = u64::try_from(all.len()).unwrap_or(u64::MAX);
                usize::try_from(prng.below(count)).unwrap_or_default()
            }
            _ => 0,
        };
        self.undecided.remove(*all.get(at)?)
    }

    fn pass(&mut self, until: Instant) {
        let passed = until.saturating_duration_since(self.now.monotonic);
        self.now = Now {
            monotonic: until,
            wall: self.now.wall.saturating_add(passed),
        };
    }

    fn told(&mut self, connection: ConnectionId) -> &mut Told {
        let told = self.connections.get_mut(&connection);
        told.expect("a connection of this world")
    }
}

fn account(name: &str) -> NewAccount {
    NewAccount {
        skype_id: SkypeId::parse(name).expect("a name"),
        email: EmailAddress::parse(&format!("{name}@example.org")).expect("an address"),
        name: name.to_uppercase().into(),
        password_hash: Secret::new(String::new()),
    }
}
