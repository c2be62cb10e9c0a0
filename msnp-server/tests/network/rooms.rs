//! Rooms: conversations that live only while somebody is in them.

use std::sync::Arc;

use msnp_server::network::{
    Answer, Author, Command, Config, ConnectionId, Delivery, EndpointPresence, Event, Lists,
    Participant, Presence, Recipient, Refusal, RoomId, Status, Subscription,
};
use simulation::rules::{World, address, endpoint, every_way, every_way_with};

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

/// Somebody in a room, from the endpoint `n`, who is shown to be online.
/// By a connection that is there for the conversation alone.
fn apart(world: &World, name: &str, n: u8) -> Participant {
    Participant {
        apart: true,
        ..participant(world, name, n)
    }
}

fn participant(world: &World, name: &str, n: u8) -> Participant {
    let presence = EndpointPresence {
        id: endpoint(n),
        status: Status::Online,
        services: Vec::new(),
    };
    Participant {
        who: world.who(name),
        endpoint: endpoint(n),
        apart: false,
        name: name.to_uppercase().into(),
        shown: Some(Arc::new(Presence {
            status: Status::Online,
            services: Vec::new(),
            endpoints: vec![presence],
        })),
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
        assert_eq!(
            world.ask(alice, invite(room, "bob")),
            Ok(Answer::Reached(1))
        );
        let by = world.who("alice");
        assert_eq!(
            world.hear(bob),
            [Event::Invitation {
                room,
                by: by.clone(),
                name: "ALICE".into(),
            }]
        );
        assert_eq!(
            world.ask(bob, Command::JoinRoom(room)),
            Ok(Answer::Room(room, vec![participant(world, "alice", 1)]))
        );
        let who = world.who("bob");
        assert_eq!(
            world.hear(alice),
            [Event::Joined(room, participant(world, "bob", 2))]
        );
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
        assert_eq!(world.hear(alice), [Event::Left(room, who, endpoint(2))]);
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
        assert!(left.contains(&Event::Left(rooms[0], world.who("bob"), endpoint(2))));
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

/// A connection of its own for one conversation of `who`, which belongs to the endpoint `n`.
fn converse(world: &mut World, who: &str, n: u8) -> (ConnectionId, Result<Answer, Refusal>) {
    let connection = world.open();
    let enter = Command::EnterConversation {
        who: world.who(who),
        endpoint: endpoint(n),
    };
    (connection, world.ask(connection, enter))
}

fn enter_conversation(world: &mut World, who: &str, n: u8) -> ConnectionId {
    let (connection, entered) = converse(world, who, n);
    assert_eq!(entered, Ok(Answer::Done));
    connection
}

#[test]
fn several_people_talk_by_connections_of_their_own_and_go_one_by_one() {
    every_way(|world| {
        let [alice, bob] = both(world);
        let carol = world.sign_in("carol", 3);
        world.ask(carol, status(Status::Online)).unwrap();
        let of_alice = enter_conversation(world, "alice", 1);
        let room = open(world, of_alice);
        let mut inside = vec![(of_alice, apart(world, "alice", 1))];
        for (name, at, n) in [("bob", bob, 2), ("carol", carol, 3)] {
            assert_eq!(
                world.ask(of_alice, invite(room, name)),
                Ok(Answer::Reached(1))
            );
            // The main connection is called; the conversation's comes.
            let invitation = Event::Invitation {
                room,
                by: world.who("alice"),
                name: "ALICE".into(),
            };
            assert_eq!(world.hear(at), [invitation]);
            let own = enter_conversation(world, name, n);
            let others = inside.iter().map(|(_, one)| one.clone()).collect();
            assert_eq!(
                world.ask(own, Command::JoinRoom(room)),
                Ok(Answer::Room(room, others))
            );
            let comes = apart(world, name, n);
            for (one, _) in &inside {
                assert_eq!(world.hear(*one), [Event::Joined(room, comes.clone())]);
            }
            inside.push((own, comes));
        }
        assert_eq!(
            world.ask(of_alice, say(room, "all")),
            Ok(Answer::Reached(2))
        );
        let said = Event::SaidInRoom(room, world.who("alice"), said("all", None));
        for (one, _) in &inside[1..] {
            assert_eq!(world.hear(*one), std::slice::from_ref(&said));
        }
        // The main connections hear nothing of it.
        for main in [alice, bob, carol] {
            assert_eq!(world.hear(main), []);
        }
        let (first, gone) = inside.remove(0);
        world.hang_up(first);
        for (one, _) in &inside {
            let left = Event::Left(room, gone.who.clone(), gone.endpoint);
            assert_eq!(world.hear(*one), [left]);
        }
        // Who was called may call others, and who went may be called again.
        let by_bob = inside[0].0;
        assert_eq!(
            world.ask(by_bob, invite(room, "alice")),
            Ok(Answer::Reached(1))
        );
        for (one, _) in inside {
            world.hang_up(one);
        }
        assert_eq!(world.network().load().rooms, 0);
    });
}

#[test]
fn a_connection_of_one_conversation_is_no_place_of_its_person() {
    let mut config = Config::default();
    config.endpoints = 1;
    every_way_with(&config, |world| {
        let bob = world.sign_in("bob", 2);
        world.ask(bob, set("alice", Lists::FORWARD)).unwrap();
        world.hear(bob);
        // Nobody sees somebody who is there by such a connection alone, nor can ask them in.
        let of_alice = enter_conversation(world, "alice", 1);
        assert_eq!(world.hear(bob), []);
        let of_bob = enter_conversation(world, "bob", 2);
        let room = open(world, of_bob);
        let nobody = Err(Refusal::NotOnline);
        assert_eq!(world.ask(of_bob, invite(room, "alice")), nobody);
        // It takes no place from others, is not replaced by its own, and goes unseen.
        let alice = world.sign_in("alice", 1);
        assert!(!world.is_closed(of_alice));
        world.ask(alice, status(Status::Online)).unwrap();
        world.hear(alice);
        world.hear(bob);
        world.hang_up(of_alice);
        assert_eq!(world.hear(bob), []);
        assert_eq!(world.hear(alice), []);
    });
}

#[test]
fn a_connection_of_one_conversation_does_nothing_else() {
    every_way(|world| {
        let [alice, bob] = both(world);
        let of_alice = enter_conversation(world, "alice", 1);
        let (who, endpoint) = (world.who("alice"), endpoint(1));
        for command in [
            Command::Subscribe(Subscription::default()),
            status(Status::Busy),
            set("bob", Lists::FORWARD),
            Command::SetName("another".into()),
        ] {
            assert_eq!(world.ask(of_alice, command), Err(Refusal::NotEntered));
        }
        for command in [
            Command::Enter {
                who: who.clone(),
                endpoint,
            },
            Command::EnterConversation { who, endpoint },
        ] {
            assert_eq!(world.ask(of_alice, command), Err(Refusal::Entered));
        }
        // Whoever comes into no room is written to, from the place that the conversation belongs to.
        let send = Command::Send {
            to: Recipient::Person(address("bob"), None),
            said: said("kept", None),
            delivery: Delivery::Durable,
        };
        assert_eq!(world.ask(of_alice, send), Ok(Answer::Done));
        let author = Author::Person(world.who("alice"), endpoint);
        let told = world.hear(bob);
        let kept =
            |one: &Event| matches!(one, Event::Message(kept) if kept.message.author == author);
        assert!(told.len() == 1 && told.iter().all(kept), "{told:#?}");
        // That place has said it itself.
        assert_eq!(world.hear(alice), []);
        assert_eq!(world.hear(of_alice), []);
        // Its own room, and one in which the main connection speaks to it.
        open(world, of_alice);
        open(world, of_alice);
        let full = Err(Refusal::ListFull);
        assert_eq!(world.ask(of_alice, Command::OpenRoom), full);
    });
}

#[test]
fn conversations_with_connections_of_their_own_have_a_limit_for_each_person() {
    let mut config = Config::default();
    config.conversations = 2;
    every_way_with(&config, |world| {
        let first = enter_conversation(world, "alice", 1);
        enter_conversation(world, "alice", 2);
        let (one_too_many, refused) = converse(world, "alice", 1);
        assert_eq!(refused, Err(Refusal::TooManyConversations));
        // It is as if it had never asked.
        let not_entered = Err(Refusal::NotEntered);
        assert_eq!(world.ask(one_too_many, Command::OpenRoom), not_entered);
        enter_conversation(world, "bob", 2);
        world.hang_up(first);
        enter_conversation(world, "alice", 1);
    });
}

#[test]
fn who_is_there_and_comes_into_no_room_is_told_apart_from_who_is_away() {
    every_way(|world| {
        let [alice, _] = both(world);
        let carol = world.enter("carol", 3);
        let messages = Subscription {
            messages: true,
            ..Subscription::default()
        };
        world.ask(carol, Command::Subscribe(messages)).unwrap();
        let room = open(world, alice);
        let away = Err(Refusal::NotOnline);
        assert_eq!(world.ask(alice, invite(room, "carol")), away);
        world.ask(carol, status(Status::Online)).unwrap();
        assert_eq!(
            world.ask(alice, invite(room, "carol")),
            Ok(Answer::Reached(0))
        );
        assert_eq!(world.hear(carol), []);
    });
}
