//! `World`: the server, its store, and clients of three people.

use std::time::Duration;

use machine_contract::{Instant, Prng, UnixTime};
use msnp_client::{Client, Event, bsim};
use msnp_server::Config;
use simulation_kit::{Clock, Cut, Disturbance, Faults, Peer, Simulation, Transcript};

use crate::account::{HOST, accounts};
use crate::caller::Caller;
use crate::client::config;
use crate::person::{Person, Told};
use crate::process::Process;
use crate::scripted::Scripted;
use crate::store::{StoreFaults, UnderWay};

/// 2015-03-16T00:13:18Z, the day on which it all happens.
const START: UnixTime = UnixTime::from_millis(1_426_464_798_000);

/// The server and some clients, which know each other by HTTP alone. Nobody is signed in at first. Somebody may call the
/// IM web service [instead](World::replace_caller) of having a client.
///
/// People are numbers: the first of [`NAMES`](crate::NAMES) is 0. Everything that happens follows from the seed and
/// the calls.
#[derive(Debug)]
pub struct World {
    simulation: Simulation<Process, Person>,
    /// What each client has told since its process began.
    events: Vec<Vec<(Instant, Event)>>,
    /// What each caller has told since its process began.
    calls: Vec<Vec<(Instant, bsim::Event)>>,
    /// What the processes before told.
    before: Vec<Vec<Vec<(Instant, Event)>>>,
    prng: Prng,
}

impl World {
    /// A world with the first so many of the people, each with a client.
    pub fn new(seed: u64, people: usize) -> Self {
        Self::with(seed, people, &Config::new(HOST))
    }

    /// The same, of a server with this configuration.
    ///
    /// # Panics
    /// If the configuration cannot be used.
    pub fn with(seed: u64, people: usize, config: &Config) -> Self {
        let mut prng = Prng::from_number(seed);
        let time = Clock::new(START).time();
        let process = Process::new(config.clone(), accounts(), prng.number(), time);
        let mut simulation = Simulation::new(process, prng.number(), START);
        for who in 0..people {
            simulation.add(client(who, prng.number()));
        }
        Self {
            simulation,
            events: vec![Vec::new(); people],
            calls: vec![Vec::new(); people],
            before: vec![Vec::new(); people],
            prng,
        }
    }

    /// Now.
    pub const fn now(&self) -> Instant {
        self.simulation.time().monotonic
    }

    /// Somebody's client.
    ///
    /// # Panics
    /// If it is [scripted](Scripted).
    pub fn client(&self, who: usize) -> &Client {
        let person = self.simulation.machine(Peer(who));
        person.client().expect("a client")
    }

    /// Somebody's scripted client.
    ///
    /// # Panics
    /// If it is not scripted.
    pub fn scripted(&self, who: usize) -> &Scripted {
        let person = self.simulation.machine(Peer(who));
        person.scripted().expect("a scripted client")
    }

    /// The server's process.
    pub const fn process(&self) -> &Process {
        self.simulation.host()
    }

    /// What crossed the network.
    pub const fn transcript(&self) -> &Transcript {
        self.simulation.transcript()
    }

    /// Asks one of the clients for something.
    ///
    /// # Panics
    /// If it is [scripted](Scripted).
    pub fn ask<T>(&mut self, who: usize, ask: impl FnOnce(&mut Client, Instant) -> T) -> T {
        self.call(who, |person, now| {
            ask(person.client_mut().expect("a client"), now)
        })
    }

    /// Tells a scripted client something.
    ///
    /// # Panics
    /// If it is not scripted.
    pub fn direct(&mut self, who: usize, direct: impl FnOnce(&mut Scripted)) {
        self.call(who, |person, _| {
            direct(person.scripted_mut().expect("a scripted client"));
        });
    }

    /// The program that speaks for somebody.
    ///
    /// # Panics
    /// If there is none.
    pub fn caller(&self, who: usize) -> &Caller {
        let person = self.simulation.machine(Peer(who));
        person.caller().expect("a caller")
    }

    /// Asks the program that speaks for somebody for something.
    ///
    /// # Panics
    /// If there is none.
    pub fn ask_caller<T>(&mut self, who: usize, ask: impl FnOnce(&mut Caller, Instant) -> T) -> T {
        self.call(who, |person, now| {
            ask(person.caller_mut().expect("a caller"), now)
        })
    }

    /// Somebody signs in and has done so after a second; by a caller, who looks but now and then, after ten.
    ///
    /// # Panics
    /// If not.
    pub fn sign_in(&mut self, who: usize) {
        self.call(who, Person::sign_in);
        let is_caller = self.simulation.machine(Peer(who)).caller().is_some();
        self.advance(Duration::from_secs(if is_caller { 10 } else { 1 }));
        let signed_in = self.simulation.machine(Peer(who)).is_signed_in();
        assert!(signed_in, "{:#?} {:#?}", self.events[who], self.calls[who]);
    }

