//! Two people who live in two machines: what each says to the other comes, once, whatever happens between them.

use std::time::Duration;

use msnp_server::network::{
    Answer, Command, Config, ConnectionId, Event, Lists, Number, Refusal, RequestId, Status,
};
use simulation::each_seed;
use simulation::rules::ALL;
use simulation::two_homes::{Ending, HOMES, TwoHomes};

use crate::words::{friend, numbered, passing, set, status, with, word};

const SEEDS: std::ops::Range<u64> = 1..25;

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Everything that is in a person's history with the other, oldest first.
fn history(world: &mut TwoHomes, side: usize, at: ConnectionId) -> Vec<String> {
    let list = Command::ListMessages {
        conversation: with(HOMES[1 - side]),
        from: Number(0),
        before: Number::LAST,
        limit: 10_000,
    };
    let Ok(Answer::Messages(found)) = world.ask(side, at, list) else {
        panic!("no history");
    };
    found.iter().rev().map(word).collect()
}

/// How the other was seen last by what a connection was told, or `before` if nothing was said of it; offline is gone.
fn last_seen(events: &[Event], who: &str, before: Status) -> Status {
    let mut seen = events.iter().rev().filter_map(|event| match event {
        Event::Presence { who: of, shown, .. } if of.skype_id().as_str() == who => {
            Some(shown.as_ref().map_or(Status::Offline, |one| one.status))
        }
        _ => None,
    });
    seen.next().unwrap_or(before)
}

/// Both sign in and have each other as a friend.
fn friends(world: &mut TwoHomes) -> [ConnectionId; 2] {
    let at = [0, 1].map(|side| world.sign_in(side));
    for (side, at) in at.into_iter().enumerate() {
        let added = world.ask(side, at, set(HOMES[1 - side], friend()));
        assert_eq!(added, Ok(Answer::Done));
    }
    world.advance(seconds(5));
    at
}

/// Somebody who says one thing after the other, and each again until it is accepted.
struct Talker {
    side: usize,
    at: ConnectionId,
    done: usize,
    asked: Option<RequestId>,
}

impl Talker {
    fn words(&self) -> String {
        format!("{} {}", HOMES[self.side], self.done)
    }

    fn go_on(&mut self, world: &mut TwoHomes, until: usize) {
        if let Some(asked) = self.asked {
            match world.answer(self.side, self.at, asked) {
                None => return,
                Some(Ok(answer)) => {
                    assert_eq!(answer, Answer::Done);
                    self.done += 1;
                }
                Some(Err(Refusal::Uncertain | Refusal::Store)) => {}
                Some(Err(other)) => panic!("refused: {other}"),
            }
        }
        self.asked = None;
        if self.done < until {
            let (words, id) = (self.words(), self.done.to_string());
            let send = numbered(HOMES[1 - self.side], &words, &id);
            self.asked = Some(world.say(self.side, self.at, send));
        }
    }

    fn come_again(&mut self, world: &mut TwoHomes) {
        self.at = world.sign_in(self.side);
        self.asked = None;
    }
}

#[test]
fn a_message_between_two_homes_is_kept_by_both_and_answered() {
    each_seed(SEEDS, |seed| {
        let world = &mut TwoHomes::new(seed);
        let at = [0, 1].map(|side| world.sign_in(side));
        let sent = world.ask(0, at[0], numbered("bob", "hello", "1"));
        assert_eq!(sent, Ok(Answer::Done));
        assert_eq!(history(world, 0, at[0]), ["hello"]);
        assert_eq!(history(world, 1, at[1]), ["hello"]);
        let told = world.hear(1, at[1]);
        let messages = told.iter().filter(|one| matches!(one, Event::Message(_)));
        assert_eq!(messages.count(), 1);
        world.advance(seconds(10));
        for side in 0..2 {
            assert_eq!(world.network(side).load().waiting, 0);
            assert!(world.store(side).correspondence().outgoing.is_empty());
        }
    });
}

