//! `SDG`: which messages are kept, which only pass through, and whom they reach.
//!
//! Decisions where msnp24.md 6.8 and 10 leave it open:
//! * Who is blocked, or not admitted, is told that the message was accepted; it reaches nobody. So
//!   a block looks like somebody who is away.
//! * Text and everything without a rule of its own is *kept*: it is in the history of both, waits
//!   while the receiver is offline, and goes to the sender's other endpoints too.
//! * `Control/*` and `Signal/*` only pass through, to whoever is there, and are always accepted.
//! * `Nudge` and `Wink` need somebody whom the sender can see: 217 otherwise. `Data` and
//!   `Signal/P2P` are as they were in MSNP21: 201.
//! * Only a thread itself says `ThreadActivity/*`.
//! * An epid in `To` narrows what passes through to that endpoint; what is kept is for the person.

use bytes::Bytes;
use msnp_proto::payload::layers::{Block, Content, Layers};
use msnp_proto::payload::message::MessageType;
use msnp_proto::{Address, Guid, Network};

use super::connection::millis;
use super::dispatch::{Asked, Me};
use super::effect::Now;
use super::inbox::DISPLAY_NAME;
use super::refusal::Refusal;
use super::server::NotificationServer;
use super::store::{Author, ConversationId, Held, Message, MessageId, Share, Store, ThreadId};
use crate::accounts::SkypeId;

/// Bytes of the headers that are kept with a message.
const HEADER_BYTES: usize = 8 * 1024;

/// Bytes of a `Message-Type` and of a `Client-Message-ID`.
const WORD_BYTES: usize = 128;

/// Headers of the Messaging block that the server writes itself.
const WRITTEN_HERE: &[&str] = &[
    "Messaging",
    "Message-ID",
    "Client-Message-ID",
    "Message-Type",
    "Relationship-Type",
    "Is-Active",
    "Original-Arrival-Time",
    "Content-Length",
];

/// What becomes of a message.
enum Course {
    Kept,
    /// Never stored; the refusal if nobody is there to have it.
    Passing {
        echoed: bool,
        unreached: Option<Unreached>,
    },
}

#[derive(Copy, Clone)]
enum Unreached {
    NotOnline,
    NotReachable,
}

/// Whom a message is for.
pub(super) struct Audience {
    pub(super) conversation: ConversationId,
    /// Without the sender; those who do not admit the sender are left out.
    pub(super) people: Vec<SkypeId>,
    /// The one endpoint that `To` names.
    pub(super) epid: Option<Guid>,
}

impl<S: Store> NotificationServer<S> {
    /// `SDG n MSGR`: exactly one reply, `SDG n MSGR 2` if the message is stored or on its way,
    /// else a numeric error.
    pub(super) fn message(
        &mut self,
        asked: &Asked,
        layers: &Layers,
        now: Now,
    ) -> Result<(), Refusal<S::Error>> {
        let me = self.me(asked.connection)?;
        me.must_be_the_author_of(layers)?;
        if layers.content() != Some(Content::Messaging) {
            return Err(Refusal::malformed("a message without a Messaging block"));
        }
        if layers.body().len() > self.config.message_bytes {
            return Err(Refusal::TOO_LONG);
        }
        let kind = layers
            .header("Message-Type")
            .map(MessageType::new)
            .ok_or(Refusal::INVALID)?;
        if kind.is_thread_activity() || kind.as_str().len() > WORD_BYTES {
            return Err(Refusal::INVALID);
        }
        let to = layers.to().map_err(|_| Refusal::INVALID)?;
        let audience = self.audience(&me, &to)?;
        let message = self.compose(&me, &kind, layers, now)?;
        match course(&kind) {
            Course::Kept => self.keep(asked, &message, &audience, &me, now),
            Course::Passing { echoed, unreached } => {
                if kind == MessageType::MARK_IM_WINDOW_READ {
                    self.mark_read(&me, &audience, layers.body(), now)?;
                }
                let reached =
                    self.pass_on(&me, &message, &audience, echoed, unreached.is_some())?;
                let person = matches!(audience.conversation, ConversationId::Person(_));
                match unreached {
                    Some(Unreached::NotOnline) if person && !reached => Err(Refusal::NOT_ONLINE),
                    Some(Unreached::NotReachable) if person && !reached => {
                        Err(Refusal::NOT_REACHABLE)
                    }
                    _ => {
                        self.reply(asked, Bytes::new());
                        Ok(())
                    }
                }
            }
        }
    }

    /// Stores a message from a person, answers, and sends it to everyone it is for.
    fn keep(
        &mut self,
        asked: &Asked,
        message: &Message,
        audience: &Audience,
        me: &Me,
        now: Now,
    ) -> Result<(), Refusal<S::Error>> {
        if self.is_a_repetition(me, message, audience, now)? {
            self.reply(asked, Bytes::new());
            return Ok(());
        }
        let own = Share {
            owner: me.who.clone(),
            conversation: audience.conversation.clone(),
            pending: false,
        };
        let mut shares = vec![own];
        for owner in &audience.people {
            let waiting = self
                .store
                .pending_count(owner, self.config.waiting_messages)?;
            let pending = waiting < self.config.waiting_messages;
            let conversation = match &audience.conversation {
                ConversationId::Person(_) if !pending => return Err(Refusal::MAILBOX_FULL),
                ConversationId::Person(_) => ConversationId::Person(me.who.clone()),
                thread @ ConversationId::Thread(_) => thread.clone(),
            };
            shares.push(Share {
                owner: owner.clone(),
                conversation,
                pending,
            });
        }
        self.store.append(message, &shares)?;
        self.last_message = message.id;
        self.ages.note(message.id, now.monotonic);
        self.reply(asked, Bytes::new());
        self.distribute(message, shares, now);
        Ok(())
    }

