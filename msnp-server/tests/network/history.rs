//! History: pages of conversations, how far somebody has read, and what is forgotten.

use std::time::Duration;

use msnp_server::network::{Answer, Command, Conversation, ConversationAddress, Kept, Number};
use simulation::rules::{ALL, START, World, every_way};

use crate::words::{in_thread, kept, numbered, text, thread, with, word, words};
use msnp_server::network::ConnectionId;

fn page(
    world: &mut World,
    at: ConnectionId,
    conversation: ConversationAddress,
    (from, before): (u64, u64),
    limit: usize,
) -> Vec<Kept> {
    let command = Command::ListMessages {
        conversation,
        from: Number(from),
        before: Number(before),
        limit,
    };
    match world.ask(at, command) {
        Ok(Answer::Messages(messages)) => messages,
        other => panic!("no messages: {other:?}"),
    }
}

fn conversations(
    world: &mut World,
    at: ConnectionId,
    since: u64,
    limit: usize,
) -> Vec<Conversation> {
    let command = Command::ListConversations {
        since: Number(since),
        limit,
    };
    match world.ask(at, command) {
        Ok(Answer::Conversations(all)) => all,
        other => panic!("no conversations: {other:?}"),
    }
}

#[test]
fn both_keep_what_was_said_newest_first_in_pages() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        for (at, to, one) in [
            (alice, "bob", "1"),
            (bob, "alice", "2"),
            (alice, "carol", "other"),
            (alice, "bob", "3"),
        ] {
            world.ask(at, text(to, one)).unwrap();
        }
        for (at, other) in [(alice, "bob"), (bob, "alice")] {
            let all = page(world, at, with(other), (0, u64::MAX), 10);
            assert_eq!(all.iter().map(word).collect::<Vec<_>>(), ["3", "2", "1"]);
            let newest = page(world, at, with(other), (0, u64::MAX), 2);
            assert_eq!(newest.iter().map(word).collect::<Vec<_>>(), ["3", "2"]);
            let before = newest[1].number.0;
            let rest = page(world, at, with(other), (0, before), 2);
            assert_eq!(rest.iter().map(word).collect::<Vec<_>>(), ["1"]);
            let from = page(world, at, with(other), (before, u64::MAX), 9);
            assert_eq!(from, newest);
        }
    });
}

#[test]
fn a_page_has_what_was_said_before_it_on_the_same_connection() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        world.say(alice, text("bob", "1"));
        let list = world.say(
            alice,
            Command::ListMessages {
                conversation: with("bob"),
                from: Number(0),
                before: Number::LAST,
                limit: 9,
            },
        );
        world.settle();
        let Some(Ok(Answer::Messages(all))) = world.answer(alice, list) else {
            panic!("no messages");
        };
        assert_eq!(all.iter().map(word).collect::<Vec<_>>(), ["1"]);
    });
}

#[test]
fn conversations_come_with_their_newest_message_and_how_far_they_were_read() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        world.ask(alice, numbered("bob", "1", "a1")).unwrap();
        world.ask(alice, text("carol", "2")).unwrap();
        let id = thread(world, alice, &["bob"]);
        world.ask(alice, in_thread(id, "3")).unwrap();
        world.ask(bob, Command::Read(with("alice"))).unwrap();
        world.ask(alice, numbered("bob", "4", "a4")).unwrap();
        world.wait(Duration::from_secs(2));
        let of_bob = conversations(world, bob, 0, 9);
        let lasts: Vec<_> = of_bob.iter().map(|one| word(&one.last)).collect();
        assert_eq!(lasts, ["4", "3"]);
        let horizon = of_bob[0].horizon.as_ref().unwrap();
        assert_eq!(horizon.client_id.as_deref(), Some("a1"));
        assert_eq!(of_bob[1].horizon, None);
        let of_alice = conversations(world, alice, 0, 2);
        let lasts: Vec<_> = of_alice.iter().map(|one| word(&one.last)).collect();
        assert_eq!(lasts, ["4", "3"]);
        let since = of_alice[0].last.number.0;
        assert_eq!(conversations(world, alice, since, 9).len(), 1);
    });
}

#[test]
fn nobody_has_read_what_is_still_being_kept() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        world.ask(alice, numbered("bob", "1", "a1")).unwrap();
        world.hold_commits();
        world.say(alice, numbered("bob", "lost", "a2"));
        // In the same batch: Bob can't have seen it.
        world.say(bob, Command::Read(with("alice")));
        world.settle();
        world.fail_commits();
        world.release();
        world.ask(alice, numbered("bob", "2", "a3")).unwrap();
        world.wait(Duration::from_secs(2));
        let all = conversations(world, bob, 0, 9);
        let horizon = all[0].horizon.as_ref().unwrap();
        assert_eq!(horizon.client_id.as_deref(), Some("a1"));
    });
}

#[test]
fn what_is_older_than_the_retention_is_forgotten_and_waits_no_more() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        world.ask(alice, text("bob", "old")).unwrap();
        world.set_wall(START.saturating_add(Duration::from_secs(91 * 86_400)));
        world.ask(alice, text("bob", "new")).unwrap();
        world.wait(Duration::from_secs(3700));
        let all = page(world, alice, with("bob"), (0, u64::MAX), 9);
        assert_eq!(all.iter().map(word).collect::<Vec<_>>(), ["new"]);
        let bob = world.enter("bob", 2);
        world.ask(bob, Command::Subscribe(ALL)).unwrap();
        assert_eq!(words(world, bob), ["new"]);
    });
}

#[test]
fn whoever_left_a_thread_sees_that_in_the_conversation() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        let id = thread(world, alice, &["bob"]);
        world.ask(alice, in_thread(id, "hello")).unwrap();
        kept(world, bob);
        world
            .ask(
                bob,
                Command::LeaveThread {
                    thread: id,
                    members: vec![simulation::rules::address("bob")],
                },
            )
            .unwrap();
        let all = conversations(world, bob, 0, 9);
        assert!(all[0].left.is_some());
        assert_eq!(conversations(world, alice, 0, 9)[0].left, None);
    });
}

#[test]
fn what_was_read_or_received_a_moment_ago_counts_though_the_store_does_not_have_it() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        world.ask(alice, text("bob", "1")).unwrap();
        world.ask(alice, text("bob", "2")).unwrap();
        let first = kept(world, bob)[0].number;
        world.ask(bob, Command::Read(with("alice"))).unwrap();
        let all = conversations(world, bob, 0, 9);
        assert!(all[0].horizon.is_some());
        world.ask(bob, Command::Received(first)).unwrap();
        world.hang_up(bob);
        let bob = world.enter("bob", 2);
        world.ask(bob, Command::Subscribe(ALL)).unwrap();
        assert_eq!(words(world, bob), ["2"]);
    });
}
