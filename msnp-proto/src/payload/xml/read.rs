//! Text -> tree: one pass, a stack of its own, limits checked before anything is kept.

use alloc::string::String;
use alloc::vec::Vec;

use super::chars::{continues_name, starts_name};
use super::element::{Element, EmptyTag, Node};
use super::error::{XmlError, XmlErrorKind};
use super::limits::XmlLimits;
use super::resolve::{Place, resolve};
use super::shared_name::shared_name;

impl Element {
    /// Reads a document and gives its root element.
    ///
    /// UTF-8 only, with or without an XML declaration; the five predefined entities and numeric
    /// references; CDATA becomes text; comments are skipped. White space around the root is
    /// accepted, since clients end their documents with a counted line end (msnp24.md 2.2).
    ///
    /// # Errors
    /// [`XmlError`] if the document is not well-formed, goes beyond a limit, or holds a document
    /// type declaration or a processing instruction.
    pub fn parse(document: &[u8], limits: &XmlLimits) -> Result<Self, XmlError> {
        if document.len() > limits.bytes {
            return Err(XmlErrorKind::TooLong.at(limits.bytes));
        }
        let text = core::str::from_utf8(document)
            .map_err(|error| XmlErrorKind::NotUtf8.at(error.valid_up_to()))?;
        if let Some(at) = illegal_character(document) {
            return Err(XmlErrorKind::BadCharacter.at(at));
        }
        Reader {
            text,
            at: 0,
            elements: 0,
            limits,
        }
        .document()
    }
}

/// The first control character, U+FFFE or U+FFFF: what UTF-8 allows and XML does not.
fn illegal_character(document: &[u8]) -> Option<usize> {
    let is_control = |b: &u8| *b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r');
    // Whole blocks without an early end, which the compiler turns into vector code.
    let clean = document
        .chunks(64)
        .take_while(|block| !block.iter().fold(false, |found, b| found | is_control(b)))
        .map(<[u8]>::len)
        .sum();
    let control = document[clean..].iter().position(is_control);
    let control = control.map(|at| clean + at);
    let end = control.unwrap_or(document.len());
    memchr::memchr_iter(0xEF, &document[..end])
        .find(|at| {
            document[*at..].starts_with(b"\xEF\xBF\xBE")
                || document[*at..].starts_with(b"\xEF\xBF\xBF")
        })
        .or(control)
}

struct Reader<'a> {
    text: &'a str,
    /// Always at a character boundary within `text`.
    at: usize,
    elements: usize,
    limits: &'a XmlLimits,
}

/// How a start tag ended.
enum Start {
    /// `<a>`
    Open,
    /// `<a/>` or `<a />`
    Closed,
}

impl<'a> Reader<'a> {
    fn document(mut self) -> Result<Element, XmlError> {
        self.eat("\u{FEFF}");
        self.declaration()?;
        // The elements whose end is still to come. A stack of our own: the depth is the peer's choice.
        let mut open: Vec<Element> = Vec::new();
        let mut root = None;
        loop {
            match open.last_mut() {
                Some(element) => self.text(element)?,
                None => self.skip_space(),
            }
            if self.at == self.text.len() {
                return match root {
                    Some(root) if open.is_empty() => Ok(root),
                    _ => Err(self.error(XmlErrorKind::Unfinished)),
                };
            }
            let tag = self.at;
            if self.eat("</") {
                let element = open.pop().ok_or(XmlErrorKind::OutsideRoot.at(tag))?;
                self.end_tag(&element)?;
                match open.last_mut() {
                    Some(parent) => parent.push_read(Node::Element(element)),
                    None => root = Some(element),
                }
            } else if self.eat("<!--") {
                self.comment(tag)?;
            } else if self.eat("<![CDATA[") {
                let element = open.last_mut().ok_or(XmlErrorKind::OutsideRoot.at(tag))?;
                self.cdata(element)?;
            } else if self.eat("<!DOCTYPE") {
                return Err(XmlErrorKind::Doctype.at(tag));
            } else if self.eat("<?") {
                return Err(XmlErrorKind::ProcessingInstruction.at(tag));
            } else if self.eat("<") {
                // Limits come before anything is built.
                if root.is_some() {
                    return Err(XmlErrorKind::OutsideRoot.at(tag));
                }
                if open.len() >= usize::from(self.limits.depth) {
                    return Err(XmlErrorKind::TooDeep.at(tag));
                }
                if self.elements >= self.limits.elements {
                    return Err(XmlErrorKind::TooManyElements.at(tag));
                }
                self.elements += 1;
                let (element, start) = self.start_tag()?;
                match (start, open.last_mut()) {
                    (Start::Open, _) => open.push(element),
                    (Start::Closed, Some(parent)) => parent.push_read(Node::Element(element)),
                    (Start::Closed, None) => root = Some(element),
                }
            } else {
                return Err(XmlErrorKind::OutsideRoot.at(tag));
            }
        }
    }

