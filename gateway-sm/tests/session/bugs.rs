//! Bugs that other clients shipped (gateway.md 15), each as the rule that it teaches.

use bytes::Bytes;
use gateway_sm::Mode;
use machine_contract::{Failure, Machine};

use crate::rig::{Rig, config};

#[test]
fn papyon_b1_a_host_switch_neither_drops_nor_repeats_the_reply_that_announced_it() {
    let mut rig = Rig::live(config(Mode::Serial));
    rig.send("A");
    let post = rig.transmit().unwrap().id;
    let headers = [
        ("X-MSN-Messenger", "SessionID=1.1"),
        ("X-MSN-Host", "sb.gateway.messenger.live.com"),
    ];
    rig.answer_with(post, &headers, "ANS 1 OK\r\n");
    rig.events("sent 1, received ANS 1 OK\\r\\n");
    assert_eq!(rig.cancel(), None);
    rig.send("B");
    rig.expect("SessionID=1.1", "B");
    assert_eq!(rig.host(), "sb.gateway.messenger.live.com");
}

#[test]
fn emesene_b2_closing_is_legal_in_every_state() {
    for steps in 0..6 {
        let mut rig = Rig::new(config(Mode::Parallel));
        let mut id = None;
        for step in 0..steps {
            match step {
                0 => rig.send("A"),
                1 | 3 => id = rig.transmit().map(|transmit| transmit.id),
                2 => rig.answer(id.unwrap(), "SessionID=1.0", ""),
                _ => rig.fail(id.unwrap(), Failure::NotSent),
            }
        }
        rig.session().close();
        rig.session().close();
        let last = std::iter::from_fn(|| rig.session().poll_event()).last();
        assert_eq!(format!("{last:?}"), "Some(Closed(Local))");
        rig.closed("");
    }
}

#[test]
fn papyon_a_send_counts_as_sent_when_it_is_answered_not_when_it_leaves() {
    let mut rig = Rig::live(config(Mode::Serial));
    rig.send("A");
    let post = rig.transmit().unwrap().id;
    rig.events("");
    rig.answer(post, "", "");
    rig.events("sent 1");
}

#[test]
fn papyon_and_emesene_no_byte_of_a_body_is_stripped() {
    let mut rig = Rig::live(config(Mode::Parallel));
    let poll = rig.transmit().unwrap().id;
    rig.answer(poll, "", "MSG a b 4\r\n  \r\n");
    rig.events("received MSG a b 4\\r\\n  \\r\\n");
    rig.send("  A\r\n\r\n ");
    rig.expect("SessionID=1.0", "  A\r\n\r\n ");
}

#[test]
fn papyon_b3_html_with_status_200_is_not_msnp() {
    let mut rig = Rig::live(config(Mode::Serial));
    rig.send("A");
    let post = rig.transmit().unwrap().id;
    rig.answer_with(post, &[], "<html><title>408 Request Timeout</title></html>");
    rig.closed("unknown 1, closed Protocol(Reply(NoMessenger))");
}

#[test]
fn papyon_an_address_with_a_port_is_understood() {
    let config = gateway_sm::Config::new("http://gateway.messenger.hotmail.com").unwrap();
    let config = config.open(gateway_sm::Open::default()).unwrap();
    let config = config.hosts(gateway_sm::HostPolicy::Anywhere).unwrap();
    let mut rig = Rig::live(config.mode(Mode::Serial));
    rig.send("A");
    let post = rig.transmit().unwrap().id;
    rig.answer(post, "SessionID=1.1; GW-IP=134.170.18.217:443", "");
    rig.send("B");
    rig.transmit().unwrap();
    assert_eq!(rig.host(), "134.170.18.217:443");
}

#[test]
fn libpurple_nothing_is_posted_before_a_session_id_is_known() {
    let mut rig = Rig::new(config(Mode::Parallel));
    rig.send("A");
    let open = rig.expect("Action=open&Server=NS", "A");
    rig.send("B");
    rig.wait(10_000);
    rig.quiet();
    rig.answer(open, "SessionID=1.0", "");
    rig.expect("SessionID=1.0", "B");
    rig.events("opened, sent 0");
}

