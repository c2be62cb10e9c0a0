//! From a transport's bytes to characters: a byte order mark, then the charset of the `Content-Type`, then what the document
//! says of itself.

use std::borrow::Cow;

use crate::content_type::ContentType;
use crate::error::{CharsetError, EnvelopeError, Limit, Problem};
use crate::limits::Budget;

/// Bytes of a name that are told.
const NAME: usize = 40;

/// What is known of a body's characters before it is read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Characters<'a> {
    /// These they are; what an XML declaration says of them is not so any more.
    Known(Cow<'a, str>),
    /// The document has to say it.
    Unknown(&'a [u8]),
}

impl<'a> Characters<'a> {
    /// Reads a body of this type.
    ///
    /// A byte order mark wins over the charset, and that over the declaration (RFC 7303, 3): .NET declares `utf-16` for every string
    /// that it then sends as UTF-8. Without charset ASP.NET takes `text/xml` for ASCII (soap.md 2.9); what is more than that is read
    /// too, if the document shows what it is.
    ///
    /// What is made of the bytes is at most twice as long, and nothing is made of more than `budget` allows.
    pub(crate) fn read(
        media: &ContentType,
        body: &'a [u8],
        budget: &Budget,
    ) -> Result<Self, EnvelopeError> {
        budget
            .check(Limit::Bytes, body.len())
            .map_err(|problem| problem.at(budget.limits().bytes))?;
        let charset = media.charset.as_deref();
        let text = match (body, charset) {
            ([0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..], _) => Err(unknown("utf-32")),
            ([0xFF, 0xFE, rest @ ..], _) => wide(rest, u16::from_le_bytes),
            ([0xFE, 0xFF, rest @ ..], _) => wide(rest, u16::from_be_bytes),
            ([0xEF, 0xBB, 0xBF, ..], _) | (_, Some("utf-8" | "utf8" | "us-ascii" | "ascii")) => {
                return match std::str::from_utf8(body) {
                    Ok(text) => Ok(Self::Known(text.into())),
                    Err(error) => Err(Problem::InvalidUtf8.at(error.valid_up_to()).into()),
                };
            }
            (_, Some("utf-16le")) | ([b'<', 0, ..], Some("utf-16") | None) => {
                wide(body, u16::from_le_bytes)
            }
            (_, Some("utf-16be")) | ([0, b'<', ..], Some("utf-16") | None) => {
                wide(body, u16::from_be_bytes)
            }
            // .NET's own order.
            (_, Some("utf-16")) => wide(body, u16::from_le_bytes),
            (_, Some("iso-8859-1" | "iso8859-1" | "latin1")) => {
                Ok(body.iter().copied().map(char::from).collect())
            }
            (_, Some(other)) => Err(unknown(other)),
            (_, None) => return Ok(Self::Unknown(body)),
        };
        Ok(Self::Known(Cow::Owned(text?)))
    }
}

fn unknown(name: &str) -> CharsetError {
    CharsetError::Unknown(name.chars().take(NAME).collect())
}

fn wide(body: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, CharsetError> {
    let (pairs, rest) = body.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    let text: Result<String, _> = char::decode_utf16(units).collect();
    match text {
        Ok(text) if rest.is_empty() => Ok(text),
        _ => Err(CharsetError::Malformed("UTF-16")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::limits::Limits;

    fn read(content_type: &str, body: &[u8]) -> Result<String, EnvelopeError> {
        let media = ContentType::parse(content_type);
        match Characters::read(&media, body, &Budget::default())? {
            Characters::Known(text) => Ok(text.into_owned()),
            Characters::Unknown(bytes) => {
                assert_eq!(bytes, body);
                Ok("unknown".to_owned())
            }
        }
    }

    fn utf_16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    const UNITS: [fn(u16) -> [u8; 2]; 2] = [u16::to_le_bytes, u16::to_be_bytes];
    const TEXT: &str = "<a>\u{e9}\u{1f600}</a>";

    #[test]
    fn utf_16_is_read_with_and_without_a_mark_and_with_and_without_a_charset() {
        let marked = format!("\u{feff}{TEXT}");
        for unit in UNITS {
            for header in ["text/xml; charset=utf-16", "text/xml"] {
                assert_eq!(read(header, &utf_16(TEXT, unit)).unwrap(), TEXT);
                assert_eq!(read(header, &utf_16(&marked, unit)).unwrap(), TEXT);
            }
        }
        let [little, big] = UNITS.map(|unit| utf_16(TEXT, unit));
        assert_eq!(read("a/b; charset=UTF-16LE", &little).unwrap(), TEXT);
        assert_eq!(read("a/b; charset=UTF-16BE", &big).unwrap(), TEXT);
    }

    /// It was a mark in the other order that made `utf-16le` an encoding of no known name.
    #[test]
    fn a_mark_wins_over_the_charset() {
        for charset in ["utf-16le", "utf-16be", "utf-8", "iso-8859-1", "gb2312"] {
            let header = format!("text/xml; charset={charset}");
            let marked = format!("\u{feff}{TEXT}");
            for unit in UNITS {
                assert_eq!(read(&header, &utf_16(&marked, unit)).unwrap(), TEXT);
            }
            assert_eq!(read(&header, marked.as_bytes()).unwrap(), marked);
        }
    }

    #[test]
    fn latin_1_is_read_and_what_is_not_read_is_named() {
        let latin = read("text/xml; charset=ISO-8859-1", b"<a>\xe9\x80</a>");
        assert_eq!(latin.unwrap(), "<a>\u{e9}\u{80}</a>");
        // It differs from Latin-1 in 27 characters.
        for name in ["windows-1252", "gb2312", "utf-32", &"x".repeat(40)] {
            let other = read(&format!("text/xml; charset={name}x"), b"<a/>");
            let told = format!("{name}x").chars().take(40).collect();
            assert_eq!(other, Err(CharsetError::Unknown(told).into()));
        }
        let utf_32 = read("text/xml", b"\xff\xfe\0\0<\0\0\0");
        assert_eq!(utf_32, Err(CharsetError::Unknown("utf-32".into()).into()));
        assert_eq!(read("text/xml", b"<a/>").unwrap(), "unknown");
    }

    #[test]
    fn bytes_that_are_not_what_is_said_of_them_are_refused_and_utf_8_says_where() {
        let error = read("text/xml; charset=utf-8", b"<a>\xe9</a>").unwrap_err();
        assert_eq!(error, Problem::InvalidUtf8.at(3).into());
        for body in [&[0xD8, 0][..], &[0, b'<', 0]] {
            let error = read("text/xml; charset=utf-16be", body).unwrap_err();
            assert_eq!(error, CharsetError::Malformed("UTF-16").into());
        }
    }

    #[test]
    fn nothing_is_made_of_a_body_that_is_over_the_limit() {
        let limits = Limits {
            bytes: 3,
            ..Limits::REQUEST
        };
        let media = ContentType::parse("text/xml; charset=iso-8859-1");
        let refused = Characters::read(&media, b"<a/>", &Budget::new(limits));
        let expected = Problem::Limit(Limit::Bytes).at(3).into();
        assert_eq!(refused, Err(expected));
    }

    #[test]
    fn wherever_utf_16_is_cut_it_is_a_beginning_or_refused() {
        for unit in UNITS {
            let whole = utf_16(&format!("\u{feff}{TEXT}"), unit);
            for end in 2..whole.len() {
                match read("text/xml", &whole[..end]) {
                    Ok(text) => assert!(end % 2 == 0 && TEXT.starts_with(&text), "{end}"),
                    Err(error) => assert_eq!(error, CharsetError::Malformed("UTF-16").into()),
                }
            }
        }
    }

    proptest! {
        #[test]
        fn every_text_comes_back_from_every_encoding(text in "<\\PC{0,40}") {
            prop_assert_eq!(&read("a/b; charset=utf-8", text.as_bytes()).unwrap(), &text);
            for unit in UNITS {
                prop_assert_eq!(&read("a/b; charset=utf-16", &utf_16(&text, unit)).unwrap(), &text);
            }
            let latin: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(c).ok()).collect();
            if let Some(latin) = latin {
                prop_assert_eq!(read("a/b; charset=latin1", &latin).unwrap(), text);
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(charset in 0..6_usize, body in any::<Vec<u8>>()) {
            let names = ["utf-8", "utf-16", "utf-16le", "utf-16be", "latin1", "x"];
            let _ = read(&format!("a/b; charset={}", names[charset]), &body);
            let _ = read("a/b", &body);
        }
    }
}
