//! What the network wants kept, in one SQLite file that survives `kill -9`.
//!
//! [`Writer`] keeps batches, [`Reader`] answers questions; each has a connection of its own, so one
//! thread may wait for the disk while another reads. The accounts are theirs too: [`Reader::accounts`],
//! [`Writer::directory`].
//!
//! The write-ahead log is flushed at every commit (`synchronous=FULL`): what was committed outlives the
//! process and the power. [`Writer::open`] brings the file of an earlier version up to date.

mod accounts;
mod changes;
mod encoding;
mod error;
mod file;
mod identities;
mod migration;
mod person;
mod reader;
mod rows;
mod schema;
mod writer;

pub use accounts::{Accounts, Directory};
pub use error::{Error, ErrorKind, OpenError};
pub use reader::Reader;
pub use writer::Writer;
