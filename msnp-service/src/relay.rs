//! `Relay`: makes the requests of the server machine, where its IM accounts are signed in elsewhere.

use std::collections::VecDeque;

use bytes::Bytes;
use http::Response;
use machine_contract::{
    Failure, HttpMachine, Instant, Machine, RequestId, StreamMachine, Transmit,
};
use machine_driver::Outcome;
use tokio::task::JoinHandle;
use transport_reqwest::{Caller, Http, spawn};

/// A driver at work for a machine that lives in another thread. Dropping it drops what is in flight.
pub(crate) struct Relay {
    caller: Caller<Exchanges>,
    task: JoinHandle<()>,
}

impl Relay {
    /// Starts it on this tokio runtime; what becomes of requests goes to `tell`.
    pub(crate) fn start(http: Http, tell: impl Fn(RequestId, Outcome) + Send + 'static) -> Self {
        let mut driver = spawn(Exchanges::default(), http);
        let caller = driver.caller();
        let task = tokio::spawn(async move {
            while let Some((id, outcome)) = driver.next_event().await {
                tell(id, outcome);
            }
        });
        Self { caller, task }
    }

    /// Makes a request. A relay that has ended makes none, and says nothing more.
    pub(crate) fn send(&self, transmit: Transmit) {
        let _ = self
            .caller
            .call(move |exchanges, _| exchanges.transmits.push_back(transmit));
    }

    /// Drops a request.
    pub(crate) fn cancel(&self, id: RequestId) {
        let _ = self
            .caller
            .call(move |exchanges, _| exchanges.cancels.push_back(id));
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What the driver sees of the server machine.
#[derive(Debug, Default)]
struct Exchanges {
    transmits: VecDeque<Transmit>,
    cancels: VecDeque<RequestId>,
    outcomes: VecDeque<(RequestId, Outcome)>,
}

impl Machine for Exchanges {
    type Event = (RequestId, Outcome);

    fn handle_timeout(&mut self, _: Instant) {}

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    fn poll_event(&mut self) -> Option<Self::Event> {
        self.outcomes.pop_front()
    }
}

impl HttpMachine for Exchanges {
    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, _: Instant) {
        self.outcomes.push_back((id, Ok(response)));
    }

    fn handle_failure(&mut self, id: RequestId, failure: Failure, _: Instant) {
        self.outcomes.push_back((id, Err(failure)));
    }

    fn poll_transmit(&mut self, _: Instant) -> Option<Transmit> {
        self.transmits.pop_front()
    }

    fn poll_cancel(&mut self) -> Option<RequestId> {
        self.cancels.pop_front()
    }
}

impl StreamMachine for Exchanges {}
