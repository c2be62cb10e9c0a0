//! `Runner`: a machine and what it has open. Deadlines, cancels, late answers and the order of draining,
//! as plain calls.

use std::collections::VecDeque;
use std::fmt;
use std::net::SocketAddr;

use bytes::Bytes;
use machine_contract::{
    CertificateFault, Failure, HttpMachine, Instant, RequestId, StreamAsk, StreamId, StreamMachine,
};

use crate::order::{Order, Orders, Outcome};
use crate::requests::Requests;
use crate::streams::{Streams, Write};

/// A machine at the hands of a driver: the half of every driver that is the same.
///
/// The runner knows what is open. It keeps the deadlines, says what is to be dropped, throws answers away
/// that come too late, refuses at once what the driver cannot do, and drains the machine after every input.
/// It does nothing by itself: no thread, no future, no channel, no clock. A driver has four things to do:
///
/// 1. carry out every [`poll_order`](Self::poll_order);
/// 2. hand on [`poll_event`](Self::poll_event), then go to 1 if there was one;
/// 3. wait for an outcome, for the application, or until [`poll_timeout`](Self::poll_timeout);
/// 4. tell the runner, and go to 1.
///
/// ```
/// use machine_contract::{HttpMachine, Instant, StreamMachine};
/// use machine_driver::{Order, Outcome, Runner};
///
/// /// One turn of a driver whose HTTP library blocks, one request after the other.
/// fn turn<M: HttpMachine + StreamMachine>(
///     runner: &mut Runner<M>,
///     exchange: impl Fn(machine_contract::Transmit) -> Outcome,
///     now: impl Fn() -> Instant,
/// ) -> Option<M::Event> {
///     while let Some(order) = runner.poll_order(now()) {
///         if let Order::Send(transmit) = order {
///             let id = transmit.id;
///             let outcome = exchange(transmit);
///             runner.handle_outcome(id, outcome, now());
///         }
///     }
///     runner.poll_event()
/// }
/// ```
pub struct Runner<M> {
    machine: M,
    requests: Requests,
    streams: Streams,
    orders: Orders,
    /// What cannot be had; the machine is told in the next drain.
    refused: VecDeque<RequestId>,
    refused_streams: VecDeque<StreamId>,
    /// A drain has told the machine something.
    has_told: bool,
}

impl<M: HttpMachine + StreamMachine> Runner<M> {
    /// Runs this machine for a driver that can make streams.
    pub fn new(machine: M) -> Self {
        Self::with(machine, Streams::new())
    }

    /// Runs this machine for a driver that knows HTTP only: a stream that the machine wants is refused in
    /// the same moment, and the machine is told that [there will be none](StreamMachine::handle_unsupported).
    pub fn http_only(machine: M) -> Self {
        Self::with(machine, Streams::refused())
    }

    fn with(machine: M, streams: Streams) -> Self {
        Self {
            machine,
            requests: Requests::default(),
            streams,
            orders: Orders::default(),
            refused: VecDeque::new(),
            refused_streams: VecDeque::new(),
            has_told: false,
        }
    }

    /// Runs a verb of the machine's own. Orders may follow.
    pub fn call<R>(&mut self, verb: impl FnOnce(&mut M, Instant) -> R, now: Instant) -> R {
        verb(&mut self.machine, now)
    }

    /// A request has ended. What is not in flight any more (cancelled, given up, answered before) is
    /// ignored.
    pub fn handle_outcome(&mut self, id: RequestId, outcome: Outcome, now: Instant) {
        self.collect(now);
        if !self.requests.end(id) {
            return;
        }
        match outcome {
            Ok(response) => self.machine.handle_response(id, response, now),
            Err(failure) => self.machine.handle_failure(id, failure, now),
        }
    }

    /// The host was asleep and its clock did not count it; see
    /// [`Machine::handle_suspended`](machine_contract::Machine::handle_suspended).
    pub fn handle_suspended(&mut self, now: Instant) {
        self.machine.handle_suspended(now);
    }

    /// What to do next; `None` once the machine wants nothing more for now. Also lets due time pass.
    ///
    /// A request that the machine took back before it was handed out here is never handed out, nor one
    /// whose deadline has passed by then.
    #[must_use]
    pub fn poll_order(&mut self, now: Instant) -> Option<Order> {
        // A refusal is an input, and what follows from it may be refused again; a machine that wanted the
        // impossible for ever would break its promise, and must not stop the driver.
        for _ in 0..REFUSALS {
            // Even if orders wait: some may have been taken back or have become too late.
            let told = self.drain(now);
            self.has_told |= told;
            if let Some(order) = self.orders.pop() {
                return Some(order);
            }
            if !told {
                break;
            }
        }
        None
    }

