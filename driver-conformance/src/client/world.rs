//! Alice and Bob at the real service, Alice behind the faults, and the books on what each of them was
//! told and what really arrived.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use msnp_client::Client;
use msnp_service::accounts::HashCost;
use msnp_service::{Service, ServiceConfig};
use tokio::runtime::{self, Runtime};

use super::person::{Fate, Person, Said, config};
use super::setting::Setting;
use crate::Drive;
use crate::server::{Fault, Request, Server};

pub(crate) struct World<D> {
    alice: Person<D>,
    bob: Person<D>,
    proxy: Server,
    faulty: Arc<AtomicBool>,
    _upstream: Upstream,
}

impl<D: Drive<Client>> World<D> {
    /// Both are signed in, and from now on Alice's requests meet this fault.
    pub(crate) fn new(
        setting: &Setting,
        fault: impl Fn(&mut Request) -> Fault + Send + Sync + 'static,
    ) -> Self {
        let mut world = Self::signed_out(setting, fault);
        world.faults(false);
        for who in [Who::Alice, Who::Bob] {
            world.person(who).sign_in();
            world.until("both are signed in", |world| {
                world.get(who).signed_in() == 1
            });
        }
        world.faults(true);
        world
    }

    /// Nobody has signed in yet.
    pub(crate) fn signed_out(
        setting: &Setting,
        fault: impl Fn(&mut Request) -> Fault + Send + Sync + 'static,
    ) -> Self {
        let upstream = Upstream::start(setting.service);
        let faulty = Arc::new(AtomicBool::new(true));
        let switch = Arc::clone(&faulty);
        let proxy = Server::before(upstream.service.address(), move |request| {
            if switch.load(Ordering::SeqCst) {
                fault(request)
            } else {
                Fault::none()
            }
        });
        let client = |name, url: &str| (setting.client)(config(name, url, setting));
        Self {
            alice: Person::new(client("alice", &proxy.url(""))),
            bob: Person::new(client("bob", &upstream.service.url())),
            proxy,
            faulty,
            _upstream: upstream,
        }
    }

    /// Whether requests meet faults.
    pub(crate) fn faults(&self, yes: bool) {
        self.faulty.store(yes, Ordering::SeqCst);
    }

    fn person(&mut self, who: Who) -> &mut Person<D> {
        match who {
            Who::Alice => &mut self.alice,
            Who::Bob => &mut self.bob,
        }
    }

    fn get(&self, who: Who) -> &Person<D> {
        match who {
            Who::Alice => &self.alice,
            Who::Bob => &self.bob,
        }
    }

    pub(crate) const fn alice(&self) -> &Person<D> {
        &self.alice
    }

    pub(crate) const fn alice_mut(&mut self) -> &mut Person<D> {
        &mut self.alice
    }

    pub(crate) const fn bob(&self) -> &Person<D> {
        &self.bob
    }

    pub(crate) const fn bob_mut(&mut self) -> &mut Person<D> {
        &mut self.bob
    }

    /// The server that makes the faults.
    pub(crate) const fn proxy(&self) -> &Server {
        &self.proxy
    }

    /// Alice says something to Bob.
    pub(crate) fn alice_says(&mut self, text: &str) {
        self.alice.say("bob", text);
    }

    /// Bob says something to Alice.
    pub(crate) fn bob_says(&mut self, text: &str) {
        self.bob.say("alice", text);
    }

    /// Alice says something and waits for its fate.
    #[track_caller]
    pub(crate) fn tell(&mut self, text: &str) -> Fate {
        self.alice_says(text);
        self.until("the fate of a message", |world| {
            world.alice.fate(text).is_some()
        });
        self.alice.fate(text).unwrap()
    }

