//! Several people of several dialects in one conversation, as far as the guide's table goes (`faces/classic/table.md`).

use msnp_client::{ConversationId, Dialect, Event, Reason};

use crate::carrier::{Carrier, Home};
use crate::person::{Person, Step};

/// Everybody hears what one says there.
async fn all_hear(
    speaker: &mut Person,
    to: &ConversationId,
    text: &str,
    others: &mut [&mut Person],
) -> Step<()> {
    speaker.says_in(to, text).await?;
    for other in others {
        other.hears(speaker.name(), text).await?;
    }
    Ok(())
}

/// Where somebody was last spoken to by several.
async fn group_of(person: &mut Person, members: usize) -> Step<ConversationId> {
    person
        .knows("is in a conversation of several", |client| {
            let mut groups = client.groups();
            groups
                .find(|group| group.members.len() == members)
                .map(|group| group.id.clone())
        })
        .await
}

async fn three_of_three_times(carrier: Carrier) -> Step<()> {
    let home = Home::open(carrier, &["ada", "ben", "dan", "eve"]).await;
    let mut ada = Person::signed_in(&home, Dialect::MSNP8, "ada").await?;
    let mut ben = Person::signed_in(&home, Dialect::MSNP12, "ben").await?;
    let mut dan = Person::signed_in(&home, Dialect::MSNP18, "dan").await?;
    let mut eve = Person::signed_in(&home, Dialect::MSNP24, "eve").await?;
    let members = [ada.id("ben"), ada.id("dan")];
    let made = ada
        .does("gathers ben and dan", |client, now| {
            client.create_group(&members, None, now)
        })
        .await?;
    let room = made.ok_or("the conversation has a name")?;
    all_hear(&mut ada, &room, "to you both", &mut [&mut ben, &mut dan]).await?;
    let there = group_of(&mut dan, 3).await?;
    all_hear(&mut dan, &there, "to all", &mut [&mut ada, &mut ben]).await?;
    let there = group_of(&mut ben, 3).await?;
    all_hear(&mut ben, &there, "to everybody", &mut [&mut ada, &mut dan]).await?;
    // Who speaks a dialect without switchboards cannot be called to one of several.
    let who = ada.id("eve");
    let refused = ada
        .does("calls eve", |client, now| {
            client.add_member(&room, &who, now)
        })
        .await;
    assert!(refused.is_err(), "she is there");
    // She is spoken to alone, meanwhile.
    eve.says("ada", "and I?").await?;
    ada.hears("eve", "and I?").await?;
    ada.says("eve", "you too").await?;
    eve.hears("ada", "you too").await?;
    // What is said there goes on when one has left.
    let there = group_of(&mut ben, 3).await?;
    ben.does("leaves", |client, now| client.leave(&there, now))
        .await?;
    all_hear(&mut ada, &room, "dan is still there", &mut [&mut dan]).await?;
    home.stop().await;
    Ok(())
}

#[tokio::test]
async fn people_of_three_times_are_in_one_conversation_by_tcp() {
    assert_eq!(three_of_three_times(Carrier::Tcp).await, Ok(()));
}

#[tokio::test]
async fn people_of_three_times_are_in_one_conversation_through_the_gateway() {
    assert_eq!(three_of_three_times(Carrier::Gateway).await, Ok(()));
}

