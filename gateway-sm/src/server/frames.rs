//! `Frames`: what waits to be sent to one client, in pieces that are never cut, with the tags of their frames.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

/// Whole frames, and the tags that the application gave them.
#[derive(Default)]
pub(super) struct Piece {
    pub(super) frames: Bytes,
    pub(super) tags: Vec<u64>,
}

/// What waits for one client.
#[derive(Default)]
pub(super) struct Frames {
    pieces: VecDeque<Piece>,
    bytes: usize,
}

impl Frames {
    /// Puts a piece behind the others.
    pub(super) fn push(&mut self, piece: Piece) {
        self.bytes += piece.frames.len();
        self.pieces.push_back(piece);
    }

    /// Puts back in front what was taken and has not arrived.
    pub(super) fn put_back(&mut self, piece: Piece) {
        self.bytes += piece.frames.len();
        self.pieces.push_front(piece);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// How many bytes wait.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// All of it, in order.
    pub(super) fn drain(&mut self) -> Vec<Bytes> {
        self.bytes = 0;
        let pieces = std::mem::take(&mut self.pieces).into_iter();
        pieces.map(|piece| piece.frames).collect()
    }

    /// The next body: pieces as the application sent them, up to `most` bytes, or one larger piece.
    pub(super) fn take(&mut self, most: usize) -> Piece {
        let Some(mut first) = self.pieces.pop_front() else {
            return Piece::default();
        };
        self.bytes -= first.frames.len();
        let fits = |next: &Piece, taken: usize| taken + next.frames.len() <= most;
        if !(self.pieces.front()).is_some_and(|second| fits(second, first.frames.len())) {
            return first;
        }
        let room = (first.frames.len() + self.bytes).min(most);
        let mut body = BytesMut::with_capacity(room);
        body.extend_from_slice(&first.frames);
        while (self.pieces.front()).is_some_and(|next| fits(next, body.len()))
            && let Some(mut next) = self.pieces.pop_front()
        {
            body.extend_from_slice(&next.frames);
            self.bytes -= next.frames.len();
            first.tags.append(&mut next.tags);
        }
        first.frames = body.freeze();
        first
    }
}
