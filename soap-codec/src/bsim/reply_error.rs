//! Why there is no reply: the service's fault, or what it said cannot be read.

use crate::bsim::operation::OperationName;
use crate::error::XmlError;
use crate::fault::Fault;

/// The service did not give the reply that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplyError {
    /// It answered with a fault.
    #[error("the service answered with the fault {}: {}", .0.code, .0.reason)]
    Fault(Box<Fault>),
    /// The body holds no response to this operation.
    #[error("the service did not answer {0}")]
    Unexpected(OperationName),
    /// The document inside the result cannot be read. The position is one in that document.
    #[error("in the result document, {0}")]
    Document(#[from] XmlError),
    /// The result holds something other than a `Session`.
    #[error("the service's result document is no Session")]
    NoSession,
}
