//! Messages that only pass through: typing, nudges, signals; and the signal that means "read".

use msnp_proto::payload::message::ConsumptionHorizon;

use super::conversation::Audience;
use super::dispatch::Me;
use super::effect::{ConnectionId, Now};
use super::server::NotificationServer;
use super::store::{ConversationId, Message, MessageId, Store};

impl<S: Store> NotificationServer<S> {
    /// Sends a message that is not kept; whether anyone was there to have it. `visible` asks for
    /// somebody whom the sender may know to be there: the answer must not tell who hides.
    pub(super) fn pass_on(
        &mut self,
        me: &Me,
        message: &Message,
        audience: &Audience,
        echoed: bool,
        visible: bool,
    ) -> Result<bool, S::Error> {
        let mut receivers: Vec<ConnectionId> = Vec::new();
        for person in &audience.people {
            if visible && self.shown_to(person, &me.who)?.is_none() {
                continue;
            }
            let here = self.endpoints_of(person).into_iter().filter(|connection| {
                self.endpoint(*connection).is_some_and(|endpoint| {
                    endpoint.inbox.is_some()
                        && audience.epid.is_none_or(|epid| epid == endpoint.epid)
                })
            });
            receivers.extend(here);
        }
        let reached = !receivers.is_empty();
        let to_self = audience.conversation == ConversationId::Person(me.who.clone());
        if to_self || (echoed && reached) {
            let sisters = self.endpoints_of(&me.who);
            receivers.extend(
                sisters
                    .into_iter()
                    .filter(|connection| *connection != me.connection),
            );
        }
        let to = match &audience.conversation {
            ConversationId::Person(who) => who.to_address(),
            ConversationId::Thread(id) => id.to_address(),
        };
        // Clients tell messages apart by Message-ID; typing notices have none to tell apart.
        let id = echoed.then_some(message.id);
        if echoed {
            self.last_message = message.id;
        }
        for connection in receivers {
            let open = self.connections.get(&connection);
            let open = open.filter(|open| open.outgoing < self.config.outgoing_bytes);
            if let Some(endpoint) = open.and_then(|open| open.endpoint.as_ref())
                && endpoint.inbox.is_some()
            {
                let frame = endpoint.message(&to, message, id, false);
                self.send(connection, &frame);
            }
        }
        Ok(reached)
    }

    /// `Signal/MarkIMWindowRead`: the sender has read the conversation up to its last message. It
    /// goes to the other person, or to oneself with both parties in the body, as
    /// `Signal/CloseIMWindow` does (msnp24.md 10).
    pub(super) fn mark_read(
        &mut self,
        me: &Me,
        audience: &Audience,
        body: &[u8],
        now: Now,
    ) -> Result<(), S::Error> {
        let own = ConversationId::Person(me.who.clone());
        let mut conversation = Some(audience.conversation.clone());
        if audience.conversation == own {
            let parties = std::str::from_utf8(body).unwrap_or_default().split('/');
            let mut parties =
                parties.filter_map(|party| ConversationId::parse(party.split(';').next()?.trim()));
            conversation = parties.find(|party| *party != own);
        }
        let Some(conversation) = conversation else {
            return Ok(());
        };
        let last =
            self.store
                .history(&me.who, &conversation, MessageId(0), MessageId(u64::MAX), 1)?;
        if let Some(last) = last.first() {
            let horizon = ConsumptionHorizon {
                message_time: last.id.0,
                read_time: now.wall.as_millis(),
                client_message_id: last
                    .client_id
                    .as_ref()
                    .and_then(|id| id.parse().ok())
                    .unwrap_or_default(),
            };
            self.store
                .set_horizon(&me.who, &conversation, &horizon.to_string())?;
        }
        Ok(())
    }
}