    /// Waits until this has come to be.
    #[track_caller]
    pub(crate) fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let patience = Instant::now() + PATIENCE;
        while !done(self) {
            assert!(
                Instant::now() < patience,
                "waited in vain for {what}: {:#?} {:#?}",
                self.alice.log(),
                self.bob.log()
            );
            self.turn();
        }
    }

    /// Lets so much time pass.
    pub(crate) fn listen(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while Instant::now() < end {
            self.turn();
        }
    }

    /// One after the other gets a little time: neither driver runs by itself.
    fn turn(&mut self) {
        self.alice.turn();
        self.bob.turn();
    }

    /// Ends the faults, waits until nothing is on its way any more, and compares.
    #[track_caller]
    pub(crate) fn end_and_compare(&mut self) {
        self.faults(false);
        self.alice_says("the last of Alice");
        self.bob_says("the last of Bob");
        self.until("every fate and every message", |world| {
            let told = |person: &Person<D>| person.said().iter().all(|said| said.fate.is_some());
            let all = |to: &Person<D>, from: &Person<D>| {
                let delivered = from
                    .said()
                    .iter()
                    .filter(|s| s.fate == Some(Fate::Delivered));
                delivered
                    .map(|said| &said.text)
                    .all(|text| to.received().contains(text))
            };
            told(&world.alice)
                && told(&world.bob)
                && all(&world.alice, &world.bob)
                && all(&world.bob, &world.alice)
        });
        self.compare();
        assert_eq!(
            self.alice.fate("the last of Alice"),
            Some(Fate::Delivered),
            "{:#?}",
            self.alice.log()
        );
    }

    /// Whether everything that was told is true, Bob's own history as a second witness. Every message
    /// must have its fate by now.
    #[track_caller]
    pub(crate) fn compare(&mut self) {
        // What comes twice may come late.
        self.listen(Duration::from_millis(60));
        let history = self.bobs_history();
        for said in self.alice.said() {
            let Said { text, fate, .. } = said;
            let at_bob = times(self.bob.received(), text);
            let kept = times(&history, text);
            assert_eq!(at_bob, kept, "{text}: the service has what Bob has");
            match fate.expect("every message has a fate") {
                Fate::Delivered => assert_eq!(at_bob, 1, "{text} was delivered"),
                Fate::Failed(_) => assert_eq!(at_bob, 0, "{text} has failed"),
                Fate::Uncertain(_) => assert!(at_bob < 2, "{text} came twice"),
            }
        }
        // To Bob they may have overtaken each other, where he has two connections.
        let of_alice: Vec<_> = self.alice.said().iter().map(|said| &said.text).collect();
        let arrived = of_alice
            .iter()
            .filter(|text| history.contains(text))
            .copied();
        let recorded = history.iter().filter(|text| of_alice.contains(text));
        assert!(recorded.eq(arrived), "in order: {history:?}");
        for said in self.bob.said() {
            let Said { text, fate, .. } = said;
            assert_eq!(*fate, Some(Fate::Delivered), "no fault meets Bob");
            let at_alice = times(self.alice.received(), text);
            if self.alice.signed_out().is_none() {
                assert_eq!(at_alice, 1, "{text} comes once");
            } else {
                assert!(at_alice < 2, "{text} came twice");
            }
        }
        assert!(
            self.alice.received().iter().all(|text| self
                .bob
                .said()
                .iter()
                .any(|said| said.text == *text)),
            "nothing else: {:?}",
            self.alice.received()
        );
    }

    #[track_caller]
    fn bobs_history(&mut self) -> Vec<String> {
        self.bob.ask_history("alice");
        self.until("the history", |world| world.bob.history().is_some());
        self.bob.history().unwrap_or_default().to_vec()
    }
}

#[derive(Copy, Clone)]
enum Who {
    Alice,
    Bob,
}

/// The service, on a runtime of its own.
struct Upstream {
    service: Service,
    _runtime: Runtime,
}

impl Upstream {
    fn start(change: fn(&mut ServiceConfig)) -> Self {
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let mut config = ServiceConfig {
            // As cheap as argon2 allows: hashing strength is not what is tested.
            hash_cost: HashCost {
                memory_kib: 8,
                passes: 1,
            },
            ..ServiceConfig::default()
        };
        // A storm of reconnects is not what these limits are for.
        config.network.command_burst = 100_000;
        config.limits.password_attempts = 100_000;
        change(&mut config);
        let service = runtime.block_on(async {
            let service = Service::start(config).await.unwrap();
            for name in ["alice", "bob"] {
                let (address, id) = (format!("{name}@example.org"), format!("live:{name}"));
                let added = service.add_account(&address, &id, name, "secret").await;
                added.unwrap();
            }
            service
        });
        Self {
            service,
            _runtime: runtime,
        }
    }
}

fn times(texts: &[String], text: &str) -> usize {
    texts.iter().filter(|other| *other == text).count()
}

/// Longer than anything takes here.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
