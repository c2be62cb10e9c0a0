//! Limits: places, commands that wait, who is put away, and what is sent at once.

use std::time::Duration;

use msnp_server::network::{Answer, Command, Config, Refusal, Status};
use simulation::rules::{ALL, World, endpoint, every_way, every_way_with};

use crate::words::{friend, kept, passing, seen, set, status, text, words};

#[test]
fn only_so_many_places_of_which_the_most_silent_one_gives_way() {
    let config = {
        let mut config = Config::default();
        config.endpoints = 2;
        config
    };
    every_way_with(&config, |world| {
        let first = world.sign_in("alice", 1);
        let second = world.sign_in("alice", 2);
        let third = world.open();
        let enter = |world: &World, n| Command::Enter {
            who: world.who("alice"),
            endpoint: endpoint(n),
        };
        world.wait(Duration::from_secs(1));
        let now = world.now();
        world.network().take_allowance(first, now);
        let command = enter(world, 3);
        assert_eq!(world.ask(third, command), Ok(Answer::Done));
        assert!(world.is_closed(second), "it was silent for longest");
        assert!(!world.is_closed(first));
        let fourth = world.open();
        let command = enter(world, 3);
        assert_eq!(world.ask(fourth, command), Ok(Answer::Done));
        assert!(world.is_closed(third), "the same one again");
        assert!(!world.is_closed(first));
        let command = enter(world, 2);
        assert_eq!(world.ask(fourth, command), Err(Refusal::Entered));
    });
}

#[test]
fn an_allowance_outlives_the_connection() {
    let config = {
        let mut config = Config::default();
        config.command_burst = 3;
        config.commands_per_second = 1;
        // Nobody may stay because there is room.
        config.idle_people = 0;
        config
    };
    every_way_with(&config, |world| {
        let now = world.now();
        let alice = world.sign_in("alice", 1);
        let taken = (0..5).filter(|_| world.network().take_allowance(alice, now) == Some(true));
        assert_eq!(taken.count(), 3);
        world.hang_up(alice);
        for (who, n) in [("bob", 2), ("carol", 3), ("dave", 4)] {
            world.sign_in(who, n);
        }
        let alice = world.sign_in("alice", 1);
        assert_eq!(world.network().take_allowance(alice, now), Some(false));
        world.wait(Duration::from_secs(1));
        let now = world.now();
        assert_eq!(world.network().take_allowance(alice, now), Some(true));
        let stranger = world.open();
        assert_eq!(world.network().take_allowance(stranger, now), None);
    });
}

#[test]
fn commands_beyond_the_limit_are_refused_in_their_turn() {
    let config = {
        let mut config = Config::default();
        config.waiting_commands = 2;
        config
    };
    every_way_with(&config, |world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        world.hold_commits();
        world.say(alice, text("bob", "0"));
        world.settle();
        let all: Vec<_> = (1..5)
            .map(|n| world.say(alice, text("bob", &n.to_string())))
            .collect();
        world.settle();
        world.release();
        let answers: Vec<_> = all
            .iter()
            .map(|one| world.answer(alice, *one).unwrap())
            .collect();
        assert_eq!(
            answers,
            [
                Ok(Answer::Done),
                Ok(Answer::Done),
                Err(Refusal::Busy),
                Err(Refusal::Busy)
            ]
        );
        assert_eq!(words(world, bob), ["0", "1", "2"]);
        let order = world.answers(alice);
        assert!(order.is_sorted(), "{order:?}");
    });
}

