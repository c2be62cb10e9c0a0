//! Where the notification server's memory lives: in the process, or in a file.

mod memory;
mod rows;
mod schema;
mod sqlite;
mod table;

pub use memory::Memory;
pub use sqlite::{OpenError, Sqlite, SqliteError};
