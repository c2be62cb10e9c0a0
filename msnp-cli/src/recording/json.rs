//! JSON strings as bytes of a stream, with the place of each.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::RawValue;

use super::place::{Piece, PieceBuilder, Place, Width};
use super::record::Fault;

/// What a character of a string stands for.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Charset {
    /// One byte.
    Latin1,
    /// Its UTF-8 bytes.
    Utf8,
    /// A digit of base64.
    Base64,
}

/// The text of a JSON string; `None` if the value is none.
pub(super) fn text(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

/// A piece and the first thing wrong with it.
pub(super) type Read = (Piece, Option<(Place, Fault)>);

/// The bytes that the JSON string `raw`, quotes included, stands for; `None` if it is none. `place`
/// is where `raw` starts.
pub(super) fn bytes(raw: &str, place: Place, charset: Charset) -> Option<Read> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    let mut at = Place {
        offset: place.offset + 1,
        ..place
    };
    if charset == Charset::Base64 {
        return Some(base64(raw, inner, at));
    }
    let mut piece = PieceBuilder::new(at);
    let mut fault = None;
    let mut rest = inner;
    while let Some((character, width)) = character(rest) {
        let mut utf8 = [0; 4];
        let bytes = match (charset, u8::try_from(u32::from(character))) {
            (Charset::Latin1, Ok(byte)) => {
                utf8[0] = byte;
                &utf8[..1]
            }
            (Charset::Latin1, Err(_)) => {
                fault.get_or_insert((at, Fault::WideCharacter));
                character.encode_utf8(&mut utf8).as_bytes()
            }
            _ => character.encode_utf8(&mut utf8).as_bytes(),
        };
        if charset == Charset::Utf8 && character == char::REPLACEMENT_CHARACTER {
            fault.get_or_insert((at, Fault::ReplacedBytes));
        }
        // What the places of the bytes are counted by: the characters of the file that stand for each.
        let each = if bytes.len() == width {
            Width::Each(1)
        } else if let ([_], Ok(width)) = (bytes, u8::try_from(width)) {
            Width::Each(width)
        } else {
            Width::Unknown
        };
        piece.extend(bytes, at, each);
        rest = &rest[width..];
        at.offset += width as u64;
    }
    Some((piece.finish(), fault))
}

fn base64(raw: &str, inner: &str, at: Place) -> Read {
    let mut piece = PieceBuilder::new(at);
    // Some writers escape the slash.
    let (text, width) = if inner.contains('\\') {
        let text = serde_json::from_str::<String>(raw).unwrap_or_default();
        (text, Width::Unknown)
    } else {
        (inner.to_owned(), Width::Base64)
    };
    match STANDARD.decode(&text) {
        Ok(bytes) => {
            piece.extend(&bytes, at, width);
            (piece.finish(), None)
        }
        Err(error) => {
            use base64::DecodeError::{
                InvalidByte, InvalidLastSymbol, InvalidLength, InvalidPadding,
            };
            let distance = match error {
                InvalidByte(index, _) | InvalidLastSymbol { offset: index, .. } => index,
                InvalidLength(_) | InvalidPadding => text.len(),
            };
            let place = Place {
                offset: at.offset + distance as u64,
                ..at
            };
            (piece.finish(), Some((place, Fault::BadBase64)))
        }
    }
}

/// The first character of the inside of a JSON string and how many bytes it takes. What is no
/// escape stands for itself; half a surrogate pair becomes U+FFFD.
fn character(text: &str) -> Option<(char, usize)> {
    let first = text.chars().next()?;
    if first != '\\' {
        return Some((first, first.len_utf8()));
    }
    let simple = match text.as_bytes().get(1) {
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(quoted @ (b'"' | b'\\' | b'/')) => char::from(*quoted),
        Some(b'u') => {
            let Some(unit) = code_unit(text) else {
                return Some(('\\', 1));
            };
            let rest = &text[6..];
            return Some(match (char::from_u32(unit), code_unit(rest)) {
                (Some(character), _) => (character, 6),
                (None, Some(low @ 0xdc00..0xe000)) if unit < 0xdc00 => {
                    let scalar = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                    (
                        char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER),
                        12,
                    )
                }
                _ => (char::REPLACEMENT_CHARACTER, 6),
            });
        }
        _ => return Some(('\\', 1)),
    };
    Some((simple, 2))
}

/// The number of `\uXXXX` at the start of `text`.
fn code_unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    if digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        u32::from_str_radix(digits, 16).ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, charset: Charset, expected: &[u8], fault: impl Into<Option<(u64, Fault)>>) {
        let place = Place { line: 1, offset: 0 };
        let (piece, found) = bytes(raw, place, charset).expect("a string");
        assert_eq!(&piece.bytes()[..], expected);
        assert_eq!(
            found.map(|(place, fault)| (place.offset, fault)),
            fault.into()
        );
    }

    #[test]
    fn strings_become_bytes() {
        check(r#""a\r\nb\/\u0041""#, Charset::Utf8, b"a\r\nb/A", None);
        check(
            r#""\ud83d\ude00\u00e9""#,
            Charset::Utf8,
            "\u{1f600}\u{e9}".as_bytes(),
            None,
        );
        check(r#""\u00e9""#, Charset::Latin1, b"\xe9", None);
        check(r#""aGk=""#, Charset::Base64, b"hi", None);
        check(r#""a\/+\/""#, Charset::Base64, b"k\xff\xbf", None);
    }

    #[test]
    fn lost_bytes_are_found() {
        check(
            r#""ab\ufffd""#,
            Charset::Utf8,
            b"ab\xef\xbf\xbd",
            Some((3, Fault::ReplacedBytes)),
        );
        check(
            r#""ab\ud800""#,
            Charset::Utf8,
            b"ab\xef\xbf\xbd",
            Some((3, Fault::ReplacedBytes)),
        );
        check(
            r#""aG*=""#,
            Charset::Base64,
            b"",
            Some((3, Fault::BadBase64)),
        );
    }
}
