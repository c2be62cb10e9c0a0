//! The machines of this workspace over hyper-util's client on tokio, plain http; streams are
//! those of `transport-reqwest`. [`Hyper`] is all that it takes; the loop is `machine_driver`'s.

mod options;

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use machine_contract::{Failure, HttpMachine, StreamMachine, Transmit};
use machine_driver::{Network, Outcome, start};
use tokio::runtime::Handle;
use tokio::time::{Sleep, sleep};
use transport_reqwest::Tcp;

use options::Client;
pub use options::{Driver, Hyper};

/// Runs a machine in a tokio task.
pub fn spawn<M: HttpMachine + StreamMachine + Send + 'static>(
    machine: M,
    hyper: Hyper,
) -> Driver<M> {
    let (clock, runtime) = (hyper.settings().clock.clone(), Handle::current());
    let (driver, task) = start(machine, hyper.on(runtime.clone()), clock);
    runtime.spawn(task);
    driver
}

impl Network for Hyper {
    type Exchange = Pin<Box<dyn Future<Output = Outcome> + Send>>;
    type Sleep = Pin<Box<Sleep>>;
    type Streams = Tcp;

    fn exchange(&self, transmit: Transmit) -> Self::Exchange {
        let client = self.settings().client.clone();
        Box::pin(exchange(
            client,
            transmit.request,
            self.settings().body_limit,
        ))
    }

    fn sleep(&self, time: Duration) -> Self::Sleep {
        Box::pin(sleep(time))
    }

    fn enter<R>(&self, work: impl FnOnce() -> R) -> R {
        let _entered = self.settings().runtime.as_ref().map(Handle::enter);
        work()
    }

    fn streams(&self) -> Option<&Tcp> {
        self.settings().streams.as_ref()
    }
}

async fn exchange(client: Client, request: Request<Bytes>, body_limit: usize) -> Outcome {
    let answered = client.request(request.map(Full::new)).await;
    let response = answered.map_err(|e| failure(&e))?;
    let (head, body) = response.into_parts();
    let body = Limited::new(body, body_limit).collect().await;
    let body = body.map_err(|_| Failure::Unknown)?.to_bytes();
    Ok(Response::from_parts(head, body))
}

/// `NotSent` only where it is certain.
fn failure(error: &hyper_util::client::legacy::Error) -> Failure {
    if error.is_connect() {
        Failure::NotSent
    } else {
        Failure::Unknown
    }
}
