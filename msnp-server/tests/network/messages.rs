//! Messages: kept, passed through, received, said again.

use std::time::Duration;

use msnp_server::network::{
    Answer, Command, Config, ContactChange, ConversationId, Delivery, Evidence, ListChange, Lists,
    Number, Recipient, Refusal, Status,
};
use simulation::rules::{ALL, START, World, address, endpoint, every_way, every_way_with};

use crate::words::{kept, numbered, passed, passing, said, set, status, text, with, word, words};

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
fn a_thousand_messages_and_their_receipts_are_at_most_eleven_hundred_commits() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        let before = world.committed();
        for number in 0..1000 {
            let message = numbered("bob", "hello", &number.to_string());
            assert_eq!(world.ask(alice, message), Ok(Answer::Done));
            let [message] = &kept(world, bob)[..] else {
                panic!("one message comes");
            };
            let receipt = Command::Received(message.number);
            assert_eq!(world.ask(bob, receipt), Ok(Answer::Done));
            world.wait(Duration::from_millis(300));
        }
        // The last receipt leaves by itself.
        world.wait(Duration::from_secs(2));
        let seen = world.committed() - before;
        assert!((1000..=1100).contains(&seen), "{seen} commits");
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

#[test]
fn what_passes_through_reaches_who_is_there_and_is_not_kept() {
    every_way(|world| {
        let [alice, sister] = [1, 2].map(|n| world.sign_in("alice", n));
        let bob = world.sign_in("bob", 3);
        for one in [alice, bob] {
            world.ask(one, status(Status::Online)).unwrap();
        }
        for one in [sister, bob] {
            world.hear(one);
        }
        let before = world.committed();
        world
            .ask(alice, passing("bob", "typing", false, false))
            .unwrap();
        assert_eq!(passed(world, bob), ["typing"]);
        assert_eq!(passed(world, sister), [""; 0]);
        world
            .ask(alice, passing("bob", "nudge", true, true))
            .unwrap();
        assert_eq!(passed(world, bob), ["nudge"]);
        assert_eq!(passed(world, sister), ["nudge"]);
        assert_eq!(passed(world, alice), [""; 0]);
        assert_eq!(world.committed(), before);
        // Nobody there: only who must be reached is missed.
        assert_eq!(
            world.ask(alice, passing("carol", "nudge", true, true)),
            Err(Refusal::NotOnline)
        );
        assert_eq!(
            world.ask(alice, passing("carol", "typing", false, false)),
            Ok(Answer::Done)
        );
        assert_eq!(passed(world, sister), [""; 0]);
    });
}

#[test]
fn what_passes_through_to_one_place_reaches_no_other() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        let [bob, brother] = [2, 3].map(|n| world.sign_in("bob", n));
        let to_one = |n: u8| Command::Send {
            to: Recipient::Person(address("bob"), Some(endpoint(n))),
            said: said("data", None),
            delivery: Delivery::Transient {
                must_reach: false,
                echo: false,
            },
        };
        world.ask(alice, to_one(3)).unwrap();
        assert_eq!(passed(world, bob), [""; 0]);
        assert_eq!(passed(world, brother), ["data"]);
        world.ask(alice, to_one(9)).unwrap();
        assert_eq!(passed(world, bob), [""; 0]);
        assert_eq!(passed(world, brother), [""; 0]);
    });
}

#[test]
fn who_is_blocked_cannot_tell_by_what_passes_through() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        world.ask(bob, status(Status::Online)).unwrap();
        world.ask(bob, set("alice", Lists::BLOCK)).unwrap();
        assert_eq!(
            world.ask(alice, passing("bob", "nudge", true, false)),
            Err(Refusal::NotOnline)
        );
        world
            .ask(alice, passing("bob", "typing", false, false))
            .unwrap();
        assert_eq!(passed(world, bob), [""; 0]);
    });
}

