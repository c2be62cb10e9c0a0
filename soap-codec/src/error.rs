//! What can be wrong with XML that came in ([`XmlError`], the peer's fault), with an envelope made
//! of it ([`EnvelopeError`], the peer's fault) and with XML that should go out ([`EncodeError`],
//! the caller's fault).

use crate::shared_str::SharedStr;

/// The peer's document cannot be read, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the peer's XML cannot be read: {problem}, at byte {at}")]
pub struct XmlError {
    /// What is wrong.
    pub problem: Problem,
    /// Bytes before the place where it is wrong. For a document inside the text of another, bytes
    /// of that text with its references resolved.
    pub at: usize,
}

/// What is wrong with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// There is a document type declaration. It is refused whatever it says, so no entity is ever
    /// declared, expanded or fetched.
    #[error("a document type declaration is not allowed")]
    Doctype,
    /// There is a processing instruction; SOAP forbids them.
    #[error("a processing instruction is not allowed")]
    ProcessingInstruction,
    /// More than the limits allow.
    #[error("{0}")]
    Limit(Limit),
    /// UTF-16 or UTF-32, with or without byte order mark.
    #[error("the bytes are UTF-16 or UTF-32 where UTF-8 should be")]
    WideEncoding,
    /// The XML declaration names an encoding other than UTF-8 (or ASCII, which is part of it).
    #[error("the declared encoding is not UTF-8")]
    ForeignEncoding,
    /// Bytes that are not UTF-8.
    #[error("the bytes are not UTF-8")]
    InvalidUtf8,
    /// The XML declaration does not have the form that it must have.
    #[error("the XML declaration is malformed")]
    Declaration,
    /// The XML declaration says something else than version 1.0.
    #[error("the XML version is not 1.0")]
    Version,
    /// An XML declaration that is not the first thing in the document.
    #[error("an XML declaration stands in the middle")]
    MisplacedDeclaration,
    /// A character that XML 1.0 does not allow, as it is or by its number.
    #[error("a character is not allowed in XML")]
    Character,
    /// There is no element.
    #[error("there is no root element")]
    NoRoot,
    /// A second element beside the root.
    #[error("there is a second root element")]
    SecondRoot,
    /// Something other than white space and comments before or after the root.
    #[error("there is text outside the root element")]
    TextOutsideRoot,
    /// The input ended inside an element, tag, comment, reference or other piece of markup.
    #[error("the document ends too early")]
    Truncated,
    /// An end tag that is not that of the element to be closed.
    #[error("an end tag does not match")]
    EndTag,
    /// `<!` that begins nothing known.
    #[error("there is unknown markup")]
    Markup,
    /// A name with characters that names cannot have, or with too many colons.
    #[error("a name is malformed")]
    Name,
    /// An attribute without value, quotes, or white space before it.
    #[error("an attribute is malformed")]
    Attribute,
    /// `<` inside an attribute's value.
    #[error("an attribute's value holds a '<'")]
    LessThanInAttribute,
    /// The same attribute or namespace declaration twice, by whatever prefixes.
    #[error("an attribute is there twice")]
    DuplicateAttribute,
    /// A prefix that nothing declares.
    #[error("a prefix is not declared")]
    UndeclaredPrefix,
    /// A namespace declaration that is never allowed, such as `xmlns:p=""` or a new meaning for `xml`.
    #[error("a namespace declaration is not allowed")]
    NamespaceDeclaration,
    /// A reference to an entity other than the five of XML itself.
    #[error("an entity is not defined")]
    UndefinedEntity,
    /// `&` that begins no reference.
    #[error("a reference is malformed")]
    Reference,
    /// `]]>` in text.
    #[error("text holds ']]>'")]
    CdataEndInText,
    /// `--` inside a comment.
    #[error("a comment holds '--'")]
    HyphensInComment,
}

impl Problem {
    /// Puts the problem at its place.
    pub(crate) fn at(self, at: usize) -> XmlError {
        XmlError { problem: self, at }
    }
}

/// Which of the [`Limits`](crate::Limits) was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Limit {
    /// [`Limits::bytes`](crate::Limits::bytes).
    #[error("the message has more bytes than allowed")]
    Bytes,
    /// [`Limits::depth`](crate::Limits::depth).
    #[error("elements are nested deeper than allowed")]
    Depth,
    /// [`Limits::nodes`](crate::Limits::nodes).
    #[error("the message has more elements, attributes, comments and texts than allowed")]
    Nodes,
    /// [`Limits::attributes`](crate::Limits::attributes).
    #[error("an element has more attributes than allowed")]
    Attributes,
    /// [`Limits::namespaces`](crate::Limits::namespaces).
    #[error("an element declares more namespaces than allowed")]
    Namespaces,
    /// [`Limits::bindings`](crate::Limits::bindings).
    #[error("more namespaces are declared around an element than allowed")]
    Bindings,
    /// [`Limits::name`](crate::Limits::name).
    #[error("a name is longer than allowed")]
    Name,
    /// [`Limits::attribute_value`](crate::Limits::attribute_value).
    #[error("an attribute's value is longer than allowed")]
    AttributeValue,
    /// [`Limits::text`](crate::Limits::text).
    #[error("the message has more text than allowed")]
    Text,
}

/// The peer's body cannot be turned into characters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "there is no third way to fail")]
pub enum CharsetError {
    /// That encoding is not read. Its name, or the beginning of it.
    #[error("the encoding {0:?} is not read; UTF-8, UTF-16 and ISO-8859-1 are")]
    Unknown(String),
    /// The bytes are not what they are said to be.
    #[error("the body is not {0}, as is said of it")]
    Malformed(&'static str),
}

/// The peer's document is XML, but no SOAP envelope that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// It is not even XML.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// It is not even characters.
    #[error("the peer's document cannot be read: {0}")]
    Charset(#[from] CharsetError),
    /// The root element is not called `Envelope`.
    #[error("the peer's document is no SOAP envelope")]
    NotAnEnvelope,
    /// An `Envelope` of neither SOAP 1.1 nor SOAP 1.2. Holds the namespace it has.
    #[error("the peer's envelope is of neither SOAP 1.1 nor SOAP 1.2")]
    VersionMismatch(SharedStr),
    /// No `Body`, and no fault in its place.
    #[error("the peer's envelope has no body")]
    NoBody,
    /// A second `Header` or `Body`, or a `Header` behind the `Body`.
    #[error("the peer's envelope has a header or body too many, or in the wrong place")]
    Structure,
}

/// What should go out cannot be written as XML: the caller's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// Text or an attribute's value holds a character that XML 1.0 cannot carry in any way.
    #[error("the caller's text holds U+{:04X}, which XML cannot carry", u32::from(*.0))]
    Character(char),
    /// The name of an element, an attribute or a prefix is none in XML.
    #[error("the caller's name for an element, attribute or prefix is not allowed in XML")]
    Name,
    /// A declaration gives a reserved prefix another meaning, or a prefix an empty one.
    #[error("the caller's namespace declaration is not allowed in XML")]
    NamespaceDeclaration,
}
