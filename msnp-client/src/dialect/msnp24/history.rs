//! Pages of older messages, as the service writes them (msnp24.md 12).

use machine_contract::UnixTime;
use msnp_proto::payload::history::{MessagesByConversationResponse, StoredMessage};

use crate::dialect::layered::address::{contact_at, conversation_at};
use crate::dialect::layered::format::format_of;
use crate::history::{HistoryMark, HistoryPage};
use crate::id::{ConversationId, MessageId};
use crate::limits::Limits;
use crate::looks::Looks;
use crate::message::Message;
use crate::text::clip;

/// The answer to a question for older messages; `None` if it is about nothing that has a name.
pub(super) fn page_of(
    response: &MessagesByConversationResponse,
    limits: &Limits,
) -> Option<HistoryPage> {
    let conversation = conversation_at(&response.id)?;
    let more = response.sync_state.clone().filter(|_| response.has_more);
    let more = more.filter(|mark| mark.len() <= limits.text);
    Some(HistoryPage {
        messages: messages_of(&conversation, &response.messages, limits),
        conversation,
        more: more.map(HistoryMark::new),
    })
}

/// What is stored of one conversation, oldest first: the service writes the newest first.
pub(super) fn messages_of(
    conversation: &ConversationId,
    stored: &[StoredMessage],
    limits: &Limits,
) -> Vec<Message> {
    let page = usize::try_from(limits.history_page).unwrap_or(usize::MAX);
    let newest = stored.iter().take(page);
    let mut messages: Vec<_> = newest
        .filter_map(|stored| message(stored, conversation, limits))
        .collect();
    messages.reverse();
    messages
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
        format: format_of(&stored.kind),
        looks: Looks::default(),
        sent_at: stored
            .arrived_at()
            .or(stored.message_id.map(UnixTime::from_millis)),
        delayed: true,
        receipt: None,
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
        let history = page_of(&response, &Limits::default()).expect("a page");
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
        assert_eq!(history.more, Some(HistoryMark::new("S1")));
        assert_eq!(history.conversation.to_string(), "8:bob");
    }
}
