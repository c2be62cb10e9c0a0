//! The eight promises of every machine, as this one keeps them.

use std::fmt::Write;
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{Config, Limits, Mode, SendError, Session};
use http::Response;
use machine_contract::{Failure, HttpMachine, Machine, RequestId, Transmit};

use crate::rig::{Rig, URI, config};

// A host may run a machine in whatever thread it likes, and bindings demand both.
const fn can_be_moved_and_shared<M: Send + Sync + 'static>() {}
const _: () = {
    can_be_moved_and_shared::<Session>();
    can_be_moved_and_shared::<gateway_sm::Gateway>();
};

// 1. Serial and parallel.

#[test]
fn a_serial_session_has_one_request_in_flight() {
    let mut rig = Rig::live(config(Mode::Serial));
    rig.wait(500);
    let poll = rig.expect("SessionID=1.0&Action=poll", "");
    rig.send("A");
    rig.wait(10_000);
    rig.quiet();
    rig.answer(poll, "SessionID=1.1", "");
    let post = rig.expect("SessionID=1.1", "A");
    rig.send("B");
    rig.wait(10_000);
    rig.quiet();
    rig.answer(post, "SessionID=1.2", "");
    rig.expect("SessionID=1.2", "B");
}

#[test]
fn a_parallel_session_has_one_poll_and_one_post_in_flight() {
    let mut rig = Rig::live(config(Mode::Parallel));
    let poll = rig.expect("SessionID=1.0&Action=poll&Lifespan=60", "");
    rig.send("A");
    let post = rig.expect("SessionID=1.0", "A");
    rig.send("B");
    rig.wait(30_000);
    rig.quiet();
    rig.answer(post, "SessionID=1.0", "");
    let post = rig.expect("SessionID=1.0", "B");
    rig.answer(poll, "SessionID=1.0", "C");
    let poll = rig.expect("SessionID=1.0&Action=poll&Lifespan=60", "");
    rig.quiet();
    rig.answer(poll, "SessionID=1.0", "");
    rig.answer(post, "SessionID=1.0", "");
    rig.events("sent 1, received C, sent 2");
}

#[test]
fn a_held_poll_teaches_the_parallel_mode() {
    let mut rig = Rig::live(config(Mode::Learn));
    rig.wait(500);
    rig.expect("SessionID=1.0&Action=poll&Lifespan=60", "");
    rig.send("A");
    rig.wait(1_999);
    rig.quiet();
    rig.wait(1);
    rig.expect("SessionID=1.0", "A");
}

#[test]
fn the_capability_teaches_the_parallel_mode() {
    let mut rig = Rig::new(config(Mode::Learn));
    rig.send("A");
    let open = rig.expect("Action=open&Server=NS", "A");
    assert_eq!(
        rig.last.as_ref().unwrap().headers()["x-msn-gwcapabilities"],
        "*"
    );
    let messenger = ("X-MSN-Messenger", "SessionID=1.0");
    rig.answer_with(open, &[messenger, ("X-MSN-GWCapabilities", "LP")], "");
    rig.expect("SessionID=1.0&Action=poll&Lifespan=60", "");
    rig.send("B");
    rig.expect("SessionID=1.0", "B");
}

/// Towards a server with just the headers of web-client.md the first post waited two seconds behind the poll.
#[test]
fn the_web_client_s_gateway_keeps_no_post_waiting_behind_its_poll() {
    let mut rig = Rig::new(config(Mode::Learn));
    rig.send("A");
    let open = rig.expect("Action=open&Server=NS", "A");
    let headers = [
        ("X-MSN-Host", "geo.gateway.messenger.live.com"),
        ("X-MSN-Messenger", "SessionID=1.0; GW-IP=134.170.19.30:443"),
        ("X-MSN-SessionTimeout", "120"),
        ("X-MSN-SkypeId", "live:maxint32"),
        ("X-MSNSERVER", "BN1MSGR1011605"),
    ];
    rig.answer_with(open, &headers, "");
    rig.expect("SessionID=1.0&Action=poll&Lifespan=60", "");
    rig.send("B");
    rig.expect("SessionID=1.0", "B");
}