    /// Sends a stored message to the endpoints of all who have a share of it.
    pub(super) fn distribute(&mut self, message: &Message, shares: Vec<Share>, now: Now) {
        for Share {
            owner,
            conversation,
            pending,
        } in shares
        {
            let connections = self.endpoints_of(&owner);
            let held = Held {
                conversation,
                message: message.clone(),
                pending,
            };
            for connection in connections {
                self.offer(connection, &held, now);
            }
        }
    }

    /// The id of the next message: its time, or the number behind the last one, so that ids rise also when
    /// the wall clock is set back.
    pub(super) const fn next_message_id(&self, now: Now) -> MessageId {
        let next = self.last_message.0.saturating_add(1);
        let time = now.wall.as_millis();
        MessageId(if time > next { time } else { next })
    }

    /// Whether the same words were sent before under the same id, by a client that did not learn
    /// what became of them.
    fn is_a_repetition(
        &self,
        me: &Me,
        message: &Message,
        audience: &Audience,
        now: Now,
    ) -> Result<bool, S::Error> {
        let Some(client_id) = &message.client_id else {
            return Ok(false);
        };
        let Some(earlier) = self.store.sent(&me.who, client_id)? else {
            return Ok(false);
        };
        let recent = self.ages.is_recent(earlier.id, now.monotonic);
        // Of what another process stored, the wall clock is all that tells an age. An age below zero is as
        // strange as a high one.
        let recent = recent.unwrap_or_else(|| {
            let age = message.arrival.abs_diff(earlier.arrival);
            age <= millis(self.config.duplicates)
        });
        if !recent || (&earlier.kind, &earlier.body) != (&message.kind, &message.body) {
            return Ok(false);
        }
        let behind = MessageId(earlier.id.0.saturating_add(1));
        let same = self
            .store
            .history(&me.who, &audience.conversation, earlier.id, behind, 1)?;
        Ok(!same.is_empty())
    }

    fn audience(&self, me: &Me, to: &Address) -> Result<Audience, Refusal<S::Error>> {
        match to.network() {
            Network::THREAD => {
                let id = ThreadId::parse(to.account().as_str()).ok_or(Refusal::NO_SUCH_USER)?;
                let thread = self.store.thread(&id)?.ok_or(Refusal::NO_SUCH_USER)?;
                // Whether a thread exists is told to its members only.
                thread.role(&me.who).ok_or(Refusal::NO_SUCH_USER)?;
                let others = thread.present().filter(|member| member.who != me.who);
                let people = others.map(|member| member.who.clone()).collect();
                Ok(Audience {
                    conversation: ConversationId::Thread(id),
                    people,
                    epid: None,
                })
            }
            Network::SKYPE | Network::PASSPORT => {
                let who = self.resolve(to)?.ok_or(Refusal::NO_SUCH_USER)?;
                let admitted = who != me.who && self.admits(&who, &me.who)?;
                let people = if admitted {
                    vec![who.clone()]
                } else {
                    Vec::new()
                };
                Ok(Audience {
                    conversation: ConversationId::Person(who),
                    people,
                    epid: to.epid(),
                })
            }
            _ => Err(Refusal::UNROUTABLE),
        }
    }

    /// The message as it will be stored and sent on, with the sender's headers less those that the
    /// server writes.
    fn compose(
        &self,
        me: &Me,
        kind: &MessageType,
        layers: &Layers,
        now: Now,
    ) -> Result<Message, Refusal<S::Error>> {
        let mut headers = String::new();
        if layers
            .header(DISPLAY_NAME)
            .is_none_or(|name| name.trim().is_empty())
        {
            let name = self
                .users
                .get(&me.who)
                .map(|user| user.display_name.as_str())
                .unwrap_or_default();
            push_header(&mut headers, DISPLAY_NAME, name);
        }
        for (name, value) in layers.content_block().iter().flat_map(Block::iter) {
            if !WRITTEN_HERE
                .iter()
                .any(|own| own.eq_ignore_ascii_case(name))
            {
                push_header(&mut headers, name, value);
            }
        }
        let client_id = layers
            .header("Client-Message-ID")
            .filter(|id| !id.is_empty());
        if headers.len() > HEADER_BYTES || client_id.is_some_and(|id| id.len() > WORD_BYTES) {
            return Err(Refusal::TOO_LONG);
        }
        Ok(Message {
            id: self.next_message_id(now),
            arrival: now.wall.as_millis(),
            author: Author::Person(me.who.clone(), me.epid),
            kind: kind.as_str().to_owned(),
            client_id: client_id.map(str::to_owned),
            headers: headers.into(),
            // A slice would keep the whole request alive for as long as the store has the message.
            body: Bytes::copy_from_slice(layers.body()),
        })
    }
}

fn course(kind: &MessageType) -> Course {
    let family = kind.as_str().split('/').next().unwrap_or_default();
    let passing = |echoed, unreached| Course::Passing { echoed, unreached };
    if *kind == MessageType::NUDGE || *kind == MessageType::WINK {
        passing(true, Some(Unreached::NotOnline))
    } else if *kind == MessageType::DATA || *kind == MessageType::P2P {
        passing(false, Some(Unreached::NotReachable))
    } else if *kind == MessageType::CUSTOM_EMOTICON
        || family.eq_ignore_ascii_case("Control")
        || family.eq_ignore_ascii_case("Signal")
    {
        passing(false, None)
    } else {
        Course::Kept
    }
}

fn push_header(headers: &mut String, name: &str, value: &str) {
    let value = value.trim();
    if !value.is_empty() {
        headers.push_str(name);
        headers.push_str(": ");
        headers.extend(value.chars().map(|c| if c.is_control() { ' ' } else { c }));
        headers.push_str("\r\n");
    }
}
