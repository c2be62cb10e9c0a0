//! Which namespaces the names of a table mean: a table says `wsse:Security`, and a vocabulary what `wsse` is in this call.

use crate::element::Element;
use crate::ns;
use crate::shared_str::SharedStr;

/// The namespaces of a call's names.
///
/// A name in a table has a prefix (`wst:TokenType`) or none (`contactId`). Read are names by what stands behind the prefix, in whatever
/// namespace and case: peers mix the namespaces of two years in one message, and two calls of the address book differ in nothing but
/// the first letter of three names (soap.md 5.1, 5.4, 5.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vocabulary {
    namespace: &'static str,
    prefixes: &'static [(&'static str, &'static str)],
    spellings: &'static [(&'static str, &'static str)],
}

impl Vocabulary {
    /// Names without a prefix are in `namespace`; each prefix has the namespace beside it.
    pub const fn new(
        namespace: &'static str,
        prefixes: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self {
            namespace,
            prefixes,
            spellings: &[],
        }
    }

    /// The same, writing the first of each pair as the second.
    #[must_use]
    pub(crate) const fn spelling(self, spellings: &'static [(&'static str, &'static str)]) -> Self {
        Self { spellings, ..self }
    }

    /// The same with another namespace for names without a prefix.
    #[must_use]
    pub const fn within(self, namespace: &'static str) -> Self {
        Self { namespace, ..self }
    }

    /// The prefixes and what they mean.
    pub const fn prefixes(&self) -> &'static [(&'static str, &'static str)] {
        self.prefixes
    }

    /// An empty element of this name.
    pub(crate) fn element(&self, name: &'static str) -> Element {
        let (prefix, local) = parts(name);
        let written = self.spellings.iter().find(|(table, _)| *table == local);
        let local = written.map_or(local, |(_, wire)| wire);
        match prefix {
            None => Element::new(self.namespace, local),
            Some(prefix) => Element::new(self.meaning(prefix), local).with_prefix(prefix),
        }
    }

    /// Gives an element the attribute of this name; without a prefix it is in no namespace.
    pub(crate) fn set_attribute(&self, holder: &mut Element, name: &'static str, value: String) {
        let (prefix, local) = parts(name);
        let namespace = prefix.map_or(ns::NONE, |prefix| self.meaning(prefix));
        holder.set_attribute(namespace, local, value);
    }

    fn meaning(&self, prefix: &str) -> &'static str {
        match prefix {
            "xsi" => ns::XSI,
            "xml" => ns::XML,
            _ => {
                let found = self.prefixes.iter().find(|(known, _)| *known == prefix);
                found.map_or(self.namespace, |(_, namespace)| namespace)
            }
        }
    }

    /// Declares the prefixes of an element's content on it, so that it is not done again on each inside.
    pub(crate) fn declare_on(&self, element: &mut Element) {
        let mut used = Vec::new();
        let mut left: Vec<&Element> = vec![element];
        while let Some(next) = left.pop() {
            used.extend(next.prefix().map(str::to_owned));
            left.extend(next.elements());
            used.dedup();
        }
        for &(prefix, namespace) in self.prefixes {
            if used.iter().any(|it| it == prefix) {
                element.declare(SharedStr::constant(prefix), namespace);
            }
        }
    }
}

/// The prefix of a table's name, and what stands behind it.
fn parts(name: &'static str) -> (Option<&'static str>, &'static str) {
    match name.split_once(':') {
        Some((prefix, local)) => (Some(prefix), local),
        None => (None, name),
    }
}

/// What stands behind the prefix of a table's name.
pub(crate) fn local(name: &'static str) -> &'static str {
    parts(name).1
}
