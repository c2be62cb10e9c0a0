//! `Behind`: the machine as what answers HTTP.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use gateway_sm::{ExchangeId, Peer};
use gateway_upstream::{Event, Note, UpstreamGateway};
use http::{Request, Response};
use machine_contract::{Instant, Machine};
use tokio::sync::oneshot;

use crate::engine::{Answer, Answers, Input};
use crate::random::random;

type Waiting = HashMap<ExchangeId, oneshot::Sender<Response<Bytes>>>;

/// A handle on the machine, and who waits for its replies.
#[derive(Clone, Debug)]
pub(super) struct Behind {
    machine: transport_reqwest::Caller<UpstreamGateway>,
    waiting: Arc<Mutex<Waiting>>,
}

impl Behind {
    pub(super) fn new(machine: transport_reqwest::Caller<UpstreamGateway>) -> Self {
        Self {
            machine,
            waiting: Arc::default(),
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
            Event::Note(note) => log(&note),
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
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Answers for Behind {
    fn request(
        &self,
        exchange: ExchangeId,
        mut request: Request<Bytes>,
        caller: msnp_server::Caller,
    ) -> Answer {
        let Some(entropy) = random() else {
            return Box::pin(std::future::ready(None));
        };
        request.extensions_mut().insert(Peer(caller.peer));
        if let Some(connection) = caller.connection {
            request.extensions_mut().insert(connection);
        }
        let (reply, replied) = oneshot::channel();
        self.waiting().insert(exchange, reply);
        self.call(|machine, now| machine.handle_request(exchange, request, entropy, now));
        Box::pin(async { replied.await.ok() })
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

fn log(note: &Note) {
    match note {
        Note::Opened { .. } | Note::ClientLeft { .. } | Note::ServerLeft { failure: None, .. } => {
            tracing::debug!("{note}");
        }
        _ => tracing::warn!("{note}"),
    }
}
