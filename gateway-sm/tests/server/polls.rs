//! When a reply leaves, and with which frames (gateway.md 6, 13.8–13.10).

use crate::bench::{Bench, config, says_close, seconds, session_id};

#[test]
fn a_held_poll_is_released_by_the_message_itself() {
    let mut bench = Bench::default();
    let poll = bench.poll(60);
    bench.pass(seconds(59));
    assert!(bench.replied(poll).is_none());
    bench.send("MSG 1\r\n").unwrap();
    assert_eq!(bench.body(poll), "MSG 1\r\n");
}

#[test]
fn a_held_poll_ends_empty_when_its_lifespan_is_over() {
    let mut bench = Bench::default();
    let poll = bench.poll(60);
    bench.pass(seconds(60));
    assert_eq!(bench.body(poll), "");
}

#[test]
fn a_lifespan_is_capped() {
    let mut bench = Bench::opened(config().longest_hold(seconds(20)).unwrap());
    let poll = bench.poll(4_000_000_000);
    bench.pass(seconds(19));
    assert!(bench.replied(poll).is_none());
    bench.pass(seconds(1));
    assert_eq!(bench.body(poll), "");
}

#[test]
fn pollers_without_a_lifespan_are_answered_at_once() {
    let mut bench = Bench::default();
    for lifespan in [
        "",
        "&Lifespan=0",
        "&Lifespan=",
        "&Lifespan=-1",
        "&Lifespan=soon",
    ] {
        let query = format!("Action=poll&SessionID={}{lifespan}", bench.id);
        let poll = bench.ask(&query, "");
        assert_eq!(bench.body(poll), "", "{lifespan}");
    }
}

#[test]
fn a_server_told_to_hold_nothing_answers_every_poll_at_once() {
    let mut bench = Bench::opened(config().longest_hold(seconds(0)).unwrap());
    let poll = bench.poll(60);
    assert_eq!(bench.body(poll), "");
}

#[test]
fn a_poll_finds_what_was_queued_before_it() {
    let mut bench = Bench::default();
    bench.send("A\r\n").unwrap();
    bench.send("B\r\n").unwrap();
    let poll = bench.poll(60);
    assert_eq!(bench.body(poll), "A\r\nB\r\n");
}

#[test]
fn duty_10_a_newer_poll_sends_the_older_one_home_empty() {
    let mut bench = Bench::default();
    let (older, newer) = (bench.poll(60), bench.poll(60));
    assert_eq!(bench.body(older), "");
    bench.send("A\r\n").unwrap();
    assert_eq!(bench.body(newer), "A\r\n");
    let (older, short) = (bench.poll(60), bench.short_poll());
    assert_eq!(bench.body(older), "");
    assert_eq!(bench.body(short), "");
}

#[test]
fn a_post_beside_the_held_poll_of_who_keeps_one_gets_its_own_answer_and_leaves_the_poll_alone() {
    let mut bench = Bench::that_keeps_its_poll();
    let poll = bench.poll(60);
    let post = bench.post("PNG 7 CON 2\r\n\r\n");
    assert!(bench.replied(poll).is_none());
    bench.send("PNG 7 CON 48\r\n").unwrap();
    assert!(
        bench.replied(poll).is_none(),
        "the answer belongs to the post"
    );
    bench.answered(post);
    assert_eq!(bench.body(post), "PNG 7 CON 48\r\n");
    assert!(bench.replied(poll).is_none());
    bench.send("NFY\r\n").unwrap();
    assert_eq!(bench.body(poll), "NFY\r\n");
}

#[test]
fn duty_9_a_post_that_meets_a_held_poll_is_served_never_refused() {
    for mut bench in [Bench::default(), Bench::that_keeps_its_poll()] {
        let poll = bench.poll(3);
        let post = bench.post("CHG 9 NLN 0\r\n");
        bench.answered(post);
        assert_eq!(bench.body(post), "");
        bench.pass(seconds(3));
        assert_eq!(bench.body(poll), "");
    }
}

/// Case A7: the held poll stayed, the next one displaced it, whose answer started the next: 107 requests in 59 s of an
/// idle client that asks for the next poll half a second after any answer.
#[test]
fn a_held_poll_is_answered_when_its_session_posts() {
    for body in ["PNG 7 CON 2\r\n\r\n", ""] {
        let mut bench = Bench::default();
        let poll = bench.poll(60);
        let post = bench.post(body);
        if !body.is_empty() {
            bench.send("PNG 7 CON 48\r\n").unwrap();
            bench.answered(post);
        }
        assert_eq!(bench.body(poll), "");
        let answer = if body.is_empty() {
            ""
        } else {
            "PNG 7 CON 48\r\n"
        };
        assert_eq!(bench.body(post), answer);
    }
}

