//! One person is one identity, whichever of his names is used; and so is oneself.

use std::time::Duration;

use crate::world::{Answer, BASE, World, config, contacts, delivery, error, message_of};
use msnp_client::{
    Access, Config, ContactId, ConversationId, Event, GatewayOptions, Lists, MessageId, Reason,
    Refused, Service, Status, Uic,
};
use msnp_proto::msnp24::{
    ClientBody, ClientCommand, Notification, PresenceReply, Put, PutReply, ServerBody,
    ServerCommand,
};
use msnp_proto::payload::layers::Layers;
use msnp_proto::payload::message::Draft;
use msnp_proto::payload::thread::Thread;
use msnp_proto::{Address, TrId};

const BY_ADDRESS: &str = "1:bob@example.org;epid={00155193-decb-dc89-95e0-43bd987ed463}";
const BY_NAME: &str = "8:live:bob;epid={00155193-decb-dc89-95e0-43bd987ed463}";
/// The entry that the service pushes when a connection first names a person by address.
const ENTRY: &str = "<ml><skp><c n=\"live:bob\" t=\"8\" a=\"bob@example.org\" f=\"Bob\">\
                     <s n=\"IM\" l=\"3\"/></c></skp></ml>";

fn bob() -> ContactId {
    ContactId::skype("live:bob").expect("a name")
}

fn provisional() -> ContactId {
    ContactId::messenger("bob@example.org").expect("an address")
}

fn with(contact: ContactId) -> ConversationId {
    contact.into()
}

fn address(text: &str) -> Address {
    text.parse().expect("an address")
}

/// `text` from bob to `to`, under one of the names of each.
fn said(to: &str, from: &str, id: u64) -> ServerBody {
    let mut draft = Draft::text(address(to), address(from), "hi");
    draft.message_id = Some(id);
    draft.client_message_id = Some(id * 10);
    delivery(draft)
}

fn presence(to: &str, from: &str, status: &str) -> ServerBody {
    let user = format!("<user><s n=\"IM\"><Status>{status}</Status></s></user>");
    let layers = Layers::build(&address(to), &address(from))
        .reliability()
        .notification()
        .header("Uri", "/user")
        .header("NotifType", "Full")
        .header("Content-Type", "application/user+xml")
        .content_length()
        .finish(user.as_bytes());
    ServerBody::Notification(Notification::Put(layers))
}

fn pushed(body: ServerBody) -> ServerCommand {
    ServerCommand::new(TrId(0), body)
}

fn accepted(command: &ClientCommand) -> ServerCommand {
    ServerCommand::new(command.trid, ServerBody::Put(PutReply::Empty))
}

/// The service accepts a change of the list and pushes the entry, in this order or in the other.
fn pushes_the_entry(entry_first: bool) -> impl FnMut(&ClientCommand) -> Answer {
    move |command| match &command.body {
        ClientBody::Put(Put::Contacts(_)) => {
            let mut said = vec![accepted(command), pushed(contacts(ENTRY))];
            if entry_first {
                said.reverse();
            }
            Answer::Say(said)
        }
        _ => Answer::Usual,
    }
}

/// Everybody on the list, as the client and as an application that only listens have it.
#[track_caller]
fn one_entry(world: &World) {
    let known: Vec<_> = world.client().contacts().cloned().collect();
    let [entry] = &known[..] else {
        panic!("one entry: {known:#?}");
    };
    assert_eq!((&entry.id, entry.lists.bits()), (&bob(), 3));
    let mut heard = Vec::new();
    for event in &world.events {
        match event {
            Event::ContactChanged(contact) => {
                heard.retain(|it: &msnp_client::Contact| it.id != contact.id);
                heard.push(contact.clone());
            }
            Event::ContactRemoved(id) => heard.retain(|it| it.id != *id),
            _ => {}
        }
    }
    assert_eq!(heard, known, "{:#?}", world.events);
}

#[test]
fn whoever_is_added_by_address_has_one_entry_whichever_of_reply_and_push_comes_first() {
    for entry_first in [true, false] {
        let mut world = World::signed_in(config());
        world.fake_mut().on_command = Box::new(pushes_the_entry(entry_first));
        world
            .ask(|client, now| client.add_contact(&provisional(), now))
            .expect("taken");
        world.run();
        one_entry(&world);
        let renamed = world.one(|event| match event {
            Event::ContactRenamed { before, now } => Some((before.clone(), now.clone())),
            _ => None,
        });
        assert_eq!(renamed, (provisional(), bob()));
        assert_eq!(world.client().contact_id(&provisional()), bob());
        // Told in order: nothing is said of the old name once it is no name any more.
        let renamed = world
            .events
            .iter()
            .position(|event| matches!(event, Event::ContactRenamed { .. }));
        let late = world.events[renamed.expect("told")..].iter().any(
            |event| matches!(event, Event::ContactChanged(contact) if contact.id == provisional()),
        );
        assert!(!late, "{:#?}", world.events);
    }
}

