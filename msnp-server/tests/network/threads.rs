//! Threads: who is in them, what they may do, and what everybody is told.

use std::time::Duration;

use msnp_server::network::{
    Answer, Command, Config, ConnectionId, Lists, Refusal, Role, Thread, ThreadId,
};
use simulation::rules::{ALL, World, address, every_way, every_way_with};
use std::sync::Arc;

use crate::words::{
    in_thread, kept, make, members, passed, said, set, thread, threads, with, word, words,
};

fn put(thread: ThreadId, who: &[(&str, Role)], topic: Option<&str>) -> Command {
    Command::ChangeThread {
        thread,
        members: who
            .iter()
            .map(|(who, role)| (address(who), *role))
            .collect(),
        topic: topic.map(Into::into),
    }
}

fn remove(thread: ThreadId, who: &[&str]) -> Command {
    Command::LeaveThread {
        thread,
        members: who.iter().map(|who| address(who)).collect(),
    }
}

fn described(world: &mut World, at: ConnectionId, ids: &[ThreadId]) -> Vec<Arc<Thread>> {
    match world.ask(at, Command::ListThreads(ids.to_vec())) {
        Ok(Answer::Threads(threads)) => threads,
        other => panic!("no threads: {other:?}"),
    }
}

#[test]
fn all_members_are_told_of_a_new_thread_and_of_what_is_said_in_it() {
    every_way(|world| {
        let [alice, sister] = [1, 2].map(|n| world.sign_in("alice", n));
        let [bob, carol] = [("bob", 3), ("carol", 4)].map(|(who, n)| world.sign_in(who, n));
        let id = thread(world, alice, &["bob", "carol"]);
        for one in [alice, sister, bob, carol] {
            let told = threads(world, one);
            assert_eq!(told.len(), 1);
            let mut names = members(&told[0]);
            names[1..].sort();
            assert_eq!(names, ["alice", "bob", "carol"]);
        }
        world.ask(bob, in_thread(id, "hello")).unwrap();
        for (one, heard) in [(alice, 1), (sister, 1), (bob, 0), (carol, 1)] {
            assert_eq!(words(world, one), vec!["hello"; heard]);
        }
        world.restart();
        let carol = world.enter("carol", 4);
        world.ask(carol, Command::Subscribe(ALL)).unwrap();
        assert_eq!(words(world, carol), ["+ bob carol", "hello"]);
        assert_eq!(described(world, carol, &[id]).len(), 1);
    });
}

#[test]
fn each_change_is_told_once_with_a_higher_version() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        let id = thread(world, alice, &["bob"]);
        let mut version = threads(world, bob)[0].version;
        for change in [
            put(id, &[], Some("lunch")),
            put(id, &[("carol", Role::User)], None),
            put(id, &[("bob", Role::Admin)], None),
            remove(id, &["carol"]),
        ] {
            assert_eq!(world.ask(alice, change), Ok(Answer::Thread(id)));
            let events = world.hear(bob);
            let told: Vec<_> = events
                .iter()
                .filter_map(|event| match event {
                    msnp_server::network::Event::Thread(thread) => Some(thread.version),
                    _ => None,
                })
                .collect();
            assert_eq!(told.len(), 1);
            assert!(told[0] > version);
            version = told[0];
        }
        // What changes nothing is told to nobody.
        world.ask(alice, put(id, &[], Some("lunch"))).unwrap();
        assert_eq!(world.hear(bob), []);
    });
}

