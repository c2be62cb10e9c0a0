//! What is said and heard: conversations, their fates, marks and drafts.

use std::time::Duration;

use crossterm::event::KeyCode;
use machine_contract::UnixTime;
use msnp_client::{Event, History, OperationId, Reason, Refused};

use super::desk::{Desk, id, message, message_id, with};
use crate::chat::command::{Command, Request};
use crate::chat::line::{DeliveryState, Kind};
use crate::chat::model::is_settled;
use crate::chat::pending::Edit;
use crate::chat::{answers, keys};

#[test]
fn a_line_is_said_to_the_conversation_that_is_shown() {
    let mut desk = Desk::new();
    assert_eq!(desk.enter("/msg bob"), []);
    let to = with("bob");
    let text = "hello there".to_owned();
    assert_eq!(
        desk.enter("hello there"),
        [Command::Say {
            to: to.clone(),
            text: text.clone()
        }]
    );
    answers::said(&mut desk.model, &to, &text, Ok(message_id(1)), desk.now);
    assert_eq!(desk.texts(), ["hello there"]);
    assert!(!is_settled(&desk.model));
    desk.hear(Event::MessageDelivered {
        conversation: to,
        message: message_id(1),
    });
    assert!(is_settled(&desk.model));
}

#[test]
fn a_message_that_did_not_arrive_says_so() {
    let mut desk = Desk::new();
    let to = with("bob");
    desk.enter("/msg bob");
    answers::said(&mut desk.model, &to, "hi", Ok(message_id(1)), desk.now);
    desk.hear(Event::MessageFailed {
        conversation: to.clone(),
        message: message_id(1),
        reason: Reason::NotOnline,
    });
    let Kind::Said { state, .. } = &desk.model.rooms.current().lines()[0].kind else {
        panic!("said");
    };
    assert_eq!(
        *state,
        DeliveryState::Failed("the other side is not online".into())
    );
    answers::said(
        &mut desk.model,
        &to,
        "again",
        Err(Refused::SignedOut),
        desk.now,
    );
    assert_eq!(
        desk.texts()[1],
        "Not sent: not signed in. The text was: again"
    );
}

#[test]
fn nothing_can_be_said_to_the_notices() {
    let mut desk = Desk::new();
    assert_eq!(desk.enter("hello?"), []);
    assert!(
        desk.texts()
            .last()
            .expect("a line")
            .starts_with("nobody hears you")
    );
}

#[test]
fn two_slashes_say_one() {
    let mut desk = Desk::new();
    desk.enter("/msg bob");
    let text = "/me waves".to_owned();
    assert_eq!(
        desk.enter("//me waves"),
        [Command::Say {
            to: with("bob"),
            text
        }]
    );
}

#[test]
fn messages_elsewhere_are_counted_until_they_are_read() {
    let mut desk = Desk::new();
    assert_eq!(
        desk.hear_message(1, "bob", with("bob"), "hi"),
        [Command::Call("Bob: hi".to_owned())]
    );
    desk.hear_message(2, "bob", with("bob"), "there?");
    assert_eq!(
        (
            desk.model.rooms.all()[1].unread(),
            desk.model.rooms.unread()
        ),
        (2, 2)
    );
    desk.press_control('n');
    assert_eq!(
        (desk.model.rooms.current_index(), desk.model.rooms.unread()),
        (1, 0)
    );
    assert_eq!(desk.hear_message(3, "bob", with("bob"), "ah"), []);
    assert_eq!(desk.model.rooms.unread(), 0);
    desk.press_control('p');
    assert_eq!(desk.model.rooms.current_index(), 0);
}