#[test]
fn two_hundred_messages_each_way_are_neither_lost_nor_doubled() {
    each_seed(SEEDS, |seed| {
        // Each is a stranger to the other, who may have a tenth of a mailbox.
        let mut config = Config::default();
        config.waiting_messages = 4000;
        let world = &mut TwoHomes::with_config(seed, &config);
        world.set_failing(30);
        let mut talkers = [0, 1].map(|side| Talker {
            side,
            at: world.sign_in(side),
            done: 0,
            asked: None,
        });
        let (cut, mut crashes) = (seconds(10 + world.below(20)), 0);
        let (mut passed, step) = (Duration::ZERO, Duration::from_millis(50));
        while talkers.iter().any(|one| one.done < 200) {
            for talker in &mut talkers {
                talker.go_on(world, 200);
            }
            world.advance(step);
            passed += step;
            if passed == cut {
                world.cut();
            }
            if passed == cut + seconds(60) {
                world.mend();
            }
            if crashes < 20 && world.below(60) == 0 {
                crashes += 1;
                let side = usize::from(world.below(2) == 0);
                let ending = match world.below(2) {
                    0 => Ending::BehindTheBatch,
                    _ => Ending::BeforeTheBatch,
                };
                world.crash(side, ending);
                talkers[side].come_again(world);
            }
            assert!(passed < seconds(3_600), "it takes for ever");
        }
        world.set_failing(0);
        world.advance(seconds(30));
        let at = [0, 1].map(|side| world.sign_in(side));
        for (side, at) in at.into_iter().enumerate() {
            let found = history(world, side, at);
            for name in HOMES {
                let said = found.iter().filter(|words| words.starts_with(name));
                let in_order: Vec<String> = (0..200).map(|n| format!("{name} {n}")).collect();
                assert_eq!(said.cloned().collect::<Vec<_>>(), in_order);
            }
            assert_eq!(found.len(), 400);
            assert!(world.store(side).correspondence().outgoing.is_empty());
        }
    });
}

#[test]
fn at_its_deadline_a_message_is_uncertain_and_stays_on_its_way() {
    each_seed(SEEDS, |seed| {
        let world = &mut TwoHomes::new(seed);
        let at = [0, 1].map(|side| world.sign_in(side));
        world.advance(seconds(1));
        world.cut();
        let sent = world.ask(0, at[0], numbered("bob", "hello", "1"));
        assert_eq!(sent, Err(Refusal::Uncertain));
        // Said again it is the same, and as uncertain.
        let sent = world.ask(0, at[0], numbered("bob", "hello", "1"));
        assert_eq!(sent, Err(Refusal::Uncertain));
        assert!(history(world, 0, at[0]).is_empty());
        let again = world.say(0, at[0], numbered("bob", "hello", "1"));
        world.mend();
        world.advance(seconds(5));
        assert_eq!(world.answer(0, at[0], again), Some(Ok(Answer::Done)));
        for (side, at) in at.into_iter().enumerate() {
            assert_eq!(history(world, side, at), ["hello"]);
        }
    });
}

#[test]
fn a_message_that_its_client_repeats_after_a_crash_is_one_message() {
    each_seed(SEEDS, |seed| {
        for ending in [Ending::BehindTheBatch, Ending::BeforeTheBatch] {
            for wait in [0, 20, 60, 2_000] {
                let world = &mut TwoHomes::new(seed);
                let [alice, bob] = [0, 1].map(|side| world.sign_in(side));
                world.advance(seconds(1));
                world.cut();
                world.say(0, alice, numbered("bob", "hello", "1"));
                world.advance(Duration::from_millis(wait));
                world.crash(0, ending);
                world.advance(seconds(3));
                let alice = world.sign_in(0);
                let again = world.say(0, alice, numbered("bob", "hello", "1"));
                world.advance(seconds(3));
                let other = world.say(0, alice, numbered("bob", "more", "2"));
                world.advance(seconds(3));
                world.mend();
                world.advance(seconds(5));
                assert_eq!(world.answer(0, alice, again), Some(Ok(Answer::Done)));
                assert_eq!(world.answer(0, alice, other), Some(Ok(Answer::Done)));
                assert_eq!(history(world, 0, alice), ["hello", "more"]);
                assert_eq!(history(world, 1, bob), ["hello", "more"]);
                world.advance(seconds(5));
                assert!(world.store(0).correspondence().outgoing.is_empty());
            }
        }
    });
}

#[test]
fn a_message_arrives_though_its_author_never_comes_again() {
    each_seed(SEEDS, |seed| {
        let world = &mut TwoHomes::new(seed);
        let [alice, bob] = [0, 1].map(|side| world.sign_in(side));
        world.advance(seconds(1));
        world.cut();
        world.say(0, alice, numbered("bob", "hello", "1"));
        world.advance(Duration::from_millis(500));
        world.crash(0, Ending::BeforeTheBatch);
        world.mend();
        world.advance(seconds(10));
        assert_eq!(history(world, 1, bob), ["hello"]);
        assert!(world.store(0).correspondence().outgoing.is_empty());
        let alice = world.sign_in(0);
        assert_eq!(history(world, 0, alice), ["hello"]);
    });
}

