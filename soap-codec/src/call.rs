//! How a SOAP call of MSN is described once, as a table, and read, written, routed and printed from it.
//!
//! A table is a struct whose fields say which element each of them is ([`Content`], [`Field`]); an [`Operation`] names the elements,
//! the namespace, the path and the `SOAPAction` of one call; [`Call`] ties both together. The tables themselves are in the rooms of
//! their services.

mod content;
mod guid;
mod operation;
pub(crate) mod service;
mod shape;
mod timestamp;
mod values;
mod vocabulary;
mod words;

pub(crate) use service::service;
pub(crate) use shape::shape;
pub(crate) use words::words;

pub(crate) use content::unowned;
pub use content::{Content, ContentError, Field, Kind, Member, Place};
pub use guid::Guid;
pub use operation::{Call, CallError, Operation, Request, Response, add_headers, headers, reply};
pub use service::Done;
pub use timestamp::{Timestamp, TimestampError};
pub use values::Verbatim;
pub use vocabulary::Vocabulary;
