//! `Runner`: a machine and what it has open. Deadlines, cancels, late answers and the order of draining,
//! as plain calls.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Method, Request, Response, Uri};
use machine_contract::{
    Failure, HttpMachine, Instant, Remote, RequestId, StreamAsk, StreamId, StreamMachine, Transmit,
};

use crate::streams::Streams;

/// How a request ended.
pub type Outcome = Result<Response<Bytes>, Failure>;

/// What the driver is to do.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a driver that leaves one out breaks its duty"
)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are requests, and each lives for a moment"
)]
pub enum Order {
    /// Make this request, and tell how it ended with [`Runner::handle_outcome`].
    Send(Transmit),
    /// Drop this request and its connection. Nothing need be told about it; what is told is ignored.
    Cancel(RequestId),
    /// Make this stream, and tell by [`Runner::handle_connected`] or [`Runner::handle_stream_failed`].
    /// Never comes from a runner without streams.
    Connect(StreamId, Remote),
    /// Drop this stream at once.
    Drop(StreamId),
}

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
    /// When to give up each request; what is not in here is not in flight.
    requests: BTreeMap<RequestId, Instant>,
    pub(crate) streams: Streams,
    orders: VecDeque<Order>,
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
    /// the same moment, with [`Failure::NotSent`].
    pub fn http_only(machine: M) -> Self {
        Self::with(machine, Streams::refused())
    }

    fn with(machine: M, streams: Streams) -> Self {
        Self {
            machine,
            requests: BTreeMap::new(),
            streams,
            orders: VecDeque::new(),
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
        if self.requests.remove(&id).is_none() {
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
            if let Some(order) = self.orders.pop_front() {
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
        let requests = self.requests.values().min().copied();
        let due = [
            self.machine.poll_timeout(),
            requests,
            self.streams.next_deadline(),
        ];
        due.into_iter().flatten().min()
    }

    pub(crate) const fn machine(&mut self) -> &mut M {
        &mut self.machine
    }

    /// The machine, with whatever it has open.
    pub fn into_machine(self) -> M {
        self.machine
    }

    /// Collects orders. True: the machine was told something, so that it may want more.
    fn drain(&mut self, now: Instant) -> bool {
        self.collect(now);
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
            self.machine
                .handle_closed(id, Some(Failure::NotSent), 0, now);
            self.collect(now);
            told = true;
        }
        told
    }

    /// Takes over what the machine wants. Before every input too: what the machine has taken back since the
    /// last drain must not be told to it any more.
    pub(crate) fn collect(&mut self, now: Instant) {
        while let Some(mut transmit) = self.machine.poll_transmit(now) {
            say_that_nothing_follows(&mut transmit.request);
            if transmit.deadline <= now || !leads_somewhere(transmit.request.uri()) {
                self.refused.push_back(transmit.id);
            } else {
                self.requests.insert(transmit.id, transmit.deadline);
                self.orders.push_back(Order::Send(transmit));
            }
        }
        // After all requests: one that is taken back at once must have come by then.
        while let Some(id) = self.machine.poll_cancel() {
            self.refused.retain(|other| *other != id);
            if self.requests.remove(&id).is_some() && !self.take_back(id) {
                self.orders.push_back(Order::Cancel(id));
            }
        }
        while let Some(ask) = self.machine.poll_stream(now) {
            match ask {
                StreamAsk::Connect { id, to, deadline } => {
                    if deadline <= now || !self.streams.connect(id, deadline) {
                        self.refused_streams.push_back(id);
                    } else {
                        self.orders.push_back(Order::Connect(id, to));
                    }
                }
                StreamAsk::Finish(id) => self.streams.finish(id),
                StreamAsk::Drop(id) => {
                    self.refused_streams.retain(|other| *other != id);
                    if self.streams.remove(id) && !self.take_stream_back(id) {
                        self.orders.push_back(Order::Drop(id));
                    }
                }
            }
        }
    }

    /// Ends what is past its deadline. True: something was.
    fn give_up(&mut self, now: Instant) -> bool {
        let mut told = false;
        // One after the other: hearing of the first, the machine may take the second back.
        while let Some(id) = self.late(now) {
            self.requests.remove(&id);
            let failure = if self.take_back(id) {
                Failure::NotSent
            } else {
                self.orders.push_back(Order::Cancel(id));
                Failure::Unknown
            };
            self.machine.handle_failure(id, failure, now);
            self.collect(now);
            told = true;
        }
        while let Some(id) = self.streams.overdue(now) {
            self.streams.remove(id);
            if !self.take_stream_back(id) {
                self.orders.push_back(Order::Drop(id));
            }
            self.machine
                .handle_closed(id, Some(Failure::NotSent), 0, now);
            self.collect(now);
            told = true;
        }
        told
    }

    fn late(&self, now: Instant) -> Option<RequestId> {
        let mut all = self.requests.iter();
        all.find(|(_, deadline)| **deadline <= now)
            .map(|(id, _)| *id)
    }

    /// Whether [`poll_order`](Self::poll_order) has told the machine something since this was asked last.
    pub(crate) const fn has_told(&mut self) -> bool {
        std::mem::replace(&mut self.has_told, false)
    }

    pub(crate) fn order(&mut self, order: Order) {
        self.orders.push_back(order);
    }

    /// Takes a request back that was not handed out yet.
    fn take_back(&mut self, id: RequestId) -> bool {
        let before = self.orders.len();
        self.orders
            .retain(|order| !matches!(order, Order::Send(transmit) if transmit.id == id));
        self.orders.len() < before
    }

    /// The same for a stream.
    fn take_stream_back(&mut self, id: StreamId) -> bool {
        let before = self.orders.len();
        self.orders
            .retain(|order| !matches!(order, Order::Connect(other, _) if *other == id));
        self.orders.len() < before
    }
}

impl<M> fmt::Debug for Runner<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let in_flight: Vec<_> = self.requests.keys().collect();
        f.debug_struct("Runner")
            .field("in_flight", &in_flight)
            .field("streams", &self.streams)
            .finish_non_exhaustive()
    }
}

/// Libraries have different words for what cannot be asked at all.
fn leads_somewhere(uri: &Uri) -> bool {
    matches!(uri.scheme_str(), Some("http" | "https"))
        && uri.host().is_some_and(|it| !it.is_empty())
}

/// HTTP libraries leave the length of an empty body out, but every recorded poll has it (gateway.md 3),
/// and servers of that age know no other end of a body.
fn say_that_nothing_follows(request: &mut Request<Bytes>) {
    if request.method() == Method::POST && request.body().is_empty() {
        let zero = HeaderValue::from_static("0");
        request.headers_mut().entry(CONTENT_LENGTH).or_insert(zero);
    }
}

/// So often in a row the machine is told within one call that what it wants cannot be had.
const REFUSALS: usize = 64;
