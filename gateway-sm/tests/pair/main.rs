//! Both ends against each other. Whatever the network does, short of losing a reply that the server
//! saw written: frames arrive once and in order, and both sides say truthfully what did not.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod app;
mod watched;
mod world;

use std::collections::BTreeMap;
use std::time::Duration;

use gateway_sm::{CloseReason, Config, EndReason, Limits, Mode, ServerConfig};
use machine_contract::Failure;
use proptest::prelude::*;
use simulation_kit::{Acknowledged, Fate, Plan};

use crate::app::frame;
use crate::world::{Step, Weather, World};

fn client(mode: Mode) -> Config {
    let limits = Limits {
        failures: 1_000,
        ..Limits::default()
    };
    Config::new("https://gw1.example.com/")
        .unwrap()
        .mode(mode)
        .limits(limits)
        .unwrap()
}

fn server() -> ServerConfig {
    ServerConfig::new("gw1.example.com", "gw1.example.com").unwrap()
}

fn fine() -> Weather {
    Weather {
        plan: Plan {
            fates: Vec::new(),
            delays: vec![Duration::from_millis(20)],
            acknowledged: Acknowledged::OnWrite,
        },
        spare_open: false,
    }
}

/// The kinds of pairs that there are: name, client, server.
fn pairs() -> Vec<(&'static str, Config, ServerConfig)> {
    let short = server().longest_hold(Duration::ZERO).unwrap();
    vec![
        (
            "serial, rotating",
            client(Mode::Serial),
            server().rotate_session_ids(true),
        ),
        ("serial", client(Mode::Serial), server()),
        (
            "strict, rotating",
            client(Mode::Serial),
            server().rotate_session_ids(true).strict_serial(true),
        ),
        ("parallel", client(Mode::Parallel), server()),
        (
            "parallel, rotating",
            client(Mode::Parallel),
            server().rotate_session_ids(true),
        ),
        (
            "parallel, short polls",
            client(Mode::Parallel),
            short.clone(),
        ),
        ("learning", client(Mode::Learn), server()),
        (
            "learning, rotating",
            client(Mode::Learn),
            server().rotate_session_ids(true),
        ),
        ("learning, short polls", client(Mode::Learn), short),
        (
            "small replies",
            client(Mode::Learn),
            server().max_reply(20).unwrap(),
        ),
    ]
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn frames(count: u32) -> String {
    (0..count).map(frame).collect()
}

/// The numbers of the frames in it, each of which must be whole.
fn numbers(bytes: &[u8]) -> Vec<u32> {
    let text = text(bytes);
    let numbers = text.split_terminator("\r\n").map(|line| {
        assert_eq!(line.len(), 6, "{line:?} in {text:?}");
        line[1..].parse().unwrap()
    });
    numbers.collect()
}

fn ascending(numbers: &[u32]) -> bool {
    numbers.is_sorted_by(|one, next| one < next)
}

/// What must hold of every walk over a network that loses no reply behind the server's back.
#[track_caller]
fn check(name: &str, world: &World, confirm: Acknowledged) {
    let context = format!("{name}: closed {:?}, ended {:?}", world.closed, world.ends);
    let heard = numbers(&world.heard);
    assert!(
        ascending(&heard),
        "{context}: the client's frames are in order, none twice"
    );
    let mut fates = BTreeMap::new();
    for id in &world.sent {
        assert!(fates.insert(id, None).is_none(), "{context}: one fate each");
    }
    for (id, fate) in &world.unsent {
        assert!(
            fates.insert(id, Some(*fate)).is_none(),
            "{context}: one fate each"
        );
    }
    for (id, frame) in &world.sends {
        let arrived = heard.contains(&frame[1..6].parse().unwrap());
        match fates.get(id) {
            Some(None) => assert!(arrived, "{context}: {frame} was said to have arrived"),
            Some(Some(fate)) => {
                let is_true = !arrived || !fate.is_unsent();
                assert!(is_true, "{context}: {frame} was said to be unsent");
            }
            None => panic!("{context}: the fate of {frame} was never told"),
        }
    }
    let mut received = numbers(&world.received);
    match confirm {
        Acknowledged::OnArrival => {}
        // Two replies that were both written may overtake each other, on two connections only.
        Acknowledged::OnWrite => {
            assert!(
                ascending(&numbers(&world.by_poll)) && ascending(&numbers(&world.by_post)),
                "{context}"
            );
            received.sort_unstable();
        }
    }
    if world.closed.is_empty() && world.ends.is_empty() {
        let all: Vec<_> = (0..world.told).collect();
        assert_eq!(
            received, all,
            "{context}: the server's frames arrive once and in order"
        );
    } else if confirm == Acknowledged::OnArrival {
        let first: Vec<_> = (0..world.told).take(received.len()).collect();
        assert_eq!(
            received, first,
            "{context}: the server's frames arrive once and in order"
        );
        let returned = numbers(&world.returned.concat());
        let last: Vec<_> = (0..world.told).rev().take(returned.len()).collect();
        assert!(
            returned.iter().rev().eq(&last),
            "{context}: what did not arrive comes back"
        );
        if world.ends.first() == Some(&EndReason::Silence) {
            assert_eq!(
                received.len() + returned.len(),
                usize::try_from(world.told).unwrap(),
                "{context}"
            );
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => Just(Step::ClientSends),
        3 => Just(Step::ServerSends),
        2 => (0u64..400).prop_map(|ms| Step::Pass(Duration::from_millis(ms))),
        1 => (0u64..90).prop_map(|seconds| Step::Pass(Duration::from_secs(seconds))),
    ];
    prop::collection::vec(step, 1..60)
}

fn millis(delays: &[u16]) -> Vec<Duration> {
    let delays = delays.iter().copied().map(u64::from);
    delays.map(Duration::from_millis).collect()
}

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    let fate = prop_oneof![
        4 => Just(Fate::Fine),
        1 => Just(Fate::Refused),
        1 => Just(Fate::Lost),
        2 => Just(Fate::ReplyLost),
    ];
    prop::collection::vec(fate, 0..12)
}

fn weather(acknowledged: Acknowledged) -> impl Strategy<Value = Weather> {
    let delays = prop::collection::vec(prop_oneof![1u16..30, 1u16..3000], 1..8);
    (fates(), delays, prop::bool::weighted(0.9)).prop_map(move |(fates, delays, spare_open)| {
        let plan = Plan {
            fates,
            delays: millis(&delays),
            acknowledged,
        };
        Weather { plan, spare_open }
    })
}

fn walk(pair: usize, steps: &[Step], weather: Weather) {
    let confirm = weather.plan.acknowledged;
    let (name, client, server) = pairs().swap_remove(pair);
    let mut world = World::new(client, server, weather);
    world.client_sends();
    world.walk(steps);
    world.calm_down();
    check(name, &world, confirm);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn frames_arrive_once_and_in_order(
        pair in 0..pairs().len(),
        steps in steps(),
        weather in weather(Acknowledged::OnArrival),
    ) {
        walk(pair, &steps, weather);
    }

    #[test]
    fn frames_arrive_once_when_replies_overtake_each_other(
        pair in 0..pairs().len(),
        steps in steps(),
        weather in weather(Acknowledged::OnWrite),
    ) {
        walk(pair, &steps, weather);
    }

    #[test]
    fn a_client_that_misses_frames_was_told_of_a_gap(
        pair in 0..pairs().len(),
        steps in steps(),
        mut weather in weather(Acknowledged::OnArrival),
        at in 0usize..12,
    ) {
        let fates = &mut weather.plan.fates;
        fates.insert(at.min(fates.len()), Fate::ReplyCut);
        let (_, client, server) = pairs().swap_remove(pair);
        let mut world = World::new(client, server, weather);
        world.client_sends();
        world.walk(&steps);
        world.calm_down();
        let received = numbers(&world.received);
        prop_assert!(ascending(&received), "in order, none twice");
        let missing = received.len() < usize::try_from(world.told).unwrap();
        prop_assert!(!missing || world.gaps > 0 || !world.closed.is_empty());
    }
}

#[test]
fn every_pair_talks_over_a_network_without_faults() {
    for (name, client, server) in pairs() {
        let mut world = World::new(client, server, fine());
        for _ in 0..20 {
            world.client_sends();
            world.server_sends();
            world.pass(Duration::from_secs(7));
        }
        world.calm_down();
        assert!(
            world.closed.is_empty() && world.ends.is_empty() && world.gaps == 0,
            "{name}"
        );
        assert_eq!(text(&world.received), frames(world.told), "{name}");
        assert_eq!(
            numbers(&world.heard),
            (1..=20).collect::<Vec<_>>(),
            "{name}"
        );
        assert_eq!(world.sent.len(), 20, "{name}");
        let holds = matches!(name, "parallel" | "learning" | "small replies");
        assert_eq!(world.most_in_flight, if holds { 2 } else { 1 }, "{name}");
    }
}

#[test]
fn most_walks_through_bad_weather_keep_their_session() {
    use Fate::{Fine, Lost, Refused, ReplyLost};
    for (name, client, server) in pairs() {
        let fates = vec![
            Fine, ReplyLost, Fine, Lost, ReplyLost, Fine, Refused, ReplyLost,
        ];
        let plan = Plan {
            fates,
            delays: millis(&[5, 900, 40, 1, 300]),
            acknowledged: Acknowledged::OnArrival,
        };
        let weather = Weather {
            plan,
            spare_open: true,
        };
        let mut world = World::new(client, server, weather);
        for _ in 0..40 {
            world.client_sends();
            world.server_sends();
            world.pass(Duration::from_secs(5));
        }
        world.calm_down();
        assert!(
            world.closed.is_empty() && world.ends.is_empty(),
            "{name}: {:?}",
            world.closed
        );
        check(name, &world, Acknowledged::OnArrival);
        assert!(world.told > 40, "{name}");
    }
}

#[test]
fn a_held_poll_brings_a_message_as_soon_as_the_network_can() {
    let mut world = World::new(client(Mode::Parallel), server(), fine());
    world.client_sends();
    world.pass(Duration::from_secs(5));
    let before = world.received.len();
    world.server_sends();
    world.pass(Duration::from_millis(20));
    assert!(
        world.received.len() > before,
        "one way through the network, no timer"
    );
}

/// A poll that was answered with every post would cost a request for each.
#[test]
fn a_client_that_keeps_its_poll_makes_one_poll_a_minute_and_one_request_for_each_post() {
    let mut world = World::new(client(Mode::Learn), server(), fine());
    world.client_sends();
    world.pass(Duration::from_secs(10));
    let (polls, posts) = world.made;
    for _ in 0..50 {
        world.client_sends();
        world.pass(Duration::from_secs(1));
    }
    let (more_polls, more_posts) = world.made;
    assert_eq!(more_posts - posts, 50);
    assert!(more_polls - polls <= 1, "{} polls", more_polls - polls);
    assert_eq!(world.most_in_flight, 2, "a poll and a post");
}

#[test]
fn signing_out_ends_both_sides_with_everything_delivered() {
    for (name, client, server) in pairs() {
        let mut world = World::new(client, server, fine());
        world.client_sends();
        world.pass(Duration::from_secs(3));
        world.server_sends();
        world.client_signs_out();
        world.calm_down();
        assert_eq!(world.closed, [CloseReason::Local], "{name}");
        assert_eq!(world.ends, [EndReason::Application], "{name}");
        assert_eq!(text(&world.received), frames(world.told), "{name}");
        assert!(text(&world.heard).ends_with("OUT\r\n"), "{name}");
    }
}

#[test]
fn a_session_that_the_server_closes_ends_with_everything_delivered() {
    for (name, client, server) in pairs() {
        let mut world = World::new(client, server, fine());
        world.client_sends();
        world.pass(Duration::from_secs(3));
        world.server_sends();
        world.server_closes();
        world.calm_down();
        assert_eq!(world.closed, [CloseReason::Peer], "{name}");
        assert_eq!(text(&world.received), frames(world.told), "{name}");
    }
}

#[test]
fn an_open_whose_reply_is_lost_ends_both_sides() {
    let mut weather = fine();
    weather.plan.fates = vec![Fate::ReplyLost];
    let mut world = World::new(client(Mode::Parallel), server(), weather);
    world.client_sends();
    world.calm_down();
    assert_eq!(world.ends, [EndReason::OpenLost]);
    assert_eq!(world.closed.len(), 1);
    let unknown: Vec<_> = world
        .sends
        .iter()
        .map(|(id, _)| (*id, Failure::Unknown))
        .collect();
    assert_eq!(world.unsent, unknown);
}