#[test]
fn libpurple_a_frame_split_over_two_responses_is_not_lost() {
    let mut rig = Rig::live(config(Mode::Parallel));
    for body in ["NLN NLN a@b", ".c Alice\r\n"] {
        let poll = rig.transmit().unwrap().id;
        rig.answer(poll, "", body);
    }
    rig.events("received NLN NLN a@b, received .c Alice\\r\\n");
}

#[test]
fn libpurple_session_close_is_honoured() {
    let mut rig = Rig::live(config(Mode::Parallel));
    let poll = rig.transmit().unwrap().id;
    rig.answer(poll, "SessionID=1.0; Session=close", "");
    rig.closed("closed Peer");
}

#[test]
fn msn_pecan_and_libpurple_a_session_id_needs_no_dot() {
    let mut rig = Rig::new(config(Mode::Serial));
    rig.send("A");
    let open = rig.transmit().unwrap().id;
    rig.answer(open, "SessionID=01234567-89ab-cdef-0123-456789abcdef", "");
    rig.send("B");
    rig.expect("SessionID=01234567-89ab-cdef-0123-456789abcdef", "B");
}

#[test]
fn msn_pecan_a_first_response_without_the_header_does_no_harm() {
    let mut rig = Rig::new(config(Mode::Serial));
    rig.send("A");
    let open = rig.transmit().unwrap().id;
    rig.answer_with(open, &[], "");
    rig.closed("unknown 0, closed Protocol(Reply(NoMessenger))");
}

#[test]
fn gtmess_session_close_is_recognised_in_any_case_and_place() {
    for messenger in [
        "Session=close",
        "session=CLOSE;SessionID=1.0",
        "SessionID=1.0;GW-IP=a;Session=close;",
    ] {
        let mut rig = Rig::live(config(Mode::Parallel));
        let poll = rig.transmit().unwrap().id;
        rig.answer(poll, messenger, "");
        rig.closed("closed Peer");
    }
}

#[test]
fn emesene_1_a_post_is_not_repeated_after_a_failure() {
    let mut rig = Rig::live(config(Mode::Serial));
    rig.send("A");
    let post = rig.transmit().unwrap().id;
    rig.fail(post, Failure::Unknown);
    for _ in 0..20 {
        rig.wait(5_000);
        if let Some(transmit) = rig.transmit() {
            assert!(transmit.request.body().is_empty());
            rig.answer(transmit.id, "", "");
        }
    }
    rig.events("unknown 1, gap");
}

#[test]
fn msnp_sharp_a_400_reaches_the_application_as_a_lost_session() {
    let mut rig = Rig::live(config(Mode::Parallel));
    let poll = rig.transmit().unwrap().id;
    rig.refuse(poll, 400);
    rig.closed("closed SessionLost");
}

#[test]
fn bitlbee_the_last_frames_before_a_close_are_delivered() {
    let mut rig = Rig::live(config(Mode::Parallel));
    let poll = rig.transmit().unwrap().id;
    rig.answer(
        poll,
        "SessionID=1.0; Session=close",
        "MSG a b 1\r\nxOUT OTH\r\n",
    );
    rig.closed("received MSG a b 1\\r\\nxOUT OTH\\r\\n, closed Peer");
}

#[test]
fn escargot_data_is_never_put_into_a_poll() {
    let mut rig = Rig::live(config(Mode::Learn));
    rig.wait(500);
    for _ in 0..10 {
        rig.send("A");
        let post = rig.expect("SessionID=1.0", "A");
        rig.answer(post, "", "");
        rig.wait(5_000);
        let poll = rig.expect("SessionID=1.0&Action=poll&Lifespan=60", "");
        rig.answer(poll, "", "");
    }
}

#[test]
fn escargot_an_echoed_gw_ip_is_not_an_address_to_go_to() {
    let mut rig = Rig::live(config(Mode::Serial));
    rig.send("A");
    let post = rig.transmit().unwrap().id;
    rig.answer(post, "SessionID=1.1; GW-IP=none", "");
    rig.session().send(Bytes::from_static(b"B")).unwrap();
    rig.transmit().unwrap();
    assert_eq!(rig.host(), "geo.gateway.messenger.live.com");
}
