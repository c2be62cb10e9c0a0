//! Backslash escapes, as transcripts, probe notes and Python's `repr` write bytes.

use super::place::{PieceBuilder, Place, Width};

/// What an escaped text starts with.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Unit {
    /// So many bytes that stand for themselves.
    Plain(usize),
    /// One byte, written in so many.
    Byte(u8, u8),
    /// A backslash with nothing known behind it.
    Bad,
}

fn unit(text: &[u8]) -> Unit {
    match text {
        [b'\\', rest @ ..] => match rest {
            [b'r', ..] => Unit::Byte(b'\r', 2),
            [b'n', ..] => Unit::Byte(b'\n', 2),
            [b't', ..] => Unit::Byte(b'\t', 2),
            [quoted @ (b'\\' | b'\'' | b'"'), ..] => Unit::Byte(*quoted, 2),
            [b'x', high, low, ..] => hex(*high, *low).map_or(Unit::Bad, |byte| Unit::Byte(byte, 4)),
            _ => Unit::Bad,
        },
        _ => Unit::Plain(memchr_backslash(text)),
    }
}

/// How the text of a line was read.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Unescaped {
    /// Whether the last byte was an escaped line feed.
    pub(super) ends_in_feed: bool,
    /// Where the first thing stands that is not an escape; it was taken as it is.
    pub(super) bad: Option<Place>,
    /// Where the first byte stands that is more than was wanted.
    pub(super) surplus: Option<Place>,
}

/// Appends what `text`, which stands at `place`, means, until the piece holds `limit` bytes.
pub(super) fn unescape(
    text: &[u8],
    place: Place,
    limit: usize,
    piece: &mut PieceBuilder,
) -> Unescaped {
    let mut outcome = Unescaped::default();
    let mut at = place;
    let mut rest = text;
    while !rest.is_empty() {
        let room = limit.saturating_sub(piece.len());
        if room == 0 {
            outcome.surplus = Some(at);
            break;
        }
        let taken = match unit(rest) {
            Unit::Plain(length) => {
                let length = length.min(room);
                piece.extend(&rest[..length], at, Width::Each(1));
                outcome.ends_in_feed = false;
                length
            }
            Unit::Byte(byte, width) => {
                piece.extend(&[byte], at, Width::Each(width));
                outcome.ends_in_feed = byte == b'\n';
                usize::from(width)
            }
            Unit::Bad => {
                outcome.bad.get_or_insert(at);
                piece.extend(&rest[..1], at, Width::Each(1));
                outcome.ends_in_feed = false;
                1
            }
        };
        rest = &rest[taken..];
        at.offset += taken as u64;
    }
    outcome
}

fn memchr_backslash(text: &[u8]) -> usize {
    text.iter().position(|b| *b == b'\\').unwrap_or(text.len())
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let high = char::from(high).to_digit(16)?;
    let low = char::from(low).to_digit(16)?;
    u8::try_from(high * 16 + low).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, limit: usize, bytes: &[u8], bad: Option<u64>, surplus: Option<u64>) {
        let place = Place {
            line: 1,
            offset: 10,
        };
        let mut piece = PieceBuilder::new(place);
        let outcome = unescape(text.as_bytes(), place, limit, &mut piece);
        assert_eq!(&piece.finish().bytes()[..], bytes);
        assert_eq!(outcome.bad.map(|place| place.offset), bad);
        assert_eq!(outcome.surplus.map(|place| place.offset), surplus);
    }

    #[test]
    fn escapes_are_read() {
        check(r"PNG\r\n", 9, b"PNG\r\n", None, None);
        check(r"a\\b\tc\xfF\'", 20, b"a\\b\tc\xff'", None, None);
    }

    #[test]
    fn what_is_wrong_is_pinpointed() {
        check(r"a\qb\x4g\", 20, br"a\qb\x4g\", Some(11), None);
        check(r"ab\r\nxx", 4, b"ab\r\n", None, Some(16));
        check(r"abxx", 2, b"ab", None, Some(12));
    }
}
