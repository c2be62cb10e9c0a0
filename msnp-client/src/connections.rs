//! The connections that are open, by key. Older dialects hold several at once.

use machine_contract::{Instant, Machine, SortedMap, StreamId, StreamMachine};

use crate::dialect::Connection;
use crate::event::Reason;
use crate::fact::Fact;
use crate::link::Link;
use crate::message::Held;
use crate::request::{NotTaken, Outgoing, Profile};
use crate::web_calls::WebCalls;

/// Names one connection. Never used twice.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ConnectionKey(u64);

/// All open connections. The main one is the one that signs in; without it there are no others.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    open: SortedMap<ConnectionKey, Connection>,
    main: Option<ConnectionKey>,
    last: u64,
}

impl Connections {
    /// Takes in a fresh connection: the main one if there is none.
    pub(crate) fn insert(&mut self, connection: Connection) {
        self.last += 1;
        let key = ConnectionKey(self.last);
        self.main.get_or_insert(key);
        self.open.insert(key, connection);
    }

    /// Drops one connection. The main one takes the others with it, which end for the same reason. Who went;
    /// their last facts are told before that.
    pub(crate) fn remove(&mut self, key: ConnectionKey, reason: Reason) -> Removed {
        let mut removed = Removed::default();
        let gone = if self.is_main(key) {
            self.main = None;
            std::mem::take(&mut self.open)
        } else {
            self.open
                .remove(&key)
                .into_iter()
                .map(|it| (key, it))
                .collect()
        };
        for (key, mut connection) in gone {
            connection.end(reason);
            removed
                .last_facts
                .extend(std::iter::from_fn(|| Some((key, connection.poll_fact()?))));
            removed.keys.push(key);
        }
        removed
    }

    pub(crate) fn is_main(&self, key: ConnectionKey) -> bool {
        self.main == Some(key)
    }

    fn main(&self) -> Option<&Connection> {
        self.open.get(self.main.as_ref()?)
    }

    pub(crate) fn main_mut(&mut self) -> Option<&mut Connection> {
        self.open.get_mut(self.main.as_ref()?)
    }

    /// Whether the main one takes requests.
    pub(crate) fn is_ready(&self) -> bool {
        self.main().is_some_and(Connection::is_ready)
    }

    /// Whether one waited for room at the last input.
    pub(crate) fn is_paused(&self) -> bool {
        self.open.values().any(Connection::is_paused)
    }

    pub(crate) fn link(&mut self, key: ConnectionKey) -> Option<&mut Link> {
        self.open.get_mut(&key).map(Connection::link)
    }

    /// How many are open, the main one too.
    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// How many keep a request waiting for as long as nothing happens.
    pub(crate) fn held(&self) -> usize {
        let links = self.open.values().map(Connection::as_link);
        links.filter(|link| link.may_be_held()).count()
    }

    /// What one of them asks for beside its link.
    pub(crate) fn web(&mut self, key: ConnectionKey) -> Option<&mut WebCalls> {
        self.open.get_mut(&key)?.web()
    }

    /// The same of all.
    pub(crate) fn webs(&mut self) -> impl Iterator<Item = (ConnectionKey, &mut WebCalls)> {
        let open = self.open.iter_mut();
        open.filter_map(|(key, it)| Some((*key, it.web()?)))
    }

    /// Whether there is room for what the peer of a stream says.
    pub(crate) fn wants_read(&self, key: ConnectionKey, stream: StreamId) -> bool {
        let connection = self.open.get(&key);
        connection.is_none_or(|it| it.as_link().wants_read(stream))
    }

    /// All links, for the driver's outputs. The main one is the last: with its good-bye all others end, which
    /// have theirs to say before.
    pub(crate) fn links(&mut self) -> impl Iterator<Item = (ConnectionKey, &mut Link)> {
        self.open
            .iter_mut()
            .rev()
            .map(|(key, it)| (*key, it.link()))
    }

    /// The next fact, and who says it.
    pub(crate) fn poll_fact(&mut self) -> Option<(ConnectionKey, Fact)> {
        self.open
            .iter_mut()
            .find_map(|(key, it)| Some((*key, it.poll_fact()?)))
    }

    /// Has one of them read one thing more. False: there is nothing for any.
    pub(crate) fn read_on(&mut self, has_room: bool, now: Instant) -> bool {
        self.open
            .values_mut()
            .any(|connection| connection.read_on(has_room, now))
    }

    /// Sends a request on the connection that takes it: the youngest is asked first, since it was made for
    /// something.
    pub(crate) fn send(&mut self, outgoing: &Outgoing) -> Result<(), NotTaken> {
        for connection in self.open.values_mut().rev() {
            match connection.send(outgoing) {
                Err(NotTaken::Elsewhere) => {}
                answer => return answer,
            }
        }
        Err(NotTaken::Full)
    }

    /// The application has a message that a connection held for it. One that has ended has nobody to tell: the
    /// service gives the message again.
    pub(crate) fn acknowledge(&mut self, key: ConnectionKey, held: &Held) {
        if let Some(connection) = self.open.get_mut(&key) {
            connection.acknowledge(held);
        }
    }

    pub(crate) fn set_profile(&mut self, profile: &Profile) {
        for connection in self.open.values_mut() {
            connection.set_profile(profile);
        }
    }

    /// Says good-bye on all.
    pub(crate) fn leave(&mut self, now: Instant) {
        for connection in self.open.values_mut().rev() {
            connection.leave(now);
        }
    }

    /// Lets the links know the time; then everything that may be read is to be read.
    pub(crate) fn wake_links(&mut self, now: Instant) {
        for connection in self.open.values_mut() {
            connection.link().handle_timeout(now);
            if let Some(web) = connection.web() {
                web.handle_timeout(now);
            }
        }
    }

    /// The host was asleep.
    pub(crate) fn handle_suspended(&mut self, now: Instant) {
        for connection in self.open.values_mut() {
            connection.link().handle_suspended(now);
        }
    }

    /// What is due, once everything that may be read is read.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        for connection in self.open.values_mut() {
            connection.handle_timeout(now);
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.open
            .values()
            .filter_map(Connection::poll_timeout)
            .min()
    }
}

/// What [`Connections::remove`] leaves.
#[derive(Debug, Default)]
pub(crate) struct Removed {
    pub(crate) keys: Vec<ConnectionKey>,
    pub(crate) last_facts: Vec<(ConnectionKey, Fact)>,
}
