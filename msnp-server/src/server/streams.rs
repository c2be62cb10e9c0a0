//! `Streams`: the clients that come by a byte stream of their own, each a connection of the messenger.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;

use bytes::Bytes;
use gateway_sm::{ConnectionEnd, Strangers};
use machine_contract::{StreamAsk, StreamId};

use super::caller::Caller;
use super::effect::Log;
use super::stream::Stream;
use crate::faces;
use crate::messenger::Messenger;
use crate::network::{ConnectionId, Evidence, Number};
use crate::now::Now;
use crate::peer_network::PeerNetwork;
use crate::sign_in::SignIn;

/// What the host tells of a stream.
#[derive(Debug)]
pub(super) enum Heard {
    /// The peer said this.
    Received(Bytes),
    /// The network has taken all that the host was given.
    Taken,
    /// The peer says nothing more.
    Finished,
    /// It is over.
    Closed(ConnectionEnd),
}

/// All streams.
#[derive(Debug)]
pub(super) struct Streams {
    bounds: Bounds,
    open: BTreeMap<StreamId, Stream>,
    by_connection: BTreeMap<ConnectionId, StreamId>,
    per_peer: BTreeMap<PeerNetwork, usize>,
    /// Those in which nobody has signed in.
    strangers: Strangers<StreamId, PeerNetwork>,
    asks: VecDeque<StreamAsk>,
    /// Those that have bytes, or are read again, and whose host does not know it.
    ready: BTreeSet<StreamId>,
    log: VecDeque<Log>,
    last: u64,
}

/// How many there may be, and how much may wait for one.
#[derive(Clone, Debug)]
pub(super) struct Bounds {
    pub(super) streams: usize,
    pub(super) per_peer: Option<usize>,
    /// Of these, those in which nobody has signed in, in all and from one network.
    pub(super) anonymous: (usize, usize),
    pub(super) queued_bytes: usize,
    pub(super) faces: faces::Config,
}