#[test]
fn whoever_is_added_by_address_is_online_at_once_and_talked_to_in_one_conversation() {
    let mut world = World::signed_in(config());
    world.fake_mut().on_command = Box::new(pushes_the_entry(false));
    world
        .ask(|client, now| client.add_contact(&provisional(), now))
        .expect("taken");
    world.run();
    // The service answers under the form that this connection has used last, or under the other.
    world.push(presence(crate::world::ME, "1:bob@example.org", "BSY"));
    for who in [bob(), provisional()] {
        assert_eq!(world.client().presence(&who).status, Status::BUSY);
    }
    world.clear();
    for (number, from) in (1..).zip([BY_ADDRESS, BY_NAME]) {
        world.push(said(crate::world::ME, from, number));
    }
    for conversation in [with(bob()), with(provisional())] {
        world
            .ask(|client, now| client.send_text(&conversation, "hello", now))
            .expect("taken");
        world.run();
    }
    for event in &world.events {
        let place = match event {
            Event::MessageReceived(message) => {
                assert_eq!(message.from, bob());
                &message.conversation
            }
            Event::MessageDelivered { conversation, .. } => conversation,
            other => panic!("{other:?}"),
        };
        assert_eq!(*place, with(bob()));
    }
    assert_eq!(world.events.len(), 4);
    let to: Vec<_> = world.fake().heard.iter().filter_map(message_of).collect();
    assert_eq!(to.len(), 2);
    for message in to {
        assert_eq!(message.to().as_str(), "8:live:bob");
    }
}

#[test]
fn what_was_known_under_the_address_goes_on_under_the_name() {
    let mut world = World::signed_in(config());
    world.push(presence(crate::world::ME, "1:bob@example.org", "AWY"));
    world.push(said(crate::world::ME, BY_ADDRESS, 1));
    let group = "<thread><id>19:x@thread.skype</id><members>\
                 <member><mri>8:live:alice</mri><role>admin</role></member>\
                 <member><mri>1:bob@example.org</mri></member></members></thread>";
    let group = Thread::parse(group.as_bytes()).expect("a thread");
    world.push(ServerBody::Notification(Notification::Thread(Box::new(
        group,
    ))));
    // A message that is on its way.
    world.fake_mut().on_command = Box::new(|command| match &command.body {
        ClientBody::Message(_) => Answer::Nothing,
        _ => Answer::Usual,
    });
    world
        .ask(|client, now| client.send_text(&with(provisional()), "hello", now))
        .expect("taken");
    world.run();
    world.clear();
    world.push(contacts(ENTRY));
    one_entry(&world);
    assert_eq!(world.client().presence(&bob()).status, Status::AWAY);
    let told = world.one(|event| match event {
        Event::PresenceChanged { contact, presence } => Some((contact.clone(), presence.status)),
        _ => None,
    });
    assert_eq!(told, (bob(), Status::AWAY));
    let members: Vec<_> = world
        .client()
        .groups()
        .flat_map(|group| group.members.iter().map(|it| it.contact.clone()))
        .collect();
    assert!(
        members.contains(&bob()) && !members.contains(&provisional()),
        "{members:?}"
    );
    // What was told under the address is not told again under the name.
    world.clear();
    world.push(said(crate::world::ME, BY_NAME, 1));
    assert_eq!(world.events, []);
    // And the message on its way has its fate in the conversation that there is.
    world.advance(Duration::from_secs(41));
    let place = world.one(|event| match event {
        Event::MessageUncertain { conversation, .. } => Some(conversation.clone()),
        _ => None,
    });
    assert_eq!(place, with(bob()));
}

#[test]
fn the_whole_list_says_by_which_address_somebody_was_listed() {
    let mut world = World::signed_in(config());
    let whole = ENTRY.replace("<ml>", "<ml l=\"1\">");
    world.push(contacts(&whole));
    one_entry(&world);
    world.clear();
    world.push(contacts(&whole));
    assert_eq!(world.events, [], "no news");
    world.push(presence(crate::world::ME, "1:bob@example.org", "NLN"));
    assert_eq!(world.client().presence(&bob()).status, Status::ONLINE);
    // A list that names somebody by the address does not remove him.
    world.clear();
    let by_address =
        "<ml l=\"1\"><d n=\"example.org\"><c n=\"bob\" t=\"1\"><s n=\"IM\" l=\"3\"/></c></d></ml>";
    world.push(contacts(by_address));
    assert_eq!(world.events, []);
}

