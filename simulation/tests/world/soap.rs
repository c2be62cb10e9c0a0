//! A client of MSNP24 and a caller of the IM web service talk, and nothing but their own requests crosses a
//! network: the web service signs its accounts in without one.

use std::time::Duration;

use machine_contract::Prng;
use msnp_client::{Client, Event, MessageId, Status, bsim};
use simulation::{
    Cut, Disturbance, Fate, Faults, Peer, StoreFaults, Transcript, UnderWay, World, contact,
    each_seed, fate, fetched, login, shows,
};

const ALICE: usize = 0;
const BOB: usize = 1;

/// What is said when the server's process ends.
const CUT_SHORT: &str = "cut short";
/// What is said when there is none.
const MEANWHILE: &str = "meanwhile";

/// Alice has a client and Bob a caller, both signed in.
fn world(seed: u64) -> World {
    let mut world = World::new(seed, 2);
    world.replace_caller(BOB);
    world.sign_in(ALICE);
    world.sign_in(BOB);
    world
}

fn say(world: &mut World, text: &str) -> MessageId {
    let to = contact(BOB).into();
    let id = world.ask(ALICE, |client, now| client.send_text(&to, text, now));
    id.expect("taken")
}

fn say_by_caller(world: &mut World, text: &str) -> bsim::MessageId {
    let to = contact(ALICE).to_string();
    let id = world.ask_caller(BOB, |caller, now| caller.say(&to, text, now));
    id.expect("taken")
}

/// The texts that Alice's client has shown, of Bob's.
fn shown(world: &World) -> Vec<&str> {
    let of_bob = world.events(ALICE).filter_map(|event| match event {
        Event::MessageReceived(message) if message.from == contact(BOB) => {
            Some(message.text.as_str())
        }
        _ => None,
    });
    of_bob.collect()
}

/// The texts that Bob's caller has fetched, of Alice's.
fn fetched_of_alice(world: &World) -> Vec<&str> {
    let alice = login(ALICE);
    let all = world.calls(BOB).iter();
    let messages = all.flat_map(|(_, event)| fetched(event));
    let of_alice = messages.filter(|message| message.from == alice);
    of_alice.map(|message| message.text.as_str()).collect()
}

fn fates(world: &World, id: &MessageId) -> Vec<Fate> {
    let events = world.events(ALICE);
    events.filter_map(|event| fate(event, id)).collect()
}

fn is_taken(world: &World, id: bsim::MessageId) -> bool {
    let sent = |(_, event): &(_, bsim::Event)| *event == bsim::Event::MessageSent(id);
    world.calls(BOB).iter().any(sent)
}

fn conversation(seed: u64) -> Transcript {
    let mut world = world(seed);
    let hello = say(&mut world, "hello");
    let answer = say_by_caller(&mut world, "hello yourself");
    world.advance(Duration::from_secs(20));
    assert_eq!(fates(&world, &hello), [Fate::Delivered]);
    assert!(is_taken(&world, answer));
    assert_eq!(shown(&world), ["hello yourself"]);
    assert_eq!(fetched_of_alice(&world), ["hello"]);
    assert!(!world.told(ALICE, |it| shows(it, &contact(ALICE), &hello)));
    world.transcript().clone()
}

#[test]
fn a_client_and_a_soap_caller_talk_without_a_socket() {
    each_seed(0..10, |seed| {
        let transcript = conversation(seed);
        let printed = transcript.to_string();
        assert!(printed.contains("POST /imsoap/BSIMService.asmx"));
        let signed_in = printed.matches("POST /ppsecure/post.srf").count();
        assert_eq!(signed_in, 1, "Alice's alone");
        assert!(
            transcript == conversation(seed),
            "the same seed, another transcript"
        );
    });
}