    /// The next event. The runner holds none: they stay in the machine, which bounds itself by them.
    /// Taking one makes room in it, so orders may follow.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<M::Event> {
        self.machine.poll_event()
    }

    /// When to come back for [`poll_order`](Self::poll_order) if nothing else happens before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let due = [
            self.machine.poll_timeout(),
            self.requests.next_deadline(),
            self.streams.next_deadline(),
        ];
        due.into_iter().flatten().min()
    }

    /// The machine, with whatever it has open.
    pub fn into_machine(self) -> M {
        self.machine
    }

    /// Collects orders. True: the machine was told something, so that it may want more.
    fn drain(&mut self, now: Instant) -> bool {
        self.collect(now);
        // Deadlines come before the machine's own alarm: what it decides then, it decides by what is still open.
        let mut told = self.give_up(now);
        if self.machine.poll_timeout().is_some_and(|due| due <= now) {
            self.machine.handle_timeout(now);
            told = true;
        }
        self.collect(now);
        // Those that come meanwhile have their turn in the next drain.
        for _ in 0..self.refused.len() {
            let Some(id) = self.refused.pop_front() else {
                break;
            };
            self.machine.handle_failure(id, Failure::NotSent, now);
            self.collect(now);
            told = true;
        }
        for _ in 0..self.refused_streams.len() {
            let Some(id) = self.refused_streams.pop_front() else {
                break;
            };
            if self.streams.are_available() {
                self.machine
                    .handle_closed(id, Some(Failure::NotSent), 0, now);
            } else {
                self.machine.handle_unsupported(id, now);
            }
            self.collect(now);
            told = true;
        }
        told
    }

    /// Takes over what the machine wants. Before every input too: what the machine has taken back since the
    /// last drain must not be told to it any more.
    fn collect(&mut self, now: Instant) {
        while let Some(mut transmit) = self.machine.poll_transmit(now) {
            if self.requests.start(&mut transmit, now) {
                self.orders.push(Order::Send(transmit));
            } else {
                self.refused.push_back(transmit.id);
            }
        }
        // After all requests: one that is taken back at once must have come by then.
        while let Some(id) = self.machine.poll_cancel() {
            self.refused.retain(|other| *other != id);
            if self.requests.end(id) {
                self.orders.end_request(id);
            }
        }
        while let Some(ask) = self.machine.poll_stream(now) {
            match ask {
                StreamAsk::Connect { id, to, deadline } => {
                    if deadline <= now || !self.streams.connect(id, deadline) {
                        self.refused_streams.push_back(id);
                    } else {
                        self.orders.push(Order::Connect(id, to));
                    }
                }
                StreamAsk::Finish(id) => self.streams.finish(id),
                StreamAsk::Drop(id) => {
                    self.refused_streams.retain(|other| *other != id);
                    if self.streams.remove(id) {
                        self.orders.end_stream(id);
                    }
                }
            }
        }
    }

    /// Ends what is past its deadline. True: something was.
    fn give_up(&mut self, now: Instant) -> bool {
        let mut told = false;
        // One after the other: hearing of the first, the machine may take the second back.
        while let Some(id) = self.requests.overdue(now) {
            self.requests.end(id);
            let failure = if self.orders.end_request(id) {
                Failure::NotSent
            } else {
                Failure::Unknown
            };
            self.machine.handle_failure(id, failure, now);
            self.collect(now);
            told = true;
        }
        while let Some(id) = self.streams.overdue(now) {
            self.streams.remove(id);
            self.orders.end_stream(id);
            self.machine
                .handle_closed(id, Some(Failure::NotSent), 0, now);
            self.collect(now);
            told = true;
        }
        told
    }

    /// Whether [`poll_order`](Self::poll_order) has told the machine something since this was asked last.
    pub(crate) const fn has_told(&mut self) -> bool {
        std::mem::replace(&mut self.has_told, false)
    }
}

/// What a driver that makes streams tells and asks. Whatever names a stream that is not open does nothing.
impl<M: HttpMachine + StreamMachine> Runner<M> {
    /// A peer has connected to an address at which the driver listens for this machine. `None`: the
    /// machine does not want it, so it is to be dropped.
    #[must_use]
    pub fn handle_accepted(
        &mut self,
        peer: SocketAddr,
        local: SocketAddr,
        now: Instant,
    ) -> Option<StreamId> {
        let id = self.machine.handle_accepted(peer, local, now)?;
        self.streams.accept(id);
        Some(id)
    }

