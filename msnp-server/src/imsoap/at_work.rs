//! `AtWork`: the client of one IM account, and what is between it and the network.

use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use machine_contract::{
    Failure, HttpMachine as _, Instant, Machine as _, Mux, RequestId, Secret, StreamId,
};
use msnp_client::{Client, ConversationId, Event};

use super::groups::groups_known_to;
use super::lines::{Lines, StreamNews};
use super::outgoing::Outgoing;
use super::upstream::{AccountKey, Effect, UpstreamEvent};
use super::ways::Way;

/// An account that has its client.
#[derive(Debug)]
pub(super) struct AtWork {
    client: Box<Client>,
    way: Arc<Way>,
    lines: Lines,
    /// When the client is to be woken, as that was noted last.
    alarm: Option<Instant>,
}

impl AtWork {
    /// Begins to sign in.
    pub(super) fn begin(
        way: &Arc<Way>,
        (login, password): (String, &Secret<String>),
        name: Option<&str>,
        seed: &Secret<[u8; 32]>,
        now: Instant,
    ) -> Self {
        let mut config = way.client(login, password, seed);
        if let Some(name) = name.filter(|_| !way.tells_names()) {
            config = config.display_name(name);
        }
        let mut client = Box::new(Client::new(config));
        client.sign_in(now);
        Self {
            client,
            way: Arc::clone(way),
            lines: Lines::default(),
            alarm: None,
        }
    }

    /// Whether it signs in at this server itself.
    pub(super) fn is_own(&self) -> bool {
        self.way.is_own()
    }

    /// Does what a session wants; what the client says to that at once.
    pub(super) fn carry_out(&mut self, effect: Effect, now: Instant) -> Option<UpstreamEvent> {
        let client = &mut self.client;
        match effect {
            Effect::SetStatus { status, .. } => Some(match client.set_status(status, now) {
                Ok(operation) => UpstreamEvent::StatusTaken(operation, status),
                Err(refused) => UpstreamEvent::StatusRefused(status, refused),
            }),
            Effect::Send { to, text, .. } => {
                let conversation = ConversationId::from(&to);
                let taken = client.send_text(&conversation, &text, now);
                let refused = taken.err()?;
                Some(UpstreamEvent::MessageRefused(to, refused))
            }
            Effect::Acknowledge { receipt, .. } => {
                client.acknowledge(receipt, now);
                None
            }
            Effect::SignOut { .. } => {
                client.sign_out(now);
                None
            }
            Effect::StartSignIn { .. } => None,
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        self.alarm = None;
        self.client.handle_timeout(now);
    }

    pub(super) fn handle_response(
        &mut self,
        id: RequestId,
        response: Response<Bytes>,
        now: Instant,
    ) {
        self.client.handle_response(id, response, now);
    }

    pub(super) fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        self.client.handle_failure(id, failure, now);
    }

    /// Something has happened to a stream, which the client calls `inner`.
    pub(super) fn handle_stream(
        &mut self,
        id: StreamId,
        inner: StreamId,
        news: StreamNews,
        now: Instant,
    ) {
        self.lines.hear((id, inner), news, &mut self.client, now);
    }

    /// The next that the client says.
    pub(super) fn poll_event(&mut self, now: Instant) -> Option<Event> {
        loop {
            if let Some(event) = self.client.poll_event() {
                return Some(event);
            }
            // Its events were taken, so it may have waited for that room.
            if self.client.poll_timeout().is_none_or(|at| at > now) {
                return None;
            }
            self.client.handle_timeout(now);
        }
    }

    /// How the contacts are sorted, if the client is who knows that: the store has told those of one's own accounts.
    pub(super) fn groups(&self) -> Option<UpstreamEvent> {
        let is_known_here = self.way.tells_names() && !self.way.is_own();
        is_known_here.then(|| groups_known_to(&self.client))
    }

    /// Takes over what the client wants of the network.
    pub(super) fn collect(
        &mut self,
        account: AccountKey,
        mux: &mut Mux<AccountKey>,
        outgoing: &mut Outgoing,
        now: Instant,
    ) {
        let (client, is_own) = (&mut *self.client, self.way.is_own());
        while let Some(transmit) = mux.poll_transmit(account, client, now) {
            outgoing.transmit(is_own, transmit);
        }
        while let Some(cancel) = mux.poll_cancel(account, client) {
            outgoing.cancel(is_own, cancel);
        }
        for order in self.lines.collect(account, client, mux, now) {
            outgoing.order(order);
        }
    }

    /// When the client was to be woken, and when it is to be now.
    pub(super) fn move_alarm(&mut self) -> (Option<Instant>, Option<Instant>) {
        let next = self.client.poll_timeout();
        (std::mem::replace(&mut self.alarm, next), next)
    }

    /// When the client was to be woken.
    pub(super) const fn alarm(&self) -> Option<Instant> {
        self.alarm
    }
}
