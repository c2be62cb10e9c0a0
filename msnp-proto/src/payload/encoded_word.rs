//! RFC 2047: names and subjects in headers that are ASCII.
//!
//! ```
//! use msnp_proto::payload::encoded_word;
//! assert_eq!(encoded_word::encode("Zoë"), "=?utf-8?B?Wm/Dqw==?=");
//! assert_eq!(encoded_word::decode("=?utf-8?B?Wm/Dqw==?= <zoe@example.com>"), "Zoë <zoe@example.com>");
//! // A live server puts a blank inside.
//! assert_eq!(encoded_word::decode("=?utf-8?B?QWxpY2U= ?="), "Alice");
//! ```

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use crate::base64_text;

/// The text as one encoded word, which is what every peer writes and reads (msnp8-18.md 10): none of them knows how to
/// put several together. Only what is longer than any name, three thousand bytes, becomes several.
pub fn encode(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    loop {
        let mut end = rest.len().min(LONGEST_WORD / 4 * 3 - 24);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        out.push_str("=?utf-8?B?");
        out.push_str(&base64_text::encode(&rest.as_bytes()[..end]));
        out.push_str("?=");
        rest = &rest[end..];
        if rest.is_empty() {
            return out;
        }
        out.push(' ');
    }
}

/// The text as it is if it is printable ASCII and nobody would decode it, else as one encoded word.
pub fn encode_if_needed(text: &str) -> Cow<'_, str> {
    let plain = text.bytes().all(|b| (b' '..0x7f).contains(&b))
        && !text.contains("=?")
        && text.trim().len() == text.len();
    if plain {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(encode(text))
    }
}

/// The text with every encoded word in it decoded: UTF-8, ASCII and Latin 1, in `B` and `Q`.
///
/// Blanks inside a word are skipped, those between two words belong to neither, and a character may be cut between
/// them. A word of another character set, or one that cannot be decoded, stays as it is.
pub fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains("=?") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    // What the UTF-8 words of a row have given so far, and where the row starts: it is text only when it is whole.
    let mut row: Vec<u8> = Vec::new();
    let mut row_start: Option<usize> = None;
    let mut at = 0;
    while let Some((start, word, end)) = next_word(text, at) {
        let between = &text[at..start];
        if row_start.is_none() || !between.trim().is_empty() {
            flush(&mut out, &mut row, text, row_start, at);
            out.push_str(between);
            row_start = Some(start);
        }
        match word.charset {
            Charset::Utf8 => row.extend_from_slice(&word.bytes),
            Charset::Latin1 => {
                flush(&mut out, &mut row, text, row_start, at);
                out.extend(word.bytes.iter().copied().map(char::from));
                row_start = Some(end);
            }
        }
        at = end;
    }
    flush(&mut out, &mut row, text, row_start, at);
    out.push_str(&text[at..]);
    Cow::Owned(out)
}

/// Appends the bytes as text; if they are none, the words as they came: a row with bytes has begun, and ends at `end`.
fn flush(out: &mut String, row: &mut Vec<u8>, text: &str, start: Option<usize>, end: usize) {
    if !row.is_empty() {
        let words = &text[start.unwrap_or(end)..end];
        out.push_str(core::str::from_utf8(row).unwrap_or(words));
        row.clear();
    }
}

struct Word {
    charset: Charset,
    bytes: Vec<u8>,
}

enum Charset {
    Utf8,
    Latin1,
}

/// The next word that can be decoded, from `at` on: where it starts, what it says, where it ends.
fn next_word(text: &str, mut at: usize) -> Option<(usize, Word, usize)> {
    loop {
        let start = at + text[at..].find("=?")?;
        if let Some((word, length)) = word(&text[start..]) {
            return Some((start, word, start + length));
        }
        at = start + 2;
    }
}

