//! A whole session over reqwest whose host sleeps: with a clock that counts the time asleep, and with one
//! that does not and has a wall clock beside it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use driver_conformance::TurnedClock;
use driver_conformance::server::{Fault, Reply, Server};
use gateway_sm::{Config, Event, Mode, Session};
use machine_contract::{Instant, UnixTime};
use machine_driver::{Clock, SharedClock, SystemClock};
use tokio::time::{sleep, timeout};
use transport_reqwest::{Driver, Http, HttpOptions, spawn};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);
/// Only hanging explains that something takes longer.
const PATIENCE: Duration = Duration::from_secs(30);
/// So long nothing may happen: a poll that is not due is due in 75 s.
const QUIET: Duration = Duration::from_millis(300);

/// A clock that does not count sleep, beside a wall clock that the test sets.
#[derive(Clone)]
struct Beside {
    wall: Arc<AtomicU64>,
}

impl Beside {
    fn at(wall: UnixTime) -> Self {
        let wall = Arc::new(AtomicU64::new(wall.as_millis()));
        Self { wall }
    }

    fn set(&self, wall: UnixTime) {
        self.wall.store(wall.as_millis(), Ordering::SeqCst);
    }
}

impl Clock for Beside {
    fn now(&self) -> Instant {
        SystemClock.now()
    }

    fn wall(&self) -> Option<UnixTime> {
        Some(UnixTime::from_millis(self.wall.load(Ordering::SeqCst)))
    }
}

/// A gateway that opens a session and then never answers.
fn gateway() -> Server {
    Server::alone(|request| {
        if request.target.contains("Action=open") {
            let opened = Reply::new(200, "VER 1 MSNP8\r\n")
                .with("X-MSN-Messenger", "SessionID=7.1; GW-IP=127.0.0.1");
            Fault::answer(opened)
        } else {
            Fault::hang()
        }
    })
}

struct Rig {
    driver: Driver<Session>,
    gateway: Server,
}

impl Rig {
    /// A session that is open and whose first poll is held.
    async fn polling(clock: SharedClock) -> Self {
        let gateway = gateway();
        let http = Http::new(HttpOptions::new().direct().client().unwrap()).clock(clock);
        let config = Config::new(&gateway.url("")).unwrap().mode(Mode::Parallel);
        let mut driver = spawn(Session::new(config), http);
        driver
            .call(|session, _| session.send("VER 1 MSNP8 CVR0\r\n".into()))
            .unwrap()
            .unwrap();
        loop {
            let next = timeout(PATIENCE, driver.next_event()).await.unwrap();
            if let Event::Received(_) = next.unwrap() {
                break;
            }
        }
        let mut rig = Self { driver, gateway };
        rig.until_polls(1).await;
        // Whatever else is told of the opening.
        rig.told().await;
        rig
    }

    fn polls(&self) -> usize {
        let requests = self.gateway.requests();
        let polls = requests
            .iter()
            .filter(|it| it.target.contains("Action=poll"));
        polls.count()
    }

    async fn until_polls(&self, polls: usize) {
        let come = async {
            while self.polls() < polls {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, come).await.unwrap();
    }

    /// An input, after which a driver looks at its clock.
    fn poke(&self) {
        self.driver.call(|_, _| ()).unwrap();
    }

    /// What is told while nothing else happens.
    async fn told(&mut self) -> Vec<Event> {
        let mut told = Vec::new();
        while let Ok(event) = timeout(QUIET, self.driver.next_event()).await {
            told.push(event.unwrap());
        }
        told
    }
}

#[tokio::test]
async fn an_hour_asleep_that_the_clock_counts_ends_the_held_poll_and_makes_a_new_one() {
    let clock = TurnedClock::new();
    let mut rig = Rig::polling(Arc::new(clock.clone())).await;
    clock.turn(HOUR);
    rig.poke();
    rig.until_polls(2).await;
    // The reply that was lost may have held something; the session goes on.
    assert_eq!(rig.told().await, [Event::Gap]);
    assert_eq!(rig.polls(), 2, "one new poll");
    assert_eq!(rig.gateway.requests().len(), 3);
}

#[tokio::test]
async fn a_wall_clock_that_ran_ahead_renews_the_poll_and_moves_nothing_else() {
    let start = UnixTime::from_secs(1_431_882_693);
    let clock = Beside::at(start);
    let mut rig = Rig::polling(Arc::new(clock.clone())).await;
    clock.set(start.saturating_add(DAY));
    rig.poke();
    rig.until_polls(2).await;
    for _ in 0..3 {
        rig.poke();
        assert!(rig.told().await.iter().all(|it| *it == Event::Gap));
    }
    assert_eq!(rig.polls(), 2, "one more poll");
    assert_eq!(rig.gateway.requests().len(), 3);
}

#[tokio::test]
async fn a_wall_clock_that_is_set_back_does_nothing() {
    let start = UnixTime::from_secs(1_431_882_693);
    let clock = Beside::at(start.saturating_add(DAY));
    let mut rig = Rig::polling(Arc::new(clock.clone())).await;
    clock.set(start);
    for _ in 0..3 {
        rig.poke();
        assert_eq!(rig.told().await, []);
    }
    assert_eq!(rig.polls(), 1);
    assert_eq!(rig.gateway.abandoned(), 0, "the held poll is still out");
    assert_eq!(rig.gateway.requests().len(), 2);
}
