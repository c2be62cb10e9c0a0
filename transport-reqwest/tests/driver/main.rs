//! The driver over real loopback HTTP, with a machine that does what it is told.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod handles;
mod outcomes;
mod probe;
mod reach;
#[path = "../faults/server.rs"]
#[allow(dead_code, reason = "each driver's tests use some of it")]
mod server;

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use machine_contract::Failure;
use transport_reqwest::{Driver, Http, HttpOptions, spawn};

use probe::{Probe, SOON, Told};

/// A probe at work, without the environment's proxy.
fn driver() -> Driver<Probe> {
    driver_with(&HttpOptions::new().direct())
}

fn driver_with(options: &HttpOptions) -> Driver<Probe> {
    spawn(Probe::default(), Http::new(options.client().unwrap()))
}

/// The next event, which must come soon.
async fn told(driver: &mut Driver<Probe>) -> Told {
    let event = tokio::time::timeout(SOON, driver.next_event()).await;
    event.expect("no event came").expect("the task has ended")
}

/// Makes one request and waits for its end.
async fn ask(
    driver: &mut Driver<Probe>,
    request: Request<Bytes>,
    patience: Duration,
) -> Result<Response<Bytes>, Failure> {
    let asked = driver.call(move |probe, now| probe.ask(request, patience, now));
    let asked = asked.unwrap();
    match told(driver).await {
        Told::Answered(id, response) if id == asked => Ok(response),
        Told::Failed(id, failure) if id == asked => Err(failure),
        other => panic!("{other:?} is not about {asked:?}"),
    }
}
