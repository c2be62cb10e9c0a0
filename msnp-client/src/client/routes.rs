//! Whose request is whose: the machines inside number their own, the driver sees one row.

use std::collections::VecDeque;

use machine_contract::{RequestId, Transmit};

/// The machine inside that a request belongs to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Admission,
    Connection,
    Renewal,
}

/// The requests in flight. There are a handful: each machine has one or two.
#[derive(Debug, Default)]
pub(super) struct Routes {
    last: u64,
    in_flight: Vec<Route>,
    cancelled: VecDeque<RequestId>,
}

#[derive(Debug)]
struct Route {
    outer: RequestId,
    who: Who,
    inner: RequestId,
}

impl Routes {
    /// A request goes out: it gets its number.
    pub(super) fn begin(&mut self, who: Who, mut transmit: Transmit) -> Transmit {
        self.last += 1;
        let outer = RequestId::new(self.last);
        let inner = std::mem::replace(&mut transmit.id, outer);
        self.in_flight.push(Route { outer, who, inner });
        transmit
    }

    /// It has ended: whose it was, and what that one calls it.
    pub(super) fn end(&mut self, outer: RequestId) -> Option<(Who, RequestId)> {
        let at = self.in_flight.iter().position(|r| r.outer == outer)?;
        let route = self.in_flight.swap_remove(at);
        Some((route.who, route.inner))
    }

    /// Its machine wants it no longer.
    pub(super) fn cancel(&mut self, who: Who, inner: RequestId) -> Option<RequestId> {
        let is_it = |r: &Route| r.who == who && r.inner == inner;
        let at = self.in_flight.iter().position(is_it)?;
        Some(self.in_flight.swap_remove(at).outer)
    }

    /// A machine is gone, and with it all its requests.
    pub(super) fn drop_all(&mut self, who: Who) {
        let cancelled = &mut self.cancelled;
        self.in_flight.retain(|route| {
            if route.who == who {
                cancelled.push_back(route.outer);
            }
            route.who != who
        });
    }

    pub(super) fn poll_cancel(&mut self) -> Option<RequestId> {
        self.cancelled.pop_front()
    }
}
