//! `SDG` from a client: which messages are kept, which only pass through.
//!
//! Decisions where msnp24.md 6.8 and 10 leave it open:
//! * Text and everything without a rule of its own is *durable*: it is in the history of both, waits
//!   while the receiver is offline, and goes to the sender's other endpoints too.
//! * `Control/*` and `Signal/*` are *transient*: for whoever is there, and always accepted.
//! * What only passes through is small (`Config::passing_bytes`): nobody keeps it, but somebody has to queue it.
//! * `Nudge` and `Wink` need somebody whom the sender can see: 217 otherwise. `Data` and
//!   `Signal/P2P` are as they were in MSNP21: 201.
//! * Only a thread itself says `ThreadActivity/*`.
//! * An epid in `To` narrows what is transient to that endpoint; what is durable is for the person.

use std::sync::Arc;

use bytes::Bytes;
use msnp_proto::payload::layers::{Block, Content, Layers};
use msnp_proto::payload::message::MessageType;
use msnp_proto::{Address as Muri, Network};

use super::address;
use super::fault::Fault;
use crate::faces::config::Config;
use crate::identity::Who;
use crate::network::{Attributes, ConversationAddress, Delivery, Recipient, Said};

/// The header that names the author.
pub(in crate::faces) const DISPLAY_NAME: &str = "IM-Display-Name";

/// Bytes of the headers that are kept with a message.
const HEADER_BYTES: usize = 8 * 1024;

/// Bytes of a `Message-Type` and of a `Client-Message-ID`.
const WORD_BYTES: usize = 128;

/// Headers of the Messaging block that the server writes itself, and those of Routing: a client that
/// looks over all blocks must not find another author here.
const WRITTEN_HERE: &[&str] = &[
    "Messaging",
    "Message-ID",
    "Client-Message-ID",
    "Message-Type",
    "Relationship-Type",
    "Is-Active",
    "Original-Arrival-Time",
    "Content-Length",
    "Routing",
    "To",
    "From",
];

/// What a client wants said.
#[derive(Debug)]
pub(in crate::faces) struct Outgoing {
    pub(in crate::faces) to: Recipient,
    pub(in crate::faces) said: Said,
    pub(in crate::faces) delivery: Delivery,
    /// That nobody is there means that there is no way: 201 and not 217.
    pub(in crate::faces) no_way: bool,
    /// The conversation that the message says to be read.
    pub(in crate::faces) read: Option<ConversationAddress>,
}

/// Reads a message of `me`, whom others are shown by `name`.
pub(in crate::faces) fn read(
    layers: &Layers,
    me: &Who,
    name: Option<&str>,
    config: &Config,
) -> Result<Outgoing, Fault> {
    let said = said(layers, name, config)?;
    let kind = MessageType::new(&said.kind);
    let to = recipient(&layers.to().map_err(|_| Fault::Invalid)?)?;
    let read = (kind == MessageType::MARK_IM_WINDOW_READ)
        .then(|| conversation_read(&to, me, layers.body()))
        .flatten();
    let (delivery, no_way) = delivery(&kind);
    let passes = matches!(delivery, Delivery::Transient { .. });
    if passes && layers.body().len() > config.passing_bytes {
        return Err(Fault::TooLong);
    }
    Ok(Outgoing {
        to,
        said,
        delivery,
        no_way,
        read,
    })
}

/// What is said, to whomever.
pub(in crate::faces) fn said(
    layers: &Layers,
    name: Option<&str>,
    config: &Config,
) -> Result<Said, Fault> {
    if layers.content() != Some(Content::Messaging) {
        return Err(Fault::malformed("a message without a Messaging block"));
    }
    if layers.body().len() > config.message_bytes {
        return Err(Fault::TooLong);
    }
    let kind = layers.header("Message-Type").map(MessageType::new);
    let kind = kind.ok_or(Fault::Invalid)?;
    if kind.is_thread_activity() || kind.as_str().len() > WORD_BYTES {
        return Err(Fault::Invalid);
    }
    compose(&kind, layers, name)
}

