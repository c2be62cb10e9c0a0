//! `Streams`: both directions of one connection or gateway session, cut into frames.

use std::collections::VecDeque;

use msnp_proto::{FrameDecoder, Limits, PayloadTable, Side};

use super::check;
use super::problem::{Label, Problem, ProblemKind};
use super::sink::{Cut, Share, Sink};
use super::talk::Talk;
use super::typed;
use crate::recording::{Piece, Place};

/// More than a program should take from a peer: this is a tool to look at what peers send.
const LIMITS: Limits = Limits {
    line: 64 * 1024,
    payload: 16 * 1024 * 1024,
};

/// Both directions, and what they have settled.
#[derive(Debug)]
pub(super) struct Streams {
    client: FrameStream,
    server: FrameStream,
    talk: Talk,
}

impl Streams {
    /// Two empty streams.
    pub(super) fn new(label: Label, sink: &dyn Sink) -> Self {
        Self {
            client: FrameStream::new(label.clone(), Side::Client),
            server: FrameStream::new(label, Side::Server),
            talk: Talk::new(sink.given()),
        }
    }

    /// What they are called.
    pub(super) const fn label(&self) -> &Label {
        &self.server.label
    }

    /// The next bytes of one side.
    pub(super) fn push(&mut self, side: Side, piece: Piece, sink: &mut dyn Sink) {
        let stream = match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        };
        stream.push(piece, &mut self.talk, sink);
    }

    /// The recording leaves out bytes of one side here.
    pub(super) fn gap(
        &mut self,
        side: Side,
        missing: Option<u64>,
        place: Place,
        sink: &mut dyn Sink,
    ) {
        self.side(side).gap(missing, place, sink);
    }

    /// Bytes of one side are missing from here on, which was told: no frame goes on behind them.
    pub(super) fn break_off(&mut self, side: Side, sink: &mut dyn Sink) {
        self.side(side).break_off(sink);
    }

    /// Both have ended.
    pub(super) fn finish(&mut self, sink: &mut dyn Sink) {
        self.client.finish(sink);
        self.server.finish(sink);
    }

    const fn side(&mut self, side: Side) -> &mut FrameStream {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }
}

/// Cuts the bytes that one side wrote.
#[derive(Debug)]
struct FrameStream {
    label: Label,
    side: Side,
    decoder: FrameDecoder,
    /// Byte of the stream at which the decoder started.
    base: u64,
    /// Bytes of the stream so far.
    pushed: u64,
    /// The pieces that are not yet read to the end, with the byte of the stream at which they start.
    pieces: VecDeque<(u64, Piece)>,
    /// Bytes skipped since the stream could no longer be followed, and where they start.
    lost: Option<(u64, Place)>,
}

impl FrameStream {
    /// An empty stream.
    fn new(label: Label, side: Side) -> Self {
        Self {
            label,
            side,
            decoder: decoder(side),
            base: 0,
            pushed: 0,
            pieces: VecDeque::new(),
            lost: None,
        }
    }

    /// The next bytes.
    fn push(&mut self, piece: Piece, talk: &mut Talk, sink: &mut dyn Sink) {
        let length = piece.bytes().len() as u64;
        if length == 0 {
            return;
        }
        if let Some((skipped, _)) = &mut self.lost {
            // A record of the recording most often starts with a frame; inside one, it is lost.
            if !piece.starts_record() {
                *skipped += length;
                self.pushed += length;
                sink.settled(Share::Unreadable, length);
                return;
            }
            let skipped = *skipped;
            self.restart();
            let kind = ProblemKind::Resumed { skipped };
            self.problem(kind, self.pushed, piece.place(0), sink);
        }
        self.decoder.push(piece.bytes().clone());
        self.pieces.push_back((self.pushed, piece));
        self.pushed += length;
        self.cut(talk, sink);
    }

