//! Raw text -> text: line ends and references.

use alloc::string::String;

use super::chars::is_legal;
use super::error::{XmlError, XmlErrorKind};

/// Where a piece of text stands.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Text,
    Cdata,
    /// Of an attribute.
    Value,
}

/// Appends `raw`, which starts at `offset`, with line ends normalised and references resolved.
pub(super) fn resolve(
    raw: &str,
    offset: usize,
    place: Place,
    out: &mut String,
) -> Result<(), XmlError> {
    if out.is_empty() {
        out.reserve_exact(raw.len());
    }
    let mut rest = raw;
    while let Some(at) = rest.bytes().position(|b| is_special(b, place)) {
        out.push_str(&rest[..at]);
        let special = &rest[at..];
        let used = match special.as_bytes() {
            [b'&', ..] => {
                let (character, length) = reference(special).ok_or_else(|| {
                    XmlErrorKind::BadReference.at(offset + raw.len() - special.len())
                })?;
                out.push(character);
                length
            }
            [b'\r', b'\n', ..] => {
                out.push(if place == Place::Value { ' ' } else { '\n' });
                2
            }
            _ => {
                out.push(if place == Place::Value { ' ' } else { '\n' });
                1
            }
        };
        rest = &special[used..];
    }
    out.push_str(rest);
    Ok(())
}

fn is_special(byte: u8, place: Place) -> bool {
    match byte {
        b'\r' => true,
        b'&' => place != Place::Cdata,
        b'\n' | b'\t' => place == Place::Value,
        _ => false,
    }
}

/// The character that `text`, which starts with `&`, refers to, and the length of the reference.
pub(super) fn reference(text: &str) -> Option<(char, usize)> {
    let end = memchr::memchr(b';', text.as_bytes())?;
    let character = match &text[1..end] {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        name => {
            let number = name.strip_prefix('#')?;
            let (digits, radix) = match number.strip_prefix('x') {
                Some(hex) => (hex, 16),
                None => (number, 10),
            };
            // `from_str_radix` would take a plus sign.
            if !digits.starts_with(|c: char| c.is_digit(radix)) {
                return None;
            }
            let code = u32::from_str_radix(digits, radix).ok()?;
            char::from_u32(code).filter(|c| is_legal(*c))?
        }
    };
    Some((character, end + 1))
}