#[test]
fn a_client_that_polls_after_any_answer_makes_one_request_a_minute() {
    let mut bench = Bench::default();
    let half = std::time::Duration::from_millis(500);
    let mut requests = 0;
    let mut open = vec![bench.poll(60)];
    open.push(bench.post("PNG 7 CON 2\r\n\r\n"));
    bench.answered(open[1]);
    let mut next = None;
    let end = bench.now() + seconds(59);
    while bench.now() < end {
        let answered: Vec<_> = (open.iter().copied())
            .filter(|exchange| bench.replied(*exchange).is_some())
            .collect();
        for exchange in answered {
            bench.sent(exchange);
            open.retain(|one| *one != exchange);
            next = Some(bench.now() + half);
        }
        bench.pass(std::time::Duration::from_millis(100));
        if next.is_some_and(|at| at <= bench.now()) {
            next = None;
            requests += 1;
            open.push(bench.poll(60));
        }
    }
    assert_eq!(requests, 1);
}

#[test]
fn a_gateway_that_rotates_ids_holds_no_poll_and_does_not_claim_to() {
    let mut bench = Bench::opened(config().rotate_session_ids(true));
    let query = format!("Action=poll&Lifespan=60&SessionID={}", bench.id);
    let request = http::Request::post(format!("/gateway/gateway.dll?{query}"));
    let request = request.header("X-MSN-GWCapabilities", "*");
    let poll = bench.request(request.body(bytes::Bytes::new()).unwrap());
    assert!(
        !bench
            .sent(poll)
            .headers()
            .contains_key("X-MSN-GWCapabilities")
    );
}

#[test]
fn what_is_said_in_one_go_is_one_reply() {
    let mut bench = Bench::default();
    let (poll, session, now) = (bench.poll(60), bench.session.unwrap(), bench.now());
    for frames in ["A\r\n", "B\r\n", "OUT OTH\r\n"] {
        bench.gateway().send(session, frames.into(), now).unwrap();
    }
    bench.gateway().close(session, now);
    bench.drain();
    let reply = bench.sent(poll);
    assert_eq!(reply.body(), "A\r\nB\r\nOUT OTH\r\n");
    assert!(says_close(&reply));
    assert_eq!(bench.gateway().sessions(), 0);
}

#[test]
fn a_post_that_is_answered_and_closed_in_one_go_hears_of_both() {
    let mut bench = Bench::default();
    let (post, session, now) = (bench.post("OUT\r\n"), bench.session.unwrap(), bench.now());
    bench.gateway().answered(post, now);
    bench.gateway().close(session, now);
    bench.drain();
    assert!(says_close(&bench.sent(post)));
}

#[test]
fn a_request_that_comes_before_the_replies_are_drained_meets_none_in_progress() {
    let mut bench = Bench::opened(config().strict_serial(true));
    let (first, now) = (bench.post("A\r\n"), bench.now());
    bench.gateway().answered(first, now);
    let second = bench.post("B\r\n");
    bench.answered(second);
    assert_eq!((bench.body(first), bench.body(second)), Default::default());
}

#[test]
fn a_driver_that_asks_for_the_time_before_it_drains_is_told_to_come_back_at_once() {
    let mut bench = Bench::default();
    let poll = bench.poll(60);
    bench.pass(seconds(7));
    let (session, now) = (bench.session.unwrap(), bench.now());
    bench.gateway().send(session, "A\r\n".into(), now).unwrap();
    assert_eq!(bench.gateway().poll_timeout(), Some(now));
    bench.served().tell_time();
    assert_eq!(
        bench.gateway().poll_timeout(),
        None,
        "a reply is on its way"
    );
    bench.drain();
    assert_eq!(bench.body(poll), "A\r\n");
}

#[test]
fn the_gateway_of_2003_refuses_a_second_request_at_a_time() {
    let mut bench = Bench::opened(config().strict_serial(true));
    let poll = bench.poll(60);
    let post = bench.post("CHG 9 NLN 0\r\n");
    assert_eq!(bench.sent(post).status(), 400);
    assert!(bench.events().is_empty(), "a refused body is not processed");
    bench.send("A\r\n").unwrap();
    assert_eq!(bench.body(poll), "A\r\n");
    let post = bench.post("CHG 9 NLN 0\r\n");
    bench.answered(post);
    assert_eq!(bench.body(post), "");
}

#[test]
fn an_empty_command_post_is_answered_at_once_with_what_is_there() {
    let mut bench = Bench::default();
    let post = bench.post("");
    assert_eq!(bench.body(post), "");
    bench.send("A\r\n").unwrap();
    let post = bench.post("");
    assert_eq!(bench.body(post), "A\r\n");
    assert!(bench.events().is_empty());
}

