//! From a frame to the rule that it asks for, and back to its reply.

use bytes::Bytes;
use machine_contract::UnixTime;
use msnp_proto::msnp24::{
    Channel, ClientBody, ClientCommand, Delete, Envelope, Get, HeaderValue, Put,
};
use msnp_proto::payload::layers::Layers;
use msnp_proto::{Frame, Guid, TrId, Verb};

use super::connection::Endpoint;
use super::effect::{ConnectionId, Effect, Now};
use super::refusal::Refusal;
use super::server::NotificationServer;
use super::store::Store;
use crate::accounts::SkypeId;

/// Who sends a command: an endpoint of a user.
#[derive(Clone, Debug)]
pub(super) struct Me {
    pub(super) connection: ConnectionId,
    pub(super) who: SkypeId,
    pub(super) epid: Guid,
    pub(super) version: u32,
}

impl Me {
    /// `From` must be the session's own account, and its endpoint if it names one; anything else
    /// is refused, as Escargot did, and not dropped, as ReLiveWP did (msnp24.md 4): every command gets its
    /// answer. Only the Routing block counts (msnp24.md 5).
    pub(super) fn must_be_the_author_of<E>(&self, layers: &Layers) -> Result<(), Refusal<E>> {
        let from = layers.from().map_err(|_| Refusal::NOT_YOURS)?;
        let own = from.same_account(&self.who.to_address());
        let here = from.param("epid").is_none() || from.epid() == Some(self.epid);
        if own && here {
            Ok(())
        } else {
            Err(Refusal::NOT_YOURS)
        }
    }
}

impl Endpoint {
    /// `Context` stands on most of what the server sends (msnp24.md 3).
    pub(super) fn put_context(&self, envelope: &mut Envelope) {
        if let Ok(context) = HeaderValue::new(self.context.clone()) {
            envelope.headers.set_context(&context);
        }
    }

    /// The registration token, with the time at which it runs out.
    pub(super) fn put_registration(&self, envelope: &mut Envelope, expiry: UnixTime) {
        if let Ok(token) = HeaderValue::new(self.registration.expose().clone()) {
            // A name and a value of our own making: both can stand in a header.
            let _ = envelope.headers.set("Set-Registration", &token);
            envelope.headers.set_registration_expiry(expiry);
        }
    }
}

impl<S: Store> NotificationServer<S> {
    pub(super) fn handle_frame(&mut self, connection: ConnectionId, frame: &Frame, now: Now) {
        let verb = frame.verb();
        let asked = Asked {
            connection,
            trid: frame.trid().unwrap_or_default(),
            verb,
            channel: channel_of(frame),
        };
        if let Err(refusal) = self.carry_out(&asked, frame, now) {
            self.refuse(connection, frame.trid(), &asked.channel, refusal);
        }
    }

    fn carry_out(
        &mut self,
        asked: &Asked,
        frame: &Frame,
        now: Now,
    ) -> Result<(), Refusal<S::Error>> {
        self.take_allowance(asked, now)?;
        let command = ClientCommand::parse(frame).map_err(Refusal::malformed)?;
        match command.body {
            ClientBody::Connect(connect) => {
                self.connect(asked, &connect);
                Ok(())
            }
            ClientBody::Authenticate(user) => self.authenticate(asked, &user, now),
            ClientBody::Bind(bind) => self.bind(asked, &bind, now),
            ClientBody::Ping(_) => {
                self.pong(asked);
                Ok(())
            }
            ClientBody::SignOut => {
                self.reply(asked, Bytes::new());
                self.announce(Effect::Close {
                    connection: asked.connection,
                });
                self.forget(asked.connection);
                Ok(())
            }
            ClientBody::Put(put) => self.put(asked, put, now),
            ClientBody::Get(get) => self.get(asked, get),
            ClientBody::Delete(Delete::Contacts(list)) => self.remove_contacts(asked, &list),
            ClientBody::Delete(Delete::Thread(thread)) => self.remove_members(asked, &thread, now),
            ClientBody::Message(layers) => self.message(asked, &layers, now),
            ClientBody::Acknowledge(receipt) => self.acknowledge(asked, &receipt.id, now),
            ClientBody::Other(_) => Err(Refusal::UNKNOWN_COMMAND),
        }
    }

