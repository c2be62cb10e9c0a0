//! `Mux`: several machines as one. Whose request or stream is whose.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

#[cfg(feature = "http")]
use crate::{HttpMachine, Transmit};
use crate::{Instant, RequestId, SortedMap, StreamAsk, StreamId, StreamMachine};

/// Numbers the requests and streams of inner machines anew, so that the outer machine which holds them
/// shows its driver one row of ids.
///
/// The inner machines stay where they are, in fields of whatever types; each has a key, and every call
/// names it. What comes back from the driver is asked of the mux ([`end_request`](Self::end_request),
/// [`stream`](Self::stream)), which says to whom it goes and what that one calls it.
///
/// When an inner machine is dropped, [`remove`](Self::remove) its key: its requests are cancelled and its
/// streams dropped. A key can be used again afterwards; what still arrives for the old one is nobody's.
///
/// ```
/// # #[cfg(feature = "http")] {
/// use machine_contract::{HttpMachine, Instant, Mux, RequestId, Transmit};
///
/// #[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord)]
/// enum Part { SignIn, Connection }
///
/// fn next(
///     mux: &mut Mux<Part>,
///     sign_in: &mut impl HttpMachine,
///     connection: &mut impl HttpMachine,
///     now: Instant,
/// ) -> Option<Transmit> {
///     mux.poll_transmit(Part::SignIn, sign_in, now)
///         .or_else(|| mux.poll_transmit(Part::Connection, connection, now))
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Mux<K> {
    requests: Routes<K>,
    streams: Routes<K>,
    cancelled: VecDeque<RequestId>,
    dropped: VecDeque<StreamId>,
}

impl<K> Default for Mux<K> {
    fn default() -> Self {
        Self {
            requests: Routes::default(),
            streams: Routes::default(),
            cancelled: VecDeque::new(),
            dropped: VecDeque::new(),
        }
    }
}

#[cfg(feature = "http")]
impl<K: Copy + Ord> Mux<K> {
    /// The next request of one inner machine, under its outer id.
    #[must_use]
    pub fn poll_transmit(
        &mut self,
        key: K,
        inner: &mut impl HttpMachine,
        now: Instant,
    ) -> Option<Transmit> {
        let mut transmit = inner.poll_transmit(now)?;
        let outer = self.requests.open(key, transmit.id.get());
        transmit.id = RequestId::new(outer);
        Some(transmit)
    }

    /// The next request that one inner machine wants no longer. One that has ended meanwhile is passed
    /// over: it is nobody's to drop.
    #[must_use]
    pub fn poll_cancel(&mut self, key: K, inner: &mut impl HttpMachine) -> Option<RequestId> {
        loop {
            let id = inner.poll_cancel()?;
            if let Some(outer) = self.requests.close_inner(key, id.get()) {
                return Some(RequestId::new(outer));
            }
        }
    }
}

impl<K: Copy + Ord> Mux<K> {
    /// A mux without any inner machine.
    pub fn new() -> Self {
        Self::default()
    }

    /// The request that the driver calls `outer` has ended: whose it was, and what that one calls it.
    /// `None` if it is nobody's any more.
    pub fn end_request(&mut self, outer: RequestId) -> Option<(K, RequestId)> {
        let (key, inner) = self.requests.close(outer.get())?;
        Some((key, RequestId::new(inner)))
    }

    /// The next request of a removed machine, to be dropped.
    #[must_use]
    pub fn poll_cancelled(&mut self) -> Option<RequestId> {
        self.cancelled.pop_front()
    }

    /// What one inner machine wants done with a stream next, under the stream's outer id.
    #[must_use]
    pub fn poll_stream(
        &mut self,
        key: K,
        inner: &mut impl StreamMachine,
        now: Instant,
    ) -> Option<StreamAsk> {
        loop {
            let ask = match inner.poll_stream(now)? {
                StreamAsk::Connect { id, to, deadline } => {
                    let id = StreamId::new(self.streams.open(key, id.get()));
                    Some(StreamAsk::Connect { id, to, deadline })
                }
                StreamAsk::Finish(id) => {
                    let outer = self.streams.outer(key, id.get());
                    outer.map(|outer| StreamAsk::Finish(StreamId::new(outer)))
                }
                StreamAsk::Drop(id) => {
                    let outer = self.streams.close_inner(key, id.get());
                    outer.map(|outer| StreamAsk::Drop(StreamId::new(outer)))
                }
            };
            // What it says of a stream that has ended meanwhile is of no consequence.
            if ask.is_some() {
                return ask;
            }
        }
    }

    /// An inner machine has accepted a stream: its outer id.
    pub fn accept(&mut self, key: K, inner: StreamId) -> StreamId {
        StreamId::new(self.streams.open(key, inner.get()))
    }

    /// Whose the stream is that the driver calls `outer`, and what that one calls it; `None` if it is
    /// nobody's any more.
    pub fn stream(&self, outer: StreamId) -> Option<(K, StreamId)> {
        let (key, inner) = self.streams.get(outer.get())?;
        Some((key, StreamId::new(inner)))
    }

    /// The same for a stream that has ended, which is nobody's from now on.
    pub fn end_stream(&mut self, outer: StreamId) -> Option<(K, StreamId)> {
        let (key, inner) = self.streams.close(outer.get())?;
        Some((key, StreamId::new(inner)))
    }

    /// The next stream of a removed machine, to be dropped.
    #[must_use]
    pub fn poll_dropped(&mut self) -> Option<StreamAsk> {
        self.dropped.pop_front().map(StreamAsk::Drop)
    }

    /// An inner machine is gone, and with it all its requests and streams.
    pub fn remove(&mut self, key: K) {
        let requests = self.requests.close_all(key);
        self.cancelled.extend(requests.map(RequestId::new));
        let streams = self.streams.close_all(key);
        self.dropped.extend(streams.map(StreamId::new));
    }
}

/// Both directions of one numbering. Outer numbers count up and are never used twice.
#[derive(Clone, Debug)]
struct Routes<K> {
    last: u64,
    inward: SortedMap<u64, (K, u64)>,
    outward: SortedMap<(K, u64), u64>,
}

impl<K> Default for Routes<K> {
    fn default() -> Self {
        Self {
            last: 0,
            inward: SortedMap::new(),
            outward: SortedMap::new(),
        }
    }
}

impl<K: Copy + Ord> Routes<K> {
    fn open(&mut self, key: K, inner: u64) -> u64 {
        self.last += 1;
        self.inward.insert(self.last, (key, inner));
        self.outward.insert((key, inner), self.last);
        self.last
    }

    fn get(&self, outer: u64) -> Option<(K, u64)> {
        self.inward.get(&outer).copied()
    }

    fn outer(&self, key: K, inner: u64) -> Option<u64> {
        self.outward.get(&(key, inner)).copied()
    }

    fn close(&mut self, outer: u64) -> Option<(K, u64)> {
        let route = self.inward.remove(&outer)?;
        self.outward.remove(&route);
        Some(route)
    }

    fn close_inner(&mut self, key: K, inner: u64) -> Option<u64> {
        let outer = self.outward.remove(&(key, inner))?;
        self.inward.remove(&outer);
        Some(outer)
    }

    /// Those of one key, in the order in which they were opened.
    fn close_all(&mut self, key: K) -> impl Iterator<Item = u64> + use<K> {
        let mine = self.inward.iter().filter(|(_, (owner, _))| *owner == key);
        let closed: Vec<u64> = mine.map(|(outer, _)| *outer).collect();
        for outer in &closed {
            self.close(*outer);
        }
        closed.into_iter()
    }
}

#[cfg(test)]
mod tests;
