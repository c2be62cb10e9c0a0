//! The promises of the machine contract, and what is bounded.

use std::time::Duration;

use machine_contract::{Failure, Instant, RequestId};
use msnp_client::bsim::{Client, Event, Limits};
use proptest::prelude::*;
use soap_codec::bsim::{Event as On, Message, OperationName, Reply};

use crate::world::{ME, World, happened, paces, response, session};

#[test]
fn a_stale_id_is_ignored() {
    let mut world = World::new();
    world.call(Client::sign_in);
    let transmit = world.transmit().expect("Login");
    let stale = RequestId::new(transmit.id.get() + 7);
    world.fail(stale, Failure::NotSent);
    world.respond_to(stale, response(200, "text/xml", ""));
    assert_eq!(world.event(), None);
    // The deadline passes; what comes later is stale too.
    world.skip_to(transmit.deadline);
    world.tell_time();
    assert_eq!(world.cancel(), Some(transmit.id));
    world.events();
    world.respond_to(transmit.id, response(200, "text/xml", ""));
    assert_eq!(world.event(), None);
    world.is_quiet();
}

#[test]
fn extra_timeouts_do_nothing() {
    let mut world = World::signed_in();
    let due = world.timeout().expect("the next beat");
    for _ in 0..3 {
        world.tell_time();
        world.is_quiet();
        assert_eq!(world.timeout(), Some(due));
    }
    world.wait();
    world.tell_time();
    world.is_called(OperationName::KeepSessionAlive);
    world.tell_time();
    world.is_quiet();
    assert!(world.timeout().is_some_and(|at| at > world.now()));
}

#[test]
fn the_pace_is_kept() {
    let pace = Duration::from_millis(700);
    let mut world = World::with(|config| config.timings(paces(pace))).sign_in();
    for _ in 0..3 {
        assert_eq!(world.wait(), pace);
        world.is_called(OperationName::KeepSessionAlive);
        world.pass(Duration::from_millis(250));
        world.happens(vec![]);
    }
    // At once, and then a beat later.
    world.call(Client::keep_session_alive);
    world.is_called(OperationName::KeepSessionAlive);
    world.happens(vec![]);
    assert_eq!(world.wait(), pace);
}

#[test]
fn the_fastest_pace_lets_messages_through() {
    let mut world = World::with(|config| config.timings(paces(Duration::ZERO))).sign_in();
    for _ in 0..5 {
        world.send("hello");
    }
    for _ in 0..5 {
        world.pass(Duration::from_secs(1));
        world.is_called(OperationName::SendMessage);
        world.pass(Duration::from_secs(1));
        world.reply(&Reply::SendMessage);
        world.is_called(OperationName::KeepSessionAlive);
        world.pass(Duration::from_secs(1));
        world.happens(vec![]);
    }
    world.is_quiet();
}

#[test]
fn nothing_is_fetched_while_events_are_not_taken() {
    let limits = Limits {
        events: 3,
        ..Limits::default()
    };
    let mut world = World::with(|config| config.limits(limits)).sign_in();
    let status = || On::OnStatusChanged("NLN".to_owned());
    world.wait();
    world.is_called(OperationName::KeepSessionAlive);
    world.happens(vec![status(), status(), status()]);
    assert_eq!(world.wait(), Duration::from_secs(5));
    for _ in 0..3 {
        assert_eq!(world.timeout(), None, "there is no way to wait");
        world.pass(Duration::from_secs(60));
        world.is_quiet();
    }
    assert!(world.event().is_some());
    // Taking it calls for nothing but the time.
    world.is_quiet();
    assert_eq!(world.timeout(), Some(Instant::ORIGIN));
    world.tell_time();
    world.is_called(OperationName::KeepSessionAlive);
}

#[test]
fn fetches_stop_at_the_limit_in_bytes_and_go_on_when_events_are_taken() {
    let limits = Limits {
        undrained: 256 << 10,
        ..Limits::default()
    };
    let mut world = World::with(|config| config.limits(limits)).sign_in();
    let (mut fetches, mut taken) = (0, Vec::new());
    while fetches < 64 {
        let before = fetches;
        while world.is_fetching() {
            world.happens(vec![On::OnMessage(vec![Message {
                from: fetches.to_string(),
                text: "x".repeat(64 << 10),
            }])]);
            fetches += 1;
        }
        assert_eq!(fetches - before, 4, "256 KiB are the limit");
        // Messages go on, and their fate waits with the rest.
        world.send("hello");
        world.is_called(OperationName::SendMessage);
        world.reply(&Reply::SendMessage);
        taken.extend(world.events());
    }
    let messages = taken.iter().filter_map(|event| match event {
        Event::On {
            event: On::OnMessage(messages),
            ..
        } => Some(messages[0].from.clone()),
        _ => None,
    });
    let all: Vec<String> = (0..fetches).map(|number| number.to_string()).collect();
    assert_eq!(messages.collect::<Vec<_>>(), all, "lost or out of order");
}

