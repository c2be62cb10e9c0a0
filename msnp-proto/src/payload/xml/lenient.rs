//! A second try for documents whose writer did not escape what people typed.

use alloc::string::String;
use alloc::vec::Vec;

use super::chars::is_legal;
use super::element::Element;
use super::error::{XmlError, XmlErrorKind};
use super::limits::XmlLimits;
use super::resolve::reference;

impl Element {
    /// Reads a document in which the values of attributes, and the text of the elements called `leaves`, may hold raw
    /// `<` and `&`, as one server writes the personal messages of MSNP13 to MSNP15 (msnp8-18.md 8.3).
    ///
    /// A well-formed document is read as by [`parse`](Self::parse). In another one, all that stands in a leaf is its
    /// text: up to the first end tag of its name behind which a tag or the end follows; all that stands between quotes
    /// in a tag is a value. Bytes that are no UTF-8 and characters that XML does not allow become U+FFFD.
    ///
    /// # Errors
    /// [`XmlError`] if it cannot be read like that either. Its offset is that of the first try.
    pub fn parse_lenient(
        document: &[u8],
        leaves: &[&str],
        limits: &XmlLimits,
    ) -> Result<Self, XmlError> {
        let strict = match Self::parse(document, limits) {
            Ok(element) => return Ok(element),
            Err(error) => error,
        };
        if matches!(
            strict.kind,
            XmlErrorKind::TooLong
                | XmlErrorKind::TooDeep
                | XmlErrorKind::TooManyElements
                | XmlErrorKind::TooManyAttributes
        ) {
            return Err(strict);
        }
        let mended = mend(&String::from_utf8_lossy(document), leaves);
        // Escapes make it longer, which is no fault of its writer.
        let limits = XmlLimits {
            bytes: limits.bytes.max(mended.len()),
            ..*limits
        };
        Self::parse(mended.as_bytes(), &limits).map_err(|_| strict)
    }
}

/// The document with the text of its leaves and its values escaped, and illegal characters replaced everywhere.
fn mend(document: &str, leaves: &[&str]) -> String {
    let mut out = String::with_capacity(document.len() + 64);
    let mut rest = document;
    // Names of which no end is left: looking again would take time that grows with the square of the length.
    let mut endless: Vec<&str> = Vec::new();
    while let Some(at) = rest.find('<') {
        push_legal(&mut out, &rest[..at]);
        rest = &rest[at..];
        let leaf = leaves.iter().find_map(|name| {
            let inside = rest[1..].strip_prefix(name)?.strip_prefix('>')?;
            (!endless.contains(name)).then_some((*name, inside))
        });
        let leaf = leaf.and_then(|(name, inside)| {
            let end = end_of_leaf(inside, name);
            if end.is_none() {
                endless.push(name);
            }
            Some((name, inside, end?))
        });
        if let Some((name, inside, length)) = leaf {
            out.push('<');
            out.push_str(name);
            out.push('>');
            escape(&mut out, &inside[..length]);
            rest = &inside[length..];
        } else {
            rest = push_tag(&mut out, rest);
        }
    }
    push_legal(&mut out, rest);
    out
}

/// Copies a tag, its values escaped, and gives what follows; of what is no tag the first character alone.
fn push_tag<'a>(out: &mut String, text: &'a str) -> &'a str {
    let mut rest = text;
    while let Some(at) = rest.find(['>', '"', '\'']) {
        let found = rest.as_bytes()[at];
        if found == b'>' {
            push_legal(out, &rest[..=at]);
            return &rest[at + 1..];
        }
        let value = &rest[at + 1..];
        let Some(length) = value.find(char::from(found)) else {
            break;
        };
        push_legal(out, &rest[..=at]);
        escape(out, &value[..length]);
        out.push(char::from(found));
        rest = &value[length + 1..];
    }
    push_legal(out, rest);
    ""
}

/// Where the text of a leaf ends: at the first end tag behind which a tag or the end of the document follows.
fn end_of_leaf(inside: &str, name: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        let start = at + inside[at..].find("</")?;
        at = start + 2;
        let behind = inside[at..]
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix('>'));
        if behind.is_some_and(|rest| matches!(rest.trim_start().chars().next(), Some('<') | None)) {
            return Some(start);
        }
    }
}

