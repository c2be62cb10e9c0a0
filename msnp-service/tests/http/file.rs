//! A database of a test's own.

use std::path::{Path, PathBuf};

/// Removed with what SQLite puts beside it.
pub(crate) struct File(PathBuf);

impl File {
    pub(crate) fn new(what: &str) -> Self {
        // Not the process's id: another container that shares the folder may have the same.
        let own = getrandom::u64().expect("random bytes");
        let name = format!("msnp-service-{what}-{own:016x}.db");
        Self(std::env::temp_dir().join(name))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for File {
    fn drop(&mut self) {
        for end in [
            "",
            "-wal",
            "-shm",
            ".lock",
            ".operator",
            ".before",
            ".before-wal",
            ".before-shm",
        ] {
            let mut path = self.0.clone().into_os_string();
            path.push(end);
            let _ = std::fs::remove_file(path);
        }
    }
}
