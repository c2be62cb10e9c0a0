//! The tables of the SQLite store, and how an older file becomes a newer one.

use std::time::Duration;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::sqlite::OpenError;

/// One script per version, each from the version before; a file's version is its `user_version`.
/// A script that has been released is never changed.
const MIGRATIONS: &[&str] = &[
    include_str!("../database/schema/1.sql"),
    include_str!("../database/schema/2.sql"),
];

/// How long to wait for another program that writes the same file (`user add` beside `serve`).
const PATIENCE: Duration = Duration::from_secs(5);

/// More statements than the store has, so that each is compiled once.
const STATEMENTS: usize = 64;

/// Sets the connection up and brings the file to the newest version.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), OpenError> {
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // A database in memory answers `memory` here; any other answer but `wal` is as safe, only slower.
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    connection.execute_batch("PRAGMA synchronous = FULL")?;
    // Plans do not depend on the values that are bound: without this, SQLite compiles statements
    // anew for other values, which took a quarter of its time.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;

    let whole = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let found: i64 = whole.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(OpenError::Newer { found, known });
    }
    let done = usize::try_from(found).unwrap_or_default();
    for script in MIGRATIONS.iter().skip(done) {
        whole.execute_batch(script)?;
    }
    whole.pragma_update(None, "user_version", known)?;
    whole.commit()?;
    Ok(())
}
