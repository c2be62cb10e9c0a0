//! What a commit that is slow, fails, or is lost with the process means to those who wait for it.

use std::time::Duration;

use msnp_proto::msnp24::ServerBody;
use simulation::{
    Fate, Faults, Step, StoreFaults, UnderWay, World, contact, each_seed, fate, shows,
};

use crate::wire::{heard, is_accepted, is_refused, message, ping, texts, world};

const ALICE: usize = 0;
const BOB: usize = 1;
const CAROL: usize = 2;

const SECOND: Duration = Duration::from_secs(1);

/// Every way takes the same time, so that what is said at the same moment arrives together.
const EVEN: Faults = Faults {
    shortest: Duration::from_millis(1),
    longest: Duration::from_millis(1),
    ..Faults::NONE
};

#[test]
fn while_a_commit_takes_a_second_pings_are_answered_and_the_next_message_waits() {
    each_seed(0..20, |seed| {
        let mut world = world(seed, 3);
        world.set_store_faults(StoreFaults::slow(SECOND));
        let start = world.now();
        let say = message(5, ALICE, BOB, 1, "first");
        world.direct(ALICE, |script| script.at_once(Step::post(say)));
        world.advance(Duration::from_millis(100));
        for who in [ALICE, BOB] {
            world.direct(who, |script| script.at_once(Step::post(ping(6))));
        }
        let say = message(5, CAROL, BOB, 1, "second");
        world.direct(CAROL, |script| script.at_once(Step::post(say)));
        world.advance(Duration::from_secs(10));
        for who in [ALICE, BOB] {
            let (at, pong) = heard(&world, who, 6).expect("an answer");
            assert!(matches!(pong, ServerBody::Pong(_)), "{pong:?}");
            assert!(at < start + SECOND, "{who}: the ping waited for the store");
        }
        let (first, _) = heard(&world, ALICE, 5).expect("an answer");
        assert!(first > start + SECOND);
        for who in [ALICE, CAROL] {
            assert!(is_accepted(&world, who, 5), "{:#?}", heard(&world, who, 5));
        }
        let [(first, one), (second, two)] = &texts(&world, BOB)[..] else {
            panic!("{:#?}", world.scripted(BOB));
        };
        assert_eq!([one, two], ["first", "second"]);
        assert!(*first > start + SECOND, "told before it was kept");
        assert!(*second > start + 2 * SECOND, "told before it was kept");
    });
}

#[test]
fn a_commit_that_fails_refuses_each_command_and_a_repeat_is_new() {
    each_seed(0..20, |seed| {
        let mut world = world(seed, 3);
        world.set_faults(EVEN);
        world.set_store_faults(StoreFaults::failing());
        let failed = world.process().failed();
        for who in [ALICE, CAROL] {
            let both = message(5, who, BOB, 1, "one") + &message(6, who, BOB, 2, "two");
            world.direct(who, |script| script.at_once(Step::post(both)));
        }
        world.advance(SECOND);
        assert!(world.process().failed() > failed);
        for (who, trid) in [(ALICE, 5), (ALICE, 6), (CAROL, 5), (CAROL, 6)] {
            assert!(
                is_refused(&world, who, trid),
                "{:#?}",
                heard(&world, who, trid)
            );
        }
        assert_eq!(texts(&world, BOB), []);
        assert_eq!(
            world.process().server().connections(),
            3,
            "somebody was signed out"
        );

        world.set_store_faults(StoreFaults::NONE);
        for trid in [7, 8] {
            let again = message(trid, ALICE, BOB, 1, "one");
            world.direct(ALICE, |script| script.at_once(Step::post(again)));
            world.advance(SECOND);
            assert!(
                is_accepted(&world, ALICE, trid),
                "{:#?}",
                heard(&world, ALICE, trid)
            );
            // The first is kept and told; from then on it is a repetition.
            let told = texts(&world, BOB);
            assert!(
                matches!(&told[..], [(_, text)] if text == "one"),
                "{told:?}"
            );
        }
        for who in [ALICE, BOB, CAROL] {
            world.direct(who, |script| script.at_once(Step::post(ping(9))));
        }
        world.advance(SECOND);
        for who in [ALICE, BOB, CAROL] {
            let pong = heard(&world, who, 9);
            assert!(matches!(pong, Some((_, ServerBody::Pong(_)))), "{pong:?}");
        }
    });
}

