//! What a client's commands ask of the network.

use std::sync::Arc;

use msnp_proto::msnp24::{ClientBody, Delete, Get, HeaderValue, Put};
use msnp_proto::payload::contacts::ContactList;
use msnp_proto::payload::layers::Layers;
use msnp_proto::payload::subscriptions::Subscriptions;

use super::contacts;
use super::endpoint::Endpoint;
use super::history;
use super::refusal::ErrorReply;
use super::requests::Then;
use super::roster::Roster;
use super::thread;
use crate::faces::config::Config;
use crate::faces::layered::{address, message, presence};
use crate::identity::Address;
use crate::network::{Command, Number, Recipient, Subscription};

/// Who asks, and what is known of them.
#[derive(Debug)]
pub(super) struct Asker<'a> {
    endpoint: &'a Endpoint,
    /// The name that others are shown.
    name: Option<Arc<str>>,
    roster: &'a Roster,
    config: &'a Config,
}

/// What is asked of the network for one command of a client.
#[derive(Debug)]
pub(super) struct Wanted {
    /// What goes before it, unseen by the client.
    pub(super) first: Option<(Then, Command)>,
    pub(super) command: Command,
    pub(super) then: Then,
    /// What comes of it besides, unseen by the client.
    pub(super) behind: Option<Command>,
    /// The people whom the client has named, in the form that it uses for them.
    pub(super) named: Vec<Address>,
}

impl Wanted {
    const fn new(command: Command, then: Then) -> Self {
        Self {
            first: None,
            command,
            then,
            behind: None,
            named: Vec::new(),
        }
    }
}

/// Adds people whom the client has named.
fn naming(mut wanted: Wanted, people: impl IntoIterator<Item = Address>) -> Wanted {
    wanted.named.extend(people);
    wanted
}

/// Reads a command that is the network's to carry out; `None` if it comes to nothing.
pub(super) fn read(body: ClientBody, asker: &Asker<'_>) -> Result<Option<Wanted>, ErrorReply> {
    match body {
        ClientBody::Put(put) => asker.put(&put).map(Some),
        ClientBody::Get(get) => asker.get(&get).map(Some),
        ClientBody::Delete(Delete::Contacts(list)) => {
            let command = contacts::remove(&list)?;
            let wanted = Wanted::new(command, Then::Done);
            Ok(Some(naming(wanted, contacts::named(&list))))
        }
        ClientBody::Delete(Delete::Thread(named)) => {
            asker.may_use_threads()?;
            let wanted = Wanted::new(thread::remove(&named)?, Then::Members);
            Ok(Some(naming(wanted, thread::named(&named))))
        }
        ClientBody::Message(layers) => asker.message(&layers).map(Some),
        // An unknown id is nothing to talk about, since the wait for it may just be over.
        ClientBody::Acknowledge(receipt) => Ok(acknowledged(&receipt.id)
            .map(|number| Wanted::new(Command::Received(number), Then::Nothing))),
        _ => Err(ErrorReply::UNKNOWN_COMMAND),
    }
}

impl<'a> Asker<'a> {
    /// The person at `endpoint`, whom others are shown by `name`, and what the client knows of their contacts.
    pub(super) const fn new(
        endpoint: &'a Endpoint,
        name: Option<Arc<str>>,
        roster: &'a Roster,
        config: &'a Config,
    ) -> Self {
        Self {
            endpoint,
            name,
            roster,
            config,
        }
    }

    fn put(&self, put: &Put) -> Result<Wanted, ErrorReply> {
        match put {
            Put::Contacts(list) => {
                let wanted = if self.brings_its_own(list) {
                    Wanted::new(contacts::put_known(list), Then::ListedIfKnown)
                } else {
                    Wanted::new(contacts::put(list)?, Then::Done)
                };
                Ok(naming(wanted, contacts::named(list)))
            }
            Put::Subscriptions(wanted) => {
                let command = Command::Subscribe(self.subscription(wanted));
                Ok(Wanted::new(command, Then::Subscribed))
            }
            Put::Thread(named) => {
                self.may_use_threads()?;
                let wanted = Wanted::new(thread::put(named)?, Then::Thread);
                Ok(naming(wanted, thread::named(named)))
            }
            Put::Presence(layers) => self.presence(layers),
            _ => Err(ErrorReply::UNKNOWN_COMMAND),
        }
    }

