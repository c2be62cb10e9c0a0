//! The threads over the runner, without any library: exchanges end when the test says so.

mod script;
#[path = "script/clock.rs"]
mod turned;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use machine_contract::{Failure, Instant, Transmit};
use machine_driver::threads::{Driver, Network};
use machine_driver::{Ended, Outcome, SharedClock, SystemClock};
use script::{Script, at};
use turned::Turned;

/// Tells of each exchange, with its patience and with what it is ended.
struct ByHand(Mutex<Sender<(Duration, Sender<Outcome>)>>);

impl Network for ByHand {
    fn exchange(&self, _: Transmit, patience: Duration) -> Outcome {
        let (end, ended) = mpsc::channel();
        let begun = self.0.lock().expect("nothing panics");
        begun.send((patience, end)).expect("the test is listening");
        drop(begun);
        ended.recv().unwrap_or(Err(Failure::Unknown))
    }
}

type Begun = Receiver<(Duration, Sender<Outcome>)>;

fn started(clock: SharedClock) -> (Driver<Script, ByHand>, Begun) {
    let (tell, begun) = mpsc::channel();
    let network = ByHand(Mutex::new(tell));
    (Driver::new(Script::default(), network, clock), begun)
}

fn turned() -> (Driver<Script, ByHand>, Begun, Turned) {
    let clock = Turned::default();
    let (driver, begun) = started(Arc::new(clock.clone()));
    (driver, begun, clock)
}

/// What is there without waiting.
fn heard(driver: &mut Driver<Script, ByHand>) -> Option<String> {
    driver.next_event(Instant::ORIGIN).expect("it works")
}

fn verb<R>(driver: &Driver<Script, ByHand>, verb: impl FnOnce(&mut Script) -> R) -> R {
    driver.call(|machine, _| verb(machine)).expect("it works")
}

fn page() -> Response<Bytes> {
    Response::new(Bytes::new())
}

#[test]
fn requests_are_made_beside_each_other_and_their_answers_told() {
    let (mut driver, begun, _) = turned();
    verb(&driver, |machine| {
        (machine.ask(at(40)), machine.ask(at(40)))
    });
    assert_eq!(heard(&mut driver), None);
    let both = [0, 1].map(|_| begun.recv().expect("it has begun"));
    for (patience, end) in both {
        assert_eq!(patience, Duration::from_secs(40));
        end.send(Ok(page())).expect("it waits");
    }
    let mut events = [0, 1].map(|_| driver.next_event(at(1)).expect("it works"));
    events.sort();
    let expected = ["answered 0 200", "answered 1 200"];
    assert_eq!(events, expected.map(|event| Some(event.to_owned())));
}

#[test]
fn what_a_cancelled_request_brings_is_thrown_away() {
    let (mut driver, begun, _) = turned();
    verb(&driver, |machine| machine.ask(at(40)));
    assert_eq!(heard(&mut driver), None);
    let (_, end) = begun.recv().expect("it has begun");
    verb(&driver, |machine| machine.cancel(0));
    assert_eq!(heard(&mut driver), None);
    end.send(Ok(page())).expect("it waits");
    // An exchange that ends after it proves that nothing was told.
    verb(&driver, |machine| machine.ask(at(40)));
    assert_eq!(heard(&mut driver), None);
    let (_, end) = begun.recv().expect("it has begun");
    end.send(Ok(page())).expect("it waits");
    let event = driver.next_event(at(1)).expect("it works");
    assert_eq!(event.as_deref(), Some("answered 1 200"));
}

#[test]
fn a_deadline_passes_while_the_library_goes_on() {
    let (mut driver, begun, clock) = turned();
    verb(&driver, |machine| machine.ask(at(40)));
    assert_eq!(heard(&mut driver), None);
    let waiting = begun.recv().expect("it has begun");
    clock.turn(40);
    assert_eq!(heard(&mut driver).as_deref(), Some("failed 0 Unknown"));
    drop(waiting);
}

#[test]
fn a_stream_is_refused_at_once() {
    let (mut driver, _begun, _) = turned();
    verb(&driver, |machine| machine.connect(at(40)));
    assert_eq!(heard(&mut driver).as_deref(), Some("unsupported 0"));
}

#[test]
fn what_follows_from_an_event_that_was_taken_is_begun_before_it_is_handed_over() {
    let (mut driver, begun, _) = turned();
    verb(&driver, |machine| {
        machine.say("hello");
        machine.on_taken = Some(|machine, _, _| {
            machine.ask(at(40));
        });
    });
    assert_eq!(heard(&mut driver).as_deref(), Some("hello"));
    begun.recv().expect("it has begun");
}

#[test]
fn a_verb_from_another_thread_wakes_whoever_waits() {
    let (mut driver, _begun) = started(Arc::new(SystemClock));
    let caller = driver.caller();
    let saying = thread::spawn(move || caller.call(|machine, _| machine.say("hello")));
    let event = driver.next_event(Instant::END).expect("it works");
    assert_eq!(event.as_deref(), Some("hello"));
    assert_eq!(saying.join().expect("no panic"), Ok(()));
}

#[test]
fn a_caller_alone_keeps_nothing_working() {
    let (driver, _begun, _) = turned();
    let caller = driver.caller();
    drop(driver);
    assert_eq!(caller.call(|_, _| ()), Err(Ended));
}

#[test]
fn a_host_that_was_asleep_unknown_to_its_clock_tells_the_machine() {
    let (mut driver, _begun, clock) = turned();
    assert_eq!(heard(&mut driver), None);
    clock.sleep(76);
    assert_eq!(heard(&mut driver).as_deref(), Some("suspended"));
    assert_eq!(heard(&mut driver), None);
}

/// It would find out by itself only after the longest wait. A machine that is busy for as long gets
/// another try.
#[test]
fn a_panic_in_a_verb_wakes_whoever_waits() {
    let woken = |_| panic_while_somebody_waits(Duration::from_secs(9));
    assert!((0..5).any(woken));
}

fn panic_while_somebody_waits(patience: Duration) -> bool {
    let (mut driver, _begun) = started(Arc::new(SystemClock));
    let caller = driver.caller();
    let (tell, ended) = mpsc::channel();
    let waiting = thread::spawn(move || {
        let until = driver.next_event(Instant::END);
        tell.send(until).expect("the test is listening");
    });
    // Lets it come to its wait; if it does not, it finds the panic before it waits.
    thread::sleep(Duration::from_millis(50));
    let call = AssertUnwindSafe(|| caller.call(|_, _| panic!("on purpose")));
    assert!(catch_unwind(call).is_err());
    let told = ended.recv_timeout(patience);
    assert_eq!(caller.call(|_, _| ()), Err(Ended));
    waiting.join().expect("no panic");
    told == Ok(Err(Ended))
}
