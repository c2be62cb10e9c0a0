//! What the network wants kept, in one SQLite file that survives `kill -9`.
//!
//! [`Writer`] keeps batches, [`Reader`] answers questions; each has a connection of its own, so one
//! thread may wait for the disk while another reads. The accounts are theirs too: [`Reader::accounts`],
//! [`Writer::directory`].
//!
//! The write-ahead log is flushed at every commit (`synchronous=FULL`): what was committed outlives the
//! process and the power. [`Writer::open`] brings the file of an earlier version up to date.
//!
//! Who is removed leaves what they wrote with whom they wrote it to, under a name that stays taken; nothing else. Of a disabled account only the
//! password hash is changed: a `!` in front of it, as in other files of passwords.
//!
//! One process serves a file ([`Writer::open_alone`]); others may add accounts to it meanwhile, and copy it ([`back_up`]).

mod accounts;
mod backup;
mod changes;
mod encoding;
mod error;
mod file;
mod holder;
mod identities;
mod migration;
mod person;
mod reader;
mod removal;
mod rows;
mod schema;
mod writer;

pub use accounts::{Accounts, Directory};
pub use backup::{back_up, restore};
pub use error::{Error, ErrorKind, OpenError};
pub use reader::Reader;
pub use writer::Writer;
