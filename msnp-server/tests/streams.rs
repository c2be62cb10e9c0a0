//! The stream door of the whole server machine: bytes in, bytes out, no socket.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use bytes::Bytes;
use gateway_sm::ConnectionEnd;
use machine_contract::{Instant, StreamAsk, StreamId, UnixTime};
use msnp_server::{Caller, Config, Now, Server};

const NOW: Now = Now {
    monotonic: Instant::ORIGIN,
    wall: UnixTime::from_millis(1_431_882_693_260),
};

fn server(change: impl FnOnce(&mut Config)) -> Server {
    let mut config = Config::new("im.example.org");
    change(&mut config);
    Server::new(&config, 0, [7; 32], NOW).unwrap()
}

fn accept(server: &mut Server) -> Option<StreamId> {
    accept_from(server, [192, 0, 2, 1])
}

fn accept_from(server: &mut Server, peer: [u8; 4]) -> Option<StreamId> {
    let from = Caller {
        peer: peer.into(),
        ..Caller::nowhere()
    };
    server.handle_accepted(from, NOW)
}

/// All that the server says by a stream to a client that reads.
fn told(server: &mut Server, id: StreamId) -> String {
    let mut all = Vec::new();
    while let Some(bytes) = server.poll_send(id) {
        all.extend_from_slice(&bytes);
        server.handle_taken(id, NOW);
    }
    String::from_utf8(all).unwrap()
}

#[test]
fn a_stream_is_spoken_to_by_its_first_bytes() {
    let mut server = server(|_| {});
    for (said, heard) in [
        ("PNG 1 CON 0\r\n", "PNG 1 CON 48\r\n"),
        ("CNT 1 CON 2\r\n\r\n", "200 1 CON"),
        ("VER 1 MSNP2 CVR0\r\n", "VER 1 0\r\n"),
        ("HELLO alice@example.org\r\n", "NO HELLO\r\n"),
    ] {
        let id = accept(&mut server).unwrap();
        assert!(server.is_strangers(id));
        for cut in 0..said.len() {
            server.handle_received(id, Bytes::copy_from_slice(&said.as_bytes()[cut..=cut]), NOW);
        }
        let told = told(&mut server, id);
        assert!(told.starts_with(heard), "{said}: {told}");
    }
}

#[test]
fn what_was_said_leaves_before_the_end() {
    let mut server = server(|_| {});
    let id = accept(&mut server).unwrap();
    server.handle_received(id, "PNG 1 CON 0\r\nOUT 2 CON 2\r\n\r\n".into(), NOW);
    assert_eq!(server.poll_stream(), None, "something is still to be said");
    assert_eq!(server.poll_ready(), Some(id));
    let told = told(&mut server, id);
    assert!(
        told.contains("PNG 1 CON") && told.contains("OUT 2 CON"),
        "{told}"
    );
    assert_eq!(server.poll_stream(), Some(StreamAsk::Finish(id)));
    assert_eq!(server.poll_stream(), None);
    // What comes behind the end does no harm.
    assert!(server.handle_received(id, "PNG 3 CON 0\r\n".into(), NOW));
    assert_eq!(server.poll_send(id), None);
    server.handle_closed(id, ConnectionEnd::Orderly, NOW);
    assert_eq!((server.open_streams(), server.connections()), (0, 0));
}

#[test]
fn a_stop_says_good_bye_first() {
    let mut server = server(|_| {});
    let id = accept(&mut server).unwrap();
    server.handle_shutdown(NOW);
    assert!(told(&mut server, id).contains("OUT 0 CON"));
    assert_eq!(server.poll_stream(), Some(StreamAsk::Finish(id)));
}

#[test]
fn a_stream_that_never_signs_in_is_over() {
    let mut server = server(|_| {});
    let id = accept(&mut server).unwrap();
    let due = server.poll_timeout().unwrap();
    assert!(due <= NOW.monotonic + Duration::from_secs(120));
    server.handle_timeout(NOW.until(due));
    assert!(told(&mut server, id).contains("OUT 0 CON"));
    assert_eq!(server.poll_stream(), Some(StreamAsk::Finish(id)));
}

/// Nobody takes what the server says: it neither reads nor says without end.
#[test]
fn a_peer_that_does_not_read_makes_the_server_hold_little() {
    let mut server = server(|config| {
        config.faces.commands_per_second = 1_000_000;
        config.faces.command_burst = 1_000_000;
    });
    let id = accept(&mut server).unwrap();
    let mut read = 0;
    while server.wants_read(id) {
        let pings = Bytes::from("PNG 7 CON 0\r\n".repeat(10));
        read += pings.len();
        server.handle_received(id, pings, NOW);
        assert!(read < 1 << 20, "it reads without end");
    }
    // A host that reads nevertheless gains nothing by it.
    for _ in 0..10_000 {
        server.handle_received(id, "PNG 7 CON 0\r\n".into(), NOW);
    }
    let held = told(&mut server, id).len();
    assert!(held <= 64 * 1024, "{held} bytes");
}

