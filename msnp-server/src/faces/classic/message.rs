//! What is said in a conversation, between the payloads of `MSG` and the network's values.
//!
//! The network has the words of MSNP24 for it. What those do not have goes from one switchboard to another byte for byte,
//! and nowhere else.

use bytes::Bytes;
use msnp_proto::classic::SendPage;
use msnp_proto::payload::chunks;
use msnp_proto::payload::message::{MessageType, TextFormat};
use msnp_proto::payload::mime::{Content, Datacast, Mime, Text, Typing};
use msnp_proto::{ErrorCode, Guid, Network};

use super::{refusal, roster};
use crate::faces::config::Config;
use crate::identity::Who;
use crate::network::{
    self, Attributes, Author, Command, ConversationId, Delivery, Message, Recipient, Said,
};
use crate::plain_text::{EDITED, plain_text};

/// The attribute that names the author, in whatever dialect.
pub(super) const NAME: &str = "IM-Display-Name";
const CONTENT_TYPE: &str = "Content-Type";
const FORMAT: &str = "X-MMS-IM-Format";

/// Bytes of the headers that are kept with a text.
const HEADER_BYTES: usize = 1024;

/// How something is said to a person.
#[derive(Debug)]
pub(super) struct Spoken {
    pub(super) said: Said,
    pub(super) delivery: Delivery,
}

/// What a message is to the network; `None` for what it has no words for.
pub(super) fn spoken(mime: &Mime, name: &str) -> Option<Spoken> {
    let transient = |must_reach, echo| Delivery::Transient { must_reach, echo };
    match Content::of(mime).ok()? {
        Content::Text(text) => Some(Spoken {
            said: said_text(&text, name)?,
            delivery: Delivery::Durable,
        }),
        Content::Typing(Typing::Typing(_) | Typing::Unnamed) => Some(Spoken {
            said: said(&MessageType::TYPING, "Application/Message", "", name),
            delivery: transient(false, false),
        }),
        Content::Datacast(Datacast::Nudge) => Some(Spoken {
            said: said(
                &MessageType::NUDGE,
                "text/x-msnmsgr-datacast",
                "ID: 1\r\n\r\n",
                name,
            ),
            delivery: transient(true, true),
        }),
        _ => None,
    }
}

/// `UUM`: a message for somebody who is away, and what is said beside conversations. It is not answered when it is done
/// (msnp8-18.md 10). libpurple leaves out the header that says for whom it is (real-clients.md 1).
pub(super) fn page(page: &SendPage, name: &str, config: &Config) -> Result<Command, ErrorCode> {
    if page.network != Network::PASSPORT {
        return Err(refusal::UNROUTABLE);
    }
    if page.payload.len() > config.message_bytes {
        return Err(refusal::MESSAGE_TOO_LONG);
    }
    let to = roster::address(&page.account.text()).ok_or(refusal::INVALID_USERNAME)?;
    let mime = Mime::parse(page.payload.clone()).map_err(|_| refusal::UNDELIVERABLE)?;
    let spoken = spoken(&mime, name).ok_or(refusal::UNDELIVERABLE)?;
    Ok(Command::Send {
        to: Recipient::Person(to, None),
        said: spoken.said,
        delivery: spoken.delivery,
    })
}

/// A text with what its author's client says of its look.
fn said_text(text: &Text, name: &str) -> Option<Said> {
    let words = text.text()?;
    let mut said = said(&MessageType::TEXT, "Text/plain; charset=UTF-8", words, name);
    if let Some(format) = &text.format {
        said.attributes.push(FORMAT, format.to_string());
    }
    let others = [
        ("P4-Context", &text.shown_name),
        ("User-Agent", &text.user_agent),
    ];
    for (name, value) in others {
        if let Some(value) = value.as_ref().filter(|value| value.len() <= HEADER_BYTES) {
            said.attributes
                .push(name, value.replace(char::is_control, " "));
        }
    }
    Some(said)
}

fn said(kind: &MessageType, content_type: &str, body: &str, name: &str) -> Said {
    let mut attributes = Attributes::new();
    if !name.is_empty() {
        attributes.push(NAME, name);
    }
    attributes.push(CONTENT_TYPE, content_type);
    Said {
        kind: kind.as_str().into(),
        client_id: None,
        attributes,
        body: Bytes::copy_from_slice(body.as_bytes()),
    }
}

/// What a person's words are in this dialect: one message or, if they are long, several; none if it has no words for
/// them. `account` is their author's.
pub(super) fn payloads(
    said: &Said,
    account: &str,
    joins_parts: bool,
    id: impl FnOnce() -> [u8; 16],
) -> Vec<Mime> {
    let kind = MessageType::new(&said.kind);
    if kind.is_text() {
        let text = text_of(said);
        return cut(&text, joins_parts, id);
    }
    if kind == MessageType::TYPING {
        return vec![Typing::Typing(account.to_owned()).to_mime()];
    }
    if kind == MessageType::NUDGE {
        return vec![Datacast::Nudge.to_mime()];
    }
    Vec::new()
}

/// Whether a text is one that a client of this dialect shows; an edit to nothing is a deletion (msnp24.md 10).
pub(super) fn is_shown(said: &Said) -> bool {
    let kind = MessageType::new(&said.kind);
    let is_deletion = said.attributes.get(EDITED).is_some() && plain_text(said).trim().is_empty();
    kind.is_text() && !is_deletion
}

