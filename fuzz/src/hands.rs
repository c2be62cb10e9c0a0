//! A machine at the hands of a fuzzer: the driver's half, each of whose decisions is somebody else's, and a watch over what
//! every machine promises (`machine_contract::Machine`).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use machine_contract::{
    Failure, HttpMachine, Instant, Remote, RequestId, StreamAsk, StreamId, StreamMachine,
};

use crate::in_flight::{Asked, Stream};
use crate::trace::Trace;

/// Outputs of one drain, more than which no input can explain.
const OUTPUTS: usize = 4_096;
/// What a driver reads at a time, at most.
pub(crate) const CHUNK: usize = 16 * 1024;

/// The machine and what it has open.
pub(crate) struct Hands<M> {
    machine: M,
    now: Instant,
    requests: Vec<Asked>,
    streams: BTreeMap<StreamId, Stream>,
    used: BTreeSet<RequestId>,
    used_streams: BTreeSet<StreamId>,
    trace: Trace,
}

impl<M> Hands<M>
where
    M: HttpMachine + StreamMachine,
    M::Event: Debug,
{
    pub(crate) fn new(machine: M) -> Self {
        Self {
            machine,
            now: Instant::ORIGIN,
            requests: Vec::new(),
            streams: BTreeMap::new(),
            used: BTreeSet::new(),
            used_streams: BTreeSet::new(),
            trace: Trace::default(),
        }
    }

    pub(crate) const fn now(&self) -> Instant {
        self.now
    }

    pub(crate) const fn machine(&self) -> &M {
        &self.machine
    }

    pub(crate) fn sum(&self) -> u64 {
        self.trace.sum()
    }

    /// What is in flight, in the order in which it was asked for.
    pub(crate) fn requests(&self) -> &[Asked] {
        &self.requests
    }

    pub(crate) fn is_in_flight(&self, id: RequestId) -> bool {
        self.requests.iter().any(|it| it.id == id)
    }

    pub(crate) fn streams(&self) -> Vec<StreamId> {
        self.streams.keys().copied().collect()
    }

    /// Where a stream leads to that is not there yet.
    pub(crate) fn wanted(&self, id: StreamId) -> Option<&Remote> {
        let stream = self.streams.get(&id)?;
        stream.deadline.map(|_| &stream.to)
    }

    /// When the machine wants to know the time.
    pub(crate) fn timeout(&self) -> Option<Instant> {
        self.machine.poll_timeout()
    }

    /// Runs a verb of the machine's own.
    pub(crate) fn call<R>(&mut self, verb: impl FnOnce(&mut M, Instant) -> R) -> R {
        let said = verb(&mut self.machine, self.now);
        self.drain();
        said
    }

    /// Takes everything but events. How much that was.
    pub(crate) fn drain(&mut self) -> usize {
        let mut outputs = 0;
        while self.take_request() || self.take_cancel() || self.take_ask() || self.take_bytes() {
            outputs += 1;
            assert!(outputs < OUTPUTS, "one input has no end of outputs");
        }
        outputs
    }

    fn take_request(&mut self) -> bool {
        let Some(transmit) = self.machine.poll_transmit(self.now) else {
            return false;
        };
        assert!(self.used.insert(transmit.id), "an id is used twice");
        let uri = transmit.request.uri();
        assert!(
            uri.host().is_some_and(|it| !it.is_empty()) && uri.scheme().is_some(),
            "a request leads nowhere: {uri}"
        );
        self.trace.note(transmit.id.get());
        self.trace.show(&transmit.request);
        self.requests.push(Asked {
            id: transmit.id,
            request: transmit.request,
            deadline: transmit.deadline,
        });
        true
    }

    fn take_cancel(&mut self) -> bool {
        let Some(id) = self.machine.poll_cancel() else {
            return false;
        };
        self.trace.note(id.get());
        let before = self.requests.len();
        self.requests.retain(|it| it.id != id);
        assert!(
            self.requests.len() < before,
            "a request is taken back that is not in flight"
        );
        true
    }

    fn take_ask(&mut self) -> bool {
        let Some(ask) = self.machine.poll_stream(self.now) else {
            return false;
        };
        self.trace.show(&ask);
        match ask {
            StreamAsk::Connect { id, to, deadline } => {
                assert!(self.used_streams.insert(id), "a stream's id is used twice");
                let stream = Stream {
                    to,
                    deadline: Some(deadline),
                    is_stuck: false,
                    finishing: false,
                    said_all: false,
                    heard_all: false,
                    half_closed: false,
                    said: Vec::new(),
                };
                self.streams.insert(id, stream);
            }
            StreamAsk::Finish(id) => {
                let stream = self.streams.get_mut(&id);
                stream.expect("a stream that is open").finishing = true;
            }
            StreamAsk::Drop(id) => {
                let dropped = self.streams.remove(&id);
                assert!(dropped.is_some(), "a stream is dropped that is not open");
            }
        }
        true
    }

    /// Takes what the machine says on its streams.
    fn take_bytes(&mut self) -> bool {
        for (id, stream) in &mut self.streams {
            if stream.deadline.is_some() || stream.is_stuck || stream.said_all {
                continue;
            }
            if let Some(bytes) = self.machine.poll_send(*id, self.now) {
                assert!(!bytes.is_empty(), "nothing is to be sent");
                self.trace.note(&bytes[..]);
                stream.said.extend_from_slice(&bytes);
                return true;
            }
            if stream.finishing {
                stream.said_all = true;
                let id = *id;
                self.end_if_over(id);
                return true;
            }
        }
        false
    }

    /// Both sides have finished.
    fn end_if_over(&mut self, id: StreamId) {
        if let Some(stream) = self.streams.get(&id)
            && stream.said_all
            && stream.heard_all
        {
            self.streams.remove(&id);
            self.machine.handle_closed(id, None, 0, self.now);
        }
    }

    /// The next event.
    pub(crate) fn event(&mut self) -> Option<M::Event> {
        let event = self.machine.poll_event()?;
        self.trace.show(&event);
        self.drain();
        Some(event)
    }

    /// All events that there are, without looking at anything else between two of them.
    pub(crate) fn events(&mut self) -> Vec<M::Event> {
        let mut events = Vec::new();
        while let Some(event) = self.machine.poll_event() {
            self.trace.show(&event);
            events.push(event);
            assert!(events.len() < 64 * OUTPUTS, "there is no end of events");
        }
        self.drain();
        events
    }

    /// One of those in flight is over.
    pub(crate) fn end(&mut self, which: usize, outcome: Result<Response<Bytes>, Failure>) {
        let asked = self.requests.remove(which);
        match outcome {
            Ok(response) => self.machine.handle_response(asked.id, response, self.now),
            Err(failure) => self.machine.handle_failure(asked.id, failure, self.now),
        }
        self.drain();
    }

    /// A stream is there.
    pub(crate) fn connected(&mut self, id: StreamId) {
        let stream = self.streams.get_mut(&id).expect("one that is wanted");
        stream.deadline = None;
        self.machine.handle_connected(id, self.now);
        self.drain();
    }

    /// A stream did not come about, or is broken; so much of what was said last did not leave.
    pub(crate) fn broken(&mut self, id: StreamId, unwritten: usize) {
        if let Some(stream) = self.streams.remove(&id) {
            let failure = match stream.deadline {
                Some(_) => Failure::NotSent,
                None => Failure::Unknown,
            };
            let unwritten = unwritten.min(stream.said.len());
            self.machine
                .handle_closed(id, Some(failure), unwritten, self.now);
            self.drain();
        }
    }

    /// The network takes nothing on this stream, or goes on.
    pub(crate) fn stick(&mut self, id: StreamId) {
        if let Some(stream) = self.streams.get_mut(&id) {
            stream.is_stuck = !stream.is_stuck;
            self.drain();
        }
    }

    /// What was said on a stream and the peer has not got yet; and whether that is all.
    pub(crate) fn said(&mut self, id: StreamId) -> (Vec<u8>, bool) {
        match self.streams.get_mut(&id) {
            Some(stream) => (std::mem::take(&mut stream.said), stream.said_all),
            None => (Vec::new(), true),
        }
    }

    /// The peer is to be told that this side has said all; false if it was before.
    pub(crate) fn half_close(&mut self, id: StreamId) -> bool {
        let stream = self.streams.get_mut(&id);
        stream.is_some_and(|it| it.said_all && !std::mem::replace(&mut it.half_closed, true))
    }

    /// Whether a stream is to be read.
    pub(crate) fn wants_read(&self, id: StreamId) -> bool {
        let stream = self.streams.get(&id);
        stream.is_some_and(|it| it.deadline.is_none() && !it.heard_all)
            && self.machine.wants_read(id)
    }

    /// The peer of a stream that is to be read says something; nothing is its end.
    pub(crate) fn hear(&mut self, id: StreamId, bytes: &[u8]) {
        if bytes.is_empty() {
            if let Some(stream) = self.streams.get_mut(&id)
                && stream.deadline.is_none()
                && !std::mem::replace(&mut stream.heard_all, true)
            {
                self.machine.handle_finished(id, self.now);
                self.drain();
                self.end_if_over(id);
                self.drain();
            }
        } else {
            for chunk in bytes.chunks(CHUNK) {
                if !self.streams.contains_key(&id) {
                    return;
                }
                let chunk = Bytes::copy_from_slice(chunk);
                self.machine.handle_received(id, chunk, self.now);
                self.drain();
            }
        }
    }

    /// Time passes; what is too late is given up, as a driver does.
    pub(crate) fn pass(&mut self, time: Duration) {
        self.now = self.now.saturating_add(time);
        while let Some(at) = self.requests.iter().position(|it| it.deadline <= self.now) {
            self.end(at, Err(Failure::Unknown));
        }
        let late = |it: &Stream| it.deadline.is_some_and(|at| at <= self.now);
        let late: Vec<_> = self.streams.iter().filter(|(_, it)| late(it)).collect();
        for id in late.into_iter().map(|(id, _)| *id).collect::<Vec<_>>() {
            self.broken(id, 0);
        }
        self.tell_the_time();
    }

    /// Time passes until the machine wants to know it. False: it does not.
    pub(crate) fn wait(&mut self) -> bool {
        let deadlines = self.requests.iter().map(|it| it.deadline);
        let deadlines = deadlines.chain(self.streams.values().filter_map(|it| it.deadline));
        let next = deadlines.chain(self.machine.poll_timeout()).min();
        if let Some(at) = next {
            self.pass(at.saturating_duration_since(self.now));
        }
        next.is_some()
    }

    /// Tells the machine the time if it waits for a moment that has passed. Whether it did.
    pub(crate) fn wake(&mut self) -> bool {
        let is_due = self.machine.poll_timeout().is_some_and(|at| at <= self.now);
        if is_due {
            self.tell_the_time();
        }
        is_due
    }

    fn tell_the_time(&mut self) {
        self.machine.handle_timeout(self.now);
        let next = self.machine.poll_timeout();
        assert!(
            next.is_none_or(|at| at > self.now),
            "a driver would spin: told {:?}, it waits for {next:?}",
            self.now
        );
        self.trace.show(&next);
        self.drain();
        // Draining has told it nothing new.
        self.machine.handle_timeout(self.now);
        assert_eq!(self.drain(), 0, "telling the time twice is no news");
    }

    /// The host was asleep.
    pub(crate) fn suspended(&mut self) {
        self.machine.handle_suspended(self.now);
        self.drain();
    }

    /// Says of requests and streams that are not open what can be said. It does nothing.
    pub(crate) fn pester(&mut self) {
        // What has just left counts its time from the next input on.
        self.machine.handle_timeout(self.now);
        self.drain();
        let timeout = self.machine.poll_timeout();
        let over = self.used.iter().rev().filter(|id| !self.is_in_flight(**id));
        let over: Vec<_> = over.take(3).copied().collect();
        for id in over.into_iter().chain([RequestId::new(u64::MAX)]) {
            let late = Response::new(Bytes::from_static(b"too late"));
            self.machine.handle_response(id, late, self.now);
            self.machine.handle_failure(id, Failure::Unknown, self.now);
        }
        let open = &self.streams;
        let over = self
            .used_streams
            .iter()
            .rev()
            .filter(|id| !open.contains_key(id));
        let over: Vec<_> = over.take(2).copied().collect();
        for id in over.into_iter().chain([StreamId::new(u64::MAX)]) {
            let late = Bytes::from_static(b"OUT\r\n");
            self.machine.handle_received(id, late, self.now);
            self.machine.handle_finished(id, self.now);
            let failure = Some(Failure::Unknown);
            self.machine.handle_closed(id, failure, 0, self.now);
        }
        assert_eq!(self.machine.poll_timeout(), timeout, "late news count");
        assert_eq!(self.drain(), 0, "late news count");
    }

    /// Nothing is open and nothing is awaited.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.requests.is_empty() && self.streams.is_empty() && self.machine.poll_timeout().is_none()
    }
}
