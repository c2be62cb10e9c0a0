//! What somebody may do to people who know nothing of them, and what one person may have kept.

use std::time::Duration;

use msnp_server::network::{Answer, Command, Config, Lists, Refusal};
use simulation::rules::{ALL, World, every_way_with};

use crate::words::{kept, set, text, thread, words};

fn people(world: &mut World) -> [msnp_server::network::ConnectionId; 3] {
    [("alice", 1), ("bob", 2), ("carol", 3)].map(|(who, n)| world.sign_in(who, n))
}

fn members(world: &mut World, at: msnp_server::network::ConnectionId) -> usize {
    let id = thread(world, at, &["bob", "carol"]);
    match world.ask(at, Command::ListThreads(vec![id])) {
        Ok(Answer::Threads(found)) => found[0].members.len(),
        other => panic!("{other:?}"),
    }
}

/// Case D19: a stranger put 60 people into a group.
#[test]
fn a_stranger_puts_nobody_into_a_thread_and_is_not_told() {
    every_way_with(&Config::default(), |world| {
        let [alice, bob, carol] = people(world);
        assert_eq!(members(world, alice), 1);
        world.ask(bob, set("alice", Lists::ALLOW)).unwrap();
        assert_eq!(members(world, alice), 2, "who is allowed may");
        world.ask(carol, set("alice", Lists::FORWARD)).unwrap();
        assert_eq!(members(world, alice), 3, "and so may a contact");
        world
            .ask(carol, set("alice", Lists::FORWARD | Lists::BLOCK))
            .unwrap();
        assert_eq!(members(world, alice), 2);
    });
}

/// Case D19: a stranger filled the mailbox, and friends were refused.
#[test]
fn strangers_leave_half_of_a_mailbox_to_friends_and_nobody_takes_all() {
    let mut config = Config::default();
    config.waiting_messages = 20;
    every_way_with(&config, |world| {
        let bob = world.sign_in("bob", 2);
        world.ask(bob, set("alice", Lists::FORWARD)).unwrap();
        world.hang_up(bob);
        let sent = |world: &mut World, at| {
            (0..40)
                .take_while(|_| world.ask(at, text("bob", "hi")) == Ok(Answer::Done))
                .count()
        };
        let [alice, carol, dave] =
            [("alice", 1), ("carol", 3), ("dave", 4)].map(|(who, n)| world.sign_in(who, n));
        assert_eq!(sent(world, carol), 2, "a stranger has a tenth");
        assert_eq!(sent(world, dave), 2, "and so has another");
        assert_eq!(sent(world, alice), 10, "a friend has half");
        assert_eq!(sent(world, carol), 0);
        // What was received makes room.
        let bob = world.enter("bob", 2);
        world.ask(bob, Command::Subscribe(ALL)).unwrap();
        let waiting = kept(world, bob);
        assert_eq!(waiting.len(), 14);
        for kept in waiting {
            world.ask(bob, Command::Received(kept.number)).unwrap();
        }
        world.hang_up(bob);
        assert_eq!(sent(world, carol), 2);
    });
}

/// Case D15: 1.3 MB/s of messages to oneself, stored for ever within the allowance.
#[test]
fn what_one_person_has_kept_for_good_is_bounded() {
    let mut config = Config::default();
    (config.kept_bytes_burst, config.kept_bytes_per_second) = (3_000, 10);
    // Nobody may stay because there is room.
    config.idle_people = 0;
    every_way_with(&config, |world| {
        let mut sent = 0;
        // In and out does not help.
        for _ in 0..5 {
            let alice = world.sign_in("alice", 1);
            while world.ask(alice, text("alice", "a note to myself")) == Ok(Answer::Done) {
                sent += 1;
            }
            assert_eq!(world.ask(alice, text("bob", "hi")), Err(Refusal::Busy));
            world.hang_up(alice);
            for (who, n) in [("bob", 2), ("carol", 3), ("dave", 4)] {
                let one = world.sign_in(who, n);
                world.hang_up(one);
            }
        }
        assert!((8..=11).contains(&sent), "{sent}");
        // Others are not concerned, and time gives some back.
        let bob = world.sign_in("bob", 2);
        world.ask(bob, text("alice", "hello")).unwrap();
        world.wait(Duration::from_secs(60));
        let alice = world.sign_in("alice", 1);
        world.ask(alice, Command::Subscribe(ALL)).unwrap();
        world.ask(alice, text("bob", "hi")).unwrap();
        assert_eq!(words(world, bob), ["hi"]);
    });
}
