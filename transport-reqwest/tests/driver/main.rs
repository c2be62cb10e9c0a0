//! What is this driver's own: its async face, and what its options reach. What every driver owes is in
//! `conformance.rs`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../certificates/mod.rs"]
mod certificates;
mod handles;
mod reach;

use std::time::Duration;

use bytes::Bytes;
use driver_conformance::{Probe, Told};
use http::{Request, Response};
use machine_contract::Failure;
use transport_reqwest::{Driver, Http, HttpOptions, spawn};

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

/// Waits for something that happens in another thread.
async fn until(happened: impl Fn() -> bool) {
    let waiting = async {
        while !happened() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(SOON, waiting)
        .await
        .expect("it did not happen");
}

fn post(url: &str, body: &'static str) -> Request<Bytes> {
    Request::post(url).body(body.into()).unwrap()
}

/// Long enough for anything that happens on this host.
const SOON: Duration = Duration::from_secs(30);