#[test]
fn a_full_mailbox_refuses_who_writes_to_it_and_makes_room_by_receipts() {
    let config = {
        let mut config = Config::default();
        // A stranger may have a tenth of them.
        config.waiting_messages = 20;
        config
    };
    every_way_with(&config, |world| {
        let alice = world.sign_in("alice", 1);
        for one in ["one", "two"] {
            world.ask(alice, text("bob", one)).unwrap();
        }
        let full = world.ask(alice, numbered("bob", "three", "3"));
        assert_eq!(full, Err(Refusal::MailboxFull));
        let bob = world.enter("bob", 2);
        world.ask(bob, Command::Subscribe(ALL)).unwrap();
        let first = kept(world, bob)[0].number;
        world.ask(bob, Command::Received(first)).unwrap();
        // It was refused, so it is no repetition.
        world.ask(alice, numbered("bob", "three", "3")).unwrap();
        assert_eq!(words(world, bob), ["three"]);
    });
}

#[test]
fn what_was_received_just_before_an_orderly_stop_does_not_come_again() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        world.ask(alice, text("bob", "hello")).unwrap();
        let number = kept(world, bob)[0].number;
        world.ask(bob, Command::Received(number)).unwrap();
        world.shut_down();
        world.restart();
        let bob = world.sign_in("bob", 2);
        assert_eq!(words(world, bob), [""; 0]);
    });
}

#[test]
fn only_so_many_are_on_the_way_and_receipts_in_any_order_make_room() {
    let config = {
        let mut config = Config::default();
        config.unreceived = 3;
        config
    };
    every_way_with(&config, |world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        for n in 0..8 {
            world.ask(alice, text("bob", &n.to_string())).unwrap();
        }
        let mut on_the_way = kept(world, bob);
        assert_eq!(on_the_way.len(), 3);
        let mut all: Vec<_> = on_the_way.iter().map(word).collect();
        while let Some(last) = on_the_way.pop() {
            world.ask(bob, Command::Received(last.number)).unwrap();
            let more = kept(world, bob);
            all.extend(more.iter().map(word));
            on_the_way.extend(more);
            assert!(on_the_way.len() <= 3);
        }
        assert_eq!(all, ["0", "1", "2", "3", "4", "5", "6", "7"]);
        // Received once is enough, and twice is nothing.
        world.ask(bob, Command::Received(Number(1))).unwrap();
        world.hang_up(bob);
        world.wait(Duration::from_secs(2));
        let bob = world.enter("bob", 2);
        world.ask(bob, Command::Subscribe(ALL)).unwrap();
        assert_eq!(kept(world, bob), []);
    });
}

#[test]
fn large_messages_leave_room_for_fewer() {
    let config = {
        let mut config = Config::default();
        config.unreceived_bytes = 4000;
        config
    };
    every_way_with(&config, |world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        let long = "x".repeat(3000);
        for _ in 0..4 {
            world.ask(alice, text("bob", &long)).unwrap();
        }
        let mut on_the_way = kept(world, bob);
        assert_eq!(on_the_way.len(), 2);
        for one in on_the_way.drain(..) {
            world.ask(bob, Command::Received(one.number)).unwrap();
        }
        assert_eq!(kept(world, bob).len(), 2);
    });
}

#[test]
fn a_backlog_comes_in_pages_and_in_order_with_what_is_said_meanwhile() {
    let config = {
        let mut config = Config::default();
        config.unreceived = 4;
        config
    };
    every_way_with(&config, |world| {
        let alice = world.sign_in("alice", 1);
        for n in 0..10 {
            world.ask(alice, text("bob", &n.to_string())).unwrap();
        }
        let bob = world.enter("bob", 2);
        world.say(bob, Command::Subscribe(ALL));
        // While the first page is being read.
        world.say(alice, text("bob", "10"));
        world.settle();
        let mut all = Vec::new();
        loop {
            let page = kept(world, bob);
            if page.is_empty() {
                break;
            }
            all.extend(page.iter().map(word));
            for one in page {
                world.say(bob, Command::Received(one.number));
            }
            if all.len() == 8 {
                world.say(alice, text("bob", "11"));
            }
            world.settle();
        }
        let expected: Vec<_> = (0..12).map(|n| n.to_string()).collect();
        assert_eq!(all, expected);
    });
}

