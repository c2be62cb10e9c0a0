//! A store that takes long, fails, or never answers: what waits, how long, and what is answered.

use std::time::Duration;

use msnp_server::network::{
    Answer, Command, Config, ConnectionId, ListChange, Lists, Number, Privacy, Refusal, Role,
    Status,
};
use simulation::rules::{ALL, START, World, address, endpoint, every_way, every_way_with};

use crate::words::{
    change, friend, in_thread, kept, numbered, passing, roster, seen, set, status, text, thread,
    with, words,
};

#[test]
fn an_answer_that_a_batch_holds_back_does_not_come_later_than_its_deadline() {
    let mut config = Config::default();
    config.store_hangs_after = Duration::from_secs(1000);
    every_way_with(&config, |world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        world.hold_commits();
        let sent = world.say(alice, text("bob", "hello"));
        world.settle();
        let named = world.say(alice, Command::SetName("A".into()));
        world.settle();
        world.wait(Duration::from_secs(29));
        assert_eq!(world.answer(alice, sent), None);
        world.wait(Duration::from_secs(2));
        // The first was begun, the second was not.
        assert_eq!(world.answer(alice, sent), Some(Err(Refusal::Uncertain)));
        assert_eq!(world.answer(alice, named), Some(Err(Refusal::Store)));
        world.release();
        assert_eq!(words(world, bob), ["hello"]);
        assert_eq!(world.network().name(alice).as_deref(), Some("ALICE"));
        assert_eq!(world.ask(alice, text("bob", "again")), Ok(Answer::Done));
    });
}

/// Whom a store that hangs finds: Alice has written to Bob, and nobody knows what has become of that.
fn hanging(world: &mut World) -> [ConnectionId; 3] {
    let [alice, bob, carol] =
        [("alice", 1), ("bob", 2), ("carol", 3)].map(|(who, n)| world.sign_in(who, n));
    for (one, command) in [
        (alice, Command::Read(with("bob"))),
        (carol, text("dave", "before")),
    ] {
        assert_eq!(world.ask(one, command), Ok(Answer::Done));
    }
    world.hold_commits();
    let sent = world.say(alice, numbered("bob", "hello", "1"));
    world.settle();
    // Behind it, in the batch that gathers; and one that waits for those who are touched.
    let next = world.say(carol, Command::SetName("C".into()));
    let waits = world.say(bob, Command::SetName("B".into()));
    world.settle();
    world.wait(Duration::from_millis(9_999));
    for (one, request) in [(alice, sent), (carol, next), (bob, waits)] {
        assert_eq!(world.answer(one, request), None);
    }
    world.wait(Duration::from_millis(1));
    assert!(world.network().store_hangs());
    let unknown = Some(Err(Refusal::Uncertain));
    assert_eq!(world.answer(alice, sent), unknown);
    assert_eq!(world.answer(carol, next), unknown);
    // It was not begun.
    assert_eq!(world.answer(bob, waits), Some(Err(Refusal::Store)));
    [alice, bob, carol]
}

#[test]
fn while_the_store_hangs_writes_are_refused_at_once_and_all_else_goes_on() {
    every_way(|world| {
        let [alice, bob, carol] = hanging(world);
        let dave = world.sign_in("dave", 4);
        for one in [alice, bob, carol, dave] {
            let refused = Err(Refusal::Store);
            assert_eq!(world.ask(one, text("carol", "again")), refused);
            assert_eq!(world.ask(one, Command::SetName("X".into())), refused);
            assert_eq!(world.ask(one, Command::Read(with("bob"))), refused);
            // What is kept is what was kept before.
            let list = Command::ListConversations {
                since: Number(0),
                limit: 9,
            };
            let listed = world.ask(one, list);
            let expected = usize::from(one == carol || one == dave);
            assert!(
                matches!(&listed, Ok(Answer::Conversations(all)) if all.len() == expected),
                "{listed:?}"
            );
            assert!(!world.is_closed(one));
        }
        // Who is not touched does whatever is not kept.
        assert_eq!(world.ask(dave, status(Status::Busy)), Ok(Answer::Done));
        let room = world.ask(dave, Command::OpenRoom);
        assert!(matches!(room, Ok(Answer::Room(..))), "{room:?}");
    });
}

