//! Copies of the file: made while it is served, and put back in its place.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::OpenError;
use super::holder::Holder;
use super::{file, schema};

/// Copies the database as it is at one moment into a new file, which only its owner can read. A server may be serving it; everything that was
/// acknowledged before this began is in the copy.
///
/// # Errors
/// [`OpenError`], also if `to` exists; nothing is left of the copy.
pub fn back_up(
    from: impl AsRef<Path>,
    to: impl AsRef<Path>,
    patience: Duration,
) -> Result<(), OpenError> {
    let to = std::path::absolute(to.as_ref())?;
    if to.try_exists()? {
        return Err(io::Error::from(ErrorKind::AlreadyExists).into());
    }
    copy_into_place(from.as_ref(), &to, patience, || Ok(()))
}

/// Puts a copy in the place of a database, if there is one; no server may be serving it. What was there is kept as `<to>.before`.
///
/// # Errors
/// [`OpenError`], also if the copy is damaged; the old file is as it was.
pub fn restore(
    from: impl AsRef<Path>,
    to: impl AsRef<Path>,
    patience: Duration,
) -> Result<(), OpenError> {
    let to = std::path::absolute(to.as_ref())?;
    file::make(&to)?;
    let _holder = Holder::take(&to)?;
    copy_into_place(from.as_ref(), &to, patience, || {
        // With its log, which belongs to it by its name: beside another file, SQLite would play it into that one.
        for suffix in ["", "-wal", "-shm"] {
            let before = beside(&to, &format!(".before{suffix}"));
            gone(fs::remove_file(&before))?;
            gone(fs::rename(beside(&to, suffix), before))?;
        }
        Ok(())
    })
}

/// Makes a whole copy beside `to`, looks through it, and gives it that name once `ready`.
fn copy_into_place(
    from: &Path,
    to: &Path,
    patience: Duration,
    ready: impl FnOnce() -> io::Result<()>,
) -> Result<(), OpenError> {
    let unfinished = beside(to, ".part");
    let copied = copy(from, &unfinished, patience).and_then(|()| {
        ready()?;
        fs::rename(&unfinished, to)?;
        Ok(flush_folder(to)?)
    });
    if copied.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    copied
}

fn copy(from: &Path, to: &Path, patience: Duration) -> Result<(), OpenError> {
    let connection = file::open(from, patience)?;
    schema::check_version(&connection)?;
    gone(fs::remove_file(to))?;
    // For its owner alone. SQLite takes an empty file for none, and what it writes is one file, without a log.
    file::make(to)?;
    let name = to.to_str().ok_or(ErrorKind::InvalidFilename);
    let name = name.map_err(io::Error::from)?;
    connection.execute("VACUUM INTO ?1", [name])?;
    let found: String =
        file::open(to, patience)?.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        return Err(OpenError::Damaged { what: "page" });
    }
    Ok(File::open(to)?.sync_all()?)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// It need not have been there.
fn gone(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A new name outlives a power cut only if its folder was flushed.
#[cfg(unix)]
fn flush_folder(path: &Path) -> io::Result<()> {
    path.parent()
        .map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Elsewhere folders cannot be opened, and a rename is as safe as the system makes it.
#[cfg(not(unix))]
fn flush_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}
