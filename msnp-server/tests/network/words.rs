//! Commands in few words, and what was told, as short values to compare.

use bytes::Bytes;
use msnp_server::network::{
    Answer, Attributes, Command, ConnectionId, ContactChange, Content, ConversationAddress, Deed,
    Delivery, Event, Kept, ListChange, Lists, Presence, Publication, Recipient, Role, Said,
    Service, Status, Thread, ThreadId,
};
use simulation::rules::{ALL, World, address};
use std::sync::Arc;

pub(crate) fn said(text: &str, id: Option<&str>) -> Said {
    Said {
        kind: "Text".into(),
        client_id: id.map(Into::into),
        attributes: Attributes::new(),
        body: Bytes::copy_from_slice(text.as_bytes()),
    }
}

pub(crate) fn text(to: &str, text: &str) -> Command {
    Command::Send {
        to: Recipient::Person(address(to), None),
        said: said(text, None),
        delivery: Delivery::Durable,
    }
}

pub(crate) fn numbered(to: &str, text: &str, id: &str) -> Command {
    Command::Send {
        to: Recipient::Person(address(to), None),
        said: said(text, Some(id)),
        delivery: Delivery::Durable,
    }
}

pub(crate) fn in_thread(thread: ThreadId, text: &str) -> Command {
    Command::Send {
        to: Recipient::Thread(thread),
        said: said(text, None),
        delivery: Delivery::Durable,
    }
}

pub(crate) fn in_thread_as(thread: ThreadId, text: &str, id: &str) -> Command {
    Command::Send {
        to: Recipient::Thread(thread),
        said: said(text, Some(id)),
        delivery: Delivery::Durable,
    }
}

pub(crate) fn passing(to: &str, text: &str, must_reach: bool, echo: bool) -> Command {
    Command::Send {
        to: Recipient::Person(address(to), None),
        said: said(text, None),
        delivery: Delivery::Transient { must_reach, echo },
    }
}

pub(crate) fn set(whom: &str, lists: Lists) -> Command {
    change(whom, ListChange::Set(lists))
}

pub(crate) fn change(whom: &str, change: ListChange) -> Command {
    Command::ChangeContacts(vec![ContactChange {
        contact: address(whom),
        change,
    }])
}

/// A contact as most clients add one.
pub(crate) fn friend() -> Lists {
    Lists::FORWARD | Lists::ALLOW
}

pub(crate) fn status(status: Status) -> Command {
    Command::Publish(Publication {
        status: Some(status),
        ..Publication::default()
    })
}

pub(crate) fn service(name: &str, property: &str, value: &str) -> Service {
    Service {
        name: name.into(),
        properties: vec![msnp_server::network::Property {
            name: property.into(),
            value: msnp_server::network::Value::Text(value.into()),
        }],
    }
}

pub(crate) fn make(members: &[&str]) -> Command {
    Command::MakeThread {
        members: members
            .iter()
            .map(|one| (address(one), Role::User))
            .collect(),
        topic: None,
    }
}

pub(crate) fn with(who: &str) -> ConversationAddress {
    ConversationAddress::Person(address(who))
}

/// Makes a thread; it must be done.
pub(crate) fn thread(world: &mut World, maker: ConnectionId, members: &[&str]) -> ThreadId {
    match world.ask(maker, make(members)) {
        Ok(Answer::Thread(id)) => id,
        other => panic!("no thread: {other:?}"),
    }
}

/// What is kept, of all that a connection was told.
pub(crate) fn kept(world: &mut World, connection: ConnectionId) -> Vec<Kept> {
    let events = world.hear(connection).into_iter();
    let messages = events.filter_map(|event| match event {
        Event::Message(kept) => Some(kept),
        _ => None,
    });
    messages.collect()
}

/// The words of it.
pub(crate) fn words(world: &mut World, connection: ConnectionId) -> Vec<String> {
    let texts = kept(world, connection).into_iter();
    texts.map(|kept| word(&kept)).collect()
}

pub(crate) fn word(kept: &Kept) -> String {
    content(&kept.message.content)
}

fn content(content: &Content) -> String {
    let names = |people: &[msnp_server::identity::Who]| {
        let names: Vec<_> = people.iter().map(|who| who.skype_id().as_str()).collect();
        names.join(" ")
    };
    match content {
        Content::Said(said) => String::from_utf8_lossy(&said.body).into_owned(),
        Content::Activity(activity) => match &activity.deed {
            Deed::Added(people) => format!("+ {}", names(people)),
            Deed::Removed(people) => format!("- {}", names(people)),
            Deed::Roles(people) => {
                let roles = people.iter();
                let roles =
                    roles.map(|(who, role)| format!("{}={role:?}", who.skype_id().as_str()));
                roles.collect::<Vec<_>>().join(" ")
            }
            Deed::Topic(topic) => format!("topic {topic}"),
        },
    }
}

/// What passed through.
pub(crate) fn passed(world: &mut World, connection: ConnectionId) -> Vec<String> {
    let events = world.hear(connection).into_iter();
    let passed = events.filter_map(|event| match event {
        Event::Passing { message, .. } => Some(content(&message.content)),
        _ => None,
    });
    passed.collect()
}

/// Who was seen how, `None` for gone.
pub(crate) fn seen(world: &mut World, connection: ConnectionId) -> Vec<(String, Option<Status>)> {
    let seen = presences(world, connection).into_iter();
    seen.map(|(who, shown)| (who, shown.map(|one| one.status)))
        .collect()
}

pub(crate) fn presences(
    world: &mut World,
    connection: ConnectionId,
) -> Vec<(String, Option<Arc<Presence>>)> {
    let events = world.hear(connection).into_iter();
    let seen = events.filter_map(|event| match event {
        Event::Presence { who, shown, .. } => Some((who.skype_id().as_str().to_owned(), shown)),
        _ => None,
    });
    seen.collect()
}

/// Contacts that were told, with their lists.
pub(crate) fn contacts(world: &mut World, connection: ConnectionId) -> Vec<(String, Lists)> {
    let events = world.hear(connection).into_iter();
    let contacts = events.flat_map(|event| match event {
        Event::Roster(contacts) | Event::RosterChanged(contacts) => contacts,
        _ => Vec::new(),
    });
    contacts
        .map(|one| (one.who.skype_id().as_str().to_owned(), one.lists))
        .collect()
}

/// The whole roster, asked for anew.
pub(crate) fn roster(world: &mut World, connection: ConnectionId) -> Vec<(String, Lists)> {
    world.hear(connection);
    let asked = world.ask(connection, Command::Subscribe(ALL));
    assert_eq!(asked, Ok(Answer::Done));
    contacts(world, connection)
}

/// Threads that were told.
pub(crate) fn threads(world: &mut World, connection: ConnectionId) -> Vec<Arc<Thread>> {
    let events = world.hear(connection).into_iter();
    let threads = events.filter_map(|event| match event {
        Event::Thread(thread) => Some(thread),
        _ => None,
    });
    threads.collect()
}

/// Who is in a thread.
pub(crate) fn members(thread: &Thread) -> Vec<String> {
    let present = thread.present();
    present
        .map(|member| member.who.skype_id().as_str().to_owned())
        .collect()
}

pub(crate) fn name(who: &str) -> String {
    who.to_owned()
}
