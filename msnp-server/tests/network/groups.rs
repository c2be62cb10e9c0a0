//! What a person keeps for themselves: groups of contacts, names for them, properties.

use msnp_server::network::{
    Answer, Command, Config, ConnectionId, Event, GroupId, Privacy, Refusal,
};
use simulation::rules::{ALL, World, address, every_way, every_way_with};

use crate::words::{friend, set};

fn add(world: &mut World, at: ConnectionId, name: &str) -> Result<GroupId, Refusal> {
    match world.ask(at, Command::AddGroup { name: name.into() }) {
        Ok(Answer::Group(id)) => Ok(id),
        Err(refusal) => Err(refusal),
        other => panic!("no group: {other:?}"),
    }
}

fn groups(events: Vec<Event>) -> Vec<String> {
    let mut all = events.into_iter().filter_map(|event| match event {
        Event::Groups(groups) => Some(groups),
        _ => None,
    });
    let last = all.next_back().unwrap_or_default();
    last.iter().map(|group| group.name.to_string()).collect()
}

fn within(contact: &str, group: GroupId, inside: bool) -> Command {
    Command::SetGroup {
        contact: address(contact),
        group,
        inside,
    }
}

#[test]
fn groups_come_are_renamed_and_go_and_other_places_hear_of_it() {
    every_way(|world| {
        let [alice, sister] = [1, 2].map(|n| world.sign_in("alice", n));
        let work = add(world, alice, "work").unwrap();
        assert_eq!(groups(world.hear(sister)), ["work"]);
        assert_eq!(add(world, alice, "work"), Err(Refusal::GroupExists));
        let rename = |group, name: &str| Command::RenameGroup {
            group,
            name: name.into(),
        };
        world.ask(alice, rename(work, "office")).unwrap();
        assert_eq!(groups(world.hear(sister)), ["office"]);
        let unknown = GroupId::from_bytes([1; 16]);
        for command in [
            rename(unknown, "x"),
            Command::RemoveGroup { group: unknown },
            within("bob", unknown, true),
        ] {
            let before = world.committed();
            assert_eq!(world.ask(alice, command), Err(Refusal::NotOnList));
            assert_eq!(world.committed(), before, "nothing changed");
        }
        world.restart();
        let alice = world.enter("alice", 1);
        world.ask(alice, Command::Subscribe(ALL)).unwrap();
        assert_eq!(groups(world.hear(alice)), ["office"]);
        world
            .ask(alice, Command::RemoveGroup { group: work })
            .unwrap();
        world.ask(alice, Command::Subscribe(ALL)).unwrap();
        assert_eq!(groups(world.hear(alice)), [""; 0]);
    });
}

#[test]
fn contacts_are_in_groups_until_they_or_the_groups_go() {
    every_way(|world| {
        let [alice, sister] = [1, 2].map(|n| world.sign_in("alice", n));
        let work = add(world, alice, "work").unwrap();
        assert_eq!(
            world.ask(alice, within("bob", work, true)),
            Err(Refusal::NotOnList)
        );
        world.ask(alice, set("bob", friend())).unwrap();
        world.hear(sister);
        for _ in 0..2 {
            world.ask(alice, within("bob", work, true)).unwrap();
        }
        let inside = |events: Vec<Event>| {
            let mut contacts = events.into_iter().flat_map(|event| match event {
                Event::RosterChanged(all) | Event::Roster(all) => all,
                _ => Vec::new(),
            });
            contacts.next_back().map(|one| one.groups)
        };
        assert_eq!(inside(world.hear(sister)), Some(vec![work]));
        world
            .ask(alice, Command::RemoveGroup { group: work })
            .unwrap();
        world.ask(sister, Command::Subscribe(ALL)).unwrap();
        assert_eq!(inside(world.hear(sister)), Some(vec![]));
        world.restart();
        let alice = world.enter("alice", 1);
        world.ask(alice, Command::Subscribe(ALL)).unwrap();
        assert_eq!(inside(world.hear(alice)), Some(vec![]));
    });
}

#[test]
fn groups_and_properties_have_limits() {
    let config = {
        let mut config = Config::default();
        config.groups = 1;
        config.properties = 1;
        config.text_bytes = 4;
        config
    };
    every_way_with(&config, |world| {
        let alice = world.sign_in("alice", 1);
        add(world, alice, "one").unwrap();
        assert_eq!(add(world, alice, "two"), Err(Refusal::ListFull));
        assert_eq!(add(world, alice, "three"), Err(Refusal::TooLong));
        assert_eq!(add(world, alice, ""), Err(Refusal::TooLong));
        let property = |name: &str, value: &str| Command::SetProperty {
            name: name.into(),
            value: value.into(),
        };
        for (command, outcome) in [
            (property("PHH", "1"), Ok(Answer::Done)),
            (property("PHW", "2"), Err(Refusal::ListFull)),
            (property("PHH", "12345"), Err(Refusal::TooLong)),
            (property("", "1"), Err(Refusal::TooLong)),
            (property("PHH", ""), Ok(Answer::Done)),
            (property("PHW", "2"), Ok(Answer::Done)),
        ] {
            assert_eq!(world.ask(alice, command), outcome);
        }
    });
}

#[test]
fn what_was_settled_is_found_again_at_the_next_sign_in() {
    every_way(|world| {
        let alice = world.sign_in("alice", 1);
        let settings = |world: &mut World, at| match world.ask(at, Command::ListSettings) {
            Ok(Answer::Settings(settings)) => settings,
            other => panic!("{other:?}"),
        };
        let before = settings(world, alice);
        assert_eq!(
            (before.privacy, before.properties.len()),
            (Privacy::AllowOthers, 0)
        );
        for (name, value) in [("PHW", "2"), ("PHH", "1"), ("MOB", "Y"), ("MOB", "")] {
            let (name, value) = (name.into(), value.into());
            world
                .ask(alice, Command::SetProperty { name, value })
                .unwrap();
        }
        world
            .ask(alice, Command::SetPrivacy(Privacy::BlockOthers))
            .unwrap();
        world.restart();
        let alice = world.enter("alice", 1);
        let after = settings(world, alice);
        assert_eq!(after.privacy, Privacy::BlockOthers);
        assert_eq!(
            (after.property("PHH"), after.property("MOB")),
            (Some("1"), None)
        );
        let names = after.properties.iter().map(|(name, _)| &**name);
        assert_eq!(names.collect::<Vec<_>>(), ["PHH", "PHW"]);
    });
}