#[test]
fn members_may_add_and_set_the_topic_and_only_admins_remove_and_give_roles() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        let carol = world.sign_in("carol", 3);
        let id = thread(world, alice, &["bob"]);
        for (command, outcome) in [
            (remove(id, &["alice"]), Err(Refusal::Restricted)),
            (
                put(id, &[("bob", Role::Admin)], None),
                Err(Refusal::Restricted),
            ),
            (
                put(id, &[("carol", Role::Admin)], None),
                Err(Refusal::Restricted),
            ),
            (
                put(id, &[("carol", Role::User)], Some("t")),
                Ok(Answer::Thread(id)),
            ),
            (remove(id, &["bob"]), Ok(Answer::Thread(id))),
            (remove(id, &["bob"]), Err(Refusal::NoSuchUser)),
        ] {
            assert_eq!(world.ask(bob, command), outcome);
        }
        assert_eq!(
            world.ask(alice, remove(id, &["dave"])),
            Err(Refusal::NotOnList)
        );
        assert_eq!(world.ask(alice, remove(id, &[])), Err(Refusal::Invalid));
        // The last admin leaves: who has been there longest is one.
        world.ask(alice, remove(id, &["alice"])).unwrap();
        let thread = described(world, carol, &[id]).remove(0);
        assert_eq!(thread.role(world.who("carol").person()), Some(Role::Admin));
        assert_eq!(
            world.ask(alice, in_thread(id, "?")),
            Err(Refusal::NoSuchUser)
        );
    });
}

#[test]
fn who_does_not_let_the_maker_write_is_left_out_without_a_word() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        world.ask(bob, set("alice", Lists::BLOCK)).unwrap();
        let id = thread(world, alice, &["bob", "carol"]);
        let told = threads(world, alice);
        assert_eq!(members(&told[0]), ["alice", "carol"]);
        assert_eq!(world.hear(bob), []);
        assert_eq!(described(world, bob, &[id]), []);
    });
}

#[test]
fn a_thread_is_unknown_to_who_is_not_in_it_and_threads_come_in_the_order_asked_for() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        let [one, two] = [["bob"], ["carol"]].map(|with| thread(world, alice, &with));
        let none = ThreadId([9; 16]);
        let ids = |all: Vec<Arc<Thread>>| all.iter().map(|one| one.id).collect::<Vec<_>>();
        assert_eq!(ids(described(world, alice, &[two, none, one])), [two, one]);
        assert_eq!(ids(described(world, alice, &[one, one])), [one, one]);
        assert_eq!(ids(described(world, bob, &[two, one])), [one]);
        assert_eq!(described(world, bob, &[]), []);
        assert_eq!(
            world.ask(bob, in_thread(two, "?")),
            Err(Refusal::NoSuchUser)
        );
        assert_eq!(
            world.ask(bob, put(two, &[], Some("?"))),
            Err(Refusal::NoSuchUser)
        );
    });
}

#[test]
fn threads_that_cannot_be_read_are_not_taken_for_unknown() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        let id = thread(world, alice, &["bob"]);
        world.restart();
        let alice = world.sign_in("alice", 1);
        world.fail_reads();
        assert_eq!(
            world.ask(alice, Command::ListThreads(vec![id])),
            Err(Refusal::Store)
        );
        assert_eq!(world.ask(alice, in_thread(id, "?")), Err(Refusal::Store));
        world.release_reads();
        assert_eq!(described(world, alice, &[id]).len(), 1);
    });
}

#[test]
fn a_thread_takes_no_more_than_it_may() {
    let config = {
        let mut config = Config::default();
        config.thread_members = 3;
        config.strangers_may_add = true;
        config
    };
    every_way_with(&config, |world| {
        let alice = world.sign_in("alice", 1);
        assert_eq!(
            world.ask(alice, make(&["bob", "carol", "dave"])),
            Err(Refusal::ListFull)
        );
        let id = thread(world, alice, &["bob", "carol"]);
        assert_eq!(
            world.ask(alice, put(id, &[("dave", Role::User)], None)),
            Err(Refusal::ListFull)
        );
        world.ask(alice, remove(id, &["bob"])).unwrap();
        world
            .ask(alice, put(id, &[("dave", Role::User)], None))
            .unwrap();
    });
}

