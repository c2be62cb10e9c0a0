//! `SDG`: what is said, between the client's words and the network's, which are those of MSNP24 (msnp24.md 10).
//!
//! * A text is kept, and waits for who is away, whatever `Service-Channel` says: clients learn late who has come or gone.
//! * On its way to the client only what has waited says when it was said.
//! * Of markup, which came with MSNP24, the words are left; an edit is a further text, as in the dialects before.

use bytes::Bytes;
use machine_contract::UnixTime;
use msnp_proto::payload::layers::Layers;
use msnp_proto::payload::message::MessageType;
use msnp_proto::{Address as Muri, Network, Timestamp};

use crate::faces::layered::message::DISPLAY_NAME;
use crate::identity::Who;
use crate::network::{Attributes, Author, Content, ConversationId, EndpointId, Message, Said};
use crate::plain_text::{EDITED, plain_text};

const CONTENT_TYPE: &str = "Content-Type";
/// Texts and nudges have it here, and notices of typing in another case (msnp24.md 10).
const PLAIN: &str = "text/plain; charset=UTF-8";
const OF_TYPING: &str = "Text/plain; charset=UTF-8";

/// What a nudge is to everybody else.
const DATACAST: (&str, &[u8]) = ("text/x-msnmsgr-datacast", b"ID: 1\r\n\r\n");

/// What the client has said, in the words that other dialects know.
pub(super) fn heard(said: Said) -> Said {
    if MessageType::new(&said.kind) != MessageType::NUDGE {
        return said;
    }
    let (content_type, body) = DATACAST;
    Said {
        attributes: with_type(&said.attributes, content_type),
        body: Bytes::from_static(body),
        ..said
    }
}

/// What somebody has said, in the client's words; `None` for what it has none for.
pub(super) fn shown(said: &Said) -> Option<Said> {
    let kind = MessageType::new(&said.kind);
    let of_kind = |kind: MessageType, content_type, body| Said {
        kind: kind.as_str().into(),
        client_id: None,
        attributes: with_type(&said.attributes, content_type),
        body,
    };
    if kind.is_text() {
        let text = plain_text(said);
        // An edit to nothing is a deletion, for which there is no word.
        let is_deletion = said.attributes.get(EDITED).is_some() && text.trim().is_empty();
        return (!is_deletion).then(|| of_kind(MessageType::TEXT, PLAIN, text.into()));
    }
    if kind == MessageType::NUDGE {
        return Some(of_kind(kind, PLAIN, Bytes::from_static(b"\r\n")));
    }
    if kind == MessageType::TYPING || kind == MessageType::CLEAR_TYPING {
        return Some(of_kind(kind, OF_TYPING, Bytes::new()));
    }
    // Between clients of this dialect there are more words: pictures, winks, invitations.
    Some(said.clone())
}

/// The attributes with another content type, and without what only MSNP24 knows.
fn with_type(attributes: &Attributes, content_type: &str) -> Attributes {
    let mut others = Attributes::new();
    for (name, value) in attributes.iter() {
        let is_known = |one: &str| name.eq_ignore_ascii_case(one);
        if !is_known(CONTENT_TYPE)
            && !is_known("Content-Transfer-Encoding")
            && !name.starts_with("Skype-")
        {
            others.push(name, value);
        }
    }
    others.push(CONTENT_TYPE, content_type);
    others
}

/// A message of the network as the client is shown it, who has been there since `since`. `None`: there is no word for it here.
pub(super) fn layers(
    conversation: &ConversationId,
    message: &Message,
    own: &Who,
    since: UnixTime,
) -> Option<Layers> {
    let (ConversationId::Person(with), Author::Person(author, place), Content::Said(said)) =
        (conversation, &message.author, &message.content)
    else {
        return None;
    };
    // What the person has said at another place is shown as theirs, to whom it was said.
    let to = if author == own { with } else { own };
    let waited = Some(message.arrival).filter(|arrival| *arrival < since);
    datagram(&muri(to)?, (author, *place), &shown(said)?, waited)
}

/// The payload of `SDG`: to whom, by whom at which of their places, what, and when if it has waited.
pub(super) fn datagram(
    to: &Muri,
    (author, place): (&Who, EndpointId),
    said: &Said,
    waited: Option<UnixTime>,
) -> Option<Layers> {
    let from = muri(author)?.with_epid(place);
    let channel = if waited.is_some() {
        "IM/Offline"
    } else {
        "IM/Online"
    };
    let mut block = Layers::build(to, &from)
        .header("Service-Channel", channel)
        .reliability()
        .messaging()
        .header("Message-Type", &said.kind)
        .header_if(DISPLAY_NAME, said.attributes.get(DISPLAY_NAME))
        .header_if("Original-Arrival-Time", waited.map(Timestamp::new));
    let is_name = |name: &str| name.eq_ignore_ascii_case(DISPLAY_NAME);
    for (name, value) in said.attributes.iter().filter(|(name, _)| !is_name(name)) {
        block = block.header(name, value);
    }
    Some(block.finish(&said.body))
}

