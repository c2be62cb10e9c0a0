//! `Side`: one of two homes, with the process that runs it and what the bus has from it.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use machine_contract::{Instant, Prng, Secret};
use msnp_server::identity::{EmailAddress, HomeId, SkypeId, Who};
use msnp_server::network::{
    Answer, Batch, Command, Config, ConnectionId, Effect, Event, Network, Parcel, Refusal,
    RequestId, StoreFailed,
};
use msnp_server::{Memory, NewAccount, Now};

/// One home.
#[derive(Debug)]
pub(super) struct Side {
    network: Network,
    config: Config,
    store: Memory,
    who: Who,
    /// What is under way of an earlier process is nobody's.
    process: u64,
    connections: BTreeMap<ConnectionId, Told>,
    last_connection: u64,
    last_request: u64,
    /// What the bus has from here, until it is done there.
    taken: VecDeque<Parcel>,
    /// When what may be lost comes there at the earliest.
    behind: Instant,
    given: usize,
}

/// What a connection was told.
#[derive(Debug, Default)]
struct Told {
    answers: BTreeMap<RequestId, Result<Answer, Refusal>>,
    events: Vec<Event>,
}

impl Side {
    /// The home of that number, where `name` lives.
    pub(super) fn new(home: u32, name: &str, config: &Config, prng: &mut Prng, now: Now) -> Self {
        let mut store = Memory::at(HomeId(home));
        let account = NewAccount {
            skype_id: SkypeId::parse(name).expect("a name"),
            email: EmailAddress::parse(&format!("{name}@example.org")).expect("an address"),
            name: name.to_uppercase().into(),
            password_hash: Secret::new(String::new()),
        };
        let who = store.add_account(account).expect("a new name");
        Self {
            network: start(&store, &who, config, prng, now),
            config: config.clone(),
            store,
            who,
            process: 0,
            connections: BTreeMap::new(),
            last_connection: 0,
            last_request: 0,
            taken: VecDeque::new(),
            behind: Instant::ORIGIN,
            given: 0,
        }
    }

    /// The person of the other home is known by name.
    pub(super) fn add_elsewhere(&mut self, other: &Who) {
        let name = other.skype_id().as_str().to_uppercase();
        let added = self.store.add_elsewhere(other, name.into());
        added.expect("a new name");
    }

    /// The process ends, and another takes its place.
    pub(super) fn restart(&mut self, prng: &mut Prng, now: Now) {
        self.process += 1;
        self.connections.clear();
        self.network = start(&self.store, &self.who, &self.config, prng, now);
    }

    pub(super) const fn process(&self) -> u64 {
        self.process
    }

    pub(super) const fn network(&mut self) -> &mut Network {
        &mut self.network
    }

    pub(super) fn timer(&self) -> Option<Instant> {
        self.network.poll_timeout()
    }

    pub(super) const fn store(&self) -> &Memory {
        &self.store
    }

    pub(super) const fn who(&self) -> &Who {
        &self.who
    }

    pub(super) fn open(&mut self) -> ConnectionId {
        self.last_connection += 1;
        let connection = ConnectionId(self.last_connection);
        self.connections.insert(connection, Told::default());
        connection
    }

    pub(super) fn say(&mut self, from: ConnectionId, command: Command, now: Now) -> RequestId {
        self.last_request += 1;
        let request = RequestId(self.last_request);
        self.network.handle_command(from, request, command, now);
        request
    }

    pub(super) fn answer(
        &mut self,
        from: ConnectionId,
        request: RequestId,
    ) -> Option<Result<Answer, Refusal>> {
        let told = self.connections.get_mut(&from)?;
        told.answers.remove(&request)
    }

    pub(super) fn hear(&mut self, at: ConnectionId) -> Vec<Event> {
        let told = self.connections.get_mut(&at);
        told.map(|told| std::mem::take(&mut told.events))
            .unwrap_or_default()
    }

    /// A batch is kept, and nobody is told.
    pub(super) fn keep(&mut self, batch: &Batch) {
        self.store.commit(batch);
    }

    /// A batch is kept, or not.
    pub(super) fn decide(&mut self, batch: &Batch, fails: bool, now: Now) {
        let outcome = if fails {
            Err(StoreFailed)
        } else {
            self.store.commit(batch);
            Ok(())
        };
        self.network.handle_committed(batch.id, outcome, now);
    }

    /// Takes what is told; gives everything else that the network wants done next.
    pub(super) fn poll(&mut self) -> Option<Effect> {
        loop {
            match self.network.poll_effect()? {
                Effect::Answer(connection, request, answer) => {
                    if let Some(told) = self.connections.get_mut(&connection) {
                        told.answers.insert(request, answer);
                    }
                }
                Effect::Tell(connection, event) => {
                    if let Some(told) = self.connections.get_mut(&connection) {
                        told.events.push(event);
                    }
                }
                other => return Some(other),
            }
        }
    }

    /// The bus has something that is to be brought until it is done, and says so.
    pub(super) fn take(&mut self, parcel: &Parcel, number: u64, now: Now) {
        self.given += 1;
        if self.taken.iter().all(|one| one.number() != Some(number)) {
            self.taken.push_back(parcel.clone());
        }
        self.network.handle_taken(parcel.to(), number, now);
    }

    /// What the bus has from here.
    pub(super) fn taken(&self) -> impl Iterator<Item = &Parcel> {
        self.taken.iter()
    }

    /// It need not be brought again up to that number.
    pub(super) fn done(&mut self, number: u64) {
        self.taken.retain(|one| one.number() > Some(number));
    }

    pub(super) const fn given(&self) -> usize {
        self.given
    }

    /// When something that may be lost comes to the other home, behind what was given before.
    pub(super) fn arrival(&mut self, after: Duration, now: Now) -> Duration {
        self.behind = self.behind.max(now.monotonic + after);
        self.behind.saturating_duration_since(now.monotonic)
    }
}

fn start(store: &Memory, who: &Who, config: &Config, prng: &mut Prng, now: Now) -> Network {
    let mut seed = [0; 32];
    for half in seed.chunks_exact_mut(16) {
        half.copy_from_slice(&prng.bytes());
    }
    let (home, last) = (who.home(), store.last_name(who.home()));
    Network::new(config.clone(), home, last, seed, now)
        .interleaved(prng.number())
        .with_correspondence(store.correspondence())
}