#[test]
fn the_full_mailbox_of_a_member_does_not_refuse_the_author() {
    let config = {
        let mut config = Config::default();
        config.waiting_messages = 1;
        config.strangers_may_add = true;
        config
    };
    every_way_with(&config, |world| {
        let alice = world.sign_in("alice", 1);
        let id = thread(world, alice, &["bob"]);
        for n in 0..3 {
            let said = in_thread(id, &n.to_string());
            assert_eq!(world.ask(alice, said), Ok(Answer::Done));
        }
        // Bob has all in his history.
        let bob = world.sign_in("bob", 2);
        let list = Command::ListMessages {
            conversation: msnp_server::network::ConversationAddress::Thread(id),
            from: msnp_server::network::Number(0),
            before: msnp_server::network::Number::LAST,
            limit: 9,
        };
        let Ok(Answer::Messages(all)) = world.ask(bob, list) else {
            panic!("no messages");
        };
        assert_eq!(
            all.iter().map(word).collect::<Vec<_>>(),
            ["2", "1", "0", "+ bob"]
        );
    });
}

#[test]
fn what_passes_through_a_thread_is_answered_once() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        let id = thread(world, alice, &["bob", "carol"]);
        let typing = Command::Send {
            to: msnp_server::network::Recipient::Thread(id),
            said: said("typing", None),
            delivery: msnp_server::network::Delivery::Transient {
                must_reach: true,
                echo: false,
            },
        };
        world.hear(bob);
        assert_eq!(world.ask(alice, typing), Ok(Answer::Done));
        assert_eq!(passed(world, bob), ["typing"]);
    });
}

#[test]
fn who_does_not_answer_in_time_is_not_added() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        let bob = world.sign_in("bob", 2);
        world.ask(alice, Command::Read(with("carol"))).unwrap();
        world.ask(alice, Command::Read(with("bob"))).unwrap();
        // Carol has to be read, and never is.
        world.hold_people();
        let made = world.say(alice, make(&["bob", "carol"]));
        world.settle();
        assert_eq!(world.answer(alice, made), None);
        world.wait(Duration::from_secs(31));
        assert_eq!(world.answer(alice, made), Some(Err(Refusal::Uncertain)));
        let told = threads(world, alice);
        assert_eq!(members(&told[0]), ["alice", "bob"]);
        assert_eq!(threads(world, bob).len(), 1);
        // Her late answer is ignored.
        world.release_reads();
        assert_eq!(threads(world, alice).len(), 0);
        assert_eq!(world.network().load().waiting, 0);
    });
}

#[test]
fn a_failed_batch_makes_no_thread_and_a_repeat_makes_one() {
    every_way(|world| {
        let (alice, bob) = (world.sign_in("alice", 1), world.sign_in("bob", 2));
        world.ask(alice, Command::Read(with("bob"))).unwrap();
        world.hold_commits();
        let made = world.say(alice, make(&["bob"]));
        world.settle();
        world.fail_commits();
        assert_eq!(world.answer(alice, made), Some(Err(Refusal::Store)));
        assert_eq!(world.hear(bob), []);
        world.release();
        let id = thread(world, alice, &["bob"]);
        world.hear(bob);
        world.hold_commits();
        let topic = world.say(alice, put(id, &[], Some("lunch")));
        world.settle();
        world.fail_commits();
        assert_eq!(world.answer(alice, topic), Some(Err(Refusal::Store)));
        world.release();
        assert_eq!(&*described(world, bob, &[id])[0].topic, "");
        world.ask(alice, put(id, &[], Some("lunch"))).unwrap();
        assert_eq!(&*described(world, bob, &[id])[0].topic, "lunch");
        kept(world, bob);
    });
}

