//! A machine with a window: tells every exchange beside the machine's own events.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Request, Response};
use machine_contract::{
    EventQueue, Failure, HttpMachine, Instant, Machine, RequestId, StreamAsk, StreamId,
    StreamMachine, Transmit,
};

/// Any machine, watched.
pub(super) struct Watched<M> {
    machine: M,
    in_flight: BTreeMap<RequestId, Request<Bytes>>,
    exchanges: EventQueue<ObservedExchange>,
    /// Too many exchanges were not looked at by the last input: no request is made.
    full: bool,
}

/// Bytes of exchanges that nobody has looked at.
const LIMIT: usize = 4 << 20;

/// A request and its response.
pub(super) struct ObservedExchange {
    pub(super) request: Request<Bytes>,
    pub(super) response: Response<Bytes>,
}

/// What is seen through the window: an exchange comes before what the machine makes of it.
pub(super) enum Seen<E> {
    Exchange(Box<ObservedExchange>),
    Event(E),
}

impl<M> Watched<M> {
    pub(super) fn new(machine: M) -> Self {
        Self {
            machine,
            in_flight: BTreeMap::new(),
            exchanges: EventQueue::new(|exchange: &ObservedExchange| {
                exchange.request.body().len() + exchange.response.body().len()
            }),
            full: false,
        }
    }

    /// The machine, to be spoken to as ever.
    pub(super) const fn machine(&mut self) -> &mut M {
        &mut self.machine
    }

    fn is_above(&self) -> bool {
        self.exchanges.held() > LIMIT
    }
}

impl<M: Machine> Machine for Watched<M> {
    type Event = Seen<M::Event>;

    fn handle_timeout(&mut self, now: Instant) {
        self.full = self.is_above();
        self.machine.handle_timeout(now);
    }

    fn handle_suspended(&mut self, now: Instant) {
        self.machine.handle_suspended(now);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        if self.full && !self.is_above() {
            return Some(Instant::ORIGIN);
        }
        self.machine.poll_timeout()
    }

    fn poll_event(&mut self) -> Option<Self::Event> {
        if let Some(exchange) = self.exchanges.pop_front() {
            return Some(Seen::Exchange(Box::new(exchange)));
        }
        self.machine.poll_event().map(Seen::Event)
    }
}

impl<M: HttpMachine> HttpMachine for Watched<M> {
    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, now: Instant) {
        if let Some(request) = self.in_flight.remove(&id) {
            let response = response.clone();
            self.exchanges
                .push_back(ObservedExchange { request, response });
            self.full = self.is_above();
        }
        self.machine.handle_response(id, response, now);
    }

    fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        self.in_flight.remove(&id);
        self.machine.handle_failure(id, failure, now);
    }

    fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        if self.full {
            return None;
        }
        let transmit = self.machine.poll_transmit(now)?;
        self.in_flight.insert(transmit.id, transmit.request.clone());
        Some(transmit)
    }

    fn poll_cancel(&mut self) -> Option<RequestId> {
        let id = self.machine.poll_cancel()?;
        self.in_flight.remove(&id);
        Some(id)
    }
}

/// Streams are not looked at.
impl<M: StreamMachine> StreamMachine for Watched<M> {
    fn poll_stream(&mut self, now: Instant) -> Option<StreamAsk> {
        self.machine.poll_stream(now)
    }

    fn poll_send(&mut self, id: StreamId, now: Instant) -> Option<Bytes> {
        self.machine.poll_send(id, now)
    }

    fn wants_read(&self, id: StreamId) -> bool {
        self.machine.wants_read(id)
    }

    fn names_moved(&self) -> bool {
        self.machine.names_moved()
    }

    fn poll_moved(&mut self) -> Option<StreamId> {
        self.machine.poll_moved()
    }

    fn handle_connected(&mut self, id: StreamId, now: Instant) {
        self.machine.handle_connected(id, now);
    }

    fn handle_received(&mut self, id: StreamId, bytes: Bytes, now: Instant) {
        self.machine.handle_received(id, bytes, now);
    }

    fn handle_finished(&mut self, id: StreamId, now: Instant) {
        self.machine.handle_finished(id, now);
    }

    fn handle_closed(
        &mut self,
        id: StreamId,
        failure: Option<Failure>,
        unwritten: usize,
        now: Instant,
    ) {
        self.machine.handle_closed(id, failure, unwritten, now);
    }

    fn handle_unsupported(&mut self, id: StreamId, now: Instant) {
        self.machine.handle_unsupported(id, now);
    }
}
