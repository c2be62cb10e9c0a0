//! A link over one byte stream.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use machine_contract::{Failure, Instant, Machine, Remote, StreamAsk, StreamId, StreamMachine};

use super::event::{LinkError, LinkEvent, SendId};
use crate::event::Reason;

/// The one stream of a link.
const STREAM: StreamId = StreamId::new(1);

/// How much may wait to be sent, and how much of what arrived may wait to be read.
const MOST_WAITING: usize = 256 << 10;
const MOST_UNREAD: usize = 64 << 10;

/// A driver is given at most so much at once.
const CHUNK: usize = 16 << 10;

/// One stream, from the wish for it to its end.
#[derive(Debug)]
pub(crate) struct StreamLink {
    stage: Stage,
    to: Remote,
    timeout: Duration,
    /// Sends that the driver has not been given yet, whole or the rest of one.
    waiting: VecDeque<(SendId, Bytes)>,
    held: usize,
    /// What the driver has been given, by the number of bytes up to its end: of the last of them an end by
    /// failure says how much did not leave.
    given: VecDeque<(SendId, u64)>,
    given_bytes: u64,
    last: u64,
    asks: VecDeque<StreamAsk>,
    events: VecDeque<LinkEvent>,
    unread: usize,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Stage {
    Wanted,
    Connecting,
    Open,
    /// The last words were taken; `finished` once nothing more is sent.
    Closing {
        finished: bool,
    },
    Closed,
}

impl StreamLink {
    /// A stream to there, which has to come about within `timeout`.
    pub(crate) const fn new(to: Remote, timeout: Duration) -> Self {
        Self {
            stage: Stage::Wanted,
            to,
            timeout,
            waiting: VecDeque::new(),
            held: 0,
            given: VecDeque::new(),
            given_bytes: 0,
            last: 0,
            asks: VecDeque::new(),
            events: VecDeque::new(),
            unread: 0,
        }
    }

    /// Takes bytes to be sent.
    pub(super) fn send(&mut self, frames: Bytes) -> Result<SendId, LinkError> {
        if matches!(self.stage, Stage::Closing { .. } | Stage::Closed) {
            return Err(LinkError::Closed);
        }
        if frames.len() > MOST_WAITING {
            return Err(LinkError::TooLarge);
        }
        if self.held + frames.len() > MOST_WAITING {
            return Err(LinkError::Full);
        }
        Ok(self.queue(frames))
    }

    /// Takes the last words, behind which nothing more is sent. They are always taken: it is the end.
    pub(super) fn close_with(&mut self, frames: Bytes) -> Result<(), LinkError> {
        if matches!(self.stage, Stage::Closing { .. } | Stage::Closed) {
            return Err(LinkError::Closed);
        }
        if self.stage == Stage::Wanted {
            // Nobody is there who could hear them.
            self.close();
            return Ok(());
        }
        self.queue(frames);
        self.stage = Stage::Closing { finished: false };
        Ok(())
    }

    fn queue(&mut self, frames: Bytes) -> SendId {
        self.last += 1;
        let id = SendId(self.last);
        self.held += frames.len();
        self.waiting.push_back((id, frames));
        if self.stage == Stage::Open {
            self.events.push_back(LinkEvent::Sent(id));
        }
        id
    }

    /// Closes now.
    pub(super) fn close(&mut self) {
        self.drop_stream(Reason::Requested, 0);
    }

    /// The stream is of no use any more.
    fn drop_stream(&mut self, reason: Reason, unwritten: u64) {
        if matches!(
            self.stage,
            Stage::Connecting | Stage::Open | Stage::Closing { .. }
        ) {
            self.asks.push_back(StreamAsk::Drop(STREAM));
        }
        self.end(reason, unwritten);
    }

    /// The last word, and before it what became of each send: of `given_bytes` the last `unwritten` did not leave.
    fn end(&mut self, reason: Reason, unwritten: u64) {
        if self.stage == Stage::Closed {
            return;
        }
        self.stage = Stage::Closed;
        let written = self.given_bytes.saturating_sub(unwritten);
        let waiting: Vec<SendId> = self.waiting.drain(..).map(|(id, _)| id).collect();
        let (mut start, mut last_given) = (0, None);
        for (id, end) in self.given.drain(..) {
            let is_cut = end > written || waiting.contains(&id);
            if is_cut {
                let fate = if start >= written {
                    Failure::NotSent
                } else {
                    Failure::Unknown
                };
                self.events.push_back(LinkEvent::Unsent { id, fate });
            }
            last_given = Some(id);
            start = end;
        }
        for id in waiting {
            // The rest of one whose beginning was given has been told.
            if last_given != Some(id) {
                let fate = Failure::NotSent;
                self.events.push_back(LinkEvent::Unsent { id, fate });
            }
        }
        self.held = 0;
        self.events.push_back(LinkEvent::Closed(reason));
    }

