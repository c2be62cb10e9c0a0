//! The SDK of MSNP11 that is on the registry, with people of our client in MSNP11 and in MSNP24.

mod friend;
mod house;
mod sdk;

use msnp_client::{Client, Dialect, Status};
use msnp11_sdk::{Event, MsnpList, MsnpStatus, PersonalMessage, PlainText};

use crate::friend::Friend;
use crate::house::House;
use crate::sdk::{Sdk, soon};

const ANN: &str = "ann@example.org";
const SAM: &str = "sam@example.org";

/// One text in scripts that exercise UTF-8.
const GREETING: &str = "Gr\u{fc}\u{df}e, \u{5c0f}\u{7f8e} \u{1f642} 100% & <ok>";

/// Sam has the SDK, ann our client in this dialect.
async fn both(dialect: Dialect) -> (House, Sdk, Friend) {
    let house = House::open(&["ann", "sam"]).await;
    let mut ann = Friend::new(&house, dialect, "ann");
    ann.signs_in().await;
    let sam = Sdk::signed_in(&house, SAM).await;
    (house, sam, ann)
}

async fn knows(sam: &mut Sdk, ann: &mut Friend) {
    ann.adds("sam").await;
    sam.hears(
        "that ann has added him",
        |event| matches!(event, Event::AddedBy { email, .. } if email == ANN),
    )
    .await;
    let client = sam.client();
    for list in [MsnpList::ForwardList, MsnpList::AllowList] {
        let added = soon("adds", client.add_contact(ANN, "Ann", list)).await;
        // Whom the service has put on the second with the first is there already.
        drop(added);
    }
    sam.hears("that ann is there", |event| {
        let there = |email: &String, status| email == ANN && status == MsnpStatus::Online;
        match event {
            Event::PresenceUpdate {
                email, presence, ..
            }
            | Event::InitialPresenceUpdate {
                email, presence, ..
            } => there(email, presence.status.clone()),
            _ => false,
        }
    })
    .await;
}

async fn presence(sam: &mut Sdk, ann: &mut Friend) {
    ann.sees("sam", "is there", |it| it.status == Status::ONLINE)
        .await;
    ann.does(|client, now| client.set_status(Status::BUSY, now))
        .await;
    sam.hears("that ann is busy", |event| {
        matches!(event, Event::PresenceUpdate { email, presence, .. }
            if email == ANN && presence.status == MsnpStatus::Busy)
    })
    .await;
    ann.does(|client: &mut Client, now| client.set_personal_message("a < b & c", now))
        .await;
    sam.hears("ann's line", |event| {
        matches!(event, Event::PersonalMessageUpdate { email, personal_message }
            if email == ANN && personal_message.psm == "a < b & c")
    })
    .await;
    let client = sam.client();
    let line = PersonalMessage {
        psm: "out & about \u{263a}".to_owned(),
        current_media: String::new(),
    };
    let set = soon("says how he is", client.set_personal_message(&line)).await;
    set.expect("it is taken");
    ann.sees("sam", "has a line", |it| {
        it.personal_message.as_deref() == Some("out & about \u{263a}")
    })
    .await;
    let set = soon("calls himself", client.set_display_name("Sam & <co>")).await;
    set.expect("it is taken");
    ann.sees_name("sam", "Sam & <co>").await;
    for (status, seen) in [
        (MsnpStatus::BeRightBack, Status::BE_RIGHT_BACK),
        (MsnpStatus::AppearOffline, Status::OFFLINE),
        (MsnpStatus::Online, Status::ONLINE),
    ] {
        let set = soon("shows a status", client.set_presence(status)).await;
        set.expect("it is taken");
        ann.sees("sam", "shows a status", |it| it.status == seen)
            .await;
    }
}