/// How somebody is called here.
pub(super) fn muri(who: &Who) -> Option<Muri> {
    Muri::new(Network::PASSPORT, who.email().as_str()).ok()
}

#[cfg(test)]
mod tests {
    use msnp_proto::Guid;

    use super::*;
    use crate::identity::{EmailAddress, HomeId, PersonId, SkypeId};
    use crate::network::MessageName;

    fn who(name: &str) -> Who {
        Who::new(
            PersonId::new(u64::from(name.as_bytes()[0])),
            HomeId(0),
            SkypeId::parse(name).unwrap(),
            EmailAddress::parse(&format!("{name}@example.org")).unwrap(),
        )
    }

    fn said(kind: &str, attributes: &[(&str, &str)], body: &'static str) -> Said {
        let mut all = Attributes::new();
        for (name, value) in attributes {
            all.push(*name, *value);
        }
        Said {
            kind: kind.into(),
            client_id: Some("7".into()),
            attributes: all,
            body: body.into(),
        }
    }

    /// By bob, who speaks to alice, as alice at another place, or bob at his other one, is shown it.
    fn text(said: Said, own: &str, since: u64) -> Option<String> {
        let message = Message {
            name: MessageName {
                home: HomeId(0),
                number: 1,
            },
            arrival: UnixTime::from_secs(1_431_882_693),
            author: Author::Person(who("bob"), Guid::from_bytes([2; 16])),
            content: Content::Said(said),
        };
        let with = if own == "bob" { "alice" } else { "bob" };
        let conversation = ConversationId::Person(who(with));
        let since = UnixTime::from_secs(since);
        let layers = layers(&conversation, &message, &who(own), since)?;
        Some(String::from_utf8(layers.into_bytes().to_vec()).unwrap())
    }

    #[test]
    fn a_text_is_shown_as_the_transcript_has_it() {
        let format = "FN=Segoe%20UI; EF=; CO=0; CS=0; PF=0";
        let hi = said(
            "Text",
            &[(DISPLAY_NAME, "Bob"), ("X-MMS-IM-Format", format)],
            "hi",
        );
        let head = "From: 1:bob@example.org;epid={02020202-0202-0202-0202-020202020202}\r\n";
        let rest = "Reliability: 1.0\r\n\r\nMessaging: 2.0\r\nMessage-Type: Text\r\nIM-Display-Name: Bob\r\n";
        let tail = format!(
            "X-MMS-IM-Format: {format}\r\nContent-Type: {PLAIN}\r\nContent-Length: 2\r\n\r\nhi"
        );
        let expected = format!(
            "Routing: 1.0\r\nTo: 1:alice@example.org\r\n{head}Service-Channel: IM/Online\r\n\r\n{rest}{tail}"
        );
        assert_eq!(text(hi.clone(), "alice", 0), Some(expected));
        let waited = "Original-Arrival-Time: 2015-05-17T17:11:33Z\r\n";
        let expected = format!(
            "Routing: 1.0\r\nTo: 1:alice@example.org\r\n{head}Service-Channel: IM/Offline\r\n\r\n{rest}{waited}{tail}"
        );
        assert_eq!(text(hi.clone(), "alice", 2_000_000_000), Some(expected));
        let elsewhere = text(hi, "bob", 0).unwrap();
        let to = format!("Routing: 1.0\r\nTo: 1:alice@example.org\r\n{head}");
        assert!(elsewhere.starts_with(&to), "{elsewhere}");
    }

    #[test]
    fn of_what_came_later_the_words_are_left() {
        let rich = said("RichText", &[], "a <b>&lt;</b>");
        assert!(text(rich, "alice", 0).unwrap().ends_with("\r\n\r\na <"));
        let edit = said("Text", &[(EDITED, "7")], "better");
        let shown = text(edit, "alice", 0).unwrap();
        assert!(!shown.contains("Skype-") && shown.ends_with("\r\n\r\nbetter"));
        assert_eq!(text(said("Text", &[(EDITED, "7")], ""), "alice", 0), None);
    }

    #[test]
    fn a_nudge_is_everybodys_there_and_back() {
        let own = said("Nudge", &[(CONTENT_TYPE, PLAIN)], "\r\n");
        let heard = heard(own);
        assert_eq!(heard.attributes.get(CONTENT_TYPE), Some(DATACAST.0));
        assert_eq!(&heard.body[..], DATACAST.1);
        let back = shown(&heard).unwrap();
        assert_eq!(back.attributes.get(CONTENT_TYPE), Some(PLAIN));
        assert_eq!(back.body, "\r\n");
    }
}