/// {8, 18, 21, 24} at once: the first three in one conversation, from whichever side it begins, and the last beside it.
async fn four_of_four_times(carrier: Carrier) -> Step<()> {
    let home = Home::open(carrier, &["ada", "dan", "gil", "hal", "eve"]).await;
    let mut ada = Person::signed_in(&home, Dialect::MSNP8, "ada").await?;
    let mut dan = Person::signed_in(&home, Dialect::MSNP18, "dan").await?;
    let mut gil = Person::signed_in(&home, Dialect::MSNP21, "gil").await?;
    let mut hal = Person::signed_in(&home, Dialect::MSNP21, "hal").await?;
    let mut eve = Person::signed_in(&home, Dialect::MSNP24, "eve").await?;
    // To a switchboard somebody of MSNP21 is called as well.
    let members = [ada.id("dan"), ada.id("gil")];
    let made = ada
        .does("gathers dan and gil", |client, now| {
            client.create_group(&members, None, now)
        })
        .await?;
    let room = made.ok_or("the conversation has a name")?;
    all_hear(&mut ada, &room, "to you both", &mut [&mut dan, &mut gil]).await?;
    let long = "\u{e9}\u{1f642} ".repeat(500);
    all_hear(&mut ada, &room, &long, &mut [&mut dan, &mut gil]).await?;
    let there = group_of(&mut gil, 3).await?;
    all_hear(&mut gil, &there, "to all", &mut [&mut ada, &mut dan]).await?;
    all_hear(&mut gil, &there, &long, &mut [&mut ada, &mut dan]).await?;
    let there = group_of(&mut dan, 3).await?;
    all_hear(&mut dan, &there, "to everybody", &mut [&mut ada, &mut gil]).await?;
    let leaves = group_of(&mut gil, 3).await?;
    gil.does("leaves", |client, now| client.leave(&leaves, now))
        .await?;
    all_hear(&mut ada, &room, "gil is gone", &mut [&mut dan]).await?;
    // From there others are called to one of MSNP21, by switchboards and without.
    let members = [gil.id("ada"), gil.id("dan"), gil.id("hal")];
    let made = gil
        .does("gathers ada, dan and hal", |client, now| {
            client.create_group(&members, None, now)
        })
        .await?;
    let group = made.ok_or("the conversation has a name")?;
    let others = &mut [&mut ada, &mut dan, &mut hal];
    all_hear(&mut gil, &group, "to you three", others).await?;
    let there = group_of(&mut hal, 4).await?;
    let others = &mut [&mut ada, &mut dan, &mut gil];
    all_hear(&mut hal, &there, "to the three of you", others).await?;
    // Threads are another thing: whoever is only in those is spoken to alone.
    let who = gil.id("eve");
    let refused = gil
        .does("calls eve", |client, now| {
            client.add_member(&group, &who, now)
        })
        .await;
    assert!(refused.is_err(), "she is there");
    eve.says("gil", "and I?").await?;
    gil.hears("eve", "and I?").await?;
    gil.says("eve", "you too").await?;
    eve.hears("gil", "you too").await?;
    home.stop().await;
    Ok(())
}

#[tokio::test]
async fn people_of_four_times_talk_at_once_by_tcp() {
    assert_eq!(four_of_four_times(Carrier::Tcp).await, Ok(()));
}

#[tokio::test]
async fn people_of_four_times_talk_at_once_through_the_gateway() {
    assert_eq!(four_of_four_times(Carrier::Gateway).await, Ok(()));
}

/// A person at two places of two dialects hears the same at both.
async fn one_person_of_two_times() -> Step<()> {
    let home = Home::open(Carrier::Tcp, &["ada", "dan"]).await;
    let mut old = Person::signed_in(&home, Dialect::MSNP12, "ada").await?;
    let mut new = Person::signed_in(&home, Dialect::MSNP24, "ada").await?;
    let mut dan = Person::signed_in(&home, Dialect::MSNP18, "dan").await?;
    dan.says("ada", "wherever you are").await?;
    old.hears("dan", "wherever you are").await?;
    new.hears("dan", "wherever you are").await?;
    // Of the same dialect, the second place replaces the first.
    let mut second = Person::new(&home, Dialect::MSNP12, "ada");
    second.sign_in().await?;
    let out = old
        .until("is put out", |event| match event {
            Event::SignedOut(reason) => Some(*reason),
            _ => None,
        })
        .await?;
    assert_eq!(out, Reason::Elsewhere);
    home.stop().await;
    Ok(())
}

#[tokio::test]
async fn places_of_two_times_hear_the_same() {
    assert_eq!(one_person_of_two_times().await, Ok(()));
}
