//! `HttpMachine`: what a machine that makes HTTP requests says and is told.

use core::fmt;

use bytes::Bytes;
use http::{Request, Response};

use crate::{Failure, Instant, Machine, RequestId};

/// A machine that makes HTTP requests: it says which, and is told what became of them.
///
/// See [`Machine`] for the run loop, and the [crate guide](crate) for what a driver owes.
pub trait HttpMachine: Machine {
    /// The whole response to a request has arrived.
    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, now: Instant);

    /// A request has ended without a whole response.
    fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant);

    /// The next request to send. The driver sends it at once, on a connection of its own if others
    /// are still open, follows no redirect, and gives up at [`Transmit::deadline`].
    #[must_use]
    fn poll_transmit(&mut self, now: Instant) -> Option<Transmit>;

    /// A request in flight that is no longer wanted: the driver drops it and reports nothing.
    #[must_use]
    fn poll_cancel(&mut self) -> Option<RequestId>;
}

/// A request to make.
///
/// `Debug` prints method, scheme, host and path: query, headers and body hold session ids, cookies
/// and messages.
#[expect(
    clippy::exhaustive_structs,
    reason = "machines make it, and a driver that leaves something out breaks its duty"
)]
pub struct Transmit {
    /// Give it back with the outcome.
    pub id: RequestId,
    /// What to send: an absolute URI, a body of known length (maybe empty).
    pub request: Request<Bytes>,
    /// When to give up waiting for the end of the response; then
    /// [`Failure::Unknown`] (or [`NotSent`](Failure::NotSent) if nothing left this host).
    pub deadline: Instant,
    /// The request wants the cookies that the host itself keeps for this address, as a browser does
    /// (`credentials: "include"`); it carries no `Cookie` of its own. Without this it goes bare
    /// (`"omit"`). A driver that keeps no cookies sends it as it is.
    pub host_cookies: bool,
}

impl fmt::Debug for Transmit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let uri = self.request.uri();
        write!(
            f,
            "Transmit({}, {} {}://{}{}, {} bytes)",
            self.id.get(),
            self.request.method(),
            uri.scheme_str().unwrap_or("?"),
            uri.host().unwrap_or("?"),
            uri.path(),
            self.request.body().len()
        )
    }
}
