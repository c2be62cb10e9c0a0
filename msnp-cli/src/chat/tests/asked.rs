//! What is asked for: commands, requests and their ends, people and groups.

use crossterm::event::KeyCode;
use msnp_client::{
    Contact, ContactId, ConversationId, Event, Group, Lists, Member, OperationId, Reason, Refused,
    Status,
};

use super::desk::{Desk, group, id, message, presence, with};
use crate::chat::answers;
use crate::chat::command::{Command, Request};
use crate::chat::model::{Link, is_settled};

#[test]
fn commands_and_names_are_completed() {
    let mut desk = Desk::new();
    desk.write("/ni");
    desk.press(KeyCode::Tab);
    assert_eq!(desk.input(), "/ni");
    desk.write("\u{8}");
    desk.press(KeyCode::Backspace);
    desk.press(KeyCode::Tab);
    assert_eq!(desk.input(), "/name ");
    desk.press(KeyCode::Tab);
    assert_eq!(desk.input(), "/nudge ");
    desk.press(KeyCode::BackTab);
    assert_eq!(desk.input(), "/name ");
    desk.press_control('u');
    desk.write("/msg car");
    desk.press(KeyCode::Tab);
    assert_eq!(desk.input(), "/msg carol@example.com ");
    desk.press_control('u');
    desk.write("ask Bo");
    desk.press(KeyCode::Tab);
    assert_eq!(desk.input(), "ask Bob ");
    desk.press_control('u');
    desk.write("/status b");
    desk.press(KeyCode::Tab);
    assert_eq!(desk.input(), "/status busy");
    desk.press(KeyCode::Tab);
    assert_eq!(desk.input(), "/status brb");
}

#[test]
fn people_can_be_chosen_from_the_list() {
    let mut desk = Desk::new();
    desk.press(KeyCode::Tab);
    desk.press(KeyCode::Down);
    desk.press(KeyCode::Down);
    desk.press(KeyCode::Enter);
    assert_eq!(desk.model.rooms.current().id(), Some(&with("carol")));
    desk.press(KeyCode::Tab);
    desk.press(KeyCode::Esc);
    desk.write("x");
    assert_eq!(desk.input(), "x");
}

#[test]
fn requests_are_asked_and_their_end_is_told() {
    let mut desk = Desk::new();
    let request = Request::Add("dave@example.com".parse().expect("an address"));
    assert_eq!(
        desk.enter("/add dave@example.com"),
        [Command::Ask(request.clone())]
    );
    answers::asked(
        &mut desk.model,
        request.clone(),
        Ok(OperationId::new(1)),
        desk.now,
    );
    assert!(!is_settled(&desk.model));
    desk.hear(Event::OperationFailed {
        operation: OperationId::new(1),
        reason: Reason::NotFound,
    });
    assert!(is_settled(&desk.model));
    assert_eq!(
        desk.texts().last(),
        Some(&"Adding dave@example.com: there is no such person, group or message.")
    );
    answers::asked(&mut desk.model, request, Err(Refused::Full), desk.now);
    assert!(
        desk.texts()
            .last()
            .expect("a line")
            .contains("too many requests")
    );
    let away = Request::Status(Status::AWAY);
    assert_eq!(desk.enter("/status away"), [Command::Ask(away.clone())]);
    answers::asked(&mut desk.model, away, Ok(OperationId::new(2)), desk.now);
    desk.hear(Event::OperationSucceeded {
        operation: OperationId::new(2),
        conversation: None,
    });
    assert_eq!(desk.model.people.own().status, Status::AWAY);
}

#[test]
fn groups_are_made_joined_named_and_left() {
    let mut desk = Desk::new();
    let members = vec![id("bob"), id("carol")];
    let request = Request::CreateThread {
        members,
        topic: Some("Lunch".into()),
    };
    assert_eq!(
        desk.enter("/thread bob carol : Lunch"),
        [Command::Ask(request.clone())]
    );
    answers::asked(&mut desk.model, request, Ok(OperationId::new(1)), desk.now);
    let mut conversation = Group::new(group());
    conversation.topic = Some("Lunch".into());
    conversation.members = vec![Member::new(id("alice")), Member::new(id("bob"))];
    desk.hear(Event::GroupChanged(conversation.clone()));
    desk.hear(Event::OperationSucceeded {
        operation: OperationId::new(1),
        conversation: Some(group()),
    });
    assert_eq!(desk.model.rooms.current().id(), Some(&group()));
    conversation.members.push(Member::new(id("carol")));
    conversation.topic = Some("Dinner".into());
    desk.hear(Event::GroupChanged(conversation));
    assert_eq!(
        desk.texts(),
        [
            "In this group: alice@example.com, Bob.",
            "Carol Ünïcödé has joined.",
            "The topic is now: Dinner"
        ]
    );
    let topic = "Tea".to_owned();
    assert_eq!(
        desk.enter("/topic Tea"),
        [Command::Ask(Request::Topic {
            group: group(),
            topic
        })]
    );
    assert_eq!(
        desk.enter("/leave"),
        [Command::Ask(Request::Leave(group()))]
    );
    desk.hear(Event::GroupLeft(group()));
    assert_eq!(
        (
            desk.model.rooms.all().len(),
            desk.model.rooms.current_index()
        ),
        (1, 0)
    );
    assert_eq!(desk.enter("/topic x"), []);
}

