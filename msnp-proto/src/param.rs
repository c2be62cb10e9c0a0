//! Percent-coding of one parameter of a line.
//!
//! Official servers and clients differed in what they escaped (msnp8-18.md 2.4): reading decodes
//! every well-formed `%XX` once and leaves the rest alone; writing escapes what would break the
//! line and nothing else, so that readable names stay readable on the wire.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use percent_encoding::{percent_decode, percent_encode_byte};

/// Decodes every well-formed `%XX` once; a malformed escape stays as it is, `+` is a plus.
///
/// ```
/// use msnp_proto::param;
/// assert_eq!(&*param::decode(b"Al%20ice 100%"), b"Al ice 100%");
/// ```
pub fn decode(word: &[u8]) -> Cow<'_, [u8]> {
    // Most words have none, and this looks at sixteen bytes at a time.
    if memchr::memchr(b'%', word).is_none() {
        return Cow::Borrowed(word);
    }
    let mut out = Vec::with_capacity(word.len());
    out.extend(percent_decode(word));
    Cow::Owned(out)
}

/// Appends `word` with `%`, space and control characters escaped; everything else stays UTF-8.
pub(crate) fn encode_into(word: &str, out: &mut Vec<u8>) {
    for byte in word.bytes() {
        if byte <= b' ' || byte == 0x7f || byte == b'%' {
            out.extend_from_slice(percent_encode_byte(byte).as_bytes());
        } else {
            out.push(byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn decodes(word: &str, text: &str) {
        assert_eq!(decode(word.as_bytes()), text.as_bytes());
    }

    #[track_caller]
    fn encodes(word: &str, text: &str) {
        let mut out = Vec::new();
        encode_into(word, &mut out);
        assert_eq!(out, text.as_bytes());
        assert_eq!(decode(&out), word.as_bytes());
    }

    #[test]
    fn either_case_of_digits_is_decoded() {
        decodes("a%2fb%2Fc", "a/b/c");
        decodes("%c3%A9", "é");
    }

    #[test]
    fn a_malformed_escape_stays() {
        for word in ["%", "100%", "%2", "%zz", "%%", "a%2", "%2g"] {
            decodes(word, word);
        }
        decodes("%%20", "% ");
    }

    #[test]
    fn decoding_happens_once_and_a_plus_is_a_plus() {
        decodes("%2520", "%20");
        decodes("a+b", "a+b");
    }

    #[test]
    fn only_what_breaks_a_line_is_encoded() {
        encodes("Al ice\r\nOUT", "Al%20ice%0D%0AOUT");
        encodes("100%", "100%25");
        encodes("\u{7f}\t\0", "%7F%09%00");
        encodes("é+/=&<>日", "é+/=&<>日");
    }

    #[test]
    fn what_needs_no_decoding_is_borrowed() {
        assert!(matches!(decode(b"Alice"), Cow::Borrowed(_)));
    }
}