/// `=?charset?coding?data?=` at the start of the text, and its length.
fn word(text: &str) -> Option<(Word, usize)> {
    let inner = text.strip_prefix("=?")?;
    // Far above the 75 characters of the standard, since names stand in one word; without a bound, many that never end
    // would take time that grows with the square of their number.
    let mut end = inner.len().min(LONGEST_WORD);
    while !inner.is_char_boundary(end) {
        end -= 1;
    }
    let inner = &inner[..end];
    let length = |behind: &str| 2 + inner.len() - behind.len();
    let (charset, inner) = inner.split_once('?')?;
    let (coding, inner) = inner.split_once('?')?;
    let (data, behind) = inner.split_once("?=")?;
    // RFC 2231 lets a language stand behind the set.
    let charset = charset.split('*').next().unwrap_or_default();
    let is = |name: &str| charset.eq_ignore_ascii_case(name);
    let charset = if is("utf-8") || is("utf8") || is("us-ascii") {
        Charset::Utf8
    } else if is("iso-8859-1") {
        Charset::Latin1
    } else {
        return None;
    };
    let bytes = match coding {
        "B" | "b" => base64_text::decode(data.as_bytes())?,
        "Q" | "q" => quoted(data)?,
        _ => return None,
    };
    Some((Word { charset, bytes }, length(behind)))
}

const LONGEST_WORD: usize = 4096;

/// `_` for a space, `=XX` for a byte.
fn quoted(data: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(data.len());
    let mut bytes = data.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'_' => b' ',
            b'=' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            other => other,
        });
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(word: &str, text: &str) {
        assert_eq!(decode(word), text, "{word}");
    }

    #[test]
    fn both_codings_and_three_character_sets_are_read() {
        check("=?UTF-8?b?Y2Fyb2xAZXhhbXBsZS5jb20=?=", "carol@example.com");
        check("=?utf-8?Q?caf=C3=A9_au_lait?=", "café au lait");
        check("=?iso-8859-1?Q?caf=E9?=", "café");
        check("=?us-ascii*en?Q?a?= b", "a b");
    }

    #[test]
    fn words_in_a_row_are_one_text() {
        check("=?utf-8?B?QQ==?= =?utf-8?B?Qg==?=\t=?utf-8?Q?C?=", "ABC");
        check("=?utf-8?B?w6k=?= and =?utf-8?B?w6k=?=", "é and é");
        check("=?utf-8?Q?=C3?= =?utf-8?Q?=A9?=!", "é!");
        check(
            "x =?utf-8?Q?=C3?= =?iso-8859-1?Q?=E9?=",
            "x =?utf-8?Q?=C3?=é",
        );
    }

    #[test]
    fn what_cannot_be_decoded_stays() {
        for text in [
            "plain",
            "=?",
            "=?utf-8?B?",
            "=?utf-8?B?!!?=",
            "=?koi8-r?B?QQ==?=",
            "=?utf-8?X?QQ==?=",
            "=?utf-8?Q?=G1?=",
            "=?utf-8?Q?=C3?=",
            "a =?utf-8?Q?=FF?= b",
            "=?=?=?=",
        ] {
            check(text, text);
        }
        check("=?x =?utf-8?Q?A?=", "=?x A");
        check("=?utf-8?B??=", "");
    }

    #[test]
    fn only_what_needs_it_is_encoded() {
        assert_eq!(encode_if_needed("Re: hello"), "Re: hello");
        assert_eq!(encode_if_needed("a=?b"), "=?utf-8?B?YT0/Yg==?=");
        assert_eq!(encode_if_needed("a\r\nb"), "=?utf-8?B?YQ0KYg==?=");
    }

    #[test]
    fn a_text_made_to_be_slow_is_not() {
        for piece in ["=?utf-8?B?x", "=?", "=?utf-8?Q?=C3?= ", "=?utf-8?B?QQ==?="] {
            let _ = decode(&piece.repeat((1 << 17) / piece.len()));
        }
    }

    #[test]
    fn a_text_longer_than_any_name_comes_back() {
        for length in [0, 1, 3047, 3048, 3049, 10_000] {
            let text = "é".repeat(length);
            assert_eq!(decode(&encode(&text)), text, "{length}");
        }
        assert_eq!(encode(&"n".repeat(3000)).matches("=?").count(), 1);
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(text in "\\PC{0,200}") {
            for word in [encode(&text), encode_if_needed(&text).into_owned()] {
                prop_assert_eq!(decode(&word), text.as_str());
            }
        }

        #[test]
        fn any_text_is_read_without_panic(text in "(=\\?|utf-8|\\?|Q|B|=C3|=A9| |é|a)*") {
            let _ = decode(&text);
        }
    }
}
