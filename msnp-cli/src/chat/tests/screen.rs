//! What is seen: whole screens, and text that must not disturb them.

use std::time::Duration;

use crossterm::event::KeyCode;
use machine_contract::UnixTime;
use msnp_client::{Contact, ContactId, Event, History, Lists, Reason};

use super::desk::{Desk, id, message, message_id, with};
use crate::chat::command::Command;
use crate::chat::line::Kind;
use crate::chat::{answers, keys, view};

#[test]
fn text_of_others_cannot_disturb_the_terminal() {
    let mut desk = Desk::new();
    desk.enter("/msg bob");
    desk.hear_message(
        1,
        "bob",
        with("bob"),
        "\u{1b}]0;title\u{7}\u{1b}[2Jhi\u{202e}",
    );
    assert_eq!(desk.texts(), ["]0;title[2Jhi"]);
    let mut contact = Contact::new(id("bob"), Lists::FORWARD);
    contact.name = Some("B\u{1b}[1mob\nOUT".into());
    desk.hear(Event::ContactChanged(contact));
    assert_eq!(desk.model.people.name(&id("bob")), "B[1mob OUT");
}

#[test]
fn the_screen_of_80_by_24() {
    let mut desk = Desk::new();
    desk.hear_message(1, "carol", with("carol"), "are you there?");
    desk.enter("/msg bob");
    desk.hear_message(
        2,
        "bob",
        with("bob"),
        "Grüße 日本語 👋 and a text that is long enough to be broken into rows",
    );
    answers::said(
        &mut desk.model,
        &with("bob"),
        "hi",
        Ok(message_id(3)),
        desk.now,
    );
    desk.hear(Event::Typing {
        conversation: with("bob"),
        from: id("bob"),
        typing: true,
    });
    desk.write("dra");
    let expected = " msnp  alice@example.com (online)                                         1 new
Conversations           │Bob <bob@example.com> (online)
 0 Notices              │
 1 Carol Ünïcödé       1│
 2 Bob…                 │
                        │
People                  │
 ● Bob                  │
 ○ Carol Ünïcödé        │
                        │
                        │
                        │
                        │
                        │
                        │
                        │
                        │
                        │
                        │00:59 Bob: Grüße 日 本 語  👋  and a text that is long
                        │      enough to be broken into rows
                        │00:59 alice@example.com: hi …
                        │Bob is typing…
> dra
/help  Tab complete or people  ^N ^P conversation  PgUp PgDn scroll  ^C quit";
    let screen = desk.screen(80, 24).join("\n");
    assert_eq!(screen, expected, "\n{screen}");
}

#[test]
fn a_narrow_screen_shows_the_conversation_only() {
    let mut desk = Desk::new();
    desk.enter("/msg bob");
    desk.hear_message(2, "bob", with("bob"), "hello narrow world");
    let screen = desk.screen(20, 8);
    assert_eq!(
        screen,
        [
            " msnp  alice@exampl…",
            "Bob <bob@example.co…",
            "",
            "00:59 Bob: hello",
            "      narrow world",
            "",
            ">",
            "/help  Tab complete…",
        ]
    );
}

#[test]
fn pasted_lines_of_any_terminal_stay_lines_in_the_input_and_the_conversation() {
    let mut desk = Desk::new();
    desk.enter("/msg bob");
    // tmux and others write a carriage return for each line end.
    keys::paste(
        &mut desk.model,
        "line one\rline two\rline three\r",
        desk.now,
    );
    assert_eq!(desk.input(), "line one\nline two\nline three");
    let screen = desk.screen(80, 24);
    assert_eq!(screen[20..23], ["> line one", "  line two", "  line three"]);
    let said = desk.press(KeyCode::Enter);
    let [Command::Say { to, text }] = &said[..] else {
        panic!("{said:?}");
    };
    answers::said(&mut desk.model, to, text, Ok(message_id(1)), desk.now);
    let screen = desk.screen(80, 24).join("\n");
    for row in [
        "alice@example.com: line one",
        "      line two",
        "      line three …",
    ] {
        assert!(screen.contains(row), "{screen}");
    }
}

