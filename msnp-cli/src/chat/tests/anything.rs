//! Whatever is heard and pressed.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use msnp_client::{Contact, Event, Group, Lists, Reason};
use proptest::prelude::*;

use super::desk::{Desk, group, id, message, message_id, with};
use crate::chat::keys;

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
