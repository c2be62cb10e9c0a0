//! Contacts: lists, what each knows of the other's, privacy, and names.

use std::time::Duration;

use msnp_server::network::{
    Answer, Command, Config, ConnectionId, ContactChange, Event, ListChange, Lists, Privacy,
    Refusal, Status,
};
use simulation::rules::{ALL, World, address, email, every_way, every_way_with};

use crate::words::{change, contacts, friend, name, roster, seen, set, status, text, with, words};

fn hears(who: &str, lists: Lists) -> Vec<(String, Lists)> {
    vec![(name(who), lists)]
}

/// The names on the whole roster, asked for anew.
fn listed(world: &mut World, connection: ConnectionId) -> Vec<String> {
    let asked = world.ask(connection, Command::Subscribe(ALL));
    assert_eq!(asked, Ok(Answer::Done));
    let events = world.hear(connection).into_iter();
    let contacts = events.flat_map(|event| match event {
        Event::Roster(contacts) => contacts,
        _ => Vec::new(),
    });
    contacts.map(|one| one.name.to_string()).collect()
}

#[test]
fn other_places_and_the_contact_hear_of_a_change_and_the_one_who_made_it_does_not() {
    every_way(|world| {
        let [alice, sister] = [1, 2].map(|n| world.sign_in("alice", n));
        let bob = world.sign_in("bob", 3);
        assert_eq!(world.ask(alice, set("bob", friend())), Ok(Answer::Done));
        assert_eq!(contacts(world, alice), []);
        assert_eq!(contacts(world, sister), hears("bob", friend()));
        assert_eq!(
            contacts(world, bob),
            hears("alice", Lists::REVERSE | Lists::PENDING)
        );
        // Said again, nobody hears it.
        world.ask(alice, set("bob", friend())).unwrap();
        assert_eq!(contacts(world, sister), []);
        assert_eq!(contacts(world, bob), []);
    });
}

#[test]
fn block_wins_over_allow_and_what_others_did_cannot_be_set() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        let all = Lists::FORWARD | Lists::ALLOW | Lists::BLOCK | Lists::REVERSE | Lists::PENDING;
        world.ask(alice, set("bob", all)).unwrap();
        assert_eq!(
            roster(world, alice),
            hears("bob", Lists::FORWARD | Lists::BLOCK)
        );
        world
            .ask(alice, change("bob", ListChange::Add(Lists::ALLOW)))
            .unwrap();
        assert_eq!(
            roster(world, alice),
            hears("bob", Lists::FORWARD | Lists::BLOCK)
        );
        world
            .ask(alice, change("bob", ListChange::Remove(Lists::BLOCK)))
            .unwrap();
        assert_eq!(roster(world, alice), hears("bob", Lists::FORWARD));
    });
}

#[test]
fn unknown_people_and_oneself_are_passed_over_unless_nobody_else_is_named() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        let add = |whom: &str| ContactChange {
            contact: address(whom),
            change: ListChange::Add(friend()),
        };
        assert_eq!(
            world.ask(alice, Command::ChangeContacts(vec![add("nobody")])),
            Err(Refusal::NoSuchUser)
        );
        let some = ["nobody", "bob", "alice"].map(add).into();
        assert_eq!(
            world.ask(alice, Command::ChangeContacts(some)),
            Ok(Answer::Done)
        );
        assert_eq!(roster(world, alice), hears("bob", friend()));
        assert_eq!(
            world.ask(alice, Command::ChangeContacts(vec![add("alice")])),
            Ok(Answer::Done)
        );
        assert_eq!(
            world.ask(alice, change("carol", ListChange::Remove(friend()))),
            Err(Refusal::NotOnList)
        );
    });
}

#[test]
fn a_person_named_by_two_addresses_is_one_contact() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        let both = vec![
            ContactChange {
                contact: address("bob"),
                change: ListChange::Add(Lists::FORWARD),
            },
            ContactChange {
                contact: email("bob"),
                change: ListChange::Add(Lists::ALLOW),
            },
        ];
        world.ask(alice, Command::ChangeContacts(both)).unwrap();
        assert_eq!(roster(world, alice), hears("bob", friend()));
    });
}

#[test]
fn an_account_made_meanwhile_is_found_though_it_was_missed_before() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        assert_eq!(
            world.ask(alice, text("eve", "hello")),
            Err(Refusal::NoSuchUser)
        );
        world.add_account("eve");
        assert_eq!(world.ask(alice, text("eve", "hello")), Ok(Answer::Done));
    });
}