/// They talk, the server's process is killed in the middle of a sentence of each, and they talk on. The caller's
/// session is gone with the process.
fn across_a_restart(seed: u64) -> Transcript {
    let mut world = world(seed);
    world.set_store_faults(StoreFaults::slow(Duration::from_millis(20)));
    let before = say(&mut world, "before");
    let before_by_caller = say_by_caller(&mut world, "before");
    world.advance(Duration::from_secs(20));
    let cut_short = say(&mut world, CUT_SHORT);
    say_by_caller(&mut world, CUT_SHORT);
    world.advance(Duration::from_millis(seed % 50));
    world.restart_server(UnderWay::Either, Duration::from_secs(5));
    world.advance(Duration::from_secs(1));
    // What is said when nobody is there waits.
    let meanwhile = say(&mut world, MEANWHILE);
    let meanwhile_by_caller = say_by_caller(&mut world, MEANWHILE);
    world.advance(Duration::from_secs(90));
    assert!(world.client(ALICE).is_signed_in() && world.caller(BOB).is_signed_in());
    let after = say(&mut world, "after");
    let after_by_caller = say_by_caller(&mut world, "after");
    world.advance(Duration::from_secs(20));

    let lost = |(_, event): &(_, bsim::Event)| matches!(event, bsim::Event::SessionLost { .. });
    assert_eq!(world.calls(BOB).iter().filter(|it| lost(it)).count(), 1);
    for id in [before_by_caller, meanwhile_by_caller, after_by_caller] {
        assert!(is_taken(&world, id));
    }
    let heard = shown(&world);
    let heard = heard.into_iter().filter(|text| *text != CUT_SHORT);
    assert_eq!(heard.collect::<Vec<_>>(), ["before", MEANWHILE, "after"]);
    // Of what was cut short the service had only said that it would do it.
    assert!(shown(&world).iter().filter(|it| **it == CUT_SHORT).count() <= 1);
    // What met the next process in the session of the one before was not taken, which a client cannot tell.
    for (id, text) in [
        (&before, "before"),
        (&cut_short, CUT_SHORT),
        (&meanwhile, MEANWHILE),
        (&after, "after"),
    ] {
        let read = fetched_of_alice(&world);
        let times = read.iter().filter(|it| **it == text).count();
        match fates(&world, id)[..] {
            [Fate::Delivered] => assert_eq!(times, 1, "{text}"),
            [Fate::Uncertain] if [CUT_SHORT, MEANWHILE].contains(&text) => assert!(times <= 1),
            ref fates => panic!("{text}: {fates:?}"),
        }
    }
    world.transcript().clone()
}

#[test]
fn a_client_and_a_soap_caller_talk_across_a_restart_of_the_server() {
    each_seed(0..30, |seed| {
        let transcript = across_a_restart(seed);
        let printed = transcript.to_string();
        for path in [
            "GET /oauth20_authorize.srf",
            "POST /ppsecure/post.srf",
            "POST /v2/a",
            "POST /v1/user/Initialization",
        ] {
            let times = printed.matches(path).count();
            assert!(times >= 2, "{path}: {times} times");
        }
        assert!(
            transcript == across_a_restart(seed),
            "the same seed, another transcript"
        );
    });
}

#[test]
fn a_caller_that_falls_silent_is_offline_for_others() {
    each_seed(0..5, |seed| {
        let mut world = world(seed);
        let added = world.ask(ALICE, |client, now| client.add_contact(&contact(BOB), now));
        added.expect("taken");
        world.advance(Duration::from_secs(5));
        let status_of_bob = |world: &World| world.client(ALICE).presence(&contact(BOB)).status;
        assert_eq!(status_of_bob(&world), Status::ONLINE);
        world.ask_caller(BOB, simulation::Caller::sign_out);
        world.advance(Duration::from_secs(120));
        assert_eq!(status_of_bob(&world), Status::OFFLINE);
        assert_eq!(world.process().server().upstream_clients(), 0);
    });
}

/// What was said on a walk, each text once.
struct Walk {
    world: World,
    prng: Prng,
    by_client: Vec<(MessageId, String)>,
    by_caller: Vec<(bsim::MessageId, String)>,
}

impl Walk {
    fn new(seed: u64) -> Self {
        Self {
            world: world(seed),
            prng: Prng::from_number(seed ^ 0x5eed),
            by_client: Vec::new(),
            by_caller: Vec::new(),
        }
    }

