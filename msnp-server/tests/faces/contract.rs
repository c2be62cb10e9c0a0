//! What every dialect keeps.

use std::time::Duration;

use bytes::Bytes;
use msnp_server::network::{Lists, Status};
use simulation::wire::StoreIs;

use crate::client::{
    Client, Dialect, Heard, Outcome, World, every_way, lists, said, seen, text, world,
};

/// The contract, kept by each dialect: a line in the list.
macro_rules! kept {
    ($($clause:ident)+) => {
        kept! { in_msnp24 crate::msnp24::DIALECT: $($clause)+ }
        kept! { in_the_stub crate::stub::DIALECT: $($clause)+ }
        kept! { in_msnp8 crate::classic::MSNP8: $($clause)+ }
        kept! { in_msnp12 crate::classic::MSNP12: $($clause)+ }
        kept! { in_msnp15 crate::classic::MSNP15: $($clause)+ }
        kept! { in_msnp18 crate::classic::MSNP18: $($clause)+ }
    };
    ($dialect:ident $it:path: $($clause:ident)+) => {
        mod $dialect {
            $(#[test] fn $clause() { super::$clause(&$it); })+
        }
    };
}

kept! {
    who_is_added_is_seen_and_learns_of_it
    nobody_can_be_added_or_written_to_who_is_not_there
    a_friend_is_seen_to_come_change_hide_and_go
    who_is_blocked_sees_and_hears_what_they_would_of_somebody_away
    a_message_arrives_once_and_in_order
    what_is_said_to_somebody_away_waits_and_is_told_once
    what_is_said_is_told_at_all_places
    a_place_is_taken_over_by_who_comes_back_to_it
    good_byes_end_connections
    a_failing_store_signs_nobody_out
    replies_come_in_the_order_of_the_commands_and_marks_behind_them
    marks_wait_for_whole_commands_alone
    where_bytes_are_cut_makes_no_difference
    garbage_at_every_cut_does_no_harm
}

/// Alice and Bob, each the other's friend, with nothing left to hear.
fn friends(world: &mut World, dialect: &Dialect) -> [Box<dyn Client>; 2] {
    let mut alice = (dialect.sign_in)(world, "alice", 1);
    let mut bob = (dialect.sign_in)(world, "bob", 2);
    assert_eq!(alice.add(world, "bob"), Outcome::Done);
    assert_eq!(bob.add(world, "alice"), Outcome::Done);
    alice.hear(world);
    bob.hear(world);
    [alice, bob]
}

fn who_is_added_is_seen_and_learns_of_it(dialect: &Dialect) {
    every_way(|world| {
        let mut alice = (dialect.sign_in)(world, "alice", 1);
        let mut bob = (dialect.sign_in)(world, "bob", 2);
        bob.hear(world);
        assert_eq!(
            seen(&alice.hear(world), "bob"),
            None,
            "she has not added him"
        );
        assert_eq!(alice.add(world, "bob"), Outcome::Done);
        assert_eq!(seen(&alice.hear(world), "bob"), Some(Status::Online));
        let told = bob.hear(world);
        let on = lists(&told, "alice").expect("he is told");
        assert!(on.contains(Lists::REVERSE) && !on.contains(Lists::FORWARD));
        assert_eq!(seen(&told, "alice"), None, "he has not added her");
        // At the next sign-in it is still so.
        let mut again = (dialect.sign_in)(world, "alice", 3);
        let told = again.hear(world);
        if dialect.tells_lists {
            let on = lists(&told, "bob").expect("she has him");
            assert!(on.contains(Lists::FORWARD | Lists::ALLOW));
        }
        assert_eq!(seen(&told, "bob"), Some(Status::Online));
    });
}

fn nobody_can_be_added_or_written_to_who_is_not_there(dialect: &Dialect) {
    every_way(|world| {
        let mut alice = (dialect.sign_in)(world, "alice", 1);
        assert_eq!(alice.add(world, "nobody"), Outcome::Refused);
        assert_eq!(alice.say(world, "nobody", "hello"), Outcome::Refused);
        assert_eq!(alice.add(world, "bob"), Outcome::Done);
    });
}

fn a_friend_is_seen_to_come_change_hide_and_go(dialect: &Dialect) {
    every_way(|world| {
        let [mut alice, mut bob] = friends(world, dialect);
        for (status, shown) in [
            (Status::Busy, Status::Busy),
            (Status::Hidden, Status::Offline),
            (Status::Online, Status::Online),
        ] {
            bob.show(world, status);
            assert_eq!(seen(&alice.hear(world), "bob"), Some(shown));
        }
        bob.leave(world);
        assert_eq!(seen(&alice.hear(world), "bob"), Some(Status::Offline));
        let bob = (dialect.sign_in)(world, "bob", 2);
        assert_eq!(seen(&alice.hear(world), "bob"), Some(Status::Online));
        for connection in bob.connections() {
            world.hang_up(connection);
        }
        assert_eq!(seen(&alice.hear(world), "bob"), Some(Status::Offline));
    });
}

fn who_is_blocked_sees_and_hears_what_they_would_of_somebody_away(dialect: &Dialect) {
    every_way(|world| {
        let [mut alice, mut bob] = friends(world, dialect);
        assert_eq!(bob.block(world, "alice"), Outcome::Done);
        assert_eq!(seen(&alice.hear(world), "bob"), Some(Status::Offline));
        let to_one_away = alice.say(world, "carol", "hello");
        assert_eq!(alice.say(world, "bob", "hello"), to_one_away);
        assert_eq!(said(&bob.hear(world)), []);
        bob.show(world, Status::Busy);
        assert_eq!(seen(&alice.hear(world), "bob"), None);
        assert_eq!(bob.add(world, "alice"), Outcome::Done);
        assert_eq!(seen(&alice.hear(world), "bob"), Some(Status::Busy));
        assert_eq!(alice.say(world, "bob", "again"), Outcome::Done);
        assert_eq!(said(&bob.hear(world)), [("alice", "again")]);
    });
}

fn a_message_arrives_once_and_in_order(dialect: &Dialect) {
    every_way(|world| {
        let [mut alice, mut bob] = friends(world, dialect);
        for text in ["one", "two"] {
            assert_eq!(alice.say(world, "bob", text), Outcome::Done);
        }
        let told = bob.hear(world);
        assert_eq!(said(&told), [("alice", "one"), ("alice", "two")]);
        assert_eq!(bob.say(world, "alice", "three"), Outcome::Done);
        assert_eq!(alice.say(world, "bob", "f\u{f6}ur"), Outcome::Done);
        assert_eq!(said(&alice.hear(world)), [("bob", "three")]);
        assert_eq!(said(&bob.hear(world)), [("alice", "f\u{f6}ur")]);
        world.wait(Duration::from_secs(600));
        for (one, who) in [(&mut alice, "alice"), (&mut bob, "bob")] {
            assert_eq!(said(&one.hear(world)), [], "{who} was told before");
        }
    });
}

fn what_is_said_to_somebody_away_waits_and_is_told_once(dialect: &Dialect) {
    every_way(|world| {
        // Where a dialect cannot write to somebody who is away, another can, and it is told in this one.
        let sign_in = if dialect.keeps_for_the_absent {
            dialect.sign_in
        } else {
            crate::msnp24::DIALECT.sign_in
        };
        let mut alice = sign_in(world, "alice", 1);
        for text in ["one", "two"] {
            assert_eq!(alice.say(world, "bob", text), Outcome::Done);
        }
        let mut bob = (dialect.sign_in)(world, "bob", 2);
        // In some dialects clients have that long to fetch what waits elsewhere.
        world.wait(Duration::from_secs(31));
        let told = bob.hear(world);
        assert_eq!(said(&told), [("alice", "one"), ("alice", "two")]);
        // What was received is noted within a second.
        world.wait(Duration::from_secs(2));
        bob.leave(world);
        let mut bob = (dialect.sign_in)(world, "bob", 2);
        assert_eq!(said(&bob.hear(world)), []);
    });
}

fn what_is_said_is_told_at_all_places(dialect: &Dialect) {
    every_way(|world| {
        let [mut alice, mut bob] = friends(world, dialect);
        let mut other = if dialect.has_several_places {
            (dialect.sign_in)(world, "bob", 3)
        } else {
            // Then at that of another dialect.
            (crate::msnp24::DIALECT.sign_in)(world, "bob", 3)
        };
        alice.hear(world);
        for text in ["one", "two"] {
            assert_eq!(alice.say(world, "bob", text), Outcome::Done);
            assert_eq!(said(&bob.hear(world)), [("alice", text)]);
            assert_eq!(said(&other.hear(world)), [("alice", text)]);
        }
        // One person, who is there as long as one of the places is.
        bob.leave(world);
        assert_eq!(
            seen(&alice.hear(world), "bob").unwrap_or(Status::Online),
            Status::Online
        );
        other.leave(world);
        assert_eq!(seen(&alice.hear(world), "bob"), Some(Status::Offline));
    });
}

fn a_place_is_taken_over_by_who_comes_back_to_it(dialect: &Dialect) {
    every_way(|world| {
        let [mut alice, bob] = friends(world, dialect);
        let mut again = (dialect.sign_in)(world, "bob", 2);
        assert_eq!(world.is_closed(bob.connections()[0]), dialect.has_places);
        assert_eq!(alice.say(world, "bob", "hello"), Outcome::Done);
        assert_eq!(said(&again.hear(world)), [("alice", "hello")]);
    });
}

fn good_byes_end_connections(dialect: &Dialect) {
    every_way(|world| {
        let [mut alice, mut bob] = friends(world, dialect);
        assert_eq!(alice.say(world, "bob", "hello"), Outcome::Done);
        bob.hear(world);
        let connections = alice.connections();
        alice.leave(world);
        for connection in connections {
            assert!(world.is_closed(connection));
        }
        let now = world.now();
        world.server().handle_shutdown(now);
        world.settle();
        for connection in bob.connections() {
            assert!(world.is_closed(connection));
            assert_ne!(text(world, connection), "", "it is said");
        }
        assert_eq!(world.server().connections(), 0);
    });
}

fn a_failing_store_signs_nobody_out(dialect: &Dialect) {
    every_way(|world| {
        let [mut alice, mut bob] = friends(world, dialect);
        world.store_is(StoreIs::Broken, StoreIs::Broken);
        assert_eq!(alice.say(world, "bob", "lost"), Outcome::Refused);
        assert_eq!(alice.add(world, "carol"), Outcome::Refused);
        assert_eq!(said(&bob.hear(world)), []);
        world.store_is(StoreIs::Well, StoreIs::Well);
        for one in [&alice, &bob] {
            assert!(!world.is_closed(one.connections()[0]));
        }
        assert_eq!(alice.say(world, "bob", "found"), Outcome::Done);
        assert_eq!(alice.add(world, "carol"), Outcome::Done);
        assert_eq!(said(&bob.hear(world)), [("alice", "found")]);
    });
}

fn replies_come_in_the_order_of_the_commands_and_marks_behind_them(dialect: &Dialect) {
    every_way(|world| {
        let alice = (dialect.sign_in)(world, "alice", 1);
        let connection = alice.connections()[0];
        text(world, connection);
        world.answered(connection);
        let (commands, replies): (Vec<_>, Vec<_>) = (dialect.commands)().into_iter().unzip();
        world.store_is(StoreIs::Slow, StoreIs::Well);
        let mark = world.say(connection, commands.concat().into());
        let told = text(world, connection);
        for reply in &replies {
            assert!(!told.contains(reply), "{reply} before the first: {told}");
        }
        assert_eq!(world.answered(connection), [0_u64; 0]);
        world.store_is(StoreIs::Well, StoreIs::Well);
        let told = text(world, connection);
        let found: Vec<_> = replies.iter().map(|reply| told.find(reply)).collect();
        assert!(
            found.iter().all(Option::is_some) && found.is_sorted(),
            "{told}"
        );
        assert_eq!(world.answered(connection), [mark]);
    });
}

fn marks_wait_for_whole_commands_alone(dialect: &Dialect) {
    let (command, _) = (dialect.commands)().swap_remove(0);
    for cut in 1..command.len() {
        let world = &mut world(None);
        let alice = (dialect.sign_in)(world, "alice", 1);
        let connection = alice.connections()[0];
        world.answered(connection);
        world.store_is(StoreIs::Slow, StoreIs::Well);
        let (first, second) = command.as_bytes().split_at(cut);
        let part = world.say(connection, Bytes::copy_from_slice(first));
        assert_eq!(world.answered(connection), [part], "nothing whole has come");
        let rest = world.say(connection, Bytes::copy_from_slice(second));
        assert_eq!(world.answered(connection), [0_u64; 0]);
        world.store_is(StoreIs::Well, StoreIs::Well);
        assert_eq!(world.answered(connection), [rest]);
    }
}

/// What a connection of Alice's is told when it says these pieces, in no order: what is told unasked may come
/// before a reply or behind it.
fn told(dialect: &Dialect, which: usize, cut: Option<usize>) -> Vec<String> {
    let world = &mut world(None);
    let stream = (dialect.streams)(world).swap_remove(which);
    let connection = world.open_for("alice");
    let (first, second) = stream.as_bytes().split_at(cut.unwrap_or(0));
    for piece in [first, second] {
        world.say(connection, Bytes::copy_from_slice(piece));
    }
    assert!(world.is_closed(connection), "the last word is a good-bye");
    let sent = world.hear(connection).concat();
    let mut frames = (dialect.frames)(sent.into());
    frames.sort_unstable();
    frames
}

fn where_bytes_are_cut_makes_no_difference(dialect: &Dialect) {
    let streams = (dialect.streams)(&mut world(None));
    for (which, stream) in streams.iter().enumerate() {
        let whole = told(dialect, which, None);
        assert!(!whole.is_empty());
        for cut in 1..stream.len() {
            let told = told(dialect, which, Some(cut));
            assert_eq!(told, whole, "cut behind {:?}", &stream[..cut]);
        }
    }
}

fn garbage_at_every_cut_does_no_harm(dialect: &Dialect) {
    let world = &mut world(None);
    let endless = vec![b'A'; 9_000];
    let garbage: [&[u8]; 5] = [
        b"\0\xff\xfe\r\n\r\n",
        b"VER 1 MSNP8\r\n",
        b" 18446744073709551616\r\nx\r\n",
        b"\n\n\n\r\r\nHELLO JOIN CNT\r\n",
        &endless,
    ];
    for stream in (dialect.streams)(world) {
        for cut in 0..=stream.len() {
            for garbage in garbage {
                let connection = world.open_for("alice");
                world.say(
                    connection,
                    Bytes::copy_from_slice(&stream.as_bytes()[..cut]),
                );
                world.say(connection, Bytes::copy_from_slice(garbage));
                // A timer that spins fails here.
                world.wait(Duration::from_secs(1));
                world.hang_up(connection);
            }
        }
    }
    world.wait(Duration::from_secs(60));
    let mut bob = (dialect.sign_in)(world, "bob", 2);
    bob.hear(world);
    let mut carol = (dialect.sign_in)(world, "carol", 3);
    assert_eq!(carol.say(world, "bob", "hello"), Outcome::Done);
    let told = bob.hear(world);
    assert!(told.contains(&Heard::Said("carol".into(), "hello".into())));
}
