//! `Log`: what a driver did to a probe, readable from outside without an input.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use machine_contract::{Instant, RequestId, StreamId};

use super::misuse::Misuse;

/// What a driver did to a [`Probe`](crate::Probe). Clones are one log.
#[derive(Clone, Debug, Default)]
pub struct Log(Arc<Mutex<Book>>);

#[derive(Debug, Default)]
struct Book {
    steps: Vec<Step>,
    counts: Counts,
    latest: Instant,
    given: BTreeMap<StreamId, (usize, usize)>,
    misuse: Option<Misuse>,
}

/// One thing that a driver did.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Ran a verb.
    Verb(Instant),
    /// Told of a response.
    Answered(RequestId, Instant),
    /// Told of a failure.
    Failed(RequestId, Instant),
    /// Told of time, and the alarm rang.
    Rang(Instant),
    /// Gave an event to the application.
    Taken,
    /// Took a request.
    Transmit(RequestId),
    /// Took a cancel.
    Cancel(RequestId),
    /// Took the wish for a stream.
    Connect(StreamId),
    /// Took the wish to finish one.
    Finish(StreamId),
    /// Took the wish to drop one.
    Drop(StreamId),
    /// Told of a stream that is there.
    Connected(StreamId, Instant),
    /// Told of so many bytes.
    Received(StreamId, usize),
    /// Told of a peer's end.
    Finished(StreamId),
    /// Told of a stream's end.
    Closed(StreamId, Instant),
}

/// How often a driver has called each method that is called again and again.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is named after its method")]
#[non_exhaustive]
pub struct Counts {
    pub handle_timeout: usize,
    pub poll_timeout: usize,
    pub poll_event: usize,
    pub poll_transmit: usize,
    pub poll_cancel: usize,
    pub poll_stream: usize,
    pub poll_send: usize,
    pub wants_read: usize,
}

impl Counts {
    /// The method that was called most often, and how often.
    pub fn most(&self) -> (&'static str, usize) {
        [
            ("handle_timeout", self.handle_timeout),
            ("poll_timeout", self.poll_timeout),
            ("poll_event", self.poll_event),
            ("poll_transmit", self.poll_transmit),
            ("poll_cancel", self.poll_cancel),
            ("poll_stream", self.poll_stream),
            ("poll_send", self.poll_send),
            ("wants_read", self.wants_read),
        ]
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .unwrap_or_default()
    }
}

impl Log {
    /// What the driver did so far.
    pub fn steps(&self) -> Vec<Step> {
        self.book().steps.clone()
    }

    /// How many steps like this there were.
    pub fn times(&self, is_it: impl Fn(&Step) -> bool) -> usize {
        self.book().steps.iter().filter(|step| is_it(step)).count()
    }

    /// How often it asked so far.
    pub fn counts(&self) -> Counts {
        self.book().counts
    }

    /// How many bytes it took of what a stream should send, and how many of these in its last chunk.
    pub fn given_on(&self, id: StreamId) -> (usize, usize) {
        self.book().given.get(&id).copied().unwrap_or_default()
    }

    /// The first thing that it must not do.
    pub fn first_misuse(&self) -> Option<Misuse> {
        self.book().misuse.clone()
    }

    /// A verb runs now. Inputs write themselves down; verbs are the suite's.
    pub fn verb(&self, now: Instant) {
        self.at("call", now);
        self.step(Step::Verb(now));
    }

    /// From now on counts begin at zero.
    pub fn forget_counts(&self) {
        self.book().counts = Counts::default();
    }

    pub(super) fn latest(&self) -> Instant {
        self.book().latest
    }

    pub(super) fn at(&self, at: &'static str, now: Instant) {
        let mut book = self.book();
        let before = book.latest;
        if now < before {
            let misuse = Misuse::NowWentBack { at, now, before };
            book.misuse.get_or_insert(misuse);
        } else {
            book.latest = now;
        }
    }

    pub(super) fn step(&self, step: Step) {
        self.book().steps.push(step);
    }

    pub(super) fn count(&self, one: impl FnOnce(&mut Counts)) {
        one(&mut self.book().counts);
    }

    pub(super) fn given(&self, id: StreamId, len: usize) {
        let mut book = self.book();
        let (all, last) = book.given.entry(id).or_default();
        (*all, *last) = (*all + len, len);
    }

    pub(super) fn misuse(&self, misuse: Misuse) {
        self.book().misuse.get_or_insert(misuse);
    }

    // A panic elsewhere leaves nothing half written here.
    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
