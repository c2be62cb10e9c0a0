//! What goes wrong, in words that a person understands.

use std::time::Duration;

use msnp_client::{Access, Config, Dialect, Event, Reason, Step};

use crate::duties::{A_WHILE, bob, dialects, signed_in};
use crate::server::{BOB, Server};
use crate::world::{CARRIERS, Carrier, LOGIN, PASSWORD, World, config, network};

/// Why signing in ends.
#[track_caller]
fn ends(carrier: Carrier, dialect: Dialect, prepare: impl FnOnce(&mut World<Server>)) -> Reason {
    let mut world = World::new(config(carrier, dialect), Server::new(dialect));
    prepare(&mut world);
    world.sign_in();
    world.advance(Duration::from_secs(300));
    match world.events.last() {
        Some(Event::SignedOut(reason)) => *reason,
        other => panic!("{dialect} {carrier:?}: {other:?}"),
    }
}

#[test]
fn a_wrong_password_is_told_as_one() {
    for carrier in CARRIERS {
        for dialect in dialects() {
            let access = Access::passport(network(carrier), LOGIN, "wrong");
            let config = Config::new(access, [7; 32]).reconnect_attempts(0);
            let config = config.dialects([dialect]).expect("it is spoken");
            let mut world = World::new(config, Server::new(dialect));
            world.sign_in();
            let over = Event::SignedOut(Reason::WrongCredentials);
            assert_eq!(world.events.last(), Some(&over), "{dialect} {carrier:?}");
        }
    }
    let words = Reason::WrongCredentials.to_string();
    assert_eq!(
        words,
        "the service did not accept the name, password or cookies"
    );
}

/// Whoever used the library, and not the command, sent it to any host.
#[test]
fn a_password_goes_in_the_clear_to_no_host_that_was_not_named() {
    use msnp_client::PlainHttp;
    let nobody = || network(Carrier::Stream).plain_http(PlainHttp::default());
    for (dialect, page) in [
        // The nexus names the login page, the page another; the token service is the network's.
        (Dialect::MSNP8, None),
        (Dialect::MSNP12, Some("http://login.msn.example/login")),
        (Dialect::MSNP15, None),
        (Dialect::MSNP18, None),
    ] {
        let network = match page {
            Some(page) => nobody().login_url(page).expect("an address"),
            None => nobody(),
        };
        let config = Config::new(Access::passport(network, LOGIN, PASSWORD), [7; 32]);
        let config = config.dialects([dialect]).expect("it is spoken");
        let mut world = World::new(config, Server::new(dialect));
        world.sign_in();
        world.advance(Duration::from_secs(300));
        let over = Event::SignedOut(Reason::PlainHttp);
        assert_eq!(world.events.last(), Some(&over), "{dialect}");
        let asked = |it: &&String| it.contains("login") || it.contains("RST");
        assert_eq!(world.requests.iter().find(asked), None, "{dialect}");
    }
    // A page that may have it sends on to one that may not.
    let mut server = Server::new(Dialect::MSNP12);
    server.web.login_moved = Some("http://login.msn.example/login".to_owned());
    let mut world = World::new(config(Carrier::Stream, Dialect::MSNP12), server);
    world.sign_in();
    world.advance(Duration::from_secs(300));
    let over = Event::SignedOut(Reason::PlainHttp);
    assert_eq!(world.events.last(), Some(&over));
    assert!(!world.requests.iter().any(|it| it.contains("login.msn")));
}

#[test]
fn an_account_that_is_not_there_is_told_as_such() {
    for dialect in dialects() {
        let reason = ends(Carrier::Stream, dialect, |world| {
            world.peer.instead.insert("USR", "205 #\r\n".to_owned());
        });
        assert_eq!(reason, Reason::NoSuchAccount, "{dialect}");
    }
    assert_eq!(
        Reason::NoSuchAccount.to_string(),
        "there is no account of this name"
    );
}

#[test]
fn a_ticket_that_has_run_out_is_told_as_such() {
    let reason = ends(Carrier::Stream, Dialect::MSNP15, |world| {
        world.peer.instead.insert("USR", "928 #\r\n".to_owned());
    });
    assert_eq!(reason, Reason::AuthenticationExpired);
    assert_eq!(reason.to_string(), "the authentication has expired");
}

