//! Messages on their way to a client, `SDG 0 MSGR` in the shape of msnp24.md 16.3.

use std::sync::Arc;

use bytes::Bytes;
use msnp_proto::msnp24::{Channel, Envelope, HeaderValue};
use msnp_proto::payload::layers::Layers;
use msnp_proto::{Address as Muri, Frame, Timestamp, TrId, Verb};

use super::endpoint::Endpoint;
use super::forms::Forms;
use super::thread;
use crate::faces::layered::{address, message::DISPLAY_NAME};
use crate::network::{Attributes, Author, Content, ConversationId, Kept, Message, Number};

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
    number: Option<Number>,
) -> Frame {
    let to = to(endpoint, forms, conversation, message);
    let id = number.map(|number| number.0);
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
    if let Some(id) = id.filter(|_| kept && endpoint.reads_headers())
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
            .header("Original-Arrival-Time", Timestamp::new(message.arrival));
    }
    let is_name = |name: &str| name.eq_ignore_ascii_case(DISPLAY_NAME);
    for (name, value) in attributes.iter().filter(|(name, _)| !is_name(name)) {
        block = block.header(name, value);
    }
    envelope.body = block.finish(&body).into_bytes();
    envelope.to_frame()
}

#[cfg(test)]
mod tests {
    use machine_contract::{Prng, UnixTime};
    use msnp_proto::Guid;

    use super::*;
    use crate::identity::{EmailAddress, HomeId, PersonId, SkypeId, Who};
    use crate::network::{Activity, Deed, MessageName, Said, ThreadId};

    const EPID: Guid = Guid::from_bytes([2; 16]);

    fn who(name: &str) -> Who {
        Who::new(
            PersonId::new(u64::from(name.as_bytes()[0])),
            HomeId(0),
            SkypeId::parse(name).unwrap(),
            EmailAddress::parse(&format!("{name}@example.org")).unwrap(),
        )
    }

    fn message(author: Author, content: Content) -> Message {
        Message {
            name: MessageName {
                home: HomeId(0),
                number: 3,
            },
            arrival: UnixTime::from_millis(1_431_882_693_260),
            author,
            content,
        }
    }

    fn said() -> Content {
        let mut attributes = Attributes::new();
        attributes.push("X-A", "b");
        attributes.push("im-display-name", "Bob");
        Content::Said(Said {
            kind: "Text".into(),
            client_id: Some("77".into()),
            attributes,
            body: "yo".into(),
        })
    }

    /// The frame without its `Context`, whose digits are random.
    fn text(frame: &Frame) -> String {
        let text = String::from_utf8(frame.as_bytes().to_vec()).unwrap();
        let (before, rest) = text.split_once("Context: ").unwrap();
        let (_, after) = rest.split_once("\r\n").unwrap();
        format!("{before}{after}")
    }

    fn alice() -> Endpoint {
        Endpoint::new(who("alice"), EPID, 2, &mut Prng::new(&[0; 32]))
    }

    #[track_caller]
    fn is_for(conversation: &ConversationId, author: &str, to: &str) {
        let message = message(Author::Person(who(author), EPID), said());
        let frame = passing(&alice(), &Forms::default(), conversation, &message, None);
        let from = format!("To: {to}\r\nFrom: 8:{author};epid={}\r\n", EPID.braced());
        assert!(text(&frame).contains(&from), "{}", text(&frame));
    }

    #[test]
    fn to_is_the_other_of_what_was_said_elsewhere_and_oneself_else() {
        let thread = ThreadId([0; 16]);
        is_for(&ConversationId::Person(who("bob")), "bob", "8:alice");
        is_for(&ConversationId::Person(who("bob")), "alice", "8:bob");
        is_for(&ConversationId::Person(who("alice")), "alice", "8:alice");
        let id = "19:00000000000000000000000000000000@thread.skype";
        is_for(&ConversationId::Thread(thread), "bob", id);
    }

