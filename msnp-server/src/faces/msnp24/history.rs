//! History: the conversations of a person, their messages, and their threads.

use std::sync::Arc;

use bytes::Bytes;
use msnp_proto::Timestamp;
use msnp_proto::payload::history::{
    self as wire, GroupState, MessagesByConversation, MessagesByConversationResponse,
    RecentConversations, RecentConversationsResponse, StoredMessage, ThreadsResponse,
};
use msnp_proto::payload::message::{ConsumptionHorizon, MessageType};
use msnp_proto::payload::xml::Element;

use super::delivery;
use super::forms::Forms;
use super::refusal::ErrorReply;
use super::requests::Page;
use super::thread;
use crate::faces::config::Config;
use crate::faces::layered::address;
use crate::network::{Command, Conversation, ConversationId, Horizon, Kept, Number, Thread};

/// Entries of a page if the client does not say (msnp24.md 12).
const PAGE: u64 = 100;

/// `GET MSGR\RECENTCONVERSATIONS`
pub(super) fn conversations_wanted(wanted: &RecentConversations, config: &Config) -> Command {
    Command::ListConversations {
        since: Number(wanted.start.unwrap_or_default()),
        limit: page(wanted.page_size, config),
    }
}

/// `GET MSGR\MESSAGESBYCONVERSATION`, newest first. The sync state is the number of the oldest
/// message given so far; the next page lies before it.
pub(super) fn page_wanted(
    wanted: &MessagesByConversation,
    config: &Config,
) -> Result<(Command, Page), ErrorReply> {
    let conversation = address::conversation(&wanted.id).ok_or(ErrorReply::NO_SUCH_USER)?;
    let before = match wanted.sync_state.as_deref().map(str::trim) {
        None | Some("") => Number::LAST,
        Some(state) => Number(state.parse().map_err(|_| ErrorReply::INVALID)?),
    };
    let limit = page(wanted.page_size, config);
    let command = Command::ListMessages {
        conversation,
        from: Number(wanted.start.unwrap_or_default()),
        before,
        // One more tells whether there is more.
        limit: limit.saturating_add(1),
    };
    let id = wanted.id.clone();
    Ok((command, Page { id, before, limit }))
}

/// `GET MSGR\THREADS`. Threads that the asker is not in are left out.
pub(super) fn threads_wanted(wanted: &wire::Threads, config: &Config) -> Command {
    let ids = wanted.ids.iter().take(config.page);
    Command::ListThreads(ids.filter_map(address::thread).collect())
}

fn page(wanted: Option<u64>, config: &Config) -> usize {
    let wanted = usize::try_from(wanted.unwrap_or(PAGE)).unwrap_or(usize::MAX);
    wanted.clamp(1, config.page.max(1))
}

/// The newest conversations, as far as an answer can hold them.
pub(super) fn conversations(found: &[Conversation], forms: &Forms, config: &Config) -> Bytes {
    let mut response = RecentConversationsResponse::default();
    let mut room = config.answer_bytes;
    for known in found {
        let last = stored(&known.last, forms);
        if !take_room(&mut room, size(&last)) {
            break;
        }
        let number = known.last.number.0;
        let id = match &known.last.conversation {
            ConversationId::Person(who) => forms.muri(who),
            ConversationId::Thread(id) => address::of_thread(*id),
        };
        let mut conversation = wire::Conversation::new(id);
        conversation.version = Some(number);
        conversation.consumption_horizon = known.horizon.as_ref().map(horizon);
        if let ConversationId::Thread(_) = &known.last.conversation {
            conversation.thread = Some(GroupState {
                last_leave_at: known.left.map(|left| left.as_millis().to_string()),
                unknown: Vec::new(),
            });
        }
        // C4 takes a conversation without messages for one that was left (msnp24.md 12).
        if known.left.is_none() {
            conversation.messages.push(last);
        }
        response.conversations.push(conversation);
    }
    response.encode().into()
}

