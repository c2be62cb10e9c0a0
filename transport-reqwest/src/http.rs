//! One request over reqwest, and the tokio task that runs a machine. The loop is `machine-driver`'s.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Limited};
use machine_contract::{Failure, HttpMachine, StreamMachine, Transmit};
use machine_driver::{Network, Outcome, start};
use reqwest::Client;
use tokio::runtime::Handle;
use tokio::time::{Sleep, sleep};

use crate::{Http, Tcp, proxy, trust};

/// A machine at work over reqwest, in the hand of the one who hears what it says.
pub type Driver<M> = machine_driver::Driver<M, Http>;

/// Speaks to a machine at work over reqwest.
pub type Caller<M> = machine_driver::Caller<M, Http>;

/// Runs a machine in a tokio task, and gives the driver into your hand.
///
/// # Panics
///
/// Outside of a tokio runtime. Its timers and I/O must be enabled too.
pub fn spawn<M>(machine: M, http: Http) -> Driver<M>
where
    M: HttpMachine + StreamMachine + Send + 'static,
{
    let (clock, runtime) = (Arc::clone(&http.settings().clock), Handle::current());
    let (driver, task) = start(machine, http.on(runtime.clone()), clock);
    runtime.spawn(task);
    driver
}

impl Network for Http {
    type Exchange = Pin<Box<dyn Future<Output = Outcome> + Send>>;
    type Sleep = Pin<Box<Sleep>>;
    type Streams = Tcp;

    fn exchange(&self, transmit: Transmit) -> Self::Exchange {
        let (client, limit) = (self.settings().client.clone(), self.settings().body_limit);
        Box::pin(exchange(client, transmit.request, limit))
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
    let request = reqwest::Request::try_from(request).map_err(|e| failure(&e))?;
    let response = match client.execute(request).await {
        Err(error) => return proxy::wants_credentials(&error).ok_or_else(|| failure(&error)),
        Ok(response) => response,
    };
    let (head, body) = Response::from(response).into_parts();
    let body = Limited::new(body, body_limit).collect().await;
    let body = body.map_err(|_| Failure::Unknown)?.to_bytes();
    Ok(Response::from_parts(head, body))
}

/// Not sent only where it is certain: the request could not be built, or no connection came about
/// (name, refusal, TLS and its certificates, proxy tunnel, connect timeout).
fn failure(error: &reqwest::Error) -> Failure {
    match trust::fault_of(error) {
        Some(fault) => Failure::Untrusted(fault),
        None if error.is_builder() || error.is_connect() => Failure::NotSent,
        None => Failure::Unknown,
    }
}