#[test]
fn what_is_kept_for_a_member_is_not_lost_though_much_waits_for_them() {
    let config = {
        let mut config = Config::default();
        config.waiting_commands = 2;
        config.strangers_may_add = true;
        config
    };
    every_way_with(&config, |world| {
        let [alice, bob] = [("alice", 1), ("bob", 2)].map(|(who, n)| world.sign_in(who, n));
        let carol = world.sign_in("carol", 3);
        let id = crate::words::thread(world, alice, &["bob", "carol"]);
        for one in [alice, bob, carol] {
            world.hear(one);
        }
        // Bob alone is touched by what takes long; the thread and Carol are not.
        world.hold_commits();
        world.say(bob, Command::SetName("Bob II".into()));
        world.settle();
        let said: Vec<_> = (0..6)
            .map(|n| {
                let one = world.say(carol, crate::words::in_thread(id, &n.to_string()));
                world.settle();
                one
            })
            .collect();
        world.release();
        for one in said {
            assert_eq!(world.answer(carol, one), Some(Ok(Answer::Done)));
        }
        assert_eq!(words(world, bob), ["0", "1", "2", "3", "4", "5"]);
    });
}

#[test]
fn who_is_idle_is_put_away_and_nothing_is_lost() {
    let config = {
        let mut config = Config::default();
        config.idle_people = 1;
        config
    };
    every_way_with(&config, |world| {
        let alice = world.sign_in("alice", 1);
        world.ask(alice, set("bob", friend())).unwrap();
        let names: Vec<String> = (0..40).map(|n| format!("u{n}")).collect();
        for name in &names {
            world.add_account(name);
        }
        for round in ["one", "two"] {
            for name in &names {
                world.ask(alice, text(name, round)).unwrap();
            }
        }
        assert!(world.network().load().people < 12);
        for name in &names {
            let at = world.enter(name, 9);
            world.ask(at, Command::Subscribe(ALL)).unwrap();
            assert_eq!(words(world, at), ["one", "two"]);
            world.hang_up(at);
        }
        assert!(world.network().load().people < 12);
    });
}

#[test]
fn who_owes_the_store_a_receipt_is_not_put_away() {
    let config = {
        let mut config = Config::default();
        config.idle_people = 0;
        config.waiting_messages = 1;
        config.command_burst = 0;
        config
    };
    every_way_with(&config, |world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        world.ask(alice, text("bob", "one")).unwrap();
        let one = kept(world, bob)[0].number;
        world.ask(bob, Command::Received(one)).unwrap();
        world.hang_up(bob);
        // Others come, for whom Bob would be put away; the receipt is not kept yet.
        for (who, n) in [("carol", 3), ("dave", 4)] {
            world.sign_in(who, n);
        }
        assert_eq!(world.ask(alice, text("bob", "two")), Ok(Answer::Done));
        world.wait(Duration::from_secs(2));
        let bob = world.enter("bob", 2);
        world.ask(bob, Command::Subscribe(ALL)).unwrap();
        assert_eq!(words(world, bob), ["two"]);
    });
}

#[test]
fn nobody_is_drowned_in_what_nobody_keeps() {
    let config = {
        let mut config = Config::default();
        config.outgoing_bytes = 10_000;
        config
    };
    every_way_with(&config, |world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        let flood = |world: &mut World, bob| {
            for _ in 0..100 {
                world.say(alice, passing("bob", &"x".repeat(1000), false, false));
            }
            world.settle();
            crate::words::passed(world, bob).len()
        };
        let told = flood(world, bob);
        assert!((5..20).contains(&told), "{told}");
        // What was taken makes room.
        assert_eq!(flood(world, bob), told);
        // Also what a batch holds back counts.
        world.hold_commits();
        world.say(alice, text("bob", "first"));
        world.say(alice, text("carol", "first"));
        world.settle();
        flood(world, bob);
        world.release();
        assert!(crate::words::passed(world, bob).len() <= told);
    });
}

#[test]
fn a_connection_that_is_gone_leaves_nothing_behind() {
    every_way(|world| {
        for (who, n) in [("alice", 1), ("bob", 2), ("alice", 3)] {
            let at = world.sign_in(who, n);
            world.ask(at, status(Status::Online)).unwrap();
            seen(world, at);
            world.hang_up(at);
        }
        let stranger = world.open();
        world.say(stranger, text("bob", "?"));
        world.hang_up(stranger);
        let load = world.network().load();
        assert_eq!((load.connections, load.waiting, load.rooms), (0, 0, 0));
    });
}