    /// Everything that a client has told since its process began.
    pub fn events(&self, who: usize) -> impl DoubleEndedIterator<Item = &Event> {
        self.events[who].iter().map(|(_, event)| event)
    }

    /// The same, with the moments.
    pub fn dated_events(&self, who: usize) -> &[(Instant, Event)] {
        &self.events[who]
    }

    /// Everything that a caller has told since its process began, with the moments.
    pub fn calls(&self, who: usize) -> &[(Instant, bsim::Event)] {
        &self.calls[who]
    }

    /// What the processes of somebody have told, those that have ended included, each by itself.
    pub fn lives(&self, who: usize) -> impl Iterator<Item = &[(Instant, Event)]> {
        let before = self.before[who].iter().map(Vec::as_slice);
        before.chain([self.events[who].as_slice()])
    }

    /// Whether a client has told something.
    pub fn told(&self, who: usize, what: impl Fn(&Event) -> bool) -> bool {
        self.events(who).any(what)
    }

    /// Forgets what the clients have told.
    pub fn clear_events(&mut self) {
        self.events.iter_mut().for_each(Vec::clear);
        self.calls.iter_mut().for_each(Vec::clear);
    }

    /// Lets time pass.
    pub fn advance(&mut self, time: Duration) {
        self.simulation.advance(time);
        self.collect();
    }

    /// Somebody sets the wall clock of the server.
    pub const fn set_wall(&mut self, wall: UnixTime) {
        self.simulation.set_wall(wall);
    }

    /// What goes wrong on the network by chance from now on.
    pub fn set_faults(&mut self, faults: Faults) {
        self.simulation.set_faults(faults);
    }

    /// Something happens to the network, so much later.
    pub fn disturb(&mut self, after: Duration, disturbance: Disturbance) {
        self.simulation.disturb(after, disturbance);
        self.collect();
    }

    /// How the store behaves from now on.
    pub fn set_store_faults(&mut self, faults: StoreFaults) {
        self.simulation
            .call_host(|process, time| process.set_store_faults(faults, time));
        self.collect();
    }

    /// The server's process is killed, and another one is there after a while. It knows what was committed;
    /// sessions and tickets are gone.
    pub fn restart_server(&mut self, under_way: UnderWay, down: Duration) {
        self.simulation
            .replace_host(|process, time| process.restart(under_way, time));
        let cut = Disturbance::Cut {
            peer: None,
            time: down,
            how: Cut::Refused,
        };
        self.disturb(Duration::ZERO, cut);
    }

    /// The server stops as it should: everybody is told. Then it is started again, after a while.
    pub fn stop_server(&mut self, down: Duration) {
        self.simulation.call_host(Process::shut_down);
        self.advance(Duration::from_secs(2));
        self.restart_server(UnderWay::Kept, down);
    }

    /// The process of a client is killed, and another one takes its place, not signed in.
    pub fn replace(&mut self, who: usize) {
        let seed = self.prng.number();
        self.put(who, client(who, seed));
    }

    /// The same, with a client of this configuration.
    pub fn replace_with(
        &mut self,
        who: usize,
        change: impl FnOnce(msnp_client::Config) -> msnp_client::Config,
    ) {
        let seed = self.prng.number();
        let client = Client::new(change(config(who, seed)));
        self.put(who, Person::Client(Box::new(client)));
    }

    /// The same, with a scripted client.
    pub fn replace_scripted(&mut self, scripted: Scripted, who: usize) {
        self.put(who, Person::Scripted(Box::new(scripted)));
    }

    /// The same, with a program that calls the IM web service.
    pub fn replace_caller(&mut self, who: usize) {
        self.put(who, Person::Caller(Box::new(Caller::new(who))));
        self.calls[who].clear();
    }

    /// Somebody's device sleeps.
    pub fn sleep(&mut self, who: usize) {
        self.simulation.sleep(Peer(who));
    }

    /// It wakes up.
    pub fn wake(&mut self, who: usize) {
        self.simulation.wake(Peer(who));
        self.collect();
    }

    fn put(&mut self, who: usize, person: Person) {
        self.simulation.replace(Peer(who), person);
        let told = std::mem::take(&mut self.events[who]);
        self.before[who].push(told);
        self.collect();
    }

    fn call<T>(&mut self, who: usize, verb: impl FnOnce(&mut Person, Instant) -> T) -> T {
        let said = self.simulation.call(Peer(who), verb);
        self.collect();
        said
    }

    fn collect(&mut self) {
        for who in 0..self.events.len() {
            for (at, told) in self.simulation.take_events(Peer(who)) {
                match told {
                    Told::Client(event) => self.events[who].push((at, event)),
                    Told::Caller(event) => self.calls[who].push((at, event)),
                }
            }
        }
    }
}

fn client(who: usize, seed: u64) -> Person {
    Person::Client(Box::new(Client::new(config(who, seed))))
}