#[test]
fn the_late_answer_of_a_store_that_hung_counts() {
    for kept in [true, false] {
        every_way(|world| {
            let [alice, bob, carol] = hanging(world);
            world.wait(Duration::from_secs(1000));
            if kept {
                world.release();
            } else {
                world.fail_commits();
                world.release();
            }
            // It is told to Bob or to nobody; and said again it is a repetition, or not.
            let told = words(world, bob);
            assert_eq!(told.len(), usize::from(kept), "{told:?}");
            assert_eq!(
                world.ask(alice, numbered("bob", "hello", "1")),
                Ok(Answer::Done)
            );
            assert_eq!(words(world, bob).len(), usize::from(!kept));
            let name = world.network().name(carol);
            if kept {
                assert_eq!(name.as_deref(), Some("C"));
            }
            // Everything goes on, for everybody.
            for one in [alice, bob, carol] {
                assert_eq!(world.ask(one, text("dave", "again")), Ok(Answer::Done));
                let renamed = world.ask(one, Command::SetName("Y".into()));
                assert_eq!(renamed, Ok(Answer::Done));
            }
            assert!(!world.network().store_hangs());
            assert_eq!(world.network().load().waiting, 0);
        });
    }
}

#[test]
fn who_waits_for_a_store_that_hangs_has_one_letter_about_each_contact() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        let carol = world.sign_in("carol", 3);
        world.ask(alice, set("carol", friend())).unwrap();
        world.ask(carol, set("alice", friend())).unwrap();
        world.ask(alice, text("bob", "0")).unwrap();
        world.hear(alice);
        world.hold_commits();
        world.say(alice, text("bob", "1"));
        world.settle();
        let before = world.network().load().waiting;
        for turn in 0..100 {
            let shown = [Status::Busy, Status::Away][turn % 2];
            world.ask(carol, status(shown)).unwrap();
        }
        assert!(world.network().load().waiting <= before + 1);
        world.release();
        let seen = seen(world, alice);
        assert_eq!(seen, [("carol".to_owned(), Some(Status::Away))]);
        assert_eq!(words(world, bob), ["0", "1"]);
    });
}

#[test]
fn a_refusal_that_a_batch_holds_back_is_still_that_refusal() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        world.ask(alice, Command::Read(with("bob"))).unwrap();
        world.hold_commits();
        world.say(alice, Command::SetName("A".into()));
        let removed = world.say(alice, change("bob", ListChange::Remove(friend())));
        world.settle();
        world.wait(Duration::from_secs(31));
        assert_eq!(world.answer(alice, removed), Some(Err(Refusal::NotOnList)));
    });
}

#[test]
fn a_read_that_never_ends_is_refused_in_time_and_its_answer_ignored() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        let list = Command::ListMessages {
            conversation: with("alice"),
            from: Number(0),
            before: Number::LAST,
            limit: 9,
        };
        world.ask(alice, Command::Read(with("alice"))).unwrap();
        world.hold_reads();
        let listed = world.say(alice, list.clone());
        let room = world.say(alice, Command::OpenRoom);
        world.settle();
        world.wait(Duration::from_secs(31));
        assert!(world.answer(alice, listed).unwrap().is_err());
        assert!(world.answer(alice, room).unwrap().is_err());
        world.release_reads();
        assert_eq!(world.ask(alice, list), Ok(Answer::Messages(Vec::new())));
        assert_eq!(world.network().load().waiting, 0);
    });
}

#[test]
fn somebody_who_is_never_read_lets_the_sender_go_on_and_has_it_later() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        world.ask(alice, Command::Read(with("bob"))).unwrap();
        world.hold_reads();
        let sent = world.say(alice, numbered("bob", "hello", "1"));
        world.settle();
        world.wait(Duration::from_secs(31));
        assert_eq!(world.answer(alice, sent), Some(Err(Refusal::Uncertain)));
        assert!(world.ask(alice, Command::OpenRoom).is_ok());
        world.release_reads();
        // It has happened after all, so a repeat does nothing.
        assert_eq!(
            world.ask(alice, numbered("bob", "hello", "1")),
            Ok(Answer::Done)
        );
        let bob = world.enter("bob", 2);
        world.ask(bob, Command::Subscribe(ALL)).unwrap();
        assert_eq!(words(world, bob), ["hello"]);
    });
}

#[test]
fn somebody_who_cannot_be_read_is_tried_again_by_the_next_command() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        world.ask(alice, Command::Read(with("bob"))).unwrap();
        world.fail_reads();
        assert_eq!(world.ask(alice, text("bob", "1")), Err(Refusal::Store));
        assert_eq!(world.ask(alice, text("carol", "1")), Err(Refusal::Store));
        let dave = world.open();
        let enter = Command::Enter {
            who: world.who("dave"),
            endpoint: endpoint(4),
        };
        assert_eq!(world.ask(dave, enter.clone()), Err(Refusal::Store));
        world.release_reads();
        assert_eq!(world.ask(dave, enter), Ok(Answer::Done));
        assert_eq!(world.ask(alice, text("bob", "2")), Ok(Answer::Done));
    });
}