    fn millis(&mut self, bound: u64) -> Duration {
        Duration::from_millis(self.prng.below(bound))
    }

    fn say(&mut self) {
        let text = format!("client {}", self.by_client.len());
        let to = contact(BOB).into();
        let said = self
            .world
            .ask(ALICE, |client, now| client.send_text(&to, &text, now));
        if let Ok(id) = said {
            self.by_client.push((id, text));
        }
    }

    fn say_by_caller(&mut self) {
        let text = format!("caller {}", self.by_caller.len());
        let to = contact(ALICE).to_string();
        let said = self
            .world
            .ask_caller(BOB, |caller, now| caller.say(&to, &text, now));
        if let Ok(id) = said {
            self.by_caller.push((id, text));
        }
    }

    /// They talk, and things happen; a `misfortune` once in a while.
    fn walk(&mut self, mut misfortune: impl FnMut(&mut Self)) {
        for _ in 0..60 {
            match self.prng.below(8) {
                0 => misfortune(self),
                1..=2 => {
                    let time = self.millis(20_000);
                    self.world.advance(time);
                }
                3 => {
                    let time = self.millis(500);
                    self.world.advance(time);
                }
                4..=5 => self.say_by_caller(),
                _ => self.say(),
            }
        }
        assert!(self.by_client.len() > 5 && self.by_caller.len() > 5);
        // All is well for long enough that everybody finds the server again.
        self.world.set_faults(Faults::NONE);
        self.world.set_store_faults(StoreFaults::NONE);
        for _ in 0..3 {
            self.world.advance(Duration::from_secs(200));
            self.world.ask(ALICE, Client::sign_in);
            self.world.ask_caller(BOB, simulation::Caller::sign_in);
        }
        self.world.advance(Duration::from_secs(20));
        assert!(self.world.client(ALICE).is_signed_in());
        assert!(self.world.caller(BOB).is_signed_in());
    }

    /// What became of each message of Alice's, and how often it was fetched.
    fn fates_of_client(&self) -> Vec<(Fate, usize)> {
        let read = fetched_of_alice(&self.world);
        let outcome = |(id, text): &(MessageId, String)| {
            let fates = fates(&self.world, id);
            assert_eq!(fates.len(), 1, "{text}: {fates:?}");
            (fates[0], read.iter().filter(|it| *it == text).count())
        };
        self.by_client.iter().map(outcome).collect()
    }

    /// How often each message of Bob's was shown, and whether it was refused.
    fn shown_of_caller(&self) -> Vec<(bool, usize)> {
        let heard = shown(&self.world);
        let outcome = |(id, text): &(bsim::MessageId, String)| {
            let refused = |(_, event): &(_, bsim::Event)| matches!(event, bsim::Event::MessageNotSent { message, .. } if message == id);
            let refused = self.world.calls(BOB).iter().any(refused);
            (refused, heard.iter().filter(|it| *it == text).count())
        };
        self.by_caller.iter().map(outcome).collect()
    }
}

#[test]
fn a_walk_with_a_caller_loses_and_doubles_nothing_while_replies_arrive() {
    each_seed(0..30, |seed| {
        let mut walk = Walk::new(seed);
        let faults = Faults {
            refused: 100,
            longest: Duration::from_secs(1),
            ..Faults::NONE
        };
        walk.world.set_faults(faults);
        walk.walk(|walk| {
            let rough = walk.prng.below(2) == 0;
            let store = StoreFaults {
                failing_commits: 0,
                failing_reads: 0,
                hangs: rough,
                ..StoreFaults::ROUGH
            };
            walk.world.set_store_faults(store);
        });
        for (fate, times) in walk.fates_of_client() {
            match fate {
                Fate::Delivered => assert_eq!(times, 1),
                Fate::Failed => assert_eq!(times, 0),
                Fate::Uncertain => assert!(times <= 1),
            }
        }
        for (refused, times) in walk.shown_of_caller() {
            assert!(times <= usize::from(!refused));
        }
    });
}