#[test]
fn somebody_who_is_on_no_list_may_be_known_by_two_names_too() {
    let mut world = World::signed_in(config());
    world.push(contacts(&ENTRY.replace("l=\"3\"", "l=\"0\"")));
    assert_eq!(
        world.events,
        [Event::ContactRenamed {
            before: provisional(),
            now: bob()
        }]
    );
    assert_eq!(world.client().contacts().count(), 0);
    let operation = world.ask(|client, now| client.block(&provisional(), now));
    world.run();
    assert!(operation.is_ok());
    let blocked: Vec<_> = world.client().contacts().cloned().collect();
    assert_eq!(
        (blocked.len(), &blocked[0].id, blocked[0].lists),
        (1, &bob(), Lists::BLOCK)
    );
}

#[test]
fn a_list_cannot_make_oneself_somebody_else() {
    let mut world = World::signed_in(config());
    for entry in [
        ENTRY.replace("bob@example.org", "alice@msn.example"),
        ENTRY.replace("live:bob", "live:alice"),
        ENTRY.replace("bob@example.org", "8:live:alice"),
        ENTRY.replace("bob@example.org", "no address"),
    ] {
        world.push(contacts(&entry));
    }
    let renamed = |event: &Event| matches!(event, Event::ContactRenamed { .. });
    assert!(!world.events.iter().any(renamed), "{:#?}", world.events);
    let me = ContactId::skype("live:alice").expect("a name");
    assert_eq!(world.client().account(), Some(&me));
}

#[test]
fn ones_own_login_name_is_oneself() {
    let mut world = World::signed_in(config());
    let login = ContactId::messenger("alice@msn.example").expect("an address");
    assert_eq!(
        world.ask(|client, now| client.add_contact(&login, now)),
        Err(Refused::Oneself)
    );
    // What another place of one's own has said, under whichever name.
    world.push(said("8:live:bob", "1:alice@msn.example", 1));
    let (from, conversation) = world.one(|event| match event {
        Event::MessageReceived(message) => {
            Some((message.from.clone(), message.conversation.clone()))
        }
        _ => None,
    });
    assert_eq!(from.to_string(), "8:live:alice");
    assert_eq!(conversation, with(bob()));
}

/// A service that does not say who one is, and takes the Skype name alone.
fn unnamed() -> World {
    let mut world = World::new(config());
    world.fake_mut().skype_id = None;
    world.fake_mut().on_command = Box::new(|command| match &command.body {
        ClientBody::Put(Put::Presence(layers)) => {
            let from = layers.from().expect("an address");
            if from.account().as_str() == "8:live:alice" {
                Answer::Usual
            } else {
                error(command, 201)
            }
        }
        _ => Answer::Usual,
    });
    world
}

#[test]
fn a_service_that_takes_no_login_name_shows_the_right_one_by_the_first_frame_to_oneself() {
    for frame in [
        said("8:live:alice", BY_NAME, 7),
        presence(
            "8:live:alice;epid={11111111-2222-3333-4444-555555555555}",
            "8:live:bob",
            "NLN",
        ),
    ] {
        let mut world = unnamed();
        world.sign_in();
        assert!(!world.client().is_signed_in());
        world.advance(Duration::from_secs(10));
        world.push(frame);
        assert!(world.client().is_signed_in(), "{:#?}", world.events);
        let me = ContactId::skype("live:alice").expect("a name");
        assert!(world.events.contains(&Event::SignedIn(me)));
        let lost = |event: &Event| matches!(event, Event::Reconnecting { .. });
        assert!(!world.events.iter().any(lost));
        // What was told before the name was known is not lost, and acknowledged.
        let heard = world.events.iter().filter(|event| {
            matches!(event, Event::MessageReceived(message) if message.id == MessageId::new("70").expect("an id"))
        });
        let acknowledged = world.fake().heard.iter();
        let acknowledged = acknowledged.filter(|it| matches!(it.body, ClientBody::Acknowledge(_)));
        assert_eq!(heard.count(), acknowledged.count());
    }
}

#[test]
fn a_frame_that_comes_before_the_login_name_is_refused_shows_the_name_as_well() {
    let mut world = unnamed();
    let mut on_command = std::mem::replace(
        &mut world.fake_mut().on_command,
        Box::new(|_| Answer::Usual),
    );
    world.fake_mut().on_command =
        Box::new(move |command| match (&command.body, on_command(command)) {
            (ClientBody::Put(Put::Presence(_)), Answer::Say(mut replies)) => {
                replies.insert(0, pushed(said("8:live:alice", BY_NAME, 7)));
                Answer::Say(replies)
            }
            (_, answer) => answer,
        });
    world.sign_in();
    assert!(world.client().is_signed_in(), "{:#?}", world.events);
}

