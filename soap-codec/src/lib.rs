//! Guide follows.

mod content_type;
mod element;
mod encoding;
mod envelope;
mod error;
mod fault;
mod grammar;
mod limits;
mod read;
mod secret;
mod tag;
mod word;
mod write;

pub mod bsim;
pub mod fields;
pub mod ns;

pub use content_type::ContentType;
pub use element::{Attribute, Declaration, Element, Name, Node, Value};
pub use envelope::{Envelope, Version};
pub use error::{EncodeError, EnvelopeError, Limit, Problem, XmlError};
pub use fault::{Code, Fault};
pub use limits::{Budget, Limits};
pub use secret::Secret;
pub use word::Word;
