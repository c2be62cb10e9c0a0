//! What can be wrong with a layered body, and where.

/// Why bytes are not [`Layers`](super::Layers): the fault of the peer that wrote them.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("layered body, byte {offset}: {kind}")]
pub struct LayersError {
    /// Where, counted from the start of the layered body.
    pub offset: usize,
    /// What.
    pub kind: LayersErrorKind,
}

/// What is wrong with a layered body.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LayersErrorKind {
    /// The bytes end within a block.
    #[error("ends within a header block")]
    Unfinished,
    /// The first block has no `Routing` header.
    #[error("the first block is not Routing")]
    NoRouting,
    /// The second block has no `Reliability` header.
    #[error("the second block is not Reliability")]
    NoReliability,
    /// A line is not `Name: value`.
    #[error("a header line without a name and a colon")]
    BadHeader,
    /// A carriage return or line feed by itself: to other parsers it may start a new header.
    #[error("a bare carriage return or line feed in a header")]
    BareLineEnd,
    /// More headers in one block than [`Layers::MAX_HEADERS`](super::Layers::MAX_HEADERS).
    #[error("too many headers in one block")]
    TooManyHeaders,
    /// A second `To` or `From` in the Routing block: which one counts depends on who reads it.
    #[error("an address given twice in the Routing block")]
    RepeatedAddress,
    /// The headers are not UTF-8.
    #[error("headers are not UTF-8")]
    NotUtf8,
    /// Longer than 4 GiB less one byte.
    #[error("too long")]
    TooLong,
}

impl LayersErrorKind {
    pub(super) const fn at(self, offset: usize) -> LayersError {
        LayersError { offset, kind: self }
    }
}
