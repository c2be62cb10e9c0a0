//! A network with people in it who speak no dialect: they give commands, and are told events, as values.
//!
//! Every test runs several times: with everything at once, and with letters, commits and reads delayed and
//! interleaved by a seed. Only the order of unrelated effects may differ.

pub(crate) mod delayed_store;
pub(crate) mod start;

use std::collections::BTreeMap;
use std::time::Duration;

use machine_contract::{Instant, UnixTime};
use msnp_server::identity::Who;
use msnp_server::network::{
    Answer, Command, Config, ConnectionId, Effect, Event, Network, Refusal, RequestId,
};
use msnp_server::{Memory, Now};
use simulation_kit::each_seed;

use self::delayed_store::{Decided, DelayedStore, Outcome};
pub use self::start::{ALL, PEOPLE, START, address, email, endpoint};
use self::start::{add, network};

/// Seeds of the interleaved runs.
const SEEDS: std::ops::Range<u64> = 1..9;

/// A network, its store and its clock.
#[derive(Debug)]
pub struct World {
    network: Network,
    config: Config,
    store: DelayedStore,
    now: Now,
    connections: BTreeMap<ConnectionId, Told>,
    last_connection: u64,
    last_request: u64,
}

/// What a connection was told.
#[derive(Debug, Default)]
struct Told {
    answers: BTreeMap<RequestId, Result<Answer, Refusal>>,
    /// In which order they came.
    order: Vec<RequestId>,
    events: Vec<Event>,
    closed: bool,
}

/// Runs a test at once, and interleaved by several seeds. A seed that fails is named.
pub fn every_way(test: impl Fn(&mut World)) {
    let mut config = Config::default();
    config.strangers_may_add = true;
    every_way_with(&config, test);
}

/// [`every_way`] with a configuration.
pub fn every_way_with(config: &Config, test: impl Fn(&mut World)) {
    test(&mut World::new(config.clone(), None));
    each_seed(SEEDS, |seed| {
        test(&mut World::new(config.clone(), Some(seed)));
    });
}

impl World {
    /// A world of [`PEOPLE`]; interleaved by a seed, or at once.
    pub fn new(config: Config, seed: Option<u64>) -> Self {
        let now = Now {
            monotonic: Instant::ORIGIN,
            wall: START,
        };
        let mut store = Memory::new();
        for name in PEOPLE {
            add(&mut store, name);
        }
        Self {
            network: network(&config, &store, seed, now),
            config,
            store: DelayedStore::new(store, seed),
            now,
            connections: BTreeMap::new(),
            last_connection: 0,
            last_request: 0,
        }
    }

    /// The answers that have come on a connection, in their order.
    pub fn answers(&mut self, connection: ConnectionId) -> Vec<RequestId> {
        std::mem::take(&mut self.told(connection).order)
    }

    /// What time it is.
    pub const fn now(&self) -> Now {
        self.now
    }

    /// The store.
    pub const fn store(&self) -> &Memory {
        self.store.memory()
    }

    /// How many batches were kept.
    pub const fn committed(&self) -> usize {
        self.store.committed()
    }

    /// Somebody else gets an account.
    pub fn add_account(&mut self, name: &str) -> Who {
        add(self.store.memory_mut(), name)
    }

    /// Somebody with an account.
    ///
    /// # Panics
    /// If there is no such account.
    pub fn who(&self, name: &str) -> Who {
        let found = self.store().account_by_address(&address(name));
        found.expect("an account of this world").who.clone()
    }

    /// The process ends without a word, and another takes its place: only the store is as it was.
    pub fn restart(&mut self) {
        let seed = self.store.crash();
        self.network = network(&self.config, self.store.memory(), seed, self.now);
        self.connections.clear();
    }

    /// As [`restart`](Self::restart), but the batch under way was kept before the process ended: nobody was
    /// told.
    pub fn restart_behind_the_batch(&mut self) {
        self.store.keep_batch_under_way();
        self.restart();
    }

    /// Batches are not decided until they are [released](Self::release).
    pub const fn hold_commits(&mut self) {
        self.store.set_commits(Outcome::Held);
    }

    /// The batches under way, and the next ones, are kept.
    pub fn release(&mut self) {
        self.store.set_commits(Outcome::Done);
        self.settle();
    }

    /// The batches under way, and the next ones, are not kept.
    pub fn fail_commits(&mut self) {
        self.store.set_commits(Outcome::Failed);
        self.settle();
    }

    /// Nothing is read until reads are [released](Self::release_reads).
    pub const fn hold_reads(&mut self) {
        self.store.set_reads(Outcome::Held);
    }

    /// What is to be read is looked up now, and told when reads are [released](Self::release_reads): what is kept
    /// meanwhile is not in it.
    pub fn answer_reads_as_they_are_now(&mut self) {
        self.store.look_up_now();
    }

    /// Nobody is read until reads are [released](Self::release_reads); everything else is.
    pub const fn hold_people(&mut self) {
        self.store.set_people(Outcome::Held);
    }

    /// People are read as everything else is.
    pub fn release_people(&mut self) {
        self.store.set_people(Outcome::Done);
        self.settle();
    }

