//! `Inlet`: what the client has said and what was not carried out yet, in order.
//!
//! One line is carried out after the other, and most wait for the network. Pings do not: they ask whether the line is
//! alive.

use std::collections::VecDeque;

use bytes::Bytes;
use msnp_proto::{Frame, FrameDecoder, FrameError, Limits, PayloadTable, Side, Verb};

/// Bytes that became lines, and those that did not yet.
#[derive(Debug)]
pub(super) struct Inlet {
    decoder: FrameDecoder,
    /// Lines that wait, with the marks of the bytes that they came with.
    waiting: VecDeque<Waiting>,
    /// Bytes of the lines that wait.
    bytes: usize,
    /// Marks of bytes of which the decoder may still hold lines.
    marks: VecDeque<u64>,
    /// Lines are taken out of the decoder as they come: before the sign-in they are not, since its limits change then.
    open: bool,
    /// Pings wait for the lines before them.
    in_order: bool,
    /// That the stream cannot be followed any further was told.
    lost: bool,
}

#[derive(Debug)]
enum Waiting {
    Line(Line),
    Mark(u64),
}

/// What came on one line.
#[derive(Debug)]
pub(super) enum Line {
    /// A line and its payload.
    Frame(Frame),
    /// What is none.
    Broken(FrameError),
}

/// What is to be done next.
#[derive(Debug)]
pub(super) enum Next {
    /// A line is to be carried out.
    Line(Line),
    /// All that came with these bytes is carried out.
    Answered(u64),
    /// Nothing, until more comes.
    Nothing,
}

impl Inlet {
    pub(super) fn new(limits: Limits) -> Self {
        let table = PayloadTable::sent_by(Side::Client);
        Self {
            decoder: FrameDecoder::with_limits(table, limits),
            waiting: VecDeque::new(),
            bytes: 0,
            marks: VecDeque::new(),
            open: false,
            in_order: false,
            lost: false,
        }
    }

    /// It is known whose the connection is, which may now say more at once.
    pub(super) fn open(&mut self, limits: Limits) {
        self.decoder.set_limits(limits);
        self.open = true;
    }

    /// Pings are answered in their order from now on: by the answer a client of MSNP21 knows that what it has said before, which
    /// has none, is not refused (msnp24.md 10).
    pub(super) const fn keep_order(&mut self) {
        self.in_order = true;
    }

    /// Bytes have come: how many pings are to be answered at once, and the mark if nothing else was in them.
    pub(super) fn push(&mut self, bytes: Bytes, mark: u64) -> (usize, Option<u64>) {
        self.decoder.push(bytes);
        self.marks.push_back(mark);
        if !self.open {
            return (0, None);
        }
        let mut pings = 0;
        let before = self.waiting.len();
        while let Some(line) = self.decode() {
            match line {
                Line::Frame(frame) if is_ping(&frame) && !self.in_order => pings += 1,
                line => self.keep(line),
            }
        }
        // Held with a post that has to wait for others, the answer to a ping would say that nobody is there.
        if self.waiting.len() == before && self.marks.len() == 1 {
            return (pings, self.marks.pop_front());
        }
        self.waiting.extend(self.marks.drain(..).map(Waiting::Mark));
        (pings, None)
    }

    /// What is to be done next.
    pub(super) fn next(&mut self) -> Next {
        match self.waiting.pop_front() {
            Some(Waiting::Line(line)) => {
                self.bytes -= size(&line);
                return Next::Line(line);
            }
            Some(Waiting::Mark(mark)) => return Next::Answered(mark),
            None => {}
        }
        match self.decode() {
            Some(line) => Next::Line(line),
            None => self.marks.pop_front().map_or(Next::Nothing, Next::Answered),
        }
    }

    /// Bytes that wait, a line that is not whole included.
    pub(super) fn buffered(&self) -> usize {
        self.bytes + self.decoder.buffered()
    }

    fn decode(&mut self) -> Option<Line> {
        match self.decoder.next_frame() {
            Ok(Some(frame)) => Some(Line::Frame(frame)),
            Ok(None) => None,
            // A decoder that has lost the stream says so for ever: once is enough.
            Err(_) if self.lost => None,
            Err(error) => {
                self.lost = error.is_fatal();
                Some(Line::Broken(error))
            }
        }
    }

    fn keep(&mut self, line: Line) {
        self.bytes += size(&line);
        self.waiting.push_back(Waiting::Line(line));
    }
}

fn size(line: &Line) -> usize {
    // What is kept of a line costs more than its bytes; many empty ones must not be free.
    64 + match line {
        Line::Frame(frame) => frame.as_bytes().len(),
        Line::Broken(_) => 0,
    }
}

fn is_ping(frame: &Frame) -> bool {
    frame.verb() == Verb::PNG
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inlet() -> Inlet {
        let mut inlet = Inlet::new(Limits::default());
        inlet.open(Limits::default());
        inlet
    }

    fn verbs(inlet: &mut Inlet) -> Vec<String> {
        let mut said = Vec::new();
        loop {
            said.push(match inlet.next() {
                Next::Line(Line::Frame(frame)) => frame.verb().as_str().to_owned(),
                Next::Line(Line::Broken(_)) => "?".into(),
                Next::Answered(mark) => mark.to_string(),
                Next::Nothing => return said,
            });
        }
    }

    #[test]
    fn pings_pass_lines_that_wait() {
        let mut inlet = inlet();
        assert_eq!(inlet.push("ADD 1 FL a a\r\nPNG\r\n".into(), 1), (1, None));
        assert_eq!(inlet.push("PNG\r\n".into(), 2), (1, Some(2)));
        assert_eq!(inlet.push("BLP 2 AL\r\n".into(), 3), (0, None));
        assert_eq!(verbs(&mut inlet), ["ADD", "1", "BLP", "3"]);
        assert_eq!(inlet.buffered(), 0);
    }

    #[test]
    fn where_order_is_kept_no_ping_passes_anything() {
        let mut inlet = inlet();
        inlet.keep_order();
        assert_eq!(inlet.push("SDG 1 0\r\nPNG\r\n".into(), 1), (0, None));
        assert_eq!(verbs(&mut inlet), ["SDG", "PNG", "1"]);
    }

    #[test]
    fn a_mark_comes_behind_the_last_whole_line() {
        let mut inlet = inlet();
        assert_eq!(inlet.push("BLP 2".into(), 1), (0, Some(1)));
        assert_eq!(inlet.push(" AL\r\n".into(), 2), (0, None));
        assert_eq!(verbs(&mut inlet), ["BLP", "2"]);
    }

    #[test]
    fn a_lost_stream_is_told_once() {
        let mut inlet = inlet();
        for (mark, answered) in [(1, None), (2, Some(2))] {
            let said = "ADL 1 x\r\nBLP 1 AL\r\n";
            assert_eq!(inlet.push(said.into(), mark), (0, answered));
        }
        assert_eq!(verbs(&mut inlet), ["?", "1"]);
    }
}
