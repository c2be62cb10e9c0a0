//! `Errands`: what the driver sees of the server machine.

use std::collections::VecDeque;

use bytes::Bytes;
use http::Response;
use machine_contract::{
    Failure, HttpMachine, Instant, Machine, RequestId, StreamAsk, StreamId, StreamMachine, Transmit,
};
use msnp_server::imsoap::StreamOrder;

use super::lines::Lines;
use super::told::Told;

/// Requests and streams that are wanted, and what became of them.
#[derive(Debug, Default)]
pub(super) struct Errands {
    transmits: VecDeque<Transmit>,
    cancels: VecDeque<RequestId>,
    lines: Lines,
    told: VecDeque<Told>,
}

impl Errands {
    pub(super) fn send(&mut self, transmit: Transmit) {
        self.transmits.push_back(transmit);
    }

    pub(super) fn cancel(&mut self, id: RequestId) {
        self.cancels.push_back(id);
    }

    pub(super) fn order(&mut self, order: StreamOrder) {
        self.lines.order(order);
    }
}

impl Machine for Errands {
    type Event = Told;

    fn handle_timeout(&mut self, _: Instant) {
        let made_room = self.lines.take_made_room();
        self.told.extend(made_room);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        // Taking what was to be said is an input that nobody tells: this has the driver tell it.
        self.lines.has_made_room().then_some(Instant::ORIGIN)
    }

    fn poll_event(&mut self) -> Option<Told> {
        self.told.pop_front()
    }
}

impl HttpMachine for Errands {
    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, _: Instant) {
        self.told
            .push_back(Told::Answered(id, Box::new(Ok(response))));
    }

    fn handle_failure(&mut self, id: RequestId, failure: Failure, _: Instant) {
        self.told
            .push_back(Told::Answered(id, Box::new(Err(failure))));
    }

    fn poll_transmit(&mut self, _: Instant) -> Option<Transmit> {
        self.transmits.pop_front()
    }

    fn poll_cancel(&mut self) -> Option<RequestId> {
        self.cancels.pop_front()
    }
}

impl StreamMachine for Errands {
    fn poll_stream(&mut self, _: Instant) -> Option<StreamAsk> {
        self.lines.poll_ask()
    }

    fn poll_send(&mut self, id: StreamId, _: Instant) -> Option<Bytes> {
        self.lines.poll_send(id)
    }

    fn wants_read(&self, id: StreamId) -> bool {
        self.lines.wants_read(id)
    }

    fn names_moved(&self) -> bool {
        true
    }

    fn poll_moved(&mut self) -> Option<StreamId> {
        self.lines.poll_moved()
    }

    fn handle_connected(&mut self, id: StreamId, _: Instant) {
        self.told.extend(self.lines.connected(id));
    }

    fn handle_received(&mut self, id: StreamId, bytes: Bytes, _: Instant) {
        self.told.extend(self.lines.received(id, bytes));
    }

    fn handle_finished(&mut self, id: StreamId, _: Instant) {
        self.told.extend(self.lines.finished(id));
    }

    fn handle_closed(
        &mut self,
        id: StreamId,
        failure: Option<Failure>,
        unwritten: usize,
        _: Instant,
    ) {
        self.told.extend(self.lines.closed(id, failure, unwritten));
    }
}
