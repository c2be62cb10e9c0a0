//! The futures over the runner, without any library: requests and sleeps are ended by hand, and so is time.

mod script;
#[path = "script/clock.rs"]
mod turned;

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use machine_contract::{Remote, StreamId, Transmit};
use machine_driver::{
    ByteStream, Driver, Ended, LONGEST_WAIT, Network, Outcome, StreamNetwork, Task, start,
};
use script::{Script, at};
use turned::Turned;

/// Something that is ended by hand. Dropped futures say so.
struct Hung<T>(Arc<Mutex<End<T>>>);

struct End<T> {
    value: Option<T>,
    waker: Option<Waker>,
    dropped: bool,
}

struct Wait<T>(Arc<Mutex<End<T>>>);

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no test panics while it holds it")
}

fn hung<T>() -> (Hung<T>, Wait<T>) {
    let end = Arc::new(Mutex::new(End {
        value: None,
        waker: None,
        dropped: false,
    }));
    (Hung(Arc::clone(&end)), Wait(end))
}

impl<T> Hung<T> {
    fn end(&self, value: T) {
        let mut end = locked(&self.0);
        end.value = Some(value);
        let waker = end.waker.take();
        drop(end);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn is_dropped(&self) -> bool {
        locked(&self.0).dropped
    }
}

impl<T> Future for Wait<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let mut end = locked(&self.0);
        if let Some(value) = end.value.take() {
            return Poll::Ready(value);
        }
        end.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl<T> Drop for Wait<T> {
    fn drop(&mut self) {
        locked(&self.0).dropped = true;
    }
}

/// What the driver has asked the network for.
#[derive(Default)]
struct Asked {
    exchanges: Vec<Hung<Outcome>>,
    sleeps: Vec<(Duration, Hung<()>)>,
    connects: Vec<Hung<io::Result<Pipe>>>,
}

#[derive(Clone, Default)]
struct ByHand(Arc<Mutex<Asked>>);

impl Network for ByHand {
    type Exchange = Wait<Outcome>;
    type Sleep = Wait<()>;
    type Streams = Self;

    fn exchange(&self, _: Transmit) -> Wait<Outcome> {
        let (hand, wait) = hung();
        locked(&self.0).exchanges.push(hand);
        wait
    }

    fn sleep(&self, time: Duration) -> Wait<()> {
        let (hand, wait) = hung();
        locked(&self.0).sleeps.push((time, hand));
        wait
    }

    fn streams(&self) -> Option<&Self> {
        Some(self)
    }
}

impl StreamNetwork for ByHand {
    type Stream = Pipe;
    type Connecting = Wait<io::Result<Pipe>>;

    fn connect(&self, _: Remote) -> Self::Connecting {
        let (hand, wait) = hung();
        locked(&self.0).connects.push(hand);
        wait
    }
}

/// A stream whose other side is the test.
#[derive(Clone, Default)]
struct Pipe(Arc<Mutex<Ends>>);

#[derive(Default)]
struct Ends {
    to_read: VecDeque<Bytes>,
    reader: Option<Waker>,
    written: Vec<u8>,
    finished: bool,
}

impl Pipe {
    /// The peer says this; nothing is its end.
    fn say(&self, what: &'static str) {
        let mut ends = locked(&self.0);
        ends.to_read.push_back(Bytes::from(what));
        let reader = ends.reader.take();
        drop(ends);
        if let Some(waker) = reader {
            waker.wake();
        }
    }

