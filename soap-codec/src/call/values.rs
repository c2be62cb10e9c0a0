//! The values that are no structures: texts, secrets, truth, numbers.

use std::fmt;

use machine_contract::Secret;

use crate::call::content::{Content, ContentError, Kind};
use crate::call::vocabulary::Vocabulary;
use crate::element::{Element, is_true};
use crate::grammar::SPACE;

/// A text without the lines and the indentation that some callers put around every value (soap.md 5.7). Spaces alone are part of it.
fn unpadded(element: &Element) -> String {
    let text = element.text();
    let body = text.trim_matches(SPACE);
    let start = text.len() - text.trim_start_matches(SPACE).len();
    let around = [text.get(..start), text.get(start + body.len()..)];
    if around.iter().flatten().any(|space| space.contains('\n')) {
        return body.to_owned();
    }
    text.into_owned()
}

impl Content for String {
    const KIND: Kind = Kind::Text;

    fn read(element: &Element) -> Result<Self, ContentError> {
        Ok(unpadded(element))
    }

    fn fill(&self, element: &mut Element, _: &Vocabulary) {
        if !self.is_empty() {
            element.push_text(self);
        }
    }
}

impl Content for Secret<String> {
    const KIND: Kind = Kind::Secret;

    fn read(element: &Element) -> Result<Self, ContentError> {
        Ok(Self::new(unpadded(element)))
    }

    fn fill(&self, element: &mut Element, vocabulary: &Vocabulary) {
        self.expose().fill(element, vocabulary);
    }
}

/// A text of which every line break and space counts: a message, or a document that is the text of an element.
///
/// `Debug` shows its length alone: messages are nobody's business, and documents hold tickets.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Verbatim(String);

impl Verbatim {
    /// This text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Verbatim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verbatim({} bytes)", self.0.len())
    }
}

impl Content for Verbatim {
    const KIND: Kind = Kind::Text;

    fn read(element: &Element) -> Result<Self, ContentError> {
        Ok(Self(element.text().into_owned()))
    }

    fn fill(&self, element: &mut Element, vocabulary: &Vocabulary) {
        self.0.fill(element, vocabulary);
    }
}

/// A text that is a value of its own, padding trimmed.
pub(crate) fn trimmed(element: &Element) -> String {
    element.text().trim_matches(SPACE).to_owned()
}

/// Nil, or nothing but white space: for values that are never empty.
pub(crate) fn is_blank(element: &Element) -> bool {
    element.is_nil() || element.text().trim_matches(SPACE).is_empty()
}

impl Content for bool {
    const KIND: Kind = Kind::Boolean;

    fn read(element: &Element) -> Result<Self, ContentError> {
        let text = trimmed(element).to_ascii_lowercase();
        if is_true(&text) {
            return Ok(true);
        }
        match text.as_str() {
            "false" | "0" => Ok(false),
            _ => Err(ContentError::expected("true or false")),
        }
    }

    fn fill(&self, element: &mut Element, _: &Vocabulary) {
        element.push_text(if *self { "true" } else { "false" });
    }

    fn is_missing(element: &Element) -> bool {
        is_blank(element)
    }
}

impl Content for i64 {
    const KIND: Kind = Kind::Number;

    fn read(element: &Element) -> Result<Self, ContentError> {
        let number = trimmed(element).parse();
        number.map_err(|_| ContentError::expected("a whole number"))
    }

    fn fill(&self, element: &mut Element, _: &Vocabulary) {
        element.push_text(&self.to_string());
    }

    fn is_missing(element: &Element) -> bool {
        is_blank(element)
    }
}
