//! From elements to characters, byte for byte as .NET writes them (soap.md 2.6, 2.9): no
//! indentation, `"` around values. Not over quick-xml's writer, because which characters become
//! references is part of those bytes. Never recursive.

use crate::element::{Attribute, Declaration, Element, Node};
use crate::error::EncodeError;
use crate::grammar;
use crate::ns;

/// What an envelope begins with.
pub(crate) const DECLARATION: &str = r#"<?xml version="1.0" encoding="utf-8"?>"#;

impl Element {
    /// Writes it as a document without a declaration. Empty elements are written `<x/>`.
    pub fn to_xml(&self) -> Result<String, EncodeError> {
        let mut out = String::new();
        Writer::new(&mut out, "/>").element(self)?;
        Ok(out)
    }
}

/// Writes elements behind and inside each other.
pub(crate) struct Writer<'o> {
    out: &'o mut String,
    /// How an empty element ends: `" />"` or `"/>"`.
    empty: &'static str,
    /// Every declaration in force, the innermost last: prefix (empty for the default), namespace.
    scope: Vec<(String, String)>,
}

/// An element whose end tag is yet to be written.
pub(crate) struct Open<'e> {
    prefix: String,
    local: &'e str,
    left: std::slice::Iter<'e, Node>,
    mark: usize,
}

impl<'o> Writer<'o> {
    pub(crate) fn new(out: &'o mut String, empty: &'static str) -> Self {
        Self {
            out,
            empty,
            scope: Vec::new(),
        }
    }

    /// Appends a whole element.
    pub(crate) fn element(&mut self, root: &Element) -> Result<(), EncodeError> {
        let mut open = Vec::new();
        open.extend(self.start(root)?);
        while let Some(innermost) = open.last_mut() {
            match innermost.left.next() {
                Some(Node::Element(child)) => open.extend(self.start(child)?),
                Some(Node::Text(text)) => escape(self.out, text, Place::Text)?,
                Some(Node::CData(text)) => self.cdata(text)?,
                None => {
                    if let Some(done) = open.pop() {
                        self.close(&done);
                    }
                }
            }
        }
        Ok(())
    }