    pub(super) fn poll_event(&mut self) -> Option<LinkEvent> {
        let event = self.events.pop_front()?;
        if let LinkEvent::Received(bytes) = &event {
            self.unread = self.unread.saturating_sub(bytes.len());
        }
        Some(event)
    }

    /// The host was asleep, and the other end has probably given up.
    pub(super) fn handle_suspended(&mut self) {
        if matches!(self.stage, Stage::Open | Stage::Closing { .. }) {
            self.drop_stream(Reason::ConnectionLost, 0);
        }
    }
}

impl Machine for StreamLink {
    type Event = LinkEvent;

    /// The driver keeps the deadline of connecting.
    fn handle_timeout(&mut self, _: Instant) {}

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    fn poll_event(&mut self) -> Option<LinkEvent> {
        Self::poll_event(self)
    }
}

impl StreamMachine for StreamLink {
    fn poll_stream(&mut self, now: Instant) -> Option<StreamAsk> {
        if self.stage == Stage::Wanted {
            self.stage = Stage::Connecting;
            return Some(StreamAsk::Connect {
                id: STREAM,
                to: self.to.clone(),
                deadline: now + self.timeout,
            });
        }
        if self.stage == (Stage::Closing { finished: false }) && self.waiting.is_empty() {
            self.stage = Stage::Closing { finished: true };
            return Some(StreamAsk::Finish(STREAM));
        }
        self.asks.pop_front()
    }

    fn poll_send(&mut self, _: StreamId, _: Instant) -> Option<Bytes> {
        // Those that were given before are taken by the network.
        let mut chunk = BytesMut::new();
        while let Some((id, bytes)) = self.waiting.front_mut() {
            let room = CHUNK - chunk.len();
            if room == 0 {
                break;
            }
            let piece = bytes.split_to(room.min(bytes.len()));
            self.given_bytes += piece.len() as u64;
            self.held -= piece.len();
            match self.given.back_mut() {
                Some((last, end)) if last == id => *end = self.given_bytes,
                _ => self.given.push_back((*id, self.given_bytes)),
            }
            if bytes.is_empty() {
                self.waiting.pop_front();
            }
            if chunk.is_empty() && self.waiting.is_empty() {
                return (!piece.is_empty()).then_some(piece);
            }
            chunk.extend_from_slice(&piece);
        }
        (!chunk.is_empty()).then(|| chunk.freeze())
    }

    fn wants_read(&self, _: StreamId) -> bool {
        self.unread < MOST_UNREAD
    }

    fn handle_connected(&mut self, _: StreamId, _: Instant) {
        if self.stage == Stage::Connecting {
            self.stage = Stage::Open;
            self.events.push_back(LinkEvent::Opened);
            let sent = self.waiting.iter().map(|(id, _)| LinkEvent::Sent(*id));
            self.events.extend(sent);
        }
    }

    fn handle_received(&mut self, _: StreamId, bytes: Bytes, _: Instant) {
        if self.stage != Stage::Closed {
            self.unread += bytes.len();
            self.events.push_back(LinkEvent::Received(bytes));
        }
    }

    /// Whoever says nothing more has ended the session: these dialects know no half of one.
    fn handle_finished(&mut self, _: StreamId, _: Instant) {
        let reason = match self.stage {
            Stage::Closing { .. } => Reason::Requested,
            _ => Reason::ClosedByService,
        };
        self.drop_stream(reason, 0);
    }

    fn handle_closed(
        &mut self,
        _: StreamId,
        failure: Option<Failure>,
        unwritten: usize,
        _: Instant,
    ) {
        let reason = match (self.stage, failure) {
            (Stage::Closing { .. }, _) => Reason::Requested,
            (_, None) => Reason::ClosedByService,
            (_, Some(Failure::Untrusted(fault))) => Reason::Certificate(fault),
            (_, Some(Failure::NotSent)) | (Stage::Connecting, Some(_)) => Reason::Unreachable,
            (_, Some(Failure::Unknown)) => Reason::ConnectionLost,
        };
        self.end(reason, unwritten as u64);
    }

