//! An XML element in memory: names by namespace, content in order, nothing known about SOAP.
//! Nothing here recurses, so that no depth of nesting can exhaust the stack.

use std::borrow::Cow;
use std::fmt;
use std::mem;

use crate::grammar;
use crate::ns;
use crate::shared_str::SharedStr;

/// Namespace and local name. The namespace is empty for names in none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// The namespace, not its prefix.
    pub namespace: SharedStr,
    /// The name behind the prefix.
    pub local: SharedStr,
}

/// An attribute that is no namespace declaration.
#[derive(Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its name. Without a prefix it is in no namespace, whatever its element's is.
    pub name: Name,
    pub(crate) prefix: Option<SharedStr>,
    /// Its value, references resolved.
    pub value: String,
}

/// `xmlns="…"` or `xmlns:prefix="…"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// `None` for the default namespace.
    pub prefix: Option<SharedStr>,
    /// What it means; empty to undo a default namespace.
    pub namespace: SharedStr,
}

impl Declaration {
    /// What a prefix means by these declarations, of which later ones win.
    pub(crate) fn meaning_of<'a>(declarations: &'a [Self], prefix: &str) -> Option<&'a SharedStr> {
        let found = |it: &&Self| it.prefix.as_deref().unwrap_or_default() == prefix;
        declarations
            .iter()
            .rev()
            .find(found)
            .map(|it| &it.namespace)
            .filter(|namespace| !namespace.is_empty())
    }
}

/// A piece of an element's content. Comments are not kept.
#[derive(Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "XML has no other content that is kept"
)]
pub enum Node {
    /// An element.
    Element(Element),
    /// Text, references resolved, line ends `\n`.
    Text(String),
    /// Text in a CDATA section; means the same as [`Node::Text`], and is written as it was.
    CData(String),
}

/// An element: its name, attributes and content.
///
/// Equal elements have equal names, attributes and declarations in the same order, and equal
/// content; prefixes count, so that equal elements are written alike. `Debug` shows the name and
/// the number of things inside, never text, which may be a password.
pub struct Element {
    name: Name,
    /// Most elements have none of it, and lists of elements move about as they grow.
    extras: Option<Box<Extras>>,
    children: Vec<Node>,
}

/// What a start tag holds beside the name.
#[derive(Clone, Default, PartialEq, Eq)]
struct Extras {
    prefix: Option<SharedStr>,
    attributes: Vec<Attribute>,
    declarations: Vec<Declaration>,
}

/// What an element says about one of its members.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "there is no fourth thing to say about a member"
)]
pub enum Value<'a> {
    /// There is no such element.
    Absent,
    /// It is there and says `xsi:nil`.
    Nil,
    /// It is there, with this text, which may be empty.
    Text(Cow<'a, str>),
}

impl<'a> Value<'a> {
    /// The text; `None` when absent or nil, which .NET takes for the same.
    pub fn text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Absent | Self::Nil => None,
            Self::Text(text) => Some(text),
        }
    }
}

impl Element {
    /// An empty element, written without a prefix.
    pub fn new(namespace: impl Into<SharedStr>, local: impl Into<SharedStr>) -> Self {
        let name = Name {
            namespace: namespace.into(),
            local: local.into(),
        };
        Self::from_parts(name, None, Vec::new(), Vec::new())
    }

    pub(crate) fn from_parts(
        name: Name,
        prefix: Option<SharedStr>,
        attributes: Vec<Attribute>,
        declarations: Vec<Declaration>,
    ) -> Self {
        let plain = prefix.is_none() && attributes.is_empty() && declarations.is_empty();
        let extras = || Extras {
            prefix,
            attributes,
            declarations,
        };
        Self {
            name,
            extras: (!plain).then(|| Box::new(extras())),
            children: Vec::new(),
        }
    }

    /// Gives it its content at once.
    pub(crate) fn set_children(&mut self, children: Vec<Node>) {
        self.children = children;
    }

    /// Adds an element at the end.
    pub fn push(&mut self, child: Self) {
        self.push_node(Node::Element(child));
    }

    /// Adds any piece of content at the end.
    pub fn push_node(&mut self, node: Node) {
        if self.children.is_empty() {
            // Most elements hold one text and nothing else.
            self.children.reserve_exact(1);
        }
        self.children.push(node);
    }

    /// Adds text at the end.
    pub fn push_text(&mut self, text: &str) {
        match self.children.last_mut() {
            Some(Node::Text(end)) => end.push_str(text),
            _ => self.push_node(Node::Text(text.to_owned())),
        }
    }

    /// Sets an attribute, in place if it is there already.
    pub fn set_attribute(
        &mut self,
        namespace: impl Into<SharedStr>,
        local: impl Into<SharedStr>,
        value: impl Into<String>,
    ) {
        let name = Name {
            namespace: namespace.into(),
            local: local.into(),
        };
        let value = value.into();
        let attributes = &mut self.extras.get_or_insert_default().attributes;
        match attributes.iter_mut().find(|it| it.name == name) {
            Some(attribute) => attribute.value = value,
            None => attributes.push(Attribute {
                name,
                prefix: None,
                value,
            }),
        }
    }