async fn privacy(sam: &mut Sdk, ann: &mut Friend) {
    let client = sam.client();
    let blocked = soon("blocks", client.block_contact(ANN)).await;
    blocked.expect("it is taken");
    ann.sees("sam", "has blocked her", |it| it.status == Status::OFFLINE)
        .await;
    let unblocked = soon("unblocks", client.unblock_contact(ANN)).await;
    unblocked.expect("it is taken");
    ann.sees("sam", "is back", |it| it.status == Status::ONLINE)
        .await;
}

fn said(text: &str) -> PlainText {
    PlainText {
        bold: true,
        italic: false,
        underline: false,
        strikethrough: true,
        color: "ff8000".to_owned(),
        text: text.to_owned(),
    }
}

async fn hears_text(talk: &mut sdk::Talk, text: &str) {
    talk.hears(text, |event| {
        matches!(event, Event::TextMessage { email, message } if email == ANN && message.text == text)
    })
    .await;
}

/// Ann begins to talk, and both go on where she has.
async fn is_called(sam: &mut Sdk, ann: &mut Friend) {
    ann.says("sam", GREETING).await;
    let mut talk = sam.is_called().await;
    hears_text(&mut talk, GREETING).await;
    let spoken = soon(
        "answers",
        talk.board().send_text_message(&said("yes \u{1f44d}")),
    )
    .await;
    spoken.expect("it is acknowledged");
    ann.hears("sam", "yes \u{1f44d}").await;
    ann.nudges("sam").await;
    talk.hears(
        "a nudge",
        |event| matches!(event, Event::Nudge { email } if email == ANN),
    )
    .await;
    let nudged = soon("nudges", talk.board().send_nudge()).await;
    nudged.expect("it is acknowledged");
    ann.is_nudged("sam").await;
    let typing = soon("types", talk.board().send_typing_user(SAM)).await;
    typing.expect("it is sent");
    ann.sees_typing("sam").await;
}

/// Sam begins to talk.
async fn calls(sam: &mut Sdk, ann: &mut Friend) {
    let board = soon("calls", sam.client().create_session(ANN)).await;
    let mut talk = sdk::Talk::of(std::sync::Arc::new(board.expect("a switchboard")));
    talk.hears(
        "that ann has come",
        |event| matches!(event, Event::ParticipantInSwitchboard { email } if email == ANN),
    )
    .await;
    let spoken = soon("says", talk.board().send_text_message(&said(GREETING))).await;
    spoken.expect("it is acknowledged");
    ann.hears("sam", GREETING).await;
    ann.says("sam", "and back").await;
    hears_text(&mut talk, "and back").await;
}

async fn all_of_it(dialect: Dialect) {
    let (house, mut sam, mut ann) = both(dialect).await;
    knows(&mut sam, &mut ann).await;
    presence(&mut sam, &mut ann).await;
    privacy(&mut sam, &mut ann).await;
    is_called(&mut sam, &mut ann).await;
    drop((sam, ann));
    house.close().await;
    let (house, mut sam, mut ann) = both(dialect).await;
    knows(&mut sam, &mut ann).await;
    calls(&mut sam, &mut ann).await;
    let left = soon("goes", sam.client().disconnect()).await;
    left.expect("it is sent");
    ann.sees("sam", "has gone", |it| it.status == Status::OFFLINE)
        .await;
    house.close().await;
}

#[tokio::test]
async fn the_sdk_of_msnp11_talks_with_our_client_in_its_own_dialect() {
    all_of_it(Dialect::MSNP11).await;
}

#[tokio::test]
async fn the_sdk_of_msnp11_talks_with_our_client_in_msnp24() {
    all_of_it(Dialect::MSNP24).await;
}

#[tokio::test]
async fn a_wrong_password_is_refused_in_words_that_the_sdk_has() {
    let house = House::open(&["sam"]).await;
    let why = Sdk::refused(&house, SAM).await;
    assert!(matches!(
        why,
        msnp11_sdk::SdkError::AuthenticationHeaderNotFound
            | msnp11_sdk::SdkError::CouldNotGetAuthenticationString
    ));
    house.close().await;
}
