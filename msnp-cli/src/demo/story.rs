//! The story: what the two people do, and what the other must then see.

use std::rc::Rc;
use std::time::Duration;

use msnp_client::{
    Client, ContactId, ConversationId, Dialect, Event, MessageId, OperationId, Reason, Status,
};

use super::failure::Failure;
use super::house::House;
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

/// Tells it from beginning to end, in a dialect.
pub(super) async fn tell(dialect: Dialect, wire: bool) -> Result<(), Failure> {
    let page = Rc::new(Page::new());
    let house = House::open(&["Alice", "Bob"]).await?;
    let url = house.service().url();
    page.aside(&if dialect == Dialect::MSNP24 {
        format!("The service listens on {url}: sign-in page, gateway, notification server.")
    } else if dialect.has_web_sign_in() {
        format!("The service takes clients of {dialect} at its gateway, {url}/gateway/gateway.dll.")
    } else {
        let door = house.door()?;
        format!("The service takes clients of {dialect} at {door}, its web services are at {url}.")
    });
    let person = |name, side| Person::new(name, side, Rc::clone(&page), (&house, dialect), wire);
    let (mut alice, mut bob) = (person("Alice", Side::Left)?, person("Bob", Side::Right)?);

    // Each chapter rests on what the one before has left; the first that fails ends the story.
    page.heads("Alice", "Bob");
    page.chapter(if dialect == Dialect::MSNP24 {
        "They sign in: page, cookies, uic, gateway session"
    } else if dialect.has_web_sign_in() {
        "They sign in, with a ticket in the head of each request"
    } else {
        "They sign in, over TCP"
    });
    meet(&page, &mut alice, &mut bob).await?;
    talk(&page, &mut alice, &mut bob).await?;
    nudge(&page, &mut alice, &mut bob).await?;
    if alice.abilities()?.edits {
        edit(&mut alice, &mut bob).await?;
    }
    if alice.abilities()?.lasting_groups {
        gather(&page, &mut alice, &mut bob).await?;
    }
    part(&page, &mut alice, &mut bob).await?;

    page.chapter("The service stops, and says good-bye to everybody");
    for person in [&mut alice, &mut bob] {
        person.expects_the_end();
    }
    house.close().await;
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
    for person in [&mut *alice, &mut *bob] {
        person.does("signs in", Client::sign_in)?;
        signed_in(person).await?;
    }
    page.chapter("They add each other and see each other's presence");
    add(alice, alice.id_of("Bob")?).await?;
    add(bob, bob.id_of("Alice")?).await?;
    sees_status(alice, alice.id_of("Bob")?, Status::ONLINE).await?;
    sees_status(bob, bob.id_of("Alice")?, Status::ONLINE).await?;
    let has_words = bob.abilities()?.personal_message;
    let what = if has_words {
        "is busy, and says why"
    } else {
        "is busy"
    };
    let busy = bob.tries(what, move |client, now| {
        if has_words {
            client.set_personal_message("Writing a parser", now)?;
        }
        client.set_status(Status::BUSY, now)
    });
    done(bob, busy?, "shown to others").await?;
    sees_status(alice, alice.id_of("Bob")?, Status::BUSY).await
}

async fn talk(page: &Page, alice: &mut Person, bob: &mut Person) -> Result<(), Failure> {
    page.chapter("They talk");
    // Nobody goes on before the other has seen it: what is told is what arrived, not what was sent.
    let with_bob = ConversationId::from(alice.id_of("Bob")?);
    let [first, others @ ..] = GREETINGS;
    if alice.abilities()?.lasting_groups {
        type_to(alice, bob, &with_bob).await?;
        say(alice, bob, &with_bob, first).await?;
    } else {
        // Nobody is called to a switchboard only to be shown that somebody types.
        say(alice, bob, &with_bob, first).await?;
        type_to(alice, bob, &with_bob).await?;
    }
    for text in others {
        say(alice, bob, &with_bob, text).await?;
    }
    let with_alice = ConversationId::from(bob.id_of("Alice")?);
    say(bob, alice, &with_alice, "Fine, thanks. One typo comming up").await?;
    Ok(())
}