#[test]
fn who_reads_again_is_read_again() {
    let mut server = server(|config| config.faces.command_burst = 1_000_000);
    let id = accept(&mut server).unwrap();
    while server.handle_received(id, "PNG 7 CON 0\r\n".into(), NOW) {}
    assert_eq!(server.poll_ready(), Some(id), "there are bytes");
    while server.poll_send(id).is_some() {
        server.handle_taken(id, NOW);
    }
    assert!(server.wants_read(id));
    assert_eq!(server.poll_ready(), Some(id), "it is read again");
}

/// Case D6: whoever never read and never stopped was read for as long as it liked, and kept others waiting.
#[test]
fn whoever_goes_on_behind_the_end_is_let_go() {
    let mut server = server(|_| {});
    let id = accept(&mut server).unwrap();
    let lines = "XYZ 9 CON 0\r\n".repeat(3);
    assert!(server.handle_received(id, lines.into(), NOW));
    let piece = Bytes::from(vec![b'x'; 8 * 1024]);
    for _ in 0..8 {
        assert!(
            server.handle_received(id, piece.clone(), NOW),
            "it may have been under way"
        );
        assert_eq!(server.open_streams(), 1);
    }
    server.handle_received(id, piece, NOW);
    assert_eq!(server.open_streams(), 0);
    let asks: Vec<_> = std::iter::from_fn(|| server.poll_stream()).collect();
    assert!(asks.contains(&StreamAsk::Drop(id)), "{asks:?}");
}

#[test]
fn there_are_not_more_streams_than_the_limits_say() {
    let mut server = server(|config| {
        config.sessions = 3;
        config.sessions_per_peer = Some(2);
    });
    let one = accept(&mut server).unwrap();
    let two = accept(&mut server).unwrap();
    assert_ne!(one, two);
    assert_eq!(accept(&mut server), None, "of this peer");
    assert!(accept_from(&mut server, [192, 0, 2, 7]).is_some());
    assert_eq!(accept_from(&mut server, [192, 0, 2, 8]), None, "of all");
    server.handle_closed(one, ConnectionEnd::Broken, NOW);
    assert!(accept_from(&mut server, [192, 0, 2, 8]).is_some());
    assert_eq!(server.open_streams(), 3);
}

/// A hundred silent ones kept everybody else out for two minutes.
#[test]
fn silent_streams_give_way_those_of_the_largest_crowd_first() {
    let mut server = server(|config| {
        config.anonymous_sessions = 4;
        config.anonymous_sessions_per_peer = 2;
    });
    let later = |seconds| NOW.until(NOW.monotonic + Duration::from_secs(seconds));
    let from = |server: &mut Server, peer: [u8; 4], at: Now| {
        let caller = Caller {
            peer: peer.into(),
            ..Caller::nowhere()
        };
        server.handle_accepted(caller, at).expect("there is room")
    };
    let dropped = |server: &mut Server| -> Vec<StreamAsk> {
        std::iter::from_fn(|| server.poll_stream()).collect()
    };
    let (crowd, other) = ([192, 0, 2, 1], [192, 0, 2, 2]);
    let one = from(&mut server, crowd, later(0));
    let two = from(&mut server, crowd, later(1));
    // Who says something is not the one that was silent for longest.
    server.handle_received(one, "PNG 1 CON 0\r\n".into(), later(2));
    let three = from(&mut server, crowd, later(3));
    assert_eq!(dropped(&mut server), [StreamAsk::Drop(two)], "its own");
    let four = from(&mut server, other, later(4));
    // One crowd that speaks for many is bounded as all are.
    let five = from(&mut server, [127, 0, 0, 1], later(5));
    assert_eq!(dropped(&mut server), []);
    from(&mut server, [192, 0, 2, 3], later(6));
    assert_eq!(
        dropped(&mut server),
        [StreamAsk::Drop(one)],
        "of the network with the most"
    );
    assert_eq!(server.open_streams(), 4);
    assert_eq!(server.connections(), 4);
    for id in [three, four, five] {
        assert!(server.handle_received(id, "PNG 1 CON 0\r\n".into(), later(7)));
    }
}

#[test]
fn who_speaks_for_many_has_only_the_limit_for_all() {
    let mut server = server(|config| config.sessions_per_peer = Some(1));
    for near in [[127, 0, 0, 1], [10, 0, 0, 1], [0, 0, 0, 0]] {
        assert!(accept_from(&mut server, near).is_some());
        assert!(accept_from(&mut server, near).is_some());
    }
}

#[test]
fn inputs_for_a_stream_that_is_over_do_nothing() {
    let mut server = server(|_| {});
    let id = accept(&mut server).unwrap();
    server.handle_closed(id, ConnectionEnd::Broken, NOW);
    for id in [id, StreamId::new(99)] {
        assert!(!server.handle_received(id, "PNG 1 CON 0\r\n".into(), NOW));
        server.handle_taken(id, NOW);
        server.handle_finished(id, NOW);
        server.handle_closed(id, ConnectionEnd::Orderly, NOW);
        assert_eq!(server.poll_send(id), None);
    }
    assert_eq!((server.poll_stream(), server.poll_ready()), (None, None));
}
