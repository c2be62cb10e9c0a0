//! `Stream`: what one byte stream has asked, what waits for it, and what is known of the messages that left by it.

use std::collections::VecDeque;
use std::net::IpAddr;

use bytes::{Bytes, BytesMut};

use crate::network::{ConnectionId, Number};

/// One client's stream.
#[derive(Debug)]
pub(super) struct Stream {
    connection: ConnectionId,
    peer: IpAddr,
    queue: VecDeque<Piece>,
    /// Bytes in it.
    queued: usize,
    /// What was given to the host, which has not said that the network took it.
    in_flight: Option<Piece>,
    /// Messages that the network took, and of which it is not known whether they were read.
    carried: Vec<Number>,
    /// Pieces that came and whose commands have not all been answered.
    unanswered: usize,
    /// The peer says nothing more.
    finished: bool,
    end: End,
    /// Bytes that came behind the end and were thrown away.
    unheard: usize,
    /// It speaks for somebody.
    signed_in: bool,
    /// The host was told to read.
    reads: bool,
}

/// Whether something is still said.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum End {
    /// Yes.
    No,
    /// What waits, and nothing more.
    Wanted,
    /// Nothing, and the host was told so.
    Told,
}

/// Frames, with the messages that they end with.
#[derive(Debug)]
struct Piece {
    bytes: Bytes,
    messages: Vec<Number>,
}

/// The most that the host is given at once: what it holds for a peer that does not read.
const CHUNK: usize = 64 * 1024;

/// Bytes that a peer may say behind the end. They are read so that what was said last is not lost; whoever sends more than was
/// perhaps under way is not waiting for that.
const UNHEARD: usize = 64 * 1024;

/// Pieces that may wait for their answers; as many as a session of the gateway may have requests.
const AHEAD: usize = 16;

/// Messages of which it is not known whether they were read. Of the oldest above it that will not be known.
const CARRIED: usize = 4096;

impl Stream {
    pub(super) const fn new(connection: ConnectionId, peer: IpAddr) -> Self {
        Self {
            connection,
            peer,
            queue: VecDeque::new(),
            queued: 0,
            in_flight: None,
            carried: Vec::new(),
            unanswered: 0,
            finished: false,
            end: End::No,
            unheard: 0,
            signed_in: false,
            reads: true,
        }
    }

    pub(super) const fn connection(&self) -> ConnectionId {
        self.connection
    }

    pub(super) const fn peer(&self) -> IpAddr {
        self.peer
    }

    pub(super) const fn is_signed_in(&self) -> bool {
        self.signed_in
    }

    /// It speaks for somebody.
    pub(super) const fn sign_in(&mut self) {
        self.signed_in = true;
    }

    /// Bytes that the network has not taken.
    pub(super) fn backlog(&self) -> usize {
        let in_flight = self.in_flight.as_ref();
        self.queued + in_flight.map_or(0, |piece| piece.bytes.len())
    }

    /// Puts frames behind what waits. Nothing is said any more once the end is wanted.
    pub(super) fn push(&mut self, bytes: Bytes, messages: Vec<Number>) {
        if self.end == End::No && !bytes.is_empty() {
            self.queued += bytes.len();
            self.queue.push_back(Piece { bytes, messages });
        }
    }

    /// The next bytes for the host. Nothing while it has some.
    pub(super) fn take(&mut self) -> Option<Bytes> {
        if self.in_flight.is_some() {
            return None;
        }
        let first = self.queue.front_mut()?;
        let (bytes, messages) = if first.bytes.len() > CHUNK {
            (first.bytes.split_to(CHUNK), Vec::new())
        } else {
            self.take_whole()?
        };
        self.queued -= bytes.len();
        let given = bytes.clone();
        self.in_flight = Some(Piece { bytes, messages });
        Some(given)
    }

    /// Whole pieces, as many as go into a chunk.
    fn take_whole(&mut self) -> Option<(Bytes, Vec<Number>)> {
        let Piece {
            bytes,
            mut messages,
        } = self.queue.pop_front()?;
        let fits = |length: usize, next: &Piece| length + next.bytes.len() <= CHUNK;
        if !self
            .queue
            .front()
            .is_some_and(|next| fits(bytes.len(), next))
        {
            return Some((bytes, messages));
        }
        let mut joined = BytesMut::from(bytes);
        while self
            .queue
            .front()
            .is_some_and(|next| fits(joined.len(), next))
            && let Some(next) = self.queue.pop_front()
        {
            joined.extend_from_slice(&next.bytes);
            messages.extend(next.messages);
        }
        Some((joined.freeze(), messages))
    }

    /// The network has taken what the host was given: the messages in it.
    pub(super) fn taken(&mut self) -> Vec<Number> {
        let messages = self.in_flight.take().map(|piece| piece.messages);
        let messages = messages.unwrap_or_default();
        self.carried.extend_from_slice(&messages);
        let above = self.carried.len().saturating_sub(CARRIED);
        self.carried.drain(..above);
        messages
    }

    /// The peer has said something, or ended in order: it has read the messages that the network took before.
    pub(super) fn shown(&mut self) -> Vec<Number> {
        std::mem::take(&mut self.carried)
    }

