//! An application that takes no events stops the client, the client its session, and nothing is lost.

use std::time::Duration;

use machine_contract::{Instant, Machine};
use msnp_client::{ContactId, ConversationId, Event, Limits, MessageId, Reason, Refused, Timings};
use msnp_proto::TrId;
use msnp_proto::msnp24::{ClientBody, ServerCommand};

use crate::world::{Answer, BOB, World, config, delivery, text};

const TEXT: usize = 16 * 1024;
const MIB: usize = 1 << 20;

fn bob() -> ConversationId {
    ContactId::skype("bob").expect("a name").into()
}

/// The next poll is answered by a mebibyte of messages, the first of which has this number.
fn say_a_mebibyte(world: &mut World, first: usize) -> usize {
    let count = MIB / TEXT;
    for number in first..first + count {
        let draft = text(BOB, number as u64, &"x".repeat(TEXT));
        let body = delivery(draft);
        world
            .fake_mut()
            .queue
            .push_back(ServerCommand::new(TrId(0), body));
    }
    world.run();
    count
}

/// Answers polls as long as there are any, at most so many; how many there were.
fn say_all(world: &mut World, said: &mut usize, most: usize) -> usize {
    let mut polls = 0;
    while polls < most && world.is_polled() {
        *said += say_a_mebibyte(world, *said + 1);
        polls += 1;
    }
    polls
}

fn received(world: &World) -> Vec<MessageId> {
    let id = |event: &Event| match event {
        Event::MessageReceived(message) => Some(message.id.clone()),
        _ => None,
    };
    world.events.iter().filter_map(id).collect()
}

/// A client whose application has taken nothing until nothing polls any more.
fn full(config: msnp_client::Config) -> (World, usize) {
    let mut world = World::signed_in(config);
    world.set_deaf(true);
    let mut said = 0;
    let polls = say_all(&mut world, &mut said, 100);
    // 4 MiB of events here (in the fifth mebibyte, since an event is a little more than its text),
    // and what is left of the body that was being read; then 4 MiB of the session's.
    assert!((8..=9).contains(&polls), "{polls} polls");
    assert!(!world.is_polled());
    (world, said)
}

#[test]
fn polls_answered_by_a_mebibyte_stop_at_the_limits_and_go_on_when_events_are_taken() {
    let (mut world, mut said) = full(config());
    for _ in 0..100 {
        world.advance(Duration::from_secs(1));
        assert!(!world.is_polled());
    }
    let mut polls = 0;
    while polls < 64 {
        let before = world.events.len();
        world.set_deaf(false);
        world.run();
        // Taking events changes nothing but the time-out, and then all goes on by itself.
        assert_eq!(world.client().poll_timeout(), Some(Instant::ORIGIN));
        assert!(
            world
                .ask(machine_contract::HttpMachine::poll_transmit)
                .is_none()
        );
        world.set_deaf(true);
        let held: usize = world.events[before..]
            .iter()
            .map(|event| match event {
                Event::MessageReceived(message) => message.text.len(),
                _ => 0,
            })
            .sum();
        assert!(
            (4 * MIB - MIB..=4 * MIB + TEXT).contains(&held),
            "{held} held"
        );
        world.advance(Duration::ZERO);
        polls += say_all(&mut world, &mut said, 100);
    }
    world.set_deaf(false);
    for _ in 0..10 {
        world.advance(Duration::from_millis(1));
    }
    let all: Vec<MessageId> = (1..=said)
        .map(|number| MessageId::new(&(number * 10).to_string()).expect("an id"))
        .collect();
    assert_eq!(received(&world), all, "lost, doubled or out of order");
    assert!(world.is_polled());
    // Each was acknowledged.
    let is_ack =
        |it: &&msnp_proto::msnp24::ClientCommand| matches!(it.body, ClientBody::Acknowledge(_));
    assert_eq!(world.fake().heard.iter().filter(is_ack).count(), said);
}

#[test]
fn answers_that_wait_inside_are_not_late() {
    let (mut world, _) = full(config());
    let sent = world.ask(|client, now| client.send_text(&bob(), "hi", now));
    let sent = sent.expect("room for what is said");
    world.run();
    world.advance(Duration::from_secs(300));
    world.set_deaf(false);
    world.advance(Duration::from_secs(1));
    assert!(world.client().is_signed_in());
    let fate = world.one(|event| match event {
        Event::MessageDelivered { message, .. }
        | Event::MessageUncertain { message, .. }
        | Event::MessageFailed { message, .. } => Some((
            message.clone(),
            matches!(event, Event::MessageDelivered { .. }),
        )),
        _ => None,
    });
    assert_eq!(fate, (sent, true));
}

#[test]
fn answers_that_could_not_be_fetched_get_their_whole_time_once_there_is_room() {
    let mut world = World::signed_in(config());
    world.fake_mut().on_command = Box::new(|command| match command.body {
        ClientBody::Message(_) => Answer::Nothing,
        _ => Answer::Usual,
    });
    world
        .ask(|client, now| client.send_text(&bob(), "hi", now))
        .expect("room");
    world.run();
    world.set_deaf(true);
    let mut said = 0;
    while say_all(&mut world, &mut said, 100) > 0 {}
    world.advance(Duration::from_secs(300));
    world.set_deaf(false);
    world.advance(Duration::from_secs(39));
    let uncertain = |event: &Event| matches!(event, Event::MessageUncertain { .. });
    assert!(!world.events.iter().any(uncertain));
    world.advance(Duration::from_secs(2));
    assert!(world.events.iter().any(uncertain));
}

#[test]
fn signing_out_comes_to_its_end_although_nothing_is_taken() {
    for answers in [true, false] {
        let (mut world, said) = full(config());
        world.fake_mut().on_command = Box::new(move |command| match command.body {
            ClientBody::SignOut if !answers => Answer::Nothing,
            _ => Answer::Usual,
        });
        world.fake_mut().heard.clear();
        world.ask(msnp_client::Client::sign_out);
        world.run();
        world.advance(Duration::from_secs(6));
        let heard = world.fake().heard.last().map(|command| &command.body);
        assert!(matches!(heard, Some(ClientBody::SignOut)), "{heard:?}");
        assert_eq!(world.client().poll_timeout(), None);
        world.set_deaf(false);
        world.run();
        assert_eq!(
            world.events.last(),
            Some(&Event::SignedOut(Reason::Requested))
        );
        assert_eq!(received(&world).len(), said);
    }
}

#[test]
fn the_authentication_is_renewed_although_nothing_is_taken() {
    let often = Timings {
        renewal: Duration::from_secs(300),
        ..Timings::default()
    };
    let (mut world, _) = full(config().timings(often));
    world.clear();
    world.advance(Duration::from_secs(301));
    let is_renewal =
        |it: &msnp_proto::msnp24::ClientCommand| matches!(it.body, ClientBody::Authenticate(_));
    assert!(world.fake().heard.iter().any(is_renewal));
    world.set_deaf(false);
    world.advance(Duration::from_secs(60));
    assert!(world.client().is_signed_in());
}

#[test]
fn an_application_that_only_wishes_is_refused() {
    let limits = Limits {
        undrained: 10_000,
        ..Limits::default()
    };
    let mut world = World::new(config().limits(limits));
    let mut taken = 0;
    let refused = loop {
        match world.ask(|client, now| client.set_idle(true, now)) {
            Ok(_) => taken += 1,
            Err(refused) => break refused,
        }
        assert!(taken < 10_000);
    };
    assert_eq!(refused, Refused::Full);
    world.run();
    assert!(world.ask(|client, now| client.set_idle(true, now)).is_ok());
}
