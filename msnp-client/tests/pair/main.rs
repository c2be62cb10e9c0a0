//! Clients against the real server, machine to machine, over a network that loses requests and replies: every
//! fate that a client tells must be true.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use machine_contract::Prng;
use msnp_client::{Client, ConversationId, Event, Presence, Reason, Status};
use simulation::{Cut, Disturbance, Faults, UnderWay, World, contact, each_seed};

#[test]
fn two_people_find_each_other_and_talk() {
    let mut world = World::new(1, 2);
    world.sign_in(0);
    world
        .ask(0, |client, now| client.add_contact(&contact(1), now))
        .expect("taken");
    world.sign_in(1);
    world.advance(Duration::from_secs(1));
    assert!(world.told(
        0,
        |e| matches!(e, Event::ContactChanged(c) if c.id == contact(1))
    ));
    let online = |e: &Event| {
        let online = Presence::default().status != Status::ONLINE;
        matches!(e, Event::PresenceChanged { contact: who, presence }
            if online && *who == contact(1) && presence.status == Status::ONLINE)
    };
    assert!(world.told(0, online), "{:#?}", world.dated_events(0));
    let text = "\u{1F600} \u{645}\u{631}\u{62d}\u{628}\u{627}";
    let id = world
        .ask(0, |client, now| {
            client.send_text(&contact(1).into(), text, now)
        })
        .expect("taken");
    world.advance(Duration::from_secs(1));
    assert!(world.told(
        0,
        |e| matches!(e, Event::MessageDelivered { message, .. } if *message == id)
    ));
    let came = |e: &Event| {
        matches!(e, Event::MessageReceived(m) if m.id == id && m.text == text && m.from == contact(0)
            && !m.delayed)
    };
    assert!(world.told(1, came), "{:#?}", world.dated_events(1));
}

#[test]
fn blocking_hides_and_keeps_messages_away() {
    let mut world = World::new(2, 2);
    world.sign_in(0);
    world.sign_in(1);
    for (one, other) in [(0, 1), (1, 0)] {
        world
            .ask(one, |client, now| client.add_contact(&contact(other), now))
            .expect("taken");
    }
    world.advance(Duration::from_secs(1));
    world
        .ask(1, |client, now| client.block(&contact(0), now))
        .expect("taken");
    world.advance(Duration::from_secs(1));
    assert_eq!(
        world.client(0).presence(&contact(1)).status,
        Status::OFFLINE
    );
    let id = world
        .ask(0, |client, now| {
            client.send_text(&contact(1).into(), "psst", now)
        })
        .expect("taken");
    world.advance(Duration::from_secs(1));
    assert!(!world.told(1, |e| matches!(e, Event::MessageReceived(_))));
    // What the service answers is its secret; that there is one fate is not.
    let fate = |e: &Event| {
        matches!(e, Event::MessageDelivered { message, .. } | Event::MessageFailed { message, .. }
            if *message == id)
    };
    assert!(world.told(0, fate));
    world
        .ask(1, |client, now| client.unblock(&contact(0), now))
        .expect("taken");
    world.advance(Duration::from_secs(1));
    assert_eq!(world.client(0).presence(&contact(1)).status, Status::ONLINE);
}

#[test]
fn a_group_lives_from_its_making_to_leaving() {
    let mut world = World::new(3, 3);
    for who in 0..3 {
        world.sign_in(who);
    }
    // Strangers put nobody into a group.
    for who in 1..3 {
        world
            .ask(who, |c, now| c.add_contact(&contact(0), now))
            .expect("taken");
    }
    world.advance(Duration::from_secs(1));
    let members = [contact(1)];
    world
        .ask(0, |c, now| c.create_group(&members, Some("Lunch"), now))
        .expect("taken");
    world.advance(Duration::from_secs(1));
    let group = world.events(0).find_map(|e| match e {
        Event::OperationSucceeded { conversation, .. } => conversation.clone(),
        _ => None,
    });
    let group = group.expect("a group");
    let known = |world: &World, who: usize| {
        let mut groups = world.client(who).groups();
        groups.next().map(|g| (g.topic.clone(), g.members.len()))
    };
    assert_eq!(known(&world, 1), Some((Some("Lunch".into()), 2)));
    world
        .ask(0, |c, now| c.add_member(&group, &contact(2), now))
        .expect("taken");
    world.advance(Duration::from_secs(1));
    assert_eq!(known(&world, 2), Some((Some("Lunch".into()), 3)));
    world
        .ask(2, |c, now| c.send_text(&group, "all", now))
        .expect("taken");
    world.advance(Duration::from_secs(1));
    for who in [0, 1] {
        let came = |e: &Event| matches!(e, Event::MessageReceived(m) if m.conversation == group && m.from == contact(2));
        assert!(
            world.told(who, came),
            "{who}: {:#?}",
            world.dated_events(who)
        );
    }
    world.ask(2, |c, now| c.leave(&group, now)).expect("taken");
    world.advance(Duration::from_secs(1));
    assert!(world.told(2, |e| *e == Event::GroupLeft(group.clone())));
    assert_eq!(known(&world, 1), Some((Some("Lunch".into()), 2)));
    world
        .ask(0, |c, now| c.remove_member(&group, &contact(1), now))
        .expect("taken");
    world.advance(Duration::from_secs(1));
    assert!(world.told(1, |e| *e == Event::GroupLeft(group.clone())));
}

