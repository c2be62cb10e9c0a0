//! Presence: who is seen how, by whom, and from which place.

use msnp_server::network::{
    Answer, Audience, Command, ConnectionId, Event, ListChange, Lists, Presence, Publication,
    Refusal, Status,
};
use simulation::rules::{ALL, World, endpoint, every_way};

use crate::words::{change, friend, name, passing, presences, seen, service, set, status};

/// Alice and Bob, who watch each other.
fn friends(world: &mut World) -> [ConnectionId; 2] {
    let [alice, bob] = [("alice", 1), ("bob", 2)].map(|(who, n)| world.sign_in(who, n));
    for (one, other) in [(alice, "bob"), (bob, "alice")] {
        let added = world.ask(one, set(other, friend()));
        assert_eq!(added, Ok(Answer::Done));
    }
    for one in [alice, bob] {
        world.hear(one);
    }
    [alice, bob]
}

fn is(who: &str, status: Status) -> Vec<(String, Option<Status>)> {
    vec![(name(who), Some(status))]
}

fn gone(who: &str) -> Vec<(String, Option<Status>)> {
    vec![(name(who), None)]
}

#[test]
fn the_status_is_that_of_the_most_available_place() {
    every_way(|world| {
        let [alice, bob] = friends(world);
        world.ask(alice, status(Status::Away)).unwrap();
        assert_eq!(seen(world, bob), is("alice", Status::Away));
        let sister = world.sign_in("alice", 3);
        world.ask(sister, status(Status::Busy)).unwrap();
        assert_eq!(seen(world, bob), is("alice", Status::Busy));
        world.ask(sister, status(Status::Hidden)).unwrap();
        assert_eq!(seen(world, bob), is("alice", Status::Away));
        world.hang_up(alice);
        assert_eq!(seen(world, bob), gone("alice"));
        world.hang_up(sister);
        assert_eq!(seen(world, bob), []);
    });
}

#[test]
fn who_hides_is_seen_by_own_places_alone() {
    every_way(|world| {
        let [alice, bob] = friends(world);
        let sister = world.sign_in("alice", 3);
        world.ask(alice, status(Status::Hidden)).unwrap();
        assert_eq!(seen(world, bob), []);
        assert_eq!(seen(world, sister), is("alice", Status::Hidden));
        assert_eq!(
            world.ask(bob, passing("alice", "knock", true, false)),
            Err(Refusal::NotOnline)
        );
    });
}

#[test]
fn private_data_is_for_own_places_alone() {
    every_way(|world| {
        let [alice, bob] = friends(world);
        let sister = world.sign_in("alice", 3);
        let publication = Publication {
            status: Some(Status::Online),
            services: vec![service("PE", "PSM", "hello"), service("PD", "State", "x")],
            endpoint: vec![
                service("PD", "EpName", "PC"),
                service("IM", "Capabilities", "0:1"),
            ],
        };
        world.ask(alice, Command::Publish(publication)).unwrap();
        let theirs = |shown: &Presence| {
            let own = shown.endpoints.iter().flat_map(|one| &one.services);
            let all = shown.services.iter().chain(own);
            all.map(|one| one.name.to_string()).collect::<Vec<_>>()
        };
        let at = |seen: Vec<(String, Option<std::sync::Arc<Presence>>)>| {
            theirs(seen[0].1.as_ref().unwrap())
        };
        assert_eq!(at(presences(world, bob)), ["PE", "IM"]);
        assert_eq!(at(presences(world, sister)), ["PE", "PD", "PD", "IM"]);
    });
}

#[test]
fn a_place_that_comes_again_is_not_seen_to_go() {
    every_way(|world| {
        let [alice, bob] = friends(world);
        world.ask(alice, status(Status::Online)).unwrap();
        world.hear(bob);
        let again = world.sign_in("alice", 1);
        assert!(world.is_closed(alice));
        assert_eq!(seen(world, bob), []);
        // The shell need not say that the old one is gone, and may.
        world.hang_up(alice);
        assert_eq!(seen(world, bob), []);
        world.hang_up(again);
        assert_eq!(seen(world, bob), gone("alice"));
    });
}

