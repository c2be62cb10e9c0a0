//! `Engine`: the server machine behind a lock, run by whoever has something for it.
//!
//! The machine is pure and fast, so it runs where an input arrives: in the task that has read a request, in the
//! thread that has written a batch. A message that changes hands inside the process wakes nobody on its way but
//! those who wait for it. What waits itself (HTTP, the disk, password hashing) waits elsewhere.

mod answers;
mod asked;
mod core;
mod lines;
mod log;
mod people;
mod stopped;
mod strangers_lane;
mod tally;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;

use bytes::Bytes;
use gateway_sm::{ExchangeId, HttpConnection};
use http::Request;
use machine_contract::StreamId;
use machine_driver::{Clock, SystemClock, wall_time};
use msnp_server::faces::Announcement;
use msnp_server::{Account, Caller, Entropy, Now, Server};
use tokio::sync::oneshot;

pub(crate) use self::answers::{Answer, Answers};
use self::asked::Asked;
use self::core::Core;
pub(crate) use self::core::{Checker, Input};
pub(crate) use self::lines::{Line, Order};
pub(crate) use self::stopped::Stopped;
use self::strangers_lane::StrangersLane;
pub(crate) use self::tally::{COMMIT_SECONDS, Counts, Snapshot};
use crate::keeper::Keeper;
use crate::relay::Relay;

/// A handle to it; cheap to clone.
#[derive(Clone)]
pub(crate) struct Engine(Arc<Shared>);

struct Shared {
    /// `None` before it has started, and once it has stopped.
    core: Mutex<Option<Box<Core>>>,
    /// The thread that keeps the time has to look again, sooner than it meant to.
    sooner: Condvar,
    strangers: StrangersLane,
    /// The next numbers of an exchange and of a connection.
    exchanges: AtomicU64,
    connections: AtomicU64,
    /// Another machine, which answers in the place of the server.
    other: Option<Box<dyn Answers>>,
}

impl Engine {
    /// One that is not running yet, so that others can have its handle.
    pub(crate) fn new() -> Self {
        Self::with(None)
    }

    /// One whose requests another machine answers. It needs no start.
    pub(crate) fn in_front_of(other: impl Answers + 'static) -> Self {
        Self::with(Some(Box::new(other)))
    }

    fn with(other: Option<Box<dyn Answers>>) -> Self {
        Self(Arc::new(Shared {
            core: Mutex::new(None),
            sooner: Condvar::new(),
            strangers: StrangersLane::new(),
            exchanges: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            other,
        }))
    }

    /// Starts it, with the thread that keeps its time and ends it.
    pub(crate) fn start(
        &self,
        server: Server,
        keeper: Keeper,
        checker: impl Checker + 'static,
        relay: Option<Relay>,
    ) -> std::io::Result<JoinHandle<()>> {
        let core = Core::new(server, keeper, Box::new(checker), relay);
        let engine = self.clone();
        // Nobody else has anything for it yet, and the thread finds it when this is let go.
        let place = self.0.core.lock();
        let thread = std::thread::Builder::new()
            .name("msnp-time".to_owned())
            .spawn(move || engine.keep_time())?;
        if let Ok(mut place) = place {
            *place = Some(Box::new(core));
        }
        Ok(thread)
    }

    /// An id for one more HTTP request.
    pub(crate) fn next_exchange(&self) -> ExchangeId {
        ExchangeId::new(self.0.exchanges.fetch_add(1, Ordering::Relaxed))
    }

    /// An id for one more HTTP connection.
    pub(crate) fn next_connection(&self) -> HttpConnection {
        HttpConnection(self.0.connections.fetch_add(1, Ordering::Relaxed))
    }

    /// Whether the body of a request for this path may be long.
    pub(crate) fn takes_long_bodies(&self, path: &str) -> bool {
        let other = self.0.other.is_some();
        other || Server::takes_long_bodies(path)
    }

    /// Gives the server one request; `None` if the engine has stopped. A stranger's waits for its turn.
    pub(crate) async fn ask(
        &self,
        exchange: ExchangeId,
        request: Request<Bytes>,
        caller: Caller,
        entropy: &Entropy,
    ) -> Option<Asked> {
        if let Some(other) = &self.0.other {
            return Some(Asked::Elsewhere(other.request(exchange, request, caller)));
        }
        let (reply, replied) = oneshot::channel();
        let mut asking = Some((request, reply));
        let mut answered = self.run(|core, now| {
            if let Some((request, reply)) = asking.take_if(|(it, _)| core.is_somebodys(it)) {
                core.take_request(exchange, request, caller, entropy, reply, now);
            }
        });
        if asking.is_some() {
            let _turn = self.0.strangers.turn().await;
            answered = self.run(|core, now| {
                if let Some((request, reply)) = asking.take() {
                    core.take_request(exchange, request, caller, entropy, reply, now);
                }
            });
        }
        let releases = answered.ok()? > 1;
        Some(Asked::Here { replied, releases })
    }

