//! `Tunnel`: one session of the gateway and the stream behind it.

use std::collections::VecDeque;
use std::net::IpAddr;

use bytes::{Bytes, BytesMut};
use gateway_sm::{ExchangeId, OpenRequest, Protocol};
use machine_contract::{Remote, StreamId};
use msnp_proto::{Frame, FrameError, Limits, PayloadTable, Side};

use crate::awaited::{Awaited, ClientReader};
use crate::framer::{Framer, Piece};

/// Requests whose answer is waited for. A gateway has fewer of one session at a time; those that it has given up are found here still.
const POSTS: usize = 64;

/// What one client says and is told.
#[derive(Debug)]
pub(crate) struct Tunnel {
    to: Remote,
    peer: Option<IpAddr>,
    stream: Option<StreamId>,
    connected: bool,
    unsent: Unsent,
    framer: Framer,
    client: ClientReader,
    posts: VecDeque<(ExchangeId, Awaited)>,
}

/// What waits for a server.
#[derive(Debug, Default)]
pub(crate) struct Unsent {
    pieces: VecDeque<Bytes>,
    bytes: usize,
}

impl Unsent {
    pub(crate) fn push(&mut self, bytes: Bytes) {
        self.bytes += Self::size(&bytes);
        self.pieces.push_back(bytes);
    }

    pub(crate) fn pop(&mut self) -> Option<Bytes> {
        let piece = self.pieces.pop_front()?;
        self.bytes -= Self::size(&piece);
        Some(piece)
    }

    /// A piece counts as what it holds and takes, so that the bound bounds their number too.
    const fn size(piece: &Bytes) -> usize {
        piece.len() + size_of::<Bytes>()
    }

    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }
}

/// What a chunk of the server's comes to.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// Whole frames, for one reply.
    pub(crate) frames: BytesMut,
    /// The requests that they answer.
    pub(crate) answered: Vec<ExchangeId>,
}

impl Tunnel {
    /// A session that leads there. The stream is made when the client has said something: no server of this protocol speaks first.
    pub(crate) fn new(to: Remote, request: &OpenRequest, limits: Limits) -> Self {
        let table = |side| match request.open.protocol {
            Protocol::Msnp => PayloadTable::sent_by(side),
            Protocol::Mtp => PayloadTable::msnp24(),
        };
        Self {
            to,
            peer: request.peer.map(|peer| peer.0),
            stream: None,
            connected: false,
            unsent: Unsent::default(),
            framer: Framer::new(table(Side::Server), limits),
            client: ClientReader::new(table(Side::Client)),
            posts: VecDeque::new(),
        }
    }

    pub(crate) const fn to(&self) -> &Remote {
        &self.to
    }

    pub(crate) const fn peer(&self) -> Option<IpAddr> {
        self.peer
    }

    pub(crate) const fn stream(&self) -> Option<StreamId> {
        self.stream
    }

    /// The stream is being made.
    pub(crate) const fn connect(&mut self, stream: StreamId) {
        self.stream = Some(stream);
    }

    /// The stream is there.
    pub(crate) const fn connected(&mut self) {
        self.connected = true;
    }

    /// Whether the stream is there, or was.
    pub(crate) const fn was_connected(&self) -> bool {
        self.connected
    }

    /// The stream is over.
    pub(crate) const fn disconnect(&mut self) {
        self.stream = None;
    }

    pub(crate) const fn unsent(&mut self) -> &mut Unsent {
        &mut self.unsent
    }

    /// What is left for the server, when the client is gone.
    pub(crate) fn into_unsent(self) -> Unsent {
        self.unsent
    }

    /// Bytes of a frame that the server has not ended.
    pub(crate) fn unfinished(&self) -> usize {
        self.framer.unfinished()
    }

    /// A client has posted this. False: nothing that the server says will answer it.
    pub(crate) fn post(&mut self, exchange: ExchangeId, bytes: Bytes) -> bool {
        self.unsent.push(bytes.clone());
        let awaited = self.client.read(bytes);
        if awaited == Awaited::Nothing {
            return false;
        }
        if self.posts.len() >= POSTS {
            self.posts.pop_front();
        }
        self.posts.push_back((exchange, awaited));
        true
    }

    /// The server has said this. `look` sees each frame, and may give other bytes for it.
    ///
    /// # Errors
    /// The server cannot be followed any more; what it said before is in `said`.
    pub(crate) fn hear(
        &mut self,
        bytes: Bytes,
        said: &mut Said,
        mut look: impl FnMut(&Frame) -> Option<Bytes>,
    ) -> Result<(), FrameError> {
        self.framer.push(bytes);
        while let Some(piece) = self.framer.next()? {
            match piece {
                Piece::Frame(frame) => {
                    self.posts.retain(|(exchange, awaited)| {
                        let met = awaited.is_met_by(&frame);
                        said.answered.extend(met.then_some(*exchange));
                        !met
                    });
                    match look(&frame) {
                        Some(other) => said.frames.extend_from_slice(&other),
                        None => said.frames.extend_from_slice(frame.as_bytes()),
                    }
                }
                Piece::Line(line) => said.frames.extend_from_slice(&line),
            }
        }
        Ok(())
    }
}
