//! A host that sleeps, and clocks that are set: what the client tries anew, and what never moves.

use std::time::Duration;

use machine_contract::{HttpMachine, Machine};
use msnp_client::{ContactId, ConversationId, Event, Reason};
use msnp_proto::msnp24::{ClientBody, ClientCommand};

use crate::world::{BOB, Way, World, config, delivery, text};

const HOUR: Duration = Duration::from_secs(3600);

fn bob() -> ConversationId {
    ContactId::skype("bob").expect("a name").into()
}

/// How much time passes until the service hears a command of this kind.
fn heard_after(world: &mut World, wanted: fn(&ClientCommand) -> bool) -> Duration {
    let start = world.now();
    while !world.fake().heard.iter().any(wanted) {
        assert!(world.now() < start + 48 * HOUR, "it is never said");
        world.advance(Duration::from_secs(1));
    }
    world.now().saturating_duration_since(start)
}

const fn is_ping(command: &ClientCommand) -> bool {
    matches!(command.body, ClientBody::Ping(_))
}

const fn is_authentication(command: &ClientCommand) -> bool {
    matches!(command.body, ClientBody::Authenticate(_))
}

#[test]
fn after_sleep_the_connection_is_tried_anew_and_nothing_else_moves() {
    for wanted in [is_ping, is_authentication] {
        let mut usual = World::signed_in(config());
        let mut slept = World::signed_in(config());
        let polls = |world: &World| {
            let requests = world.fake().requests.iter();
            requests.filter(|it| it.1.contains("Action=poll")).count()
        };
        assert_eq!(polls(&slept), 0);
        slept.ask(machine_contract::Machine::handle_suspended);
        slept.run();
        assert_eq!(polls(&slept), 1, "the poll is made anew");
        assert!(slept.is_polled());
        // What the dead poll's reply may have held is asked for again.
        let said = slept.heard();
        assert!(said.starts_with("PUT ") && !said.contains(','), "{said}");
        assert_eq!(slept.events, []);
        assert_eq!(slept.client().poll_timeout(), usual.client().poll_timeout());
        assert_eq!(
            heard_after(&mut slept, wanted),
            heard_after(&mut usual, wanted)
        );
    }
}

#[test]
fn a_session_that_is_gone_after_sleep_is_noticed_at_once() {
    let mut world = World::signed_in(config());
    world.fake_mut().on_request = Box::new(|request| {
        let query = request.uri().query().unwrap_or_default();
        if query.contains("SessionID=1.") {
            let mut gone = http::Response::new(bytes::Bytes::new());
            *gone.status_mut() = http::StatusCode::BAD_REQUEST;
            return Way::Respond(gone);
        }
        Way::Usual
    });
    world.ask(machine_contract::Machine::handle_suspended);
    world.run();
    assert!(matches!(
        world.events[..],
        [Event::Reconnecting {
            reason: Reason::ConnectionLost,
            ..
        }]
    ));
    world.advance(Duration::from_secs(2));
    assert!(world.client().is_signed_in());
}

#[test]
fn asleep_while_signing_in_leaves_the_sign_in_its_time() {
    let mut world = World::new(config());
    world.fake_mut().on_request = Box::new(|_| Way::Hold);
    world.sign_in();
    let before = world.client().poll_timeout();
    world.ask(machine_contract::Machine::handle_suspended);
    assert_eq!(world.client().poll_timeout(), before);
    assert_eq!(world.ask(|client, _| client.poll_cancel()), None);
    assert!(
        world
            .ask(machine_contract::HttpMachine::poll_transmit)
            .is_none()
    );
}

#[test]
fn an_hour_that_the_clock_counts_is_waited_for_by_nobody() {
    let mut world = World::signed_in(config());
    world.fake_mut().on_request = Box::new(|request| match request.uri().query() {
        Some(query) if !query.contains("Action") => Way::Hold,
        _ => Way::Usual,
    });
    let sent = world.ask(|client, now| client.send_text(&bob(), "hi", now));
    let sent = sent.expect("room");
    world.run();
    world.fake_mut().on_request = Box::new(|_| Way::Usual);
    world.clear();
    world.jump(HOUR);
    // The post has outlived its deadline: it may have arrived, and is not sent again.
    let uncertain = world.one(|event| match event {
        Event::MessageUncertain { message, .. } => Some(message.clone()),
        _ => None,
    });
    assert_eq!(uncertain, sent);
    let is_message = |it: &ClientCommand| matches!(it.body, ClientBody::Message(_));
    world.advance(Duration::from_secs(60));
    assert!(!world.fake().heard.iter().any(is_message));
    assert!(world.fake().heard.iter().any(is_ping), "{}", world.heard());
    assert!(world.is_polled() && world.client().is_signed_in());
}

#[test]
fn a_day_that_the_clock_counts_has_the_authentication_renewed_once() {
    let mut world = World::signed_in(config());
    world.jump(24 * HOUR);
    world.advance(Duration::from_secs(1));
    let renewals = world.fake().heard.iter().filter(|it| is_authentication(it));
    assert_eq!(renewals.count(), 1);
    assert!(world.client().is_signed_in());
}

#[test]
fn a_service_whose_clock_is_set_moves_no_deadline_renewal_or_expiry() {
    // What a world says and when, with the service's wall clock as it is at sign-in and later.
    let lives = |at_first: u64, later: u64| {
        let mut world = World::new(config());
        world.fake_mut().utc = at_first;
        world.sign_in();
        world.fake_mut().utc = later;
        let mut said = Vec::new();
        for second in 0..25 * 360 {
            world.advance(Duration::from_secs(10));
            if !world.fake().heard.is_empty() {
                said.push((second, world.heard()));
                world.clear();
            }
        }
        world.forget_session();
        world.advance(Duration::from_secs(60));
        said.push((0, world.heard()));
        said
    };
    let usual = lives(1_426_463_998, 1_426_463_998);
    assert!(usual.len() > 1000);
    for (at_first, later) in [(0, u64::MAX), (u64::MAX / 2, 0), (1, 253_402_300_799)] {
        assert_eq!(lives(at_first, later), usual, "{at_first}, {later}");
    }
}

#[test]
fn times_that_messages_tell_move_nothing_either() {
    let mut usual = World::signed_in(config());
    let mut odd = World::signed_in(config());
    for (number, utc) in [(1, 0), (2, u64::MAX), (3, 1)] {
        usual.push(delivery(text(BOB, number, "hi")));
        odd.fake_mut().utc = utc;
        let mut draft = text(BOB, number, "hi");
        draft.original_arrival_time = Some("9999-12-31T23:59:59.999Z".to_owned());
        odd.push(delivery(draft));
    }
    assert_eq!(odd.client().poll_timeout(), usual.client().poll_timeout());
    usual.clear();
    odd.clear();
    assert_eq!(
        heard_after(&mut odd, is_ping),
        heard_after(&mut usual, is_ping)
    );
}
