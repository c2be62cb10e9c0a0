//! What the network has and MSNP24 never asks for: rooms, groups, privacy, properties. The stub does.

use msnp_server::identity::HomeId;
use msnp_server::network::{Found, PersonRecord, Privacy, Read};

use crate::client::{Client, Outcome, World, every_way, said};
use crate::stub::Stub;

/// How many messages were ever named, as all are that do not pass through a room.
fn named(world: &World) -> u64 {
    world.store().last_name(HomeId::default())
}

/// All that is kept of somebody.
fn record(world: &World, name: &str) -> PersonRecord {
    match world.store().read(&Read::Person(world.who(name).person())) {
        Found::Person(Some(record)) => *record,
        other => panic!("{name}: {other:?}"),
    }
}

/// Alice and Bob in a conversation, in which both have spoken.
fn talking(world: &mut World) -> [Stub; 2] {
    let mut alice = Stub::sign_in(world, "alice");
    let mut bob = Stub::sign_in(world, "bob");
    assert_eq!(alice.say(world, "bob", "are you there?"), Outcome::Done);
    assert_eq!(said(&bob.hear(world)), [("alice", "are you there?")]);
    assert_eq!(bob.say(world, "alice", "yes"), Outcome::Done);
    assert_eq!(said(&alice.hear(world)), [("bob", "yes")]);
    [alice, bob]
}

/// Both speak, and what they say passes through a room.
fn speak_in_a_room(world: &mut World, alice: &mut Stub, bob: &mut Stub) {
    let before = named(world);
    for text in ["one", "two"] {
        assert_eq!(alice.say(world, "bob", text), Outcome::Done);
        assert_eq!(said(&bob.hear(world)), [("alice", text)]);
        assert_eq!(bob.say(world, "alice", text), Outcome::Done);
        assert_eq!(said(&alice.hear(world)), [("bob", text)]);
    }
    assert_eq!(named(world), before, "nothing is kept");
}

#[test]
fn those_who_are_in_a_conversation_speak_in_a_room() {
    every_way(|world| {
        let [mut alice, mut bob] = talking(world);
        speak_in_a_room(world, &mut alice, &mut bob);
        assert_eq!(world.server().connections(), 4, "two for each");
    });
}

#[test]
fn who_comes_back_to_a_conversation_finds_the_other_in_it() {
    every_way(|world| {
        let [mut alice, mut bob] = talking(world);
        alice.end_talks(world);
        // The room is new, and Bob's connection the same.
        assert_eq!(alice.say(world, "bob", "again"), Outcome::Done);
        assert_eq!(said(&bob.hear(world)), [("alice", "again")]);
        speak_in_a_room(world, &mut alice, &mut bob);
        assert_eq!(bob.connections().len(), 2);
    });
}

#[test]
fn the_end_of_the_main_connection_is_the_end_of_its_conversations() {
    every_way(|world| {
        let [alice, mut bob] = talking(world);
        let [main, talk] = alice.connections()[..] else {
            panic!("{:?}", alice.connections())
        };
        world.hang_up(main);
        assert!(world.is_closed(talk));
        assert_eq!(bob.say(world, "alice", "later"), Outcome::Done);
        let mut alice = Stub::sign_in(world, "alice");
        assert_eq!(said(&alice.hear(world)), [("bob", "later")]);
    });
}

#[test]
fn who_is_closed_to_others_hears_friends_alone() {
    every_way(|world| {
        let mut alice = Stub::sign_in(world, "alice");
        let mut bob = Stub::sign_in(world, "bob");
        assert_eq!(bob.ask(world, "PRIVACY closed"), ["DONE PRIVACY"]);
        assert_eq!(alice.say(world, "bob", "who are you?"), Outcome::Done);
        assert_eq!(said(&bob.hear(world)), []);
        assert_eq!(bob.add(world, "alice"), Outcome::Done);
        assert_eq!(alice.say(world, "bob", "ah"), Outcome::Done);
        assert_eq!(said(&bob.hear(world)), [("alice", "ah")]);
        assert_eq!(record(world, "bob").privacy, Some(Privacy::BlockOthers));
    });
}

#[test]
fn groups_and_properties_are_kept() {
    every_way(|world| {
        let mut alice = Stub::sign_in(world, "alice");
        assert_eq!(alice.ask(world, "GROUP old friends"), ["DONE GROUP"]);
        assert_eq!(alice.ask(world, "GROUP old friends"), ["NO GROUP"]);
        assert_eq!(alice.ask(world, "KEEP phone 5 5 5"), ["DONE KEEP"]);
        assert_eq!(alice.ask(world, "KEEP phone"), ["NO KEEP"]);
        let properties = record(world, "alice").properties;
        assert_eq!(properties, [("phone".into(), "5 5 5".into())]);
        let mut again = Stub::sign_in(world, "alice");
        let told = again.ask(world, "WATCH");
        assert!(told.contains(&"GROUP old friends".to_owned()), "{told:?}");
    });
}