#[test]
fn what_a_batch_holds_back_is_not_overtaken_in_its_thread() {
    every_way(|world| {
        let [alice, bob] = [("alice", 1), ("bob", 2)].map(|(who, n)| world.sign_in(who, n));
        let id = thread(world, alice, &["bob", "carol"]);
        world.wait(Duration::from_secs(2));
        world.restart();
        let [alice, bob_again] = [("alice", 1), ("bob", 2)].map(|(who, n)| world.sign_in(who, n));
        assert_ne!(bob, bob_again);
        let bob = bob_again;
        world.ask(alice, in_thread(id, "0")).unwrap();
        // Carol has to be read. Meanwhile one message depends on a batch that takes long, and the next on none.
        world.hold_people();
        world.hold_commits();
        world.say(bob, Command::SetName("Bob II".into()));
        world.say(bob, in_thread(id, "1"));
        world.settle();
        world.say(alice, in_thread(id, "2"));
        world.settle();
        world.release();
        world.release_reads();
        let order = |world: &mut World, at| {
            let list = Command::ListMessages {
                conversation: msnp_server::network::ConversationAddress::Thread(id),
                from: msnp_server::network::Number(0),
                before: msnp_server::network::Number::LAST,
                limit: 9,
            };
            match world.ask(at, list) {
                Ok(Answer::Messages(all)) => all.iter().map(word).collect::<Vec<_>>(),
                other => panic!("no messages: {other:?}"),
            }
        };
        let carol = world.sign_in("carol", 3);
        let first = order(world, alice);
        assert_eq!(first.len(), 4);
        assert_eq!(order(world, bob), first);
        assert_eq!(order(world, carol), first);
    });
}

#[test]
fn what_is_said_is_with_all_members_or_with_nobody() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        let id = thread(world, alice, &["dave"]);
        world.wait(Duration::from_secs(2));
        world.restart();
        let alice = world.sign_in("alice", 1);
        world.ask(alice, Command::ListThreads(vec![id])).unwrap();
        // Dave cannot be read; or he can, and the batch is not kept; or the process ends.
        world.fail_reads();
        assert_eq!(world.ask(alice, in_thread(id, "1")), Err(Refusal::Store));
        world.release_reads();
        world.fail_commits();
        assert_eq!(world.ask(alice, in_thread(id, "2")), Err(Refusal::Store));
        world.hold_people();
        world.hold_commits();
        world.say(alice, in_thread(id, "3"));
        world.settle();
        world.restart();
        world.release_reads();
        world.release();
        let alice = world.sign_in("alice", 1);
        world.ask(alice, in_thread(id, "4")).unwrap();
        world.restart();
        let dave = world.enter("dave", 4);
        world.ask(dave, Command::Subscribe(ALL)).unwrap();
        assert_eq!(words(world, dave), ["+ dave", "4"]);
    });
}

#[test]
fn a_member_who_is_read_holds_up_the_thread_and_nobody_else() {
    every_way(|world| {
        let [alice, bob] = [("alice", 1), ("bob", 2)].map(|(who, n)| world.sign_in(who, n));
        let id = thread(world, alice, &["bob", "dave"]);
        world.wait(Duration::from_secs(2));
        world.restart();
        let before = [alice, bob];
        let [alice, bob] = [("alice", 1), ("bob", 2)].map(|(who, n)| world.sign_in(who, n));
        assert_ne!(before, [alice, bob]);
        world.ask(alice, Command::ListThreads(vec![id])).unwrap();
        world.hold_people();
        let one = world.say(alice, in_thread(id, "1"));
        let two = world.say(bob, in_thread(id, "2"));
        world.settle();
        assert_eq!(world.answer(alice, one), None);
        assert_eq!(
            world.network().load().people,
            3,
            "Dave is on his way into memory"
        );
        world.wait(Duration::from_secs(31));
        assert_eq!(world.answer(alice, one), Some(Err(Refusal::Uncertain)));
        assert_eq!(world.answer(bob, two), Some(Err(Refusal::Uncertain)));
        world.release_reads();
        assert_eq!(words(world, alice), ["2"]);
        assert_eq!(words(world, bob), ["1"]);
        assert_eq!(world.network().load().waiting, 0);
    });
}

#[test]
fn nobody_is_left_out_because_the_store_failed() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        for whom in ["bob", "carol"] {
            world.ask(alice, Command::Read(with(whom))).unwrap();
        }
        world.hold_people();
        let made = world.say(alice, make(&["bob", "carol"]));
        world.settle();
        world.fail_reads();
        world.release_people();
        assert_eq!(world.answer(alice, made), Some(Err(Refusal::Store)));
        world.release_reads();
        thread(world, alice, &["bob", "carol"]);
        assert_eq!(members(&threads(world, alice)[0]).len(), 3);
    });
}
