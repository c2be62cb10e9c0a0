//! `WebCalls`, the requests that a connection makes beside its link: for tickets, lists, messages that waited.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use http::header::ACCEPT_ENCODING;
use http::{HeaderValue, Request, Response};
use machine_contract::{
    Failure, HttpMachine, Instant, Machine, RequestId, SortedMap, StreamMachine, Transmit,
};

/// Requests that wait or are under way, each with its deadline.
#[derive(Debug)]
pub(crate) struct WebCalls {
    last: u64,
    timeout: Duration,
    waiting: VecDeque<(RequestId, Request<Bytes>)>,
    open: SortedMap<RequestId, Instant>,
    cancelled: VecDeque<RequestId>,
    answers: VecDeque<WebAnswer>,
}

/// What became of one request.
#[derive(Debug)]
pub(crate) struct WebAnswer {
    pub(crate) id: RequestId,
    pub(crate) outcome: Result<Response<Bytes>, Failure>,
}

impl WebCalls {
    pub(crate) const fn new(timeout: Duration) -> Self {
        Self {
            last: 0,
            timeout,
            waiting: VecDeque::new(),
            open: SortedMap::new(),
            cancelled: VecDeque::new(),
            answers: VecDeque::new(),
        }
    }

    /// Makes a request; it ends in exactly one answer of this id.
    pub(crate) fn call(&mut self, mut request: Request<Bytes>) -> RequestId {
        // No answer is unpacked here.
        let as_it_is = HeaderValue::from_static("identity");
        request.headers_mut().insert(ACCEPT_ENCODING, as_it_is);
        self.last += 1;
        let id = RequestId::new(self.last);
        self.waiting.push_back((id, request));
        id
    }

    /// Gives up everything, without an answer.
    pub(crate) fn abandon(&mut self) {
        self.waiting.clear();
        self.answers.clear();
        self.cancelled
            .extend(std::mem::take(&mut self.open).into_keys());
    }

    fn end(&mut self, id: RequestId, outcome: Result<Response<Bytes>, Failure>) {
        if self.open.remove(&id).is_some() {
            self.answers.push_back(WebAnswer { id, outcome });
        }
    }
}

impl Machine for WebCalls {
    type Event = WebAnswer;

    fn handle_timeout(&mut self, now: Instant) {
        let open = self.open.iter();
        let late = open.filter(|(_, deadline)| **deadline <= now);
        for id in late.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.open.remove(&id);
            self.cancelled.push_back(id);
            let outcome = Err(Failure::Unknown);
            self.answers.push_back(WebAnswer { id, outcome });
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.open.values().min().copied()
    }

    fn poll_event(&mut self) -> Option<WebAnswer> {
        self.answers.pop_front()
    }
}

impl HttpMachine for WebCalls {
    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, _: Instant) {
        self.end(id, Ok(response));
    }

    fn handle_failure(&mut self, id: RequestId, failure: Failure, _: Instant) {
        self.end(id, Err(failure));
    }

    fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        let (id, request) = self.waiting.pop_front()?;
        let deadline = now + self.timeout;
        self.open.insert(id, deadline);
        Some(Transmit {
            id,
            request,
            deadline,
            host_cookies: false,
        })
    }

    fn poll_cancel(&mut self) -> Option<RequestId> {
        self.cancelled.pop_front()
    }
}

impl StreamMachine for WebCalls {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_has_one_answer_and_what_is_late_none() {
        let now = Instant::ORIGIN;
        let mut calls = WebCalls::new(Duration::from_secs(1));
        let ids: Vec<_> = (0..3).map(|_| calls.call(Request::default())).collect();
        while calls.poll_transmit(now).is_some() {}
        calls.handle_response(ids[1], Response::default(), now);
        calls.handle_failure(ids[1], Failure::NotSent, now);
        calls.handle_timeout(now + Duration::from_secs(1));
        calls.handle_response(ids[0], Response::default(), now);
        let answers: Vec<_> = std::iter::from_fn(|| calls.poll_event())
            .map(|answer| (answer.id, answer.outcome.is_ok()))
            .collect();
        assert_eq!(answers, [(ids[1], true), (ids[0], false), (ids[2], false)]);
        assert_eq!(calls.poll_cancel(), Some(ids[0]));
        assert_eq!(calls.poll_timeout(), None);
    }

    #[test]
    fn what_is_given_up_is_cancelled_and_answers_no_more() {
        let now = Instant::ORIGIN;
        let mut calls = WebCalls::new(Duration::from_secs(1));
        let sent = calls.call(Request::default());
        assert!(calls.poll_transmit(now).is_some());
        calls.call(Request::default());
        calls.abandon();
        calls.handle_response(sent, Response::default(), now);
        assert!(calls.poll_event().is_none() && calls.poll_transmit(now).is_none());
        assert_eq!(calls.poll_cancel(), Some(sent));
    }
}
