//! The versions of the database, and how an older file becomes a newer one.

use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior};

use super::error::OpenError;
use super::file;
use super::migration;

/// Brings the tables from one version to the next, within a transaction.
type Migration = fn(&Connection) -> Result<(), OpenError>;

/// From each version to the next; a file's version is its `user_version`. One that has been released is
/// never changed.
const MIGRATIONS: &[Migration] = &[
    |all| Ok(all.execute_batch(include_str!("schema/1.sql"))?),
    |all| Ok(all.execute_batch(include_str!("schema/2.sql"))?),
    migration::to_version_3,
    |all| Ok(all.execute_batch(include_str!("schema/4.sql"))?),
    |all| Ok(all.execute_batch(include_str!("schema/5.sql"))?),
];

/// The version that this program reads and writes.
const KNOWN: i64 = 5;
const _: () = assert!(MIGRATIONS.len() == 5);

/// Sets a connection for writing up and brings the file to the newest version.
pub(super) fn bring_up_to_date(connection: &mut Connection) -> Result<(), OpenError> {
    // Where the disk has no shared memory SQLite answers otherwise; that is as safe, only slower.
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    connection.execute_batch("PRAGMA synchronous = FULL")?;
    set_up(connection)?;

    // Immediate: of two processes that start at once, one waits until the other has done it.
    let whole = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = version(&whole)?;
    if found > KNOWN {
        return Err(newer(found));
    }
    let done = usize::try_from(found).unwrap_or_default();
    for migrate in MIGRATIONS.iter().skip(done) {
        migrate(&whole)?;
    }
    if found < KNOWN {
        whole.pragma_update(None, "user_version", KNOWN)?;
        file::close_to_others(&whole)?;
    }
    whole.commit()?;
    Ok(())
}

/// Sets a connection for reading up.
pub(super) fn read_only(connection: &Connection) -> Result<(), OpenError> {
    connection.execute_batch("PRAGMA query_only = ON")?;
    set_up(connection)?;
    match version(connection)? {
        found if found < KNOWN => Err(OpenError::Older {
            found,
            known: KNOWN,
        }),
        _ => check_version(connection),
    }
}

/// Whether this program made the file, or can bring it up to date.
pub(super) fn check_version(connection: &Connection) -> Result<(), OpenError> {
    match version(connection)? {
        found if found > KNOWN => Err(newer(found)),
        // What it makes is numbered from 1.
        found if found < 1 => Err(OpenError::Damaged { what: "version" }),
        _ => Ok(()),
    }
}

fn set_up(connection: &Connection) -> Result<(), OpenError> {
    // Plans do not depend on the values that are bound: without this, SQLite compiles statements
    // anew for other values, which took a quarter of its time.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

fn version(connection: &Connection) -> Result<i64, OpenError> {
    Ok(connection.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

const fn newer(found: i64) -> OpenError {
    OpenError::Newer {
        found,
        known: KNOWN,
    }
}
