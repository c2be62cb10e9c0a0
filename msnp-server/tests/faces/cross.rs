//! Two dialects together: who speaks one and who speaks the other are people like any.

use std::time::Duration;

use msnp_server::network::Status;

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