    /// Declares a namespace, for names in texts such as fault codes; the names of elements and
    /// attributes are declared without this.
    pub fn declare(&mut self, prefix: impl Into<SharedStr>, namespace: impl Into<SharedStr>) {
        let declaration = Declaration {
            prefix: Some(prefix.into()),
            namespace: namespace.into(),
        };
        let declarations = &mut self.extras.get_or_insert_default().declarations;
        declarations.retain(|it| it.prefix != declaration.prefix);
        declarations.push(declaration);
    }

    /// The same, written with this prefix if it may have it here.
    #[must_use]
    pub fn with_prefix(mut self, prefix: impl Into<SharedStr>) -> Self {
        self.extras.get_or_insert_default().prefix = Some(prefix.into());
        self
    }

    /// The same with text at the end.
    #[must_use]
    pub fn with_text(mut self, text: &str) -> Self {
        if !text.is_empty() {
            self.push_text(text);
        }
        self
    }

    /// The same with an element at the end.
    #[must_use]
    pub fn with_child(mut self, child: Self) -> Self {
        self.push(child);
        self
    }

    /// The same with elements at the end, for which room is made at once.
    #[must_use]
    pub(crate) fn with_children(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children
            .extend(children.into_iter().map(Node::Element));
        self
    }

    /// The same with an attribute in no namespace.
    #[must_use]
    pub fn with_attribute(mut self, local: impl Into<SharedStr>, value: impl Into<String>) -> Self {
        self.set_attribute(ns::NONE, local, value);
        self
    }

    /// Namespace and local name.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// The local name.
    pub fn local(&self) -> &str {
        &self.name.local
    }

    /// The namespace; empty for none.
    pub fn namespace(&self) -> &str {
        &self.name.namespace
    }

    /// Whether it has this name.
    pub fn is(&self, namespace: &str, local: &str) -> bool {
        self.name.namespace == namespace && self.name.local == local
    }

    /// The prefix it is written with, or was read with.
    pub fn prefix(&self) -> Option<&str> {
        self.extras.as_ref()?.prefix.as_deref()
    }

    /// Its attributes in their order.
    pub fn attributes(&self) -> &[Attribute] {
        self.extras.as_ref().map_or(&[], |it| &it.attributes)
    }

    /// The value of an attribute.
    pub fn attribute(&self, namespace: &str, local: &str) -> Option<&str> {
        self.attributes()
            .iter()
            .find(|it| it.name.namespace == namespace && it.name.local == local)
            .map(|it| it.value.as_str())
    }

    /// The namespaces declared on it.
    pub fn declarations(&self) -> &[Declaration] {
        self.extras.as_ref().map_or(&[], |it| &it.declarations)
    }

    /// Its content in order.
    pub fn children(&self) -> &[Node] {
        &self.children
    }

    /// Takes its content out.
    pub fn into_children(mut self) -> Vec<Node> {
        self.take_children()
    }

    /// Takes its content out and leaves it empty.
    pub(crate) fn take_children(&mut self) -> Vec<Node> {
        mem::take(&mut self.children)
    }

    /// Everything but the content.
    pub(crate) fn shell(&self) -> Self {
        Self {
            name: self.name.clone(),
            extras: self.extras.clone(),
            children: Vec::with_capacity(self.children.len()),
        }
    }

    pub(crate) fn same_shell(&self, other: &Self) -> bool {
        self.name == other.name
            && self.extras == other.extras
            && self.children.len() == other.children.len()
    }

    /// Whether there are elements in its elements.
    pub(crate) fn has_grandchildren(&self) -> bool {
        self.elements()
            .any(|child| child.elements().next().is_some())
    }

    /// The elements of its content.
    pub fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) | Node::CData(_) => None,
        })
    }

    /// The first element of its content with this name. Later ones of the same name do not count,
    /// as with .NET (soap.md 2.9).
    pub fn child(&self, namespace: &str, local: &str) -> Option<&Self> {
        self.elements().find(|child| child.is(namespace, local))
    }

    /// What the first element with this name says.
    pub fn value(&self, namespace: &str, local: &str) -> Value<'_> {
        match self.child(namespace, local) {
            None => Value::Absent,
            Some(child) if child.is_nil() => Value::Nil,
            Some(child) => Value::Text(child.text()),
        }
    }

    /// Its own text, without that of elements inside. Comments and CDATA sections do not cut it.
    pub fn text(&self) -> Cow<'_, str> {
        let mut pieces = self.children.iter().filter_map(|node| match node {
            Node::Text(text) | Node::CData(text) => Some(text.as_str()),
            Node::Element(_) => None,
        });
        let first = Cow::Borrowed(pieces.next().unwrap_or_default());
        pieces.fold(first, |text, piece| text + piece)
    }

    /// Whether it says `xsi:nil`.
    pub fn is_nil(&self) -> bool {
        self.attribute(ns::XSI, "nil").is_some_and(is_true)
    }
}

/// `true` or `1`, as XML Schema writes it.
pub(crate) fn is_true(value: &str) -> bool {
    matches!(value.trim_matches(grammar::SPACE), "true" | "1")
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Element")
            .field("namespace", &self.name.namespace)
            .field("local", &self.name.local)
            .field("attributes", &self.attributes().len())
            .field("children", &self.children.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Element(element) => element.fmt(f),
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::CData(text) => write!(f, "CData({} bytes)", text.len()),
        }
    }
}

impl fmt::Debug for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=({} bytes)", self.name.local, self.value.len())
    }
}