#[test]
fn trouble_and_what_waits_are_always_in_sight() {
    let mut desk = Desk::new();
    desk.enter("/msg bob");
    desk.hear(Event::Reconnecting {
        attempt: 1,
        wait: Duration::from_secs(3),
        reason: Reason::Unreachable,
    });
    let hi = "hi";
    answers::said(
        &mut desk.model,
        &with("bob"),
        hi,
        Ok(message_id(1)),
        desk.now,
    );
    let top = desk.screen(80, 24).remove(0);
    assert!(
        top.contains("(reconnecting in 3 s: the service could not"),
        "{top}"
    );
    assert!(top.ends_with("1 unsent"), "{top}");
    desk.now = desk.now.after(Duration::from_millis(1500));
    let top = desk.screen(80, 24).remove(0);
    assert!(top.contains("reconnecting in 2 s"), "{top}");
    // /signin tries at once.
    assert_eq!(desk.enter("/signin"), [Command::SignIn(None)]);
    // Nothing is lost by it, so nothing has failed.
    let lines = desk.model.rooms.all()[0].lines();
    assert!(
        lines.iter().all(|line| line.kind == Kind::Notice),
        "{lines:?}"
    );
}

#[test]
fn help_is_seen_from_its_beginning_and_goes_at_a_key() {
    let mut desk = Desk::new();
    desk.enter("/msg bob");
    desk.enter("/help");
    let screen = desk.screen(80, 24);
    assert!(screen[1].ends_with("│Commands and keys"), "{screen:#?}");
    assert!(
        screen[2].ends_with("/msg NAME [TEXT] - open a conversation"),
        "{screen:#?}"
    );
    for _ in 0..9 {
        desk.press(KeyCode::PageDown);
        desk.screen(80, 24);
    }
    let screen = desk.screen(80, 24).join("\n");
    assert!(screen.contains("Ctrl-Z - back to the shell"), "{screen}");
    desk.write("x");
    assert!(!desk.screen(80, 24).join("").contains("Commands and keys"));
    assert_eq!(desk.input(), "");
}

#[test]
fn people_go_by_their_names_and_never_by_prefixes() {
    let mut desk = Desk::new();
    let eve = ContactId::skype("live:eve").expect("a name");
    let mut contact = Contact::new(eve.clone(), Lists::FORWARD);
    contact.name = Some("Eve".into());
    desk.hear(Event::ContactChanged(contact));
    desk.model.people.own_mut().name = Some("Alice".into());
    desk.hear(Event::SignedIn(
        ContactId::skype("live:alice").expect("a name"),
    ));
    desk.enter("/msg eve");
    desk.write("/thread ev");
    desk.press(KeyCode::Tab);
    assert_eq!(desk.input(), "/thread Eve ");
    let screen = desk.screen(100, 24).join("\n");
    assert!(screen.starts_with(" msnp  Alice (online)"), "{screen}");
    assert!(screen.contains("Eve <live:eve> (offline)"), "{screen}");
    let notices = desk.model.rooms.all()[0].lines();
    let texts: Vec<&str> = notices.iter().map(|line| line.text.as_str()).collect();
    assert!(
        texts.contains(&"Signed in as Alice (live:alice)."),
        "{texts:?}"
    );
    assert!(!texts.concat().contains("8:"), "{texts:?}");
}

#[test]
fn days_are_named_where_they_change() {
    let mut desk = Desk::new();
    desk.enter("/msg bob");
    desk.hear_message(1, "bob", with("bob"), "today");
    assert!(!desk.screen(80, 24).join("").contains("──"));
    let mut old = message(0, "bob", with("bob"), "the day before");
    old.sent_at = Some(desk.now.wall().saturating_add(Duration::ZERO));
    let day = UnixTime::from_millis(desk.now.wall().as_millis() - 24 * 3600 * 1000);
    old.sent_at = Some(day);
    desk.hear(Event::History(History::new(with("bob"), vec![old])));
    let screen = desk.screen(80, 24);
    let rows: Vec<&str> = screen[17..21]
        .iter()
        .map(|row| row.split('│').nth(1).unwrap_or_default())
        .collect();
    assert_eq!(
        rows,
        [
            "── 2015-03-15 ──",
            "00:59 Bob: the day before",
            "── 2015-03-16 ──",
            "00:59 Bob: today",
        ]
    );
}

#[test]
fn joined_emoji_have_the_whole_screen_drawn_anew() {
    let has_joined = |text: &str| {
        let area = ratatui::layout::Rect::new(0, 0, 20, 1);
        let mut buffer = ratatui::buffer::Buffer::empty(area);
        buffer.set_string(0, 0, text, ratatui::style::Style::new());
        view::has_joined(&buffer)
    };
    for text in ["👩‍👩‍👧", "🇩🇪", "❤️", "👋🏽"] {
        assert!(has_joined(text), "{text}");
    }
    assert!(!has_joined("日本語 é 👋"));
}