    /// `<?xml version="1.0" encoding="utf-8"?>`, if it is there.
    fn declaration(&mut self) -> Result<(), XmlError> {
        let start = self.at;
        let rest = self.rest().as_bytes();
        if !(rest.starts_with(b"<?xml") && rest.get(5).is_some_and(|b| is_space(*b))) {
            return Ok(());
        }
        self.at += 5;
        let mut allowed = ["version", "encoding", "standalone"].iter();
        let mut versioned = false;
        loop {
            let spaced = self.skip_space_was_there();
            if self.eat("?>") {
                break;
            }
            if !spaced {
                return Err(self.error(XmlErrorKind::ProcessingInstruction));
            }
            let at = self.at;
            let (name, value) = self.attribute()?;
            if !allowed.any(|other| *other == name) {
                return Err(XmlErrorKind::ProcessingInstruction.at(at));
            }
            versioned |= name == "version";
            if name == "encoding"
                && !(value.eq_ignore_ascii_case("utf-8") || value.eq_ignore_ascii_case("us-ascii"))
            {
                return Err(XmlErrorKind::NotUtf8.at(at));
            }
        }
        if versioned {
            Ok(())
        } else {
            Err(XmlErrorKind::ProcessingInstruction.at(start))
        }
    }

    /// Text up to the next tag or the end.
    fn text(&mut self, element: &mut Element) -> Result<(), XmlError> {
        let rest = self.rest();
        let end = memchr::memchr(b'<', rest.as_bytes()).unwrap_or(rest.len());
        let raw = &rest[..end];
        if raw.is_empty() {
            return Ok(());
        }
        // A `>` is rare in text, and looking for it is cheap.
        let mut ends = memchr::memchr_iter(b'>', raw.as_bytes());
        if let Some(at) = ends.find(|at| raw[..*at].ends_with("]]")) {
            return Err(XmlErrorKind::StrayCdataEnd.at(self.at + at - 2));
        }
        self.append(element, raw, Place::Text)?;
        self.at += end;
        Ok(())
    }

    fn cdata(&mut self, element: &mut Element) -> Result<(), XmlError> {
        let rest = self.rest();
        let end = memchr::memmem::find(rest.as_bytes(), b"]]>")
            .ok_or(XmlErrorKind::Unfinished.at(self.text.len()))?;
        self.append(element, &rest[..end], Place::Cdata)?;
        self.at += end + 3;
        Ok(())
    }

    /// Appends text to the text that the content ends with, if it does.
    fn append(&self, element: &mut Element, raw: &str, place: Place) -> Result<(), XmlError> {
        let mut text = element.pop_text().unwrap_or_default();
        resolve(raw, self.at, place, &mut text)?;
        if !text.is_empty() {
            element.push_read(Node::Text(text));
        }
        Ok(())
    }

    fn comment(&mut self, start: usize) -> Result<(), XmlError> {
        let end = memchr::memmem::find(self.rest().as_bytes(), b"--")
            .ok_or(XmlErrorKind::Unfinished.at(self.text.len()))?;
        self.at += end + 2;
        if self.eat(">") {
            Ok(())
        } else {
            Err(XmlErrorKind::BadComment.at(start))
        }
    }

    /// The rest of an end tag, behind `</`.
    fn end_tag(&mut self, element: &Element) -> Result<(), XmlError> {
        let at = self.at;
        if self.name()? != element.name() {
            return Err(XmlErrorKind::MismatchedTag.at(at));
        }
        self.skip_space();
        if self.eat(">") {
            Ok(())
        } else {
            Err(self.error(XmlErrorKind::BadTag))
        }
    }

    /// The rest of a start tag, behind `<`.
    fn start_tag(&mut self) -> Result<(Element, Start), XmlError> {
        let mut element = Element::named(shared_name(self.name()?));
        loop {
            let spaced = self.skip_space_was_there();
            if self.eat(">") {
                return Ok((element, Start::Open));
            }
            if self.eat("/>") {
                element.set_empty_tag(if spaced {
                    EmptyTag::SpacedSlash
                } else {
                    EmptyTag::Slash
                });
                return Ok((element, Start::Closed));
            }
            if !spaced {
                return Err(self.error(XmlErrorKind::BadTag));
            }
            let at = self.at;
            if element.attributes().len() >= self.limits.attributes {
                return Err(XmlErrorKind::TooManyAttributes.at(at));
            }
            let (name, value) = self.attribute()?;
            if element.attribute(name).is_some() {
                return Err(XmlErrorKind::RepeatedAttribute.at(at));
            }
            element.push_attribute(shared_name(name), value);
        }
    }

