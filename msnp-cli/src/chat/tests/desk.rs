//! `Desk`: a model with a clock, and short words for what a test does to it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use machine_contract::{Instant, UnixTime, UtcOffset};
use msnp_client::{
    Contact, ContactId, ConversationId, Event, Lists, Message, MessageId, Presence, Status,
};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::chat::command::Command;
use crate::chat::model::Model;
use crate::chat::theme::Theme;
use crate::chat::timestamps::Timestamps;
use crate::chat::{events, keys, view};

/// A model with a clock, and short words for what a test does to it.
pub(super) struct Desk {
    pub(super) model: Model,
    pub(super) now: Timestamps,
}

pub(super) fn id(name: &str) -> ContactId {
    format!("{name}@example.com").parse().expect("an address")
}

pub(super) fn with(name: &str) -> ConversationId {
    id(name).into()
}

pub(super) fn group() -> ConversationId {
    ConversationId::group("19:lunch@thread.skype").expect("a name")
}

pub(super) fn message_id(number: u32) -> MessageId {
    MessageId::new(&number.to_string()).expect("digits")
}

pub(super) fn message(
    number: u32,
    from: &str,
    conversation: ConversationId,
    text: &str,
) -> Message {
    Message::new(message_id(number), conversation, id(from), text)
}

impl Desk {
    /// Alice is signed in; bob is online, carol is not.
    pub(super) fn new() -> Self {
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

    pub(super) fn hear(&mut self, event: Event) -> Vec<Command> {
        events::apply(&mut self.model, event, self.now)
    }

    pub(super) fn hear_message(
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

    pub(super) fn press(&mut self, code: KeyCode) -> Vec<Command> {
        keys::press(&mut self.model, KeyEvent::from(code), 10, self.now)
    }

    pub(super) fn press_control(&mut self, letter: char) -> Vec<Command> {
        let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL);
        keys::press(&mut self.model, key, 10, self.now)
    }

    /// Types a line without ending it; gives what was wanted on the way.
    pub(super) fn write(&mut self, text: &str) -> Vec<Command> {
        text.chars()
            .flat_map(|c| self.press(KeyCode::Char(c)))
            .collect()
    }

    /// Types a whole line; gives what is wanted at its end.
    pub(super) fn enter(&mut self, text: &str) -> Vec<Command> {
        self.write(text);
        self.press(KeyCode::Enter)
    }

    pub(super) fn input(&self) -> &str {
        self.model.rooms.current().input().text()
    }

    /// The texts of the shown room.
    pub(super) fn texts(&self) -> Vec<&str> {
        self.model
            .rooms
            .current()
            .lines()
            .iter()
            .map(|line| line.text.as_str())
            .collect()
    }

    pub(super) fn screen(&mut self, width: u16, height: u16) -> Vec<String> {
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

pub(super) fn presence(status: Status) -> Presence {
    let mut presence = Presence::default();
    presence.status = status;
    presence
}