#[test]
fn an_application_that_never_answers_cannot_hold_a_post_for_ever() {
    let mut bench = Bench::opened(config().post_hold(seconds(10)).unwrap());
    let post = bench.post("CVR 2\r\n");
    bench.send("CVR 2\r\n").unwrap();
    bench.pass(seconds(10));
    assert_eq!(bench.body(post), "CVR 2\r\n");
    bench.answered(post);
    assert_eq!(bench.events(), ["received CVR 2\r\n"]);
}

#[test]
fn several_posts_at_once_are_each_answered() {
    let mut bench = Bench::default();
    let (first, second) = (bench.post("A 1\r\n"), bench.post("B 2\r\n"));
    assert_eq!(bench.events(), ["received A 1\r\n", "received B 2\r\n"]);
    bench.send("B 2 OK\r\n").unwrap();
    bench.answered(second);
    assert_eq!(bench.body(second), "B 2 OK\r\n");
    bench.send("A 1 OK\r\n").unwrap();
    bench.answered(first);
    assert_eq!(bench.body(first), "A 1 OK\r\n");
}

#[test]
fn duty_10_frames_are_joined_up_to_the_limit_and_never_cut() {
    let mut bench = Bench::opened(config().max_reply(10).unwrap());
    for frames in ["aaaa", "bbbb", "cccc", "dddddddddddddddd", "e"] {
        bench.send(frames).unwrap();
    }
    let bodies = [(); 5].map(|()| {
        let poll = bench.short_poll();
        bench.body(poll)
    });
    assert_eq!(bodies, ["aaaabbbb", "cccc", "dddddddddddddddd", "e", ""]);
}

#[test]
fn one_reply_at_a_time_carries_frames() {
    let mut bench = Bench::default();
    let poll = bench.poll(60);
    bench.send("A\r\n").unwrap();
    let post = bench.post("PNG\r\n");
    bench.send("QNG 50\r\n").unwrap();
    bench.answered(post);
    assert!(
        bench.replied(post).is_none(),
        "the poll's reply may still be lost"
    );
    assert_eq!(bench.body(poll), "A\r\n");
    assert_eq!(bench.body(post), "QNG 50\r\n");
}

#[test]
fn a_reply_that_nobody_confirms_does_not_block_a_post_for_ever() {
    let mut bench = Bench::default();
    let poll = bench.poll(60);
    bench.send("A\r\n").unwrap();
    let post = bench.post("PNG\r\n");
    bench.send("QNG 50\r\n").unwrap();
    bench.answered(post);
    bench.pass(seconds(10));
    assert_eq!(bench.body(post), "");
    assert_eq!(bench.body(poll), "A\r\n");
    let poll = bench.short_poll();
    assert_eq!(bench.body(poll), "QNG 50\r\n");
}

#[test]
fn duty_8_rotating_ids_change_with_every_reply_and_the_most_recent_are_good() {
    let mut bench = Bench::opened(config().rotate_session_ids(true));
    let mut ids = vec![bench.id.clone()];
    for _ in 0..5 {
        let poll = bench.short_poll();
        let reply = bench.sent(poll);
        ids.push(session_id(&reply));
    }
    let majors: Vec<_> = ids.iter().map(|id| id.split_once('.').unwrap().0).collect();
    assert!(majors.iter().all(|major| *major == majors[0]));
    let statuses: Vec<_> = ids
        .iter()
        .rev()
        .map(|id| {
            let poll = bench.ask(&format!("Action=poll&SessionID={id}"), "");
            let status = bench.replied(poll).unwrap().status().as_u16();
            bench.lose(poll);
            status
        })
        .collect();
    assert_eq!(statuses, [200, 200, 200, 200, 400, 400]);
}

#[test]
fn ids_stay_the_same_unless_told_to_rotate() {
    let mut bench = Bench::default();
    for _ in 0..3 {
        let poll = bench.short_poll();
        let reply = bench.sent(poll);
        assert_eq!(session_id(&reply), bench.id);
    }
}

#[test]
fn frames_of_one_session_never_travel_with_another_one_s_reply() {
    // msn-pecan hands a body to whichever session wrote last; nothing unsolicited must reach it.
    let mut bench = Bench::default();
    let other = bench.ask("Action=open&Server=SB", "USR 1 alice@example.com 1.2\r\n");
    bench.send("NLN NLN bob@example.com\r\n").unwrap();
    bench.answered(other);
    assert!(bench.replied(other).unwrap().body().is_empty());
    let poll = bench.short_poll();
    assert_eq!(bench.body(poll), "NLN NLN bob@example.com\r\n");
}
