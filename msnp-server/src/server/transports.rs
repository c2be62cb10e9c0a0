//! `Transports`: what connections come by, sessions of the gateway and streams.

use std::net::IpAddr;

use bytes::Bytes;
use gateway_sm::{ExchangeId, Gateway, Peer, SessionKey};
use http::{HeaderValue, Request};
use machine_contract::{Instant, StreamId};

use super::caller::Caller;
use super::links::{Links, evidence_of};
use super::streams::Streams;
use crate::entropy::Entropy;
use crate::identity::Who;
use crate::messenger::Messenger;
use crate::network::{ConnectionId, Number};
use crate::now::Now;
use crate::peer_network::PeerNetwork;
use crate::sign_in::SignIn;

/// Each connection comes by one of them.
#[derive(Debug)]
pub(super) struct Transports {
    gateway: Gateway,
    links: Links,
    streams: Streams,
}

impl Transports {
    pub(super) fn new(gateway: Gateway, streams: Streams) -> Self {
        Self {
            gateway,
            links: Links::default(),
            streams,
        }
    }

    pub(super) const fn gateway(&mut self) -> &mut Gateway {
        &mut self.gateway
    }

    /// Which connection is which session.
    pub(super) const fn links(&mut self) -> &mut Links {
        &mut self.links
    }

    pub(super) const fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    /// Open sessions of the gateway.
    pub(super) fn sessions(&self) -> usize {
        self.gateway.sessions()
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.gateway.poll_timeout()
    }

    /// The network that a connection comes from.
    pub(super) fn network(&self, connection: ConnectionId) -> Option<PeerNetwork> {
        let peer = self.links.peer(connection);
        let peer = peer.or_else(|| self.streams.peer(connection))?;
        PeerNetwork::of(peer)
    }

    /// A request to the gateway.
    pub(super) fn request(
        &mut self,
        exchange: ExchangeId,
        mut request: Request<Bytes>,
        from: Caller,
        entropy: &Entropy,
        now: Now,
    ) {
        let extensions = request.extensions_mut();
        if let Some(network) = PeerNetwork::of(from.peer) {
            extensions.insert(Peer(network.address()));
        }
        if let Some(connection) = from.connection {
            extensions.insert(connection);
        }
        let (gateway, at) = (&mut self.gateway, now.monotonic);
        gateway.handle_request(exchange, request, entropy.take(), at);
    }

    /// A peer has made a stream, if there is room for one more.
    pub(super) fn accept(
        &mut self,
        peer: IpAddr,
        messenger: &mut Messenger<SignIn>,
        now: Now,
    ) -> Option<StreamId> {
        let connection = self.links.next();
        self.streams.accept(connection, peer, messenger, now)
    }

    /// Something is known of messages that left with replies of a session.
    pub(super) fn carried(
        &self,
        session: SessionKey,
        (numbers, evidence): (Vec<u64>, gateway_sm::Evidence),
        messenger: &mut Messenger<SignIn>,
        now: Now,
    ) {
        if let Some(connection) = self.links.connection(session) {
            let messages = numbers.into_iter().map(Number).collect();
            messenger.handle_evidence(connection, evidence_of(evidence), messages, now);
        }
    }

    /// Sends bytes, among which are these messages. `false`: the client does not take what it is sent, so that is the
    /// end of its session.
    pub(super) fn send(
        &mut self,
        connection: ConnectionId,
        (bytes, messages): (Bytes, Vec<Number>),
        messenger: &mut Messenger<SignIn>,
        now: Now,
    ) -> bool {
        let Some(session) = self.links.session(connection) else {
            let streams = &mut self.streams;
            streams.send(connection, bytes, messages, messenger, now);
            return true;
        };
        let tags = messages.into_iter().map(|number| number.0).collect();
        let (gateway, at) = (&mut self.gateway, now.monotonic);
        let sent = gateway.send_tagged(session, bytes, tags, at);
        self.tell_backlog(session, messenger);
        if sent.is_err() {
            self.gateway.close(session, at);
            messenger.handle_closed(connection, now);
        }
        sent.is_ok()
    }

    pub(super) fn close(&mut self, connection: ConnectionId, now: Now) {
        if let Some(session) = self.links.session(connection) {
            self.gateway.close(session, now.monotonic);
        }
        self.streams.close(connection);
    }

    pub(super) fn signed_in(&mut self, connection: ConnectionId, who: &Who) {
        let name = HeaderValue::from_str(who.skype_id().as_str());
        if let (Some(session), Ok(name)) = (self.links.session(connection), name) {
            self.gateway.vouch(session);
            self.gateway.set_skype_id(session, name);
        }
        self.streams.signed_in(connection);
    }

    /// All is said to what came under that mark.
    pub(super) fn answered(&mut self, connection: ConnectionId, mark: u64, now: Now) {
        // A stream counts its marks by itself; an exchange of the gateway's may have the same number.
        if !self.streams.answered(connection) {
            let exchange = ExchangeId::new(mark);
            self.gateway.answered(exchange, now.monotonic);
        }
    }

    /// The reply to that exchange was written.
    pub(super) fn reply_sent(
        &mut self,
        exchange: ExchangeId,
        messenger: &mut Messenger<SignIn>,
        now: Now,
    ) {
        let session = self.gateway.session_of(exchange);
        self.gateway.handle_reply_sent(exchange, now.monotonic);
        if let Some(session) = session {
            self.tell_backlog(session, messenger);
        }
    }

    /// What waits at the gateway counts for what a connection may still ask for.
    fn tell_backlog(&self, session: SessionKey, messenger: &mut Messenger<SignIn>) {
        if let Some(connection) = self.links.connection(session) {
            messenger.set_backlog(connection, self.gateway.backlog(session));
        }
    }
}
