//! How kept messages reach endpoints: a window of unacknowledged ones, the rest from the store.
//!
//! A message is sent to each endpoint of its owner once per connection, in the order of the ids. It
//! counts as delivered when one endpoint acknowledges it, or some minutes after it was sent to an
//! endpoint that is still there and has never acknowledged anything (msnp24.md 20, question 5; one
//! client, JavaSkype, never did). If all leave before that, it waits for the next sign-in, with the same
//! `Message-ID`.

use bytes::Bytes;
use machine_contract::UnixTime;
use msnp_proto::msnp24::{Channel, Envelope, HeaderValue};
use msnp_proto::payload::layers::Layers;
use msnp_proto::{Address, Frame, Timestamp, TrId, Verb};

use super::connection::{Endpoint, Inbox, OnTheWay};
use super::dispatch::Asked;
use super::effect::{ConnectionId, Now};
use super::refusal::Refusal;
use super::server::NotificationServer;
use super::store::{Author, ConversationId, Held, Message, MessageId, Store};
use crate::accounts::SkypeId;

impl<S: Store> NotificationServer<S> {
    /// Sends a new message to one endpoint, unless older ones still wait for their turn.
    pub(super) fn offer(&mut self, connection: ConnectionId, held: &Held, now: Now) {
        let full = self.is_full(connection);
        let Some(inbox) = self.inbox(connection) else {
            return;
        };
        inbox.behind |= full;
        if inbox.behind {
            // Nothing happens while the window is full. If it is not, the store failed the last
            // time; it has the new message too.
            self.catch_up(connection, now);
        } else {
            self.deliver(connection, held, now);
            self.set_alarm(connection);
        }
    }

    /// Sends what waits in the store, as far as the window allows.
    pub(super) fn catch_up(&mut self, connection: ConnectionId, now: Now) {
        let caught_up = self.try_to_catch_up(connection, now);
        self.note(caught_up);
        self.set_alarm(connection);
    }

    /// `ACK MSGR`. It has no reply (msnp24.md 20, question 4); an unknown id is nothing to talk
    /// about, since the wait for it may just be over.
    pub(super) fn acknowledge(
        &mut self,
        asked: &Asked,
        id: &HeaderValue,
        now: Now,
    ) -> Result<(), Refusal<S::Error>> {
        let me = self.me(asked.connection)?;
        let text = std::str::from_utf8(id.as_bytes()).unwrap_or_default();
        let Ok(id) = u64::from_str_radix(text.trim(), 16).map(MessageId) else {
            return Ok(());
        };
        let Some(inbox) = self.inbox(asked.connection) else {
            return Ok(());
        };
        inbox.acknowledges = true;
        if inbox.unacknowledged.remove(&id).is_none() {
            return Ok(());
        }
        self.store.delivered(&me.who, id)?;
        self.catch_up(asked.connection, now);
        Ok(())
    }

    /// The time of some messages is up: they count as delivered.
    pub(super) fn stop_waiting(&mut self, connection: ConnectionId, now: Now) {
        let Some(who) = self
            .connections
            .get(&connection)
            .and_then(|open| open.user.clone())
        else {
            return;
        };
        while let Some(inbox) = self.inbox(connection).filter(|inbox| !inbox.acknowledges) {
            match inbox.unacknowledged.first_entry() {
                Some(first) if first.get().deadline <= now.monotonic => {
                    let id = first.remove_entry().0;
                    let delivered = self.store.delivered(&who, id);
                    self.note(delivered);
                }
                _ => break,
            }
        }
        self.catch_up(connection, now);
    }

    /// Sends what is on the way once more.
    pub(super) fn offer_again(
        &mut self,
        connection: ConnectionId,
        who: &SkypeId,
        now: Now,
    ) -> Result<(), S::Error> {
        let Some(inbox) = self.inbox(connection) else {
            return Ok(());
        };
        let ids: Vec<MessageId> = inbox.unacknowledged.keys().copied().collect();
        for id in ids {
            let held = self
                .store
                .since(who, MessageId(id.0.saturating_sub(1)), 1)?;
            if let Some(held) = held.first().filter(|held| held.message.id == id) {
                self.deliver(connection, held, now);
            }
        }
        self.set_alarm(connection);
        Ok(())
    }