#[test]
fn a_backlog_that_cannot_be_read_is_read_later() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        world.ask(alice, text("bob", "hello")).unwrap();
        let bob = world.enter("bob", 2);
        world.fail_reads();
        world.ask(bob, Command::Subscribe(ALL)).unwrap();
        assert_eq!(kept(world, bob), []);
        world.wait(Duration::from_secs(2));
        assert_eq!(kept(world, bob), []);
        world.release_reads();
        world.wait(Duration::from_secs(2));
        assert_eq!(words(world, bob), ["hello"]);
    });
}

#[test]
fn who_never_tells_of_receipts_has_received_what_was_shown_and_nothing_by_time() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        world.ask(alice, text("bob", "one")).unwrap();
        assert_eq!(words(world, bob), ["one"]);
        world.wait(Duration::from_secs(3000));
        world.restart();
        let bob = world.enter("bob", 2);
        world.ask(bob, Command::Subscribe(ALL)).unwrap();
        let kept = kept(world, bob);
        let shown = kept.iter().map(|kept| kept.number).collect();
        world
            .ask(bob, Command::Evidence(Evidence::Shown, shown))
            .unwrap();
        world.wait(Duration::from_secs(2));
        world.restart();
        let bob = world.enter("bob", 2);
        world.ask(bob, Command::Subscribe(ALL)).unwrap();
        assert_eq!(self::kept(world, bob), []);
    });
}

#[test]
fn who_tells_of_receipts_is_waited_for() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        for one in ["one", "two"] {
            world.ask(alice, text("bob", one)).unwrap();
        }
        let first = kept(world, bob)[0].number;
        world.ask(bob, Command::Received(first)).unwrap();
        world.wait(Duration::from_secs(3600));
        world.restart();
        let bob = world.enter("bob", 2);
        world.ask(bob, Command::Subscribe(ALL)).unwrap();
        assert_eq!(words(world, bob), ["two"]);
    });
}

#[test]
fn who_subscribes_again_is_told_again_what_is_on_the_way() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        for one in ["one", "two"] {
            world.ask(alice, text("bob", one)).unwrap();
        }
        let first = kept(world, bob)[0].number;
        world.ask(bob, Command::Received(first)).unwrap();
        world.ask(bob, Command::Subscribe(ALL)).unwrap();
        assert_eq!(words(world, bob), ["two"]);
    });
}

#[test]
fn a_note_to_oneself_is_kept_once_and_reaches_other_places() {
    every_way(|world| {
        let [alice, sister] = [1, 2].map(|n| world.sign_in("alice", n));
        world.ask(alice, text("alice", "note")).unwrap();
        assert_eq!(kept(world, alice), []);
        let notes = kept(world, sister);
        assert_eq!(notes.iter().map(word).collect::<Vec<_>>(), ["note"]);
        assert!(!notes[0].waiting);
        let who = world.who("alice");
        assert_eq!(notes[0].conversation, ConversationId::Person(who));
        world
            .ask(alice, passing("alice", "sync", true, false))
            .unwrap();
        assert_eq!(passed(world, sister), ["sync"]);
    });
}

#[test]
fn a_repetition_is_known_within_an_hour_whatever_the_wall_clock_says() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        let said = |world: &mut World| {
            assert_eq!(
                world.ask(alice, numbered("bob", "hi", "1")),
                Ok(Answer::Done)
            );
            words(world, bob).len()
        };
        assert_eq!(said(world), 1);
        world.set_wall(START.saturating_add(Duration::from_secs(86_400)));
        assert_eq!(said(world), 0);
        world.wait(Duration::from_secs(3599));
        assert_eq!(said(world), 0);
        world.wait(Duration::from_secs(2));
        assert_eq!(said(world), 1);
    });
}

