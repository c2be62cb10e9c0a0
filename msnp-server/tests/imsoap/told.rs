//! What a fetch has told, by kind.

use soap_codec::bsim::{Buddy, Event, IM, Message};

pub(crate) fn log_of(im: &IM) -> Vec<String> {
    let log = |event: &Event| match event {
        Event::OnLog(lines) => Some(lines.clone()),
        _ => None,
    };
    im.events.iter().find_map(log).unwrap_or_default()
}

pub(crate) fn login_of(im: &IM) -> Option<String> {
    im.events.iter().find_map(|event| match event {
        Event::OnLogin(at) => Some(at.clone()),
        _ => None,
    })
}

pub(crate) fn status_of(im: &IM) -> Option<String> {
    im.events.iter().find_map(|event| match event {
        Event::OnStatusChanged(status) => Some(status.clone()),
        _ => None,
    })
}

pub(crate) fn changed_buddies_of(im: &IM) -> Vec<Buddy> {
    let buddies = |event: &Event| match event {
        Event::OnBuddyStatusChanged(buddies) => Some(buddies.clone()),
        _ => None,
    };
    im.events.iter().find_map(buddies).unwrap_or_default()
}

pub(crate) fn messages_of(im: &IM) -> Vec<Message> {
    let messages = |event: &Event| match event {
        Event::OnMessage(messages) => Some(messages.clone()),
        _ => None,
    };
    im.events.iter().find_map(messages).unwrap_or_default()
}
