//! The tree: what an element holds, and how it is put together and looked at.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::chars::{legal_name, legal_text};

/// An element with its attributes and content.
///
/// Whatever a tree holds can be written: names and texts are made legal when they are put in
/// (characters that XML cannot express become U+FFFD). What was read is written back alike, down
/// to the three spellings of an empty element, except for comments, CDATA marks, white space
/// inside tags and the choice between a character and its reference.
///
/// Reading, writing and dropping take no stack per level. Cloning and comparing do; what was read is
/// at most 255 levels deep.
///
/// ```
/// use msnp_proto::payload::xml::{Element, XmlLimits};
/// let user = Element::parse(b"<user><s n=\"IM\"><Status>NLN</Status></s></user>", &XmlLimits::DEFAULT)?;
/// let service = user.elements().next().expect("there is one");
/// assert_eq!(service.attribute("n"), Some("IM"));
/// assert_eq!(service.child_text("Status").as_deref(), Some("NLN"));
///
/// let thread = Element::new("thread").with("id", "").with("topic", "fish & chips");
/// assert_eq!(thread.to_vec(), b"<thread><id></id><topic>fish &amp; chips</topic></thread>");
/// # Ok::<(), msnp_proto::payload::xml::XmlError>(())
/// ```
#[derive(Clone)]
pub struct Element {
    name: Cow<'static, str>,
    attributes: Vec<Attribute>,
    children: Vec<Node>,
    empty: EmptyTag,
}

/// A part of an element's content.
#[derive(Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "XML has no other content that is kept"
)]
pub enum Node {
    /// An element.
    Element(Element),
    /// Text, references resolved.
    Text(String),
}

#[derive(Clone, PartialEq, Eq)]
struct Attribute {
    name: Cow<'static, str>,
    value: String,
}

/// How an element without content is written. Peers used all three, sometimes within one
/// document, and their lengths differ (msnp24.md 14.2).
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "XML has no fourth spelling")]
pub enum EmptyTag {
    /// `<a></a>`
    #[default]
    Pair,
    /// `<a/>`
    Slash,
    /// `<a />`
    SpacedSlash,
}

impl Element {
    /// Makes an element without attributes and content, written `<name></name>`.
    ///
    /// A character that cannot stand in a name becomes `_`.
    pub fn new(name: &'static str) -> Self {
        Self::named(legal_name(name))
    }

    /// The same for a name that is known to be one.
    pub(super) fn named(name: Cow<'static, str>) -> Self {
        Self {
            name,
            attributes: Vec::new(),
            children: Vec::new(),
            empty: EmptyTag::Pair,
        }
    }

    /// Sets an attribute, replacing one of the same name.
    pub fn set_attribute(&mut self, name: &'static str, value: impl Into<String>) {
        let name = legal_name(name);
        let value = legal_text(value.into());
        match self.attributes.iter_mut().find(|a| a.name == name) {
            Some(attribute) => attribute.value = value,
            None => self.attributes.push(Attribute { name, value }),
        }
    }

    /// Appends an attribute whose name is one, and not there yet.
    pub(super) fn push_attribute(&mut self, name: Cow<'static, str>, value: String) {
        self.attributes.push(Attribute { name, value });
    }

    /// Appends a child element.
    pub fn push(&mut self, child: Self) {
        self.children.push(Node::Element(child));
    }

    /// Appends what was read. Most elements hold one part, so no room for four is made at once.
    pub(super) fn push_read(&mut self, node: Node) {
        if self.children.is_empty() {
            self.children.reserve_exact(1);
        }
        self.children.push(node);
    }

    /// Takes the text that the content ends with, if it does.
    pub(super) fn pop_text(&mut self) -> Option<String> {
        match self.children.pop_if(|node| matches!(node, Node::Text(_)))? {
            Node::Text(text) => Some(text),
            Node::Element(_) => None,
        }
    }

    /// Appends text.
    pub fn push_text(&mut self, text: impl Into<String>) {
        let text = legal_text(text.into());
        if text.is_empty() {
            return;
        }
        if let Some(Node::Text(before)) = self.children.last_mut() {
            before.push_str(&text);
        } else {
            self.children.push(Node::Text(text));
        }
    }

    /// Replaces the content by one text.
    pub fn set_text(&mut self, text: impl Into<String>) {
        self.clear();
        self.push_text(text);
    }

