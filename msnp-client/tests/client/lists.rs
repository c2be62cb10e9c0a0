//! The contact list and presence, one's own and others'.

use std::time::Duration;

use crate::world::{ME, World, config, contacts, error};
use msnp_client::{ContactId, Event, Lists, Reason, Refused, Status};
use msnp_proto::Address;
use msnp_proto::msnp24::{ClientBody, Delete, Notification, Put, ServerBody};
use msnp_proto::payload::layers::Layers;

fn bob() -> ContactId {
    ContactId::skype("bob").expect("a name")
}

/// A presence document of somebody, as `PUT` or `DEL`.
fn presence(from: &str, kind: &str, user: &str) -> Layers {
    let address = |text: &str| text.parse::<Address>().expect("an address");
    Layers::build(&address(ME), &address(from))
        .reliability()
        .notification()
        .header("NotifNum", 0)
        .header("Uri", "/user")
        .header("NotifType", kind)
        .header("Content-Type", "application/user+xml")
        .content_length()
        .finish(user.as_bytes())
}

fn put(from: &str, kind: &str, user: &str) -> ServerBody {
    ServerBody::Notification(Notification::Put(presence(from, kind, user)))
}

fn del(from: &str, user: &str) -> ServerBody {
    ServerBody::Notification(Notification::Del(presence(from, "Full", user)))
}

const ROSTER: &str = "<ml l=\"1\"><skp><c n=\"bob\" t=\"8\" f=\"Bob B.\"><s l=\"3\" n=\"IM\"/><s l=\"0\" n=\"PE\"/></c>\
                      </skp><d n=\"x.org\"><c n=\"eve\" t=\"1\"><s l=\"12\" n=\"IM\"/></c></d></ml>";

#[test]
fn the_roster_is_told_and_followed() {
    let mut world = World::signed_in(config());
    world.push(contacts(ROSTER));
    let known: Vec<_> = world
        .client()
        .contacts()
        .map(|c| (c.id.to_string(), c.lists.bits()))
        .collect();
    assert_eq!(
        known,
        [("eve@x.org".to_owned(), 12), ("8:bob".to_owned(), 3)]
    );
    assert_eq!(world.events.len(), 2);
    world.clear();
    world.push(contacts(ROSTER));
    assert_eq!(world.events, [], "nothing new");
    world.push(contacts(
        "<ml><skp><c n=\"bob\" t=\"8\"><s l=\"0\" n=\"IM\"/></c></skp></ml>",
    ));
    assert_eq!(world.events.pop(), Some(Event::ContactRemoved(bob())));
    world.push(contacts("<ml l=\"1\"></ml>"));
    let eve = ContactId::messenger("eve@x.org").expect("a name");
    assert_eq!(world.events, [Event::ContactRemoved(eve)]);
}

#[test]
fn list_changes_go_out_as_lists_and_are_applied_when_accepted() {
    let mut world = World::signed_in(config());
    let step = |world: &mut World, change: u32| {
        let operation = match change {
            0 => world.ask(|client, now| client.add_contact(&bob(), now)),
            1 => world.ask(|client, now| client.block(&bob(), now)),
            2 => world.ask(|client, now| client.unblock(&bob(), now)),
            _ => world.ask(|client, now| client.remove_contact(&bob(), now)),
        };
        world.run();
        let operation = operation.expect("taken");
        assert_eq!(
            world.events.last(),
            Some(&Event::OperationSucceeded {
                operation,
                conversation: None
            })
        );
        let (verb, list) = match world.fake().heard.last().map(|c| &c.body) {
            Some(ClientBody::Put(Put::Contacts(list))) => ("PUT", list),
            Some(ClientBody::Delete(Delete::Contacts(list))) => ("DEL", list),
            other => panic!("{other:?}"),
        };
        let sent = list
            .contacts()
            .next()
            .expect("one")
            .services()
            .next()
            .expect("one")
            .1
            .0;
        let lists = world
            .client()
            .contacts()
            .next()
            .map_or(0, |c| c.lists.bits());
        (verb, sent, lists)
    };
    assert_eq!(step(&mut world, 0), ("PUT", 3, 3));
    assert_eq!(step(&mut world, 1), ("PUT", 5, 5));
    assert_eq!(step(&mut world, 2), ("PUT", 3, 3));
    assert_eq!(step(&mut world, 3), ("DEL", 3, 0));
    assert_eq!(world.client().contacts().count(), 0);
}