#[test]
fn a_sign_in_is_not_late_while_nothing_is_taken() {
    let limits = Limits {
        events: 1,
        ..Limits::default()
    };
    let mut world = World::with(|config| config.limits(limits));
    world.call(Client::sign_in);
    world.is_called(OperationName::Login);
    world.reply(&Reply::Login(Some(session("1"))));
    world.is_called(OperationName::LoginIM);
    world.reply(&Reply::LoginIM);
    world.wait();
    world.pass(Duration::from_secs(600));
    world.tell_time();
    world.is_quiet();
    assert!(matches!(world.event(), Some(Event::SignedIn { .. })));
    world.wait();
    world.is_called(OperationName::KeepSessionAlive);
    world.happens(vec![On::OnLogin("2008-06-30 22:14:17".to_owned())]);
    assert!(world.client().is_im_signed_in(ME));
}

#[test]
fn unknown_events_accounts_and_empty_results_are_passed_on() {
    let mut world = World::signed_in();
    let unknown = Box::new(soap_codec::Element::new("", "OnWink").with_text("x"));
    world.wait();
    world.is_called(OperationName::KeepSessionAlive);
    let events = happened("stranger@live.com", vec![On::Other(unknown.clone())]);
    world.reply(&Reply::KeepSessionAlive(Some(events)));
    let expected = Event::On {
        im_type: "msn".to_owned(),
        account: "stranger@live.com".to_owned(),
        event: On::Other(unknown),
    };
    assert_eq!(world.events(), [expected]);
    world.wait();
    world.is_called(OperationName::KeepSessionAlive);
    world.reply(&Reply::KeepSessionAlive(None));
    assert_eq!(world.events(), []);
    assert_eq!(world.wait(), Duration::from_secs(5));
}

#[test]
fn accounts_are_compared_without_case() {
    let mut world = World::new();
    world.call(Client::sign_in);
    world.is_called(OperationName::Login);
    world.reply(&Reply::Login(Some(session("1"))));
    world.is_called(OperationName::LoginIM);
    world.reply(&Reply::LoginIM);
    world.wait();
    world.is_called(OperationName::KeepSessionAlive);
    let events = happened(&ME.to_uppercase(), vec![On::OnLogin(String::new())]);
    world.reply(&Reply::KeepSessionAlive(Some(events)));
    assert!(world.client().is_im_signed_in(ME));
}

/// Where in the life of a client the answer comes.
fn asked(stage: usize) -> World {
    let mut world = World::new();
    world.call(Client::sign_in);
    world.send("hello");
    world.request();
    if stage > 0 {
        world.reply(&Reply::Login(Some(session("1"))));
        world.request();
    }
    if stage > 1 {
        world.reply(&Reply::LoginIM);
        world.wait();
        world.request();
    }
    if stage > 2 {
        world.happens(vec![On::OnLogin(String::new())]);
        world.request();
    }
    world
}

const RESPONSES: [&[u8]; 5] = [
    include_bytes!("../../../soap-codec/tests/data/wire/login-response.xml"),
    include_bytes!("../../../soap-codec/tests/data/wire/loginim-response.xml"),
    include_bytes!("../../../soap-codec/tests/data/wire/keepsessionalive-response-login.xml"),
    include_bytes!("../../../soap-codec/tests/data/wire/sendmessage-response.xml"),
    b"<!DOCTYPE html><html><title>Welcome to Hotel Wi-Fi</title></html>",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn anything_may_come_back(
        stage in 0..4_usize,
        status in 200..600_u16,
        body in prop::sample::select(RESPONSES.to_vec()),
        cut in any::<prop::sample::Index>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let mut world = asked(stage);
        let mut body = body.to_vec();
        for (at, byte) in &damage {
            *at.get_mut(&mut body) = *byte;
        }
        if status % 2 == 0 {
            body.truncate(cut.index(body.len() + 1));
        }
        world.answer(status, body);
        for _ in 0..20 {
            if world.timeout().is_none() {
                break;
            }
            world.wait();
            prop_assert!(world.timeout().is_none_or(|at| at > world.now()));
            if world.transmit().is_some() {
                // Lost for good: the deadline comes.
                world.wait();
                let _ = world.cancel();
            }
        }
        world.call(Client::sign_out);
        let fates = world.events().into_iter().filter(|event| matches!(
            event,
            Event::MessageSent(_) | Event::MessageNotSent { .. } | Event::MessageUncertain { .. }
        ));
        prop_assert_eq!(fates.count(), 1);
    }
}

#[test]
fn nothing_secret_shows() {
    let mut world = World::new();
    world.call(Client::sign_in);
    world.send("a private word");
    world.is_called(OperationName::Login);
    world.reply(&Reply::Login(Some(session("73EDE71C"))));
    let transmit = world.transmit().expect("LoginIM");
    let events = world.events();
    let shown = format!("{:?} {transmit:?} {events:?}", world.client());
    for secret in ["password", "123456789", "73EDE71C", "private"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
