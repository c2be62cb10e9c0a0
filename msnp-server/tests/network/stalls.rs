//! A store that takes long, fails, or never answers: what waits, how long, and what is answered.

use std::time::Duration;

use msnp_server::network::{
    Answer, Command, Config, ConversationAddress, Lists, Number, Refusal, Status,
};
use simulation::rules::{ALL, World, endpoint, every_way, every_way_with};

use crate::words::{friend, kept, numbered, passing, seen, set, status, text, with, words};

#[test]
fn an_answer_that_a_batch_holds_back_does_not_come_later_than_its_deadline() {
    every_way(|world| {
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
