//! How sessions end (gateway.md 7, 13.11, 13.12), and that they stay ended.

use gateway_sm::UnknownSession;

use crate::bench::{Bench, config, messenger, says_close, seconds};

#[test]
fn duty_12_after_out_the_reply_to_it_says_close_and_the_session_is_forgotten() {
    let mut bench = Bench::default();
    let post = bench.post("OUT\r\n");
    bench.close();
    bench.answered(post);
    let reply = bench.sent(post);
    assert!(reply.status() == 200 && says_close(&reply));
    assert_eq!(
        bench.events(),
        ["received OUT\r\n", "closed by the application, unsent []"]
    );
    assert_eq!(bench.gateway().sessions(), 0);
    assert_eq!(bench.gateway().poll_timeout(), None);
}

#[test]
fn a_close_reaches_the_held_poll_with_everything_that_was_sent_before() {
    let mut bench = Bench::opened(config().max_reply(4).unwrap());
    let poll = bench.poll(60);
    let post = bench.post("X\r\n");
    bench.send("aaaa").unwrap();
    bench.send("bbbb").unwrap();
    bench.answered(post);
    bench.send("OUT OTH\r\n").unwrap();
    bench.close();
    assert_eq!(bench.body(post), "aaaa");
    let reply = bench.sent(poll);
    assert!(says_close(&reply));
    assert_eq!(reply.body(), "bbbbOUT OTH\r\n");
}

#[test]
fn a_close_between_polls_reaches_the_next_poll_with_the_last_frames() {
    let mut bench = Bench::default();
    bench.send("OUT SSD\r\n").unwrap();
    bench.close();
    bench.pass(seconds(100));
    let poll = bench.poll(60);
    let reply = bench.sent(poll);
    assert!(says_close(&reply));
    assert_eq!(reply.body(), "OUT SSD\r\n");
    let poll = bench.poll(60);
    assert_eq!(bench.sent(poll).status(), 400);
}

#[test]
fn a_close_whose_reply_is_lost_is_told_again() {
    let mut bench = Bench::default();
    let poll = bench.poll(60);
    bench.send("OUT OTH\r\n").unwrap();
    bench.lose(poll);
    bench.close();
    for _ in 0..3 {
        let poll = bench.poll(60);
        assert!(says_close(bench.replied(poll).unwrap()));
        bench.lose(poll);
    }
    let poll = bench.short_poll();
    assert_eq!(bench.body(poll), "OUT OTH\r\n");
}

#[test]
fn every_waiting_request_hears_of_the_end() {
    let mut bench = Bench::default();
    let (poll, first, second) = (bench.poll(60), bench.post("A\r\n"), bench.post("B\r\n"));
    bench.close();
    for exchange in [poll, first, second] {
        assert!(says_close(&bench.sent(exchange)));
    }
    assert_eq!(bench.gateway().sessions(), 0);
}

#[test]
fn bytes_for_an_ended_session_are_refused_so_that_no_200_acknowledges_them() {
    let mut bench = Bench::default();
    bench.close();
    bench.events();
    let post = bench.post("MSG 1 N 0\r\n");
    let reply = bench.sent(post);
    assert_eq!(reply.status(), 400);
    assert!(says_close(&reply));
    assert!(bench.events().is_empty());
}

#[test]
fn the_application_cannot_send_into_an_ended_session() {
    let mut bench = Bench::default();
    bench.close();
    assert_eq!(bench.send("A\r\n"), Err(gateway_sm::SendError::Closed));
    bench.close();
    assert_eq!(
        bench.events(),
        ["closed by the application, unsent []"],
        "once"
    );
}

#[test]
fn action_close_ends_the_session() {
    let mut bench = Bench::default();
    let poll = bench.poll(60);
    let close = bench.ask(&format!("Action=close&SessionID={}", bench.id), "");
    for exchange in [poll, close] {
        assert!(says_close(&bench.sent(exchange)));
    }
    assert_eq!(bench.events(), ["closed by the client, unsent []"]);
    assert_eq!(bench.gateway().sessions(), 0);
}

