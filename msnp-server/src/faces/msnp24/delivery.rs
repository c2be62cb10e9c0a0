//! Messages on their way to a client, `SDG 0 MSGR` in the shape of msnp24.md 16.3.

use std::sync::Arc;

use bytes::Bytes;
use msnp_proto::msnp24::{Channel, Envelope, HeaderValue};
use msnp_proto::payload::layers::Layers;
use msnp_proto::{Address as Muri, Frame, TrId, Verb};

use super::address;
use super::endpoint::Endpoint;
use super::forms::Forms;
use super::message::DISPLAY_NAME;
use super::thread;
use super::timestamp::timestamp;
use crate::network::{Attributes, Author, Content, ConversationId, Kept, Message};

/// A message that is kept until it is acknowledged. Its `Ack-Id` is the `Message-ID` in hexadecimal, as
/// in the sample of msnp24.md 3.
pub(super) fn kept(endpoint: &Endpoint, forms: &Forms, kept: &Kept) -> Frame {
    let to = to(endpoint, forms, &kept.conversation, &kept.message);
    frame(
        endpoint,
        forms,
        &to,
        &kept.message,
        Some(kept.number.0),
        true,
    )
}

/// A message that only passes through. Clients tell messages apart by `Message-ID`; typing notices
/// have none to tell apart.
pub(super) fn passing(
    endpoint: &Endpoint,
    forms: &Forms,
    conversation: &ConversationId,
    message: &Message,
    id: Option<u64>,
) -> Frame {
    let to = to(endpoint, forms, conversation, message);
    frame(endpoint, forms, &to, message, id, false)
}

/// Whom a message is for, as this client calls them.
fn to(
    endpoint: &Endpoint,
    forms: &Forms,
    conversation: &ConversationId,
    message: &Message,
) -> Muri {
    match (conversation, &message.author) {
        (ConversationId::Thread(id), _) => address::of_thread(*id),
        (ConversationId::Person(other), Author::Person(author, _)) if author == endpoint.who() => {
            forms.muri(other)
        }
        (ConversationId::Person(_), _) => forms.muri(endpoint.who()),
    }
}

/// The author of a message, as this client calls them.
pub(super) fn from(message: &Message, forms: &Forms) -> Muri {
    match &message.author {
        Author::Person(who, epid) => forms.muri(who).with_epid(*epid),
        Author::Thread(id) => address::of_thread(*id),
    }
}

/// The type, the sender's headers and the body of a message.
pub(super) fn content(message: &Message, forms: &Forms) -> (Arc<str>, Attributes, Bytes) {
    match &message.content {
        Content::Said(said) => (
            said.kind.clone(),
            said.attributes.clone(),
            said.body.clone(),
        ),
        Content::Activity(activity) => {
            let (kind, body) = thread::activity(activity, forms);
            // Not known; the type tells what it is (msnp24.md 20, question 8).
            let mut attributes = Attributes::new();
            attributes.push("Content-Type", "Text/plain; charset=UTF-8");
            (kind.into(), attributes, body)
        }
    }
}

fn frame(
    endpoint: &Endpoint,
    forms: &Forms,
    to: &Muri,
    message: &Message,
    id: Option<u64>,
    kept: bool,
) -> Frame {
    let mut envelope = Envelope::new(Verb::SDG, TrId(0), Channel::Msgr);
    if let Some(id) = id.filter(|_| kept)
        && let Ok(ack_id) = HeaderValue::new(format!("{id:016X}"))
    {
        // A name and a value of our own making: both can stand in a header.
        let _ = envelope.headers.set("Ack-Id", &ack_id);
    }
    endpoint.put_context(&mut envelope);
    let (kind, attributes, body) = content(message, forms);
    let mut block = Layers::build(to, &from(message, forms))
        .reliability()
        .messaging()
        .header_if("Message-ID", id)
        .header_if("Client-Message-ID", message.client_id())
        .header("Message-Type", kind)
        .header_if(DISPLAY_NAME, attributes.get(DISPLAY_NAME));
    if kept {
        block = block
            .header("Relationship-Type", "Explicit")
            .header("Is-Active", "true")
            .header("Original-Arrival-Time", timestamp(message.arrival));
    }
    let is_name = |name: &str| name.eq_ignore_ascii_case(DISPLAY_NAME);
    for (name, value) in attributes.iter().filter(|(name, _)| !is_name(name)) {
        block = block.header(name, value);
    }
    envelope.body = block.finish(&body).into_bytes();
    envelope.to_frame()
}
