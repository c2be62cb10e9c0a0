//! What is known of frames that were sent, by the connection that carried them.

use gateway_sm::ConnectionEnd;

use crate::bench::{Bench, config};

/// A session with one message in a reply that was written to connection 1.
fn written() -> Bench {
    let mut bench = Bench::default();
    let poll = bench.by(1).poll(60);
    bench.send_tagged("SDG 0\r\n", 7);
    assert_eq!(bench.body(poll), "SDG 0\r\n");
    assert_eq!(bench.events(), ["Written [7]"]);
    bench
}

#[test]
fn the_next_poll_by_the_same_connection_shows_that_a_reply_was_read() {
    let mut bench = written();
    bench.by(1).poll(60);
    assert_eq!(bench.events(), ["Shown [7]"]);
    bench.by(1).poll(60);
    bench.ends(1, ConnectionEnd::Broken);
    assert_eq!(bench.events(), [""; 0], "once");
}

#[test]
fn a_poll_by_another_connection_and_a_post_show_nothing() {
    let mut bench = written();
    bench.by(2).poll(60);
    let post = bench.by(1).post("PNG 7 CON 0\r\n");
    bench.answered(post);
    bench.sent(post);
    assert_eq!(bench.events(), ["received PNG 7 CON 0\r\n"]);
    bench.pass(std::time::Duration::from_secs(100));
    assert_eq!(bench.events(), [""; 0], "nor does time");
    bench.by(1).poll(60);
    assert_eq!(bench.events(), ["Shown [7]"]);
}

#[test]
fn how_a_connection_ends_says_what_is_known_of_its_replies() {
    for (end, told) in [
        (ConnectionEnd::Orderly, "Shown [7]"),
        (ConnectionEnd::Taken, "Taken [7]"),
        (ConnectionEnd::Broken, "Lost [7]"),
    ] {
        let mut bench = written();
        bench.ends(2, end);
        assert_eq!(bench.events(), [""; 0], "another connection");
        bench.ends(1, end);
        assert_eq!(bench.events(), [told]);
        bench.ends(1, end);
        assert_eq!(bench.events(), [""; 0], "once");
    }
}

#[test]
fn a_lost_reply_keeps_the_tags_of_its_frames() {
    let mut bench = Bench::default();
    let poll = bench.by(1).poll(60);
    bench.send_tagged("SDG 1\r\n", 1);
    bench.send_tagged("SDG 2\r\n", 2);
    bench.lose(poll);
    assert_eq!(bench.events(), [""; 0]);
    let poll = bench.by(2).poll(60);
    assert_eq!(bench.body(poll), "SDG 1\r\nSDG 2\r\n");
    assert_eq!(bench.events(), ["Written [1, 2]"]);
    bench.by(2).poll(60);
    assert_eq!(bench.events(), ["Shown [1, 2]"]);
}

#[test]
fn a_poll_that_comes_before_its_reply_was_written_shows_nothing() {
    let mut bench = Bench::default();
    let first = bench.by(1).poll(60);
    bench.send_tagged("SDG 0\r\n", 7);
    // Sent without waiting for the reply.
    bench.by(1).poll(60);
    bench.sent(first);
    assert_eq!(bench.events(), ["Written [7]"]);
}

#[test]
fn frames_without_tags_and_requests_without_a_connection_are_not_talked_about() {
    let mut bench = Bench::default();
    let poll = bench.poll(60);
    bench.send_tagged("SDG 0\r\n", 7);
    bench.sent(poll);
    bench.poll(60);
    let poll = bench.by(1).poll(60);
    bench.send("NFY 0\r\n").unwrap();
    bench.sent(poll);
    bench.by(1).poll(60);
    assert_eq!(bench.events(), [""; 0]);
}

#[test]
fn a_session_that_has_ended_is_told_nothing_more() {
    let mut bench = written();
    bench.close();
    bench.events();
    bench.ends(1, ConnectionEnd::Broken);
    let poll = bench.by(2).poll(60);
    bench.sent(poll);
    assert_eq!(bench.events(), [""; 0]);
}

#[test]
fn a_client_that_sends_nothing_more_by_its_connection_is_answered_now() {
    let mut bench = Bench::opened(config());
    let poll = bench.by(1).poll(60);
    let now = bench.now();
    bench.gateway().handle_half_closed(poll, now);
    bench.drain();
    assert_eq!(bench.body(poll), "");
    // A poll with bytes is answered when the application has answered them, and not held.
    let query = format!("Action=poll&Lifespan=60&SessionID={}", bench.id);
    let poll = bench.by(2).ask(&query, "PNG 7 CON 0\r\n");
    let now = bench.now();
    bench.gateway().handle_half_closed(poll, now);
    bench.drain();
    assert!(bench.replied(poll).is_none());
    bench.send("PNG 7 CON 2\r\n\r\n").unwrap();
    bench.answered(poll);
    assert_eq!(bench.body(poll), "PNG 7 CON 2\r\n\r\n");
}
