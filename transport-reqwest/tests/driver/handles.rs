//! The async face: calls, events, alarms, and how the task ends.

use std::future::{Future as _, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use driver_conformance::server::{Fault, Server};
use driver_conformance::{Probe, Told};
use futures_core::Stream;
use machine_contract::Instant;
use machine_driver::{Clock, SystemClock};
use transport_reqwest::{Driver, Ended, Http, HttpOptions, spawn};

use crate::{SOON, driver, post, told, until};

async fn said(driver: &mut Driver<Probe>) -> u32 {
    match told(driver).await {
        Told::Said(number) => number,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_call_runs_on_the_machine_and_gives_its_result_back() {
    let driver = driver();
    let before = SystemClock.now();
    let (now, waiting) = driver.call(|probe, now| (now, probe.events())).unwrap();
    assert!(before <= now && now <= SystemClock.now());
    assert_eq!(waiting, 0);
}

#[tokio::test]
async fn several_tasks_speak_to_one_machine() {
    let mut driver = driver();
    let tasks: Vec<_> = (0..100)
        .map(|number| {
            let caller = driver.caller();
            tokio::spawn(async move { caller.call(move |probe, _| probe.say(number)) })
        })
        .collect();
    let mut heard = Vec::new();
    for _ in 0..100 {
        heard.push(said(&mut driver).await);
    }
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    heard.sort_unstable();
    assert!(heard.into_iter().eq(0..100));
}

#[tokio::test]
async fn a_call_has_run_when_it_returns_and_needs_no_waiting() {
    let driver = driver();
    let number = String::from("not 'static");
    let length = driver.call(|_, _| number.len()).unwrap();
    assert_eq!(length, 11);
    driver.call(|probe, _| probe.say(1)).unwrap();
    assert_eq!(driver.call(|probe, _| probe.events()), Ok(1));
}

#[tokio::test]
async fn a_dropped_wait_takes_no_event_with_it() {
    let mut driver = driver();
    for number in 0..50 {
        let caller = driver.caller();
        let saying = tokio::spawn(async move {
            tokio::task::yield_now().await;
            caller.call(move |probe, _| probe.say(number))
        });
        let heard = loop {
            tokio::select! {
                biased;
                () = tokio::task::yield_now() => {}
                event = driver.next_event() => break event,
            }
        };
        assert!(
            matches!(heard, Some(Told::Said(n)) if n == number),
            "{heard:?}"
        );
        saying.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn the_driver_is_a_stream_of_its_events() {
    let mut driver = driver();
    driver
        .call(|probe, _| (0..3).for_each(|n| probe.say(n)))
        .unwrap();
    for expected in 0..3 {
        let event = poll_fn(|cx| Pin::new(&mut driver).poll_next(cx)).await;
        assert!(
            matches!(event, Some(Told::Said(n)) if n == expected),
            "{event:?}"
        );
    }
}

#[tokio::test]
async fn events_that_nobody_takes_stay_in_the_machine() {
    let mut driver = driver();
    driver
        .call(|probe, _| (0..10).for_each(|n| probe.say(n)))
        .unwrap();
    tokio::task::yield_now().await;
    assert_eq!(driver.call(|probe, _| probe.events()), Ok(10));
    assert_eq!(said(&mut driver).await, 0);
    assert_eq!(driver.call(|probe, _| probe.events()), Ok(9));
    for expected in 1..10 {
        assert_eq!(said(&mut driver).await, expected);
    }
}

#[tokio::test]
async fn events_that_nobody_takes_stop_neither_calls_nor_requests() {
    let server = Server::alone(|_| Fault::none());
    let mut driver = driver();
    let request = post(&server.url("/"), "");
    driver
        .call(|probe, now| {
            probe.say(0);
            probe.say(1);
            probe.ask(request, SOON, now);
        })
        .unwrap();
    let answered = || driver.call(|probe, _| probe.events()) == Ok(3);
    until(answered).await;
    assert_eq!(said(&mut driver).await, 0);
    assert_eq!(said(&mut driver).await, 1);
    assert!(matches!(told(&mut driver).await, Told::Answered(..)));
}

#[tokio::test]
async fn who_always_waits_needs_no_task() {
    let server = Server::alone(|_| Fault::none());
    let client = HttpOptions::new().direct().client().unwrap();
    let clock = Arc::new(SystemClock);
    let (mut driver, task) = machine_driver::start(Probe::default(), Http::new(client), clock);
    task.leave_out();
    let request = post(&server.url("/"), "");
    driver
        .call(|probe, now| probe.ask(request, SOON, now))
        .unwrap();
    assert!(matches!(told(&mut driver).await, Told::Answered(..)));
}

#[tokio::test]
async fn a_wait_that_is_held_without_being_polled_stops_nothing() {
    let server = Server::alone(|_| Fault::none());
    let mut driver = driver();
    let caller = driver.caller();
    let mut wait = pin!(driver.next_event());
    assert!(poll_fn(|cx| Poll::Ready(wait.as_mut().poll(cx).is_pending())).await);
    let request = post(&server.url("/"), "");
    caller
        .call(|probe, now| probe.ask(request, SOON, now))
        .unwrap();
    until(|| caller.call(|probe, _| probe.events()) == Ok(1)).await;
    assert!(matches!(wait.await, Some(Told::Answered(..))));
}

#[tokio::test]
async fn the_machine_is_woken_when_it_asked_to_be() {
    let mut driver = driver();
    let wait = Duration::from_millis(60);
    let asked = SystemClock.now();
    driver
        .call(move |probe, now| probe.wake_at(Some(now + wait)))
        .unwrap();
    let Told::Rang { alarm, now } = told(&mut driver).await else {
        panic!("something else came")
    };
    assert!(SystemClock.now() - asked >= wait);
    assert!(now >= alarm);
}

/// A clock that stands still until it is turned.
#[derive(Default)]
struct Turned(AtomicU64);

impl Turned {
    fn to(&self, seconds: u64) {
        self.0.store(seconds * 1_000_000, Ordering::Relaxed);
    }
}

impl Clock for Turned {
    fn now(&self) -> Instant {
        Instant::from_micros(self.0.load(Ordering::Relaxed))
    }
}

#[tokio::test]
async fn an_alarm_can_be_moved_both_ways() {
    let client = HttpOptions::new().direct().client().unwrap();
    let clock = Arc::new(Turned::default());
    let mut driver = spawn(Probe::default(), Http::new(client).clock(clock.clone()));
    for seconds in [3600, 20, 90, 30] {
        let at = Duration::from_secs(seconds);
        driver
            .call(|probe, now| probe.wake_at(Some(now + at)))
            .unwrap();
    }
    // None of the moments that it was moved away from wakes it.
    for seconds in [20, 29] {
        clock.to(seconds);
        driver.call(|_, _| ()).unwrap();
        tokio::task::yield_now().await;
        assert_eq!(driver.call(|probe, _| probe.events()), Ok(0));
    }
    clock.to(30);
    driver.call(|_, _| ()).unwrap();
    assert!(matches!(told(&mut driver).await, Told::Rang { alarm, now } if now == alarm));
}

#[tokio::test]
async fn dropping_the_driver_ends_the_task_and_its_requests() {
    let server = Server::alone(|_| Fault::hang());
    let driver = driver();
    let caller = driver.caller();
    let request = post(&server.url("/"), "");
    driver
        .call(move |probe, now| probe.ask(request, SOON, now))
        .unwrap();
    until(|| server.requests().len() == 1).await;
    drop(driver);
    until(|| server.abandoned() == 1).await;
    assert_eq!(caller.call(|_, _| ()), Err(Ended));
}

#[tokio::test]
async fn a_caller_alone_keeps_nothing_running() {
    let driver = driver();
    let caller = driver.caller();
    drop(driver);
    assert_eq!(caller.call(|_, _| ()), Err(Ended));
}

#[tokio::test]
async fn shutdown_gives_the_machine_back_with_its_events() {
    let driver = driver();
    driver
        .call(|probe, _| (0..3).for_each(|n| probe.say(n)))
        .unwrap();
    let probe = driver.shutdown().unwrap();
    assert_eq!(probe.events(), 3);
}

#[tokio::test]
async fn a_panic_in_a_verb_ends_the_work_and_everybody_is_told() {
    let mut driver = driver();
    let caller = driver.caller();
    let panicked = tokio::spawn(async move {
        tokio::task::yield_now().await;
        let call = AssertUnwindSafe(|| caller.call(|_, _| panic!("on purpose")));
        assert!(catch_unwind(call).is_err());
    });
    // Whoever waits is woken, and nothing is done with the machine again.
    let waited = tokio::time::timeout(SOON, driver.next_event()).await;
    assert!(waited.unwrap().is_none());
    panicked.await.unwrap();
    assert_eq!(driver.call(|_, _| ()), Err(Ended));
    assert_eq!(driver.shutdown().map(|_| ()), Err(Ended));
}

#[test]
fn a_runtime_that_goes_down_ends_the_work() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (driver, ran) = runtime.block_on(async {
        let mut driver = driver();
        driver.call(|probe, now| probe.wake_at(Some(now))).unwrap();
        // Only the task passes time while nobody waits.
        until(|| driver.call(|probe, _| probe.events()) == Ok(1)).await;
        let woken = driver.next_event().await;
        (driver, woken)
    });
    assert!(matches!(ran, Some(Told::Rang { .. })));
    drop(runtime);
    assert_eq!(driver.call(|_, _| ()), Err(Ended));
}
