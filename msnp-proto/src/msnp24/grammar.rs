//! The grammar of one MSNP24 line and of one header line, in nom. Nothing here leaves the crate.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_till1, take_until, take_while, take_while1};
use nom::character::complete::{char, multispace1};
use nom::combinator::{all_consuming, opt, rest, verify};
use nom::error::Error;
use nom::multi::many0_count;
use nom::sequence::{delimited, preceded, separated_pair};
use nom::{IResult, Parser};

use crate::frame::is_separator;
use crate::grammar::{number, separator, word};
use crate::msnp24::CommandErrorKind;

/// The words behind the verb of an MSNP24 line.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    pub(super) trid: u32,
    pub(super) channel: &'a [u8],
}

/// `line = [SP] CMD SP TrID SP type SP len [SP]`; `SP` is any run of spaces and tabs.
///
/// The length is the frame decoder's matter: it cut the payload by it. The error says at which
/// byte of the line the grammar broke.
pub(super) fn line(input: &[u8]) -> Result<Line<'_>, (CommandErrorKind, usize)> {
    let at = |left: &[u8]| input.len() - left.len();
    let (left, _) = step(preceded(take_while(is_separator), word).parse(input))
        .map_err(|left| (CommandErrorKind::Line, at(left)))?;
    let (left, trid) = step(preceded(separator, number).parse(left))
        .map_err(|left| (CommandErrorKind::TransactionId, at(left)))?;
    let (left, channel) = step(preceded(separator, word).parse(left))
        .map_err(|left| (CommandErrorKind::Line, at(left)))?;
    let blanks = take_while(is_separator);
    step(all_consuming(delimited(separator, number, blanks)).parse(left))
        .map_err(|left| (CommandErrorKind::Line, at(left)))?;
    Ok(Line { trid, channel })
}

/// `header = name ":" *SP [value] *SP`, without its line end.
///
/// Servers write one space; some peers none, and an empty value is legal on input
/// (JavaSkype, msnp24.md 18). A carriage return inside would be a line end to some readers (BitlBee).
pub(super) fn header(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let name = take_while1(|b: u8| b.is_ascii_graphic() && b != b':');
    let value = verify(rest, |value: &[u8]| {
        memchr::memchr2(b'\r', b'\0', value).is_none()
    });
    let parsed: IResult<_, _> = separated_pair(name, char(':'), value).parse(line);
    let (_, (name, value)) = parsed.ok()?;
    Some((name, trim(value)))
}

/// `document = [BOM] *( white space / "<?" .. "?>" / "<!--" .. "-->" ) "<" name ..`; the name, or
/// nothing if the document does not start so.
///
/// Replies do not say what they answer, and a response can be a megabyte: this looks at its root
/// element without reading the rest.
pub(super) fn root_name(document: &[u8]) -> &[u8] {
    fn between<'a>(
        open: &'static str,
        close: &'static str,
    ) -> impl Parser<&'a [u8], Output = &'a [u8], Error = Error<&'a [u8]>> {
        delimited(tag(open), take_until(close), tag(close))
    }
    let prolog = many0_count(alt((
        multispace1,
        between("<?", "?>"),
        between("<!--", "-->"),
    )));
    let name = take_till1(|b: u8| b.is_ascii_whitespace() || b"/>!?".contains(&b));
    let parsed: IResult<_, _> =
        (opt(tag("\u{feff}")), prolog, preceded(char('<'), name)).parse(document);
    parsed.map_or(b"", |(_, (_, _, name))| name)
}

/// Without the spaces and tabs around it.
pub(super) fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

fn step<T>(result: IResult<&[u8], T>) -> Result<(&[u8], T), &[u8]> {
    result.map_err(|error| match error {
        nom::Err::Error(error) | nom::Err::Failure(error) => error.input,
        // Only streaming parsers ask for more; these are the complete ones.
        nom::Err::Incomplete(_) => &[],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn root(document: &str, name: &str) {
        assert_eq!(root_name(document.as_bytes()), name.as_bytes());
    }

    #[test]
    fn a_document_is_known_by_its_root() {
        root("<thread><id/></thread>", "thread");
        root(
            "\u{feff}<?xml version='1.0'?>\r\n<!-- <no> --><a b='c'>",
            "a",
        );
        root("<a/>", "a");
        root("<a", "a");
        root("", "");
        root("a", "");
        root("<!-- <a>", "");
        root("<>", "");
    }

    #[test]
    fn a_header_is_a_name_a_colon_and_a_value() {
        assert_eq!(header(b"Name:  v: w "), Some((&b"Name"[..], &b"v: w"[..])));
        assert_eq!(header(b"Name:"), Some((&b"Name"[..], &b""[..])));
        assert_eq!(header(b"Name"), None);
        assert_eq!(header(b"Na me: v"), None);
        assert_eq!(header(b"Name: v\rw"), None);
    }

    #[test]
    fn a_line_is_four_words() {
        let parsed = line(b"SDG 0 MSGR 447").expect("a line");
        assert_eq!((parsed.trid, parsed.channel), (0, &b"MSGR"[..]));
        assert_eq!(line(b"SDG 0 MSGR x"), Err((CommandErrorKind::Line, 11)));
        assert_eq!(line(b"SDG 0 MSGR 4 4"), Err((CommandErrorKind::Line, 13)));
        assert_eq!(line(b"SDG 0"), Err((CommandErrorKind::Line, 5)));
        assert_eq!(
            line(b"SDG -1 A 4"),
            Err((CommandErrorKind::TransactionId, 4))
        );
    }
}
