//! The file itself: made for its owner alone, opened by its path and nothing else.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::error::OpenError;

/// More statements than a connection has, so that each is compiled once.
const STATEMENTS: usize = 64;

/// Opens the file for writing, or makes it.
pub(super) fn open_or_make(path: &Path, patience: Duration) -> Result<Connection, OpenError> {
    let path = absolute(path)?;
    make(&path)?;
    connect(&path, patience)
}

/// Opens a file that is there.
pub(super) fn open(path: &Path, patience: Duration) -> Result<Connection, OpenError> {
    let path = absolute(path)?;
    std::fs::metadata(&path)?;
    connect(&path, patience)
}

/// Takes the file from all but its owner: it holds password hashes and what people wrote to each other.
/// Earlier versions left it as open as the process made its files.
pub(super) fn close_to_others(connection: &Connection) -> Result<(), OpenError> {
    let Some(path) = connection.path() else {
        return Ok(());
    };
    for suffix in ["", "-wal", "-shm"] {
        let file = PathBuf::from(format!("{path}{suffix}"));
        if file.exists() {
            restrict(&file)?;
        }
    }
    Ok(())
}

/// SQLite reads some names in its own way (`:memory:`, the empty one); it does not with a whole path.
fn absolute(path: &Path) -> Result<PathBuf, OpenError> {
    Ok(std::path::absolute(path)?)
}

fn connect(path: &Path, patience: Duration) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(patience)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Makes an empty file where none is; SQLite gives its log the same permissions.
pub(super) fn make(path: &Path) -> Result<(), OpenError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?;
    Ok(())
}

#[cfg(unix)]
fn restrict(file: &Path) -> Result<(), OpenError> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(std::fs::set_permissions(
        file,
        std::fs::Permissions::from_mode(0o600),
    )?)
}

/// Elsewhere a file has its folder's permissions, and the folder is its owner's to choose.
#[cfg(not(unix))]
fn restrict(_file: &Path) -> Result<(), OpenError> {
    Ok(())
}