    /// Appends an element's start tag, to be followed by its content and [`close`](Self::close).
    pub(crate) fn open<'e>(&mut self, element: &'e Element) -> Result<Open<'e>, EncodeError> {
        let open = self.tag(element)?;
        self.out.push('>');
        Ok(open)
    }

    /// Appends the end tag of the innermost open element.
    pub(crate) fn close(&mut self, open: &Open<'_>) {
        self.out.push_str("</");
        if !open.prefix.is_empty() {
            self.out.push_str(&open.prefix);
            self.out.push(':');
        }
        self.out.push_str(open.local);
        self.out.push('>');
        self.scope.truncate(open.mark);
    }

    /// A start tag; the whole element if it is empty.
    fn start<'e>(&mut self, element: &'e Element) -> Result<Option<Open<'e>>, EncodeError> {
        let open = self.tag(element)?;
        let has_content = element.children().iter().any(|node| match node {
            Node::Element(_) | Node::CData(_) => true,
            Node::Text(text) => !text.is_empty(),
        });
        if has_content {
            self.out.push('>');
            return Ok(Some(open));
        }
        self.out.push_str(self.empty);
        self.scope.truncate(open.mark);
        Ok(None)
    }

    /// A start tag without its end.
    fn tag<'e>(&mut self, element: &'e Element) -> Result<Open<'e>, EncodeError> {
        let mark = self.scope.len();
        for Declaration { prefix, namespace } in element.declarations() {
            self.bind(prefix.as_deref().unwrap_or_default(), namespace)?;
        }
        // Prefixes that names of this very tag rely on, the element's own first: no later
        // declaration on it may give them another meaning.
        let mut used = Vec::new();
        used.push(self.element_prefix(element, mark)?);
        for attribute in element.attributes() {
            let prefix = self.attribute_prefix(attribute, mark, &used)?;
            used.push(prefix);
        }
        let mut used = used.into_iter();
        let prefix = used.next().unwrap_or_default();

        self.out.push('<');
        self.name(&prefix, element.local())?;
        for (prefix, namespace) in self.scope.iter().skip(mark) {
            self.out.push_str(" xmlns");
            if !prefix.is_empty() {
                self.out.push(':');
                self.out.push_str(prefix);
            }
            self.out.push_str("=\"");
            escape(self.out, namespace, Place::Attribute)?;
            self.out.push('"');
        }
        for (attribute, prefix) in element.attributes().iter().zip(used) {
            self.out.push(' ');
            self.name(&prefix, &attribute.name.local)?;
            self.out.push_str("=\"");
            escape(self.out, &attribute.value, Place::Attribute)?;
            self.out.push('"');
        }
        Ok(Open {
            prefix,
            local: element.local(),
            left: element.children().iter(),
            mark,
        })
    }

    fn cdata(&mut self, text: &str) -> Result<(), EncodeError> {
        if let Some(c) = text.chars().find(|&c| !grammar::is_char(c) || c == '\r') {
            // A reader makes a line feed of a carriage return, and CDATA cannot say otherwise.
            return Err(EncodeError::Character(c));
        }
        self.out.push_str("<![CDATA[");
        // The end mark is cut in two, and each half goes into a section of its own.
        self.out.push_str(&text.replace("]]>", "]]]]><![CDATA[>"));
        self.out.push_str("]]>");
        Ok(())
    }

    fn name(&mut self, prefix: &str, local: &str) -> Result<(), EncodeError> {
        if !grammar::is_name(local) {
            return Err(EncodeError::Name);
        }
        if !prefix.is_empty() {
            self.out.push_str(prefix);
            self.out.push(':');
        }
        self.out.push_str(local);
        Ok(())
    }

    /// The prefix for an element's name, declared on it if need be.
    fn element_prefix(&mut self, element: &Element, mark: usize) -> Result<String, EncodeError> {
        let (namespace, wish) = (element.namespace(), element.prefix().unwrap_or_default());
        if namespace == ns::NONE {
            // No prefix can mean "no namespace".
            if !self.meaning("").is_empty() {
                self.rebind_default(mark)?;
            }
            return Ok(String::new());
        }
        self.prefix(namespace, wish, mark, &[])
    }

    /// The prefix for an attribute's name, declared on its element if need be.
    fn attribute_prefix(
        &mut self,
        attribute: &Attribute,
        mark: usize,
        used: &[String],
    ) -> Result<String, EncodeError> {
        let namespace = attribute.name.namespace.as_str();
        if namespace == ns::NONE {
            return Ok(String::new());
        }
        let bound = || {
            let mut known = self.scope.iter().rev().map(|(prefix, _)| prefix);
            known.find(|prefix| !prefix.is_empty() && self.meaning(prefix) == namespace)
        };
        let wish = attribute
            .prefix
            .as_deref()
            .or_else(|| bound().map(String::as_str));
        let wish = wish.unwrap_or("n0").to_owned();
        self.prefix(namespace, &wish, mark, used)
    }

    fn prefix(
        &mut self,
        namespace: &str,
        wish: &str,
        mark: usize,
        used: &[String],
    ) -> Result<String, EncodeError> {
        if self.meaning(wish) == namespace {
            return Ok(wish.to_owned());
        }
        if namespace == ns::XML {
            return Ok("xml".to_owned());
        }
        let taken = |wish: &str| {
            let mut own = self.scope.iter().skip(mark);
            own.any(|(prefix, _)| prefix == wish) || used.iter().any(|prefix| prefix == wish)
        };
        let prefix = if taken(wish) {
            // There are more numbers than prefixes to avoid, so one is free.
            (0..=self.scope.len() + used.len())
                .map(|number| format!("n{number}"))
                .find(|prefix| !taken(prefix))
                .unwrap_or_default()
        } else {
            wish.to_owned()
        };
        self.bind(&prefix, namespace)?;
        Ok(prefix)
    }

    fn bind(&mut self, prefix: &str, namespace: &str) -> Result<(), EncodeError> {
        if !prefix.is_empty() && !grammar::is_name(prefix) {
            return Err(EncodeError::Name);
        }
        if !ns::may_declare(prefix, namespace) {
            return Err(EncodeError::NamespaceDeclaration);
        }
        self.scope.push((prefix.to_owned(), namespace.to_owned()));
        Ok(())
    }

    /// Undoes the default namespace for an element in none, even against its own declaration.
    fn rebind_default(&mut self, mark: usize) -> Result<(), EncodeError> {
        let own = self
            .scope
            .iter_mut()
            .skip(mark)
            .find(|(prefix, _)| prefix.is_empty());
        match own {
            Some((_, namespace)) => namespace.clear(),
            None => self.bind("", ns::NONE)?,
        }
        Ok(())
    }

    /// What a prefix means here; empty for nothing.
    fn meaning(&self, prefix: &str) -> &str {
        if prefix == "xml" {
            return ns::XML;
        }
        let found = self.scope.iter().rev().find(|(known, _)| known == prefix);
        found.map_or(ns::NONE, |(_, namespace)| namespace)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Text,
    Attribute,
}

/// Appends text so that a reader gets back the same characters.
fn escape(out: &mut String, text: &str, place: Place) -> Result<(), EncodeError> {
    if let Some(c) = grammar::forbidden(text).and_then(|at| text.get(at..)?.chars().next()) {
        return Err(EncodeError::Character(c));
    }
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let reference = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'\r' => "&#13;",
            b'"' if place == Place::Attribute => "&quot;",
            b'\n' if place == Place::Attribute => "&#10;",
            b'\t' if place == Place::Attribute => "&#9;",
            _ => continue,
        };
        // Both ends are at ASCII bytes, so the slice is at characters' edges.
        out.push_str(text.get(from..at).unwrap_or_default());
        out.push_str(reference);
        from = at + 1;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    Ok(())
}
