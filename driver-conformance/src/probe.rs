//! `Probe`: the machine that the suite puts into a driver. It does what it is told, tells what it heard,
//! and writes down how it was treated.

mod log;
mod misuse;
mod streams;
mod told;

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use machine_contract::{
    Failure, HttpMachine, Instant, Machine, Remote, RequestId, StreamAsk, StreamId, StreamMachine,
    Transmit,
};

use streams::Streams;

pub use log::{Counts, Log, Step};
pub use misuse::Misuse;
pub use told::Told;

/// A machine that does what it is told and tells what it heard.
///
/// Every input becomes an event ([`Told`]), in order. Its [`Log`] can be read from outside, without
/// an input: what the driver did and in which order, how often it asked, and what it must not do
/// ([`Misuse`]).
#[derive(Debug, Default)]
pub struct Probe {
    log: Log,
    asked: u64,
    requests: VecDeque<Transmit>,
    unwanted: VecDeque<RequestId>,
    open: BTreeSet<RequestId>,
    told: VecDeque<Told>,
    alarm: Option<Instant>,
    waiting: VecDeque<(Trigger, Wish)>,
    streams: Streams,
}

/// An input that a [`Wish`] can wait for.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trigger {
    /// A response has come.
    Answer,
    /// A request has failed.
    Failure,
    /// The alarm has rung.
    Alarm,
    /// The application has taken an event.
    Taken,
}

/// Something that the probe wants as soon as it is told something: a driver that does not drain the machine
/// after that input never hears of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Wish {
    /// Make this request, with so much patience.
    Ask(Box<Request<Bytes>>, Duration),
    /// Cancel this request.
    Cancel(RequestId),
    /// Ring after so much time.
    Ring(Duration),
}

impl Probe {
    /// A probe that writes into this log.
    pub fn new(log: Log) -> Self {
        Self {
            log,
            ..Self::default()
        }
    }

    /// Wants this request made.
    pub fn ask(&mut self, request: Request<Bytes>, patience: Duration, now: Instant) -> RequestId {
        let id = RequestId::new(self.asked);
        self.asked += 1;
        self.requests.push_back(Transmit {
            id,
            request,
            deadline: now + patience,
            host_cookies: false,
        });
        id
    }

    /// The same, with the cookies that the host keeps.
    pub fn ask_with_cookies(
        &mut self,
        request: Request<Bytes>,
        patience: Duration,
        now: Instant,
    ) -> RequestId {
        let id = self.ask(request, patience, now);
        if let Some(transmit) = self.requests.back_mut() {
            transmit.host_cookies = true;
        }
        id
    }

    /// Wants this request no longer, whether or not it is on its way.
    pub fn cancel(&mut self, id: RequestId) {
        self.unwanted.push_back(id);
    }

    /// Has something to say.
    pub fn say(&mut self, number: u32) {
        self.told.push_back(Told::Said(number));
    }

    /// Wants to be woken then, and not when it wanted before; `None`: not at all.
    pub fn wake_at(&mut self, alarm: Option<Instant>) {
        self.alarm = alarm;
    }

    /// Wants this as soon as it is told that. Wishes wait in a row: the first is granted by its own trigger
    /// only, and then the second waits.
    pub fn after(&mut self, trigger: Trigger, wish: Wish) {
        self.waiting.push_back((trigger, wish));
    }

    /// Wants a stream to there.
    pub fn connect(&mut self, to: Remote, patience: Duration, now: Instant) -> StreamId {
        self.streams.connect(to, now + patience)
    }

    /// Wants to say this on a stream. Each call is one chunk.
    pub fn send(&mut self, id: StreamId, chunk: impl Into<Bytes>) {
        self.streams.send(id, chunk.into());
    }

    /// Wants to say nothing more on a stream.
    pub fn finish(&mut self, id: StreamId) {
        self.streams.ask(StreamAsk::Finish(id));
    }

    /// Wants a stream no longer.
    pub fn drop_stream(&mut self, id: StreamId) {
        self.streams.ask(StreamAsk::Drop(id));
    }

    /// Wants to hear so many bytes and then no more until this is said again. Without this it wants to
    /// hear everything.
    pub fn hear(&mut self, id: StreamId, bytes: usize) {
        self.streams.hear(id, bytes);
    }

    /// Says on a stream whatever it hears there.
    pub fn echo(&mut self, id: StreamId) {
        self.streams.echo(id);
    }

    /// How many events wait in it.
    pub fn events(&self) -> usize {
        self.told.len()
    }

    fn triggered(&mut self, trigger: Trigger) {
        if self.waiting.front().is_none_or(|(by, _)| *by != trigger) {
            return;
        }
        let now = self.log.latest();
        match self.waiting.pop_front() {
            Some((_, Wish::Ask(request, patience))) => {
                self.ask(*request, patience, now);
            }
            Some((_, Wish::Cancel(id))) => self.cancel(id),
            Some((_, Wish::Ring(after))) => self.alarm = Some(now + after),
            None => {}
        }
    }

    fn ended(&mut self, at: &'static str, id: RequestId) {
        if !self.open.remove(&id) {
            self.log.misuse(Misuse::NoSuchRequest { at, id });
        }
    }
}

