//! `Outgoing`: what the clients of IM accounts want of the network, by whether it leads to this server itself.

use std::collections::VecDeque;

use machine_contract::{RequestId, StreamAsk, Transmit};

use super::lines::StreamOrder;

/// Requests to this server and to others, and streams to others.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    own: Requests,
    others: Requests,
    streams: VecDeque<StreamOrder>,
}

#[derive(Debug, Default)]
struct Requests {
    transmits: VecDeque<Transmit>,
    cancels: VecDeque<RequestId>,
}

impl Outgoing {
    /// A request, to this server itself or to another.
    pub(super) fn transmit(&mut self, is_own: bool, transmit: Transmit) {
        self.requests(is_own).transmits.push_back(transmit);
    }

    /// One that is not wanted any more.
    pub(super) fn cancel(&mut self, is_own: bool, id: RequestId) {
        self.requests(is_own).cancels.push_back(id);
    }

    pub(super) fn order(&mut self, order: StreamOrder) {
        self.streams.push_back(order);
    }

    /// A stream of a client that is gone.
    pub(super) fn drop_stream(&mut self, ask: &StreamAsk) {
        if let StreamAsk::Drop(id) = ask {
            self.order(StreamOrder::Drop(*id));
        }
    }

    /// The next request to this server itself, or to another.
    pub(crate) fn poll_transmit(&mut self, is_own: bool) -> Option<Transmit> {
        self.requests(is_own).transmits.pop_front()
    }

    /// The next request of these that is not wanted any more.
    pub(crate) fn poll_cancel(&mut self, is_own: bool) -> Option<RequestId> {
        self.requests(is_own).cancels.pop_front()
    }

    /// The next thing to be done with a stream.
    pub(crate) fn poll_stream(&mut self) -> Option<StreamOrder> {
        self.streams.pop_front()
    }

    const fn requests(&mut self, is_own: bool) -> &mut Requests {
        if is_own {
            &mut self.own
        } else {
            &mut self.others
        }
    }
}
