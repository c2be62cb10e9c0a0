//! `Writer`: who keeps batches.

use std::path::Path;
use std::time::Duration;

use msnp_server::network::Batch;
use rusqlite::{Connection, TransactionBehavior};

use super::accounts::Directory;
use super::changes;
use super::error::{Error, OpenError};
use super::holder::Holder;
use super::{file, schema};

/// The connection that writes. One thread has it; whoever else writes to the file (`user add` beside
/// a running service) has their own, and they wait for each other.
#[derive(Debug)]
pub struct Writer {
    connection: Connection,
    /// Of who serves the file.
    holder: Option<Holder>,
}

impl Writer {
    /// Opens the file, or makes it for its owner alone (0600); brings an older version up to date.
    /// `patience` is how long to wait, here and later, for another program that writes the same file.
    ///
    /// # Errors
    /// [`OpenError`] if it is not a database of this program, or is one of a later version.
    pub fn open(path: impl AsRef<Path>, patience: Duration) -> Result<Self, OpenError> {
        let mut connection = file::open_or_make(path.as_ref(), patience)?;
        schema::bring_up_to_date(&mut connection)?;
        Ok(Self {
            connection,
            holder: None,
        })
    }

    /// Opens the file as [`open`](Self::open) does, for who serves it, or changes what a server has in memory: nobody else can as long as
    /// this lives.
    ///
    /// # Errors
    /// As those of [`open`](Self::open); [`OpenError::Held`] if another server serves it.
    pub fn open_alone(path: impl AsRef<Path>, patience: Duration) -> Result<Self, OpenError> {
        let path = path.as_ref();
        file::make(path)?;
        // First, since an older file is brought up to date: under the feet of a server that may be.
        let holder = Holder::take(path)?;
        let mut writer = Self::open(path, patience)?;
        writer.holder = Some(holder);
        Ok(writer)
    }

    /// How long to wait from now on for another program that writes the same file.
    ///
    /// # Errors
    /// SQLite's.
    pub fn set_patience(&mut self, patience: Duration) -> Result<(), Error> {
        Ok(self.connection.busy_timeout(patience)?)
    }

    /// Keeps all of these batches or none of them, with one flush of the disk.
    ///
    /// A share under a number that its owner has already is an error, since a message would be lost
    /// otherwise: a batch that was reported as failed, and has come through, is such.
    ///
    /// # Errors
    /// [`Error`] if nothing has happened.
    pub fn commit(&mut self, batches: &[Batch]) -> Result<(), Error> {
        let whole = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        for change in batches.iter().flat_map(|batch| &batch.changes) {
            changes::apply(&whole, change)?;
        }
        Ok(whole.commit()?)
    }

    /// The accounts, to be changed.
    pub const fn directory(&mut self) -> Directory<'_> {
        Directory::new(&self.connection)
    }
}

#[cfg(test)]
mod tests {
    use msnp_server::identity::PersonId;
    use msnp_server::network::{BatchId, Change};

    use super::*;
    use crate::database::{ErrorKind, Reader};

    fn property(person: u64, value: &str) -> [Batch; 1] {
        let person = PersonId::new(person);
        [Batch {
            id: BatchId(1),
            changes: vec![Change::Property(person, "large".into(), value.into())],
        }]
    }

    #[test]
    fn a_full_disk_is_told_as_such_and_reading_goes_on() {
        let own = getrandom::u64().expect("random bytes");
        let path = std::env::temp_dir().join(format!("msnp-full-{own:016x}.db"));
        let mut writer = Writer::open(&path, Duration::ZERO).unwrap();
        let reader = Reader::open(&path, Duration::ZERO).unwrap();
        let pages: i64 = writer
            .connection
            .query_row("PRAGMA page_count", [], |row| row.get(0))
            .unwrap();
        // The file may not grow, which is what a full disk does to it.
        writer
            .connection
            .pragma_update(None, "max_page_count", pages)
            .unwrap();
        let refused = writer.commit(&property(1, &"x".repeat(100_000)));
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Full);
        assert!(reader.accounts().list(None, 9).unwrap().is_empty());
        writer.commit(&property(2, "small")).unwrap();
        drop((writer, reader));
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
        }
    }
}
