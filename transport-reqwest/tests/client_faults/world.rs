//! Alice and Bob at the real service, Alice behind the faults, and the books on what each of them was
//! told and what really arrived.

use machine_contract::Instant;
use machine_driver::{Clock, SystemClock};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use gateway_sm::{Limits, Mode, Timing};
use msnp_client::{
    Client, Config, ContactId, ConversationId, Credentials, Event, HostPolicy, MessageId, Polling,
    Reason, Timings,
};
use msnp_service::accounts::HashCost;
use msnp_service::{Service, ServiceConfig};
use tokio::runtime::{self, Runtime};

use crate::server::{Fault, Request, Server};

/// A driver under test.
pub(crate) trait Drive {
    fn start(client: Client) -> Self;

    /// Runs a verb on the client.
    fn call<R: Send + 'static>(
        &mut self,
        verb: impl FnOnce(&mut Client, Instant) -> R + Send + 'static,
    ) -> R;

    /// The next event before that instant.
    fn next_event(&mut self, until: Instant) -> Option<Event>;
}

/// What a scenario starts with.
pub(crate) struct Setting {
    pub(crate) mode: Mode,
    /// What takes longer than this to be answered is lost.
    pub(crate) prompt: Duration,
    pub(crate) service: fn(&mut ServiceConfig),
    pub(crate) client: fn(Config) -> Config,
}

impl Setting {
    /// Nothing but the mode is special.
    pub(crate) fn of(mode: Mode) -> Self {
        Self {
            mode,
            prompt: PROMPT,
            service: |_| {},
            client: |config| config,
        }
    }

    /// For replies that do not come: what does come is there in time on a machine with other work, too.
    pub(crate) fn impatient(mode: Mode) -> Self {
        Self {
            prompt: IMPATIENT,
            ..Self::of(mode)
        }
    }
}

pub(crate) struct World<D> {
    pub(crate) alice: Person<D>,
    pub(crate) bob: Person<D>,
    pub(crate) proxy: Server,
    faulty: Arc<AtomicBool>,
    _upstream: Upstream,
}

