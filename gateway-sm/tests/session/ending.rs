//! The ways in which a session ends.

use bytes::Bytes;
use gateway_sm::{Limits, Mode, SendError};
use machine_contract::Failure;

use crate::rig::{Rig, config};

fn out(rig: &mut Rig) {
    rig.session()
        .close_with(Bytes::from_static(b"OUT\r\n"))
        .unwrap();
}

#[test]
fn closing_before_anything_was_sent_sends_nothing() {
    let mut rig = Rig::new(config(Mode::Serial));
    rig.session().close();
    rig.closed("closed Local");
    let mut rig = Rig::new(config(Mode::Serial));
    rig.send("A");
    out(&mut rig);
    rig.closed("not sent 0, not sent 1, closed Local");
}

#[test]
fn closing_during_the_open_cancels_it() {
    let mut rig = Rig::new(config(Mode::Serial));
    rig.send("A");
    let open = rig.transmit().unwrap().id;
    rig.send("B");
    rig.session().close();
    assert_eq!(rig.cancel(), Some(open));
    rig.closed("unknown 0, not sent 1, closed Local");
}

#[test]
fn last_words_during_the_open_wait_for_it() {
    let mut rig = Rig::new(config(Mode::Serial));
    rig.send("A");
    let open = rig.transmit().unwrap().id;
    out(&mut rig);
    rig.quiet();
    rig.answer(open, "SessionID=1.0", "");
    let post = rig.expect("SessionID=1.0", "OUT\r\n");
    rig.answer(post, "SessionID=1.0; Session=close", "");
    rig.closed("opened, sent 0, sent 1, closed Local");
}

#[test]
fn last_words_during_an_open_that_fails_are_not_sent() {
    for failure in [Failure::NotSent, Failure::Unknown] {
        let mut rig = Rig::new(config(Mode::Serial));
        rig.send("A");
        let open = rig.transmit().unwrap().id;
        out(&mut rig);
        rig.fail(open, failure);
        let word = match failure {
            Failure::Unknown => "unknown",
            _ => "not sent",
        };
        rig.closed(&format!("{word} 0, not sent 1, closed Local"));
    }
}

#[test]
fn last_words_wait_behind_a_serial_poll_and_no_other_follows() {
    let mut rig = Rig::live(config(Mode::Serial));
    rig.wait(500);
    let poll = rig.expect("SessionID=1.0&Action=poll", "");
    out(&mut rig);
    rig.quiet();
    rig.answer(poll, "SessionID=1.1", "A");
    let post = rig.expect("SessionID=1.1", "OUT\r\n");
    rig.answer(post, "SessionID=1.2", "");
    rig.closed("received A, sent 1, closed Local");
}

#[test]
fn last_words_fit_into_a_full_queue() {
    let limits = Limits {
        request: 4,
        send: 5,
        queue: 5,
        ..Limits::default()
    };
    let mut rig = Rig::live(config(Mode::Serial).limits(limits).unwrap());
    rig.send("AAAAA");
    assert_eq!(
        rig.session().send(Bytes::from_static(b"B")),
        Err(SendError::Full)
    );
    out(&mut rig);
    let post = rig.expect("SessionID=1.0", "AAAAA");
    rig.answer(post, "", "");
    let post = rig.expect("SessionID=1.0", "OUT\r\n");
    rig.answer(post, "", "");
    rig.closed("sent 1, sent 2, closed Local");
}

#[test]
fn last_words_are_said_once() {
    let mut rig = Rig::live(config(Mode::Serial));
    out(&mut rig);
    let again = rig.session().close_with(Bytes::from_static(b"OUT\r\n"));
    assert_eq!(again, Err(SendError::Closed));
    rig.expect("SessionID=1.0", "OUT\r\n");
}

#[test]
fn last_words_that_fail_are_the_end_all_the_same() {
    for (status, word) in [
        (None, "unknown"),
        (Some(400), "unknown"),
        (Some(503), "unknown"),
    ] {
        let mut rig = Rig::live(config(Mode::Parallel));
        let poll = rig.transmit().unwrap().id;
        out(&mut rig);
        let post = rig.transmit().unwrap().id;
        match status {
            None => rig.fail(post, Failure::Unknown),
            Some(status) => rig.refuse(post, status),
        }
        assert_eq!(rig.cancel(), Some(poll));
        rig.closed(&format!("{word} 1, closed Local"));
    }
    let mut rig = Rig::live(config(Mode::Serial));
    out(&mut rig);
    let post = rig.transmit().unwrap().id;
    rig.fail(post, Failure::NotSent);
    rig.closed("not sent 1, closed Local");
}

#[test]
fn a_poll_that_fails_does_not_cut_off_the_last_words() {
    let mut rig = Rig::live(config(Mode::Parallel));
    let poll = rig.transmit().unwrap().id;
    out(&mut rig);
    let post = rig.transmit().unwrap().id;
    rig.fail(poll, Failure::Unknown);
    rig.quiet();
    rig.answer(post, "", "");
    rig.closed("gap, sent 1, closed Local");
}

#[test]
fn closing_at_once_cancels_what_is_in_flight() {
    let mut rig = Rig::live(config(Mode::Parallel));
    let poll = rig.transmit().unwrap().id;
    rig.send("A");
    let post = rig.transmit().unwrap().id;
    rig.send("B");
    rig.session().close();
    let cancelled = [rig.cancel(), rig.cancel()];
    assert_eq!(cancelled, [Some(post), Some(poll)]);
    rig.closed("unknown 1, not sent 2, closed Local");
}

#[test]
fn closing_while_a_retry_is_due_reports_it_as_not_sent() {
    let mut rig = Rig::live(config(Mode::Serial));
    rig.send("A");
    let post = rig.transmit().unwrap().id;
    rig.fail(post, Failure::NotSent);
    rig.session().close();
    rig.closed("not sent 1, closed Local");
}

#[test]
fn action_close_follows_the_last_words_where_it_is_known() {
    let mut rig = Rig::live(config(Mode::Serial).close_action(true));
    out(&mut rig);
    let post = rig.expect("SessionID=1.0", "OUT\r\n");
    rig.answer(post, "SessionID=1.1", "");
    let close = rig.expect("SessionID=1.1&Action=close", "");
    rig.events("sent 1");
    // One revival server answers without the header (gateway.md 7).
    rig.answer_with(close, &[], "");
    rig.closed("closed Local");
}

#[test]
fn action_close_is_sent_even_when_closing_at_once() {
    let mut rig = Rig::live(config(Mode::Parallel).close_action(true));
    let poll = rig.transmit().unwrap().id;
    rig.send("A");
    rig.session().close();
    rig.session().close();
    assert_eq!(rig.cancel(), Some(poll));
    let close = rig.expect("SessionID=1.0&Action=close", "");
    rig.session().close();
    rig.events("not sent 1");
    rig.fail(close, Failure::Unknown);
    rig.closed("closed Local");
}

#[test]
fn a_session_that_the_gateway_does_not_keep_ends_with_its_reply() {
    // What one revival server says to an open that it refuses, and to an unknown id.
    let mut rig = Rig::new(config(Mode::Serial));
    rig.send("A");
    let open = rig.transmit().unwrap().id;
    rig.answer(open, "Session=close", "911 1\r\n");
    rig.closed("sent 0, received 911 1\\r\\n, closed Peer");
}
