//! Which servers a client may ask for by `IP=`.

use std::time::Duration;

use bytes::Bytes;
use gateway_sm::Server::{Notification, Switchboard};
use gateway_sm::{CloseReason, Event, Server};
use gateway_upstream::Note;
use http::StatusCode;

use crate::person::{Line, Polls, World, config, world};

/// What becomes of a session that asks for this server: where it led to, if anywhere.
fn ask(world: &mut World, address: u8, server: Server, host: &str, first: &str) -> Option<String> {
    let before = world.host().connects.len();
    let line = Line::open(world, address, (server, host), Polls::Held);
    let frames = Bytes::copy_from_slice(first.as_bytes());
    let said = world.call(line.peer, |session, _| session.send(frames).map(|_| ()));
    said.expect("it is open");
    world.advance(Duration::from_secs(1));
    let events = world.take_events(line.peer);
    let refused = events.iter().any(|(_, event)| {
        let status = CloseReason::Status(StatusCode::BAD_REQUEST);
        matches!(event, Event::Closed(reason) if *reason == status)
    });
    let to = world.host().connects.get(before).map(ToString::to_string);
    assert_eq!(
        refused,
        to.is_none(),
        "refused, or let in: {host}, {events:?}"
    );
    to
}

const VER: &str = "VER 1 MSNP12 CVR0\r\n";
const NOBODY: &str = "USR 1 mallory@example.com guessed\r\n";

#[test]
fn without_a_referral_there_is_the_server_and_what_was_allowed() {
    let allowed = config()
        .allow("10.0.0.3")
        .unwrap()
        .allow("10.0.0.4:1999")
        .unwrap();
    let mut world = world(allowed, 1);
    let mut check = |server, host, expected: Option<&str>| {
        let first = [VER, NOBODY][usize::from(server == Switchboard)];
        assert_eq!(
            ask(&mut world, 1, server, host, first).as_deref(),
            expected,
            "{host}"
        );
    };
    let server = Some("10.0.0.2:1863");
    check(Notification, "none", server);
    check(Notification, "messenger.hotmail.com", server);
    check(Notification, "10.0.0.2", server);
    check(Notification, "10.0.0.3", Some("10.0.0.3:1863"));
    check(Switchboard, "10.0.0.4", Some("10.0.0.4:1999"));
    // A way into the operator's network, if it were let in.
    for host in [
        "127.0.0.1",
        "10.0.0.9",
        "169.254.169.254",
        "localhost",
        "10.0.0.2:22",
        "[::1]",
    ] {
        check(Notification, host, None);
        check(Switchboard, host, None);
    }
    check(Switchboard, "10.0.0.2", None);
    check(Switchboard, "none", None);
    let notes = &world.host().notes;
    let told = notes
        .iter()
        .filter(|note| matches!(note, Note::Refused { .. }));
    assert_eq!(told.count(), 14);
}

#[test]
fn a_referral_lets_its_client_in_and_nobody_else_and_runs_out() {
    let mut world = world(config(), 2);
    let mut alice = Line::sign_in(&mut world, "alice@example.com", 1, Polls::Held);
    alice.say(&mut world, "XFR 6 SB\r\n");
    let xfr = alice.wait_for(&mut world, "XFR 6 SB");
    let token = xfr.split(' ').nth(5).expect("a token");
    let with_token = format!("USR 1 alice@example.com {token}\r\n");
    let to = Some("10.0.0.9:1864".to_owned());
    let mut check = |address, host, first: &str, to: &Option<String>| {
        assert_eq!(ask(&mut world, address, Switchboard, host, first), *to);
    };
    check(1, "10.0.0.9", NOBODY, &to);
    check(2, "10.0.0.9", NOBODY, &None);
    // By another address of hers.
    check(3, "10.0.0.9", &with_token, &to);
    check(3, "10.0.0.8", &with_token, &None);
    assert_eq!(ask(&mut world, 1, Notification, "10.0.0.9", VER), None);
    world.advance(Duration::from_secs(601));
    assert_eq!(ask(&mut world, 1, Switchboard, "10.0.0.9", NOBODY), None);
}

#[test]
fn under_its_own_name_each_client_goes_where_it_was_sent() {
    let mut world = world(config().advertise("gw.example.com").unwrap(), 3);
    let mut alice = Line::sign_in(&mut world, "alice@example.com", 1, Polls::Held);
    assert_eq!(
        ask(&mut world, 1, Switchboard, "gw.example.com", NOBODY),
        None
    );
    alice.say(&mut world, "XFR 6 SB\r\n");
    alice.wait_for(&mut world, "XFR 6 SB gw.example.com:1864");
    let to = ask(&mut world, 1, Switchboard, "gw.example.com", NOBODY);
    assert_eq!(to.as_deref(), Some("10.0.0.9:1864"));
    assert_eq!(
        ask(&mut world, 2, Switchboard, "gw.example.com", NOBODY),
        None
    );
    let itself = ask(&mut world, 2, Notification, "GW.example.com.", VER);
    assert_eq!(itself.as_deref(), Some("10.0.0.2:1863"));
    // Sent to another notification server, she finds it by this name too.
    let id = world
        .host()
        .server
        .connection_of("alice@example.com", false)
        .unwrap();
    world.call_host(|front, _| front.server.say(id, b"XFR 0 NS 10.0.0.5:1863 U D\r\n"));
    alice.wait_for(&mut world, "XFR 0 NS gw.example.com:1863 U D");
    let sent = ask(&mut world, 1, Notification, "gw.example.com", VER);
    assert_eq!(sent.as_deref(), Some("10.0.0.5:1863"));
}