#[test]
fn silence_is_told_with_what_was_asked() {
    for carrier in CARRIERS {
        for (verb, step) in [
            ("VER", Step::Connecting),
            ("CVR", Step::Connecting),
            ("USR", Step::Authenticating),
            ("SYN", Step::Synchronizing),
            ("CHG", Step::Synchronizing),
        ] {
            let reason = ends(carrier, Dialect::MSNP12, |world| {
                world.peer.silent.push(verb);
            });
            assert_eq!(reason, Reason::SilentAt(step), "{verb}");
        }
        let reason = ends(carrier, Dialect::MSNP15, |world| {
            world.peer.silent.push("ADL");
        });
        assert_eq!(reason, Reason::SilentAt(Step::Synchronizing));
    }
    for (path, dialect, step) in [
        ("/rdr/pprdr.asp", Dialect::MSNP12, Step::Credentials),
        ("/login", Dialect::MSNP12, Step::Credentials),
        ("/RST.srf", Dialect::MSNP15, Step::Credentials),
        ("SharingService.asmx", Dialect::MSNP15, Step::Synchronizing),
        ("abservice.asmx", Dialect::MSNP18, Step::Synchronizing),
    ] {
        let reason = ends(Carrier::Stream, dialect, |world| {
            world.peer.web.silent = Some(path);
        });
        assert_eq!(reason, Reason::SilentAt(step), "{path}");
    }
    let words = Reason::SilentAt(Step::Authenticating).to_string();
    assert_eq!(
        words,
        "the service said nothing when it was told who signs in"
    );
}

#[test]
fn a_list_that_never_ends_is_not_waited_for_for_ever() {
    for dialect in [Dialect::MSNP7, Dialect::MSNP8, Dialect::MSNP12] {
        let reason = ends(Carrier::Stream, dialect, |world| {
            let list = match dialect {
                Dialect::MSNP7 => "SYN # 1\r\nLST # FL 1 1 5 bob@example.com Bob 0\r\n",
                Dialect::MSNP8 => "SYN # 1 5 0\r\nLST bob@example.com Bob 11 0\r\n",
                _ => "SYN # 0 0 5 0\r\nLST N=bob@example.com F=Bob 11 1\r\n",
            };
            world.peer.instead.insert("SYN", list.to_owned());
        });
        assert_eq!(reason, Reason::SilentAt(Step::Synchronizing), "{dialect}");
    }
}

#[test]
fn nobody_there_is_told_as_unreachable() {
    let reason = ends(Carrier::Stream, Dialect::MSNP15, |world| {
        world.unreachable.push("ns.msn.example:1863".to_owned());
    });
    assert_eq!(reason, Reason::Unreachable);
    // The server is there, and its login page is not.
    let reason = ends(Carrier::Stream, Dialect::MSNP15, |world| {
        world.unreachable.push("msn.example".to_owned());
    });
    assert_eq!(reason, Reason::Unreachable);
}

#[test]
fn a_close_without_a_word_behind_the_ticket_is_a_refusal() {
    // msnp8-18.md 16: some failures have no 911.
    let mut world = World::new(
        config(Carrier::Stream, Dialect::MSNP12),
        Server::new(Dialect::MSNP12),
    );
    world.peer.silent.push("USR");
    world.ask(msnp_client::Client::sign_in);
    world.peer.silent.clear();
    world.peer.say(0, "USR 3 TWN S ct=1\r\n");
    world.peer.silent.push("USR");
    world.run();
    assert!(
        world
            .peer
            .lines(0)
            .iter()
            .any(|line| line.starts_with("USR 4 TWN S"))
    );
    world.peer.close(0);
    world.run();
    assert_eq!(
        world.events.last(),
        Some(&Event::SignedOut(Reason::WrongCredentials))
    );
}

/// How a client that would come back is sent away.
fn sent_away(said: &str) -> (World<Server>, Option<Event>) {
    let config = config(Carrier::Stream, Dialect::MSNP12).reconnect_attempts(3);
    let mut world = World::new(config, Server::new(Dialect::MSNP12));
    world.sign_in();
    world.peer.say(0, format!("{said}\r\n"));
    world.run();
    let last = world.events.last().cloned();
    (world, last)
}

#[test]
fn who_was_thrown_out_by_another_sign_in_does_not_come_back() {
    let (mut world, last) = sent_away("OUT OTH");
    assert_eq!(last, Some(Event::SignedOut(Reason::Elsewhere)));
    world.advance(Duration::from_secs(3600));
    assert_eq!(world.connected.len(), 1);
}

#[test]
fn who_is_told_when_to_come_back_comes_back_then() {
    let (mut world, last) = sent_away("OUT RCT 5");
    let Some(Event::Reconnecting { wait, reason, .. }) = last else {
        panic!("{last:?}");
    };
    assert_eq!(
        (wait, reason),
        (Duration::from_secs(300), Reason::Maintenance { minutes: 5 })
    );
    assert_eq!(reason.to_string(), "the service is down for 5 minutes");
    world.advance(Duration::from_secs(299));
    assert_eq!(world.connected.len(), 1);
    world.advance(Duration::from_secs(31));
    assert_eq!(world.connected.len(), 2);
}

#[test]
fn terms_of_use_are_nothing_that_a_program_accepts() {
    let (_, last) = sent_away("OUT TOU");
    assert_eq!(last, Some(Event::SignedOut(Reason::NeedsBrowser)));
}

