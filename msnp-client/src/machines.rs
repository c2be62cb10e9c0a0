//! The machines inside that make requests, as one: the lifecycle's sign-ins and the links of the connections.

use bytes::Bytes;
use http::Response;
use machine_contract::{
    Failure, HttpMachine, Instant, Mux, RequestId, StreamAsk, StreamId, StreamMachine, Transmit,
};

use crate::connections::{ConnectionKey, Connections};
use crate::event::Reason;
use crate::fact::Fact;
use crate::lifecycle::Lifecycle;
use crate::link::Link;
use crate::sign_in::SignIn;
use crate::web_calls::WebCalls;

/// Lifecycle and connections, and whose request is whose.
#[derive(Debug)]
pub(crate) struct Machines {
    lifecycle: Lifecycle,
    connections: Connections,
    mux: Mux<Source>,
}

/// The machine inside that a request belongs to.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    SignIn,
    Renewal,
    Connection(ConnectionKey),
    /// What a connection asks for beside its link.
    Web(ConnectionKey),
}

enum Owner<'a> {
    SignIn(&'a mut SignIn),
    Link(&'a mut Link),
    Web(&'a mut WebCalls),
}

impl Machines {
    pub(crate) fn new(lifecycle: Lifecycle) -> Self {
        Self {
            lifecycle,
            connections: Connections::default(),
            mux: Mux::new(),
        }
    }

    pub(crate) const fn lifecycle(&self) -> &Lifecycle {
        &self.lifecycle
    }

    pub(crate) const fn lifecycle_mut(&mut self) -> &mut Lifecycle {
        &mut self.lifecycle
    }

    pub(crate) const fn connections(&self) -> &Connections {
        &self.connections
    }

    pub(crate) const fn connections_mut(&mut self) -> &mut Connections {
        &mut self.connections
    }

    /// Shows the lifecycle's tokens on the main connection.
    pub(crate) fn show_tokens(&mut self) {
        if let (Some(connection), Some(tokens)) =
            (self.connections.main_mut(), self.lifecycle.tokens())
        {
            connection.renew(tokens);
        }
    }

    /// Forgets a connection, and what belongs to it. Its last facts.
    pub(crate) fn remove(
        &mut self,
        key: ConnectionKey,
        reason: Reason,
    ) -> Vec<(ConnectionKey, Fact)> {
        let removed = self.connections.remove(key, reason);
        for key in removed.keys {
            self.mux.remove(Source::Connection(key));
            self.mux.remove(Source::Web(key));
        }
        removed.last_facts
    }

    /// A sign-in that is gone wants none of its requests any more. To be called once nothing moves.
    pub(crate) fn forget_ended(&mut self) {
        if self.lifecycle.sign_in_machine().is_none() {
            self.mux.remove(Source::SignIn);
        }
        if self.lifecycle.renewal_machine().is_none() {
            self.mux.remove(Source::Renewal);
        }
    }

    pub(crate) fn handle_response(
        &mut self,
        id: RequestId,
        response: Response<Bytes>,
        now: Instant,
    ) {
        match self.owner(id) {
            Some((Owner::SignIn(it), inner)) => it.handle_response(inner, response, now),
            Some((Owner::Link(it), inner)) => it.handle_response(inner, response, now),
            Some((Owner::Web(it), inner)) => it.handle_response(inner, response, now),
            None => {}
        }
    }

    pub(crate) fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        match self.owner(id) {
            Some((Owner::SignIn(it), inner)) => it.handle_failure(inner, failure, now),
            Some((Owner::Link(it), inner)) => it.handle_failure(inner, failure, now),
            Some((Owner::Web(it), inner)) => it.handle_failure(inner, failure, now),
            None => {}
        }
    }

    /// The request has ended: whose it was, and what that one calls it.
    fn owner(&mut self, id: RequestId) -> Option<(Owner<'_>, RequestId)> {
        let (source, inner) = self.mux.end_request(id)?;
        let owner = match source {
            Source::SignIn => Owner::SignIn(self.lifecycle.sign_in_machine()?),
            Source::Renewal => Owner::SignIn(self.lifecycle.renewal_machine()?),
            Source::Connection(key) => Owner::Link(self.connections.link(key)?),
            Source::Web(key) => Owner::Web(self.connections.web(key)?),
        };
        Some((owner, inner))
    }

    pub(crate) fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        let mux = &mut self.mux;
        if let Some(it) = self.lifecycle.sign_in_machine()
            && let Some(transmit) = mux.poll_transmit(Source::SignIn, it, now)
        {
            return Some(transmit);
        }
        let mut links = self.connections.links();
        let of_link =
            links.find_map(|(key, link)| mux.poll_transmit(Source::Connection(key), link, now));
        drop(links);
        let mut webs = self.connections.webs();
        of_link
            .or_else(|| webs.find_map(|(key, web)| mux.poll_transmit(Source::Web(key), web, now)))
            .or_else(|| {
                let renewal = self.lifecycle.renewal_machine()?;
                mux.poll_transmit(Source::Renewal, renewal, now)
            })
    }

    pub(crate) fn poll_cancel(&mut self) -> Option<RequestId> {
        let mux = &mut self.mux;
        if let Some(cancel) = mux.poll_cancelled() {
            return Some(cancel);
        }
        if let Some(it) = self.lifecycle.sign_in_machine()
            && let Some(cancel) = mux.poll_cancel(Source::SignIn, it)
        {
            return Some(cancel);
        }
        let mut links = self.connections.links();
        let of_link = links.find_map(|(key, link)| mux.poll_cancel(Source::Connection(key), link));
        drop(links);
        let mut webs = self.connections.webs();
        of_link
            .or_else(|| webs.find_map(|(key, web)| mux.poll_cancel(Source::Web(key), web)))
            .or_else(|| {
                let renewal = self.lifecycle.renewal_machine()?;
                mux.poll_cancel(Source::Renewal, renewal)
            })
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let lifecycle = self.lifecycle.poll_timeout();
        let connections = self.connections.poll_timeout();
        lifecycle.into_iter().chain(connections).min()
    }

    pub(crate) fn poll_stream(&mut self, now: Instant) -> Option<StreamAsk> {
        let mux = &mut self.mux;
        if let Some(dropped) = mux.poll_dropped() {
            return Some(dropped);
        }
        let mut links = self.connections.links();
        links.find_map(|(key, link)| mux.poll_stream(Source::Connection(key), link, now))
    }

    pub(crate) fn poll_send(&mut self, id: StreamId, now: Instant) -> Option<Bytes> {
        let (link, inner) = self.stream(id)?;
        link.poll_send(inner, now)
    }

    /// What nobody reads any more may go on coming.
    pub(crate) fn wants_read(&self, id: StreamId) -> bool {
        let Some((Source::Connection(key), inner)) = self.mux.stream(id) else {
            return true;
        };
        self.connections.wants_read(key, inner)
    }

    pub(crate) fn handle_connected(&mut self, id: StreamId, now: Instant) {
        if let Some((link, inner)) = self.stream(id) {
            link.handle_connected(inner, now);
        }
    }

    pub(crate) fn handle_received(&mut self, id: StreamId, bytes: Bytes, now: Instant) {
        if let Some((link, inner)) = self.stream(id) {
            link.handle_received(inner, bytes, now);
        }
    }

    pub(crate) fn handle_finished(&mut self, id: StreamId, now: Instant) {
        if let Some((link, inner)) = self.stream(id) {
            link.handle_finished(inner, now);
        }
    }

    pub(crate) fn handle_closed(
        &mut self,
        id: StreamId,
        failure: Option<Failure>,
        unwritten: usize,
        now: Instant,
    ) {
        if let Some((link, inner)) = self.ended_stream(id) {
            link.handle_closed(inner, failure, unwritten, now);
        }
    }

    pub(crate) fn handle_unsupported(&mut self, id: StreamId, now: Instant) {
        if let Some((link, inner)) = self.ended_stream(id) {
            link.handle_unsupported(inner, now);
        }
    }

    /// The stream has ended: whose it was, and what that one calls it.
    fn ended_stream(&mut self, id: StreamId) -> Option<(&mut Link, StreamId)> {
        match self.mux.end_stream(id)? {
            (Source::Connection(key), inner) => Some((self.connections.link(key)?, inner)),
            _ => None,
        }
    }

    fn stream(&mut self, id: StreamId) -> Option<(&mut Link, StreamId)> {
        match self.mux.stream(id)? {
            (Source::Connection(key), inner) => Some((self.connections.link(key)?, inner)),
            _ => None,
        }
    }
}