fn recipient(to: &Muri) -> Result<Recipient, Fault> {
    match to.network() {
        Network::THREAD => address::thread(to).map(Recipient::Thread),
        Network::SKYPE | Network::PASSPORT => {
            address::person(to).map(|person| Recipient::Person(person, to.epid()))
        }
        _ => return Err(Fault::Unroutable),
    }
    .ok_or(Fault::NoSuchUser)
}

/// The sender's headers less those that the server writes; a name if the sender gave none.
fn compose(kind: &MessageType, layers: &Layers, name: Option<&str>) -> Result<Said, Fault> {
    let mut attributes = Attributes::new();
    let named = layers.header(DISPLAY_NAME);
    if named.is_none_or(|name| name.trim().is_empty()) {
        push(&mut attributes, DISPLAY_NAME, name.unwrap_or_default());
    }
    for (name, value) in layers.content_block().iter().flat_map(Block::iter) {
        let is_ours = |own: &&str| own.eq_ignore_ascii_case(name);
        if !WRITTEN_HERE.iter().any(is_ours) {
            push(&mut attributes, name, value);
        }
    }
    let client_id = layers.header("Client-Message-ID");
    let client_id = client_id.filter(|id| !id.is_empty());
    // A colon, a space and the line's end belong to each.
    let header_bytes = attributes.size() + 4 * attributes.iter().count();
    if header_bytes > HEADER_BYTES || client_id.is_some_and(|id| id.len() > WORD_BYTES) {
        return Err(Fault::TooLong);
    }
    Ok(Said {
        kind: kind.as_str().into(),
        client_id: client_id.map(Arc::from),
        attributes,
        // A slice would keep the whole request alive for as long as the message is kept.
        body: Bytes::copy_from_slice(layers.body()),
    })
}

fn push(attributes: &mut Attributes, name: &str, value: &str) {
    let value = value.trim();
    if value.is_empty() {
        return;
    }
    if value.chars().any(char::is_control) {
        attributes.push(name, value.replace(char::is_control, " "));
    } else {
        attributes.push(name, value);
    }
}

/// What becomes of a message, and whether nobody's being there means that there is no way.
fn delivery(kind: &MessageType) -> (Delivery, bool) {
    let transient = |must_reach, echo| Delivery::Transient { must_reach, echo };
    let family = kind.as_str().split('/').next().unwrap_or_default();
    if *kind == MessageType::NUDGE || *kind == MessageType::WINK {
        (transient(true, true), false)
    } else if *kind == MessageType::DATA || *kind == MessageType::P2P {
        (transient(true, false), true)
    } else if *kind == MessageType::CUSTOM_EMOTICON
        || family.eq_ignore_ascii_case("Control")
        || family.eq_ignore_ascii_case("Signal")
    {
        (transient(false, false), false)
    } else {
        (Delivery::Durable, false)
    }
}