impl Machine for Probe {
    type Event = Told;

    fn handle_timeout(&mut self, now: Instant) {
        self.log.at("handle_timeout", now);
        self.log.count(|counts| counts.handle_timeout += 1);
        if let Some(alarm) = self.alarm.take_if(|alarm| *alarm <= now) {
            self.log.step(Step::Rang(now));
            self.told.push_back(Told::Rang { alarm, now });
            self.triggered(Trigger::Alarm);
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.log.count(|counts| counts.poll_timeout += 1);
        self.alarm
    }

    fn poll_event(&mut self) -> Option<Told> {
        self.log.count(|counts| counts.poll_event += 1);
        let event = self.told.pop_front()?;
        self.log.step(Step::Taken);
        self.triggered(Trigger::Taken);
        Some(event)
    }
}

impl HttpMachine for Probe {
    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, now: Instant) {
        self.log.at("handle_response", now);
        self.log.step(Step::Answered(id, now));
        self.ended("handle_response", id);
        self.told.push_back(Told::Answered(id, response));
        self.triggered(Trigger::Answer);
    }

    fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        self.log.at("handle_failure", now);
        self.log.step(Step::Failed(id, now));
        self.ended("handle_failure", id);
        self.told.push_back(Told::Failed(id, failure));
        self.triggered(Trigger::Failure);
    }

    fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        self.log.at("poll_transmit", now);
        self.log.count(|counts| counts.poll_transmit += 1);
        let transmit = self.requests.pop_front()?;
        self.log.step(Step::Transmit(transmit.id));
        self.open.insert(transmit.id);
        Some(transmit)
    }

    fn poll_cancel(&mut self) -> Option<RequestId> {
        self.log.count(|counts| counts.poll_cancel += 1);
        let id = self.unwanted.pop_front()?;
        self.log.step(Step::Cancel(id));
        self.open.remove(&id);
        Some(id)
    }
}

impl StreamMachine for Probe {
    fn poll_stream(&mut self, now: Instant) -> Option<StreamAsk> {
        self.log.at("poll_stream", now);
        self.log.count(|counts| counts.poll_stream += 1);
        let ask = self.streams.poll_ask()?;
        self.log.step(match ask {
            StreamAsk::Connect { id, .. } => Step::Connect(id),
            StreamAsk::Finish(id) => Step::Finish(id),
            StreamAsk::Drop(id) => Step::Drop(id),
        });
        Some(ask)
    }

    fn poll_send(&mut self, id: StreamId, now: Instant) -> Option<Bytes> {
        self.log.at("poll_send", now);
        self.log.count(|counts| counts.poll_send += 1);
        let chunk = self.streams.poll_send(id, &self.log)?;
        self.log.given(id, chunk.len());
        Some(chunk)
    }

    fn wants_read(&self, id: StreamId) -> bool {
        self.log.count(|counts| counts.wants_read += 1);
        self.streams.wants_read(id)
    }

    fn handle_connected(&mut self, id: StreamId, now: Instant) {
        self.log.at("handle_connected", now);
        self.log.step(Step::Connected(id, now));
        self.streams.connected(id, &self.log);
        self.told.push_back(Told::Connected(id));
    }

    fn handle_received(&mut self, id: StreamId, bytes: Bytes, now: Instant) {
        self.log.at("handle_received", now);
        self.log.step(Step::Received(id, bytes.len()));
        self.streams.received(id, &bytes, &self.log);
        self.told.push_back(Told::Received(id, bytes));
    }

    fn handle_finished(&mut self, id: StreamId, now: Instant) {
        self.log.at("handle_finished", now);
        self.log.step(Step::Finished(id));
        self.streams.finished(id, &self.log);
        self.told.push_back(Told::Finished(id));
    }

    fn handle_closed(
        &mut self,
        id: StreamId,
        failure: Option<Failure>,
        unwritten: usize,
        now: Instant,
    ) {
        self.log.at("handle_closed", now);
        self.log.step(Step::Closed(id, now));
        self.streams.closed(id, &self.log);
        self.told.push_back(Told::Closed {
            id,
            failure,
            unwritten,
        });
    }

    fn handle_unsupported(&mut self, id: StreamId, now: Instant) {
        self.log.at("handle_unsupported", now);
        self.log.step(Step::Closed(id, now));
        self.streams.closed(id, &self.log);
        self.told.push_back(Told::Unsupported(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A driver may ask for that.
    #[test]
    fn it_can_be_sent_and_shared() {
        fn check<T: Send + Sync + 'static>() {}
        check::<Probe>();
        check::<Told>();
    }

    #[test]
    fn the_first_misuse_is_kept() {
        let log = Log::default();
        let mut probe = Probe::new(log.clone());
        let (early, late) = (Instant::from_micros(1), Instant::from_micros(2));
        probe.handle_timeout(late);
        assert_eq!(log.first_misuse(), None);
        probe.handle_failure(RequestId::new(7), Failure::Unknown, early);
        probe.handle_finished(StreamId::new(7), late);
        let before = late;
        let (at, now) = ("handle_failure", early);
        let expected = Misuse::NowWentBack { at, now, before };
        assert_eq!(log.first_misuse(), Some(expected));
    }
}
