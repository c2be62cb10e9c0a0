//! The terminal client without terminal and network: events and keys in, commands and screens out.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use machine_contract::{Instant, UnixTime, UtcOffset};
use msnp_client::{
    Contact, ContactId, ConversationId, Event, Group, History, Lists, Member, Message, MessageId,
    OperationId, Presence, Reason, Refused, Status,
};
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::command::{Command, Request};
use super::line::{DeliveryState, Kind};
use super::model::{Link, Model};
use super::pending::Edit;
use super::theme::Theme;
use super::timestamps::Timestamps;
use super::{answers, events, keys, view};

/// A model with a clock, and short words for what a test does to it.
struct Desk {
    model: Model,
    now: Timestamps,
}

fn id(name: &str) -> ContactId {
    format!("{name}@example.com").parse().expect("an address")
}

fn with(name: &str) -> ConversationId {
    id(name).into()
}

fn group() -> ConversationId {
    ConversationId::group("19:lunch@thread.skype").expect("a name")
}

fn message_id(number: u32) -> MessageId {
    MessageId::new(&number.to_string()).expect("digits")
}

fn message(number: u32, from: &str, conversation: ConversationId, text: &str) -> Message {
    Message::new(message_id(number), conversation, id(from), text)
}

impl Desk {
    /// Alice is signed in; bob is online, carol is not.
    fn new() -> Self {
        let wall = UnixTime::from_millis(1_426_463_999_000);
        let now = Timestamps::new(Instant::ORIGIN, wall);
        let mut desk = Self {
            model: Model::new(None),
            now,
        };
        for (name, shown) in [("bob", "Bob"), ("carol", "Carol Ünïcödé")] {
            let mut contact = Contact::new(id(name), Lists::FORWARD.with(Lists::ALLOW));
            contact.name = Some(shown.into());
            desk.hear(Event::ContactChanged(contact));
        }
        desk.hear(Event::PresenceChanged {
            contact: id("bob"),
            presence: presence(Status::ONLINE),
        });
        desk.hear(Event::SignedIn(id("alice")));
        desk
    }

    fn hear(&mut self, event: Event) -> Vec<Command> {
        events::apply(&mut self.model, event, self.now)
    }

    fn hear_message(
        &mut self,
        number: u32,
        from: &str,
        conversation: ConversationId,
        text: &str,
    ) -> Vec<Command> {
        self.hear(Event::MessageReceived(message(
            number,
            from,
            conversation,
            text,
        )))
    }

    fn press(&mut self, code: KeyCode) -> Vec<Command> {
        keys::press(&mut self.model, KeyEvent::from(code), 10, self.now)
    }

    fn press_control(&mut self, letter: char) -> Vec<Command> {
        let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL);
        keys::press(&mut self.model, key, 10, self.now)
    }

    /// Types a line without ending it; gives what was wanted on the way.
    fn write(&mut self, text: &str) -> Vec<Command> {
        text.chars()
            .flat_map(|c| self.press(KeyCode::Char(c)))
            .collect()
    }

    /// Types a whole line; gives what is wanted at its end.
    fn enter(&mut self, text: &str) -> Vec<Command> {
        self.write(text);
        self.press(KeyCode::Enter)
    }

    fn input(&self) -> &str {
        self.model.rooms.current().input().text()
    }

    /// The texts of the shown room.
    fn texts(&self) -> Vec<&str> {
        self.model
            .rooms
            .current()
            .lines()
            .iter()
            .map(|line| line.text.as_str())
            .collect()
    }

    fn screen(&mut self, width: u16, height: u16) -> Vec<String> {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a screen");
        let theme = Theme::new(false, UtcOffset::from_minutes(60).expect("less than a day"));
        terminal
            .draw(|frame| view::draw(&mut self.model, theme, self.now, frame))
            .expect("it draws");
        let buffer = terminal.backend().buffer();
        buffer
            .content
            .chunks(usize::from(width))
            .map(|row| {
                let text: String = row.iter().map(ratatui::buffer::Cell::symbol).collect();
                text.trim_end().to_owned()
            })
            .collect()
    }
}

