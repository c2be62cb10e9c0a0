//! What Python's `repr` prints: `b'…'` and `[('Name', 'value'), …]`.

use super::escape::unescape;
use super::place::{Piece, PieceBuilder, Place};
use super::record::Headers;

/// Reads `b'…'` at the start of `text`, which stands at `place`; gives the rest too.
pub(super) fn bytes(text: &[u8], place: Place) -> Option<(Piece, &[u8])> {
    let (quote, rest) = match text {
        [b'b', quote @ (b'\'' | b'"'), rest @ ..] => (*quote, rest),
        _ => return None,
    };
    let end = end_of_string(rest, quote)?;
    let start = Place {
        offset: place.offset + 2,
        ..place
    };
    let mut piece = PieceBuilder::new(start);
    let _ = unescape(&rest[..end], start, usize::MAX, &mut piece);
    Some((piece.finish(), &rest[end + 1..]))
}

/// Reads a list of pairs of strings at the start of `text`; gives the rest too.
pub(super) fn headers(text: &[u8]) -> Option<(Headers, &[u8])> {
    let mut rest = text.strip_prefix(b"[")?;
    let mut headers = Headers::default();
    loop {
        rest = rest.trim_ascii_start();
        if let Some(rest) = rest.strip_prefix(b"]") {
            return Some((headers, rest));
        }
        let (name, after) = string(rest.strip_prefix(b"(")?)?;
        let (value, after) = string(after.strip_prefix(b", ")?)?;
        headers.push(name, value);
        rest = after.strip_prefix(b")")?;
        rest = rest.strip_prefix(b",").unwrap_or(rest);
    }
}

fn string(text: &[u8]) -> Option<(String, &[u8])> {
    let (quote, rest) = match text {
        [quote @ (b'\'' | b'"'), rest @ ..] => (*quote, rest),
        _ => return None,
    };
    let end = end_of_string(rest, quote)?;
    let mut piece = PieceBuilder::new(Place::default());
    let _ = unescape(&rest[..end], Place::default(), usize::MAX, &mut piece);
    let value = String::from_utf8_lossy(piece.finish().bytes()).into_owned();
    Some((value, &rest[end + 1..]))
}

fn end_of_string(text: &[u8], quote: u8) -> Option<usize> {
    let mut escaped = false;
    text.iter().position(|byte| {
        let ends = *byte == quote && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reprs_are_read() {
        let place = Place { line: 1, offset: 5 };
        let (piece, rest) = bytes(br"b'911 3\r\n\'' True", place).expect("a repr");
        assert_eq!(
            (&piece.bytes()[..], rest),
            (&b"911 3\r\n'"[..], &b" True"[..])
        );
        assert_eq!(piece.place(6).offset, 14);
        assert!(bytes(b"b'cut", place).is_none());
    }

    #[test]
    fn header_lists_are_read() {
        let (headers, rest) =
            headers(br#"[('X-MSN-Messenger', 'SessionID=1.2'), ('A', "it's")] b''"#)
                .expect("a list");
        assert_eq!(headers.get("x-msn-messenger"), Some("SessionID=1.2"));
        assert_eq!((headers.get("a"), rest), (Some("it's"), &b" b''"[..]));
    }
}
