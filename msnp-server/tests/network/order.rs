//! Order: commands of one connection are carried out and answered in theirs, and stand when it closes.

use msnp_server::network::{
    Answer, Command, ConversationAddress, Event, Number, Refusal, Status, ThreadId,
};
use simulation::rules::{ALL, every_way};

use crate::words::{
    friend, in_thread, make, numbered, passing, seen, set, status, text, with, words,
};

#[test]
fn commands_are_answered_in_their_order_whatever_each_has_to_wait_for() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        let list = Command::ListMessages {
            conversation: with("bob"),
            from: Number(0),
            before: Number::LAST,
            limit: 9,
        };
        world.answers(alice);
        let all: Vec<_> = [
            // An address, a person, a thread, a page, a batch, or nothing at all.
            text("carol", "1"),
            Command::ListThreads(vec![ThreadId([1; 16])]),
            list,
            Command::Received(Number(1)),
            text("nobody", "2"),
            make(&["bob", "dave"]),
            set("bob", friend()),
            passing("bob", "3", true, true),
            Command::OpenRoom,
            text("bob", "4"),
            Command::Read(ConversationAddress::Thread(ThreadId([1; 16]))),
        ]
        .into_iter()
        .map(|command| world.say(alice, command))
        .collect();
        world.settle();
        assert_eq!(world.answers(alice)[..], all[..]);
        assert_eq!(words(world, bob), ["+ bob dave", "4"]);
    });
}

#[test]
fn an_answer_comes_before_what_follows_from_it() {
    every_way(|world| {
        let bob = world.sign_in("bob", 2);
        world.ask(bob, status(Status::Online)).unwrap();
        let alice = world.enter("alice", 1);
        world.ask(alice, set("bob", friend())).unwrap();
        let subscribed = world.say(alice, Command::Subscribe(ALL));
        world.settle();
        assert_eq!(world.answer(alice, subscribed), Some(Ok(Answer::Done)));
        let events = world.hear(alice);
        assert!(
            matches!(
                events[..],
                [Event::Groups(_), Event::Roster(_), Event::Presence { .. }]
            ),
            "{events:?}"
        );
    });
}

#[test]
fn what_was_asked_stands_though_the_connection_closes() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        world.say(alice, text("bob", "1"));
        world.say(alice, text("carol", "2"));
        world.say(alice, text("bob", "3"));
        world.hang_up(alice);
        assert_eq!(words(world, bob), ["1", "3"]);
        let carol = world.enter("carol", 3);
        world.ask(carol, Command::Subscribe(ALL)).unwrap();
        assert_eq!(words(world, carol), ["2"]);
        assert_eq!(world.network().load().connections, 2);
    });
}

#[test]
fn a_connection_that_closes_while_a_batch_is_held_is_gone_when_all_is_done() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        world.ask(bob, set("alice", friend())).unwrap();
        world.ask(alice, status(Status::Online)).unwrap();
        world.hear(bob);
        world.hold_commits();
        world.say(alice, text("bob", "1"));
        world.settle();
        // Both wait for the batch; so does the end.
        world.say(alice, text("bob", "2"));
        world.hang_up(alice);
        assert_eq!(world.hear(bob), []);
        world.release();
        let events = world.hear(bob);
        let words: Vec<_> = events
            .iter()
            .filter_map(|event| match event {
                Event::Message(kept) => Some(crate::words::word(kept)),
                _ => None,
            })
            .collect();
        assert_eq!(words, ["1", "2"]);
        assert!(
            events
                .iter()
                .any(|event| matches!(event, Event::Presence { shown: None, .. })),
            "{events:?}"
        );
        assert_eq!(world.network().load().connections, 1);
    });
}

#[test]
fn a_closed_connection_does_not_wait_for_its_pages() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        world.ask(bob, set("alice", friend())).unwrap();
        world.ask(alice, status(Status::Online)).unwrap();
        world.ask(alice, Command::Read(with("bob"))).unwrap();
        world.hear(bob);
        let list = || Command::ListMessages {
            conversation: with("bob"),
            from: Number(0),
            before: Number::LAST,
            limit: 9,
        };
        // A page that a batch holds back, and one that has to wait behind it.
        world.say(alice, text("bob", "1"));
        world.say(alice, list());
        world.say(alice, list());
        world.hang_up(alice);
        assert_eq!(seen(world, bob).pop(), Some(("alice".to_owned(), None)));
        assert_eq!(world.network().load().connections, 1);
    });
}

#[test]
fn a_repeat_after_a_replaced_connection_is_delivered_once() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        world.hold_commits();
        world.say(alice, numbered("bob", "1", "a"));
        world.settle();
        let again = world.open();
        let enter = Command::Enter {
            who: world.who("alice"),
            endpoint: simulation::rules::endpoint(1),
        };
        world.say(again, enter);
        let repeat = world.say(again, numbered("bob", "1", "a"));
        world.settle();
        world.release();
        assert_eq!(world.answer(again, repeat), Some(Ok(Answer::Done)));
        assert_eq!(words(world, bob), ["1"]);
    });
}

#[test]
fn what_needs_a_person_is_refused_before_there_is_one() {
    every_way(|world| {
        let at = world.open();
        for command in [
            Command::Subscribe(ALL),
            text("bob", "?"),
            Command::OpenRoom,
            in_thread(ThreadId([1; 16]), "?"),
        ] {
            assert_eq!(world.ask(at, command), Err(Refusal::NotEntered));
        }
    });
}

#[test]
fn what_waits_is_not_overtaken_by_what_comes_when_it_may_go_on() {
    every_way(|world| {
        let [alice, bob] = [("alice", 1), ("bob", 2)].map(|(who, n)| world.sign_in(who, n));
        let carol = world.sign_in("carol", 3);
        let [third, fourth] = [4, 5].map(|n| world.sign_in("carol", n));
        for one in ["alice", "bob"] {
            world.ask(carol, Command::Read(with(one))).unwrap();
        }
        world.hold_commits();
        world.say(alice, text("bob", "touches both"));
        world.settle();
        // Bob's queue has the first; the second is said when Alice, who is worked off before him, has answered.
        world.say(carol, passing("bob", "1", false, false));
        world.say(carol, text("alice", "asks Alice"));
        world.say(carol, passing("bob", "2", false, false));
        for one in [third, fourth] {
            world.say(one, passing("bob", "x", false, false));
        }
        world.settle();
        world.release();
        let mut passed = crate::words::passed(world, bob);
        passed.retain(|one| one != "x");
        assert_eq!(passed, ["1", "2"]);
    });
}