#[test]
fn no_more_messages_are_on_their_way_than_may_be() {
    each_seed(SEEDS, |seed| {
        let mut config = Config::default();
        config.on_the_way = 2;
        let world = &mut TwoHomes::with_config(seed, &config);
        let [alice, bob] = [0, 1].map(|side| world.sign_in(side));
        world.advance(seconds(1));
        world.cut();
        for (id, expected) in [
            ("1", Refusal::Uncertain),
            ("2", Refusal::Uncertain),
            ("3", Refusal::Busy),
        ] {
            let sent = world.ask(0, alice, numbered("bob", id, id));
            assert_eq!(sent, Err(expected));
        }
        // So it is in another process.
        world.crash(0, Ending::BeforeTheBatch);
        let alice = world.sign_in(0);
        let sent = world.ask(0, alice, numbered("bob", "3", "3"));
        assert_eq!(sent, Err(Refusal::Busy));
        world.mend();
        world.advance(seconds(5));
        let sent = world.ask(0, alice, numbered("bob", "3", "3"));
        assert_eq!(sent, Ok(Answer::Done));
        assert_eq!(history(world, 1, bob), ["1", "2", "3"]);
    });
}

#[test]
fn a_full_mailbox_refuses_what_comes_from_another_home() {
    each_seed(SEEDS, |seed| {
        let mut config = Config::default();
        config.waiting_messages = 1;
        let world = &mut TwoHomes::with_config(seed, &config);
        let alice = world.sign_in(0);
        let sent = world.ask(0, alice, numbered("bob", "1", "1"));
        assert_eq!(sent, Ok(Answer::Done));
        for _ in 0..2 {
            let sent = world.ask(0, alice, numbered("bob", "2", "2"));
            assert_eq!(sent, Err(Refusal::MailboxFull));
        }
        assert_eq!(history(world, 0, alice), ["1"]);
        world.advance(seconds(5));
        assert!(world.store(0).correspondence().outgoing.is_empty());
    });
}

#[test]
fn who_is_blocked_is_told_that_it_was_accepted_and_reaches_nobody() {
    each_seed(SEEDS, |seed| {
        let world = &mut TwoHomes::new(seed);
        let [alice, bob] = [0, 1].map(|side| world.sign_in(side));
        assert_eq!(
            world.ask(1, bob, set("alice", Lists::BLOCK)),
            Ok(Answer::Done)
        );
        let sent = world.ask(0, alice, numbered("bob", "hello", "1"));
        assert_eq!(sent, Ok(Answer::Done));
        assert!(history(world, 1, bob).is_empty());
    });
}

#[test]
fn both_see_the_others_last_presence_within_ten_seconds_of_the_lines_return() {
    each_seed(SEEDS, |seed| {
        let world = &mut TwoHomes::new(seed);
        let at = friends(world);
        for (side, at) in at.into_iter().enumerate() {
            world.say(side, at, status(Status::Online));
        }
        world.advance(seconds(2));
        for (side, at) in at.into_iter().enumerate() {
            let told = world.hear(side, at);
            assert_eq!(
                last_seen(&told, HOMES[1 - side], Status::Offline),
                Status::Online
            );
        }
        world.cut();
        world.advance(seconds(10));
        for (side, at) in at.into_iter().enumerate() {
            let told = world.hear(side, at);
            let seen = last_seen(&told, HOMES[1 - side], Status::Online);
            assert_eq!(seen, Status::Offline, "gone with the line");
        }
        world.say(0, at[0], status(Status::Busy));
        world.say(1, at[1], status(Status::Away));
        world.advance(seconds(50));
        world.mend();
        world.advance(seconds(10));
        for (side, expected) in [(0, Status::Away), (1, Status::Busy)] {
            let told = world.hear(side, at[side]);
            assert_eq!(last_seen(&told, HOMES[1 - side], Status::Offline), expected);
        }
    });
}

#[test]
fn who_comes_again_after_a_crash_sees_and_is_seen() {
    each_seed(SEEDS, |seed| {
        let world = &mut TwoHomes::new(seed);
        let [_, bob] = friends(world);
        world.say(1, bob, status(Status::Online));
        world.advance(seconds(2));
        world.crash(0, Ending::BeforeTheBatch);
        world.advance(seconds(5));
        let told = world.hear(1, bob);
        assert_eq!(last_seen(&told, "alice", Status::Offline), Status::Offline);
        let alice = world.sign_in(0);
        world.say(0, alice, status(Status::Online));
        world.advance(seconds(5));
        let (of_alice, of_bob) = (world.hear(0, alice), world.hear(1, bob));
        assert_eq!(last_seen(&of_alice, "bob", Status::Offline), Status::Online);
        assert_eq!(last_seen(&of_bob, "alice", Status::Offline), Status::Online);
    });
}

