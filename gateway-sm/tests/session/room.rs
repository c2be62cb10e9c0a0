//! What an application leaves untaken stops the session, in bytes, and nothing is lost by it.

use bytes::Bytes;
use gateway_sm::{Event, Limits, Mode, SendError};
use http::Response;
use machine_contract::{Instant, Machine, RequestId};

use crate::rig::{Rig, config};

const MIB: usize = 1 << 20;

/// One mebibyte that says which it is.
fn body(number: u8) -> Bytes {
    vec![number; MIB].into()
}

fn answer(rig: &mut Rig, id: RequestId, body: Bytes) {
    let response = Response::builder().header("X-MSN-Messenger", "SessionID=1.0");
    let response = response.body(body).unwrap();
    rig.respond(id, response);
}

/// Polls as often as the session wants to, each answered with the next mebibyte.
fn poll(rig: &mut Rig, given: &mut u8) -> usize {
    let mut polls = 0;
    for _ in 0..100 {
        rig.wait(10_000);
        let Some(transmit) = rig.transmit() else {
            continue;
        };
        assert!(rig.query().contains("Action=poll"), "{}", rig.query());
        answer(rig, transmit.id, body(*given));
        *given += 1;
        polls += 1;
    }
    polls
}

/// Takes up to so many events; which bodies were among them.
fn take(rig: &mut Rig, most: usize) -> Vec<u8> {
    let mut taken = Vec::new();
    for _ in 0..most {
        match rig.session().poll_event() {
            Some(Event::Received(bytes)) => {
                assert_eq!(bytes.len(), MIB);
                taken.push(bytes[0]);
            }
            Some(_) => {}
            None => break,
        }
    }
    taken
}

#[test]
fn polls_answered_by_a_mebibyte_stop_at_the_limit_and_go_on_when_events_are_taken() {
    for mode in [Mode::Serial, Mode::Parallel, Mode::Learn] {
        let mut rig = Rig::live(config(mode));
        let mut given = b'0';
        let mut taken = Vec::new();
        assert_eq!(poll(&mut rig, &mut given), 4, "4 MiB are the limit");
        assert_eq!(rig.session().poll_timeout(), None, "nothing to wait for");
        while taken.len() < 80 {
            let some = take(&mut rig, 4);
            assert_eq!(some.len(), 4, "what is held is the limit");
            taken.extend(some);
            // Nothing has changed but the time-out, which has the driver say that time has passed.
            rig.quiet();
            assert_eq!(rig.session().poll_timeout(), Some(Instant::ORIGIN));
            assert_eq!(poll(&mut rig, &mut given), 4);
        }
        taken.extend(take(&mut rig, 100));
        let all: Vec<u8> = (b'0'..given).collect();
        assert_eq!(taken, all, "lost or out of order");
    }
}

#[test]
fn replies_under_way_are_taken_although_there_is_no_room() {
    let limits = Limits {
        undrained: MIB,
        ..Limits::default()
    };
    let mut rig = Rig::live(config(Mode::Parallel).limits(limits).unwrap());
    let poll = rig.transmit().unwrap().id;
    rig.send("A");
    let post = rig.transmit().unwrap().id;
    answer(&mut rig, post, body(b'1'));
    answer(&mut rig, poll, body(b'2'));
    rig.wait(100_000);
    rig.quiet();
    // `Sent`, and the first body. A mebibyte and the event around it is still more than the limit.
    assert_eq!(take(&mut rig, 2), [b'1']);
    assert_eq!(rig.session().poll_timeout(), None);
    rig.quiet();
    assert_eq!(take(&mut rig, 9), [b'2']);
    assert_eq!(rig.session().poll_timeout(), Some(Instant::ORIGIN));
    rig.wait(0);
    rig.expect("SessionID=1.0&Action=poll&Lifespan=60", "");
}

#[test]
fn posts_go_on_without_room_up_to_twice_the_limit() {
    for mode in [Mode::Serial, Mode::Parallel] {
        let mut rig = Rig::live(config(mode));
        let mut given = b'0';
        assert_eq!(poll(&mut rig, &mut given), 4);
        let mut posts = 0;
        for number in 0..64 {
            rig.send("A");
            if let Some(transmit) = rig.transmit() {
                assert_eq!(rig.query(), "SessionID=1.0");
                answer(&mut rig, transmit.id, body(number));
                posts += 1;
            }
            rig.wait(1_000);
        }
        assert_eq!(posts, 4, "8 MiB are twice the limit");
        assert_eq!(rig.session().poll_timeout(), None);
        // The first body leaves 7 MiB: enough for a post, too much for a poll.
        while take(&mut rig, 1).is_empty() {}
        rig.wait(0);
        let post = rig.transmit().unwrap().id;
        assert_eq!(rig.query(), "SessionID=1.0");
        answer(&mut rig, post, Bytes::new());
        rig.wait(100_000);
        rig.quiet();
        assert_eq!(take(&mut rig, 1000).len(), 7);
        rig.wait(10_000);
        assert!(rig.transmit().is_some());
    }
}

#[test]
fn an_application_that_only_sends_is_told_that_there_is_no_room() {
    let limits = Limits {
        undrained: 0,
        ..Limits::default()
    };
    let mut rig = Rig::live(config(Mode::Parallel).limits(limits).unwrap());
    let mut refused = false;
    for _ in 0..10_000 {
        refused |= rig.session().send(Bytes::from_static(b"A")) == Err(SendError::Full);
        if let Some(transmit) = rig.transmit() {
            answer(&mut rig, transmit.id, Bytes::new());
        }
        rig.wait(1);
    }
    assert!(refused);
}

#[test]
fn last_words_are_said_without_room() {
    for mode in [Mode::Serial, Mode::Parallel] {
        let mut rig = Rig::live(config(mode).close_action(true));
        let mut given = b'0';
        assert_eq!(poll(&mut rig, &mut given), 4);
        for number in 0..6 {
            rig.send("A");
            if let Some(transmit) = rig.transmit() {
                answer(&mut rig, transmit.id, body(number));
            }
        }
        rig.quiet();
        let out = Bytes::from_static(b"OUT\r\n");
        rig.session().close_with(out).unwrap();
        let post = rig.expect("SessionID=1.0", "AAOUT\r\n");
        answer(&mut rig, post, body(7));
        let close = rig.expect("SessionID=1.0&Action=close", "");
        answer(&mut rig, close, Bytes::new());
        assert_eq!(take(&mut rig, 1000).len(), 4 + 4 + 1);
        rig.closed("");
    }
}