#[test]
fn a_late_miss_is_not_held_against_the_next_command() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        world.hold_reads();
        let first = world.say(alice, text("eve", "one"));
        world.settle();
        world.wait(Duration::from_secs(31));
        assert_eq!(world.answer(alice, first), Some(Err(Refusal::Store)));
        // The second asks anew, and is found, whichever answer of the store comes first.
        let second = world.say(alice, text("eve", "two"));
        world.settle();
        world.add_account("eve");
        world.release_reads();
        assert_eq!(world.answer(alice, second), Some(Ok(Answer::Done)));
    });
}

#[test]
fn a_full_list_takes_no_more_and_changes_of_those_on_it_go_on() {
    let config = {
        let mut config = Config::default();
        config.contacts = 2;
        config
    };
    every_way_with(&config, |world| {
        let alice = world.sign_in("alice", 1);
        for one in ["bob", "carol"] {
            world.ask(alice, set(one, friend())).unwrap();
        }
        assert_eq!(
            world.ask(alice, set("dave", Lists::BLOCK)),
            Err(Refusal::ListFull)
        );
        assert_eq!(world.ask(alice, set("dave", Lists::NONE)), Ok(Answer::Done));
        world.ask(alice, set("bob", Lists::BLOCK)).unwrap();
        world.ask(alice, set("carol", Lists::NONE)).unwrap();
        world.ask(alice, set("dave", friend())).unwrap();
        assert_eq!(roster(world, alice).len(), 2);
    });
}

#[test]
fn more_addresses_than_any_rule_takes_are_not_looked_up() {
    let config = {
        let mut config = Config::default();
        config.contacts = 2;
        config.thread_members = 2;
        config
    };
    every_way_with(&config, |world| {
        let alice = world.sign_in("alice", 1);
        let many = (0..9).map(|n| ContactChange {
            contact: address(&format!("u{n}")),
            change: ListChange::Add(friend()),
        });
        assert_eq!(
            world.ask(alice, Command::ChangeContacts(many.collect())),
            Err(Refusal::ListFull)
        );
    });
}

#[test]
fn who_was_added_answers_and_is_asked_no_more() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        world.ask(alice, set("bob", friend())).unwrap();
        assert_eq!(
            roster(world, bob),
            hears("alice", Lists::REVERSE | Lists::PENDING)
        );
        world.ask(bob, set("alice", Lists::ALLOW)).unwrap();
        assert_eq!(
            roster(world, bob),
            hears("alice", Lists::ALLOW | Lists::REVERSE)
        );
        world.restart();
        let bob = world.sign_in("bob", 2);
        assert_eq!(
            roster(world, bob),
            hears("alice", Lists::ALLOW | Lists::REVERSE)
        );
    });
}

#[test]
fn who_is_blocked_cannot_make_themselves_heard_by_adding() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        world.ask(bob, set("alice", Lists::BLOCK)).unwrap();
        world.ask(alice, set("bob", friend())).unwrap();
        assert_eq!(contacts(world, bob), []);
    });
}

#[test]
fn a_contact_that_is_removed_and_added_again_hears_of_it_each_time() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        for _ in 0..3 {
            world.ask(alice, set("bob", friend())).unwrap();
            let told = contacts(world, bob);
            assert_eq!(told.len(), 1, "{told:?}");
            assert!(told[0].1.contains(Lists::REVERSE));
            // Long enough for the receipt of the fact to be kept: then the contact is forgotten.
            world.ask(alice, set("bob", Lists::NONE)).unwrap();
            assert_eq!(contacts(world, bob), hears("alice", Lists::NONE));
            world.wait(Duration::from_secs(2));
        }
        world.restart();
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        world.ask(alice, set("bob", friend())).unwrap();
        assert_eq!(contacts(world, bob).len(), 1);
        assert_eq!(roster(world, alice), hears("bob", friend()));
    });
}

