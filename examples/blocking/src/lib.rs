//! The machines of this workspace without an async runtime: ureq, and a thread for every request in
//! flight. [`Ureq`] is all that it takes; the loop is `machine_driver::threads`.

mod lookup;
mod options;

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use machine_contract::{Failure, Transmit};
use machine_driver::Outcome;
use machine_driver::threads::Network;
use ureq::{Error, Timeout};

pub use options::{Driver, Ureq, driver};

impl Network for Ureq {
    fn exchange(&self, transmit: Transmit, patience: Duration) -> Outcome {
        let (head, body) = transmit.request.into_parts();
        let request = self
            .agent()
            .configure_request(Request::from_parts(head, &body[..]))
            .timeout_global(Some(patience))
            .build();
        let response = self.agent().run(request).map_err(|e| failure(&e))?;
        let (head, mut body) = response.into_parts();
        // ureq fails when the limit is reached, not when it is passed.
        let limit = self.longest_body().saturating_add(1);
        let body = body.with_config().limit(limit).read_to_vec();
        let body = body.map_err(|_| Failure::Unknown)?;
        Ok(Response::from_parts(head, Bytes::from(body)))
    }
}

/// `NotSent` only where it is certain: a connection that exists is not refused any more.
fn failure(error: &Error) -> Failure {
    match error {
        Error::HostNotFound
        | Error::BadUri(_)
        | Error::Http(_)
        | Error::TlsRequired
        | Error::Timeout(Timeout::Resolve | Timeout::Connect) => Failure::NotSent,
        Error::Io(e) if e.kind() == std::io::ErrorKind::ConnectionRefused => Failure::NotSent,
        _ => Failure::Unknown,
    }
}
