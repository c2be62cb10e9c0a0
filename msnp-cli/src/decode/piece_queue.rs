//! `PieceQueue`: bytes that arrived and are not yet read, taken by the line or by the count.

use std::collections::VecDeque;

use crate::recording::{Piece, Place};

/// A queue of pieces.
#[derive(Debug, Default)]
pub(super) struct PieceQueue {
    pieces: VecDeque<Piece>,
    length: usize,
    /// How many pieces at the front hold no line feed, and their bytes.
    scanned: (usize, usize),
}

impl PieceQueue {
    /// Appends a piece.
    pub(super) fn push(&mut self, piece: Piece) {
        if !piece.bytes().is_empty() {
            self.length += piece.bytes().len();
            self.pieces.push_back(piece);
        }
    }

    /// How many bytes there are.
    pub(super) const fn len(&self) -> usize {
        self.length
    }

    /// Where the first byte stands.
    pub(super) fn place(&self) -> Option<Place> {
        self.pieces.front().map(|piece| piece.place(0))
    }

    /// Takes a line with its line feed; `None` if there is none yet.
    pub(super) fn take_line(&mut self) -> Option<Vec<u8>> {
        let mut before = self.scanned.1;
        let mut end = None;
        for piece in self.pieces.range(self.scanned.0..) {
            if let Some(at) = piece.bytes().iter().position(|b| *b == b'\n') {
                end = Some(before + at + 1);
                break;
            }
            before += piece.bytes().len();
        }
        let Some(end) = end else {
            self.scanned = (self.pieces.len(), self.length);
            return None;
        };
        let mut line = Vec::with_capacity(end);
        for piece in self.take(end) {
            line.extend_from_slice(piece.bytes());
        }
        Some(line)
    }

    /// Takes at most `count` bytes.
    pub(super) fn take(&mut self, count: usize) -> Vec<Piece> {
        let mut taken = Vec::new();
        let mut wanted = count.min(self.length);
        self.length -= wanted;
        if wanted > 0 {
            self.scanned = (0, 0);
        }
        while wanted > 0
            && let Some(front) = self.pieces.front_mut()
        {
            let part = front.split_to(wanted);
            wanted -= part.bytes().len();
            taken.push(part);
            if front.bytes().is_empty() {
                self.pieces.pop_front();
            }
        }
        taken
    }

    /// The first bytes, at most `count`.
    pub(super) fn peek(&self, count: usize) -> Vec<u8> {
        self.pieces
            .iter()
            .flat_map(|piece| piece.bytes().iter().copied())
            .take(count)
            .collect()
    }

    /// Takes everything.
    pub(super) fn drain(&mut self) -> Vec<Piece> {
        self.length = 0;
        self.scanned = (0, 0);
        self.pieces.drain(..).collect()
    }
}