#[test]
fn somebody_who_is_not_there_is_told_so() {
    for carrier in CARRIERS {
        for dialect in [Dialect::MSNP8, Dialect::MSNP10] {
            let mut world = signed_in(carrier, dialect);
            world.peer.online.clear();
            let id = world
                .ask(|client, now| client.send_text(&bob().into(), "hi", now))
                .expect("taken");
            world.advance(A_WHILE);
            let failed = |event: &Event| matches!(event, Event::MessageFailed { message, reason: Reason::NotOnline, .. } if *message == id);
            assert!(
                world.told(failed),
                "{dialect} {carrier:?}: {:#?}",
                world.events
            );
        }
    }
}

#[test]
fn no_message_waits_for_ever_whatever_is_silent() {
    for verb in ["XFR", "USR", "CAL", "MSG"] {
        for carrier in CARRIERS {
            let mut world = signed_in(carrier, Dialect::MSNP12);
            world.peer.silent.push(verb);
            let id = world
                .ask(|client, now| client.send_text(&bob().into(), "hi", now))
                .expect("taken");
            world.advance(Duration::from_secs(120));
            let fates = world.events.iter().filter(|event| match event {
                Event::MessageFailed { message, .. } => *message == id,
                // What was said may have arrived, of what was not said nobody can have heard.
                Event::MessageUncertain { message, .. } => *message == id && verb == "MSG",
                _ => false,
            });
            assert_eq!(fates.count(), 1, "{verb} {carrier:?}: {:#?}", world.events);
            assert!(world.ask(|client, _| client.is_signed_in()), "{verb}");
        }
    }
}

#[test]
fn a_switchboard_that_cannot_be_reached_loses_nothing() {
    let mut world = signed_in(Carrier::Stream, Dialect::MSNP12);
    world.unreachable.push("sb.msn.example:1864".to_owned());
    world
        .ask(|client, now| client.send_text(&bob().into(), "hi", now))
        .expect("taken");
    assert!(world.told(|event| matches!(
        event,
        Event::MessageFailed {
            reason: Reason::Unreachable,
            ..
        }
    )));
    world.unreachable.clear();
    world
        .ask(|client, now| client.send_text(&bob().into(), "again", now))
        .expect("taken");
    assert!(world.told(|event| matches!(event, Event::MessageDelivered { .. })));
}

/// Its time counted from the next thing that happened, the ping of 45 s later say: the fuzzed client's seeds found it.
#[test]
fn a_call_that_is_not_answered_fails_in_its_time_whatever_else_happens() {
    let mut world = signed_in(Carrier::Stream, Dialect::MSNP12);
    world.peer.silent.push("XFR");
    world
        .ask(|client, now| client.send_text(&bob().into(), "hi", now))
        .expect("taken");
    world.advance(Duration::from_secs(40));
    let failed = |event: &Event| matches!(event, Event::MessageFailed { .. });
    assert!(world.told(failed), "{:#?}", world.events);
}

#[test]
fn what_was_said_as_the_switchboard_broke_is_uncertain() {
    let mut world = signed_in(Carrier::Stream, Dialect::MSNP12);
    world
        .ask(|client, now| client.send_text(&bob().into(), "hi", now))
        .expect("taken");
    world.peer.silent.push("MSG");
    let lost = world
        .ask(|client, now| client.send_text(&bob().into(), "lost?", now))
        .expect("taken");
    let line = world.peer.last_switchboard();
    world.break_line(line);
    let uncertain = |event: &Event| matches!(event, Event::MessageUncertain { message, .. } if *message == lost);
    assert!(world.told(uncertain), "{:#?}", world.events);
}

#[test]
fn a_refusal_of_the_switchboard_is_a_failure() {
    let mut world = signed_in(Carrier::Stream, Dialect::MSNP12);
    world.peer.instead.insert("MSG", "NAK #\r\n".to_owned());
    world
        .ask(|client, now| client.send_text(&bob().into(), "hi", now))
        .expect("taken");
    assert!(world.told(|event| matches!(
        event,
        Event::MessageFailed {
            reason: Reason::NotOnline,
            ..
        }
    )));
}

#[test]
fn a_broken_main_connection_takes_the_others_along_and_is_made_anew() {
    let config = config(Carrier::Stream, Dialect::MSNP12).reconnect_attempts(3);
    let mut world = World::new(config, Server::new(Dialect::MSNP12));
    world.sign_in();
    world
        .ask(|client, now| client.send_text(&bob().into(), "hi", now))
        .expect("taken");
    world.break_line(0);
    assert!(world.told(|event| matches!(event, Event::Reconnecting { .. })));
    let id = world
        .ask(|client, now| client.send_text(&bob().into(), "later", now))
        .expect("taken");
    world.advance(Duration::from_secs(60));
    let delivered =
        |event: &Event| matches!(event, Event::MessageDelivered { message, .. } if *message == id);
    assert!(world.told(delivered), "{:#?}", world.events);
}

#[test]
fn calls_without_end_open_no_connections_without_end() {
    let mut world = signed_in(Carrier::Stream, Dialect::MSNP12);
    for _ in 0..500 {
        world.peer.ring(BOB);
    }
    world.run();
    assert!(world.connected.len() < 70, "{}", world.connected.len());
    assert!(world.ask(|client, _| client.is_signed_in()));
}