#[test]
fn a_gateway_that_never_holds_stays_serial() {
    let mut rig = Rig::live(config(Mode::Learn));
    for _ in 0..20 {
        rig.wait(5_000);
        let poll = rig.expect("SessionID=1.0&Action=poll&Lifespan=60", "");
        rig.send("A");
        rig.quiet();
        rig.answer(poll, "", "");
        let post = rig.expect("SessionID=1.0", "A");
        rig.quiet();
        rig.answer(post, "", "");
    }
}

#[test]
fn a_gateway_that_changes_the_session_id_is_served_serially() {
    let mut rig = Rig::new(config(Mode::Learn));
    rig.send("A");
    let open = rig.transmit().unwrap().id;
    let messenger = ("X-MSN-Messenger", "SessionID=1.0");
    rig.answer_with(open, &[messenger, ("X-MSN-GWCapabilities", "LP")], "");
    let poll = rig.expect("SessionID=1.0&Action=poll&Lifespan=60", "");
    rig.send("B");
    let post = rig.expect("SessionID=1.0", "B");
    rig.answer(post, "SessionID=1.1", "");
    // The poll that is out is waited for, but posts do not wait behind it.
    rig.send("C");
    let post = rig.expect("SessionID=1.1", "C");
    rig.answer(poll, "SessionID=1.2", "D");
    rig.wait(5_000);
    rig.quiet();
    rig.answer_with(
        post,
        &[
            ("X-MSN-Messenger", "SessionID=1.3"),
            ("X-MSN-GWCapabilities", "LP"),
        ],
        "",
    );
    rig.wait(5_000);
    rig.expect("SessionID=1.3&Action=poll", "");
    rig.send("E");
    rig.wait(10_000);
    rig.quiet();
}

#[test]
fn only_who_wants_to_learn_asks_for_the_capabilities() {
    for mode in [Mode::Serial, Mode::Parallel] {
        let mut rig = Rig::new(config(mode));
        rig.send("A");
        rig.expect("Action=open&Server=NS", "A");
        assert!(
            !rig.last
                .unwrap()
                .headers()
                .contains_key("x-msn-gwcapabilities")
        );
    }
}

// 2. Whole sends, in order, coalesced; bodies as they arrive.

#[test]
fn sends_go_out_whole_in_order_and_together() {
    let mut rig = Rig::live(config(Mode::Serial));
    rig.send("ONE\r\n");
    rig.send("TWO\r\n");
    rig.send("THREE\r\n");
    let post = rig.expect("SessionID=1.0", "ONE\r\nTWO\r\nTHREE\r\n");
    rig.answer(post, "SessionID=1.1", "");
    rig.events("sent 1, sent 2, sent 3");
}

#[test]
fn a_request_is_cut_between_sends_at_the_limit() {
    let limits = Limits {
        request: 4,
        send: 8,
        ..Limits::default()
    };
    let mut rig = Rig::live(config(Mode::Serial).limits(limits).unwrap());
    for frames in ["AA", "BB", "CCC", "DDDDDDDD", "E"] {
        rig.send(frames);
    }
    for body in ["AABB", "CCC", "DDDDDDDD", "E"] {
        let post = rig.expect("SessionID=1.0", body);
        rig.answer(post, "", "");
    }
}

#[test]
fn a_frame_cut_over_two_bodies_arrives_in_two_pieces_untouched() {
    let mut rig = Rig::live(config(Mode::Parallel));
    for body in ["MSG a b 4\r\n\r", "\n ", "\t"] {
        let poll = rig.expect("SessionID=1.0&Action=poll&Lifespan=60", "");
        rig.answer(poll, "", body);
    }
    rig.events("received MSG a b 4\\r\\n\\r, received \\n , received \\t");
}

