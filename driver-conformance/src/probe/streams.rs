//! The probe's streams: what each should send, whether it wants to hear, and what it may be told.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use machine_contract::{Instant, Remote, StreamAsk, StreamId};

use super::log::Log;
use super::misuse::Misuse;

#[derive(Debug, Default)]
pub(super) struct Streams {
    asked: u64,
    asks: VecDeque<StreamAsk>,
    all: BTreeMap<StreamId, Stream>,
}

#[derive(Debug)]
struct Stream {
    state: State,
    out: VecDeque<Bytes>,
    /// How much it wants to hear yet.
    appetite: usize,
    /// Chunks that came although it wanted none.
    unwanted: usize,
    peer_finished: bool,
    echo: bool,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum State {
    Connecting,
    Connected,
    Dropped,
    Over,
}

impl Streams {
    pub(super) fn connect(&mut self, to: Remote, deadline: Instant) -> StreamId {
        let id = StreamId::new(self.asked);
        self.asked += 1;
        self.asks.push_back(StreamAsk::Connect { id, to, deadline });
        let stream = Stream {
            state: State::Connecting,
            out: VecDeque::new(),
            appetite: usize::MAX,
            unwanted: 0,
            peer_finished: false,
            echo: false,
        };
        self.all.insert(id, stream);
        id
    }

    pub(super) fn send(&mut self, id: StreamId, chunk: Bytes) {
        if let Some(stream) = self.all.get_mut(&id) {
            stream.out.push_back(chunk);
        }
    }

    pub(super) fn ask(&mut self, ask: StreamAsk) {
        self.asks.push_back(ask);
    }

    pub(super) fn hear(&mut self, id: StreamId, bytes: usize) {
        if let Some(stream) = self.all.get_mut(&id) {
            stream.appetite = bytes;
            stream.unwanted = 0;
        }
    }

    pub(super) fn echo(&mut self, id: StreamId) {
        if let Some(stream) = self.all.get_mut(&id) {
            stream.echo = true;
        }
    }

    pub(super) fn poll_ask(&mut self) -> Option<StreamAsk> {
        let ask = self.asks.pop_front()?;
        if let StreamAsk::Drop(id) = ask
            && let Some(stream) = self.all.get_mut(&id)
            && stream.state != State::Over
        {
            stream.state = State::Dropped;
        }
        Some(ask)
    }

    pub(super) fn poll_send(&mut self, id: StreamId, log: &Log) -> Option<Bytes> {
        let stream = self.get("poll_send", id, log)?;
        if stream.state == State::Connecting {
            let (at, state) = ("poll_send", "not connected yet");
            log.misuse(Misuse::NoSuchStream { at, id, state });
            return None;
        }
        stream.out.pop_front()
    }

    pub(super) fn wants_read(&self, id: StreamId) -> bool {
        self.all.get(&id).is_some_and(|stream| stream.appetite > 0)
    }

    pub(super) fn connected(&mut self, id: StreamId, log: &Log) {
        let at = "handle_connected";
        if let Some(stream) = self.get(at, id, log) {
            if stream.state == State::Connected {
                let state = "connected already";
                log.misuse(Misuse::NoSuchStream { at, id, state });
            }
            stream.state = State::Connected;
        }
    }

    pub(super) fn received(&mut self, id: StreamId, bytes: &Bytes, log: &Log) {
        let len = bytes.len();
        if !(1..=LONGEST_CHUNK).contains(&len) {
            log.misuse(Misuse::Chunk { len });
        }
        let Some(stream) = self.hearing("handle_received", id, log) else {
            return;
        };
        if stream.appetite == 0 {
            // One may have been under way.
            stream.unwanted += 1;
            if stream.unwanted > 1 {
                let chunks = stream.unwanted;
                log.misuse(Misuse::Unwanted { id, chunks });
            }
        }
        if stream.appetite != usize::MAX {
            stream.appetite = stream.appetite.saturating_sub(len);
        }
        if stream.echo {
            stream.out.push_back(bytes.clone());
        }
    }

    pub(super) fn finished(&mut self, id: StreamId, log: &Log) {
        if let Some(stream) = self.hearing("handle_finished", id, log) {
            stream.peer_finished = true;
        }
    }

    pub(super) fn closed(&mut self, id: StreamId, log: &Log) {
        if let Some(stream) = self.get("handle_closed", id, log) {
            stream.state = State::Over;
        }
    }

    /// The stream, if it can be told that its peer says something.
    fn hearing(&mut self, at: &'static str, id: StreamId, log: &Log) -> Option<&mut Stream> {
        let stream = self.get(at, id, log)?;
        let state = match stream.state {
            State::Connected if !stream.peer_finished => return Some(stream),
            State::Connected => "finished by its peer",
            _ => "not connected yet",
        };
        log.misuse(Misuse::NoSuchStream { at, id, state });
        None
    }

    /// The stream, if anything can be told about it.
    fn get(&mut self, at: &'static str, id: StreamId, log: &Log) -> Option<&mut Stream> {
        let state = match self.all.get(&id).map(|stream| stream.state) {
            Some(State::Connecting | State::Connected) => return self.all.get_mut(&id),
            Some(State::Dropped) => "dropped",
            Some(State::Over) => "over",
            None => "unknown",
        };
        log.misuse(Misuse::NoSuchStream { at, id, state });
        None
    }
}

/// The most that a driver reads at a time.
pub(crate) const LONGEST_CHUNK: usize = 16 * 1024;