#[test]
fn of_what_another_process_sent_the_wall_clock_tells_the_age() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        world.ask(alice, numbered("bob", "hi", "1")).unwrap();
        world.restart();
        world.set_wall(START.saturating_add(Duration::from_secs(3599)));
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        world.ask(alice, numbered("bob", "hi", "1")).unwrap();
        assert_eq!(kept(world, bob), []);
        world.restart();
        world.set_wall(START.saturating_add(Duration::from_secs(3602)));
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        world.ask(alice, numbered("bob", "hi", "1")).unwrap();
        assert_eq!(words(world, bob), ["hi"]);
    });
}

#[test]
fn a_repetition_of_what_is_not_decided_gets_the_same_answer() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        world.ask(alice, Command::Read(with("bob"))).unwrap();
        world.hold_reads();
        world.say(alice, numbered("bob", "hi", "1"));
        world.settle();
        // The client lost its connection, and says again what was not answered.
        let alice = world.enter("alice", 1);
        let second = world.say(alice, numbered("bob", "hi", "1"));
        world.settle();
        assert_eq!(world.answer(alice, second), None);
        world.release_reads();
        assert_eq!(world.answer(alice, second), Some(Ok(Answer::Done)));
        let bob = world.enter("bob", 3);
        world.ask(bob, Command::Subscribe(ALL)).unwrap();
        assert_eq!(words(world, bob), ["hi"]);
    });
}

#[test]
fn a_number_that_a_failed_batch_gave_is_given_again_and_its_message_arrives() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        let bob = world.enter("bob", 2);
        world.hold_commits();
        // In one batch, at one millisecond: numbers above the clock are given, and taken back.
        let lost: Vec<_> = (0..5)
            .map(|n| world.say(alice, text("bob", &n.to_string())))
            .collect();
        world.say(bob, Command::Subscribe(ALL));
        world.settle();
        world.fail_commits();
        for one in lost {
            assert_eq!(world.answer(alice, one), Some(Err(Refusal::Store)));
        }
        world.release();
        world.ask(bob, Command::Subscribe(ALL)).unwrap();
        for one in ["one", "two", "three"] {
            world.ask(alice, text("bob", one)).unwrap();
        }
        assert_eq!(words(world, bob), ["one", "two", "three"]);
    });
}

#[test]
fn the_same_at_another_place_is_no_repetition() {
    every_way(|world| {
        let [alice, sister] = [1, 2].map(|n| world.sign_in("alice", n));
        let bob = world.sign_in("bob", 3);
        // Both count from 1.
        for at in [alice, sister] {
            world.ask(at, numbered("bob", "hi", "1")).unwrap();
        }
        assert_eq!(words(world, bob), ["hi", "hi"]);
        world.restart();
        let third = world.sign_in("alice", 4);
        world.ask(third, numbered("bob", "hi", "1")).unwrap();
        let bob = world.enter("bob", 3);
        world.ask(bob, Command::Subscribe(ALL)).unwrap();
        assert_eq!(kept(world, bob).len(), 3);
    });
}

#[test]
fn what_is_kept_while_the_last_page_is_read_comes_with_the_next() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        world.ask(alice, Command::Read(with("bob"))).unwrap();
        let bob = world.enter("bob", 2);
        world.hold_reads();
        world.ask(bob, Command::Subscribe(ALL)).unwrap();
        // Nothing is there when the page is looked up; it is told when something is.
        world.answer_reads_as_they_are_now();
        world.ask(alice, text("bob", "1")).unwrap();
        world.release_reads();
        assert_eq!(words(world, bob), ["1"]);
    });
}

#[test]
fn a_place_that_came_with_a_failed_batch_has_what_comes_behind_it() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        let [bob, brother] = [2, 3].map(|n| world.enter("bob", n));
        world.ask(bob, Command::Read(with("bob"))).unwrap();
        world.hold_commits();
        for _ in 0..5 {
            world.say(alice, text("bob", "lost"));
        }
        world.say(bob, Command::Subscribe(ALL));
        world.settle();
        world.fail_commits();
        world.release();
        // A note does not wait, so only its number tells that it came later.
        world.ask(brother, text("bob", "note")).unwrap();
        assert_eq!(words(world, bob), ["note"]);
    });
}