    /// A stream that was ordered is there. False: nobody wants it any more, so it is to be dropped.
    #[must_use]
    pub fn handle_connected(&mut self, id: StreamId, now: Instant) -> bool {
        self.collect(now);
        let wanted = self.streams.connected(id);
        if wanted {
            self.machine.handle_connected(id, now);
        }
        wanted
    }

    /// A stream did not come about, or failed. Of what [`next_write`](Self::next_write) gave, the last
    /// `unwritten` bytes were never given to the socket or to TLS.
    pub fn handle_stream_failed(&mut self, id: StreamId, unwritten: usize, now: Instant) {
        self.collect(now);
        if let Some(failure) = self.streams.fail(id) {
            self.machine
                .handle_closed(id, Some(failure), unwritten, now);
        }
    }

    /// A stream did not come about because of the peer's certificate. Whoever cannot tell that says
    /// [`handle_stream_failed`](Self::handle_stream_failed).
    pub fn handle_stream_untrusted(&mut self, id: StreamId, fault: CertificateFault, now: Instant) {
        self.collect(now);
        if let Some(failure) = self.streams.fail(id) {
            let failure = match failure {
                Failure::NotSent => Failure::Untrusted(fault),
                of_one_that_was_there => of_one_that_was_there,
            };
            self.machine.handle_closed(id, Some(failure), 0, now);
        }
    }

    /// What to write next, once all before was taken.
    #[must_use]
    pub fn next_write(&mut self, id: StreamId, now: Instant) -> Write {
        self.collect(now);
        if !self.streams.may_write(id) {
            Write::Nothing
        } else if let Some(chunk) = self.machine.poll_send(id, now) {
            Write::Chunk(chunk)
        } else if self.streams.ends_writing(id) {
            Write::Finish
        } else {
            Write::Nothing
        }
    }

    /// The writing side was finished, all bytes before it taken.
    pub fn handle_write_finished(&mut self, id: StreamId, now: Instant) {
        self.collect(now);
        self.streams.written_all(id);
        self.end_if_over(id, now);
    }

    /// Whether to read of this stream, at most [`CHUNK`](crate::CHUNK) at a time. Ask again after every input, and after
    /// an event was taken.
    #[must_use]
    pub fn wants_read(&mut self, id: StreamId) -> bool {
        self.is_reading(id) && self.machine.wants_read(id)
    }

    /// Whether the machine names the streams that are to be asked anew.
    pub(crate) fn names_moved(&self) -> bool {
        self.machine.names_moved()
    }

    /// The next stream that is to be asked anew, if the machine names them.
    pub(crate) fn poll_moved(&mut self) -> Option<StreamId> {
        self.machine.poll_moved()
    }

    /// Whether the peer has still something to say, or its end.
    pub(crate) fn is_reading(&self, id: StreamId) -> bool {
        self.streams.is_reading(id)
    }

    /// The peer said this.
    pub fn handle_received(&mut self, id: StreamId, bytes: Bytes, now: Instant) {
        self.collect(now);
        if self.is_reading(id) && !bytes.is_empty() {
            self.machine.handle_received(id, bytes, now);
        }
    }

    /// The peer has finished its side, in order: with TLS, by `close_notify`.
    pub fn handle_finished(&mut self, id: StreamId, now: Instant) {
        self.collect(now);
        if self.streams.heard_all(id) {
            self.machine.handle_finished(id, now);
            // Hearing that, it may have dropped the stream.
            self.collect(now);
            self.end_if_over(id, now);
        }
    }

    /// Both sides have finished: that is the end.
    fn end_if_over(&mut self, id: StreamId, now: Instant) {
        if self.streams.is_over(id) {
            self.streams.remove(id);
            self.orders.push(Order::Drop(id));
            self.machine.handle_closed(id, None, 0, now);
        }
    }
}

impl<M> fmt::Debug for Runner<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let in_flight: Vec<_> = self.requests.ids().collect();
        f.debug_struct("Runner")
            .field("in_flight", &in_flight)
            .field("streams", &self.streams)
            .finish_non_exhaustive()
    }
}

/// So often in a row the machine is told within one call that what it wants cannot be had.
const REFUSALS: usize = 64;
