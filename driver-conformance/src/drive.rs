//! `Drive`: a driver under test, as the suite sees it.

use std::time::Duration;

use machine_contract::{HttpMachine, Instant, StreamMachine};

use crate::TurnedClock;

/// A driver under test, with the machine `M` in it: the suite's own [`Probe`](crate::Probe), a gateway
/// session or a whole client.
///
/// A few lines for most drivers; the [guide](crate) shows some. An async driver brings its runtime along.
/// Neither the machine's events nor what is given to [`call`](Self::call) has to be `Send`; the suite's
/// machines are `Send + Sync + 'static`, so an implementation may ask for that.
///
/// Dropping it is the end of the driver: of its requests, its streams and its connections.
pub trait Drive<M: HttpMachine + StreamMachine>: Sized {
    /// Whether the driver's host keeps cookies, as a browser does. One that does sends them with the
    /// requests that are marked for it and no others; one that does not sends none.
    const KEEPS_COOKIES: bool = false;

    /// Whether the driver works while the application takes no events: in a thread of its own, or in
    /// [`rest`](Self::rest). One that does not has to declare it to the duties as well
    /// ([`Lacks::background`](crate::Lacks::background)).
    const WORKS_AT_REST: bool = true;

    /// A driver that runs this machine, with these limits and by this clock.
    ///
    /// A driver that cannot be given a clock leaves this one and declares it
    /// ([`Lacks::suite_clock`](crate::Lacks::suite_clock)).
    fn start(machine: M, limits: Limits, clock: TurnedClock) -> Self;

    /// Runs a verb on the machine, with the driver's `now`.
    ///
    /// What the machine wants afterwards is carried out at once or in the next
    /// [`next_event`](Self::next_event).
    fn call<R>(&mut self, verb: impl FnOnce(&mut M, Instant) -> R) -> R;

    /// The next event, or `None` if none came for so long. Meanwhile the driver does its work; with no
    /// time to wait it does what can be done at once.
    fn next_event(&mut self, wait: Duration) -> Option<M::Event>;

    /// The application does something else for so long: it takes no event. A driver that works in between
    /// does so now.
    ///
    /// As provided it sleeps, which fits drivers with a thread of their own and those that do nothing in
    /// between ([`Lacks::background`](crate::Lacks::background)). A driver whose task needs this thread
    /// runs it here.
    fn rest(&mut self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// What a driver is told to hold to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The longest body of a response that still counts as arrived.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body: 8 << 20 }
    }
}
