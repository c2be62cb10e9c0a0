//! The blocking driver over real loopback HTTP, with a machine that does what it is told.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

use blocking_driver::Driver;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use machine_contract::{Failure, RequestId};
use machine_driver::{Clock, SystemClock};

#[path = "../../../transport-reqwest/tests/driver/probe.rs"]
mod probe;
#[path = "../../../transport-reqwest/tests/faults/server.rs"]
#[allow(dead_code, reason = "each driver's tests use some of it")]
mod server;

use probe::{Probe, SOON, Told, post};
use server::{Fault, Reply, Server, nobody_at};

fn driver() -> Driver<Probe> {
    blocking_driver::driver(Probe::default())
}

fn start(driver: &mut Driver<Probe>, request: Request<Bytes>, patience: Duration) -> RequestId {
    driver
        .call(|probe, now| probe.ask(request, patience, now))
        .unwrap()
}

fn told(driver: &mut Driver<Probe>) -> Told {
    driver
        .next_event(SystemClock.now() + SOON)
        .unwrap()
        .expect("no event came")
}

fn ask(request: Request<Bytes>, patience: Duration) -> Result<Response<Bytes>, Failure> {
    let mut driver = driver();
    let asked = start(&mut driver, request, patience);
    match told(&mut driver) {
        Told::Answered(id, response) if id == asked => Ok(response),
        Told::Failed(id, failure) if id == asked => Err(failure),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn check(fault: fn() -> Fault, patience: Duration, expected: Result<&str, Failure>) {
    let server = Server::alone(move |_| fault());
    let outcome = ask(post(&server.url("/"), "hello"), patience);
    assert_eq!(server.requests().len(), 1, "it was sent once");
    let body = outcome.as_ref().map(|response| &response.body()[..]);
    assert_eq!(body, expected.as_ref().map(|text| text.as_bytes()));
}

#[test]
fn a_whole_response_arrives() {
    check(
        || Fault::answer(Reply::new(500, "sorry")),
        SOON,
        Ok("sorry"),
    );
}

#[test]
fn a_post_has_its_length_even_if_that_is_zero() {
    for (body, length) in [("OUT\r\n", "5"), ("", "0")] {
        let server = Server::alone(|_| Fault::none());
        ask(
            post(&server.url("/gateway/gateway.dll?Action=poll"), body),
            SOON,
        )
        .unwrap();
        let seen = &server.requests()[0];
        assert_eq!(seen.target, "/gateway/gateway.dll?Action=poll");
        assert_eq!(seen.header("Content-Length"), Some(length));
        assert_eq!(seen.body, body.as_bytes());
    }
}

#[test]
fn what_was_cut_off_is_unknown() {
    check(Fault::close, SOON, Err(Failure::Unknown));
    check(
        || Fault::answer(Reply::new(200, "abc").cut_after(12)),
        SOON,
        Err(Failure::Unknown),
    );
    let all_but_one = || {
        let head = "HTTP/1.1 200 Scripted\r\nContent-Length: 3\r\n\r\n".len();
        Fault::answer(Reply::new(200, "abc").cut_after(head + 2))
    };
    check(all_but_one, SOON, Err(Failure::Unknown));
}

#[test]
fn what_nobody_answers_ends_at_its_deadline() {
    for patience in [100, 2_000, 40_000].map(Duration::from_millis) {
        let server = Server::alone(|_| Fault::hang());
        let started = Instant::now();
        let outcome = ask(post(&server.url("/"), "hello"), patience);
        if server.requests().is_empty() {
            // This machine does not send it in so little time.
            continue;
        }
        assert_eq!(outcome.unwrap_err(), Failure::Unknown);
        assert_eq!(server.requests().len(), 1, "it was sent once");
        assert!(started.elapsed() >= patience);
        assert!(started.elapsed() < patience + Duration::from_secs(30));
        return;
    }
    panic!("it was never sent");
}

#[test]
fn what_had_no_connection_to_leave_by_is_not_sent() {
    let (_taken, address) = nobody_at(0);
    let refused = format!("http://{address}/");
    for url in [
        &refused,
        "http://no-such-host.invalid/",
        "https://localhost/",
    ] {
        assert_eq!(
            ask(post(url, "x"), SOON).unwrap_err(),
            Failure::NotSent,
            "{url}"
        );
    }
}

#[test]
fn no_redirect_is_followed() {
    let server = Server::alone(|_| Fault::answer(Reply::new(302, "").with("Location", "/to")));
    let response = ask(post(&server.url("/from"), "x"), SOON).unwrap();
    assert_eq!(response.status(), StatusCode::FOUND);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn two_requests_are_in_flight_together_and_a_cancelled_one_is_forgotten() {
    let (release, held) = mpsc::channel();
    let (let_go, released) = mpsc::channel();
    let held = Mutex::new(held);
    let server = Server::alone(move |request| {
        if request.target != "/held" {
            return Fault::none();
        }
        held.lock().unwrap().recv_timeout(SOON).unwrap();
        let let_go = let_go.clone();
        Fault::edit(move |_| let_go.send(()).unwrap())
    });
    let mut driver = driver();
    let held = start(&mut driver, post(&server.url("/held"), ""), SOON);
    let quick = start(&mut driver, post(&server.url("/"), ""), SOON);
    assert!(matches!(told(&mut driver), Told::Answered(id, _) if id == quick));
    driver.call(|probe, _| probe.cancel(held)).unwrap();
    release.send(()).unwrap();
    // What is written now has time to come.
    released.recv_timeout(SOON).unwrap();
    let quiet = driver.next_event(SystemClock.now() + Duration::from_millis(300));
    assert!(matches!(quiet, Ok(None)), "{quiet:?}");
}

#[test]
fn calls_and_alarms_wake_the_loop() {
    let mut driver = driver();
    let caller = driver.caller();
    std::thread::spawn(move || caller.call(|probe, _| probe.say(1)));
    assert!(matches!(told(&mut driver), Told::Said(1)));
    let alarm = SystemClock.now() + Duration::from_millis(50);
    driver.call(|probe, _| probe.wake_at(alarm)).unwrap();
    assert!(matches!(told(&mut driver), Told::Woken { late } if late < Duration::from_secs(30)));
    assert!(SystemClock.now() >= alarm);
}