/// What is a reference stays one: the writer escapes some characters.
fn escape(out: &mut String, text: &str) {
    for (at, c) in text.char_indices() {
        match c {
            '&' if !is_reference(&text[at..]) => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(if is_legal(c) {
                c
            } else {
                char::REPLACEMENT_CHARACTER
            }),
        }
    }
}

/// Whether the text starts with one; the longest is `&#x10FFFF;`.
fn is_reference(text: &str) -> bool {
    let end = text.bytes().take(12).position(|b| b == b';');
    end.is_some_and(|end| reference(&text[..=end]).is_some())
}

fn push_legal(out: &mut String, text: &str) {
    out.extend(text.chars().map(|c| {
        if is_legal(c) {
            c
        } else {
            char::REPLACEMENT_CHARACTER
        }
    }));
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    fn read(document: impl AsRef<[u8]>) -> Result<Element, XmlError> {
        Element::parse_lenient(document.as_ref(), &["PSM", "Media"], &XmlLimits::DEFAULT)
    }

    #[track_caller]
    fn check(document: impl AsRef<[u8]>, psm: &str) {
        let text = read(document)
            .expect("mended")
            .child_text("PSM")
            .expect("there")
            .to_string();
        assert_eq!(text, psm);
    }

    #[test]
    fn raw_markup_in_a_leaf_is_its_text() {
        check(
            "<Data><PSM>a <c> & d</PSM><Media></Media></Data>",
            "a <c> & d",
        );
        check("<Data><PSM>I <3 you</PSM></Data>", "I <3 you");
        check("<Data><PSM>&#x26; & &amp; &lt;c></PSM></Data>", "& & & <c>");
        check("<Data><PSM>a</PSM>b</PSM><Media/></Data>", "a</PSM>b");
        check("<Data><PSM>]]></PSM> </Data>", "]]>");
        check("<Data><PSM><PSM>x</PSM></Data>", "<PSM>x");
        check("<Data><PSM>\u{1}\u{ffff}</PSM></Data>", "\u{fffd}\u{fffd}");
        check(b"<Data><PSM>\xff<</PSM></Data>", "\u{fffd}<");
    }

    #[test]
    fn raw_markup_in_a_value_is_a_value() {
        let list =
            read("<ml><c n='a' f=\"x < y & z &amp; > \"/><c f='\"<b>\"'/></ml>").expect("mended");
        let names: Vec<_> = list
            .elements()
            .map(|c| c.attribute("f").expect("there").to_string())
            .collect();
        assert_eq!(names, ["x < y & z & > ", "\"<b>\""]);
        check("<Data a=\"&\"><PSM>it's <3</PSM></Data>", "it's <3");
        assert!(read("<ml><c f=\"a\"b & c\"/></ml>").is_err());
    }

    #[test]
    fn what_is_well_formed_is_read_as_ever() {
        check("<Data><PSM>a<!-- b --> &lt;</PSM></Data>", "a <");
        assert_eq!(
            read("<Data><PSM/></Data>")
                .expect("well-formed")
                .child_text("PSM")
                .as_deref(),
            Some("")
        );
    }

    #[test]
    fn a_document_made_to_be_slow_is_not() {
        for piece in [
            "<PSM>",
            "<PSM></PSM>x",
            "&",
            "<PSM>&</PSM>",
            "</PSM",
            "<a b=\"",
            "<'",
            "<a '\"'",
        ] {
            let body = piece.repeat((1 << 17) / piece.len() - 40);
            let _ = read(alloc::format!("<Data><PSM>{body}"));
            let _ = read(alloc::format!("<Data><PSM>{body}</PSM></Data>"));
        }
    }

    #[test]
    fn other_faults_stay_faults_at_their_place() {
        for document in [
            "",
            "<Data>",
            "<Data><PSM>a<b></Data>",
            "<Data>a & b</Data>",
            "<Data><!DOCTYPE x><PSM>&</PSM></Data>",
        ] {
            let strict = Element::parse(document.as_bytes(), &XmlLimits::DEFAULT);
            assert_eq!(read(document), strict, "{document}");
            assert!(strict.is_err());
        }
    }
}
