//! `Outgoing`: the frames for one client, from the application's hands to what is known of their arrival.

use bytes::Bytes;

use super::event::{ExchangeId, HttpConnection};
use super::frames::{Frames, Piece};

/// What waits for a client, what is on its way, and what was written and perhaps not read.
#[derive(Default)]
pub(super) struct Outgoing {
    queue: Frames,
    /// The reply that carries frames and is neither sent nor lost yet.
    in_flight: Option<Box<InFlight>>,
    /// Tagged frames that were written and of which it is not known whether they were read.
    carried: Vec<Carried>,
}

/// Frames on their way.
struct InFlight {
    exchange: ExchangeId,
    by: Option<HttpConnection>,
    bytes: usize,
    tags: Vec<u64>,
}

/// Frames that were written to a connection.
struct Carried {
    by: HttpConnection,
    tags: Vec<u64>,
}

/// Replies with tagged frames that were written and of which nothing more is known; a client has few connections.
const CARRIERS: usize = 64;

impl Outgoing {
    /// Puts frames behind what waits.
    pub(super) fn push(&mut self, piece: Piece) {
        self.queue.push(piece);
    }

    /// Bytes that the client has not got yet, as far as is known.
    pub(super) fn bytes(&self) -> usize {
        self.queue.bytes() + self.in_flight.as_ref().map_or(0, |out| out.bytes)
    }

    /// Whether frames wait for a reply.
    pub(super) fn is_queued(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Whether frames are on their way: none may overtake them.
    pub(super) const fn is_out(&self) -> bool {
        self.in_flight.is_some()
    }

    /// The next body, up to `most` bytes or one larger piece. Nothing while another is on its way.
    pub(super) fn take(&mut self, most: usize) -> Piece {
        if self.is_out() {
            return Piece::default();
        }
        self.queue.take(most)
    }

    /// Everything that waits, for the application.
    pub(super) fn drain(&mut self) -> Vec<Bytes> {
        self.queue.drain()
    }

    /// Frames leave with the reply to this exchange, by this connection.
    pub(super) fn leave(
        &mut self,
        exchange: ExchangeId,
        by: Option<HttpConnection>,
        bytes: usize,
        tags: Vec<u64>,
    ) {
        if bytes > 0 {
            let out = InFlight {
                exchange,
                by,
                bytes,
                tags,
            };
            self.in_flight = Some(Box::new(out));
        }
    }

    /// The reply to this exchange was written. Gives the tags of its frames, and the connection.
    pub(super) fn sent(&mut self, exchange: ExchangeId) -> Option<(HttpConnection, Vec<u64>)> {
        let InFlight { by, tags, .. } = *self.take_in_flight(exchange)?;
        let by = by.filter(|_| !tags.is_empty())?;
        if self.carried.len() >= CARRIERS {
            // What became of a reply that was written so many replies ago will not be known.
            self.carried.remove(0);
        }
        let kept = tags.clone();
        self.carried.push(Carried { by, tags: kept });
        Some((by, tags))
    }

    /// The reply to this exchange did not arrive: its frames go back in front.
    pub(super) fn lost(&mut self, exchange: ExchangeId, frames: Bytes) {
        let out = self.take_in_flight(exchange);
        if !frames.is_empty() {
            let tags = out.map_or_else(Vec::new, |out| out.tags);
            self.queue.put_back(Piece { frames, tags });
        }
    }

    /// Gives up what was written to a connection.
    pub(super) fn take_carried(&mut self, by: HttpConnection) -> Vec<u64> {
        let mut tags = Vec::new();
        self.carried.retain_mut(|carried| {
            let stays = carried.by != by;
            if !stays {
                tags.append(&mut carried.tags);
            }
            stays
        });
        tags
    }

    /// The connections that tagged frames were written to.
    pub(super) fn carriers(&self) -> impl Iterator<Item = HttpConnection> {
        self.carried.iter().map(|carried| carried.by)
    }

    fn take_in_flight(&mut self, exchange: ExchangeId) -> Option<Box<InFlight>> {
        self.in_flight.take_if(|out| out.exchange == exchange)
    }
}
