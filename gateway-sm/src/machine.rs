//! The contract that every machine of the workspace keeps, and the words it is made of.

use std::fmt;

use bytes::Bytes;
use http::{Request, Response};

/// The clock's type, through one alias: a build for browsers swaps it here.
pub type Instant = std::time::Instant;

/// A state machine that speaks HTTP without doing any: it says which requests to make, is told
/// what became of them, and never reads a clock.
///
/// # The run loop
///
/// 1. Drain the outputs: send what [`poll_transmit`](Self::poll_transmit) gives, drop the requests
///    that [`poll_cancel`](Self::poll_cancel) names, hand on what [`poll_event`](Self::poll_event)
///    gives. Any order will do.
/// 2. Wait until a request ends, the instant of [`poll_timeout`](Self::poll_timeout) passes, or the
///    application wants something.
/// 3. Tell the machine: [`handle_response`](Self::handle_response),
///    [`handle_failure`](Self::handle_failure), [`handle_timeout`](Self::handle_timeout), or a verb
///    of its own. Go to 1.
///
/// The [crate guide](crate) has this loop as a whole program, and what else a driver owes.
///
/// # What every machine promises
///
/// * Inputs cannot fail: a peer's fault is not the caller's error, it is an event.
/// * Outputs never produce outputs: no `poll_*` fails, closes anything or changes what another
///   `poll_*` gives, except by handing over what it returns.
/// * An input with an id that is not in flight does nothing.
/// * What is in flight is bounded, and so is what is queued, as long as events are drained.
/// * Extra calls of `handle_timeout` do nothing. After `handle_timeout(t)`, `poll_timeout` is `None`
///   or later than `t`, so no driver can spin.
/// * The same calls give the same outputs: no clock, no randomness, no hash order.
pub trait Machine {
    /// What the machine tells the application.
    type Event;

    /// The whole response to a request has arrived. `now` is when.
    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, now: Instant);

    /// A request has ended without a whole response.
    fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant);

    /// Time has passed. Calling it early, late or often is harmless.
    fn handle_timeout(&mut self, now: Instant);

    /// The next request to send. The driver sends it at once, on a connection of its own if others
    /// are still open, follows no redirect, and gives up at [`Transmit::deadline`].
    #[must_use]
    fn poll_transmit(&mut self, now: Instant) -> Option<Transmit>;

    /// A request in flight that is no longer wanted: the driver drops it and reports nothing.
    #[must_use]
    fn poll_cancel(&mut self) -> Option<RequestId>;

    /// When to call [`handle_timeout`](Self::handle_timeout) if nothing else happens before.
    #[must_use]
    fn poll_timeout(&self) -> Option<Instant>;

    /// The next thing the application should know.
    #[must_use]
    fn poll_event(&mut self) -> Option<Self::Event>;
}

/// Names one request of one machine. Never used twice.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(u64);

impl RequestId {
    /// The id with this number, for machines that count their own.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// A request to make.
///
/// `Debug` prints method, scheme, host and path: query, headers and body hold session ids, cookies
/// and messages.
pub struct Transmit {
    /// Give it back with the outcome.
    pub id: RequestId,
    /// What to send: an absolute URI, a body of known length (maybe empty).
    pub request: Request<Bytes>,
    /// When to give up waiting for the end of the response; then
    /// [`Failure::Unknown`] (or [`NotSent`](Failure::NotSent) if nothing left this host).
    pub deadline: Instant,
}

impl fmt::Debug for Transmit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let uri = self.request.uri();
        write!(
            f,
            "Transmit({}, {} {}://{}{}, {} bytes)",
            self.id.0,
            self.request.method(),
            uri.scheme_str().unwrap_or("?"),
            uri.host().unwrap_or("?"),
            uri.path(),
            self.request.body().len()
        )
    }
}

/// How a request ended without a whole response. Two cases, because a machine does one of two
/// things: what was not sent may be sent again, what may have arrived may not.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// No byte left this host: the name did not resolve, the connection was refused, the
    /// certificate was not accepted.
    NotSent,
    /// The peer may have seen the request: reset, cut off, timed out, an unreadable response.
    Unknown,
}