#[test]
fn a_new_client_knows_the_groups_and_contacts_of_the_account() {
    let mut world = World::new(8, 2);
    world.sign_in(0);
    world
        .ask(0, |c, now| c.add_contact(&contact(1), now))
        .expect("taken");
    let members = [contact(1)];
    world
        .ask(0, |c, now| c.create_group(&members, Some("Lunch"), now))
        .expect("taken");
    world.advance(Duration::from_secs(1));
    let group = world.client(0).groups().next().expect("a group").clone();
    world
        .ask(0, |c, now| c.send_text(&group.id, "one?", now))
        .expect("taken");
    world.advance(Duration::from_secs(1));
    world.ask(0, Client::sign_out);
    world.advance(Duration::from_secs(10));
    world.replace(0);
    world.sign_in(0);
    assert_eq!(world.client(0).groups().collect::<Vec<_>>(), [&group]);
    assert_eq!(
        world.client(0).contacts().next().map(|c| c.id.clone()),
        Some(contact(1))
    );
}

#[test]
fn typing_nudges_edits_and_history_arrive() {
    let mut world = World::new(4, 2);
    world.sign_in(0);
    world.sign_in(1);
    let bob = ConversationId::from(contact(1));
    let alice = ConversationId::from(contact(0));
    world
        .ask(0, |c, now| c.send_typing(&bob, true, now))
        .expect("taken");
    let id = world
        .ask(0, |c, now| c.send_text(&bob, "teh", now))
        .expect("taken");
    world
        .ask(0, |c, now| c.edit_message(&bob, &id, "the", now))
        .expect("taken");
    world
        .ask(0, |c, now| c.send_nudge(&bob, now))
        .expect("taken");
    world.advance(Duration::from_secs(1));
    assert!(world.told(
        1,
        |e| matches!(e, Event::Typing { conversation, typing: true, .. } if *conversation == alice)
    ));
    assert!(world.told(1, |e| matches!(e, Event::MessageEdited { original, edit } if *original == id && edit.text == "the")));
    assert!(world.told(
        1,
        |e| matches!(e, Event::Nudge { conversation, .. } if *conversation == alice)
    ));
    let asked = world
        .ask(1, |c, now| c.request_history(&alice, None, now))
        .expect("taken");
    world.advance(Duration::from_secs(1));
    let page = |e: &Event| {
        matches!(e, Event::History(h) if h.operation == Some(asked) && h.conversation == alice
            && h.messages.iter().any(|m| m.from == contact(0)))
    };
    assert!(world.told(1, page), "{:#?}", world.dated_events(1));
}

#[test]
fn what_is_said_to_somebody_offline_waits_for_him() {
    let mut world = World::new(5, 2);
    world.sign_in(0);
    let id = world
        .ask(0, |c, now| c.send_text(&contact(1).into(), "later", now))
        .expect("taken");
    world.advance(Duration::from_secs(20));
    assert!(world.told(
        0,
        |e| matches!(e, Event::MessageDelivered { message, .. } if *message == id)
    ));
    world.sign_in(1);
    world.advance(Duration::from_secs(1));
    let came = |e: &Event| matches!(e, Event::MessageReceived(m) if m.id == id && m.delayed);
    assert!(world.told(1, came), "{:#?}", world.dated_events(1));
}