#[test]
fn what_comes_while_scrolled_back_is_counted_too() {
    let mut desk = Desk::new();
    desk.enter("/msg bob");
    for number in 0..50 {
        desk.hear_message(number, "bob", with("bob"), "line");
    }
    desk.screen(80, 24);
    desk.press(KeyCode::PageUp);
    desk.hear_message(99, "bob", with("bob"), "newest");
    let screen = desk.screen(80, 24).join("\n");
    assert!(
        screen.contains("1 new messages below") && !screen.contains("newest"),
        "{screen}"
    );
    desk.press(KeyCode::Esc);
    let screen = desk.screen(80, 24).join("\n");
    assert!(screen.contains("newest"), "{screen}");
    assert_eq!(desk.model.rooms.unread(), 0);
}

#[test]
fn typing_is_told_now_and_then_and_its_marks_go_out() {
    let mut desk = Desk::new();
    desk.enter("/msg bob");
    let told = [Command::Typing {
        to: with("bob"),
        typing: true,
    }];
    assert_eq!(desk.write("hel"), told);
    desk.now = desk.now.after(Duration::from_secs(6));
    assert_eq!(desk.write("lo"), told);
    desk.press_control('c');
    assert_eq!(desk.write("/nudge"), []);
    desk.hear(Event::Typing {
        conversation: with("bob"),
        from: id("bob"),
        typing: true,
    });
    assert!(desk.screen(80, 24).join("\n").contains("Bob is typing…"));
    desk.now = desk.now.after(Duration::from_secs(13));
    assert!(desk.model.rooms.expire(desk.now));
    assert!(!desk.model.rooms.expire(desk.now));
    assert!(!desk.screen(80, 24).join("\n").contains("typing…"));
}

#[test]
fn strangers_who_type_open_no_conversation() {
    let mut desk = Desk::new();
    desk.hear(Event::Typing {
        conversation: with("eve"),
        from: id("eve"),
        typing: true,
    });
    assert_eq!(desk.model.rooms.all().len(), 1);
}

#[test]
fn edits_replace_what_was_said() {
    let mut desk = Desk::new();
    desk.enter("/msg bob");
    desk.hear_message(1, "bob", with("bob"), "helo");
    desk.hear(Event::MessageEdited {
        original: message_id(1),
        edit: message(2, "bob", with("bob"), "hello"),
    });
    assert_eq!(desk.texts(), ["hello"]);
    answers::said(
        &mut desk.model,
        &with("bob"),
        "mi too",
        Ok(message_id(3)),
        desk.now,
    );
    let edit = Command::Edit {
        to: with("bob"),
        original: message_id(3),
        text: "me too".into(),
    };
    assert_eq!(desk.enter("/edit me too"), [edit]);
    let edit = Edit {
        to: with("bob"),
        original: message_id(3),
        text: "me too".into(),
    };
    answers::edit_taken(&mut desk.model, edit, Ok(message_id(4)), desk.now);
    assert_eq!(desk.texts()[1], "mi too");
    desk.hear(Event::MessageDelivered {
        conversation: with("bob"),
        message: message_id(4),
    });
    assert_eq!(desk.texts()[1], "me too");
    // Nobody can edit what somebody else said, even under the same id.
    desk.hear(Event::MessageEdited {
        original: message_id(3),
        edit: message(5, "bob", with("bob"), "forged"),
    });
    assert_eq!(desk.texts()[1], "me too");
}

#[test]
fn history_comes_before_and_only_once() {
    let mut desk = Desk::new();
    desk.enter("/msg bob");
    let mut old = message(1, "bob", with("bob"), "old");
    old.sent_at = Some(UnixTime::from_millis(1_000));
    let mut older = message(0, "alice", with("bob"), "older");
    older.sent_at = Some(UnixTime::from_millis(500));
    desk.hear_message(9, "bob", with("bob"), "new");
    for _ in 0..2 {
        desk.hear(Event::History(History::new(
            with("bob"),
            vec![older.clone(), old.clone()],
        )));
        assert_eq!(desk.texts(), ["older", "old", "new"]);
    }
}