    fn written(&self) -> String {
        String::from_utf8_lossy(&locked(&self.0).written).into_owned()
    }
}

impl ByteStream for Pipe {
    fn poll_read(&mut self, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut ends = locked(&self.0);
        let Some(bytes) = ends.to_read.pop_front() else {
            ends.reader = Some(cx.waker().clone());
            return Poll::Pending;
        };
        into[..bytes.len()].copy_from_slice(&bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_write(&mut self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        locked(&self.0).written.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_finish(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        locked(&self.0).finished = true;
        Poll::Ready(Ok(()))
    }
}

/// Counts how often it was woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A driver, its network and its clock, in one thread.
struct Bench {
    driver: Driver<Script, ByHand>,
    task: Option<Task<Script, ByHand>>,
    network: ByHand,
    clock: Turned,
    task_woken: Arc<Woken>,
    waiter_woken: Arc<Woken>,
}

impl Bench {
    fn new() -> Self {
        let (network, clock) = (ByHand::default(), Turned::default());
        let (driver, task) = start(Script::default(), network.clone(), Arc::new(clock.clone()));
        Self {
            driver,
            task: Some(task),
            network,
            clock,
            task_woken: Arc::default(),
            waiter_woken: Arc::default(),
        }
    }

    fn verb<R>(&self, verb: impl FnOnce(&mut Script) -> R) -> R {
        let called = self.driver.call(|machine, _| verb(machine));
        called.expect("it works")
    }

    /// The executor gives the task its turn. True: it has ended.
    fn run_task(&mut self) -> bool {
        let waker = Waker::from(Arc::clone(&self.task_woken));
        let task = self.task.as_mut().expect("it was not dropped");
        Pin::new(task)
            .poll(&mut Context::from_waker(&waker))
            .is_ready()
    }

    /// The application waits for one event.
    fn wait(&mut self) -> Poll<Option<String>> {
        let waker = Waker::from(Arc::clone(&self.waiter_woken));
        self.driver
            .poll_next_event(&mut Context::from_waker(&waker))
    }

    #[track_caller]
    fn hears(&mut self, expected: &str) {
        let mut heard = Vec::new();
        while let Poll::Ready(Some(event)) = self.wait() {
            heard.push(event);
        }
        assert_eq!(heard.join(", "), expected);
    }

    /// Whether the application was woken since this was asked last.
    fn waiter_was_woken(&self) -> bool {
        self.waiter_woken.0.swap(0, Ordering::SeqCst) > 0
    }

    fn task_was_woken(&self) -> bool {
        self.task_woken.0.swap(0, Ordering::SeqCst) > 0
    }

    fn answer(&self, at: usize) {
        locked(&self.network.0).exchanges[at].end(Ok(Response::new(Bytes::new())));
    }

    fn exchanges(&self) -> usize {
        locked(&self.network.0).exchanges.len()
    }

    /// The sleeps that were asked for, in milliseconds.
    fn sleeps(&self) -> Vec<u128> {
        let asked = locked(&self.network.0);
        let exact = asked
            .sleeps
            .iter()
            .all(|(time, _)| time.subsec_nanos() % 1_000_000 == 0);
        assert!(exact, "whole milliseconds");
        asked
            .sleeps
            .iter()
            .map(|(time, _)| time.as_millis())
            .collect()
    }

    /// The timer rings that was set last.
    fn ring(&self) {
        let asked = locked(&self.network.0);
        asked.sleeps.last().expect("one was set").1.end(());
    }
}

// Sleep and time.

#[test]
fn a_host_that_was_asleep_unknown_to_its_clock_tells_the_machine() {
    let mut it = Bench::new();
    it.hears("");
    it.clock.sleep(76);
    it.verb(|_| ());
    it.run_task();
    it.hears("suspended");
    it.hears("");
}

#[test]
fn time_that_the_clock_counts_and_a_short_sleep_are_no_suspension() {
    let mut it = Bench::new();
    it.hears("");
    it.clock.turn(3600);
    it.hears("");
    it.clock.sleep(75);
    it.hears("");
}

#[test]
fn what_the_machine_wants_after_sleep_is_done_at_once() {
    let mut it = Bench::new();
    it.verb(|machine| {
        machine.reaction = Some(|machine, _, now| {
            machine.ask(now + LONGEST_WAIT);
        });
    });
    it.run_task();
    it.clock.sleep(1000);
    it.run_task();
    assert_eq!(it.exchanges(), 1);
}

#[test]
fn no_sleep_is_longer_than_the_longest_wait() {
    let mut it = Bench::new();
    it.verb(|machine| machine.alarm = Some(at(25)));
    it.hears("");
    assert_eq!(it.sleeps(), [10_000]);
    for (turned, sleeps) in [(10, &[10_000, 10_000][..]), (10, &[10_000, 10_000, 5000])] {
        it.clock.turn(turned);
        it.ring();
        it.hears("");
        assert_eq!(it.sleeps(), sleeps);
    }
    it.clock.turn(5);
    it.ring();
    it.hears("rang");
    assert_eq!(it.sleeps().len(), 3);
}

#[test]
fn sleeps_are_whole_milliseconds_rounded_up() {
    let mut it = Bench::new();
    it.clock.turn_micros(1_500);
    it.verb(|machine| machine.alarm = Some(at(2)));
    it.hears("");
    assert_eq!(it.sleeps(), [1999]);
}

#[test]
fn a_timer_that_rings_early_is_set_again() {
    let mut it = Bench::new();
    it.verb(|machine| machine.alarm = Some(at(5)));
    it.hears("");
    it.clock.turn(4);
    it.ring();
    it.hears("");
    assert_eq!(it.sleeps(), [5000, 1000]);
}

#[test]
fn a_clock_that_is_turned_is_noticed_at_the_next_wake() {
    let mut it = Bench::new();
    it.verb(|machine| machine.alarm = Some(at(3600)));
    it.run_task();
    it.clock.turn(3600);
    assert!(!it.waiter_was_woken());
    // The timer knows nothing of it and rings after its ten seconds.
    it.ring();
    assert!(it.task_was_woken());
    it.run_task();
    assert_eq!(it.verb(|machine| machine.heard.len()), 1);
    it.hears("rang");
}

#[test]
fn the_timer_is_set_anew_for_an_earlier_moment_only() {
    let mut it = Bench::new();
    let mut alarm = |seconds| {
        it.verb(|machine| machine.alarm = Some(at(seconds)));
        it.hears("");
        it.sleeps()
    };
    assert_eq!(alarm(5), [5000]);
    assert_eq!(alarm(7), [5000]);
    assert_eq!(alarm(3600), [5000]);
    assert_eq!(alarm(6), [5000]);
    assert_eq!(alarm(2), [5000, 2000]);
}

#[test]
fn a_machine_that_waits_for_nothing_sets_no_timer() {
    let mut it = Bench::new();
    it.hears("");
    assert!(it.sleeps().is_empty());
    it.verb(|machine| machine.alarm = Some(at(5)));
    it.hears("");
    it.verb(|machine| machine.alarm = None);
    it.hears("");
    assert!(locked(&it.network.0).sleeps[0].1.is_dropped());
}

// Requests.

#[test]
fn a_request_that_is_cancelled_or_given_up_is_dropped() {
    let mut it = Bench::new();
    it.verb(|machine| (machine.ask(at(40)), machine.ask(at(50))));
    it.hears("");
    it.verb(|machine| machine.cancel(1));
    it.hears("");
    let dropped = |it: &Bench, at: usize| locked(&it.network.0).exchanges[at].is_dropped();
    assert!(dropped(&it, 1) && !dropped(&it, 0));
    it.clock.turn(40);
    it.hears("failed 0 Unknown");
    assert!(dropped(&it, 0));
}

#[test]
fn an_answer_wakes_the_task_and_the_task_whoever_waits() {
    let mut it = Bench::new();
    it.verb(|machine| machine.ask(at(40)));
    it.run_task();
    assert!(it.wait().is_pending());
    it.waiter_was_woken();
    it.task_was_woken();
    it.answer(0);
    assert!(it.task_was_woken());
    assert!(!it.waiter_was_woken(), "there is nothing to hear yet");
    it.run_task();
    assert!(it.waiter_was_woken());
    it.hears("answered 0 200");
}

#[test]
fn an_answer_wakes_whoever_waits_if_there_is_no_task() {
    // One that never had its turn, and one that was left out after it.
    for turns in 0..2 {
        let mut it = Bench::new();
        it.verb(|machine| machine.ask(at(40)));
        for _ in 0..turns {
            it.run_task();
        }
        if let Some(task) = it.task.take_if(|_| turns > 0) {
            task.leave_out();
        }
        assert!(it.wait().is_pending());
        it.waiter_was_woken();
        it.answer(0);
        assert!(it.waiter_was_woken());
        it.hears("answered 0 200");
    }
}

#[test]
fn what_a_task_was_woken_for_falls_to_whoever_waits_when_it_is_left_out() {
    let mut it = Bench::new();
    it.verb(|machine| machine.ask(at(40)));
    it.run_task();
    assert!(it.wait().is_pending());
    it.waiter_was_woken();
    it.answer(0);
    assert!(!it.waiter_was_woken());
    it.task.take().expect("it is there").leave_out();
    assert!(it.waiter_was_woken());
    it.hears("answered 0 200");
}

/// A task can be polled because of something else, just when an alarm has come due: its timer is then
/// never heard.
#[test]
fn whoever_waits_is_woken_by_what_the_task_lets_pass() {
    let mut it = Bench::new();
    it.verb(|machine| machine.alarm = Some(at(5)));
    assert!(it.wait().is_pending());
    it.waiter_was_woken();
    it.clock.turn(5);
    it.run_task();
    assert!(it.waiter_was_woken());
    it.hears("rang");
}

#[test]
fn whoever_waits_is_woken_by_sleep_that_the_task_notices() {
    let mut it = Bench::new();
    assert!(it.wait().is_pending());
    it.waiter_was_woken();
    it.clock.sleep(1000);
    it.run_task();
    assert!(it.waiter_was_woken());
}

/// Whoever takes an event may not come back for long.
#[test]
fn what_follows_from_an_event_that_was_taken_is_done_before_it_is_handed_over() {
    let mut it = Bench::new();
    it.verb(|machine| {
        machine.on_taken = Some(|machine, _, _| {
            machine.ask(at(40));
        });
    });
    // One that was there, and one that came by being waited for.
    it.verb(|machine| machine.say("hello"));
    assert_eq!(it.wait(), Poll::Ready(Some("hello".into())));
    assert_eq!(it.exchanges(), 1);
    it.answer(0);
    assert_eq!(it.wait(), Poll::Ready(Some("answered 0 200".into())));
    assert_eq!(it.exchanges(), 2);
}

// Streams.

fn accept(it: &Bench, pipe: &Pipe) -> Result<bool, Ended> {
    let (peer, local) = (([192, 0, 2, 7], 5000).into(), ([127, 0, 0, 1], 1863).into());
    it.driver.accept(pipe.clone(), peer, local)
}

#[test]
fn a_stream_that_a_peer_made_is_read_and_written_if_the_machine_takes_it() {
    let mut it = Bench::new();
    let pipe = Pipe::default();
    it.verb(|machine| machine.accepts = true);
    assert_eq!(accept(&it, &pipe), Ok(true));
    it.verb(|machine| (machine.send(0, "VER"), machine.finish(0)));
    pipe.say("hello");
    it.run_task();
    pipe.say("");
    it.hears(
        "accepted 0 192.0.2.7:5000 127.0.0.1:1863, received 0 hello, finished 0, closed 0 in order 0",
    );
    assert_eq!(pipe.written(), "VER");
    assert!(locked(&pipe.0).finished);
    assert_eq!(Arc::strong_count(&pipe.0), 1, "it was dropped");
}

#[test]
fn a_stream_that_the_machine_does_not_take_is_dropped() {
    let mut it = Bench::new();
    let pipe = Pipe::default();
    assert_eq!(accept(&it, &pipe), Ok(false));
    assert_eq!(Arc::strong_count(&pipe.0), 1);
    it.hears("");
}

#[test]
fn of_a_thousand_streams_only_those_are_asked_that_have_moved() {
    let mut it = Bench::new();
    it.verb(|machine| (machine.accepts, machine.names) = (true, true));
    let pipes: Vec<Pipe> = (0..1000).map(|_| Pipe::default()).collect();
    for pipe in &pipes {
        assert_eq!(accept(&it, pipe), Ok(true));
    }
    it.run_task();
    it.verb(|machine| (machine.heard.clear(), machine.asked_to_send.clear()));
    pipes[7].say("hello");
    it.run_task();
    it.hears("received 7 hello");
    it.verb(|machine| {
        machine.send(9, "VER");
        machine.moved.push_back(StreamId::new(9));
    });
    assert_eq!(pipes[9].written(), "VER");
    // One that listens again hears what came meanwhile.
    it.verb(|machine| machine.deaf.insert(StreamId::new(11)));
    pipes[11].say("late");
    it.run_task();
    it.hears("");
    it.verb(|machine| {
        machine.deaf.clear();
        machine.moved.push_back(StreamId::new(11));
    });
    it.hears("received 11 late");
    it.verb(|machine| {
        machine.finish(13);
        machine.moved.push_back(StreamId::new(13));
    });
    assert!(locked(&pipes[13].0).finished);
    let asked = it.verb(|machine| std::mem::take(&mut machine.asked_to_send));
    assert!(asked.len() < 40, "{asked:?}");
    assert!(asked.iter().all(|id| [7, 9, 11, 13].contains(id)));
}

#[test]
fn a_stream_that_is_not_there_in_time_is_dropped() {
    let mut it = Bench::new();
    it.verb(|machine| machine.connect(at(10)));
    it.hears("");
    it.clock.turn(10);
    it.hears("closed 0 NotSent 0");
    assert!(locked(&it.network.0).connects[0].is_dropped());
}

#[test]
fn a_stream_is_made_and_fails() {
    let mut it = Bench::new();
    let pipe = Pipe::default();
    it.verb(|machine| (machine.connect(at(10)), machine.connect(at(10))));
    it.hears("");
    {
        let asked = locked(&it.network.0);
        asked.connects[0].end(Ok(pipe.clone()));
        asked.connects[1].end(Err(io::ErrorKind::ConnectionRefused.into()));
    }
    it.verb(|machine| machine.send(0, "a"));
    it.hears("connected 0, closed 1 NotSent 0");
    assert_eq!(pipe.written(), "a");
}

// The end.

#[test]
fn a_task_can_be_left_out_and_one_that_is_dropped_is_the_end() {
    let mut it = Bench::new();
    it.task.take().expect("it is there").leave_out();
    it.verb(|machine| machine.say("still here"));
    it.hears("still here");

    // One that its executor never got to as well.
    let mut it = Bench::new();
    assert!(it.wait().is_pending());
    it.waiter_was_woken();
    it.task = None;
    assert!(it.waiter_was_woken());
    assert_eq!(it.wait(), Poll::Ready(None));
    assert_eq!(it.driver.call(|_, _| ()), Err(Ended));
}

#[test]
fn a_panic_in_a_verb_wakes_everybody_and_ends_everything() {
    let mut it = Bench::new();
    it.verb(|machine| machine.ask(at(40)));
    it.run_task();
    assert!(it.wait().is_pending());
    it.waiter_was_woken();
    it.task_was_woken();
    let caller = it.driver.caller();
    let call = AssertUnwindSafe(|| caller.call(|_, _| panic!("on purpose")));
    assert!(catch_unwind(call).is_err());
    assert!(it.waiter_was_woken() && it.task_was_woken());
    assert_eq!(it.wait(), Poll::Ready(None));
    assert!(it.run_task());
    assert_eq!(accept(&it, &Pipe::default()), Err(Ended));
    let Bench {
        driver, network, ..
    } = it;
    drop(driver);
    assert!(locked(&network.0).exchanges[0].is_dropped());
}
