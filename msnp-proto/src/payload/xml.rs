//! The XML inside payloads: a small owned tree, read with limits and a real check of well-formedness.
//!
//! Prefixes are kept as written: no payload of the protocol needs namespaces.

mod chars;
mod element;
mod error;
mod lenient;
mod limits;
mod read;
mod resolve;
mod shared_name;
mod write;

pub use element::{Element, EmptyTag, Node};
pub use error::{XmlError, XmlErrorKind};
pub use limits::XmlLimits;
