//! One header block: where it ends, and its look-ups without allocation.

use core::fmt;

use super::error::{LayersError, LayersErrorKind};
use crate::payload::header_line::is_name_byte;

/// The most headers of one block.
pub(super) const MAX_HEADERS: usize = 128;

/// The headers of one block, borrowed from the layers they stand in.
#[derive(Copy, Clone, PartialEq, Eq)]
pub struct Block<'a> {
    /// Whole `Name: value CRLF` lines, checked by [`end_or_eof`] or written by the builder, with
    /// or without the blank line behind them.
    bytes: &'a [u8],
}

impl<'a> Block<'a> {
    pub(super) const fn of(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// The value of the last header called `name`, without regard to ASCII case.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        // Looked for at the beginnings of the lines, so that the others need not be taken apart.
        let value_in = |line: &'a [u8]| {
            let (found, behind) = line.split_at_checked(name.len())?;
            let value = behind.strip_prefix(b":")?;
            found.eq_ignore_ascii_case(name.as_bytes()).then_some(value)
        };
        let (mut rest, mut last) = (self.bytes, None);
        while let Some(end @ 1..) = memchr::memchr(b'\r', rest) {
            last = value_in(&rest[..end]).or(last);
            rest = rest.get(end + 2..).unwrap_or_default();
        }
        core::str::from_utf8(trim(last?)).ok()
    }

    /// The value of [`get`](Self::get) as a decimal number.
    pub fn number(&self, name: &str) -> Option<u64> {
        let value = self.get(name)?;
        // `parse` would take a plus sign.
        (value.as_bytes().first()?.is_ascii_digit())
            .then(|| value.parse().ok())
            .flatten()
    }

    /// All headers, name and value, in order.
    pub fn iter(&self) -> Headers<'a> {
        Headers {
            lines: self.lines(),
        }
    }

    const fn lines(&self) -> Lines<'a> {
        Lines { rest: self.bytes }
    }
}

impl<'a> IntoIterator for &Block<'a> {
    type Item = (&'a str, &'a str);
    type IntoIter = Headers<'a>;

    fn into_iter(self) -> Headers<'a> {
        self.iter()
    }
}

/// Prints the names only.
impl fmt::Debug for Block<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.iter().map(|(name, _)| name))
            .finish()
    }
}

/// The headers of a block; made by [`Block::iter`].
#[derive(Clone)]
pub struct Headers<'a> {
    lines: Lines<'a>,
}

impl<'a> Iterator for Headers<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, value) = self.lines.next()?;
        // `Layers::parse` checked that both are UTF-8.
        Some((
            core::str::from_utf8(name).unwrap_or_default(),
            core::str::from_utf8(value).unwrap_or_default(),
        ))
    }
}

impl fmt::Debug for Headers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.clone().map(|(name, _)| name))
            .finish()
    }
}

/// Name and value of each line, up to the blank one or the end.
#[derive(Clone)]
struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Lines<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let end = memchr::memchr(b'\r', self.rest)?;
        let line = &self.rest[..end];
        let colon = memchr::memchr(b':', line)?;
        self.rest = self.rest.get(end + 2..).unwrap_or_default();
        Some((&line[..colon], trim(&line[colon + 1..])))
    }
}

fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

/// Checks the block at `start`, shows the name and offset of each line to `see`, and says where the
/// block ends, behind its blank line.
pub(super) fn end(
    bytes: &[u8],
    start: usize,
    see: impl FnMut(&[u8], usize),
) -> Result<usize, LayersError> {
    match scan(bytes, start, see)? {
        (end, true) => Ok(end),
        (end, false) => Err(LayersErrorKind::Unfinished.at(end)),
    }
}

/// The same for the last block, whose blank line may be missing (msnp24.md 5).
pub(super) fn end_or_eof(bytes: &[u8], start: usize) -> Result<usize, LayersError> {
    Ok(scan(bytes, start, |_, _| {})?.0)
}

/// The end of the block's last whole line, and whether that line was blank.
///
/// Half of what a client is told is such blocks, so each byte is looked at once: those of names one
/// by one, since they are short and must be checked anyway, those of values in vectors.
fn scan(
    bytes: &[u8],
    start: usize,
    mut see: impl FnMut(&[u8], usize),
) -> Result<(usize, bool), LayersError> {
    let mut at = start;
    let mut headers = 0;
    loop {
        let rest = &bytes[at..];
        if rest.is_empty() {
            return Ok((at, false));
        }
        let name_end = rest.iter().position(|b| !is_name_byte(*b));
        let (name, value) = rest.split_at(name_end.unwrap_or(rest.len()));
        let Some(value_end) = memchr::memchr2(b'\r', b'\n', value) else {
            return Err(LayersErrorKind::Unfinished.at(bytes.len()));
        };
        let end = name.len() + value_end;
        match value[value_end..] {
            [b'\r', b'\n', ..] => {}
            [b'\r'] => return Err(LayersErrorKind::Unfinished.at(bytes.len())),
            _ => return Err(LayersErrorKind::BareLineEnd.at(at + end)),
        }
        if end == 0 {
            return Ok((at + 2, true));
        }
        if name.is_empty() || value[0] != b':' {
            return Err(LayersErrorKind::BadHeader.at(at));
        }
        if headers == MAX_HEADERS {
            return Err(LayersErrorKind::TooManyHeaders.at(at));
        }
        headers += 1;
        see(name, at);
        at += end + 2;
    }
}