    /// `name = "value"`
    fn attribute(&mut self) -> Result<(&'a str, String), XmlError> {
        let name = self.name()?;
        self.skip_space();
        if !self.eat("=") {
            return Err(self.error(XmlErrorKind::BadAttribute));
        }
        self.skip_space();
        let quote = if self.eat("\"") {
            b'"'
        } else if self.eat("'") {
            b'\''
        } else {
            return Err(self.error(XmlErrorKind::BadAttribute));
        };
        let rest = self.rest();
        // `<` cannot stand in a value; looking for it as well stops the search at the next tag.
        let end = memchr::memchr2(quote, b'<', rest.as_bytes())
            .ok_or(XmlErrorKind::Unfinished.at(self.text.len()))?;
        if rest.as_bytes()[end] == b'<' {
            return Err(XmlErrorKind::BadAttribute.at(self.at + end));
        }
        let mut value = String::new();
        resolve(&rest[..end], self.at, Place::Value, &mut value)?;
        self.at += end + 1;
        Ok((name, value))
    }

    fn name(&mut self) -> Result<&'a str, XmlError> {
        let rest = self.rest();
        match rest.chars().next() {
            Some(first) if starts_name(first) => {}
            Some(_) => return Err(self.error(XmlErrorKind::BadName)),
            None => return Err(self.error(XmlErrorKind::Unfinished)),
        }
        // Nearly all names are ASCII letters and digits to their end.
        let plain = rest.bytes().position(|b| !b.is_ascii_alphanumeric());
        let plain = plain.unwrap_or(rest.len());
        let end = match rest.as_bytes().get(plain) {
            Some(b'>' | b'=' | b' ' | b'/') | None => plain,
            _ => rest.find(|c| !continues_name(c)).unwrap_or(rest.len()),
        };
        self.at += end;
        Ok(&rest[..end])
    }

    fn skip_space(&mut self) {
        let rest = self.rest().as_bytes();
        self.at += rest
            .iter()
            .position(|b| !is_space(*b))
            .unwrap_or(rest.len());
    }

    fn skip_space_was_there(&mut self) -> bool {
        let before = self.at;
        self.skip_space();
        self.at != before
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// The error at this place; at the end of the document it is that the document ends.
    fn error(&self, kind: XmlErrorKind) -> XmlError {
        if self.at == self.text.len() {
            XmlErrorKind::Unfinished.at(self.at)
        } else {
            kind.at(self.at)
        }
    }
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[track_caller]
    fn refused(document: &str, kind: XmlErrorKind, offset: usize) {
        let read = Element::parse(document.as_bytes(), &XmlLimits::DEFAULT);
        assert_eq!(read, Err(kind.at(offset)), "{document:?}");
    }

    #[test]
    fn a_control_character_is_found_wherever_it_stands() {
        for at in 3..200 {
            let padding = "x".repeat(at - 3);
            refused(
                &format!("<a>{padding}\u{1}\u{2}</a>"),
                XmlErrorKind::BadCharacter,
                at,
            );
        }
    }

    #[test]
    fn the_end_of_a_cdata_section_is_no_text() {
        refused("<a>]]></a>", XmlErrorKind::StrayCdataEnd, 3);
        refused("<a>]>]]]></a>", XmlErrorKind::StrayCdataEnd, 6);
        let legal = Element::parse(b"<a>]> ]] ></a>", &XmlLimits::DEFAULT);
        assert_eq!(legal.expect("legal").text(), "]> ]] >");
    }

    #[test]
    fn a_name_may_start_in_ascii_and_go_on_otherwise() {
        for name in ["a", "a1", "a-b", "aé", "é", "a.b:c", "日本"] {
            let document = format!("<{name} {name}='1'></{name}\n>");
            let element = Element::parse(document.as_bytes(), &XmlLimits::DEFAULT);
            let element = element.expect("legal");
            assert_eq!((element.name(), element.attribute(name)), (name, Some("1")));
        }
        refused("<a\u{d7}/>", XmlErrorKind::BadTag, 2);
    }
}