#[test]
fn a_refused_list_change_changes_nothing() {
    let mut world = World::signed_in(config());
    world.fake_mut().on_command = Box::new(|command| error(command, 210));
    let operation = world
        .ask(|client, now| client.add_contact(&bob(), now))
        .expect("taken");
    world.run();
    assert_eq!(
        world.events,
        [Event::OperationFailed {
            operation,
            reason: Reason::ListFull
        }]
    );
    assert_eq!(world.client().contacts().count(), 0);
    let me = ContactId::skype("live:alice").expect("a name");
    assert_eq!(
        world.ask(|client, now| client.block(&me, now)),
        Err(Refused::Oneself)
    );
}

#[test]
fn who_added_oneself_is_seen_and_kept_through_changes() {
    let mut world = World::signed_in(config());
    world.push(contacts(
        "<ml><skp><c n=\"bob\" t=\"8\"><s l=\"8\" n=\"IM\"/></c></skp></ml>",
    ));
    world
        .ask(|client, now| client.add_contact(&bob(), now))
        .expect("taken");
    world.run();
    let lists = world.client().contacts().next().expect("bob").lists;
    assert!(lists.contains(Lists::REVERSE.with(Lists::FORWARD).with(Lists::ALLOW)));
}

#[test]
fn presence_of_others_is_told() {
    let mut world = World::signed_in(config());
    let user = "<user><s n=\"IM\"><Status>BSY</Status></s><s n=\"PE\"><FriendlyName>Bob</FriendlyName>\
                <PSM>hi</PSM></s></user>";
    world.push(put("8:bob", "Full", user));
    let presence = world.client().presence(&bob());
    assert_eq!(
        (presence.status, presence.name.as_deref()),
        (Status::BUSY, Some("Bob"))
    );
    world.push(put("8:bob", "Full", user));
    assert_eq!(
        world.events,
        [Event::PresenceChanged {
            contact: bob(),
            presence
        }]
    );
    world.clear();
    world.push(del("8:bob", "<user><s n=\"IM\" /></user>"));
    assert_eq!(world.client().presence(&bob()).status, Status::OFFLINE);
    assert_eq!(world.events.len(), 1);
}

#[test]
fn when_the_connection_is_lost_nobody_is_known_to_be_online() {
    let mut world = World::signed_in(config());
    world.push(put(
        "8:bob",
        "Full",
        "<user><s n=\"IM\"><Status>NLN</Status></s></user>",
    ));
    world.clear();
    world.forget_session();
    let status = world.one(|e| match e {
        Event::PresenceChanged { presence, .. } => Some(presence.status),
        _ => None,
    });
    assert_eq!(status, Status::OFFLINE);
}

#[test]
fn nobody_is_told_offline_because_one_leaves() {
    let mut world = World::signed_in(config());
    let online = "<user><s n=\"IM\"><Status>NLN</Status></s></user>";
    world.push(put("8:bob", "Full", online));
    world.clear();
    world.ask(msnp_client::Client::sign_out);
    world.run();
    world.advance(Duration::from_secs(6));
    assert_eq!(world.events, [Event::SignedOut(Reason::Requested)]);
    assert_eq!(world.client().presence(&bob()).status, Status::OFFLINE);
}

