//! A network with people in it who speak no dialect: they give commands, and are told events, as values.
//!
//! Every test runs several times: with everything at once, and with letters, commits and reads delayed and
//! interleaved by a seed. Only the order of unrelated effects may differ.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use machine_contract::{Instant, Prng, Secret, UnixTime};
use msnp_proto::Guid;
use msnp_server::identity::{Address, EmailAddress, HomeId, SkypeId, Who};
use msnp_server::network::{
    Answer, Batch, Command, Config, ConnectionId, Effect, Event, Found, Network, Read, ReadId,
    Refusal, RequestId, StoreFailed, Subscription,
};
use msnp_server::{Memory, NewAccount, Now};
use simulation_kit::each_seed;

/// 2015-05-17T17:11:33.260Z.
pub const START: UnixTime = UnixTime::from_millis(1_431_882_693_260);

/// The people who have an account in every world.
pub const PEOPLE: [&str; 4] = ["alice", "bob", "carol", "dave"];

/// Everything that a connection can be told.
pub const ALL: Subscription = Subscription {
    roster: true,
    presence: true,
    messages: true,
};

/// Seeds of the interleaved runs.
const SEEDS: std::ops::Range<u64> = 1..9;

/// A network, its store and its clock.
#[derive(Debug)]
pub struct World {
    network: Network,
    config: Config,
    store: Memory,
    now: Now,
    connections: BTreeMap<ConnectionId, Told>,
    last_connection: u64,
    last_request: u64,
    interleaving: Option<Prng>,
    undecided: VecDeque<Undecided>,
    commits: Outcome,
    reads: Outcome,
    people: Outcome,
    committed: usize,
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

/// What the store has still to answer.
#[derive(Debug)]
enum Undecided {
    Commit(Batch),
    Read(ReadId, Read),
    /// What was found, and is told later.
    Found(ReadId, Found),
}

/// What becomes of the next batches, or of what is to be read.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    Held,
    Failed,
}