async fn nudge(page: &Page, alice: &mut Person, bob: &mut Person) -> Result<(), Failure> {
    let abilities = alice.abilities()?;
    page.chapter(match (abilities.nudges, abilities.edits) {
        (true, true) => "A nudge, and an edit",
        (true, false) => "A nudge",
        (false, _) => "No nudge: this dialect has no word for it",
    });
    let to = ConversationId::from(alice.id_of("Bob")?);
    if !abilities.nudges {
        // That it is refused is part of the story.
        let refused = alice.does("nudges", move |client, now| client.send_nudge(&to, now))?;
        return match refused {
            Err(why) => {
                alice.tell(&format!("  ✗ {why}"));
                Ok(())
            }
            Ok(_) => Err(Failure::Missing("the nudge is refused".to_owned())),
        };
    }
    let nudge = alice.tries("nudges", move |client, now| client.send_nudge(&to, now))?;
    delivered(alice, &nudge).await?;
    bob.sees("the nudge", |event| {
        matches!(event, Event::Nudge { .. }).then_some(())
    })
    .await
}

async fn edit(alice: &mut Person, bob: &mut Person) -> Result<(), Failure> {
    let with_bob = ConversationId::from(alice.id_of("Bob")?);
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
    let members = [alice.id_of("Bob")?];
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
    let keeps = alice.abilities()?.offline_messages;
    page.chapter(if keeps {
        "Bob signs out; what Alice writes is kept for him"
    } else {
        "Bob signs out; this dialect has no means to leave him a word"
    });
    bob.does("signs out", Client::sign_out)?;
    bob.sees("the sign-out", |event| {
        matches!(event, Event::SignedOut(_)).then_some(())
    })
    .await?;
    sees_status(alice, alice.id_of("Bob")?, Status::OFFLINE).await?;
    let with_bob = ConversationId::from(alice.id_of("Bob")?);
    let text = "Read this when you are back";
    let what = format!("says: {text}");
    let sent = alice.tries(&what, move |client, now| {
        client.send_text(&with_bob, text, now)
    })?;
    left(alice, &sent, keeps).await?;
    // A client tells what waited from what came live by the service's clock, which MSNP24 tells in
    // whole seconds: Bob must not come back within the same one.
    tokio::time::sleep(Duration::from_millis(1100)).await;

    page.chapter(if keeps {
        "Bob comes back and finds it"
    } else {
        "Bob comes back"
    });
    bob.does("signs in again", Client::sign_in)?;
    if keeps {
        // Only of some dialects one knows what has waited.
        let is_marked = alice.abilities()?.history;
        bob.sees("the kept message", |event| match event {
            Event::MessageReceived(message) => {
                (message.text == text && (message.delayed || !is_marked)).then_some(())
            }
            _ => None,
        })
        .await?;
    } else {
        signed_in(bob).await?;
    }
    sees_status(alice, alice.id_of("Bob")?, Status::BUSY).await
}

/// What becomes of words for somebody who is away.
async fn left(speaker: &mut Person, sent: &MessageId, keeps: bool) -> Result<(), Failure> {
    speaker
        .sees("what becomes of it", |event| match event {
            Event::MessageDelivered { message, .. } => (message == sent && keeps).then_some(()),
            Event::MessageFailed { message, .. } => (message == sent && !keeps).then_some(()),
            // Nobody answers what is left in MSNP18 (msnp8-18.md 10).
            Event::MessageUncertain {
                message, reason, ..
            } => (message == sent && *reason == Reason::TimedOut && keeps).then_some(()),
            _ => None,
        })
        .await
}

/// One types; the other sees it.
async fn type_to(
    speaker: &mut Person,
    listener: &mut Person,
    conversation: &ConversationId,
) -> Result<(), Failure> {
    let to = conversation.clone();
    let typing = speaker.tries("types", move |client, now| {
        client.send_typing(&to, true, now)
    });
    typing?;
    listener
        .sees("somebody typing", |event| {
            matches!(event, Event::Typing { typing: true, .. }).then_some(())
        })
        .await
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
pub(super) async fn done(
    person: &mut Person,
    asked: OperationId,
    word: &str,
) -> Result<(), Failure> {
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