impl<D: Drive> World<D> {
    /// Both are signed in, and from now on Alice's requests meet this fault.
    pub(crate) fn new(
        setting: &Setting,
        fault: impl Fn(&mut Request) -> Fault + Send + Sync + 'static,
    ) -> Self {
        let mut world = Self::signed_out(setting, fault);
        world.faults(false);
        for who in [Who::Alice, Who::Bob] {
            world.person(who).sign_in();
            world.until("both are signed in", |world| world.get(who).signed_in == 1);
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
        let patience = SystemClock.now() + PATIENCE;
        while !done(self) {
            assert!(
                SystemClock.now() < patience,
                "waited in vain for {what}: {:#?} {:#?}",
                self.alice.log,
                self.bob.log
            );
            self.turn();
        }
    }

    /// Lets so much time pass.
    pub(crate) fn listen(&mut self, time: Duration) {
        let end = SystemClock.now() + time;
        while SystemClock.now() < end {
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
    pub(crate) fn settle(&mut self) {
        self.faults(false);
        self.alice_says("the last of Alice");
        self.bob_says("the last of Bob");
        self.until("every fate and every message", |world| {
            let told = |person: &Person<D>| person.said.iter().all(|said| said.fate.is_some());
            let all = |to: &Person<D>, from: &Person<D>| {
                let delivered = from.said.iter().filter(|s| s.fate == Some(Fate::Delivered));
                delivered
                    .map(|said| &said.text)
                    .all(|text| to.received.contains(text))
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
            self.alice.log
        );
    }

    /// Whether everything that was told is true, Bob's own history as a second witness. Every message
    /// must have its fate by now.
    #[track_caller]
    pub(crate) fn compare(&mut self) {
        // What comes twice may come late.
        self.listen(Duration::from_millis(60));
        let history = self.bobs_history();
        for said in &self.alice.said {
            let Said { text, fate, .. } = said;
            let at_bob = times(&self.bob.received, text);
            let kept = times(&history, text);
            assert_eq!(at_bob, kept, "{text}: the service has what Bob has");
            match fate.expect("every message has a fate") {
                Fate::Delivered => assert_eq!(at_bob, 1, "{text} was delivered"),
                Fate::Failed(_) => assert_eq!(at_bob, 0, "{text} has failed"),
                Fate::Uncertain(_) => assert!(at_bob < 2, "{text} came twice"),
            }
        }
        // To Bob they may have overtaken each other, where he has two connections.
        let of_alice: Vec<_> = self.alice.said.iter().map(|said| &said.text).collect();
        let arrived = of_alice
            .iter()
            .filter(|text| history.contains(text))
            .copied();
        let recorded = history.iter().filter(|text| of_alice.contains(text));
        assert!(recorded.eq(arrived), "in order: {history:?}");
        for said in &self.bob.said {
            let Said { text, fate, .. } = said;
            assert_eq!(*fate, Some(Fate::Delivered), "no fault meets Bob");
            let at_alice = times(&self.alice.received, text);
            if self.alice.signed_out.is_none() {
                assert_eq!(at_alice, 1, "{text} comes once");
            } else {
                assert!(at_alice < 2, "{text} came twice");
            }
        }
        assert!(
            self.alice.received.iter().all(|text| self
                .bob
                .said
                .iter()
                .any(|said| said.text == *text)),
            "nothing else: {:?}",
            self.alice.received
        );
    }

    #[track_caller]
    fn bobs_history(&mut self) -> Vec<String> {
        let conversation = conversation("alice");
        let asked = self
            .bob
            .drive
            .call(move |client, now| client.request_history(&conversation, None, now));
        asked.unwrap();
        self.bob.history = None;
        self.until("the history", |world| world.bob.history.is_some());
        self.bob.history.take().unwrap()
    }
}

#[derive(Copy, Clone)]
enum Who {
    Alice,
    Bob,
}

/// A client at work, and everything that it has told.
pub(crate) struct Person<D> {
    drive: D,
    said: Vec<Said>,
    pub(crate) received: Vec<String>,
    history: Option<Vec<String>>,
    pub(crate) signed_in: usize,
    /// Why each connection was lost.
    pub(crate) lost: Vec<Reason>,
    pub(crate) signed_out: Option<Reason>,
    /// The events so far, for when something goes wrong.
    log: Vec<String>,
}

struct Said {
    id: MessageId,
    text: String,
    fate: Option<Fate>,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Delivered,
    Failed(Reason),
    Uncertain(Reason),
}

impl<D: Drive> Person<D> {
    fn new(config: Config) -> Self {
        Self {
            drive: D::start(Client::new(config)),
            said: Vec::new(),
            received: Vec::new(),
            history: None,
            signed_in: 0,
            lost: Vec::new(),
            signed_out: None,
            log: Vec::new(),
        }
    }

    pub(crate) fn sign_in(&mut self) {
        self.signed_out = None;
        self.drive.call(Client::sign_in);
    }

    pub(crate) fn sign_out(&mut self) {
        self.drive.call(Client::sign_out);
    }

    fn say(&mut self, to: &str, text: &str) {
        let (conversation, words) = (conversation(to), text.to_owned());
        let verb = move |client: &mut Client, now| client.send_text(&conversation, &words, now);
        let id = self.drive.call(verb).unwrap();
        self.said.push(Said {
            id,
            text: text.to_owned(),
            fate: None,
        });
    }

    /// What it was told of the message with this text.
    pub(crate) fn fate(&self, text: &str) -> Option<Fate> {
        let said = self.said.iter().find(|said| said.text == text);
        said.expect("it was said").fate
    }

    /// What it was told of all messages, in the order in which they were said.
    pub(crate) fn fates(&self) -> Vec<Option<Fate>> {
        self.said.iter().map(|said| said.fate).collect()
    }

    fn turn(&mut self) {
        let mut until = SystemClock.now() + Duration::from_millis(1);
        while let Some(event) = self.drive.next_event(until) {
            self.note(event);
            until = SystemClock.now();
        }
    }

    fn note(&mut self, event: Event) {
        self.log.push(format!("{event:?}"));
        assert!(self.signed_out.is_none(), "{:#?}", self.log);
        match event {
            Event::SignedIn(_) => self.signed_in += 1,
            Event::Reconnecting { reason, .. } => self.lost.push(reason),
            Event::SignedOut(reason) => {
                let open = self.said.iter().any(|said| said.fate.is_none());
                assert!(!open, "a fate came too late: {:#?}", self.log);
                self.signed_out = Some(reason);
            }
            Event::MessageDelivered { message, .. } => self.decide(&message, Fate::Delivered),
            Event::MessageFailed {
                message, reason, ..
            } => self.decide(&message, Fate::Failed(reason)),
            Event::MessageUncertain {
                message, reason, ..
            } => self.decide(&message, Fate::Uncertain(reason)),
            Event::MessageReceived(message) => self.received.push(message.text),
            Event::History(history) if history.operation.is_some() => {
                assert!(history.more.is_none(), "one page is enough");
                let texts = history.messages.into_iter().map(|message| message.text);
                self.history = Some(texts.collect());
            }
            _ => {}
        }
    }

    fn decide(&mut self, id: &MessageId, fate: Fate) {
        let said = self.said.iter_mut().find(|said| said.id == *id);
        let before = said.expect("it was said").fate.replace(fate);
        assert_eq!(before, None, "one fate: {:#?}", self.log);
    }
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
        config.notification.command_burst = 100_000;
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

fn conversation(with: &str) -> ConversationId {
    let contact: ContactId = format!("8:live:{with}").parse().unwrap();
    contact.into()
}

fn config(name: &str, url: &str, setting: &Setting) -> Config {
    let Setting { mode, prompt, .. } = *setting;
    let service = msnp_client::Service::at(url).unwrap();
    let credentials = Credentials::password(format!("{name}@example.org"), "secret");
    let seed = [name.as_bytes()[0]; 32];
    Config::new(service, credentials, seed)
        // Else the client would follow `X-MSN-Host` past the faults.
        .host_policy(HostPolicy::Stay)
        .unwrap()
        .reconnect_attempts(1000)
        .timings(Timings {
            request: prompt,
            command: prompt * 5,
            backoff: Duration::from_millis(10),
            longest_backoff: Duration::from_millis(80),
            farewell: prompt,
            ..Timings::default()
        })
        .polling(Polling {
            mode,
            lifespan: 1,
            timing: Timing {
                reply: prompt,
                margin: prompt,
                quick: Duration::from_millis(10),
                slow: Duration::from_millis(60),
                retry: Duration::from_millis(10),
                slow_retry: Duration::from_millis(40),
            },
            limits: Limits {
                failures: 5,
                ..Limits::default()
            },
        })
        .unwrap()
}

fn times(texts: &[String], text: &str) -> usize {
    texts.iter().filter(|other| *other == text).count()
}

/// No reply is given up on any machine.
const PROMPT: Duration = Duration::from_secs(50);

/// Much longer than an answer takes even on a machine with other work.
pub(crate) const IMPATIENT: Duration = Duration::from_secs(5);

/// Longer than anything takes here.
const PATIENCE: Duration = Duration::from_secs(60);