#[test]
fn a_removed_contact_loses_groups_and_name() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        world.ask(alice, set("bob", friend())).unwrap();
        let Ok(Answer::Group(group)) = world.ask(alice, Command::AddGroup { name: "old".into() })
        else {
            panic!("no group");
        };
        world
            .ask(
                alice,
                Command::SetGroup {
                    contact: address("bob"),
                    group,
                    inside: true,
                },
            )
            .unwrap();
        world
            .ask(
                alice,
                Command::NameContact {
                    contact: address("bob"),
                    name: "Bobby".into(),
                },
            )
            .unwrap();
        for lists in [Lists::NONE, Lists::FORWARD] {
            world.ask(alice, set("bob", lists)).unwrap();
        }
        world.hear(alice);
        world.ask(alice, Command::Subscribe(ALL)).unwrap();
        let events = world.hear(alice);
        let bob = events.iter().find_map(|event| match event {
            Event::Roster(contacts) => contacts.first(),
            _ => None,
        });
        let bob = bob.unwrap();
        assert_eq!((&*bob.own_name, bob.groups.len()), ("", 0));
    });
}

#[test]
fn what_strangers_may_is_the_owners_choice_or_the_default() {
    let config = {
        let mut config = Config::default();
        config.privacy = Privacy::BlockOthers;
        config
    };
    every_way_with(&config, |world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        world.ask(alice, text("bob", "no")).unwrap();
        world
            .ask(bob, Command::SetPrivacy(Privacy::AllowOthers))
            .unwrap();
        world.ask(alice, text("bob", "yes")).unwrap();
        assert_eq!(words(world, bob), ["yes"]);
        world.restart();
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        world.ask(alice, text("bob", "still")).unwrap();
        assert_eq!(words(world, bob), ["still"]);
    });
}

#[test]
fn privacy_shows_and_hides_at_once() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        world.ask(bob, status(Status::Online)).unwrap();
        world.ask(alice, set("bob", Lists::FORWARD)).unwrap();
        assert_eq!(seen(world, alice), [(name("bob"), Some(Status::Online))]);
        for (privacy, shown) in [
            (Privacy::BlockOthers, None),
            (Privacy::AllowOthers, Some(Status::Online)),
        ] {
            world.ask(bob, Command::SetPrivacy(privacy)).unwrap();
            assert_eq!(seen(world, alice), [(name("bob"), shown)]);
        }
        world.ask(bob, set("alice", Lists::ALLOW)).unwrap();
        world
            .ask(bob, Command::SetPrivacy(Privacy::BlockOthers))
            .unwrap();
        assert_eq!(seen(world, alice), []);
    });
}

#[test]
fn a_fact_is_stated_again_after_a_crash_between_both_batches() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        // The address is known from here on.
        world.ask(alice, text("bob", "hi")).unwrap();
        world.restart();
        let alice = world.sign_in("alice", 1);
        world.ask(alice, set("carol", friend())).unwrap();
        world.ask(alice, Command::Read(with("bob"))).unwrap();
        world.hold_reads();
        let request = world.say(alice, set("bob", friend()));
        world.settle();
        // Alice's list is kept; Bob is still being read when the process ends.
        assert_eq!(world.answer(alice, request), Some(Ok(Answer::Done)));
        world.restart();
        world.release_reads();
        let bob = world.sign_in("bob", 2);
        assert_eq!(roster(world, bob), []);
        let alice = world.sign_in("alice", 1);
        assert_eq!(
            contacts(world, bob),
            hears("alice", Lists::REVERSE | Lists::PENDING)
        );
        // Once it is taken, it is not stated any more.
        world.wait(Duration::from_secs(2));
        world.hang_up(alice);
        world.restart();
        let bob = world.sign_in("bob", 2);
        world.sign_in("alice", 1);
        assert_eq!(contacts(world, bob), []);
    });
}

#[test]
fn a_new_name_reaches_watchers_those_whom_one_watches_and_own_places() {
    every_way(|world| {
        let [alice, sister] = [1, 2].map(|n| world.sign_in("alice", n));
        let [bob, carol] = [("bob", 3), ("carol", 4)].map(|(who, n)| world.sign_in(who, n));
        world.ask(alice, status(Status::Online)).unwrap();
        world.ask(bob, set("alice", friend())).unwrap();
        world.ask(alice, set("carol", friend())).unwrap();
        for one in [alice, sister, bob, carol] {
            world.hear(one);
        }
        world
            .ask(alice, Command::SetName("Alice II".into()))
            .unwrap();
        assert_eq!(seen(world, sister), [(name("alice"), Some(Status::Online))]);
        assert_eq!(world.network().name(sister).as_deref(), Some("Alice II"));
        for other in [bob, carol] {
            let names: Vec<_> = world
                .hear(other)
                .into_iter()
                .flat_map(|event| match event {
                    Event::RosterChanged(contacts) => contacts,
                    _ => Vec::new(),
                })
                .map(|one| one.name.to_string())
                .collect();
            assert_eq!(names, ["Alice II"]);
        }
        assert_eq!(world.hear(alice), []);
    });
}

