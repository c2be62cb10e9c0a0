//! Two clients talk, whatever happens to the server.

use std::time::Duration;

use msnp_client::MessageId;
use simulation::{Fate, StoreFaults, Transcript, UnderWay, World, contact, each_seed, fate, shows};

const ALICE: usize = 0;
const BOB: usize = 1;

fn say(world: &mut World, who: usize, to: usize, text: &str) -> MessageId {
    let to = contact(to).into();
    let id = world.ask(who, |client, now| client.send_text(&to, text, now));
    id.expect("taken")
}

/// Both sign in and talk, the server's process is killed in the middle of a sentence, and they talk on.
fn conversation(seed: u64) -> Transcript {
    let mut world = World::new(seed, 2);
    world.set_store_faults(StoreFaults::slow(Duration::from_millis(20)));
    world.sign_in(ALICE);
    world.sign_in(BOB);
    let mut said = vec![
        (ALICE, BOB, say(&mut world, ALICE, BOB, "hello")),
        (BOB, ALICE, say(&mut world, BOB, ALICE, "hello yourself")),
    ];
    world.advance(Duration::from_secs(1));
    let cut_short = say(&mut world, ALICE, BOB, "have you heard");
    world.advance(Duration::from_millis(seed % 50));
    world.restart_server(UnderWay::Either, Duration::from_secs(5));
    // What is said when it is clear that nobody is there waits.
    world.advance(Duration::from_millis(100));
    said.push((BOB, ALICE, say(&mut world, BOB, ALICE, "still there?")));
    world.advance(Duration::from_secs(60));
    assert!(world.client(ALICE).is_signed_in() && world.client(BOB).is_signed_in());
    said.push((ALICE, BOB, say(&mut world, ALICE, BOB, "again")));
    world.advance(Duration::from_secs(1));

    let outcome = |who: usize, to: usize, id: &MessageId| {
        let fates: Vec<_> = world.events(who).filter_map(|it| fate(it, id)).collect();
        let shown = world.events(to).filter(|it| shows(it, &contact(who), id));
        (fates, shown.count())
    };
    for (who, to, id) in &said {
        assert_eq!(outcome(*who, *to, id), (vec![Fate::Delivered], 1), "{id:?}");
    }
    let (fates, shown) = outcome(ALICE, BOB, &cut_short);
    match fates[..] {
        [Fate::Delivered] => assert_eq!(shown, 1),
        [Fate::Uncertain] => assert!(shown <= 1),
        _ => panic!("{fates:?}"),
    }
    world.transcript().clone()
}

#[test]
fn two_clients_talk_across_a_restart_of_the_server_without_a_socket() {
    each_seed(0..30, |seed| {
        let transcript = conversation(seed);
        let printed = transcript.to_string();
        for path in [
            "GET /oauth20_authorize.srf",
            "POST /ppsecure/post.srf",
            "POST /v2/a",
            "POST /v1/user/Initialization",
            "POST /gateway/gateway.dll",
        ] {
            // Both, before and after.
            let times = printed.matches(path).count();
            assert!(times >= 4, "{path}: {times} times");
        }
        assert!(
            transcript == conversation(seed),
            "the same seed, another transcript"
        );
    });
}

#[test]
fn another_seed_is_another_transcript() {
    assert!(conversation(1) != conversation(2));
}

#[test]
fn a_server_that_stops_as_it_should_is_found_again_when_it_is_back() {
    each_seed(0..20, |seed| {
        let mut world = World::new(seed, 2);
        world.sign_in(ALICE);
        world.sign_in(BOB);
        world.stop_server(Duration::from_secs(20));
        world.advance(Duration::from_secs(120));
        let id = say(&mut world, ALICE, BOB, "hello");
        world.advance(Duration::from_secs(1));
        assert!(world.told(BOB, |event| shows(event, &contact(ALICE), &id)));
    });
}

#[test]
fn a_device_that_slept_hears_what_was_said_meanwhile() {
    each_seed(0..20, |seed| {
        let mut world = World::new(seed, 2);
        world.sign_in(ALICE);
        world.sign_in(BOB);
        world.sleep(BOB);
        let id = say(&mut world, ALICE, BOB, "are you asleep?");
        world.advance(Duration::from_secs(3600));
        assert!(!world.told(BOB, |event| shows(event, &contact(ALICE), &id)));
        world.wake(BOB);
        world.advance(Duration::from_secs(60));
        let shown = world
            .events(BOB)
            .filter(|it| shows(it, &contact(ALICE), &id));
        assert_eq!(shown.count(), 1);
    });
}

#[test]
fn a_wall_clock_that_is_set_signs_nobody_out() {
    each_seed(0..10, |seed| {
        let mut world = World::new(seed, 2);
        world.sign_in(ALICE);
        world.sign_in(BOB);
        let answered = world.transcript().entries().len();
        for wall in [0, 4_000_000_000] {
            world.set_wall(machine_contract::UnixTime::from_secs(wall));
            world.advance(Duration::from_secs(300));
            let id = say(&mut world, ALICE, BOB, "what time is it?");
            world.advance(Duration::from_secs(1));
            assert!(world.told(BOB, |event| shows(event, &contact(ALICE), &id)));
        }
        let after = &world.transcript().entries()[answered..];
        let signed_in = after
            .iter()
            .any(|entry| format!("{entry:?}").contains("post.srf"));
        assert!(!signed_in, "somebody had to sign in anew");
    });
}