    /// Replaces the text of the first child called `name`, or appends such a child.
    pub fn set_child_text(&mut self, name: &'static str, text: impl Into<String>) {
        if let Some(child) = self.child_mut(name) {
            child.set_text(text);
        } else {
            self.push(Self::new(name).with_text(text));
        }
    }

    /// Drops the content.
    pub fn clear(&mut self) {
        self.children.clear();
    }

    /// Keeps the child elements for which `keep` says so; text stays.
    pub fn retain(&mut self, mut keep: impl FnMut(&Self) -> bool) {
        self.children.retain(|node| match node {
            Node::Element(child) => keep(child),
            Node::Text(_) => true,
        });
    }

    /// Sets how the element is written while it has no content.
    pub fn set_empty_tag(&mut self, empty: EmptyTag) {
        self.empty = empty;
    }

    /// The first child element called `name`.
    pub fn child_mut(&mut self, name: &str) -> Option<&mut Self> {
        self.elements_mut().find(|child| child.name == name)
    }

    /// The child elements, in order.
    pub fn elements_mut(&mut self) -> impl Iterator<Item = &mut Self> {
        self.children.iter_mut().filter_map(|node| match node {
            Node::Element(child) => Some(child),
            Node::Text(_) => None,
        })
    }

    /// The element with an attribute.
    #[must_use]
    pub fn with_attribute(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.set_attribute(name, value);
        self
    }

    /// The element with one more child element.
    #[must_use]
    pub fn with_child(mut self, child: Self) -> Self {
        self.push(child);
        self
    }

    /// The element with more text.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.push_text(text);
        self
    }

    /// The element with one more child, which holds a text.
    #[must_use]
    pub fn with(self, name: &'static str, text: impl Into<String>) -> Self {
        self.with_child(Self::new(name).with_text(text))
    }

    /// The element, written like this while it has no content.
    #[must_use]
    pub fn with_empty_tag(mut self, empty: EmptyTag) -> Self {
        self.empty = empty;
        self
    }

    /// How the element is written while it has no content.
    pub(super) const fn empty_tag(&self) -> EmptyTag {
        self.empty
    }

    /// The name as written, prefix included.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name == name)
            .map(|attribute| attribute.value.as_str())
    }

    /// The attributes, name and value, in order.
    pub fn attributes(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.attributes
            .iter()
            .map(|attribute| (&*attribute.name, attribute.value.as_str()))
    }

    /// Elements and texts, in order.
    pub fn children(&self) -> &[Node] {
        &self.children
    }

    /// The child elements, in order.
    pub fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(child) => Some(child),
            Node::Text(_) => None,
        })
    }

    /// The first child element called `name`.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.elements().find(|child| child.name == name)
    }

    /// The child elements called `name`, in order.
    pub fn children_named(&self, name: &str) -> impl Iterator<Item = &Self> {
        self.elements().filter(move |child| child.name == name)
    }

    /// The text directly inside, without that of child elements; borrowed if it is in one piece.
    pub fn text(&self) -> Cow<'_, str> {
        let mut texts = self.children.iter().filter_map(|node| match node {
            Node::Text(text) => Some(text.as_str()),
            Node::Element(_) => None,
        });
        let first = texts.next().unwrap_or_default();
        match texts.next() {
            None => Cow::Borrowed(first),
            Some(second) => {
                let mut all = String::from(first);
                all.push_str(second);
                all.extend(texts);
                Cow::Owned(all)
            }
        }
    }

    /// The text of the first child called `name`.
    pub fn child_text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.child(name).map(Self::text)
    }
}

/// How an empty element is spelt makes no difference.
impl PartialEq for Element {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.attributes == other.attributes
            && self.children == other.children
    }
}

impl Eq for Element {}

impl Drop for Element {
    /// Takes the tree apart level by level: dropping must not use the stack once per level.
    fn drop(&mut self) {
        let mut pending = core::mem::take(&mut self.children);
        while let Some(node) = pending.pop() {
            if let Node::Element(mut element) = node {
                pending.append(&mut element.children);
            }
        }
    }
}

/// Prints the outline only: documents hold tickets and people's words.
impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Element(<{}>, {} attributes, {} parts)",
            self.name,
            self.attributes.len(),
            self.children.len()
        )
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Element(element) => element.fmt(f),
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
        }
    }
}
