//! A stream of traffic, and what there is to find in it.

use bytes::Bytes;

/// A stream, and what a reader that reads it right must find.
#[derive(Debug)]
pub(crate) struct Traffic {
    pub(crate) name: &'static str,
    pub(crate) bytes: Bytes,
    pub(crate) counts: Counts,
}

/// What was found in a stream.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    frames: u64,
    payload_bytes: u64,
}

impl Counts {
    /// Found one more, with a payload of so many bytes.
    pub(crate) fn add(&mut self, payload: usize) {
        self.frames += 1;
        self.payload_bytes += payload as u64;
    }

    pub(crate) const fn frames(&self) -> u64 {
        self.frames
    }

    pub(crate) const fn payload_bytes(&self) -> u64 {
        self.payload_bytes
    }
}