#[test]
fn ones_own_endpoints_are_told_and_one_of_them_can_sign_this_one_out() {
    let mut world = World::signed_in(config());
    let user = "<user><s n=\"IM\"><Status>AWY</Status></s>\
                <sep n=\"PD\" epid=\"{11111111-2222-3333-4444-555555555555}\"><EpName>Phone</EpName></sep></user>";
    world.push(put(ME, "Full", user));
    let own = world.one(|e| match e {
        Event::OwnPresence(own) => Some(own.clone()),
        _ => None,
    });
    assert_eq!(own.presence.status, Status::AWAY);
    assert_eq!(own.presence.endpoints[0].name.as_deref(), Some("Phone"));
    let other = "<user><sep n=\"IM\" epid=\"{11111111-2222-3333-4444-555555555555}\"/></user>";
    world.push(del(ME, other));
    assert!(world.client().is_signed_in());
    let here = format!(
        "<user><sep n=\"IM\" epid=\"{{{}}}\"/></user>",
        own.this_endpoint
    );
    world.push(del(ME, &here));
    assert_eq!(
        world.events.last(),
        Some(&Event::SignedOut(Reason::Elsewhere))
    );
}

#[test]
fn ones_own_presence_is_published() {
    let mut world = World::new(
        config()
            .status(Status::AWAY)
            .personal_message("<lunch>")
            .endpoint_name("Desk"),
    );
    let early = world
        .ask(|client, now| client.set_display_name("Alice & Co", now))
        .expect("kept");
    world.run();
    assert_eq!(
        world.events,
        [Event::OperationSucceeded {
            operation: early,
            conversation: None
        }]
    );
    world.sign_in();
    let text = published(&world);
    for part in [
        "<Status>AWY</Status>",
        "<FriendlyName>Alice &amp; Co</FriendlyName>",
        "<PSM>&lt;lunch&gt;</PSM>",
        "<Mood>&lt;lunch&gt;</Mood><Skypename>live:alice</Skypename>",
        "<Capabilities>0:4194560</Capabilities>",
        "<EpName>Desk</EpName>",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    world.clear();
    let operation = world
        .ask(|client, now| client.set_status(Status::BUSY, now))
        .expect("taken");
    world.run();
    assert_eq!(
        world.events,
        [Event::OperationSucceeded {
            operation,
            conversation: None
        }]
    );
    assert!(published(&world).contains("<Status>BSY</Status>"));
    // And it is what the next connection starts with.
    world.forget_session();
    world.clear();
    world.advance(Duration::from_secs(3));
    assert!(published(&world).contains("<Status>BSY</Status>"));
}

/// The presence that was said last.
fn published(world: &World) -> String {
    let body = world.fake().heard.iter().rev().find_map(|c| match &c.body {
        ClientBody::Put(Put::Presence(layers)) => Some(layers.body().to_vec()),
        _ => None,
    });
    String::from_utf8(body.expect("a presence")).expect("text")
}

/// Of who was idle only the own endpoints were told; and who wanted to look offline said that they were, and not that they hide.
#[test]
fn others_were_not_told_that_one_is_idle() {
    let mut world = World::signed_in(config());
    for (status, idle, shown) in [
        (Status::ONLINE, true, "IDL"),
        (Status::BUSY, true, "BSY"),
        (Status::ONLINE, false, "NLN"),
        (Status::OFFLINE, false, "HDN"),
    ] {
        let asked = world.ask(|client, now| {
            client.set_idle(idle, now)?;
            client.set_status(status, now)
        });
        asked.expect("taken");
        world.run();
        let text = published(&world);
        assert!(
            text.contains(&format!("<Status>{shown}</Status>")),
            "{text}"
        );
        assert!(text.contains(&format!("<Idle>{idle}</Idle>")), "{text}");
        assert!(text.contains(&format!("<State>{shown}</State>")), "{text}");
    }
}

#[test]
fn strange_lists_and_presences_are_left_out() {
    let mut world = World::signed_in(config());
    world.push(contacts(
        "<ml><skp><c n=\"a b\" t=\"8\"><s l=\"3\" n=\"IM\"/></c><c/></skp></ml>",
    ));
    world.push(put("8:bob", "Full", "<other/>"));
    world.push(put("8:bob", "Full", "<user"));
    assert_eq!(world.events, []);
    assert!(world.client().is_signed_in());
}
