//! Requests to web services, with what each was made for.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use machine_contract::{Failure, Instant, Machine, RequestId, SortedMap};

use crate::web_calls::{WebAnswer, WebCalls};

/// The requests of one connection.
#[derive(Debug)]
pub(super) struct Web<P> {
    calls: WebCalls,
    open: SortedMap<RequestId, P>,
}

/// What became of a request.
pub(super) type Answer = Result<Response<Bytes>, Failure>;

impl<P> Web<P> {
    pub(super) const fn new(timeout: Duration) -> Self {
        Self {
            calls: WebCalls::new(timeout),
            open: SortedMap::new(),
        }
    }

    pub(super) const fn calls(&mut self) -> &mut WebCalls {
        &mut self.calls
    }

    /// Makes a request.
    pub(super) fn call(&mut self, request: Request<Bytes>, purpose: P) {
        let id = self.calls.call(request);
        self.open.insert(id, purpose);
    }

    /// The next answer.
    pub(super) fn poll(&mut self) -> Option<(P, Answer)> {
        let WebAnswer { id, outcome } = self.calls.poll_event()?;
        Some((self.open.remove(&id)?, outcome))
    }

    /// Gives up everything, in the order in which it was asked for.
    pub(super) fn abandon(&mut self) -> Vec<P> {
        self.calls.abandon();
        std::mem::take(&mut self.open).into_values().collect()
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.calls.poll_timeout()
    }
}
