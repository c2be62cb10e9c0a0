//! How members are found in the service's elements, and what is done about padding.

use std::borrow::Cow;

use crate::element::Element;
use crate::fields;
use crate::grammar::SPACE;
use crate::ns;

/// What a reader forgives beyond what the service itself forgave. The default is nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leniency {
    /// Accept names in any case: `ImType` for `imType`. The service's own casing is inconsistent
    /// (soap.md 2.2), so callers that were written by hand may have it wrong.
    pub any_case: bool,
    /// Trim passwords, messages and log lines that stand on lines of their own, as on the printed
    /// pages of the service's documentation. Identifiers are always trimmed (soap.md 2.10).
    pub printed: bool,
}

impl Leniency {
    /// Everything forgiven.
    pub const ALL: Self = Self {
        any_case: true,
        printed: true,
    };

    /// Whether an element of the service's namespace has this name.
    pub(crate) fn names(self, element: &Element, local: &str) -> bool {
        element.namespace() == ns::BSIM && self.same(element.local(), local)
    }

    pub(crate) fn same(self, found: &str, local: &str) -> bool {
        found == local || (self.any_case && found.eq_ignore_ascii_case(local))
    }

    /// The first member with this name; later ones do not count, as with .NET.
    pub(crate) fn member<'e>(self, holder: &'e Element, local: &str) -> Option<&'e Element> {
        holder.elements().find(|child| self.names(child, local))
    }

    /// An identifier, padding trimmed. `None` when absent or nil, which .NET takes for the same.
    pub(crate) fn trimmed(self, holder: &Element, local: &str) -> Option<String> {
        let member = self.member(holder, local).filter(|it| !it.is_nil())?;
        Some(trimmed(member))
    }

    /// A text in which white space may mean something.
    pub(crate) fn kept(self, holder: &Element, local: &str) -> Option<String> {
        let member = self.member(holder, local).filter(|it| !it.is_nil())?;
        Some(self.unprinted(member.text()).into_owned())
    }

    /// Takes off the lines that the printed pages put around a text.
    pub(crate) fn unprinted(self, text: Cow<'_, str>) -> Cow<'_, str> {
        let body = text.trim_matches(SPACE);
        let start = text.len() - text.trim_start_matches(SPACE).len();
        let around = [text.get(..start), text.get(start + body.len()..)];
        if self.printed && around.iter().flatten().any(|space| space.contains('\n')) {
            return Cow::Owned(body.to_owned());
        }
        text
    }
}

pub(crate) fn trimmed(element: &Element) -> String {
    element.text().trim_matches(SPACE).to_owned()
}

/// Whether an element of the result document is the service's: it has its namespace, or none.
pub(crate) fn is_ours(element: &Element) -> bool {
    matches!(element.namespace(), ns::NONE | ns::BSIM)
}

pub(crate) fn parts<'e>(
    holder: &'e Element,
    local: &'static str,
    leniency: Leniency,
) -> impl Iterator<Item = &'e Element> {
    let named = move |it: &&Element| is_ours(it) && leniency.same(it.local(), local);
    holder.elements().filter(named)
}

/// An attribute's value, trimmed as identifiers are; empty if it is not there.
pub(crate) fn attribute<'e>(element: &'e Element, local: &str, leniency: Leniency) -> &'e str {
    let found = element
        .attributes()
        .iter()
        .find(|it| it.name.namespace.is_empty() && leniency.same(&it.name.local, local));
    found.map_or("", |it| it.value.trim_matches(SPACE))
}

pub(crate) fn member(element: &Element, local: &'static str, leniency: Leniency) -> String {
    parts(element, local, leniency)
        .next()
        .map(trimmed)
        .unwrap_or_default()
}

pub(crate) fn field(element: &Element, local: &'static str, leniency: Leniency) -> String {
    parts(element, local, leniency)
        .next()
        .map(decoded)
        .unwrap_or_default()
}

/// A URL-encoded text. White space around it can only be padding: its own would be encoded.
pub(crate) fn decoded(element: &Element) -> String {
    fields::decode(element.text().trim_matches(SPACE)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(printed: bool, text: &str, read: &str) {
        let leniency = Leniency {
            printed,
            ..Leniency::default()
        };
        assert_eq!(leniency.unprinted(Cow::Borrowed(text)), read);
    }

    #[test]
    fn lines_around_a_text_go_only_if_asked() {
        check(true, "\n\t\t\tTest+Message\n\t\t", "Test+Message");
        check(true, " \n a \n b \n", "a \n b");
        check(false, "\n a \n", "\n a \n");
    }

    #[test]
    fn spaces_around_a_text_are_part_of_it() {
        check(true, " password ", " password ");
        check(true, "  ", "  ");
        check(true, "", "");
    }
}