#[test]
fn received_bytes_are_the_body_itself() {
    let mut session = Session::new(config(Mode::Serial).empty_open(true));
    let now = machine_contract::Instant::ORIGIN;
    let open = session.poll_transmit(now).unwrap();
    let body = Bytes::from(b"VER 1 MSNP8\r\n".to_vec());
    let response = Response::builder().header("X-MSN-Messenger", "SessionID=1.0");
    session.handle_response(open.id, response.body(body.clone()).unwrap(), now);
    let received = std::iter::from_fn(|| session.poll_event()).find_map(|event| match event {
        gateway_sm::Event::Received(bytes) => Some(bytes),
        _ => None,
    });
    assert_eq!(received.unwrap().as_ptr(), body.as_ptr());
}

#[test]
fn a_lone_send_is_not_copied() {
    let mut session = Session::new(config(Mode::Serial));
    let frames = Bytes::from(b"VER 1 MSNP8\r\n".to_vec());
    session.send(frames.clone()).unwrap();
    let open = session
        .poll_transmit(machine_contract::Instant::ORIGIN)
        .unwrap();
    assert_eq!(open.request.body().as_ptr(), frames.as_ptr());
}

#[test]
fn a_full_queue_pushes_back_and_takes_more_after_sent() {
    let limits = Limits {
        request: 4,
        send: 4,
        queue: 8,
        ..Limits::default()
    };
    let mut rig = Rig::live(config(Mode::Serial).limits(limits).unwrap());
    let send = |rig: &mut Rig, frames: &'static str| {
        rig.session()
            .send(Bytes::from_static(frames.as_bytes()))
            .err()
    };
    assert_eq!(send(&mut rig, "AAAAA"), Some(SendError::TooLarge));
    assert_eq!(send(&mut rig, "AAAA"), None);
    assert_eq!(send(&mut rig, "BBBB"), None);
    assert_eq!(send(&mut rig, "C"), Some(SendError::Full));
    let post = rig.expect("SessionID=1.0", "AAAA");
    rig.answer(post, "", "");
    rig.events("sent 1");
    assert_eq!(send(&mut rig, "C"), None);
}

// 3. Closed once and last.

#[test]
fn closed_comes_once_and_last() {
    let mut rig = Rig::live(config(Mode::Parallel));
    rig.send("A");
    let post = rig.expect("SessionID=1.0", "A");
    let poll = rig.expect("SessionID=1.0&Action=poll&Lifespan=60", "");
    rig.send("B");
    rig.answer(poll, "SessionID=1.0; Session=close", "OUT\r\n");
    assert_eq!(rig.cancel(), Some(post));
    assert_eq!(rig.cancel(), None);
    rig.answer(post, "SessionID=1.0", "LATE");
    rig.fail(poll, Failure::Unknown);
    rig.closed("received OUT\\r\\n, unknown 1, not sent 2, closed Peer");
}

// 4. Stale ids.

#[test]
fn a_stale_id_is_ignored() {
    let mut rig = Rig::new(config(Mode::Serial));
    rig.answer(RequestId::new(0), "SessionID=6.6", "A");
    rig.send("A");
    let open = rig.expect("Action=open&Server=NS", "A");
    rig.answer(RequestId::new(77), "SessionID=6.6", "B");
    rig.answer(open, "SessionID=1.0", "C");
    rig.events("opened, sent 0, received C");
    rig.answer(open, "SessionID=6.6; Session=close", "D");
    rig.fail(open, Failure::NotSent);
    rig.refuse(open, 400);
    rig.events("");
    rig.wait(500);
    rig.expect("SessionID=1.0&Action=poll", "");
}

// 5. Time-outs.

#[test]
fn extra_timeouts_do_nothing_and_deadlines_are_never_in_the_past() {
    let mut rig = Rig::live(config(Mode::Learn));
    let early = rig.session().poll_timeout();
    assert!(early.is_some_and(|at| at > rig.now()));
    for _ in 0..10 {
        rig.tell_time();
        assert_eq!(rig.session().poll_timeout(), early);
        rig.quiet();
    }
    rig.skip(Duration::from_secs(1000));
    rig.tell_time();
    assert_eq!(rig.session().poll_timeout(), None);
    rig.tell_time();
    rig.expect("SessionID=1.0&Action=poll&Lifespan=60", "");
    assert!(
        rig.session()
            .poll_timeout()
            .is_some_and(|at| at > rig.now())
    );
}

