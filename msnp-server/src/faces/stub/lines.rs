//! `Lines`: what has come, cut into lines, and the marks that are given back when all before them is answered.

use std::collections::VecDeque;

use bytes::BytesMut;

use crate::faces::turn::Turn;

/// What has come and was not read.
#[derive(Debug, Default)]
pub(super) struct Lines {
    unread: BytesMut,
    /// Where in the stream the first unread byte stands.
    read: usize,
    /// Where the last whole line ends.
    whole: usize,
    /// Marks, with where the last line that had come with them ends.
    marks: VecDeque<(usize, u64)>,
}

impl Lines {
    pub(super) fn push(&mut self, bytes: &[u8], mark: u64) {
        if let Some(at) = bytes.iter().rposition(|byte| *byte == b'\n') {
            self.whole = self.read + self.unread.len() + at + 1;
        }
        self.unread.extend_from_slice(bytes);
        self.marks.push_back((self.whole, mark));
    }

    /// The next whole line, without its end; what is no text in it is replaced.
    pub(super) fn next(&mut self) -> Option<String> {
        let end = self.unread.iter().position(|byte| *byte == b'\n')?;
        let line = self.unread.split_to(end + 1);
        self.read += line.len();
        let line = String::from_utf8_lossy(&line);
        Some(line.trim_end_matches(['\r', '\n']).to_owned())
    }

    /// Every line that was read is answered: says so of the marks before them.
    pub(super) fn tell_answered(&mut self, turn: &mut Turn<'_>) {
        while let Some((end, mark)) = self.marks.front().copied() {
            if end > self.read {
                break;
            }
            self.marks.pop_front();
            turn.answered(mark);
        }
    }

    /// How many bytes wait to be read.
    pub(super) fn buffered(&self) -> usize {
        self.unread.len()
    }
}