/// Runs a test at once, and interleaved by several seeds. A seed that fails is named.
pub fn every_way(test: impl Fn(&mut World)) {
    every_way_with(&Config::default(), test);
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
            store,
            now,
            connections: BTreeMap::new(),
            last_connection: 0,
            last_request: 0,
            interleaving: seed.map(Prng::from_number),
            undecided: VecDeque::new(),
            commits: Outcome::Done,
            reads: Outcome::Done,
            people: Outcome::Done,
            committed: 0,
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
        &self.store
    }

    /// How many batches were kept.
    pub const fn committed(&self) -> usize {
        self.committed
    }

    /// Somebody else gets an account.
    pub fn add_account(&mut self, name: &str) -> Who {
        add(&mut self.store, name)
    }

    /// Somebody with an account.
    ///
    /// # Panics
    /// If there is no such account.
    pub fn who(&self, name: &str) -> Who {
        let found = self.store.account_by_address(&address(name));
        found.expect("an account of this world").who.clone()
    }

    /// The process ends without a word, and another takes its place: only the store is as it was.
    pub fn restart(&mut self) {
        let seed = self.interleaving.as_mut().map(Prng::number);
        self.network = network(&self.config, &self.store, seed, self.now);
        self.connections.clear();
        self.undecided.clear();
    }

    /// As [`restart`](Self::restart), but the batch under way was kept before the process ended: nobody was
    /// told.
    pub fn restart_behind_the_batch(&mut self) {
        for one in &self.undecided {
            if let Undecided::Commit(batch) = one {
                self.store.commit(batch);
            }
        }
        self.restart();
    }

    /// Batches are not decided until they are [released](Self::release).
    pub const fn hold_commits(&mut self) {
        self.commits = Outcome::Held;
    }

    /// The batches under way, and the next ones, are kept.
    pub fn release(&mut self) {
        self.commits = Outcome::Done;
        self.settle();
    }

    /// The batches under way, and the next ones, are not kept.
    pub fn fail_commits(&mut self) {
        self.commits = Outcome::Failed;
        self.settle();
    }

    /// Nothing is read until reads are [released](Self::release_reads).
    pub const fn hold_reads(&mut self) {
        self.reads = Outcome::Held;
    }

    /// What is to be read is looked up now, and told when reads are [released](Self::release_reads): what is kept
    /// meanwhile is not in it.
    pub fn answer_reads_as_they_are_now(&mut self) {
        for one in &mut self.undecided {
            if let Undecided::Read(id, read) = one {
                *one = Undecided::Found(*id, self.store.read(read));
            }
        }
    }

    /// Nobody is read until reads are [released](Self::release_reads); everything else is.
    pub const fn hold_people(&mut self) {
        self.people = Outcome::Held;
    }

    /// People are read as everything else is.
    pub fn release_people(&mut self) {
        self.people = Outcome::Done;
        self.settle();
    }

    /// What was to be read is, and what comes.
    pub fn release_reads(&mut self) {
        self.reads = Outcome::Done;
        self.people = Outcome::Done;
        self.settle();
    }

    /// What was to be read, and what comes, cannot be.
    pub fn fail_reads(&mut self) {
        self.reads = Outcome::Failed;
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
            self.pass(at.max(self.now.monotonic));
            self.network.handle_timeout(self.now);
            let next = self.network.poll_timeout();
            assert!(
                next.is_none_or(|next| next > self.now.monotonic),
                "the timer would spin"
            );
            self.settle();
        }
        self.pass(end);
    }

    /// Somebody sets the wall clock.
    pub const fn set_wall(&mut self, wall: UnixTime) {
        self.now.wall = wall;
    }

    fn pass(&mut self, until: Instant) {
        let passed = until.saturating_duration_since(self.now.monotonic);
        self.now = Now {
            monotonic: until,
            wall: self.now.wall.saturating_add(passed),
        };
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
        let Some(next) = self.next_undecided() else {
            return false;
        };
        match next {
            Undecided::Commit(batch) => {
                let outcome = if self.commits == Outcome::Done {
                    self.store.commit(&batch);
                    self.committed += 1;
                    Ok(())
                } else {
                    Err(StoreFailed)
                };
                self.network.handle_committed(batch.id, outcome, self.now);
            }
            Undecided::Read(id, read) => {
                let found = if self.reads == Outcome::Done {
                    Ok(self.store.read(&read))
                } else {
                    Err(StoreFailed)
                };
                self.network.handle_read(id, found, self.now);
            }
            Undecided::Found(id, found) => self.network.handle_read(id, Ok(found), self.now),
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
            Effect::Commit(batch) => self.undecided.push_back(Undecided::Commit(batch)),
            Effect::Read(id, read) => self.undecided.push_back(Undecided::Read(id, read)),
            // Everybody lives in the same home.
            Effect::Post(..) | Effect::Acknowledge(..) => {}
        }
    }

    /// Something that the store answers now.
    fn next_undecided(&mut self) -> Option<Undecided> {
        let all: Vec<usize> = (0..self.undecided.len())
            .filter(|at| self.undecided.get(*at).is_some_and(|one| self.decides(one)))
            .collect();
        let count = u64::try_from(all.len()).unwrap_or(u64::MAX);
        let at = match &mut self.interleaving {
            Some(prng) if count > 0 => usize::try_from(prng.number() % count).unwrap_or_default(),
            _ => 0,
        };
        self.undecided.remove(*all.get(at)?)
    }

    /// Whether the store answers that now.
    fn decides(&self, one: &Undecided) -> bool {
        let outcome = match one {
            Undecided::Commit(_) => self.commits,
            Undecided::Read(_, Read::Person(_)) if self.people == Outcome::Held => Outcome::Held,
            Undecided::Read(..) | Undecided::Found(..) => self.reads,
        };
        outcome != Outcome::Held
    }

    fn told(&mut self, connection: ConnectionId) -> &mut Told {
        self.connections.entry(connection).or_default()
    }
}

/// The endpoint `n`.
pub const fn endpoint(n: u8) -> Guid {
    Guid::from_bytes([n; 16])
}

/// The name of somebody on MSNP24.
///
/// # Panics
/// If it cannot be one.
pub fn address(name: &str) -> Address {
    Address::Skype(SkypeId::parse(name).expect("a name"))
}

/// The e-mail address of somebody.
///
/// # Panics
/// If it cannot be one.
pub fn email(name: &str) -> Address {
    let email = EmailAddress::parse(&format!("{name}@example.org"));
    Address::Email(email.expect("an address"))
}

fn add(store: &mut Memory, name: &str) -> Who {
    let account = NewAccount {
        skype_id: SkypeId::parse(name).expect("a name"),
        email: EmailAddress::parse(&format!("{name}@example.org")).expect("an address"),
        name: name.to_uppercase().into(),
        password_hash: Secret::new(String::new()),
    };
    store.add_account(account).expect("a new name")
}

fn network(config: &Config, store: &Memory, seed: Option<u64>, now: Now) -> Network {
    let last = store.last_name(HomeId::default());
    let network = Network::new(config.clone(), HomeId::default(), last, [7; 32], now);
    match seed {
        Some(seed) => network.interleaved(seed),
        None => network,
    }
}