/// A page of messages, and whether there is more.
pub(super) fn messages(page: Page, found: &[Kept], forms: &Forms, config: &Config) -> Bytes {
    let mut room = config.answer_bytes;
    let messages: Vec<_> = found
        .iter()
        .take(page.limit)
        .map(|kept| (kept.number, stored(kept, forms)))
        .take_while(|(_, message)| take_room(&mut room, size(message)))
        .collect();
    let has_more = found.len() > messages.len();
    let oldest = messages.last().map_or(page.before, |(number, _)| *number);
    let response = MessagesByConversationResponse {
        id: page.id,
        has_more,
        sync_state: (oldest != Number::LAST).then(|| oldest.0.to_string()),
        messages: messages.into_iter().map(|(_, message)| message).collect(),
    };
    response.encode().into()
}

/// The documents of threads, as far as an answer can hold them.
pub(super) fn threads(found: &[Arc<Thread>], forms: &Forms, config: &Config) -> Bytes {
    let mut room = config.answer_bytes;
    let documents = found.iter().map(|thread| thread::document(thread, forms));
    let response = ThreadsResponse {
        threads: documents
            .take_while(|document| take_room(&mut room, document.encode().len()))
            .collect(),
    };
    response.encode().into()
}

/// Whether the next entry of an answer still fits. One entry always fits, or a client that asks for
/// pages would never get further.
fn take_room(room: &mut usize, bytes: usize) -> bool {
    let fits = *room > 0;
    *room = room.saturating_sub(bytes);
    fits
}

/// About how long a message is as XML, where `&`, `<` and `>` take up to five bytes.
fn size(message: &StoredMessage) -> usize {
    let content = message.content.as_bytes();
    let escaped = content.iter().filter(|byte| b"&<>".contains(byte)).count();
    content.len() + 4 * escaped + 512
}

fn horizon(horizon: &Horizon) -> ConsumptionHorizon {
    let client_id = horizon.client_id.as_ref();
    ConsumptionHorizon {
        message_time: horizon.number.0,
        read_time: horizon.at.as_millis(),
        client_message_id: client_id.and_then(|id| id.parse().ok()).unwrap_or_default(),
    }
}