    /// A peer has made a stream. `None`: there is no room for it, or the engine has stopped.
    pub(crate) fn accept(&self, caller: Caller) -> Option<(StreamId, Line)> {
        let mut accepted = None;
        let run = self.run(|core, now| accepted = core.accept(caller, now));
        run.ok().and(accepted)
    }

    /// A stream has said something. Whether it is read on. A stranger's words wait for their turn.
    pub(crate) async fn receive(&self, id: StreamId, bytes: Bytes) -> bool {
        let mut received = Some(bytes);
        let mut reads = false;
        // The task of a stream whose engine has stopped is told so.
        let _ = self.run(|core, now| {
            if let Some(bytes) = received.take_if(|_| !core.is_strangers(id)) {
                reads = core.receive(id, bytes, now);
            }
        });
        if let Some(bytes) = received {
            let _turn = self.0.strangers.turn().await;
            let _ = self.run(|core, now| reads = core.receive(id, bytes, now));
        }
        reads
    }

    /// Tells the engine something. A stopped one has nothing left to do with it.
    pub(crate) fn tell(&self, input: Input) {
        if let Some(other) = &self.0.other {
            return other.tell(input);
        }
        let _ = self.run(|core, now| core.take(input, now));
    }

    /// Tells the engine something that it answers to whoever waits.
    pub(crate) async fn answer<T>(
        &self,
        input: impl FnOnce(oneshot::Sender<T>) -> Input,
    ) -> Result<T, Stopped> {
        let (reply, replied) = oneshot::channel();
        self.run(|core, now| core.take(input(reply), now))?;
        replied.await.map_err(|_| Stopped)
    }

    /// Has something said to everybody else who is signed in, in the name of that account: to how many people. A machine of another
    /// kind has nobody to say it to.
    pub(crate) fn announce(&self, by: &Account, words: &Announcement) -> Result<usize, Stopped> {
        let mut people = 0;
        self.run(|core, now| people = core.announce(by, words, now))?;
        Ok(people)
    }

    /// How it is.
    pub(crate) fn snapshot(&self) -> Result<Snapshot, Stopped> {
        if let Some(other) = &self.0.other {
            return other.snapshot();
        }
        let mut snapshot = Snapshot::default();
        self.run(|core, _| snapshot = core.snapshot())?;
        Ok(snapshot)
    }

    /// Signs everybody out; the thread then ends it. How many people that are.
    pub(crate) fn stop(&self) -> usize {
        let mut people = 0;
        let _ = self.run(|core, now| people = core.begin_to_stop(now));
        // Also of an engine that something panicked in, whose thread then has nothing to wait for.
        self.0.sooner.notify_one();
        people
    }

    /// Does something with the machine, and what follows from it, in this thread. How many requests were answered.
    fn run(&self, work: impl FnOnce(&mut Core, Now)) -> Result<usize, Stopped> {
        let mut place = self.0.core.lock().map_err(|_| Stopped)?;
        // Out of its place meanwhile: should something panic, nobody uses it again, and those who wait for
        // replies hear at once that there are none.
        let mut core = place.take().ok_or(Stopped)?;
        // Read when it is this input's turn, so that time never goes back for the machine.
        let now = now();
        work(&mut core, now);
        core.drive(now);
        let (replies, orders) = (core.take_replies(), core.take_orders());
        let sooner = core.wants_to_wake_sooner(now);
        *place = Some(core);
        drop(place);
        if sooner {
            self.0.sooner.notify_one();
        }
        let answered = replies.len();
        // Without the lock: whoever is woken by its reply is about to want it.
        for (waiting, reply) in replies {
            // If nobody waits any more, the exchange's guard has said or will say so.
            let _ = waiting.send(reply);
        }
        for order in orders {
            order.tell();
        }
        Ok(answered)
    }

