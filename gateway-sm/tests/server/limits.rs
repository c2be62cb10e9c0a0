//! Everything is bounded (gateway.md 13.13), and what it costs.

use std::net::{IpAddr, Ipv4Addr};

use bytes::Bytes;
use gateway_sm::{EndReason, ExchangeId, Peer, SendError, ServerEvent, SessionKey};
use http::Request;

use crate::bench::{Bench, config, says_close, seconds};

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

fn open_from(bench: &mut Bench, last: Option<u8>) -> ExchangeId {
    let mut request = Request::post("/gateway/gateway.dll?Action=open");
    if let Some(last) = last {
        request = request.extension(Peer(IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))));
    }
    bench.request(request.body(Bytes::new()).unwrap())
}

/// Who has opened, as far as is told, and which of them have ended for that reason.
fn opened_and_displaced(bench: &mut Bench) -> (Vec<SessionKey>, Vec<SessionKey>) {
    let (mut opened, mut displaced) = (Vec::new(), Vec::new());
    for event in bench.take_events() {
        match event {
            ServerEvent::Opened { session, .. } => opened.push(session),
            ServerEvent::Closed {
                session,
                reason: EndReason::Displaced,
                ..
            } => displaced.push(session),
            _ => {}
        }
    }
    (opened, displaced)
}

/// Case D10: 3,200 opens without a sign-in gave everybody 503 for two minutes.
#[test]
fn strangers_crowd_out_strangers_of_their_own_and_nobody_who_is_known() {
    let config = config().max_sessions(100).unwrap();
    let mut bench = Bench::new(config.max_strangers(10, 4).unwrap());
    let known = open_from(&mut bench, Some(1));
    assert_eq!(bench.sent(known).status(), 200);
    let (known, _) = opened_and_displaced(&mut bench);
    assert!(bench.gateway().is_strangers(known[0]));
    bench.gateway().vouch(known[0]);
    assert!(!bench.gateway().is_strangers(known[0]));
    let honest = open_from(&mut bench, Some(2));
    assert_eq!(bench.sent(honest).status(), 200);
    for _ in 0..1000 {
        let open = open_from(&mut bench, Some(3));
        assert_eq!(bench.sent(open).status(), 200);
    }
    let (opened, displaced) = opened_and_displaced(&mut bench);
    assert_eq!((opened.len(), displaced.len()), (1001, 996));
    assert_eq!(displaced[..], opened[1..997], "the longest silent first");
    // From many networks, one each.
    for last in 4..=9 {
        let open = open_from(&mut bench, Some(last));
        assert_eq!(bench.sent(open).status(), 200);
    }
    let (_, displaced) = opened_and_displaced(&mut bench);
    assert_eq!(displaced[..], opened[997..998], "of whom there are most");
    assert_eq!(bench.gateway().sessions(), 1 + 10);
}

/// With fewer sessions in all than strangers may have, these filled the table, and whoever came got 503.
#[test]
fn a_stranger_gives_way_where_there_is_no_room_for_any_session() {
    let config = config().max_sessions(4).unwrap();
    let mut bench = Bench::new(config.max_strangers(10, 3).unwrap());
    for last in [1, 1, 2, 2] {
        let open = open_from(&mut bench, Some(last));
        assert_eq!(bench.sent(open).status(), 200);
    }
    let (opened, _) = opened_and_displaced(&mut bench);
    let open = open_from(&mut bench, Some(3));
    assert_eq!(bench.sent(open).status(), 200);
    let (newcomer, displaced) = opened_and_displaced(&mut bench);
    assert_eq!(displaced[..], opened[2..3], "of those with the most");
    // Whoever is known does not give way.
    for known in [newcomer[0], opened[0], opened[1], opened[3]] {
        bench.gateway().vouch(known);
    }
    let open = open_from(&mut bench, Some(4));
    assert_eq!(bench.sent(open).status(), 503);
}

/// The same for those that nothing is known of: they are one crowd, without a limit of its own. One that waits is told.
#[test]
fn strangers_without_a_peer_are_one_crowd() {
    let mut bench = Bench::new(config().max_strangers(3, 2).unwrap());
    let open = open_from(&mut bench, None);
    bench.adopt(open);
    let poll = bench.poll(60);
    for _ in 0..3 {
        bench.skip(seconds(1));
        let open = open_from(&mut bench, None);
        assert_eq!(bench.sent(open).status(), 200);
    }
    let told = bench.sent(poll);
    assert!(says_close(&told), "{told:?}");
    assert_eq!(bench.gateway().sessions(), 3);
    assert_eq!(opened_and_displaced(&mut bench).1.len(), 1);
}

/// Case D5: what waits for all was bounded by the number of sessions alone.
#[test]
fn whoever_has_much_waiting_gets_no_more_when_all_have_too_much() {
    let config = config().max_reply(10).unwrap().max_queued(100).unwrap();
    let mut bench = Bench::new(config.max_queued_by_all(150).unwrap());
    for _ in 0..3 {
        let open = open_from(&mut bench, None);
        assert_eq!(bench.sent(open).status(), 200);
    }
    let (opened, _) = opened_and_displaced(&mut bench);
    let now = bench.now();
    let send = |bench: &mut Bench, who: usize, bytes: usize| {
        let frames = Bytes::from(vec![b'x'; bytes]);
        bench.gateway().send(opened[who], frames, now)
    };
    send(&mut bench, 0, 100).unwrap();
    send(&mut bench, 1, 50).unwrap();
    assert_eq!(send(&mut bench, 1, 1), Err(SendError::Full));
    send(&mut bench, 2, 10).unwrap();
    assert_eq!(send(&mut bench, 2, 1), Err(SendError::Full));
    bench.pass(seconds(300));
    assert_eq!(bench.gateway().sessions(), 0);
    let open = open_from(&mut bench, None);
    assert_eq!(bench.sent(open).status(), 200);
    let (opened, _) = opened_and_displaced(&mut bench);
    let (frames, now) = (Bytes::from(vec![b'x'; 100]), bench.now());
    bench.gateway().send(opened[0], frames, now).unwrap();
}
