//! Everything is bounded (gateway.md 13.13), and what it costs.

use std::net::{IpAddr, Ipv4Addr};

use bytes::Bytes;
use gateway_sm::{Peer, SendError};
use http::Request;

use crate::bench::{Bench, config, seconds};

#[test]
fn duty_13_a_body_above_its_limit_is_refused_unread() {
    let mut bench = Bench::opened(config().max_body(4).unwrap());
    let post = bench.post("12345");
    assert_eq!(bench.sent(post).status(), 413);
    assert!(bench.events().is_empty());
    let post = bench.post("1234");
    bench.answered(post);
    assert_eq!(bench.sent(post).status(), 200);
}

#[test]
fn duty_13_a_full_queue_says_so_and_counts_what_is_on_its_way() {
    let mut bench = Bench::opened(config().max_queued(10).unwrap());
    assert_eq!(bench.send("12345678901"), Err(SendError::TooLarge));
    bench.send("123456").unwrap();
    assert_eq!(bench.send("12345"), Err(SendError::Full));
    let poll = bench.short_poll();
    assert_eq!(
        bench.send("12345"),
        Err(SendError::Full),
        "it may come back"
    );
    assert_eq!(bench.body(poll), "123456");
    bench.send("12345").unwrap();
}

#[test]
fn duty_13_sessions_are_counted_in_total_and_the_dead_make_room() {
    let mut bench = Bench::opened(config().max_sessions(2).unwrap());
    let open = bench.ask("Action=open", "");
    assert_eq!(bench.sent(open).status(), 200);
    let open = bench.ask("Action=open", "");
    assert_eq!(bench.sent(open).status(), 503);
    bench.skip(seconds(120));
    let open = bench.ask("Action=open", "");
    assert_eq!(bench.sent(open).status(), 200);
}

#[test]
fn duty_13_sessions_are_counted_per_peer() {
    let mut bench = Bench::new(config().max_sessions_per_peer(1).unwrap());
    let open = |bench: &mut Bench, last: u8| {
        let request = Request::post("/gateway/gateway.dll?Action=open")
            .extension(Peer(IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))));
        let open = bench.request(request.body(Bytes::new()).unwrap());
        bench.sent(open).status().as_u16()
    };
    assert_eq!(open(&mut bench, 1), 200);
    assert_eq!(open(&mut bench, 1), 429);
    assert_eq!(open(&mut bench, 2), 200);
    bench.pass(seconds(120));
    assert_eq!(open(&mut bench, 1), 200);
}

#[test]
fn duty_13_requests_of_one_session_at_a_time_are_bounded() {
    let mut bench = Bench::opened(config().max_posts(2).unwrap());
    let posts = [bench.post("A\r\n"), bench.post("B\r\n")];
    let refused = bench.post("C\r\n");
    assert_eq!(bench.sent(refused).status(), 429);
    for post in posts {
        bench.answered(post);
        assert_eq!(bench.sent(post).status(), 200);
    }
    assert_eq!(bench.events(), ["received A\r\n", "received B\r\n"]);
}

#[test]
fn nothing_is_kept_of_sessions_and_requests_that_are_over() {
    let mut bench = Bench::new(config());
    for _ in 0..100 {
        let open = bench.ask("Action=open", "VER 1\r\n");
        bench.answered(open);
        bench.sent(open);
        let bad = bench.ask("SessionID=1.2", "");
        bench.sent(bad);
    }
    bench.pass(seconds(120));
    assert_eq!(
        format!("{:?}", bench.gateway()),
        "Gateway { sessions: 0, exchanges: 0, .. }"
    );
    assert_eq!(bench.gateway().poll_timeout(), None);
}
