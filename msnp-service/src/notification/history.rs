//! History: the conversations of a user, their messages, and their threads.

use machine_contract::UnixTime;
use msnp_proto::payload::history::{
    Conversation, GroupState, MessagesByConversation, MessagesByConversationResponse,
    RecentConversations, RecentConversationsResponse, StoredMessage, Threads, ThreadsResponse,
};
use msnp_proto::payload::message::MessageType;
use msnp_proto::payload::xml::Element;
use msnp_proto::{Address, Network, Timestamp};

use super::dispatch::Me;
use super::inbox::headers;
use super::refusal::Refusal;
use super::server::NotificationServer;
use super::store::{Author, ConversationId, Message, MessageId, Store};
use super::thread;

/// Entries of a page if the client does not say (msnp24.md 12).
const PAGE: u64 = 100;

impl<S: Store> NotificationServer<S> {
    /// `GET MSGR\RECENTCONVERSATIONS`; the newest ones, as far as an answer can hold them.
    pub(super) fn recent_conversations(
        &self,
        me: &Me,
        wanted: &RecentConversations,
    ) -> Result<Vec<u8>, Refusal<S::Error>> {
        let start = MessageId(wanted.start.unwrap_or_default());
        let mut response = RecentConversationsResponse::default();
        let mut room = self.config.answer_bytes;
        for known in self
            .store
            .conversations(&me.who, start, self.page(wanted.page_size))?
        {
            if !take_room(&mut room, size(&known.last)) {
                break;
            }
            let mut conversation = Conversation::new(address(&known.id));
            conversation.version = Some(known.last.id.0);
            conversation.consumption_horizon = known.horizon.parse().ok();
            let mut present = true;
            if let ConversationId::Thread(id) = &known.id {
                let thread = self.store.thread(id)?;
                let member = thread.and_then(|thread| {
                    thread
                        .members
                        .into_iter()
                        .find(|member| member.who == me.who)
                });
                present = member.as_ref().is_some_and(|member| member.left.is_none());
                let left = member
                    .and_then(|member| member.left)
                    .unwrap_or(known.last.id.0);
                conversation.thread = Some(GroupState {
                    last_leave_at: (!present).then(|| left.to_string()),
                    unknown: Vec::new(),
                });
            }
            // JavaSkype takes a conversation without messages for one that was left (msnp24.md 12).
            if present {
                conversation.messages.push(stored(&known.last));
            }
            response.conversations.push(conversation);
        }
        Ok(response.encode())
    }

    /// `GET MSGR\MESSAGESBYCONVERSATION`, newest first. The sync state is the id of the oldest
    /// message given so far; the next page lies before it.
    pub(super) fn messages_by_conversation(
        &self,
        me: &Me,
        wanted: &MessagesByConversation,
    ) -> Result<Vec<u8>, Refusal<S::Error>> {
        let conversation = match wanted.id.network() {
            Network::PASSPORT => self.resolve(&wanted.id)?.map(ConversationId::Person),
            _ => ConversationId::parse(wanted.id.account().as_str()),
        };
        let conversation = conversation.ok_or(Refusal::NO_SUCH_USER)?;
        let before = match wanted.sync_state.as_deref().map(str::trim) {
            None | Some("") => MessageId(u64::MAX),
            Some(state) => MessageId(state.parse().map_err(|_| Refusal::INVALID)?),
        };
        let start = MessageId(wanted.start.unwrap_or_default());
        let page = self.page(wanted.page_size);
        let mut messages = self
            .store
            .history(&me.who, &conversation, start, before, page + 1)?;
        let mut room = self.config.answer_bytes;
        let fitting = messages
            .iter()
            .take(page)
            .take_while(|message| take_room(&mut room, size(message)));
        let given = fitting.count();
        let has_more = messages.len() > given;
        messages.truncate(given);
        let reached = messages.last().map_or(before, |oldest| oldest.id);
        let response = MessagesByConversationResponse {
            id: wanted.id.clone(),
            has_more,
            sync_state: (reached != MessageId(u64::MAX)).then(|| reached.0.to_string()),
            messages: messages.iter().map(stored).collect(),
        };
        Ok(response.encode())
    }

    /// `GET MSGR\THREADS`. Threads that the asker is not in are left out.
    pub(super) fn threads(&self, me: &Me, wanted: &Threads) -> Result<Vec<u8>, Refusal<S::Error>> {
        let mut response = ThreadsResponse::default();
        let mut room = self.config.answer_bytes;
        for id in wanted.ids.iter().take(self.config.page) {
            match self.thread_of(me, id) {
                Ok(known) => {
                    let document = thread::document(&known);
                    if !take_room(&mut room, document.encode().len()) {
                        break;
                    }
                    response.threads.push(document);
                }
                Err(Refusal::Peer { .. }) => {}
                Err(failed) => return Err(failed),
            }
        }
        Ok(response.encode())
    }

    fn page(&self, wanted: Option<u64>) -> usize {
        let wanted = usize::try_from(wanted.unwrap_or(PAGE)).unwrap_or(usize::MAX);
        wanted.clamp(1, self.config.page.max(1))
    }
}

/// Whether the next entry of an answer still fits. One entry always fits, or a client that asks for
/// pages would never get further.
fn take_room(room: &mut usize, bytes: usize) -> bool {
    let fits = *room > 0;
    *room = room.saturating_sub(bytes);
    fits
}

/// About how long a message is as XML, where `&`, `<` and `>` take up to five bytes.
fn size(message: &Message) -> usize {
    let escaped = message
        .body
        .iter()
        .filter(|byte| b"&<>".contains(byte))
        .count();
    message.body.len() + 4 * escaped + 512
}

fn address(id: &ConversationId) -> Address {
    match id {
        ConversationId::Person(who) => who.to_address(),
        ConversationId::Thread(id) => id.to_address(),
    }
}

/// An edit is a message of its own, as it was delivered; `skypeeditedid` says which it replaces.
fn stored(message: &Message) -> StoredMessage {
    let header = |name: &str| {
        let mut found =
            headers(&message.headers).filter(|(known, _)| known.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.to_owned())
    };
    let from = match &message.author {
        Author::Person(who, epid) => who.to_address().with_epid(*epid),
        Author::Thread(id) => id.to_address(),
    };
    let edited = header("Skype-EditedId").map(|id| Element::new("skypeeditedid").with_text(id));
    let arrival = Timestamp::new(UnixTime::from_millis(message.arrival)).to_string();
    StoredMessage {
        message_id: Some(message.id.0),
        original_arrival_time: Some(arrival.clone()),
        from: Some(from),
        kind: MessageType::new(&message.kind),
        content: String::from_utf8_lossy(&message.body).into_owned(),
        client_message_id: message.client_id.as_ref().and_then(|id| id.parse().ok()),
        compose_time: Some(arrival),
        unknown: edited.into_iter().collect(),
    }
}
