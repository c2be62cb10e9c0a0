//! `Places`: the endpoints of a person, what each has said and wants, and what the person has seen.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use machine_contract::Instant;

use super::command::{ConnectionId, Subscription};
use super::inbox::Inbox;
use super::message::{EndpointId, Number};
use super::presence::{Audience, EndpointPresence, Presence, Publication, Service, Status};
use super::word::Word;
use crate::identity::PersonId;

/// Where a person is, and what that shows.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// In the order in which they came.
    endpoints: Vec<Endpoint>,
    /// Connections that belong to one conversation alone, and the place that each belongs to.
    conversations: BTreeMap<ConnectionId, EndpointId>,
    /// Connections that act for the person and are no place, and who speaks there.
    asides: BTreeMap<ConnectionId, EndpointId>,
    /// The services of the person as a whole: what any endpoint published last.
    services: Vec<Service>,
    /// As others were last shown it.
    shown: Option<Arc<Presence>>,
    /// Whether the person watches their contacts.
    watching: bool,
    /// As the person has last seen them.
    seen: BTreeMap<PersonId, Arc<Presence>>,
    /// Endpoints of which is known whether they tell of receipts, here or gone, the latest last.
    words: VecDeque<(EndpointId, Word)>,
}

/// Endpoints of which that is remembered: more than a person has at once.
const WORDS: usize = 16;

/// One place.
#[derive(Debug)]
struct Endpoint {
    connection: ConnectionId,
    id: EndpointId,
    /// When it asked for something last.
    heard: Instant,
    roster: bool,
    presence: bool,
    rooms: bool,
    inbox: Option<Inbox>,
    /// `None` is as good as offline.
    published: Option<EndpointPresence>,
}

impl Places {
    /// Whether there is no connection of the person at all.
    pub(super) fn is_empty(&self) -> bool {
        self.endpoints.is_empty() && self.conversations.is_empty() && self.asides.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.endpoints.len()
    }

    /// A new place. If the same endpoint was there on another connection, the new one takes its place
    /// with what it had published, so that nobody sees it go and come; that connection is given.
    pub(super) fn add(
        &mut self,
        connection: ConnectionId,
        id: EndpointId,
        now: Instant,
    ) -> Option<ConnectionId> {
        let stale = self.endpoints.iter().position(|one| one.id == id);
        let stale = stale.map(|at| self.endpoints.remove(at));
        let (stale, published) = match stale {
            Some(stale) => (Some(stale.connection), stale.published),
            None => (None, None),
        };
        self.endpoints.push(Endpoint {
            connection,
            id,
            heard: now,
            roster: false,
            presence: false,
            rooms: false,
            inbox: None,
            published,
        });
        stale
    }

    /// A place asks for something now.
    pub(super) fn hear(&mut self, connection: ConnectionId, now: Instant) {
        if let Some(endpoint) = self.get_mut(connection) {
            endpoint.heard = now;
        }
    }

    /// The place that has asked for nothing for longest.
    pub(super) fn most_silent(&self) -> Option<ConnectionId> {
        let silent = self.endpoints.iter().min_by_key(|one| one.heard);
        silent.map(|one| one.connection)
    }

    pub(super) fn has(&self, id: EndpointId) -> bool {
        self.endpoints.iter().any(|one| one.id == id)
    }

    /// How many conversations have a connection of their own.
    pub(super) fn conversations(&self) -> usize {
        self.conversations.len()
    }

    /// A connection belongs to one conversation, which belongs to that place.
    pub(super) fn add_conversation(&mut self, connection: ConnectionId, of: EndpointId) {
        self.conversations.insert(connection, of);
    }

    /// Whether a connection belongs to one conversation alone.
    pub(super) fn is_conversation(&self, connection: ConnectionId) -> bool {
        self.conversations.contains_key(&connection)
    }

    /// How many connections act for the person and are no place.
    pub(super) fn asides(&self) -> usize {
        self.asides.len()
    }