#[test]
fn what_is_asked_on_a_connection_that_was_replaced_is_passed_over() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        let again = world.open();
        let enter = Command::Enter {
            who: world.who("alice"),
            endpoint: endpoint(1),
        };
        // The shell hears of the end only after it has given another command.
        world.say(again, enter);
        let late = world.say(alice, status(Status::Busy));
        world.settle();
        assert!(world.is_closed(alice));
        assert_eq!(world.answer(alice, late), None);
        assert_eq!(world.network().load().connections, 1);
    });
}

#[test]
fn two_connections_of_one_place_replace_each_other_in_turn() {
    every_way(|world| {
        let [alice, bob] = friends(world);
        world.ask(alice, status(Status::Online)).unwrap();
        world.hear(bob);
        let mut last = alice;
        for _ in 0..5 {
            let next = world.sign_in("alice", 1);
            assert!(world.is_closed(last));
            last = next;
        }
        assert_eq!(seen(world, bob), []);
        assert_eq!(world.network().load().connections, 2);
        world.hang_up(last);
        assert_eq!(seen(world, bob), gone("alice"));
    });
}

#[test]
fn one_of_two_places_leaves() {
    every_way(|world| {
        let [alice, bob] = friends(world);
        let sister = world.sign_in("alice", 3);
        for one in [alice, sister] {
            world.ask(one, status(Status::Online)).unwrap();
        }
        world.hear(bob);
        world.hear(alice);
        world.hang_up(sister);
        for other in [alice, bob] {
            let left: Vec<_> = world.hear(other);
            assert!(
                matches!(&left[..], [Event::Presence { left: Some(left), shown: Some(shown), .. }]
                    if *left == endpoint(3) && shown.endpoints.len() == 1),
                "{left:?}"
            );
        }
    });
}

#[test]
fn who_is_blocked_sees_nobody_leave_or_come() {
    every_way(|world| {
        let [alice, bob] = friends(world);
        world.ask(alice, status(Status::Online)).unwrap();
        world.hear(bob);
        world
            .ask(alice, change("bob", ListChange::Add(Lists::BLOCK)))
            .unwrap();
        assert_eq!(seen(world, bob), gone("alice"));
        world.ask(alice, status(Status::Busy)).unwrap();
        assert_eq!(seen(world, bob), []);
        world
            .ask(alice, change("bob", ListChange::Remove(Lists::BLOCK)))
            .unwrap();
        assert_eq!(seen(world, bob), is("alice", Status::Busy));
        // Alice still sees Bob, whom she blocked or not.
        world.ask(bob, status(Status::Online)).unwrap();
        assert_eq!(seen(world, alice), is("bob", Status::Online));
    });
}

#[test]
fn whoever_comes_is_shown_everybody_and_so_is_each_further_place() {
    every_way(|world| {
        let [alice, bob] = friends(world);
        world.ask(alice, status(Status::Online)).unwrap();
        world.ask(bob, status(Status::Away)).unwrap();
        world.hang_up(bob);
        let bob = world.enter("bob", 2);
        world.ask(bob, Command::Subscribe(ALL)).unwrap();
        assert_eq!(seen(world, bob), is("alice", Status::Online));
        world.ask(bob, status(Status::Away)).unwrap();
        let brother = world.enter("bob", 4);
        world.ask(brother, Command::Subscribe(ALL)).unwrap();
        let mut all = seen(world, brother);
        all.sort_by(|one, other| one.0.cmp(&other.0));
        assert_eq!(
            all,
            [is("alice", Status::Online), is("bob", Status::Away)].concat()
        );
    });
}

#[test]
fn who_is_added_is_seen_at_once_and_who_is_removed_no_longer() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        world.ask(bob, status(Status::Online)).unwrap();
        world.ask(alice, set("bob", friend())).unwrap();
        assert_eq!(seen(world, alice), is("bob", Status::Online));
        world.ask(alice, set("bob", Lists::NONE)).unwrap();
        world.hear(alice);
        world.ask(bob, status(Status::Busy)).unwrap();
        assert_eq!(seen(world, alice), []);
        world.ask(alice, set("bob", friend())).unwrap();
        assert_eq!(seen(world, alice), is("bob", Status::Busy));
    });
}

#[test]
fn nobody_is_read_for_presence() {
    every_way(|world| {
        let [alice, bob] = friends(world);
        world.hang_up(bob);
        world.wait(std::time::Duration::from_secs(2));
        world.restart();
        let alice = {
            let _ = alice;
            world.sign_in("alice", 1)
        };
        world.ask(alice, status(Status::Online)).unwrap();
        assert_eq!(world.network().load().people, 1);
    });
}

