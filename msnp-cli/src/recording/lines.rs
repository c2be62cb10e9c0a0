//! `Lines`: the lines of a file of any size, each within a limit, with their places.

use std::io::{self, BufRead};

use super::place::Place;

/// Reads line by line.
pub(crate) struct Lines {
    input: Box<dyn BufRead>,
    limit: usize,
    text: Vec<u8>,
    place: Place,
    /// Place of the next line.
    next: Place,
    again: bool,
}

/// A line without its line feed.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Line<'a> {
    pub(crate) text: &'a [u8],
    pub(crate) place: Place,
    /// Whether the line was longer than the limit: `text` is its start.
    pub(crate) cut: bool,
}

impl Lines {
    /// Lines of `input`; one longer than `limit` is cut.
    pub(crate) fn new(input: Box<dyn BufRead>, limit: usize) -> Self {
        let first = Place { line: 1, offset: 0 };
        Self {
            input,
            limit,
            text: Vec::new(),
            place: first,
            next: first,
            again: false,
        }
    }

    /// The next line; the last one again after [`unread`](Self::unread).
    pub(crate) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        if !std::mem::take(&mut self.again) && !self.read()? {
            return Ok(None);
        }
        Ok(Some(Line {
            text: &self.text[..self.text.len().min(self.limit)],
            place: self.place,
            cut: self.text.len() > self.limit,
        }))
    }

    /// Makes [`next`](Self::next) give the same line once more.
    pub(crate) const fn unread(&mut self) {
        self.again = true;
    }

    /// Where the next line starts.
    pub(crate) const fn place(&self) -> Place {
        if self.again { self.place } else { self.next }
    }

    /// The limit that lines are cut at.
    pub(crate) const fn limit(&self) -> usize {
        self.limit
    }

    fn read(&mut self) -> io::Result<bool> {
        self.text.clear();
        self.place = self.next;
        let mut length = 0u64;
        loop {
            let available = match self.input.fill_buf() {
                Ok(available) => available,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if available.is_empty() {
                self.next.offset += length;
                return Ok(length > 0);
            }
            let feed = available.iter().position(|b| *b == b'\n');
            let taken = feed.map_or(available.len(), |at| at + 1);
            // One byte more than the limit is kept: it tells that the line was cut.
            let room = (self.limit + 1).saturating_sub(self.text.len());
            let kept = feed.unwrap_or(taken).min(room);
            self.text.extend_from_slice(&available[..kept]);
            self.input.consume(taken);
            length += taken as u64;
            if feed.is_some() {
                self.next.offset += length;
                self.next.line += 1;
                return Ok(true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_know_where_they_start() {
        let mut lines = Lines::new(Box::new(io::Cursor::new(b"ab\n\nlonger\nz".to_vec())), 4);
        let mut seen = Vec::new();
        while let Some(line) = lines.next().expect("memory does not fail") {
            seen.push((
                line.text.to_vec(),
                line.place.line,
                line.place.offset,
                line.cut,
            ));
        }
        assert_eq!(
            seen,
            [
                (b"ab".to_vec(), 1, 0, false),
                (b"".to_vec(), 2, 3, false),
                (b"long".to_vec(), 3, 4, true),
                (b"z".to_vec(), 4, 11, false),
            ]
        );
    }
}
