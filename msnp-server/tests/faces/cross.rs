//! Two dialects together: who speaks one and who speaks the other are people like any.

use std::time::Duration;

use msnp_server::network::Status;

use crate::classic::Classic;
use crate::client::{Client, Heard, Outcome, World, every_way, said, seen};
use crate::msnp24::Msnp24;
use crate::stub::Stub;

/// Alice, who speaks MSNP24, and Bob, who speaks the stub; each the other's friend.
fn friends(world: &mut World) -> (Msnp24, Stub) {
    let mut alice = Msnp24::sign_in(world, "alice", 1);
    let mut bob = Stub::sign_in(world, "bob");
    assert_eq!(alice.add(world, "bob"), Outcome::Done);
    assert_eq!(bob.add(world, "alice"), Outcome::Done);
    (alice, bob)
}

#[test]
fn they_see_each_other_and_write_to_each_other() {
    every_way(|world| {
        let (mut alice, mut bob) = friends(world);
        assert_eq!(seen(&alice.hear(world), "bob"), Some(Status::Online));
        assert_eq!(seen(&bob.hear(world), "alice"), Some(Status::Online));
        bob.show(world, Status::Busy);
        assert_eq!(seen(&alice.hear(world), "bob"), Some(Status::Busy));
        for text in ["one", "two"] {
            assert_eq!(alice.say(world, "bob", text), Outcome::Done);
            assert_eq!(said(&bob.hear(world)), [("alice", text)]);
            assert_eq!(bob.say(world, "alice", text), Outcome::Done);
            assert_eq!(said(&alice.hear(world)), [("bob", text)]);
        }
        bob.leave(world);
        assert_eq!(seen(&alice.hear(world), "bob"), Some(Status::Offline));
    });
}

#[test]
fn each_is_one_person_whatever_they_are_called() {
    every_way(|world| {
        let (mut alice, mut bob) = friends(world);
        alice.hear(world);
        bob.hear(world);
        for address in ["8:bob", "1:bob@example.org", "1:Bob@Example.org", "8:bob"] {
            assert_eq!(alice.write(world, address, address), Outcome::Done);
            // Bob is called by the one name that his dialect has, and hears it in the one conversation.
            assert_eq!(said(&bob.hear(world)), [("alice", address)]);
            assert_eq!(bob.connections().len(), 2);
            assert_eq!(bob.say(world, "alice", "yes"), Outcome::Done);
            assert_eq!(said(&alice.hear(world)), [("bob", "yes")]);
            let form = address.to_ascii_lowercase();
            assert_eq!(alice.from(), [form], "as she called him last");
        }
    });
}

#[test]
fn what_is_said_waits_across_dialects() {
    every_way(|world| {
        let (mut alice, mut bob) = friends(world);
        bob.leave(world);
        assert_eq!(alice.say(world, "bob", "later"), Outcome::Done);
        let mut bob = Stub::sign_in(world, "bob");
        assert_eq!(said(&bob.hear(world)), [("alice", "later")]);
        alice.leave(world);
        assert_eq!(bob.say(world, "alice", "later still"), Outcome::Done);
        let mut alice = Msnp24::sign_in(world, "alice", 1);
        assert_eq!(said(&alice.hear(world)), [("bob", "later still")]);
        // Neither is told again what the other dialect has received.
        world.wait(Duration::from_secs(2));
        alice.leave(world);
        bob.leave(world);
        let mut alice = Stub::sign_in(world, "alice");
        let mut bob = Msnp24::sign_in(world, "bob", 1);
        assert_eq!(said(&alice.hear(world)), []);
        assert_eq!(said(&bob.hear(world)), []);
    });
}

#[test]
fn one_person_may_speak_both() {
    every_way(|world| {
        let (mut alice, mut bob) = friends(world);
        let mut other = Msnp24::sign_in(world, "bob", 2);
        alice.hear(world);
        assert_eq!(alice.say(world, "bob", "both"), Outcome::Done);
        assert_eq!(said(&bob.hear(world)), [("alice", "both")]);
        assert_eq!(said(&other.hear(world)), [("alice", "both")]);
        // Gone at one of two places is not gone.
        bob.leave(world);
        let told = alice.hear(world);
        assert!(
            !told.contains(&Heard::Sees("bob".into(), Status::Offline)),
            "{told:?}"
        );
        other.leave(world);
        assert_eq!(seen(&alice.hear(world), "bob"), Some(Status::Offline));
    });
}

/// Alice, who speaks MSNP24, and Bob, who speaks an older dialect; each the other's friend.
fn of_two_times(world: &mut World, dialect: u8) -> (Msnp24, Classic) {
    let mut alice = Msnp24::sign_in(world, "alice", 1);
    let mut bob = Classic::sign_in(world, dialect, "bob", 2);
    assert_eq!(alice.add(world, "bob"), Outcome::Done);
    assert_eq!(bob.add(world, "alice"), Outcome::Done);
    (alice, bob)
}

