//! `Behind`: the machine as what answers HTTP.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use gateway_sm::{EndReason, ExchangeId, Peer};
use gateway_upstream::{Event, Note, UpstreamGateway};
use http::{Request, Response};
use machine_contract::{Instant, Machine};
use msnp_server::{NetworkPage, PeerNetwork};
use tokio::sync::oneshot;

use crate::engine::{Answer, Answers, Counts, Input, Snapshot, Stopped};
use crate::random::random;

type Waiting = HashMap<ExchangeId, oneshot::Sender<Response<Bytes>>>;

/// A handle on the machine, who waits for its replies, and what is counted of it.
#[derive(Clone, Debug)]
pub(super) struct Behind {
    machine: transport_reqwest::Caller<UpstreamGateway>,
    page: Option<Arc<NetworkPage>>,
    waiting: Arc<Mutex<Waiting>>,
    counts: Arc<Mutex<Counts>>,
}

impl Behind {
    pub(super) fn new(
        machine: transport_reqwest::Caller<UpstreamGateway>,
        page: Option<NetworkPage>,
    ) -> Self {
        Self {
            machine,
            page: page.map(Arc::new),
            waiting: Arc::default(),
            counts: Arc::default(),
        }
    }

    /// Gives a reply to whoever waits for it, or writes a line of the log.
    pub(super) fn hand_out(&self, event: Event) {
        match event {
            Event::Reply(exchange, reply) => {
                let waiting = self.waiting().remove(&exchange);
                if let Some(waiting) = waiting {
                    // Whoever does not wait any more has said so, or will.
                    let _ = waiting.send(reply);
                }
            }
            Event::Note(note) => {
                count(&note, &mut locked(&self.counts));
                log(&note);
            }
        }
    }

    /// Does something with the machine. What follows at once is handed out in this thread, so that it wakes nobody else.
    fn call(&self, verb: impl FnOnce(&mut UpstreamGateway, Instant)) {
        let events = self.machine.call(|machine, now| {
            verb(machine, now);
            std::iter::from_fn(|| machine.poll_event()).collect::<Vec<_>>()
        });
        match events {
            Ok(events) => events.into_iter().for_each(|event| self.hand_out(event)),
            // Nobody gets a reply any more, and hears so.
            Err(_) => self.waiting().clear(),
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        locked(&self.waiting)
    }
}

fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Answers for Behind {
    fn request(
        &self,
        exchange: ExchangeId,
        mut request: Request<Bytes>,
        caller: msnp_server::Caller,
    ) -> Answer {
        let page = self.page.as_ref();
        if let Some(reply) = page.and_then(|page| page.handle_request(&request)) {
            return Box::pin(std::future::ready(Some(reply)));
        }
        let Some(entropy) = random() else {
            return Box::pin(std::future::ready(None));
        };
        // Addresses that one has for the taking are one peer; who speaks for many is one too, which a client cannot help.
        let peer = PeerNetwork::of(caller.peer).map_or(caller.peer, PeerNetwork::address);
        request.extensions_mut().insert(Peer(peer));
        if let Some(connection) = caller.connection {
            request.extensions_mut().insert(connection);
        }
        let (reply, replied) = oneshot::channel();
        self.waiting().insert(exchange, reply);
        self.call(|machine, now| machine.handle_request(exchange, request, entropy, now));
        Box::pin(async { replied.await.ok() })
    }

    fn snapshot(&self) -> Result<Snapshot, Stopped> {
        let counts = *locked(&self.counts);
        let waiting_requests = self.waiting().len();
        let told = self.machine.call(|machine, _| Snapshot {
            counts,
            gateway_sessions: machine.sessions(),
            gateway_bytes: machine.queued_bytes(),
            connections: machine.streams(),
            waiting_requests,
            ..Snapshot::default()
        });
        told.map_err(|_| Stopped)
    }

    fn tell(&self, input: Input) {
        match input {
            Input::Sent(exchange) => {
                self.call(|machine, now| machine.handle_reply_sent(exchange, now));
            }
            Input::Lost(exchange) => {
                self.waiting().remove(&exchange);
                self.call(|machine, now| machine.handle_reply_lost(exchange, now));
            }
            Input::HalfClosed(exchange) => {
                self.call(|machine, now| machine.handle_half_closed(exchange, now));
            }
            Input::ConnectionEnded(connection, end) => {
                self.call(|machine, now| machine.handle_connection_ended(connection, end, now));
            }
            // The server's own affairs: HTTP tells nothing of them.
            _ => {}
        }
    }
}

fn count(note: &Note, counts: &mut Counts) {
    match note {
        Note::Refused { .. } => counts.destinations_refused += 1,
        Note::Unreachable { .. } => counts.unreached += 1,
        Note::Overrun { .. } => counts.not_keeping_up += 1,
        Note::ClientLeft {
            reason: EndReason::Displaced,
            ..
        } => counts.strangers_displaced += 1,
        _ => {}
    }
}

fn log(note: &Note) {
    match note {
        Note::Opened { .. } | Note::ClientLeft { .. } | Note::ServerLeft { failure: None, .. } => {
            tracing::debug!("{note}");
        }
        _ => tracing::warn!("{note}"),
    }
}