#[test]
fn duty_11_silence_ends_a_session_and_gives_back_what_was_not_delivered() {
    let mut bench = Bench::default();
    bench.send("A\r\n").unwrap();
    bench.pass(seconds(119));
    assert!(bench.events().is_empty());
    bench.pass(seconds(1));
    assert_eq!(bench.events(), ["closed by silence, unsent [A\r\n]"]);
    assert_eq!(bench.gateway().sessions(), 0);
}

#[test]
fn duty_11_a_held_poll_counts_as_activity() {
    let mut bench = Bench::default();
    for _ in 0..5 {
        let poll = bench.poll(110);
        bench.pass(seconds(110));
        assert_eq!(bench.body(poll), "");
        bench.pass(seconds(15));
    }
    assert!(bench.events().is_empty());
}

#[test]
fn a_reply_that_is_still_being_written_counts_as_activity() {
    let mut bench = Bench::default();
    bench.send("A\r\n").unwrap();
    let poll = bench.short_poll();
    bench.pass(seconds(500));
    assert_eq!(bench.body(poll), "A\r\n");
    bench.pass(seconds(119));
    assert!(bench.events().is_empty());
    bench.pass(seconds(1));
    assert_eq!(bench.events(), ["closed by silence, unsent []"]);
}

#[test]
fn escargot_revived_closed_sessions_here_nothing_does() {
    let mut bench = Bench::default();
    bench.pass(seconds(60));
    let poll = bench.short_poll();
    bench.close();
    assert_eq!(bench.sent(poll).status(), 200);
    let poll = bench.short_poll();
    assert!(says_close(&bench.sent(poll)));
    for _ in 0..3 {
        let poll = bench.short_poll();
        assert_eq!(bench.sent(poll).status(), 400);
    }
}

#[test]
fn a_session_that_is_overdue_is_dead_even_if_no_timer_has_rung() {
    let mut bench = Bench::default();
    bench.skip(seconds(121));
    let poll = bench.poll(60);
    assert_eq!(bench.sent(poll).status(), 400);
    assert_eq!(bench.events(), ["closed by silence, unsent []"]);
}

#[test]
fn escargot_reaped_active_sessions_here_a_post_in_progress_keeps_it_alive() {
    let config = config().post_hold(seconds(1000)).unwrap();
    let mut bench = Bench::opened(config);
    let post = bench.post("SLOW\r\n");
    bench.pass(seconds(900));
    bench.answered(post);
    assert_eq!(bench.body(post), "");
    assert_eq!(bench.events(), ["received SLOW\r\n"]);
}

#[test]
fn escargot_dropped_buffered_output_at_close_here_it_is_delivered() {
    let mut bench = Bench::default();
    bench.send("A\r\n").unwrap();
    let close = bench.ask(&format!("Action=close&SessionID={}", bench.id), "");
    assert_eq!(bench.body(close), "A\r\n");
}

#[test]
fn an_unknown_session_gets_400_or_session_close_as_configured() {
    let mut bench = Bench::new(config());
    let poll = bench.ask("Action=poll&SessionID=1.2", "");
    assert_eq!(bench.sent(poll).status(), 400);

    let mut bench = Bench::new(config().unknown_session(UnknownSession::SessionClose));
    let poll = bench.ask("Action=poll&SessionID=1.2", "");
    let reply = bench.sent(poll);
    assert_eq!(reply.status(), 200);
    assert_eq!(
        messenger(&reply),
        "SessionID=1.2; GW-IP=192.0.2.7; Session=close"
    );
    let post = bench.ask("SessionID=1.2", "PNG\r\n");
    assert_eq!(
        bench.sent(post).status(),
        400,
        "a 200 would say that the bytes were taken"
    );
}

#[test]
fn an_ended_session_whose_client_never_comes_back_is_forgotten() {
    let mut bench = Bench::default();
    bench.send("A\r\n").unwrap();
    bench.close();
    bench.pass(seconds(120));
    assert_eq!(bench.gateway().sessions(), 0);
    assert_eq!(
        bench.events(),
        ["closed by the application, unsent []"],
        "no second end"
    );
}