#[test]
fn a_contact_added_while_the_line_is_cut_is_known_when_it_is_mended() {
    each_seed(SEEDS, |seed| {
        for crash in [false, true] {
            let world = &mut TwoHomes::new(seed);
            let [mut alice, bob] = [0, 1].map(|side| world.sign_in(side));
            world.say(1, bob, status(Status::Online));
            world.advance(seconds(1));
            world.cut();
            assert_eq!(world.ask(0, alice, set("bob", friend())), Ok(Answer::Done));
            if crash {
                world.crash(0, Ending::BeforeTheBatch);
                alice = world.sign_in(0);
            }
            world.advance(seconds(60));
            world.hear(1, bob);
            world.mend();
            world.advance(seconds(10));
            let told = world.hear(1, bob);
            let added = told.iter().any(|event| match event {
                Event::RosterChanged(contacts) => contacts.iter().any(|one| {
                    one.who.skype_id().as_str() == "alice" && one.lists.contains(Lists::REVERSE)
                }),
                _ => false,
            });
            assert!(added, "{told:?}");
            let told = world.hear(0, alice);
            assert_eq!(last_seen(&told, "bob", Status::Offline), Status::Online);
            // Taken, it is not stated again.
            let given = world.given(0);
            world.say(0, alice, Command::Subscribe(ALL));
            world.advance(seconds(5));
            assert_eq!(world.given(0), given);
            assert!(world.store(0).correspondence().outgoing.is_empty());
        }
    });
}

#[test]
fn who_changes_while_somebody_begins_to_watch_is_seen_as_they_are_now() {
    each_seed(1..100, |seed| {
        let world = &mut TwoHomes::new(seed);
        let [alice, bob] = [0, 1].map(|side| world.sign_in(side));
        world.say(1, bob, status(Status::Online));
        world.advance(seconds(1));
        world.say(0, alice, set("bob", friend()));
        let wait = world.below(400);
        world.advance(Duration::from_millis(wait));
        world.say(1, bob, status(Status::Busy));
        world.advance(seconds(5));
        let told = world.hear(0, alice);
        assert_eq!(last_seen(&told, "bob", Status::Offline), Status::Busy);
    });
}

#[test]
fn a_name_that_was_changed_while_the_line_was_cut_is_told_when_it_is_mended() {
    each_seed(SEEDS, |seed| {
        let world = &mut TwoHomes::new(seed);
        let [alice, bob] = friends(world);
        world.cut();
        let named = world.ask(0, alice, Command::SetName("Alice <3".into()));
        assert_eq!(named, Ok(Answer::Done));
        world.advance(seconds(60));
        world.hear(1, bob);
        world.mend();
        world.advance(seconds(10));
        let told = world.hear(1, bob);
        let called = told.iter().filter_map(|event| match event {
            Event::RosterChanged(contacts) => Some(&*contacts[0].name),
            _ => None,
        });
        assert_eq!(called.collect::<Vec<_>>(), ["Alice <3"]);
    });
}

#[test]
fn what_only_passes_through_reaches_who_is_there_and_nobody_behind_a_cut() {
    each_seed(SEEDS, |seed| {
        let world = &mut TwoHomes::new(seed);
        let [alice, bob] = friends(world);
        let nudge = || passing("bob", "!", true, true);
        assert_eq!(world.ask(0, alice, nudge()), Err(Refusal::NotOnline));
        world.ask(1, bob, status(Status::Online)).unwrap();
        world.hear(1, bob);
        assert_eq!(world.ask(0, alice, nudge()), Ok(Answer::Done));
        world.advance(seconds(1));
        let told = world.hear(1, bob);
        let passed = told
            .iter()
            .filter(|one| matches!(one, Event::Passing { .. }));
        assert_eq!(passed.count(), 1);
        world.cut();
        let lost = world.ask(0, alice, nudge());
        assert_eq!(lost, Err(Refusal::NotOnline), "found out while it waited");
        world.advance(seconds(5));
        assert_eq!(world.ask(0, alice, nudge()), Err(Refusal::NotOnline));
        assert_eq!(world.network(0).load().waiting, 0);
    });
}

#[test]
fn threads_and_rooms_take_in_nobody_of_another_home() {
    each_seed(SEEDS, |seed| {
        let world = &mut TwoHomes::new(seed);
        let [alice, bob] = friends(world);
        world.ask(1, bob, status(Status::Online)).unwrap();
        let made = world.ask(0, alice, crate::words::make(&["bob"]));
        let Ok(Answer::Thread(thread)) = made else {
            panic!("no thread: {made:?}");
        };
        let asked = world.ask(0, alice, Command::ListThreads(vec![thread]));
        let Ok(Answer::Threads(threads)) = asked else {
            panic!("no threads: {asked:?}");
        };
        assert_eq!(crate::words::members(&threads[0]), ["alice"]);
        let Ok(Answer::Room(room, _)) = world.ask(0, alice, Command::OpenRoom) else {
            panic!("no room");
        };
        let whom = simulation::rules::address("bob");
        let invited = world.ask(0, alice, Command::Invite { room, whom });
        assert_eq!(invited, Err(Refusal::NotOnline));
    });
}
