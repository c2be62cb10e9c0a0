//! One request at a time with a deadline: the bookkeeping of the sign-in machines.

use std::time::Duration;

use bytes::Bytes;
use http::header::ACCEPT_ENCODING;
use http::{HeaderValue, Request};
use machine_contract::{Failure, Instant, RequestId, Transmit};

const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

/// At most one request, waiting or in flight.
#[derive(Debug)]
pub(crate) struct RequestSlot {
    last_id: u64,
    timeout: Duration,
    /// And whether it wants the cookies that the host keeps.
    waiting: Option<(Request<Bytes>, bool)>,
    in_flight: Option<(RequestId, Instant)>,
    cancelled: Option<RequestId>,
}

impl RequestSlot {
    /// A longer timeout than a year is taken as a year: the clock must not overflow.
    pub(crate) fn new(timeout: Duration) -> Self {
        Self {
            last_id: 0,
            timeout: timeout.min(LONGEST),
            waiting: None,
            in_flight: None,
            cancelled: None,
        }
    }

    /// Hands over the next request.
    pub(crate) fn start(&mut self, request: Request<Bytes>) {
        self.start_with(request, false);
    }

    /// The same, saying whether it wants the cookies that the host keeps for its address.
    pub(crate) fn start_with(&mut self, mut request: Request<Bytes>, host_cookies: bool) {
        // No answer is unpacked here.
        let as_it_is = HeaderValue::from_static("identity");
        request.headers_mut().insert(ACCEPT_ENCODING, as_it_is);
        debug_assert!(self.waiting.is_none() && self.in_flight.is_none());
        self.waiting = Some((request, host_cookies));
    }

    /// Whether a request could be handed over.
    pub(crate) const fn is_idle(&self) -> bool {
        self.waiting.is_none() && self.in_flight.is_none()
    }

    /// Gives up what is waiting or in flight, and says what may have become of it.
    pub(crate) fn abandon(&mut self) -> Failure {
        self.waiting = None;
        match self.in_flight.take() {
            Some((id, _)) => {
                self.cancelled = Some(id);
                Failure::Unknown
            }
            None => Failure::NotSent,
        }
    }

    /// The request in flight has ended. False: it was not this one.
    pub(crate) fn end(&mut self, id: RequestId) -> bool {
        if self.in_flight.is_some_and(|(current, _)| current == id) {
            self.in_flight = None;
            true
        } else {
            false
        }
    }

    /// Gives the request up if its time is over. True: it was.
    pub(crate) fn overdue(&mut self, now: Instant) -> bool {
        match self.in_flight {
            Some((id, deadline)) if deadline <= now => {
                self.in_flight = None;
                self.cancelled = Some(id);
                true
            }
            _ => false,
        }
    }

    pub(crate) fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        let (request, host_cookies) = self.waiting.take()?;
        self.last_id += 1;
        let id = RequestId::new(self.last_id);
        let deadline = now + self.timeout;
        self.in_flight = Some((id, deadline));
        Some(Transmit {
            id,
            request,
            deadline,
            host_cookies,
        })
    }

    pub(crate) const fn poll_cancel(&mut self) -> Option<RequestId> {
        self.cancelled.take()
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.in_flight.map(|(_, deadline)| deadline)
    }
}