/// An edit is a message of its own, as it was delivered; `skypeeditedid` says which it replaces.
fn stored(kept: &Kept, forms: &Forms) -> StoredMessage {
    let message = &*kept.message;
    let (kind, attributes, body) = delivery::content(message, forms);
    let edited = attributes.get("Skype-EditedId");
    let edited = edited.map(|id| Element::new("skypeeditedid").with_text(id));
    let arrival = Timestamp::new(message.arrival).to_string();
    StoredMessage {
        message_id: Some(kept.number.0),
        original_arrival_time: Some(arrival.clone()),
        from: Some(delivery::from(message, forms)),
        kind: MessageType::new(&kind),
        content: String::from_utf8_lossy(&body).into_owned(),
        client_message_id: message.client_id().and_then(|id| id.parse().ok()),
        compose_time: Some(arrival),
        unknown: edited.into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use machine_contract::UnixTime;
    use msnp_proto::Guid;

    use super::*;
    use crate::identity::{EmailAddress, HomeId, PersonId, SkypeId, Who};
    use crate::network::{
        Attributes, Author, Content, ConversationAddress, Message, MessageName, Said, ThreadId,
    };

    const EPID: Guid = Guid::from_bytes([2; 16]);

    fn bob() -> Who {
        Who::new(
            PersonId::new(2),
            HomeId(0),
            SkypeId::parse("bob").unwrap(),
            EmailAddress::parse("bob@example.org").unwrap(),
        )
    }

    fn kept(number: u64, conversation: ConversationId, body: &str) -> Kept {
        let mut attributes = Attributes::new();
        attributes.push("Skype-EditedId", "5");
        let said = Said {
            kind: "Text".into(),
            client_id: Some("77".into()),
            attributes,
            body: Bytes::copy_from_slice(body.as_bytes()),
        };
        let message = Message {
            name: MessageName {
                home: HomeId(0),
                number,
            },
            arrival: UnixTime::from_millis(1_431_882_693_260),
            author: Author::Person(bob(), EPID),
            content: Content::Said(said),
        };
        Kept {
            number: Number(number),
            conversation,
            message: message.into(),
            waiting: false,
        }
    }

    fn with_bob() -> ConversationId {
        ConversationId::Person(bob())
    }

    fn wanted(id: &str, state: Option<&str>, size: Option<u64>) -> MessagesByConversation {
        MessagesByConversation {
            id: id.parse().unwrap(),
            start: None,
            sync_state: state.map(str::to_owned),
            page_size: size,
        }
    }

    #[test]
    fn a_conversation_is_written_and_reads_back() {
        let horizon = Horizon {
            number: Number(8),
            client_id: Some("77".into()),
            at: UnixTime::from_millis(9),
        };
        let known = Conversation {
            last: kept(8, with_bob(), "a & b"),
            horizon: Some(horizon),
            left: None,
        };
        let bytes = conversations(&[known], &Forms::default(), &Config::default());
        let message = format!(
            "<message><messageid>8</messageid><originalarrivaltime>2015-05-17T17:11:33Z</originalarrivaltime><from>8:bob;epid={}</from><messagetype>Text</messagetype><content>a &amp; b</content><clientmessageid>77</clientmessageid><composetime>2015-05-17T17:11:33Z</composetime><skypeeditedid>5</skypeeditedid></message>",
            EPID.braced()
        );
        let expected = format!(
            "<recentconversations-response><conversations><conversation><id>8:bob</id><version>8</version><properties><consumptionhorizon>8;9;77</consumptionhorizon></properties><messages>{message}</messages></conversation></conversations></recentconversations-response>"
        );
        assert_eq!(bytes, expected);
        let read = RecentConversationsResponse::parse(&bytes).unwrap();
        assert_eq!(read.encode(), expected.as_bytes());
    }

    #[test]
    fn a_thread_that_was_left_has_no_messages() {
        let thread = ConversationId::Thread(ThreadId([0; 16]));
        for (left, rest) in [
            (None, "<thread></thread><messages><message>"),
            (
                Some(UnixTime::from_millis(9)),
                "<thread><lastleaveat>9</lastleaveat></thread><messages></messages>",
            ),
        ] {
            let known = Conversation {
                last: kept(8, thread.clone(), "hi"),
                horizon: None,
                left,
            };
            let bytes = conversations(&[known], &Forms::default(), &Config::default());
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            assert!(text.contains(rest), "{text}");
        }
    }

    #[test]
    fn a_page_is_asked_for_one_longer_than_it_is() {
        let config = Config::default();
        for (state, size, before, limit) in [
            (None, None, Number::LAST, 100),
            (Some(" "), Some(0), Number::LAST, 1),
            (Some("7"), Some(u64::MAX), Number(7), 200),
        ] {
            let (command, page) = page_wanted(&wanted("8:bob", state, size), &config).unwrap();
            assert_eq!((page.before, page.limit), (before, limit));
            let Command::ListMessages {
                conversation,
                limit: asked,
                ..
            } = command
            else {
                panic!("{command:?}")
            };
            assert_eq!(asked, limit + 1);
            let address = address::person(&"8:bob".parse().unwrap()).unwrap();
            assert_eq!(conversation, ConversationAddress::Person(address));
        }
        let refused = |id, state| page_wanted(&wanted(id, state, None), &config).unwrap_err();
        assert_eq!(refused("8:bob", Some("x")), ErrorReply::INVALID);
        assert_eq!(refused("32:bob", None), ErrorReply::NO_SUCH_USER);
    }

    #[test]
    fn a_page_ends_where_the_answer_is_full() {
        let page = |limit| Page {
            id: "1:bob@example.org".parse().unwrap(),
            before: Number::LAST,
            limit,
        };
        let found = [9, 8, 7].map(|number| kept(number, with_bob(), "hi"));
        let mut config = Config::default();
        let mut read = |limit, answer_bytes, found: &[Kept]| {
            config.answer_bytes = answer_bytes;
            let bytes = messages(page(limit), found, &Forms::default(), &config);
            let read = MessagesByConversationResponse::parse(&bytes).unwrap();
            assert_eq!(read.id.as_str(), "1:bob@example.org");
            let state = read.sync_state.as_deref().map(str::to_owned);
            (read.messages.len(), read.has_more, state)
        };
        assert_eq!(read(2, 9999, &found), (2, true, Some("8".to_owned())));
        assert_eq!(read(3, 9999, &found), (3, false, Some("7".to_owned())));
        assert_eq!(read(3, 1, &found), (1, true, Some("9".to_owned())));
        assert_eq!(read(3, 9999, &[]), (0, false, None));
    }
}
