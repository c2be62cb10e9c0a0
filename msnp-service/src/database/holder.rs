//! Who serves a file: one process at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

use super::error::OpenError;

/// The right to serve a file, for as long as this lives and the process does.
///
/// Two servers on one file would each keep half of what people say in memory, and refuse each other's numbers. The lock is on a file beside it,
/// since SQLite uses locks of the database itself; the system gives it back however the process ends.
#[derive(Debug)]
pub(super) struct Holder {
    _locked: File,
}

impl Holder {
    /// Takes the right to serve this file, which is there.
    pub(super) fn take(path: &Path) -> Result<Self, OpenError> {
        // By whichever name it is reached, it is one file.
        let mut beside = path.canonicalize()?.into_os_string();
        beside.push(".lock");
        let beside = PathBuf::from(beside);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(beside)?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0)?;
                writeln!(file, "{}", std::process::id())?;
            }
            Err(TryLockError::WouldBlock) => {
                let mut by = String::new();
                // Nothing may be written yet, and on some systems a locked file cannot be read.
                let _ = Read::by_ref(&mut file).take(20).read_to_string(&mut by);
                return Err(OpenError::Held {
                    by: by.trim().parse().ok(),
                });
            }
            // Some network file systems have no locks; their operators have to see to it themselves.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        Ok(Self { _locked: file })
    }
}