#[test]
fn a_client_whose_message_the_store_refuses_stays_signed_in_and_says_it_again() {
    each_seed(0..20, |seed| {
        let mut world = World::new(seed, 2);
        world.sign_in(ALICE);
        world.sign_in(BOB);
        world.clear_events();
        world.set_store_faults(StoreFaults::failing());
        let bob = contact(BOB).into();
        let say = |world: &mut World| {
            let id = world.ask(ALICE, |client, now| client.send_text(&bob, "hello", now));
            let id = id.expect("taken");
            world.advance(SECOND);
            let fates: Vec<_> = world.events(ALICE).filter_map(|it| fate(it, &id)).collect();
            let shown = world.events(BOB);
            let shown = shown.filter(|it| shows(it, &contact(ALICE), &id)).count();
            (fates, shown)
        };
        assert_eq!(say(&mut world), (vec![Fate::Failed], 0));
        world.set_store_faults(StoreFaults::NONE);
        assert_eq!(say(&mut world), (vec![Fate::Delivered], 1));
        assert!(world.client(ALICE).is_signed_in() && world.client(BOB).is_signed_in());
        assert_eq!(world.process().server().connections(), 2);
    });
}

#[test]
fn while_the_store_hangs_pings_are_answered_writes_refused_at_once_and_nobody_is_signed_out() {
    each_seed(0..20, |seed| {
        let mut world = world(seed, 3);
        world.set_store_faults(StoreFaults::hanging());
        let start = world.now();
        let say = message(5, ALICE, BOB, 1, "first");
        world.direct(ALICE, |script| script.at_once(Step::post(say)));
        world.advance(20 * SECOND);
        let (at, error) = heard(&world, ALICE, 5).expect("an answer");
        assert!(
            matches!(&error, ServerBody::Error(error) if error.code.number() == 921),
            "{error:?}"
        );
        assert!(at >= start + 10 * SECOND && at < start + 11 * SECOND);
        for who in [ALICE, BOB, CAROL] {
            let both = ping(6) + &message(7, who, BOB, 2, "second");
            world.direct(who, |script| script.at_once(Step::post(both)));
        }
        let asked = world.now();
        world.advance(SECOND);
        for who in [ALICE, BOB, CAROL] {
            let (at, pong) = heard(&world, who, 6).expect("an answer");
            assert!(matches!(pong, ServerBody::Pong(_)), "{pong:?}");
            assert!(at < asked + SECOND);
            assert!(is_refused(&world, who, 7), "{:#?}", heard(&world, who, 7));
        }
        assert_eq!(texts(&world, BOB), []);
        world.advance(100 * SECOND);
        assert_eq!(world.process().server().connections(), 3);
        // It answers at last, and all is as if it had done so at once.
        world.set_store_faults(StoreFaults::NONE);
        world.advance(SECOND);
        for trid in [8, 9] {
            let again = message(trid, ALICE, BOB, u64::from(trid) - 7, "first");
            world.direct(ALICE, |script| script.at_once(Step::post(again)));
        }
        world.advance(SECOND);
        let told = texts(&world, BOB);
        let told: Vec<_> = told.iter().map(|(_, text)| text.as_str()).collect();
        // The second has another id, so it is no repetition.
        assert_eq!(told, ["first", "first"]);
    });
}

