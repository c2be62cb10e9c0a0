//! Messages: kept, passed through, received, said again.

use std::time::Duration;

use msnp_server::network::{Answer, Command, ContactChange, ListChange, Lists, Refusal};
use simulation::rules::{World, address, every_way};

use crate::words::{kept, numbered, text, words};

#[test]
fn a_message_reaches_every_place_of_both_but_the_one_where_it_was_said() {
    every_way(|world| {
        let [alice, sister] = [1, 2].map(|n| world.sign_in("alice", n));
        let [bob, brother] = [3, 4].map(|n| world.sign_in("bob", n));
        assert_eq!(world.ask(alice, text("bob", "hello")), Ok(Answer::Done));
        assert_eq!(words(world, alice), [""; 0]);
        for other in [sister, bob, brother] {
            assert_eq!(words(world, other), ["hello"]);
        }
    });
}

#[test]
fn one_message_between_two_who_are_here_is_one_commit() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        let before = world.committed();
        assert_eq!(world.ask(alice, text("bob", "hello")), Ok(Answer::Done));
        assert_eq!(world.committed(), before + 1);
        assert_eq!(words(world, bob), ["hello"]);
    });
}

#[test]
fn a_message_waits_for_who_is_away_until_it_is_received() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        for one in ["one", "two", "three"] {
            assert_eq!(world.ask(alice, text("bob", one)), Ok(Answer::Done));
        }
        let bob = world.enter("bob", 2);
        world
            .ask(bob, Command::Subscribe(simulation::rules::ALL))
            .unwrap();
        let waiting = kept(world, bob);
        assert_eq!(waiting.len(), 3);
        world
            .ask(bob, Command::Received(waiting[0].number))
            .unwrap();
        world.hang_up(bob);
        world.wait(Duration::from_secs(2));
        world.restart();
        let bob = world.enter("bob", 2);
        world
            .ask(bob, Command::Subscribe(simulation::rules::ALL))
            .unwrap();
        assert_eq!(words(world, bob), ["two", "three"]);
    });
}

#[test]
fn the_same_again_is_accepted_and_not_delivered_again() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        for _ in 0..2 {
            assert_eq!(
                world.ask(alice, numbered("bob", "hi", "1")),
                Ok(Answer::Done)
            );
        }
        assert_eq!(words(world, bob), ["hi"]);
        assert_eq!(
            world.ask(alice, numbered("bob", "ho", "1")),
            Ok(Answer::Done)
        );
        assert_eq!(
            world.ask(alice, numbered("carol", "hi", "1")),
            Ok(Answer::Done)
        );
        assert_eq!(words(world, bob), ["ho"]);
        world.restart();
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        assert_eq!(
            world.ask(alice, numbered("carol", "hi", "1")),
            Ok(Answer::Done)
        );
        assert_eq!(words(world, bob), [""; 0]);
    });
}

#[test]
fn who_is_blocked_hears_that_it_was_accepted_and_reaches_nobody() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        let block = ContactChange {
            contact: address("alice"),
            change: ListChange::Set(Lists::BLOCK),
        };
        world
            .ask(bob, Command::ChangeContacts(vec![block]))
            .unwrap();
        assert_eq!(world.ask(alice, text("bob", "hello")), Ok(Answer::Done));
        assert_eq!(words(world, bob), [""; 0]);
        assert_eq!(
            world.ask(alice, text("nobody", "hello")),
            Err(Refusal::NoSuchUser)
        );
    });
}

#[test]
fn a_commit_that_takes_long_holds_back_what_it_touches_and_nothing_else() {
    every_way(|world| {
        let [alice, bob] = [("alice", 1), ("bob", 2)].map(|(who, n)| world.sign_in(who, n));
        let [carol, dave] = [("carol", 3), ("dave", 4)].map(|(who, n)| world.sign_in(who, n));
        world.hold_commits();
        let first = world.say(alice, text("bob", "first"));
        world.settle();
        // In the next batch: Carol writes to Bob, who is touched, and to Dave, who is not.
        let to_bob = world.say(carol, text("bob", "second"));
        let to_dave = world.say(dave, text("alice", "third"));
        world.settle();
        assert_eq!(world.answer(alice, first), None);
        assert_eq!(words(world, bob), [""; 0]);
        world.release();
        for (connection, request) in [(alice, first), (carol, to_bob), (dave, to_dave)] {
            assert_eq!(world.answer(connection, request), Some(Ok(Answer::Done)));
        }
        assert_eq!(words(world, bob), ["first", "second"]);
        assert_eq!(words(world, alice), ["third"]);
    });
}

#[test]
fn a_commit_that_fails_refuses_its_commands_and_signs_nobody_out() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        world.hold_commits();
        let request = world.say(alice, numbered("bob", "hello", "7"));
        world.settle();
        world.fail_commits();
        assert_eq!(world.answer(alice, request), Some(Err(Refusal::Store)));
        assert_eq!(words(world, bob), [""; 0]);
        assert!(!world.is_closed(alice) && !world.is_closed(bob));
        world.release();
        // Said again it is no repetition, and comes once.
        assert_eq!(
            world.ask(alice, numbered("bob", "hello", "7")),
            Ok(Answer::Done)
        );
        assert_eq!(words(world, bob), ["hello"]);
    });
}
