//! The async face: calls, events, alarms, and how the task ends.

use machine_driver::{Clock, SystemClock};
use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use driver_conformance::server::{Fault, Server};
use driver_conformance::{Probe, Told};
use futures_core::Stream;
use transport_reqwest::{Driver, Ended, HttpOptions, Limits};

use crate::{SOON, driver, post, told, until};

fn driver_with_room_for(events: usize) -> Driver<Probe> {
    let limits = Limits {
        events: NonZeroUsize::new(events).unwrap(),
        ..Limits::default()
    };
    let client = HttpOptions::new().direct().client().unwrap();
    Driver::spawn(Probe::default(), client, limits)
}

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
    let (now, waiting) = driver
        .call(|probe, now| (now, probe.events()))
        .await
        .unwrap();
    assert!(before <= now && now <= SystemClock.now());
    assert_eq!(waiting, 0);
}

#[tokio::test]
async fn several_tasks_speak_to_one_machine() {
    let mut driver = driver();
    let tasks: Vec<_> = (0..100)
        .map(|number| {
            let caller = driver.caller();
            tokio::spawn(async move { caller.call(move |probe, _| probe.say(number)).await })
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
async fn a_call_dropped_before_it_was_taken_never_runs() {
    let mut driver = driver();
    {
        let mut call = pin!(driver.call(|probe, _| probe.say(1)));
        // Once: it is in the queue now. On this runtime the task cannot run before the next await.
        assert!(poll_fn(|cx| Poll::Ready(call.as_mut().poll(cx).is_pending())).await);
    }
    driver.call(|probe, _| probe.say(2)).await.unwrap();
    assert_eq!(said(&mut driver).await, 2);
}

#[tokio::test]
async fn a_dropped_wait_takes_no_event_with_it() {
    let mut driver = driver();
    for number in 0..50 {
        let caller = driver.caller();
        let saying = tokio::spawn(async move {
            tokio::task::yield_now().await;
            caller.call(move |probe, _| probe.say(number)).await
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
        .await
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
    let mut driver = driver_with_room_for(2);
    driver
        .call(|probe, _| (0..10).for_each(|n| probe.say(n)))
        .await
        .unwrap();
    let left = driver.call(|probe, _| probe.events()).await.unwrap();
    assert_eq!(left, 8);
    assert_eq!(said(&mut driver).await, 0);
    // The freed place is filled without any other input.
    let probe = driver.caller();
    tokio::time::timeout(SOON, async {
        while probe.call(|probe, _| probe.events()).await.unwrap() != 7 {}
    })
    .await
    .unwrap();
    for expected in 1..10 {
        assert_eq!(said(&mut driver).await, expected);
    }
}

#[tokio::test]
async fn a_full_event_buffer_stops_neither_calls_nor_requests() {
    let server = Server::alone(|_| Fault::none());
    let mut driver = driver_with_room_for(1);
    let request = post(&server.url("/"), "");
    driver
        .call(move |probe, now| {
            probe.say(0);
            probe.say(1);
            probe.ask(request, SOON, now);
        })
        .await
        .unwrap();
    let probe = driver.caller();
    tokio::time::timeout(SOON, async {
        while probe.call(|probe, _| probe.events()).await.unwrap() != 2 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await
    .unwrap();
    assert_eq!(said(&mut driver).await, 0);
    assert_eq!(said(&mut driver).await, 1);
    assert!(matches!(told(&mut driver).await, Told::Answered(..)));
}

#[tokio::test]
async fn the_machine_is_woken_when_it_asked_to_be() {
    let mut driver = driver();
    let wait = Duration::from_millis(60);
    let asked = SystemClock.now();
    driver
        .call(move |probe, now| probe.wake_at(Some(now + wait)))
        .await
        .unwrap();
    let Told::Rang { alarm, now } = told(&mut driver).await else {
        panic!("something else came")
    };
    assert!((SystemClock.now() - asked) >= wait);
    assert!(now >= alarm);
}

#[tokio::test]
async fn dropping_the_driver_ends_the_task_and_its_requests() {
    let server = Server::alone(|_| Fault::hang());
    let driver = driver();
    let caller = driver.caller();
    let request = post(&server.url("/"), "");
    driver
        .call(move |probe, now| probe.ask(request, SOON, now))
        .await
        .unwrap();
    until(|| server.requests().len() == 1).await;
    drop(driver);
    until(|| server.abandoned() == 1).await;
    assert_eq!(caller.call(|_, _| ()).await, Err(Ended));
}

#[tokio::test]
async fn a_caller_alone_keeps_nothing_running() {
    let driver = driver();
    let caller = driver.caller();
    drop(driver);
    tokio::time::timeout(SOON, async {
        while caller.call(|_, _| ()).await.is_ok() {}
    })
    .await
    .unwrap();
    assert!(format!("{caller:?}").contains("ended: true"));
}

#[tokio::test]
async fn shutdown_gives_the_machine_back() {
    let driver = driver_with_room_for(1);
    driver
        .call(|probe, _| (0..3).for_each(|n| probe.say(n)))
        .await
        .unwrap();
    let probe = driver.shutdown().await.unwrap();
    assert_eq!(probe.events(), 2);
}

#[tokio::test]
async fn a_panic_in_a_verb_ends_the_task_and_is_told() {
    let mut driver = driver();
    driver.call(|probe, _| probe.say(7)).await.unwrap();
    let panicked = driver.call(|_, _| panic!("on purpose")).await;
    assert_eq!(panicked, Err::<(), _>(Ended));
    assert_eq!(said(&mut driver).await, 7);
    assert!(driver.next_event().await.is_none());
    assert_eq!(driver.call(|_, _| ()).await, Err(Ended));
    assert_eq!(driver.shutdown().await.map(|_| ()), Err(Ended));
}
