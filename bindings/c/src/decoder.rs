//! `Decoder`: the stream of one side, cut into frames, in safe code.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use msnp_proto::{Frame, FrameDecoder, FrameError, Limits, PayloadTable, Side};

/// Which lines a payload follows.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum Grammar {
    /// MSNP24, whoever writes.
    Msnp24 = 1,
    /// MSNP2 to MSNP22, what a client writes.
    Client = 2,
    /// MSNP2 to MSNP22, what a server writes.
    Server = 3,
}

impl Grammar {
    pub(crate) fn of(number: i32) -> Option<Self> {
        let all = [Self::Msnp24, Self::Client, Self::Server];
        all.into_iter().find(|it| *it as i32 == number)
    }
}

/// Cuts a stream into frames; the last one stays to be looked at.
#[derive(Debug)]
pub struct Decoder {
    frames: FrameDecoder,
    frame: Option<Frame>,
    /// Something panicked in it: it may be in the middle of anything.
    panicked: bool,
}

impl Decoder {
    pub(crate) fn new(grammar: Grammar) -> Self {
        let table = match grammar {
            Grammar::Msnp24 => PayloadTable::msnp24(),
            Grammar::Client => PayloadTable::sent_by(Side::Client),
            Grammar::Server => PayloadTable::sent_by(Side::Server),
        };
        Self {
            frames: FrameDecoder::new(table),
            frame: None,
            panicked: false,
        }
    }

    /// Runs something on it; no panic leaves this. `None`: it has panicked, now or before.
    pub(crate) fn guarded<R>(&mut self, does: impl FnOnce(&mut Self) -> R) -> Option<R> {
        if self.panicked {
            return None;
        }
        // Whatever state it is in then, it is not looked at any more.
        let outcome = catch_unwind(AssertUnwindSafe(|| does(self)));
        self.panicked = outcome.is_err();
        outcome.ok()
    }

    pub(crate) const fn set_limits(&mut self, line: u32, payload: u32) {
        self.frames.set_limits(Limits { line, payload });
    }

    pub(crate) fn push(&mut self, piece: &[u8]) {
        self.frames.push(Bytes::copy_from_slice(piece));
    }

    /// Goes on to the next whole frame. False: there is none yet.
    pub(crate) fn step(&mut self) -> Result<bool, FrameError> {
        self.frame = self.frames.next_frame()?;
        Ok(self.frame.is_some())
    }

    pub(crate) const fn frame(&self) -> Option<&Frame> {
        self.frame.as_ref()
    }
}