    /// The thread: lets time pass for the machine, and ends it when it has stopped.
    fn keep_time(&self) {
        while self.run(|_, _| {}).is_ok() {
            let Ok(mut place) = self.0.core.lock() else {
                return;
            };
            let now = now();
            if let Some(core) = place.take_if(|core| core.is_over(now)) {
                drop(place);
                // What was still under way is written, though nobody is told of it any more.
                core.close();
                return;
            }
            let Some(core) = place.as_mut() else {
                return;
            };
            let wait = core.set_alarm(now);
            // A poisoned lock is found by the next round.
            let _ = self.0.sooner.wait_timeout(place, wait);
        }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Engine")
    }
}

/// The two clocks, by which everything in the process goes.
pub(crate) fn now() -> Now {
    Now {
        monotonic: SystemClock.now(),
        wall: wall_time(),
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use http::Response;
    use msnp_server::{AccessCheck, Config, PasswordCheck};

    use super::*;

    struct Nobody;

    impl Checker for Nobody {
        fn check(&self, _: PasswordCheck) {}

        fn check_access(&self, _: AccessCheck) {}
    }

    fn started() -> (Engine, JoinHandle<()>) {
        let server = Server::new(&Config::new("im.example.org"), 0, [7; 32], now());
        let engine = Engine::new();
        let keeper = Keeper::memory();
        let thread = engine.start(server.unwrap(), keeper, Nobody, None);
        (engine, thread.unwrap())
    }

    /// The reply to a request for this target.
    async fn ask(engine: &Engine, target: &str) -> Option<Response<Bytes>> {
        let request = Request::post(target).body(Bytes::new()).unwrap();
        let entropy = Entropy::new([9; Entropy::BYTES]);
        let exchange = engine.next_exchange();
        let asked = engine.ask(exchange, request, Caller::nowhere(), &entropy);
        asked.await?.reply().await
    }

    /// A poll that is held.
    async fn hold(engine: &Engine) -> tokio::task::JoinHandle<Option<Response<Bytes>>> {
        let gateway = "/gateway/gateway.dll?";
        let opened = ask(engine, &format!("{gateway}Action=open&Server=NS&IP=none")).await;
        let opened = opened.expect("a session");
        let session = opened.headers()["x-msn-messenger"].to_str().unwrap();
        let session = session.split(';').next().unwrap().to_owned();
        let engine = engine.clone();
        let target = format!("{gateway}{session}&Action=poll&Lifespan=100");
        let held = tokio::spawn(async move { ask(&engine, &target).await });
        // With one thread, it is held when this goes on.
        tokio::task::yield_now().await;
        assert!(!held.is_finished());
        held
    }

    #[tokio::test]
    async fn a_panic_ends_the_engine_and_everybody_hears_so() {
        let (engine, thread) = started();
        let held = hold(&engine).await;
        let panics = AssertUnwindSafe(|| engine.run(|_, _| panic!("on purpose")));
        assert!(catch_unwind(panics).is_err());
        assert!(held.await.unwrap().is_none(), "who waits hears it");
        assert!(ask(&engine, "/health").await.is_none());
        engine.tell(Input::Sent(ExchangeId::new(1)));
        engine.stop();
        assert!(thread.join().is_ok(), "the thread ends by itself");
    }

    #[tokio::test]
    async fn a_stop_answers_who_waits_and_ends_the_thread() {
        let (engine, thread) = started();
        let held = hold(&engine).await;
        engine.stop();
        let last = held.await.unwrap().expect("a last reply");
        let messenger = last.headers()["x-msn-messenger"].to_str().unwrap();
        assert!(messenger.ends_with("Session=close"), "{messenger}");
        assert!(thread.join().is_ok());
        assert!(ask(&engine, "/health").await.is_none());
    }

    /// Of many that are ready at once, one comes between two tasks of others, and not all.
    #[tokio::test]
    async fn strangers_go_one_by_one_and_let_others_go_in_between() {
        let (engine, thread) = started();
        let carried_out = Arc::new(AtomicU64::new(0));
        for _ in 0..50 {
            let (engine, carried_out) = (engine.clone(), Arc::clone(&carried_out));
            tokio::spawn(async move {
                ask(&engine, "/health").await;
                carried_out.fetch_add(1, Ordering::Relaxed);
            });
        }
        let mut before = 0;
        while before < 50 {
            tokio::task::yield_now().await;
            let now = carried_out.load(Ordering::Relaxed);
            assert!(now - before <= 2, "{now} behind {before}");
            before = now;
        }
        engine.stop();
        assert!(thread.join().is_ok());
    }

    #[tokio::test]
    async fn before_it_starts_it_answers_nobody() {
        assert!(ask(&Engine::new(), "/health").await.is_none());
    }
}
