//! Why a database cannot be opened, read or written.

use rusqlite::ErrorCode;

/// A read or a write failed. Of a write, nothing has happened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SQLite said so.
    #[error("the database failed")]
    Sqlite(#[from] rusqlite::Error),
    /// A row holds what this program never writes.
    #[error("the database holds a {what} that cannot be read")]
    Damaged {
        /// What was to be read.
        what: &'static str,
    },
    /// A number is above 2⁶³ - 1, the most that SQLite holds; times and counts do not get that far.
    #[error("a {what} is above what the database can hold")]
    TooHigh {
        /// What was to be written.
        what: &'static str,
    },
    /// A service has no other to exchange anything with: the database has no place for it.
    #[error("the database keeps no correspondence with other homes")]
    NoOtherHomes,
}

/// A database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file could not be made, or is not there.
    #[error("the file cannot be opened")]
    File(#[from] std::io::Error),
    /// SQLite refused: not a database, locked.
    #[error("the database cannot be opened")]
    Sqlite(#[from] rusqlite::Error),
    /// A later version of this program wrote it.
    #[error("the database has version {found}, this program knows {known} and older")]
    Newer {
        /// The version in the file.
        found: i64,
        /// The newest that this program can read.
        known: i64,
    },
    /// An earlier version wrote it, and it was opened for reading alone: [`Writer`](super::Writer)
    /// brings it up to date.
    #[error("the database has version {found} and must be brought to {known} first")]
    Older {
        /// The version in the file.
        found: i64,
        /// The one that this program reads.
        known: i64,
    },
    /// A row holds what no version of this program ever wrote.
    #[error("the database holds a {what} that cannot be read")]
    Damaged {
        /// What was to be read.
        what: &'static str,
    },
    /// A server serves it.
    #[error("{}", held(*.by))]
    Held {
        /// The number of its process, if it could be found out.
        by: Option<u32>,
    },
}

fn held(by: Option<u32>) -> String {
    match by {
        Some(process) => format!("another server, process {process}, serves the database"),
        None => "another server serves the database".to_owned(),
    }
}

/// What an operator would do about a failure.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Another process holds the file; trying again later helps.
    Locked,
    /// There is no room on the disk.
    Full,
    /// Anything else.
    Other,
}

impl Error {
    /// Which kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Sqlite(error) => kind(error),
            Self::Damaged { .. } | Self::TooHigh { .. } | Self::NoOtherHomes => ErrorKind::Other,
        }
    }
}

impl From<Error> for OpenError {
    fn from(error: Error) -> Self {
        match error {
            Error::Sqlite(error) => Self::Sqlite(error),
            Error::Damaged { what } | Error::TooHigh { what } => Self::Damaged { what },
            // Nothing of the sort is read or written while it is opened.
            Error::NoOtherHomes => Self::Damaged {
                what: "letter of another home",
            },
        }
    }
}

impl OpenError {
    /// Which kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Sqlite(error) => kind(error),
            Self::File(error) if error.kind() == std::io::ErrorKind::StorageFull => ErrorKind::Full,
            _ => ErrorKind::Other,
        }
    }
}

fn kind(error: &rusqlite::Error) -> ErrorKind {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => ErrorKind::Locked,
        Some(ErrorCode::DiskFull) => ErrorKind::Full,
        _ => ErrorKind::Other,
    }
}