#[test]
fn an_account_that_is_gone_cannot_enter_or_be_written_to() {
    every_way(|world| {
        // As if another process had removed it: the directory of this one still knows the address.
        let mut other = World::new(msnp_server::network::Config::default(), None);
        let eve = other.add_account("eve");
        let at = world.open();
        let enter = Command::Enter {
            who: eve,
            endpoint: endpoint(1),
        };
        assert_eq!(world.ask(at, enter), Err(Refusal::NoAccount));
        assert_eq!(
            world.ask(at, Command::Subscribe(ALL)),
            Err(Refusal::NotEntered)
        );
    });
}

#[test]
fn every_kind_of_command_in_a_failed_batch_is_refused_undone_and_can_be_repeated() {
    every_way(|world| {
        let [alice, sister] = [1, 2].map(|n| world.sign_in("alice", n));
        let bob = world.sign_in("bob", 3);
        world.ask(bob, set("alice", friend())).unwrap();
        world.ask(alice, set("bob", friend())).unwrap();
        for one in [alice, bob] {
            world.ask(one, status(Status::Online)).unwrap();
        }
        let Ok(Answer::Group(group)) = world.ask(alice, Command::AddGroup { name: "g".into() })
        else {
            panic!("no group");
        };
        let id = thread(world, alice, &["bob"]);
        world.ask(alice, Command::Read(with("carol"))).unwrap();
        for one in [alice, sister, bob] {
            world.hear(one);
        }
        let contact = || address("bob");
        let commands = [
            Command::SetName("A".into()),
            set("carol", friend()),
            set("bob", Lists::BLOCK),
            Command::NameContact {
                contact: contact(),
                name: "B".into(),
            },
            Command::AddGroup { name: "h".into() },
            Command::RenameGroup {
                group,
                name: "i".into(),
            },
            Command::SetGroup {
                contact: contact(),
                group,
                inside: true,
            },
            Command::SetPrivacy(Privacy::BlockOthers),
            Command::SetProperty {
                name: "PHH".into(),
                value: "1".into(),
            },
            numbered("bob", "1", "a"),
            numbered("carol", "2", "b"),
            text("alice", "3"),
            in_thread(id, "4"),
            Command::MakeThread {
                members: vec![(contact(), Role::User)],
                topic: None,
            },
            Command::ChangeThread {
                thread: id,
                members: Vec::new(),
                topic: Some("t".into()),
            },
            Command::RemoveGroup { group },
            Command::LeaveThread {
                thread: id,
                members: vec![contact()],
            },
        ];
        for command in commands.clone() {
            world.fail_commits();
            let before = format!("{:?}", world.store());
            assert_eq!(
                world.ask(alice, command.clone()),
                Err(Refusal::Store),
                "{command:?}"
            );
            for other in [alice, sister, bob] {
                assert_eq!(world.hear(other), [], "{command:?}");
            }
            assert_eq!(format!("{:?}", world.store()), before, "{command:?}");
            world.release();
        }
        // Everybody is seen as before, and everything can be done now.
        world.ask(alice, Command::Subscribe(ALL)).unwrap();
        assert_eq!(world.network().name(alice).as_deref(), Some("ALICE"));
        assert!(seen(world, alice).contains(&("bob".to_owned(), Some(Status::Online))));
        assert_eq!(roster(world, alice).len(), 1);
        for command in commands {
            let answer = world.ask(alice, command.clone());
            assert!(answer.is_ok(), "{command:?}: {answer:?}");
        }
    });
}

#[test]
fn receipts_and_horizons_survive_a_failed_batch() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        world.ask(alice, numbered("bob", "1", "a")).unwrap();
        let one = kept(world, bob)[0].number;
        world.ask(bob, Command::Received(one)).unwrap();
        world.ask(bob, Command::Read(with("alice"))).unwrap();
        world.fail_commits();
        assert_eq!(
            world.ask(bob, Command::SetName("B".into())),
            Err(Refusal::Store)
        );
        world.wait(Duration::from_secs(5));
        world.release();
        world.wait(Duration::from_secs(5));
        world.restart();
        let bob = world.enter("bob", 2);
        world.ask(bob, Command::Subscribe(ALL)).unwrap();
        assert_eq!(kept(world, bob), []);
        let list = Command::ListConversations {
            since: Number(0),
            limit: 9,
        };
        let Ok(Answer::Conversations(all)) = world.ask(bob, list) else {
            panic!("no conversations");
        };
        let horizon = all[0].horizon.as_ref().unwrap();
        assert_eq!(horizon.client_id.as_deref(), Some("a"));
    });
}