#[test]
fn a_copy_of_ones_own_message_does_not_make_one_its_receiver() {
    let mut world = unnamed();
    world.sign_in();
    world.push(said(
        "8:live:bob",
        "8:live:alice;epid={11111111-2222-3333-4444-555555555555}",
        7,
    ));
    assert!(world.client().is_signed_in(), "{:#?}", world.events);
    assert_eq!(
        world.client().account().map(ToString::to_string).as_deref(),
        Some("8:live:alice")
    );
}

#[test]
fn without_any_name_that_the_service_takes_the_client_says_so_and_stops() {
    let mut world = unnamed();
    world.sign_in();
    world.push(said("8:live:somebody", "8:live:else", 7));
    world.advance(Duration::from_secs(41));
    let over = Event::SignedOut(Reason::AccountUnknown);
    assert_eq!(world.events.last(), Some(&over));
    world.advance(Duration::from_secs(3600));
    assert_eq!(world.events.last(), Some(&over));
    let opens = |(_, uri, _): &&(String, String, _)| uri.contains("Action=open");
    assert_eq!(world.fake().requests.iter().filter(opens).count(), 1);
}

#[test]
fn another_refusal_of_ones_presence_is_no_question_of_the_name() {
    let mut world = World::new(config().reconnect_attempts(0));
    world.fake_mut().skype_id = None;
    world.fake_mut().on_command = Box::new(|command| match &command.body {
        ClientBody::Put(Put::Presence(_)) => error(command, 911),
        _ => Answer::Usual,
    });
    world.sign_in();
    let over = Event::SignedOut(Reason::WrongCredentials);
    assert_eq!(world.events.last(), Some(&over));
}

#[test]
fn a_service_that_takes_the_login_name_may_tell_another_one_later() {
    let mut world = World::new(config());
    world.fake_mut().skype_id = None;
    world.sign_in();
    let login = ContactId::messenger("alice@msn.example").expect("an address");
    let me = ContactId::skype("live:alice").expect("a name");
    assert!(world.events.contains(&Event::SignedIn(login.clone())));
    world.push(presence("8:live:alice", "8:live:alice", "NLN"));
    assert!(world.events.contains(&Event::ContactRenamed {
        before: login,
        now: me.clone()
    }));
    let own = |event: &Event| matches!(event, Event::OwnPresence(_));
    assert!(world.events.iter().any(own), "{:#?}", world.events);
    assert_eq!(world.client().account(), Some(&me));
}

#[test]
fn a_name_that_was_learnt_once_is_ones_name_after_a_lost_connection_too() {
    let mut world = World::new(config());
    world.fake_mut().skype_id = None;
    world.sign_in();
    world.push(presence("8:live:alice", "8:live:alice", "NLN"));
    world.clear();
    world.forget_session();
    world.advance(Duration::from_secs(3));
    let me = ContactId::skype("live:alice").expect("a name");
    assert_eq!(world.events.last(), Some(&Event::SignedIn(me.clone())));
    assert_eq!(world.client().account(), Some(&me));
}

#[test]
fn another_account_behind_the_same_cookies_is_not_another_name() {
    let service = Service::at(BASE).expect("a base");
    let access = Access::host_cookies(service).uic(Uic::Skip);
    let options = GatewayOptions {
        mode: gateway_sm::Mode::Parallel,
        ..GatewayOptions::default()
    };
    let config = Config::new(access, [7; 32]).gateway(options);
    let mut world = World::signed_in(config.expect("a mode"));
    world.ask(msnp_client::Client::sign_out);
    world.advance(Duration::from_secs(6));
    world.fake_mut().skype_id = Some("live:bob");
    world.clear();
    world.sign_in();
    let renamed = |event: &Event| matches!(event, Event::ContactRenamed { .. });
    assert!(!world.events.iter().any(renamed));
    assert_eq!(world.client().account(), Some(&bob()));
    // The one before is a person like others.
    world.push(said(
        "8:live:bob",
        "8:live:alice;epid={00155193-decb-dc89-95e0-43bd987ed463}",
        1,
    ));
    let from = world.one(|event| match event {
        Event::MessageReceived(message) => Some(message.from.to_string()),
        _ => None,
    });
    assert_eq!(from, "8:live:alice");
}

#[test]
fn the_reply_to_ones_presence_may_say_the_name() {
    let mut world = World::new(config());
    world.fake_mut().skype_id = None;
    world.fake_mut().on_command = Box::new(|command| match &command.body {
        ClientBody::Put(Put::Presence(_)) => {
            let reply = PresenceReply {
                user: None,
                from: Some(address("8:live:alice")),
            };
            let reply = ServerBody::Put(PutReply::Presence(Box::new(reply)));
            Answer::Say(vec![ServerCommand::new(command.trid, reply)])
        }
        _ => Answer::Usual,
    });
    world.sign_in();
    let me = ContactId::skype("live:alice").expect("a name");
    assert_eq!(world.events.last(), Some(&Event::SignedIn(me)));
}