// 6. Outputs never produce outputs.

#[test]
fn polling_outputs_changes_nothing_but_what_is_handed_over() {
    let mut rig = Rig::live(config(Mode::Serial));
    let timeout = rig.session().poll_timeout();
    for _ in 0..5 {
        rig.quiet();
        assert_eq!(rig.cancel(), None);
        rig.events("");
        assert_eq!(rig.session().poll_timeout(), timeout);
    }
}

// 7. Any drain order is correct, 8. same calls, same outputs.

/// Plays the same inputs, draining outputs in the order that `order` says; everything that came out.
fn play(order: [usize; 3]) -> String {
    let mut session = Session::new(config(Mode::Parallel));
    let start = machine_contract::Instant::ORIGIN;
    let mut now = start;
    let mut out = vec![String::new(); 3];
    let mut in_flight: Vec<Transmit> = Vec::new();
    for step in 0..40_u32 {
        if step % 3 == 0 {
            // A session that has ended says so; that is part of the story too.
            let sent = session.send(Bytes::from(format!("S{step}\r\n")));
            write!(out[0], "{sent:?} ").unwrap();
        }
        for output in order {
            match output {
                0 => {
                    while let Some(transmit) = session.poll_transmit(now) {
                        let request = &transmit.request;
                        write!(out[0], "{} {:?} ", request.uri(), request.body()).unwrap();
                        in_flight.push(transmit);
                    }
                }
                1 => {
                    while let Some(event) = session.poll_event() {
                        write!(out[1], "{event:?} ").unwrap();
                    }
                }
                _ => {
                    while let Some(id) = session.poll_cancel() {
                        write!(out[2], "{id:?} ").unwrap();
                        in_flight.retain(|transmit| transmit.id != id);
                    }
                }
            }
        }
        now += Duration::from_millis(700);
        session.handle_timeout(now);
        if step % 2 == 1 && !in_flight.is_empty() {
            let transmit = in_flight.remove(0);
            match step {
                9 => session.handle_failure(transmit.id, Failure::NotSent, now),
                15 => session.handle_failure(transmit.id, Failure::Unknown, now),
                _ => {
                    let messenger = format!("SessionID=1.{step}");
                    let response = Response::builder().header("X-MSN-Messenger", messenger);
                    let body = Bytes::from(format!("R{step}\r\n"));
                    session.handle_response(transmit.id, response.body(body).unwrap(), now);
                }
            }
        }
        if step == 33 {
            session.close_with(Bytes::from_static(b"OUT\r\n")).unwrap();
        }
    }
    assert!(out[1].ends_with("Closed(Local) "), "{}", out[1]);
    out.join("\n")
}

#[test]
fn any_drain_order_gives_the_same_outputs() {
    let story = play([0, 1, 2]);
    for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        assert_eq!(play(order), story);
    }
}

#[test]
fn the_same_calls_give_the_same_outputs() {
    assert_eq!(play([0, 1, 2]), play([0, 1, 2]));
}

#[test]
fn debug_shows_no_secret() {
    let config = Config::new(URI).unwrap().cookies("MSPAuth=hush").unwrap();
    let mut rig = Rig::new(config);
    rig.send("USR 3 hush\r\n");
    let transmit = rig.transmit().unwrap();
    assert!(!format!("{transmit:?}").contains("hush"));
    assert!(!format!("{:?}", rig.last).contains("MSPAuth"));
    rig.answer(transmit.id, "SessionID=12345.6", "hush\r\n");
    assert!(!format!("{:?}", rig.session()).contains("hush"));
    assert!(!format!("{:?}", rig.session()).contains("12345"));
    while let Some(event) = rig.session().poll_event() {
        assert!(!format!("{event:?}").contains("hush"));
    }
}