fn presence(status: Status) -> Presence {
    let mut presence = Presence::default();
    presence.status = status;
    presence
}

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
    assert!(!desk.model.is_settled());
    desk.hear(Event::MessageDelivered {
        conversation: to,
        message: message_id(1),
    });
    assert!(desk.model.is_settled());
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
    assert!(!desk.model.is_settled());
    desk.hear(Event::OperationFailed {
        operation: OperationId::new(1),
        reason: Reason::NotFound,
    });
    assert!(desk.model.is_settled());
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
    answers::asked(&mut desk.model, asked, Ok(operation), desk.now);
    let mut page = History::new(with("bob"), Vec::new());
    page.operation = Some(operation);
    desk.hear(Event::History(page));
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

fn any_event() -> impl Strategy<Value = Event> {
    let name = prop_oneof![Just("alice"), Just("bob"), Just("carol"), Just("eve")];
    let place = name
        .clone()
        .prop_map(|name| if name == "carol" { group() } else { with(name) });
    let text = "\\PC{0,80}";
    prop_oneof![
        (any::<u8>(), name.clone(), place.clone(), text).prop_map(|(number, from, place, text)| {
            Event::MessageReceived(message(number.into(), from, place, &text))
        }),
        (any::<u8>(), name.clone(), place.clone(), text).prop_map(|(number, from, place, text)| {
            let edit = message(number.into(), from, place, &text);
            Event::MessageEdited {
                original: message_id(number.into()),
                edit,
            }
        }),
        (name.clone(), place.clone(), any::<bool>()).prop_map(|(from, conversation, typing)| {
            Event::Typing {
                conversation,
                from: id(from),
                typing,
            }
        }),
        (name.clone(), 0u32..32, text).prop_map(|(name, lists, shown)| {
            let mut contact = Contact::new(id(name), Lists::from_bits(lists));
            contact.name = Some(shown);
            Event::ContactChanged(contact)
        }),
        name.clone()
            .prop_map(|name| Event::ContactRemoved(id(name))),
        name.prop_map(|name| Event::SignedIn(id(name))),
        text.prop_map(|topic| {
            let mut conversation = Group::new(group());
            conversation.topic = Some(topic);
            Event::GroupChanged(conversation)
        }),
        Just(Event::GroupLeft(group())),
        Just(Event::SignedOut(Reason::Elsewhere)),
    ]
}

fn any_key() -> impl Strategy<Value = KeyEvent> {
    let code = prop_oneof![
        any::<char>().prop_map(KeyCode::Char),
        "[a-z/ ]".prop_map(|text| KeyCode::Char(text.chars().next().unwrap_or(' '))),
        Just(KeyCode::Enter),
        Just(KeyCode::Tab),
        Just(KeyCode::BackTab),
        Just(KeyCode::Backspace),
        Just(KeyCode::Up),
        Just(KeyCode::Down),
        Just(KeyCode::PageUp),
        Just(KeyCode::PageDown),
        Just(KeyCode::Esc),
        Just(KeyCode::F(1)),
    ];
    let modifiers = prop_oneof![
        4 => Just(KeyModifiers::NONE),
        1 => Just(KeyModifiers::CONTROL),
        1 => Just(KeyModifiers::ALT),
    ];
    (code, modifiers).prop_map(|(code, modifiers)| KeyEvent::new(code, modifiers))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever is heard and pressed, every size of screen can be drawn.
    #[test]
    fn nothing_makes_it_panic(
        steps in proptest::collection::vec(prop_oneof![any_event().prop_map(Ok), any_key().prop_map(Err)], 0..40),
        width in 1u16..100,
        height in 1u16..30,
    ) {
        let mut desk = Desk::new();
        for step in steps {
            match step {
                Ok(event) => desk.hear(event),
                Err(key) => keys::press(&mut desk.model, key, 10, desk.now),
            };
        }
        desk.screen(width, height);
    }
}