#[test]
fn people_of_two_times_see_each_other_and_talk() {
    for dialect in [8, 10, 12, 15, 16, 18] {
        every_way(|world| {
            let (mut alice, mut bob) = of_two_times(world, dialect);
            assert_eq!(seen(&alice.hear(world), "bob"), Some(Status::Online));
            assert_eq!(seen(&bob.hear(world), "alice"), Some(Status::Online));
            bob.show(world, Status::Busy);
            assert_eq!(seen(&alice.hear(world), "bob"), Some(Status::Busy));
            for text in ["one", "tw\u{f6} \u{2713} <&>"] {
                assert_eq!(alice.say(world, "bob", text), Outcome::Done);
                assert_eq!(said(&bob.hear(world)), [("alice", text)]);
                assert_eq!(bob.say(world, "alice", text), Outcome::Done);
                assert_eq!(said(&alice.hear(world)), [("bob", text)]);
            }
            assert_eq!(bob.talks().len(), 1, "one conversation");
            bob.leave(world);
            assert_eq!(seen(&alice.hear(world), "bob"), Some(Status::Offline));
        });
    }
}

#[test]
fn who_begins_is_heard_by_whoever_has_no_switchboards() {
    every_way(|world| {
        let (mut alice, mut bob) = of_two_times(world, 8);
        assert_eq!(bob.say(world, "alice", "first"), Outcome::Done);
        assert_eq!(said(&alice.hear(world)), [("bob", "first")]);
        assert_eq!(alice.say(world, "bob", "second"), Outcome::Done);
        assert_eq!(said(&bob.hear(world)), [("alice", "second")]);
        assert_eq!(
            bob.talks().len(),
            1,
            "it comes to the conversation that is there"
        );
    });
}

#[test]
fn every_two_older_dialects_talk_to_each_other() {
    for (one, other) in [(8, 12), (8, 18), (12, 15), (15, 18)] {
        every_way(|world| {
            let mut alice = Classic::sign_in(world, one, "alice", 1);
            let mut bob = Classic::sign_in(world, other, "bob", 2);
            assert_eq!(alice.say(world, "bob", "hello"), Outcome::Done);
            assert_eq!(said(&bob.hear(world)), [("alice", "hello")]);
            assert_eq!(bob.say(world, "alice", "yes"), Outcome::Done);
            assert_eq!(said(&alice.hear(world)), [("bob", "yes")]);
            assert_eq!((alice.talks().len(), bob.talks().len()), (1, 1));
        });
    }
}

#[test]
fn what_is_said_to_somebody_away_waits_for_the_older_dialects_too() {
    for dialect in [8, 12, 18] {
        every_way(|world| {
            let (mut alice, mut bob) = of_two_times(world, dialect);
            bob.leave(world);
            for text in ["later", "still later"] {
                assert_eq!(alice.say(world, "bob", text), Outcome::Done);
            }
            let mut bob = Classic::sign_in(world, dialect, "bob", 2);
            // Since MSNP11 clients have that long to fetch them.
            world.wait(Duration::from_secs(31));
            let told = bob.hear(world);
            assert_eq!(said(&told), [("alice", "later"), ("alice", "still later")]);
            // Whoever says a word more has read what came before.
            assert_eq!(bob.say(world, "alice", "read"), Outcome::Done);
            world.wait(Duration::from_secs(2));
            bob.leave(world);
            let mut bob = Msnp24::sign_in(world, "bob", 3);
            assert_eq!(said(&bob.hear(world)), []);
        });
    }
}

#[test]
fn what_was_not_shown_is_told_again_at_the_next_sign_in() {
    every_way(|world| {
        let (mut alice, mut bob) = of_two_times(world, 12);
        assert_eq!(alice.say(world, "bob", "lost"), Outcome::Done);
        assert_eq!(said(&bob.hear(world)), [("alice", "lost")]);
        // The connections break: nothing shows that the words were read.
        for connection in bob.connections() {
            world.hang_up(connection);
        }
        world.wait(Duration::from_secs(2));
        let mut bob = Classic::sign_in(world, 12, "bob", 2);
        world.wait(Duration::from_secs(31));
        assert_eq!(said(&bob.hear(world)), [("alice", "lost")]);
    });
}

#[test]
fn a_place_of_another_time_is_told_too() {
    every_way(|world| {
        let (mut alice, mut bob) = of_two_times(world, 12);
        let mut other = Msnp24::sign_in(world, "bob", 3);
        assert_eq!(alice.say(world, "bob", "both"), Outcome::Done);
        assert_eq!(said(&bob.hear(world)), [("alice", "both")]);
        assert_eq!(said(&other.hear(world)), [("alice", "both")]);
        bob.leave(world);
        let told = alice.hear(world);
        let gone = Heard::Sees("bob".into(), Status::Offline);
        assert!(!told.contains(&gone), "{told:?}");
    });
}
