//! `Requests`: what is in flight, and when each is given up. Also what no library may be asked.

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Method, Request, Uri};
use machine_contract::{Instant, RequestId, SortedMap, Transmit};

/// When to give up each request; what is not in here is not in flight.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    deadlines: SortedMap<RequestId, Instant>,
}

impl Requests {
    /// Takes a request in and makes it what libraries can send. False: it is too late for it, or it leads
    /// nowhere.
    pub(crate) fn start(&mut self, transmit: &mut Transmit, now: Instant) -> bool {
        say_that_nothing_follows(&mut transmit.request);
        let possible = transmit.deadline > now && leads_somewhere(transmit.request.uri());
        if possible {
            self.deadlines.insert(transmit.id, transmit.deadline);
        }
        possible
    }

    /// It has ended. False: it was not in flight.
    pub(crate) fn end(&mut self, id: RequestId) -> bool {
        self.deadlines.remove(&id).is_some()
    }

    /// One that is past its deadline.
    pub(crate) fn overdue(&self, now: Instant) -> Option<RequestId> {
        let mut all = self.deadlines.iter();
        all.find(|(_, deadline)| **deadline <= now)
            .map(|(id, _)| *id)
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.values().min().copied()
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = RequestId> {
        self.deadlines.keys().copied()
    }
}

/// Libraries have different words for what cannot be asked at all.
fn leads_somewhere(uri: &Uri) -> bool {
    matches!(uri.scheme_str(), Some("http" | "https"))
        && uri.host().is_some_and(|it| !it.is_empty())
}

/// HTTP libraries leave the length of an empty body out, but every recorded poll has it (gateway.md 3),
/// and servers of that age know no other end of a body.
fn say_that_nothing_follows(request: &mut Request<Bytes>) {
    if request.method() == Method::POST && request.body().is_empty() {
        let zero = HeaderValue::from_static("0");
        request.headers_mut().entry(CONTENT_LENGTH).or_insert(zero);
    }
}
