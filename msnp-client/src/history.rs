//! What was said before: pages of older messages.

use machine_contract::UnixTime;
use msnp_proto::payload::history::{MessagesByConversationResponse, StoredMessage};

use crate::address::{contact_at, conversation_at};
use crate::conversation::{Format, Message};
use crate::id::{ConversationId, MessageId, OperationId};
use crate::limits::Limits;
use crate::presence::clip;

/// One page of older messages.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct History {
    /// The request that asked for it. `None`: told unasked, while signing in.
    pub operation: Option<OperationId>,
    /// Of which conversation.
    pub conversation: ConversationId,
    /// Oldest first.
    pub messages: Vec<Message>,
    /// There are older ones: ask again with this.
    pub more: Option<HistoryMark>,
}

impl History {
    /// A page that nobody asked for, with nothing older behind it.
    pub const fn new(conversation: ConversationId, messages: Vec<Message>) -> Self {
        Self {
            operation: None,
            conversation,
            messages,
            more: None,
        }
    }
}

/// Where the next page of a history starts. Only the service knows what it says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HistoryMark(pub(crate) String);

impl History {
    /// What the service tells of one conversation: newest first, as it writes (msnp24.md 12).
    pub(crate) fn of(
        operation: Option<OperationId>,
        conversation: &ConversationId,
        stored: &[StoredMessage],
        more: Option<HistoryMark>,
        limits: &Limits,
    ) -> Self {
        let page = usize::try_from(limits.history_page).unwrap_or(usize::MAX);
        let newest = stored.iter().take(page);
        let mut messages: Vec<_> = newest
            .filter_map(|stored| message(stored, conversation, limits))
            .collect();
        messages.reverse();
        Self {
            operation,
            conversation: conversation.clone(),
            messages,
            more,
        }
    }

    /// The answer to `request_history`; `None` if it is about nothing that has a name.
    pub(crate) fn of_response(
        operation: OperationId,
        response: &MessagesByConversationResponse,
        limits: &Limits,
    ) -> Option<Self> {
        let conversation = conversation_at(&response.id)?;
        let more = response.sync_state.clone().filter(|_| response.has_more);
        let more = more
            .filter(|mark| mark.len() <= limits.text)
            .map(HistoryMark);
        Some(Self::of(
            Some(operation),
            &conversation,
            &response.messages,
            more,
            limits,
        ))
    }
}

/// A stored message that a person would read; typing and the like are left out.
fn message(
    stored: &StoredMessage,
    conversation: &ConversationId,
    limits: &Limits,
) -> Option<Message> {
    if !stored.kind.is_text() {
        return None;
    }
    let id = stored.client_message_id.or(stored.message_id)?;
    Some(Message {
        id: MessageId::from_number(id),
        conversation: conversation.clone(),
        from: contact_at(stored.from.as_ref()?)?,
        from_name: None,
        text: clip(&stored.content, limits.text),
        format: Format::of(&stored.kind),
        sent_at: stored
            .arrived_at()
            .or(stored.message_id.map(UnixTime::from_millis)),
        delayed: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_told_oldest_first_with_the_mark_of_the_next() {
        let response = "<messagesbyconversation-response><id>8:bob</id><hasmore>true</hasmore>\
            <messagessyncstate>S1</messagessyncstate><messages>\
            <message><messageid>2000</messageid><from>8:bob;epid={11111111-2222-3333-4444-555555555555}</from>\
            <messagetype>Text</messagetype><content>new</content><clientmessageid>22</clientmessageid></message>\
            <message><messageid>1500</messageid><from>8:bob</from><messagetype>Control/Typing</messagetype>\
            <content></content></message>\
            <message><messageid>1000</messageid><originalarrivaltime>1970-01-01T00:00:01.5Z</originalarrivaltime>\
            <from>8:live:alice</from><messagetype>RichText</messagetype><content>&lt;b&gt;old</content></message>\
            </messages></messagesbyconversation-response>";
        let response = MessagesByConversationResponse::parse(response.as_bytes()).expect("a page");
        let history = History::of_response(OperationId(7), &response, &Limits::default());
        let history = history.expect("a page");
        let told: Vec<_> = history
            .messages
            .iter()
            .map(|m| {
                (
                    m.id.as_str(),
                    m.from.to_string(),
                    m.text.as_str(),
                    m.sent_at.map(UnixTime::as_millis),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("1000", "8:live:alice".to_owned(), "<b>old", Some(1500)),
                ("22", "8:bob".to_owned(), "new", Some(2000)),
            ]
        );
        assert_eq!(history.more, Some(HistoryMark("S1".to_owned())));
        assert_eq!(history.operation, Some(OperationId(7)));
    }
}
