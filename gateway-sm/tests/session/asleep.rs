//! A host that sleeps: with a clock that stood still meanwhile, and with one that counted.

use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{Limits, Mode};
use machine_contract::{Failure, Machine};

use crate::rig::{Rig, config};

const POLL: &str = "SessionID=1.0&Action=poll&Lifespan=60";
const HOUR: u64 = 3_600_000;

/// The host has slept, and its clock did not count it.
fn suspend(rig: &mut Rig) {
    rig.suspend();
}

#[test]
fn after_sleep_a_poll_in_flight_is_made_anew_at_once() {
    for mode in [Mode::Parallel, Mode::Learn] {
        let mut rig = Rig::live(config(mode));
        rig.wait(500);
        let dead = rig.expect(POLL, "");
        rig.wait(1_000);
        suspend(&mut rig);
        assert_eq!(rig.cancel(), Some(dead));
        let poll = rig.expect(POLL, "");
        rig.events("gap");
        rig.answer(dead, "SessionID=9.9; Session=close", "STALE");
        rig.events("");
        rig.answer(poll, "SessionID=1.0", "A");
        rig.events("received A");
    }
}

#[test]
fn however_often_it_sleeps_that_is_no_failure_of_the_gateway() {
    let limits = Limits {
        failures: 0,
        ..Limits::default()
    };
    let mut rig = Rig::live(config(Mode::Parallel).limits(limits).unwrap());
    for _ in 0..10 {
        let dead = rig.expect(POLL, "");
        suspend(&mut rig);
        assert_eq!(rig.cancel(), Some(dead));
        rig.events("gap");
    }
    let poll = rig.expect(POLL, "");
    rig.answer(poll, "SessionID=1.0", "A");
    rig.events("received A");
}

#[test]
fn after_sleep_a_post_in_flight_keeps_its_deadline_and_is_never_made_again() {
    for mode in [Mode::Serial, Mode::Parallel] {
        let mut rig = Rig::live(config(mode).lifespan(Duration::ZERO).unwrap());
        rig.send("A");
        let post = rig.transmit().unwrap();
        rig.wait(100);
        suspend(&mut rig);
        assert_eq!(rig.cancel(), None);
        rig.send("B");
        // A reply that comes all the same counts.
        rig.answer(post.id, "SessionID=1.0", "");
        rig.events("sent 1");
        let post = rig.transmit().unwrap();
        suspend(&mut rig);
        rig.skip_to(post.deadline);
        rig.fail(post.id, Failure::Unknown);
        rig.events("unknown 2, gap");
        for _ in 0..100 {
            rig.wait(1_000);
            if let Some(transmit) = rig.transmit() {
                assert!(transmit.request.body().is_empty(), "sent twice");
                rig.answer(transmit.id, "SessionID=1.0", "");
            }
        }
    }
}

#[test]
fn after_sleep_nothing_moves_that_is_not_in_flight() {
    let mut rig = Rig::new(config(Mode::Serial));
    suspend(&mut rig);
    rig.quiet();
    let mut rig = Rig::live(config(Mode::Serial));
    rig.wait(100);
    let before = rig.session().poll_timeout();
    suspend(&mut rig);
    assert_eq!(rig.session().poll_timeout(), before, "a pause");
    rig.wait(400);
    let poll = rig.transmit().unwrap().id;
    rig.fail(poll, Failure::NotSent);
    let before = rig.session().poll_timeout();
    suspend(&mut rig);
    assert_eq!(
        rig.session().poll_timeout(),
        before,
        "a pause after a failure"
    );
    rig.quiet();
    rig.session().close();
    suspend(&mut rig);
    rig.closed("closed Local");
}

#[test]
fn last_words_do_not_wait_for_a_poll_that_died_asleep() {
    let mut rig = Rig::live(config(Mode::Serial));
    rig.wait(500);
    let dead = rig.transmit().unwrap().id;
    let out = Bytes::from_static(b"OUT\r\n");
    rig.session().close_with(out).unwrap();
    rig.quiet();
    suspend(&mut rig);
    assert_eq!(rig.cancel(), Some(dead));
    let post = rig.expect("SessionID=1.0", "OUT\r\n");
    rig.answer(post, "SessionID=1.0", "");
    rig.closed("gap, sent 1, closed Local");
}

#[test]
fn a_poll_in_flight_does_not_survive_an_hour_on_a_clock_that_counts_it() {
    let mut rig = Rig::live(config(Mode::Parallel));
    let poll = rig.transmit().unwrap();
    assert_eq!(poll.deadline, rig.now() + Duration::from_secs(75));
    rig.skip(Duration::from_millis(HOUR));
    // The driver finds the deadline passed.
    rig.fail(poll.id, Failure::Unknown);
    rig.tell_time();
    rig.events("gap");
    let poll = rig.expect(POLL, "");
    // The gateway has kept the session: all goes on.
    rig.answer(poll, "SessionID=1.0", "A");
    rig.events("received A");
    let poll = rig.transmit().unwrap();
    rig.send("B");
    let post = rig.transmit().unwrap();
    rig.skip(Duration::from_millis(HOUR));
    rig.fail(post.id, Failure::Unknown);
    rig.fail(poll.id, Failure::Unknown);
    rig.events("unknown 1, gap, gap");
    // It has forgotten the session: that is the end, said once.
    let poll = rig.expect(POLL, "");
    rig.refuse(poll, 400);
    rig.closed("closed SessionLost");
}

#[test]
fn a_pause_that_ended_asleep_is_over_when_the_clock_counts_it() {
    let mut rig = Rig::live(config(Mode::Serial));
    rig.skip(Duration::from_millis(HOUR));
    assert!(
        rig.session()
            .poll_timeout()
            .is_some_and(|at| at <= rig.now())
    );
    rig.tell_time();
    let poll = rig.expect("SessionID=1.0&Action=poll", "");
    rig.answer(poll, "SessionID=1.0", "");
    assert!(
        rig.session()
            .poll_timeout()
            .is_some_and(|at| at > rig.now()),
        "one poll for the hour, not one for each pause in it"
    );
    rig.quiet();
}
