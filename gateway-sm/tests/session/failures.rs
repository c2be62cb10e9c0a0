//! Requests that fail: what is tried again, what is reported, when the session gives up.

use std::time::Duration;

use gateway_sm::{Limits, Mode};
use machine_contract::{CertificateFault, Failure, Machine};

use crate::rig::{Rig, config};

#[test]
fn a_post_that_never_left_is_made_again_with_the_same_bytes() {
    let mut rig = Rig::live(config(Mode::Serial));
    rig.send("A");
    let post = rig.expect("SessionID=1.0", "A");
    rig.fail(post, Failure::NotSent);
    rig.send("B");
    rig.wait(999);
    rig.quiet();
    rig.wait(1);
    let post = rig.expect("SessionID=1.0", "A");
    rig.answer(post, "SessionID=1.1", "");
    rig.expect("SessionID=1.1", "B");
    rig.events("sent 1");
}

#[test]
fn retries_slow_down_and_end() {
    let limits = Limits {
        failures: 3,
        ..Limits::default()
    };
    let mut rig = Rig::new(config(Mode::Serial).limits(limits).unwrap());
    rig.send("A");
    for pause in [1, 2, 4] {
        let open = rig.expect("Action=open&Server=NS", "A");
        rig.fail(open, Failure::NotSent);
        assert_eq!(
            rig.session().poll_timeout(),
            Some(rig.now() + Duration::from_secs(pause))
        );
        rig.wait(pause * 1000);
    }
    let open = rig.expect("Action=open&Server=NS", "A");
    rig.fail(open, Failure::NotSent);
    rig.closed("not sent 0, closed Unreachable(NotSent)");
}

/// It was taken for a host that could not be reached, and asked again and again.
#[test]
fn a_gateway_that_nobody_vouches_for_is_not_asked_again_and_got_nothing() {
    let untrusted = Failure::Untrusted(CertificateFault::UnknownIssuer);
    let mut rig = Rig::new(config(Mode::Serial));
    rig.send("A");
    let open = rig.expect("Action=open&Server=NS", "A");
    rig.fail(open, untrusted);
    rig.closed("not sent 0, closed Unreachable(Untrusted(UnknownIssuer))");
    let mut rig = Rig::live(config(Mode::Parallel));
    let poll = rig.transmit().unwrap().id;
    rig.send("A");
    rig.expect("SessionID=1.0", "A");
    rig.fail(poll, untrusted);
    rig.closed("unknown 1, closed Unreachable(Untrusted(UnknownIssuer))");
}

#[test]
fn a_good_reply_forgives_all_failures() {
    let limits = Limits {
        failures: 1,
        ..Limits::default()
    };
    let mut rig = Rig::live(config(Mode::Serial).limits(limits).unwrap());
    for _ in 0..10 {
        rig.wait(5_000);
        let poll = rig.transmit().unwrap().id;
        rig.fail(poll, Failure::NotSent);
        rig.wait(1_000);
        let poll = rig.transmit().unwrap().id;
        rig.answer(poll, "", "");
    }
    rig.events("");
}

#[test]
fn an_open_of_unknown_fate_with_commands_ends_the_session() {
    let mut rig = Rig::new(config(Mode::Serial));
    rig.send("A");
    let open = rig.expect("Action=open&Server=NS", "A");
    rig.send("B");
    rig.fail(open, Failure::Unknown);
    rig.closed("unknown 0, not sent 1, closed Unreachable(Unknown)");
}

#[test]
fn an_empty_open_of_unknown_fate_is_made_again() {
    let mut rig = Rig::new(config(Mode::Serial).empty_open(true));
    for status in [None, Some(503)] {
        let open = rig.expect("Action=open&Server=NS", "");
        match status {
            None => rig.fail(open, Failure::Unknown),
            Some(status) => rig.refuse(open, status),
        }
        rig.wait(2_000);
    }
    let open = rig.expect("Action=open&Server=NS", "");
    rig.answer(open, "SessionID=1.0", "");
    rig.events("opened");
}

#[test]
fn a_post_of_unknown_fate_is_reported_and_never_made_again() {
    for status in [
        None,
        Some(408),
        Some(429),
        Some(500),
        Some(502),
        Some(503),
        Some(504),
    ] {
        let mut rig = Rig::live(config(Mode::Serial));
        rig.send("A");
        rig.send("B");
        let post = rig.expect("SessionID=1.0", "AB");
        rig.send("C");
        match status {
            None => rig.fail(post, Failure::Unknown),
            Some(status) => rig.refuse(post, status),
        }
        rig.events("unknown 1, unknown 2, gap");
        rig.quiet();
        // A poll finds out whether the session lives; posts wait for it.
        rig.wait(1_000);
        let probe = rig.expect("SessionID=1.0&Action=poll", "");
        rig.quiet();
        rig.answer(probe, "SessionID=1.1", "D");
        rig.expect("SessionID=1.1", "C");
        rig.events("received D");
    }
}

#[test]
fn a_session_whose_next_id_was_lost_with_the_reply_is_lost() {
    let mut rig = Rig::live(config(Mode::Serial));
    rig.send("A");
    let post = rig.transmit().unwrap().id;
    rig.send("B");
    rig.fail(post, Failure::Unknown);
    rig.wait(1_000);
    let probe = rig.expect("SessionID=1.0&Action=poll", "");
    rig.refuse(probe, 400);
    rig.closed("unknown 1, gap, not sent 2, closed SessionLost");
}

