//! `Order`: what a driver is to do, and the row of orders that it has not taken yet.

use std::collections::VecDeque;

use bytes::Bytes;
use http::Response;
use machine_contract::{Failure, Remote, RequestId, StreamId, Transmit};

/// How a request ended.
pub type Outcome = Result<Response<Bytes>, Failure>;

/// What the driver is to do.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a driver that leaves one out breaks its duty"
)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are requests, and each lives for a moment"
)]
pub enum Order {
    /// Make this request, and tell how it ended with
    /// [`Runner::handle_outcome`](crate::Runner::handle_outcome).
    Send(Transmit),
    /// Drop this request and its connection. Nothing need be told about it; what is told is ignored.
    Cancel(RequestId),
    /// Make this stream, and tell by [`Runner::handle_connected`](crate::Runner::handle_connected) or
    /// [`Runner::handle_stream_failed`](crate::Runner::handle_stream_failed), or
    /// [`Runner::handle_stream_untrusted`](crate::Runner::handle_stream_untrusted).
    /// Never comes from a runner without streams.
    Connect(StreamId, Remote),
    /// Drop this stream at once.
    Drop(StreamId),
}

/// Orders that were not handed out yet, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Orders {
    queue: VecDeque<Order>,
}

impl Orders {
    pub(crate) fn push(&mut self, order: Order) {
        self.queue.push_back(order);
    }

    pub(crate) fn pop(&mut self) -> Option<Order> {
        self.queue.pop_front()
    }

    /// Ends a request: takes it back if it was not handed out yet, has it cancelled if it was. True: nobody
    /// has sent it.
    pub(crate) fn end_request(&mut self, id: RequestId) -> bool {
        let never_sent =
            self.take_back(|order| matches!(order, Order::Send(transmit) if transmit.id == id));
        if !never_sent {
            self.push(Order::Cancel(id));
        }
        never_sent
    }

    /// The same for a stream.
    pub(crate) fn end_stream(&mut self, id: StreamId) {
        if !self.take_back(|order| matches!(order, Order::Connect(other, _) if *other == id)) {
            self.push(Order::Drop(id));
        }
    }

    fn take_back(&mut self, is_it: impl Fn(&Order) -> bool) -> bool {
        let at = self.queue.iter().position(is_it);
        at.and_then(|at| self.queue.remove(at)).is_some()
    }
}
