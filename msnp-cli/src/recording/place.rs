//! `Place` and `Piece`: bytes of a stream that remember where in the file they were written.

use std::fmt;
use std::rc::Rc;

use bytes::{Buf, Bytes};

/// A place in a file.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// Line, from 1; 0 where the file has no lines (raw streams).
    pub(crate) line: u64,
    /// Byte of the file, from 0.
    pub(crate) offset: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(f, "byte {}", self.offset)
        } else {
            write!(f, "line {}, byte {}", self.line, self.offset)
        }
    }
}

/// How many bytes of the file stand for one byte of the stream.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    /// This many each: 1 for plain text, 2 for `\r`, 4 for `\x41`, 6 for `\u00e9`.
    Each(u8),
    /// Four for three.
    Base64,
    /// Cannot be told; all of them at one place.
    Unknown,
}

/// A run of bytes that are written alike on one line.
#[derive(Copy, Clone, Debug)]
struct Run {
    /// Index of its first byte in the piece.
    at: usize,
    place: Place,
    width: Width,
}

/// Bytes that one side wrote, with their places.
#[derive(Clone)]
pub(crate) struct Piece {
    bytes: Bytes,
    runs: Rc<[Run]>,
    /// Index of the first byte of `bytes` in the piece as it was made.
    shift: usize,
    /// Whether a record or body starts here, as the recording has it.
    starts_record: bool,
}

impl Piece {
    /// A piece that stands in the file as it is, at one stretch.
    pub(crate) fn verbatim(bytes: Bytes, place: Place, starts_record: bool) -> Self {
        Self {
            bytes,
            runs: Rc::new([Run {
                at: 0,
                place,
                width: Width::Each(1),
            }]),
            shift: 0,
            starts_record,
        }
    }

    /// A body that was packed in the file at `place`: where in there each of its bytes comes from cannot be told.
    pub(crate) fn packed(bytes: Bytes, place: Place) -> Self {
        Self {
            bytes,
            runs: Rc::new([Run {
                at: 0,
                place,
                width: Width::Unknown,
            }]),
            shift: 0,
            starts_record: true,
        }
    }

    /// The bytes.
    pub(crate) const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Whether a record or body starts at the first byte.
    pub(crate) const fn starts_record(&self) -> bool {
        self.starts_record
    }

    /// Says whether a record or body starts at the first byte.
    pub(crate) const fn set_starts_record(&mut self, starts: bool) {
        self.starts_record = starts;
    }

    /// Where the byte at `index` stands; an index past the end gives the place behind the last.
    pub(crate) fn place(&self, index: usize) -> Place {
        let index = index.min(self.bytes.len()) + self.shift;
        let after = self.runs.partition_point(|run| run.at <= index);
        let Some(run) = self.runs.get(after.saturating_sub(1)) else {
            return Place::default();
        };
        let distance = (index - run.at) as u64;
        let width = match run.width {
            Width::Each(width) => distance * u64::from(width),
            Width::Base64 => distance / 3 * 4 + distance % 3,
            Width::Unknown => 0,
        };
        Place {
            line: run.place.line,
            offset: run.place.offset + width,
        }
    }

    /// Takes the first `count` bytes off, or all.
    pub(crate) fn split_to(&mut self, count: usize) -> Self {
        let mut head = self.clone();
        head.bytes.truncate(count);
        self.advance(count);
        head
    }

    /// Drops the first `count` bytes, or all.
    pub(crate) fn advance(&mut self, count: usize) {
        let count = count.min(self.bytes.len());
        if count > 0 {
            self.bytes.advance(count);
            self.shift += count;
            self.starts_record = false;
        }
    }
}

impl fmt::Debug for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Piece({} bytes at {})", self.bytes.len(), self.place(0))
    }
}

/// Makes a piece byte by byte.
#[derive(Debug)]
pub(crate) struct PieceBuilder {
    bytes: Vec<u8>,
    runs: Vec<Run>,
}

impl PieceBuilder {
    /// A piece that starts at `place`, empty so far.
    pub(crate) fn new(place: Place) -> Self {
        Self {
            bytes: Vec::new(),
            runs: vec![Run {
                at: 0,
                place,
                width: Width::Each(1),
            }],
        }
    }

    /// How many bytes there are.
    pub(crate) const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Appends bytes that are written at `place` in this width.
    pub(crate) fn extend(&mut self, bytes: &[u8], place: Place, width: Width) {
        let Some(last) = self.runs.last_mut() else {
            return;
        };
        let distance = (self.bytes.len() - last.at) as u64;
        let continues = match (last.width, width) {
            (Width::Each(a), Width::Each(b)) => {
                a == b
                    && last.place.line == place.line
                    && last.place.offset + distance * u64::from(a) == place.offset
            }
            _ => false,
        };
        if !continues {
            let run = Run {
                at: self.bytes.len(),
                place,
                width,
            };
            if distance == 0 {
                *last = run;
            } else {
                self.runs.push(run);
            }
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The piece, at the start of a record.
    pub(crate) fn finish(self) -> Piece {
        Piece {
            bytes: self.bytes.into(),
            runs: self.runs.into(),
            shift: 0,
            starts_record: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_knows_its_place() {
        let at = |line, offset| Place { line, offset };
        let mut builder = PieceBuilder::new(at(3, 100));
        builder.extend(b"AB", at(3, 100), Width::Each(1));
        builder.extend(b"\r", at(3, 102), Width::Each(2));
        builder.extend(b"\n", at(3, 104), Width::Each(2));
        builder.extend(b"C", at(4, 107), Width::Each(1));
        let mut piece = builder.finish();
        let places: Vec<_> = (0..=5).map(|index| piece.place(index).offset).collect();
        assert_eq!(places, [100, 101, 102, 104, 107, 108]);
        assert_eq!(piece.place(4).line, 4);
        let head = piece.split_to(3);
        assert_eq!(
            (&head.bytes()[..], &piece.bytes()[..]),
            (&b"AB\r"[..], &b"\nC"[..])
        );
        assert_eq!(piece.place(0), at(3, 104));
        assert!(head.starts_record() && !piece.starts_record());
    }

    #[test]
    fn base64_counts_four_for_three() {
        let start = Place {
            line: 1,
            offset: 10,
        };
        let mut builder = PieceBuilder::new(start);
        builder.extend(b"abcdef", start, Width::Base64);
        let piece = builder.finish();
        assert_eq!(piece.place(3).offset, 14);
        assert_eq!(piece.place(5).offset, 16);
    }
}
