//! The story: what the two people do, and what the other must then see.

use std::rc::Rc;
use std::time::Duration;

use msnp_client::{Client, ContactId, ConversationId, Event, OperationId, Status};
use msnp_service::{Service, ServiceConfig};

use super::failure::Failure;
use super::page::{Page, Side};
use super::person::Person;

/// The same greeting in scripts that exercise every length of UTF-8, directions and marks.
const GREETINGS: [&str; 6] = [
    "Hello, Bob! How are you?",
    "Grüß dich, Bob – schön, dich zu lesen",
    "Привет, Боб! Γειά σου!",
    "こんにちは、ボブさん",
    "שלום בוב · مرحبا بوب",
    "👋🏽 100% & <ok> \"quoted\"",
];

/// Tells it from beginning to end.
pub(super) async fn tell(wire: bool) -> Result<(), Failure> {
    let page = Rc::new(Page::new());
    let password = password()?;
    let service = Service::start(ServiceConfig::default())
        .await
        .map_err(Failure::start)?;
    for name in ["alice", "bob"] {
        let (address, id) = (format!("{name}@example.org"), format!("live:{name}"));
        let added = service.add_account(&address, &id, name, &password).await;
        added.map_err(Failure::start)?;
    }
    page.aside(&format!(
        "The service listens on {}: sign-in page, gateway, notification server.",
        service.url()
    ));
    let person = |name, side| {
        Person::new(
            name,
            side,
            Rc::clone(&page),
            &service.url(),
            &password,
            wire,
            cast()?,
        )
    };
    let (mut alice, mut bob) = (person("Alice", Side::Left)?, person("Bob", Side::Right)?);

    // Each chapter rests on what the one before has left; the first that fails ends the story.
    page.heads("Alice", "Bob");
    meet(&page, &mut alice, &mut bob).await?;
    talk(&page, &mut alice, &mut bob).await?;
    gather(&page, &mut alice, &mut bob).await?;
    part(&page, &mut alice, &mut bob).await?;

    page.chapter("The service stops, and says good-bye to everybody");
    for person in [&mut alice, &mut bob] {
        person.expects_the_end();
    }
    service.stop().await;
    for person in [&mut alice, &mut bob] {
        person
            .sees("the end", |event| {
                matches!(event, Event::SignedOut(_) | Event::Reconnecting { .. }).then_some(())
            })
            .await?;
    }
    page.aside("Every step happened.");
    page.check().map_err(Failure::Writing)
}

async fn meet(page: &Page, alice: &mut Person, bob: &mut Person) -> Result<(), Failure> {
    page.chapter("They sign in: page, cookies, uic, gateway session");
    for person in [&mut *alice, &mut *bob] {
        person.does("signs in", Client::sign_in)?;
        signed_in(person).await?;
    }
    page.chapter("They add each other and see each other's presence");
    add(alice, bob_id()?).await?;
    add(bob, alice_id()?).await?;
    sees_status(alice, bob_id()?, Status::ONLINE).await?;
    sees_status(bob, alice_id()?, Status::ONLINE).await?;
    let busy = bob.tries("is busy, and says why", |client, now| {
        client.set_personal_message("Writing a parser", now)?;
        client.set_status(Status::BUSY, now)
    });
    done(bob, busy?, "shown to others").await?;
    sees_status(alice, bob_id()?, Status::BUSY).await
}

async fn talk(page: &Page, alice: &mut Person, bob: &mut Person) -> Result<(), Failure> {
    page.chapter("They talk");
    // Nobody goes on before the other has seen it: what is told is what arrived, not what was sent.
    let with_bob = ConversationId::from(bob_id()?);
    let to = with_bob.clone();
    let typing = alice.tries("types", move |client, now| {
        client.send_typing(&to, true, now)
    });
    typing?;
    bob.sees("Alice typing", |event| {
        matches!(event, Event::Typing { typing: true, .. }).then_some(())
    })
    .await?;
    for text in GREETINGS {
        say(alice, bob, &with_bob, text).await?;
    }
    let with_alice = ConversationId::from(alice_id()?);
    say(bob, alice, &with_alice, "Fine, thanks. One typo comming up").await?;

    page.chapter("A nudge, and an edit");
    let to = with_bob.clone();
    let nudge = alice.tries("nudges", move |client, now| client.send_nudge(&to, now))?;
    delivered(alice, &nudge).await?;
    bob.sees("the nudge", |event| {
        matches!(event, Event::Nudge { .. }).then_some(())
    })
    .await?;
    let to = with_bob.clone();
    let original = alice.tries("says: See you at eihgt", move |client, now| {
        client.send_text(&to, "See you at eihgt", now)
    });
    let original = original?;
    delivered(alice, &original).await?;
    hears(bob, "See you at eihgt").await?;
    let edit = alice.tries("corrects: See you at eight", move |client, now| {
        client.edit_message(&with_bob, &original, "See you at eight", now)
    });
    delivered(alice, &edit?).await?;
    bob.sees("the edit", |event| match event {
        Event::MessageEdited { edit, .. } => (edit.text == "See you at eight").then_some(()),
        _ => None,
    })
    .await
}