    /// A connection acts for the person and is no place.
    pub(super) fn add_aside(&mut self, connection: ConnectionId, speaker: EndpointId) {
        self.asides.insert(connection, speaker);
    }

    /// Whether a connection is one of those.
    pub(super) fn is_aside(&self, connection: ConnectionId) -> bool {
        self.asides.contains_key(&connection)
    }

    /// The place from which somebody speaks at a connection.
    pub(super) fn speaker(&self, connection: ConnectionId) -> Option<EndpointId> {
        let conversation = self.conversations.get(&connection);
        let without_place = conversation.or_else(|| self.asides.get(&connection));
        without_place.copied().or_else(|| self.id(connection))
    }

    /// Takes a place away; gives its endpoint, and whether it had published anything.
    pub(super) fn remove(&mut self, connection: ConnectionId) -> Option<(EndpointId, bool)> {
        self.conversations.remove(&connection);
        self.asides.remove(&connection);
        let at = self.position(connection)?;
        let gone = self.endpoints.remove(at);
        if self.endpoints.is_empty() {
            self.services.clear();
            self.watching = false;
            self.seen.clear();
        }
        Some((gone.id, gone.published.is_some()))
    }

    /// The endpoint at a connection.
    pub(super) fn id(&self, connection: ConnectionId) -> Option<EndpointId> {
        let at = self.position(connection)?;
        self.endpoints.get(at).map(|one| one.id)
    }

    /// Notes what a place wants to be told, beside what it wanted before. Whether it has asked for
    /// messages before.
    pub(super) fn subscribe(
        &mut self,
        connection: ConnectionId,
        wanted: Subscription,
        last: Number,
    ) -> bool {
        let id = self.id(connection);
        let word = self.words.iter().find(|(of, _)| Some(*of) == id);
        let word = word.map_or(Word::Unknown, |(_, word)| *word);
        let Some(endpoint) = self.get_mut(connection) else {
            return false;
        };
        endpoint.roster |= wanted.roster;
        endpoint.presence |= wanted.presence;
        endpoint.rooms |= wanted.rooms;
        let before = endpoint.inbox.is_some();
        if wanted.messages && !before {
            endpoint.inbox = Some(Inbox::new(last, word));
        }
        before
    }

    pub(super) fn that_want_messages(&self) -> impl Iterator<Item = ConnectionId> {
        self.connections(|one| one.inbox.is_some())
    }

    pub(super) fn that_want_presence(&self) -> impl Iterator<Item = ConnectionId> {
        self.connections(|one| one.presence)
    }

    /// The other places that want to hear of presence, or one of them.
    pub(super) fn sisters(
        &self,
        of: ConnectionId,
        only: Option<EndpointId>,
    ) -> impl Iterator<Item = ConnectionId> {
        let meant = move |one: &&Endpoint| {
            one.connection != of && one.presence && only.is_none_or(|only| one.id == only)
        };
        self.endpoints
            .iter()
            .filter(meant)
            .map(|one| one.connection)
    }

    pub(super) fn that_want_the_roster(&self) -> impl Iterator<Item = ConnectionId> {
        self.connections(|one| one.roster)
    }

    pub(super) fn that_come_into_rooms(&self) -> impl Iterator<Item = ConnectionId> {
        self.connections(|one| one.rooms)
    }

    fn connections(&self, wanted: fn(&Endpoint) -> bool) -> impl Iterator<Item = ConnectionId> {
        let found = self.endpoints.iter().filter(move |one| wanted(one));
        found.map(|one| one.connection)
    }

    /// What is known now of whether a place tells of receipts holds also when it comes again.
    pub(super) fn note_word(&mut self, connection: ConnectionId) {
        let word = self.inbox(connection).map(|inbox| inbox.word());
        let (Some(id), Some(word)) = (self.id(connection), word) else {
            return;
        };
        if let Some((_, known)) = self.words.iter_mut().find(|(of, _)| *of == id) {
            *known = word;
        } else if word != Word::Unknown {
            if self.words.len() >= WORDS {
                self.words.pop_front();
            }
            self.words.push_back((id, word));
        }
    }

