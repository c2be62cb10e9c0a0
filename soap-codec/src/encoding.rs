//! From bytes to characters: byte order marks, the XML declaration, UTF-8.

use crate::error::{Problem, XmlError};
use crate::grammar::{self, is_space};
use crate::limits::Budget;

/// The characters of a document behind its byte order mark and declaration.
#[derive(Clone, Copy)]
pub(crate) struct Characters<'a> {
    pub(crate) text: &'a str,
    /// Bytes before `text`, to be added to each position.
    pub(crate) base: usize,
}

const BOM: &str = "\u{FEFF}";

/// Reads what came over the network: UTF-8, and nothing else.
///
/// ASCII counts as UTF-8, because it is part of it.
pub(crate) fn outer<'a>(bytes: &'a [u8], budget: &mut Budget) -> Result<Characters<'a>, XmlError> {
    budget
        .spend_bytes(bytes.len())
        .map_err(|problem| problem.at(budget.limits().bytes))?;
    if is_wide(bytes) {
        return Err(Problem::WideEncoding.at(0));
    }
    let body = bytes.strip_prefix(BOM.as_bytes()).unwrap_or(bytes);
    let base = bytes.len() - body.len();
    // The declaration is looked at first: bytes that are not UTF-8 mean little when it already
    // says that they are GB 2312.
    let declared = Declaration::read(body, base)?;
    let length = declared.map_or(0, |declaration| declaration.length);
    if let Some((encoding, at)) = declared.and_then(|declaration| declaration.encoding)
        && !["utf-8", "utf8", "us-ascii", "ascii"]
            .iter()
            .any(|known| encoding.eq_ignore_ascii_case(known.as_bytes()))
    {
        return Err(Problem::ForeignEncoding.at(at));
    }
    let base = base + length;
    let text = std::str::from_utf8(body.get(length..).unwrap_or_default())
        .map_err(|error| Problem::InvalidUtf8.at(base + error.valid_up_to()))?;
    checked(text, base)
}

/// Reads characters that a transport has brought: what their declaration says of bytes is of no account.
pub(crate) fn known<'a>(text: &'a str, budget: &mut Budget) -> Result<Characters<'a>, XmlError> {
    budget
        .spend_bytes(text.len())
        .map_err(|problem| problem.at(budget.limits().bytes))?;
    undeclared(text, text.strip_prefix(BOM).unwrap_or(text))
}

/// Reads a document that was the text of another. It is characters already, so the encoding that
/// its declaration names says nothing and may be anything (soap.md 2.4); white space and a byte
/// order mark in front are allowed.
pub(crate) fn inner<'a>(text: &'a str, budget: &mut Budget) -> Result<Characters<'a>, XmlError> {
    budget
        .spend_bytes(text.len())
        .map_err(|problem| problem.at(0))?;
    let body = text.trim_start_matches(grammar::SPACE);
    let body = body.strip_prefix(BOM).unwrap_or(body);
    undeclared(text, body.trim_start_matches(grammar::SPACE))
}

/// What is behind the declaration of `body`, which is the end of `text`.
fn undeclared<'a>(text: &str, body: &'a str) -> Result<Characters<'a>, XmlError> {
    let base = text.len() - body.len();
    let declared = Declaration::read(body.as_bytes(), base)?;
    let length = declared.map_or(0, |declaration| declaration.length);
    // A declaration is ASCII, so it ends at a character's edge.
    checked(body.get(length..).unwrap_or_default(), base + length)
}

fn checked(text: &str, base: usize) -> Result<Characters<'_>, XmlError> {
    if text.starts_with(BOM) {
        // A second one is text, and text before the root is not allowed. The tokenizer would skip it.
        return Err(Problem::TextOutsideRoot.at(base));
    }
    match grammar::forbidden(text) {
        Some(at) => Err(Problem::Character.at(base + at)),
        None => Ok(Characters { text, base }),
    }
}

/// UTF-16 and UTF-32 by their marks, or by `<` and white space as they write them.
fn is_wide(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] | [0, 0, 0xFE, 0xFF, ..] | [0, 0, 0, b'<', ..]
    ) || matches!(bytes, [0, second, ..] if is_start(*second))
        || matches!(bytes, [first, 0, ..] if is_start(*first))
}

const fn is_start(byte: u8) -> bool {
    byte == b'<' || is_space(byte)
}

/// `<?xml version="1.0" encoding="…" standalone="…"?>`
#[derive(Clone, Copy)]
struct Declaration<'a> {
    length: usize,
    encoding: Option<(&'a [u8], usize)>,
}

impl<'a> Declaration<'a> {
    /// `None` when the document has none.
    fn read(body: &'a [u8], base: usize) -> Result<Option<Self>, XmlError> {
        let Some(rest) = body.strip_prefix(b"<?xml") else {
            return Ok(None);
        };
        if !rest
            .first()
            .is_some_and(|&byte| is_space(byte) || byte == b'?')
        {
            // Another processing instruction, or the end: the reader says which.
            return Ok(None);
        }
        let Some(end) = rest.windows(2).position(|pair| pair == b"?>") else {
            return Err(Problem::Truncated.at(base + body.len()));
        };
        let mut rest = rest.get(..end).unwrap_or_default();
        let malformed = |rest: &[u8]| Problem::Declaration.at(base + START + end - rest.len());
        let version = attribute(&mut rest, b"version").map_err(|()| malformed(rest))?;
        match version {
            Some(b"1.0") => {}
            Some(_) => return Err(Problem::Version.at(base + START)),
            None => return Err(malformed(rest)),
        }
        let before = base + START + end - rest.len();
        let encoding = attribute(&mut rest, b"encoding").map_err(|()| malformed(rest))?;
        let standalone = attribute(&mut rest, b"standalone").map_err(|()| malformed(rest))?;
        if !matches!(standalone, None | Some(b"yes" | b"no")) || !rest.iter().all(|&b| is_space(b))
        {
            return Err(malformed(rest));
        }
        Ok(Some(Self {
            length: START + end + b"?>".len(),
            encoding: encoding.map(|name| (name, before)),
        }))
    }
}

/// Bytes of `<?xml`.
const START: usize = 5;

/// Takes white space, `name`, `=` and a quoted value off the front; `None` if the name is another.
fn attribute<'a>(rest: &mut &'a [u8], name: &[u8]) -> Result<Option<&'a [u8]>, ()> {
    let spaced = skip_space(rest);
    let Some(after) = spaced.strip_prefix(name) else {
        return Ok(None);
    };
    if spaced.len() == rest.len() {
        return Err(());
    }
    let after = skip_space(after).strip_prefix(b"=").ok_or(())?;
    let (quote, after) = skip_space(after).split_first().ok_or(())?;
    if !matches!(quote, b'"' | b'\'') {
        return Err(());
    }
    let end = after.iter().position(|byte| byte == quote).ok_or(())?;
    *rest = after.get(end + 1..).unwrap_or_default();
    Ok(after.get(..end))
}

fn skip_space(bytes: &[u8]) -> &[u8] {
    let spaces = bytes.iter().take_while(|&&byte| is_space(byte)).count();
    bytes.get(spaces..).unwrap_or_default()
}