async fn gather(page: &Page, alice: &mut Person, bob: &mut Person) -> Result<(), Failure> {
    page.chapter("A group, with a topic");
    let members = [bob_id()?];
    let made = alice.tries("makes the group “Parsers”", move |client, now| {
        client.create_group(&members, Some("Parsers"), now)
    });
    let made = made?;
    let done = alice.sees("the group", |event| match event {
        Event::OperationSucceeded {
            operation,
            conversation,
        } if *operation == made => Some(conversation.clone()),
        _ => None,
    });
    let group = done
        .await?
        .ok_or_else(|| Failure::Missing("the group has a name".to_owned()))?;
    alice.tell("  ✓ made");
    alice.sees_topic(&group, "Parsers").await?;
    bob.sees_topic(&group, "Parsers").await?;
    say(alice, bob, &group, "Welcome to the group").await?;
    say(bob, alice, &group, "Good to be here").await
}

async fn part(page: &Page, alice: &mut Person, bob: &mut Person) -> Result<(), Failure> {
    page.chapter("Bob signs out; what Alice writes is kept for him");
    bob.does("signs out", Client::sign_out)?;
    bob.sees("the sign-out", |event| {
        matches!(event, Event::SignedOut(_)).then_some(())
    })
    .await?;
    sees_status(alice, bob_id()?, Status::OFFLINE).await?;
    let with_bob = ConversationId::from(bob_id()?);
    let text = "Read this when you are back";
    let what = format!("says: {text}");
    let sent = alice.tries(&what, move |client, now| {
        client.send_text(&with_bob, text, now)
    })?;
    delivered(alice, &sent).await?;
    // A client tells what waited from what came live by the service's clock, which MSNP24 tells in
    // whole seconds: Bob must not come back within the same one.
    tokio::time::sleep(Duration::from_millis(1100)).await;

    page.chapter("Bob comes back and finds it");
    bob.does("signs in again", Client::sign_in)?;
    bob.sees("the kept message, marked as such", |event| match event {
        Event::MessageReceived(message) => (message.text == text && message.delayed).then_some(()),
        _ => None,
    })
    .await?;
    sees_status(alice, bob_id()?, Status::BUSY).await
}

/// One says something; it is delivered, and the other hears it.
async fn say(
    speaker: &mut Person,
    listener: &mut Person,
    conversation: &ConversationId,
    text: &'static str,
) -> Result<(), Failure> {
    let to = conversation.clone();
    let what = format!("says: {text}");
    let said = speaker.tries(&what, move |client, now| client.send_text(&to, text, now))?;
    delivered(speaker, &said).await?;
    hears(listener, text).await
}

pub(super) async fn hears(listener: &mut Person, text: &str) -> Result<(), Failure> {
    listener
        .sees(&format!("the message “{text}”"), |event| match event {
            Event::MessageReceived(message) => (message.text == text).then_some(()),
            _ => None,
        })
        .await
}

pub(super) async fn delivered(
    speaker: &mut Person,
    sent: &msnp_client::MessageId,
) -> Result<(), Failure> {
    speaker
        .sees("the delivery", |event| match event {
            Event::MessageDelivered { message, .. } => (message == sent).then_some(()),
            _ => None,
        })
        .await
}

pub(super) async fn signed_in(person: &mut Person) -> Result<(), Failure> {
    person
        .sees("the sign-in", |event| {
            matches!(event, Event::SignedIn(_)).then_some(())
        })
        .await
}

pub(super) async fn add(person: &mut Person, who: ContactId) -> Result<(), Failure> {
    let what = format!("adds {}", person.name_of(&who));
    let added = person.tries(&what, move |client, now| client.add_contact(&who, now))?;
    done(person, added, "added").await
}

/// What was asked for is done, and told in this word.
async fn done(person: &mut Person, asked: OperationId, word: &str) -> Result<(), Failure> {
    person
        .sees(word, |event| match event {
            Event::OperationSucceeded { operation, .. } => (*operation == asked).then_some(()),
            _ => None,
        })
        .await?;
    person.tell(&format!("  ✓ {word}"));
    Ok(())
}

pub(super) async fn sees_status(
    person: &mut Person,
    who: ContactId,
    status: Status,
) -> Result<(), Failure> {
    person.sees_status(&who, status).await
}

/// Who plays, and what they call themselves.
pub(super) fn cast() -> Result<[(ContactId, &'static str); 2], Failure> {
    Ok([(alice_id()?, "Alice"), (bob_id()?, "Bob")])
}

pub(super) fn alice_id() -> Result<ContactId, Failure> {
    ContactId::skype("live:alice").map_err(Failure::start)
}

pub(super) fn bob_id() -> Result<ContactId, Failure> {
    ContactId::skype("live:bob").map_err(Failure::start)
}

/// A password that nobody has to know.
pub(super) fn password() -> Result<String, Failure> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(Failure::start)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}