#[test]
fn a_name_that_is_not_kept_is_nowhere() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        world.ask(bob, set("alice", friend())).unwrap();
        world.hear(bob);
        world.hold_commits();
        let request = world.say(alice, Command::SetName("Mallory".into()));
        world.settle();
        world.fail_commits();
        assert_eq!(world.answer(alice, request), Some(Err(Refusal::Store)));
        world.release();
        assert_eq!(world.network().name(alice).as_deref(), Some("ALICE"));
        assert_eq!(world.hear(bob), []);
        world.ask(bob, Command::Subscribe(ALL)).unwrap();
        let named = |events: Vec<Event>| {
            let mut all = events.into_iter().flat_map(|event| match event {
                Event::Roster(contacts) | Event::RosterChanged(contacts) => contacts,
                _ => Vec::new(),
            });
            all.next().map(|one| one.name.to_string())
        };
        assert_eq!(named(world.hear(bob)).as_deref(), Some("ALICE"));
        // Nor for somebody who adds her now.
        let [carol, niece] = [3, 4].map(|n| world.sign_in("carol", n));
        world.ask(carol, set("alice", friend())).unwrap();
        assert_eq!(named(world.hear(niece)).as_deref(), Some("ALICE"));
    });
}

#[test]
fn a_name_that_changes_while_a_watcher_is_read_is_not_missed() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        let bob = world.sign_in("bob", 2);
        world.ask(bob, set("alice", friend())).unwrap();
        world.wait(Duration::from_secs(2));
        world.restart();
        let again = world.sign_in("alice", 1);
        assert_ne!(alice, again);
        world.hold_commits();
        let renamed = world.say(again, Command::SetName("Alice II".into()));
        world.settle();
        // Bob is read while the batch is under way: he is read with the old name.
        let bob = world.sign_in("bob", 2);
        world.release();
        assert_eq!(world.answer(again, renamed), Some(Ok(Answer::Done)));
        world.hear(bob);
        assert_eq!(listed(world, bob), ["Alice II"]);
    });
}

#[test]
fn an_address_is_looked_up_as_the_roster_has_it() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        world.ask(bob, set("alice", friend())).unwrap();
        world.ask(alice, set("bob", Lists::BLOCK)).unwrap();
        let addresses = [
            email("bob"),
            email("carol"),
            address("bob"),
            email("alice"),
            email("nobody"),
        ];
        let found = world.ask(alice, Command::LookUp(addresses.into()));
        let Ok(Answer::Contacts(found)) = found else {
            panic!("{found:?}")
        };
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.who.skype_id().as_str(), &*one.name, one.lists))
            .collect();
        let bob = Lists::BLOCK | Lists::REVERSE;
        let expected = [("bob", "BOB", bob), ("carol", "CAROL", Lists::NONE)];
        assert_eq!(found, expected);
    });
}

#[test]
fn a_name_that_was_looked_up_too_early_is_put_right() {
    every_way(|world| {
        let [alice, carol] = [("alice", 1), ("carol", 2)].map(|(who, n)| world.sign_in(who, n));
        let sister = world.sign_in("alice", 3);
        world.hold_commits();
        let renamed = world.say(carol, Command::SetName("Carol II".into()));
        world.settle();
        // The address is read with the old name, and used when the new one is kept.
        world.say(alice, set("carol", friend()));
        world.settle();
        world.release();
        assert_eq!(world.answer(carol, renamed), Some(Ok(Answer::Done)));
        world.hear(sister);
        assert_eq!(listed(world, sister), ["Carol II"]);
    });
}

#[test]
fn a_fact_counts_as_told_only_if_its_reader_has_kept_it() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        world.ask(alice, Command::Read(with("dave"))).unwrap();
        world.hold_people();
        world.ask(alice, set("dave", friend())).unwrap();
        // Alice's list is kept; Dave, once he is read, cannot keep that he is on it.
        world.fail_commits();
        world.release_reads();
        world.release();
        world.wait(Duration::from_secs(5));
        let dave = world.sign_in("dave", 4);
        world.hang_up(alice);
        world.sign_in("alice", 1);
        assert_eq!(
            roster(world, dave),
            hears("alice", Lists::REVERSE | Lists::PENDING)
        );
    });
}