#[test]
fn nothing_is_built_on_what_a_batch_under_way_may_undo() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        world.ask(alice, Command::Read(with("bob"))).unwrap();
        world.hold_reads();
        world.hold_commits();
        let added = world.say(alice, set("bob", friend()));
        world.settle();
        // Bob is read while the batch is under way; what Alice states must wait for it.
        world.release_reads();
        world.fail_commits();
        assert_eq!(world.answer(alice, added), Some(Err(Refusal::Store)));
        world.release();
        let bob = world.sign_in("bob", 2);
        assert_eq!(roster(world, bob), []);
    });
}

#[test]
fn others_go_on_while_a_batch_is_held_as_far_as_nothing_is_kept() {
    every_way(|world| {
        let [alice, bob] = [("alice", 1), ("bob", 2)].map(|(who, n)| world.sign_in(who, n));
        let [carol, dave] = [("carol", 3), ("dave", 4)].map(|(who, n)| world.sign_in(who, n));
        for one in [carol, dave] {
            world.ask(one, status(Status::Online)).unwrap();
        }
        world.ask(carol, set("dave", friend())).unwrap();
        world.hear(carol);
        world.hold_commits();
        world.say(alice, text("bob", "1"));
        world.settle();
        assert_eq!(world.ask(dave, status(Status::Busy)), Ok(Answer::Done));
        assert_eq!(seen(world, carol).len(), 1);
        assert_eq!(
            world.ask(carol, passing("dave", "hi", true, false)),
            Ok(Answer::Done)
        );
        world.hear(bob);
    });
}

#[test]
fn timers_do_not_spin_when_the_clock_stands_or_jumps() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        world.ask(alice, text("bob", "1")).unwrap();
        world.hold_commits();
        world.say(bob, Command::Received(Number(1)));
        world.say(alice, text("bob", "2"));
        world.settle();
        for _ in 0..3 {
            let now = world.now();
            world.network().handle_timeout(now);
            let next = world.network().poll_timeout();
            assert!(next.is_some_and(|at| at > now.monotonic));
        }
        world.set_wall(START);
        world.wait(Duration::from_secs(100_000));
        world.release();
        world.wait(Duration::from_secs(100_000));
    });
}

#[test]
fn what_no_batch_undoes_is_refused_by_none() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        world.ask(alice, Command::Read(with("bob"))).unwrap();
        world.hold_commits();
        // Bob is touched by the batch in which he is written to, and comes meanwhile.
        let refused = world.say(alice, text("bob", "1"));
        let bob = world.open();
        let enter = Command::Enter {
            who: world.who("bob"),
            endpoint: endpoint(2),
        };
        let done: Vec<_> = [
            enter,
            Command::Subscribe(ALL),
            status(Status::Online),
            Command::Received(Number(1)),
            Command::OpenRoom,
        ]
        .into_iter()
        .map(|command| world.say(bob, command))
        .collect();
        world.settle();
        world.fail_commits();
        assert_eq!(world.answer(alice, refused), Some(Err(Refusal::Store)));
        for one in done {
            let answer = world.answer(bob, one);
            assert!(matches!(answer, Some(Ok(_))), "{answer:?}");
        }
        world.release();
        assert_eq!(words(world, bob), [""; 0]);
    });
}

#[test]
fn who_comes_beside_a_batch_is_told_what_it_changes_once_it_is_kept() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        world.ask(alice, Command::Read(with("bob"))).unwrap();
        let sister = world.enter("alice", 2);
        for kept in [false, true] {
            world.hold_commits();
            let added = world.say(alice, set("bob", friend()));
            world.say(sister, Command::Subscribe(ALL));
            world.settle();
            if kept {
                world.release();
            } else {
                world.fail_commits();
                world.release();
            }
            assert_eq!(world.answer(alice, added).unwrap().is_ok(), kept);
            let told = crate::words::contacts(world, sister);
            assert_eq!(told.last().map(|one| one.1), kept.then(friend));
        }
    });
}

#[test]
fn who_was_waited_for_too_long_is_not_taken_for_another() {
    every_way(|world| {
        let at = world.open();
        let enter = |world: &World, who: &str| Command::Enter {
            who: world.who(who),
            endpoint: endpoint(1),
        };
        world.hold_people();
        let command = enter(world, "bob");
        let bob = world.say(at, command);
        world.settle();
        world.wait(Duration::from_secs(31));
        assert_eq!(world.answer(at, bob), Some(Err(Refusal::Store)));
        // Bob is read at last, when Carol is not yet.
        let command = enter(world, "carol");
        let carol = world.say(at, command);
        world.release_reads();
        assert_eq!(world.answer(at, carol), Some(Ok(Answer::Done)));
        world.ask(at, Command::SetName("Carol II".into())).unwrap();
        assert_eq!(world.network().name(at).as_deref(), Some("Carol II"));
        let dave = world.sign_in("dave", 4);
        world.ask(dave, text("bob", "hi")).unwrap();
        assert_eq!(words(world, at), [""; 0]);
    });
}
