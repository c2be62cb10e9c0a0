//! Rooms: conversations that live only while somebody is in them.

use msnp_server::network::{
    Answer, Command, Config, ConnectionId, Event, Lists, Refusal, RoomId, Status,
};
use simulation::rules::{World, address, every_way, every_way_with};

use crate::words::{said, set, status};

fn open(world: &mut World, at: ConnectionId) -> RoomId {
    match world.ask(at, Command::OpenRoom) {
        Ok(Answer::Room(room, others)) if others.is_empty() => room,
        other => panic!("no room: {other:?}"),
    }
}

fn invite(room: RoomId, whom: &str) -> Command {
    Command::Invite {
        room,
        whom: address(whom),
    }
}

fn say(room: RoomId, text: &str) -> Command {
    Command::SayInRoom {
        room,
        said: said(text, None),
    }
}

/// Alice and Bob, both online, with nothing left to hear.
fn both(world: &mut World) -> [ConnectionId; 2] {
    let both = [("alice", 1), ("bob", 2)].map(|(who, n)| world.sign_in(who, n));
    for one in both {
        let shown = world.ask(one, status(Status::Online));
        assert_eq!(shown, Ok(Answer::Done));
        world.hear(one);
    }
    both
}

#[test]
fn somebody_is_asked_in_comes_speaks_and_goes() {
    every_way(|world| {
        let [alice, bob] = both(world);
        let room = open(world, alice);
        assert_eq!(world.ask(alice, say(room, "?")), Ok(Answer::Reached(0)));
        assert_eq!(world.ask(alice, invite(room, "bob")), Ok(Answer::Done));
        let by = world.who("alice");
        assert_eq!(
            world.hear(bob),
            [Event::Invitation {
                room,
                by: by.clone()
            }]
        );
        assert_eq!(
            world.ask(bob, Command::JoinRoom(room)),
            Ok(Answer::Room(room, vec![by.clone()]))
        );
        let who = world.who("bob");
        assert_eq!(world.hear(alice), [Event::Joined(room, who.clone())]);
        assert_eq!(
            world.ask(bob, Command::JoinRoom(room)),
            Err(Refusal::Present)
        );
        assert_eq!(world.ask(alice, invite(room, "bob")), Err(Refusal::Present));
        assert_eq!(world.ask(alice, say(room, "hello")), Ok(Answer::Reached(1)));
        assert_eq!(
            world.hear(bob),
            [Event::SaidInRoom(room, by, said("hello", None))]
        );
        world.ask(bob, Command::LeaveRoom(room)).unwrap();
        assert_eq!(world.hear(alice), [Event::Left(room, who)]);
        // Who was in it may come again.
        assert!(world.ask(bob, Command::JoinRoom(room)).is_ok());
        for one in [alice, bob] {
            world.ask(one, Command::LeaveRoom(room)).unwrap();
        }
        assert_eq!(world.network().load().rooms, 0);
        assert_eq!(
            world.ask(bob, Command::JoinRoom(room)),
            Err(Refusal::NoSuchUser)
        );
    });
}

#[test]
fn nobody_comes_uninvited_or_speaks_from_outside() {
    every_way(|world| {
        let [alice, bob] = both(world);
        let room = open(world, alice);
        for command in [
            Command::JoinRoom(room),
            Command::LeaveRoom(room),
            say(room, "?"),
            invite(room, "carol"),
            Command::JoinRoom(RoomId(1)),
        ] {
            assert_eq!(world.ask(bob, command), Err(Refusal::NoSuchUser));
        }
    });
}

#[test]
fn who_is_away_hides_or_blocks_cannot_be_asked_in() {
    every_way(|world| {
        let [alice, bob] = both(world);
        let carol = world.sign_in("carol", 3);
        world.ask(carol, status(Status::Hidden)).unwrap();
        world.ask(bob, set("alice", Lists::BLOCK)).unwrap();
        let room = open(world, alice);
        for whom in ["bob", "carol", "dave"] {
            assert_eq!(
                world.ask(alice, invite(room, whom)),
                Err(Refusal::NotOnline)
            );
        }
        assert_eq!(
            world.ask(alice, invite(room, "nobody")),
            Err(Refusal::NoSuchUser)
        );
        assert_eq!(world.hear(bob), []);
    });
}

#[test]
fn who_hangs_up_or_is_replaced_is_out_of_all_rooms() {
    every_way(|world| {
        let [alice, bob] = both(world);
        let rooms = [open(world, alice), open(world, alice)];
        for room in rooms {
            world.ask(alice, invite(room, "bob")).unwrap();
            world.ask(bob, Command::JoinRoom(room)).unwrap();
        }
        world.hear(alice);
        let again = world.sign_in("bob", 2);
        assert_eq!(world.hear(alice).len(), 2);
        world.ask(again, Command::JoinRoom(rooms[0])).unwrap();
        world.hear(alice);
        world.hang_up(again);
        let left = world.hear(alice);
        assert!(left.contains(&Event::Left(rooms[0], world.who("bob"))));
        world.hang_up(alice);
        assert_eq!(world.network().load().rooms, 0);
    });
}

#[test]
fn rooms_and_seats_have_limits() {
    let config = {
        let mut config = Config::default();
        config.room_members = 2;
        config.rooms = 2;
        config
    };
    every_way_with(&config, |world| {
        let [alice, bob] = both(world);
        let carol = world.sign_in("carol", 3);
        world.ask(carol, status(Status::Online)).unwrap();
        let room = open(world, alice);
        open(world, alice);
        assert_eq!(world.ask(alice, Command::OpenRoom), Err(Refusal::ListFull));
        world.ask(alice, invite(room, "bob")).unwrap();
        world.ask(alice, invite(room, "carol")).unwrap();
        world.ask(bob, Command::JoinRoom(room)).unwrap();
        assert_eq!(
            world.ask(carol, Command::JoinRoom(room)),
            Err(Refusal::ListFull)
        );
        assert_eq!(
            world.ask(alice, invite(room, "dave")),
            Err(Refusal::ListFull)
        );
        assert_eq!(world.network().load().rooms, 2);
    });
}
