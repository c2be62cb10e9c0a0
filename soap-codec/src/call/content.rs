//! The table's own words: what an element may hold, one line of a table, and how its member is found and put.

use std::borrow::Cow;
use std::fmt;

use crate::call::vocabulary::{Vocabulary, local};
use crate::element::Element;
use crate::ns;

/// A value that one element holds.
pub trait Content: Sized {
    /// What it is, for the documentation.
    const KIND: Kind;

    /// Reads it. The error has an empty path, which its holders fill.
    fn read(element: &Element) -> Result<Self, ContentError>;

    /// Puts it into an element that has its name already.
    fn fill(&self, element: &mut Element, vocabulary: &Vocabulary);

    /// Whether the element, though it is there, holds nothing of this kind: .NET takes `xsi:nil` for absent.
    fn is_missing(element: &Element) -> bool {
        element.is_nil()
    }
}

/// What an element holds, for people.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever prints the tables prints every kind"
)]
pub enum Kind {
    /// Any text.
    Text,
    /// A text that nobody may see.
    Secret,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Number,
    /// A [`Timestamp`](crate::call::Timestamp).
    Time,
    /// A [`Guid`](crate::call::Guid).
    Guid,
    /// One of these words, or another.
    Words(&'static [&'static str]),
    /// A structure: its name and its members.
    Structure(&'static str, &'static [Field]),
}

/// The peer's element does not hold what it should: where, and what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the peer's element {} does not hold {expected}", Path(.path))]
pub struct ContentError {
    /// The names on the way to it, the innermost first.
    pub path: Vec<&'static str>,
    /// What should have been there.
    pub expected: &'static str,
}

impl ContentError {
    /// Something else than this is in the element that is just read.
    pub(crate) const fn expected(expected: &'static str) -> Self {
        Self {
            path: Vec::new(),
            expected,
        }
    }

    /// The same, seen from one element further out.
    #[must_use]
    pub(crate) fn inside(mut self, name: &'static str) -> Self {
        self.path.push(name);
        self
    }
}

struct Path<'p>(&'p [&'static str]);

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, name) in self.0.iter().rev().enumerate() {
            f.write_str(if number > 0 { "/" } else { "" })?;
            f.write_str(name)?;
        }
        Ok(())
    }
}

/// One line of a table.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The element's or attribute's name; behind its prefix, if it has one, the name on the wire.
    pub name: &'static str,
    /// Where it stands.
    pub place: Place,
    /// What is in it.
    pub kind: Kind,
    /// Whether there may be several.
    pub many: bool,
}

/// Where a member stands in its structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever prints the tables prints every place"
)]
pub enum Place {
    /// An element; several are elements of the same name one after the other.
    Element,
    /// An element that holds an element of this name for each entry.
    List {
        /// The name of each entry.
        entry: &'static str,
        /// Whether the list is there when it is empty.
        always: bool,
    },
    /// An attribute.
    Attribute,
    /// The structure's own text.
    Text,
}

/// A member of a structure: there or not (`Option`), any number of them (`Vec`), or always there.
pub trait Member: Sized {
    /// What each of them is.
    const KIND: Kind;
    /// Whether there may be several.
    const MANY: bool;

    /// Becomes what a structure holds, whatever stands before it there.
    ///
    /// # Errors
    /// What stands there is something else; `self` is then as good as anything.
    fn take(&mut self, holder: &Element, field: &Field) -> Result<(), ContentError>;

    /// Puts it at the end of a structure.
    fn put(&self, holder: &mut Element, field: &Field, vocabulary: &Vocabulary);
}

impl<T: Content> Member for Option<T> {
    const KIND: Kind = T::KIND;
    const MANY: bool = false;

    fn take(&mut self, holder: &Element, field: &Field) -> Result<(), ContentError> {
        *self = None;
        if let Some(element) = field.source(holder)
            && !T::is_missing(&element)
        {
            *self = Some(T::read(&element).map_err(|error| error.inside(field.name))?);
        }
        Ok(())
    }

    fn put(&self, holder: &mut Element, field: &Field, vocabulary: &Vocabulary) {
        field.put_all(self.as_slice(), holder, vocabulary);
    }
}

impl<T: Content> Member for Vec<T> {
    const KIND: Kind = T::KIND;
    const MANY: bool = true;