    /// What was to be read is, and what comes.
    pub fn release_reads(&mut self) {
        self.store.set_reads(Outcome::Done);
        self.store.set_people(Outcome::Done);
        self.settle();
    }

    /// What was to be read, and what comes, cannot be.
    pub fn fail_reads(&mut self) {
        self.store.set_reads(Outcome::Failed);
        self.settle();
    }

    /// The network itself.
    pub const fn network(&mut self) -> &mut Network {
        &mut self.network
    }

    /// A connection of `who` at the endpoint `n` that wants to be told nothing yet.
    ///
    /// # Panics
    /// If it is not let in.
    pub fn enter(&mut self, who: &str, n: u8) -> ConnectionId {
        let connection = self.open();
        let enter = Command::Enter {
            who: self.who(who),
            endpoint: endpoint(n),
        };
        assert_eq!(self.ask(connection, enter), Ok(Answer::Done));
        connection
    }

    /// A connection that has not entered.
    pub fn open(&mut self) -> ConnectionId {
        self.last_connection += 1;
        let connection = ConnectionId(self.last_connection);
        self.connections.insert(connection, Told::default());
        connection
    }

    /// A connection that has entered and wants to be told everything; what it is told at first is
    /// dropped.
    ///
    /// # Panics
    /// If it is not let in.
    pub fn sign_in(&mut self, who: &str, n: u8) -> ConnectionId {
        let connection = self.enter(who, n);
        assert_eq!(
            self.ask(connection, Command::Subscribe(ALL)),
            Ok(Answer::Done)
        );
        self.hear(connection);
        connection
    }

    /// Gives a command and lets everything that follows happen.
    ///
    /// # Panics
    /// If it is not answered.
    pub fn ask(&mut self, connection: ConnectionId, command: Command) -> Result<Answer, Refusal> {
        let request = self.say(connection, command);
        self.settle();
        self.answer(connection, request).expect("an answer")
    }

    /// Gives a command. Nothing else happens yet.
    pub fn say(&mut self, connection: ConnectionId, command: Command) -> RequestId {
        self.last_request += 1;
        let request = RequestId(self.last_request);
        self.network
            .handle_command(connection, request, command, self.now);
        request
    }

    /// The answer to a command, if it has come.
    pub fn answer(
        &mut self,
        connection: ConnectionId,
        request: RequestId,
    ) -> Option<Result<Answer, Refusal>> {
        self.told(connection).answers.remove(&request)
    }

    /// What a connection was told since the last time.
    pub fn hear(&mut self, connection: ConnectionId) -> Vec<Event> {
        std::mem::take(&mut self.told(connection).events)
    }

    /// Whether the network has ended a connection.
    pub fn is_closed(&mut self, connection: ConnectionId) -> bool {
        self.told(connection).closed
    }

    /// A connection is gone.
    pub fn hang_up(&mut self, connection: ConnectionId) {
        self.network.handle_closed(connection, self.now);
        self.settle();
    }

    /// Lets time pass, and the network's timers go off when they are due.
    ///
    /// # Panics
    /// If a timer would spin.
    pub fn wait(&mut self, time: Duration) {
        let end = self.now.monotonic + time;
        while let Some(at) = self.network.poll_timeout().filter(|at| *at <= end) {
            self.now = self.now.until(at.max(self.now.monotonic));
            self.network.handle_timeout(self.now);
            let next = self.network.poll_timeout();
            assert!(
                next.is_none_or(|next| next > self.now.monotonic),
                "the timer would spin"
            );
            self.settle();
        }
        self.now = self.now.until(end);
    }

    /// The process is told that it is about to end.
    pub fn shut_down(&mut self) {
        self.network.handle_shutdown(self.now);
        self.settle();
    }

    /// Somebody sets the wall clock.
    pub const fn set_wall(&mut self, wall: UnixTime) {
        self.now.wall = wall;
    }

    /// Does what the network wants done, until there is nothing more.
    pub fn settle(&mut self) {
        while self.step() {}
    }

    /// Does what the network wants done, up to the first answer of the store; whether there was one.
    pub fn step(&mut self) -> bool {
        while let Some(effect) = self.network.poll_effect() {
            self.take(effect);
        }
        match self.store.decide() {
            Some(Decided::Committed(batch, outcome)) => {
                self.network.handle_committed(batch, outcome, self.now);
            }
            Some(Decided::Read(id, outcome)) => {
                self.network.handle_read(id, outcome, self.now);
            }
            None => return false,
        }
        true
    }

    fn take(&mut self, effect: Effect) {
        match effect {
            Effect::Answer(connection, request, answer) => {
                self.told(connection).order.push(request);
                let known = self.told(connection).answers.insert(request, answer);
                assert_eq!(known, None, "one answer to each command");
            }
            Effect::Tell(connection, event) => self.told(connection).events.push(event),
            Effect::Close(connection, _) => self.told(connection).closed = true,
            Effect::Commit(batch) => self.store.commit(batch),
            Effect::Read(id, read) => self.store.read(id, read),
            // Everybody lives in the same home.
            Effect::Post(..) | Effect::Acknowledge(..) => {}
        }
    }

    fn told(&mut self, connection: ConnectionId) -> &mut Told {
        self.connections.entry(connection).or_default()
    }
}
