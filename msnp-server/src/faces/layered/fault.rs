//! `Fault`: why a layered body is no good. By which number a client is told, its face knows.

/// What is wrong with a body that a client has sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::faces) enum Fault {
    /// It cannot be read, and why.
    Malformed(String),
    /// Something in it is missing, or is not allowed.
    Invalid,
    /// There is too much of it.
    TooLong,
    /// It is for somebody of a network that is not served here.
    Unroutable,
    /// It is for nobody that there can be.
    NoSuchUser,
}

impl Fault {
    /// It cannot be read.
    pub(in crate::faces) fn malformed(reason: impl std::fmt::Display) -> Self {
        Self::Malformed(reason.to_string())
    }
}
