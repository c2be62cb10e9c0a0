//! `Guid`: the ids of contacts, groups and address books.

use std::fmt;
use std::hash::{Hash, Hasher};

use crate::call::content::{Content, ContentError, Kind};
use crate::call::values::{is_blank, trimmed};
use crate::call::vocabulary::Vocabulary;
use crate::element::Element;

/// An id: 8-4-4-4-12 hexadecimal digits by rights, any text in fact.
///
/// It is written as it came and compared without regard to case: one and the same group type is sent in upper case by clients and
/// in lower case by servers (soap.md 5.4). Ids of older accounts were plain numbers (msnp8-18.md 5.4), so nothing is refused.
#[derive(Clone, Debug, Default)]
pub struct Guid(String);

impl Guid {
    /// The address book of the account itself, and any other "none" (soap.md 5.4).
    pub const ZERO: &'static str = "00000000-0000-0000-0000-000000000000";

    /// This id.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The account's own address book.
    pub fn zero() -> Self {
        Self::new(Self::ZERO)
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it has the form of one, with or without braces.
    pub fn is_well_formed(&self) -> bool {
        let text = self.0.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
        let parts: Vec<&str> = text.unwrap_or(&self.0).split('-').collect();
        let digits = |part: &&str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
        parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]) && parts.iter().all(digits)
    }
}

impl From<&str> for Guid {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl PartialEq for Guid {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Guid {}

impl Hash for Guid {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for byte in self.0.bytes() {
            state.write_u8(byte.to_ascii_lowercase());
        }
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Content for Guid {
    const KIND: Kind = Kind::Guid;

    fn read(element: &Element) -> Result<Self, ContentError> {
        Ok(Self(trimmed(element)))
    }

    fn fill(&self, element: &mut Element, vocabulary: &Vocabulary) {
        self.0.fill(element, vocabulary);
    }

    fn is_missing(element: &Element) -> bool {
        is_blank(element)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_does_not_count_and_is_kept() {
        let (upper, lower) = (Guid::from("C8529CE2-6EAD"), Guid::from("c8529ce2-6ead"));
        assert_eq!(upper, lower);
        assert_eq!(upper.to_string(), "C8529CE2-6EAD");
    }

    #[test]
    fn form_is_told() {
        assert!(Guid::zero().is_well_formed());
        assert!(Guid::from("{c8529ce2-6ead-434d-881f-341e17db3ff8}").is_well_formed());
        assert!(!Guid::from("c8529ce2-6ead-434d-881f-341e17db3ff").is_well_formed());
        assert!(!Guid::from("12").is_well_formed());
    }
}