/// Whether what passes by is worth calling somebody to a conversation for.
pub(super) fn rings(said: &Said) -> bool {
    MessageType::new(&said.kind) == MessageType::NUDGE
}

/// What one other person has said to the person; nothing of what is said in a thread, or by the person elsewhere.
pub(super) fn of_another<'a>(
    conversation: &'a ConversationId,
    message: &'a Message,
    own: &Who,
) -> Option<(&'a Who, &'a Said)> {
    match (conversation, &message.author, &message.content) {
        (ConversationId::Person(with), Author::Person(author, _), network::Content::Said(said))
            if author != own =>
        {
            Some((with, said))
        }
        _ => None,
    }
}

fn text_of(said: &Said) -> Text {
    let format = said.attributes.get(FORMAT);
    let format: TextFormat = format.and_then(|one| one.parse().ok()).unwrap_or_default();
    let mut text = Text::new(plain_text(said)).with_format(format);
    text.shown_name = said.attributes.get("P4-Context").map(str::to_owned);
    text.user_agent = said.attributes.get("User-Agent").map(str::to_owned);
    text
}

/// In parts that the client puts together again if it can, else in messages of their own (msnp8-18.md 9.5).
fn cut(text: &Text, joins_parts: bool, id: impl FnOnce() -> [u8; 16]) -> Vec<Mime> {
    if joins_parts && let Ok(parts) = chunks::split(text, Guid::from_bytes(id())) {
        return parts;
    }
    let words = text.text().unwrap_or_default();
    if words.is_empty() {
        return vec![text.to_mime()];
    }
    let pieces = chunks::pieces(words, chunks::MAX_BODY);
    let piece = |words: &str| Text {
        body: Bytes::copy_from_slice(words.as_bytes()),
        ..text.clone()
    };
    pieces.map(|words| piece(words).to_mime()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mime(head: &str, body: &str) -> Mime {
        let text = format!("MIME-Version: 1.0\r\n{head}\r\n\r\n{body}");
        Mime::parse(text.into()).unwrap()
    }

    fn again(mime: &Mime, joins_parts: bool) -> Vec<String> {
        let spoken = spoken(mime, "Alice").unwrap();
        let again = payloads(&spoken.said, "alice@example.org", joins_parts, || [7; 16]);
        let texts = again.iter().map(|mime| mime.as_bytes().to_vec());
        texts.map(|text| String::from_utf8(text).unwrap()).collect()
    }

    #[track_caller]
    fn stays(head: &str, body: &str) {
        let mime = mime(head, body);
        let expected = String::from_utf8(mime.as_bytes().to_vec()).unwrap();
        assert_eq!(again(&mime, false), [expected]);
    }

    #[test]
    fn what_the_network_has_words_for_comes_out_as_it_went_in() {
        let format = "X-MMS-IM-Format: FN=Arial; EF=BI; CO=ff; CS=0; PF=22";
        let plain = "Content-Type: text/plain; charset=UTF-8";
        stays(
            &format!("{plain}\r\n{format}"),
            "gr\u{fc}\u{df}e \u{2713} <&>\r\n50%",
        );
        stays(
            "Content-Type: text/x-msmsgscontrol\r\nTypingUser: alice@example.org",
            "\r\n",
        );
        stays("Content-Type: text/x-msnmsgr-datacast", "ID: 1\r\n\r\n");
    }

    #[test]
    fn what_it_has_none_for_is_told_apart() {
        for (head, body) in [
            (
                "Content-Type: application/x-msnmsgrp2p\r\nP2P-Dest: a@b",
                "\0",
            ),
            (
                "Content-Type: text/x-msnmsgr-datacast",
                "ID: 2\r\nData: <msnobj/>\r\n",
            ),
            ("Content-Type: text/x-clientcaps", "Client-Name: x\r\n"),
            ("Content-Type: text/x-keepalive", "\r\n"),
        ] {
            assert!(spoken(&mime(head, body), "Alice").is_none(), "{head}");
        }
    }

    #[test]
    fn long_words_are_cut_as_the_client_can_take_them() {
        let long = "\u{e9}".repeat(2_000);
        let mime = mime("Content-Type: text/plain; charset=UTF-8", &long);
        let parts = again(&mime, true);
        assert!(
            parts.len() == 3 && parts[0].contains("Chunks: 3\r\n"),
            "{parts:?}"
        );
        let pieces = again(&mime, false);
        let bodies = pieces
            .iter()
            .map(|one| one.split_once("\r\n\r\n").unwrap().1);
        assert_eq!(bodies.collect::<String>(), long);
        assert!(
            pieces
                .iter()
                .chain(&parts)
                .all(|one| one.len() <= chunks::MAX_PAYLOAD)
        );
    }

    #[test]
    fn markup_is_shown_as_its_words_and_a_deletion_not_at_all() {
        let mut rich = said(
            &MessageType::RICH_TEXT,
            "application/user+xml",
            "a <b>&lt;b&gt;</b> &amp;lt;",
            "",
        );
        assert_eq!(plain_text(&rich), "a <b> &lt;");
        assert!(is_shown(&rich));
        rich.attributes.push(EDITED, "7");
        rich.body = "<e_m/>".into();
        assert!(!is_shown(&rich));
    }
}