#[test]
fn of_a_message_that_hangs_its_author_is_told_that_nobody_knows_and_of_the_next_that_it_failed() {
    each_seed(0..20, |seed| {
        let mut world = World::new(seed, 2);
        world.sign_in(ALICE);
        world.sign_in(BOB);
        world.set_store_faults(StoreFaults::hanging());
        let bob = contact(BOB).into();
        let say = |world: &mut World, text: &str| {
            let id = world.ask(ALICE, |client, now| client.send_text(&bob, text, now));
            world.advance(15 * SECOND);
            id.expect("taken")
        };
        let said = [say(&mut world, "hangs"), say(&mut world, "is refused")];
        world.set_store_faults(StoreFaults::NONE);
        let said = [said[0].clone(), said[1].clone(), say(&mut world, "arrives")];
        let outcomes = said.map(|id| {
            let fates: Vec<_> = world.events(ALICE).filter_map(|it| fate(it, &id)).collect();
            let shown = world.events(BOB);
            let shown = shown.filter(|it| shows(it, &contact(ALICE), &id)).count();
            (fates, shown)
        });
        let expected = [
            (vec![Fate::Uncertain], 1),
            (vec![Fate::Failed], 0),
            (vec![Fate::Delivered], 1),
        ];
        assert_eq!(outcomes, expected);
        assert!(world.client(ALICE).is_signed_in() && world.client(BOB).is_signed_in());
    });
}

/// A proxy asks again behind a request whose reply it has not seen. The store has failed the first time, and is well
/// the second.
#[test]
fn a_message_that_a_proxy_repeats_behind_its_refusal_was_refused_and_sent() {
    each_seed(0..20, |seed| {
        let mut world = World::new(seed, 2);
        world.sign_in(ALICE);
        world.sign_in(BOB);
        world.set_faults(Faults {
            repeated: 1000,
            shortest: SECOND,
            longest: SECOND,
            ..Faults::NONE
        });
        world.set_store_faults(StoreFaults::failing());
        let bob = contact(BOB).into();
        let id = world.ask(ALICE, |client, now| client.send_text(&bob, "hello", now));
        let id = id.expect("taken");
        let failed = world.process().failed();
        world.advance(SECOND + SECOND / 2);
        assert!(world.process().failed() > failed, "the first has arrived");
        world.set_store_faults(StoreFaults::NONE);
        world.advance(60 * SECOND);
        let fates: Vec<_> = world.events(ALICE).filter_map(|it| fate(it, &id)).collect();
        let shown = world.events(BOB);
        let shown = shown.filter(|it| shows(it, &contact(ALICE), &id)).count();
        assert_eq!((fates, shown), (vec![Fate::Failed], 0));
    });
}

/// The process ends while a message is being kept. Its author cannot know what has become of it.
fn crash(seed: u64, under_way: UnderWay) -> (Vec<Fate>, usize) {
    let mut world = World::new(seed, 2);
    world.sign_in(ALICE);
    world.sign_in(BOB);
    world.set_store_faults(StoreFaults::slow(SECOND));
    let bob = contact(BOB).into();
    let id = world.ask(ALICE, |client, now| client.send_text(&bob, "hello", now));
    let id = id.expect("taken");
    world.advance(SECOND / 2);
    world.restart_server(under_way, SECOND);
    world.advance(Duration::from_secs(60));
    assert!(world.client(ALICE).is_signed_in() && world.client(BOB).is_signed_in());
    let fates = world.events(ALICE).filter_map(|it| fate(it, &id)).collect();
    let shown = world.events(BOB);
    let shown = shown.filter(|it| shows(it, &contact(ALICE), &id)).count();
    (fates, shown)
}

#[test]
fn a_commit_that_is_lost_with_the_process_was_acknowledged_to_nobody() {
    each_seed(0..20, |seed| {
        assert_eq!(crash(seed, UnderWay::Lost), (vec![Fate::Uncertain], 0));
    });
}

#[test]
fn a_commit_that_outlives_the_process_is_delivered_by_the_next() {
    each_seed(0..20, |seed| {
        assert_eq!(crash(seed, UnderWay::Kept), (vec![Fate::Uncertain], 1));
    });
}