    fn handle_unsupported(&mut self, _: StreamId, _: Instant) {
        let tls = self.to.is_tls();
        let reason = match self.stage {
            Stage::Closing { .. } => Reason::Requested,
            _ => Reason::NoStreams { tls },
        };
        self.end(reason, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::ORIGIN;

    fn open() -> StreamLink {
        let remote = Remote::tcp("msn.example", 1863).expect("a server");
        let mut link = StreamLink::new(remote, Duration::from_secs(9));
        assert!(matches!(
            link.poll_stream(NOW),
            Some(StreamAsk::Connect { .. })
        ));
        link.handle_connected(STREAM, NOW);
        assert!(matches!(link.poll_event(), Some(LinkEvent::Opened)));
        link
    }

    fn told(link: &mut StreamLink) -> Vec<String> {
        let short = |event| match event {
            LinkEvent::Opened => "opened".to_owned(),
            LinkEvent::Received(bytes) => format!("received {}", bytes.len()),
            LinkEvent::Sent(id) => format!("sent {}", id.0),
            LinkEvent::Unsent { id, fate } => format!("{} {fate:?}", id.0),
            LinkEvent::Gap => "gap".to_owned(),
            LinkEvent::Closed(reason) => format!("closed {reason:?}"),
        };
        std::iter::from_fn(|| link.poll_event())
            .map(short)
            .collect()
    }

    #[test]
    fn what_did_not_leave_is_told_apart_from_what_may_have() {
        let mut link = open();
        for text in ["one", "two", "three"] {
            link.send(text.into()).expect("room");
        }
        assert_eq!(
            link.poll_send(STREAM, NOW).as_deref(),
            Some(&b"onetwothree"[..])
        );
        link.send("four".into()).expect("room");
        // The network took "onetw": of "two" half may have arrived, "three" and "four" did not.
        link.handle_closed(STREAM, Some(Failure::Unknown), 6, NOW);
        let expected = [
            "sent 1",
            "sent 2",
            "sent 3",
            "sent 4",
            "2 Unknown",
            "3 NotSent",
            "4 NotSent",
            "closed ConnectionLost",
        ];
        assert_eq!(told(&mut link), expected);
        assert_eq!(link.send("five".into()), Err(LinkError::Closed));
    }

    #[test]
    fn a_stream_that_does_not_come_about_has_sent_nothing() {
        let remote = Remote::tcp("msn.example", 1863).expect("a server");
        let mut link = StreamLink::new(remote, Duration::from_secs(9));
        link.send("hello".into()).expect("room");
        assert!(link.poll_stream(NOW).is_some());
        link.handle_closed(STREAM, Some(Failure::NotSent), 0, NOW);
        assert_eq!(told(&mut link), ["1 NotSent", "closed Unreachable"]);
    }

    #[test]
    fn last_words_are_sent_before_the_end() {
        let mut link = open();
        link.close_with("OUT\r\n".into()).expect("it is open");
        assert_eq!(link.poll_stream(NOW), None, "not before they are given");
        assert_eq!(
            link.poll_send(STREAM, NOW).as_deref(),
            Some(&b"OUT\r\n"[..])
        );
        assert_eq!(link.poll_stream(NOW), Some(StreamAsk::Finish(STREAM)));
        assert_eq!(link.poll_send(STREAM, NOW), None);
        link.handle_closed(STREAM, None, 0, NOW);
        assert_eq!(told(&mut link), ["sent 1", "closed Requested"]);
    }

    #[test]
    fn what_waits_is_bounded_in_both_directions() {
        let mut link = open();
        let large = Bytes::from(vec![0; MOST_WAITING + 1]);
        assert_eq!(link.send(large.clone()), Err(LinkError::TooLarge));
        link.send(large.slice(1..)).expect("room");
        assert_eq!(link.send("x".into()), Err(LinkError::Full));
        assert_eq!(link.poll_send(STREAM, NOW).map(|it| it.len()), Some(CHUNK));
        link.send("x".into()).expect("room again");
        assert!(link.wants_read(STREAM));
        link.handle_received(STREAM, vec![0; MOST_UNREAD].into(), NOW);
        assert!(!link.wants_read(STREAM));
        told(&mut link);
        assert!(link.wants_read(STREAM));
    }

    #[test]
    fn a_stream_that_slept_is_not_trusted() {
        let mut link = open();
        link.handle_suspended();
        assert_eq!(link.poll_stream(NOW), Some(StreamAsk::Drop(STREAM)));
        assert_eq!(told(&mut link), ["closed ConnectionLost"]);
    }
}