    pub(super) fn inbox(&mut self, connection: ConnectionId) -> Option<&mut Inbox> {
        self.get_mut(connection)?.inbox.as_mut()
    }

    /// Numbers of messages above `last` were given, and are not kept.
    pub(super) fn forget_above(&mut self, last: Number) {
        let inboxes = self
            .endpoints
            .iter_mut()
            .filter_map(|one| one.inbox.as_mut());
        inboxes.for_each(|inbox| inbox.forget_above(last));
    }

    /// When something is to be done about the messages of any of the places.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let inboxes = self.endpoints.iter().filter_map(|one| one.inbox.as_ref());
        inboxes.filter_map(Inbox::deadline).min()
    }

    pub(super) fn all(&self) -> Vec<ConnectionId> {
        self.connections(|_| true).collect()
    }

    /// A place says something about itself and its person. `room` is how many services the person may
    /// have.
    pub(super) fn publish(&mut self, connection: ConnectionId, said: Publication, room: usize) {
        for service in said.services {
            let full = self.services.len() >= room;
            let known = self
                .services
                .iter_mut()
                .find(|one| one.name == service.name);
            match known {
                Some(known) => *known = service,
                None if full => {}
                None => self.services.push(service),
            }
        }
        let Some(endpoint) = self.get_mut(connection) else {
            return;
        };
        // What has no status changes the rest; before the first one, nobody is there.
        let before = endpoint.published.take();
        let (status, services) = match before {
            Some(before) => (before.status, before.services),
            None => (Status::Offline, Vec::new()),
        };
        endpoint.published = Some(EndpointPresence {
            id: endpoint.id,
            status: said.status.unwrap_or(status),
            services: if said.endpoint.is_empty() {
                services
            } else {
                said.endpoint
            },
        });
    }

    /// What the person looks like now.
    pub(super) fn presence(&self, audience: Audience) -> Option<Presence> {
        let published = self
            .endpoints
            .iter()
            .filter_map(|one| one.published.as_ref());
        Presence::of(&self.services, published, audience)
    }

    /// What others are shown.
    pub(super) const fn shown(&self) -> Option<&Arc<Presence>> {
        self.shown.as_ref()
    }

    /// Others are to be shown what the person looks like now; whether that is different from what they
    /// were shown before.
    pub(super) fn show(&mut self) -> bool {
        let now = self.presence(Audience::Others).map(Arc::new);
        let different = now != self.shown;
        self.shown = now;
        different
    }

    /// The person watches from now on; whether they did before.
    pub(super) fn watch(&mut self) -> bool {
        std::mem::replace(&mut self.watching, true)
    }

    pub(super) const fn is_watching(&self) -> bool {
        self.watching
    }

    /// Somebody is seen so; whether that is news.
    pub(super) fn see(&mut self, who: PersonId, shown: Option<&Arc<Presence>>) -> bool {
        let before = match shown {
            Some(shown) => self.seen.insert(who, shown.clone()),
            None => self.seen.remove(&who),
        };
        before.as_ref() != shown
    }

    /// As the person has last seen somebody.
    pub(super) fn seen(&self, who: PersonId) -> Option<&Arc<Presence>> {
        self.seen.get(&who)
    }

    /// Only those may still be seen for whom this holds.
    pub(super) fn forget_seen(&mut self, mut stays: impl FnMut(PersonId) -> bool) {
        self.seen.retain(|who, _| stays(*who));
    }

    fn position(&self, connection: ConnectionId) -> Option<usize> {
        let mut endpoints = self.endpoints.iter();
        endpoints.position(|one| one.connection == connection)
    }

    fn get_mut(&mut self, connection: ConnectionId) -> Option<&mut Endpoint> {
        let at = self.position(connection)?;
        self.endpoints.get_mut(at)
    }
}
