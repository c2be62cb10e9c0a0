//! The stream door of the [`Server`]: clients that come by a byte stream (TCP, TLS) instead of the gateway.
//!
//! The nouns are those of [`StreamMachine`](machine_contract::StreamMachine), seen from the listening side.

use bytes::Bytes;
use gateway_sm::ConnectionEnd;
use machine_contract::{StreamAsk, StreamId};

use super::Server;
use super::caller::Caller;
use super::streams::Heard;
use crate::now::Now;

/// # Streams
///
/// A client that comes by a stream speaks the same dialects as one of the gateway, told by its first bytes, under the same
/// limits. A stream's host gives what comes ([`handle_received`](Self::handle_received)) while the server
/// [wants to read](Self::wants_read), and takes one chunk at a time ([`poll_send`](Self::poll_send)): the next when it has
/// said that the network took the one before ([`handle_taken`](Self::handle_taken)). A client that does not take what it is
/// sent holds what waits for it, is not read, and in the end is over: the host gives up a chunk that is not taken in time.
///
/// What a message needs to count as received by a client that never says so: a later command of the stream, or the
/// stream's [orderly end](ConnectionEnd::Orderly).
impl Server {
    /// A peer has made a stream, by TLS or without. Its id; `None` and the host drops it: there are too many.
    #[must_use]
    pub fn handle_accepted(&mut self, from: Caller, now: Now) -> Option<StreamId> {
        let accepted = self.backend().handle_accepted(from, now);
        self.drive(now);
        accepted
    }

    /// The peer said this. Whether more [is to be read](Self::wants_read).
    pub fn handle_received(&mut self, id: StreamId, bytes: Bytes, now: Now) -> bool {
        self.hear(id, Heard::Received(bytes), now);
        self.wants_read(id)
    }

    /// The network has taken all that [`poll_send`](Self::poll_send) gave.
    pub fn handle_taken(&mut self, id: StreamId, now: Now) {
        self.hear(id, Heard::Taken, now);
    }

    /// The peer says nothing more; it may still read. It is answered, and then the stream is to be finished.
    pub fn handle_finished(&mut self, id: StreamId, now: Now) {
        self.hear(id, Heard::Finished, now);
    }

    /// The stream is over, by whomever. Not told of one that was to be dropped.
    pub fn handle_closed(&mut self, id: StreamId, end: ConnectionEnd, now: Now) {
        self.hear(id, Heard::Closed(end), now);
    }

    /// The next thing to be done with a stream: to [finish](StreamAsk::Finish) it, when all that was said is taken, or
    /// to [drop](StreamAsk::Drop) it. None is ever made.
    #[must_use]
    pub fn poll_stream(&mut self) -> Option<StreamAsk> {
        self.backend().streams().poll_ask()
    }

    /// A stream that has bytes to send, or is to be read again: each is named when that becomes true.
    #[must_use]
    pub fn poll_ready(&mut self) -> Option<StreamId> {
        self.backend().streams().poll_ready()
    }

    /// The next bytes for a stream, at most 64 KiB and never empty. None until those before are
    /// [taken](Self::handle_taken).
    #[must_use]
    pub fn poll_send(&mut self, id: StreamId) -> Option<Bytes> {
        self.backend().streams().poll_send(id)
    }

    /// Whether a stream is to be read: its client does not run ahead of its answers, and takes what it is sent.
    #[must_use]
    pub fn wants_read(&mut self, id: StreamId) -> bool {
        self.backend().streams().wants_read(id)
    }

    /// Whether it is not known who speaks by a stream: its host may let it wait for those who are known.
    pub fn is_strangers(&mut self, id: StreamId) -> bool {
        self.backend().streams().is_strangers(id)
    }

    /// Streams that are not over.
    pub fn open_streams(&mut self) -> usize {
        self.backend().streams().len()
    }

    /// Bytes that wait for clients of streams.
    pub fn queued_bytes(&mut self) -> usize {
        self.backend().streams().queued()
    }

    fn hear(&mut self, id: StreamId, heard: Heard, now: Now) {
        self.backend().handle_stream(id, heard, now);
        self.drive(now);
    }
}