#[test]
fn a_day_and_a_half_passes_without_a_hitch() {
    let mut world = World::new(6, 2);
    world.sign_in(0);
    world.sign_in(1);
    world.clear_events();
    world.advance(Duration::from_secs(36 * 3600));
    let broken = |e: &Event| matches!(e, Event::Reconnecting { .. } | Event::SignedOut(_));
    assert!(!world.told(0, broken), "{:#?}", world.dated_events(0));
    let id = world
        .ask(0, |c, now| c.send_text(&contact(1).into(), "morning", now))
        .expect("taken");
    world.advance(Duration::from_secs(1));
    assert!(world.told(1, |e| matches!(e, Event::MessageReceived(m) if m.id == id)));
}

/// One random walk: three people talk while the network and the service misbehave; then all is well
/// again, and every promise is checked.
fn walk(seed: u64) {
    let mut world = World::new(seed, 3);
    let mut prng = Prng::from_number(seed ^ 0x5eed);
    let mut below = |bound| usize::try_from(prng.below(bound)).expect("small");
    for who in 0..3 {
        world.sign_in(who);
    }
    world.set_faults(Faults::trouble(60));
    let mut sent = Vec::new();
    for step in 0..60 {
        let who = below(3);
        let to = (who + 1 + below(2)) % 3;
        match below(12) {
            0 => world.restart_server(UnderWay::Either, Duration::ZERO),
            1 => world.ask(who, Client::sign_out),
            2 => world.ask(who, Client::sign_in),
            3 => world.advance(Duration::from_secs(below(30) as u64)),
            4 => world.set_faults(Faults::trouble(
                100 * u16::try_from(below(3)).expect("small"),
            )),
            5 => world.advance(Duration::from_millis(below(500) as u64)),
            _ => {
                let text = format!("{step}");
                let conversation = contact(to).into();
                if let Ok(id) = world.ask(who, |c, now| c.send_text(&conversation, &text, now)) {
                    sent.push((who, to, id));
                }
            }
        }
    }
    world.set_faults(Faults::NONE);
    for _ in 0..5 {
        world.advance(Duration::from_secs(200));
        for who in 0..3 {
            world.ask(who, Client::sign_in);
        }
    }
    let unique: BTreeSet<_> = sent.iter().map(|(_, _, id)| id).collect();
    assert_eq!(unique.len(), sent.len());
    for (who, to, id) in sent {
        let mut fates = BTreeMap::new();
        for event in world.events(who) {
            let (fate, message) = match event {
                Event::MessageDelivered { message, .. } => ("delivered", message),
                Event::MessageFailed { message, .. } => ("failed", message),
                Event::MessageUncertain { message, .. } => ("uncertain", message),
                _ => continue,
            };
            if *message == id {
                *fates.entry(fate).or_insert(0) += 1;
            }
        }
        let came = world.events(to).filter(|event| {
            matches!(event, Event::MessageReceived(m) if m.id == id && m.from == contact(who))
        });
        let came = came.count();
        let [(fate, 1)] = fates.iter().map(|(f, n)| (*f, *n)).collect::<Vec<_>>()[..] else {
            panic!("seed {seed}: {id:?} has the fates {fates:?}");
        };
        let right = match fate {
            "delivered" => came == 1,
            "failed" => came == 0,
            _ => came <= 1,
        };
        assert!(
            right,
            "seed {seed}: {id:?} from {who} to {to} is {fate} and came {came} times"
        );
    }
    for who in 0..3 {
        assert!(
            world.client(who).is_signed_in(),
            "seed {seed}: {:?}",
            world.events(who).next_back()
        );
    }
}

#[test]
fn every_fate_is_true_whatever_the_network_does() {
    each_seed(0..60, walk);
}

#[test]
fn a_service_that_goes_and_comes_back_is_found_again() {
    let mut world = World::new(7, 2);
    world.sign_in(0);
    world.sign_in(1);
    let cut = Disturbance::Cut {
        peer: None,
        time: Duration::from_secs(60),
        how: Cut::Refused,
    };
    world.disturb(Duration::ZERO, cut);
    world.advance(Duration::from_secs(360));
    for who in 0..2 {
        let gone =
            |e: &Event| matches!(e, Event::SignedOut(reason) if *reason != Reason::Requested);
        assert!(!world.told(who, gone), "{:#?}", world.dated_events(who));
        assert!(world.client(who).is_signed_in());
    }
}