/// `Signal/MarkIMWindowRead`: the sender has read the conversation up to its last message. It
/// goes to the other person, or to oneself with both parties in the body, as
/// `Signal/CloseIMWindow` does (msnp24.md 10).
fn conversation_read(to: &Recipient, me: &Who, body: &[u8]) -> Option<ConversationAddress> {
    let is_me = |one: &ConversationAddress| matches!(one, ConversationAddress::Person(person) if me.is_at(person));
    let named = match to {
        Recipient::Person(person, _) => ConversationAddress::Person(person.clone()),
        Recipient::Thread(id) => ConversationAddress::Thread(*id),
    };
    if !is_me(&named) {
        return Some(named);
    }
    let parties = std::str::from_utf8(body).unwrap_or_default().split('/');
    parties
        .filter_map(|party| address::conversation(&party.split(';').next()?.trim().parse().ok()?))
        .find(|party| !is_me(party))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{EmailAddress, HomeId, PersonId, SkypeId};

    fn alice() -> Who {
        Who::new(
            PersonId::new(1),
            HomeId(0),
            SkypeId::parse("alice").unwrap(),
            EmailAddress::parse("alice@example.org").unwrap(),
        )
    }

    fn layers(to: &str, headers: &str, body: &str) -> Layers {
        let text = format!(
            "Routing: 1.0\r\nTo: {to}\r\nFrom: 8:alice\r\n\r\nReliability: 1.0\r\n\r\nMessaging: 2.0\r\n{headers}\r\n{body}"
        );
        Layers::parse(text.into()).unwrap()
    }

    fn read(to: &str, headers: &str, body: &str) -> Result<Outgoing, Fault> {
        let layers = layers(to, headers, body);
        super::read(&layers, &alice(), Some("Alice"), &Config::default())
    }

    #[track_caller]
    fn goes(kind: &str, delivery: Delivery, no_way: bool) {
        let outgoing = read("8:bob", &format!("Message-Type: {kind}\r\n"), "").unwrap();
        assert_eq!((outgoing.delivery, outgoing.no_way), (delivery, no_way));
    }

    #[test]
    fn the_type_decides_what_becomes_of_a_message() {
        let transient = |must_reach, echo| Delivery::Transient { must_reach, echo };
        for kind in ["Text", "RichText", "RichText/Contacts", "Unheard/Of"] {
            goes(kind, Delivery::Durable, false);
        }
        for kind in ["Nudge", "nudge", "Wink"] {
            goes(kind, transient(true, true), false);
        }
        for kind in ["Data", "Signal/P2P"] {
            goes(kind, transient(true, false), true);
        }
        for kind in ["Control/Typing", "control/x", "SIGNAL/Y", "CustomEmoticon"] {
            goes(kind, transient(false, false), false);
        }
    }

    #[test]
    fn headers_are_kept_less_those_of_the_server() {
        let headers = "Message-Type: Text\r\nClient-Message-ID: 5\r\nFrom: 8:carol\r\nMessage-ID: 1\r\nX-A:  b\tc \r\nX-Empty:\r\n";
        let said = read("8:bob", headers, "hi").unwrap().said;
        let kept: Vec<_> = said.attributes.iter().collect();
        assert_eq!(kept, [("IM-Display-Name", "Alice"), ("X-A", "b c")]);
        assert_eq!(
            (&*said.kind, said.client_id.as_deref()),
            ("Text", Some("5"))
        );
        assert_eq!(said.body, "hi");
        let headers = "X-A: 1\r\nIM-Display-Name: Me\r\nMessage-Type: Text\r\n";
        let said = read("8:bob", headers, "").unwrap().said;
        let kept: Vec<_> = said.attributes.iter().collect();
        assert_eq!(kept, [("X-A", "1"), ("IM-Display-Name", "Me")]);
    }

    #[test]
    fn what_was_read_is_the_other_party() {
        let bob = || address::conversation(&"8:bob".parse().unwrap());
        let mark = "Message-Type: Signal/MarkIMWindowRead\r\n";
        for (to, body) in [
            ("8:bob", ""),
            ("8:alice", "8:alice/8:bob"),
            ("1:alice@example.org", "8:bob;epid={x}/1:alice@example.org"),
        ] {
            assert_eq!(read(to, mark, body).unwrap().read, bob(), "{to} {body}");
        }
        assert_eq!(read("8:alice", mark, "8:alice").unwrap().read, None);
        assert_eq!(
            read("8:bob", "Message-Type: Text\r\n", "").unwrap().read,
            None
        );
    }

    #[test]
    fn who_is_nobodys_is_refused() {
        let text = "Message-Type: Text\r\n";
        let refused = |to: &str, headers: &str| read(to, headers, "").unwrap_err();
        assert_eq!(refused("32:a@b", text), Fault::Unroutable);
        assert_eq!(refused("19:x", text), Fault::NoSuchUser);
        assert_eq!(refused("8:a b", text), Fault::NoSuchUser);
        assert_eq!(refused("bob", text), Fault::Invalid);
        assert_eq!(refused("8:bob", ""), Fault::Invalid);
        let activity = "Message-Type: ThreadActivity/TopicUpdate\r\n";
        assert_eq!(refused("8:bob", activity), Fault::Invalid);
        let long = format!("{text}X: {}\r\n", "x".repeat(8200));
        assert_eq!(refused("8:bob", &long), Fault::TooLong);
    }
}
