//! What can be wrong with a document, and where.

/// A payload's XML was refused: the fault of the peer that wrote it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("xml, byte {offset}: {kind}")]
pub struct XmlError {
    /// Where, counted from the start of the document.
    pub offset: usize,
    /// What.
    pub kind: XmlErrorKind,
}

/// What is wrong with a document.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum XmlErrorKind {
    /// More bytes than [`XmlLimits::bytes`](super::XmlLimits::bytes).
    #[error("the document is too long")]
    TooLong,
    /// Elements nested deeper than [`XmlLimits::depth`](super::XmlLimits::depth).
    #[error("elements are nested too deeply")]
    TooDeep,
    /// More elements than [`XmlLimits::elements`](super::XmlLimits::elements).
    #[error("too many elements")]
    TooManyElements,
    /// More attributes on one element than [`XmlLimits::attributes`](super::XmlLimits::attributes).
    #[error("too many attributes")]
    TooManyAttributes,
    /// The bytes are not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// The document ends before its root element does.
    #[error("the document ends too early")]
    Unfinished,
    /// A document type declaration: never needed, and the door to entity bombs.
    #[error("a document type declaration")]
    Doctype,
    /// A processing instruction, or an XML declaration that is not at the start.
    #[error("a processing instruction")]
    ProcessingInstruction,
    /// A reference to something else than the five predefined entities or a legal character.
    #[error("an unknown or malformed reference")]
    BadReference,
    /// A character that XML does not allow.
    #[error("a character that is not allowed in XML")]
    BadCharacter,
    /// A name is missing or malformed.
    #[error("a name was expected")]
    BadName,
    /// An attribute is not `name="value"`.
    #[error("a malformed attribute")]
    BadAttribute,
    /// The same attribute twice on one element.
    #[error("an attribute given twice")]
    RepeatedAttribute,
    /// A tag is not closed as it should be.
    #[error("a malformed tag")]
    BadTag,
    /// An end tag that does not match the element it should end.
    #[error("an end tag that does not match")]
    MismatchedTag,
    /// `--` inside a comment.
    #[error("a malformed comment")]
    BadComment,
    /// `]]>` outside a CDATA section.
    #[error("the end of a CDATA section outside of one")]
    StrayCdataEnd,
    /// Text, or a second element, outside the root element.
    #[error("content outside the root element")]
    OutsideRoot,
}

impl XmlErrorKind {
    pub(super) const fn at(self, offset: usize) -> XmlError {
        XmlError { offset, kind: self }
    }
}