impl Streams {
    pub(super) const fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            open: BTreeMap::new(),
            by_connection: BTreeMap::new(),
            per_peer: BTreeMap::new(),
            strangers: Strangers::new(),
            asks: VecDeque::new(),
            ready: BTreeSet::new(),
            log: VecDeque::new(),
            last: 0,
        }
    }

    /// A peer has made one, which becomes this connection. `None`: there are too many, of all or of this peer. Of those that have not
    /// signed in another gives way.
    pub(super) fn accept(
        &mut self,
        connection: ConnectionId,
        Caller { peer, tls, .. }: Caller,
        messenger: &mut Messenger<SignIn>,
        now: Now,
    ) -> Option<StreamId> {
        let network = PeerNetwork::of(peer);
        self.make_room_for(network, messenger, now);
        let of_peer = network.and_then(|network| self.per_peer.get(&network));
        let of_peer = of_peer.copied().unwrap_or(0);
        let most = self.bounds.per_peer.unwrap_or(usize::MAX);
        if self.open.len() >= self.bounds.streams || of_peer >= most {
            self.log.push_back(Log::StreamRefused { peer });
            return None;
        }
        self.last += 1;
        let id = StreamId::new(self.last);
        self.per_peer
            .extend(network.map(|network| (network, of_peer + 1)));
        self.open.insert(id, Stream::new(connection, peer));
        self.by_connection.insert(connection, id);
        self.strangers.insert(id, network, now.monotonic);
        self.log.push_back(Log::Opened {
            connection,
            signed_in: false,
        });
        messenger.handle_open(connection, None, now);
        if tls {
            messenger.handle_tls(connection);
        }
        Some(id)
    }

    /// One more stranger is about to be there: if that is too many, one of them ends.
    fn make_room_for(
        &mut self,
        network: Option<PeerNetwork>,
        messenger: &mut Messenger<SignIn>,
        now: Now,
    ) {
        let most = self.bounds.anonymous;
        if let Some(id) = self.strangers.in_the_way_of(network, most)
            && let Some(stream) = self.open.get(&id)
        {
            let connection = stream.connection();
            self.log.push_back(Log::StreamDisplaced { connection });
            self.let_go(id, connection, messenger, now);
        }
    }

    /// One is over, and its host is told so.
    fn let_go(
        &mut self,
        id: StreamId,
        connection: ConnectionId,
        messenger: &mut Messenger<SignIn>,
        now: Now,
    ) {
        let end = ConnectionEnd::Broken;
        self.log.push_back(Log::StreamEnded { connection, end });
        self.asks.push_back(StreamAsk::Drop(id));
        self.remove(id);
        messenger.handle_closed(connection, now);
    }

    /// Where a connection comes from, if it comes by a stream.
    pub(super) fn peer(&self, connection: ConnectionId) -> Option<IpAddr> {
        let stream = self.open.get(self.by_connection.get(&connection)?)?;
        Some(stream.peer())
    }

    /// Something has happened to one. Of one that is over nothing more is heard.
    pub(super) fn handle(
        &mut self,
        id: StreamId,
        heard: Heard,
        messenger: &mut Messenger<SignIn>,
        now: Now,
    ) {
        let Some(stream) = self.open.get_mut(&id) else {
            return;
        };
        let connection = stream.connection();
        match heard {
            Heard::Received(bytes) if self.by_connection.contains_key(&connection) => {
                self.strangers.hear(id, now.monotonic);
                let messages = stream.shown();
                stream.asked();
                tell(connection, Evidence::Shown, messages, messenger, now);
                messenger.handle_bytes(connection, id.get(), bytes, now);
            }
            Heard::Received(bytes) => {
                if !stream.throw_away(bytes.len()) {
                    self.let_go(id, connection, messenger, now);
                    return;
                }
            }
            Heard::Taken => {
                let messages = stream.taken();
                messenger.set_backlog(connection, stream.backlog());
                tell(connection, Evidence::Written, messages, messenger, now);
            }
            Heard::Finished => stream.finish(),
            Heard::Closed(end) => {
                let evidence = match end {
                    ConnectionEnd::Orderly => Some(Evidence::Shown),
                    ConnectionEnd::Taken => Some(Evidence::Taken),
                    // What broke with it is given again when the person comes back.
                    ConnectionEnd::Broken => None,
                };
                if let Some(evidence) = evidence {
                    let messages = stream.shown();
                    tell(connection, evidence, messages, messenger, now);
                }
                self.log.push_back(Log::StreamEnded { connection, end });
                messenger.handle_closed(connection, now);
                self.remove(id);
                return;
            }
        }
        self.look_at(id);
    }

    /// Frames for a connection, if it is one of these. One whose client does not keep up is over.
    pub(super) fn send(
        &mut self,
        connection: ConnectionId,
        bytes: Bytes,
        messages: Vec<Number>,
        messenger: &mut Messenger<SignIn>,
        now: Now,
    ) {
        let Some(id) = self.by_connection.get(&connection).copied() else {
            return;
        };
        let Some(stream) = self.open.get_mut(&id) else {
            return;
        };
        if stream.backlog() + bytes.len() > self.bounds.queued_bytes {
            self.log.push_back(Log::NotKeepingUp { connection });
            self.let_go(id, connection, messenger, now);
            return;
        }
        stream.push(bytes, messages);
        messenger.set_backlog(connection, stream.backlog());
        self.look_at(id);
    }

    /// The messenger has ended a connection, perhaps one of these: what was said before still leaves.
    pub(super) fn close(&mut self, connection: ConnectionId) {
        let Some(id) = self.by_connection.remove(&connection) else {
            return;
        };
        self.strangers.remove(id);
        if let Some(stream) = self.open.get_mut(&id) {
            stream.end();
        }
        self.look_at(id);
    }

    /// All commands of a piece are answered. Whether the connection is one of these.
    pub(super) fn answered(&mut self, connection: ConnectionId) -> bool {
        let Some(id) = self.by_connection.get(&connection).copied() else {
            return false;
        };
        if let Some(stream) = self.open.get_mut(&id) {
            stream.answered();
        }
        self.look_at(id);
        true
    }

    /// The connection speaks for somebody: more may wait for it.
    pub(super) fn signed_in(&mut self, connection: ConnectionId) {
        let Some(id) = self.by_connection.get(&connection) else {
            return;
        };
        self.strangers.remove(*id);
        if let Some(stream) = self.open.get_mut(id) {
            stream.sign_in();
        }
    }

    /// Whether it is not known who speaks by one.
    pub(super) fn is_strangers(&self, id: StreamId) -> bool {
        self.strangers.contains(id)
    }

    /// The next thing that is to be done with one.
    pub(super) fn poll_ask(&mut self) -> Option<StreamAsk> {
        self.asks.pop_front()
    }

    /// One that has bytes to be taken, or is read again.
    pub(super) fn poll_ready(&mut self) -> Option<StreamId> {
        self.ready.pop_first()
    }

    /// The next bytes of one.
    pub(super) fn poll_send(&mut self, id: StreamId) -> Option<Bytes> {
        self.open.get_mut(&id)?.take()
    }

    /// Whether one is to be read.
    pub(super) fn wants_read(&mut self, id: StreamId) -> bool {
        let faces = &self.bounds.faces;
        let stream = self.open.get_mut(&id);
        stream.is_some_and(|stream| stream.wants_read(most_backlog(stream, faces)))
    }

    pub(super) fn poll_log(&mut self) -> Option<Log> {
        self.log.pop_front()
    }

    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    /// Bytes that wait for all of them.
    pub(super) fn queued(&self) -> usize {
        self.open.values().map(Stream::backlog).sum()
    }

    /// What the host has to know of one that something has happened to.
    fn look_at(&mut self, id: StreamId) {
        let Some(stream) = self.open.get_mut(&id) else {
            return;
        };
        if stream.is_to_finish() {
            self.asks.push_back(StreamAsk::Finish(id));
        }
        let most = most_backlog(stream, &self.bounds.faces);
        if stream.reads_again(most) || stream.has_bytes() {
            self.ready.insert(id);
        }
    }

    fn remove(&mut self, id: StreamId) {
        let Some(stream) = self.open.remove(&id) else {
            return;
        };
        self.ready.remove(&id);
        self.strangers.remove(id);
        self.by_connection.remove(&stream.connection());
        if let Some(network) = PeerNetwork::of(stream.peer())
            && let Some(of_peer) = self.per_peer.get_mut(&network)
        {
            // Peers that are gone leave nothing behind: there may be as many as there are addresses.
            *of_peer = of_peer.saturating_sub(1);
            if *of_peer == 0 {
                self.per_peer.remove(&network);
            }
        }
    }
}

/// Above so many bytes that wait for it, a client is not read: half of what its commands are refused at.
const fn most_backlog(stream: &Stream, faces: &faces::Config) -> usize {
    if stream.is_signed_in() {
        faces.outgoing_bytes / 2
    } else {
        faces.outgoing_before_sign_in / 2
    }
}

fn tell(
    connection: ConnectionId,
    evidence: Evidence,
    messages: Vec<Number>,
    messenger: &mut Messenger<SignIn>,
    now: Now,
) {
    if !messages.is_empty() {
        messenger.handle_evidence(connection, evidence, messages, now);
    }
}
