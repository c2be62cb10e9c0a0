//! URL-encoded text fields: nicknames, personal messages and message texts (soap.md 2.5).
//!
//! Two dialects are written: [`encode_service`] by the service, [`encode_caller`] by its callers.
//! [`decode`] reads both, and what is not encoded at all; [`decode_strict`] wants it right.

use std::borrow::Cow;

use percent_encoding::percent_encode_byte;

/// Writes a field as the service does: each byte of the UTF-8 text that is not an ASCII letter or
/// digit becomes `%XX`. Reproduces every value of the published session (soap.md 2.5).
///
/// ```
/// use soap_codec::fields;
/// assert_eq!(fields::encode_service("小美(beta) @"), "%E5%B0%8F%E7%BE%8E%28beta%29%20%40");
/// ```
pub fn encode_service(text: &str) -> String {
    let mut field = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            field.push(char::from(byte));
        } else {
            field.push_str(percent_encode_byte(byte));
        }
    }
    field
}

/// Writes a field as a .NET caller does: `+` for a space, `%xx` in lower case, and letters, digits
/// and `- _ . ! * ' ( )` as they are.
///
/// ```
/// use soap_codec::fields;
/// assert_eq!(fields::encode_caller("Test Message"), "Test+Message");
/// assert_eq!(fields::encode_caller("1+1=2"), "1%2b1%3d2");
/// ```
pub fn encode_caller(text: &str) -> String {
    let mut field = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        match byte {
            b' ' => field.push('+'),
            b'-' | b'_' | b'.' | b'!' | b'*' | b'\'' | b'(' | b')' => field.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => field.push(char::from(byte)),
            _ => field.extend(
                percent_encode_byte(byte)
                    .chars()
                    .map(|c| c.to_ascii_lowercase()),
            ),
        }
    }
    field
}

/// Reads a field of either dialect. What is no escape stays as it is, and bytes that are no UTF-8
/// become U+FFFD: a caller that forgot to encode `50% off` still gets through.
///
/// `+` is a space. That is safe because both dialects escape a real plus.
///
/// ```
/// use soap_codec::fields;
/// assert_eq!(fields::decode("Test+Message%2e"), "Test Message.");
/// assert_eq!(fields::decode("50% off"), "50% off");
/// ```
pub fn decode(field: &str) -> Cow<'_, str> {
    if !field.contains(['%', '+']) {
        return Cow::Borrowed(field);
    }
    let (bytes, _) = unescape(field);
    let text = String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    Cow::Owned(text)
}

/// Reads a field of either dialect; an error if an escape is malformed or the bytes are no UTF-8.
pub fn decode_strict(field: &str) -> Result<Cow<'_, str>, FieldError> {
    if !field.contains(['%', '+']) {
        return Ok(Cow::Borrowed(field));
    }
    let (bytes, malformed) = unescape(field);
    if let Some(at) = malformed {
        return Err(FieldError::Escape { at });
    }
    String::from_utf8(bytes)
        .map(Cow::Owned)
        .map_err(|error| FieldError::InvalidUtf8 {
            at: error.utf8_error().valid_up_to(),
        })
}

/// The peer's field is not URL-encoded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FieldError {
    /// `%` without two hexadecimal digits behind it.
    #[error("the peer's field has a malformed escape at byte {at}")]
    Escape {
        /// Bytes of the field before the `%`.
        at: usize,
    },
    /// The bytes behind the escapes are not UTF-8.
    #[error("the peer's field is not UTF-8 from byte {at} of what it decodes to")]
    InvalidUtf8 {
        /// Decoded bytes before the place.
        at: usize,
    },
}

/// The bytes behind the escapes, and where the first malformed escape is, which stays as it is.
fn unescape(field: &str) -> (Vec<u8>, Option<usize>) {
    let mut bytes = Vec::with_capacity(field.len());
    let mut malformed = None;
    let mut rest = field.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = match (first, after) {
            (b'%', [high, low, ..]) => digit(*high).zip(digit(*low)),
            _ => None,
        };
        if let Some((high, low)) = escaped {
            bytes.push(high << 4 | low);
            rest = after.get(2..).unwrap_or_default();
            continue;
        }
        if first == b'%' && malformed.is_none() {
            malformed = Some(field.len() - rest.len());
        }
        bytes.push(if first == b'+' { b' ' } else { first });
        rest = after;
    }
    (bytes, malformed)
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(field: &str, lenient: &str, strict: Result<&str, FieldError>) {
        assert_eq!(decode(field), lenient);
        assert_eq!(decode_strict(field), strict.map(Cow::Borrowed));
    }

    #[test]
    fn plain_text_is_itself() {
        check("dddd", "dddd", Ok("dddd"));
        check("", "", Ok(""));
        check("小美", "小美", Ok("小美"));
    }

    #[test]
    fn both_dialects_are_read() {
        check("%E5%B0%8F", "小", Ok("小"));
        check("%e5%b0%8f", "小", Ok("小"));
        check("%E5%b0%8f", "小", Ok("小"));
        check("a+b%20c", "a b c", Ok("a b c"));
        check("%2B", "+", Ok("+"));
    }

    #[test]
    fn a_plus_beside_raw_text_of_another_script_is_a_space() {
        check("小+美", "小 美", Ok("小 美"));
    }

    #[test]
    fn both_dialects_survive_their_own_reading() {
        for c in ('\0'..='\u{800}').chain(['小', '\u{FFFD}', '\u{10FFFF}']) {
            let text = format!("a{c}+ {c}%");
            assert_eq!(
                decode_strict(&encode_service(&text)),
                Ok(Cow::Borrowed(&*text))
            );
            assert_eq!(
                decode_strict(&encode_caller(&text)),
                Ok(Cow::Borrowed(&*text))
            );
        }
    }
}
