//! A machine with a window: tells every exchange beside the machine's own events.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use http::{Request, Response};
use machine_contract::{
    Failure, HttpMachine, Instant, Machine, RequestId, StreamMachine, Transmit,
};

/// Any machine, watched.
pub(super) struct Watched<M> {
    /// The machine, to be spoken to as ever.
    pub(super) machine: M,
    in_flight: BTreeMap<RequestId, Request<Bytes>>,
    exchanges: VecDeque<Exchange>,
}

/// A request and its response.
pub(super) struct Exchange {
    pub(super) request: Request<Bytes>,
    pub(super) response: Response<Bytes>,
}

/// What is seen through the window: an exchange comes before what the machine makes of it.
pub(super) enum Seen<E> {
    Exchange(Box<Exchange>),
    Event(E),
}

impl<M> Watched<M> {
    pub(super) const fn new(machine: M) -> Self {
        Self {
            machine,
            in_flight: BTreeMap::new(),
            exchanges: VecDeque::new(),
        }
    }
}

impl<M: Machine> Machine for Watched<M> {
    type Event = Seen<M::Event>;

    fn handle_timeout(&mut self, now: Instant) {
        self.machine.handle_timeout(now);
    }

    fn poll_timeout(&self) -> Option<Instant> {
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
            self.exchanges.push_back(Exchange { request, response });
        }
        self.machine.handle_response(id, response, now);
    }

    fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        self.in_flight.remove(&id);
        self.machine.handle_failure(id, failure, now);
    }

    fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
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

impl<M: StreamMachine> StreamMachine for Watched<M> {}