/// The service gives out once what a caller fetches, and forgets with its process what it had taken (soap.md 2.4): so of
/// what was lost on the way nothing can be said but that nobody was told what is not so.
#[test]
fn a_walk_with_a_caller_through_everything_ends_with_both_signed_in_and_talking() {
    each_seed(0..30, |seed| {
        let mut walk = Walk::new(seed);
        let faults = Faults {
            repeated: 0,
            ..Faults::ROUGH
        };
        walk.world.set_faults(faults);
        walk.world.set_store_faults(StoreFaults::ROUGH);
        walk.walk(|walk| {
            let time = walk.millis(60_000);
            let peer = [None, Some(Peer(ALICE)), Some(Peer(BOB))]
                [usize::try_from(walk.prng.below(3)).expect("small")];
            let how =
                [Cut::Refused, Cut::Silent][usize::try_from(walk.prng.below(2)).expect("small")];
            match walk.prng.below(3) {
                0 => walk.world.restart_server(UnderWay::Either, time / 10),
                1 => walk
                    .world
                    .disturb(Duration::ZERO, Disturbance::Cut { peer, time, how }),
                _ => walk.world.disturb(Duration::ZERO, Disturbance::Reset(peer)),
            }
        });
        for (fate, times) in walk.fates_of_client() {
            assert!(fate != Fate::Failed || times == 0);
        }
        for (refused, times) in walk.shown_of_caller() {
            assert!(!refused || times == 0);
        }
        walk.world.clear_events();
        let id = say(&mut walk.world, "in the end");
        say_by_caller(&mut walk.world, "in the end");
        walk.world.advance(Duration::from_secs(20));
        assert_eq!(fates(&walk.world, &id), [Fate::Delivered]);
        assert_eq!(fetched_of_alice(&walk.world), ["in the end"]);
        assert_eq!(shown(&walk.world), ["in the end"]);
    });
}

/// What goes wrong between a caller and the server, as far as either end can know that it did.
const KNOWN_LOSSES: Faults = Faults {
    refused: 50,
    lost: 100,
    reply_lost: 150,
    stalled: 50,
    ..Faults::NONE
};

/// Case D1: kill -9, an orderly stop, silence and lost answers each lost what the caller had not read.
#[test]
fn no_message_to_a_caller_is_lost_whatever_becomes_of_answers_sessions_and_processes() {
    each_seed(0..20, |seed| {
        let mut world = world(seed);
        let mut prng = Prng::from_number(seed);
        let mut said = Vec::new();
        for number in 0..30 {
            let text = format!("number {number}");
            let to = contact(BOB).into();
            if let Ok(id) = world.ask(ALICE, |client, now| client.send_text(&to, &text, now)) {
                said.push((id, text));
            }
            match prng.below(12) {
                0 => world.set_faults(KNOWN_LOSSES),
                1 => world.set_faults(Faults::NONE),
                2 => world.restart_server(UnderWay::Either, Duration::ZERO),
                3 => world.stop_server(Duration::ZERO),
                4 => {
                    world.sleep(BOB);
                    world.advance(Duration::from_secs(61 + prng.below(60)));
                    world.wake(BOB);
                }
                _ => {}
            }
            world.advance(Duration::from_secs(prng.below(10)));
            stay(&mut world);
        }
        world.set_faults(Faults::NONE);
        for _ in 0..30 {
            world.advance(Duration::from_secs(30));
            stay(&mut world);
        }
        let heard = fetched_of_alice(&world);
        let delivered = |(id, _): &&(MessageId, String)| fates(&world, id) == [Fate::Delivered];
        let delivered: Vec<_> = said.iter().filter(delivered).collect();
        assert!(delivered.len() > 10, "{delivered:?}");
        for (_, text) in delivered {
            assert!(
                heard.contains(&text.as_str()),
                "{text} is lost; heard: {heard:?}"
            );
        }
    });
}

/// Whoever has given up or lost the session begins anew.
fn stay(world: &mut World) {
    world.ask(ALICE, Client::sign_in);
    world.ask_caller(BOB, simulation::Caller::sign_in);
}
