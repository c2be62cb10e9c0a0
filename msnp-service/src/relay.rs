//! `Relay`: makes the requests and streams of the server machine, where its IM accounts are signed in elsewhere.

mod errands;
mod lines;
mod told;

use machine_contract::{RequestId, Transmit};
use msnp_server::imsoap::StreamOrder;
use tokio::task::JoinHandle;
use transport_reqwest::{Caller, Http, spawn};

use self::errands::Errands;
pub(crate) use self::told::Told;

/// A driver at work for a machine that lives in another thread. Dropping it drops what is in flight.
pub(crate) struct Relay {
    caller: Caller<Errands>,
    task: JoinHandle<()>,
}

impl Relay {
    /// Starts it on this tokio runtime; what becomes of requests and streams goes to `tell`.
    pub(crate) fn start(http: Http, tell: impl Fn(Told) + Send + 'static) -> Self {
        let mut driver = spawn(Errands::default(), http);
        let caller = driver.caller();
        let task = tokio::spawn(async move {
            while let Some(told) = driver.next_event().await {
                tell(told);
            }
        });
        Self { caller, task }
    }

    /// Makes a request. A relay that has ended makes none, and says nothing more; so for what follows.
    pub(crate) fn send(&self, transmit: Transmit) {
        let _ = self.caller.call(move |errands, _| errands.send(transmit));
    }

    /// Drops a request.
    pub(crate) fn cancel(&self, id: RequestId) {
        let _ = self.caller.call(move |errands, _| errands.cancel(id));
    }

    /// Does something with a stream.
    pub(crate) fn order(&self, order: StreamOrder) {
        let _ = self.caller.call(move |errands, _| errands.order(order));
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}