#[test]
fn each_conversation_keeps_its_draft() {
    let mut desk = Desk::new();
    desk.enter("/msg bob");
    desk.write("to bob");
    desk.press_control('n');
    assert_eq!(desk.input(), "");
    desk.press_control('p');
    assert_eq!(desk.input(), "to bob");
}

#[test]
fn pasted_lines_stay_one_message() {
    let mut desk = Desk::new();
    desk.enter("/msg bob");
    keys::paste(&mut desk.model, "one\r\ntwo\r\n", desk.now);
    let text = "one\ntwo".to_owned();
    assert_eq!(
        desk.press(KeyCode::Enter),
        [Command::Say {
            to: with("bob"),
            text
        }]
    );
}

#[test]
fn a_deleted_message_has_one_mark() {
    let mut desk = Desk::new();
    desk.enter("/msg bob");
    desk.hear_message(1, "bob", with("bob"), "oops");
    desk.hear(Event::MessageEdited {
        original: message_id(1),
        edit: message(2, "bob", with("bob"), ""),
    });
    let screen = desk.screen(80, 24).join("\n");
    assert!(
        screen.contains("Bob: (deleted)") && !screen.contains("(edited)"),
        "{screen}"
    );
}

#[test]
fn what_failed_can_be_said_again() {
    let mut desk = Desk::new();
    desk.enter("/msg bob");
    for number in [1, 2] {
        let text = format!("number {number}");
        answers::said(
            &mut desk.model,
            &with("bob"),
            &text,
            Ok(message_id(number)),
            desk.now,
        );
    }
    desk.hear(Event::MessageFailed {
        conversation: with("bob"),
        message: message_id(1),
        reason: Reason::NotOnline,
    });
    let again = Command::Say {
        to: with("bob"),
        text: "number 1".to_owned(),
    };
    assert_eq!(desk.enter("/resend"), [again]);
    assert_eq!(desk.texts(), ["number 2"]);
    assert_eq!(desk.enter("/resend"), []);
    assert_eq!(desk.texts()[1], "nothing failed here");
}

#[test]
fn the_last_page_of_history_is_asked_for_once_and_quietly() {
    let mut desk = Desk::new();
    assert!(!desk.model.rooms.current_mut().wants_history());
    desk.enter("/msg bob");
    assert!(desk.model.rooms.current_mut().wants_history());
    assert!(!desk.model.rooms.current_mut().wants_history());
    let asked = Request::History {
        of: with("bob"),
        from: None,
        is_quiet: true,
    };
    let operation = OperationId::new(7);
    answers::asked(&mut desk.model, asked.clone(), Ok(operation), desk.now);
    let mut page = History::new(with("bob"), Vec::new());
    page.operation = Some(operation);
    desk.hear(Event::History(page));
    assert_eq!(desk.texts(), [""; 0]);
    // A network of old has none, which is nothing to tell of.
    answers::asked(&mut desk.model, asked, Err(Refused::NotPossible), desk.now);
    assert_eq!(desk.texts(), [""; 0]);
}

#[test]
fn what_was_said_is_found_and_who_is_here_is_listed() {
    let mut desk = Desk::new();
    desk.hear_message(1, "bob", with("bob"), "Dinner at eight?");
    desk.hear_message(2, "carol", with("carol"), "no dinner for me");
    desk.hear_message(3, "carol", with("carol"), "sorry");
    desk.enter("/find DINNER");
    let screen = desk.screen(100, 24).join("\n");
    assert!(screen.contains("2 with “DINNER”"), "{screen}");
    assert!(
        screen.contains("2015-03-16 00:59 Bob: Dinner at eight?"),
        "{screen}"
    );
    desk.press(KeyCode::Esc);
    desk.enter("/who");
    let screen = desk.screen(100, 24).join("\n");
    assert!(
        screen.contains("Bob <bob@example.com> (online)"),
        "{screen}"
    );
    assert!(
        screen.contains("Carol Ünïcödé <carol@example.com> (offline)"),
        "{screen}"
    );
}