    fn take(&mut self, holder: &Element, field: &Field) -> Result<(), ContentError> {
        self.clear();
        for element in field.sources(holder) {
            if !T::is_missing(&element) {
                self.push(T::read(&element).map_err(|error| error.inside(field.name))?);
            }
        }
        Ok(())
    }

    fn put(&self, holder: &mut Element, field: &Field, vocabulary: &Vocabulary) {
        field.put_all(self, holder, vocabulary);
    }
}

impl<T: Content> Member for T {
    const KIND: Kind = T::KIND;
    const MANY: bool = false;

    fn take(&mut self, holder: &Element, field: &Field) -> Result<(), ContentError> {
        let mut taken: Option<T> = None;
        Member::take(&mut taken, holder, field)?;
        *self = taken.ok_or_else(|| ContentError::expected("anything").inside(field.name))?;
        Ok(())
    }

    fn put(&self, holder: &mut Element, field: &Field, vocabulary: &Vocabulary) {
        field.put_all(std::slice::from_ref(self), holder, vocabulary);
    }
}

impl Field {
    /// Whether this is the field that an element of this name belongs to.
    pub(crate) fn owns(&self, element: &Element) -> bool {
        match self.place {
            Place::Element | Place::List { .. } => is_named(element, self.name),
            Place::Attribute | Place::Text => false,
        }
    }

    /// What holds the first of its values.
    fn source<'e>(&self, holder: &'e Element) -> Option<Cow<'e, Element>> {
        self.sources(holder).into_iter().next()
    }

    /// What holds its values, in order: of an attribute or a text, an element made for it. Of a member that is there at most once
    /// the first counts, as with .NET (soap.md 2.9).
    fn sources<'e>(&self, holder: &'e Element) -> Vec<Cow<'e, Element>> {
        let named = |holder: &'e Element, name: &'static str| {
            let most = if self.many { usize::MAX } else { 1 };
            let found = holder.elements().filter(move |it| is_named(it, name));
            found.take(most).map(Cow::Borrowed).collect()
        };
        match self.place {
            Place::Element => named(holder, self.name),
            Place::List { entry, .. } => {
                let list = holder.elements().find(|it| is_named(it, self.name));
                list.map(|list| named(list, entry)).unwrap_or_default()
            }
            Place::Attribute => {
                let wanted = local(self.name);
                let mut attributes = holder.attributes().iter();
                let found = attributes.find(|it| it.name.local.eq_ignore_ascii_case(wanted));
                let made = |value: &str| Element::new(ns::NONE, wanted).with_text(value);
                found
                    .map(|it| Cow::Owned(made(&it.value)))
                    .into_iter()
                    .collect()
            }
            Place::Text => vec![Cow::Borrowed(holder)],
        }
    }

    fn put_all<T: Content>(&self, values: &[T], holder: &mut Element, vocabulary: &Vocabulary) {
        let name = match self.place {
            Place::Element | Place::Attribute => self.name,
            Place::List { entry, .. } => entry,
            Place::Text => {
                for value in values {
                    value.fill(holder, vocabulary);
                }
                return;
            }
        };
        let mut filled = Vec::with_capacity(values.len());
        for value in values {
            let mut element = vocabulary.element(name);
            value.fill(&mut element, vocabulary);
            filled.push(element);
        }
        self.hold(filled, holder, vocabulary);
    }

    /// Puts what has its content already where it belongs.
    fn hold(&self, filled: Vec<Element>, holder: &mut Element, vocabulary: &Vocabulary) {
        match self.place {
            Place::List { always, .. } => {
                if always || !filled.is_empty() {
                    holder.push(vocabulary.element(self.name).with_children(filled));
                }
            }
            Place::Attribute => {
                for element in filled {
                    let text = element.text().into_owned();
                    vocabulary.set_attribute(holder, self.name, text);
                }
            }
            Place::Element | Place::Text => {
                for element in filled {
                    holder.push(element);
                }
            }
        }
    }
}

/// The elements that none of these fields is for.
pub(crate) fn unowned(element: &Element, fields: &[Field]) -> Vec<Element> {
    let elements = element.elements();
    let unowned = elements.filter(|it| !fields.iter().any(|field| field.owns(it)));
    unowned.cloned().collect()
}

fn is_named(element: &Element, name: &'static str) -> bool {
    element.local().eq_ignore_ascii_case(local(name))
}