    /// Something has come that is to be answered.
    pub(super) const fn asked(&mut self) {
        self.unanswered += 1;
    }

    /// All commands of one piece are answered.
    pub(super) const fn answered(&mut self) {
        self.unanswered = self.unanswered.saturating_sub(1);
        self.end_if_done();
    }

    /// The peer says nothing more; it is told what it asked for, and no more.
    pub(super) const fn finish(&mut self) {
        self.finished = true;
        self.end_if_done();
    }

    const fn end_if_done(&mut self) {
        if self.finished && self.unanswered == 0 {
            self.end();
        }
    }

    /// Nothing is said any more but what waits.
    pub(super) const fn end(&mut self) {
        if matches!(self.end, End::No) {
            self.end = End::Wanted;
        }
    }

    /// Something has come behind the end. False: it was too much, and the peer is not waited for any longer.
    pub(super) const fn throw_away(&mut self, bytes: usize) -> bool {
        self.unheard = self.unheard.saturating_add(bytes);
        self.unheard <= UNHEARD
    }

    /// Whether nothing is to be said any more. `true` once.
    pub(super) fn is_to_finish(&mut self) -> bool {
        let done = self.end == End::Wanted && self.queue.is_empty() && self.in_flight.is_none();
        if done {
            self.end = End::Told;
        }
        done
    }

    /// Whether there is something for the host to take.
    pub(super) fn has_bytes(&self) -> bool {
        self.in_flight.is_none() && !self.queue.is_empty()
    }

    /// Whether the peer is listened to: it does not run ahead of its answers, nor of what it reads. At its end what
    /// it says is thrown away, but read: whoever leaves bytes unread resets the connection, and with it what was
    /// said last.
    pub(super) fn wants_read(&self, most_backlog: usize) -> bool {
        self.end != End::No || self.unanswered < AHEAD && self.backlog() < most_backlog
    }

    /// Whether what [`wants_read`](Self::wants_read) says has become true.
    pub(super) fn reads_again(&mut self, most_backlog: usize) -> bool {
        let reads = self.wants_read(most_backlog);
        let before = std::mem::replace(&mut self.reads, reads);
        reads && !before
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn stream() -> Stream {
        Stream::new(ConnectionId(1), Ipv4Addr::LOCALHOST.into())
    }

    #[test]
    fn what_is_given_at_once_is_bounded_and_in_order() {
        let mut stream = stream();
        let long: Vec<u8> = (0..=255).cycle().take(3 * CHUNK + 5).collect();
        stream.push("first".into(), vec![Number(1)]);
        stream.push("second".into(), vec![Number(2)]);
        stream.push(long.clone().into(), vec![Number(3)]);
        stream.push("last".into(), vec![]);
        let (mut all, mut carried) = (Vec::new(), Vec::new());
        while let Some(bytes) = stream.take() {
            assert!(bytes.len() <= CHUNK);
            assert_eq!(stream.take(), None, "one at a time");
            all.extend_from_slice(&bytes);
            carried.push(stream.taken());
        }
        let expected = [b"firstsecond", &long[..], b"last"].concat();
        assert!(all == expected);
        assert_eq!(stream.backlog(), 0);
        assert_eq!(carried[0], [Number(1), Number(2)]);
        assert_eq!(carried[1..].concat(), [Number(3)], "once it is whole");
        assert_eq!(carried.last().map(Vec::len), Some(1));
        assert_eq!(stream.shown(), [Number(1), Number(2), Number(3)]);
        assert_eq!(stream.shown(), []);
    }

    #[test]
    fn a_peer_that_says_nothing_more_is_answered_first() {
        let mut stream = stream();
        stream.asked();
        stream.finish();
        stream.push("answer".into(), vec![]);
        assert!(!stream.is_to_finish());
        stream.answered();
        assert!(!stream.is_to_finish(), "the answer has not left");
        assert_eq!(stream.take().as_deref(), Some(&b"answer"[..]));
        assert!(!stream.is_to_finish());
        stream.taken();
        assert!(stream.is_to_finish());
        assert!(!stream.is_to_finish(), "once");
        stream.push("late".into(), vec![]);
        assert_eq!(stream.take(), None);
    }

    #[test]
    fn a_peer_that_runs_ahead_is_not_read() {
        let mut stream = stream();
        for _ in 0..AHEAD {
            assert!(stream.wants_read(10));
            stream.asked();
        }
        assert!(!stream.wants_read(10));
        assert!(!stream.reads_again(10));
        stream.answered();
        assert!(stream.reads_again(10));
        assert!(!stream.reads_again(10), "said once");
        stream.push("0123456789".into(), vec![]);
        assert!(!stream.wants_read(10) && stream.wants_read(11));
        stream.take();
        assert!(!stream.wants_read(10), "nobody has taken it");
        stream.taken();
        assert!(stream.wants_read(10));
    }

    #[test]
    fn what_is_kept_of_a_client_that_says_nothing_is_bounded() {
        let mut stream = stream();
        for number in 0..CARRIED as u64 + 7 {
            stream.push("m".into(), vec![Number(number)]);
            stream.take();
            stream.taken();
        }
        let shown = stream.shown();
        assert_eq!((shown.len(), shown[0]), (CARRIED, Number(7)));
    }
}