    #[test]
    fn a_kept_message_can_be_acknowledged_and_a_passing_one_not() {
        let message = message(Author::Person(who("bob"), EPID), said());
        let conversation = ConversationId::Person(who("bob"));
        let one = Kept {
            number: Number(1_431_882_693_260),
            conversation: conversation.clone(),
            message: message.clone().into(),
            waiting: true,
        };
        let head = format!(
            "Routing: 1.0\r\nTo: 8:alice\r\nFrom: 8:bob;epid={}\r\n\r\nReliability: 1.0\r\n\r\nMessaging: 2.0\r\n",
            EPID.braced()
        );
        let tail = "X-A: b\r\nContent-Length: 2\r\n\r\nyo";
        let forms = Forms::default();
        let frame = text(&kept(&alice(), &forms, &one));
        let (_, payload) = frame.split_once("\r\n").unwrap();
        assert_eq!(
            payload,
            format!(
                "Ack-Id: 0000014D62DBFA8C\r\n\r\n{head}Message-ID: 1431882693260\r\nClient-Message-ID: 77\r\nMessage-Type: Text\r\nIM-Display-Name: Bob\r\nRelationship-Type: Explicit\r\nIs-Active: true\r\nOriginal-Arrival-Time: 2015-05-17T17:11:33Z\r\n{tail}"
            )
        );
        for (id, line) in [(Some(Number(9)), "Message-ID: 9\r\n"), (None, "")] {
            let frame = text(&passing(&alice(), &forms, &conversation, &message, id));
            let (_, payload) = frame.split_once("\r\n").unwrap();
            assert_eq!(
                payload,
                format!(
                    "\r\n{head}{line}Client-Message-ID: 77\r\nMessage-Type: Text\r\nIM-Display-Name: Bob\r\n{tail}"
                )
            );
        }
    }

    #[test]
    fn what_was_sent_on_can_be_read_as_what_was_said() {
        let sent = message(Author::Person(who("bob"), EPID), said());
        let conversation = ConversationId::Person(who("bob"));
        let frame = passing(
            &alice(),
            &Forms::default(),
            &conversation,
            &sent,
            Some(Number(9)),
        );
        let envelope = Envelope::parse(&frame).unwrap();
        let layers = Layers::parse(envelope.body).unwrap();
        let config = crate::faces::config::Config::default();
        let read = crate::faces::layered::message::read(&layers, &who("bob"), None, &config);
        let again = read.unwrap().said;
        let Content::Said(said) = sent.content else {
            panic!("words")
        };
        assert_eq!(
            (&again.kind, &again.client_id),
            (&said.kind, &said.client_id)
        );
        assert_eq!(again.body, said.body);
        let get =
            |name: &str| [&again, &said].map(|one| one.attributes.get(name).unwrap().to_owned());
        for name in ["X-A", DISPLAY_NAME] {
            let [sent, read] = get(name);
            assert_eq!(sent, read);
        }
    }

    #[test]
    fn an_activity_comes_from_its_thread() {
        let thread = ThreadId([0; 16]);
        let activity = Activity {
            at: UnixTime::from_millis(9),
            by: who("bob"),
            deed: Deed::Topic("tea".into()),
        };
        let message = message(Author::Thread(thread), Content::Activity(activity));
        let conversation = ConversationId::Thread(thread);
        let frame = passing(&alice(), &Forms::default(), &conversation, &message, None);
        let id = "19:00000000000000000000000000000000@thread.skype";
        let body = "<topicupdate><eventtime>9</eventtime><initiator>8:bob</initiator><value>tea</value></topicupdate>";
        let expected = format!(
            "Routing: 1.0\r\nTo: {id}\r\nFrom: {id}\r\n\r\nReliability: 1.0\r\n\r\nMessaging: 2.0\r\nMessage-Type: ThreadActivity/TopicUpdate\r\nContent-Type: Text/plain; charset=UTF-8\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        assert!(text(&frame).ends_with(&expected), "{}", text(&frame));
    }
}
