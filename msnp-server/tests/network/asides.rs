//! Connections that act for a person and are no place of theirs.

use msnp_server::network::{
    Answer, Command, Config, ConnectionId, Evidence, Kept, ListChange, Lists, Number, Privacy,
    Refusal, Roster,
};
use simulation::rules::{ALL, World, address, endpoint, every_way, every_way_with};

use crate::words::{change, contacts, friend, seen, set, text, words};

fn aside(world: &mut World, name: &str) -> ConnectionId {
    let connection = world.open();
    assert_eq!(enter(world, connection, name), Ok(Answer::Done));
    connection
}

fn enter(world: &mut World, connection: ConnectionId, name: &str) -> Result<Answer, Refusal> {
    let (who, endpoint) = (world.who(name), endpoint(99));
    world.ask(connection, Command::EnterAside { who, endpoint })
}

fn roster(world: &mut World, at: ConnectionId) -> Roster {
    match world.ask(at, Command::ListRoster) {
        Ok(Answer::Roster(roster)) => *roster,
        other => panic!("no roster: {other:?}"),
    }
}

fn waiting(world: &mut World, at: ConnectionId, after: Number, limit: usize) -> Vec<Kept> {
    let until = Number::LAST;
    let page = Command::ListWaiting {
        after,
        until,
        limit,
    };
    match world.ask(at, page) {
        Ok(Answer::Messages(messages)) => messages,
        other => panic!("no messages: {other:?}"),
    }
}

#[test]
fn it_changes_lists_of_which_the_places_hear() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        world.hear(alice);
        let aside = aside(world, "alice");
        assert_eq!(world.ask(aside, set("bob", friend())), Ok(Answer::Done));
        assert_eq!(contacts(world, alice), [("bob".to_owned(), friend())]);
        let group = world.ask(
            aside,
            Command::AddGroup {
                name: "work".into(),
            },
        );
        assert!(matches!(group, Ok(Answer::Group(_))), "{group:?}");
        let closed = Command::SetPrivacy(Privacy::BlockOthers);
        assert_eq!(world.ask(aside, closed), Ok(Answer::Done));
        let roster = roster(world, aside);
        assert_eq!(&*roster.name, "ALICE");
        assert_eq!(roster.settings.privacy, Privacy::BlockOthers);
        assert_eq!(roster.groups.len(), 1);
        let [bob] = &roster.contacts[..] else {
            panic!("one contact: {roster:?}");
        };
        assert_eq!((&*bob.name, bob.lists), ("BOB", friend()));
        assert!(world.hear(aside).is_empty(), "it is told nothing");
    });
}

#[test]
fn it_shows_nobody_there_and_needs_nobody_to_be() {
    every_way(|world| {
        let bob = world.sign_in("bob", 2);
        world.ask(bob, set("alice", friend())).unwrap();
        let at = aside(world, "alice");
        assert_eq!(world.ask(at, set("bob", friend())), Ok(Answer::Done));
        assert!(
            seen(world, bob)
                .iter()
                .all(|(who, shown)| who == "bob" || shown.is_none())
        );
        world.hang_up(at);
        world.restart();
        let at = aside(world, "alice");
        assert_eq!(roster(world, at).contacts.len(), 1);
    });
}

#[test]
fn what_is_not_for_it_is_refused() {
    every_way(|world| {
        let at = aside(world, "alice");
        for command in [
            Command::Subscribe(ALL),
            Command::OpenRoom,
            Command::Evidence(Evidence::Shown, vec![Number(1)]),
            Command::ListThreads(Vec::new()),
        ] {
            assert_eq!(world.ask(at, command), Err(Refusal::NotEntered));
        }
        assert_eq!(enter(world, at, "alice"), Err(Refusal::Entered));
        let unknown = change("nobody", ListChange::Add(Lists::FORWARD));
        assert_eq!(world.ask(at, unknown), Err(Refusal::NoSuchUser));
    });
}

#[test]
fn it_sends_what_waits_for_who_is_away_and_takes_it_off() {
    every_way(|world| {
        let at = aside(world, "alice");
        for words in ["one", "two", "three"] {
            assert_eq!(world.ask(at, text("bob", words)), Ok(Answer::Done));
        }
        let bob = aside(world, "bob");
        let all = waiting(world, bob, Number(0), 10);
        assert_eq!(all.len(), 3);
        assert_eq!(waiting(world, bob, Number(0), 2), all[..2]);
        assert_eq!(waiting(world, bob, all[0].number, 1), all[1..2]);
        for _ in 0..2 {
            let received = Command::Received(all[1].number);
            assert_eq!(world.ask(bob, received), Ok(Answer::Done));
        }
        let left = waiting(world, bob, Number(0), 10);
        assert_eq!(left, [all[0].clone(), all[2].clone()]);
        // What is left comes to the next place, and nothing else.
        let place = world.enter("bob", 2);
        world.ask(place, Command::Subscribe(ALL)).unwrap();
        assert_eq!(words(world, place), ["one", "three"]);
        let nobody = text("nobody", "hello");
        assert_eq!(world.ask(at, nobody), Err(Refusal::NoSuchUser));
    });
}

#[test]
fn so_many_are_aside_at_once_and_no_more() {
    let mut config = Config::default();
    config.asides = 2;
    every_way_with(&config, |world| {
        let first = aside(world, "alice");
        aside(world, "alice");
        let third = world.open();
        assert_eq!(enter(world, third, "alice"), Err(Refusal::Busy));
        world.hang_up(first);
        assert_eq!(enter(world, third, "alice"), Ok(Answer::Done));
        // Nobody else has fewer for it, and no place is taken from anybody.
        aside(world, "bob");
        world.sign_in("alice", 1);
        let named = Command::LookUp(vec![address("bob")]);
        assert!(matches!(world.ask(third, named), Ok(Answer::Contacts(all)) if all.len() == 1));
    });
}
