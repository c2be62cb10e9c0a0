//! Percent-coding of the values in a query. `+` stands for itself.

use std::borrow::Cow;

use percent_encoding::{percent_decode_str, percent_encode_byte};

use super::session_id::is_unreserved;

/// Appends `value`, escaping all but unreserved characters and the comma, which the captured
/// `Queue=system,chat` has bare (gateway.md 17.4).
pub(super) fn encode(value: &str, to: &mut String) {
    for byte in value.bytes() {
        if is_unreserved(byte) || byte == b',' {
            to.push(char::from(byte));
        } else {
            to.push_str(percent_encode_byte(byte));
        }
    }
}

/// The value without its escapes; a `%` without two hex digits stands for itself. `None` if the
/// result is not UTF-8. Most values have none and are given back as they are.
pub(super) fn decode(value: &str) -> Option<Cow<'_, str>> {
    percent_decode_str(value).decode_utf8().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(plain: &str, coded: &str) {
        let mut out = String::new();
        encode(plain, &mut out);
        assert_eq!(out, coded);
        assert_eq!(decode(coded).as_deref(), Some(plain));
    }

    #[test]
    fn what_is_encoded_decodes_to_itself() {
        check("messenger.hotmail.com", "messenger.hotmail.com");
        check("system,chat", "system,chat");
        check(
            "https://a.example/c?d=1",
            "https%3A%2F%2Fa.example%2Fc%3Fd%3D1",
        );
        check("é%", "%C3%A9%25");
        check("a+b c", "a%2Bb%20c");
    }

    #[test]
    fn broken_escapes_stand_for_themselves() {
        assert_eq!(decode("%").as_deref(), Some("%"));
        assert_eq!(decode("%4").as_deref(), Some("%4"));
        assert_eq!(decode("%zz%41").as_deref(), Some("%zzA"));
        assert_eq!(decode("a+b").as_deref(), Some("a+b"));
        assert_eq!(decode("%FF"), None);
    }
}