#[test]
fn nobody_sees_what_a_failed_batch_would_have_shown() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        world.ask(bob, status(Status::Online)).unwrap();
        world.hold_commits();
        let added = world.say(alice, set("bob", friend()));
        world.settle();
        world.fail_commits();
        assert_eq!(world.answer(alice, added), Some(Err(Refusal::Store)));
        assert_eq!(world.hear(alice), []);
        world.release();
        // Added again, he is seen as for the first time.
        world.ask(alice, set("bob", friend())).unwrap();
        assert_eq!(seen(world, alice), is("bob", Status::Online));
    });
}

#[test]
fn a_block_that_is_not_kept_hides_nobody() {
    every_way(|world| {
        let [alice, bob] = friends(world);
        world.ask(alice, status(Status::Online)).unwrap();
        world.hear(bob);
        world.hold_commits();
        let block = world.say(alice, set("bob", Lists::BLOCK));
        world.settle();
        world.fail_commits();
        assert_eq!(world.answer(alice, block), Some(Err(Refusal::Store)));
        world.release();
        assert_eq!(seen(world, bob), []);
        // Alice watches Bob as before.
        world.ask(bob, status(Status::Busy)).unwrap();
        assert_eq!(seen(world, alice), is("bob", Status::Busy));
        world.ask(alice, status(Status::Away)).unwrap();
        assert_eq!(seen(world, bob), is("alice", Status::Away));
    });
}

#[test]
fn a_status_is_shown_whatever_becomes_of_the_batch_beside_it() {
    every_way(|world| {
        let [alice, bob] = friends(world);
        world.ask(alice, status(Status::Online)).unwrap();
        world.hear(bob);
        world.hold_commits();
        let named = world.say(alice, Command::SetName("Alice II".into()));
        let busy = world.say(alice, status(Status::Busy));
        world.settle();
        world.fail_commits();
        assert_eq!(world.answer(alice, named), Some(Err(Refusal::Store)));
        assert_eq!(world.answer(alice, busy), Some(Ok(Answer::Done)));
        assert_eq!(seen(world, bob), is("alice", Status::Busy));
    });
}

#[test]
fn a_subscription_beside_a_failed_batch_still_sees_everybody_when_it_is_made_again() {
    every_way(|world| {
        let [alice, bob] = friends(world);
        world.ask(alice, status(Status::Online)).unwrap();
        world.hang_up(bob);
        let bob = world.enter("bob", 2);
        world.hold_commits();
        let named = world.say(bob, Command::SetName("Bob II".into()));
        let subscribed = world.say(bob, Command::Subscribe(ALL));
        world.settle();
        world.fail_commits();
        world.release();
        assert_eq!(world.answer(bob, named), Some(Err(Refusal::Store)));
        let again = world.answer(bob, subscribed).unwrap();
        if again.is_err() {
            world.ask(bob, Command::Subscribe(ALL)).unwrap();
        }
        let all = seen(world, bob);
        assert!(
            all.contains(&(name("alice"), Some(Status::Online))),
            "{all:?}"
        );
    });
}

#[test]
fn the_last_status_wins_though_the_watcher_was_busy_with_a_batch() {
    every_way(|world| {
        let [alice, bob] = friends(world);
        let carol = world.sign_in("carol", 3);
        for (one, whom) in [(bob, "carol"), (carol, "bob")] {
            world.ask(one, set(whom, friend())).unwrap();
        }
        for one in [alice, bob, carol] {
            world.hear(one);
        }
        world.hold_commits();
        world.say(
            alice,
            crate::words::text("bob", "a batch that touches both"),
        );
        world.settle();
        // Carol's command in the middle waits for Alice; the status behind it for that command.
        world.say(carol, status(Status::Away));
        world.say(carol, crate::words::text("alice", "hello"));
        world.say(carol, status(Status::Busy));
        world.settle();
        world.release();
        assert_eq!(
            seen(world, bob).pop(),
            Some((name("carol"), Some(Status::Busy)))
        );
    });
}

#[test]
fn a_presence_is_made_of_what_its_audience_may_see() {
    let shown = Presence::of(&[], std::iter::empty(), Audience::Own);
    assert_eq!(shown, None);
}