    fn try_to_catch_up(&mut self, connection: ConnectionId, now: Now) -> Result<(), S::Error> {
        loop {
            let Some(who) = self
                .connections
                .get(&connection)
                .and_then(|open| open.user.clone())
            else {
                return Ok(());
            };
            let Some(inbox) = self.endpoint(connection).and_then(|one| one.inbox.as_ref()) else {
                return Ok(());
            };
            let room = inbox.room(&self.config);
            let (sent, joined) = (inbox.sent, inbox.joined);
            if !inbox.behind || room == 0 {
                return Ok(());
            }
            // Of what was there before it came, an endpoint gets what nobody has received yet.
            let held = if sent < joined {
                self.store.pending(&who, sent, joined, room)?
            } else {
                self.store.since(&who, sent, room)?
            };
            let mut complete = held.len() < room;
            for one in &held {
                if self.is_full(connection) {
                    complete = false;
                    break;
                }
                self.deliver(connection, one, now);
            }
            if let (true, Some(inbox)) = (complete, self.inbox(connection)) {
                inbox.behind = sent < joined;
                inbox.sent = inbox.sent.max(joined);
            }
        }
    }

    /// Sends a message, unless it is the endpoint's own.
    fn deliver(&mut self, connection: ConnectionId, held: &Held, now: Now) {
        let Some(open) = self.connections.get_mut(&connection) else {
            return;
        };
        let (Some(who), Some(endpoint)) = (&open.user, &mut open.endpoint) else {
            return;
        };
        let id = held.message.id;
        let own = matches!(&held.message.author, Author::Person(author, epid) if author == who && *epid == endpoint.epid);
        let frame = (!own).then(|| endpoint.kept(who, held));
        let Some(inbox) = &mut endpoint.inbox else {
            return;
        };
        inbox.sent = inbox.sent.max(id);
        if let Some(frame) = frame {
            let sent = OnTheWay {
                deadline: now.monotonic + self.config.acknowledge_within,
                bytes: frame.as_bytes().len(),
            };
            inbox.unacknowledged.insert(id, sent);
            self.send(connection, &frame);
        }
    }

    fn is_full(&self, connection: ConnectionId) -> bool {
        let inbox = self.endpoint(connection).and_then(|one| one.inbox.as_ref());
        inbox.is_some_and(|inbox| inbox.room(&self.config) == 0)
    }

    fn inbox(&mut self, connection: ConnectionId) -> Option<&mut Inbox> {
        self.endpoint_mut(connection)?.inbox.as_mut()
    }
}

impl Endpoint {
    /// `SDG 0 MSGR` with an `Ack-Id`, which is the `Message-ID` in hexadecimal, as in the sample
    /// of msnp24.md 3.
    fn kept(&self, owner: &SkypeId, held: &Held) -> Frame {
        let message = &held.message;
        let to = match (&held.conversation, &message.author) {
            (ConversationId::Thread(id), _) => id.to_address(),
            (ConversationId::Person(other), Author::Person(author, _)) if author == owner => {
                other.to_address()
            }
            (ConversationId::Person(_), _) => owner.to_address(),
        };
        self.message(&to, message, Some(message.id), true)
    }

    /// A message on its way to this endpoint, in the shape of msnp24.md 16.3.
    pub(super) fn message(
        &self,
        to: &Address,
        message: &Message,
        id: Option<MessageId>,
        kept: bool,
    ) -> Frame {
        let mut envelope = Envelope::new(Verb::SDG, TrId(0), Channel::Msgr);
        if let (true, Ok(ack_id)) = (kept, HeaderValue::new(format!("{:016X}", message.id.0))) {
            // A name and a value of our own making: both can stand in a header.
            let _ = envelope.headers.set("Ack-Id", &ack_id);
        }
        self.put_context(&mut envelope);
        let from = match &message.author {
            Author::Person(who, epid) => who.to_address().with_epid(*epid),
            Author::Thread(id) => id.to_address(),
        };
        let is_name = |(name, _): &(&str, &str)| name.eq_ignore_ascii_case(DISPLAY_NAME);
        let mut block = Layers::build(to, &from)
            .reliability()
            .messaging()
            .header_if("Message-ID", id.map(|id| id.0))
            .header_if("Client-Message-ID", message.client_id.as_deref())
            .header("Message-Type", &message.kind)
            .header_if(
                DISPLAY_NAME,
                headers(&message.headers)
                    .find(is_name)
                    .map(|(_, value)| value),
            );
        if kept {
            block = block
                .header("Relationship-Type", "Explicit")
                .header("Is-Active", "true")
                .header(
                    "Original-Arrival-Time",
                    Timestamp::new(UnixTime::from_millis(message.arrival)),
                );
        }
        for (name, value) in headers(&message.headers).filter(|header| !is_name(header)) {
            block = block.header(name, value);
        }
        envelope.body = block.finish(&message.body).into_bytes();
        envelope.to_frame()
    }
}

pub(super) const DISPLAY_NAME: &str = "IM-Display-Name";

/// The headers of a stored message.
pub(super) fn headers(lines: &Bytes) -> impl Iterator<Item = (&str, &str)> {
    let lines = std::str::from_utf8(lines).unwrap_or_default();
    lines.split("\r\n").filter_map(|line| line.split_once(": "))
}
