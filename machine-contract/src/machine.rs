//! `Machine`: what every machine is, whatever it speaks over.

use crate::Instant;

/// A state machine that does no I/O: it is told what happened, says what it wants, and never reads a
/// clock.
///
/// What it wants of the network is in the traits beside this one: HTTP requests
/// (`HttpMachine`) and byte streams ([`StreamMachine`](crate::StreamMachine)). A
/// driver takes a machine that is all three; one that uses no streams says so in a line
/// (`impl StreamMachine for Mine {}`).
///
/// # The run loop
///
/// 1. Drain the outputs, in any order: the requests and streams that it asks for, what it takes back,
///    the events.
/// 2. Wait until something on the network ends or arrives, the instant of
///    [`poll_timeout`](Self::poll_timeout) passes, or the application wants something.
/// 3. Tell the machine: the `handle_*` that fits, or a verb of its own. Go to 1.
///
/// Taking an event counts as telling: it makes room in the machine, so afterwards the outputs are drained
/// again and the time-out is looked at again.
///
/// # What every machine promises
///
/// * Inputs cannot fail: a peer's fault is not the caller's error, it is an event.
/// * Outputs never produce outputs: no `poll_*` fails, closes anything or changes what another `poll_*`
///   gives, except by handing over what it returns.
/// * An input that names nothing which is open does nothing.
/// * **It is the only buffer, and bounded.** What it holds for an application that takes no events is at
///   most its configured limit, one response for each request in flight, and one chunk for each stream. It
///   then makes no request whose only purpose is to hear more, and wants no byte of its streams; what is
///   under way, alarms, cancels and goodbyes go on. Once events are taken it goes on by itself: if something
///   waits inside it, [`poll_timeout`](Self::poll_timeout) names a moment that has passed.
/// * Extra calls of `handle_timeout` do nothing. After `handle_timeout(t)`, `poll_timeout` is `None` or
///   later than `t` until the next input, so no driver can spin.
/// * The same calls give the same outputs: no clock, no randomness, no hash order.
pub trait Machine {
    /// What the machine tells the application.
    type Event;

    /// Time has passed. Calling it early, late or often is harmless.
    fn handle_timeout(&mut self, now: Instant);

    /// The host was asleep, and its clock did not count it: connections that look open are probably
    /// dead. The machine tries them anew. No deadline, renewal or expiry moves.
    ///
    /// A driver whose clock counts time asleep never calls this: there the deadlines say it.
    fn handle_suspended(&mut self, now: Instant) {
        let _ = now;
    }

    /// When to call [`handle_timeout`](Self::handle_timeout) if nothing else happens before.
    #[must_use]
    fn poll_timeout(&self) -> Option<Instant>;

    /// The next thing the application should know.
    #[must_use]
    fn poll_event(&mut self) -> Option<Self::Event>;
}