    fn put(&mut self, asked: &Asked, put: Put, now: Now) -> Result<(), Refusal<S::Error>> {
        let me = self.me(asked.connection)?;
        match put {
            Put::Challenge(answer) => return self.check_answer(asked, &answer),
            Put::Contacts(list) => return self.put_contacts(asked, &list),
            Put::Subscriptions(wanted) => return self.subscribe(asked, &wanted, now),
            Put::Thread(thread) => return self.put_thread(asked, &thread, now),
            Put::Presence(layers) => {
                self.publish(&me, &layers)?;
                self.reply_with_clock(asked, Bytes::new(), now);
                self.presence_changed(&me.who, Some(me.connection), None);
                return Ok(());
            }
            // Documented, or seen from one client, without a known effect (msnp24.md 6.4).
            Put::ActiveEndpoint(_) | Put::Options(_) | Put::Partners(_) | Put::Networks(_) => {}
        }
        self.reply(asked, Bytes::new());
        Ok(())
    }

    fn get(&mut self, asked: &Asked, get: Get) -> Result<(), Refusal<S::Error>> {
        let me = self.me(asked.connection)?;
        let body = match get {
            Get::RecentConversations(wanted) => self.recent_conversations(&me, &wanted)?,
            Get::MessagesByConversation(wanted) => self.messages_by_conversation(&me, &wanted)?,
            Get::Threads(wanted) => self.threads(&me, &wanted)?,
        };
        self.reply(asked, body.into());
        Ok(())
    }

    /// Who asks; refused without a feature set (msnp24.md 7.2).
    pub(super) fn me(&self, connection: ConnectionId) -> Result<Me, Refusal<S::Error>> {
        let open = self.connections.get(&connection);
        match open.map(|open| (&open.user, &open.endpoint)) {
            Some((Some(who), Some(endpoint))) => Ok(Me {
                connection,
                who: who.clone(),
                epid: endpoint.epid,
                version: endpoint.version,
            }),
            _ => Err(Refusal::NO_FEATURES),
        }
    }

    /// Answers with the word of the question, and without its sub-type (msnp24.md 2.2).
    pub(super) fn reply(&mut self, asked: &Asked, body: Bytes) {
        let mut envelope = asked.envelope();
        envelope.body = body;
        self.reply_with(asked, &envelope);
    }

    /// Answers with `UtcTime` and `Context`, as `PUT MSGR\PRESENCE` was (msnp24.md 16.3).
    pub(super) fn reply_with_clock(&mut self, asked: &Asked, body: Bytes, now: Now) {
        let mut envelope = asked.envelope();
        envelope.headers.set_utc_time(now.wall);
        if let Some(endpoint) = self.endpoint(asked.connection) {
            endpoint.put_context(&mut envelope);
        }
        envelope.body = body;
        self.reply_with(asked, &envelope);
    }

    /// Answers with everything that `BND` and `PUT MSGR\THREAD` are answered with.
    pub(super) fn reply_with_registration(&mut self, asked: &Asked, body: Bytes, now: Now) {
        let mut envelope = asked.envelope();
        envelope.headers.set_utc_time(now.wall);
        if let Some(endpoint) = self.endpoint(asked.connection) {
            // Told in the time that the peer reads; the service itself lets nothing run out by it.
            let expiry = now.wall.saturating_add(self.config.authentication);
            endpoint.put_registration(&mut envelope, expiry);
            endpoint.put_context(&mut envelope);
        }
        envelope.body = body;
        self.reply_with(asked, &envelope);
    }

    fn reply_with(&mut self, asked: &Asked, envelope: &Envelope) {
        if asked.trid != TrId(0) {
            self.send(asked.connection, &envelope.to_frame());
        }
    }

    fn take_allowance(&mut self, asked: &Asked, now: Now) -> Result<(), Refusal<S::Error>> {
        let Some(open) = self.connections.get_mut(&asked.connection) else {
            return Ok(());
        };
        // One is due for every message, all at once if those came at once; refused, it would be
        // lost, since it has no answer.
        if asked.verb == Verb::ACK && open.endpoint.is_some() {
            return Ok(());
        }
        if open.outgoing >= self.config.outgoing_bytes {
            return Err(Refusal::RATE);
        }
        let user = open.user.as_ref().and_then(|who| self.users.get_mut(who));
        let allowance = user.map_or(&mut open.allowance, |user| &mut user.allowance);
        if allowance.take(&self.config, now.monotonic) {
            Ok(())
        } else {
            Err(Refusal::RATE)
        }
    }
}

/// What a reply needs of its command.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) connection: ConnectionId,
    pub(super) trid: TrId,
    verb: Verb,
    channel: Channel,
}

impl Asked {
    fn envelope(&self) -> Envelope {
        Envelope::new(self.verb, self.trid, self.channel.clone())
    }
}

/// The channel of the reply, which drops the sub-type (msnp24.md 2.2); also for a line that cannot
/// be read otherwise.
fn channel_of(frame: &Frame) -> Channel {
    match frame.param(1) {
        Some(word) if word.starts_with(b"MSGR") => Channel::Msgr,
        _ => Channel::Con,
    }
}