    fn get(&self, get: &Get) -> Result<Wanted, ErrorReply> {
        match get {
            Get::RecentConversations(wanted) => {
                let command = history::conversations_wanted(wanted, self.config);
                Ok(Wanted::new(command, Then::Conversations))
            }
            Get::MessagesByConversation(wanted) => {
                let (command, page) = history::page_wanted(wanted, self.config)?;
                let named = address::person(&wanted.id);
                let wanted = Wanted::new(command, Then::Page(page));
                Ok(naming(wanted, named))
            }
            Get::Threads(wanted) => {
                let command = history::threads_wanted(wanted, self.config);
                Ok(Wanted::new(command, Then::Threads))
            }
        }
    }

    /// `PUT MSGR\PRESENCE`
    fn presence(&self, layers: &Layers) -> Result<Wanted, ErrorReply> {
        let author = self.author(layers)?;
        if layers.body().len() > self.config.presence_bytes {
            return Err(ErrorReply::TOO_LONG);
        }
        let published = presence::read(layers.body(), self.endpoint.epid())?;
        let command = Command::Publish(published.publication);
        let mut wanted = naming(Wanted::new(command, Then::Clock), [author]);
        let name = published.name.filter(|name| !name.is_empty());
        if let Some(name) = name.filter(|name| self.name.as_deref() != Some(name)) {
            wanted.first = Some((Then::Renamed, Command::SetName(name.into())));
        }
        wanted.behind = self.unasked().map(Command::Subscribe);
        Ok(wanted)
    }

    /// `SDG MSGR`: exactly one reply, `SDG n MSGR 2` if the message is kept or on its way, else a
    /// numeric error.
    fn message(&self, layers: &Layers) -> Result<Wanted, ErrorReply> {
        let author = self.author(layers)?;
        let name = self.name.as_deref();
        let outgoing = message::read(layers, self.endpoint.who(), name, self.config)?;
        let to = match &outgoing.to {
            Recipient::Person(person, _) => Some(person.clone()),
            Recipient::Thread(_) => None,
        };
        let command = Command::Send {
            to: outgoing.to,
            said: outgoing.said,
            delivery: outgoing.delivery,
        };
        let no_way = outgoing.no_way;
        let mut wanted = naming(Wanted::new(command, Then::Said { no_way }), [author]);
        wanted.named.extend(to);
        let read = outgoing.read.map(Command::Read);
        wanted.first = read.map(|read| (Then::Unseen, read));
        Ok(wanted)
    }

    fn subscription(&self, wanted: &Subscriptions) -> Subscription {
        // Whoever subscribes again has missed something, perhaps with a reply of the gateway that never
        // came: all is told again. `<im />` and `<conversations />` are one switch here: all known
        // clients ask for both. Skype sends two, the second for what the first left out (msnp24.md 9).
        Subscription {
            roster: self.config.push_roster && (!self.roster.is_subscribed() || wanted.buddies),
            presence: wanted.buddies,
            messages: wanted.im || wanted.conversations,
            // There are none in this dialect.
            rooms: false,
        }
    }

    /// What a client of version 1 is told from its first status on, if it has not said what it wants: `BitlBee` knows no
    /// `SUBSCRIPTIONS`, and waits for what MSNP21 tells unasked (real-clients.md 1). Its lists it has from the address book.
    fn unasked(&self) -> Option<Subscription> {
        (self.endpoint.version() < 2 && !self.roster.is_subscribed()).then_some(Subscription {
            presence: true,
            messages: true,
            ..Subscription::default()
        })
    }

    /// Whether a list is what the client knows from elsewhere, and puts here as part of its sign-in: the whole list
    /// (`l="1"`), or any of a client that was never told the one kept here or is of version 1. It gives up at any
    /// error, so people unknown here are passed over. A client that adds somebody is told that there is
    /// nobody.
    fn brings_its_own(&self, list: &ContactList) -> bool {
        list.is_initial() || !self.roster.is_pushed() || self.endpoint.version() < 2
    }

    /// Threads need version 2 of the feature set (msnp24.md 11).
    fn may_use_threads(&self) -> Result<(), ErrorReply> {
        if self.endpoint.version() < 2 {
            Err(ErrorReply::NO_FEATURES)
        } else {
            Ok(())
        }
    }

    /// `From` must be one of the session's own addresses, and its endpoint if it names one; anything
    /// else is refused, as R1 did, and not dropped, as R2 did (msnp24.md 4): every command gets its
    /// answer.
    fn author(&self, layers: &Layers) -> Result<Address, ErrorReply> {
        let (who, place) = (self.endpoint.who(), self.endpoint.epid());
        address::author(layers, who, place).ok_or(ErrorReply::NOT_YOURS)
    }
}

/// The number of the message that an `Ack-Id` names.
fn acknowledged(id: &HeaderValue) -> Option<Number> {
    let digits = std::str::from_utf8(id.as_bytes()).ok()?;
    u64::from_str_radix(digits.trim(), 16).ok().map(Number)
}
