//! The characters of a posted envelope: what the transport names, a byte order mark, then the XML declaration.

use bytes::Bytes;
use soap_codec::ContentType;

/// A body whose characters cannot be read, and what is said of it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    /// Nobody here reads that encoding.
    #[error("the encoding {0:?} is not read here; UTF-8, UTF-16 and ISO-8859-1 are")]
    Encoding(String),
    /// The bytes are not what is named.
    #[error("the body is not {0}")]
    Bytes(&'static str),
}

/// The body in UTF-8, with a declaration that does not gainsay it. The charset of the transport wins (RFC 7303, 3):
/// .NET declares `utf-16` for every string that it then sends as UTF-8.
pub(super) fn decode(media: &ContentType, body: &Bytes) -> Result<Bytes, Unreadable> {
    match media.charset.as_deref() {
        Some("utf-8" | "utf8" | "us-ascii" | "ascii") => Ok(undeclared(body.clone())),
        Some("utf-16" | "utf-16le") if !body.starts_with(&[0xFE, 0xFF]) => {
            wide(body, u16::from_le_bytes)
        }
        Some("utf-16" | "utf-16be") => wide(body, u16::from_be_bytes),
        Some("iso-8859-1" | "iso8859-1" | "latin1" | "windows-1252") => {
            let text: String = body.iter().copied().map(char::from).collect();
            Ok(undeclared(text.into()))
        }
        Some(other) => Err(Unreadable::Encoding(other.chars().take(40).collect())),
        None => match body[..] {
            [0xFF, 0xFE, ..] | [b'<', 0, ..] => wide(body, u16::from_le_bytes),
            [0xFE, 0xFF, ..] | [0, b'<', ..] => wide(body, u16::from_be_bytes),
            _ => Ok(body.clone()),
        },
    }
}

fn wide(body: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Bytes, Unreadable> {
    let (pairs, rest) = body.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    let text: Result<String, _> = char::decode_utf16(units).collect();
    match text {
        Ok(text) if rest.is_empty() => {
            let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
            Ok(undeclared(Bytes::copy_from_slice(text.as_bytes())))
        }
        _ => Err(Unreadable::Bytes("UTF-16")),
    }
}

/// Blanks out the encoding that an XML declaration names, so that every position stays.
fn undeclared(body: Bytes) -> Bytes {
    let end = body.windows(2).take(256).position(|two| two == b"?>");
    let start = body
        .windows(8)
        .take(end.unwrap_or(0))
        .position(|eight| eight == b"encoding");
    let (Some(start), Some(end)) = (start, end) else {
        return body;
    };
    let value = &body[start..end];
    let mut quotes = value
        .iter()
        .enumerate()
        .filter(|(_, byte)| matches!(byte, b'"' | b'\''));
    let (Some((_, quote)), Some(close)) = (
        quotes.next(),
        quotes.find(|(_, byte)| matches!(byte, b'"' | b'\'')),
    ) else {
        return body;
    };
    if quote != close.1 {
        return body;
    }
    let close = start + close.0;
    let mut blank = body.to_vec();
    blank[start..=close].fill(b' ');
    blank.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content_type: &str, body: &[u8]) -> Result<String, Unreadable> {
        let media = ContentType::parse(content_type);
        let decoded = decode(&media, &Bytes::copy_from_slice(body))?;
        Ok(String::from_utf8(decoded.to_vec()).unwrap())
    }

    fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn the_charset_of_the_transport_wins_over_the_declaration() {
        let declared = "<?xml version=\"1.0\" encoding='utf-16'?><a>\u{e9}</a>";
        let read = read("text/xml; charset=utf-8", declared.as_bytes()).unwrap();
        assert!(
            !read.contains("utf-16") && read.len() == declared.len(),
            "{read}"
        );
        assert!(read.ends_with("?><a>\u{e9}</a>"), "{read}");
    }

    #[test]
    fn utf_16_is_read_with_and_without_a_mark_and_with_and_without_a_charset() {
        let text = "<a>\u{e9}\u{1f600}</a>";
        let marked = format!("\u{feff}{text}");
        for charset in ["; charset=utf-16", ""] {
            let header = format!("text/xml{charset}");
            assert_eq!(read(&header, &utf16(text, u16::to_le_bytes)).unwrap(), text);
            for unit in [u16::to_le_bytes, u16::to_be_bytes] {
                assert_eq!(read(&header, &utf16(&marked, unit)).unwrap(), text);
            }
        }
        let odd = &utf16(text, u16::to_be_bytes)[..9];
        let header = "text/xml; charset=UTF-16BE";
        assert_eq!(read(header, odd), Err(Unreadable::Bytes("UTF-16")));
        assert_eq!(read(header, &[0xD8, 0]), Err(Unreadable::Bytes("UTF-16")));
    }

    #[test]
    fn latin_1_is_read_and_what_nobody_reads_is_named() {
        let read_latin = read("text/xml; charset=ISO-8859-1", b"<a>\xe9</a>");
        assert_eq!(read_latin.unwrap(), "<a>\u{e9}</a>");
        let other = read("text/xml; charset=gb2312", b"<a/>");
        assert_eq!(other, Err(Unreadable::Encoding("gb2312".to_owned())));
        assert_eq!(read("text/xml", b"<a/>").unwrap(), "<a/>");
    }

    #[test]
    fn a_declaration_that_is_cut_or_odd_stays() {
        for odd in [
            "<?xml encoding",
            "<?xml encoding=\"a'?>",
            "<?xml?>encoding=\"a\"?>",
            "",
        ] {
            assert_eq!(
                read("text/xml; charset=utf-8", odd.as_bytes()).unwrap(),
                odd
            );
        }
    }
}
