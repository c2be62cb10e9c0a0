//! `Lines`: the streams of the server machine, between it and the driver, with one piece each way in between.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;
use machine_contract::{Failure, StreamAsk, StreamId};
use msnp_server::imsoap::{StreamNews, StreamOrder};

use super::told::Told;

/// All streams that are not over.
#[derive(Debug, Default)]
pub(super) struct Lines {
    open: BTreeMap<StreamId, Line>,
    asks: VecDeque<StreamAsk>,
    /// Of which the driver has to ask anew.
    moved: BTreeSet<StreamId>,
    /// The driver has taken what was to be said on them.
    made_room: BTreeSet<StreamId>,
}

#[derive(Debug, Default)]
struct Line {
    to_say: Option<Bytes>,
    /// Bytes that the driver was given.
    given: u64,
    is_to_be_read: bool,
}

impl Lines {
    pub(super) fn order(&mut self, order: StreamOrder) {
        match order {
            StreamOrder::Connect { id, to, deadline } => {
                self.open.insert(id, Line::default());
                self.asks.push_back(StreamAsk::Connect { id, to, deadline });
            }
            StreamOrder::Send(id, bytes) => {
                // The next comes once this one was taken.
                self.change(id, |line| line.to_say = Some(bytes));
            }
            StreamOrder::Read(id) => self.change(id, |line| line.is_to_be_read = true),
            StreamOrder::Finish(id) => {
                self.change(id, |_| {});
                self.asks.push_back(StreamAsk::Finish(id));
            }
            StreamOrder::Drop(id) => {
                self.forget(id);
                self.asks.push_back(StreamAsk::Drop(id));
            }
        }
    }

    /// What is said of a stream that is over is of no consequence.
    fn change(&mut self, id: StreamId, change: impl FnOnce(&mut Line)) {
        if let Some(line) = self.open.get_mut(&id) {
            change(line);
            self.moved.insert(id);
        }
    }

    pub(super) fn poll_ask(&mut self) -> Option<StreamAsk> {
        self.asks.pop_front()
    }

    pub(super) fn poll_moved(&mut self) -> Option<StreamId> {
        self.moved.pop_first()
    }

    pub(super) fn poll_send(&mut self, id: StreamId) -> Option<Bytes> {
        let line = self.open.get_mut(&id)?;
        let bytes = line.to_say.take()?;
        line.given += bytes.len() as u64;
        self.made_room.insert(id);
        Some(bytes)
    }

    pub(super) fn wants_read(&self, id: StreamId) -> bool {
        self.open.get(&id).is_none_or(|line| line.is_to_be_read)
    }

    pub(super) fn has_made_room(&self) -> bool {
        !self.made_room.is_empty()
    }

    pub(super) fn take_made_room(&mut self) -> impl Iterator<Item = Told> + use<> {
        let taken = std::mem::take(&mut self.made_room).into_iter();
        taken.map(|id| Told::Stream(id, StreamNews::Taken))
    }

    pub(super) fn connected(&mut self, id: StreamId) -> Option<Told> {
        self.told(id, StreamNews::Connected)
    }

    pub(super) fn received(&mut self, id: StreamId, bytes: Bytes) -> Option<Told> {
        self.open.get_mut(&id)?.is_to_be_read = false;
        self.told(id, StreamNews::Received(bytes))
    }

    pub(super) fn finished(&mut self, id: StreamId) -> Option<Told> {
        self.told(id, StreamNews::Finished)
    }

    pub(super) fn closed(
        &mut self,
        id: StreamId,
        failure: Option<Failure>,
        unwritten: usize,
    ) -> Option<Told> {
        let line = self.forget(id)?;
        let left = line.given.saturating_sub(unwritten as u64);
        Some(Told::Stream(id, StreamNews::Closed { failure, left }))
    }

    fn told(&self, id: StreamId, news: StreamNews) -> Option<Told> {
        let is_open = self.open.contains_key(&id);
        is_open.then_some(Told::Stream(id, news))
    }

    fn forget(&mut self, id: StreamId) -> Option<Line> {
        self.moved.remove(&id);
        self.made_room.remove(&id);
        self.open.remove(&id)
    }
}

#[cfg(test)]
mod tests {
    use machine_contract::{Instant, Remote};

    use super::*;

    const ID: StreamId = StreamId::new(1);

    fn connected() -> Lines {
        let mut lines = Lines::default();
        let to = Remote::tcp("msn.example", 1863).unwrap();
        let deadline = Instant::ORIGIN;
        lines.order(StreamOrder::Connect {
            id: ID,
            to,
            deadline,
        });
        assert!(matches!(lines.poll_ask(), Some(StreamAsk::Connect { .. })));
        assert!(lines.connected(ID).is_some());
        lines
    }

    #[track_caller]
    fn is(told: Option<Told>, expected: &StreamNews) {
        assert!(matches!(told, Some(Told::Stream(ID, news)) if news == *expected));
    }

    #[test]
    fn room_is_told_of_once_what_was_to_be_said_is_taken() {
        let mut lines = connected();
        lines.order(StreamOrder::Send(ID, Bytes::from_static(b"VER")));
        assert_eq!(lines.poll_moved(), Some(ID));
        assert!(!lines.has_made_room());
        assert_eq!(lines.poll_send(ID), Some(Bytes::from_static(b"VER")));
        assert_eq!(lines.poll_send(ID), None);
        assert!(lines.has_made_room());
        is(lines.take_made_room().next(), &StreamNews::Taken);
        assert!(!lines.has_made_room());
    }

    #[test]
    fn one_piece_is_read_for_each_order() {
        let mut lines = connected();
        assert!(!lines.wants_read(ID));
        lines.order(StreamOrder::Read(ID));
        assert!(lines.wants_read(ID));
        let bytes = Bytes::from_static(b"x");
        is(
            lines.received(ID, bytes.clone()),
            &StreamNews::Received(bytes),
        );
        assert!(!lines.wants_read(ID));
    }

    /// What lay between the machine and the driver had left, as far as the machine could tell.
    #[test]
    fn what_the_driver_never_took_has_not_left() {
        let mut lines = connected();
        lines.order(StreamOrder::Send(ID, Bytes::from_static(b"12345")));
        assert!(lines.poll_send(ID).is_some());
        lines.order(StreamOrder::Send(ID, Bytes::from_static(b"678")));
        let failure = Some(Failure::Unknown);
        is(
            lines.closed(ID, failure, 2),
            &StreamNews::Closed { failure, left: 3 },
        );
        assert!(!lines.has_made_room() && lines.poll_moved().is_none());
        // Nothing more is told of it.
        assert!(lines.closed(ID, None, 0).is_none() && lines.connected(ID).is_none());
        lines.order(StreamOrder::Read(ID));
        assert!(lines.poll_moved().is_none());
    }

    #[test]
    fn a_stream_that_is_dropped_is_forgotten() {
        let mut lines = connected();
        lines.order(StreamOrder::Send(ID, Bytes::from_static(b"OUT")));
        lines.order(StreamOrder::Drop(ID));
        assert_eq!(lines.poll_ask(), Some(StreamAsk::Drop(ID)));
        assert_eq!(lines.poll_send(ID), None);
        assert!(lines.finished(ID).is_none());
    }
}