    /// The recording leaves out bytes here.
    fn gap(&mut self, missing: Option<u64>, place: Place, sink: &mut dyn Sink) {
        let held = self.decoder.buffered();
        self.problem(ProblemKind::Gap { missing, held }, self.pushed, place, sink);
        if self.lost.is_none() {
            sink.settled(Share::Unreadable, held as u64);
            self.restart();
        }
    }

    /// Bytes are missing from here on, which was told: no frame goes on behind them.
    fn break_off(&mut self, sink: &mut dyn Sink) {
        if self.lost.is_none() {
            self.finish(sink);
        }
    }

    /// The stream has ended.
    fn finish(&mut self, sink: &mut dyn Sink) {
        let at = self.base + self.decoder.offset();
        if let Some((skipped, place)) = self.lost {
            self.problem(
                ProblemKind::Lost { skipped },
                self.pushed - skipped,
                place,
                sink,
            );
        } else if self.decoder.buffered() > 0 {
            let bytes = self.decoder.buffered();
            let place = self.place(at);
            sink.settled(Share::Unreadable, bytes as u64);
            self.problem(ProblemKind::Unfinished { bytes }, at, place, sink);
        }
        self.restart();
    }

    fn cut(&mut self, talk: &mut Talk, sink: &mut dyn Sink) {
        // A frame is told before what is wrong with it, and what settles the dialect counts for the frame itself.
        loop {
            let offset = self.base + self.decoder.offset();
            let place = self.place(offset);
            match self.decoder.next_frame() {
                Ok(Some(frame)) => {
                    talk.hear(self.side, &frame, sink);
                    let meaning = typed::read(self.side, talk, &frame);
                    sink.frame(&Cut {
                        label: &self.label,
                        side: self.side,
                        offset,
                        place,
                        frame: &frame,
                        dialect: talk.dialect(),
                        meaning: &meaning,
                    });
                    for (kind, at) in check::frame(self.side, &frame, &meaning) {
                        let offset = offset + at as u64;
                        self.problem(kind, offset, self.place(offset), sink);
                    }
                    self.forget();
                }
                Ok(None) => return,
                Err(error) => {
                    let fatal = error.is_fatal();
                    self.problem(ProblemKind::Frame(error.kind), offset, place, sink);
                    let read = if fatal {
                        self.pushed
                    } else {
                        self.base + self.decoder.offset()
                    };
                    sink.settled(Share::Unreadable, read - offset);
                    if fatal {
                        self.lost = Some((self.pushed - offset, place));
                        self.pieces.clear();
                        return;
                    }
                    self.forget();
                }
            }
        }
    }

    /// Starts anew behind all bytes so far.
    fn restart(&mut self) {
        self.decoder = decoder(self.side);
        self.base = self.pushed;
        self.pieces.clear();
        self.lost = None;
    }

    /// Drops the pieces that are read to the end.
    fn forget(&mut self) {
        let read = self.base + self.decoder.offset();
        while let [(_, _), (next, _), ..] = self.pieces.make_contiguous()
            && *next <= read
        {
            self.pieces.pop_front();
        }
    }

    /// Where a byte of the stream stands.
    fn place(&self, offset: u64) -> Place {
        let after = self.pieces.partition_point(|(start, _)| *start <= offset);
        self.pieces
            .get(after.saturating_sub(1))
            .map(|(start, piece)| {
                let index = offset.saturating_sub(*start);
                piece.place(usize::try_from(index).unwrap_or(usize::MAX))
            })
            .unwrap_or_default()
    }

    fn problem(&self, kind: ProblemKind, offset: u64, place: Place, sink: &mut dyn Sink) {
        sink.problem(Problem {
            place,
            label: Some(self.label.clone()),
            side: Some(self.side),
            offset: Some(offset),
            kind,
        });
    }
}

fn decoder(side: Side) -> FrameDecoder {
    FrameDecoder::with_limits(PayloadTable::either(side), LIMITS)
}