#[test]
fn whoever_is_added_by_address_has_one_entry_and_one_conversation() {
    let dave = ContactId::skype("live:dave").expect("a name");
    let lists = Lists::FORWARD.with(Lists::ALLOW);
    for is_shown in [true, false] {
        let mut desk = Desk::new();
        desk.enter("/add dave@example.com");
        desk.hear(Event::ContactChanged(Contact::new(id("dave"), lists)));
        desk.hear_message(1, "dave", with("dave"), "one");
        if is_shown {
            desk.enter("/msg dave@example.com");
        }
        let there = ConversationId::from(&dave);
        let mut later = message(2, "dave", there.clone(), "two");
        later.from = dave.clone();
        desk.hear(Event::MessageReceived(later));
        desk.hear(Event::ContactRenamed {
            before: id("dave"),
            now: dave.clone(),
        });
        desk.hear(Event::ContactRemoved(id("dave")));
        desk.hear(Event::ContactChanged(Contact::new(dave.clone(), lists)));
        desk.hear(Event::PresenceChanged {
            contact: dave.clone(),
            presence: presence(Status::ONLINE),
        });
        // By either name.
        for typed in ["/msg dave", "/msg dave@example.com"] {
            assert_eq!(desk.enter(typed), []);
            assert_eq!(desk.model.rooms.current().id(), Some(&there));
            let texts = desk.texts();
            assert!(texts.starts_with(&["one", "two"]), "{texts:?}");
        }
        let is_dave = |who: &ContactId| *who == dave || *who == id("dave");
        let contacts = desk.model.rooms.all().iter().filter_map(|room| room.id());
        let contacts = contacts.filter_map(ConversationId::contact);
        assert_eq!(contacts.filter(|who| is_dave(who)).count(), 1);
        let entries = desk.model.people.listed();
        let entries = entries.iter().filter(|(who, _)| is_dave(who));
        assert_eq!(entries.count(), 1);
    }
}

#[test]
fn quitting_signs_out_first_and_the_second_time_at_once() {
    let mut desk = Desk::new();
    desk.write("draft");
    assert_eq!(desk.press_control('c'), []);
    assert_eq!(desk.press_control('c'), [Command::Quit]);
    assert_eq!(desk.press_control('c'), [Command::Abort]);
    let mut desk = Desk::new();
    desk.hear(Event::SignedOut(Reason::Elsewhere));
    assert_eq!(desk.model.link, Link::SignedOut(Reason::Elsewhere));
    assert_eq!(desk.enter("/quit"), [Command::Abort]);
}

#[test]
fn a_refused_password_is_asked_for_and_never_shown_or_remembered() {
    let mut desk = Desk::new();
    desk.hear(Event::SignedOut(Reason::WrongCredentials));
    assert_eq!(desk.enter("/signin"), []);
    desk.write("hush");
    let screen = desk.screen(80, 24);
    assert_eq!(screen[22], "Password: ••••");
    assert!(!screen.join("").contains("hush"));
    let wanted = desk.press(KeyCode::Enter);
    assert_eq!(wanted, [Command::SignIn(Some("hush".to_owned().into()))]);
    assert!(!format!("{wanted:?}").contains("hush"));
    desk.press(KeyCode::Up);
    assert_eq!(desk.input(), "/signin");
    // For other reasons the same password may do.
    desk.hear(Event::SignedOut(Reason::Elsewhere));
    desk.press_control('u');
    assert_eq!(desk.enter("/signin"), [Command::SignIn(None)]);
}

#[test]
fn control_z_suspends_wherever_the_keys_go() {
    let mut desk = Desk::new();
    assert_eq!(desk.press_control('z'), [Command::Suspend]);
    desk.press(KeyCode::F(1));
    assert_eq!(desk.press_control('z'), [Command::Suspend]);
}

#[test]
fn who_adds_me_is_told_and_listed() {
    let mut desk = Desk::new();
    let dave = ContactId::skype("live:dave").expect("a name");
    desk.hear(Event::ContactChanged(Contact::new(dave, Lists::PENDING)));
    let screen = desk.screen(140, 24).join("\n");
    assert!(
        screen.contains("live:dave (live:dave) added you. /add live:dave or"),
        "{screen}"
    );
    assert!(screen.contains(" + live:dave"), "{screen}");
}

#[test]
fn what_cannot_be_done_says_to_whom() {
    let mut desk = Desk::new();
    desk.enter("/msg bob");
    desk.enter("/remove eve@example.com");
    desk.enter("/msg nobody hi");
    assert_eq!(
        desk.texts(),
        [
            "eve@example.com is not on your list",
            "nobody on your list is called “nobody”, and it is no address",
        ]
    );
}