#[test]
fn in_parallel_mode_posts_go_on_after_a_pause() {
    let mut rig = Rig::live(config(Mode::Parallel));
    rig.expect("SessionID=1.0&Action=poll&Lifespan=60", "");
    rig.send("A");
    let post = rig.transmit().unwrap().id;
    rig.fail(post, Failure::Unknown);
    rig.send("B");
    rig.quiet();
    rig.wait(1_000);
    rig.expect("SessionID=1.0", "B");
    rig.events("unknown 1, gap");
}

#[test]
fn a_lost_poll_is_a_gap_and_made_again() {
    let mut rig = Rig::live(config(Mode::Parallel));
    let poll = rig.transmit().unwrap().id;
    rig.wait(10_000);
    rig.fail(poll, Failure::Unknown);
    rig.quiet();
    rig.wait(1_000);
    let poll = rig.expect("SessionID=1.0&Action=poll&Lifespan=60", "");
    rig.fail(poll, Failure::NotSent);
    rig.wait(2_000);
    rig.expect("SessionID=1.0&Action=poll&Lifespan=60", "");
    rig.events("gap");
}

#[test]
fn a_504_for_a_held_poll_is_an_empty_poll() {
    let mut rig = Rig::live(config(Mode::Parallel));
    for _ in 0..20 {
        let poll = rig.expect("SessionID=1.0&Action=poll&Lifespan=60", "");
        rig.wait(30_000);
        rig.refuse(poll, 504);
    }
    rig.events("");
}

#[test]
fn a_504_that_comes_at_once_is_a_failure() {
    let mut rig = Rig::live(config(Mode::Parallel));
    let poll = rig.transmit().unwrap().id;
    rig.refuse(poll, 504);
    rig.quiet();
    rig.wait(1_000);
    rig.expect("SessionID=1.0&Action=poll&Lifespan=60", "");
    rig.events("gap");
}

#[test]
fn a_held_poll_that_passes_its_deadline_is_made_again_at_once() {
    let mut rig = Rig::live(config(Mode::Parallel));
    let poll = rig.transmit().unwrap().id;
    rig.wait(75_000);
    rig.fail(poll, Failure::Unknown);
    rig.expect("SessionID=1.0&Action=poll&Lifespan=60", "");
    rig.events("gap");
}

#[test]
fn a_line_that_swallows_every_poll_is_noticed() {
    let mut rig = Rig::live(config(Mode::Parallel));
    for _ in 0..6 {
        let poll = rig.transmit().unwrap().id;
        rig.wait(75_000);
        rig.fail(poll, Failure::Unknown);
    }
    rig.closed("gap, gap, gap, gap, gap, gap, closed Unreachable(Unknown)");
}

#[test]
fn a_gateway_that_keeps_failing_ends_the_session_with_its_status() {
    let mut rig = Rig::live(config(Mode::Serial));
    for _ in 0..6 {
        rig.wait(30_000);
        let poll = rig.transmit().unwrap().id;
        rig.refuse(poll, 500);
    }
    rig.closed("gap, gap, gap, gap, gap, gap, closed Status(500)");
}

#[test]
fn refused_cookies_end_the_session_as_unauthorized() {
    for status in [401, 403] {
        let mut rig = Rig::new(config(Mode::Serial));
        rig.send("A");
        let open = rig.transmit().unwrap().id;
        rig.refuse(open, status);
        rig.closed(&format!("unknown 0, closed Unauthorized({status})"));
        let mut rig = Rig::live(config(Mode::Parallel));
        let poll = rig.transmit().unwrap().id;
        rig.refuse(poll, status);
        rig.closed(&format!("closed Unauthorized({status})"));
    }
}

#[test]
fn an_open_that_is_refused_is_not_a_lost_session() {
    for status in [400, 404, 500, 503] {
        let mut rig = Rig::new(config(Mode::Serial));
        rig.send("A");
        let open = rig.transmit().unwrap().id;
        rig.refuse(open, status);
        rig.closed(&format!("unknown 0, closed Status({status})"));
    }
}

#[test]
fn an_open_without_a_session_id_is_refused() {
    for (messenger, error) in [
        ("GW-IP=1.2.3.4", "NoSession"),
        ("", "NoSession"),
        ("SessionID=", "NoSession"),
        ("SessionID=a b", "Reply(SessionId(Byte { at: 1 }))"),
    ] {
        let mut rig = Rig::new(config(Mode::Serial));
        rig.send("A");
        let open = rig.transmit().unwrap().id;
        rig.answer(open, messenger, "");
        rig.closed(&format!("unknown 0, closed Protocol({error})"));
    }
}

#[test]
fn a_body_beyond_the_limit_ends_the_session() {
    let limits = Limits {
        reply: 4,
        ..Limits::default()
    };
    let mut rig = Rig::live(config(Mode::Parallel).limits(limits).unwrap());
    let poll = rig.transmit().unwrap().id;
    rig.answer(poll, "", "AAAA");
    let poll = rig.transmit().unwrap().id;
    rig.answer(poll, "", "AAAAA");
    rig.closed("received AAAA, closed Protocol(TooLarge)");
}
